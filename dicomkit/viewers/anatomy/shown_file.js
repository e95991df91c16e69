// What Python says of one file: its elements, and what each of its bytes is for.

import { bytesOf } from "../frame/frame.js";

/**
 * @typedef {import("../frame/messages.js").FileContent} FileContent
 * @typedef {import("../frame/messages.js").Answer<"file" | "edit" | "undo">} FileAnswer
 */

/** The last index below `count` whose place is not behind `offset`; the places rise.
 *  @param {number} count @param {(index: number) => number} placeOf @param {number} offset */
function lastBefore(count, placeOf, offset) {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (placeOf(middle) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export class ShownFile {
  /** @param {FileContent} content @param {DataView[]} buffers */
  constructor(content, [bounds, roles, covered]) {
    this.content = content;
    this.rows = content.rows;
    this.size = content.size;
    // Bounds lie in pairs: offset, length. They are without gap, so a search by halves finds a byte's span.
    this.bounds = new Uint32Array(bytesOf(bounds).buffer);
    this.roles = bytesOf(roles);
    this.covered = new Uint32Array(bytesOf(covered).buffer); // pairs too: from, up to
    this.changed = new Set(content.changed);
    /** @type {Map<string | null, number>} */
    this.byPath = new Map(content.rows.map(([path], index) => [path, index]));
  }

  /** @param {number} offset */
  spanAt(offset) {
    return lastBefore(this.roles.length, (index) => this.bounds[2 * index], offset);
  }

  /** @param {number} offset */
  isCovered(offset) {
    let [low, high] = [0, this.covered.length / 2];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.covered[2 * middle + 1] <= offset) low = middle + 1;
      else high = middle;
    }
    return 2 * low < this.covered.length && this.covered[2 * low] <= offset;
  }

  /** @param {number} offset */
  rowAt(offset) {
    return lastBefore(this.rows.length, (index) => this.startOf(index), offset);
  }

  /** @param {number} row */
  pathOf(row) { return this.rows[row][0]; }

  /** @param {number} row */
  startOf(row) { return this.rows[row][7]; }

  /** @param {number} row */
  endOf(row) { return this.rows[row][8]; }
}
