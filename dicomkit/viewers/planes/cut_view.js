// One of the three views: canvas, orientation letters, cross-hair, pointer and keys.

import { consume, make, put } from "../frame/frame.js";
import { ImageCanvas } from "../image/canvas.js";
import { PLANES, takeCut, voxelAt } from "./cuts.js";

const EDGES = ["left", "right", "top", "bottom"];
const WIDER_PX = 200;
const BRIGHTER_PX = 300;

export class CutView {
  /** @type {number | undefined} the index of the cut in `frame` */
  taken;
  /** @type {{x: number, y: number, window: number[]} | undefined} */
  drag;
  /** @type {import("../image/windowing.js").Frame | undefined} */
  frame;

  /** @param {string} name @param {any} viewer */
  constructor(name, viewer) {
    this.name = name;
    this.viewer = viewer;
    this.axes = PLANES[name];
    const canvas = make("canvas", { "aria-hidden": "true" });
    this.canvas = new ImageCanvas(canvas);
    this.lines = [make("div", { class: "dk-line" }), make("div", { class: "dk-line" })];
    this.edges = EDGES.map((edge) => make("div", { class: `dk-label dk-${edge}` }));
    this.title = make("div", { class: "dk-label dk-name" });
    this.node = make("div", { class: "dk-cut", tabindex: "0", role: "application", "aria-label": name }, canvas, ...this.lines, ...this.edges, this.title);
    this.place = { key: "", x: 0, y: 0, zoom: 1, tall: 1 };
    this.listen();
  }

  listen() {
    const { node, viewer } = this;
    const on = (/** @type {string} */ kind, /** @type {(event: any) => void} */ action) => node.addEventListener(kind, action, { passive: false });
    on("contextmenu", (event) => event.preventDefault());
    on("pointerdown", (event) => {
      node.focus({ preventScroll: true });
      node.setPointerCapture(event.pointerId);
      const isWindow = event.button !== 0 || event.shiftKey;
      this.drag = isWindow ? { x: event.clientX, y: event.clientY, window: viewer.window } : { x: 0, y: 0, window: [] };
      if (!isWindow) this.mark(event);
      event.preventDefault();
    });
    on("pointermove", (event) => {
      if (!this.drag) return;
      if (!this.drag.window.length) { this.mark(event); return; }
      const [center, width] = this.drag.window;
      viewer.setWindow(center - ((event.clientY - this.drag.y) * width) / BRIGHTER_PX, width * Math.exp((event.clientX - this.drag.x) / WIDER_PX));
    });
    for (const kind of ["pointerup", "pointercancel"]) on(kind, () => { this.drag = undefined; viewer.save(); });
    on("wheel", (event) => {
      if (!viewer.root.matches(":focus-within") || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      viewer.move(this.axes.cut, Math.sign(event.deltaY));
    });
    on("keydown", (event) => {
      const action = event.ctrlKey || event.metaKey ? undefined : this.actionOf(event.key);
      if (!action) return;
      consume(event);
      action();
      viewer.speak();
    });
  }

  /** @param {string} key @returns {(() => void) | undefined} */
  actionOf(key) {
    const { viewer, axes } = this;
    /** @type {Record<string, () => void>} */
    const actions = {
      PageUp: () => viewer.move(axes.cut, -1),
      PageDown: () => viewer.move(axes.cut, 1),
      Home: () => viewer.move(axes.cut, -Infinity),
      End: () => viewer.move(axes.cut, Infinity),
      ArrowLeft: () => viewer.move(axes.right, -1),
      ArrowRight: () => viewer.move(axes.right, 1),
      ArrowUp: () => viewer.move(axes.down, -axes.sign),
      ArrowDown: () => viewer.move(axes.down, axes.sign),
      "[": () => viewer.nudge(-1, 0),
      "]": () => viewer.nudge(1, 0),
      "{": () => viewer.nudge(0, -1),
      "}": () => viewer.nudge(0, 1),
      p: () => viewer.nextPreset(),
      r: () => viewer.reset(),
    };
    return actions[key.length === 1 ? key.toLowerCase() : key];
  }

  /** @param {PointerEvent} event */
  mark(event) {
    const { viewer, axes, place } = this;
    if (!viewer.voxels) return;
    const box = this.node.getBoundingClientRect();
    const [right, down] = voxelAt(axes, viewer.told.sizes, (event.clientX - box.left - place.x) / place.zoom, (event.clientY - box.top - place.y) / place.tall);
    viewer.mark({ [axes.right]: right, [axes.down]: down });
  }

  /** Fit the plane into the view, with the aspect ratio of its size in mm. */
  fit() {
    const { axes, viewer: { told }, node } = this;
    const [columns, rows] = [told.sizes[axes.right], told.sizes[axes.down]];
    const [wide, tall] = [told.spacing[axes.right], told.spacing[axes.down]];
    const scale = Math.min(node.clientWidth / (columns * wide), node.clientHeight / (rows * tall));
    const [zoom, high] = [scale * wide, scale * tall];
    const [x, y] = [(node.clientWidth - columns * zoom) / 2, (node.clientHeight - rows * high) / 2];
    this.place = { key: `${x} ${y} ${zoom} ${high}`, x, y, zoom, tall: high };
  }

  draw() {
    const { viewer, axes, canvas, place } = this;
    const { told, cross, window } = viewer;
    const [columns, rows] = [told.sizes[axes.right], told.sizes[axes.down]];
    canvas.hold({ rows, columns });
    const index = cross[axes.cut];
    if (this.taken !== index || !this.frame) {
      const values = this.frame?.values ?? new viewer.voxels.constructor(rows * columns);
      takeCut(viewer.voxels, told.sizes, axes, index, values);
      const patterns = told.type === "i2" || told.type === "u2" ? new Uint16Array(values.buffer) : null;
      this.frame ??= { values, patterns, levels: new Uint8Array(0), lowest: told.lowest, highest: told.highest };
      this.taken = index;
    }
    canvas.show(viewer.recipe, this.frame, { window, function: told.function }, `${index} ${window}`);
    canvas.place(/** @type {any} */ (place));
    this.write(index, columns, rows);
  }

  /** @param {number} index @param {number} columns @param {number} rows */
  write(index, columns, rows) {
    const { viewer: { told, cross }, axes, place, lines } = this;
    put(this.title, `${this.name}  ${index + 1} / ${told.sizes[axes.cut]}`);
    this.node.setAttribute("aria-label", `${this.name}, ${index + 1} of ${told.sizes[axes.cut]}`);
    EDGES.forEach((edge, at) => put(this.edges[at], told.letters[this.name][edge]));
    const down = axes.sign > 0 ? cross[axes.down] : rows - 1 - cross[axes.down];
    const [x, y] = [place.x + (cross[axes.right] + 0.5) * place.zoom, place.y + (down + 0.5) * place.tall];
    lines[0].style.cssText = `left:${x}px; top:${place.y}px; width:1px; height:${rows * place.tall}px`;
    lines[1].style.cssText = `left:${place.x}px; top:${y}px; width:${columns * place.zoom}px; height:1px`;
  }
}
