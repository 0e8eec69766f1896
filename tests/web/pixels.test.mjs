// The pixels of masks against the formulas they stand for, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

const { MaskPixels, packRuns, polygonSpans, runsOf, strokeSpans, unpackRuns } = await import(
  `${process.env.FACET_SOURCE}/src/web/static/mask_pixels.js`);

// Numerical Recipes' generator: the same numbers every time.
function random(seed) {
  let s = seed >>> 0;
  return () => (s = (Math.imul(s, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const W = 61, H = 47;

function drawn(shapes) {
  const out = new Uint8Array(W * H);
  shapes((y, x0, x1) => {
    assert.ok(y >= 0 && y < H && x0 >= 0 && x0 < x1 && x1 <= W, `a span outside of the picture: ${y} ${x0} ${x1}`);
    out.fill(1, y * W + x0, y * W + x1);
  });
  return out;
}

test("a polygon has the pixels whose centres are inside by the even-odd rule", () => {
  const next = random(1);
  for (let round = 0; round < 200; round++) {
    const n = 3 + Math.floor(next() * 9);
    const points = Array.from({ length: n }, () => [next() * 1.4 * W - 0.2 * W, next() * 1.4 * H - 0.2 * H]);
    const got = drawn((span) => polygonSpans(points, W, H, span));
    for (let y = 0; y < H; y++)
      for (let x = 0; x < W; x++) {
        // A ray to the right crosses the border an odd number of times.
        let inside = false;
        for (let i = 0; i < n; i++) {
          const [ax, ay] = points[i], [bx, by] = points[(i + 1) % n];
          if (ay > y + 0.5 !== by > y + 0.5 && x + 0.5 < ((bx - ax) * (y + 0.5 - ay)) / (by - ay) + ax) inside = !inside;
        }
        assert.equal(got[y * W + x], inside ? 1 : 0, `round ${round}, pixel ${x}, ${y}`);
      }
  }
});

test("polygons that share a side share no pixel and leave none out", () => {
  for (const [a, b] of [[3, 40], [3.5, 40.5], [3.25, 40.5]]) { // also with sides through centres
    const quarters = [[[a, a], [b, a], [21.5, 21.5]], [[b, a], [b, b], [21.5, 21.5]], [[b, b], [a, b], [21.5, 21.5]], [[a, b], [a, a], [21.5, 21.5]]];
    const whole = drawn((span) => polygonSpans([[a, a], [b, a], [b, b], [a, b]], W, H, span));
    const sum = new Uint8Array(W * H);
    for (const q of quarters) drawn((span) => polygonSpans(q, W, H, span)).forEach((v, i) => (sum[i] += v));
    assert.deepEqual(sum, whole);
    assert.equal(whole.reduce((n, v) => n + v), 37 * 37);
  }
});

test("a stroke has the pixels whose centres are within its radius", () => {
  const next = random(2);
  for (let round = 0; round < 200; round++) {
    const a = [next() * 80 - 10, next() * 60 - 10], b = round % 5 ? [next() * 80 - 10, next() * 60 - 10] : a;
    const radius = 0.5 + next() * 12;
    const got = drawn((span) => strokeSpans(a, b, radius, W, H, span));
    const dx = b[0] - a[0], dy = b[1] - a[1], len2 = dx * dx + dy * dy;
    for (let y = 0; y < H; y++)
      for (let x = 0; x < W; x++) {
        const px = x + 0.5 - a[0], py = y + 0.5 - a[1];
        const t = len2 ? Math.min(1, Math.max(0, (px * dx + py * dy) / len2)) : 0;
        const distance = Math.hypot(px - t * dx, py - t * dy);
        if (Math.abs(distance - radius) < 1e-9) continue; // a tie is anybody's
        assert.equal(got[y * W + x], distance < radius ? 1 : 0, `round ${round}, pixel ${x}, ${y}`);
      }
  }
});

test("runs hold any mask, as numbers and as bytes", () => {
  const next = random(3);
  for (const chance of [0, 0.01, 0.5, 0.99, 1]) {
    const mask = Uint8Array.from({ length: W * H }, () => (next() < chance ? 1 : 0));
    const { width, height, runs } = unpackRuns(packRuns(W, H, runsOf(mask)));
    assert.deepEqual([width, height], [W, H]);
    const pixels = new MaskPixels(W, H);
    pixels.setBase(runs);
    assert.deepEqual(pixels.flatten(), mask);
  }
});

test("bytes that are no mask are refused", () => {
  for (const bytes of [[], [4], [4, 4], [4, 4, 17], [4, 4, 15], [4, 4, 128], [255, 255, 255, 255, 255, 255, 1]])
    assert.throws(() => unpackRuns(Uint8Array.from(bytes)), `${bytes}`);
});

test("undoing edits in the reverse order gives back every earlier mask, whatever the base became", () => {
  const next = random(4), pixels = new MaskPixels(150, 130), history = [];
  for (let round = 0; round < 60; round++) {
    const before = pixels.data.map((v) => v & 6);
    pixels.startRecording();
    if (round % 20 === 19) pixels.clearEdits();
    else {
      const a = [next() * 150, next() * 130], b = [next() * 150, next() * 130];
      pixels.edit(round % 2 === 0, (span) => strokeSpans(a, b, 9, 150, 130, span));
    }
    history.push({ before, difference: pixels.stopRecording() });
    pixels.setBase(runsOf(Uint8Array.from({ length: 150 * 130 }, () => (next() < 0.5 ? 1 : 0))));
  }
  const last = pixels.data.slice();
  for (const { before, difference } of history.toReversed?.() ?? [...history].reverse()) {
    pixels.swapEdits(difference, "before");
    assert.deepEqual(pixels.data.map((v) => v & 6), before);
  }
  for (const { difference } of history) pixels.swapEdits(difference, "after");
  assert.deepEqual(pixels.data, last);
});
