// facet label, worked by mouse, keyboard and fingers in a real browser.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { facet, folder, launch, open, overlap, readMask, says, source, until } from "./browser.mjs";

const { polygonSpans, strokeSpans } = await import(`${source}/src/web/static/mask_pixels.js`);
const MUG = join(source, "examples/mug.png"), TRUE_MASK = join(source, "examples/mug_mask.png");
const SIDE = 1024;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

// ---- hands ---------------------------------------------------------------------------------------------------------

const button = (page, name) => page.getByRole("button", { name, exact: true });
const press = (page, name) => button(page, name).click();

// The labeler on the mug, or on `image`, once the picture is there.
async function label(t, { image = MUG, words = [], out = folder(t), ...options } = {}) {
  const process = await facet(t, "label", "--image", image, "--output_dir", out, "--no_open", ...words);
  const page = await open(t, browser, process.url, options);
  await says(page, /Click on the object|saved mask is loaded/);
  return { ...process, page, out, mask: join(out, "mug_mask.png") };
}

// Turns places of the mug into places of the window, as the canvas shows it at first: whole.
async function places(page, side = SIDE) {
  const box = await page.locator("#image").boundingBox();
  return (x, y) => [box.x + (x / side) * box.width, box.y + (y / side) * box.height];
}

async function drag(page, from, to, button = "left") {
  await page.mouse.move(...from);
  await page.mouse.down({ button });
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await page.mouse.move(...to);
  await page.mouse.up({ button });
}

async function polygon(page, at, corners) {
  for (const c of corners.slice(0, -1)) await page.mouse.click(...at(...c));
  await page.mouse.dblclick(...at(...corners.at(-1)));
}

async function save(page, file) {
  await press(page, "Save");
  await says(page, /^Saved/);
  return readMask(file);
}

// What has been sent to the segmenter, answered by `answer(prompt)` instead of by the server.
async function segmenter(page, answer) {
  const prompts = [];
  await page.route("**/segment", async (route) => {
    const prompt = route.request().postDataJSON();
    prompts.push(prompt);
    await route.fulfill({ json: await answer(prompt) }).catch(() => {}); // given up by the page meanwhile
  });
  return prompts;
}

// Runs of a rectangle in the mug's picture.
function rectangle(x0, y0, x1, y1) {
  const runs = [y0 * SIDE + x0];
  for (let y = y0; y < y1; y++) runs.push(x1 - x0, y + 1 < y1 ? SIDE - (x1 - x0) : SIDE * SIDE - y * SIDE - x1);
  return runs;
}
const one = (runs, score = 0.9) => ({ best: 0, masks: [{ score, runs }] });

function expected(...shapes) {
  const data = new Uint8Array(SIDE * SIDE);
  for (const [value, shape] of shapes) shape((y, x0, x1) => data.fill(value, y * SIDE + x0, y * SIDE + x1));
  return { width: SIDE, height: SIDE, data };
}

// All pixels but those whose centres lie on the border to within what a screen pixel is in the picture.
const close = (a, b) => assert.ok(overlap(a, b) > 0.985, `the masks overlap by ${overlap(a, b)}`);
const area = (m) => m.data.reduce((n, v) => n + (v > 127), 0);

// ---- the whole of it -----------------------------------------------------------------------------------------------

test("a box gives the mug's mask, a polygon is subtracted and undone, and what is saved is the mug", async (t) => {
  const { page, mask } = await label(t, { words: ["--segmenter", "grabcut"] });
  const at = await places(page);
  await press(page, "Box");
  await drag(page, at(188, 162), at(902, 852));
  await press(page, "Generate");
  await says(page, /Mask made/);
  const whole = await save(page, mask);
  await press(page, "Polygon");
  await press(page, "Subtract");
  await polygon(page, at, [[300, 480], [520, 480], [520, 720], [300, 720]]);
  await press(page, "Apply");
  const cut = await save(page, mask);
  assert.equal(cut.data[600 * SIDE + 400], 0);
  await press(page, "Undo");
  const again = await save(page, mask);
  assert.deepEqual(again.data, whole.data);
  assert.ok(overlap(again, readMask(TRUE_MASK)) >= 0.97, `the mug's mask overlaps by ${overlap(again, readMask(TRUE_MASK))}`);
});

