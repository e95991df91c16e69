// The wall as a page of its own: questions go over HTTP to the program that has opened the room, instead of to a kernel.

import { isCommand } from "../frame/frame.js";
import { draw, liveModel } from "../frame/live_model.js";

/** @typedef {import("../frame/live_model.js").Front & {problem?: string}} Front */

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Ask, and return the pieces of the answer, each of which follows its length.
 *  @param {object} question @returns {Promise<Uint8Array[]>} */
async function post(question) {
  const answer = await fetch("ask", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const view = new DataView(bytes.buffer);
  const pieces = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at);
    pieces.push(bytes.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return pieces;
}

/** @param {Front} front @returns {import("../frame/live_model.js").Live} */
function asked(front) {
  const live = liveModel(front, async ({ viewer, request, question }) => {
    try {
      live.answer({ request, buffers: await post({ viewer, question: JSON.parse(question) }) });
      element("lost").hidden = true;
    } catch {
      element("lost").hidden = false;
      // The room may be opened again at another address; the present content stays.
    }
  });
  return live;
}

class WallPage {
  constructor() {
    this.opened = 0; // counts what was opened, so that what comes late is not drawn
    /** @type {(() => void) | undefined} */
    this.close = undefined;
  }

  async start() {
    const front = JSON.parse(element("front").textContent ?? "");
    front.state.opens = "the buttons above, or the keys I, M and L, open what came";
    const { model } = asked(front);
    this.model = model;
    model.on("change:selection", () => this.mark());
    for (const button of element("opens").querySelectorAll("button")) button.addEventListener("click", () => this.open(button.value));
    element("back").addEventListener("click", () => this.back());
    document.addEventListener("keydown", (event) => this.key(event));
    await draw(front, model, element("wall"));
    element("wall").querySelector(".dk-bar")?.append(element("opens"));
    this.mark();
    document.body.dataset.ready = "true";
  }

  title() {
    const chosen = element("wall").querySelector('[role="option"][aria-selected="true"]');
    return chosen?.getAttribute("data-title") ?? "";
  }

  mark() {
    const isChosen = Boolean(this.model?.get("selection"));
    for (const button of element("opens").querySelectorAll("button")) button.disabled = !isChosen;
  }

  /** @param {string} kind */
  async open(kind) {
    const title = this.title();
    if (!title) return;
    this.leave();
    const number = this.opened;
    const [text] = await post({ open: kind, title });
    if (number !== this.opened) return;
    const front = JSON.parse(new TextDecoder().decode(text));
    element("what").textContent = `${title}: ${kind}`;
    element("problem").textContent = front.problem ?? "";
    if (!front.problem) this.close = await draw(front, asked(front).model, element("shown"));
    element("back").before(element("opens"));
    element("wall").hidden = true;
    element("opened").hidden = false;
    element("back").focus();
    document.body.dataset.shows = kind;
  }

  leave() {
    this.opened += 1;
    this.close?.();
    this.close = undefined;
    element("shown").replaceChildren();
    delete document.body.dataset.shows;
  }

  back() {
    this.leave();
    element("wall").querySelector(".dk-bar")?.append(element("opens"));
    element("opened").hidden = true;
    element("wall").hidden = false;
    /** @type {HTMLElement | null} */ (element("wall").querySelector('[role="listbox"]'))?.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (isCommand(event)) return;
    if (event.key === "Escape" && !element("opened").hidden) this.back();
    if (!element("opened").hidden) return; // its letters are the viewer's
    const kind = { i: "images", m: "metadata", l: "ladder" }[event.key.toLowerCase()];
    if (kind) this.open(kind);
  }
}

export default new WallPage().start();
