// One file: its bytes on one side, its elements on the other. Which byte is what comes from Python.

import { placeAfter } from "../frame/listbox.js";
import { byteLine, treeLine } from "./drawn_lines.js";
import { Lines, ROW } from "./lines.js";
import { ShownFile } from "./shown_file.js";
import { button, bytesOf, consume, counted, isCommand, make, unique } from "../frame/frame.js";

/**
 * @typedef {import("./viewer.js").Anatomy} Anatomy
 * @typedef {"byteLines" | "treeLines"} List
 * @typedef {{bytes?: number, tree?: number}} Heights how far below the upper edge the lines of an element stand
 * @typedef {{ask: "file" | "undo"} | {ask: "edit", offset: number, value: number}} FileQuestion
 */

/** @param {Event} event */
function offsetIn({ target }) {
  return /** @type {HTMLElement} */ (target).dataset.offset;
}

/** @param {Event} event @returns {HTMLElement | null} */
function rowIn({ target }) {
  return /** @type {HTMLElement} */ (target).closest("[data-row]");
}

export class Side {
  /** @type {ShownFile | undefined} there is none before the first answer */
  file;
  /** @type {number | undefined} the span under the pointer */
  pointed;
  /** @type {number | undefined} the byte under the pointer */
  over;
  /** @type {[x: number, y: number] | undefined} where the pointer was */
  place;

  /** @param {Anatomy} viewer @param {number} number @param {number} perLine */
  constructor(viewer, number, perLine) {
    this.viewer = viewer;
    this.number = number;
    this.perLine = perLine;
    /** @type {Map<number, Uint8Array | null>} */
    this.pieces = new Map(); // null: asked for
    this.cursor = -1;
    this.half = "";
    this.prefix = unique("row");
    this.title = make("div", { class: "dk-title" });
    this.undo = button("Undo all changes", { hidden: true }, () => this.ask({ ask: "undo" }));
    this.bytes = make("div", {
      class: "dk-bytes dk-mono", tabindex: "0", role: "group", "data-side": number,
      "aria-label": "Bytes. Arrow keys move, hexadecimal digits change a byte.",
    });
    this.tree = make("div", { class: "dk-tree", tabindex: "0", role: "tree", "aria-label": "Elements" });
    this.readers = make("div", { class: "dk-readers", role: "status" });
    const head = make("div", { class: "dk-head" }, this.title, this.undo);
    const panes = make("div", { class: "dk-panes" }, this.bytes, this.tree);
    this.root = make("div", { class: "dk-one" }, head, panes, this.readers);
    // There are lines only where there is a file.
    this.byteLines = new Lines(this.bytes, (index) => byteLine(this, /** @type {ShownFile} */ (this.file), index));
    this.treeLines = new Lines(this.tree, (index) => treeLine(this, /** @type {ShownFile} */ (this.file), index));
    this.byteLines.onHand = () => this.viewer.follow(this, "byteLines");
    this.treeLines.onHand = () => this.viewer.follow(this, "treeLines");
    this.bytes.addEventListener("pointermove", (event) => this.hasMoved(event) && this.pointAt(offsetIn(event)));
    this.bytes.addEventListener("pointerdown", (event) => this.pick(offsetIn(event)));
    this.bytes.addEventListener("keydown", (event) => this.key(event));
    this.tree.addEventListener("pointermove", (event) => this.hasMoved(event) && this.pointAtRow(rowIn(event)));
    this.tree.addEventListener("click", (event) => this.pickRow(rowIn(event)));
    this.tree.addEventListener("keydown", (event) => this.treeKey(event));
  }

  /** @param {FileQuestion} question */
  async ask(question) {
    const answer = await this.viewer.ask({ side: this.number, ...question });
    if (answer.problem) {
      this.readers.replaceChildren(make("div", { class: "dk-refuses", text: answer.problem }));
      this.byteLines.draw();
      return;
    }
    this.file = new ShownFile(answer, answer.buffers);
    if (question.ask !== "file") this.pieces.clear();
    this.title.textContent = `${answer.title} · ${counted(answer.size, "byte")}`;
    this.undo.hidden = !answer.changed.length;
    this.sayReaders(answer);
    this.treeLines.set(answer.rows.length);
    this.byteLines.set(Math.ceil(answer.size / this.perLine));
    this.viewer.sum();
    if (this.cursor >= 0 && question.ask !== "file") this.viewer.explain(this, this.cursor);
  }

  /** @param {import("../frame/messages.js").FileContent} content */
  sayReaders({ readers, problem_here: problem, unread, rows }) {
    const lines = readers.map(({ reader, accepts, says }) =>
      make("div", { class: accepts ? "dk-accepts" : "dk-refuses" },
        make("b", { text: `${accepts ? "✓" : "✗"} ${reader} ` }), make("span", { text: says })));
    if (problem) {
      lines.push(make("div", { class: "dk-faint", text: `${problem}; the colours are those from before the change.` }));
    }
    if (unread !== null) {
      const where = button(`Show byte ${unread}`, {}, () => this.keepRow(rows.length - 1));
      lines.push(make("div", { class: "dk-damage" }, "From there on nothing can be followed. ", where));
    }
    this.readers.replaceChildren(...lines);
  }

  // ---- bytes ----

  /** Return a piece of the bytes; for one that is not there yet nothing, and it is asked for.
   *  @param {number} number */
  piece(number) {
    const found = this.pieces.get(number);
    if (found === undefined) {
      this.pieces.set(number, null);
      this.viewer.ask({ ask: "piece", side: this.number, piece: number }).then((answer) => {
        if (answer.problem) return;
        this.pieces.set(number, bytesOf(answer.buffers[0]));
        this.byteLines.draw();
      });
    }
    return found;
  }