test("the keyboard alone does it: cursor, box, Generate, Save", async (t) => {
  const { page, mask } = await label(t);
  const prompts = await segmenter(page, () => one(rectangle(200, 170, 890, 840)));
  const go = async (key, times) => {
    for (let i = 0; i < times; i++) await page.keyboard.press(key);
  };
  await page.keyboard.press("x");
  await go("ArrowLeft", 12);
  await go("ArrowUp", 10);
  await page.keyboard.press("c");
  await go("ArrowRight", 22);
  await go("ArrowDown", 18);
  await page.keyboard.press("c");
  await page.keyboard.press("Space");
  await says(page, /Mask made/);
  const [x0, y0, x1, y1] = prompts.at(-1).box;
  assert.ok(x0 < 512 && y0 < 512 && x1 > 512 && y1 > 512, `a box around the middle: ${[x0, y0, x1, y1]}`);
  await page.keyboard.press("q");
  await go("Shift+ArrowRight", 1);
  await page.keyboard.press("n");
  await says(page, /Mask made/);
  assert.equal(prompts.at(-1).points[0][2], 0);
  assert.ok(Math.abs(prompts.at(-1).points[0][0] - x1 - 1) < 0.01);
  await page.keyboard.press("Enter");
  await says(page, /^Saved/);
  assert.deepEqual(area(readMask(mask)), 690 * 670);
});

test("every tool has its button, and the status and the picture can be found", async (t) => {
  const { page } = await label(t);
  for (const name of ["Generate", "Save", "Reset", "Undo", "Redo", "Polygon", "Add", "Subtract", "Preview", "Apply",
    "Hide/Show", "Box", "Brush", "Eraser"]) {
    assert.equal(await page.getByRole("button", { name }).count(), 1, name); // also as a part of a name
    assert.equal(await button(page, name).count(), 1, name);
  }
  assert.equal(await page.locator("canvas#image").count(), 1);
  assert.equal(await page.getByRole("status").count(), 1);
  assert.equal(await page.locator("[style], script:not([src])").count() <= 1, true); // the canvas has its size from script
  assert.match(await page.locator("#segmenter").textContent(), /GrabCut|Segment Anything|SAM/);
});

// ---- prompts -------------------------------------------------------------------------------------------------------

test("left is on the object, right is beside it, the middle button draws a box", async (t) => {
  const { page } = await label(t);
  const prompts = await segmenter(page, () => one(rectangle(0, 0, 9, 9)));
  const at = await places(page);
  await page.mouse.click(...at(400, 500));
  await page.mouse.click(...at(100, 200), { button: "right" });
  await drag(page, at(200, 170), at(900, 840), "middle");
  await until(() => prompts.at(-1)?.box, "the box was sent");
  const { points, box } = prompts.at(-1);
  const near = (a, b) => a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < 2);
  assert.ok(near(points[0], [400, 500, 1]) && near(points[1], [100, 200, 0]), JSON.stringify(points));
  assert.ok(near(box, [200, 170, 900, 840]), JSON.stringify(box));
});

test("of several prompts the newest answer stays, and each is undone alone", async (t) => {
  const { page, mask } = await label(t);
  let answerFirst;
  const held = new Promise((resolve) => (answerFirst = resolve));
  const prompts = await segmenter(page, async ({ points: p }) => {
    if (p.length === 1) await held; // the first answer comes last
    return one(rectangle(0, 0, 10 * p.length, 10));
  });
  const at = await places(page);
  await page.mouse.click(...at(400, 500));
  await until(() => prompts.length === 1, "the first prompt was sent");
  await page.mouse.click(...at(500, 500));
  await says(page, /Mask made/);
  answerFirst();
  await new Promise((r) => setTimeout(r, 500)); // time for it to do harm
  assert.equal(area(await save(page, mask)), 200);
  await page.keyboard.press("u");
  assert.equal(area(await save(page, mask)), 0);
  await page.keyboard.press("y");
  assert.equal(area(await save(page, mask)), 200);
});

