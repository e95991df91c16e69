// A list of any length of which only the lines that can be seen exist.

import { make } from "../frame/frame.js";

export const ROW = 20; // pixels, for bytes and for the tree
const TALLEST = 8_000_000; // pixels; no browser draws what lies behind 17 to 33 million

/** Lines below each other. `line(index)` makes one. */
export class Lines {
  /** @param {HTMLElement} box @param {(index: number) => HTMLElement} line */
  constructor(box, line) {
    this.box = box;
    this.line = line;
    this.count = 0;
    this.top = 0; // pixels from the first line to what is seen first
    this.scrolled = 0; // where the scroll bar stood when that was found out
    this.onHand = () => {}; // is called when somebody scrolls
    this.space = make("div", { class: "dk-space" });
    box.append(this.space);
    box.addEventListener("scroll", () => this.follow());
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(box);
  }

  /** How far all lines reach, how far the box lets one scroll, and how far the lines then move. */
  get reach() {
    const height = this.count * ROW;
    const seen = this.box.clientHeight;
    return { bar: Math.max(0, Math.min(height, TALLEST) - seen), lines: Math.max(0, height - seen) };
  }

  /** @param {number} count */
  set(count) {
    this.count = count;
    this.space.style.height = `${Math.min(count * ROW, TALLEST)}px`;
    this.draw();
  }

  /** Follow the scroll bar. In a list that is taller than its bar, a wheel moves lines and a drag a share of all. */
  follow() {
    const { bar, lines } = this.reach;
    const scrolled = this.box.scrollTop;
    const step = scrolled - this.scrolled;
    if (!step) return; // it was moved by `reveal`
    const isDrag = Math.abs(step) > 2 * this.box.clientHeight || scrolled <= 0 || scrolled >= bar - 1;
    if (bar === lines) this.top = scrolled;
    else this.top = isDrag ? Math.min(1, scrolled / bar) * lines : Math.min(Math.max(this.top + step, 0), lines);
    this.scrolled = scrolled;
    this.draw();
    this.onHand();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.top / ROW) - 4);
    const last = Math.min(this.count, Math.ceil((this.top + this.box.clientHeight) / ROW) + 4);
    const drawn = [];
    for (let index = first; index < last; index += 1) {
      const line = this.line(index);
      line.style.top = `${this.scrolled + index * ROW - this.top}px`;
      drawn.push(line);
    }
    this.space.replaceChildren(...drawn);
  }

  /** How far below the upper edge a line stands; undefined if it cannot be seen.
   *  @param {number} index @returns {number | undefined} */
  height(index) {
    const height = index * ROW - this.top;
    return height >= 0 && height + ROW <= this.box.clientHeight ? height : undefined;
  }

  /** Bring a line into view; to a certain height if one is given.
   *  @param {number} index @param {number} [height] */
  reveal(index, height) {
    if (height === undefined && this.height(index) !== undefined) return this.draw();
    const { bar, lines } = this.reach;
    this.top = Math.min(Math.max(index * ROW - (height ?? this.box.clientHeight / 3), 0), lines);
    this.box.scrollTop = lines ? (this.top / lines) * bar : 0;
    this.scrolled = this.box.scrollTop;
    if (bar === lines) this.top = this.scrolled;
    return this.draw();
  }
}
