// One file: its bytes on one side, its elements on the other. Which byte is what comes from Python.

import { placeAfter } from "../frame/listbox.js";
import { Lines, ROW } from "./lines.js";
import { counted, make, unique } from "../frame/frame.js";

function bytesFrom(view) {
  return new Uint8Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

export function hex(number, digits) {
  return number.toString(16).padStart(digits, "0");
}

/** The last index below `count` whose place is not behind `offset`; the places rise. */
function lastBefore(count, placeOf, offset) {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (placeOf(middle) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export class Side {
  constructor(viewer, number, perLine) {
    this.viewer = viewer;
    this.number = number;
    this.perLine = perLine;
    this.pieces = new Map();
    this.cursor = -1;
    this.half = "";
    this.prefix = unique("row");
    this.title = make("div", { class: "dk-title" });
    this.undo = make("button", { type: "button", text: "Undo all changes", hidden: true });
    this.bytes = make("div", {
      class: "dk-bytes dk-mono", tabindex: "0", role: "group", "data-side": number,
      "aria-label": "Bytes. Arrow keys move, hexadecimal digits change a byte.",
    });
    this.tree = make("div", { class: "dk-tree", tabindex: "0", role: "tree", "aria-label": "Elements" });
    this.readers = make("div", { class: "dk-readers", role: "status" });
    const head = make("div", { class: "dk-head" }, this.title, this.undo);
    const panes = make("div", { class: "dk-panes" }, this.bytes, this.tree);
    this.root = make("div", { class: "dk-one" }, head, panes, this.readers);
    this.byteLines = new Lines(this.bytes, (index) => this.byteLine(index));
    this.treeLines = new Lines(this.tree, (index) => this.treeLine(index));
    this.byteLines.onHand = () => this.viewer.follow(this, "byteLines");
    this.treeLines.onHand = () => this.viewer.follow(this, "treeLines");
    this.undo.addEventListener("click", () => this.ask({ ask: "undo" }));
    this.bytes.addEventListener("pointermove", (event) => this.hasMoved(event) && this.pointAt(event.target.dataset.offset));
    this.bytes.addEventListener("pointerdown", (event) => this.pick(event.target.dataset.offset));
    this.bytes.addEventListener("keydown", (event) => this.key(event));
    this.tree.addEventListener("pointermove", (event) => this.hasMoved(event) && this.pointAtRow(event.target.closest("[data-row]")));
    this.tree.addEventListener("click", (event) => this.pickRow(event.target.closest("[data-row]")));
    this.tree.addEventListener("keydown", (event) => this.treeKey(event));
  }

  async ask(question) {
    const answer = await this.viewer.ask({ side: this.number, ...question });
    if (answer.problem) {
      this.readers.replaceChildren(make("div", { class: "dk-refuses", text: answer.problem }));
      this.byteLines.draw();
      return;
    }
    this.file = answer;
    const bounds = new Uint32Array(bytesFrom(answer.buffers[0]).buffer);
    const roles = bytesFrom(answer.buffers[1]);
    // Bounds lie in pairs: offset, length. They are without gap, so a search by halves finds a byte's span.
    this.spans = { bounds, roles, count: roles.length };
    this.covered = new Uint32Array(bytesFrom(answer.buffers[2]).buffer); // pairs too: from, up to
    this.changed = new Set(answer.changed);
    this.byPath = new Map(answer.rows.map((row, index) => [row[0], index]));
    if (question.ask !== "file") this.pieces.clear();
    this.title.textContent = `${answer.title} · ${counted(answer.size, "byte")}`;
    this.undo.hidden = !answer.changed.length;
    this.sayReaders();
    this.treeLines.set(answer.rows.length);
    this.byteLines.set(Math.ceil(answer.size / this.perLine));
    this.viewer.sum();
    if (this.cursor >= 0 && question.ask !== "file") this.viewer.explain(this, this.cursor);
  }

  sayReaders() {
    const lines = this.file.readers.map(({ reader, accepts, says }) =>
      make("div", { class: accepts ? "dk-accepts" : "dk-refuses" },
        make("b", { text: `${accepts ? "✓" : "✗"} ${reader} ` }), make("span", { text: says })));
    if (this.file.problem_here) {
      lines.push(make("div", { class: "dk-faint", text: `${this.file.problem_here}; the colours are those from before the change.` }));
    }
    if (this.file.unread !== null) {
      const where = make("button", { type: "button", text: `Show byte ${this.file.unread}` });
      where.addEventListener("click", () => this.keepRow(this.file.rows.length - 1));
      lines.push(make("div", { class: "dk-damage" }, "From there on nothing can be followed. ", where));
    }
    this.readers.replaceChildren(...lines);
  }

  // ---- bytes ----

  piece(number) {
    const found = this.pieces.get(number);
    if (found === undefined) {
      this.pieces.set(number, null);
      this.viewer.ask({ ask: "piece", side: this.number, piece: number }).then((answer) => {
        if (answer.problem) return;
        this.pieces.set(number, bytesFrom(answer.buffers[0]));
        this.byteLines.draw();
      });
    }
    return found;
  }

  byteAt(offset) {
    const size = this.file.pieceBytes;
    return this.piece(Math.floor(offset / size))?.[offset % size];
  }

  spanAt(offset) {
    const { bounds, count } = this.spans;
    return lastBefore(count, (index) => bounds[2 * index], offset);
  }

  isCovered(offset) {
    let [low, high] = [0, this.covered.length / 2];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.covered[2 * middle + 1] <= offset) low = middle + 1;
      else high = middle;
    }
    return 2 * low < this.covered.length && this.covered[2 * low] <= offset;
  }

  rowAt(offset) {
    const { rows } = this.file;
    return lastBefore(rows.length, (index) => rows[index][7], offset);
  }

  byteLine(index) {
    const start = index * this.perLine;
    const end = Math.min(start + this.perLine, this.file.size);
    const line = make("div", { class: "dk-line" }, make("span", { class: "dk-offset", text: hex(start, 8) }));
    const letters = make("span", { class: "dk-letters" });
    const marked = this.viewer.marked === null ? undefined : this.file.rows[this.byPath.get(this.viewer.marked)];
    for (let offset = start; offset < end; offset += 1) {
      const value = this.byteAt(offset);
      const span = this.spanAt(offset);
      const role = this.spans.roles[span];
      const classes = [`dk-r${role}`];
      const isCovered = this.isCovered(offset);
      if (this.spans.bounds[2 * span] === offset) classes.push("dk-first");
      if (this.viewer.role !== null && role !== this.viewer.role) classes.push("dk-dim");
      if (isCovered) classes.push("dk-covered");
      if (marked && offset >= marked[7] && offset < marked[8]) classes.push("dk-lit");
      if (span === this.pointed) classes.push("dk-pointed");
      if (this.changed.has(offset)) classes.push("dk-changed");
      if (offset === this.cursor) classes.push("dk-cursor");
      const isThere = value !== undefined && value !== null;
      const text = isCovered ? "▒▒" : isThere ? hex(value, 2) : "··";
      const shown = offset === this.cursor && this.half ? `${this.half}_` : text;
      line.append(make("span", { class: `dk-byte ${classes.join(" ")}`, "data-offset": offset, text: shown }));
      const letter = isCovered ? "▒" : value >= 32 && value < 127 ? String.fromCharCode(value) : "·";
      letters.append(make("span", { class: classes.join(" "), "data-offset": offset, text: letter }));
    }
    line.append(letters);
    return line;
  }

  /** Whether it was the hand that moved, and not the list under a resting pointer. */
  hasMoved({ clientX, clientY }) {
    const isSame = this.place?.[0] === clientX && this.place?.[1] === clientY;
    this.place = [clientX, clientY];
    return !isSame;
  }

  pointAt(text) {
    if (text === undefined || !this.file) return;
    const offset = Number(text);
    if (offset === this.over && this.pointed !== undefined) return;
    this.over = offset;
    this.pointed = this.spanAt(offset);
    this.viewer.mark(this.file.rows[this.rowAt(offset)][0], this, "bytes");
    this.viewer.explain(this, offset);
  }

  pick(text) {
    if (text === undefined) return;
    this.cursor = Number(text);
    this.half = "";
    this.pointed = undefined;
    this.pointAt(text);
    this.viewer.keep(this.file.rows[this.rowAt(this.cursor)][0], this);
  }

  key(event) {
    if (!this.file || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.perLine, ArrowDown: this.perLine,
      PageUp: -16 * this.perLine, PageDown: 16 * this.perLine, Home: -this.file.size, End: this.file.size,
    };
    const isDigit = /^[0-9a-fA-F]$/.test(event.key);
    if (!(event.key in steps) && !isDigit && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
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

  treeLine(index) {
    const [path, depth, label, vr, name, , preview] = this.file.rows[index];
    const isMarked = path === this.viewer.marked;
    const line = make("div", {
      class: isMarked ? "dk-row dk-lit" : "dk-row", role: "treeitem", "aria-level": depth + 1,
      "aria-selected": String(isMarked), "data-row": index, title: path, id: `${this.prefix}-${index}`,
    });
    if (isMarked) this.tree.setAttribute("aria-activedescendant", line.id);
    line.style.paddingLeft = `${8 + depth * 14}px`;
    line.append(
      make("span", { class: "dk-mono dk-tag", text: label }),
      make("span", { class: "dk-mono dk-vr", text: vr.slice(0, 2) }),
      make("span", { class: "dk-name", text: name }),
      make("span", { class: "dk-mono dk-preview", text: preview }),
    );
    return line;
  }

  pointAtRow(line) {
    const row = line && this.file.rows[Number(line.dataset.row)];
    if (!row || (row[0] === this.viewer.marked && this.pointed === undefined)) return;
    this.pointed = undefined;
    this.viewer.mark(row[0], this, "tree");
    this.viewer.explain(this, row[7]);
  }

  pickRow(line) {
    if (line) this.keepRow(Number(line.dataset.row));
  }

  treeKey(event) {
    const next = placeAfter(event.key, this.byPath?.get(this.viewer.marked) ?? 0, this.file?.rows.length ?? 0, 15);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.keepRow(next);
  }

  keepRow(index) {
    this.pointed = undefined;
    this.viewer.keep(this.file.rows[index][0], this);
    this.viewer.explain(this, this.file.rows[index][7]);
  }

  /** Mark an element. `heights` say how far below the upper edge its lines should stand, for two files side by side. */
  show(path, from, heights = {}) {
    const index = this.byPath?.get(path);
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

  lineOf(index) {
    return Math.floor(this.file.rows[index][7] / this.perLine);
  }

  /** Where an element stands in both lists, as far as it can be seen. */
  heights(path) {
    const index = this.byPath?.get(path);
    if (index === undefined) return {};
    return { bytes: this.byteLines.height(this.lineOf(index)), tree: this.treeLines.height(index) };
  }

  /** The element that is seen first in one of the lists, and how far below the upper edge it begins. */
  firstSeen(list) {
    const line = Math.ceil(this[list].top / ROW);
    const index = list === "treeLines" ? line : this.rowAt(Math.min(line * this.perLine, this.file.size - 1));
    const at = list === "treeLines" ? index : this.lineOf(index);
    return { path: this.file.rows[Math.min(index, this.file.rows.length - 1)][0], height: at * ROW - this[list].top };
  }

  scrollTo(list, path, height) {
    const index = this.byPath?.get(path);
    if (index !== undefined) this[list].reveal(list === "treeLines" ? index : this.lineOf(index), height);
  }
}
