// mask_panel.js: buttons, sliders and keys of a MaskEditor.
//
// One table says what there is to do; from it follow what a button marked data-action="..." does, whether it can be
// pressed, its tooltip, the keys, and the list of shortcuts. A page has whichever buttons it likes. Other marks:
// data-control="opacity|brush|live" on inputs, data-list="masks" on the element that shows the segmenter's masks,
// data-list="shortcuts" on a <dl>, data-show="begun|brush|masks|selected" on what is only there while it is of use: while a
// polygon is begun, with a brush or the eraser, when there are several masks, and while a mark is selected.

const tool = (name) => ({ run: (ed) => ed.setTool(ed.tool === name ? "point" : name), pressed: (ed) => ed.tool === name });

// `keys` are values of KeyboardEvent.key, in lower case.
export const MASK_ACTIONS = {
  generate: { label: "Make the mask", keys: [" "], run: (ed) => ed.generate(), able: (ed) => ed.hasPrompt && ed.segment },
  reset: { label: "Start over", keys: ["r"], run: (ed) => ed.reset() },
  undo: { label: "Undo", keys: ["u", "ctrl+z"], run: (ed) => ed.undo(), able: (ed) => ed.canUndo },
  redo: { label: "Redo", keys: ["y", "ctrl+y", "ctrl+shift+z"], run: (ed) => ed.redo(), able: (ed) => ed.canRedo },
  mask: { label: "Hide or show the mask", keys: ["v"], run: (ed) => ed.toggleMask(), pressed: (ed) => !ed.view.maskShown },
  points: { label: "Points: left on the object, right beside it", keys: ["q"], run: (ed) => ed.setTool("point"), pressed: (ed) => ed.tool === "point" },
  box: { label: "Box: drag around the object (or with the middle button)", keys: ["x"], ...tool("box") },
  mark: { label: "Select the next point or the box", keys: ["m"], run: (ed) => ed.selectNext(), able: (ed) => ed.points.length || ed.box },
  remove: { label: "Delete the selected mark (or Alt and click on one)", keys: ["delete", "backspace"], run: (ed) => ed.removeMark(ed.selected), able: (ed) => ed.selected },
  polygon: { label: "Polygon: click corners, double click closes", keys: ["p"], ...tool("polygon") },
  add: { label: "Polygons and points add", keys: ["a"], run: (ed) => ed.setAdding(true), pressed: (ed) => ed.adding },
  subtract: { label: "Polygons and points subtract", keys: ["s"], run: (ed) => ed.setAdding(false), pressed: (ed) => !ed.adding },
  close: { label: "Close the polygon", keys: ["d"], run: (ed) => ed.closePolygon(), able: (ed) => ed.corners.length >= 3 },
  cancel: { label: "Leave a polygon or a box", keys: ["escape"], run: (ed) => ed.cancel() },
  preview: { label: "Preview the result", keys: ["t"], run: (ed) => ed.togglePreview(), pressed: (ed) => ed.previewing },
  apply: { label: "Apply the polygons", keys: ["l"], run: (ed) => ed.apply(), able: (ed) => ed.pending.length || ed.corners.length >= 3 },
  brush: { label: "Brush: paint onto the mask", keys: ["b"], ...tool("brush") },
  eraser: { label: "Eraser: wipe off the mask", keys: ["e"], ...tool("eraser") },
  smaller: { label: "Smaller brush", keys: ["["], run: (ed) => ed.setBrushSize(Math.min(ed.brushSize / 1.25, ed.brushSize - 1)) },
  larger: { label: "Larger brush", keys: ["]"], run: (ed) => ed.setBrushSize(Math.max(ed.brushSize * 1.25, ed.brushSize + 1)) },
  mask1: { label: "First mask", keys: ["1"], run: (ed) => ed.choose(0) },
  mask2: { label: "Second mask", keys: ["2"], run: (ed) => ed.choose(1) },
  mask3: { label: "Third mask", keys: ["3"], run: (ed) => ed.choose(2) },
  pan: { label: "Move the picture (or Alt and drag)", keys: ["h"], ...tool("pan") },
  zoomIn: { label: "Zoom in", keys: ["+", "="], run: (ed) => ed.zoom(1.25) },
  zoomOut: { label: "Zoom out", keys: ["-"], run: (ed) => ed.zoom(0.8) },
  fit: { label: "Whole picture", keys: ["0"], run: (ed) => ed.fit() },
  click: { label: "Click at the cursor", keys: ["c"], run: (ed, input) => input.clickAtCursor() },
  beside: { label: "Point beside the object, at the cursor", keys: ["n"], run: (ed, input) => input.pointBesideAtCursor() },
};

