// Probe: what one pixel holds, in words: its place in the image, the stored value and what becomes of it, and its
// place in the patient (row and column count from 0, as in Python). PS3.3 sections C.11.1 and C.7.6.2.1.1.

import { clamp, short } from "../frame/frame.js";
import { positionOf } from "./geometry.js";
import { quantityFunction } from "./windowing.js";

/**
 * @typedef {import("./frames.js").Picture} Picture
 * @typedef {import("./frames.js").KeptFrame} KeptFrame
 */

export class Probe {
  constructor() {
    /** @type {number[] | null} */
    this.pointer = null; // where in the view the mouse is
    /** @type {number[] | null} */
    this.cross = null; // the pixel that the keys have gone to, as [row, column]
  }

  /** Follow the mouse; the cross of the keys goes away.
   *  @param {number[] | null} position */
  point(position) {
    this.pointer = position;
    if (position) this.cross = null;
  }

  /** Go so many pixels on from the cross; the first step makes it, in the middle of the image.
   *  @param {number} down @param {number} right @param {{rows: number, columns: number}} picture */
  moveCross(down, right, { rows, columns }) {
    const [row, column] = this.cross ?? [Math.floor(rows / 2) - down, Math.floor(columns / 2) - right];
    this.cross = [clamp(row + down, 0, rows - 1), clamp(column + right, 0, columns - 1)];
  }

  /** Return what is read, in words, or null if nothing is pointed at. `output` holds the image's pixels as painted.
   *  @param {Picture} picture @param {KeptFrame | undefined} frame @param {import("./placement.js").Placement} placement
   *  @param {Uint32Array} output */
  read(picture, frame, placement, output) {
    if (!this.pointer && !this.cross) return null;
    const pixel = this.cross ?? (this.pointer && placement.pixelAt(this.pointer));
    if (!pixel || !frame) return "Outside the image.";
    const [row, column] = pixel;
    return reading(picture, frame, output[row * picture.columns + column] & 0xff, row, column);
  }
}

/** @param {Picture} picture @param {KeptFrame} frame @param {number} level @param {number} row @param {number} column */
function reading(picture, frame, level, row, column) {
  const at = row * picture.columns + column;
  const words = [`[${row}, ${column}]`];
  if (picture.type === "rgb") words.push(colours(picture, frame, at));
  else words.push(formula(picture, frame.values[at]), isPadding(picture, frame.values[at]) ? "padding: no part of the image" : `grey ${level}`);
  if (picture.plane) {
    const place = positionOf(picture.plane, row, column).map((one) => one.toFixed(1));
    words.push(`patient (${place.join(", ")}) mm`);
  }
  return words.join("   ·   ");
}

/** Palette and deep colour are stored as other numbers than a screen shows.
 *  @param {Picture} picture @param {KeptFrame} frame @param {number} at */
function colours(picture, { values, stored }, at) {
  const shown = `red ${values[3 * at]}  green ${values[3 * at + 1]}  blue ${values[3 * at + 2]}`;
  if (!stored) return shown;
  if (picture.stored_samples === 1) return `stored ${stored[at]} → palette → ${shown}`;
  return `stored ${stored.subarray(3 * at, 3 * at + 3).join(", ")} → ${shown}`;
}

/** @param {Picture} picture @param {number} stored */
function isPadding({ padding }, stored) {
  return padding !== null && stored >= padding[0] && stored <= padding[1];
}

/** @param {Picture} picture @param {number} stored */
function formula(picture, stored) {
  const value = `${short(quantityFunction(picture)(stored))}${picture.unit ? ` ${picture.unit}` : ""}`;
  if (picture.modalityTable) return `stored ${stored} → Modality LUT → ${value}`;
  if (picture.slope === null) return `stored ${value}`;
  const { slope, intercept = 0 } = picture;
  const shift = intercept < 0 ? `− ${short(-intercept)}` : `+ ${short(intercept)}`;
  return `stored ${stored} × ${short(slope)} ${shift} = ${value}`;
}
