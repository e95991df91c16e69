// Placement: where the image lies in the view. `zoom` is how many screen pixels wide an image pixel is; `aspect` is
// how much taller than wide (PS3.3 section C.7.6.3.1.7, Pixel Aspect Ratio, and section 10.7.1.3, Pixel Spacing Value Order).

import { clamp } from "../frame/frame.js";

const SMALLEST = 0.05; // zoom, unless the whole image needs less
const LARGEST = 80; // or more

export class Placement {
  width = 0;
  height = 0;
  rows = 1;
  columns = 1;
  aspect = 1;
  zoom = 1;
  x = 0;
  y = 0;
  isFitted = true;

  get tall() {
    return this.zoom * this.aspect;
  }

  get key() {
    return `${this.x} ${this.y} ${this.zoom} ${this.width} ${this.height} ${this.rows} ${this.columns} ${this.aspect}`;
  }

  /** @param {{rows: number, columns: number, aspect: number}} picture @param {number} width @param {number} height */
  hold({ rows, columns, aspect }, width = this.width, height = this.height) {
    Object.assign(this, { rows, columns, aspect, width, height });
    if (this.isFitted) this.fit();
  }

  get fitting() {
    return Math.min(this.width / this.columns, this.height / (this.rows * this.aspect)) || 1;
  }

  fit() {
    this.center(this.fitting);
    this.isFitted = true;
  }

  /** @param {number} zoom */
  center(zoom) {
    this.zoom = zoom;
    this.x = (this.width - this.columns * this.zoom) / 2;
    this.y = (this.height - this.rows * this.tall) / 2;
    this.isFitted = false;
  }

  oneToOne() {
    this.center(1 / devicePixelRatio);
    this.pan(Math.round(this.x) - this.x, Math.round(this.y) - this.y);
  }

  /** @param {number} factor */
  zoomAtMiddle(factor) {
    this.zoomAt(this.width / 2, this.height / 2, factor);
  }

  /** @param {number} x @param {number} y @param {number} factor */
  zoomAt(x, y, factor) {
    const zoom = clamp(this.zoom * factor, Math.min(SMALLEST, this.fitting), Math.max(LARGEST, this.fitting));
    this.x = x - ((x - this.x) * zoom) / this.zoom;
    this.y = y - ((y - this.y) * zoom) / this.zoom;
    this.zoom = zoom;
    this.isFitted = false;
  }

  /** @param {number} x @param {number} y */
  pan(x, y) {
    this.x += x;
    this.y += y;
    this.isFitted = false;
  }

  /** @param {number[]} point of the view @returns {[number, number] | null} */
  pixelAt([x, y]) {
    // Row and column under a point of the view, or null outside the image.
    const [row, column] = [Math.floor((y - this.y) / this.tall), Math.floor((x - this.x) / this.zoom)];
    return row >= 0 && column >= 0 && row < this.rows && column < this.columns ? [row, column] : null;
  }

  /** The first and the last line of the pixel grid that can be seen: left, top, right, bottom. */
  get visible() {
    const { zoom, tall, x, y } = this;
    const [left, right] = [Math.max(0, Math.floor(-x / zoom)), Math.min(this.columns, Math.ceil((this.width - x) / zoom))];
    const [top, bottom] = [Math.max(0, Math.floor(-y / tall)), Math.min(this.rows, Math.ceil((this.height - y) / tall))];
    return [left, top, right, bottom];
  }

  /** @param {number} row @param {number} column @returns {[number, number]} */
  screen(row, column) {
    // The middle of a pixel.
    return [this.x + (column + 0.5) * this.zoom, this.y + (row + 0.5) * this.tall];
  }
}
