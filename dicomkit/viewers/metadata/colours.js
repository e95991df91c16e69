// Colours of the tiles of the map, which people with any colour vision can tell apart; a letter or a digit goes with each.

// Okabe and Ito's colours; a letter goes with each, for who does not see colours or prints in grey.
const HUES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#8a8a8a"];
// More numbers than colours: ten steps from dark to light (cividis), which are numbered from 0 to 9.
const CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];

/** @typedef {{letter: string, hue: string, ink: string}} Swatch */

/** Return how values are coloured: what each looks like, and what the legend says.
 *  @param {string[]} values @returns {{of: (value: string) => Swatch, legend: [swatch: Swatch, text: string][]}} */
export function coloursOf(values) {
  const distinct = [...new Set(values)];
  const numbers = distinct.filter((value) => value !== "").map(Number);
  if (distinct.length > HUES.length && numbers.every(Number.isFinite)) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const step = (/** @type {string} */ value) => Math.min(9, Math.floor((10 * (Number(value) - low)) / (high - low)));
    const look = (/** @type {number} */ at) => ({ letter: String(at), hue: CIVIDIS[at], ink: at < 5 ? "#ffffff" : "#000000" });
    const none = { letter: "–", hue: "#8a8a8a", ink: "#000000" };
    /** @type {[swatch: Swatch, text: string][]} */
    const legend = [[look(0), `${low}`], [look(9), `${high}`]];
    if (distinct.includes("")) legend.push([none, "(none)"]);
    return { of: (value) => (value === "" ? none : look(step(value))), legend };
  }
  const look = (/** @type {number} */ at) => ({ letter: String.fromCharCode(65 + at), hue: HUES[at], ink: at === 0 ? "#ffffff" : "#000000" });
  const places = new Map(distinct.map((value, index) => [value, Math.min(index, HUES.length - 1)]));
  /** @type {[swatch: Swatch, text: string][]} */
  const named = distinct.slice(0, HUES.length).map((value, at) => [look(at), value.slice(0, 40) || "(none)"]);
  if (distinct.length > HUES.length) named[HUES.length - 1][1] += ` and ${distinct.length - HUES.length} more`;
  return { of: (value) => look(places.get(value) ?? 0), legend: named };
}
