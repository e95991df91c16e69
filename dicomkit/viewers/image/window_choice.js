// Window choice: how a person comes to another window. By hand, from the keys, typed as two numbers, or as one of the
// presets that Python offers (dicomkit/pixels/presets.py).

import { LEAST_WIDTH, valueRange } from "./windowing.js";

/** @typedef {[group: string, name: string, window: number[] | null]} Preset */

export class WindowChoice {
  /** `viewer` says what is shown (picture, frame, state, shown) and is told what to show instead (set).
   *  @param {any} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {Preset[]} */
    this.presets = [];
    this.chosen = -1;
  }

  get values() {
    return valueRange(this.viewer.picture, this.viewer.frame);
  }

  get step() {
    return stepOf(this.values);
  }

  /** The window from which a hand begins: what is shown, otherwise all values of the image. */
  get start() {
    const [low, high] = this.values;
    return this.viewer.shown.window ?? [(low + high + 1) / 2, high - low + 1];
  }

  /** @param {number} center @param {number} width @param {boolean} isFinal */
  set(center, width, isFinal) {
    const { viewer } = this;
    viewer.set("window", roundedWindow(center, width, this.step, viewer.shown.function), isFinal);
  }

  /** @param {number} up @param {number} wider */
  nudge(up, wider) {
    if (this.viewer.picture.is_colour) return;
    const [center, width] = this.start;
    const by = Math.max(width / 20, this.step);
    this.set(center + up * by, width + wider * by, true);
  }

  /** @param {number} center @param {number} width */
  type(center, width) {
    if (!Number.isFinite(center) || !(width > 0)) return;
    this.viewer.set("window", [center, Math.max(width, LEAST_WIDTH[this.viewer.shown.function])], true);
  }

  /** Let Python hear where a hand has come to rest. */
  settle() {
    this.viewer.set("window", this.viewer.state.get("window"), true);
  }

  /** Take back what was chosen. */
  unset() {
    this.viewer.set("function", "", false);
    this.viewer.set("window", null, true);
  }

  /** Which preset is shown, or -1. Two may have one window: then it is the one that was chosen. */
  get index() {
    const shown = `${this.viewer.state.get("window")}`; // two numbers, or null
    if (`${this.presets[this.chosen]?.[2]}` === shown) return this.chosen;
    return this.presets.findIndex(([, , window]) => `${window}` === shown);
  }

  /** @param {number} index */
  choose(index) {
    if (!this.presets[index]) return;
    this.chosen = index;
    this.viewer.set("window", this.presets[index][2], true);
  }

  next() {
    if (this.presets.length) this.choose((Math.max(this.index, 0) + 1) % this.presets.length);
  }
}

/** The windows to choose from, as [group, name, window]; the first is none: that of the first sight.
 *  @param {import("./frames.js").Picture} picture @returns {Preset[]} */
export function presetsFor(picture) {
  return [[picture.first_group, firstInWords(picture), null], ...picture.presets];
}

/** Say whose choice the window of the first sight is: the file's, or the kit's (dicomkit/pixels/first_sight.py).
 *  @param {{first_group: string, first_name: string}} picture */
export function firstInWords({ first_group: group, first_name: name }) {
  return `${group === "in the file" ? "as in the file" : group}: ${name}`;
}

/** What a window is rounded to: whole values, or finer where there are few.
 *  @param {number[]} values */
function stepOf([low, high]) {
  return high - low >= 100 ? 1 : 10 ** Math.floor(Math.log10((high - low || 1) / 200));
}

/** @param {number} center @param {number} width @param {number} step @param {string} name */
function roundedWindow(center, width, step, name) {
  const least = Math.max(LEAST_WIDTH[name], Math.min(step, 0.001)); // a hand makes no step of it
  const [middle, wide] = [center, Math.max(width, least)].map((one) => Number((Math.round(one / step) * step).toPrecision(12)));
  return [middle, Math.max(wide, least)];
}
