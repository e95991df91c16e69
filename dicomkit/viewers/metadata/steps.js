// Steps: what takes long is done piece by piece, under a bar that shows how far it is, and can be cancelled.

import { button, make } from "../frame/frame.js";

export class Steps {
  /** `say` writes one sentence where everybody reads and hears it.
   *  @param {(text: string) => void} say */
  constructor(say) {
    this.say = say;
    this.bar = make("progress", { "aria-label": "Progress", max: 1, value: 0 });
    this.cancel = button("Cancel", {}, () => { this.isCancelled = true; });
    this.node = make("div", { class: "dk-progress dk-bar", hidden: true }, this.bar, this.cancel);
  }

  /** Do `step` for each of `parts`, in turn; return what came out, or null if it was cancelled or failed.
   *  So many steps may be begun before the first has ended as `atOnce` says.
   *  @template Part @template {{problem?: string}} Made @param {Part[]} parts @param {string} text
   *  @param {(part: Part) => Promise<Made>} step @param {number} atOnce
   *  @returns {Promise<Exclude<Made, {problem: import("../frame/messages.js").Sentence}>[] | null>} */
  async run(parts, text, step, atOnce = 1) {
    if (this.isRunning) return null;
    Object.assign(this, { isRunning: true, isCancelled: false });
    /** @type {any[]} of which none failed in the end */
    const made = [];
    /** @type {Promise<Made>[]} */
    const waiting = [];
    let problem = "";
    this.bar.max = parts.length;
    for (let next = 0; made.length < parts.length && !problem; ) {
      this.bar.value = made.length;
      this.node.hidden = parts.length < 2;
      this.say(`${text}: ${made.length} of ${parts.length}`);
      while (next < parts.length && waiting.length < atOnce) waiting.push(step(parts[next++]));
      const answer = /** @type {Made} */ (await waiting.shift());
      made.push(answer);
      problem = answer.problem ?? (this.isCancelled && made.length < parts.length ? "cancelled" : "");
    }
    await Promise.all(waiting); // what was begun is not left alone
    this.node.hidden = true;
    this.isRunning = false;
    if (problem) this.say(problem);
    return problem ? null : made;
  }
}
