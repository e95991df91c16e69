// The map: a tree of studies and series whose leaves are tiles, one for each instance.

import { counted, isCommand, make, setActive } from "../frame/frame.js";
import { placeAfter } from "../frame/listbox.js";
import { coloursOf } from "./colours.js";

/**
 * @typedef {import("../frame/messages.js").Overview} Overview
 * @typedef {{name: string, outcome: string, reason: string, sign?: string}} OddEntry
 * @typedef {{key: string, level: 1 | 2, isOpen: boolean, node: HTMLElement}} Branch a study or a series
 * @typedef {{key: number, level: 3, node: HTMLElement}} Tile an instance; its key is the number of the entry
 */

const LEAST_HEIGHT_PX = 300; // of the map's side; where there is less room, the list of entries is folded
const NAMES_AT_ONCE = 20;
/** @type {Overview} before Python has said what there is */
export const NOTHING = { entries: [], studies: [], counts: { read: 0, repaired: 0, rejected: 0 }, duplicates: [], masked: 0, tiles: [] };

/** Return a line for entries of one outcome and one reason; many of them are named once they are asked for.
 *  @param {OddEntry[]} entries */
function oddEntries(entries) {
  const [{ outcome, reason, sign = "" }] = entries;
  const names = entries.map((entry) => entry.name).join(", ");
  const count = entries.length > 1 ? ` ${counted(entries.length, "entry")}` : "";
  const line = make("li", { class: `dm-${outcome}` }, make("b", { text: `${sign}${outcome}` }), count, make("div", { class: "dk-faint", text: reason }));
  if (entries.length <= NAMES_AT_ONCE) line.insertBefore(make("span", { text: `${count && ":"} ${names}` }), line.lastChild);
  else line.append(make("details", {}, make("summary", { text: "which" }), make("span", { text: names })));
  return line;
}

/** A tree whose leaves are tiles. One item at a time is the active one; it is named by aria-activedescendant. */
export class StudyMap {
  overview = NOTHING;
  /** @type {Map<number, string>} by which tiles are coloured, by the number of the entry */
  values = new Map();
  colours = coloursOf([]);
  /** @type {Map<number, string>} what is said of duplicates, by the number of the entry */
  says = new Map();
  /** @type {(Branch | Tile)[]} that no fold hides */
  items = [];
  /** @type {string | number | undefined} the key of the active item */
  active;
  /** @type {string | undefined} the attribute that was asked for last */
  asked;

