// Replaces the kernel: the answers to a viewer's questions are stored in this page.

import { draw, liveModel } from "./live_model.js";

const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("dicomkit-page")).textContent ?? "");

/** @param {string} base64 */
function decoded(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Return a question as text; equal questions have the same text.
 *  @param {object} question */
function keyOf(question) {
  return JSON.stringify(Object.entries(question).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** @param {any} viewer @returns {import("./frame.js").Model} */
function modelOf(viewer) {
  const answers = new Map(viewer.answers.map((/** @type {any} */ answer) => [keyOf(answer.question), answer]));
  const live = liveModel(viewer, ({ request, question }) => {
    const problem = { content: { problem: "this page has no kernel to ask" }, buffers: [] };
    const answer = answers.get(keyOf(JSON.parse(question))) ?? problem;
    const text = new TextEncoder().encode(JSON.stringify(answer.content));
    queueMicrotask(() => live.answer({ request, buffers: [text, ...answer.buffers.map(decoded)] }));
  });
  return live.model;
}

/** @type {import("./frame.js").Model[]} */
const models = [];
Object.assign(window, { dicomkitViewers: models });
for (const viewer of page.viewers) {
  const el = document.createElement("section");
  /** @type {HTMLElement} */ (document.getElementById("dicomkit-viewers")).append(el);
  const model = modelOf(viewer);
  models.push(model);
  await draw(viewer, model, el);
}
document.body.dataset.ready = "true";
