// The metadata viewer: a map of studies, series and instances; a tree of elements; several side by side.
// From top to bottom: pure functions on rows; the search; the map; the elements; the whole.

const ROW_PX = 24;
const SPARE_ROWS = 6;
const UPLOAD_BYTES = 1024 * 1024; // a piece; a message of more than 10 MB would never arrive
const PATTERN_MS = 1000; // as long as a regular expression may take
const FIELDS = ["anything", "tag", "keyword", "VR", "value", "path", "private creator", "module"];
// Okabe and Ito's colours; a letter goes with each, for who does not see colours or prints in grey.
const HUES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#8a8a8a"];
// More numbers than colours: ten steps from dark to light (cividis), which are numbered from 0 to 9.
const STEPS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];
const [PATH, DEPTH, KIND, TAG, NAME, VR, VM, LENGTH, VALUE, CREATOR, SECRET, COVERED, EXPRESSION, MODULE, TYPE, FLAW] = Array(16).keys();
const TYPE_MEANS = {
  1: "has to have a value", "1C": "has to have a value if its condition holds", 2: "has to be there, may be empty",
  "2C": "has to be there if its condition holds, may be empty", 3: "may be left out",
};
const KEYS = "Keys:  / search · ↑ ↓ move · ← → fold and unfold · c copy · in the map: Enter shows, Space puts beside";

// ---- Rows ---------------------------------------------------------------------------------------------------

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

/** Return the values of a series, merged from the answers about its parts: per attribute, how often each occurs. */
function mergeSeries(answers, total) {
  const attributes = new Map();
  let unread = 0;
  for (const answer of answers) {
    unread += answer.unread.length;
    for (const [path, tag, name, vr, values, places] of answer.attributes) {
      if (!attributes.has(path)) attributes.set(path, { path, tag, name, vr, counts: new Map(), present: 0 });
      const attribute = attributes.get(path);
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
    return { ...attribute, absent, common, state: isMasked ? "masked" : attribute.counts.size > 1 || absent > 0 ? "varies" : "constant" };
  });
  return { rows, instances, unread };
}

/** Return how values are coloured: what each looks like, and what the legend says. */
function coloursOf(values) {
  const distinct = [...new Set(values)];
  const numbers = distinct.filter((value) => value !== "").map(Number);
  if (distinct.length > HUES.length && numbers.every(Number.isFinite)) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const step = (value) => Math.min(9, Math.floor((10 * (Number(value) - low)) / (high - low)));
    const look = (at) => ({ letter: String(at), hue: STEPS[at], ink: at < 5 ? "#ffffff" : "#000000" });
    const none = { letter: "–", hue: "#8a8a8a", ink: "#000000" };
    return { of: (value) => (value === "" ? none : look(step(value))), legend: [[look(0), `${low}`], [look(9), `${high}`], ...(distinct.includes("") ? [[none, "(none)"]] : [])] };
  }
  const look = (at) => ({ letter: String.fromCharCode(65 + at), hue: HUES[at], ink: at === 0 ? "#ffffff" : "#000000" });
  const places = new Map(distinct.map((value, index) => [value, Math.min(index, HUES.length - 1)]));
  const named = distinct.slice(0, HUES.length).map((value, at) => [look(at), value.slice(0, 40) || "(none)"]);
  if (distinct.length > HUES.length) named[HUES.length - 1][1] += ` and ${distinct.length - HUES.length} more`;
  return { of: (value) => look(places.get(value)), legend: named };
}

// ---- Export: what is shown, made safe for each form -----------------------------------------------------------

/** Make a text safe for a spreadsheet: one quoted field that is never taken for a formula. */
function csvField(text) {
  const guarded = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return `"${guarded.replaceAll('"', '""')}"`;
}

function csv(rows) { return `${rows.map((fields) => fields.map((field) => csvField(String(field))).join(",")).join("\r\n")}\r\n`; }

function lengthText(row) { return row[LENGTH] === null ? "undefined" : String(row[LENGTH]); }

