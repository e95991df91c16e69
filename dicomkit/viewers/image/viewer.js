// Draw images. Python decides what a stored value means; this turns numbers into light.
//
// Raw frames arrive once, as custom messages. From then on everything that moves (window, zoom, slices, cine)
// happens in the page, so that it stays smooth while the kernel computes. The traits are `window`, `function` and
// `selection`; nothing that could be a patient's is ever among them.
//
// This file is the viewer itself: what it shows now, and drawing each part anew only if what it shows has changed.
// Each concept has a file of its own, which this one imports.

import { clamp, put } from "../frame/frame.js";
import { View, widget } from "../frame/view.js";
import { ImageCanvas } from "./canvas.js";
import { Cine } from "./cine.js";
import { listenToControls } from "./controls.js";
import { Pictures } from "./frames.js";
import { Histogram } from "./histogram.js";
import { listenToKeys } from "./keys.js";
import { followingIndex, Link } from "./link.js";
import { Notice } from "./notice.js";
import { Overlay } from "./overlay.js";
import { buildPage } from "./page.js";
import { Placement } from "./placement.js";
import { Planes } from "./planes.js";
import { Pointer } from "./pointer.js";
import { Probe } from "./probe.js";
import { State } from "./state.js";
import { WindowChoice } from "./window_choice.js";
import { Words } from "./words.js";

/**
 * @typedef {import("../frame/frame.js").Model} Model
 * @typedef {import("./frames.js").Picture} Picture
 */

class ImageView extends View {
  /** @type {number | undefined} the picture that was asked for last */
  wanted;
  /** @type {number | undefined} an animation frame that is under way */
  request;
  /** @type {string | undefined} */
  problem;
  density = 0;

  /** @param {Model} model @param {HTMLElement} root */
  constructor(model, root) {
    super(model, root);
    this.page = buildPage(root);
    this.canvas = new ImageCanvas(this.page.canvas);
    this.planes = new Planes(this.page.planes);
    this.placement = new Placement();
    this.chart = new Histogram(this.page.histogram);
    this.others = new Map(); // the pictures that linked viewers show, by their models
    this.probe = new Probe();
    this.window = new WindowChoice(this);
    this.overlay = new Overlay(this);
    this.words = new Words(this);
    this.notice = new Notice(this.page.notice, () => this.schedule());
    this.aborted = new AbortController();
    this.state = new State(model, () => this.schedule());
    this.link = new Link(model, (news) => this.heard(news));
    this.pictures = new Pictures(this.ask, (number, problem) => this.arrived(number, problem));
    this.cine = new Cine(this, (isPlaying) => put(this.page.player, isPlaying ? "■ Stop" : "▶ Play"));
    this.listen();
    this.pictures.load();
    this.schedule();
  }

  listen() {
    const { page, aborted: { signal } } = this;
    new Pointer(page, this, this.chart, signal);
    listenToKeys(page.view, this, signal);
    listenToControls(page, this, signal);
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
    this.link.close();
    super.close();
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
      this.words.list(this.pictures);
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
    const { view } = this.page;
    if (this.density !== devicePixelRatio) this.watchDensity();
    this.overlay.resize();
    this.chart.resize();
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
    this.words.write(picture, state);
    if (frame && !picture.is_colour) this.chart.draw(picture, frame, state);
    this.overlay.draw(picture, frame);
    this.read();
    page.canvas.dataset.drawMs = (performance.now() - start).toFixed(3);
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

export default widget("Image viewer", ImageView);
