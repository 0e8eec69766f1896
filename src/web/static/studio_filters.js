// studio_filters.js: the panel that says which images are listed.

import { el } from "./studio_api.js";

const GROUPS = [
  ["step", "Step", [["1", "White"], ["2", "Views"], ["4", "Scenes"], ["5", "Restyled"], ["6", "Labelled"], ["7", "Camera"]]],
  ["split", "Split", [["train", "Train"], ["val", "Val"], ["review", "Review"]]],
  ["decision", "Reviewed", [["none", "Open"], ["keep", "Keep"], ["drop", "Drop"], ["needs_work", "Needs work"]]],
  ["kind", "Augmentation", [["plain", "As made"], ["restyled", "Restyled"], ["camera", "Camera"]]],
];
const RANGES = [
  ["score", "Score of the label", 1],
  ["area", "Object, share of the picture", 1],
];

export class Filters extends EventTarget {
  #on = new Map(); // group: Set of values
  #ranges = new Map(); // name: [low, high] in parts of a thousand
  #steps = new Map();
  #timer = 0;

  constructor(root) {
    super();
    this.search = el("input", { type: "search", id: "search", placeholder: "Name, prompt, effect", autocomplete: "off", spellcheck: "false",
      "aria-label": "Search in names, prompts and effects", on: { input: () => this.#soon(250) } });
    root.append(el("div", { class: "field" }, this.search));
    for (const [name, title, values] of GROUPS) root.append(this.#group(name, title, values));
    for (const [name, title] of RANGES) root.append(this.#range(name, title));
    this.corrected = this.#check("corrected", "Corrected labels only");
    this.unlabelled = this.#check("unlabelled", "Object not found only");
    this.clearButton = el("button", { type: "button", class: "quiet", on: { click: () => this.clear() } }, "Clear filters");
    root.append(this.corrected, this.unlabelled, this.clearButton);
    this.order = "made";
    this.#update();
  }

  #group(name, title, values) {
    this.#on.set(name, new Set());
    const chips = values.map(([value, label]) => {
      const count = el("span", { class: "number" });
      const chip = el("button", { type: "button", class: "chip", "aria-pressed": "false", "data-value": value, on: { click: () => this.#press(name, value, chip) } }, label, count);
      if (name === "step") this.#steps.set(value, { chip, count });
      return chip;
    });
    return el("div", { class: "field", role: "group", "aria-label": title }, el("h2", {}, title), el("div", { class: "chips", "data-group": name }, chips));
  }

  #press(name, value, chip) {
    const set = this.#on.get(name);
    // One step at a time: its images are what a list is usually about.
    if (name === "step") {
      const was = set.has(value);
      set.clear();
      for (const s of this.#steps.values()) s.chip.setAttribute("aria-pressed", "false");
      if (was) return this.#soon(0);
    }
    if (set.has(value)) set.delete(value);
    else set.add(value);
    chip.setAttribute("aria-pressed", String(set.has(value)));
    this.#soon(0);
  }

  #range(name, title) {
    this.#ranges.set(name, [0, 1000]);
    const text = el("span", { class: "number" });
    const make = (which, value, label) => el("input", { type: "range", min: 0, max: 1000, step: 10, value, "aria-label": `${title}: ${label}`, "data-range": `${name}-${which}`,
      on: { input: (e) => {
        const r = this.#ranges.get(name);
        r[which] = Number(e.target.value);
        if (r[0] > r[1]) {
          r[1 - which] = r[which];
          (which ? low : high).value = r[which];
        }
        text.textContent = this.#rangeText(name);
        this.#soon(150);
      } } });
    const low = make(0, 0, "at least"), high = make(1, 1000, "at most");
    text.textContent = this.#rangeText(name);
    return el("div", { class: "field range", role: "group", "aria-label": title }, el("h2", {}, title, text), el("div", { class: "two-ends" }, low, high));
  }

  #rangeText(name) {
    const [low, high] = this.#ranges.get(name);
    if (low === 0 && high === 1000) return "any";
    return name === "score" ? `${(low / 1000).toFixed(2)} – ${(high / 1000).toFixed(2)}` : `${low / 10} – ${high / 10} %`;
  }

  #check(name, title) {
    return el("label", { class: "check" }, el("input", { type: "checkbox", id: `only-${name}`, on: { change: () => this.#soon(0) } }), title);
  }

  #soon(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#update();
      this.dispatchEvent(new Event("change"));
    }, ms);
  }

  #update() {
    this.clearButton.hidden = !this.any;
  }

  // Is anything but a step asked for?
  get any() {
    return this.query({ order: false, step: false }) !== "";
  }

  // Show how many images each step has; a step without any cannot be chosen.
  setSteps(steps) {
    for (const s of steps) {
      const known = this.#steps.get(String(s.step));
      if (!known) continue;
      known.count.textContent = s.images.toLocaleString("en");
      known.chip.disabled = s.images === 0;
    }
  }

  get step() {
    return [...this.#on.get("step")][0] ?? null;
  }

  // Choose a step without telling.
  setStep(step) {
    const set = this.#on.get("step");
    set.clear();
    if (step) set.add(String(step));
    for (const [value, s] of this.#steps) s.chip.setAttribute("aria-pressed", String(set.has(value)));
  }

  clear() {
    const step = this.step;
    for (const set of this.#on.values()) set.clear();
    for (const chip of document.querySelectorAll("#filters .chip")) chip.setAttribute("aria-pressed", "false");
    this.setStep(step);
    for (const [name, r] of this.#ranges) {
      [r[0], r[1]] = [0, 1000];
      for (const which of [0, 1]) document.querySelector(`[data-range=${name}-${which}]`).value = r[which];
      document.querySelector(`[data-range=${name}-0]`).closest(".range").querySelector(".number").textContent = "any";
    }
    this.search.value = "";
    for (const label of [this.corrected, this.unlabelled]) label.firstChild.checked = false;
    this.#soon(0);
  }

  // As the server takes it.
  query({ order = true, step = true } = {}) {
    const q = new URLSearchParams();
    for (const [name, set] of this.#on) if (set.size && (step || name !== "step")) q.set(name, [...set].join(","));
    for (const [name, [low, high]] of this.#ranges) {
      if (low > 0) q.set(`min_${name}`, low);
      if (high < 1000) q.set(`max_${name}`, high);
    }
    if (this.search.value.trim()) q.set("text", this.search.value.trim());
    if (this.corrected?.firstChild.checked) q.set("corrected", 1);
    if (this.unlabelled?.firstChild.checked) q.set("unlabelled", 1);
    if (order && this.order !== "made") q.set("order", this.order);
    return q.toString();
  }
}
