// Draw images. Python decides what a stored value means; this turns numbers into light.
//
// Raw frames arrive once, as custom messages. From then on everything that moves (window, zoom, slices, cine)
// happens in the page, so that it stays smooth while the kernel computes. The traits are `window`, `function` and
// `selection`; nothing that could be a patient's is ever among them.
//
// This file is the viewer itself: what it shows now, and drawing each part anew only if what it shows has changed.
// Each concept has a file of its own, which this one imports.

import { asker, begin, clamp, make, put } from "../frame/frame.js";
import { ImageCanvas } from "./canvas.js";
import { Cine } from "./cine.js";
import { Pictures } from "./frames.js";
import { cutOf } from "./geometry.js";
import { Hands } from "./hands.js";
import { Histogram } from "./histogram.js";
import { listenToKeys } from "./keys.js";
import { inWords, writeCorners, writePlace, writePresets, writeRate, writeTags, writeWindow } from "./labels.js";
import { followingIndex, Link } from "./link.js";
import { Notice } from "./notice.js";
import {
  clearedPen, drawCross, drawCut, drawGrid, drawScale, drawValues, fitCanvas, hasGrid, hasValues,
} from "./overlay.js";
import { buildPage } from "./page.js";
import { Placement } from "./placement.js";
import { Planes } from "./planes.js";
import { Probe } from "./probe.js";
import { State } from "./state.js";
import { presetsFor, WindowChoice } from "./window_choice.js";

/**
 * @typedef {import("../frame/frame.js").Model} Model
 * @typedef {import("./frames.js").Picture} Picture
 */

class ImageView {
  /** @type {string | undefined} what the overlay shows */
  inked;
  /** @type {string | undefined} */
  said;
  /** @type {string | undefined} */
  described;
  /** @type {number | undefined} the picture that was asked for last */
  wanted;
  /** @type {number | undefined} an animation frame that is under way */
  request;
  /** @type {string | undefined} */
  problem;
  isSpeaking = false;
  density = 0;

  /** @param {Model} model @param {HTMLElement} root */
  constructor(model, root) {
    this.page = buildPage(root);
    this.canvas = new ImageCanvas(this.page.canvas);
    this.planes = new Planes(this.page.planes);
    this.placement = new Placement();
    this.chart = new Histogram(this.page.histogram);
    this.others = new Map(); // the pictures that linked viewers show, by their models
    this.probe = new Probe();
    this.window = new WindowChoice(this);
    this.notice = new Notice(this.page.notice, () => this.schedule());
    this.aborted = new AbortController();
    this.state = new State(model, () => this.schedule());
    this.link = new Link(model, (news) => this.heard(news));
    this.ask = asker(model);
    this.pictures = new Pictures(this.ask, (number, problem) => this.arrived(number, problem));
    this.cine = new Cine(this, (isPlaying) => put(this.page.player, isPlaying ? "■ Stop" : "▶ Play"));
    this.listen();
    this.pictures.load();
    this.schedule();
  }

  listen() {
    const { page, aborted: { signal } } = this;
    const on = (/** @type {EventTarget} */ target, /** @type {string} */ kind, /** @type {(event: any) => void} */ action) => target.addEventListener(kind, action, { signal });
    new Hands(page, this, this.chart, signal);
    listenToKeys(page.view, this, signal);
    on(page.buttons.fit, "click", () => this.place((placement) => placement.fit()));
    on(page.buttons.oneToOne, "click", () => this.place((placement) => placement.oneToOne()));
    on(page.buttons.reset, "click", () => this.reset());
    on(page.buttons.planes, "click", () => this.toggleOverlays());
    on(page.buttons.fillScreen, "click", () => this.fillScreen());
    on(page.player, "click", () => this.togglePlay());
    on(page.slider, "input", () => this.select(Number(page.slider.value)));
    on(page.series, "change", () => this.chooseSeries(this.pictures.series[Number(page.series.value)]));
    on(page.preset, "change", () => this.window.choose(Number(page.preset.value)));
    on(page.func, "change", () => this.set("function", page.func.value, true));
    for (const input of [page.center, page.width]) on(input, "change", () => this.window.type(page.center.valueAsNumber, page.width.valueAsNumber));
    on(page.rate, "change", () => { this.cine.rate = page.rate.valueAsNumber > 0 ? page.rate.valueAsNumber : undefined; });
    on(page.near, "click", () => this.toggleNear());
    on(page.histogram, "dblclick", () => this.toggleNear());
    this.observer = new ResizeObserver(() => this.resized());
    for (const node of [page.view, page.histogram]) this.observer.observe(node);
  }

  close() {
    this.cine.isPlaying = false;
    this.aborted.abort();
    this.observer?.disconnect();
    cancelAnimationFrame(this.request ?? 0);
    this.notice.close();
    this.state.close();
    this.ask.stop();
    this.link.close();
  }

