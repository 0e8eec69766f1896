// studio_api.js: what the page asks of its server, and small things that every part needs.

export { el } from "./element.js";

export async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Error("facet studio does not answer. Is it still running?");
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new Error(answer.error ?? `The server answered ${response.status}.`);
}

export const get = async (path, options) => (await ask(path, options)).json();

export async function post(path, value) {
  const response = await ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
  return response.json();
}

export const STEPS = {
  1: "White background",
  2: "Views",
  3: "Prompts",
  4: "Scenes",
  5: "Restyled",
  6: "Labelled",
  7: "Camera effects",
};

export const DECISIONS = { keep: "Keep", drop: "Drop", needs_work: "Needs work" };

export const thumbnailOf = (execution, item, side = 256) =>
  `/api/execution/${execution}/thumbnail/${item.id}?side=${side}&v=${item.v}`;
export const imageOf = (execution, item) => `/api/execution/${execution}/image/${item.id}?v=${item.v}`;

export const plural = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
export const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)} %`;

export function bytesText(n) {
  return n < 1000 ? `${n} B` : n < 1e6 ? `${(n / 1e3).toFixed(0)} kB` : `${(n / 1e6).toFixed(1)} MB`;
}

export function timeText(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  return s < 3600 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
