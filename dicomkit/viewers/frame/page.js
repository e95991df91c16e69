// The few lines that stand in for a kernel: a model whose answers were stored in this page.
const page = JSON.parse(document.getElementById("dicomkit-page").textContent);

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Write a question so that the same question always gives the same text. */
function keyOf(question) {
  return JSON.stringify(Object.entries(question).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function modelOf(viewer) {
  const answers = new Map(viewer.answers.map((answer) => [keyOf(answer.question), answer]));
  const listeners = new Map();
  const call = (event, ...values) => [...(listeners.get(event) ?? [])].forEach((listener) => listener(...values));
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
    send({ request, ...question }) {
      const problem = { content: { problem: "this page has no kernel to ask" }, buffers: [] };
      const answer = answers.get(keyOf(question)) ?? problem;
      const text = new TextEncoder().encode(JSON.stringify(answer.content));
      const buffers = [text, ...answer.buffers.map(bytesOf)];
      const views = buffers.map((bytes) => new DataView(bytes.buffer));
      queueMicrotask(() => call("msg:custom", { request, last: true }, views));
    },
  };
}

window.dicomkitViewers = [];
for (const viewer of page.viewers) {
  const el = document.createElement("section");
  document.getElementById("dicomkit-viewers").append(el);
  const address = URL.createObjectURL(new Blob([viewer.code], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  URL.revokeObjectURL(address);
  const model = modelOf(viewer);
  window.dicomkitViewers.push(model);
  await widget.initialize?.({ model });
  await widget.render({ model, el });
}
document.body.dataset.ready = "true";
