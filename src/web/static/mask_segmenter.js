// mask_segmenter.js: the segmenter behind the server, asked about one picture.
//
// `ask(path, options)` fetches and throws what the server has to say against it.

// Questions are numbered by the time they were asked: the server answers the newest one and drops those before it.
let lastQuestion = 0;
const nextQuestion = () => (lastQuestion = Math.max(lastQuestion + 1, Date.now()));

// What MaskEditor takes as `segment`, for a picture whose questions go to this path.
export function segmenterAt(ask, path) {
  return async (prompt, signal) => {
    const response = await ask(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        question: nextQuestion(),
        points: prompt.points,
        box: prompt.box,
        object: prompt.strokes.object && Array.from(prompt.strokes.object),
        background: prompt.strokes.background && Array.from(prompt.strokes.background),
      }),
      signal,
    });
    const answer = await response.json();
    return {
      best: answer.best,
      masks: answer.masks.map((m) => ({ score: m.score, runs: Uint32Array.from(m.runs) })),
    };
  };
}

// Show on `chip` what the segmenter does with a picture until it is ready or has failed, or the picture is not the open one any
// more. Returns why it failed, or null.
export async function watchSegmenter(ask, path, title, chip, isOpen) {
  for (;;) {
    const { state, error } = await (await ask(path)).json();
    if (!isOpen()) return null;
    const what = { working: "looking at the picture…", ready: "ready", failed: "not available", waiting: "waiting" }[state];
    chip.dataset.state = state;
    chip.textContent = `${title}: ${what}`;
    chip.title = error ?? "";
    if (state === "ready" || state === "failed") return error ?? null;
    await new Promise((r) => setTimeout(r, 250));
  }
}
