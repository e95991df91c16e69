// Frames: which pictures there are, which have arrived, and which to ask for next.
//
// Raw frames arrive once, as custom messages in pieces below 2 MB, and are kept until they fill the memory that
// this viewer allows itself. Those that a hand is about to reach are asked for first.

import { bytesOf, clamp } from "../frame/frame.js";
import { VALUES_OF, extremes } from "./windowing.js";

/**
 * @typedef {import("./windowing.js").Recipe & import("./geometry.js").Placed & {
 *   series: number, title: string, caption: string, is_colour: boolean, unit: string, spacing: number[] | null,
 *   spacing_place: string, aspect: number, letters: Record<string, string> | null, meaning: string,
 *   frame_time_ms: number, is_sweeping: boolean, window: number[] | null, first_group: string, first_name: string,
 *   function: string, presets: any[], overlays?: import("./planes.js").Overlay[], overlay_bytes?: number, tags: string[][], isKnown: boolean, modality_table?: boolean,
 *   display_table?: boolean, stored_type?: string, stored_samples?: number,
 * }} Picture what Python says of a picture; until its first bytes have arrived, much of it is UNKNOWN
 * @typedef {import("./windowing.js").Frame & {bytes: number, planes: Uint8Array, stored?: any}} KeptFrame
 */

const UNKNOWN = { // until a picture's first bytes have arrived
  type: "u1", slope: null, modalityTable: null, displayTable: null, window: null, function: "LINEAR",
  inverse: false, padding: null, extent: [0, 255], presets: [], tags: [], isKnown: false,
};
/** @type {Record<string, any>} */
const PATTERNS_OF = { u1: Uint8Array, i1: Uint8Array, u2: Uint16Array, i2: Uint16Array };

const MOST_ASKED = 8; // pictures on their way, and how large they may be together: a hand's next wish waits behind
const MOST_ASKED_BYTES = 2 * 1024 * 1024;
const RECENT_MS = 300;
const MOST_KEPT_BYTES = 768 * 1024 * 1024;

export class Pictures {
  /** @param {import("../frame/frame.js").Ask} ask @param {(number: number, problem?: string) => void} onChange */
  constructor(ask, onChange) {
    this.ask = ask;
    this.onChange = onChange;
    /** @type {Picture[]} */
    this.list = [];
    /** @type {{name: string, first: number, last: number}[]} */
    this.series = [];
    this.leftOut = ""; // how many files are not shown, and why
    /** @type {Map<number, KeptFrame>} */
    this.frames = new Map(); // by number; the order is that of use, for forgetting
    /** @type {Set<number>} */
    this.asked = new Set();
    /** @type {Map<number, number[]>} */
    this.progress = new Map(); // of large ones: how many pieces have come, of how many
    /** @type {Map<number, string>} */
    this.refused = new Map();
    this.bytes = 0;
    this.wait = 100; // ms that a frame is on its way
    /** @type {{now: number, number: number}[]} */
    this.moves = []; // when which picture was looked at, of late
  }

  async load() {
    const answer = await this.ask({ ask: "pictures" });
    this.list = (answer.pictures ?? []).map((/** @type {Picture} */ picture) => ({ ...UNKNOWN, ...picture }));
    this.series = answer.series ?? [];
    this.leftOut = answer.left_out ?? "";
    this.onChange(0, answer.problem);
  }

  /** @param {number} number */
  async fetch(number) {
    const start = performance.now();
    const answers = await this.allParts(number);
    const problem = answers.find((answer) => answer.problem)?.problem;
    const picture = this.list[number - 1];
    picture.tags = answers[0].tags ?? picture.tags;
    if (problem) {
      this.refused.set(number, problem);
    } else {
      Object.assign(picture, answers[0].recipe, { isKnown: true });
      const [, ...tables] = answers[0].buffers.map(bytesOf);
      if (picture.modality_table) picture.modalityTable = new Float64Array(/** @type {Uint8Array<ArrayBuffer>} */ (tables.shift()).buffer);
      if (picture.display_table) picture.displayTable = tables.shift() ?? null;
      this.frames.set(number, this.makeFrame(picture, answers.map((answer) => bytesOf(answer.buffers[0]))));
    }
    this.wait += (performance.now() - start - this.wait) / 4;
    this.asked.delete(number);
    this.onChange(number);
  }

