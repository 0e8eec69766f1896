// studio_edit.js: correct the mask of an image, with the labeler's editor.

import { ask, el, get, imageOf, post } from "./studio_api.js";
import { MaskEditor } from "./mask_editor.js";
import { MaskInput } from "./mask_input.js";
import { MaskPanel } from "./mask_panel.js";
import { packRuns, polygonSpans, runsOf } from "./mask_pixels.js";
import { segmenterAt, watchSegmenter } from "./mask_segmenter.js";
import { buildTools } from "./mask_tools.js";

// The pixels that a label's outlines cover. An outline of facet goes through the centres of the object's border pixels, which
// belong to it: they are drawn, too.
function runsOfOutlines(outlines, width, height) {
  const bytes = new Uint8Array(width * height);
  const fill = (y, x0, x1) => bytes.fill(1, y * width + x0, y * width + x1);
  for (const { points } of outlines) {
    const corners = [];
    for (let i = 0; i < points.length; i += 2) corners.push([points[i] * width + 0.5, points[i + 1] * height + 0.5]);
    polygonSpans(corners, width, height, fill);
    corners.forEach(([x, y], i) => {
      const [px, py] = corners[(i + corners.length - 1) % corners.length], n = Math.max(1, Math.ceil(Math.max(Math.abs(x - px), Math.abs(y - py))));
      for (let k = 0; k <= n; k++) {
        const cx = Math.floor(px + ((x - px) * k) / n), cy = Math.floor(py + ((y - py) * k) / n);
        if (cx >= 0 && cy >= 0 && cx < width && cy < height) bytes[cy * width + cx] = 1;
      }
    });
  }
  return runsOf(bytes);
}

const ADDED = "added"; // a further object

// What may be corrected in a label: [[value of the address's `object`, text], ...], first what is most likely meant.
function choices(outlines, parts) {
  const n = outlines.length, first = outlines[0]?.class, same = outlines.filter((o) => o.class === first).length;
  const all = parts && same > 1 ? [["all", `All ${same} parts of class ${first}`]] : [];
  const each = outlines.map((o, i) => [String(i), n > 1 ? `Outline ${i + 1} of ${n}, class ${o.class}` : `Class ${o.class}`]);
  return [...all, ...each, ...(n ? [[ADDED, "A further object"]] : [])];
}

export class Editor {
  #root;
  #editor;
  #saving = false;
  #bitmap = null; // a blob of the picture: the editor closes the bitmaps that it is given
  #segment = null;
  #object = null; // the <select> of what is corrected
  #chosen = "";

  // acts: { saved(details), closed(), say(text) }
  constructor(root, acts) {
    this.#root = root;
    this.acts = acts;
    this.item = null;
    this.#object = el("select", { id: "edit-object", on: { change: () => this.#choose() } });
    this.field = el("label", { class: "field" }, "Object ", this.#object);
    buildTools(root.querySelector("#edit-tools"), {
      save: "Save label",
      first: [this.field],
      hint: el("p", {}, "Points and a box make the mask anew; polygon, brush and eraser correct it. The studio's Undo brings the earlier label back."),
    });
    this.#editor = new MaskEditor({ canvas: root.querySelector("#edit-canvas"), stage: root.querySelector("#edit-stage") });
    this.editor = this.#editor;
    const input = new MaskInput(this.#editor);
    new MaskPanel(this.#editor, input, root, { save: { label: "Save the label", keys: ["enter"], run: () => this.save() } });
    this.#editor.addEventListener("status", (e) => this.acts.say(e.detail));
    this.#editor.addEventListener("change", () => {
      root.querySelector("#edit-canvas").dataset.tool = this.#editor.tool;
      root.querySelector("#edit-canvas").setAttribute("aria-busy", String(this.#editor.busy));
    });
    root.querySelector("#edit-close").addEventListener("click", () => this.close());
  }

  get isOpen() {
    return !this.#root.hidden;
  }

  // `parts`: an object of this execution may have several outlines (--polygons all).
  async open(execution, id, parts) {
    const item = await get(`/api/execution/${execution}/item/${id}`);
    const blob = await (await ask(imageOf(execution, item))).blob();
    const { segmenter } = await post(`/api/execution/${execution}/look/${id}`, {});
    this.item = item;
    this.execution = execution;
    this.#bitmap = blob;
    this.#segment = segmenter && segmenterAt(ask, `/api/execution/${execution}/segment/${id}`);
    this.#root.hidden = false;
    this.#root.querySelector("#edit-name").textContent = item.name;
    const can = choices(item.outlines ?? [], parts);
    this.#object.replaceChildren(...can.map(([value, text]) => el("option", { value }, text)));
    this.field.hidden = !can.length;
    await this.#begin(can[0]?.[0] ?? "0");
    this.#editor.setTool(segmenter ? "point" : "polygon");
    this.acts.say("Mark the object anew, or correct its mask.");
    this.#root.querySelector("#edit-canvas").focus({ preventScroll: true });
    if (segmenter) this.#watch(id, segmenter.title).catch((e) => this.acts.say(e.message));
    else this.#root.querySelector("#edit-segmenter").textContent = "";
  }

  async #watch(id, title) {
    const path = `/api/execution/${this.execution}/look/${id}`, chip = this.#root.querySelector("#edit-segmenter");
    const error = await watchSegmenter(ask, path, title, chip, () => this.item?.id === id);
    if (error) this.acts.say(error);
  }

  // Edit this object of the label; the others are shown and stay as they are.
  async #begin(object) {
    const bitmap = await createImageBitmap(this.#bitmap, { imageOrientation: "none" }), { width, height } = bitmap;
    const outlines = this.item.outlines ?? [];
    const mine = (o, i) => (object === "all" ? o.class === outlines[0].class : String(i) === object);
    const others = outlines.filter((o, i) => !mine(o, i)).map(({ points }) => {
      const corners = [];
      for (let i = 0; i < points.length; i += 2) corners.push([points[i] * width + 0.5, points[i + 1] * height + 0.5]);
      return corners;
    });
    this.#chosen = this.#object.value = object;
    this.#editor.open({ bitmap, width, height, runs: runsOfOutlines(outlines.filter(mine), width, height), others, segment: this.#segment });
  }

  #choose() {
    const object = this.#object.value;
    if (this.#editor.unsaved && !window.confirm("The correction is not saved. Leave it?")) return void (this.#object.value = this.#chosen);
    this.#begin(object).then(() => this.acts.say("The other objects stay as they are."), (e) => this.acts.say(e.message));
  }

  async save() {
    if (this.#saving) return;
    this.#saving = true;
    try {
      const { width, height, runs } = this.#editor.result();
      const object = this.#chosen === ADDED ? this.item.outlines.length : this.#chosen;
      const path = `/api/execution/${this.execution}/mask/${this.item.id}?object=${object}&label=${this.item.label}`;
      const response = await ask(path, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: packRuns(width, height, runs) });
      const details = await response.json();
      this.#editor.markSaved();
      this.close();
      this.acts.saved(details);
    } catch (e) {
      this.acts.say(`Not saved: ${e.message}`);
    } finally {
      this.#saving = false;
    }
  }

  close() {
    if (this.#editor.pixels && this.#editor.unsaved && !window.confirm("The correction is not saved. Leave it?")) return;
    this.#root.hidden = true;
    this.#editor.close();
    this.item = null;
    this.acts.closed();
  }
}