test("one of three masks is chosen by its score, and handwork stays on top", async (t) => {
  const { page, mask } = await label(t);
  const masks = [[0, 0, 20, 20], [0, 0, 30, 30], [0, 0, 40, 40]].map((r, i) => ({ score: [0.5, 0.91, 0.7][i], runs: rectangle(...r) }));
  await segmenter(page, () => ({ best: 1, masks }));
  const at = await places(page);
  await page.mouse.click(...at(15, 15));
  await says(page, /Mask made/);
  assert.deepEqual(await page.getByRole("radio").allTextContents(), ["0.50", "0.91", "0.70"]);
  assert.equal(area(await save(page, mask)), 900);
  await page.getByRole("radio").nth(2).click();
  assert.equal(area(await save(page, mask)), 1600);
  await press(page, "Polygon");
  await polygon(page, at, [[600, 600], [700, 600], [700, 700], [600, 700]]);
  await page.keyboard.press("1");
  assert.ok(Math.abs(area(await save(page, mask)) - 400 - 10000) < 400);
  await page.keyboard.press("u");
  assert.ok(Math.abs(area(await save(page, mask)) - 1600 - 10000) < 400);
});

const near = (a, b, slack = 2) => a.length === b.length && a.every((v, i) => Math.abs(v - b[i]) < slack);

test("points and the box are dragged, deleted and brought back by undo", async (t) => {
  const { page } = await label(t);
  const prompts = await segmenter(page, ({ points: p, box }) => one(rectangle(0, 0, 10 + p.length, box ? 10 : 20)));
  const at = await places(page), last = () => prompts.at(-1);
  const sent = async (what, check) => until(() => prompts.length && check(last()), () => `${what}; it is ${JSON.stringify(last())}`);
  await page.mouse.click(...at(400, 500));
  await page.mouse.click(...at(120, 200), { button: "right" });
  await drag(page, at(200, 170), at(800, 740), "middle");
  await sent("the prompt is there", (p) => p.points.length === 2 && p.box);
  // A point, a corner, a side, and the box by its border.
  await drag(page, at(400, 500), at(480, 560));
  await sent("the point is moved", (p) => near(p.points[0], [480, 560, 1]) && near(p.points[1], [120, 200, 0]));
  await page.mouse.move(...at(800, 740));
  await page.mouse.down();
  await page.mouse.move(...at(850, 790));
  await page.mouse.move(...at(900, 840));
  await sent("the mask follows while the corner is moved", (p) => near(p.box, [200, 170, 900, 840]));
  await page.mouse.up();
  await sent("the corner is moved", (p) => near(p.box, [200, 170, 900, 840]));
  await page.keyboard.press("u");
  await page.keyboard.press("Space");
  await sent("the move is one step", (p) => near(p.box, [200, 170, 800, 740]));
  await drag(page, at(800, 740), at(900, 840));
  await sent("the corner is moved again", (p) => near(p.box, [200, 170, 900, 840]));
  await drag(page, at(200, 505), at(150, 600));
  await sent("the left side is moved", (p) => near(p.box, [150, 170, 900, 840]));
  await drag(page, at(350, 170), at(370, 130));
  await sent("the box is moved", (p) => near(p.box, [170, 130, 920, 800]));
  // A corner beyond the other one turns the box over; it stays in the picture.
  await drag(page, at(170, 130), at(1020, 1000));
  await sent("the box is turned over", (p) => near(p.box, [920, 800, 1020, 1000]));
  await page.keyboard.press("u");
  await says(page, /Undone: moved box/);
  await page.keyboard.press("Space");
  await sent("it is turned back", (p) => near(p.box, [170, 130, 920, 800]));
  // Alt and a click deletes; so does Delete where one is selected.
  await page.keyboard.down("Alt");
  await page.mouse.click(...at(120, 200));
  await page.keyboard.up("Alt");
  await sent("the point beside is deleted", (p) => p.points.length === 1 && p.points[0][2] === 1);
  await says(page, /Mask made/);
  await page.mouse.click(...at(480, 560));
  await says(page, /Point 1 of 1/);
  await page.keyboard.press("Delete");
  await sent("no point is left", (p) => p.points.length === 0 && p.box);
  await says(page, /Mask made/);
  await page.mouse.click(...at(370, 130));
  await says(page, /^Box selected/);
  await press(page, "Delete");
  await until(async () => (await button(page, "Generate").getAttribute("aria-disabled")) === "true", "nothing is marked");
  for (let i = 0; i < 3; i++) await page.keyboard.press("u");
  await page.keyboard.press("Space");
  await sent("all are back", (p) => p.points.length === 2 && near(p.box, [170, 130, 920, 800]));
});

