// Three planes through one volume. The voxels are loaded once; then scrolling and windowing need no kernel, and stay
// smooth while it computes. The traits are `window` and `cross`: no value of a file.

import { button, clamp, make, put, short } from "../frame/frame.js";
import { View, widget } from "../frame/view.js";
import { writePresets } from "../image/labels.js";
import { VALUES_OF } from "../image/windowing.js";
import { CutView } from "./cut_view.js";
import { PLANES } from "./cuts.js";

const PIECE_BYTES = 1_500_000; // as in viewer.py
const AT_ONCE = 4; // pieces that are requested at the same time
const HELP = "Click or drag: mark a place. Wheel, Page, Home, End: go through a plane. Arrows: move the mark. Shift or right drag, [ ] { }: window. P: next window. R: window as at first.";

class PlanesView extends View {
  /** @type {import("../image/windowing.js").Values | undefined} */
  voxels;
  /** @type {any} the answer to the question `volume` */
  told;
  /** @type {any} how its values become grey levels */
  recipe;
  /** @type {number | undefined} */
  request;

  /** @param {import("../frame/frame.js").Model} model @param {HTMLElement} root */
  constructor(model, root) {
    super(model, root);
    root.classList.add("dk-three");
    this.views = Object.keys(PLANES).map((name) => new CutView(name, this));
    this.cuts = make("div", { class: "dk-cuts" }, ...this.views.map((view) => view.node));
    this.probe = make("div", { class: "dk-probe", role: "status", text: "loading" });
    this.bar = make("progress", { "aria-label": "Voxels loaded", max: 1, value: 0 });
    this.spoken = make("div", { class: "dk-unseen", role: "status" });
    this.inputs = ["Center", "Width"].map((label) => make("input", { type: "number", step: "any", "aria-label": `Window ${label}` }));
    this.preset = make("select", { "aria-label": "Window preset" });
    const again = button("Reset", { title: "Window as at first (R)" }, () => this.reset());
    this.doubts = make("ul", { class: "dk-doubts", hidden: "" });
    root.append(make("div", { class: "dk-numbers" }, "Window", this.preset, ...this.inputs, again, make("small", { class: "dk-faint", text: HELP })), this.bar, this.cuts, this.probe, this.doubts, this.spoken);
    this.preset.addEventListener("change", () => this.choose(Number(this.preset.value)));
    for (const input of this.inputs) input.addEventListener("change", () => { this.setWindow(this.inputs[0].valueAsNumber, this.inputs[1].valueAsNumber); this.save(); });
    this.onTraits(["window", "cross"], () => this.schedule());
    this.observer = new ResizeObserver(() => { if (this.voxels) for (const view of this.views) view.fit(); this.schedule(); });
    this.observer.observe(this.cuts);
    this.load();
  }

  async load() {
    const told = await this.ask({ ask: "volume" });
    if (told.problem || told.parts === undefined) { this.bar.hidden = true; put(this.probe, told.problem ?? ""); return; }
    this.told = told;
    const [x, y, z] = told.sizes ?? [0, 0, 0];
    const kind = VALUES_OF[told.type ?? ""];
    const bytes = new Uint8Array(x * y * z * kind.BYTES_PER_ELEMENT);
    let [next, come] = [0, 0];
    const fetch = async () => {
      while (next < told.parts && this.isOpen) {
        const part = next;
        next += 1;
        const { buffers: [piece] } = await this.ask({ ask: "voxels", part });
        bytes.set(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength), part * PIECE_BYTES);
        come += 1;
        this.bar.value = come / told.parts;
        put(this.probe, `loading: ${Math.round((100 * come) / told.parts)} % of ${Math.ceil(bytes.length / 1e6)} MB`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fetch));
    if (!this.isOpen) return;
    this.bar.hidden = true;
    this.recipe = { type: told.type, slope: null, lowest: told.lowest, modalityTable: null, displayTable: null, inverse: false, padding: null, extent: [told.lowest, told.highest] };
    this.voxels = new kind(bytes.buffer);
    writePresets(this.preset, told.presets);
    this.doubts.replaceChildren(...(told.remarks ?? []).map((/** @type {string} */ text) => make("li", { text })));
    this.doubts.hidden = !told.remarks?.length;
    for (const view of this.views) view.fit();
    this.schedule();
  }

  get cross() {
    return this.model.get("cross");
  }

  get window() {
    return this.model.get("window");
  }

  /** @param {Record<number, number>} indices by axis */
  mark(indices) {
    this.model.set("cross", this.cross.map((/** @type {number} */ at, /** @type {number} */ axis) => indices[axis] ?? at));
    this.schedule();
  }

  /** @param {number} axis @param {number} by */
  move(axis, by) {
    if (!this.voxels) return;
    this.mark({ [axis]: clamp(this.cross[axis] + by, 0, this.told.sizes[axis] - 1) });
    this.save();
  }

  /** @param {number} center @param {number} width */
  setWindow(center, width) {
    if (!Number.isFinite(center + width)) return;
    const least = this.told?.function === "LINEAR_EXACT" ? 1e-6 * (this.told.highest - this.told.lowest) || 1e-6 : 1;
    this.model.set("window", [center, Math.max(width, least)]);
    this.schedule();
  }

  /** @param {number} higher @param {number} wider */
  nudge(higher, wider) {
    const [center, width] = this.window;
    this.setWindow(center + (higher * width) / 20, width * 1.1 ** wider);
    this.save();
  }

  /** @param {number} number of a preset */
  choose(number) {
    const [center, width] = this.told?.presets[number]?.[2] ?? this.window;
    this.setWindow(center, width);
    this.save();
  }

  nextPreset() {
    this.choose((this.presetIndex + 1) % this.told.presets.length);
  }

  get presetIndex() {
    return this.told.presets.findIndex((/** @type {any[]} */ [, , window]) => `${window}` === `${this.window}`);
  }

  reset() {
    if (this.told) this.setWindow(this.told.first[0], this.told.first[1]);
    this.save();
  }

  save() {
    this.model.save_changes();
  }

  speak() {
    put(this.spoken, this.inWords());
  }

  schedule() {
    this.request ??= requestAnimationFrame(() => {
      this.request = undefined;
      if (this.voxels) this.draw();
    });
  }

  draw() {
    const start = performance.now();
    for (const view of this.views) view.draw();
    put(this.probe, this.inWords());
    const { activeElement } = /** @type {Document} */ (this.root.getRootNode());
    this.preset.value = this.presetIndex < 0 ? "hand" : `${this.presetIndex}`;
    this.inputs.forEach((input, at) => { if (activeElement !== input) input.value = short(this.window[at]); });
    this.cuts.dataset.drawMs = (performance.now() - start).toFixed(3);
    this.cuts.dataset.shows = `${this.cross}`;
  }

  /** Show the value of the marked voxel, and its position in mm. */
  inWords() {
    if (!this.voxels) return "";
    const { cross: [x, y, z], told: { sizes, affine, unit } } = this;
    const value = this.voxels[x + sizes[0] * (y + sizes[1] * z)];
    const [left, back, head] = affine.map((/** @type {number[]} */ [a, b, c, d]) => (a * x + b * y + c * z + d).toFixed(1));
    return `${short(value)}${unit ? ` ${unit}` : ""} at x ${left}, y ${back}, z ${head} mm (LPS), voxel ${x}, ${y}, ${z}`;
  }

  close() {
    super.close();
    cancelAnimationFrame(this.request ?? 0);
    this.observer.disconnect();
  }
}

export default widget("Three planes", PlanesView);
