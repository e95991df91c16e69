// The progress of attendees: a row for each who shares it, a column for each exercise that was tried.

import { make } from "../frame/frame.js";

/** @type {Record<string, string>} */
const MARKS = { passed: "✓", tried: "·" };

/** @param {import("../frame/messages.js").ClassProgress} progress @returns {Node[]} */
export function progressTable({ exercises, passed, rows, met }) {
  if (!rows.length) return [make("p", { text: "Nobody shares any progress. An attendee does with share_progress(\"MY.seat\"), from dicomkit.lessons." })];
  const head = make("tr", {}, make("th", { scope: "col", text: "attendee" }), ...exercises.map((text) => make("th", { scope: "col", text })));
  const body = rows.map(({ title, states }) => make("tr", {}, make("th", { scope: "row", text: title }), ...states.map(cell)));
  const sums = make("tr", {}, make("th", { scope: "row", text: "passed" }), ...passed.map((text) => make("td", { text })));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body), make("tfoot", {}, sums));
  if (!met.length) return [table];
  return [table, make("p", { class: "dk-most", text: "Misconceptions met most:" }), make("ol", {}, ...met.map((text) => make("li", { text })))];
}

/** @param {string} state */
function cell(state) {
  const mark = make("span", { "aria-hidden": "true", text: MARKS[state] ?? "" });
  return make("td", { "data-state": state }, mark, make("span", { class: "dk-unseen", text: state || "not yet" }));
}
