// studio_grid.js: a list of any length as a grid of thumbnails, of which only those in sight are in the document.
//
//   const grid = new Grid(element, { page, thumbnail, open });
//   grid.show(key);                     // another list: page(from, count) -> { total, items }
//   grid.refresh();                     // the same list, which has changed
//
// Tiles are made once and moved. The element is a listbox: arrows, Home, End and the page keys move the active tile.

import { el } from "./studio_api.js";

const PAGE = 120; // images that are asked for at once
const SPARE = 2; // rows above and below those in sight
const GAP = 8;
const CAPTION = 22; // height of what is below a thumbnail
const REST_MS = 70; // a tile's picture is asked for when it has stood still that long

export class Grid extends EventTarget {
  #element;
  #sizer = el("div", { class: "sizer", "aria-hidden": "true" });
  #source;
  #pages = new Map();
  #asked = new Map();
  #tiles = new Map(); // index: tile in use
  #pool = [];
  #columns = 1;
  #side = 168;
  #row = 1;
  #frame = 0;
  #rest = 0;
  #generation = 0;
  #lastTop = 0;
  #anchor = -1;

  constructor(element, source) {
    super();
    this.#element = element;
    this.#source = source;
    this.total = 0;
    this.active = 0;
    this.selected = new Set(); // ids
    this.wanted = 168; // side of a tile
    element.append(this.#sizer);
    element.addEventListener("scroll", () => this.#paint(), { passive: true });
    element.addEventListener("keydown", (e) => this.#key(e));
    element.addEventListener("click", (e) => this.#click(e));
    new ResizeObserver(() => this.#layout()).observe(element);
  }

  // ---- what there is ----

  item(index) {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null;
  }

  get activeItem() {
    return this.item(this.active);
  }

  // The item at this place, also when it has to be fetched.
  async fetchItem(index) {
    if (index < 0 || index >= this.total) return null;
    await this.#load(Math.floor(index / PAGE));
    return this.item(index);
  }

  // What a decision is about: the selection, or the active tile.
  get chosen() {
    if (this.selected.size) return [...this.selected];
    return this.activeItem ? [this.activeItem.id] : [];
  }

  async show() {
    this.#forget();
    this.selected.clear();
    this.active = 0;
    this.#element.scrollTop = 0;
    await this.#load(0);
    this.#layout();
  }

  // Ask again for what is in sight, and keep showing what is there until it comes.
  async refresh() {
    const first = Math.floor(this.#firstIndex() / PAGE), last = Math.floor((this.#firstIndex() + this.#tiles.size) / PAGE);
    this.#generation++;
    this.#asked.clear();
    for (const page of [...this.#pages.keys()]) if (page < first || page > last) this.#pages.delete(page);
    for (let page = first; page <= last; page++) await this.#load(page, true);
    this.#layout();
  }

  #forget() {
    this.#generation++;
    this.#pages.clear();
    this.#asked.clear();
  }

  #load(page, again = false) {
    if (!again && this.#pages.has(page)) return Promise.resolve();
    if (this.#asked.has(page)) return this.#asked.get(page);
    const generation = this.#generation;
    const work = this.#source.page(page * PAGE, PAGE).then(
      ({ total, items }) => {
        if (generation !== this.#generation) return;
        this.#pages.set(page, items);
        this.#asked.delete(page);
        const changed = total !== this.total;
        this.total = total;
        if (changed || page === 0) this.dispatchEvent(new Event("total"));
        if (changed) this.#layout();
        else this.#paint();
      },
      (e) => {
        this.#asked.delete(page);
        this.dispatchEvent(new CustomEvent("problem", { detail: e.message }));
      },
    );
    this.#asked.set(page, work);
    return work;
  }

  // ---- where everything is ----

  setTile(side) {
    this.wanted = side;
    this.#layout();
  }

  #layout() {
    const width = this.#element.clientWidth - GAP;
    if (width <= 0) return;
    const first = this.#firstIndex();
    this.#columns = Math.max(1, Math.floor(width / (Math.min(this.wanted, width - GAP) + GAP)));
    this.#side = Math.floor(width / this.#columns) - GAP;
    const row = this.#side + CAPTION + GAP, moved = row !== this.#row;
    this.#row = row;
    this.#sizer.style.height = `${Math.ceil(this.total / this.#columns) * this.#row + GAP}px`;
    this.#element.style.setProperty("--tile", `${this.#side}px`);
    if (moved && first > 0) this.#element.scrollTop = Math.floor(first / this.#columns) * this.#row;
    this.active = Math.max(0, Math.min(this.active, this.total - 1));
    this.#paint();
  }

  #firstIndex() {
    return Math.floor(this.#element.scrollTop / this.#row) * this.#columns;
  }

  #paint() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    const top = this.#element.scrollTop, height = this.#element.clientHeight;
    const from = Math.max(0, Math.floor(top / this.#row) - SPARE) * this.#columns;
    const to = Math.min(this.total, (Math.ceil((top + height) / this.#row) + SPARE) * this.#columns);
    for (const [index, tile] of this.#tiles)
      if (index < from || index >= to) {
        this.#tiles.delete(index);
        tile.root.hidden = true;
        this.#pool.push(tile);
      }
    for (let index = from; index < to; index++) this.#fill(index);
    for (let page = Math.floor(from / PAGE); page * PAGE < to; page++) this.#load(page);
    // Scrolling by more than a screen at a time shows no pictures that nobody can see.
    const fast = Math.abs(top - this.#lastTop) > height / 2;
    this.#lastTop = top;
    clearTimeout(this.#rest);
    if (fast) this.#rest = setTimeout(() => this.#askPictures(), REST_MS);
    else this.#askPictures();
    const active = this.#tiles.get(this.active);
    if (active) this.#element.setAttribute("aria-activedescendant", active.root.id);
    else this.#element.removeAttribute("aria-activedescendant");
  }

  // ---- tiles ----

  #make() {
    const picture = el("img", { alt: "", decoding: "async", draggable: "false" });
    const name = el("span", { class: "name" }), mark = el("span", { class: "mark" }), badge = el("span", { class: "badge" });
    const root = el("div", { class: "cell", role: "option", id: `tile-${this.#tiles.size + this.#pool.length}` },
      el("div", { class: "frame" }, picture, badge), el("div", { class: "caption" }, name, mark));
    picture.addEventListener("load", () => (picture.hidden = false));
    picture.addEventListener("error", () => root.classList.add("broken"));
    this.#element.append(root);
    return { root, picture, name, mark, badge, index: -1, shown: "", wanted: "" };
  }

  #fill(index) {
    let tile = this.#tiles.get(index);
    if (!tile) {
      tile = this.#pool.pop() ?? this.#make();
      this.#tiles.set(index, tile);
    }
    const item = this.item(index);
    if (tile.index !== index || tile.row !== this.#row || tile.columns !== this.#columns) {
      tile.index = index;
      tile.row = this.#row;
      tile.columns = this.#columns;
      const x = GAP + (index % this.#columns) * (this.#side + GAP), y = GAP + Math.floor(index / this.#columns) * this.#row;
      tile.root.style.transform = `translate(${x}px, ${y}px)`;
      tile.root.setAttribute("aria-posinset", index + 1);
      tile.root.dataset.index = index;
    }
    tile.root.setAttribute("aria-setsize", this.total);
    tile.root.hidden = false;
    tile.root.classList.toggle("active", index === this.active);
    tile.root.setAttribute("aria-selected", String(Boolean(item && this.selected.has(item.id))));
    tile.wanted = item ? this.#source.thumbnail(item) : "";
    if (tile.wanted !== tile.shown) {
      tile.picture.hidden = true;
      tile.picture.removeAttribute("src"); // a load under way for another item ends
      tile.shown = "";
      tile.root.classList.remove("broken");
    }
    if (tile.item === item) return;
    tile.item = item;
    tile.root.dataset.decision = item?.decision ?? "";
    tile.root.classList.toggle("inherited", Boolean(item?.inherited));
    tile.name.textContent = item ? this.#source.name(item) : "";
    tile.mark.textContent = item ? this.#source.mark(item) : "";
    tile.badge.textContent = item ? this.#source.badge(item) : "";
    tile.root.setAttribute("aria-label", item ? this.#source.describe(item) : "loading");
  }

  #askPictures() {
    for (const tile of this.#tiles.values())
      if (tile.wanted && tile.wanted !== tile.shown) {
        tile.shown = tile.wanted;
        tile.picture.src = tile.wanted;
      }
  }

  // ---- hands ----

  setActive(index, { reveal = true } = {}) {
    if (!this.total) return;
    this.active = Math.max(0, Math.min(index, this.total - 1));
    if (reveal) {
      const y = Math.floor(this.active / this.#columns) * this.#row, box = this.#element;
      if (y < box.scrollTop) box.scrollTop = y;
      else if (y + this.#row + GAP > box.scrollTop + box.clientHeight) box.scrollTop = y + this.#row + GAP - box.clientHeight;
    }
    this.#paint();
    this.dispatchEvent(new Event("active"));
  }

  #toggle(item) {
    if (this.selected.has(item.id)) this.selected.delete(item.id);
    else this.selected.add(item.id);
    this.#paint();
    this.dispatchEvent(new Event("selection"));
  }

  clearSelection() {
    this.selected.clear();
    this.#paint();
    this.dispatchEvent(new Event("selection"));
  }

  #selectTo(index) {
    if (this.#anchor < 0) this.#anchor = this.active;
    for (let i = Math.min(this.#anchor, index); i <= Math.max(this.#anchor, index); i++) {
      const item = this.item(i);
      if (item && this.selected.size < 1000) this.selected.add(item.id);
    }
    this.dispatchEvent(new Event("selection"));
  }

  #click(e) {
    const cell = e.target.closest(".cell");
    if (!cell) return;
    const index = Number(cell.dataset.index), item = this.item(index);
    if (!item) return;
    if (e.shiftKey) this.#selectTo(index);
    else this.#anchor = -1;
    this.setActive(index, { reveal: false });
    if (e.ctrlKey || e.metaKey) this.#toggle(item);
    else if (!e.shiftKey) this.#source.open(index);
  }

  #key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const page = Math.max(1, Math.floor(this.#element.clientHeight / this.#row)) * this.#columns;
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns, PageUp: -page, PageDown: page,
      Home: -this.total, End: this.total }[e.key];
    if (move) {
      const to = Math.max(0, Math.min(this.active + move, this.total - 1));
      if (e.shiftKey) this.#selectTo(to);
      else this.#anchor = -1;
      this.setActive(to);
    } else if (e.key === "Enter" && this.total) this.#source.open(this.active);
    else if (e.key === " " && this.activeItem) this.#toggle(this.activeItem);
    else if (e.key === "Escape" && this.selected.size) this.clearSelection();
    else return;
    e.preventDefault();
    e.stopPropagation();
  }
}
