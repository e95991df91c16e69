// Canvas: one canvas pixel for each pixel of the image, painted when its grey levels change, and put in its place
// by the browser, which scales it. So zooming and moving paint nothing anew.

import { paint } from "./windowing.js";

export class ImageCanvas {
  /** @type {string | undefined} */
  shown;
  /** @type {string | undefined} */
  placed;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this.image = this.context.createImageData(1, 1);
    this.output = new Uint32Array(this.image.data.buffer);
    this.words = new Uint32Array(65536); // scratch for a table of grey levels
  }

  /** Make room for an image of this size.
   *  @param {{rows: number, columns: number}} picture */
  hold({ rows, columns }) {
    const { canvas, context } = this;
    if (canvas.width === columns && canvas.height === rows && this.image.width === columns && this.image.height === rows) return;
    [canvas.width, canvas.height] = [columns, rows];
    this.image = context.createImageData(columns, rows);
    this.output = new Uint32Array(this.image.data.buffer);
  }

  /** Paint a frame, if what is to be shown has changed: "" until it has arrived, "nothing" if it never will.
   *  @param {import("./windowing.js").Recipe} picture @param {import("./windowing.js").Frame | undefined} frame
   *  @param {{window: number[] | null, function: string}} state @param {string} shown */
  show(picture, frame, state, shown) {
    if (shown === this.shown) return;
    this.shown = shown;
    const { canvas, context } = this;
    const start = performance.now();
    if (frame) {
      paint(picture, frame, state, this.output, this.words);
      context.putImageData(this.image, 0, 0);
      canvas.dataset.paintMs = (performance.now() - start).toFixed(3);
    } else if (shown) {
      context.clearRect(0, 0, canvas.width, canvas.height);
    }
    canvas.style.opacity = shown ? "1" : "0.35"; // until it has arrived, the one before stays, dimmed and marked
    canvas.dataset.shows = shown;
  }

  /** @param {import("./placement.js").Placement} placement */
  place({ key, x, y, zoom, tall }) {
    if (key === this.placed) return;
    this.placed = key;
    this.canvas.style.transform = `translate(${x}px, ${y}px) scale(${zoom}, ${tall})`;
    this.canvas.style.imageRendering = zoom >= 2 ? "pixelated" : "auto";
  }
}
