// Rows: what Python says of each element, and the lines that several instances make together, aligned by tag path.

export const [PATH, DEPTH, KIND, TAG, NAME, VR, VM, LENGTH, VALUE, CREATOR, SECRET, COVERED, EXPRESSION, MODULE, TYPE, FLAW, CONDITION, ALIGNED] = /** @type {const} */ ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
/**
 * @typedef {import("../frame/messages.js").ElementRow} Row by the places above
 * @typedef {{key: string, path: string, cells: (Row | null)[], row: Row, depth: number, differs: boolean, flaw: string,
 *   order?: string, place?: number}} Line what several instances say of one element
 */

/** @type {Record<string, string>} */
const TYPE_MEANS = {
  1: "has to have a value", "1C": "has to have a value if its condition holds", 2: "has to be there, may be empty",
  "2C": "has to be there if its condition holds, may be empty", 3: "may be left out",
};

/** Return the rows of several instances aligned by tag path; those of one instance in the order of its file.
 *  Private blocks are aligned by their creators, which may have reserved another block in each instance.
 *  @param {Row[][]} lists @returns {Line[]} */
export function align(lists) {
  /** @type {Map<string, {key: string, path: string, cells: (Row | null)[]}>} */
  const lines = new Map();
  lists.forEach((rows, column) => {
    const times = new Map();
    for (const row of rows) {
      const aligned = row[ALIGNED] || row[PATH];
      // A damaged file may hold an element twice; the second one is a line of its own.
      const time = (times.get(aligned) ?? 0) + 1;
      times.set(aligned, time);
      const key = time === 1 ? aligned : `${aligned} again ${time}`;
      const line = lines.get(key) ?? { key, path: time === 1 ? row[PATH] : `${row[PATH]} again ${time}`, cells: new Array(lists.length).fill(null) };
      lines.set(key, line);
      line.cells[column] = row;
    }
  });
  const aligned = [...lines.values()].map(({ key, path, cells }) => {
    const row = cells.find((cell) => cell !== null && cell[KIND] !== "missing") ?? /** @type {Row} */ (cells.find((cell) => cell !== null));
    const isSame = cells.every((cell) => cell !== null && [VALUE, VR, KIND].every((field) => cell[field] === row[field]));
    return { key, path, cells, row, depth: row[DEPTH], differs: lists.length > 1 && !isSame, flaw: flawOf(cells) };
  });
  return lists.length === 1 ? aligned : inOrder(aligned);
}

/** Sort lines so that each stands below what it is inside of.
 *  @param {Line[]} lines */
function inOrder(lines) {
  const orders = new Map(); // of the lines, by key
  for (const line of lines) {
    const at = line.key.lastIndexOf(line.key.endsWith("]") ? "[" : ".");
    const own = line.path.slice(line.path.lastIndexOf(line.path.endsWith("]") ? "[" : ".") + 1);
    // Tags are written in hexadecimal of one length; with the numbers of items too, paths sort as texts do.
    const step = own.endsWith("]") ? own.padStart(10, "0") : `${own}${line.key === line.path ? "" : line.key.slice(at + 1)}`;
    line.order = `${orders.get(line.key.slice(0, Math.max(0, at))) ?? ""} ${step}`;
    orders.set(line.key, line.order);
  }
  return lines.sort((left, right) => ((left.order ?? "") < (right.order ?? "") ? -1 : 1));
}

/** @param {(Row | null)[]} cells @returns {string} */
function flawOf(cells) { return cells.find((cell) => cell !== null && cell[FLAW])?.[FLAW] ?? ""; }

/** Return for each line the place of the line that it is inside of, or -1.
 *  @param {{depth: number}[]} lines */
export function parentsOf(lines) {
  /** @type {number[]} */
  const open = [];
  return lines.map((line, index) => {
    while (open.length > 0 && lines[open[open.length - 1]].depth >= line.depth) open.pop();
    const parent = open.length > 0 ? open[open.length - 1] : -1;
    open.push(index);
    return parent;
  });
}

/** Say what an attribute is to its module, and on what condition.
 *  @param {Row} row */
export function roleText(row) {
  if (!row[TYPE]) return "";
  const means = TYPE_MEANS[row[TYPE]];
  return `${row[MODULE]}, Type ${row[TYPE]}: ${row[CONDITION] ? means.replace("its condition holds", row[CONDITION]) : means}`;
}
