// mask_marks.js: what is drawn above picture and mask: points, box, polygons, brush and cursor.

import { boxHandles, markPlace } from "./mask_handles.js";

const RING = "#ffffff", DARK = "rgba(0, 0, 0, 0.75)";
const ON = "#0b8a4b", OFF = "#d3302f", BOX = "#ffb300";

// A line that shows on light and on dark: dark below, its colour above.
function doubleLine(c, colour, width = 1.5) {
  c.strokeStyle = DARK;
  c.lineWidth = width + 1.5;
  c.stroke();
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.stroke();
}

function trace(c, view, points) {
  c.beginPath();
  points.forEach(([x, y], i) => (i ? c.lineTo(...view.toScreen(x, y)) : c.moveTo(...view.toScreen(x, y))));
}

function drawBox(c, view, [x0, y0, x1, y1], dashed) {
  trace(c, view, [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]);
  c.closePath();
  c.setLineDash(dashed ? [6, 4] : []);
  doubleLine(c, BOX);
  c.setLineDash([]);
}

function drawSquare(c, [x, y], r) {
  c.beginPath();
  c.rect(x - r, y - r, 2 * r, 2 * r);
  c.fillStyle = RING;
  c.fill();
  c.strokeStyle = DARK;
  c.lineWidth = 1;
  c.stroke();
}

function drawHandles(c, view, box) {
  for (const [sides, place] of boxHandles(box)) drawSquare(c, view.toScreen(...place), sides[0] && sides[1] ? 4 : 3);
}

function drawSelected(c, view, editor, mark) {
  const whole = mark.sides && !mark.sides[0] && !mark.sides[1];
  if (whole) {
    const [x0, y0, x1, y1] = editor.box;
    trace(c, view, [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]);
    c.closePath();
    doubleLine(c, BOX, 4);
    return;
  }
  c.beginPath();
  c.arc(...view.toScreen(...markPlace(mark, editor)), 12, 0, 2 * Math.PI);
  doubleLine(c, BOX, 2.5);
}

// An object of the same label that is left alone.
function drawOther(c, view, points) {
  trace(c, view, points);
  c.closePath();
  c.setLineDash([3, 4]);
  doubleLine(c, RING, 1);
  c.setLineDash([]);
}

function drawPolygon(c, view, { points, adding }) {
  trace(c, view, points);
  c.closePath();
  c.fillStyle = adding ? "rgba(11, 138, 75, 0.4)" : "rgba(211, 48, 47, 0.4)";
  c.fill("evenodd");
  c.setLineDash([6, 4]);
  doubleLine(c, adding ? ON : OFF);
  c.setLineDash([]);
}

function drawCorners(c, view, corners, adding, next) {
  trace(c, view, next ? [...corners, next] : corners);
  doubleLine(c, adding ? ON : OFF);
  corners.forEach((corner, i) => drawSquare(c, view.toScreen(...corner), i ? 3 : 5));
}

// A disc with a plus or a minus, so that colour is not all that tells them apart.
function drawPoint(c, view, [x, y, positive]) {
  const [sx, sy] = view.toScreen(x, y);
  c.beginPath();
  c.arc(sx, sy, 7, 0, 2 * Math.PI);
  c.fillStyle = positive ? ON : OFF;
  c.fill();
  doubleLine(c, RING, 1.5);
  c.beginPath();
  c.moveTo(sx - 3.5, sy);
  c.lineTo(sx + 3.5, sy);
  if (positive) {
    c.moveTo(sx, sy - 3.5);
    c.lineTo(sx, sy + 3.5);
  }
  c.strokeStyle = RING;
  c.lineWidth = 2;
  c.stroke();
}

function drawBrush(c, view, [x, y], size) {
  c.beginPath();
  c.arc(...view.toScreen(x, y), Math.max((size / 2) * view.scale, 1), 0, 2 * Math.PI);
  doubleLine(c, RING, 1);
}

function drawCursor(c, view, [x, y]) {
  const [sx, sy] = view.toScreen(x, y);
  c.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    c.moveTo(sx + 4 * dx, sy + 4 * dy);
    c.lineTo(sx + 14 * dx, sy + 14 * dy);
  }
  doubleLine(c, RING, 2);
}

// Draw the marks of an editor, in screen pixels.
export function drawMarks(c, editor) {
  const { view, tool } = editor, at = editor.cursor ?? editor.pointer;
  c.lineJoin = c.lineCap = "round";
  if (!editor.previewing) {
    editor.others.forEach((p) => drawOther(c, view, p));
    editor.pending.forEach((p) => drawPolygon(c, view, p));
    if (editor.selected) drawSelected(c, view, editor, editor.selected);
    if (editor.box) drawBox(c, view, editor.box, false);
    if (editor.box && editor.marksMove) drawHandles(c, view, editor.box);
    editor.points.forEach((p) => drawPoint(c, view, p));
  }
  if (editor.corners.length) drawCorners(c, view, editor.corners, editor.adding, tool === "polygon" ? at : null);
  if (editor.draft) drawBox(c, view, editor.draft, true);
  if (at && (tool === "brush" || tool === "eraser")) drawBrush(c, view, at, editor.brushSize);
  if (editor.cursor) drawCursor(c, view, editor.cursor);
}
