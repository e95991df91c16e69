// Keyboard navigation of a list box with one active entry.

const STEPS = new Map([["ArrowUp", -1], ["ArrowDown", 1], ["Home", -Infinity], ["End", Infinity]]);

/** Return the index that a key moves to, or undefined for any other key.
 *  @param {string} key @param {number} now the active index, or -1 if there is none
 *  @param {number} count @param {number} page number of entries that Page Up and Page Down move by */
export function placeAfter(key, now, count, page = 10) {
  const step = key === "PageUp" ? -page : key === "PageDown" ? page : STEPS.get(key);
  if (step === undefined || count === 0) return undefined;
  if (now < 0 && Number.isFinite(step)) return step > 0 ? 0 : count - 1;
  return Math.min(Math.max(now + step, 0), count - 1);
}