  /** @param {number} number */
  async allParts(number) {
    // The first piece says how many there are, and how to show them. The next is asked for when one has come:
    // what a hand wants meanwhile does not wait behind all of them.
    const answers = [await this.ask({ ask: "frame", picture: number, part: 0 })];
    const parts = answers[0].parts ?? 1;
    while (answers.length < parts && !answers[answers.length - 1].problem) {
      this.progress.set(number, [answers.length, parts]);
      this.onChange(number);
      answers.push(await this.ask({ ask: "frame", picture: number, part: answers.length }));
    }
    this.progress.delete(number);
    return answers;
  }

  /** @param {Picture} picture @param {Uint8Array<ArrayBuffer>[]} parts @returns {KeptFrame} */
  makeFrame(picture, parts) {
    const joined = parts.length === 1 ? parts[0] : new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    if (parts.length > 1) parts.reduce((offset, part) => (joined.set(part, offset), offset + part.length), 0);
    this.bytes += joined.length;
    const count = picture.rows * picture.columns * (picture.type === "rgb" ? 3 : 1);
    const values = new VALUES_OF[picture.type](joined.buffer, 0, count);
    const Pattern = PATTERNS_OF[picture.type];
    const end = joined.length - (picture.overlay_bytes ?? 0); // the overlays come last
    /** @type {KeptFrame} */
    const frame = {
      lowest: 0,
      highest: 0,
      values,
      bytes: joined.length,
      patterns: Pattern ? new Pattern(joined.buffer, 0, count) : null,
      levels: joined.subarray(values.byteLength, end),
      planes: joined.subarray(end),
    };
    if (picture.stored_type) frame.stored = new VALUES_OF[picture.stored_type](joined.slice(count, end).buffer);
    if (picture.type !== "rgb") [frame.lowest, frame.highest] = extremes(values);
    return frame;
  }

  /** @param {number} number */
  get(number) {
    const frame = this.frames.get(number);
    if (frame) {
      this.frames.delete(number);
      this.frames.set(number, frame);
    }
    return frame;
  }

  /** @param {number} number */
  isMissing(number) {
    const isThere = number >= 1 && number <= this.list.length;
    return isThere && !this.isSettled(number) && !this.asked.has(number);
  }

  /** Whether a picture has arrived, or never will.
   *  @param {number} number */
  isSettled(number) {
    return this.frames.has(number) || this.refused.has(number);
  }

  /** @param {number} number */
  lead(number) {
    // How many pictures a hand is further on once a frame that is asked for now has arrived.
    const now = performance.now();
    if (number !== this.moves.at(-1)?.number) this.moves.push({ now, number });
    this.moves = this.moves.filter((move) => now - move.now < RECENT_MS);
    const [first, last] = [this.moves[0], this.moves[this.moves.length - 1]];
    if (this.moves.length < 3) return 0;
    return Math.round(((last.number - first.number) / (last.now - first.now)) * this.wait);
  }

  /** @param {number} number */
  wantAround(number) {
    // A hand that rests gets the picture that it looks at, one that moves the picture where it will be; then
    // the neighbours, a few at a time. The oldest are forgotten.
    const average = this.frames.size ? this.bytes / this.frames.size : MOST_ASKED_BYTES;
    const room = clamp(Math.floor(MOST_ASKED_BYTES / average), 2, MOST_ASKED) - this.asked.size;
    const lead = this.lead(number);
    const middle = clamp(number + lead, 1, this.list.length);
    const wanted = lead === 0 && this.isMissing(number) ? [number] : [];
    const reach = Math.min(this.list.length, Math.max(4, Math.floor(MOST_KEPT_BYTES / average / 2)));
    for (let away = 0; away < reach && wanted.length < room; away += 1) {
      // Behind a moving hand nothing is looked at.
      for (const candidate of lead ? [middle + Math.sign(lead) * away] : [middle + away, middle - away]) {
        if (this.isMissing(candidate) && !wanted.includes(candidate)) wanted.push(candidate);
      }
    }
    for (const [old, frame] of this.frames) {
      if (this.bytes <= MOST_KEPT_BYTES || old === number) break;
      this.frames.delete(old);
      this.bytes -= frame.bytes;
    }
    for (const one of wanted) this.asked.add(one);
    for (const one of wanted) this.fetch(one);
  }
}
