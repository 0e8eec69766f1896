// browser.mjs: for tests of the pages: a headless Chromium, facet as a process, and PNG masks.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { chromium } from "playwright-core";

export const source = process.env.FACET_SOURCE;
const binary = process.env.FACET_BINARY;

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--no-proxy-server",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

export const launch = () => chromium.launch({ executablePath: process.env.FACET_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });

// A folder that is gone when the test `t` has ended.
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "facet-web-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

// Start facet with these words, and wait for the address that it prints. It is ended when the test has ended.
export async function facet(t, ...words) {
  const child = spawn(binary, words, { stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal)));
  let out = "", errors = "";
  child.stderr.on("data", (d) => (errors += d));
  t.after(async () => {
    child.kill("SIGKILL");
    await exit;
  });
  const url = await new Promise((resolve, reject) => {
    child.stdout.on("data", (d) => {
      out += d;
      if (out.includes("\n")) resolve(out.split("\n")[0]);
    });
    exit.then((code) => reject(new Error(`facet ended with ${code}: ${errors}`)));
  });
  return { url, exit, kill: (signal) => child.kill(signal), errors: () => errors };
}

// In the page: keep every text that the status has had, for says().
function listen() {
  const said = (window.said = { texts: [], from: 0 });
  new MutationObserver((changes) => {
    const status = changes.map((c) => (c.target.closest ? c.target : c.target.parentElement)?.closest("[role=status]")).find(Boolean);
    if (status) said.texts.push(status.textContent);
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

// Wait until the status says what fits `pattern`, or has said it since what was last waited for: the next text may be
// there before a test has looked.
export async function says(page, pattern) {
  await until(
    () => page.evaluate(([source, flags]) => {
      const wanted = new RegExp(source, flags), { said } = window;
      const at = said.texts.findIndex((text, i) => i >= said.from && wanted.test(text));
      if (at >= 0) said.from = at + 1;
      return at >= 0 || wanted.test(document.querySelector("[role=status]").textContent);
    }, [pattern.source, pattern.flags]),
    async () => `the status says ${pattern}; it said ${JSON.stringify(await page.evaluate(() => window.said.texts.slice(window.said.from)))}`);
}

// A page at this address, in a browser context of its own. What goes wrong in its scripts fails the test.
export async function open(t, browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  await page.addInitScript(listen);
  const problems = [];
  page.on("pageerror", (e) => problems.push(e.message));
  page.on("console", (m) => /Content Security Policy/.test(m.text()) && problems.push(m.text()));
  t.after(async () => {
    await context.close();
    if (problems.length) throw new Error(`in the page: ${problems.join("; ")}`);
  });
  await page.goto(url);
  return page;
}

// Wait until `check` gives something true, and return that; what() says what did not come. The time is one in which
// also a machine with too much to do answers.
export async function until(check, what, ms = 60000) {
  for (const end = Date.now() + ms; Date.now() < end;) {
    const value = await check();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error(`waited in vain until ${typeof what === "string" ? what : await what()}`);
}

// ---- masks ---------------------------------------------------------------------------------------------------------

const paeth = (a, b, c) => {
  const p = a + b - c, pa = Math.abs(p - a), pb = Math.abs(p - b), pc = Math.abs(p - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};

// An 8-bit gray PNG without interlacing: { width, height, data } (PNG specification, 9.2 for the filters).
export function readMask(path) {
  const file = readFileSync(path), parts = [];
  let width = 0, height = 0;
  for (let at = 8; at < file.length;) {
    const size = file.readUInt32BE(at), type = file.toString("latin1", at + 4, at + 8), body = file.subarray(at + 8, at + 8 + size);
    if (type === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      if (body[8] !== 8 || body[9] !== 0 || body[12] !== 0) throw new Error(`${path}: is no 8-bit gray PNG`);
    }
    if (type === "IDAT") parts.push(body);
    at += size + 12;
  }
  const raw = inflateSync(Buffer.concat(parts)), data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (width + 1)];
    for (let x = 0; x < width; x++) {
      const left = x ? data[y * width + x - 1] : 0, up = y ? data[(y - 1) * width + x] : 0;
      const corner = x && y ? data[(y - 1) * width + x - 1] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      data[y * width + x] = raw[y * (width + 1) + 1 + x] + guess;
    }
  }
  return { width, height, data };
}

// Intersection over union of two masks of one size.
export function overlap(a, b) {
  if (a.width !== b.width || a.height !== b.height) throw new Error("the masks have different sizes");
  let both = 0, either = 0;
  for (let i = 0; i < a.data.length; i++) {
    both += a.data[i] > 127 && b.data[i] > 127;
    either += a.data[i] > 127 || b.data[i] > 127;
  }
  return both / either;
}