test("the keyboard selects a mark, moves it in one step and deletes it", async (t) => {
  const { page } = await label(t);
  const prompts = await segmenter(page, () => one(rectangle(0, 0, 10, 10)));
  const at = await places(page), sent = async (what, check) => until(() => prompts.length && check(prompts.at(-1)), () => `${what}; it is ${JSON.stringify(prompts.at(-1))}`);
  await drag(page, at(200, 170), at(800, 740), "middle");
  await page.mouse.click(...at(400, 500));
  await sent("both are there", (p) => p.points.length === 1 && p.box);
  await says(page, /Mask made/);
  await page.keyboard.press("m");
  await says(page, /Point 1 of 1/);
  for (let i = 0; i < 5; i++) await page.keyboard.press("Shift+ArrowRight");
  await sent("the point is moved by five pixels", (p) => near(p.points[0], [405, 500, 1]));
  await page.keyboard.press("u");
  await page.keyboard.press("Space");
  await sent("one undo takes all five back", (p) => near(p.points[0], [400, 500, 1]));
  await page.keyboard.press("m");
  await page.keyboard.press("m");
  await says(page, /Top left corner of the box/);
  for (let i = 0; i < 10; i++) await page.keyboard.press("Shift+ArrowUp");
  await sent("the corner is moved", (p) => near(p.box, [200, 160, 800, 740]));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Shift+ArrowUp");
  await says(page, /Cursor at/);
  for (let i = 0; i < 2; i++) await page.keyboard.press("m");
  await says(page, /^Box selected/);
  await page.keyboard.press("Backspace");
  await sent("the box is deleted", (p) => p.box === null && p.points.length === 1);
});

test("a finger drags a point and the box", async (t) => {
  const { page } = await label(t, { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });
  const prompts = await segmenter(page, () => one(rectangle(0, 0, 10, 10)));
  const at = await places(page), client = await page.context().newCDPSession(page);
  const swipe = async (from, to) => {
    const touch = (type, p) => client.send("Input.dispatchTouchEvent", { type, touchPoints: p ? [{ x: p[0], y: p[1] }] : [] });
    await touch("touchStart", from);
    for (let i = 1; i <= 4; i++) await touch("touchMove", [from[0] + ((to[0] - from[0]) * i) / 4, from[1] + ((to[1] - from[1]) * i) / 4]);
    await touch("touchEnd");
  };
  const sent = async (what, check) => until(() => prompts.length && check(prompts.at(-1)), () => `${what}; it is ${JSON.stringify(prompts.at(-1))}`);
  await page.touchscreen.tap(...at(500, 500));
  await button(page, "Box").tap();
  await swipe(at(200, 170), at(800, 740));
  await sent("both are there", (p) => p.points.length === 1 && p.box);
  await swipe(at(500, 500), at(600, 400)); // also with Box chosen a point is a point
  await sent("the point is moved", (p) => near(p.points[0], [600, 400, 1], 8));
  await swipe(at(800, 740), at(900, 840));
  await sent("the corner is moved", (p) => near(p.box, [200, 170, 900, 840], 8));
  await page.touchscreen.tap(...at(600, 400));
  await button(page, "Delete").tap();
  await sent("the point is deleted", (p) => p.points.length === 0 && p.box);
});

