// studio.js: the page of `facet studio`. What is shown stands in the address: #x=EXECUTION&view=VIEW&item=ID.

import { DECISIONS, el, get, plural, post, STEPS, thumbnailOf } from "./studio_api.js";
import { Compare } from "./studio_compare.js";
import { Editor } from "./studio_edit.js";
import { showExport } from "./studio_export.js";
import { Filters } from "./studio_filters.js";
import { Grid } from "./studio_grid.js";
import { RunView } from "./studio_run.js";
import { showStatistics } from "./studio_stats.js";
import { Viewer } from "./studio_viewer.js";

const $ = (id) => document.getElementById(id);
const VIEWS = ["images", "statistics", "run"];

let executions = [];
let execution = -1; // number of the open one
let view = "images";
let summary = null;
let version = -1; // of the gallery, as the live view last said

const say = (text) => ($("status").textContent = text);
const failed = (e) => e?.name !== "AbortError" && say(e.message ?? String(e));

// ---- the parts -----------------------------------------------------------------------------------------------------

const filters = new Filters($("filters"));

const short = (item) => item.name.replace(/\.(png|jpe?g|webp|bmp|tiff?)$/i, "").replace(/^perspective_/, "").replace(/_seed_\d+/, "").replaceAll("prompt_", "p");

const grid = new Grid($("grid"), {
  page: (from, count) => get(`/api/execution/${execution}/items?${filters.query()}&from=${from}&count=${count}`),
  thumbnail: (item) => thumbnailOf(execution, item, grid.wanted * (window.devicePixelRatio || 1) > 260 ? 384 : 256),
  open: (index) => openIndex(index),
  name: short,
  mark: (item) => (item.score !== undefined && item.step >= 6 ? item.score.toFixed(2) : ""),
  badge: (item) => [item.decision ? DECISIONS[item.decision] : "", item.corrected ? "corrected" : ""].filter(Boolean).join(" · "),
  describe: (item) =>
    [item.name, STEPS[item.step], item.split, item.score !== undefined ? `score ${item.score.toFixed(2)}` : "", item.decision ? DECISIONS[item.decision] : "", item.corrected ? "label corrected" : ""].filter(Boolean).join(", "),
});

const viewer = new Viewer($("viewer"), {
  close: () => closeViewer(),
  step: (by) => stepViewer(by),
  decide: (d) => decide(d),
  edit: () => edit(),
  compare: () => compareNext(),
  openItem: (id) => go({ item: id }),
});

const compare = new Compare($("compare"), {
  close: () => compare.close(),
  step: (by) => stepCompare(by),
  swap: () => swapCompare(),
});

const editor = new Editor($("editor"), {
  say,
  saved: (details) => {
    const lost = details.parts_left_out;
    say(`Label of ${details.name} saved. The earlier one is kept.${lost ? ` The mask has ${plural(lost + 1, "part")}, of which the largest is the label.` : ""}`);
    changed().catch(failed);
  },
  closed: () => viewer.isOpen && viewer.stage.focus({ preventScroll: true }),
});

const run = new RunView($("run"), (id) => go({ item: id }));
run.addEventListener("progress", (e) => onProgress(e.detail));
run.addEventListener("problem", (e) => say(e.detail));
run.addEventListener("say", (e) => say(e.detail));

// ---- the address ---------------------------------------------------------------------------------------------------

function readAddress() {
  const q = new URLSearchParams(location.hash.slice(1)), number = (name) => (q.has(name) && /^\d+$/.test(q.get(name)) ? Number(q.get(name)) : -1);
  return { x: number("x"), view: VIEWS.includes(q.get("view")) ? q.get("view") : "images", item: number("item") };
}

function go(to, { replace = false } = {}) {
  const q = new URLSearchParams({ x: to.x ?? execution, view: to.view ?? view });
  if (to.item !== undefined && to.item >= 0) q.set("item", to.item);
  if (replace) history.replaceState(null, "", `#${q}`);
  else history.pushState(null, "", `#${q}`);
  return show().catch(failed);
}

window.addEventListener("popstate", () => show().catch(failed));

