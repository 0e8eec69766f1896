// mask_handles.js: the marks of a prompt as things that can be taken hold of.
//
// A mark is { point: index }, or { sides: [x, y] } of the box: -1 its left or top side, 1 its right or bottom, 0 neither;
// [0, 0] is the box as a whole. Nothing here changes the editor.

export const sameMark = (a, b) => a === b || (a && b && a.point === b.point && String(a.sides) === String(b.sides));

const HANDLES = [[-1, -1], [1, -1], [1, 1], [-1, 1], [0, -1], [1, 0], [0, 1], [-1, 0]]; // corners come first

// Where the handles of a box are, in the picture: [[sides, [x, y]], ...].
export function boxHandles([x0, y0, x1, y1]) {
  const place = (s, a, b) => (s < 0 ? a : s > 0 ? b : (a + b) / 2);
  return HANDLES.map((sides) => [sides, [place(sides[0], x0, x1), place(sides[1], y0, y1)]]);
}

// All marks in the order in which the keyboard goes through them.
export function allMarks({ points, box }) {
  return [...points.map((_, i) => ({ point: i })), ...(box ? [[0, 0], ...HANDLES.slice(0, 4)].map((sides) => ({ sides })) : [])];
}

export const markExists = (mark, { points, box }) => Boolean(mark) && (mark.sides ? box !== null : mark.point < points.length);

// The place of a mark in the picture.
export function markPlace(mark, { points, box }) {
  if (!mark.sides) return points[mark.point].slice(0, 2);
  return boxHandles(box).find(([sides]) => String(sides) === String(mark.sides))?.[1] ?? [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}

// The mark within `reach` screen pixels of a place on the screen, or null. toScreen(x, y) turns places of the picture around.
export function markAt({ points, box }, toScreen, [x, y], reach) {
  const near = (place) => {
    const [px, py] = toScreen(...place);
    return Math.hypot(px - x, py - y) <= reach;
  };
  for (let i = points.length - 1; i >= 0; i--) if (near(points[i])) return { point: i };
  if (!box) return null;
  const handle = boxHandles(box).find(([, place]) => near(place));
  if (handle) return { sides: handle[0] };
  const [left, top] = toScreen(box[0], box[1]), [right, bottom] = toScreen(box[2], box[3]), line = reach / 2;
  const inside = x >= left - line && x <= right + line && y >= top - line && y <= bottom + line;
  const hollow = x > left + line && x < right - line && y > top + line && y < bottom - line;
  return inside && !hollow ? { sides: [0, 0] } : null;
}

const limit = (v, low, high) => Math.min(Math.max(v, low), high);

// The prompt with a mark moved by (dx, dy) pixels of a picture of this size. A side that is moved beyond the other one takes its
// place; a box stays two pixels wide and high.
export function movedMark({ points, box }, mark, dx, dy, width, height) {
  if (!mark.sides) {
    const moved = points.map((p, i) => (i === mark.point ? [limit(p[0] + dx, 0, width), limit(p[1] + dy, 0, height), p[2]] : p));
    return { points: moved, box };
  }
  const [x0, y0, x1, y1] = box, [sx, sy] = mark.sides;
  if (!sx && !sy) {
    const mx = limit(dx, -x0, width - x1), my = limit(dy, -y0, height - y1);
    return { points, box: [x0 + mx, y0 + my, x1 + mx, y1 + my] };
  }
  const side = (s, a, b, d, size) => {
    const moved = [s < 0 ? limit(a + d, 0, size) : a, s > 0 ? limit(b + d, 0, size) : b];
    return Math.abs(moved[0] - moved[1]) < 2 ? [a, b] : moved.sort((p, q) => p - q);
  };
  const [ax, bx] = side(sx, x0, x1, dx, width), [ay, by] = side(sy, y0, y1, dy, height);
  return { points, box: [ax, ay, bx, by] };
}

// The prompt without a mark.
export const withoutMark = ({ points, box }, mark) =>
  mark.sides ? { points, box: null } : { points: points.filter((_, i) => i !== mark.point), box };

// What to call it.
export function markName(mark, { points }) {
  if (!mark.sides) return `Point ${mark.point + 1} of ${points.length}`;
  const [sx, sy] = mark.sides;
  if (!sx && !sy) return "Box";
  return `${["top ", "", "bottom "][sy + 1]}${["left ", "", "right "][sx + 1]}${sx && sy ? "corner" : "side"} of the box`.replace(/^./, (c) => c.toUpperCase());
}
