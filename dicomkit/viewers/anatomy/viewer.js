// The bytes of files, coloured by what they are for, beside the trees of their elements. What a reader says
// comes from Python; only what can be seen is ever in the page.

import { hex } from "./drawn_lines.js";
import { Side } from "./side.js";
import { button, coverBar, make } from "../frame/frame.js";
import { View, widget } from "../frame/view.js";

export class Anatomy extends View {
  /** @param {import("../frame/frame.js").Model} model @param {HTMLElement} root */
  constructor(model, root) {
    super(model, root);
    this.marked = model.get("selection") || null;
    /** @type {number | null} */
    this.role = null; // the one that is lit
    /** @type {Side[]} one for each file */
    this.sides = [];
    /** @type {[name: string, meaning: string][]} */
    this.roles = [];
    this.legend = make("div", { class: "dk-bar dk-legend", role: "group", "aria-label": "What the colours mean" });
    this.words = make("div", { class: "dk-status", role: "status", text: "Point at a byte, or click one and type two digits." });
    /** @type {HTMLElement | null} */
    this.cover = null;
    this.onTraits(["selection"], () => {
      const path = model.get("selection") || null;
      if (path !== this.marked) this.mark(path, null);
    });
    this.start();
  }

  async start() {
    const { problem, count = 0, roles = [] } = await this.ask({ ask: "sides" });
    if (problem) this.words.textContent = problem;
    this.roles = roles;
    this.roles.forEach(([role, meaning], index) => {
      const look = { class: `dk-key dk-r${index}`, title: meaning, "aria-pressed": "false" };
      this.legend.append(button(role, look, () => this.lightRole(this.role === index ? null : index)));
    });
    const wide = make("div", { class: `dk-sides dk-sides-${count}` });
    for (let number = 0; number < count; number += 1) {
      const side = new Side(this, number, count > 1 ? 8 : 16);
      this.sides.push(side);
      wide.append(side.root);
    }
    this.root.classList.add("dk-anatomy");
    this.root.append(this.legend, wide, this.words);
    await this.load();
    this.root.dataset.ready = "true";
    if (this.marked) this.mark(this.marked, null);
    else for (const side of this.sides) side.showFirstElement();
  }

  load() {
    return Promise.all(this.sides.map((side) => side.ask({ ask: "file" })));
  }

  /** Say of the files as they are now which roles there are, and whether anything is covered. */
  sum() {
    const used = new Set(this.sides.flatMap((side) => ([...(side.file?.roles ?? [])])));
    [...this.legend.children].forEach((key, index) => { /** @type {HTMLElement} */ (key).hidden = !used.has(index); });
    const isCovered = this.sides.some((side) => side.file?.content.covered);
    if (isCovered === Boolean(this.cover)) return;
    this.cover?.remove();
    this.cover = isCovered ? coverBar(this.ask, "Bytes that may identify somebody are covered", () => this.reveal()) : null;
    if (this.cover) this.root.prepend(this.cover);
  }

  reveal() {
    for (const side of this.sides) side.pieces.clear();
    this.sides[0].bytes.focus();
    this.load();
  }

  /** Show which bytes have one role, and the first of them; null for all roles again.
   *  @param {number | null} role */
  lightRole(role) {
    this.role = role;
    [...this.legend.children].forEach((key, index) => key.setAttribute("aria-pressed", String(index === role)));
    for (const side of this.sides) {
      const first = role === null ? -1 : (side.file?.roles.indexOf(role) ?? -1);
      if (!side.file || first < 0) side.byteLines.draw();
      else side.byteLines.reveal(Math.floor(side.file.bounds[2 * first] / side.perLine));
    }
    this.words.textContent = role === null ? "All roles." : `${this.roles[role][0]}: ${this.roles[role][1]}`;
  }

  /** Light up one element on all sides, at the height at which it stands where somebody looks.
   *  @param {string | null} path @param {Side | null} side @param {string} [from] */
  mark(path, side, from) {
    this.marked = path;
    const first = side ?? this.sides[0];
    if (!side && first) first.pointed = undefined;
    first?.show(path, from);
    const heights = first?.heights(path);
    for (const one of this.sides) {
      if (one === first) continue;
      one.pointed = undefined;
      one.show(path, undefined, heights);
    }
  }

  /** Let the other side show the same element when somebody scrolls through this one.
   *  @param {Side} side @param {import("./side.js").List} list */
  follow(side, list) {
    if (this.sides.length < 2 || !side.file) return;
    const { path, height } = side.firstSeen(side.file, list);
    for (const one of this.sides) if (one !== side) one.scrollTo(list, path, height);
  }

  /** Mark an element for good, and tell Python.
   *  @param {string} path @param {Side | null} side */
  keep(path, side = null) {
    this.mark(path, side);
    this.share("selection", path);
  }

  /** @param {Side} side @param {number} offset */
  explain(side, offset) {
    if (!side.file) return;
    const row = side.file.rows[side.file.rowAt(offset)];
    const [role, meaning] = this.roles[side.file.roles[side.file.spanAt(offset)]];
    // Some parts of a file are named by their role alone.
    const what = row[2] === role ? "" : ` of ${[row[2], row[4]].filter(Boolean).join(" ")}`;
    const said = side.file.isCovered(offset) ? `covered, ${meaning}` : meaning;
    this.words.textContent = `Byte ${offset} (${hex(offset, 1)}h): ${role}${what}: ${said}`;
  }

  close() {
    super.close();
    for (const side of this.sides) {
      side.byteLines.observer.disconnect();
      side.treeLines.observer.disconnect();
    }
  }
}

export default widget("Bytes of a file", Anatomy);
