// Curves of a waveform: one strip for each channel, one axis of time, and a cursor that reads values.

import { button, bytesOf, clamp, consume, isCommand, make, short } from "../frame/frame.js";
import { columnsOf, reach, tickStep } from "./curve_range.js";

const [LEFT, AXIS, LEAST_STRIP, TWO_LINES, MOST_STRIP] = [118, 20, 24, 32, 120]; // pixels
const INKS = ["text", "faint", "grid", "mark"];
const HELP = "← → move the cursor, ↑ ↓ choose a channel, + − zoom, Home End go to the ends, Escape shows all.";

/** @typedef {import("../frame/messages.js").CurveGroup} Group */

export class Curves {
  /** @param {import("../frame/frame.js").Ask} ask @param {number} number @param {Group[]} groups @param {HTMLElement} above */
  constructor(ask, number, groups, above) {
    this.ask = ask;
    this.number = number;
    this.groups = groups;
    this.group = groups[0];
    this.isOpen = true;
    /** @type {import("./curve_range.js").Curve[]} */
    this.curves = [];
    /** @type {([number, number] | null)[]} the range of each channel, over all samples */
    this.reaches = [];
    this.first = 0; // the first sample that is shown
    this.count = 1; // and how many are
    this.cursor = 0;
    this.channel = 0;
    const select = make("select");
    select.append(...groups.map((group, place) => make("option", { value: place, text: nameOf(group) })));
    select.addEventListener("change", () => this.load(Number(select.value)));
    const [wider, closer] = [["−", "Show more time (−)", 2], ["+", "Show less time (+)", 0.5]].map(([text, title, factor]) =>
      button(String(text), { title, "aria-label": title }, () => this.zoom(Number(factor))));
    const choice = make("label", { text: "Group ", hidden: groups.length < 2 }, select);
    this.said = make("span", { class: "dk-reading dk-number", role: "status" });
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.view = make("div", { class: "dk-curves", tabindex: "0", role: "application", "aria-label": "Curves", "aria-description": HELP }, this.canvas);
    // A canvas does not resolve custom properties: the colours of the style sheet are read from invisible elements.
    this.inks = INKS.map((name) => make("i", { class: `dk-ink-${name}`, hidden: true }));
    this.view.append(...this.inks);
    this.root = make("div", { class: "dk-waveform" }, make("div", { class: "dk-curve-bar" }, choice, wider, closer, this.said), this.view);
    above.append(this.root);
    this.view.addEventListener("keydown", (event) => this.key(event));
    this.view.addEventListener("pointermove", (event) => this.point(event));
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(this.view);
  }

  /** @param {number} place of the group */
  async load(place) {
    this.group = this.groups[place];
    const { group } = this;
    this.curves = [];
    if (!group.problem) {
      const answer = await this.ask({ ask: "curves", number: this.number, group: group.number });
      if (!this.isOpen || group !== this.group) return;
      if (answer.problem) this.said.textContent = `✗ ${answer.problem}`;
      else this.curves = answer.buffers.map((view) => ({ step: group.step, values: new Float32Array(bytesOf(view).buffer) }));
    }
    this.reaches = this.curves.map((curve) => reach(curve, 0, group.samples));
    [this.first, this.count, this.cursor, this.channel] = [0, group.samples, 0, 0];
    this.draw();
    if (group.problem) this.said.textContent = `✗ ${group.problem}`;
    else if (this.curves.length) this.tell();
    this.root.dataset.shows = String(group.number);
  }

  // ---- position and zoom ----

  /** @param {number} factor */
  zoom(factor) {
    const { samples } = this.group;
    const count = clamp(Math.round(this.count * factor), Math.min(16, samples), samples);
    const at = clamp(this.cursor, this.first, this.first + this.count);
    const share = (at - this.first) / this.count;
    this.count = count;
    this.first = clamp(Math.round(at - share * count), 0, samples - count);
    this.draw();
    this.tell();
  }

