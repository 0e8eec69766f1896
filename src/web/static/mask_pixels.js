// mask_pixels.js: the pixels of a mask, exact and binary, without a page around them.
//
// Coordinates are those of the picture: x right, y down, (0, 0) is the top left corner of the top left pixel, whose
// centre is (0.5, 0.5). A rectangle [x0, y0, x1, y1] is in whole pixels and leaves out x1 and y1.
//
// A mask travels as *runs*: a Uint32Array of the lengths of alternating stretches in raster order, background first
// (a first length of 0 says that the mask starts with object). Runs are never changed once made, so they may be shared.

// ---- runs ----------------------------------------------------------------------------------------------------------

// Runs as bytes: width, height and every length as LEB128 (seven bits a byte, low ones first, the high bit says that
// more follow). What the server reads and writes, too.
export function packRuns(width, height, runs) {
  const bytes = new Uint8Array(5 * (runs.length + 2));
  let n = 0;
  const put = (v) => {
    while (v >= 128) {
      bytes[n++] = (v & 127) | 128;
      v >>>= 7;
    }
    bytes[n++] = v;
  };
  put(width);
  put(height);
  runs.forEach(put);
  return bytes.slice(0, n);
}

// The inverse: { width, height, runs }. Throws where the bytes are not a mask.
export function unpackRuns(bytes) {
  const numbers = [];
  let v = 0, shift = 0;
  for (const b of bytes) {
    if (shift > 28) throw new Error("the mask has a length beyond 32 bits");
    v += (b & 127) * 2 ** shift;
    shift += 7;
    if (b < 128) {
      numbers.push(v);
      v = 0;
      shift = 0;
    }
  }
  if (shift || numbers.length < 2) throw new Error("the mask is cut short");
  const [width, height] = numbers;
  const runs = Uint32Array.from(numbers.slice(2));
  if (runs.reduce((a, r) => a + r, 0) !== width * height) throw new Error("the mask is not of the size that it says");
  return { width, height, runs };
}

export function sameRuns(a, b) {
  return a === b || (a && b && a.length === b.length && a.every((v, i) => v === b[i]));
}

// ---- shapes --------------------------------------------------------------------------------------------------------

