// Rungs: which of them are drawn, and where C-STOREs that all went well are folded into one line.

/**
 * @typedef {import("../frame/messages.js").Rung} Rung
 * @typedef {Rung & {number: number}} ShownRung its number is that among all, whether or not all are shown
 */

/** What is drawn, from above: rungs, and one line for each run of C-STOREs that are folded together.
 *  @param {Rung[]} rungs @param {{withCarriers: boolean, withRuns: boolean}} choice
 *  @returns {(ShownRung | {times: number})[]} */
export function linesOf(rungs, { withCarriers, withRuns }) {
  /** @type {(ShownRung | {times: number})[]} */
  const lines = [];
  let times = 0;
  rungs.forEach((rung, index) => {
    if (rung.run && !withRuns) {
      times += Number(rung.name === "C-STORE-RSP");
      return;
    }
    if (rung.kind === "carrier" && !withCarriers) return;
    if (times) lines.push({ times });
    times = 0;
    lines.push({ ...rung, number: index + 1 });
  });
  return lines;
}