async function show() {
  const to = readAddress();
  if (to.x !== execution && to.x >= 0) await openExecution(to.x);
  view = to.view;
  for (const v of VIEWS) $(v).hidden = v !== view;
  for (const b of document.querySelectorAll("[data-view]")) b.setAttribute("aria-current", b.dataset.view === view ? "page" : "false");
  if (view === "statistics") await showStatistics($("statistics"), execution);
  if (to.item >= 0) await showItem(to.item);
  else if (viewer.isOpen) {
    viewer.close();
    $("grid").focus({ preventScroll: true });
  }
}

// ---- executions ----------------------------------------------------------------------------------------------------

async function listExecutions() {
  const answer = await get("/api/executions");
  executions = answer.executions.sort((a, b) => b.modified - a.modified || b.number - a.number);
  $("execution").replaceChildren(...executions.map((x) =>
    el("option", { value: x.number }, `${x.name}${x.object ? ` · ${x.object}` : ""}${x.running ? " · running" : x.completed.length < 6 ? ` · step ${Math.max(0, ...x.completed)} of 7` : ""}`)));
  $("execution").value = execution;
  $("empty").hidden = executions.length > 0;
  if (!executions.length) $("empty").textContent = `There is no execution in ${answer.working_dir} yet. Start one with facet run; it shows up here.`;
  return answer;
}

async function openExecution(number) {
  execution = number;
  version = -1;
  say("Opening…");
  $("execution").value = number;
  showSummary(await get(`/api/execution/${number}`));
  document.title = `${summary.name} · facet studio`;
  const last = summary.steps.filter((s) => s.images && s.step <= 6).at(-1);
  filters.setStep(last?.step ?? null);
  run.follow(number);
  await grid.show();
  say(summary.problem ?? "");
}

function showSummary(s) {
  summary = s;
  filters.setSteps(s.steps);
  const d = s.decisions, decided = d.keep + d.drop + d.needs_work;
  $("reviewed").textContent = d.images ? `${decided.toLocaleString("en")} of ${d.images.toLocaleString("en")} reviewed${d.drop ? `, ${d.drop} dropped` : ""}` : "";
  $("undo").disabled = !s.undo;
  $("export").disabled = !s.steps[5].images;
}

// What the live view tells.
function onProgress(p) {
  $("running").hidden = !p.running;
  showSummary({ ...summary, steps: p.steps, decisions: p.decisions, undo: p.undo });
  if (version >= 0 && p.version !== version) grid.refresh().catch(failed);
  version = p.version;
}

// ---- the list ------------------------------------------------------------------------------------------------------

function showCount() {
  const n = grid.total, chosen = grid.selected.size;
  $("count").textContent = `${plural(n, "image")}${chosen ? `, ${chosen} selected` : ""}`;
  $("empty").hidden = n > 0 || !executions.length;
  if (!n && executions.length) $("empty").textContent = filters.any ? "No image fits these filters." : "There are no images here yet.";
}

grid.addEventListener("total", showCount);
grid.addEventListener("selection", showCount);
grid.addEventListener("problem", (e) => say(e.detail));
filters.addEventListener("change", () => grid.show().then(showCount, failed));

// After a decision or a correction: everything that may show it.
async function changed() {
  await Promise.all([grid.refresh(), viewer.isOpen && viewer.item ? viewer.open(execution, viewer.item.id, place()) : null,
    view === "statistics" ? showStatistics($("statistics"), execution) : null]);
}

// ---- decisions -----------------------------------------------------------------------------------------------------

async function decide(decision) {
  if (view !== "images" && !viewer.isOpen) return; // the list is out of sight
  const ids = viewer.isOpen && viewer.item ? [viewer.item.id] : grid.chosen;
  if (!ids.length) return;
  // The same once more takes it back.
  const item = viewer.isOpen ? viewer.item : grid.activeItem;
  const word = ids.length === 1 && item?.decision === decision && !item.inherited ? "none" : decision;
  try {
    const answer = await post(`/api/execution/${execution}/decide`, { items: ids, decision: word });
    showSummary({ ...summary, ...answer });
    say(word === "none" ? "Decision taken back." : `${ids.length > 1 ? plural(ids.length, "image") : (item?.name ?? "Image")}: ${DECISIONS[word].toLowerCase()}.`);
    if (ids.length > 1) grid.clearSelection();
    await changed();
  } catch (e) {
    failed(e);
  }
}