const LINES_AS = {
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

function dumpLine(row) {
  if (row[KIND] === "missing") return `# ${row[TAG]} ${row[NAME]} is missing: Type ${row[TYPE]}, ${row[MODULE]}`;
  const shown = row[KIND] === "element" ? (row[VALUE] === "" ? "(no value available)" : `[${row[VALUE]}]`) : `(${row[KIND]})`;
  const size = row[LENGTH] === null ? "u/l" : String(row[LENGTH]).padStart(3);
  return `${"  ".repeat(row[DEPTH])}${row[TAG]} ${row[VR] || "na"} ${shown.padEnd(40)} # ${size},${String(row[VM]).padStart(2)} ${row[NAME] || "Unknown"}`;
}

const SERIES_AS = {
  CSV: ({ rows }) => csv([
    ["path", "tag", "keyword", "VR", "state", "value", "instances", "absent in"],
    ...rows.flatMap((row) => row.common.map(([value, count]) => [row.path, row.tag, row.name, row.vr, row.state, value, count, row.absent])),
  ]),
  JSON: ({ rows, instances }) => `${JSON.stringify({ instances, attributes: rows.map(({ path, tag, name, vr, state, absent, common }) => ({
    path, tag, keyword: name, vr, state, absent, values: common.map(([value, count]) => ({ value, instances: count })),
  })) }, null, 1)}\n`,
  dump: ({ rows }) => `${rows.map((row) => `${row.path} ${row.vr} ${row.name || "Unknown"} # ${row.state}: ${row.common.map(([value, count]) => `[${value}] x${count}`).join(", ")}`).join("\n")}\n`,
};

// ---- Search -------------------------------------------------------------------------------------------------

const SEARCHED = {
  tag: (row) => [row[TAG], row[TAG].replace(/[(),]/g, "")],
  keyword: (row) => [row[NAME]],
  VR: (row) => [row[VR]],
  value: (row) => [row[VALUE]],
  path: (row) => [row[PATH], row[EXPRESSION]],
  "private creator": (row) => [row[CREATOR]],
  module: (row) => [row[MODULE]],
  anything: (row) => [row[TAG], row[NAME], row[VR], row[VALUE], row[CREATOR], row[PATH]],
};

/** Return what each line says in one field, in lower case; made once, since a search asks every line at each key. */
function haystacks(lines, field) {
  lines.texts ??= {};
  lines.texts[field] ??= lines.map(({ cells }) => cells.flatMap((row) => (row === null ? [] : SEARCHED[field](row))).join("\n").toLowerCase());
  return lines.texts[field];
}

/** Return the places of the texts that contain a word. */
function placesOf(texts, word) {
  const places = [];
  for (let place = 0; place < texts.length; place += 1) if (texts[place].includes(word)) places.push(place);
  return places;
}

// m: ^ and $ are the ends of a value, each of which stands on its own line.
const PATTERN_FLAGS = "imu";
const PATTERN_WORKER = `let texts = [];
onmessage = ({ data }) => {
  texts = data.texts ?? texts;
  const pattern = new RegExp(data.pattern, "${PATTERN_FLAGS}");
  const found = [];
  texts.forEach((text, place) => { if (pattern.test(text)) found.push(place); });
  postMessage(found);
};`;

/** Regular expressions run beside the page: a few letters can keep one busy for years, and a worker can be ended. */
class PatternSearch {
  /** Return which lines match: their places. Rejects with a sentence if the pattern is wrong or takes too long. */
  find(pattern, lines, field) {
    try {
      new RegExp(pattern, PATTERN_FLAGS); // eslint-disable-line no-new -- only to learn what is wrong with it
    } catch (error) {
      const reason = String(error.message).split(": ").pop();
      return Promise.reject(new Error(`not a regular expression yet: ${reason.toLowerCase()}`));
    }
    if (this.isBusy) this.stop();
    if (this.worker === undefined) this.start();
    const texts = this.lines === lines && this.field === field ? undefined : haystacks(lines, field);
    Object.assign(this, { lines, field, isBusy: true });
    return new Promise((resolve, reject) => {
      this.timer = setTimeout(() => {
        this.stop();
        reject(new Error("this regular expression takes too long: it was stopped. Repeat nothing that repeats already"));
      }, PATTERN_MS);
      this.worker.onmessage = ({ data }) => { clearTimeout(this.timer); this.isBusy = false; resolve(data); };
      this.worker.postMessage({ pattern, texts });
    });
  }

  start() {
    const address = URL.createObjectURL(new Blob([PATTERN_WORKER], { type: "text/javascript" }));
    this.worker = new Worker(address);
    URL.revokeObjectURL(address);
  }

  stop() {
    clearTimeout(this.timer);
    this.worker?.terminate();
    Object.assign(this, { worker: undefined, lines: undefined, isBusy: false });
  }
}

// ---- The map: studies, series, instances ----------------------------------------------------------------------

/** A tree whose leaves are tiles. One item at a time is the active one; it is named by aria-activedescendant. */
class StudyMap {
  constructor(view) {
    this.view = view;
    this.by = "Modality";
    this.closed = new Set();
    this.tree = make("div", { class: "dm-map", role: "tree", "aria-label": "Studies, series and instances", "aria-multiselectable": "true", tabindex: "0" });
    this.choice = make("input", { type: "text", "aria-label": "Colour the tiles by", list: view.id("attributes"), spellcheck: "false", value: this.by });
    this.offers = make("datalist", { id: view.id("attributes") });
    this.legend = make("ul", { class: "dm-legend" });
    this.odd = make("details", { class: "dm-odd" });
    this.node = make("div", { class: "dm-side" },
      make("label", { class: "dm-by", title: "any keyword or tag" }, make("span", { text: "Tiles by " }), this.choice), this.offers, this.legend, this.odd, this.tree);
    this.choice.addEventListener("change", () => this.colourBy(this.choice.value.trim()));
    this.choice.addEventListener("focus", () => this.choice.select());
    this.tree.addEventListener("keydown", (event) => this.onKey(event));
  }

  show(overview) {
    this.overview = overview;
    this.values = this.indexedValues();
    this.drawOdd();
    this.draw();
  }

  indexedValues() {
    const place = this.overview.tiles.indexOf(this.by);
    return place < 0 ? new Map() : new Map(this.overview.entries.map((entry) => [entry.n, entry.tile[place]]));
  }

  /** Offer the attributes that the instances in view have. */
  offer(names) {
    const all = [...new Set([...this.overview.tiles, ...names])];
    this.offers.replaceChildren(...all.map((name) => make("option", { value: name })));
  }

  /** Colour by an attribute that is named by keyword or tag; unless it is indexed, all instances are read. */
  async colourBy(name) {
    if (this.overview.tiles.includes(name)) {
      this.by = name;
      this.values = this.indexedValues();
      this.draw();
      return;
    }
    const digits = name.toLowerCase().replace(/[(),\s]/g, "");
    const isIt = ([path, tag, keyword]) => path === tag && (keyword === name || tag.replace(/[(),]/g, "") === digits);
    const chunks = this.overview.studies.flatMap((study) => study.series.flatMap((series) => series.chunks));
    const answers = await this.view.readChunks(chunks, "reading for the colours");
    if (answers === null) { this.choice.value = this.by; return; }
    const values = new Map();
    answers.forEach((answer, number) => {
      const attribute = answer.attributes.find(isIt);
      if (attribute) chunks[number].forEach((n, place) => { if (attribute[5][place] >= 0) values.set(n, attribute[4][attribute[5][place]]); });
    });
    if (values.size === 0) { this.view.say(`no instance has an attribute ${name}`); this.choice.value = this.by; return; }
    this.by = name;
    this.values = values;
    this.draw();
    this.view.say(`tiles are coloured by ${name}`);
  }

  drawOdd() {
    const { entries, counts } = this.overview;
    const odd = entries.filter((entry) => entry.outcome !== "read");
    this.odd.open = odd.length > 0;
    this.odd.replaceChildren(
      make("summary", { text: `${entries.length} entries: ${counts.read} read, ${counts.repaired} repaired, ${counts.rejected} rejected` }),
      make("ul", {}, ...odd.map((entry) => make("li", { class: `dm-${entry.outcome}` },
        make("b", { text: entry.outcome }), make("span", { text: ` ${entry.name}` }), make("div", { class: "dk-faint", text: entry.reason })))));
  }

  draw() {
    const { studies } = this.overview;
    const shown = studies.flatMap((study) => study.series.flatMap((series) => series.instances));
    this.colours = coloursOf(shown.map((n) => this.values.get(n) ?? ""));
    this.choice.value = this.by;
    this.legend.setAttribute("aria-label", `Colours: ${this.by}`);
    this.legend.replaceChildren(...this.colours.legend.map(([look, text]) => make("li", {}, this.swatch(look), make("span", { text }))));
    this.items = [];
    this.tree.replaceChildren(...studies.map((study, place) => this.branch(study.label, 1, `${place}`, "dm-study",
      () => study.series.map((series, inside) => this.branch(series.label, 2, `${place}.${inside}`, "dm-series",
        () => series.instances.map((n) => this.tile(n)))))));
    this.mark();
  }

  /** Make a study or a series: a label that folds what is below it. */
  branch(label, level, key, name, children) {
    const isOpen = !this.closed.has(key);
    const head = make("div", { class: name }, make("span", { class: "dm-twist", "aria-hidden": "true", text: isOpen ? "▾" : "▸" }), make("span", { text: label }));
    const item = { key, level, isOpen, node: make("div", { role: "treeitem", id: this.view.id(`branch-${key}`), "aria-expanded": String(isOpen), "aria-label": label, "aria-level": level }, head) };
    this.items.push(item);
    head.addEventListener("click", () => { this.active = key; this.turn(item); });
    if (isOpen) item.node.append(make("div", { role: "group", class: level === 2 ? "dm-tiles" : undefined }, ...children()));
    return item.node;
  }

  swatch({ letter, hue, ink }) {
    const node = make("span", { class: "dm-swatch", "aria-hidden": "true", text: letter });
    node.style.setProperty("--dm-hue", hue);
    node.style.setProperty("--dm-ink", ink);
    return node;
  }

  tile(n) {
    const entry = this.overview.entries[n];
    const value = this.values.get(n) ?? "";
    const node = make("div", {
      role: "treeitem", "aria-level": "3", class: "dm-tile", "data-n": n, id: this.view.id(`tile-${n}`),
      title: `${entry.name}\n${this.by}: ${value || "(none)"}\n${entry.bytes} bytes${entry.reason ? `\n${entry.reason}` : ""}`,
      "aria-label": `${entry.label}, ${this.by} ${value || "none"}${entry.outcome === "read" ? "" : `, ${entry.outcome}`}`,
    }, this.swatch(this.colours.of(value)), make("span", { "aria-hidden": "true", text: `${entry.outcome === "repaired" ? "⚠ " : ""}${entry.label}` }));
    this.items.push({ key: n, level: 3, node });
    node.addEventListener("click", (event) => { this.active = n; this.view.choose(n, event.shiftKey || event.ctrlKey || event.metaKey); });
    return node;
  }

  turn(item) {
    if (item.isOpen) this.closed.add(item.key);
    else this.closed.delete(item.key);
    this.draw();
  }

  /** Show which tiles are side by side, and which item is the active one. */
  mark() {
    const active = this.items.find((item) => item.key === this.active) ?? this.items.find((item) => item.key === this.view.chosen[0]) ?? this.items[0];
    this.active = active?.key;
    for (const item of this.items) {
      if (item.level === 3) item.node.setAttribute("aria-selected", String(this.view.chosen.includes(item.key)));
      item.node.classList.toggle("dm-cursor", item === active);
    }
    if (active) this.tree.setAttribute("aria-activedescendant", active.node.id);
    else this.tree.removeAttribute("aria-activedescendant");
  }

  onKey(event) {
    const place = this.items.findIndex((item) => item.key === this.active);
    const item = this.items[place];
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.items.length - 1;
    const parent = this.items.slice(0, place).findLastIndex((other) => other.level < item.level);
    const isOpen = item.level < 3 && item.isOpen;
    const goesTo = {
      ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: last,
      ArrowRight: item.level === 3 || isOpen ? place + 1 : undefined,
      ArrowLeft: item.level === 3 || !isOpen ? parent : undefined,
    };
    if (event.key in goesTo && goesTo[event.key] !== undefined) {
      this.active = this.items[Math.min(last, Math.max(0, goesTo[event.key]))].key;
      this.mark();
      this.tree.querySelector(".dm-cursor").scrollIntoView({ block: "nearest" });
    } else if (event.key in goesTo || (item.level < 3 && (event.key === "Enter" || event.key === " "))) this.turn(item);
    else if (event.key === "Enter" || event.key === " ") this.view.choose(item.key, event.key === " ");
    else return;
    event.preventDefault();
  }
}

// ---- The elements: a tree of lines, of which only those in view are in the page ----------------------------------

class ElementTree {
  constructor(view) {
    this.view = view;
    this.folded = new Set();
    this.lines = []; // all lines, aligned
    this.shown = []; // the lines that search and folding leave
    this.found = null; // the places of the lines that were searched for, or null without a search
    this.active = 0;
    this.nodes = new Map(); // what is in the page, by the place of the line
    this.drawn = [0, 0]; // the first line that is in the page, and the one behind the last
    this.heightPx = 400;
    this.head = make("div", { class: "dm-head dm-line", role: "row" });
    this.body = make("div", { class: "dm-body", role: "rowgroup" });
    this.space = make("div", { class: "dm-space", role: "presentation" }, this.body);
    this.node = make("div", { class: "dm-grid", role: "treegrid", tabindex: "0", "aria-label": "Elements", "aria-readonly": "true" }, this.head, this.space);
    this.node.addEventListener("scroll", () => this.scroll());
    this.node.addEventListener("keydown", (event) => this.onKey(event));
    for (const name of ["click", "dblclick"]) this.body.addEventListener(name, (event) => this.onClick(event));
    // As a table is first laid out, it does not know its height yet.
    this.sizes = new ResizeObserver(() => { this.heightPx = this.node.clientHeight; this.drawRest(); });
    this.sizes.observe(this.node);
  }

  take(lines, names) {
    const path = this.shown[this.active]?.path;
    this.lines = lines;
    this.names = names;
    this.parents = parentsOf(lines);
    this.openers = new Set(this.parents.filter((place) => place >= 0).map((place) => lines[place]));
    this.path = path;
    lines.forEach((line, place) => { line.place = place; });
    haystacks(lines, "anything"); // so that the first letter finds it ready
  }

  /** Show the lines that were found with their ancestors; `found` is null where nothing was searched for. */
  show(found, word) {
    const path = this.path ?? this.shown[this.active]?.path;
    this.word = word;
    this.found = found;
    if (found === null) this.shown = this.unfolded();
    else {
      const kept = (this.kept = new Uint8Array(this.lines.length)); // 2: found, 1: around what was found
      for (const hit of found) {
        for (let place = this.parents[hit]; place >= 0 && !kept[place]; place = this.parents[place]) kept[place] = 1;
        kept[hit] = 2;
      }
      this.shown = this.lines.filter((_, place) => kept[place]);
    }
    this.path = undefined;
    const same = this.shown.findIndex((line) => line.path === path);
    this.active = same >= 0 ? same : Math.min(this.active, Math.max(0, this.shown.length - 1));
    this.drawHead();
    this.draw();
  }

  unfolded() {
    const shown = [];
    let hiddenBelow = Infinity;
    for (const line of this.lines) {
      if (line.depth > hiddenBelow) continue;
      hiddenBelow = this.folded.has(line.path) ? line.depth : Infinity;
      shown.push(line);
    }
    return shown;
  }

  drawHead() {
    const isSeveral = this.names.length > 1;
    this.node.classList.toggle("dm-several", isSeveral);
    this.node.style.setProperty("--dm-columns", String(Math.max(1, this.names.length)));
    const titles = [["Tag", "dm-tag"], ["Keyword", "dm-name"], ["VR", "dm-vr"], ["VM", "dm-vm"], ["Length", "dm-length"], ["Type", "dm-type"], ...(isSeveral ? this.names : ["Value"]).map((name) => [name, "dm-value"])];
    this.head.replaceChildren(...titles.map(([text, name]) => make("span", { role: "columnheader", text, class: name })));
    this.node.setAttribute("aria-rowcount", String(this.shown.length + 1));
    this.node.setAttribute("aria-colcount", String(titles.length - (isSeveral ? 3 : 0))); // VR, VM and Length make room
    this.head.setAttribute("aria-rowindex", "1");
  }

  /** Draw anew only where a line comes into view that is not drawn yet. */
  scroll() {
    const top = Math.floor(this.node.scrollTop / ROW_PX);
    const bottom = Math.min(this.shown.length, top + Math.ceil(this.heightPx / ROW_PX));
    if (top < this.drawn[0] || bottom > this.drawn[1]) this.drawRest();
  }

  draw() {
    this.nodes = new Map();
    this.drawRest();
  }

  /** Draw the lines that have come into view; those that were in view already are kept. */
  drawRest() {
    const visible = Math.ceil(this.heightPx / ROW_PX);
    const first = Math.max(0, Math.min(this.shown.length - visible, Math.floor(this.node.scrollTop / ROW_PX)) - SPARE_ROWS);
    const last = Math.min(this.shown.length, first + visible + 2 * SPARE_ROWS);
    this.drawn = [first, last];
    this.space.style.height = `${this.shown.length * ROW_PX}px`;
    this.body.style.transform = `translateY(${first * ROW_PX}px)`;
    const nodes = new Map();
    for (let index = first; index < last; index += 1) nodes.set(index, this.nodes.get(index) ?? this.line(this.shown[index], index));
    this.nodes = nodes;
    this.putInPlace([...nodes.values()]);
    const isDrawn = this.active >= first && this.active < last;
    if (isDrawn) this.node.setAttribute("aria-activedescendant", this.view.id(`line-${this.active}`));
    else this.node.removeAttribute("aria-activedescendant");
    this.view.describe(this.shown[this.active]);
  }

  /** Make `nodes` the lines in the page. Those that stay are not touched: a click on a moved node is lost. */
  putInPlace(nodes) {
    const wanted = new Set(nodes);
    for (const node of [...this.body.children]) if (!wanted.has(node)) node.remove();
    let place = this.body.firstElementChild;
    for (const node of nodes) {
      if (node === place) place = place.nextElementSibling;
      else this.body.insertBefore(node, place);
    }
  }

  line(line, index) {
    const { row } = line;
    const opens = this.openers.has(line);
    const isOpen = opens && (this.found !== null || !this.folded.has(line.path));
    const node = make("div", {
      class: "dm-line", role: "row", id: this.view.id(`line-${index}`), "aria-rowindex": index + 2, "aria-level": line.depth + 1,
      "aria-expanded": opens ? String(isOpen) : undefined, "aria-selected": String(index === this.active),
    });
    node.classList.toggle("dm-differs", line.differs);
    node.classList.toggle("dm-flawed", line.flaw !== "");
    node.classList.toggle("dm-context", this.found !== null && this.kept[line.place] === 1);
    const tag = make("span", { role: "gridcell", class: "dm-tag dk-mono" },
      make("span", { class: "dm-twist", "aria-hidden": "true", text: opens ? (isOpen ? "▾" : "▸") : "" }), this.text(row[KIND] === "item" ? "item" : row[TAG], "span"));
    tag.style.paddingInlineStart = `${8 + line.depth * 12}px`;
    const small = (text, name, title) => make("span", { role: "gridcell", class: name, text, title });
    node.append(tag, this.keyword(row), small(row[VR], "dm-vr dk-mono"), small(row[VM] || "", "dm-vm dm-number"),
      small(row[KIND] === "missing" ? "" : row[LENGTH] === null ? "undef." : row[LENGTH], "dm-length dm-number"),
      small(row[TYPE], "dm-type", row[TYPE] ? roleText(row) : undefined), ...line.cells.map((cell) => this.value(cell, line)));
    return node;
  }

  onClick(event) {
    const index = Number(event.target.closest(".dm-line")?.getAttribute("aria-rowindex")) - 2;
    const line = this.shown[index];
    if (!line) return;
    this.activate(index);
    const isTwist = event.target.closest(".dm-twist") !== null;
    if (this.openers.has(line) && isTwist === (event.type === "click")) this.turn(line);
  }

  keyword(row) {
    const name = row[NAME] || (row[CREATOR] ? "" : "unknown");
    return make("span", { role: "gridcell", class: "dm-name", title: row[CREATOR] ? `${name} — private, ${row[CREATOR]}` : name },
      this.text(name, "span"), row[CREATOR] ? make("span", { class: "dm-creator", text: row[CREATOR] }) : null,
      row[SECRET] ? make("span", { class: "dm-secret", role: "img", title: "may identify somebody: PS3.15 table E.1-1", "aria-label": "may identify somebody", text: "◆" }) : null);
  }

  value(cell, line) {
    if (cell === null) return make("span", { role: "gridcell", class: "dm-value dm-absent", text: "— absent —" });
    const flaw = cell[FLAW] ? make("span", { class: "dm-flaw", text: `⚠ ${cell[FLAW]}: Type ${cell[TYPE]}`, title: roleText(cell) }) : null;
    const node = make("span", { role: "gridcell", class: "dm-value", title: cell[COVERED] ? "masked" : cell[VALUE] || undefined },
      line.differs ? make("span", { class: "dm-unlike", role: "img", "aria-label": "differs", text: "≠" }) : null, flaw,
      cell[KIND] === "missing" ? null : cell[COVERED] ? make("bdi", { text: "••••• masked" }) : this.text(cell[VALUE], "bdi"));
    node.classList.toggle("dm-covered", cell[COVERED]);
    return node;
  }

  /** Return text in an element of its own, with what was searched for marked. */
  text(text, name) {
    const lower = text.toLowerCase();
    const place = this.word && lower.length === text.length ? lower.indexOf(this.word) : -1;
    if (place < 0) return make(name, { text });
    const end = place + this.word.length;
    return make(name, {}, text.slice(0, place), make("mark", { text: text.slice(place, end) }), text.slice(end));
  }

  activate(index) {
    this.nodes.get(this.active)?.setAttribute("aria-selected", "false");
    this.active = Math.min(Math.max(0, index), Math.max(0, this.shown.length - 1));
    const top = this.active * ROW_PX;
    const room = this.node.clientHeight - this.head.offsetHeight;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    if (top + ROW_PX > this.node.scrollTop + room) this.node.scrollTop = top + ROW_PX - room;
    this.drawRest();
    this.nodes.get(this.active)?.setAttribute("aria-selected", "true");
    const line = this.shown[this.active];
    if (line) this.view.select(line.row[PATH]);
  }

  turn(line) {
    if (this.found !== null) return; // a search shows what it found, folded or not
    if (this.folded.has(line.path)) this.folded.delete(line.path);
    else this.folded.add(line.path);
    this.show(null, "");
  }

  /** Fold all sequences, or unfold them if they are; return whether they are folded now. */
  foldAll() {
    const paths = [...this.openers].filter((line) => line.row[KIND] !== "item").map((line) => line.path);
    const isAnyOpen = paths.some((path) => !this.folded.has(path));
    this.folded = new Set(isAnyOpen ? paths : []);
    return isAnyOpen;
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW_PX) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const line = this.shown[this.active];
    if (!line) return;
    const opens = this.openers.has(line) && this.found === null;
    const isFolded = this.folded.has(line.path);
    if (event.key in moves) this.activate(this.active + moves[event.key]);
    else if (opens && (event.key === "Enter" || event.key === (isFolded ? "ArrowRight" : "ArrowLeft"))) this.turn(line);
    else if (event.key === "ArrowRight" && opens) this.activate(this.active + 1);
    else if (event.key === "ArrowLeft") {
      const parent = this.parents[line.place];
      if (parent >= 0) this.activate(this.shown.indexOf(this.lines[parent]));
    } else if (event.key === "c") this.view.copyExpression();
    else return;
    event.preventDefault();
  }
}

