// Overlay: what is drawn over the image. The pixel grid with its values, the scale, the cross that the keys move,
// and where linked images cut this one.

import { clamp, short } from "../frame/frame.js";
import { cutOf } from "./geometry.js";
import { quantityFunction } from "./windowing.js";

export const MARK = "#ffd27a";
const CUT = "#56b4e9";
const SHOW_VALUES_AT = 30; // screen pixels that an image pixel needs before its value is written into it
const SHOW_GRID_AT = 10;

/** @typedef {import("./frames.js").Picture} Picture */

/** @param {HTMLCanvasElement} canvas */
export function fitCanvas(canvas) {
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
}

/** @param {HTMLCanvasElement} canvas @returns {[number, number]} */
export function sizeOf(canvas) {
  // As it was fitted: to ask the page for clientWidth would make it lay everything out, in each frame.
  return [canvas.width / devicePixelRatio, canvas.height / devicePixelRatio];
}

/** @param {HTMLCanvasElement} canvas */
export function clearedPen(canvas) {
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  pen.clearRect(0, 0, ...sizeOf(canvas));
  return pen;
}

/** @param {CanvasRenderingContext2D} pen @param {() => void} draw */
function strokeTwice(pen, draw, color = MARK) {
  // A dark seam makes a line visible on white as well.
  for (const { width, style } of [{ width: 3.5, style: "rgba(0, 0, 0, 0.65)" }, { width: 1.5, style: color }]) {
    pen.lineWidth = width;
    pen.strokeStyle = style;
    pen.beginPath();
    draw();
    pen.stroke();
  }
}

/** @param {import("./placement.js").Placement} placement */
export function hasGrid({ zoom, tall }) {
  return Math.min(zoom, tall) >= SHOW_GRID_AT;
}

/** @param {import("./placement.js").Placement} placement */
export function hasValues({ zoom, tall }) {
  return Math.min(zoom, tall) >= SHOW_VALUES_AT;
}

