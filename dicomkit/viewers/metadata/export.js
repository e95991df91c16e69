// Export: what is shown, as CSV, JSON or dump text, made safe for each.

import { COVERED, CREATOR, DEPTH, KIND, LENGTH, MODULE, NAME, PATH, TAG, TYPE, VALUE, VM, VR } from "./rows.js";

/**
 * @typedef {import("./rows.js").Row} Row
 * @typedef {import("./rows.js").Line} Line
 * @typedef {import("./series.js").MergedSeries} Series
 */

/** Make a text safe for a spreadsheet: one quoted field that is never taken for a formula.
 *  @param {string} text */
function csvField(text) {
  const guarded = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return `"${guarded.replaceAll('"', '""')}"`;
}

/** @param {any[][]} rows */
function csv(rows) { return `${rows.map((fields) => fields.map((field) => csvField(String(field))).join(",")).join("\r\n")}\r\n`; }

/** @param {Row} row */
function lengthText(row) { return row[LENGTH] === null ? "undefined" : String(row[LENGTH]); }

/** @type {Record<string, (lines: Line[], names: string[]) => string>} */
export const LINES_AS = {
  CSV: (lines, names) => csv([
    ["path", "tag", "keyword", "VR", "VM", "length", ...names.map((name) => `value: ${name}`), "private creator", "module", "type", "flaw"],
    ...lines.map(({ row, cells, flaw }) => [
      row[PATH], row[TAG], row[NAME], row[VR], row[VM], lengthText(row), ...cells.map((cell) => (cell === null ? "" : cell[VALUE])),
      row[CREATOR], row[MODULE], row[TYPE], flaw,
    ]),
  ]),
  JSON: (lines, names) => `${JSON.stringify(lines.map(({ row, cells, flaw }) => ({
    path: row[PATH], tag: row[TAG], keyword: row[NAME], vr: row[VR], vm: row[VM], length: row[LENGTH],
    privateCreator: row[CREATOR] || undefined, module: row[MODULE] || undefined, type: row[TYPE] || undefined, flaw: flaw || undefined,
    values: cells.map((cell, index) => ({ instance: names[index], value: cell === null ? null : cell[VALUE], masked: cell?.[COVERED] || undefined })),
  })), null, 1)}\n`,
  dump: (lines, names) => names.map((name, column) => {
    const here = lines.map(({ cells }) => cells[column]).filter((cell) => cell !== null);
    return `${names.length > 1 ? `# ${name}\n` : ""}${here.map(dumpLine).join("\n")}\n`;
  }).join("\n"),
};

/** @param {Row} row */
function dumpLine(row) {
  if (row[KIND] === "missing") return `# ${row[TAG]} ${row[NAME]} is missing: Type ${row[TYPE]}, ${row[MODULE]}`;
  const shown = row[KIND] === "element" ? (row[VALUE] === "" ? "(no value available)" : `[${row[VALUE]}]`) : `(${row[KIND]})`;
  const size = row[LENGTH] === null ? "u/l" : String(row[LENGTH]).padStart(3);
  return `${"  ".repeat(row[DEPTH])}${row[TAG]} ${row[VR] || "na"} ${shown.padEnd(40)} # ${size},${String(row[VM]).padStart(2)} ${row[NAME] || "Unknown"}`;
}

/** @type {Record<string, (series: Series) => string>} */
export const SERIES_AS = {
  CSV: ({ rows }) => csv([
    ["path", "tag", "keyword", "VR", "state", "value", "instances", "absent in"],
    ...rows.flatMap((row) => row.common.map(([value, count]) => [row.path, row.tag, row.name, row.vr, row.state, value, count, row.absent])),
  ]),
  JSON: ({ rows, instances }) => `${JSON.stringify({ instances, attributes: rows.map(({ path, tag, name, vr, state, absent, common }) => ({
    path, tag, keyword: name, vr, state, absent, values: common.map(([value, count]) => ({ value, instances: count })),
  })) }, null, 1)}\n`,
  dump: ({ rows }) => `${rows.map((row) => `${row.path} ${row.vr} ${row.name || "Unknown"} # ${row.state}: ${row.common.map(([value, count]) => `[${value}] x${count}`).join(", ")}`).join("\n")}\n`,
};
