// studio_picture.js: a picture with its outlines on a canvas, zoomed and moved.
//
// A view is { zoom, x, y }: zoom 1 shows the whole picture, x and y are the place of the picture, as shares of its width
// and height, that is in the middle of the stage. So two pictures of different sizes can show the same part.

const ZOOM_MAX = 40;
const OUTLINE = "#0a84ff";

export class Picture extends EventTarget {
  #canvas;
  #stage;
  #bitmap = null;
  #frame = 0;
  #fingers = new Map();
  #pinch = null;

  constructor(canvas, stage) {
    super();
    this.#canvas = canvas;
    this.#stage = stage;
    this.outlines = [];
    this.showMask = true;
    this.showOutline = true;
    this.view = { zoom: 1, x: 0.5, y: 0.5 };
    const on = (name, f) => stage.addEventListener(name, f, { passive: false });
    on("wheel", (e) => this.#wheel(e));
    on("pointerdown", (e) => this.#down(e));
    on("pointermove", (e) => this.#move(e));
    on("pointerup", (e) => this.#up(e));
    on("pointercancel", (e) => this.#up(e));
    on("dblclick", (e) => this.#double(e));
    new ResizeObserver(() => this.paint()).observe(stage);
  }

  // Show a picture; null shows none. The view stays.
  open(bitmap, outlines = []) {
    this.#bitmap?.close?.();
    this.#bitmap = bitmap;
    this.outlines = outlines;
    this.paint();
  }

  setView(view) {
    this.view = { ...view };
    this.#clamp();
    this.paint();
  }

  fit() {
    this.setView({ zoom: 1, x: 0.5, y: 0.5 });
    this.#tell();
  }

  zoomBy(factor) {
    const box = this.#stage.getBoundingClientRect();
    this.#zoomAt(factor, box.left + box.width / 2, box.top + box.height / 2);
  }

  #tell() {
    this.dispatchEvent(new Event("view"));
  }

  // ---- geometry ----

  // CSS pixels a picture pixel.
  get scale() {
    if (!this.#bitmap) return 1;
    const w = this.#stage.clientWidth, h = this.#stage.clientHeight;
    return Math.min(w / this.#bitmap.width, h / this.#bitmap.height) * this.view.zoom;
  }

  #clamp() {
    const v = this.view;
    v.zoom = Math.max(1, Math.min(v.zoom, ZOOM_MAX));
    if (!this.#bitmap) return;
    // Where the picture is smaller than the stage it stays in the middle.
    const half = (stage, side) => Math.min(0.5, stage / (2 * side * this.scale));
    const hx = half(this.#stage.clientWidth, this.#bitmap.width), hy = half(this.#stage.clientHeight, this.#bitmap.height);
    v.x = Math.max(hx, Math.min(v.x, 1 - hx));
    v.y = Math.max(hy, Math.min(v.y, 1 - hy));
  }

  #zoomAt(factor, clientX, clientY) {
    if (!this.#bitmap) return;
    const box = this.#stage.getBoundingClientRect(), before = this.scale;
    const dx = clientX - box.left - box.width / 2, dy = clientY - box.top - box.height / 2;
    this.view.zoom = Math.max(1, Math.min(this.view.zoom * factor, ZOOM_MAX));
    const after = this.scale;
    this.view.x += (dx / before - dx / after) / this.#bitmap.width;
    this.view.y += (dy / before - dy / after) / this.#bitmap.height;
    this.#clamp();
    this.paint();
    this.#tell();
  }

  #pan(dx, dy) {
    if (!this.#bitmap) return;
    this.view.x -= dx / this.scale / this.#bitmap.width;
    this.view.y -= dy / this.scale / this.#bitmap.height;
    this.#clamp();
    this.paint();
    this.#tell();
  }

  // ---- hands ----

  #wheel(e) {
    e.preventDefault();
    const unit = [1, 16, 400][e.deltaMode], dy = Math.max(-240, Math.min(240, e.deltaY * unit));
    this.#zoomAt(Math.exp(-dy / (e.ctrlKey ? 100 : 400)), e.clientX, e.clientY);
  }

  #down(e) {
    if (e.button !== 0) return;
    try {
      this.#stage.setPointerCapture(e.pointerId);
    } catch {
      // a pointer that is gone already
    }
    this.#fingers.set(e.pointerId, [e.clientX, e.clientY]);
    this.#pinch = this.#span();
  }

  #span() {
    if (this.#fingers.size < 2) return null;
    const [[ax, ay], [bx, by]] = [...this.#fingers.values()];
    return { distance: Math.max(1, Math.hypot(ax - bx, ay - by)), x: (ax + bx) / 2, y: (ay + by) / 2 };
  }

  #move(e) {
    const last = this.#fingers.get(e.pointerId);
    if (!last) return;
    this.#fingers.set(e.pointerId, [e.clientX, e.clientY]);
    if (this.#fingers.size === 1) return this.#pan(e.clientX - last[0], e.clientY - last[1]);
    const now = this.#span(), was = this.#pinch;
    this.#pinch = now;
    this.#zoomAt(now.distance / was.distance, now.x, now.y);
    this.#pan(now.x - was.x, now.y - was.y);
  }

  #up(e) {
    this.#fingers.delete(e.pointerId);
    this.#pinch = this.#span();
  }

  // Between the whole picture and one picture pixel a screen pixel.
  #double(e) {
    if (this.view.zoom > 1.01) return this.fit();
    this.#zoomAt(Math.max(2, 1 / this.scale), e.clientX, e.clientY);
  }

  // ---- drawing ----

  paint() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const w = this.#stage.clientWidth, h = this.#stage.clientHeight, dots = window.devicePixelRatio || 1;
    if (!w || !h) return;
    const canvas = this.#canvas;
    if (canvas.width !== Math.round(w * dots) || canvas.height !== Math.round(h * dots)) {
      canvas.width = Math.round(w * dots);
      canvas.height = Math.round(h * dots);
      canvas.style.width = `${w}px`;
      canvas.style.height = `${h}px`;
      this.#clamp();
    }
    const c = canvas.getContext("2d"), bitmap = this.#bitmap;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, canvas.width, canvas.height);
    if (!bitmap) return;
    const s = this.scale, left = w / 2 - this.view.x * bitmap.width * s, top = h / 2 - this.view.y * bitmap.height * s;
    c.setTransform(dots, 0, 0, dots, 0, 0);
    c.imageSmoothingEnabled = s < 3;
    c.imageSmoothingQuality = "high";
    c.drawImage(bitmap, left, top, bitmap.width * s, bitmap.height * s);
    if (this.outlines.length && (this.showMask || this.showOutline)) this.#drawOutlines(c, left, top, bitmap.width * s, bitmap.height * s);
  }

  #drawOutlines(c, left, top, width, height) {
    const path = new Path2D();
    for (const { points } of this.outlines) {
      for (let i = 0; i < points.length; i += 2) path.lineTo(left + points[i] * width, top + points[i + 1] * height);
      path.closePath();
    }
    if (this.showMask) {
      c.globalAlpha = 0.28;
      c.fillStyle = OUTLINE;
      c.fill(path);
      c.globalAlpha = 1;
    }
    if (!this.showOutline) return;
    c.lineJoin = "round";
    c.lineWidth = 3;
    c.strokeStyle = "rgba(255, 255, 255, 0.75)";
    c.stroke(path);
    c.lineWidth = 1.5;
    c.strokeStyle = OUTLINE;
    c.stroke(path);
    if (this.view.zoom < 3) return;
    c.fillStyle = OUTLINE;
    for (const { points } of this.outlines)
      for (let i = 0; i < points.length; i += 2) c.fillRect(left + points[i] * width - 2, top + points[i + 1] * height - 2, 4, 4);
  }
}

// The pixels of an image of the server, as the file has them.
export async function loadBitmap(ask, address, signal) {
  const blob = await (await ask(address, { signal })).blob();
  return createImageBitmap(blob, { imageOrientation: "none" });
}