async function undo() {
  try {
    const answer = await post(`/api/execution/${execution}/undo`, {});
    showSummary({ ...summary, ...answer });
    const { what, item, items } = answer.undone;
    say(`Undone: ${what.replace("_", " ")}${items > 1 ? ` of ${items} images` : ""}.`);
    if (viewer.isOpen && items === 1 && item >= 0 && item !== viewer.item?.id) await go({ item });
    await changed();
  } catch (e) {
    failed(e);
  }
}

// ---- one image -----------------------------------------------------------------------------------------------------

const place = () => (grid.activeItem && grid.activeItem.id === (viewer.item?.id ?? readAddress().item) ? `${(grid.active + 1).toLocaleString("en")} of ${grid.total.toLocaleString("en")}` : "");

async function openIndex(index) {
  const item = await grid.fetchItem(index);
  if (!item) return;
  grid.setActive(index);
  await go({ item: item.id }, { replace: viewer.isOpen });
}

async function showItem(id) {
  if (compare.isOpen) compare.close();
  await viewer.open(execution, id, place());
  viewer.count.textContent = place();
}

function closeViewer() {
  go({ item: -1 });
}

const stepViewer = (by) => openIndex(Math.max(0, Math.min(grid.active + by, grid.total - 1))).catch(failed);

function edit() {
  if (viewer.item?.labelled === undefined) return say("This image has no label yet: step 6 makes it.");
  editor.open(execution, viewer.item.id, summary.options?.polygons === "all").catch(failed);
}

// ---- two images ----------------------------------------------------------------------------------------------------

let compared = -1; // place of B in the list

async function compareNext() {
  // Two that are selected; else the open one, or the active one, and the next.
  const chosen = [...grid.selected];
  const first = viewer.isOpen && viewer.item ? viewer.item.id : chosen.length === 2 ? chosen[0] : grid.activeItem?.id;
  if (first === undefined) return;
  compared = Math.min(grid.active + 1, grid.total - 1);
  const origin = viewer.item?.origins?.at(-1);
  const second = !viewer.isOpen && chosen.length === 2 ? chosen[1] : ((await grid.fetchItem(compared))?.id ?? origin?.id ?? first);
  await compare.open(execution, first, second).catch(failed);
}

async function stepCompare(by) {
  compared = Math.max(0, Math.min(compared + by, grid.total - 1));
  const item = await grid.fetchItem(compared);
  if (item) await compare.open(execution, compare.ids[0], item.id).catch(failed);
}

function swapCompare() {
  const [a, b] = compare.ids;
  compare.open(execution, b, a).catch(failed);
}

// ---- keys ----------------------------------------------------------------------------------------------------------

const zoomed = () => (compare.isOpen ? compare : viewer.isOpen ? { zoomBy: (f) => viewer.picture.zoomBy(f), fit: () => viewer.picture.fit() } : null);
const KEYS = [
  { keys: ["k"], label: "Keep", run: () => decide("keep") },
  { keys: ["d"], label: "Drop", run: () => decide("drop") },
  { keys: ["w"], label: "Needs work", run: () => decide("needs_work") },
  { keys: ["u"], label: "Undo the last decision or correction", run: undo },
  { keys: ["ArrowLeft"], label: "Previous image", run: () => (compare.isOpen ? stepCompare(-1) : viewer.isOpen && stepViewer(-1)) },
  { keys: ["ArrowRight"], label: "Next image", run: () => (compare.isOpen ? stepCompare(1) : viewer.isOpen && stepViewer(1)) },
  { keys: ["Enter"], label: "Open the image", run: () => !viewer.isOpen && view === "images" && openIndex(grid.active) },
  { keys: ["Escape"], label: "Back", run: () => (compare.isOpen ? compare.close() : viewer.isOpen ? closeViewer() : grid.clearSelection()) },
  { keys: ["e"], label: "Edit the mask", run: () => viewer.isOpen && edit() },
  { keys: ["c"], label: "Compare with another image", run: compareNext },
  { keys: ["x"], label: "Compare: swap the two", run: () => compare.isOpen && swapCompare() },
  { keys: ["m"], label: "Mask on or off", run: () => (compare.isOpen ? compare.toggleMask() : viewer.isOpen && viewer.toggle("showMask")) },
  { keys: ["o"], label: "Outline on or off", run: () => viewer.isOpen && viewer.toggle("showOutline") },
  { keys: ["+", "="], label: "Zoom in", run: () => zoomed()?.zoomBy(1.25) },
  { keys: ["-"], label: "Zoom out", run: () => zoomed()?.zoomBy(0.8) },
  { keys: ["0"], label: "Whole picture", run: () => zoomed()?.fit() },
  { keys: ["/"], label: "Search", run: () => openSearch() },
  { keys: ["?"], label: "These keys", run: () => $("help-dialog").showModal() },
];

