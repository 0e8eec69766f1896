// facet studio on real executions, worked by mouse, keyboard and fingers in a real browser.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { facet, launch, open, overlap, says, source, until } from "./browser.mjs";

const { polygonSpans } = await import(`${source}/src/web/static/mask_pixels.js`);

const CONFIG = [
  "--input_image", join(source, "examples/mug.png"), "--input_mask", join(source, "examples/mug_mask.png"), "--object_name", "mug",
  "--views", "front view,left side view", "--num_iterations", "1", "--resolution", "256", "--seed", "7", "--engine", "embedded",
  "--enable_qwen_augmentation", "--qwen_augmentation_count", "1", "--cv_augmentation_count", "1", "--quiet",
];
const runWords = (working, name, prompts) =>
  ["run", ...CONFIG, "--num_prompts", prompts, "--working_dir", working, "--execution_name", name];

let browser, made; // made: an execution of 2 views x 2 prompts, 8 labelled images, for tests to copy
before(async () => {
  browser = await launch();
  made = mkdtempSync(join(tmpdir(), "facet-studio-"));
  const run = spawnSync(process.env.FACET_BINARY, runWords(made, "mug", 2), { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
});
after(async () => {
  await browser.close();
  for (const f of [made, ...folders]) rmSync(f, { recursive: true, force: true });
});

// A folder for a test. It is removed at the end of all, when no studio writes thumbnails into it any more.
const folders = [];
function folder() {
  folders.push(mkdtempSync(join(tmpdir(), "facet-studio-")));
  return folders.at(-1);
}

// ---- hands ---------------------------------------------------------------------------------------------------------

const tiles = (page) => page.locator(".cell:not([hidden])");
const count = (page) => page.locator("#count").textContent();
const counts = (page, text) => until(async () => (await count(page)).startsWith(text), async () => `the list says ${text}`);
const lines = (path) => readFileSync(path, "utf8").trim().split("\n").map((l) => JSON.parse(l));

// The side of the dataset that an image's label is on.
const splitOf = (x, stem) => (existsSync(join(x, "06_yolo_dataset/train/labels", `${stem}.txt`)) ? "train" : "val");

async function openEditor(page) {
  await page.keyboard.press("e");
  await until(() => page.locator("#editor").isVisible(), "the editor is open");
}

// Turns places of the image, from 0 to 1, into places of the window.
async function editorPlaces(page) {
  const box = await page.locator("#edit-canvas").boundingBox();
  return (x, y) => [box.x + x * box.width, box.y + y * box.height];
}

// In the open editor: cut off what is above `bottom`, and save.
async function subtractAbove(page, bottom) {
  const at = await editorPlaces(page), editor = page.locator("#editor");
  await editor.getByRole("button", { name: "Polygon" }).click();
  await editor.getByRole("button", { name: "Subtract" }).click();
  for (const corner of [[0.01, 0.01], [0.99, 0.01], [0.99, bottom]]) await page.mouse.click(...at(...corner));
  await page.mouse.dblclick(...at(0.01, bottom));
  await page.keyboard.press("Enter");
  await says(page, /saved/);
}

// The studio on a copy of the execution.
async function studio(t, options = {}) {
  const working = folder(), x = join(working, "mug");
  cpSync(join(made, "mug"), x, { recursive: true });
  const process = await facet(t, "studio", "--working_dir", working, "--port", "0", "--no_open");
  const page = await open(t, browser, process.url, options);
  await counts(page, "8 images");
  return { ...process, page, working, x, review: join(x, "review.jsonl") };
}

// Open the image at this place of the list; the details are those that the page shows.
async function openImage(page, index) {
  await tiles(page).nth(index).click();
  await until(() => page.locator("#image[data-item]").count(), "the image is open");
  return page.locator(".viewer:not([hidden]) .side h2").first().textContent();
}

// ---- looking -------------------------------------------------------------------------------------------------------

test("an image is shown with all that is known of it, and its relatives lead on", async (t) => {
  const { page } = await studio(t);
  const name = await openImage(page, 1);
  assert.match(name, /_qwen000\.jpg$/);
  const side = page.locator("#viewer .side");
  const facts = await side.locator("dl").textContent();
  for (const known of [/6 Labelled/, /train|val/, /front view/, /1\.000/, /256 × 256/, /06_yolo_dataset\//]) assert.match(facts, known);
  assert.ok((await side.locator(".prompt").textContent()).length > 10);
  assert.equal(await side.locator(".family").first().locator("button").count(), 4); // white, view, scene, restyled
  // The outline is drawn: the picture with it and without it differ.
  const shot = () => page.locator("#image").screenshot();
  const withMask = await shot();
  await page.keyboard.press("m");
  await page.keyboard.press("o");
  await until(async () => !(await shot()).equals(withMask), "the mask is gone");
  await side.locator(".family").first().locator("button").nth(1).click();
  await until(async () => /^perspective_00_/.test(await side.locator("h2").first().textContent()), "the view is shown");
  await page.goBack();
  await until(async () => (await side.locator("h2").first().textContent()) === name, "the browser's Back leads back");
  await page.keyboard.press("Escape");
  await until(() => page.locator("#viewer").isHidden(), "the list is shown");
});

test("arrows go through the list, and the grid has an active tile that keys move", async (t) => {
  const { page } = await studio(t);
  await page.locator("#grid").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await until(async () => /^3 of 8$/.test(await page.locator("#viewer .count").textContent()), "the third is open");
  await page.keyboard.press("ArrowRight");
  await until(async () => /^4 of 8$/.test(await page.locator("#viewer .count").textContent()), "the fourth is open");
  await page.keyboard.press("ArrowLeft");
  await until(async () => /^3 of 8$/.test(await page.locator("#viewer .count").textContent()), "the third is open again");
});

test("filters narrow the list to what they say", async (t) => {
  const { page } = await studio(t);
  const press = (group, label) => page.locator(`[data-group=${group}]`).getByRole("button", { name: label }).click();
  await press("step", /^Scenes/);
  await counts(page, "4 images");
  await press("step", /^Labelled/);
  await counts(page, "8 images");
  await press("kind", "Restyled");
  await counts(page, "4 images");
  await press("kind", "As made");
  await counts(page, "8 images");
  await press("split", "Val");
  const val = readdirSync(join(made, "mug/06_yolo_dataset/val/images")).length;
  await counts(page, `${val} image`);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await counts(page, "8 images");
  await page.keyboard.press("/");
  await page.keyboard.type("perspective_1_");
  await counts(page, "4 images");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("no such image");
  await counts(page, "0 images");
  assert.match(await page.locator("#empty").textContent(), /No image fits/);
});

test("two images are compared, and zoom as one", async (t) => {
  const { page } = await studio(t);
  await openImage(page, 0);
  await page.keyboard.press("c");
  await until(async () => (await page.locator("#compare canvas[data-item]").count()) === 2, "two are open");
  const halves = page.locator("#compare canvas"), before = [await halves.nth(0).screenshot(), await halves.nth(1).screenshot()];
  await halves.nth(0).hover();
  await page.mouse.wheel(0, -400);
  await until(async () => !(await halves.nth(0).screenshot()).equals(before[0]) && !(await halves.nth(1).screenshot()).equals(before[1]), "both are zoomed");
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#viewer").isVisible());
});

test("statistics show a chart of each kind for each side", async (t) => {
  const { page } = await studio(t);
  await page.getByRole("button", { name: "Statistics" }).click();
  await until(async () => (await page.locator(".statistics").count()) === 2, "both sides are there");
  assert.equal(await page.locator("[data-side=train] svg").count(), 4);
  assert.match(await page.locator("[data-side=train] h2").textContent(), /\d+ images?, \d+ outlines?/);
});

// ---- deciding ------------------------------------------------------------------------------------------------------

test("a dropped image is a line of the review; undo is another one; nothing is deleted", async (t) => {
  const { page, x, review } = await studio(t);
  const files = () => readdirSync(join(x, "06_yolo_dataset"), { recursive: true }).sort();
  const before = files();
  const name = await openImage(page, 2);
  await page.keyboard.press("d");
  await says(page, /drop/);
  assert.deepEqual(lines(review).map(({ step, items, decision }) => ({ step, items, decision })), [{ step: 6, items: [name], decision: "drop" }]);
  await page.keyboard.press("Escape");
  await until(() => page.locator('.cell:not([hidden])[data-decision="drop"]').count(), "the tile shows it");
  await page.keyboard.press("u");
  await says(page, /Undone/);
  assert.equal(lines(review).at(-1).undo, true);
  await until(async () => (await page.locator('.cell:not([hidden])[data-decision="drop"]').count()) === 0, "the tile shows nothing");
  assert.deepEqual(files(), before);
});

test("an image is opened, one dropped, one corrected, and the export holds exactly that", async (t) => {
  const { page, x } = await studio(t);
  const dropped = (await openImage(page, 0)).replace(/\.jpg$/, "");
  await page.keyboard.press("d");
  await says(page, /drop/);
  await page.keyboard.press("ArrowRight");
  const side = page.locator("#viewer .side h2").first();
  await until(async () => (await side.textContent()) !== `${dropped}.jpg`, "the next one is open");
  const corrected = (await side.textContent()).replace(/\.jpg$/, "");
  await openEditor(page);
  await subtractAbove(page, 0.6);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Export…" }).click();
  await page.locator("#export-name").fill("clean");
  await page.locator("#export-dialog").getByRole("button", { name: "Export" }).click();
  await until(async () => /\d+ images written to/.test(await page.locator("#export-where").textContent()), "it is written");
  const list = (root, kind) => ["train", "val"].flatMap((s) => (existsSync(join(x, root, s, kind)) ? readdirSync(join(x, root, s, kind)).map((f) => join(s, kind, f)) : []));
  const gone = new RegExp(`/${dropped}(_cv\\d+)?\\.`), all = list("07_cv_combined_dataset", "images");
  assert.equal(all.filter((f) => gone.test(f)).length, 2);
  assert.deepEqual(list("exports/clean", "images").sort(), all.filter((f) => !gone.test(f)).sort());
  const label = list("exports/clean", "labels").filter((f) => f.includes(`/${corrected}`));
  assert.ok(label.length >= 2);
  const split = label[0].split("/")[0], want = readFileSync(join(x, `06_yolo_dataset/${split}/labels/${corrected}.txt`), "utf8");
  assert.notEqual(want, readFileSync(join(made, `mug/06_yolo_dataset/${split}/labels/${corrected}.txt`), "utf8"));
  for (const f of [`${corrected}.txt`, `${corrected}_cv000.txt`]) {
    const ys = readFileSync(join(x, "exports/clean", split, "labels", f), "utf8").trim().split(" ").slice(1).map(Number).filter((_, i) => i % 2);
    assert.ok(ys.every((y) => y > 0.59), `${f} holds the corrected outline`);
  }
  assert.ok(existsSync(join(x, "06_yolo_dataset", split, "images", `${dropped}.jpg`)), "nothing is deleted");
});

test("several selected images are decided about at once", async (t) => {
  const { page, review } = await studio(t);
  await tiles(page).nth(0).click({ modifiers: ["Control"] });
  await tiles(page).nth(3).click({ modifiers: ["Shift"] });
  await until(async () => /4 selected/.test(await count(page)), "four are selected");
  await page.keyboard.press("w");
  await says(page, /4 images: needs work/);
  assert.equal(lines(review)[0].items.length, 4);
  await page.locator("[data-group=decision]").getByRole("button", { name: "Needs work" }).click();
  await counts(page, "4 images");
});

test("a corrected mask becomes the label in every dataset, and undo brings the earlier one back", async (t) => {
  const { page, x } = await studio(t);
  const name = await openImage(page, 0), stem = name.replace(/\.jpg$/, "");
  const split = splitOf(x, stem);
  const places = [`06_yolo_dataset/${split}/labels/${stem}.txt`, `07_cv_combined_dataset/${split}/labels/${stem}.txt`,
    `07_cv_combined_dataset/${split}/labels/${stem}_cv000.txt`, `07_cv_augmented_dataset/${split}/labels/${stem}_cv000.txt`];
  const labels = () => places.map((p) => readFileSync(join(x, p), "utf8"));
  const before = labels();
  await openEditor(page);
  // Saved as it is, the label hardly changes: the outline's pixels are those of the object.
  const at = await editorPlaces(page);
  await page.locator("#editor").getByRole("button", { name: "Polygon" }).click();
  for (const corner of [[0.02, 0.02], [0.2, 0.02], [0.2, 0.2]]) await page.mouse.click(...at(...corner));
  await page.mouse.dblclick(...at(0.02, 0.2));
  await page.locator("#editor").getByRole("button", { name: "Reset" }).click();
  for (const corner of [[0.25, 0.25], [0.75, 0.25], [0.75, 0.5]]) await page.mouse.click(...at(...corner));
  await page.mouse.dblclick(...at(0.25, 0.5));
  await page.locator("#editor").getByRole("button", { name: "Save label" }).click();
  await says(page, /saved/);
  const after = labels();
  assert.equal(new Set(after).size, 1);
  const numbers = after[0].trim().split(" ").map(Number);
  assert.equal(numbers[0], 0);
  assert.equal(numbers.length, 9, "a rectangle has four corners");
  for (const v of numbers.slice(1)) assert.ok([0.25, 0.5, 0.75].some((c) => Math.abs(v - c) < 0.02), `${v} is none of the corners`);
  assert.equal(readFileSync(join(x, `corrections/machine/${stem}.txt`), "utf8"), before[0]);
  await page.keyboard.press("u");
  await says(page, /Undone: correction/);
  assert.deepEqual(labels(), before);
});

test("a correction outlives step 6 made again, its overlay shows it, and undo brings the annotator's back", async (t) => {
  const { page, x, working } = await studio(t);
  const name = await openImage(page, 0), stem = name.replace(/\.jpg$/, "");
  const split = splitOf(x, stem);
  const label = join(x, `06_yolo_dataset/${split}/labels/${stem}.txt`), overlay = join(x, `06_yolo_dataset/${split}/visualizations/${stem}_mask_overlay.jpg`);
  const before = [readFileSync(label, "utf8"), readFileSync(overlay)];
  await openEditor(page);
  await subtractAbove(page, 0.5);
  const corrected = [readFileSync(label, "utf8"), readFileSync(overlay)];
  assert.notEqual(corrected[0], before[0]);
  assert.ok(!corrected[1].equals(before[1]), "the overlay is drawn again");
  // Another option changes every key of step 6.
  const run = spawnSync(process.env.FACET_BINARY, ["run", "--working_dir", working, "--execution_mode", "by_name", "--execution_name", "mug", "--start_from_step", "6", "--polygons", "all", "--quiet"], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /corrections +1 kept/);
  assert.deepEqual([readFileSync(label, "utf8"), readFileSync(overlay)], corrected);
  for (const root of ["07_cv_combined_dataset", "07_cv_augmented_dataset"])
    assert.equal(readFileSync(join(x, root, split, "labels", `${stem}_cv000.txt`), "utf8"), corrected[0]);
  await page.keyboard.press("u");
  await says(page, /Undone: correction/);
  assert.equal(readFileSync(label, "utf8"), before[0]); // of one part, so it is the same with all of them
  assert.ok(readFileSync(overlay).equals(before[1]), "the annotator's overlay is back");
});

// The pixels of a label's outlines and of a mask's PNG, and by how much they overlap.
function labelMask(text, side) {
  const data = new Uint8Array(side * side);
  for (const line of text.trim().split("\n")) {
    const v = line.split(" ").slice(1).map(Number), corners = [];
    for (let i = 0; i < v.length; i += 2) corners.push([v[i] * side + 0.5, v[i + 1] * side + 0.5]);
    polygonSpans(corners, side, side, (y, x0, x1) => data.fill(255, y * side + x0, y * side + x1));
  }
  return { width: side, height: side, data };
}

test("a box in the correction editor makes the mask anew, and dragging it changes that", async (t) => {
  const { page, x } = await studio(t);
  const name = await openImage(page, 0), stem = name.replace(/\.jpg$/, "");
  const split = splitOf(x, stem);
  const label = join(x, `06_yolo_dataset/${split}/labels/${stem}.txt`);
  const before = readFileSync(label, "utf8"), v = before.trim().split(" ").slice(1).map(Number);
  const xs = v.filter((_, i) => i % 2 === 0), ys = v.filter((_, i) => i % 2);
  const [x0, y0, x1, y1] = [Math.min(...xs) - 0.02, Math.min(...ys) - 0.02, Math.max(...xs) + 0.02, Math.max(...ys) + 0.02];
  await page.keyboard.press("e");
  await until(async () => /GrabCut.*ready/.test(await page.locator("#edit-segmenter").textContent()), "the segmenter is ready");
  const at = await editorPlaces(page);
  const drag = async (from, to) => {
    await page.mouse.move(...at(...from));
    await page.mouse.down();
    await page.mouse.move(...at((from[0] + to[0]) / 2, (from[1] + to[1]) / 2));
    await page.mouse.move(...at(...to));
    await page.mouse.up();
  };
  await page.locator("#editor").getByRole("button", { name: "Reset" }).click();
  await page.locator("#editor").getByRole("button", { name: "Box" }).click();
  await drag([x0, y0], [(x0 + x1) / 2, (y0 + y1) / 2]); // half of it
  await says(page, /Mask made|Nothing was found/);
  await drag([(x0 + x1) / 2, (y0 + y1) / 2], [x1, y1]);
  await until(() => page.locator("#edit-canvas[aria-busy=true]").count(), "the mask is being made");
  await until(() => page.locator("#edit-canvas[aria-busy=false]").count(), "the mask is made");
  await page.keyboard.press("Enter");
  await says(page, /saved/);
  const after = readFileSync(label, "utf8"), iou = overlap(labelMask(after, 256), labelMask(before, 256));
  assert.notEqual(after, before);
  // A quarter of the box could hold a quarter of the object; how well GrabCut does in a scene of 256 pixels is not judged here.
  assert.ok(iou > 0.75, `the mask of the box overlaps the label by ${iou}`);
});

test("correcting one object of a label leaves the others as they are", async (t) => {
  const { page, x } = await studio(t);
  const name = await openImage(page, 0), stem = name.replace(/\.jpg$/, "");
  const split = splitOf(x, stem);
  const label = join(x, `06_yolo_dataset/${split}/labels/${stem}.txt`);
  const first = readFileSync(label, "utf8"), second = "1 0.05 0.05 0.15 0.05 0.15 0.15\n";
  writeFileSync(label, first + second);
  const draw = async (object) => {
    await openEditor(page);
    await page.locator("#edit-object").selectOption(object);
    await says(page, /other objects stay/);
    const at = await editorPlaces(page);
    await page.locator("#editor").getByRole("button", { name: "Reset" }).click();
    await page.locator("#editor").getByRole("button", { name: "Polygon" }).click();
    for (const corner of [[0.25, 0.25], [0.75, 0.25], [0.75, 0.5]]) await page.mouse.click(...at(...corner));
    await page.mouse.dblclick(...at(0.25, 0.5));
    await page.keyboard.press("Enter");
    await says(page, /saved/);
    await until(() => page.locator("#editor").isHidden(), "the editor is closed");
    return readFileSync(label, "utf8").split("\n").filter(Boolean);
  };
  const changed = await draw({ label: "Outline 2 of 2, class 1" });
  assert.equal(changed.length, 2);
  assert.equal(`${changed[0]}\n`, first);
  assert.match(changed[1], /^1 /);
  assert.equal(changed[1].split(" ").length, 9);
  const added = await draw({ label: "A further object" });
  assert.deepEqual(added.slice(0, 2), changed);
  assert.equal(added.length, 3);
  await page.keyboard.press("u");
  await says(page, /Undone: correction/);
  await page.keyboard.press("u");
  await until(() => readFileSync(label, "utf8") === first + second, "the label is what it was");
});

test("a mask that is saved unchanged gives nearly the label that was there", async (t) => {
  const { page, x } = await studio(t);
  const name = await openImage(page, 0), stem = name.replace(/\.jpg$/, "");
  const split = splitOf(x, stem);
  const area = () => {
    const v = readFileSync(join(x, `06_yolo_dataset/${split}/labels/${stem}.txt`), "utf8").trim().split(" ").slice(1).map(Number);
    let twice = 0;
    for (let i = 0; i < v.length; i += 2) twice += v[i] * v[(i + 3) % v.length] - v[(i + 2) % v.length] * v[i + 1];
    return Math.abs(twice) / 2;
  };
  const before = area();
  await openEditor(page);
  await page.locator("#editor").getByRole("button", { name: "Save label" }).click();
  await says(page, /saved/);
  assert.ok(Math.abs(area() / before - 1) < 0.01, `${area()} and ${before}`);
});

// ---- a run that is going on ----------------------------------------------------------------------------------------

// A run that is told when to go on: it goes until step 4 has made more than so many images, and then stands still.
function pacedRun(t, working, prompts) {
  const run = spawn(process.env.FACET_BINARY, [...runWords(working, "now", prompts), "--jobs", "1"], { stdio: "ignore" });
  const ended = new Promise((resolve) => run.on("exit", resolve)), dataset = join(working, "now/04_dataset");
  t.after(() => run.kill("SIGKILL"));
  const made = () => (existsSync(dataset) ? readdirSync(dataset).filter((n) => n.endsWith(".png")).length : 0);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const goOnUntil = (images) => {
    run.kill("SIGCONT");
    for (const end = Date.now() + 60000; made() <= images && Date.now() < end;) Atomics.wait(pause, 0, 0, 2); // nothing of ours comes between
    run.kill("SIGSTOP");
    assert.ok(made() > images && made() < 2 * prompts, `step 4 is under way: ${made()} images`);
  };
  return { goOnUntil, kill: (signal) => run.kill(signal), ended };
}

test("the live view follows a run, and the grid grows with it", async (t) => {
  const working = folder(), run = pacedRun(t, working, 12), line = () => page.locator("#run .line").textContent();
  run.goOnUntil(1);
  const { url } = await facet(t, "studio", "--working_dir", working, "--port", "0", "--no_open");
  const page = await open(t, browser, url);
  await until(() => page.locator("#running").isVisible(), "the page says that it runs");
  await page.getByRole("button", { name: "Run" }).click();
  await until(async () => /^Step 4, .*\d/.test(await line()), "the step is told");
  assert.ok((await page.locator("#run .newest button").count()) > 0);
  run.goOnUntil(6);
  await until(async () => /a second/.test(await line()), "the rate is told");
  run.kill("SIGCONT");
  assert.equal(await run.ended, 0);
  await until(async () => /complete/.test(await line()), "the end is told");
  assert.ok(await page.locator("#running").isHidden());
  await page.getByRole("button", { name: "Images" }).click();
  await page.locator("[data-group=step]").getByRole("button", { name: /^Labelled/ }).click();
  await counts(page, "48 images");
});

test("a run that was ended early goes on from the page", async (t) => {
  const working = folder(), run = pacedRun(t, working, 6);
  run.goOnUntil(2);
  run.kill("SIGINT");
  run.kill("SIGCONT");
  await run.ended;
  const { url } = await facet(t, "studio", "--working_dir", working, "--port", "0", "--no_open");
  const page = await open(t, browser, url);
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("button", { name: "Go on with the run" }).click();
  await until(async () => /complete/.test(await page.locator("#run .line").textContent()), "the run is complete", 120000);
  assert.equal(readdirSync(join(working, "now/04_dataset")).filter((n) => n.endsWith(".png")).length, 12);
});

test("what failed is listed with its reason, and made when it is tried again", async (t) => {
  const working = folder(), x = join(working, "mug");
  cpSync(join(made, "mug"), x, { recursive: true });
  // An image of step 4 that is none, whose restyled version is to be made.
  const name = readdirSync(join(x, "04_dataset")).find((n) => n.endsWith(".png")), file = join(x, "04_dataset", name);
  const restyled = name.replace(".png", "_qwen000.png"), good = readFileSync(file), journal = join(x, "journal.jsonl");
  writeFileSync(file, "no picture");
  writeFileSync(journal, readFileSync(journal, "utf8").split("\n").filter((l) => !l.includes(`"step":5,"item":"${restyled}"`)).join("\n"));
  const words = ["run", "--working_dir", working, "--execution_mode", "by_name", "--execution_name", "mug", "--start_from_step", "5", "--max_retries", "0", "--quiet"];
  assert.equal(spawnSync(process.env.FACET_BINARY, words).status, 3);
  writeFileSync(file, good);
  const { url } = await facet(t, "studio", "--working_dir", working, "--port", "0", "--no_open");
  const page = await open(t, browser, url);
  await page.getByRole("button", { name: "Run" }).click();
  await until(async () => /1 item failed/.test(await page.locator("#run .failures").textContent()), "the failure is listed");
  assert.match(await page.locator("#run .failures").textContent(), new RegExp(restyled));
  await page.getByRole("button", { name: "Try step 5 again" }).click();
  await says(page, /ended; nothing failed/);
  await until(async () => !/failed/.test(await page.locator("#run .failures").textContent()), "nothing is listed");
});

// ---- sizes ---------------------------------------------------------------------------------------------------------

// An execution with many labelled images, which are hard links to those of the one that was made.
function many(working, n) {
  const x = join(working, "many"), from = join(made, "mug/06_yolo_dataset/train"), to = join(x, "06_yolo_dataset/train");
  for (const kind of ["images", "labels"]) mkdirSync(join(to, kind), { recursive: true });
  const stems = readdirSync(join(from, "images")).map((f) => f.replace(/\.jpg$/, ""));
  for (const s of stems) {
    copyFileSync(join(from, "images", `${s}.jpg`), join(x, `${s}.jpg`));
    copyFileSync(join(from, "labels", `${s}.txt`), join(x, `${s}.txt`));
  }
  const journal = [];
  for (let i = 0; i < n; i++) {
    const s = stems[i % stems.length], name = `perspective_${i % 6}_prompt_${Math.floor(i / 6)}_seed_${i}`;
    linkSync(join(x, `${s}.jpg`), join(to, "images", `${name}.jpg`));
    linkSync(join(x, `${s}.txt`), join(to, "labels", `${name}.txt`));
    journal.push(`{"step":6,"item":"${name}.png","key":"1","ok":true,"attempts":1,"ms":5,"note":"1 0.9000 0.9000"}\n`);
  }
  writeFileSync(join(x, "journal.jsonl"), journal.join(""));
  for (const f of ["pipeline_state.json", "run_config.json"]) copyFileSync(join(made, "mug", f), join(x, f));
}

test("ten thousand images scroll with few tiles, each frame in its time", async (t) => {
  const working = folder();
  many(working, 10000);
  const { url } = await facet(t, "studio", "--working_dir", working, "--port", "0", "--no_open");
  const page = await open(t, browser, url);
  await counts(page, "10,000 images");
  // The processor time of the page's thread for a frame of a scroll: what else the machine does is not in it.
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () => 1000 * (await client.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value;
  const scroll = async (from, to, frames) => {
    const before = await busy();
    const tiles = await page.evaluate(async ([a, b, n]) => {
      const grid = document.getElementById("grid");
      for (let i = 0; i <= n; i++) {
        grid.scrollTop = a + ((b - a) * i) / n;
        await new Promise((r) => requestAnimationFrame(r));
      }
      return document.querySelectorAll(".cell").length;
    }, [from, to, frames]);
    return { ms: ((await busy()) - before) / frames, tiles };
  };
  const all = await page.evaluate(() => document.getElementById("grid").scrollHeight);
  // Through the whole list, and then slowly through a part of it.
  const fast = await scroll(0, all, 120), slow = await scroll(20000, 26000, 120);
  t.diagnostic(`a frame of the whole list: ${JSON.stringify(fast)}; slowly: ${JSON.stringify(slow)}`);
  assert.ok(fast.ms > 0 && fast.ms < 16.7 && slow.ms < 16.7, `a frame of a scroll takes ${fast.ms} and ${slow.ms} ms`); // of 60 a second
  assert.ok(slow.tiles < 120, `${slow.tiles} tiles`);
  await page.evaluate(() => (document.getElementById("grid").scrollTop = 1e9));
  await until(() => page.locator('.cell:not([hidden])[aria-posinset="10000"]').count(), "the last one is there");
  await until(() => page.evaluate(() => [...document.querySelectorAll(".cell:not([hidden]) img")].every((i) => !i.hidden && i.naturalWidth > 0)), "all in sight have their pictures");
});

// ---- other windows -------------------------------------------------------------------------------------------------

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

test("on a phone everything fits the width and fingers do", async (t) => {
  const { page, review } = await studio(t, phone);
  const fits = async (what) => {
    const wide = () => page.evaluate(() => [...document.querySelectorAll("html, button, select, input, canvas")]
      .filter((e) => e.checkVisibility() && (e.getBoundingClientRect().right > innerWidth + 1 || e.scrollWidth > innerWidth)).map((e) => e.outerHTML.slice(0, 80)));
    let last;
    await until(async () => (last = await wide()).length === 0, () => `${what} fits; too wide: ${last.join(", ")}`);
  };
  await fits("the list");
  await page.locator("#filter-toggle").tap();
  await page.locator("[data-group=kind]").getByRole("button", { name: "Restyled" }).tap();
  await counts(page, "4 images");
  await fits("the filters");
  await page.locator("#filter-toggle").tap();
  await tiles(page).nth(1).tap();
  await until(() => page.locator("#image[data-item]").count(), "the image is open");
  await fits("the image");
  await page.locator("#viewer").getByRole("button", { name: "Drop" }).tap();
  await says(page, /drop/);
  assert.equal(lines(review).length, 1);
  await page.getByRole("button", { name: "Compare" }).tap();
  await until(async () => (await page.locator("#compare canvas[data-item]").count()) === 2, "two are open");
  await fits("two images");
  await page.locator("#compare").getByRole("button", { name: "Back" }).tap();
  await page.getByRole("button", { name: "Edit mask" }).tap();
  await until(() => page.locator("#editor").isVisible(), "the editor is open");
  await fits("the editor");
});

test("in the dark the page is dark", async (t) => {
  const { page } = await studio(t, { colorScheme: "dark" });
  const [paper, ink] = await page.evaluate(() => {
    const s = getComputedStyle(document.body);
    return [s.backgroundColor, s.color].map((c) => c.match(/\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3);
  });
  assert.ok(paper < 60 && ink > 180, `${paper} and ${ink}`);
});

test("a working folder without executions says how to make one", async (t) => {
  const { url } = await facet(t, "studio", "--working_dir", folder(), "--port", "0", "--no_open");
  const page = await open(t, browser, url);
  await until(async () => /Start one with facet run/.test(await page.locator("#empty").textContent()), "the page says so");
});

// ---- the program ---------------------------------------------------------------------------------------------------

test("a taken port is told in one line, and Ctrl-C ends the studio", async (t) => {
  const working = folder();
  const first = await facet(t, "studio", "--working_dir", working, "--port", "0", "--no_open");
  const port = new URL(first.url).port;
  const second = spawnSync(process.env.FACET_BINARY, ["studio", "--working_dir", working, "--port", port, "--no_open"], { encoding: "utf8" });
  assert.notEqual(second.status, 0);
  assert.equal(second.stderr.trim().split("\n").length, 1);
  assert.match(second.stderr, new RegExp(port));
  first.kill("SIGINT");
  assert.equal(await first.exit, 0);
});