  // ---- what is shown now ----

  get number() {
    return clamp(this.state.get("selection") || 1, 1, Math.max(1, this.pictures.list.length));
  }

  get picture() {
    return this.pictures.list[this.number - 1];
  }

  get frame() {
    return this.pictures.frames.get(this.number);
  }

  /** The numbers of the first and the last picture of the series.
   *  @returns {[number, number]} */
  get range() {
    const series = this.pictures.series[this.picture.series];
    return [series.first, series.last];
  }

  /** Which picture of the series, and of how many; the first is 1. */
  get position() {
    const [first, last] = this.range;
    return [this.number - first + 1, last - first + 1];
  }

  /** The window and the function by which it is shown. */
  get shown() {
    return this.state.shownFor(this.picture);
  }

  // ---- changing it ----

  /** Let this viewer, and those that are linked with it, show at once what a hand has changed.
   *  @param {string} name @param {unknown} value @param {boolean} isFinal */
  set(name, value, isFinal) {
    this.state.take(name, value, isFinal);
    const place = name === "selection" ? { index: this.position[0] - 1, count: this.position[1] } : { value };
    this.link.tell(name, { isFinal, picture: this.picture, ...place });
  }

  /** Go to another series. A window stays only where its numbers mean the same: not from CT to MR.
   *  @param {{first: number}} series */
  chooseSeries({ first }) {
    const before = this.picture.meaning;
    this.select(first);
    if (this.picture.meaning !== before) this.window.unset();
  }

  /** @param {number} number */
  select(number, isFinal = true) {
    if (!this.picture) return;
    const target = clamp(number, 1, this.pictures.list.length);
    if (target !== this.number) this.set("selection", target, isFinal);
  }

  /** @param {number} by */
  scroll(by, isFinal = true) {
    this.select(clamp(this.number + by, ...this.range), isFinal);
  }

  reset() {
    this.window.unset();
    this.place((placement) => placement.fit());
  }

  /** Put the image elsewhere in the view.
   *  @param {(placement: Placement) => void} change */
  place(change) {
    change(this.placement);
    this.schedule();
  }

  fillScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.page.root.requestFullscreen();
  }

  toggleNear() {
    this.chart.isNear = !this.chart.isNear;
    this.page.near.setAttribute("aria-pressed", String(this.chart.isNear));
    this.schedule();
  }

  toggleOverlays() {
    this.planes.isOn = !this.planes.isOn;
    this.page.buttons.planes.setAttribute("aria-pressed", String(this.planes.isOn));
    this.schedule();
  }

  togglePlay() {
    this.cine.play(!this.cine.isPlaying);
  }

  // ---- news: from linked viewers, from Python, from the page ----

  /** @param {any} news */
  heard({ kind, model, value, isFinal, picture, index, count, isQuestion }) {
    if (!this.picture) return;
    if (kind === "gone") {
      this.others.delete(model);
      this.schedule();
    } else if (kind === "here") {
      this.others.set(model, picture);
      this.schedule();
      if (isQuestion) this.link.tell("here", { picture: this.picture });
    } else if (kind === "selection") {
      const [first, last] = this.range;
      const found = followingIndex(picture, index, count, this.pictures.list.slice(first - 1, last));
      if (found !== null && (isFinal || first + found !== this.number)) this.state.take("selection", first + found, isFinal);
    } else if (picture.meaning === this.picture.meaning) {
      this.state.take(kind, value, isFinal);
    }
  }

  /** @param {number} number @param {string} [problem] */
  arrived(number, problem) {
    if (this.aborted.signal.aborted) return;
    this.problem = problem;
    if (!this.picture) return this.schedule();
    if (number === 0) {
      const names = this.pictures.series.map((series, index) => make("option", { text: series.name, value: index }));
      this.page.series.replaceChildren(...names);
      /** @type {HTMLElement} */ (this.page.series.parentElement).hidden = names.length < 2;
      this.page.leftOut.textContent = this.pictures.leftOut;
      this.page.leftOut.hidden = !this.pictures.leftOut;
      this.link.tell("here", { picture: this.picture, isQuestion: true });
    }
    if (number === 0 || number === this.number) this.schedule();
    this.pictures.wantAround(this.number);
  }

  /** Notice that the page was zoomed, or moved to a screen of another density. */
  watchDensity() {
    this.density = devicePixelRatio;
    const isStill = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    isStill.addEventListener("change", () => this.resized(), { once: true, signal: this.aborted.signal });
  }

  resized() {
    const { view, overlay } = this.page;
    if (this.density !== devicePixelRatio) this.watchDensity();
    fitCanvas(overlay);
    this.chart.resize();
    this.inked = undefined;
    this.placement.hold(this.picture ?? this.placement, view.clientWidth, view.clientHeight);
    this.schedule();
  }

  // ---- drawing ----

  schedule() {
    this.request ??= requestAnimationFrame(() => {
      this.request = undefined;
      if (this.picture) this.draw();
      else this.notice.say(this.number, false, this.problem);
    });
  }

  draw() {
    const start = performance.now();
    const { number, picture, shown: state, canvas, page } = this;
    const frame = this.pictures.get(number);
    const problem = this.pictures.refused.get(number);
    canvas.hold(picture);
    this.placement.hold(picture);
    canvas.show(picture, frame, state, frame ? `${number} ${state.window} ${state.function}` : problem ? "nothing" : "");
    if (this.link.hasMoved()) {
      this.others.clear();
      this.link.tell("here", { picture, isQuestion: true });
    }
    if (number !== this.wanted) {
      this.wanted = number;
      this.pictures.wantAround(number);
      this.link.tell("here", { picture });
    }
    this.notice.say(number, Boolean(frame), problem, this.pictures.progress.get(number));
    page.side.classList.toggle("dk-waiting", !frame && !problem);
    page.side.classList.toggle("dk-refused", Boolean(problem));
    this.planes.show(picture, frame, number);
    page.buttons.planes.hidden = !picture.overlays?.length;
    for (const one of [canvas, this.planes]) one.place(this.placement);
    this.write(picture, state);
    if (frame && !picture.is_colour) this.chart.draw(picture, frame, state);
    this.drawOverlay(picture, frame);
    this.read();
    page.canvas.dataset.drawMs = (performance.now() - start).toFixed(3);
  }

  /** @param {Picture} picture @param {import("./frames.js").KeptFrame | undefined} frame */
  drawOverlay(picture, frame) {
    const { placement, canvas, probe: { cross } } = this;
    const cuts = [...this.others.values()].map((other) => cutOf(picture, other)).filter((cut) => cut !== null);
    const isNear = frame && hasGrid(placement);
    const key = `${placement.key} ${picture.spacing} ${isNear ? canvas.shown : this.number} ${cross} ${cuts} ${devicePixelRatio}`;
    if (key === this.inked) return;
    this.inked = key;
    const pen = clearedPen(this.page.overlay);
    const isRead = isNear && hasValues(placement);
    if (isNear) drawGrid(pen, placement);
    if (isRead) drawValues(pen, placement, picture, frame, canvas.output);
    this.page.view.classList.toggle("dk-valued", Boolean(isRead)); // labels stand out from so many numbers
    if (picture.spacing) drawScale(pen, placement, picture.spacing[1], picture.spacing_place);
    for (const ends of cuts) drawCut(pen, placement, ends);
    if (cross) drawCross(pen, placement, cross);
  }

  /** @param {Picture} picture @param {{window: number[] | null, function: string, isFirst: boolean}} state */
  write(picture, state) {
    const { page, position: place } = this;
    writeCorners(page, picture, place, state, this.placement.zoom, this.state.get("linked_as"));
    const said = inWords(picture, place, state);
    if (this.isSpeaking) put(page.spoken, this.probe.cross ? page.probe.textContent : said);
    this.isSpeaking = false;
    this.describe(picture, place);
    const shown = `${said} ${state.function} ${this.state.get("function")} ${this.described}`;
    if (this.said === shown) return;
    this.said = shown;
    page.view.setAttribute("aria-label", said);
    writeWindow(page, picture, state, this.state.get("function"));
    const { index } = this.window;
    page.preset.value = String(index < 0 ? "hand" : index);
  }

  /** Write what changes with the image, but not with its window.
   *  @param {Picture} picture @param {number[]} place */
  describe(picture, place) {
    const { page } = this;
    const described = `${this.number} ${picture.isKnown} ${picture.tags.length}`;
    if (this.described === described) return;
    this.described = described;
    writeTags(page.tags, picture);
    writePlace(page, picture, place, this.range);
    if (!this.cine.rate) writeRate(page.rate, picture);
    if (!picture.isKnown) return; // until then the presets of the image before stay
    this.window.presets = presetsFor(picture);
    writePresets(page.preset, this.window.presets);
  }

  /** Let a screen reader hear what a key has changed. */
  speak() {
    this.isSpeaking = true;
  }

  // ---- probe ----

  /** @param {number[] | null} position */
  point(position) {
    if (position && this.probe.cross) this.schedule();
    this.probe.point(position);
    if (this.picture) this.read();
  }

  /** @param {number} down @param {number} right */
  moveCross(down, right) {
    this.probe.moveCross(down, right, this.picture);
    this.read();
  }

  read() {
    const words = this.probe.read(this.picture, this.frame, this.placement, this.canvas.output);
    if (words !== null) put(this.page.probe, words);
  }
}

export default {
  /** @param {{model: Model, el: HTMLElement}} view */
  render({ model, el }) {
    const viewer = new ImageView(model, begin(el, "Image viewer"));
    return () => viewer.close();
  },
};