function roleText(row) { return row[TYPE] ? `${row[MODULE]}, Type ${row[TYPE]}: ${TYPE_MEANS[row[TYPE]]}` : ""; }

// ---- The whole ------------------------------------------------------------------------------------------------

class MetadataView {
  constructor(model, el) {
    this.model = model;
    this.ask = asker(model);
    this.patterns = new PatternSearch();
    this.prefix = `dm${Math.random().toString(36).slice(2)}`;
    this.chosen = []; // the numbers of the entries side by side
    this.answers = new Map(); // what Python said, by question
    this.problems = [];
    this.root = begin(el, "Metadata of DICOM files");
    this.build();
    this.listen();
  }

  id(name) { return `${this.prefix}-${name}`; }

  build() {
    this.banner = make("div", { hidden: true });
    this.map = new StudyMap(this);
    this.elements = new ElementTree(this);
    this.search = make("input", { type: "search", class: "dk-grow", placeholder: "Search  ( / )", "aria-label": "Search the elements", "aria-keyshortcuts": "/", spellcheck: "false" });
    this.field = make("select", { "aria-label": "Search in" }, ...FIELDS.map((name) => make("option", { value: name, text: name })));
    this.pattern = toggle(".*", "Regular expression");
    this.onlyDifferences = toggle("≠ only", "Only lines that differ");
    this.onlyFlaws = toggle("⚠", "Only what is missing or empty");
    this.statistics = toggle("Series", "What is constant in this series and what varies");
    this.fold = make("button", { type: "button", text: "Fold all", "aria-label": "Fold or unfold all sequences" });
    this.format = make("select", { "aria-label": "Export format" }, ...Object.keys(LINES_AS).map((name) => make("option", { value: name, text: name })));
    this.save = make("button", { type: "button", text: "Export", title: "Save what is shown: masked stays masked" });
    this.files = make("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to upload" });
    this.upload = make("button", { type: "button", text: "Upload …", title: "Files or a zip of this computer; they stay in the kernel's memory", hidden: this.model.hasKernel === false });
    this.help = make("button", { type: "button", text: "?", "aria-label": "Keys" });
    const bar = make("div", { class: "dk-bar", role: "toolbar", "aria-label": "Search and export" },
      this.search, this.field, this.pattern, this.onlyDifferences, this.onlyFlaws, this.fold, this.statistics, this.format, this.save, this.upload, this.files, this.help);
    this.summary = make("div", { class: "dm-summary", tabindex: "0", role: "region", "aria-label": "What is constant in this series and what varies", hidden: true });
    this.bar = make("progress", { "aria-label": "Progress", max: 1, value: 0 });
    this.cancel = make("button", { type: "button", text: "Cancel" });
    this.progress = make("div", { class: "dk-progress dk-bar", hidden: true }, this.bar, this.cancel);
    this.status = make("div", { class: "dk-status", role: "status", "aria-live": "polite" });
    this.detail = make("code", { class: "dm-detail dk-mono" });
    this.role = make("span", { class: "dm-role dk-faint" });
    this.copy = make("button", { type: "button", text: "Copy", title: "Copy the pydicom expression (c)", "aria-keyshortcuts": "c" });
    this.root.append(this.banner, bar, make("div", { class: "dm-panes" }, this.map.node, make("div", { class: "dm-main" }, this.elements.node, this.summary)),
      make("div", { class: "dm-foot dk-bar" }, this.detail, this.role, this.copy), this.progress, this.status);
  }

  listen() {
    for (const button of [this.pattern, this.onlyDifferences, this.onlyFlaws]) {
      button.addEventListener("click", () => { press(button); this.filter(); });
    }
    this.statistics.addEventListener("click", () => { press(this.statistics); this.showSeries(); });
    this.search.addEventListener("input", () => this.filter());
    this.field.addEventListener("change", () => this.filter());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.search.value = ""; this.filter(); }
      if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); this.elements.node.focus(); }
    });
    this.fold.addEventListener("click", () => { this.fold.textContent = this.elements.foldAll() ? "Unfold all" : "Fold all"; this.filter(); });
    this.save.addEventListener("click", () => this.export());
    this.copy.addEventListener("click", () => this.copyExpression());
    this.help.addEventListener("click", () => this.say(KEYS));
    this.cancel.addEventListener("click", () => { this.isCancelled = true; });
    this.upload.addEventListener("click", () => this.files.click());
    this.files.addEventListener("change", () => this.sendFiles([...this.files.files]));
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "/" && !["INPUT", "SELECT"].includes(event.target.tagName)) { event.preventDefault(); this.search.focus(); }
    });
    if (this.model.hasKernel !== false) this.listenForDrops();
    this.followSelection = () => this.goTo(this.model.get("selection"));
    this.model.on("change:selection", this.followSelection);
  }

  listenForDrops() {
    const stop = (event) => { event.preventDefault(); event.stopPropagation(); };
    this.root.addEventListener("dragover", stop);
    this.root.addEventListener("drop", (event) => { stop(event); this.sendFiles([...event.dataTransfer.files]); });
  }

  stop() {
    this.elements.sizes.disconnect();
    this.patterns.stop();
    this.model.off("change:selection", this.followSelection);
    this.ask.stop();
  }

  /** Ask Python, once: an answer is kept until it may be another one. */
  known(question) {
    const key = JSON.stringify(question);
    if (!this.answers.has(key)) this.answers.set(key, this.ask(question));
    return this.answers.get(key);
  }

  async load() {
    this.answers.clear();
    const overview = await this.ask({ ask: "overview" });
    if (overview.problem) { this.say(overview.problem); return; }
    this.overview = overview;
    this.drawBanner();
    this.map.show(overview);
    const first = overview.studies.flatMap((study) => study.series.flatMap((series) => series.instances))[0];
    if (this.chosen.length === 0 && first !== undefined) this.chosen = [first];
    await this.open();
  }

  // What may identify somebody.

  drawBanner() {
    const banner = coverBar(this.ask, "Values that may identify somebody are masked", () => this.onRevealed());
    banner.hidden = this.overview.masked === 0;
    this.banner.replaceWith(banner);
    this.banner = banner;
  }

  async onRevealed() {
    await this.load();
    this.say("Values are no longer masked.");
    this.elements.node.focus();
  }

  // What is side by side.

  /** Show one entry, or put it beside the others (or take it away again). */
  choose(number, isAdded) {
    if (!isAdded) this.chosen = [number];
    else if (!this.chosen.includes(number)) this.chosen = [...this.chosen, number];
    else if (this.chosen.length > 1) this.chosen = this.chosen.filter((other) => other !== number);
    return this.open();
  }

  async open() {
    this.map.mark();
    const wanted = [...this.chosen];
    const answers = await Promise.all(wanted.map((n) => this.known({ ask: "instance", n })));
    if (wanted.join() !== this.chosen.join()) return; // something else was chosen meanwhile
    this.problems = answers.map((answer) => answer.problem).filter((problem) => problem);
    const lines = align(answers.map((answer) => answer.rows ?? []));
    this.elements.take(lines, wanted.map((n) => this.overview.entries[n].label));
    this.map.offer(lines.filter(({ row, depth }) => depth === 0 && row[KIND] === "element").map(({ row }) => row[NAME] || row[TAG]));
    const flaws = lines.filter((line) => line.flaw).length;
    this.onlyFlaws.textContent = `⚠ ${flaws}`;
    this.onlyFlaws.disabled = flaws === 0;
    if (flaws === 0) this.onlyFlaws.setAttribute("aria-pressed", "false");
    this.onlyDifferences.disabled = wanted.length < 2;
    if (wanted.length < 2) this.onlyDifferences.setAttribute("aria-pressed", "false");
    await this.filter();
    if (isPressed(this.statistics)) await this.showSeries();
  }

  async goTo({ entry, path } = {}) {
    if (path === undefined || (this.chosen[0] === entry && path === this.selected)) return;
    if (Number.isInteger(entry) && this.overview.entries[entry] && !this.chosen.includes(entry)) await this.choose(entry, false);
    const place = this.elements.shown.findIndex((line) => line.path === path);
    if (place >= 0) this.elements.activate(place);
  }

  select(path) {
    this.selected = path;
    this.model.set("selection", { entry: this.chosen[0], path });
    this.model.save_changes();
  }

  // Searching.

  /** Decide which lines are shown: those that match and their ancestors, or those that no fold hides. */
  async filter() {
    if (this.overview === undefined) return;
    const started = performance.now();
    const { lines } = this.elements;
    const text = this.search.value;
    const isPattern = isPressed(this.pattern) && text !== "";
    const turn = (this.turns = (this.turns ?? 0) + 1);
    let found = null;
    if (isPattern) {
      try {
        found = await this.patterns.find(text, lines, this.field.value);
      } catch (error) {
        if (turn !== this.turns) return;
        this.search.setAttribute("aria-invalid", "true");
        this.say(error.message);
        return;
      }
      if (turn !== this.turns || lines !== this.elements.lines) return; // another search began meanwhile
    } else if (text !== "") {
      found = placesOf(haystacks(lines, this.field.value), text.toLowerCase());
    }
    if (isPressed(this.onlyDifferences)) found = (found ?? [...lines.keys()]).filter((place) => lines[place].differs);
    if (isPressed(this.onlyFlaws)) found = (found ?? [...lines.keys()]).filter((place) => lines[place].flaw);
    this.search.removeAttribute("aria-invalid");
    this.elements.show(found, isPattern ? "" : text.toLowerCase());
    this.searchMs = performance.now() - started;
    this.report();
  }

  report() {
    const { lines, shown, found } = this.elements;
    if (this.overview.entries.length === 0) { this.say("Nothing here yet: upload DICOM files or a zip, or drop them here. They stay in the kernel's memory."); return; }
    const parts = [found === null ? `${shown.length} lines` : `${found.length} of ${lines.length} lines found`];
    if (this.chosen.length > 1) parts.push(`${this.chosen.length} instances, ${lines.filter((line) => line.differs).length} lines differ`);
    const flaws = lines.filter((line) => line.flaw).length;
    if (flaws > 0) parts.push(`${flaws} required ${flaws === 1 ? "attribute is" : "attributes are"} missing or empty`);
    this.say([...parts, ...this.problems].join(" · "));
  }

  say(text) { this.status.textContent = text; }

  /** Write below the lines what the active one is. */
  describe(line) {
    this.detail.textContent = line ? line.row[EXPRESSION] : "";
    this.role.textContent = line ? roleText(line.row) : "";
    this.copy.disabled = !line;
  }

  async copyExpression() {
    const text = this.detail.textContent;
    this.say((await copyText(text)) ? `copied: ${text}` : `select and copy it: ${text}`);
  }

  export() {
    const form = this.format.value;
    const isSeries = isPressed(this.statistics) && this.series;
    const { shown, names } = this.elements;
    const text = isSeries ? SERIES_AS[form](this.series) : LINES_AS[form](shown, names);
    const [ending, type] = { CSV: ["csv", "text/csv"], JSON: ["json", "application/json"], dump: ["dump", "text/plain"] }[form];
    saveText(`${isSeries ? "series" : "elements"}.${ending}`, type, text);
    this.say(`${isSeries ? this.series.rows.length : shown.length} lines exported as ${form}`);
  }

  // What takes long: it shows how far it is, and can be stopped.

  /** Do `step` for each of `parts`, in turn; return what came out, or null if it was cancelled or failed. */
  async inSteps(parts, text, step) {
    if (this.isRunning) return null;
    Object.assign(this, { isRunning: true, isCancelled: false });
    const made = [];
    this.bar.max = parts.length;
    for (const part of parts) {
      this.bar.value = made.length;
      this.progress.hidden = parts.length < 2;
      this.say(`${text}: ${made.length} of ${parts.length}`);
      const answer = await step(part);
      if (answer.problem || this.isCancelled) {
        this.say(answer.problem ?? "cancelled");
        made.length = 0;
        break;
      }
      made.push(answer);
    }
    this.progress.hidden = true;
    this.isRunning = false;
    return made.length === parts.length ? made : null;
  }

  readChunks(chunks, text) { return this.inSteps(chunks, text, (of) => this.known({ ask: "attributes", of })); }

  async showSeries() {
    const isOn = isPressed(this.statistics);
    this.summary.hidden = !isOn;
    this.elements.node.hidden = isOn;
    if (!isOn) { this.elements.draw(); this.report(); return; }
    const series = this.overview.studies.flatMap((study) => study.series).find((other) => other.instances.includes(this.chosen[0]));
    const answers = series ? await this.readChunks(series.chunks, "reading the series") : null;
    if (answers === null) { this.summary.replaceChildren(make("p", { text: "The series was not read." })); return; }
    this.series = mergeSeries(answers, series.instances.length);
    this.summary.replaceChildren(...seriesSummary(series.label, this.series));
    this.report();
  }

  async sendFiles(files) {
    const pieces = files.flatMap((file, number) => {
      const count = Math.max(1, Math.ceil(file.size / UPLOAD_BYTES));
      return Array.from({ length: count }, (_, part) => ({ file, number, start: part * UPLOAD_BYTES }));
    });
    const answers = await this.inSteps(pieces, "uploading", async ({ file, number, start }) => {
      const bytes = await file.slice(start, start + UPLOAD_BYTES).arrayBuffer();
      return this.ask({ ask: "upload", file: number, of: files.length, name: file.name, size: file.size, start }, [bytes]);
    });
    this.files.value = "";
    if (answers === null) { await this.ask({ ask: "cancel upload" }); return; }
    const { first } = answers.at(-1) ?? {};
    if (first === undefined) return;
    await this.load();
    const arrived = this.overview.entries.find((entry) => entry.n >= first && entry.outcome !== "rejected");
    if (arrived) await this.choose(arrived.n, false);
  }
}