/** @param {CanvasRenderingContext2D} pen @param {import("./placement.js").Placement} placement */
export function drawGrid(pen, placement) {
  const [left, top, right, bottom] = placement.visible;
  const { zoom, tall, x, y } = placement;
  pen.strokeStyle = "rgba(120, 160, 200, 0.35)";
  pen.lineWidth = 1;
  pen.beginPath();
  for (let column = left; column <= right; column += 1) {
    pen.moveTo(x + column * zoom, y + top * tall);
    pen.lineTo(x + column * zoom, y + bottom * tall);
  }
  for (let row = top; row <= bottom; row += 1) {
    pen.moveTo(x + left * zoom, y + row * tall);
    pen.lineTo(x + right * zoom, y + row * tall);
  }
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {import("./placement.js").Placement} placement @param {Picture} picture
 *  @param {import("./windowing.js").Frame} frame @param {Uint32Array} output */
export function drawValues(pen, placement, picture, frame, output) {
  const [left, top, right, bottom] = placement.visible;
  const words = picture.type === "rgb" ? colourWords(frame) : valueWords(picture, frame);
  const size = clamp(placement.zoom / (picture.type === "rgb" ? 4 : 3.4), 9, 16);
  pen.font = `${size}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const at = row * picture.columns + column;
      const [red, green, blue] = [output[at] & 0xff, (output[at] >> 8) & 0xff, (output[at] >> 16) & 0xff];
      pen.fillStyle = 0.3 * red + 0.6 * green + 0.1 * blue > 127 ? "#000" : "#fff";
      const lines = words(at);
      const [middleX, middleY] = placement.screen(row, column);
      lines.forEach((line, index) => pen.fillText(String(line), middleX, middleY + (index - (lines.length - 1) / 2) * size, placement.zoom - 2));
    }
  }
}

/** @param {Picture} picture @param {import("./windowing.js").Frame} frame @returns {(at: number) => (string | number)[]} */
function valueWords(picture, frame) {
  const quantity = quantityFunction(picture);
  return (at) => [short(quantity(frame.values[at]))];
}

/** @param {import("./windowing.js").Frame} frame @returns {(at: number) => (string | number)[]} */
function colourWords({ values }) {
  return (at) => [values[3 * at], values[3 * at + 1], values[3 * at + 2]];
}

/** @param {CanvasRenderingContext2D} pen @param {import("./placement.js").Placement} placement @param {number} spacing of two columns, in mm
 *  @param {string} place where that is */
export function drawScale(pen, placement, spacing, place) {
  const longest = ((placement.width / 4) * spacing) / placement.zoom; // in mm
  const power = 10 ** Math.floor(Math.log10(longest));
  const digit = [5, 2, 1].find((candidate) => candidate * power <= longest) ?? 1;
  const pixels = ((digit * power) / spacing) * placement.zoom;
  const [right, y] = [placement.width - 14.5, placement.height - 34.5];
  strokeTwice(pen, () => {
    pen.moveTo(right - pixels, y);
    pen.lineTo(right, y);
    for (let tick = 0; tick <= digit; tick += 1) {
      pen.moveTo(right - (pixels * tick) / digit, y);
      pen.lineTo(right - (pixels * tick) / digit, y - (tick % digit ? 4 : 8));
    }
  });
  pen.font = "13px system-ui, sans-serif";
  pen.textAlign = "right";
  pen.textBaseline = "bottom";
  pen.shadowColor = "#000";
  pen.shadowBlur = 3;
  pen.fillStyle = MARK;
  const length = digit * power;
  pen.fillText(`${length >= 10 ? `${short(length / 10)} cm` : `${short(length)} mm`} ${place}`.trim(), right, y - 9);
  pen.shadowBlur = 0;
}

/** @param {CanvasRenderingContext2D} pen @param {import("./placement.js").Placement} placement @param {number[]} pixel */
export function drawCross(pen, placement, [row, column]) {
  const [x, y] = placement.screen(row, column);
  strokeTwice(pen, () => {
    for (const [right, down] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(x + 5 * right, y + 5 * down);
      pen.lineTo(x + 14 * right, y + 14 * down);
    }
  });
}

/** @param {CanvasRenderingContext2D} pen @param {import("./placement.js").Placement} placement @param {[number, number][]} ends */
export function drawCut(pen, placement, [start, end]) {
  strokeTwice(pen, () => {
    pen.moveTo(...placement.screen(...start));
    pen.lineTo(...placement.screen(...end));
  }, CUT);
}

/** Draws all of it, anew only where something of it has changed. */
export class Overlay {
  /** @type {string | undefined} */
  shown;

  /** @param {any} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.canvas = viewer.page.overlay;
  }

  resize() {
    fitCanvas(this.canvas);
    this.shown = undefined;
  }

  /** @param {Picture} picture @param {import("./frames.js").KeptFrame | undefined} frame */
  draw(picture, frame) {
    const { placement, canvas, number, others, page: { view }, probe: { cross } } = this.viewer;
    const cuts = [...others.values()].map((other) => cutOf(picture, other)).filter((cut) => cut !== null);
    const isNear = frame && hasGrid(placement);
    const key = `${placement.key} ${picture.spacing} ${isNear ? canvas.shown : number} ${cross} ${cuts} ${devicePixelRatio}`;
    if (key === this.shown) return;
    this.shown = key;
    const pen = clearedPen(this.canvas);
    const isRead = isNear && hasValues(placement);
    if (isNear) drawGrid(pen, placement);
    if (isRead) drawValues(pen, placement, picture, frame, canvas.output);
    view.classList.toggle("dk-valued", Boolean(isRead)); // labels stand out from so many numbers
    if (picture.spacing) drawScale(pen, placement, picture.spacing[1], picture.spacing_place);
    for (const ends of cuts) drawCut(pen, placement, ends);
    if (cross) drawCross(pen, placement, cross);
  }
}
