// Notice: what is said where an image is missing. One that arrives at once needs no words; one that does not come
// needs an explanation, for only the person who waits can do something about it.

import { put } from "../frame/frame.js";

const SAY_WAIT_MS = 250;
const SILENT_MS = 5_000;

export class Notice {
  /** `again` is called when there is more to say.
   *  @param {HTMLElement} node @param {() => void} again */
  constructor(node, again) {
    this.node = node;
    this.again = again;
    this.since = 0;
    /** @type {string | undefined} */
    this.key = undefined;
    this.timer = 0;
  }

  /** `progress` is how many pieces of a large image have come, and of how many.
   *  @param {number} number @param {boolean} isHere @param {string | undefined} problem @param {number[]} progress */
  say(number, isHere, problem, progress = [0, 1]) {
    const key = `${number} ${progress}`;
    if (isHere || problem || key !== this.key) clearTimeout(this.timer);
    if (isHere || problem) {
      this.key = undefined;
      put(this.node, problem ? `This image cannot be shown.\n${problem}` : "");
      return;
    }
    if (key !== this.key) {
      this.key = key;
      this.since = performance.now();
    }
    const waited = performance.now() - this.since;
    const next = [SAY_WAIT_MS, SILENT_MS].find((limit) => waited < limit);
    if (next) {
      clearTimeout(this.timer);
      this.timer = setTimeout(this.again, next - waited + 1);
    }
    put(this.node, waitingInWords(number, waited, progress));
  }

  close() {
    clearTimeout(this.timer);
  }
}

/** @param {number} number @param {number} waited @param {number[]} progress */
function waitingInWords(number, waited, [come, pieces]) {
  if (waited < SAY_WAIT_MS && !come) return "";
  const text = `Image ${number} is on its way${come ? `: ${Math.floor((100 * come) / pieces)} %` : ""}.`;
  if (waited < SILENT_MS) return text;
  return `${text} The kernel has not answered for ${Math.round(waited / 1000)} s: it is busy, or it was restarted; then run the cell again.`;
}
