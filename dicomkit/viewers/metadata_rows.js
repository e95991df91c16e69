// Rows: what Python says of each element, and the lines that several instances make together, aligned by tag path.

const [PATH, DEPTH, KIND, TAG, NAME, VR, VM, LENGTH, VALUE, CREATOR, SECRET, COVERED, EXPRESSION, MODULE, TYPE, FLAW, CONDITION] = Array(17).keys();
const TYPE_MEANS = {
  1: "has to have a value", "1C": "has to have a value if its condition holds", 2: "has to be there, may be empty",
  "2C": "has to be there if its condition holds, may be empty", 3: "may be left out",
};

/** Return the rows of several instances aligned by tag path; those of one instance in the order of its file. */
function align(lists) {
  const lines = new Map();
  lists.forEach((rows, column) => {
    const times = new Map();
    for (const row of rows) {
      // A damaged file may hold an element twice; the second one is a line of its own.
      const time = (times.get(row[PATH]) ?? 0) + 1;
      times.set(row[PATH], time);
      const path = time === 1 ? row[PATH] : `${row[PATH]} again ${time}`;
      if (!lines.has(path)) lines.set(path, { path, cells: new Array(lists.length).fill(null) });
      lines.get(path).cells[column] = row;
    }
  });
  const aligned = [...lines.values()].map(({ path, cells }) => {
    const row = cells.find((cell) => cell !== null && cell[KIND] !== "missing") ?? cells.find((cell) => cell !== null);
    const isSame = cells.every((cell) => cell !== null && [VALUE, VR, KIND].every((field) => cell[field] === row[field]));
    return { path, cells, row, depth: row[DEPTH], differs: lists.length > 1 && !isSame, flaw: flawOf(cells) };
  });
  if (lists.length === 1) return aligned;
  // Tags are written in hexadecimal of one length; with the numbers of items too, paths sort as texts do.
  for (const line of aligned) line.order = line.path.replace(/\[(\d+)\]/g, (_, number) => `[${number.padStart(9, "0")}]`);
  return aligned.sort((left, right) => (left.order < right.order ? -1 : 1));
}

function flawOf(cells) { return cells.find((cell) => cell !== null && cell[FLAW])?.[FLAW] ?? ""; }

/** Return for each line the place of the line that it is inside of, or -1. */
function parentsOf(lines) {
  const open = [];
  return lines.map((line, index) => {
    while (open.length > 0 && lines[open[open.length - 1]].depth >= line.depth) open.pop();
    const parent = open.length > 0 ? open[open.length - 1] : -1;
    open.push(index);
    return parent;
  });
}

/** Say what an attribute is to its module, and on what condition. */
function roleText(row) {
  if (!row[TYPE]) return "";
  const means = TYPE_MEANS[row[TYPE]];
  return `${row[MODULE]}, Type ${row[TYPE]}: ${row[CONDITION] ? means.replace("its condition holds", row[CONDITION]) : means}`;
}
