// studio_export.js: write the curated set as a dataset of its own.

import { plural, post } from "./studio_api.js";

const $ = (id) => document.getElementById(id);
let current = null;

export function showExport(execution, summary, say) {
  const d = summary.decisions;
  current = { execution, say };
  $("export-what").textContent = `The last dataset of ${summary.name}, without what was dropped (${plural(d.drop, "labelled image")} and all that was made from ${d.drop === 1 ? "it" : "them"}), with corrected labels${d.needs_work ? `; ${plural(d.needs_work, "image")} marked as needing work ${d.needs_work === 1 ? "is" : "are"} in it` : ""}.`;
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
    const answer = await post(`/api/execution/${execution}/export`, { format: $("export-format").value, name: $("export-name").value.trim() });
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