const KEY_NAMES = { " ": "Space", escape: "Esc", delete: "Del", backspace: "⌫", enter: "Enter", pagedown: "PgDn", pageup: "PgUp", "-": "−", "ctrl+z": "Ctrl+Z", "ctrl+y": "Ctrl+Y", "ctrl+shift+z": "Ctrl+Shift+Z" };
const keyName = (key) => KEY_NAMES[key] ?? key.toUpperCase();

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function keyOf(e) {
  const modifiers = `${e.ctrlKey || e.metaKey ? "ctrl+" : ""}${e.shiftKey && (e.ctrlKey || e.metaKey) ? "shift+" : ""}`;
  return modifiers + e.key.toLowerCase();
}

// Space, Enter and the arrows mean something of their own on these.
const isControl = (element) => element.closest?.("button, input, select, textarea, a, summary, [role=radio], dialog");
const isText = (element) => element.matches?.("textarea, input:not([type=range], [type=checkbox], [type=radio])");

export class MaskPanel {
  #editor;
  #input;
  #root;
  #actions;

  // `actions` are the page's own, in the form of MASK_ACTIONS; an `order` of names says what the list of shortcuts has.
  constructor(editor, input, root, actions = {}) {
    this.#editor = editor;
    this.#input = input;
    this.#root = root;
    this.#actions = { ...MASK_ACTIONS, ...actions };
    for (const b of root.querySelectorAll("[data-action]")) this.#wireButton(b);
    for (const c of root.querySelectorAll("[data-control]")) this.#wireControl(c);
    this.#listShortcuts();
    document.addEventListener("keydown", (e) => this.#key(e));
    editor.addEventListener("change", () => this.update());
    this.update();
  }

  #able(action) {
    return Boolean(this.#editor.pixels) && Boolean(action.able?.(this.#editor) ?? true);
  }

  #run(action) {
    if (this.#able(action)) action.run(this.#editor, this.#input);
  }

  // ---- buttons ----

  #wireButton(b) {
    const action = this.#actions[b.dataset.action];
    const keys = action.keys.map(keyName);
    b.title = keys.length ? `${action.label} (${keys.join(", ")})` : action.label;
    if (keys.length) b.setAttribute("aria-keyshortcuts", action.keys.map((k) => (k === " " ? "Space" : k)).join(" "));
    b.addEventListener("click", (e) => {
      // aria-disabled, not disabled: the button keeps its place in the tab order and can say why.
      if (b.getAttribute("aria-disabled") !== "true") this.#run(action);
      // Pressed with the mouse, the keys go to the picture again; from the keyboard the focus stays where it is.
      if (e.detail > 0) this.#editor.canvas.focus({ preventScroll: true });
    });
  }

