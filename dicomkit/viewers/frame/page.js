// Replaces the kernel: a model whose answers are stored in this page.
const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("dicomkit-page")).textContent ?? "");

/** @param {string} base64 */
function bytesOf(base64) {
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
  /** @type {Map<string, ((...values: any[]) => void)[]>} */
  const listeners = new Map();
  const call = (/** @type {string} */ event, /** @type {any[]} */ ...values) => [...(listeners.get(event) ?? [])].forEach((listener) => listener(...values));
  return {
    hasKernel: false,
    get: (name) => viewer.state[name],
    set(name, value) {
      viewer.state[name] = value;
      call(`change:${name}`, { new: value });
    },
    save_changes() {},
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    },
    off(event, listener) {
      listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== listener));
    },
    send(/** @type {any} */ { request, ...question }) {
      const problem = { content: { problem: "this page has no kernel to ask" }, buffers: [] };
      const answer = answers.get(keyOf(question)) ?? problem;
      const text = new TextEncoder().encode(JSON.stringify(answer.content));
      const buffers = [text, ...answer.buffers.map(bytesOf)];
      const views = buffers.map((bytes) => new DataView(bytes.buffer));
      queueMicrotask(() => call("msg:custom", { request, last: true }, views));
    },
  };
}

/** @type {import("./frame.js").Model[]} */
const models = [];
Object.assign(window, { dicomkitViewers: models });
for (const viewer of page.viewers) {
  const el = document.createElement("section");
  /** @type {HTMLElement} */ (document.getElementById("dicomkit-viewers")).append(el);
  const address = URL.createObjectURL(new Blob([viewer.code], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  URL.revokeObjectURL(address);
  const model = modelOf(viewer);
  models.push(model);
  await widget.initialize?.({ model });
  await widget.render({ model, el });
}
document.body.dataset.ready = "true";
