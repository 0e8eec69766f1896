// mask_editor.js: edit the mask of one picture. The labeler and the studio share it.
//
//   const editor = new MaskEditor({ canvas, stage });   // <canvas> in a positioned element that says how large it may be
//   new MaskInput(editor, ...); new MaskPanel(editor, ...);        // hands: mask_input.js, buttons and keys: mask_panel.js
//   editor.open({ bitmap, width, height, runs, segment });
//   editor.addEventListener("change", ...);             // anything that a button or a counter may show
//   editor.addEventListener("status", (e) => e.detail); // a sentence for the person
//   const { width, height, runs } = editor.result();    // what to save; then editor.markSaved()
//
// segment(prompt, signal) asks for masks: prompt is { points: [[x, y, 1 or 0], ...], box: [x0, y0, x1, y1] or null,
// strokes: { object, background }, runs of what was painted or null }, the answer { masks: [{ score, runs }, ...], best }. It
// may be null: then there is no prompting. Coordinates and runs are those of mask_pixels.js.
//
// The mask has the segmenter's answer at the bottom and what was painted and cut on top, so a better prompt never undoes
// the handwork. Polygons wait above both until they are applied; the result has them in any case.

import { allMarks, markExists, markName, movedMark, sameMark, withoutMark } from "./mask_handles.js";
import { MaskHistory } from "./mask_history.js";
import { MaskPixels, polygonSpans, runsOf, sameRuns, strokeSpans } from "./mask_pixels.js";
import { MaskView } from "./mask_view.js";
import { drawMarks } from "./mask_marks.js";

export const TOOLS = ["point", "box", "polygon", "brush", "eraser", "pan"];
const LIVE_DELAY_MS = 150;
const POINTS_MAX = 200;
const NOTHING = { runs: null, masks: [], chosen: -1 };

const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;

export class MaskEditor extends EventTarget {
  #history = new MaskHistory();
  #saved = {};
  #asked = null; // AbortController of the question under way
  #timer = 0;
  #stroke = null;
  #moving = null; // { mark, points, box, base } as they were when the move began; strokes, asking, shown: see #followMove
  #selected = null; // a mark of mask_handles.js

  constructor({ canvas, stage }) {
    super();
    this.canvas = canvas;
    this.stage = stage;
    const resized = () => this.dispatchEvent(new Event("change"));
    this.view = new MaskView(canvas, stage, (context) => drawMarks(context, this), resized);
    this.pixels = null;
    this.tool = "point";
    this.adding = true; // polygons and points add, or subtract
    this.brushSize = 40; // diameter, picture pixels
    this.live = true;
    this.previewing = false;
    this.others = [];
    this.pointer = null; // place of the mouse
    this.cursor = null; // place of the keyboard's cursor
    this.#clear();
  }