  /** @param {import("./viewer.js").MetadataView} view */
  constructor(view) {
    this.view = view;
    this.by = "Modality";
    /** @type {Set<string>} */
    this.closed = new Set();
    this.tree = make("div", { class: "dm-map", role: "tree", "aria-label": "Studies, series and instances", "aria-multiselectable": "true", tabindex: "0" });
    this.choice = make("input", { type: "text", "aria-label": "Colour the tiles by", list: view.id("attributes"), spellcheck: "false", value: this.by });
    this.offers = make("datalist", { id: view.id("attributes") });
    this.legend = make("ul", { class: "dm-legend" });
    this.odd = make("details", { class: "dm-odd" });
    this.node = make("div", { class: "dm-side" },
      make("label", { class: "dm-by", title: "any keyword or tag" }, make("span", { text: "Tiles by " }), this.choice), this.offers, this.legend, this.odd, this.tree);
    this.choice.addEventListener("change", () => this.colourBy(this.choice.value.trim()));
    // A notebook takes Enter for itself before the field would say that it has changed.
    this.choice.addEventListener("keydown", (event) => { if (event.key === "Enter") this.colourBy(this.choice.value.trim()); });
    this.choice.addEventListener("focus", () => this.choice.select());
    this.tree.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** @param {Overview} overview */
  show(overview) {
    this.overview = overview;
    this.values = this.indexedValues();
    this.drawOdd();
    this.draw();
  }

  /** @returns {Map<number, string>} */
  indexedValues() {
    const place = this.overview.tiles.indexOf(this.by);
    return place < 0 ? new Map() : new Map(this.overview.entries.map((entry) => [entry.n, entry.tile[place]]));
  }

  /** Offer the attributes that the instances in view have.
   *  @param {string[]} names */
  offer(names) {
    const all = [...new Set([...this.overview.tiles, ...names])];
    this.offers.replaceChildren(...all.map((name) => make("option", { value: name })));
  }

  /** Colour by an attribute that is named by keyword or tag; unless it is indexed, all instances are read.
   *  @param {string} name */
  async colourBy(name) {
    if (name === this.asked) return; // Enter, and what the field says itself
    this.asked = name;
    await this.readColours(name);
    this.asked = this.by;
  }

  /** @param {string} name */
  async readColours(name) {
    if (this.overview.tiles.includes(name)) {
      this.by = name;
      this.values = this.indexedValues();
      this.draw();
      return;
    }
    const digits = name.toLowerCase().replace(/[(),\s]/g, "");
    const isIt = (/** @type {import("../frame/messages.js").Attribute} */ [path, tag, keyword]) => path === tag && (keyword === name || tag.replace(/[(),]/g, "") === digits);
    const chunks = this.overview.studies.flatMap((study) => study.series.flatMap((series) => series.chunks));
    const answers = await this.view.readChunks(chunks, "reading for the colours");
    if (answers === null) { this.choice.value = this.by; return; }
    const values = new Map();
    answers.forEach((answer, number) => {
      const [, , , , texts, places] = answer.attributes.find(isIt) ?? [];
      if (texts && places) chunks[number].forEach((n, place) => { if (places[place] >= 0) values.set(n, texts[places[place]]); });
    });
    if (values.size === 0) { this.view.say(`no instance has an attribute ${name}`); this.choice.value = this.by; return; }
    this.by = name;
    this.values = values;
    this.draw();
    this.view.say(`tiles are coloured by ${name}`);
  }

  /** Account for every entry: how many of each outcome, and the reason of each that is not simply read. */
  drawOdd() {
    const { entries, counts } = this.overview;
    /** @type {Map<unknown, OddEntry[]>} */
    const kinds = new Map(); // entries by outcome and reason: a cancelled index has thousands with one reason
    for (const entry of entries) {
      if (entry.outcome === "read") continue;
      const key = `${entry.outcome} ${entry.reason}`;
      const kind = kinds.get(key) ?? [];
      kinds.set(key, kind);
      kind.push(entry);
    }
    // Entries with one SOP Instance UID: they are read, and not what somebody expects.
    this.says = new Map(this.overview.duplicates.flatMap((group) => group.entries.map((n) => [n, group.says])));
    for (const group of this.overview.duplicates) kinds.set(group, group.entries.map((n) => ({ name: entries[n].name, outcome: "duplicate", reason: group.says, sign: "‖ " })));
    const copies = this.overview.duplicates.reduce((sum, group) => sum + group.entries.length - 1, 0);
    this.odd.open = kinds.size > 0 && this.node.clientHeight > LEAST_HEIGHT_PX;
    this.odd.replaceChildren(
      make("summary", { text: `${counted(entries.length, "entry")}: ${counts.read} read, ${counts.repaired} repaired, ${counts.rejected} rejected${copies ? `, ${counted(copies, "duplicate")}` : ""}` }),
      make("ul", { tabindex: "0", "aria-label": "Entries that are not simply read" }, ...[...kinds.values()].map(oddEntries)));
  }

  draw() {
    const { studies } = this.overview;
    const shown = studies.flatMap((study) => study.series.flatMap((series) => series.instances));
    this.colours = coloursOf(shown.map((n) => this.values.get(n) ?? ""));
    this.choice.value = this.by;
    this.legend.setAttribute("aria-label", `Colours: ${this.by}`);
    this.legend.replaceChildren(...this.colours.legend.map(([look, text]) => make("li", {}, this.swatch(look), make("span", { text }))));
    this.items = [];
    this.tree.replaceChildren(...studies.flatMap((study, place) => this.branch(study.label, 1, `${place}`, "dm-study",
      () => study.series.flatMap((series, inside) => this.branch(series.label, 2, `${place}.${inside}`, "dm-series",
        () => series.instances.map((n) => this.tile(n)))))));
    this.mark();
  }

  /** Make a study or a series: a label, and the group below that it folds.
   *  @param {string} label @param {1 | 2} level @param {string} key @param {string} name @param {() => HTMLElement[]} children */
  branch(label, level, key, name, children) {
    const isOpen = !this.closed.has(key);
    const node = make("div", { class: name, role: "treeitem", id: this.view.id(`branch-${key}`), "aria-expanded": String(isOpen), "aria-level": level }, make("span", { class: "dm-twist", "aria-hidden": "true", text: isOpen ? "▾" : "▸" }), make("span", { text: label }));
    /** @type {Branch} */
    const item = { key, level, isOpen, node };
    this.items.push(item);
    node.addEventListener("click", () => { this.active = key; this.turn(item); });
    return isOpen ? [node, make("div", { role: "group", class: level === 2 ? "dm-tiles" : undefined }, ...children())] : [node];
  }

  /** @param {import("./colours.js").Swatch} swatch */
  swatch({ letter, hue, ink }) {
    const node = make("span", { class: "dm-swatch", "aria-hidden": "true", text: letter });
    node.style.setProperty("--dm-hue", hue);
    node.style.setProperty("--dm-ink", ink);
    return node;
  }

  /** @param {number} n */
  tile(n) {
    const entry = this.overview.entries[n];
    const value = this.values.get(n) ?? "";
    const node = make("div", {
      role: "treeitem", "aria-level": "3", class: "dm-tile", "data-n": n, id: this.view.id(`tile-${n}`),
      title: `${entry.name}\n${this.by}: ${value || "(none)"}\n${counted(entry.bytes, "byte")}${entry.reason ? `\n${entry.reason}` : ""}${this.says.has(n) ? `\n‖ ${this.says.get(n)}` : ""}`,
    }, this.swatch(this.colours.of(value)), make("span", {},
      make("span", { "aria-hidden": "true", text: `${entry.outcome === "repaired" ? "⚠ " : ""}${this.says.has(n) ? "‖ " : ""}` }), entry.label,
      make("span", { class: "dk-unseen", text: ` ${this.by} ${value || "none"}${entry.outcome === "read" ? "" : `, ${entry.outcome}`}${this.says.has(n) ? `, duplicate: ${this.says.get(n)}` : ""}` })));
    this.items.push({ key: n, level: 3, node });
    node.addEventListener("click", (event) => { this.active = n; this.view.choose(n, event.shiftKey || event.ctrlKey || event.metaKey); });
    return node;
  }

  /** @param {Branch} item */
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
    setActive(this.tree, active?.node);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const place = this.items.findIndex((item) => item.key === this.active);
    const item = this.items[place];
    if (!item || isCommand(event)) return;
    const next = placeAfter(event.key, place, this.items.length) ?? this.placeBeside(event.key, place);
    const isChosen = event.key === "Enter" || event.key === " ";
    if (next !== undefined) {
      this.active = this.items[next].key;
      this.mark();
      this.items[next].node.scrollIntoView({ block: "nearest" });
    } else if (item.level !== 3 && (isChosen || event.key === "ArrowLeft" || event.key === "ArrowRight")) this.turn(item);
    else if (item.level === 3 && isChosen) this.view.choose(item.key, event.key === " ");
    else return;
    event.preventDefault();
  }

  /** Return where an arrow goes, into a branch or out of it; undefined if it folds or unfolds one, or is no such key.
   *  @param {string} key @param {number} place */
  placeBeside(key, place) {
    const item = this.items[place];
    const isOpen = item.level !== 3 && item.isOpen;
    if (key === "ArrowRight" && (item.level === 3 || isOpen)) return Math.min(place + 1, this.items.length - 1);
    if (key === "ArrowLeft" && !isOpen) return Math.max(this.items.slice(0, place).findLastIndex((other) => other.level < item.level), 0);
    return undefined;
  }
}