  /** @param {number} sample */
  moveTo(sample) {
    const { samples } = this.group;
    this.cursor = clamp(Math.round(sample), 0, samples - 1);
    if (this.cursor < this.first || this.cursor >= this.first + this.count) {
      this.first = clamp(this.cursor - Math.floor(this.count / 2), 0, samples - this.count);
    }
    this.draw();
    this.tell();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.curves.length || isCommand(event)) return;
    const step = event.shiftKey ? Math.ceil(this.count / 10) : Math.max(1, Math.round(this.count / 400));
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.moveTo(this.cursor - step),
      ArrowRight: () => this.moveTo(this.cursor + step),
      Home: () => this.moveTo(0),
      End: () => this.moveTo(this.group.samples - 1),
      ArrowUp: () => this.choose(this.channel - 1),
      ArrowDown: () => this.choose(this.channel + 1),
      "+": () => this.zoom(0.5),
      "=": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      Escape: () => this.zoom(Infinity),
    };
    const action = actions[event.key];
    if (!action) return;
    consume(event);
    action();
  }

  /** @param {number} channel */
  choose(channel) {
    this.channel = clamp(channel, 0, this.curves.length - 1);
    const strip = this.stripHeight();
    this.view.scrollTop = clamp(this.view.scrollTop, (this.channel + 1) * strip - this.view.clientHeight + AXIS, this.channel * strip);
    this.draw();
    this.tell();
  }

  /** @param {PointerEvent} event */
  point(event) {
    if (!this.curves.length) return;
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    if (x < LEFT) return;
    this.channel = clamp(Math.floor((event.clientY - box.top) / this.stripHeight()), 0, this.curves.length - 1);
    this.moveTo(this.first + ((x - LEFT) / (box.width - LEFT)) * this.count);
  }

  tell() {
    const { group, curves, channel, cursor } = this;
    const curve = curves[channel];
    if (!curve) return;
    const { name, unit } = group.channels[channel];
    const when = group.frequency_hz ? `${short(cursor / group.frequency_hz)} s, ` : "";
    const found = reach(curve, cursor, cursor + 1);
    const value = !found ? "nothing measured" : curve.step === 1 ? `${short(found[0])} ${unit}` : `${short(found[0])} to ${short(found[1])} ${unit}`;
    const spread = curve.step === 1 ? "" : ` (each point stands for ${curve.step} samples)`;
    this.said.textContent = `${name} at ${when}sample ${cursor + 1} of ${group.samples}: ${value.trim()}${spread}`;
  }

  // ---- drawing ----

  stripHeight() {
    const count = Math.max(this.group.channels.length, 1);
    return clamp((this.view.clientHeight - AXIS) / count, LEAST_STRIP, MOST_STRIP);
  }

  draw() {
    const { canvas, view } = this;
    const width = Math.max(view.clientWidth, LEFT + 50);
    const strip = this.stripHeight();
    const height = Math.ceil(strip * Math.max(this.curves.length, 1)) + AXIS;
    const scale = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    if (!pen || !this.curves.length) return;
    pen.scale(scale, scale);
    const [text, faint, grid, mark] = this.inks.map((ink) => getComputedStyle(ink).color);
    pen.font = "11px system-ui, sans-serif";
    this.drawTime(pen, width, height, grid, faint);
    this.curves.forEach((curve, place) => this.drawStrip(pen, curve, place, width, strip, { text, faint, grid, mark }));
    const x = LEFT + ((this.cursor - this.first) / this.count) * (width - LEFT);
    pen.strokeStyle = mark;
    pen.lineWidth = 1;
    pen.strokeRect(x, 0, 0, height - AXIS);
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} width @param {number} height @param {string} line @param {string} faint */
  drawTime(pen, width, height, line, faint) {
    const rate = this.group.frequency_hz || 1;
    const unit = this.group.frequency_hz ? " s" : "";
    const [start, range] = [this.first / rate, this.count / rate];
    const step = tickStep(range, (width - LEFT) / 80);
    pen.textAlign = "center";
    pen.fillStyle = faint;
    pen.strokeStyle = line;
    for (let tick = Math.ceil(start / step) * step; tick <= start + range; tick += step) {
      const x = LEFT + ((tick - start) / range) * (width - LEFT);
      pen.strokeRect(x, 0, 0, height - AXIS);
      if (x < width - 20) pen.fillText(`${short(Number(tick.toPrecision(12)))}${unit}`, x, height - 6);
    }
  }

  /** @param {CanvasRenderingContext2D} pen @param {import("./curve_range.js").Curve} curve @param {number} place
   *  @param {number} width @param {number} strip @param {{text: string, faint: string, grid: string, mark: string}} inks */
  drawStrip(pen, curve, place, width, strip, inks) {
    const [top, bottom] = [place * strip + 3, (place + 1) * strip - 3];
    const { name, unit } = this.group.channels[place];
    const span = this.reaches[place];
    pen.textAlign = "left";
    pen.fillStyle = place === this.channel ? inks.mark : inks.text;
    pen.fillText(name, 6, top + 11, LEFT - 36);
    pen.fillStyle = inks.faint;
    if (strip < TWO_LINES) pen.fillText(unit, LEFT - 26, top + 11, 22);
    else pen.fillText(span ? `${short(span[0])} … ${short(span[1])} ${unit}` : "nothing measured", 6, top + 24, LEFT - 12);
    pen.strokeStyle = inks.grid;
    pen.lineWidth = 1;
    pen.strokeRect(0, Math.round((place + 1) * strip) + 0.5, width, 0);
    if (!span) return;
    const [low, high] = span[0] < span[1] ? span : [span[0] - 1, span[1] + 1];
    const y = (/** @type {number} */ value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const columns = Math.max(Math.floor(width - LEFT), 1);
    pen.strokeStyle = inks.text;
    pen.beginPath();
    let isOpen = false; // where nothing was measured the line is broken
    columnsOf(curve, this.first, this.count, columns).forEach((found, column) => {
      if (!found) {
        isOpen = false;
        return;
      }
      const x = LEFT + column + 0.5;
      if (isOpen) pen.lineTo(x, y(found[0]));
      else pen.moveTo(x, y(found[0]));
      pen.lineTo(x, y(found[1]));
      isOpen = true;
    });
    pen.stroke();
  }

  close() {
    this.isOpen = false;
    this.resizing.disconnect();
  }
}

/** @param {Group} group */
function nameOf(group) {
  const rate = group.frequency_hz ? `, ${short(group.frequency_hz)} Hz` : "";
  return `${group.number}${group.label ? `: ${group.label}` : ""} (${group.channels.length} × ${group.samples}${rate})`;
}
