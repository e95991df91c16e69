// Planes: the overlays that an image brings along (dicomkit/pixels/overlay_planes.py), one bit a pixel, drawn on a
// canvas of their own over the picture. The picture stays as it is, and a switch takes them away again.

// One 32-bit word a pixel: red is its lowest byte, the highest is opacity. A region of interest lets the image through.
const GRAPHICS = 0xff4de1ff;
const REGION = 0x99e9b456;

/**
 * @typedef {{group: string, type: string, rows: number, columns: number, origin: number[]}} Overlay where a plane lies:
 *   its first bit at the row and the column `origin`, of which the first is 1; type R is a region of interest
 */

export class Planes {
  /** @type {string | undefined} */
  shown;
  /** @type {string | undefined} */
  placed;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.isOn = true;
  }

  /** Draw what a frame brings, if that or the switch has changed; `number` says which frame it is.
   *  @param {import("./frames.js").Picture} picture @param {import("./frames.js").KeptFrame | undefined} frame
   *  @param {number} number */
  show(picture, frame, number) {
    const overlays = frame && this.isOn ? picture.overlays ?? [] : [];
    const shown = `${number} ${overlays.length}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.canvas.dataset.shows = overlays.map(({ group }) => group).join(" ");
    this.canvas.hidden = overlays.length === 0;
    if (!frame || overlays.length === 0) return;
    [this.canvas.width, this.canvas.height] = [picture.columns, picture.rows];
    const image = this.context.createImageData(picture.columns, picture.rows);
    drawPlanes({ ...picture, overlays }, frame.planes, new Uint32Array(image.data.buffer));
    this.context.putImageData(image, 0, 0);
  }

  /** @param {import("./placement.js").Placement} placement */
  place({ key, x, y, zoom, tall }) {
    if (key === this.placed) return;
    this.placed = key;
    this.canvas.style.transform = `translate(${x}px, ${y}px) scale(${zoom}, ${tall})`;
  }
}

/** Fill `output` with the planes of a picture, one over the other. What lies outside the image is left out.
 *  @param {{rows: number, columns: number, overlays: Overlay[]}} picture @param {Uint8Array} bytes
 *  @param {Uint32Array} output */
export function drawPlanes({ rows, columns, overlays }, bytes, output) {
  let start = 0; // each plane begins with a byte of its own; its first bit is the lowest
  for (const { type, rows: height, columns: width, origin: [top, left] } of overlays) {
    const word = type === "R" ? REGION : GRAPHICS;
    for (let row = Math.max(0, 1 - top); row < Math.min(height, rows + 1 - top); row += 1) {
      for (let column = Math.max(0, 1 - left); column < Math.min(width, columns + 1 - left); column += 1) {
        const bit = row * width + column;
        if ((bytes[start + (bit >> 3)] >> (bit & 7)) & 1) output[(row + top - 1) * columns + column + left - 1] = word;
      }
    }
    start += Math.ceil((height * width) / 8);
  }
}
