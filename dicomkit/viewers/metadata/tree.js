// The elements: a tree of lines, of which only those in view are in the page. How one looks is in line.js.

import { isCommand, make, putInto, setActive } from "../frame/frame.js";
import { placeAfter } from "../frame/listbox.js";
import { lineNode } from "./line.js";
import { KIND, parentsOf, PATH } from "./rows.js";
import { haystackOf } from "./search.js";

const ROW_PX = 24;
const SPARE_ROWS = 6;
const INDENT_PX = 12; // of a line inside of another
const MOST_INDENT_PX = 160;

/** @typedef {import("./rows.js").Line} Line */

export class ElementTree {
  /** @type {string[]} what the instances side by side are called */
  names = [];
  /** @type {number[]} for each line the place of the one that it is inside of, or -1 */
  parents = [];
  /** @type {Set<Line>} the lines that something is inside of */
  openers = new Set();
  /** @type {Line | undefined} */
  waiting;
  kept = new Uint8Array(); // for each line, 2: found, 1: around what was found
  word = "";

  /** @param {import("./viewer.js").MetadataView} view */
  constructor(view) {
    this.view = view;
    /** @type {Set<string>} */
    this.folded = new Set(); // paths
    /** @type {Line[]} */
    this.lines = []; // all lines, aligned
    /** @type {Line[]} */
    this.shown = []; // the lines that search and folding leave
    /** @type {number[] | null} */
    this.found = null; // the places of the lines that were searched for, or null without a search
    this.active = 0;
    /** @type {Map<number, HTMLElement>} */
    this.nodes = new Map(); // what is in the page, by the place of the line
    this.drawn = [0, 0]; // the first line that is in the page, and the one behind the last
    this.heightPx = 400;
    this.topPx = 0; // how far it is scrolled; to ask the page would make it lay itself out
    this.head = make("div", { class: "dm-head dm-line", role: "row" });
    this.body = make("div", { class: "dm-body", role: "rowgroup" });
    this.space = make("div", { class: "dm-space", role: "presentation" }, this.body);
    this.node = make("div", { class: "dm-grid", role: "treegrid", tabindex: "0", "aria-label": "Elements", "aria-readonly": "true" }, this.head, this.space);
    this.node.addEventListener("scroll", () => this.scroll());
    this.node.addEventListener("keydown", (event) => this.onKey(event));
    for (const name of /** @type {const} */ (["click", "dblclick"])) this.body.addEventListener(name, (event) => this.onClick(event));
    // As a table is first laid out, it does not know its height yet.
    this.sizes = new ResizeObserver(() => { Object.assign(this, { heightPx: this.node.clientHeight, topPx: this.node.scrollTop }); this.drawRest(); });
    this.sizes.observe(this.node);
  }

  /** @param {Line[]} lines @param {string[]} names */
  take(lines, names) {
    const path = this.shown[this.active]?.path;
    this.lines = lines;
    this.names = names;
    this.parents = parentsOf(lines);
    this.openers = new Set(this.parents.filter((place) => place >= 0).map((place) => lines[place]));
    this.waiting = lines.find((line) => line.path === path); // stays the active one, if it is shown
    lines.forEach((line, place) => { line.place = place; });
    haystackOf(lines, "anything"); // so that the first letter finds it ready
    this.drawHead();
    // The column of tags is as wide as the deepest line needs.
    const deepest = lines.reduce((depth, line) => Math.max(depth, line.depth), 0);
    this.node.style.setProperty("--dm-step", `${Math.min(INDENT_PX, MOST_INDENT_PX / Math.max(1, deepest))}px`);
    this.node.style.setProperty("--dm-deepest", String(deepest));
  }

  /** Show the lines that were found with their ancestors; `found` is null where nothing was searched for.
   *  @param {number[] | null} found @param {string} word */
  show(found, word) {
    const active = this.waiting ?? this.shown[this.active];
    this.waiting = undefined;
    this.word = word;
    this.found = found;
    this.shown = found === null ? this.unfolded() : this.withAncestors(found);
    const same = active ? this.shown.indexOf(active) : -1;
    const first = found?.length ? this.shown.indexOf(this.lines[found[0]]) : Math.min(this.active, Math.max(0, this.shown.length - 1));
    this.active = same >= 0 ? same : first;
    this.node.setAttribute("aria-rowcount", String(this.shown.length + 1));
    this.node.classList.toggle("dm-nothing", found !== null && this.shown.length === 0);
    this.draw();
  }

  /** @param {number[]} found */
  withAncestors(found) {
    const kept = (this.kept = new Uint8Array(this.lines.length));
    for (const hit of found) {
      for (let place = this.parents[hit]; place >= 0 && !kept[place]; place = this.parents[place]) kept[place] = 1;
      kept[hit] = 2;
    }
    return this.lines.filter((_, place) => kept[place]);
  }

  unfolded() {
    if (this.folded.size === 0) return this.lines;
    const shown = [];
    let hiddenBelow = Infinity;
    for (const line of this.lines) {
      if (line.depth > hiddenBelow) continue;
      hiddenBelow = this.folded.has(line.path) ? line.depth : Infinity;
      shown.push(line);
    }
    return shown;
  }

