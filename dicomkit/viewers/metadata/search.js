// Search: which lines hold a text, or match a regular expression.

import { CREATOR, EXPRESSION, MODULE, NAME, PATH, TAG, VALUE, VR } from "./rows.js";

/**
 * @typedef {import("./rows.js").Row} Row
 * @typedef {{cells: (Row | null)[], differs: boolean}} Line of instances, or of a series
 * @typedef {{text: string, starts: Uint32Array, said: Uint32Array, by: Uint32Array, count: number}} Haystack the different texts one
 *   behind the other, where each starts, and which line says which
 */

const PATTERN_MS = 1000; // as long as a regular expression may take
export const FIELDS = ["anything", "tag", "keyword", "VR", "value", "path", "private creator", "module"];

// The texts of a row; some are put together, each on a line of its own. A tag is also found by its eight digits.
const tagTexts = (/** @type {Row} */ row) => `${row[TAG]}\n${row[TAG].slice(1, 5)}${row[TAG].slice(6, 10)}`;
/** @type {Record<string, (row: Row) => string[]>} */
const SEARCHED = {
  anything: (row) => [`${tagTexts(row)}\n${row[NAME]}\n${row[VR]}\n${row[CREATOR]}`, row[VALUE], row[PATH]],
  tag: (row) => [tagTexts(row)],
  keyword: (row) => [row[NAME]],
  VR: (row) => [row[VR]],
  value: (row) => [row[VALUE]],
  path: (row) => [row[PATH], row[EXPRESSION]],
  "private creator": (row) => [row[CREATOR]],
  module: (row) => [row[MODULE]],
};

/** Return the different texts of one field in lower case, one behind the other, where each starts, and which line
 *  says which. Lines repeat each other, so this is far less to search, and one text is searched faster than many.
 *  @param {Line[] & {haystacks?: Record<string, Haystack>}} lines @param {string} field @returns {Haystack} */
export function haystackOf(lines, field) {
  lines.haystacks ??= {};
  return (lines.haystacks[field] ??= makeHaystack(lines, SEARCHED[field]));
}

/** @param {Line[]} lines @param {(row: Row) => string[]} said @returns {Haystack} */
function makeHaystack(lines, said) {
  /** @type {Map<string, number>} */
  const numbers = new Map(); // of the different texts
  /** @type {number[][]} */
  const [spoken, by] = [[], []];
  lines.forEach(({ cells }, place) => {
    for (const row of cells) {
      if (row === null) continue;
      for (const text of said(row)) {
        if (text === "") continue;
        const number = numbers.get(text) ?? numbers.size;
        numbers.set(text, number);
        spoken.push(number);
        by.push(place);
      }
    }
  });
  const texts = [...numbers.keys()].map((text) => `${text.toLowerCase()}\n`);
  const starts = new Uint32Array(texts.length + 1);
  texts.forEach((text, number) => { starts[number + 1] = starts[number] + text.length; });
  return { text: texts.join(""), starts, said: Uint32Array.from(spoken), by: Uint32Array.from(by), count: lines.length };
}

/** Return the numbers of the texts that contain a word.
 *  @param {Haystack} haystack @param {string} word */
export function textsWith({ text, starts }, word) {
  const found = [];
  const count = starts.length - 1;
  let number = 0;
  for (let at = text.indexOf(word); at >= 0 && number < count; at = text.indexOf(word, starts[number])) {
    while (starts[number + 1] <= at) number += 1;
    found.push(number);
    number += 1;
  }
  return found;
}

/** Return the places of the lines that say one of some texts.
 *  @param {Haystack} haystack @param {Iterable<number>} texts */
export function linesSaying({ starts, said, by, count }, texts) {
  const [isFound, isHit] = [new Uint8Array(starts.length), new Uint8Array(count)];
  for (const number of texts) isFound[number] = 1;
  for (let pair = 0; pair < said.length; pair += 1) if (isFound[said[pair]]) isHit[by[pair]] = 1;
  const places = [];
  for (let place = 0; place < count; place += 1) if (isHit[place]) places.push(place);
  return places;
}

// With m, ^ and $ are the ends of each of several texts that are put together; without it, ^ is found much faster.
const PATTERN_FLAGS = "iu";
const PATTERN_WORKER = `let texts = [];
onmessage = ({ data: { text, starts, pattern } }) => {
  if (starts) {
    texts = Array.from({ length: starts.length - 1 }, (_, at) => text.slice(starts[at], starts[at + 1] - 1));
    texts = texts.map((one) => ({ one, isSeveral: one.includes("\\n") }));
  }
  if (pattern === undefined) return;
  const [ofOne, ofSeveral] = ["${PATTERN_FLAGS}", "${PATTERN_FLAGS}m"].map((flags) => new RegExp(pattern, flags));
  const found = [];
  texts.forEach(({ one, isSeveral }, at) => { if ((isSeveral ? ofSeveral : ofOne).test(one)) found.push(at); });
  postMessage(Uint32Array.from(found));
};`;

/** Regular expressions run beside the page: a few letters can keep one busy for years, and a worker can be ended. */
export class PatternSearch {
  /** @type {Worker | undefined} */
  worker;
  /** @type {Line[] | undefined} */
  lines;
  field = "";
  isBusy = false;
  timer = 0;

  /** Make ready for a search of these lines, so that its first letter does not wait.
   *  @param {Line[]} lines @param {string} field */
  prepare(lines, field) {
    if (this.isBusy) this.stop();
    const worker = (this.worker ??= this.start());
    if (this.lines === lines && this.field === field) return worker;
    Object.assign(this, { lines, field });
    const { text, starts } = haystackOf(lines, field);
    worker.postMessage({ text, starts });
    return worker;
  }

  /** Return which lines match: their places. Rejects with a sentence if the pattern is wrong or takes too long.
   *  @param {string} pattern @param {Line[]} lines @param {string} field @returns {Promise<number[]>} */
  find(pattern, lines, field) {
    try {
      new RegExp(pattern, PATTERN_FLAGS); // only to learn what is wrong with it
    } catch (error) {
      const reason = String(error).split(": ").pop() ?? "";
      return Promise.reject(new Error(`not a regular expression yet: ${reason.toLowerCase()}`));
    }
    const worker = this.prepare(lines, field);
    this.isBusy = true;
    return new Promise((resolve, reject) => {
      this.timer = setTimeout(() => {
        this.stop();
        reject(new Error("this regular expression takes too long: it was stopped. Repeat nothing that repeats already"));
      }, PATTERN_MS);
      worker.onmessage = ({ data }) => { clearTimeout(this.timer); this.isBusy = false; resolve(linesSaying(haystackOf(lines, field), data)); };
      worker.postMessage({ pattern });
    });
  }

  start() {
    const address = URL.createObjectURL(new Blob([PATTERN_WORKER], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    return worker;
  }

  stop() {
    clearTimeout(this.timer);
    this.worker?.terminate();
    Object.assign(this, { worker: undefined, lines: undefined, isBusy: false });
  }
}