function openSearch() {
  if (viewer.isOpen) closeViewer();
  showFilters(true);
  filters.search.focus();
}

document.addEventListener("keydown", (e) => {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || editor.isOpen || document.querySelector("dialog[open]")) return;
  const text = e.target.matches?.("textarea, select, input:not([type=range], [type=checkbox])");
  if (text && e.key !== "Escape") return;
  if (e.key === "Enter" && e.target.closest?.("button, a, summary")) return;
  if (e.target.matches?.("input[type=range]") && e.key.startsWith("Arrow")) return;
  const known = KEYS.find((k) => k.keys.includes(e.key.length === 1 ? e.key.toLowerCase() : e.key));
  if (!known) return;
  e.preventDefault();
  if (text) return e.target.blur();
  known.run();
});

const KEY_NAMES = { ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };
for (const k of KEYS) $("help-keys").append(el("div", {}, el("dt", {}, k.keys.map((n) => el("kbd", {}, KEY_NAMES[n] ?? n.toUpperCase()))), el("dd", {}, k.label)));
$("help-keys").append(el("div", {}, el("dt", {}, el("kbd", {}, "Space")), el("dd", {}, "Select (also Ctrl-click; Shift for a range)")));

// What is covered takes no focus.
function cover() {
  const over = viewer.isOpen || compare.isOpen || editor.isOpen;
  for (const e of document.querySelectorAll("header, main")) e.inert = over;
  $("viewer").inert = compare.isOpen || editor.isOpen;
}
for (const id of ["viewer", "compare", "editor"]) new MutationObserver(cover).observe($(id), { attributeFilter: ["hidden"] });

// ---- the rest of the page ------------------------------------------------------------------------------------------

function showFilters(on) {
  $("filters").classList.toggle("open", on);
  $("filter-toggle").setAttribute("aria-expanded", String(on));
}

$("filter-toggle").addEventListener("click", () => showFilters(!$("filters").classList.contains("open")));
$("order").addEventListener("change", (e) => {
  filters.order = e.target.value;
  grid.show().catch(failed);
});
$("tile-size").addEventListener("input", (e) => grid.setTile(Number(e.target.value)));
$("execution").addEventListener("change", (e) => go({ x: Number(e.target.value), item: -1 }));
$("execution").addEventListener("focus", () => listExecutions().catch(failed));
for (const b of document.querySelectorAll("[data-view]")) b.addEventListener("click", () => go({ view: b.dataset.view, item: -1 }));
$("undo").addEventListener("click", undo);
$("help").addEventListener("click", () => $("help-dialog").showModal());
$("export").addEventListener("click", () => showExport(execution, summary, say));

if (window.matchMedia("(max-width: 760px)").matches) {
  $("tile-size").value = 112;
  grid.wanted = 112;
}

async function start() {
  await listExecutions();
  const to = readAddress(), first = executions.find((x) => x.number === to.x) ?? executions[0];
  if (!first) return void setTimeout(() => start().catch(failed), 3000); // one may be begun at any time
  await go({ x: first.number, view: to.view, item: to.x === first.number ? to.item : -1 }, { replace: true });
  if (!viewer.isOpen) $("grid").focus({ preventScroll: true });
  showCount();
}

start().catch(failed);
