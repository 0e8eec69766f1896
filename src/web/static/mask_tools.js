// mask_tools.js: the panel of tools that the labeler and the studio have beside a picture. It is only elements: mask_panel.js gives
// them their work, tools.css their looks.

import { el } from "./element.js";

const key = (name) => el("kbd", { "aria-hidden": "true" }, name);
const button = (action, text, shortcut, more = {}) => el("button", { type: "button", "data-action": action, ...more }, text, key(shortcut));
const row = (columns, ...children) => el("div", { class: `row ${columns}` }, children);
const shown = (when, e) => {
  e.dataset.show = when;
  e.hidden = true;
  return e;
};

function group(name, title, ...children) {
  const id = `g-${name}`;
  return el("div", { class: `group ${name}`, role: "group", "aria-labelledby": id }, el("h2", { id }, title), children);
}

function slider(text, control, attributes, ...more) {
  return el("label", { class: "slider" }, `${text} `, el("input", { type: "range", "data-control": control, ...attributes }), more);
}

const object = () =>
  group("object", "Object",
    row("two", button("points", "Points", "Q"), button("box", "Box", "X")),
    button("generate", "Generate", "Space", { class: "strong" }),
    shown("selected", row("two begun", button("mark", "Next mark", "M"), button("remove", "Delete", "Del"))),
    shown("masks", el("div", { class: "masks" },
      el("span", { class: "caption", id: "l-masks" }, "Mask, by score"),
      el("div", { class: "row three", role: "radiogroup", "aria-labelledby": "l-masks", "data-list": "masks" }))),
    el("label", { class: "check" }, el("input", { type: "checkbox", "data-control": "live", checked: true }), " Live: make the mask while I mark"));

const correct = () =>
  group("correct", "Correct",
    row("three", button("polygon", "Polygon", "P"), button("brush", "Brush", "B"), button("eraser", "Eraser", "E")),
    row("two", button("add", "Add", "A"), button("subtract", "Subtract", "S")),
    shown("begun", row("two begun", button("close", "Close", "D"), button("cancel", "Cancel", "Esc"))),
    row("two", button("preview", "Preview", "T"), button("apply", "Apply", "L")),
    shown("brush", slider("Size", "brush", { min: 0, max: 9, step: 0.01 }, " ", el("span", { class: "figure", "data-text": "brush" }))));

const view = () =>
  group("view", "Mask",
    row("two", button("mask", "Hide/Show", "V"), button("reset", "Reset", "R")),
    slider("Opacity", "opacity", { min: 0, max: 100, value: 45 }));

const finish = (save) =>
  el("div", { class: "finish", role: "group", "aria-label": "History and result" },
    row("two", button("undo", "Undo", "U"), button("redo", "Redo", "Y")),
    button("save", save, "Enter", { class: "save" }));

const shortcuts = (hint) =>
  el("details", { class: "shortcuts" }, el("summary", {}, "Shortcuts"), hint, el("dl", { "data-list": "shortcuts" }));

// Fill a panel. `save` is what its last button says, `hint` an element for the head of the shortcuts; `first` comes before the
// groups.
export function buildTools(panel, { save, hint, first = [] }) {
  panel.classList.add("panel");
  panel.append(...first, object(), correct(), view(), finish(save), shortcuts(hint));
  // Where there is room the keys are shown at once.
  panel.querySelector(".shortcuts").open = window.matchMedia("(min-width: 761px)").matches;
}
