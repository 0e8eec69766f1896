// studio_run.js: how far the run is, live; what failed, and trying that again.

import { el, get, plural, post, STEPS, thumbnailOf, timeText } from "./studio_api.js";

// What the exit codes of facet run mean.
const ENDED = { 0: "The run has ended; nothing failed.", 3: "The run has ended; some items failed again.", 130: "The run was interrupted." };

export class RunView extends EventTarget {
  #root;
  #events = null;
  #steps = el("ol", { class: "steps" });
  #line = el("p", { class: "line" });
  #newest = el("div", { class: "newest" });
  #failures = el("div", { class: "failures" });
  #failed = "";
  #shown = "";

  // openItem(id) shows an image.
  constructor(root, openItem) {
    super();
    this.#root = root;
    this.openItem = openItem;
    this.execution = -1;
    root.append(el("div", { class: "inner" }, this.#line, this.#steps,
      this.#failures, el("section", {}, el("h2", {}, "Newest images"), this.#newest)));
  }

  // Follow an execution; what is told goes to whoever listens, too.
  follow(execution) {
    if (this.execution === execution && this.#events) return;
    this.stop();
    this.execution = execution;
    this.#failed = this.#shown = "";
    this.#events = new EventSource(`/api/execution/${execution}/live`);
    this.#events.addEventListener("progress", (e) => this.#show(JSON.parse(e.data)));
    this.#events.addEventListener("problem", (e) => this.dispatchEvent(new CustomEvent("problem", { detail: e.data })));
    this.#events.addEventListener("error", () => this.dispatchEvent(new CustomEvent("lost")));
  }

  stop() {
    this.#events?.close();
    this.#events = null;
  }

  #show(p) {
    this.dispatchEvent(new CustomEvent("progress", { detail: p }));
    const step = p.steps[p.step - 1], done = step.images + step.failed, all = p.steps.every((s) => s.completed);
    if (p.running) {
      const parts = [`Step ${p.step}, ${STEPS[p.step].toLowerCase()}: ${done.toLocaleString("en")}${step.expected ? ` of ${step.expected.toLocaleString("en")}` : ""}`];
      if (p.rate) parts.push(`${p.rate >= 10 ? p.rate.toFixed(0) : p.rate.toFixed(1)} a second`);
      if (p.left_ms) parts.push(`about ${timeText(p.left_ms)} left in this step`);
      this.#line.textContent = parts.join(" · ");
    } else this.#line.textContent = all ? "The run is complete." : "No process is at work on this execution.";
    this.#line.dataset.running = p.running;
    this.#steps.replaceChildren(...p.steps.map((s) => this.#step(s, p)));
    this.#showNewest(p.newest);
    this.#askFailures(p);
    if (p.ended !== undefined) this.dispatchEvent(new CustomEvent("say", { detail: ENDED[p.ended] ?? `The run ended with exit code ${p.ended}; retry.log in the execution says why.` }));
  }

  #step(s, p) {
    const now = p.running && s.step === p.step, share = s.completed ? 1 : s.expected ? Math.min(1, (s.images + s.failed) / s.expected) : 0;
    const bar = el("progress", { max: 1, value: share, "aria-label": `Step ${s.step}` });
    return el("li", { class: now ? "now" : s.completed ? "done" : "" },
      el("span", { class: "step-name" }, el("b", {}, s.step), STEPS[s.step]), bar,
      el("span", { class: "soft" }, s.step === 3 ? (s.completed ? "done" : "") : s.expected && !s.completed ? `${s.images.toLocaleString("en")} of ${s.expected.toLocaleString("en")}` : s.images ? s.images.toLocaleString("en") : s.completed ? "skipped" : "",
        s.failed ? el("span", { class: "bad" }, ` ${s.failed} failed`) : ""));
  }

  #showNewest(items) {
    const key = items.map((i) => `${i.id}.${i.v}`).join();
    if (key === this.#shown) return;
    this.#shown = key;
    this.#newest.replaceChildren(...items.map((i) => el("button", { type: "button", class: "relative", title: i.name, on: { click: () => this.openItem(i.id) } },
      el("img", { src: thumbnailOf(this.execution, i), alt: i.name }), el("span", {}, STEPS[i.step]))));
  }

  async #askFailures(p) {
    const key = p.steps.map((s) => s.failed).join() + p.running;
    if (key === this.#failed) return;
    this.#failed = key;
    const execution = this.execution, list = p.steps.some((s) => s.failed) ? await get(`/api/execution/${execution}/failures`).catch(() => []) : [];
    if (execution !== this.execution) return;
    const steps = [...new Set(list.map((f) => f.step))].sort(), unfinished = !p.running && p.steps.some((s) => s.expected && !s.completed);
    this.#failures.replaceChildren(
      list.length || unfinished ? el("h2", {}, list.length ? `${plural(list.length, "item")} failed` : "The run ended early") : "",
      el("p", { class: "buttons" },
        steps.map((s) => el("button", { type: "button", disabled: p.running, on: { click: () => this.#retry(s) } }, `Try step ${s} again`)),
        unfinished ? el("button", { type: "button", on: { click: () => this.#retry(0) } }, "Go on with the run") : ""),
      el("ul", {}, list.slice(0, 100).map((f) => el("li", {}, el("b", {}, `${f.item}`), el("span", {}, ` ${f.error}`)))));
  }

  async #retry(step) {
    try {
      await post(`/api/execution/${this.execution}/retry`, { step });
      this.dispatchEvent(new CustomEvent("say", { detail: step ? `Trying what failed in step ${step} again.` : "The run goes on." }));
      this.#failed = "";
    } catch (e) {
      this.dispatchEvent(new CustomEvent("problem", { detail: e.message }));
    }
  }
}