const MOST_CHARACTERS = 120; // of the values in one line of the table

function seriesSummary(label, { rows, instances, unread }) {
  const [varying, constant, masked] = ["varies", "constant", "masked"].map((state) => rows.filter((row) => row.state === state));
  const counts = `${instances} instances read: ${varying.length} attributes vary, ${constant.length} are constant${masked.length ? `, ${masked.length} are masked` : ""}${unread ? `; ${unread} could not be read` : ""}`;
  return [make("h3", { text: label }), make("p", { class: "dk-faint", text: counts }), seriesTable("Varies", varying, instances), seriesTable("Constant", constant, instances)];
}

/** Return the most common values: as many as fit, but at least one. */
function mostCommon(common) {
  let room = MOST_CHARACTERS;
  const fits = common.findIndex(([value]) => (room -= Math.min(80, value.length) + 5) < 0);
  return fits < 0 ? common : common.slice(0, Math.max(1, fits));
}

function seriesTable(caption, rows, instances) {
  const cell = (text, attributes) => make("td", { text, ...attributes });
  const lines = rows.map((row) => make("tr", {},
    cell(row.tag, { class: "dk-mono", title: row.path }),
    cell(`${row.path === row.tag ? "" : "… "}${row.name || "unknown"}`, { title: row.path }), // "…": inside a sequence
    cell(row.vr, { class: "dk-mono" }), make("td", {}, ...valuesOf(row, instances))));
  const head = make("tr", {}, ...["Tag", "Keyword", "VR", "Values"].map((text) => make("th", { scope: "col", text })));
  return make("table", {}, make("caption", { text: `${caption} (${rows.length})` }), make("thead", {}, head), make("tbody", {}, ...lines));
}

