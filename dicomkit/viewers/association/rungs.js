// Rungs: which of them are drawn, and where successful C-STOREs are folded into one line.

/**
 * @typedef {import("../frame/messages.js").Rung} Rung
 * @typedef {Rung & {number: number}} ShownRung its number counts all rungs, shown or not
 */

/** The lines to draw, from the top: rungs, and one line for each folded run of C-STOREs.
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