// Call span(y, x0, x1) for every stretch of pixels whose centres are inside the polygon (even-odd rule: where it
// crosses itself there is a hole). A centre on a left or top side is inside, one on a right or bottom side is not, so
// two polygons that share a side share no pixel.
export function polygonSpans(points, width, height, span) {
  const n = points.length;
  let top = Infinity, bottom = -Infinity;
  for (const [, y] of points) {
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const y0 = Math.max(0, Math.ceil(top - 0.5)), y1 = Math.min(height, Math.ceil(bottom - 0.5));
  const cross = [];
  for (let y = y0; y < y1; y++) {
    const c = y + 0.5;
    cross.length = 0;
    for (let i = 0, j = n - 1; i < n; j = i++) {
      // From the upper end, whichever way round it is drawn, so that rounding is the same for both its neighbours.
      const [[ax, ay], [bx, by]] = points[j][1] < points[i][1] ? [points[j], points[i]] : [points[i], points[j]];
      if (ay <= c !== by <= c) cross.push(ax + ((c - ay) / (by - ay)) * (bx - ax));
    }
    cross.sort((a, b) => a - b);
    for (let i = 0; i + 1 < cross.length; i += 2) {
      const x0 = Math.max(0, Math.ceil(cross[i] - 0.5)), x1 = Math.min(width, Math.ceil(cross[i + 1] - 0.5));
      if (x0 < x1) span(y, x0, x1);
    }
  }
}

// The same for all pixels whose centres are within `radius` of the line from a to b: a brush drawn along it.
export function strokeSpans(a, b, radius, width, height, span) {
  const [ax, ay] = a, [bx, by] = b;
  const dx = bx - ax, dy = by - ay, len2 = dx * dx + dy * dy, r2 = radius * radius;
  const y0 = Math.max(0, Math.ceil(Math.min(ay, by) - radius - 0.5));
  const y1 = Math.min(height, Math.floor(Math.max(ay, by) + radius - 0.5) + 1);
  for (let y = y0; y < y1; y++) {
    const c = y + 0.5;
    let left = Infinity, right = -Infinity;
    // The two round ends,
    for (const [ex, ey] of [a, b]) {
      const h = r2 - (c - ey) * (c - ey);
      if (h >= 0) {
        left = Math.min(left, ex - Math.sqrt(h));
        right = Math.max(right, ex + Math.sqrt(h));
      }
    }
    // and the sides of the rectangle between them: its corners lie `radius` beside a and b.
    if (len2 > 0) {
      const len = Math.sqrt(len2), nx = (-dy / len) * radius, ny = (dx / len) * radius;
      const q = [[ax + nx, ay + ny], [bx + nx, by + ny], [bx - nx, by - ny], [ax - nx, ay - ny]];
      for (let i = 0, j = 3; i < 4; j = i++) {
        const [px, py] = q[j], [rx, ry] = q[i];
        if (py <= c !== ry <= c) {
          const x = px + ((c - py) / (ry - py)) * (rx - px);
          left = Math.min(left, x);
          right = Math.max(right, x);
        }
      }
    }
    const x0 = Math.max(0, Math.ceil(left - 0.5)), x1 = Math.min(width, Math.floor(right - 0.5) + 1);
    if (x0 < x1) span(y, x0, x1);
  }
}

// ---- the mask ------------------------------------------------------------------------------------------------------

const BASE = 1; // what the segmenter said
const EDITED = 2; // a person has decided about this pixel,
const EDIT_ON = 4; // and this is what
const EDIT_BITS = EDITED | EDIT_ON;
// Whether a pixel is object, by its bits.
export const IS_OBJECT = Uint8Array.of(0, 1, 0, 0, 0, 1, 1, 1);

const TILE = 64;

function packBytes(bytes) {
  const out = [];
  for (let i = 0; i < bytes.length;) {
    let j = i + 1;
    while (j < bytes.length && bytes[j] === bytes[i]) j++;
    out.push((j - i) * 8 + bytes[i]);
    i = j;
  }
  return Uint16Array.from(out);
}

// A mask in two layers: the base, which a segmenter may replace at any time, and on top of it what a person has painted
// or cut. One byte a pixel holds both. Edits go through a recording that gives back a compact difference for undo.
export class MaskPixels {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height);
    this.tilesAcross = Math.ceil(width / TILE);
    this.recording = null;
    this.edited = false; // nothing was ever painted or cut
  }

  // Replace the base by runs of the mask's size; null clears it.
  setBase(runs) {
    const d = this.data;
    let at = 0, on = 0;
    for (const r of runs ?? [d.length]) {
      const end = at + r;
      if (on) for (; at < end; at++) d[at] |= BASE;
      else for (; at < end; at++) d[at] &= ~BASE;
      on ^= 1;
    }
  }

  // ---- edits ----

  startRecording() {
    this.recording = new Map();
  }

  // Fill a shape: shapes(span) calls span(y, x0, x1). Returns the rectangle that was touched, or null.
  edit(on, shapes) {
    const value = on ? EDIT_BITS : EDITED;
    this.edited = true;
    let rect = null;
    shapes((y, x0, x1) => {
      this.#keep(y, x0, x1);
      const row = y * this.width;
      for (let i = row + x0; i < row + x1; i++) this.data[i] = (this.data[i] & BASE) | value;
      if (!rect) rect = [x0, y, x1, y + 1];
      rect = [Math.min(rect[0], x0), Math.min(rect[1], y), Math.max(rect[2], x1), Math.max(rect[3], y + 1)];
    });
    return rect;
  }

  clearEdits() {
    for (let y = 0; y < this.height; y += TILE) this.#keep(y, 0, this.width);
    for (let i = 0; i < this.data.length; i++) this.data[i] &= BASE;
  }

  // End a recording: the difference, for swapEdits(), or null when nothing changed.
  stopRecording() {
    const difference = [];
    for (const [tile, before] of this.recording) {
      const after = this.#readTile(tile);
      if (before.some((v, i) => v !== after[i]))
        difference.push({ tile, before: packBytes(before), after: packBytes(after) });
    }
    this.recording = null;
    return difference.length ? difference : null;
  }

  // Bring the edits to one end of a difference: which is "before" or "after".
  swapEdits(difference, which) {
    for (const d of difference ?? []) this.#writeTile(d.tile, d[which]);
  }

  #keep(y, x0, x1) {
    const row = Math.floor(y / TILE) * this.tilesAcross;
    for (let t = row + Math.floor(x0 / TILE); t <= row + Math.floor((x1 - 1) / TILE); t++)
      if (!this.recording.has(t)) this.recording.set(t, this.#readTile(t));
  }

  #tileRect(tile) {
    const x0 = (tile % this.tilesAcross) * TILE, y0 = Math.floor(tile / this.tilesAcross) * TILE;
    return [x0, y0, Math.min(x0 + TILE, this.width), Math.min(y0 + TILE, this.height)];
  }

  #readTile(tile) {
    const [x0, y0, x1, y1] = this.#tileRect(tile);
    const out = new Uint8Array((x1 - x0) * (y1 - y0));
    for (let y = y0, n = 0; y < y1; y++)
      for (let x = x0; x < x1; x++) out[n++] = this.data[y * this.width + x] & EDIT_BITS;
    return out;
  }

  #writeTile(tile, packed) {
    const [x0, y0, x1] = this.#tileRect(tile);
    let x = x0, y = y0;
    for (const p of packed) {
      const value = p & 7;
      for (let left = p >> 3; left > 0; left--) {
        const i = y * this.width + x;
        this.data[i] = (this.data[i] & BASE) | value;
        if (++x === x1) {
          x = x0;
          y++;
        }
      }
    }
  }

  // What a person has painted and cut, as runs: { object, background }; null where there is nothing.
  strokes() {
    if (!this.edited) return { object: null, background: null };
    const on = runsOf(this.data, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 1));
    const off = runsOf(this.data, Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 0));
    return { object: on.length > 1 ? on : null, background: off.length > 1 ? off : null };
  }

  // ---- the result ----

  // One byte a pixel, 0 or 1, base and edits together.
  flatten() {
    const out = new Uint8Array(this.data.length);
    for (let i = 0; i < out.length; i++) out[i] = IS_OBJECT[this.data[i]];
    return out;
  }
}

// Runs of an array: of the elements that `table`, 0 or 1 for each value, calls object. Without it they are 0 or 1 already.
export function runsOf(bytes, table = Uint8Array.of(0, 1)) {
  let out = new Uint32Array(1024), n = 0, value = 0, start = 0;
  for (let i = 0; i <= bytes.length; i++) {
    if (i < bytes.length && table[bytes[i]] === value) continue;
    if (n === out.length) {
      const more = new Uint32Array(2 * n);
      more.set(out);
      out = more;
    }
    out[n++] = i - start;
    start = i;
    value ^= 1;
  }
  return out.slice(0, n);
}
