// mask_history.js: what was done, to undo it and to do it again.
//
// A step is an object with undo() and redo(), which change only what the step itself changed.

export class MaskHistory {
  constructor() {
    this.done = [];
    this.undone = [];
  }

  get top() {
    return this.done.at(-1) ?? null;
  }

  push(step) {
    this.done.push(step);
    this.undone = [];
  }

  // Take steps away that the next one stands for, as the corners of a polygon that was closed.
  forget(steps) {
    this.done = this.done.filter((s) => !steps.includes(s));
    this.undone = this.undone.filter((s) => !steps.includes(s));
  }

  undo() {
    const step = this.done.pop();
    if (!step) return null;
    step.undo();
    this.undone.push(step);
    return step;
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return null;
    step.redo();
    this.done.push(step);
    return step;
  }
}
