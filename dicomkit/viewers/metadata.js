// The metadata viewer: a map of studies, series and instances; a tree of elements; several side by side.

const ROW_PX = 24;
const SPARE_ROWS = 8;
const FIELDS = ["anything", "tag", "keyword", "VR", "value", "path", "private creator"];
// Okabe and Ito's colours; a letter goes with each, for who does not see colours or prints in grey.
const HUES = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#8a8a8a"];
const [PATH, DEPTH, KIND, TAG, NAME, VR, VM, LENGTH, VALUE, CREATOR, SECRET, COVERED, EXPRESSION] = Array(13).keys();

/** Return the rows of several instances aligned by tag path: the first instance's order, others put between. */
function align(lists) {
  const order = [];
  const places = new Map();
  lists.forEach((rows, column) => {
    let after = -1;
    const added = [];
    for (const row of rows) {
      let line = places.get(row[PATH]);
      if (line === undefined) {
        line = { path: row[PATH], cells: new Array(lists.length).fill(null), sort: after };
        places.set(row[PATH], line);
        added.push(line);
      } else if (line.index !== undefined) after = line.index;
      line.cells[column] = row;
    }
    // What only this instance has stands behind the last element that it shares with those before it.
    const behind = new Map();
    added.forEach((line) => behind.set(line.sort, [...(behind.get(line.sort) ?? []), line]));
    const merged = [...(behind.get(-1) ?? [])];
    order.forEach((line, index) => merged.push(line, ...(behind.get(index) ?? [])));
    order.splice(0, order.length, ...merged);
    order.forEach((line, index) => { line.index = index; });
  });
  return order.map((line) => {
    const first = line.cells.find((cell) => cell !== null);
    const same = line.cells.every((cell) => cell !== null && cell[VALUE] === first[VALUE] && cell[VR] === first[VR]);
    return { path: line.path, cells: line.cells, row: first, depth: first[DEPTH], differs: lists.length > 1 && !same };
  });
}

const SEARCHED = {
  tag: (row) => [row[TAG], row[TAG].replace(/[(),]/g, "")],
  keyword: (row) => [row[NAME]],
  VR: (row) => [row[VR]],
  value: (row) => [row[VALUE]],
  path: (row) => [row[PATH], row[EXPRESSION]],
  "private creator": (row) => [row[CREATOR]],
  anything: (row) => [row[TAG], row[NAME], row[VR], row[VALUE], row[CREATOR], row[PATH]],
};

/** Return a line's text in one field, in lower case; made once, since a search asks every line at each key. */
function haystack(line, field) {
  line.texts ??= {};
  line.texts[field] ??= line.cells.flatMap((row) => (row === null ? [] : SEARCHED[field](row))).join("\n").toLowerCase();
  return line.texts[field];
}

/** Return the search as a test on a line, or null if everything matches. Throws what is wrong with a pattern. */
function matcher(text, field, isPattern) {
  if (text === "") return null;
  if (!isPattern) {
    const lower = text.toLowerCase();
    return (line) => haystack(line, field).includes(lower);
  }
  const pattern = new RegExp(text, "imu"); // m: ^ and $ are the ends of a value, each stands on its own line
  return (line) => pattern.test(haystack(line, field));
}

/** Make a text safe for a spreadsheet: one quoted field that is never taken for a formula. */
function csvField(text) {
  const guarded = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${guarded.replaceAll('"', '""')}"`;
}

function asCsv(lines, names) {
  const head = ["path", "tag", "keyword", "VR", "VM", "length", ...names.map((name) => `value: ${name}`)];
  const body = lines.map(({ row, cells }) => [
    row[PATH], row[TAG], row[NAME], row[VR], String(row[VM]), row[LENGTH] === null ? "undefined" : String(row[LENGTH]),
    ...cells.map((cell) => (cell === null ? "" : cell[VALUE])),
  ]);
  return `${[head, ...body].map((fields) => fields.map(csvField).join(",")).join("\r\n")}\r\n`;
}

