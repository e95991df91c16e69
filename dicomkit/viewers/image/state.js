// State: the traits that Python and the page share, and which window they come to.
//
// What a hand does is held here until Python hears of it, and as long as the hand is down. Set in the model but not
// yet sent, it would be undone by the echo of what was sent before.

import { LEAST_WIDTH } from "./windowing.js";

const TRAITS = ["window", "function", "selection", "linked_as"];
const SAVE_AFTER_MS = 120; // Python hears of a drag eight times a second, not sixty

export class State {
  /** @param {import("../frame/frame.js").Model} model @param {() => void} onChange */
  constructor(model, onChange) {
    this.model = model;
    this.onChange = onChange;
    /** @type {number | undefined} */
    this.saving = undefined;
    this.isGripped = false;
    /** @type {Map<string, unknown>} */
    this.held = new Map(); // traits that a hand has changed and Python has not heard of
    for (const name of TRAITS) model.on(`change:${name}`, onChange);
  }

  /** @param {string} name */
  get(name) {
    return this.held.has(name) ? this.held.get(name) : this.model.get(name);
  }

  /** @param {string} name @param {unknown} value @param {boolean} isFinal */
  take(name, value, isFinal) {
    this.held.set(name, value);
    this.onChange();
    if (isFinal) this.save();
    else this.saving ??= setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  /** A hand has gone down on something that it drags, or has let go.
   *  @param {boolean} isDown */
  grip(isDown) {
    this.isGripped = isDown;
    if (!isDown && this.held.size) this.save();
  }

  save() {
    clearTimeout(this.saving);
    this.saving = undefined;
    const held = [...this.held];
    if (!this.isGripped) this.held.clear();
    for (const [name, value] of held) this.model.set(name, value);
    this.model.save_changes();
  }

  close() {
    if (this.saving) this.save();
    for (const name of TRAITS) this.model.off(`change:${name}`, this.onChange);
  }

  /** The window and the function of a picture: those that were chosen, otherwise those of the first sight, where null
   *  stands for a lookup table. PS3.3 section C.11.2.1.2.
   *  @param {{function: string, window: number[] | null}} picture
   *  @returns {{window: number[] | null, function: string, isFirst: boolean}} */
  shownFor(picture) {
    const name = this.get("function") || picture.function;
    const chosen = this.get("window");
    const window = chosen ?? picture.window;
    return { window: window && [window[0], Math.max(window[1], LEAST_WIDTH[name])], function: name, isFirst: !chosen };
  }
}
