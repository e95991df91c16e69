// Thumbnails of instances, requested one after the other, and only when they are visible.

import { make } from "../frame/frame.js";

/** @typedef {import("../frame/messages.js").SmallPicture & {buffers: DataView[]}} Levels */

export class Pictures {
  /** @param {import("../frame/frame.js").Ask} ask @param {HTMLElement} list */
  constructor(ask, list) {
    this.ask = ask;
    this.isOpen = true;
    /** @type {any[]} the boxes that wait for their thumbnail */
    this.wanted = [];
    this.observer = new IntersectionObserver((seen) => this.want(seen), { root: list, rootMargin: "200px" });
  }

  /** The box of an instance; it is made once for each card.
   *  @param {any} card @param {number} number */
  boxOf(card, number) {
    let box = card.pictures.get(number);
    if (box === undefined) {
      box = make("div", { class: "dk-picture", role: "img", "aria-label": `instance ${number}`, title: `instance ${number}` });
      box.question = { ask: "picture", study: card.study.number, number };
      card.pictures.set(number, box);
      this.observer.observe(box);
    }
    return box;
  }

  /** @param {Iterable<Element>} boxes */
  forget(boxes) {
    for (const box of boxes) this.observer.unobserve(box);
  }

  /** @param {IntersectionObserverEntry[]} seen */
  want(seen) {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      this.observer.unobserve(target);
      this.wanted.push(target);
    }
    this.fetchAll();
  }

  async fetchAll() {
    if (this.isFetching) return;
    this.isFetching = true;
    while (this.isOpen && this.wanted.length) {
      const box = this.wanted.shift();
      /** @type {import("../frame/messages.js").Answer<"picture">} */
      const answer = await this.ask(box.question);
      const why = answer.problem ? "not in this page" : answer.why;
      if (why) {
        box.replaceChildren(make("span", { class: "dk-why", text: why === "covered" ? "▒ covered" : why }));
        box.setAttribute("aria-label", `instance ${box.question.number}, ${why}`);
      } else box.replaceChildren(canvasOf(/** @type {Levels} */ (answer)));
    }
    this.isFetching = false;
  }

  close() {
    this.isOpen = false;
    this.observer.disconnect();
  }
}

/** Draw grey levels or colours as received.
 *  @param {Levels} answer */
export function canvasOf({ rows, columns, samples, buffers: [view] }) {
  const levels = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const canvas = make("canvas", { width: columns, height: rows });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const picture = context.createImageData(columns, rows);
  for (let pixel = 0; pixel < rows * columns; pixel += 1) {
    for (let sample = 0; sample < 3; sample += 1) {
      picture.data[4 * pixel + sample] = levels[samples === 3 ? 3 * pixel + sample : pixel];
    }
    picture.data[4 * pixel + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}