  drawHead() {
    const isSeveral = this.names.length > 1;
    this.node.classList.toggle("dm-several", isSeveral);
    this.node.style.setProperty("--dm-columns", String(Math.max(1, this.names.length)));
    const titles = [["Tag", "dm-tag"], ["Keyword", "dm-name"], ["VR", "dm-vr"], ["VM", "dm-vm"], ["Length", "dm-length"], ["Type", "dm-type"], ...(isSeveral ? this.names : ["Value"]).map((name) => [name, "dm-value"])];
    this.head.replaceChildren(...titles.map(([text, name], at) => make("span", { role: "columnheader", "aria-colindex": at + 1, text, title: text, class: name })));
    this.node.setAttribute("aria-colcount", String(titles.length)); // some make room where there is little
    this.head.setAttribute("aria-rowindex", "1");
  }

  /** Draw anew only where a line comes into view that is not drawn yet. */
  scroll() {
    this.topPx = this.node.scrollTop;
    const top = Math.floor(this.topPx / ROW_PX);
    const bottom = Math.min(this.shown.length, top + Math.ceil(this.heightPx / ROW_PX));
    if (top < this.drawn[0] || bottom > this.drawn[1]) this.drawRest();
  }

  draw() {
    this.nodes = new Map();
    this.drawRest();
  }

  /** Draw the lines that have come into view; those that were in view already are kept. */
  drawRest() {
    const visible = Math.ceil(this.heightPx / ROW_PX);
    const first = Math.max(0, Math.min(this.shown.length - visible, Math.floor(this.topPx / ROW_PX)) - SPARE_ROWS);
    const last = Math.min(this.shown.length, first + visible + 2 * SPARE_ROWS);
    this.drawn = [first, last];
    this.space.style.height = `${this.shown.length * ROW_PX}px`;
    this.body.style.transform = `translateY(${first * ROW_PX}px)`;
    const nodes = new Map();
    for (let index = first; index < last; index += 1) nodes.set(index, this.nodes.get(index) ?? this.line(this.shown[index], index));
    this.nodes = nodes;
    putInto(this.body, [...nodes.values()]);
    setActive(this.node, nodes.get(this.active));
    this.view.describe(this.shown[this.active]);
  }

  /** @param {Line} line @param {number} index */
  line(line, index) {
    const opens = this.openers.has(line);
    return lineNode(line, {
      id: this.view.id(`line-${index}`), index, opens, isActive: index === this.active, word: this.word,
      isOpen: opens && (this.found !== null || !this.folded.has(line.path)),
      isContext: this.found !== null && this.kept[line.place ?? -1] === 1,
    });
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const target = /** @type {Element} */ (event.target);
    const index = Number(target.closest(".dm-line")?.getAttribute("aria-rowindex")) - 2;
    const line = this.shown[index];
    if (!line) return;
    this.activate(index);
    const isTwist = target.closest(".dm-twist") !== null;
    if (this.openers.has(line) && isTwist === (event.type === "click")) this.turn(line);
  }

  /** @param {number} index */
  activate(index) {
    this.nodes.get(this.active)?.setAttribute("aria-selected", "false");
    this.active = Math.min(Math.max(0, index), Math.max(0, this.shown.length - 1));
    const top = this.active * ROW_PX;
    const room = this.node.clientHeight - this.head.offsetHeight;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    if (top + ROW_PX > this.node.scrollTop + room) this.node.scrollTop = top + ROW_PX - room;
    this.topPx = this.node.scrollTop;
    this.drawRest();
    this.nodes.get(this.active)?.setAttribute("aria-selected", "true");
    const line = this.shown[this.active];
    if (line) this.view.select(line.row[PATH]);
  }

  /** @param {Line} line */
  turn(line) {
    if (this.found !== null) return; // a search shows what it found, folded or not
    if (this.folded.has(line.path)) this.folded.delete(line.path);
    else this.folded.add(line.path);
    this.show(null, "");
  }

  /** Fold all sequences, or unfold them if they are; return whether they are folded now. */
  foldAll() {
    const paths = [...this.openers].filter((line) => line.row[KIND] !== "item").map((line) => line.path);
    const isAnyOpen = paths.some((path) => !this.folded.has(path));
    this.folded = new Set(isAnyOpen ? paths : []);
    return isAnyOpen;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (isCommand(event)) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW_PX) - 2);
    const line = this.shown[this.active];
    if (!line) return;
    const opens = this.openers.has(line) && this.found === null;
    const isFolded = this.folded.has(line.path);
    const next = placeAfter(event.key, this.active, this.shown.length, page);
    if (next !== undefined) this.activate(next);
    else if (opens && (event.key === "Enter" || event.key === (isFolded ? "ArrowRight" : "ArrowLeft"))) this.turn(line);
    else if (event.key === "ArrowRight" && opens) this.activate(this.active + 1);
    else if (event.key === "ArrowLeft") {
      const parent = this.parents[line.place ?? -1];
      if (parent >= 0) this.activate(this.shown.indexOf(this.lines[parent]));
    } else if (event.key === "c") this.view.copyExpression();
    else return;
    event.preventDefault();
  }
}