  #clear() {
    this.points = [];
    this.box = null;
    this.draft = null; // a box being drawn
    this.corners = []; // of the polygon being drawn
    this.pending = []; // closed polygons: { points, adding, difference }
    this.#selected = this.#moving = null;
    this.base = NOTHING; // the segmenter's answer
    this.busy = false;
  }

  // Begin with a picture; runs is the mask to go on with, or null. `others` are outlines of other objects, shown and left alone.
  open({ bitmap, width, height, runs = null, segment = null, others = [] }) {
    this.#forgetQuestion();
    this.#clear();
    this.others = others;
    this.#history = new MaskHistory();
    this.#stroke = null;
    this.segment = segment;
    this.pixels = new MaskPixels(width, height);
    this.brushSize = Math.max(4, Math.round(Math.max(width, height) / 30));
    this.cursor = this.pointer = null;
    this.previewing = false;
    this.view.open(bitmap, this.pixels);
    if (runs) {
      this.base = { ...NOTHING, runs };
      this.pixels.setBase(runs);
    }
    this.markSaved();
  }

  // Leave the picture: keys and questions are silent until the next one is opened.
  close() {
    this.#forgetQuestion();
    this.pixels = null;
  }

  // ---- what there is ----

  get canUndo() {
    return this.#history.done.length > 0;
  }
  get canRedo() {
    return this.#history.undone.length > 0;
  }
  // Whether something says where the object is.
  get hasPrompt() {
    return this.points.some((p) => p[2]) || this.box !== null || this.painted;
  }
  // The mark that keys move and delete, or null.
  get selected() {
    return markExists(this.#selected, this) ? this.#selected : null;
  }
  // Whether the marks can be taken hold of: with a tool that makes them.
  get marksMove() {
    return this.tool === "point" || this.tool === "box";
  }
  // Whether something was painted, in steps that are not undone.
  get painted() {
    const done = this.#history.done, reset = done.findLastIndex((s) => s.name === "reset");
    return done.slice(reset + 1).some((s) => s.paints);
  }
  get unsaved() {
    return this.pixels !== null && (this.#saved.top !== this.#history.top || this.#saved.runs !== this.base.runs);
  }

  markSaved() {
    this.#saved = { top: this.#history.top, runs: this.base.runs };
    this.#changed();
  }

  result() {
    return { width: this.pixels.width, height: this.pixels.height, runs: runsOf(this.#flat()) };
  }

  #flat() {
    const flat = this.pixels.flatten(), { width, height } = this.pixels;
    for (const p of this.pending)
      polygonSpans(p.points, width, height, (y, x0, x1) =>
        flat.fill(p.adding ? 1 : 0, y * width + x0, y * width + x1));
    return flat;
  }

  say(text) {
    this.dispatchEvent(new CustomEvent("status", { detail: text }));
  }

  #changed() {
    if (this.previewing) this.view.preview(this.#flat());
    this.view.paint();
    this.dispatchEvent(new Event("change"));
  }

  // ---- history ----

  #did(step) {
    this.#history.push(step);
    this.#changed();
    return step;
  }

  undo() {
    if (this.#stroke) return this.endStroke();
    if (this.#moving) return this.dropMove();
    this.#forgetQuestion();
    const step = this.#history.undo();
    this.say(step ? `Undone: ${step.name}.` : "There is nothing to undo.");
    this.#changed();
  }

  redo() {
    this.#forgetQuestion();
    const step = this.#history.redo();
    this.say(step ? `Done again: ${step.name}.` : "There is nothing to do again.");
    if (step?.unanswered?.()) this.#askSoon(step);
    this.#changed();
  }

  // Everything back to nothing.
  reset() {
    this.#forgetQuestion();
    this.pixels.startRecording();
    this.pixels.clearEdits();
    const difference = this.pixels.stopRecording();
    const before = { points: this.points, box: this.box, corners: this.corners, pending: this.pending, base: this.base };
    const set = (state, which) => {
      Object.assign(this, state);
      this.pixels.swapEdits(difference, which);
      this.pixels.setBase(this.base.runs);
      this.view.maskChanged();
    };
    const nothing = { points: [], box: null, corners: [], pending: [], base: NOTHING };
    set(nothing, "after");
    this.draft = null;
    this.#did({ name: "reset", undo: () => set(before, "before"), redo: () => set(nothing, "after") });
    this.say("Reset. Undo brings it back.");
  }

  // ---- prompt ----

  // Steps with the same `merge` in a row are undone as one: a mark that is moved by many presses of a key.
  #setPrompt(name, points, box, merge = null) {
    const top = this.#history.top, joined = merge !== null && top?.merge === merge ? top : null;
    const { before, base } = joined ?? { before: [this.points, this.box], base: this.base };
    if (joined) this.#history.forget([joined]);
    const step = {
      name,
      merge,
      before,
      base,
      answer: null, // the base that the segmenter gave for it
      undo: () => {
        [this.points, this.box] = before;
        this.#setBase(base);
      },
      redo: () => {
        [this.points, this.box] = [points, box];
        if (step.answer) this.#setBase(step.answer);
      },
      unanswered: () => !step.answer,
    };
    [this.points, this.box] = [points, box];
    this.#did(step);
    if (!this.hasPrompt && this.base.masks.length) {
      step.answer = NOTHING; // with its last mark the segmenter's mask goes
      this.#forgetQuestion();
      this.#setBase(NOTHING);
      this.#changed();
    } else this.#askSoon(step);
    return step;
  }

  addPoint(x, y, positive) {
    if (this.points.length >= POINTS_MAX) return this.say(`${POINTS_MAX} points are as many as can be used.`);
    const name = positive ? "point on the object" : "point beside the object";
    this.#setPrompt(name, [...this.points, [x, y, positive ? 1 : 0]], this.box);
    if (!this.hasPrompt) this.say("A point beside the object. Mark the object too: with a point on it, or a box.");
    else if (!this.busy) this.say(`${count(this.points.length, "point", "points")}. Space makes the mask.`);
  }

  startBox(x, y) {
    this.draft = [x, y, x, y];
    this.view.paint();
  }

  moveBox(x, y) {
    if (!this.draft) return;
    this.draft = [this.draft[0], this.draft[1], x, y];
    this.view.paint();
  }

  endBox() {
    if (!this.draft) return;
    const [ax, ay, bx, by] = this.draft;
    const box = [Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)];
    this.draft = null;
    this.view.paint();
    if (box[2] - box[0] < 2 || box[3] - box[1] < 2) return this.say("Drag from one corner of the object's box to the other.");
    this.#setPrompt("box", this.points, box);
    if (!this.busy) this.say("Box drawn. Space makes the mask.");
  }

  // ---- moving and deleting marks ----

  select(mark) {
    this.#selected = mark;
    this.#changed();
    if (mark) this.say(`${markName(mark, this)} selected: drag, arrows or Delete.`);
  }

  // Select the next mark; behind the last one, none.
  selectNext() {
    const marks = allMarks(this), i = marks.findIndex((m) => sameMark(m, this.selected));
    if (!marks.length) return this.say("There is no point and no box.");
    if (!this.marksMove) this.setTool("point");
    this.select(marks[i + 1] ?? null);
    if (!marks[i + 1]) this.say("No mark is selected.");
  }

  startMove(mark) {
    this.#forgetQuestion();
    this.#selected = mark;
    const strokes = this.pixels.strokes();
    this.#moving = { mark, points: this.points, box: this.box, base: this.base, strokes, asking: null, shown: null };
  }

  // Move it by so many pixels from where it was at first.
  moveMark(dx, dy) {
    const m = this.#moving;
    if (!m) return;
    Object.assign(this, movedMark(m, m.mark, dx, dy, this.pixels.width, this.pixels.height));
    this.view.paint();
    this.#followMove(m);
  }

  // With Live on the mask follows a mark while it is moved, one question after the other. Nothing of that is a step: the
  // question at the move's end is.
  async #followMove(m) {
    if (!this.live || !this.segment || !this.hasPrompt || m.asking) return;
    const { points, box } = this;
    m.asking = new AbortController();
    let answer = null;
    try {
      answer = await this.segment({ points, box, strokes: m.strokes }, m.asking.signal);
    } catch {
      // the question at the end says what is wrong
    }
    m.asking = null;
    if (this.#moving !== m || !answer) return;
    m.shown = { masks: answer.masks, chosen: answer.best, runs: answer.masks[answer.best].runs };
    this.#setBase(m.shown);
    this.view.paint();
    if (this.points !== points || this.box !== box) this.#followMove(m);
  }

  endMove() {
    const m = this.#moving, { points, box } = this;
    if (!m) return;
    this.dropMove();
    const step = this.#setPrompt(m.mark.sides ? "moved box" : "moved point", points, box);
    if (m.shown) {
      step.answer = m.shown; // until the answer for where it ended comes
      this.#setBase(m.shown);
    }
    if (!this.busy) this.say("Moved. Space makes the mask.");
  }

  // Back to where it was when the move began.
  dropMove() {
    const m = this.#moving;
    if (!m) return;
    this.#moving = null;
    m.asking?.abort();
    [this.points, this.box] = [m.points, m.box];
    this.#setBase(m.base);
    this.#changed();
    const top = this.#history.top;
    if (top?.unanswered?.()) this.#askSoon(top); // its question gave way to the move
  }

  nudge(dx, dy) {
    const mark = this.selected, { points, box } = movedMark(this, mark, dx, dy, this.pixels.width, this.pixels.height);
    const name = mark.sides ? "moved box" : "moved point";
    this.#setPrompt(name, points, box, `${name} ${mark.point ?? mark.sides}`);
  }

  removeMark(mark) {
    if (!markExists(mark, this)) return this.say("Select a point or the box first: click on it, or press M.");
    const name = mark.sides ? "deleted box" : "deleted point", { points, box } = withoutMark(this, mark);
    this.dropMove();
    this.#selected = null;
    this.#setPrompt(name, points, box);
    if (!this.busy) this.say(mark.sides ? "Box deleted." : "Point deleted.");
  }

  // ---- the segmenter ----

  #setBase(base) {
    if (base.runs !== this.base.runs) {
      this.pixels.setBase(base.runs);
      this.view.maskChanged();
    }
    this.base = base;
  }

  #forgetQuestion() {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.#asked = null;
    this.busy = false;
  }

  #askSoon(step) {
    this.#forgetQuestion();
    if (!this.live || !this.hasPrompt || !this.segment) return;
    this.busy = true;
    this.#timer = setTimeout(() => this.#ask(step), LIVE_DELAY_MS);
    this.dispatchEvent(new Event("change"));
  }

  async #ask(step) {
    this.#forgetQuestion();
    const asked = (this.#asked = new AbortController());
    this.busy = true;
    this.say("Making the mask…");
    this.dispatchEvent(new Event("change"));
    const began = performance.now();
    let answer, failure;
    try {
      const strokes = this.pixels.strokes();
      answer = await this.segment({ points: this.points, box: this.box, strokes }, asked.signal);
    } catch (e) {
      failure = e;
    }
    if (this.#asked !== asked) return; // somebody asked for something else since
    this.#asked = null;
    this.busy = false;
    if (failure) {
      this.say(failure.message);
      return this.#changed();
    }
    this.#take(answer, step);
    const ms = Math.round(performance.now() - began);
    const score = answer.masks[this.base.chosen].score;
    const empty = this.base.runs.length === 1;
    this.say(empty ? "Nothing was found there." : `Mask made in ${ms} ms, score ${score.toFixed(2)}.`);
  }

  // An answer belongs to the step that asked for it; when something was done since, it is a step of its own.
  #take(answer, step) {
    const base = { masks: answer.masks, chosen: answer.best, runs: answer.masks[answer.best].runs };
    if (sameRuns(base.runs, this.base.runs)) {
      this.base = { ...base, runs: this.base.runs };
      if (step) step.answer = this.base;
      return this.#changed();
    }
    if (step && this.#history.top === step) {
      step.answer = base;
      this.#setBase(base);
      return this.#changed();
    }
    this.#replaceBase("generated mask", base);
  }

  #replaceBase(name, after) {
    const before = this.base;
    this.#setBase(after);
    this.#did({ name, undo: () => this.#setBase(before), redo: () => this.#setBase(after) });
  }

  generate() {
    if (!this.segment) return this.say("There is no segmenter here: draw with polygons and the brush.");
    if (!this.hasPrompt) return this.say("Mark the object first: click on it, or draw a box around it.");
    return this.#ask(null);
  }

  // Take another of the segmenter's masks.
  choose(i) {
    const masks = this.base.masks;
    if (i < 0 || i >= masks.length || i === this.base.chosen) return;
    this.#forgetQuestion();
    this.#replaceBase("choice of mask", { masks, chosen: i, runs: masks[i].runs });
    this.say(`Mask ${i + 1} of ${masks.length}, score ${masks[i].score.toFixed(2)}.`);
  }

  // ---- polygons ----

  addCorner(x, y) {
    const before = this.corners, after = [...before, [x, y]];
    this.corners = after;
    this.#did({ name: "corner", corner: true, undo: () => (this.corners = before), redo: () => (this.corners = after) });
    if (after.length === 1) this.say("Click the next corners; double click closes the polygon.");
  }

  closePolygon() {
    const points = this.corners;
    if (!points.length) return;
    if (points.length < 3) return this.say("A polygon needs three corners.");
    // Its corners are the run of steps on top: the polygon stands for them, and undo takes it as a whole.
    const steps = [];
    for (let i = this.#history.done.length - 1; i >= 0 && steps.length < points.length; i--)
      if (this.#history.done[i].corner) steps.push(this.#history.done[i]);
    this.#history.forget(steps);
    const polygon = { points, adding: this.adding, difference: null, applied: false };
    this.corners = [];
    this.pending = [...this.pending, polygon];
    this.#did({
      name: "polygon",
      get paints() {
        return polygon.applied && polygon.adding;
      },
      undo: () => {
        if (polygon.applied) this.#swapEdits(polygon.difference, "before");
        this.pending = this.pending.filter((p) => p !== polygon);
      },
      redo: () => {
        if (polygon.applied) this.#swapEdits(polygon.difference, "after");
        else this.pending = [...this.pending, polygon];
      },
    });
    this.say(`Polygon closed: it will ${polygon.adding ? "add" : "subtract"}. T shows the result, Apply takes it over.`);
  }

  // Leave a polygon or a box that was begun.
  cancel() {
    if (this.draft) {
      this.draft = null;
      this.view.paint();
      return this.say("Box cancelled.");
    }
    if (this.#moving) {
      this.dropMove();
      return this.say("It is where it was.");
    }
    if (!this.corners.length) {
      if (this.selected) this.select(null);
      return false;
    }
    const before = this.corners;
    this.corners = [];
    this.#did({ name: "cancelled polygon", undo: () => (this.corners = before), redo: () => (this.corners = []) });
    this.say("Polygon cancelled.");
    return true;
  }

  #swapEdits(difference, which) {
    this.pixels.swapEdits(difference, which);
    this.view.maskChanged();
  }

  // Put the waiting polygons into the mask, in the order they were drawn.
  #applyPending() {
    const { width, height } = this.pixels;
    for (const p of this.pending) {
      this.pixels.startRecording();
      this.pixels.edit(p.adding, (span) => polygonSpans(p.points, width, height, span));
      p.difference = this.pixels.stopRecording();
      p.applied = true;
    }
    this.pending = [];
    this.view.maskChanged();
  }

  apply() {
    if (this.corners.length >= 3) this.closePolygon();
    if (!this.pending.length) return this.say("There is no polygon to apply.");
    const n = this.pending.length;
    this.#applyPending();
    this.previewing = false;
    this.view.preview(null);
    this.#changed();
    this.say(`${count(n, "polygon", "polygons")} applied.`);
  }

  // ---- brush ----

  startStroke(x, y) {
    if (this.#stroke) return;
    if (this.pending.length) this.#applyPending();
    this.pixels.startRecording();
    this.#stroke = { last: this.#brushPlace(x, y), on: this.tool === "brush" };
    this.moveStroke(x, y);
  }

  // A brush of a pixel or two paints the pixel that it is on, wherever in it.
  #brushPlace(x, y) {
    const centre = (v, side) => Math.min(Math.floor(v), side - 1) + 0.5;
    return this.brushSize > 2 ? [x, y] : [centre(x, this.pixels.width), centre(y, this.pixels.height)];
  }

  get stroking() {
    return this.#stroke !== null;
  }

  moveStroke(x, y) {
    const s = this.#stroke, { width, height } = this.pixels;
    if (!s) return;
    const at = this.#brushPlace(x, y);
    const rect = this.pixels.edit(s.on, (span) => strokeSpans(s.last, at, this.brushSize / 2, width, height, span));
    s.last = at;
    if (rect) this.view.maskChanged(rect);
  }

  endStroke() {
    const s = this.#stroke;
    if (!s) return;
    this.#stroke = null;
    const difference = this.pixels.stopRecording();
    if (!difference) return this.#changed();
    this.#did({
      name: s.on ? "brush stroke" : "eraser stroke",
      paints: s.on,
      undo: () => this.#swapEdits(difference, "before"),
      redo: () => this.#swapEdits(difference, "after"),
    });
    this.say(s.on ? "Painted." : "Erased.");
  }

  // Take a stroke back while it is drawn, as when a second finger comes down.
  dropStroke() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.#swapEdits(this.pixels.stopRecording(), "before");
  }

  setBrushSize(size) {
    this.brushSize = Math.min(Math.max(Math.round(size), 1), Math.max(this.pixels.width, this.pixels.height));
    this.#changed();
  }

  // ---- ways of working ----

  setTool(tool) {
    this.endStroke();
    this.dropMove();
    this.#selected = null;
    this.draft = null;
    if (tool === "point") this.adding = true;
    this.tool = tool;
    this.#changed();
    this.say({
      point: "Points: left click on the object, right click beside it.",
      box: "Box: drag from one corner to the other.",
      polygon: "Polygon: click its corners, double click closes it.",
      brush: "Brush: paint onto the mask.",
      eraser: "Eraser: wipe off the mask.",
      pan: "Drag to move the picture.",
    }[tool]);
  }

  setAdding(adding) {
    this.adding = adding;
    this.#changed();
    const what = this.tool === "point" ? "Points" : "Polygons";
    this.say(`${what} ${adding ? "add to" : "subtract from"} the mask.`);
  }

  setLive(live) {
    this.live = live;
    if (!live) this.#forgetQuestion();
    this.#changed();
  }

  toggleMask() {
    this.view.maskShown = !this.view.maskShown;
    this.#changed();
    this.say(this.view.maskShown ? "Mask shown." : "Mask hidden.");
  }

  setOpacity(opacity) {
    this.view.opacity = opacity;
    this.view.maskChanged();
    this.#changed();
  }

  togglePreview() {
    this.previewing = !this.previewing;
    this.view.preview(this.previewing ? this.#flat() : null);
    this.#changed();
    this.say(this.previewing ? "Preview: the mask as it will be saved." : "Preview ended.");
  }

  zoom(factor, clientX, clientY) {
    this.view.zoom(factor, clientX, clientY);
    this.dispatchEvent(new Event("change"));
  }

  fit() {
    this.view.fit();
    this.dispatchEvent(new Event("change"));
  }
}
