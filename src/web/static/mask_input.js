// mask_input.js: mouse, pen, fingers and the arrow keys, as gestures on a MaskEditor.
//
//   left        does what the tool says; a click on nothing but the stage begins at the picture's border. On a point or the
//               box it takes hold of that: a drag moves it, a click selects it
//   Alt+left    moves the picture; a click on a point or the box deletes it
//   right       a point beside the object; leaves a polygon that was begun
//   middle      a drag draws the box
//   wheel       zooms; sideways, or with Shift, it pans
//   one finger  as left; two fingers zoom and pan, and take back what the first one had begun

import { markAt, markPlace } from "./mask_handles.js";

const CLICK_SLACK = 6; // screen pixels that a click may move
const REACH = 10, REACH_FINGER = 22; // screen pixels around a mark that belong to it
const DOUBLE_MS = 400;

export class MaskInput {
  #editor;
  #fingers = new Map(); // pointer id: [clientX, clientY]
  #drag = null; // { id, kind, from, last }
  #lastClick = { time: 0, x: 0, y: 0 };
  #pinch = null; // { distance, x, y }

  constructor(editor) {
    this.#editor = editor;
    const on = (name, f) => editor.stage.addEventListener(name, f, { passive: false });
    on("pointerdown", (e) => this.#down(e));
    on("pointermove", (e) => this.#move(e));
    on("pointerup", (e) => this.#up(e));
    on("pointercancel", (e) => this.#cancel(e));
    on("pointerleave", () => this.#leave());
    on("wheel", (e) => this.#wheel(e));
    on("dblclick", (e) => this.#double(e));
    on("contextmenu", (e) => e.preventDefault());
    on("auxclick", (e) => e.preventDefault());
    on("touchstart", (e) => e.preventDefault()); // a stroke is no fling, which would swallow the next tap
    on("mousedown", (e) => e.button === 1 && e.preventDefault()); // no scrolling by the middle button
  }

  #place(e) {
    return this.#editor.view.placeInside(e.clientX, e.clientY);
  }

  #onPicture(e) {
    const [x, y] = this.#editor.view.place(e.clientX, e.clientY), { width, height } = this.#editor.pixels;
    return x >= 0 && y >= 0 && x < width && y < height;
  }

  // The mark under a pointer, where marks can be taken hold of.
  #markUnder(e) {
    const ed = this.#editor, box = ed.canvas.getBoundingClientRect();
    if (!ed.marksMove || ed.draft || ed.previewing) return null;
    const at = [e.clientX - box.left, e.clientY - box.top];
    return markAt(ed, (x, y) => ed.view.toScreen(x, y), at, e.pointerType === "touch" ? REACH_FINGER : REACH);
  }

  // What the pointer's shape says: move, or which way a side goes.
  #showGrip(e) {
    const mark = e && this.#markUnder(e), [sx, sy] = mark?.sides ?? [0, 0];
    const grip = sx && sy ? (sx === sy ? "nwse" : "nesw") : sx ? "ew" : sy ? "ns" : "all";
    this.#editor.canvas.dataset.grip = mark ? grip : "";
  }

  // ---- pointers ----

  #down(e) {
    const ed = this.#editor;
    if (!ed.pixels) return;
    e.preventDefault(); // no text selection, no autoscroll from the middle button
    ed.canvas.focus({ preventScroll: true });
    try {
      ed.stage.setPointerCapture(e.pointerId);
    } catch {
      // a pointer that is gone already cannot be captured; its gesture goes on without
    }
    ed.cursor = null;
    ed.pointer = e.pointerType === "touch" ? null : this.#place(e);
    if (e.pointerType === "touch") {
      this.#fingers.set(e.pointerId, [e.clientX, e.clientY]);
      if (this.#fingers.size === 2) return this.#startPinch();
      if (this.#fingers.size > 2) return;
    }
    if (this.#drag) return;
    const at = this.#place(e), drag = { id: e.pointerId, from: [e.clientX, e.clientY], last: [e.clientX, e.clientY], alt: e.altKey, mark: e.button === 0 ? this.#markUnder(e) : null };
    if (e.button === 2) this.#drag = { ...drag, kind: "right" };
    else if (e.button === 1) this.#drag = { ...drag, kind: "box" };
    else if (e.button !== 0) return;
    else if (e.altKey || e.ctrlKey || e.metaKey) this.#drag = { ...drag, kind: "pan" };
    else if (drag.mark) this.#drag = { ...drag, kind: "mark" };
    else this.#drag = { ...drag, kind: { box: "box", brush: "stroke", eraser: "stroke", pan: "pan" }[ed.tool] ?? "click" };
    if (this.#drag.kind === "box") ed.startBox(...at);
    if (this.#drag.kind === "stroke") ed.startStroke(...at);
  }

  #move(e) {
    const ed = this.#editor;
    if (!ed.pixels) return;
    if (this.#fingers.has(e.pointerId)) this.#fingers.set(e.pointerId, [e.clientX, e.clientY]);
    if (this.#pinch) return this.#movePinch();
    if (e.pointerType !== "touch") {
      ed.pointer = this.#place(e);
      ed.view.paint();
    }
    const d = this.#drag;
    if (!d && e.pointerType !== "touch") this.#showGrip(e);
    if (!d || d.id !== e.pointerId) return;
    if (d.kind === "mark") this.#moveMark(e, d);
    else if (d.kind === "stroke")
      for (const c of e.getCoalescedEvents?.() ?? [e]) ed.moveStroke(...this.#place(c));
    else if (d.kind === "box") ed.moveBox(...this.#place(e));
    else if (d.kind === "pan") {
      ed.view.pan(e.clientX - d.last[0], e.clientY - d.last[1]);
      d.last = [e.clientX, e.clientY];
    }
  }

  #moveMark(e, d) {
    const ed = this.#editor, dx = e.clientX - d.from[0], dy = e.clientY - d.from[1];
    if (!d.moves && Math.hypot(dx, dy) <= CLICK_SLACK) return;
    if (!d.moves) ed.startMove(d.mark);
    d.moves = true;
    ed.moveMark(dx / ed.view.scale, dy / ed.view.scale);
  }

  #up(e) {
    const ed = this.#editor, d = this.#drag;
    this.#fingers.delete(e.pointerId);
    if (this.#pinch) {
      if (this.#fingers.size === 0) this.#pinch = null; // the other finger's end is no click
      return;
    }
    if (!d || d.id !== e.pointerId) return;
    this.#drag = null;
    if (d.kind === "stroke") {
      ed.moveStroke(...this.#place(e));
      ed.endStroke();
    } else if (d.kind === "box") {
      ed.moveBox(...this.#place(e));
      ed.endBox();
    } else if (d.kind === "mark") {
      this.#moveMark(e, d);
      d.moves ? ed.endMove() : ed.select(d.mark);
    } else if (Math.hypot(e.clientX - d.from[0], e.clientY - d.from[1]) <= CLICK_SLACK || d.kind === "click" && ed.tool === "polygon") {
      if (d.kind === "right") this.#rightClick(e);
      if (d.kind === "click") this.#click(e);
      if (d.kind === "pan" && d.mark && d.alt) ed.removeMark(d.mark);
    }
  }

  #cancel(e) {
    this.#fingers.delete(e.pointerId);
    if (this.#fingers.size === 0) this.#pinch = null;
    this.#dropDrag();
  }

  #leave() {
    this.#editor.pointer = null;
    this.#showGrip(null);
    this.#editor.view.paint();
  }

  #dropDrag() {
    const d = this.#drag;
    this.#drag = null;
    if (d?.kind === "stroke") this.#editor.dropStroke();
    if (d?.kind === "box") this.#editor.cancel();
    if (d?.kind === "mark") this.#editor.dropMove();
  }

  // ---- clicks ----

  #click(e) {
    const ed = this.#editor;
    if (ed.tool === "point") {
      if (this.#onPicture(e)) ed.addPoint(...this.#place(e), ed.adding);
      return;
    }
    if (ed.tool !== "polygon") return;
    const near = (x, y) => Math.hypot(e.clientX - x, e.clientY - y) <= CLICK_SLACK;
    const last = this.#lastClick, double = e.timeStamp - last.time < DOUBLE_MS && near(last.x, last.y);
    this.#lastClick = { time: double ? 0 : e.timeStamp, x: e.clientX, y: e.clientY };
    const box = ed.canvas.getBoundingClientRect();
    const first = ed.corners.length >= 3 ? ed.view.toScreen(...ed.corners[0]) : null;
    if (double || (first && near(box.left + first[0], box.top + first[1]))) ed.closePolygon();
    else ed.addCorner(...this.#place(e));
  }

  // For double clicks slower than ours: the second click has added a corner on top of the first.
  #double(e) {
    const ed = this.#editor;
    if (ed.tool !== "polygon" || ed.corners.length < 4) return;
    const [a, b] = ed.corners.slice(-2).map((p) => ed.view.toScreen(...p));
    if (Math.hypot(a[0] - b[0], a[1] - b[1]) > CLICK_SLACK) return;
    ed.undo();
    ed.closePolygon();
    this.#lastClick = { time: 0, x: 0, y: 0 };
    e.preventDefault();
  }

  #rightClick(e) {
    const ed = this.#editor;
    if (ed.corners.length || ed.draft) ed.cancel();
    else if (ed.tool !== "polygon" && this.#onPicture(e)) ed.addPoint(...this.#place(e), false);
  }

  // ---- zoom and pan ----

  #wheel(e) {
    const ed = this.#editor;
    if (!ed.pixels) return;
    e.preventDefault();
    const unit = [1, 16, 400][e.deltaMode], dx = e.deltaX * unit, dy = e.deltaY * unit;
    if (e.ctrlKey) ed.zoom(Math.exp(-dy / 100), e.clientX, e.clientY); // a pinch on a touch pad
    else if (e.shiftKey) ed.view.pan(-dx - dy, 0);
    else if (Math.abs(dx) > Math.abs(dy)) ed.view.pan(-dx, -dy);
    else ed.zoom(Math.exp(-Math.max(-240, Math.min(240, dy)) / 400), e.clientX, e.clientY);
  }

  #fingerState() {
    const [[ax, ay], [bx, by]] = [...this.#fingers.values()];
    return { distance: Math.max(Math.hypot(ax - bx, ay - by), 1), x: (ax + bx) / 2, y: (ay + by) / 2 };
  }

  #startPinch() {
    this.#dropDrag();
    this.#pinch = this.#fingerState();
  }

  #movePinch() {
    if (this.#fingers.size !== 2) return;
    const now = this.#fingerState(), was = this.#pinch, ed = this.#editor;
    ed.view.pan(now.x - was.x, now.y - was.y);
    ed.zoom(now.distance / was.distance, now.x, now.y);
    this.#pinch = now;
  }

  // ---- the keyboard's cursor ----

  // Move it, or the selected mark, by screen pixels, or by one pixel of the picture.
  moveCursor(dx, dy, fine) {
    const ed = this.#editor, { width, height } = ed.pixels;
    const from = ed.cursor ?? ed.pointer ?? this.#middle();
    const step = fine ? 1 : Math.max(1, 12 / ed.view.scale);
    if (ed.selected) {
      ed.nudge(dx * step, dy * step);
      return ed.view.reveal(...markPlace(ed.selected, ed));
    }
    ed.cursor = [
      Math.min(Math.max(from[0] + dx * step, 0), width - 0.5),
      Math.min(Math.max(from[1] + dy * step, 0), height - 0.5),
    ];
    ed.pointer = null;
    if (ed.stroking) ed.moveStroke(...ed.cursor);
    if (ed.draft) ed.moveBox(...ed.cursor);
    ed.view.reveal(...ed.cursor);
    ed.view.paint();
    ed.say(`Cursor at ${Math.floor(ed.cursor[0])}, ${Math.floor(ed.cursor[1])}.`);
  }

  #middle() {
    const box = this.#editor.canvas.getBoundingClientRect();
    return this.#editor.view.placeInside(box.left + box.width / 2, box.top + box.height / 2);
  }

  // What a click would do, at the cursor: a point, a corner; the first and the second corner of a box; a stroke's begin and
  // end.
  clickAtCursor() {
    const ed = this.#editor;
    ed.cursor ??= ed.pointer ?? this.#middle();
    if (ed.tool === "point") ed.addPoint(...ed.cursor, ed.adding);
    else if (ed.tool === "polygon") ed.addCorner(...ed.cursor);
    else if (ed.tool === "box") ed.draft ? ed.endBox() : ed.startBox(...ed.cursor);
    else if (ed.tool === "brush" || ed.tool === "eraser") ed.stroking ? ed.endStroke() : ed.startStroke(...ed.cursor);
    ed.view.paint();
  }

  pointBesideAtCursor() {
    const ed = this.#editor;
    ed.cursor ??= ed.pointer ?? this.#middle();
    ed.addPoint(...ed.cursor, false);
  }
}
