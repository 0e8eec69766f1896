// studio_export.js: write the curated set as a dataset of its own.

import { plural, post } from "./studio_api.js";

const $ = (id) => document.getElementById(id);
let current = null;

export function showExport(execution, summary, say) {
  const d = summary.decisions;
  current = { execution, say };
  const dropped = d.drop === 1 ? "without the labelled image that was dropped and all that was made from it"
    : d.drop ? `without the ${plural(d.drop, "labelled image")} that were dropped and all that was made from them` : "whole: nothing was dropped";
  $("export-what").textContent = `The dataset of ${summary.name}, ${dropped}. Corrected labels are in it.`;
  $("export-without").parentElement.hidden = !d.needs_work;
  $("export-error").hidden = true;
  $("export-where").textContent = "";
  $("export-go").disabled = false;
  $("export-dialog").showModal();
}

$("export-cancel").addEventListener("click", () => $("export-dialog").close());
$("export-form").addEventListener("submit", async (e) => {
  e.preventDefault();
  const { execution, say } = current;
  $("export-go").disabled = true;
  $("export-error").hidden = true;
  $("export-where").textContent = "Writing…";
  try {
    const answer = await post(`/api/execution/${execution}/export`, { format: $("export-format").value, name: $("export-name").value.trim(), without_needs_work: $("export-without").checked });
    $("export-where").textContent = `${plural(answer.images, "image")} written to ${answer.folder}.`;
    say(`${plural(answer.images, "image")} exported to ${answer.folder}.`);
  } catch (error) {
    $("export-where").textContent = "";
    $("export-error").textContent = error.message;
    $("export-error").hidden = false;
  } finally {
    $("export-go").disabled = false;
  }
});