function asJson(lines, names) {
  const elements = lines.map(({ row, cells }) => ({
    path: row[PATH], tag: row[TAG], keyword: row[NAME], vr: row[VR], vm: row[VM], length: row[LENGTH],
    privateCreator: row[CREATOR] || undefined,
    values: Object.fromEntries(cells.map((cell, index) => [names[index], cell === null ? null : cell[VALUE]])),
    masked: row[COVERED] || undefined,
  }));
  return `${JSON.stringify(elements, null, 1)}\n`;
}

function asDump(lines) {
  const text = lines.map(({ row, cells }) => {
    const cell = cells.find((other) => other !== null);
    const shown = row[KIND] === "element" ? `[${cell[VALUE]}]` : `(${row[KIND]})`;
    const size = row[LENGTH] === null ? "u/l" : String(row[LENGTH]).padStart(3);
    return `${"  ".repeat(row[DEPTH])}${row[TAG]} ${row[VR] || "na"} ${shown.padEnd(40)} # ${size},${String(row[VM]).padStart(2)} ${row[NAME] || "Unknown"}`;
  });
  return `${text.join("\n")}\n`;
}

class MetadataView {
  constructor(model, el) {
    this.model = model;
    this.ask = asker(model);
    this.root = begin(el, "Metadata of DICOM files");
    this.chosen = []; // the numbers of the entries side by side
    this.instances = new Map();
    this.folded = new Set();
    this.lines = []; // all lines, aligned
    this.shown = []; // the lines that search and folding leave
    this.active = 0;
    this.drawn = [0, 0]; // the first line that is in the page, and the one behind the last
    this.heightPx = 400;
    this.tileBy = 0;
    this.build();
  }

  build() {
    this.banner = make("div", { class: "dm-banner", hidden: true });
    this.search = make("input", { type: "search", class: "dk-grow", placeholder: "Search  ( / )", "aria-label": "Search the elements", spellcheck: "false" });
    this.field = make("select", { "aria-label": "Search in" }, ...FIELDS.map((name) => make("option", { value: name, text: name })));
    this.pattern = this.toggle(".*", "Regular expression");
    this.onlyDifferences = this.toggle("≠ only", "Only lines that differ");
    this.statistics = this.toggle("Series", "What is constant in this series and what varies");
    this.fold = make("button", { type: "button", text: "Fold all", "aria-label": "Fold or unfold all sequences" });
    this.format = make("select", { "aria-label": "Export format" }, ...["CSV", "JSON", "dump"].map((name) => make("option", { value: name, text: name })));
    this.save = make("button", { type: "button", text: "Export", title: "Save the lines that are shown" });
    const bar = make("div", { class: "dk-bar", role: "toolbar", "aria-label": "Search and export" },
      this.search, this.field, this.pattern, this.onlyDifferences, this.fold, this.statistics, this.format, this.save);
    this.map = make("div", { class: "dm-map", role: "tree", "aria-label": "Studies, series and instances", "aria-multiselectable": "true", tabindex: "0" });
    this.side = make("div", { class: "dm-side" }, this.map);
    this.head = make("div", { class: "dm-head dm-line", role: "row" });
    this.body = make("div", { class: "dm-body", role: "rowgroup" });
    this.space = make("div", { class: "dm-space", role: "presentation" });
    this.space.append(this.body);
    this.grid = make("div", { class: "dm-grid", role: "treegrid", tabindex: "0", "aria-label": "Elements", "aria-readonly": "true" }, this.head, this.space);
    this.summary = make("div", { class: "dm-summary", tabindex: "0", role: "region", "aria-label": "What is constant in this series and what varies", hidden: true });
    this.main = make("div", { class: "dm-main" }, bar, this.grid, this.summary);
    this.status = make("div", { class: "dk-status", role: "status", "aria-live": "polite" });
    this.detail = make("code", { class: "dm-detail dk-mono" });
    this.copy = make("button", { type: "button", text: "Copy", title: "Copy the pydicom expression (c)" });
    this.foot = make("div", { class: "dm-foot dk-bar" }, this.detail, this.copy);
    this.root.append(this.banner, make("div", { class: "dm-panes" }, this.side, this.main), this.foot, this.status);
    this.listen();
  }

