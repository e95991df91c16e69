// List box: where a key goes in a list of which one entry is the active one.

const STEPS = new Map([["ArrowUp", -1], ["ArrowDown", 1], ["Home", -Infinity], ["End", Infinity]]);

/** Return the place that a key goes to, or undefined for a key that goes nowhere.
 *  @param {string} key @param {number} now the active place, or -1 if there is none
 *  @param {number} count @param {number} page entries that Page Up and Page Down pass by */
export function placeAfter(key, now, count, page = 10) {
  const step = key === "PageUp" ? -page : key === "PageDown" ? page : STEPS.get(key);
  if (step === undefined || count === 0) return undefined;
  if (now < 0 && Number.isFinite(step)) return step > 0 ? 0 : count - 1;
  return Math.min(Math.max(now + step, 0), count - 1);
}
