// studio_compare.js: two images side by side, zoomed and moved as one.

import { ask, el, get, imageOf, STEPS } from "./studio_api.js";
import { loadBitmap, Picture } from "./studio_picture.js";

export class Compare {
  #root;
  #sides = [];

  // acts: { close, step(±1), swap }
  constructor(root, acts) {
    this.#root = root;
    for (const name of ["A", "B"]) {
      const canvas = el("canvas", { role: "img" }), stage = el("div", { class: "stage" }, canvas), title = el("p", { class: "title" });
      const side = { canvas, title, picture: new Picture(canvas, stage), item: null, pane: el("div", { class: "half" }, el("div", { class: "bar" }, el("b", {}, name), title), stage) };
      this.#sides.push(side);
    }
    const [a, b] = this.#sides;
    a.picture.addEventListener("view", () => b.picture.setView(a.picture.view));
    b.picture.addEventListener("view", () => a.picture.setView(b.picture.view));
    this.mask = el("button", { type: "button", "aria-pressed": "true", on: { click: () => this.toggleMask() } }, "Mask", el("kbd", { "aria-hidden": "true" }, "M"));
    root.append(
      el("div", { class: "bar" },
        el("button", { type: "button", on: { click: acts.close } }, "Back", el("kbd", { "aria-hidden": "true" }, "Esc")),
        el("button", { type: "button", "aria-label": "Previous image for B", on: { click: () => acts.step(-1) } }, "‹"),
        el("button", { type: "button", "aria-label": "Next image for B", on: { click: () => acts.step(1) } }, "›"),
        el("p", { class: "hint" }, "A stays, the arrows change B."), el("span", { class: "space" }), this.mask,
        el("button", { type: "button", on: { click: acts.swap } }, "Swap", el("kbd", { "aria-hidden": "true" }, "X"))),
      el("div", { class: "halves" }, a.pane, b.pane));
  }

  get isOpen() {
    return !this.#root.hidden;
  }

  get ids() {
    return this.#sides.map((s) => s.item?.id ?? null);
  }

  toggleMask() {
    for (const { picture } of this.#sides) {
      picture.showMask = picture.showOutline = !picture.showMask;
      picture.paint();
    }
    this.mask.setAttribute("aria-pressed", String(this.#sides[0].picture.showMask));
  }

  fit() {
    for (const { picture } of this.#sides) picture.fit();
  }

  zoomBy(factor) {
    this.#sides[0].picture.zoomBy(factor);
  }

  async open(execution, first, second) {
    if (this.#root.hidden) {
      this.#root.hidden = false;
      for (const { picture } of this.#sides) picture.view = { zoom: 1, x: 0.5, y: 0.5 };
    }
    await Promise.all([this.#fill(0, execution, first), this.#fill(1, execution, second)]);
  }

  async #fill(which, execution, id) {
    const side = this.#sides[which];
    if (side.item?.id === id) return;
    const item = await get(`/api/execution/${execution}/item/${id}`);
    const bitmap = await loadBitmap(ask, imageOf(execution, item));
    side.item = item;
    side.canvas.setAttribute("aria-label", `${item.name}, ${STEPS[item.step]}`);
    side.canvas.dataset.item = item.id;
    side.title.textContent = `${item.name} · ${STEPS[item.step]}`;
    side.title.title = item.prompt ?? "";
    side.picture.open(bitmap, item.outlines ?? []);
  }

  close() {
    this.#root.hidden = true;
    for (const side of this.#sides) {
      side.item = null;
      side.picture.open(null);
    }
  }
}