  toggle(text, label) {
    return make("button", { type: "button", text, title: label, "aria-label": label, "aria-pressed": "false" });
  }

  listen() {
    for (const button of [this.pattern, this.onlyDifferences]) {
      button.addEventListener("click", () => { press(button); this.filter(); });
    }
    this.statistics.addEventListener("click", () => { press(this.statistics); this.showStatistics(); });
    this.search.addEventListener("input", () => this.filter());
    this.field.addEventListener("change", () => this.filter());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.search.value = ""; this.filter(); }
      if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); this.grid.focus(); }
    });
    this.fold.addEventListener("click", () => this.foldAll());
    this.save.addEventListener("click", () => this.export());
    this.copy.addEventListener("click", () => this.copyExpression());
    this.grid.addEventListener("scroll", () => this.scroll());
    this.grid.addEventListener("keydown", (event) => this.onGridKey(event));
    this.map.addEventListener("keydown", (event) => this.onMapKey(event));
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "/" && event.target !== this.search) { event.preventDefault(); this.search.focus(); }
    });
    // As a table is first laid out, it does not know its height yet.
    this.sizes = new ResizeObserver(() => {
      this.heightPx = this.grid.clientHeight;
      this.draw();
    });
    this.sizes.observe(this.grid);
  }

  stop() {
    this.sizes.disconnect();
    this.ask.stop();
  }

  async load() {
    const overview = await this.ask({ ask: "overview" });
    if (overview.problem) { this.say(overview.problem); return; }
    this.overview = overview;
    this.instances.clear();
    this.drawBanner();
    this.drawMap();
    const first = overview.studies.flatMap((study) => study.series.flatMap((series) => series.instances))[0];
    if (this.chosen.length === 0 && first !== undefined) this.chosen = [first];
    await this.open();
  }

  drawBanner() {
    this.banner.replaceChildren();
    this.banner.hidden = this.overview.masked === 0;
    if (this.banner.hidden) return;
    const reveal = make("button", { type: "button", text: "Reveal …" });
    this.banner.append(make("span", { text: "Values that may identify somebody are masked (PS3.15 table E.1-1)." }), reveal);
    reveal.addEventListener("click", () => {
      const yes = make("button", { type: "button", class: "dm-risk", text: "Reveal them on this screen" });
      const no = make("button", { type: "button", text: "Keep them masked" });
      this.banner.replaceChildren(
        make("span", { text: "Names, dates and numbers of a person will be readable here: by who looks on, in a recording, in what you export." }), yes, no);
      yes.addEventListener("click", () => this.reveal());
      no.addEventListener("click", () => { this.drawBanner(); this.banner.querySelector("button").focus(); });
      no.focus();
    });
  }

  async reveal() {
    const answer = await this.ask({ ask: "reveal" });
    if (answer.problem) {
      this.banner.replaceChildren(make("span", { text: "They are not in this page: export it again from a viewer that shows them." }));
      return;
    }
    await this.load();
    this.say("Values are no longer masked.");
    this.grid.focus();
  }

  drawMap() {
    const { entries, studies, counts, tiles } = this.overview;
    const nodes = [];
    const by = make("select", { "aria-label": "Colour the tiles by" }, ...tiles.map((name, index) => make("option", { value: index, text: name })));
    by.value = String(this.tileBy);
    by.addEventListener("change", () => { this.tileBy = Number(by.value); this.drawMap(); });
    const seen = [...new Set(studies.flatMap((s) => s.series.flatMap((t) => t.instances)).map((n) => entries[n].tile[this.tileBy]))];
    const legend = make("ul", { class: "dm-legend", "aria-label": `Colours: ${tiles[this.tileBy]}` },
      ...seen.slice(0, HUES.length).map((value, index) => make("li", {}, this.swatch(index), make("span", { text: value || "(none)" }))));
    for (const study of studies) {
      const parts = [make("div", { class: "dm-study", text: study.label })];
      for (const series of study.series) {
        const group = make("div", { role: "group", class: "dm-tiles" }, ...series.instances.map((n) => this.tile(entries[n], seen)));
        parts.push(make("div", { role: "treeitem", "aria-expanded": "true", "aria-label": series.label, "aria-level": "2" }, make("div", { class: "dm-series", text: series.label }), group));
      }
      nodes.push(make("div", { role: "treeitem", "aria-expanded": "true", "aria-label": study.label, "aria-level": "1" }, parts[0], make("div", { role: "group" }, ...parts.slice(1))));
    }
    this.map.replaceChildren(...nodes);
    const odd = entries.filter((entry) => entry.outcome !== "read");
    const report = make("details", { class: "dm-odd", open: odd.length > 0 },
      make("summary", { text: `${entries.length} entries: ${counts.read} read, ${counts.repaired} repaired, ${counts.rejected} rejected` }),
      make("ul", {}, ...odd.map((entry) => make("li", { class: `dm-${entry.outcome}` },
        make("b", { text: entry.outcome }), make("span", { text: ` ${entry.name}` }), make("div", { class: "dk-faint", text: entry.reason })))));
    this.side.replaceChildren(make("label", { class: "dm-by" }, make("span", { text: "Tiles by " }), by), legend, report, this.map);
    this.markTiles();
  }

  swatch(index) {
    const hue = Math.min(index, HUES.length - 1);
    const node = make("span", { class: "dm-swatch", "aria-hidden": "true", text: String.fromCharCode(65 + hue) });
    node.style.setProperty("--dm-hue", HUES[hue]);
    return node;
  }

  tile(entry, seen) {
    const value = entry.tile[this.tileBy];
    const hue = Math.min(seen.indexOf(value), HUES.length - 1);
    const title = `${entry.name}\n${this.overview.tiles[this.tileBy]}: ${value || "(none)"}\n${entry.bytes} bytes${entry.reason ? `\n${entry.reason}` : ""}`;
    const label = `${entry.label}, ${this.overview.tiles[this.tileBy]} ${value || "none"}${entry.outcome === "read" ? "" : `, ${entry.outcome}`}`;
    const node = make("div", { role: "treeitem", "aria-level": "3", class: "dm-tile", title, "aria-label": label, "data-n": entry.n, id: this.id(`tile-${entry.n}`) },
      make("span", { "aria-hidden": "true", text: String.fromCharCode(65 + hue) }), make("span", { "aria-hidden": "true", text: entry.label }));
    node.style.setProperty("--dm-hue", HUES[hue]);
    if (entry.outcome === "repaired") node.classList.add("dm-tile-odd");
    node.addEventListener("click", (event) => this.choose(entry.n, event.shiftKey || event.ctrlKey || event.metaKey));
    return node;
  }

  id(name) {
    this.prefix ??= `dm${Math.random().toString(36).slice(2)}`;
    return `${this.prefix}-${name}`;
  }

  markTiles() {
    for (const tile of this.map.querySelectorAll(".dm-tile")) {
      const place = this.chosen.indexOf(Number(tile.dataset.n));
      tile.setAttribute("aria-selected", String(place >= 0));
      tile.classList.toggle("dm-cursor", Number(tile.dataset.n) === this.cursor);
    }
    if (this.cursor !== undefined) this.map.setAttribute("aria-activedescendant", this.id(`tile-${this.cursor}`));
  }

  /** Show one entry, or put it beside the others (or take it away again). */
  choose(number, isAdded) {
    if (!isAdded) this.chosen = [number];
    else if (!this.chosen.includes(number)) this.chosen = [...this.chosen, number];
    else if (this.chosen.length > 1) this.chosen = this.chosen.filter((other) => other !== number);
    this.cursor = number;
    return this.open();
  }

  onMapKey(event) {
    const order = [...this.map.querySelectorAll(".dm-tile")].map((tile) => Number(tile.dataset.n));
    const place = Math.max(0, order.indexOf(this.cursor ?? this.chosen[0]));
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -place, End: order.length - 1 - place };
    if (event.key in steps && order.length > 0) {
      event.preventDefault();
      this.cursor = order[Math.min(order.length - 1, Math.max(0, place + steps[event.key]))];
      this.markTiles();
      this.map.querySelector(".dm-cursor").scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(order[place], event.key === " ");
    }
  }

  async open() {
    this.markTiles();
    const wanted = [...this.chosen];
    const answers = await Promise.all(wanted.map((n) => this.instance(n)));
    if (wanted.join() !== this.chosen.join()) return; // something else was chosen meanwhile
    this.problems = answers.map((answer) => answer.problem).filter((problem) => problem);
    this.lines = align(answers.map((answer) => answer.rows ?? []));
    this.parents = parentsOf(this.lines);
    this.lines.forEach((line) => haystack(line, "anything")); // so that the first letter finds it ready
    this.filter();
    if (this.statistics.getAttribute("aria-pressed") === "true") await this.showStatistics();
  }

  instance(number) {
    if (!this.instances.has(number)) this.instances.set(number, this.ask({ ask: "instance", n: number }));
    return this.instances.get(number);
  }

  /** Decide which lines are shown: those that match and their ancestors, or those that no fold hides. */
  filter() {
    const started = performance.now();
    let matches = null;
    try {
      matches = matcher(this.search.value, this.field.value, isPressed(this.pattern));
      this.search.removeAttribute("aria-invalid");
    } catch {
      this.search.setAttribute("aria-invalid", "true");
      this.say("This is no regular expression yet.");
      return;
    }
    const differences = isPressed(this.onlyDifferences);
    const keeps = (line) => (matches === null || matches(line)) && (!differences || line.differs);
    if (matches === null && !differences) {
      this.shown = this.unfolded();
      this.hits = null;
    } else {
      const kept = new Uint8Array(this.lines.length);
      this.hits = new Set();
      this.lines.forEach((line, index) => {
        if (!keeps(line)) return;
        this.hits.add(line);
        for (let place = index; place >= 0 && !kept[place]; place = this.parents[place]) kept[place] = 1;
      });
      this.shown = this.lines.filter((_, index) => kept[index]);
    }
    this.searchMs = performance.now() - started;
    this.active = Math.min(this.active, Math.max(0, this.shown.length - 1));
    this.report();
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

  report() {
    const differing = this.lines.filter((line) => line.differs).length;
    const parts = [this.hits === null ? `${this.shown.length} lines` : `${this.hits.size} of ${this.lines.length} lines found`];
    if (this.chosen.length > 1) parts.push(`${this.chosen.length} instances, ${differing} lines differ`);
    this.say([...parts, ...this.problems].join(" · "));
  }

  say(text) { this.status.textContent = text; }

  names() { return this.chosen.map((n) => this.overview.entries[n].label); }

  drawHead() {
    const several = this.chosen.length > 1;
    this.grid.classList.toggle("dm-several", several);
    this.grid.style.setProperty("--dm-columns", String(Math.max(1, this.chosen.length)));
    const titles = ["Tag", "Keyword", "VR", "VM", "Length", ...(several ? this.names() : ["Value"])];
    this.head.replaceChildren(...titles.map((title, index) => make("span", { role: "columnheader", text: title, class: index > 4 ? "dm-value" : undefined })));
    this.grid.setAttribute("aria-rowcount", String(this.shown.length + 1));
    this.grid.setAttribute("aria-colcount", String(titles.length));
    this.head.setAttribute("aria-rowindex", "1");
  }

  /** Draw anew only where a line comes into view that is not drawn yet. */
  scroll() {
    const top = Math.floor(this.grid.scrollTop / ROW_PX);
    const bottom = Math.min(this.shown.length, top + Math.ceil(this.heightPx / ROW_PX));
    if (top < this.drawn[0] || bottom > this.drawn[1]) this.draw();
  }

  draw() {
    const visible = Math.ceil(this.heightPx / ROW_PX);
    const first = Math.max(0, Math.floor(this.grid.scrollTop / ROW_PX) - SPARE_ROWS);
    const last = Math.min(this.shown.length, first + visible + 2 * SPARE_ROWS);
    this.drawn = [first, last];
    this.space.style.height = `${this.shown.length * ROW_PX}px`;
    this.body.style.transform = `translateY(${first * ROW_PX}px)`;
    this.body.replaceChildren(...this.shown.slice(first, last).map((line, index) => this.line(line, first + index)));
    const active = this.shown[this.active];
    if (active) this.grid.setAttribute("aria-activedescendant", this.id(`line-${this.active}`));
    else this.grid.removeAttribute("aria-activedescendant");
    this.detail.textContent = active ? active.row[EXPRESSION] : "";
    this.copy.disabled = !active;
  }

  line(line, index) {
    const { row } = line;
    const opens = this.hasChildren(line);
    const isOpen = opens && !this.folded.has(line.path);
    const node = make("div", {
      class: "dm-line", role: "row", id: this.id(`line-${index}`), "aria-rowindex": index + 2, "aria-level": line.depth + 1,
      "aria-expanded": opens ? String(isOpen) : undefined, "aria-selected": String(index === this.active),
    });
    if (line.differs) node.classList.add("dm-differs");
    if (this.hits !== null && !this.hits.has(line)) node.classList.add("dm-context");
    const tag = make("span", { role: "gridcell", class: "dm-tag dk-mono" },
      make("span", { class: "dm-twist", "aria-hidden": "true", text: opens ? (isOpen ? "▾" : "▸") : "" }), make("span", { text: row[KIND] === "item" ? "item" : row[TAG] }));
    tag.style.paddingInlineStart = `${line.depth * 12}px`;
    const name = row[NAME] || (row[CREATOR] ? "" : "unknown");
    const keyword = make("span", { role: "gridcell", class: "dm-name", title: row[CREATOR] ? `${name} — private, ${row[CREATOR]}` : name },
      make("span", { text: name }), row[CREATOR] ? make("span", { class: "dm-creator", text: row[CREATOR] }) : null,
      row[SECRET] ? make("span", { class: "dm-secret", title: "may identify somebody: PS3.15 table E.1-1", "aria-label": "may identify somebody", text: "◆" }) : null);
    node.append(tag, keyword,
      make("span", { role: "gridcell", class: "dm-vr dk-mono", text: row[VR] }),
      make("span", { role: "gridcell", class: "dm-number", text: row[VM] || "" }),
      make("span", { role: "gridcell", class: "dm-number", text: row[LENGTH] === null ? "undef." : row[LENGTH] }),
      ...line.cells.map((cell) => this.cell(cell, line)));
    node.addEventListener("click", (event) => {
      this.activate(index);
      if (opens && event.target.closest(".dm-twist")) this.turn(line);
    });
    node.addEventListener("dblclick", () => { if (opens) this.turn(line); });
    return node;
  }

  cell(cell, line) {
    if (cell === null) return make("span", { role: "gridcell", class: "dm-value dm-absent", text: "— absent —" });
    const node = make("span", { role: "gridcell", class: "dm-value", title: cell[COVERED] ? "masked" : cell[VALUE] },
      line.differs ? make("span", { class: "dm-unlike", "aria-label": "differs", text: "≠" }) : null,
      make("bdi", { text: cell[COVERED] ? "••••• masked" : cell[VALUE] }));
    if (cell[COVERED]) node.classList.add("dm-covered");
    return node;
  }

  hasChildren(line) {
    return ["sequence", "item", "pixel sequence"].includes(line.row[KIND]) && this.openers.has(line.path);
  }

  get openers() {
    if (this.openersOf !== this.lines) {
      this.openersOf = this.lines;
      this.openerPaths = new Set(this.parents.filter((place) => place >= 0).map((place) => this.lines[place].path));
    }
    return this.openerPaths;
  }

  activate(index) {
    this.active = Math.min(Math.max(0, index), Math.max(0, this.shown.length - 1));
    const top = this.active * ROW_PX;
    const room = this.grid.clientHeight - this.head.offsetHeight;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    if (top + ROW_PX > this.grid.scrollTop + room) this.grid.scrollTop = top + ROW_PX - room;
    this.draw();
    const line = this.shown[this.active];
    if (!line) return;
    this.model.set("selection", { entry: this.chosen[0], path: line.path });
    this.model.save_changes();
  }

  turn(line) {
    if (this.folded.has(line.path)) this.folded.delete(line.path);
    else this.folded.add(line.path);
    this.filter();
  }

  foldAll() {
    const sequences = this.lines.filter((line) => line.row[KIND] === "sequence" || line.row[KIND] === "pixel sequence").map((line) => line.path);
    const isAnyOpen = sequences.some((path) => !this.folded.has(path));
    this.folded = new Set(isAnyOpen ? sequences : []);
    this.fold.textContent = isAnyOpen ? "Unfold all" : "Fold all";
    this.filter();
  }

  onGridKey(event) {
    const page = Math.max(1, Math.floor(this.grid.clientHeight / ROW_PX) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const line = this.shown[this.active];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) this.activate(this.active + moves[event.key]);
    else if (event.key === "ArrowRight" && line && this.hasChildren(line) && this.folded.has(line.path)) this.turn(line);
    else if (event.key === "ArrowLeft" && line && this.hasChildren(line) && !this.folded.has(line.path)) this.turn(line);
    else if (event.key === "ArrowLeft" && line) this.activate(this.shown.indexOf(this.lines[this.parents[this.lines.indexOf(line)]]));
    else if (event.key === "Enter" && line && this.hasChildren(line)) this.turn(line);
    else if (event.key === "c" && line) this.copyExpression();
    else return;
    event.preventDefault();
  }

  async copyExpression() {
    const text = this.detail.textContent;
    this.say((await copyText(text)) ? `copied: ${text}` : `select and copy it: ${text}`);
  }

  export() {
    const [name, type, text] = {
      CSV: ["elements.csv", "text/csv", () => asCsv(this.shown, this.names())],
      JSON: ["elements.json", "application/json", () => asJson(this.shown, this.names())],
      dump: ["elements.dump", "text/plain", () => asDump(this.shown)],
    }[this.format.value];
    this.exported = text();
    saveText(name, type, this.exported);
    this.say(`${this.shown.length} lines exported as ${this.format.value}`);
  }

  async showStatistics() {
    const isOn = isPressed(this.statistics);
    this.summary.hidden = !isOn;
    this.grid.hidden = isOn;
    if (!isOn) { this.draw(); return; }
    const series = this.overview.studies.flatMap((study) => study.series).find((other) => other.instances.includes(this.chosen[0]));
    if (!series) return;
    this.summary.replaceChildren(make("p", { text: "reading the series …" }));
    const answer = await this.ask({ ask: "series", of: series.instances });
    if (answer.problem) { this.summary.replaceChildren(make("p", { text: answer.problem })); return; }
    const varying = answer.attributes.filter(([, , , varies]) => varies === true);
    const constant = answer.attributes.filter(([, , , varies]) => varies === false);
    const masked = answer.attributes.length - varying.length - constant.length;
    this.summary.replaceChildren(
      make("h3", { text: series.label }),
      make("p", { class: "dk-faint", text: `${answer.instances} instances read: ${varying.length} attributes vary, ${constant.length} are constant${masked ? `, ${masked} are masked` : ""}${answer.unread ? `; ${answer.unread} could not be read` : ""}` }),
      statisticsTable("Varies", varying, answer.instances), statisticsTable("Constant", constant, answer.instances));
  }
}

function statisticsTable(caption, attributes, instances) {
  const rows = attributes.map(([tag, name, vr, varies, distinct, missing, common]) => make("tr", {},
    make("td", { class: "dk-mono", text: tag }), make("td", { text: name || "unknown" }), make("td", { class: "dk-mono", text: vr }),
    make("td", {}, ...common.map(([value, count]) => make("span", { class: "dm-chip" }, make("bdi", { text: value === "" ? "(empty)" : value.slice(0, 80) }), varies ? make("small", { text: ` ×${count}` }) : null)),
      distinct > common.length ? make("span", { class: "dk-faint", text: ` and ${distinct - common.length} more` }) : null,
      missing ? make("span", { class: "dm-unlike", text: ` absent in ${missing} of ${instances}` }) : null)));
  return make("table", {}, make("caption", { text: `${caption} (${attributes.length})` }),
    make("thead", {}, make("tr", {}, ...["Tag", "Keyword", "VR", "Values"].map((text) => make("th", { scope: "col", text })))), make("tbody", {}, ...rows));
}

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
