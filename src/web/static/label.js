// label.js: the page of `facet label`: pictures in a row, each with its mask.

import { MaskEditor } from "./mask_editor.js";
import { MaskInput } from "./mask_input.js";
import { MaskPanel } from "./mask_panel.js";
import { packRuns, unpackRuns } from "./mask_pixels.js";
import { segmenterAt, watchSegmenter } from "./mask_segmenter.js";
import { buildTools } from "./mask_tools.js";
import { el } from "./element.js";

const $ = (id) => document.getElementById(id);

// ---- the server ----------------------------------------------------------------------------------------------------

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Error("facet label does not answer. Is it still running?");
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new Error(answer.error ?? `The server answered ${response.status}.`);
}

// ---- the page ------------------------------------------------------------------------------------------------------

const editor = new MaskEditor({ canvas: $("image"), stage: $("stage") });
const input = new MaskInput(editor);
let session = null; // what /api/session said
let current = -1; // number of the open picture
let saving = false;
let ended = false;

const say = (text) => ($("status").textContent = text);
editor.addEventListener("status", (e) => say(e.detail));

function showNotice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function several() {
  return session !== null && session.pictures.length > 1;
}

// ---- saving ----

async function save() {
  if (saving || ended || current < 0) return;
  saving = true;
  const number = current, picture = session.pictures[number];
  say("Saving…");
  try {
    const { width, height, runs } = editor.result();
    const response = await ask(`/api/pictures/${number}/mask`, {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream" },
      body: packRuns(width, height, runs),
    });
    const answer = await response.json();
    editor.markSaved();
    picture.done = true;
    showPictures();
    if (answer.ends) return end(answer.file);
    const next = several() ? nextWithout(number) : -1;
    if (next >= 0) await open(next, `Saved ${answer.file}.`);
    else say(several() ? `Saved ${answer.file}. All pictures are done.` : `Saved ${answer.file}.`);
  } catch (e) {
    say(`Not saved: ${e.message}`);
  } finally {
    saving = false;
  }
}

// The first picture behind this one that has no mask and can be read, else the first of all; -1: none.
function nextWithout(number) {
  const order = session.pictures.map((_, i) => (number + 1 + i) % session.pictures.length);
  return order.find((i) => !session.pictures[i].done && !session.pictures[i].problem) ?? -1;
}

function end(file) {
  ended = true;
  showNotice("Saved. facet label has ended; this page can be closed.");
  say(`Saved ${file}.`);
}

window.addEventListener("beforeunload", (e) => {
  if (editor.pixels && editor.unsaved && !ended) e.preventDefault();
});

// ---- pictures ----

function showPictures() {
  const list = $("picture-list");
  $("pictures").hidden = !several();
  session.pictures.forEach((p, i) => {
    let b = list.children[i]?.firstChild;
    if (!b) {
      const item = document.createElement("li");
      b = document.createElement("button");
      b.type = "button";
      const file = document.createElement("span"), mark = document.createElement("span");
      file.className = "file";
      mark.className = "mark";
      file.textContent = p.name;
      b.append(file, mark);
      b.addEventListener("click", () => goTo(i));
      item.append(b);
      list.append(item);
    }
    b.setAttribute("aria-current", String(i === current));
    b.lastChild.textContent = p.problem ? "unreadable" : p.done ? "✓ done" : "";
    b.title = p.problem ?? p.name;
  });
  list.children[current]?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function goTo(number) {
  if (number === current || number < 0 || number >= session.pictures.length) return;
  if (editor.unsaved && !window.confirm(`The mask of ${session.pictures[current].name} is not saved. Leave it?`)) return;
  open(number).catch((e) => say(e.message));
}

// Show what the segmenter does with the open picture until it is ready.
async function watch(number) {
  const error = await watchSegmenter(ask, `/api/pictures/${number}/state`, session.segmenter.title, $("segmenter"), () => number === current);
  if (error) say(error);
}

// The saved mask as runs. One that cannot be used is said and left out; saving will replace it.
async function savedMask(number) {
  try {
    return unpackRuns(new Uint8Array(await (await ask(`/api/pictures/${number}/mask`)).arrayBuffer())).runs;
  } catch (e) {
    return say(e.message), null;
  }
}

let openings = 0; // the newest one counts

async function open(number, before = "") {
  const picture = session.pictures[number], opening = ++openings;
  say(`${before} Opening ${picture.name}…`.trim());
  const about = await (await ask(`/api/pictures/${number}`)).json();
  const blob = await (await ask(`/api/pictures/${number}/pixels`)).blob();
  // The server sends pixels that stand upright; what else the file may say about that is not for the browser.
  const bitmap = await createImageBitmap(blob, { imageOrientation: "none" });
  if (bitmap.width !== about.width || bitmap.height !== about.height)
    throw new Error(`${picture.name}: the browser reads it as ${bitmap.width}×${bitmap.height}, facet as ${about.width}×${about.height}.`);
  const runs = about.mask ? await savedMask(number) : null;
  if (opening !== openings) return bitmap.close();
  current = number;
  editor.open({ bitmap, width: about.width, height: about.height, runs, segment: session.segmenter && segmenterAt(ask, `/api/pictures/${number}/segment`) });
  document.title = `${picture.name} · facet label`;
  $("image").setAttribute("aria-label", `Picture ${picture.name} with its mask`);
  showPictures();
  showNotice("");
  $("name").textContent = several() ? `${picture.name} (${number + 1} of ${session.pictures.length})` : picture.name;
  $("size").textContent = `${about.width} × ${about.height}`;
  const how = runs ? "Its saved mask is loaded; go on with it." : "Click on the object, or draw a box around it.";
  if (!about.mask || runs) say(`${before} ${several() ? `${picture.name}: ` : ""}${how}`.trim());
  if (session.segmenter) watch(number).catch((e) => say(e.message));
}

// ---- start ----

buildTools($("tools"), {
  save: "Save",
  hint: el("p", { id: "hint" }, "Left click marks the object, right click what is not. The middle button draws a box. Points and the box can be dragged. The wheel zooms."),
});
new MaskPanel(editor, input, document, {
  save: { label: "Save the mask", keys: ["enter"], run: save },
  next: { label: "Next picture", keys: ["pagedown"], run: () => goTo(current + 1) },
  previous: { label: "Picture before", keys: ["pageup"], run: () => goTo(current - 1) },
});

editor.addEventListener("change", () => {
  $("unsaved").hidden = !editor.unsaved || ended;
  $("zoom").textContent = `${editor.view.zoomPercent}%`;
  $("image").dataset.tool = editor.tool;
  $("image").setAttribute("aria-busy", String(editor.busy));
});

$("stage").addEventListener("pointermove", () => {
  const at = editor.pointer;
  $("place").textContent = at ? `${Math.floor(at[0])}, ${Math.floor(at[1])}` : "";
});

try {
  session = await (await ask("/api/session")).json();
  await open(Math.max(nextWithout(-1), 0));
  $("image").focus({ preventScroll: true });
} catch (e) {
  say(e.message);
  showNotice(e.message);
}
