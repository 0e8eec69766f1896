// studio_edit.js: correct the mask of an image, with the labeler's editor.

import { ask, get, imageOf } from "./studio_api.js";
import { MaskEditor } from "./mask_editor.js";
import { MaskInput } from "./mask_input.js";
import { MaskPanel } from "./mask_panel.js";
import { packRuns, polygonSpans, runsOf } from "./mask_pixels.js";
import { loadBitmap } from "./studio_picture.js";

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

export class Editor {
  #root;
  #editor;
  #saving = false;

  // acts: { saved(details), say(text) }
  constructor(root, acts) {
    this.#root = root;
    this.acts = acts;
    this.item = null;
    this.#editor = new MaskEditor({ canvas: root.querySelector("#edit-canvas"), stage: root.querySelector("#edit-stage") });
    this.editor = this.#editor;
    const input = new MaskInput(this.#editor);
    new MaskPanel(this.#editor, input, root, { save: { label: "Save the label", keys: ["enter"], run: () => this.save() } });
    const status = root.querySelector("#edit-status");
    this.#editor.addEventListener("status", (e) => (status.textContent = e.detail));
    this.#editor.addEventListener("change", () => (root.querySelector("#edit-canvas").dataset.tool = this.#editor.tool));
    root.querySelector("#edit-close").addEventListener("click", () => this.close());
  }

  get isOpen() {
    return !this.#root.hidden;
  }

  async open(execution, id) {
    const item = await get(`/api/execution/${execution}/item/${id}`);
    const bitmap = await loadBitmap(ask, imageOf(execution, item));
    this.item = item;
    this.execution = execution;
    this.#root.hidden = false;
    this.#root.querySelector("#edit-name").textContent = item.name;
    this.#root.querySelector("#edit-status").textContent = "";
    this.#editor.open({ bitmap, width: bitmap.width, height: bitmap.height, runs: runsOfOutlines(item.outlines ?? [], bitmap.width, bitmap.height) });
    this.#editor.setTool("polygon");
    this.#root.querySelector("#edit-canvas").focus({ preventScroll: true });
  }

  async save() {
    if (this.#saving) return;
    this.#saving = true;
    try {
      const { width, height, runs } = this.#editor.result();
      const response = await ask(`/api/execution/${this.execution}/mask/${this.item.id}`, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: packRuns(width, height, runs) });
      const details = await response.json();
      this.#editor.markSaved();
      this.close();
      this.acts.saved(details);
    } catch (e) {
      this.#root.querySelector("#edit-status").textContent = `Not saved: ${e.message}`;
    } finally {
      this.#saving = false;
    }
  }

  close() {
    if (this.#editor.pixels && this.#editor.unsaved && !window.confirm("The correction is not saved. Leave it?")) return;
    this.#root.hidden = true;
    this.#editor.pixels = null; // its keys are silent from here on
    this.item = null;
    this.acts.closed();
  }
}
