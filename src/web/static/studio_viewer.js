// studio_viewer.js: one image large, with all that is known of it.

import { ask, bytesText, DECISIONS, el, get, imageOf, percent, plural, STEPS, thumbnailOf, timeText } from "./studio_api.js";
import { loadBitmap, Picture } from "./studio_picture.js";

const fact = (name, value) => (value === null || value === undefined || value === "" ? null : el("div", {}, el("dt", {}, name), el("dd", {}, value)));

export class Viewer extends EventTarget {
  #root;
  #abort = null;
  #marks = new Map();

  // acts: { close, step(±1), decide(decision), edit, compare, openItem(id), undo }
  constructor(root, acts) {
    super();
    this.#root = root;
    this.item = null; // details of the open one
    this.execution = -1;
    const button = (label, key, f, more = {}) =>
      el("button", { type: "button", title: key ? `${label} (${key})` : label, on: { click: f }, ...more }, label, key ? el("kbd", { "aria-hidden": "true" }, key) : null);
    const canvas = el("canvas", { id: "image", role: "img" });
    this.stage = el("div", { class: "stage", tabindex: "-1" }, canvas);
    this.picture = new Picture(canvas, this.stage);
    this.canvas = canvas;
    this.count = el("p", { class: "count" });
    this.maskButton = button("Mask", "M", () => this.toggle("showMask"), { "aria-pressed": "true" });
    this.outlineButton = button("Outline", "O", () => this.toggle("showOutline"), { "aria-pressed": "true" });
    this.editButton = button("Edit mask", "E", acts.edit);
    const marks = Object.entries(DECISIONS).map(([decision, label]) => {
      const b = button(label, decision === "needs_work" ? "W" : label[0], () => acts.decide(decision), { class: `decide ${decision}`, "aria-pressed": "false" });
      this.#marks.set(decision, b);
      return b;
    });
    this.side = el("aside", { class: "side", "aria-label": "About this image" });
    root.append(
      el("div", { class: "pane" },
        el("div", { class: "bar" },
          button("Back", "Esc", acts.close, { class: "back" }),
          el("button", { type: "button", "aria-label": "Previous image", title: "Previous (←)", on: { click: () => acts.step(-1) } }, "‹"),
          el("button", { type: "button", "aria-label": "Next image", title: "Next (→)", on: { click: () => acts.step(1) } }, "›"),
          this.count, el("span", { class: "space" }),
          el("div", { class: "tools" }, this.maskButton, this.outlineButton, button("Compare", "C", acts.compare), this.editButton)),
        this.stage,
        el("div", { class: "decisions", role: "group", "aria-label": "Decision" }, marks)),
      this.side);
    this.openItem = acts.openItem;
  }

  get isOpen() {
    return !this.#root.hidden;
  }

  toggle(what) {
    this.picture[what] = !this.picture[what];
    this.maskButton.setAttribute("aria-pressed", String(this.picture.showMask));
    this.outlineButton.setAttribute("aria-pressed", String(this.picture.showOutline));
    this.picture.paint();
  }

  // Open an image, or read the open one again. `place` says where in the list it is.
  async open(execution, id, place) {
    this.#abort?.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const again = this.item?.id === id && this.isOpen && this.execution === execution;
    this.execution = execution;
    if (this.#root.hidden) {
      this.#root.hidden = false;
      this.stage.focus({ preventScroll: true });
    }
    this.count.textContent = place ?? "";
    const item = await get(`/api/execution/${execution}/item/${id}`, { signal });
    this.item = item;
    this.#describe(item);
    if (again && this.shown === item.v) {
      this.picture.outlines = item.outlines ?? [];
      this.picture.paint();
      return;
    }
    let bitmap = null;
    try {
      bitmap = await loadBitmap(ask, imageOf(execution, item), signal);
    } catch (e) {
      if (e.name === "AbortError") throw e;
      throw new Error(`${item.name}: the picture cannot be shown; ${e.message}`);
    }
    if (signal.aborted) return bitmap.close();
    if (!again) this.picture.view = { zoom: 1, x: 0.5, y: 0.5 };
    this.picture.open(bitmap, item.outlines ?? []);
    this.shown = item.v;
    this.canvas.dataset.item = item.id;
  }

  close() {
    this.#abort?.abort();
    this.#root.hidden = true;
    this.item = null;
    this.picture.open(null);
    delete this.canvas.dataset.item;
  }

  // ---- what is told ----

  #describe(item) {
    this.canvas.setAttribute("aria-label", `${item.name}, ${STEPS[item.step]}`);
    for (const [decision, b] of this.#marks)
      b.setAttribute("aria-pressed", String(item.decision === decision && !item.inherited));
    this.editButton.disabled = item.labelled === undefined;
    this.maskButton.disabled = this.outlineButton.disabled = !item.outlines?.length;
    const view = item.view ?? {};
    const state = item.inherited ? "Dropped with what it was made from" : item.decision ? DECISIONS[item.decision] : "Not reviewed";
    this.side.replaceChildren(
      el("h2", {}, item.name),
      el("p", { class: "state", "data-decision": item.decision ?? "" }, state, item.corrected ? " · label corrected" : ""),
      item.prompt ? el("p", { class: "prompt" }, item.prompt) : "",
      el("dl", { class: "facts" },
        fact("Step", `${item.step} ${STEPS[item.step]}`), fact("Split", item.split),
        fact("View", [view.view, view.elevation, view.distance].filter(Boolean).join(", ")),
        fact("Seed", item.seed), fact("Score", item.score?.toFixed(3)), fact("Stability", item.stability?.toFixed(3)),
        fact("Object", item.outlines ? (item.outlines.length ? `${percent(item.area)} of the picture, ${plural(item.outlines.length, "outline")}, ${plural(item.outlines.reduce((n, o) => n + o.points.length / 2, 0), "point")}` : "not found") : null),
        fact("Effects", item.effects ? el("ul", {}, item.effects.split("\n").map((e) => el("li", {}, e.replaceAll("_", " ")))) : null),
        fact("Picture", item.width ? `${item.width} × ${item.height}, ${bytesText(item.bytes)}` : null),
        fact("Made in", item.ms ? `${timeText(item.ms)}${item.attempts > 1 ? `, attempt ${item.attempts}` : ""}` : null),
        fact("File", el("span", { class: "file" }, item.file)), fact("Problem", item.problem ?? item.label_problem)),
      this.#family("Made from", item.origins), this.#family("Made from this", item.variants));
  }

  #family(title, items) {
    if (!items?.length) return "";
    return el("section", { class: "family" }, el("h3", {}, title), el("div", { class: "strip" },
      items.map((i) => el("button", { type: "button", class: "relative", title: i.name, "data-decision": i.decision ?? "", on: { click: () => this.openItem(i.id) } },
        el("img", { src: thumbnailOf(this.execution, i), alt: "", loading: "lazy" }), el("span", {}, STEPS[i.step])))));
  }
}