test("with Live off the mask is made by Space alone", async (t) => {
  const { page } = await label(t);
  const prompts = await segmenter(page, () => one(rectangle(0, 0, 9, 9)));
  const at = await places(page);
  await page.getByRole("checkbox", { name: /Live/ }).uncheck();
  await page.mouse.click(...at(400, 500));
  await new Promise((r) => setTimeout(r, 500)); // time to send one wrongly
  assert.equal(prompts.length, 0);
  await page.keyboard.press("Space");
  await says(page, /Mask made/);
  assert.equal(prompts.length, 1);
});

test("a brush stroke alone tells the segmenter where the object is", async (t) => {
  const { page } = await label(t);
  const prompts = await segmenter(page, () => one(rectangle(0, 0, 9, 9)));
  const at = await places(page);
  assert.equal(await button(page, "Generate").getAttribute("aria-disabled"), "true");
  await press(page, "Brush");
  await drag(page, at(300, 300), at(700, 300));
  await press(page, "Generate");
  await says(page, /Mask made/);
  const { points, box, object, background } = prompts.at(-1);
  assert.deepEqual([points, box, background], [[], null, null]);
  assert.equal(object.reduce((a, b) => a + b), SIDE * SIDE);
  await page.keyboard.press("u");
  await page.keyboard.press("u");
  assert.equal(await button(page, "Generate").getAttribute("aria-disabled"), "true");
});

// ---- handwork ------------------------------------------------------------------------------------------------------

test("polygons add and subtract in their order; undo, redo, cancel and reset", async (t) => {
  const { page, mask } = await label(t);
  const at = await places(page);
  const big = [[200, 200], [800, 220], [780, 800], [220, 780]], hole = [[400, 400], [600, 400], [600, 600], [400, 600]];
  const filled = expected([255, (s) => polygonSpans(big, SIDE, SIDE, s)]);
  const holed = expected([255, (s) => polygonSpans(big, SIDE, SIDE, s)], [0, (s) => polygonSpans(hole, SIDE, SIDE, s)]);
  await page.keyboard.press("p");
  await polygon(page, at, big);
  await page.keyboard.press("s");
  await polygon(page, at, hole);
  close(await save(page, mask), holed); // also without Apply
  await page.keyboard.press("t");
  assert.equal(await button(page, "Preview").getAttribute("aria-pressed"), "true");
  await press(page, "Apply");
  close(await save(page, mask), holed);
  await page.keyboard.press("u");
  close(await save(page, mask), filled);
  await page.keyboard.press("y");
  close(await save(page, mask), holed);
  for (const leave of [() => page.keyboard.press("Escape"), () => page.mouse.click(...at(500, 300), { button: "right" })]) {
    await page.mouse.click(...at(100, 100));
    await page.mouse.click(...at(900, 100));
    await leave();
    await says(page, /cancelled/);
    close(await save(page, mask), holed);
  }
  await page.keyboard.press("r");
  assert.equal(area(await save(page, mask)), 0);
  await page.keyboard.press("a");
  for (const c of big) await page.mouse.click(...at(...c));
  await page.mouse.dblclick(...at(...big[0])); // its first click closes, its second one does nothing
  await says(page, /Polygon closed/);
  close(await save(page, mask), filled);
  await page.keyboard.press("u");
  await page.keyboard.press("u");
  close(await save(page, mask), holed);
});