  /** Whether the pointer has moved, and not the list below it.
   *  @param {PointerEvent} event */
  hasMoved({ clientX, clientY }) {
    const isSame = this.place?.[0] === clientX && this.place?.[1] === clientY;
    this.place = [clientX, clientY];
    return !isSame;
  }

  /** @param {string | number | undefined} text */
  pointAt(text) {
    if (text === undefined || !this.file) return;
    const offset = Number(text);
    if (offset === this.over && this.pointed !== undefined) return;
    this.over = offset;
    this.pointed = this.file.spanAt(offset);
    this.viewer.mark(this.file.pathOf(this.file.rowAt(offset)), this, "bytes");
    this.viewer.explain(this, offset);
  }

  /** @param {string | number | undefined} text */
  pick(text) {
    if (text === undefined || !this.file) return;
    this.cursor = Number(text);
    this.half = "";
    this.pointed = undefined;
    this.pointAt(text);
    this.viewer.keep(this.file.pathOf(this.file.rowAt(this.cursor)), this);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.file || isCommand(event)) return;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.perLine, ArrowDown: this.perLine,
      PageUp: -16 * this.perLine, PageDown: 16 * this.perLine, Home: -this.file.size, End: this.file.size,
    };
    const isDigit = /^[0-9a-fA-F]$/.test(event.key);
    if (!(event.key in steps) && !isDigit && event.key !== "Escape") return;
    consume(event);
    if (event.key in steps) {
      const next = Math.min(Math.max(this.cursor + steps[event.key], 0), this.file.size - 1);
      this.pick(next);
      this.byteLines.reveal(Math.floor(next / this.perLine));
    } else if (event.key === "Escape") {
      this.half = "";
      this.byteLines.draw();
    } else if (this.cursor >= 0 && !this.half) {
      this.half = event.key.toLowerCase();
      this.byteLines.draw();
    } else if (this.cursor >= 0) {
      const value = parseInt(this.half + event.key, 16);
      this.half = "";
      this.ask({ ask: "edit", offset: this.cursor, value });
    }
  }

  // ---- tree ----

  /** @param {HTMLElement | null} line */
  pointAtRow(line) {
    if (!line || !this.file) return;
    const index = Number(line.dataset.row);
    const path = this.file.pathOf(index);
    if (path === this.viewer.marked && this.pointed === undefined) return;
    this.pointed = undefined;
    this.viewer.mark(path, this, "tree");
    this.viewer.explain(this, this.file.startOf(index));
  }

  /** @param {HTMLElement | null} line */
  pickRow(line) {
    if (line) this.keepRow(Number(line.dataset.row));
  }

  /** @param {KeyboardEvent} event */
  treeKey(event) {
    const next = placeAfter(event.key, this.file?.byPath.get(this.viewer.marked) ?? 0, this.file?.rows.length ?? 0, 15);
    if (next === undefined) return;
    consume(event);
    this.keepRow(next);
  }

  /** @param {number} index */
  keepRow(index) {
    if (!this.file) return;
    this.pointed = undefined;
    this.viewer.keep(this.file.pathOf(index), this);
    this.viewer.explain(this, this.file.startOf(index));
  }

  /** Mark an element. `heights` say where its lines should stand, for two files side by side.
   *  @param {string | null} path @param {string} [from] @param {Heights} heights */
  show(path, from, heights = {}) {
    const index = this.file?.byPath.get(path);
    if (index === undefined) {
      this.byteLines.draw();
      this.treeLines.draw();
      return;
    }
    if (from === "tree") this.treeLines.draw();
    else this.treeLines.reveal(index, heights.tree);
    if (from === "bytes") this.byteLines.draw();
    else this.byteLines.reveal(this.lineOf(index), heights.bytes);
  }

  /** Begin where there is something to read: 128 bytes of zeros would fill the view. */
  showFirstElement() {
    const index = this.file ? this.file.rows.findIndex(([path]) => path.startsWith("(")) : -1;
    if (index >= 0) this.byteLines.reveal(this.lineOf(index), 0);
  }

  /** The line of bytes in which an element begins.
   *  @param {number} index */
  lineOf(index) {
    return this.file ? Math.floor(this.file.startOf(index) / this.perLine) : 0;
  }

  /** Where an element stands in both lists, as far as it can be seen.
   *  @param {string | null} path @returns {Heights} */
  heights(path) {
    const index = this.file?.byPath.get(path);
    if (index === undefined) return {};
    return { bytes: this.byteLines.height(this.lineOf(index)), tree: this.treeLines.height(index) };
  }

  /** The element that is seen first in one of the lists, and how far below the upper edge it begins.
   *  @param {ShownFile} file @param {List} list */
  firstSeen(file, list) {
    const line = Math.ceil(this[list].top / ROW);
    const index = list === "treeLines" ? line : file.rowAt(Math.min(line * this.perLine, file.size - 1));
    const at = list === "treeLines" ? index : this.lineOf(index);
    return { path: file.pathOf(Math.min(index, file.rows.length - 1)), height: at * ROW - this[list].top };
  }

  /** @param {List} list @param {string} path @param {number} height */
  scrollTo(list, path, height) {
    const index = this.file?.byPath.get(path);
    if (index !== undefined) this[list].reveal(list === "treeLines" ? index : this.lineOf(index), height);
  }
}
