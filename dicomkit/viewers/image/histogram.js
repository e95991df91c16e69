// Histogram: how often values occur (the height is a logarithm), the curve of the window, and its two handles.

import { clamp, short } from "../frame/frame.js";
import { clearedPen, fitCanvas, MARK, sizeOf } from "./overlay.js";
import { greyFunction, quantityFunction, valueRange } from "./windowing.js";

const BINS = 160;
const MOST_COUNTED = 300_000; // pixels; of more, every second or third is counted
const NEAR = 8; // screen pixels from a handle at which a hand means the handle

/**
 * @typedef {import("./windowing.js").Recipe} Recipe
 * @typedef {import("./windowing.js").Frame} Frame
 */

export class Histogram {
  low = 0;
  high = 1;
  counts = "";
  /** @type {Frame | undefined} whose values were counted last */
  counted;
  /** @type {string | undefined} */
  key;
  /** @type {number[] | null} */
  handles = null;
  /** @type {{what: string, x: number, window: number[]} | undefined} */
  grabbed;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.bars = document.createElement("canvas");
    this.isNear = false; // whether it shows the surroundings of the window only
  }

  resize() {
    fitCanvas(this.canvas);
    this.counted = undefined;
    this.key = undefined;
  }

  /** @param {Recipe} picture @param {Frame} frame @param {{window: number[] | null, function: string}} state */
  draw(picture, frame, state) {
    const { canvas } = this;
    if (!canvas.width) return;
    if (!this.grabbed) this.choose(picture, frame, state);
    const key = `${this.low} ${this.high} ${state.window} ${state.function}`;
    if (key === this.key && this.counted === frame) return;
    if (this.counted !== frame || this.counts !== `${this.low} ${this.high}`) this.count(picture, frame);
    this.key = key;
    const pen = clearedPen(canvas);
    const [width, height] = sizeOf(canvas);
    pen.drawImage(this.bars, 0, 0, width, height);
    this.handles = null;
    if (!state.window) return;
    const at = (/** @type {number} */ value) => clamp(((value - this.low) / (this.high - this.low)) * width, 1, width - 1);
    const [center, extent] = state.window;
    this.handles = [at(center - extent / 2), at(center + extent / 2)];
    pen.fillStyle = "rgba(255, 210, 122, 0.2)";
    pen.fillRect(this.handles[0], 0, this.handles[1] - this.handles[0], height);
    this.drawCurve(pen, greyFunction(center, extent, state.function, picture.inverse), width, height - 16);
    pen.fillStyle = MARK;
    for (const handle of this.handles) {
      pen.fillRect(handle - 1, 0, 2, height - 14);
      pen.beginPath();
      pen.arc(handle, 7, 5, 0, 2 * Math.PI);
      pen.fill();
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {(value: number) => number} grey @param {number} width @param {number} height */
  drawCurve(pen, grey, width, height) {
    pen.strokeStyle = MARK;
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (let pixel = 0; pixel <= width; pixel += 1) {
      pen.lineTo(pixel, height - (grey(this.low + (pixel / width) * (this.high - this.low)) / 255) * (height - 2));
    }
    pen.stroke();
  }

  /** @param {Recipe} picture @param {Frame} frame @param {{window: number[] | null}} state */
  choose(picture, frame, { window }) {
    // All values of the image, or three times the window.
    [this.low, this.high] = valueRange(picture, frame);
    if (this.isNear && window) [this.low, this.high] = [window[0] - 1.5 * window[1], window[0] + 1.5 * window[1]];
    if (!(this.high > this.low)) this.high = this.low + 1;
  }

  /** @param {Recipe} picture @param {Frame} frame */
  count(picture, frame) {
    this.counted = frame;
    this.counts = `${this.low} ${this.high}`;
    const counts = new Float64Array(BINS);
    const quantity = quantityFunction(picture);
    const scale = BINS / (this.high - this.low);
    const step = Math.ceil(frame.values.length / MOST_COUNTED);
    for (let at = 0; at < frame.values.length; at += step) {
      const bin = Math.floor((quantity(frame.values[at]) - this.low) * scale);
      if (bin >= 0 && bin < BINS) counts[bin] += 1;
      else if (bin === BINS) counts[BINS - 1] += 1; // the highest value of all
    }
    this.drawBars(counts);
  }

  /** @param {Float64Array} counts */
  drawBars(counts) {
    const { canvas, bars } = this;
    [bars.width, bars.height] = [canvas.width, canvas.height];
    const pen = /** @type {CanvasRenderingContext2D} */ (bars.getContext("2d"));
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const [width, tallest] = sizeOf(canvas);
    const height = tallest - 14;
    const most = Math.log1p(counts.reduce((a, b) => Math.max(a, b), 0)) || 1;
    pen.fillStyle = "#5b8fb9";
    counts.forEach((count, index) => {
      const tall = (Math.log1p(count) / most) * (height - 6);
      pen.fillRect((index * width) / BINS, height - tall, width / BINS + 0.5, tall);
    });
    pen.fillStyle = "#9fb1c1";
    pen.font = "10px system-ui, sans-serif";
    pen.textBaseline = "bottom";
    /** @type {[CanvasTextAlign, number, number][]} */
    const labels = [["left", this.low, 3], ["center", (this.low + this.high) / 2, width / 2], ["right", this.high, width - 3]];
    for (const [align, value, x] of labels) {
      pen.textAlign = align;
      pen.fillText(short(Number(value.toPrecision(4))), x, height + 13);
    }
  }

  /** @param {number} x @param {number[] | null} window */
  grab(x, window) {
    if (!this.handles || !window) return;
    const [first, second] = this.handles.map((handle) => Math.abs(handle - x));
    const isBetween = x > this.handles[0] + NEAR && x < this.handles[1] - NEAR;
    this.grabbed = { what: isBetween ? "both" : first < second ? "lower" : "upper", x, window };
  }

  /** @param {number} x @param {number} step @returns {[number, number]} */
  drag(x, step) {
    // Return center and width where the pointer has dragged them.
    const { what, window, x: start } = this.grabbed ?? { what: "", window: [0, 1], x };
    const unit = (this.high - this.low) / sizeOf(this.canvas)[0];
    const [center, width] = window;
    const by = (x - start) * unit;
    if (what === "both") return [center + by, width];
    const [low, high] = [center - width / 2, center + width / 2];
    const ends = what === "lower" ? [Math.min(low + by, high - step), high] : [low, Math.max(high + by, low + step)];
    return [(ends[0] + ends[1]) / 2, ends[1] - ends[0]];
  }
}
