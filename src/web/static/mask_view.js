// mask_view.js: a picture under its mask on a canvas, with zoom and pan.
//
// The canvas is never larger than the visible part of the picture: at first it shows all of it, and it grows with the zoom
// until it fills the stage. The mask is drawn from its pixels at the resolution of the screen, so a picture of any size
// costs a screenful.

import { IS_OBJECT } from "./mask_pixels.js";

const ZOOM_MAX = 40; // screen pixels a picture pixel
const SMALL_SIDE = 2048; // pictures above it are drawn from a smaller copy where that does not show
const SAME = Uint8Array.of(0, 1);

const MASK_RGB = [10, 132, 255], LINE_RGB = [235, 246, 255];
// One pixel as ImageData keeps it on a little-endian machine, which is every machine with a browser.
const colour = ([r, g, b], alpha) => ((Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;

export class MaskView {
  #canvas;
  #stage;
  #overlay = document.createElement("canvas");
  #frame = 0;
  #dirty = null; // picture rectangle of the mask to draw again; "all"
  #bitmap = null;
  #small = null;
  #fitted = true;
  #flat = null; // the result, while it is previewed

  // decorate(context, view) draws what belongs above the mask, in screen pixels; resized() is told when the stage has another
  // size, and with it perhaps the zoom.
  constructor(canvas, stage, decorate, resized) {
    this.#canvas = canvas;
    this.#stage = stage;
    this.decorate = decorate;
    this.pixels = null;
    this.scale = 1; // screen (CSS) pixels a picture pixel
    this.left = 0; // the place in the picture at the canvas's top left corner
    this.top = 0;
    this.opacity = 0.45;
    this.maskShown = true;
    new ResizeObserver(() => {
      this.#layout();
      resized();
    }).observe(stage);
  }

  open(bitmap, pixels) {
    this.#bitmap?.close?.();
    this.#small?.close?.();
    this.#bitmap = bitmap;
    this.#small = null;
    this.pixels = pixels;
    this.#flat = null;
    this.#fitted = true;
    this.#layout();
    const side = Math.max(bitmap.width, bitmap.height);
    if (side > SMALL_SIDE)
      createImageBitmap(bitmap, {
        resizeWidth: Math.max(1, Math.round((bitmap.width * SMALL_SIDE) / side)),
        resizeHeight: Math.max(1, Math.round((bitmap.height * SMALL_SIDE) / side)),
        resizeQuality: "high",
      }).then((small) => {
        if (this.#bitmap !== bitmap) return small.close();
        this.#small = small;
        this.paint();
      }, () => {}); // without memory for a copy the picture itself serves
  }

  // ---- zoom and pan ----

  get zoomPercent() {
    return Math.round(this.scale * 100);
  }

  fit() {
    this.#fitted = true;
    this.#layout();
  }

  // Zoom so that the picture's place under a point of the window stays there; without one, the middle.
  zoom(factor, clientX, clientY) {
    if (!this.pixels) return;
    const box = this.#canvas.getBoundingClientRect();
    const at = clientX === undefined ? [box.left + box.width / 2, box.top + box.height / 2] : [clientX, clientY];
    const [x, y] = this.place(...at);
    const fit = this.#fitScale();
    const scale = Math.min(Math.max(this.scale * factor, fit), Math.max(ZOOM_MAX, fit));
    this.#fitted = scale <= fit * 1.001;
    this.scale = this.#fitted ? fit : scale;
    this.#layout();
    const now = this.#canvas.getBoundingClientRect();
    this.left = x - (at[0] - now.left) / this.scale;
    this.top = y - (at[1] - now.top) / this.scale;
    this.#clamp();
  }

  // Move the picture by screen pixels.
  pan(dx, dy) {
    this.left -= dx / this.scale;
    this.top -= dy / this.scale;
    this.#clamp();
  }

  // Bring a place of the picture into sight.
  reveal(x, y) {
    const w = this.#canvas.clientWidth / this.scale, h = this.#canvas.clientHeight / this.scale;
    const mx = Math.min(24 / this.scale, w / 2), my = Math.min(24 / this.scale, h / 2);
    if (x < this.left + mx) this.left = x - mx;
    if (x > this.left + w - mx) this.left = x - w + mx;
    if (y < this.top + my) this.top = y - my;
    if (y > this.top + h - my) this.top = y - h + my;
    this.#clamp();
  }

  // The place in the picture under a point of the window, also outside of the picture.
  place(clientX, clientY) {
    const box = this.#canvas.getBoundingClientRect();
    return [this.left + (clientX - box.left) / this.scale, this.top + (clientY - box.top) / this.scale];
  }

  // The same, kept within the picture.
  placeInside(clientX, clientY) {
    const [x, y] = this.place(clientX, clientY);
    return [Math.min(Math.max(x, 0), this.pixels.width), Math.min(Math.max(y, 0), this.pixels.height)];
  }

  // Screen pixels of the canvas for a place of the picture.
  toScreen(x, y) {
    return [(x - this.left) * this.scale, (y - this.top) * this.scale];
  }

  #fitScale() {
    const { width, height } = this.pixels;
    return Math.min(this.#stage.clientWidth / width, this.#stage.clientHeight / height) || 1;
  }

  #layout() {
    if (!this.pixels) return;
    const fit = this.#fitScale();
    if (this.#fitted || this.scale < fit) {
      this.scale = fit;
      this.#fitted = true;
    }
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const side = (stage, picture) => Math.max(1, Math.round(Math.min(stage, picture * this.scale) * ratio));
    const w = side(this.#stage.clientWidth, this.pixels.width), h = side(this.#stage.clientHeight, this.pixels.height);
    if (this.#canvas.width !== w || this.#canvas.height !== h) {
      this.#canvas.width = this.#overlay.width = w;
      this.#canvas.height = this.#overlay.height = h;
    }
    this.#canvas.style.width = `${w / ratio}px`;
    this.#canvas.style.height = `${h / ratio}px`;
    this.ratio = ratio;
    this.#clamp();
  }

  #clamp() {
    if (!this.pixels) return;
    const slack = (picture, screen) => Math.max(0, picture - screen / this.ratio / this.scale);
    this.left = Math.min(Math.max(this.left, 0), slack(this.pixels.width, this.#canvas.width));
    this.top = Math.min(Math.max(this.top, 0), slack(this.pixels.height, this.#canvas.height));
    this.maskChanged();
  }

  // ---- drawing ----

  // Show the result alone, white on black, from one byte a pixel; null ends it.
  preview(flat) {
    this.#flat = flat;
    this.maskChanged();
  }

  // The mask has changed within a rectangle; without one, anywhere.
  maskChanged(rect) {
    const d = this.#dirty;
    if (!rect || d === "all") this.#dirty = "all";
    else
      this.#dirty = d
        ? [Math.min(d[0], rect[0]), Math.min(d[1], rect[1]), Math.max(d[2], rect[2]), Math.max(d[3], rect[3])]
        : rect;
    this.paint();
  }

  // Draw before the next frame.
  paint() {
    if (!this.#frame && this.pixels)
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#draw();
      });
  }

  #draw() {
    const c = this.#canvas.getContext("2d"), { width, height } = this.pixels;
    const k = this.scale * this.ratio;
    c.setTransform(1, 0, 0, 1, 0, 0);
    if (this.#dirty) this.#drawMask(k);
    if (!this.#flat) {
      const source = this.#small && k * width <= this.#small.width * 1.2 ? this.#small : this.#bitmap;
      c.imageSmoothingEnabled = k < 4;
      c.imageSmoothingQuality = "high";
      c.clearRect(0, 0, this.#canvas.width, this.#canvas.height); // pictures may be transparent
      c.drawImage(source, -this.left * k, -this.top * k, width * k, height * k);
    }
    if (this.#flat || this.maskShown) c.drawImage(this.#overlay, 0, 0);
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.decorate(c, this);
  }

  // Draw the dirty part of the mask onto the overlay: an even tint, a line along its inside and a dark one along its
  // outside, so that the border shows on every picture.
  #drawMask(k) {
    const { width, height, data } = this.pixels;
    const all = [0, 0, this.#overlay.width, this.#overlay.height];
    let [x0, y0, x1, y1] = all;
    if (this.#dirty !== "all") {
      const [a, b, c, d] = this.#dirty;
      x0 = Math.max(0, Math.floor((a - this.left) * k) - 2);
      y0 = Math.max(0, Math.floor((b - this.top) * k) - 2);
      x1 = Math.min(x1, Math.ceil((c - this.left) * k) + 2);
      y1 = Math.min(y1, Math.ceil((d - this.top) * k) + 2);
    }
    this.#dirty = null;
    const w = x1 - x0, h = y1 - y0;
    if (w <= 0 || h <= 0) return;
    const source = this.#flat ?? data, table = this.#flat ? SAME : IS_OBJECT;
    const fill = colour(MASK_RGB, this.opacity), line = colour(LINE_RGB, 1), halo = colour([0, 0, 0], 0.45);
    const image = new ImageData(w, h), out = new Uint32Array(image.data.buffer);
    // The picture's column under each column of the screen, one more on each side.
    const column = new Int32Array(w + 2);
    for (let i = 0; i < w + 2; i++)
      column[i] = Math.min(Math.max(Math.floor(this.left + (x0 + i - 0.5) / k), 0), width - 1);
    const sample = (row, y) => {
      const base = Math.min(Math.max(Math.floor(this.top + (y + 0.5) / k), 0), height - 1) * width;
      for (let i = 0; i < w + 2; i++) row[i] = table[source[base + column[i]]];
    };
    let above = new Uint8Array(w + 2), here = new Uint8Array(w + 2), below = new Uint8Array(w + 2);
    sample(above, y0 - 1);
    sample(here, y0);
    for (let y = 0, n = 0; y < h; y++) {
      sample(below, y0 + y + 1);
      for (let i = 1; i <= w; i++, n++) {
        const near = here[i - 1] + here[i + 1] + above[i] + below[i];
        if (this.#flat) out[n] = here[i] ? 0xffffffff : 0xff000000;
        else if (here[i]) out[n] = near < 4 ? line : fill;
        else if (near) out[n] = halo;
      }
      [above, here, below] = [here, below, above];
    }
    this.#overlay.getContext("2d").putImageData(image, x0, y0);
  }
}
