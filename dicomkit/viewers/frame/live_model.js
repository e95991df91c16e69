// Replaces a notebook: a model with the traits of a viewer, which passes its questions on and delivers the answers.

/**
 * @typedef {{viewer: number, name: string, code: string, css?: string, state: Record<string, unknown>, description: string}} Front
 * @typedef {{request: string, buffers: Uint8Array[]}} Answered
 * @typedef {{model: import("./frame.js").Model, answer: (answered: Answered) => void}} Live
 */

/** Return a model for a viewer's front end, and the function that delivers answers to it.
 *  @param {Front} front
 *  @param {(question: {viewer: number, request: string, question: string, buffers: unknown[]}) => void} send
 *  @returns {Live} */
export function liveModel(front, send) {
  /** @type {Map<string, ((...values: any[]) => void)[]>} */
  const listeners = new Map();
  /** @param {string} event @param {any[]} values */
  const call = (event, ...values) => [...(listeners.get(event) ?? [])].forEach((listener) => listener(...values));
  return {
    model: {
      hasKernel: false, // nothing can be uploaded: files are dropped on a page, if at all, not on a viewer
      get: (name) => front.state[name],
      set(name, value) {
        front.state[name] = value;
        call(`change:${name}`, { new: value });
      },
      save_changes() {},
      on(event, listener) {
        listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      },
      off(event, listener) {
        listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== listener));
      },
      send(/** @type {any} */ { request, ...question }, _callbacks, buffers = []) {
        send({ viewer: front.viewer, request, question: JSON.stringify(question), buffers });
      },
    },
    answer({ request, buffers }) {
      const views = buffers.map((bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      call("msg:custom", { request, last: true }, views);
    },
  };
}

/** Draw a viewer in an element.
 *  @param {Front} front @param {import("./frame.js").Model} model @param {HTMLElement} el */
export async function draw(front, model, el) {
  if (front.css) {
    const style = document.createElement("style");
    style.textContent = front.css;
    el.append(style);
  }
  const address = URL.createObjectURL(new Blob([front.code], { type: "text/javascript" }));
  const { default: widget } = await import(address);
  URL.revokeObjectURL(address);
  await widget.initialize?.({ model });
  return widget.render({ model, el });
}
