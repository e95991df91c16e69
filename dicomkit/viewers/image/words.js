// The words around an image: written anew where what they say has changed, and read to those who do not see it.

import { make, put } from "../frame/frame.js";
import { inWords, writeCorners, writePlace, writePresets, writeRate, writeTags, writeWindow } from "./labels.js";
import { presetsFor } from "./window_choice.js";

/** @typedef {import("./frames.js").Picture} Picture */

export class Words {
  /** @type {string | undefined} */
  said;
  /** @type {string | undefined} */
  described;
  isSpeaking = false;

  /** @param {any} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.page = viewer.page;
  }

  /** Let a screen reader hear what a key has changed, once it is written. */
  speak() {
    this.isSpeaking = true;
  }

  /** Write which series there are, and what is not shown.
   *  @param {import("./frames.js").Pictures} pictures */
  list({ series, leftOut }) {
    const { page } = this;
    page.series.replaceChildren(...series.map(({ name }, index) => make("option", { text: name, value: index })));
    page.series.parentElement.hidden = series.length < 2;
    page.leftOut.textContent = leftOut;
    page.leftOut.hidden = !leftOut;
  }

  /** @param {Picture} picture @param {{window: number[] | null, function: string, isFirst: boolean}} shown */
  write(picture, shown) {
    const { page, viewer: { position: place, placement, state, probe, window } } = this;
    writeCorners(page, picture, place, shown, placement.zoom, state.get("linked_as"));
    const said = inWords(picture, place, shown);
    if (this.isSpeaking) put(page.spoken, probe.cross ? page.probe.textContent : said);
    this.isSpeaking = false;
    this.describe(picture, place);
    const key = `${said} ${shown.function} ${state.get("function")} ${this.described}`;
    if (this.said === key) return;
    this.said = key;
    page.view.setAttribute("aria-label", said);
    writeWindow(page, picture, shown, state.get("function"));
    page.preset.value = String(window.index < 0 ? "hand" : window.index);
  }

  /** Write what changes with the image, but not with its window.
   *  @param {Picture} picture @param {number[]} place */
  describe(picture, place) {
    const { page, viewer } = this;
    const described = `${viewer.number} ${picture.isKnown} ${picture.tags.length}`;
    if (this.described === described) return;
    this.described = described;
    writeTags(page.tags, picture);
    writePlace(page, picture, place, viewer.range);
    if (!viewer.cine.rate) writeRate(page.rate, picture);
    if (!picture.isKnown) return; // until then the presets of the image before stay
    viewer.window.presets = presetsFor(picture);
    writePresets(page.preset, viewer.window.presets);
  }
}
