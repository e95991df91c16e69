// One line of bytes, and one line of the tree, as they are drawn.

import { make } from "../frame/frame.js";

/**
 * @typedef {import("./shown_file.js").ShownFile} ShownFile
 * @typedef {import("./side.js").Side} Side
 */

/** @param {number} number @param {number} digits */
export function hex(number, digits) {
  return number.toString(16).padStart(digits, "0");
}

/** @param {Side} side @param {ShownFile} file @param {number} index */
export function byteLine(side, file, index) {
  const start = index * side.perLine;
  const end = Math.min(start + side.perLine, file.size);
  const line = make("div", { class: "dk-line" }, make("span", { class: "dk-offset", text: hex(start, 8) }));
  const letters = make("span", { class: "dk-letters" });
  const marked = file.byPath.get(side.viewer.marked);
  const size = file.content.pieceBytes;
  for (let offset = start; offset < end; offset += 1) {
    const value = side.piece(Math.floor(offset / size))?.[offset % size];
    const span = file.spanAt(offset);
    const role = file.roles[span];
    const classes = [`dk-r${role}`];
    const isCovered = file.isCovered(offset);
    if (file.bounds[2 * span] === offset) classes.push("dk-first");
    if (side.viewer.role !== null && role !== side.viewer.role) classes.push("dk-dim");
    if (isCovered) classes.push("dk-covered");
    if (marked !== undefined && offset >= file.startOf(marked) && offset < file.endOf(marked)) classes.push("dk-lit");
    if (span === side.pointed) classes.push("dk-pointed");
    if (file.changed.has(offset)) classes.push("dk-changed");
    if (offset === side.cursor) classes.push("dk-cursor");
    const text = isCovered ? "▒▒" : value === undefined ? "··" : hex(value, 2);
    const shown = offset === side.cursor && side.half ? `${side.half}_` : text;
    line.append(make("span", { class: `dk-byte ${classes.join(" ")}`, "data-offset": offset, text: shown }));
    const letter = isCovered ? "▒" : value !== undefined && value >= 32 && value < 127 ? String.fromCharCode(value) : "·";
    letters.append(make("span", { class: classes.join(" "), "data-offset": offset, text: letter }));
  }
  line.append(letters);
  return line;
}

/** @param {Side} side @param {ShownFile} file @param {number} index */
export function treeLine(side, file, index) {
  const [path, depth, label, vr, name, , preview] = file.rows[index];
  const isMarked = path === side.viewer.marked;
  const line = make("div", {
    class: isMarked ? "dk-row dk-lit" : "dk-row", role: "treeitem", "aria-level": depth + 1,
    "aria-selected": String(isMarked), "data-row": index, title: path, id: `${side.prefix}-${index}`,
  });
  if (isMarked) side.tree.setAttribute("aria-activedescendant", line.id);
  line.style.paddingLeft = `${8 + depth * 14}px`;
  line.append(
    make("span", { class: "dk-mono dk-tag", text: label }),
    make("span", { class: "dk-mono dk-vr", text: vr.slice(0, 2) }),
    make("span", { class: "dk-name", text: name }),
    make("span", { class: "dk-mono dk-preview", text: preview }),
  );
  return line;
}
