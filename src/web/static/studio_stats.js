// studio_stats.js: how large the objects are, where, and of which shape: small charts, a side of the dataset each.

import { el, get, plural } from "./studio_api.js";

const SVG = "http://www.w3.org/2000/svg";
const SIDES = { train: "Train", val: "Val", review: "Review" };
const ASPECTS = ["< 1:2", "upright", "square", "lying", "> 2:1"];

function svg(tag, attributes, ...children) {
  const e = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
}

// Bars with a label below each; the tallest has its number.
function bars(title, values, labels, describe) {
  const W = 260, H = 110, top = 16, bottom = 20, most = Math.max(1, ...values), step = W / values.length;
  const chart = svg("svg", { viewBox: `0 0 ${W} ${H}`, class: "chart", role: "img", "aria-label": `${title}: ${values.map((v, i) => `${describe(i)} ${v}`).join(", ")}` });
  values.forEach((v, i) => {
    const height = (v / most) * (H - top - bottom), y = H - bottom - height;
    const bar = svg("rect", { x: i * step + 2, y, width: step - 4, height: Math.max(height, v ? 1 : 0), rx: 1.5, class: "bar-fill" });
    bar.append(svg("title", {}, `${describe(i)}: ${v}`));
    chart.append(bar);
    if (v === most && v > 0) chart.append(svg("text", { x: i * step + step / 2, y: y - 4, class: "value", "text-anchor": "middle" }, String(v)));
    if (labels[i]) chart.append(svg("text", { x: i * step + step / 2, y: H - 6, class: "tick", "text-anchor": "middle" }, labels[i]));
  });
  chart.append(svg("line", { x1: 0, x2: W, y1: H - bottom + 0.5, y2: H - bottom + 0.5, class: "axis" }));
  return el("figure", {}, el("figcaption", {}, title), chart);
}

function heat(title, map) {
  const n = 16, most = Math.max(1, ...map);
  const chart = svg("svg", { viewBox: `0 0 ${n} ${n}`, class: "chart map", role: "img", "aria-label": `${title}: where the middle of the object's box is, ${plural(map.reduce((a, b) => a + b, 0), "object")}`, "shape-rendering": "crispEdges" });
  chart.append(svg("rect", { x: 0, y: 0, width: n, height: n, class: "map-ground" }));
  map.forEach((v, i) => {
    if (v) chart.append(svg("rect", { x: i % n, y: Math.floor(i / n), width: 1, height: 1, class: "bar-fill", "fill-opacity": (0.18 + 0.82 * (v / most)).toFixed(3) }));
  });
  return el("figure", {}, el("figcaption", {}, title), chart);
}

export async function showStatistics(root, execution) {
  const shapes = await get(`/api/execution/${execution}/shapes`);
  const tens = (i) => `${i * 10} to ${i * 10 + 10} %`;
  const sections = Object.entries(SIDES).filter(([side]) => shapes[side]?.images).map(([side, label]) => {
    const s = shapes[side];
    return el("section", { class: "statistics", "data-side": side },
      el("h2", {}, label, el("span", { class: "soft" }, ` ${plural(s.images, "image")}, ${plural(s.objects, "outline")}${s.empty ? `, ${s.empty} without the object` : ""}`)),
      el("div", { class: "charts" },
        bars("Object size, % of the side", s.size, s.size.map((_, i) => (i % 2 ? "" : String(i * 10))), tens),
        bars("Box, width to height", s.aspect, ASPECTS, (i) => ASPECTS[i]),
        bars("Score of the label", s.score, s.score.map((_, i) => (i % 2 ? "" : (i / 10).toFixed(1))), (i) => `${(i / 10).toFixed(1)} to ${((i + 1) / 10).toFixed(1)}`),
        heat("Position in the picture", s.map)));
  });
  root.replaceChildren(el("div", { class: "inner" },
    sections.length ? el("p", { class: "hint" }, "Labelled images, before camera effects. Dropped ones are left out.") : el("p", { class: "hint" }, "There are no labelled images yet: step 6 makes them."),
    ...sections));
}
