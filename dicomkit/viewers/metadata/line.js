// A line of the tree of elements: its cells, and what is marked in them.

import { make } from "../frame/frame.js";
import { COVERED, CREATOR, FLAW, KIND, LENGTH, NAME, roleText, SECRET, TAG, TYPE, VALUE, VM, VR } from "./rows.js";

/**
 * @typedef {import("./rows.js").Row} Row
 * @typedef {import("./rows.js").Line} Line
 * @typedef {{id: string, index: number, opens: boolean, isActive: boolean, word: string, isOpen: boolean, isContext: boolean}} Look
 */

/** Return the element of a line. `look` says where it stands, whether it opens, and which word was searched for.
 *  @param {Line} line @param {Look} look */
export function lineNode(line, look) {
  const { row } = line;
  const node = make("div", {
    class: "dm-line", role: "row", id: look.id, "aria-rowindex": look.index + 2, "aria-level": line.depth + 1,
    "aria-expanded": look.opens ? String(look.isOpen) : undefined, "aria-selected": String(look.isActive),
  });
  node.classList.toggle("dm-differs", line.differs);
  node.classList.toggle("dm-flawed", line.flaw !== "");
  node.classList.toggle("dm-context", look.isContext);
  const length = row[KIND] === "missing" ? "" : row[LENGTH] === null ? "undef." : row[LENGTH];
  const small = (/** @type {string | number | null} */ text, /** @type {string} */ name, /** @type {string} */ title = "") => make("span", { role: "gridcell", class: name, text, title: title || undefined });
  node.append(
    tagCell(line, look), keywordCell(row, look.word), small(row[VR], "dm-vr dk-mono"), small(row[VM] || "", "dm-vm dm-number"),
    small(length, "dm-length dm-number"), small(row[TYPE], "dm-type", row[TYPE] ? roleText(row) : undefined),
    ...line.cells.map((cell) => valueCell(cell, line, look.word)),
  );
  [...node.children].forEach((cell, at) => cell.setAttribute("aria-colindex", String(at + 1)));
  return node;
}

/** @param {Line} line @param {Look} look */
function tagCell({ row, depth }, { opens, isOpen, word }) {
  const twist = make("span", { class: "dm-twist", "aria-hidden": "true", text: opens ? (isOpen ? "▾" : "▸") : "" });
  const cell = make("span", { role: "gridcell", class: "dm-tag dk-mono" }, twist, marked(row[KIND] === "item" ? "item" : row[TAG], word, "span"));
  cell.style.setProperty("--dm-depth", String(depth));
  return cell;
}

/** @param {Row} row @param {string} word */
function keywordCell(row, word) {
  const name = row[NAME] || (row[CREATOR] ? "" : "unknown");
  return make(
    "span", { role: "gridcell", class: "dm-name", title: row[CREATOR] ? `${name} — private, ${row[CREATOR]}` : name },
    marked(name, word, "span"), row[CREATOR] ? make("span", { class: "dm-creator", text: row[CREATOR] }) : null,
    row[SECRET] ? make("span", { class: "dm-secret", role: "img", title: "may identify somebody: PS3.15 Table E.1-1", "aria-label": "may identify somebody", text: "◆" }) : null,
  );
}

/** @param {Row | null} cell @param {Line} line @param {string} word */
function valueCell(cell, line, word) {
  if (cell === null) return make("span", { role: "gridcell", class: "dm-value dm-absent", text: "— absent —" });
  const flaw = cell[FLAW] ? make("span", { class: "dm-flaw", text: `⚠ ${cell[FLAW]}: Type ${cell[TYPE]}`, title: roleText(cell) }) : null;
  const value = cell[COVERED] ? make("bdi", { text: "••••• masked" }) : marked(cell[VALUE], word, "bdi");
  const moved = cell[TAG] === line.row[TAG] ? "" : ` — here ${cell[TAG]}`; // a private block that another number has
  const node = make(
    "span", { role: "gridcell", class: "dm-value", title: `${cell[COVERED] ? "masked" : cell[VALUE]}${moved}` || undefined },
    line.differs ? make("span", { class: "dm-unlike", role: "img", "aria-label": "differs", text: "≠" }) : null,
    flaw, cell[KIND] === "missing" ? null : value,
  );
  node.classList.toggle("dm-covered", cell[COVERED]);
  return node;
}

/** Return a value with nothing cut off.
 *  @param {Row | null} cell */
export function wholeValue(cell) {
  return make("bdi", { text: cell === null ? "— absent —" : cell[COVERED] ? "••••• masked" : cell[VALUE] });
}

/** Return text in an element of its own, with what was searched for marked.
 *  @param {string} text @param {string} word @param {"span" | "bdi"} name */
function marked(text, word, name) {
  const lower = text.toLowerCase();
  const place = word && lower.length === text.length ? lower.indexOf(word) : -1;
  if (place < 0) return make(name, { text });
  const end = place + word.length;
  return make(name, {}, text.slice(0, place), make("mark", { text: text.slice(place, end) }), text.slice(end));
}