test("brush and eraser work to the pixel, also zoomed in", async (t) => {
  const { page, mask } = await label(t);
  const at = await places(page);
  await press(page, "Brush");
  await drag(page, at(300, 300), at(700, 300));
  const size = Number((await page.locator("[data-text=brush]").textContent()).split(" ")[0]);
  const stroke = expected([255, (s) => strokeSpans([300, 300], [700, 300], size / 2, SIDE, SIDE, s)]);
  close(await save(page, mask), stroke);
  await press(page, "Eraser");
  await drag(page, at(500, 200), at(500, 400));
  const crossed = await save(page, mask);
  assert.equal(crossed.data[300 * SIDE + 500], 0);
  assert.equal(crossed.data[300 * SIDE + 400], 255);
  await page.keyboard.press("u");
  close(await save(page, mask), stroke);
  await page.keyboard.press("y");
  assert.deepEqual((await save(page, mask)).data, crossed.data);
  await page.mouse.move(...at(512, 512));
  for (let i = 0; i < 20; i++) await page.mouse.wheel(0, -200);
  await until(async () => parseInt(await page.locator("#zoom").textContent(), 10) > 1000, "it is zoomed in");
  await page.keyboard.press("b");
  for (let i = 0; i < 60; i++) await page.keyboard.press("[");
  await page.mouse.click(...at(512.4, 512.4)); // the zoom keeps this place where it is
  const dot = await save(page, mask);
  assert.equal(area(dot) - area(crossed), 1);
  assert.equal(dot.data[512 * SIDE + 512], 255);
});

test("the mask is hidden and shown, and opacity changes the picture", async (t) => {
  const { page } = await label(t);
  const at = await places(page);
  await press(page, "Brush");
  await drag(page, at(300, 300), at(700, 300));
  await page.mouse.move(5, 5);
  await press(page, "Points");
  const look = () => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const c = document.getElementById("image");
    resolve([...c.getContext("2d").getImageData(c.width * 0.45, c.height * (300 / 1024), 1, 1).data].join());
  }))));
  const shown = await look();
  await press(page, "Hide/Show");
  const hidden = await look();
  assert.notEqual(shown, hidden);
  await page.keyboard.press("v");
  assert.equal(await look(), shown);
  await page.getByRole("slider", { name: "Opacity" }).fill("0");
  assert.equal(await look(), hidden);
});

// ---- several pictures, and the end ---------------------------------------------------------------------------------

function album(t) {
  const dir = folder(t), out = join(dir, "masks");
  for (const name of ["a.png", "b.png", "c.png"]) copyFileSync(MUG, join(dir, name));
  return { dir, out };
}

