// The arithmetic of curves: the samples of a column of pixels, and the range of their values.

/**
 * @typedef {{values: Float32Array, step: number}} Curve either each sample (step 1), or minimum and maximum of
 *   `step` samples in turn
 */

/** Return the minimum and maximum of samples, or null if nothing was measured there.
 *  @param {Curve} curve @param {number} first @param {number} end the sample after the last
 *  @returns {[number, number] | null} */
export function reach({ values, step }, first, end) {
  const [from, to] = step === 1 ? [first, end] : [2 * Math.floor(first / step), 2 * Math.ceil(end / step)];
  let [low, high] = [Infinity, -Infinity];
  for (let place = Math.max(from, 0); place < Math.min(to, values.length); place += 1) {
    const value = values[place];
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}

/** Return the range of the curve in each column of pixels, including the last sample before it.
 *  @param {Curve} curve @param {number} first @param {number} count shown samples @param {number} columns
 *  @returns {([number, number] | null)[]} */
export function columnsOf(curve, first, count, columns) {
  const a = count / columns;
  return Array.from({ length: columns }, (_, column) => {
    const start = Math.floor(first + column * a);
    return reach(curve, start, Math.max(Math.floor(first + (column + 1) * a) + 1, start + 1));
  });
}

/** Return a step of 1, 2 or 5 times a power of ten, of which at most `most` fit into a range.
 *  @param {number} range @param {number} most */
export function tickStep(range, most) {
  const rough = range / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
}