  #wireControl(c) {
    const ed = this.#editor;
    const change = {
      opacity: () => ed.setOpacity(c.value / 100),
      brush: () => ed.setBrushSize(2 ** c.value),
      live: () => ed.setLive(c.checked),
    }[c.dataset.control];
    c.addEventListener("input", () => ed.pixels && change());
  }

  update() {
    const ed = this.#editor, root = this.#root;
    for (const b of root.querySelectorAll("[data-action]")) {
      const action = this.#actions[b.dataset.action];
      b.setAttribute("aria-disabled", String(!this.#able(action)));
      if (action.pressed) b.setAttribute("aria-pressed", String(Boolean(ed.pixels && action.pressed(ed))));
    }
    const show = {
      begun: ed.corners.length > 0,
      brush: ed.tool === "brush" || ed.tool === "eraser",
      masks: ed.base.masks.length > 1,
      selected: ed.selected !== null,
    };
    for (const s of root.querySelectorAll("[data-show]")) s.hidden = !show[s.dataset.show];
    for (const c of root.querySelectorAll("[data-control=brush]")) {
      if (ed.pixels) c.max = Math.log2(Math.max(ed.pixels.width, ed.pixels.height) / 2).toFixed(2);
      c.value = Math.log2(ed.brushSize);
      c.setAttribute("aria-valuetext", `${ed.brushSize} pixels`);
    }
    for (const s of root.querySelectorAll("[data-text=brush]")) s.textContent = `${ed.brushSize} px`;
    this.#listMasks();
  }

  // The segmenter's masks, best first as it gave them; one is chosen.
  #listMasks() {
    const ed = this.#editor;
    for (const list of this.#root.querySelectorAll("[data-list=masks]")) {
      while (list.children.length > ed.base.masks.length) list.lastChild.remove();
      ed.base.masks.forEach((mask, i) => {
        let b = list.children[i];
        if (!b) {
          b = document.createElement("button");
          b.type = "button";
          b.setAttribute("role", "radio");
          b.addEventListener("click", (e) => {
            ed.choose(i);
            if (e.detail > 0) ed.canvas.focus({ preventScroll: true });
          });
          list.append(b);
        }
        b.textContent = mask.score.toFixed(2);
        b.title = `Mask ${i + 1} of ${ed.base.masks.length} (${i + 1})`;
        b.setAttribute("aria-label", `Mask ${i + 1}, score ${mask.score.toFixed(2)}`);
        b.setAttribute("aria-checked", String(i === ed.base.chosen));
      });
    }
  }

  // ---- keys ----

  #key(e) {
    const ed = this.#editor;
    if (ed.canvas.getClientRects().length === 0) return; // the page shows something else
    if (e.defaultPrevented || e.altKey || !ed.pixels || isText(e.target) || document.querySelector("dialog[open]")) return;
    const onControl = isControl(e.target);
    if (ARROWS[e.key] && !e.ctrlKey && !e.metaKey) {
      if (onControl) return;
      e.preventDefault();
      return this.#input.moveCursor(...ARROWS[e.key], e.shiftKey);
    }
    const key = keyOf(e);
    if (onControl && (key === " " || key === "enter")) return;
    const action = Object.values(this.#actions).find((a) => a.keys.includes(key));
    if (!action) return;
    e.preventDefault();
    if (!e.repeat || action.keys.some((k) => "[]+-u".includes(k))) this.#run(action);
  }

  #listShortcuts() {
    const rows = Object.values(this.#actions).filter((a) => a.keys.length).map((a) => [a.keys, a.label]);
    rows.push([["Arrows"], "Move the cursor, or the selected mark"], [["Shift+Arrows"], "by one pixel"]);
    for (const list of this.#root.querySelectorAll("[data-list=shortcuts]"))
      for (const [keys, label] of rows) {
        const dt = document.createElement("dt"), dd = document.createElement("dd"), row = document.createElement("div");
        keys.slice(0, 2).forEach((k, i) => {
          const kbd = document.createElement("kbd");
          kbd.textContent = k.length > 1 && !KEY_NAMES[k] ? k : keyName(k);
          dt.append(...(i ? [" "] : []), kbd);
        });
        dd.textContent = label;
        row.append(dt, dd);
        list.append(row);
      }
  }
}
