// A series: which attributes are constant, which vary, and how often each value occurs.

import { counted, make } from "../frame/frame.js";
import { NAME, PATH, TAG, VALUE, VR } from "./rows.js";

/**
 * @typedef {import("../frame/messages.js").Chunk} Chunk
 * @typedef {import("./rows.js").Row} Row
 * @typedef {{path: string, tag: string, name: string, vr: string, counts: Map<string, number>, present: number}} Counted an
 *   attribute, how often each of its values occurs, and in how many instances there is any
 * @typedef {Counted & {absent: number, common: [value: string, count: number][], state: "masked" | "varies" | "constant",
 *   differs: boolean, cells: Row[]}} SeriesRow
 * @typedef {{label: string, rows: SeriesRow[], instances: number, unread: number}} MergedSeries
 */

/** Return a value as a row, so that a series is searched as an instance is.
 *  @param {{path: string, tag: string, name: string, vr: string}} attribute @param {string} value @returns {Row} */
function searchable({ path, tag, name, vr }, value) {
  const row = /** @type {Row} */ (/** @type {unknown} */ (new Array(18).fill("")));
  [row[PATH], row[TAG], row[NAME], row[VR], row[VALUE]] = [path, tag, name, vr, value];
  return row;
}

/** Return the values of a series, merged from the answers about its parts: per attribute, how often each occurs.
 *  @param {string} label @param {Chunk[]} answers @param {number} total @returns {MergedSeries} */
export function mergeSeries(label, answers, total) {
  /** @type {Map<string, Counted>} */
  const attributes = new Map();
  let unread = 0;
  for (const answer of answers) {
    unread += answer.unread.length;
    for (const [path, tag, name, vr, values, places, key] of answer.attributes) {
      const attribute = attributes.get(key) ?? { path, tag, name, vr, counts: new Map(), present: 0 };
      attributes.set(key, attribute);
      for (const place of places) {
        if (place < 0) continue;
        attribute.present += 1;
        attribute.counts.set(values[place], (attribute.counts.get(values[place]) ?? 0) + 1);
      }
    }
  }
  const instances = total - unread;
  const rows = [...attributes.values()].sort((left, right) => (left.path < right.path ? -1 : 1)).map((attribute) => {
    const absent = instances - attribute.present;
    const isMasked = attribute.counts.size === 1 && attribute.counts.has("masked");
    const common = [...attribute.counts].sort((left, right) => right[1] - left[1]);
    /** @type {SeriesRow["state"]} */
    const state = isMasked ? "masked" : attribute.counts.size > 1 || absent > 0 ? "varies" : "constant";
    return { ...attribute, absent, common, state, differs: state === "varies", cells: common.map(([value]) => searchable(attribute, value)) };
  });
  return { label, rows, instances, unread };
}

const MOST_CHARACTERS = 120; // of the values in one line of the table

/** @param {number} count @param {string} one @param {string} many */
function verbed(count, one, many) {
  return `${counted(count, "attribute")} ${count === 1 ? one : many}`;
}

/** Return what there is to say of a series, and tables of those of its attributes that are `shown`.
 *  @param {MergedSeries} series @param {SeriesRow[]} shown */
export function seriesSummary({ label, rows, instances, unread }, shown) {
  const of = (/** @type {SeriesRow[]} */ all, /** @type {string} */ state) => all.filter((row) => row.state === state);
  const masked = of(rows, "masked").length;
  const counts = [`${counted(instances, "instance")} read: ${verbed(of(rows, "varies").length, "varies", "vary")}, ${verbed(of(rows, "constant").length, "is constant", "are constant")}`];
  if (masked) counts.push(verbed(masked, "is masked", "are masked"));
  const text = `${counts.join(", ")}${unread ? `; ${unread} could not be read` : ""}`;
  const tables = [["Varies", "varies"], ["Constant", "constant"]].filter(([, state]) => of(shown, state).length > 0)
    .map(([caption, state]) => seriesTable(caption, of(shown, state), instances));
  return [make("h2", { text: label }), make("p", { class: "dk-faint", text }), ...tables];
}

/** Return the most common values: as many as fit, but at least one.
 *  @param {[string, number][]} common */
function mostCommon(common) {
  let room = MOST_CHARACTERS;
  const fits = common.findIndex(([value]) => (room -= Math.min(80, value.length) + 5) < 0);
  return fits < 0 ? common : common.slice(0, Math.max(1, fits));
}

/** @param {string} caption @param {SeriesRow[]} rows @param {number} instances */
function seriesTable(caption, rows, instances) {
  const cell = (/** @type {string} */ text, /** @type {object} */ attributes) => make("td", { text, ...attributes });
  const lines = rows.map((row) => make("tr", {},
    cell(row.tag, { class: "dk-mono", title: row.path }),
    cell(`${row.path === row.tag ? "" : "… "}${row.name || "unknown"}`, { title: row.path }), // "…": inside a sequence
    cell(row.vr, { class: "dk-mono" }), make("td", {}, ...valuesOf(row, instances))));
  const head = make("tr", {}, ...["Tag", "Keyword", "VR", "Values"].map((text) => make("th", { scope: "col", text })));
  return make("table", {}, make("caption", { text: `${caption} (${rows.length})` }), make("thead", {}, head), make("tbody", {}, ...lines));
}

/** @param {SeriesRow} row @param {number} instances */
function valuesOf({ state, common, absent }, instances) {
  const shown = mostCommon(common);
  const isEachItsOwn = common.length > 1 && common.every(([, count]) => count === 1);
  const faint = (/** @type {string} */ text) => make("span", { class: "dk-faint", text });
  const chip = (/** @type {[string, number]} */ [value, count]) => make("span", { class: "dm-chip" }, make("bdi", { text: value === "" ? "(empty)" : value.slice(0, 80) }),
    state === "varies" && !isEachItsOwn ? make("small", { text: ` ×${count}` }) : null);
  return [
    isEachItsOwn ? faint(`${common.length} different: `) : "",
    ...shown.map(chip),
    common.length > shown.length ? faint(` and ${common.length - shown.length} more`) : "",
    absent ? make("span", { class: "dm-unlike", text: ` absent in ${absent} of ${instances}` }) : "",
  ];
}