test("pictures come one after the other, and a later start goes on at the first without a mask", async (t) => {
  const { dir, out } = album(t);
  const first = await label(t, { image: dir, out });
  const at = await places(first.page);
  await press(first.page, "Brush");
  await drag(first.page, at(300, 300), at(700, 300));
  await press(first.page, "Save");
  await says(first.page, /^Saved .*b\.png: Click/);
  assert.equal(await first.page.locator("#picture-list [aria-current=true] .file").textContent(), "b.png");
  assert.deepEqual(await first.page.locator("#picture-list .mark").allTextContents(), ["✓ done", "", ""]);
  const painted = readMask(join(out, "a_mask.png"));
  assert.ok(area(painted) > 0);
  first.kill("SIGINT");
  assert.equal(await first.exit, 130);

  const second = await label(t, { image: dir, out });
  assert.match(await second.page.locator("#name").textContent(), /b\.png \(2 of 3/);
  await second.page.locator("#picture-list button").first().click();
  await says(second.page, /saved mask is loaded/);
  await press(second.page, "Save");
  await says(second.page, /^Saved/);
  assert.deepEqual(readMask(join(out, "a_mask.png")).data, painted.data);
});

test("a photo that cannot be read is passed over, and a mask of another size is said and replaced", async (t) => {
  const { dir, out } = album(t);
  writeFileSync(join(dir, "b.png"), "no picture");
  mkdirSync(out);
  copyFileSync(join(source, "tests/fixtures/vision/codecs/good/gray1.png"), join(out, "c_mask.png"));
  const { page } = await label(t, { image: dir, out });
  assert.deepEqual(await page.locator("#picture-list .mark").allTextContents(), ["", "unreadable", "✓ done"]);
  await page.locator("#picture-list button").nth(1).click();
  await says(page, /b\.png/);
  assert.match(await page.locator("#name").textContent(), /a\.png/);
  await page.locator("#picture-list button").nth(2).click();
  await says(page, /saving replaces it/);
  await press(page, "Save");
  await says(page, /^Saved .*c_mask\.png\. a\.png/);
  assert.equal(readMask(join(out, "c_mask.png")).width, SIDE);
});

test("--once ends facet when the mask is saved", async (t) => {
  const { page, exit, mask } = await label(t, { words: ["--once"] });
  const at = await places(page);
  await press(page, "Brush");
  await drag(page, at(300, 300), at(700, 300));
  await press(page, "Save");
  assert.equal(await exit, 0);
  assert.ok(area(readMask(mask)) > 0);
  await says(page, /^Saved/);
  await until(async () => /can be closed/.test(await page.locator("#notice").textContent()), "the page says that it is over");
});

test("--once with a folder ends with its last picture", async (t) => {
  const { dir, out } = album(t);
  const { page, exit } = await label(t, { image: dir, out, words: ["--once"] });
  for (const next of [/b\.png: Click/, /c\.png: Click/]) {
    await press(page, "Save");
    await says(page, next);
  }
  await press(page, "Save");
  assert.equal(await exit, 0);
  for (const name of ["a", "b", "c"]) assert.ok(existsSync(join(out, `${name}_mask.png`)));
});

test("leaving with an unsaved mask asks first, with a saved one it does not", async (t) => {
  const { page, mask } = await label(t);
  const at = await places(page);
  await press(page, "Brush");
  await drag(page, at(300, 300), at(700, 300));
  assert.equal(await page.locator("#unsaved").isVisible(), true);
  let asked = 0;
  page.on("dialog", (d) => {
    asked++;
    d.dismiss();
  });
  await page.close({ runBeforeUnload: true });
  await until(() => asked === 1, "it asked");
  await save(page, mask);
  assert.equal(await page.locator("#unsaved").isVisible(), false);
  await page.close({ runBeforeUnload: true });
  await until(() => page.isClosed(), "the page is closed");
  assert.equal(asked, 1);
});

test("when facet is gone the page says so and keeps the mask", async (t) => {
  const { page, kill, exit } = await label(t);
  const at = await places(page);
  await press(page, "Brush");
  await drag(page, at(300, 300), at(700, 300));
  kill("SIGTERM");
  await exit;
  await press(page, "Save");
  await says(page, /Not saved: .*still running/);
  assert.equal(await page.locator("#unsaved").isVisible(), true);
});

// ---- other windows -------------------------------------------------------------------------------------------------

test("on a phone it works with fingers: tap, pinch, brush, save", async (t) => {
  const { page, mask } = await label(t, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  const prompts = await segmenter(page, () => one(rectangle(100, 100, 300, 300)));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  for (const name of ["Generate", "Save", "Undo", "Polygon", "Brush"])
    assert.ok((await button(page, name).boundingBox()).height >= 44, `${name} is large enough for a finger`);
  const at = await places(page);
  await page.touchscreen.tap(...at(400, 500));
  await says(page, /Mask made/);
  assert.deepEqual(prompts.at(-1).points.map((p) => p[2]), [1]);

  const touch = await page.context().newCDPSession(page);
  const fingers = (type, ...points) =>
    touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const [cx, cy] = at(512, 512);
  await fingers("touchStart", [cx - 20, cy]);
  await fingers("touchStart", [cx - 20, cy], [cx + 20, cy]);
  for (let d = 30; d <= 90; d += 10) await fingers("touchMove", [cx - d, cy], [cx + d, cy]);
  await fingers("touchEnd");
  const zoom = parseInt(await page.locator("#zoom").textContent(), 10);
  const fit = Math.round((100 * 390) / SIDE);
  assert.ok(zoom > 3 * fit, `pinched to ${zoom}% from ${fit}%`);
  assert.equal(prompts.at(-1).points.length, 1); // a pinch is no tap

  await button(page, "Fit").tap();
  await button(page, "Polygon").tap();
  for (const [x, y] of [[700, 700], [900, 700], [900, 900], [700, 900]]) await page.touchscreen.tap(...at(x, y));
  await button(page, "Close").tap();
  await says(page, /Polygon closed/);
  await page.touchscreen.tap(...at(50, 50));
  await button(page, "Cancel").tap();
  await says(page, /cancelled/);
  assert.equal(await button(page, "Cancel").count(), 0);
  await button(page, "Brush").tap();
  await fingers("touchStart", at(500, 600));
  for (let x = 520; x <= 700; x += 20) await fingers("touchMove", at(x, 600));
  await fingers("touchEnd");
  await button(page, "Save").tap();
  await says(page, /^Saved/);
  const m = readMask(mask);
  assert.equal(m.data[600 * SIDE + 600], 255); // the stroke
  assert.equal(m.data[800 * SIDE + 800], 255); // the polygon
  assert.equal(m.data[200 * SIDE + 200], 255); // the segmenter's mask
  assert.ok(area(m) > 200 * 200);
});

test("the whole picture stays in sight when the window changes, and the zoom says so", async (t) => {
  const { page } = await label(t);
  const zoom = async () => parseInt(await page.locator("#zoom").textContent(), 10);
  const wide = await zoom();
  await page.setViewportSize({ width: 844, height: 390 });
  await until(async () => (await zoom()) < wide / 2, "the zoom has changed");
  const picture = await page.locator("#image").boundingBox();
  assert.ok(picture.y >= 0 && picture.y + picture.height <= 390, JSON.stringify(picture));
  assert.ok(Math.abs(picture.width - picture.height) < 2); // the mug is square
  const save = await button(page, "Save").boundingBox();
  assert.ok(save.y + save.height <= 390, "Save is in sight");
});

test("it is dark where the system is dark, and texts can be read in both", async (t) => {
  const luminance = (rgb) => {
    const [r, g, b] = rgb.match(/[\d.]+/g).map((v) => {
      const c = v / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await label(t, { colorScheme });
    const colours = await page.evaluate(() => {
      const ground = (e) => {
        for (; e; e = e.parentElement) {
          const c = getComputedStyle(e).backgroundColor;
          if (!/, 0\)$/.test(c)) return c;
        }
        return "rgb(255, 255, 255)";
      };
      const body = getComputedStyle(document.body).backgroundColor;
      const texts = [...document.querySelectorAll("button, h1, h2, p, summary, dd, kbd, label, .caption")]
        .filter((e) => e.offsetParent && e.getAttribute("aria-disabled") !== "true" && e.closest("[aria-disabled=true]") === null)
        .map((e) => [e.textContent.trim().slice(0, 20), getComputedStyle(e).color, ground(e)]);
      return { body, texts };
    });
    assert.equal(luminance(colours.body) < 0.2, colorScheme === "dark");
    for (const [text, ink, paper] of colours.texts) {
      const [a, b] = [luminance(ink), luminance(paper)].sort((x, y) => y - x);
      const contrast = (a + 0.05) / (b + 0.05);
      assert.ok(contrast >= 4.5, `${colorScheme}: "${text}" has a contrast of ${contrast.toFixed(2)}`); // WCAG 2, AA
    }
  }
});
