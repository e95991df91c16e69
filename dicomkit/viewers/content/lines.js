// Lines of names and values as a tree with keyboard navigation; of a long one, only as many as were requested.

import { button, consume, make, setActive, unique } from "../frame/frame.js";
import { placeAfter } from "../frame/listbox.js";

const AT_ONCE = 1000; // lines that are made at a time

/** @typedef {import("../frame/messages.js").ContentLine} Line */

export class Lines {
  constructor() {
    this.box = make("div", { class: "dk-lines", role: "tree", tabindex: "0", "aria-label": "What it says" });
    this.prefix = unique("line");
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Set<number>} the positions of folded lines */
    this.folded = new Set();
    this.limit = AT_ONCE;
    this.active = -1;
    this.isReport = false;
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("click", (event) => this.click(event));
  }

  /** @param {Line[]} lines @param {boolean} isReport */
  show(lines, isReport) {
    [this.lines, this.isReport, this.active, this.limit] = [lines, isReport, -1, AT_ONCE];
    this.folded.clear();
    this.draw();
  }

  /** @param {number} place */
  hasInside(place) {
    return place + 1 < this.lines.length && this.lines[place + 1][0] > this.lines[place][0];
  }

  /** Return the positions of visible lines, which are not inside a folded one. */
  visible() {
    const places = [];
    let hiddenBelow = Infinity;
    for (const [place, [depth]] of this.lines.entries()) {
      if (depth > hiddenBelow) continue;
      hiddenBelow = this.folded.has(place) ? depth : Infinity;
      places.push(place);
    }
    return places;
  }

  draw() {
    const places = this.visible();
    const rows = places.slice(0, this.limit).map((place) => this.row(place));
    const left = places.length - rows.length;
    if (left > 0) {
      const more = button(`Show ${Math.min(left, AT_ONCE)} more of ${left}`, { class: "dk-more" }, () => {
        this.limit += AT_ONCE;
        this.draw();
      });
      rows.push(make("div", { role: "none" }, more));
    }
    this.box.setAttribute("role", rows.length ? "tree" : "group"); // a tree would have to hold something
    this.box.replaceChildren(...rows);
    this.mark();
  }

  /** @param {number} place */
  row(place) {
    const [depth, number, role, name, value, , isCovered] = this.lines[place];
    const isFolded = this.folded.has(place);
    const hasInside = this.hasInside(place);
    return make("div", {
      class: "dk-line", role: "treeitem", id: `${this.prefix}-${place}`, "data-place": place, "aria-level": depth + 1,
      "aria-selected": "false", "aria-expanded": hasInside ? String(!isFolded) : undefined, style: `--dk-depth: ${Math.min(depth, 24)}`,
    },
      make("span", { class: "dk-fold", "aria-hidden": "true", text: hasInside ? (isFolded ? "▸" : "▾") : "" }),
      number ? make("span", { class: "dk-place dk-number", text: number }) : null,
      role ? make("span", { class: "dk-role", text: role }) : null,
      name ? make("span", { class: "dk-name", text: name }) : null,
      value ? make("span", { class: isCovered ? "dk-value dk-covered" : "dk-value", text: isCovered ? `▒ ${value}` : value }) : null);
  }

  mark() {
    for (const row of this.box.querySelectorAll('[aria-selected="true"]')) row.setAttribute("aria-selected", "false");
    const row = this.box.querySelector(`[data-place="${this.active}"]`);
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    setActive(this.box, row);
  }

  /** @param {number} place @param {boolean} isFolded */
  fold(place, isFolded) {
    if (!this.hasInside(place)) return;
    if (isFolded) this.folded.add(place);
    else this.folded.delete(place);
    this.draw();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {Element} */ (event.target);
    const row = /** @type {HTMLElement | null} */ (target.closest(".dk-line"));
    if (!row) return;
    this.active = Number(row.dataset.place);
    if (target.matches(".dk-fold")) this.fold(this.active, !this.folded.has(this.active));
    this.mark();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target !== this.box) return;
    const places = this.visible().slice(0, this.limit);
    const now = places.indexOf(this.active);
    const next = placeAfter(event.key, now, places.length);
    if (next !== undefined) this.active = places[next];
    else if (event.key === "ArrowLeft" && now >= 0) this.leave();
    else if (event.key === "ArrowRight" && now >= 0) this.fold(this.active, false);
    else return;
    consume(event);
    this.mark();
  }

  /** Fold the selected line, or go to its parent. */
  leave() {
    if (this.hasInside(this.active) && !this.folded.has(this.active)) {
      this.fold(this.active, true);
      return;
    }
    const [depth] = this.lines[this.active];
    for (let place = this.active - 1; place >= 0; place -= 1) {
      if (this.lines[place][0] < depth) {
        this.active = place;
        return;
      }
    }
  }
}