function valuesOf({ state, common, absent }, instances) {
  const shown = mostCommon(common);
  const isEachItsOwn = common.length > 1 && common.every(([, count]) => count === 1);
  const faint = (text) => make("span", { class: "dk-faint", text });
  const chip = ([value, count]) => make("span", { class: "dm-chip" }, make("bdi", { text: value === "" ? "(empty)" : value.slice(0, 80) }),
    state === "varies" && !isEachItsOwn ? make("small", { text: ` ×${count}` }) : null);
  return [
    isEachItsOwn ? faint(`${common.length} different: `) : "",
    ...shown.map(chip),
    common.length > shown.length ? faint(` and ${common.length - shown.length} more`) : "",
    absent ? make("span", { class: "dm-unlike", text: ` absent in ${absent} of ${instances}` }) : "",
  ];
}

function toggle(text, label) { return make("button", { type: "button", text, title: label, "aria-label": label, "aria-pressed": "false" }); }

function isPressed(button) { return button.getAttribute("aria-pressed") === "true"; }

function press(button) { button.setAttribute("aria-pressed", String(!isPressed(button))); }

export default {
  async render({ model, el }) {
    const view = new MetadataView(model, el);
    el.dicomkitView = view;
    await view.load();
    return () => view.stop();
  },
};
