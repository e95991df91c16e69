// The metadata viewer: the whole. It asks Python, and brings the map, the search and the elements together.

import { begin, copyText, counted, coverBar, make, saveFile } from "../frame/frame.js";
import { View } from "../frame/view.js";
import { listenToControls } from "./controls.js";
import { LINES_AS, SERIES_AS } from "./export.js";
import { wholeValue } from "./line.js";
import { NOTHING, StudyMap } from "./map.js";
import { buildParts, isPressed, layOut, signsInWords } from "./page.js";
import { align, EXPRESSION, KIND, NAME, roleText, TAG } from "./rows.js";
import { haystackOf, linesSaying, PatternSearch, textsWith } from "./search.js";
import { mergeSeries, seriesSummary } from "./series.js";
import { Steps } from "./steps.js";
import { ElementTree } from "./tree.js";
import { uploadFiles } from "./upload.js";

const PATIENCE_MS = 300;
/** @type {Record<string, [ending: string, type: string]>} */
const FILES_OF = { CSV: ["csv", "text/csv"], JSON: ["json", "application/json"], dump: ["dump", "text/plain"] };

/**
 * @typedef {import("../frame/messages.js").Overview} Overview
 * @typedef {import("./series.js").MergedSeries} MergedSeries
 * @typedef {import("./series.js").SeriesRow} SeriesRow
 */

/** @param {Overview} overview */
function maskedText({ masked, entries }) {
  return `Values that may identify somebody are masked${masked < entries.length ? ` in ${masked} of ${counted(entries.length, "entry")}` : ""}`;
}

export class MetadataView extends View {
  overview = NOTHING;
  /** @type {number[]} the numbers of the entries side by side */
  chosen = [];
  /** @type {Map<string, Promise<any>>} what Python said, by question */
  answers = new Map();
  /** @type {string[]} */
  problems = [];
  turns = 0; // the searches that were begun
  flaws = 0; // lines that are missing or empty
  differing = 0; // lines
  searchMs = 0;
  /** @type {string | undefined} the path of the line that was selected last */
  selected;
  /** @type {MergedSeries | undefined} */
  series;
  /** @type {SeriesRow[]} */
  seriesShown = [];

  /** @param {import("../frame/frame.js").Model} model @param {HTMLElement} el */
  constructor(model, el) {
    super(model, begin(el, "Metadata of DICOM files"));
    this.patterns = new PatternSearch();
    this.prefix = `dm${Math.random().toString(36).slice(2)}`;
    this.root.classList.add("dk-metadata");
    this.page = buildParts(model.hasKernel !== false);
    this.steps = new Steps((text) => this.say(text));
    this.map = new StudyMap(this);
    this.elements = new ElementTree(this);
    layOut(this);
    listenToControls(this);
    this.onTraits(["selection"], () => this.goTo(model.get("selection")));
  }

  /** @param {string} name */
  id(name) { return `${this.prefix}-${name}`; }

  close() {
    super.close();
    this.elements.sizes.disconnect();
    this.patterns.stop();
  }

  /** Ask Python, once: an answer is kept until it may be another one.
   *  @template {"instance" | "attributes"} Asked @param {import("../frame/messages.js").Question<Asked>} question
   *  @returns {Promise<import("../frame/messages.js").Answer<Asked>>} */
  known(question) {
    const key = JSON.stringify(question);
    const known = this.answers.get(key) ?? this.ask(question);
    this.answers.set(key, known);
    return known;
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
    const banner = coverBar(this.ask, maskedText(this.overview), () => this.onRevealed());
    banner.hidden = this.overview.masked === 0;
    this.page.banner.replaceWith(banner);
    this.page.banner = banner;
  }

  async onRevealed() {
    await this.load();
    this.say("Values are no longer masked.");
    this.elements.node.focus();
  }

  // What is side by side.

  /** Show one entry, or put it beside the others (or take it away again).
   *  @param {number} number @param {boolean} isAdded */
  choose(number, isAdded) {
    if (!isAdded) this.chosen = [number];
    else if (!this.chosen.includes(number)) this.chosen = [...this.chosen, number];
    else if (this.chosen.length > 1) this.chosen = this.chosen.filter((other) => other !== number);
    return this.open();
  }

  async open() {
    this.map.mark();
    const wanted = [...this.chosen];
    const patience = setTimeout(() => this.say("reading the instance …"), PATIENCE_MS);
    const answers = await Promise.all(wanted.map((n) => this.known({ ask: "instance", n })));
    clearTimeout(patience);
    if (wanted.join() !== this.chosen.join()) return; // something else was chosen meanwhile
    this.problems = answers.flatMap((answer) => answer.problem || []);
    const lines = align(answers.map((answer) => answer.rows ?? []));
    this.elements.take(lines, this.namesOf(wanted));
    this.map.offer(lines.filter(({ row, depth }) => depth === 0 && row[KIND] === "element").map(({ row }) => row[NAME] || row[TAG]));
    this.flaws = lines.filter((line) => line.flaw).length;
    this.differing = lines.filter((line) => line.differs).length;
    this.page.signs.textContent = signsInWords(this);
    this.page.onlyFlaws.textContent = `⚠ ${this.flaws}`;
    this.page.onlyFlaws.setAttribute("aria-label", `⚠ ${this.flaws}: Only what is missing or empty`);
    this.page.onlyFlaws.disabled = this.flaws === 0;
    if (this.flaws === 0) this.page.onlyFlaws.setAttribute("aria-pressed", "false");
    this.page.onlyDifferences.disabled = wanted.length < 2;
    if (wanted.length < 2) this.page.onlyDifferences.setAttribute("aria-pressed", "false");
    await this.filter();
    if (isPressed(this.page.statistics)) await this.showSeries();
  }

  /** Return how entries are called above their columns: by number of the instance, and of the entry if others share it.
   *  @param {number[]} numbers */
  namesOf(numbers) {
    const labels = numbers.map((n) => this.overview.entries[n].label);
    return numbers.map((n, place) => (labels.indexOf(labels[place]) === labels.lastIndexOf(labels[place]) ? labels[place] : `${labels[place]} (entry ${n + 1})`));
  }

  /** @param {{entry?: number, path?: string}} selection */
  async goTo({ entry, path } = {}) {
    if (path === undefined || (this.chosen[0] === entry && path === this.selected)) return;
    if (entry !== undefined && Number.isInteger(entry) && this.overview.entries[entry] && !this.chosen.includes(entry)) await this.choose(entry, false);
    const place = this.elements.shown.findIndex((line) => line.path === path);
    if (place >= 0) this.elements.activate(place);
  }

  /** @param {string} path */
  select(path) {
    this.selected = path;
    this.share("selection", { entry: this.chosen[0], path });
  }

  // Searching.

  /** Decide which lines are shown: those that match and their ancestors, or those that no fold hides. */
  async filter() {
    if (this.overview === NOTHING) return;
    const started = performance.now();
    const ofSeries = isPressed(this.page.statistics) ? this.series : undefined;
    /** @type {import("./search.js").Line[]} */
    const lines = ofSeries ? ofSeries.rows : this.elements.lines;
    const text = this.page.search.value;
    const isPattern = isPressed(this.page.pattern) && text !== "";
    const turn = (this.turns += 1);
    /** @type {number[] | null} */
    let found = null;
    if (isPressed(this.page.pattern)) this.patterns.prepare(lines, this.page.field.value);
    if (isPattern) {
      try {
        found = await this.patterns.find(text, lines, this.page.field.value);
      } catch (error) {
        if (turn !== this.turns) return;
        this.page.search.setAttribute("aria-invalid", "true");
        this.say(/** @type {Error} */ (error).message);
        return;
      }
      if (turn !== this.turns) return; // another search began meanwhile
    } else if (text !== "") {
      const haystack = haystackOf(lines, this.page.field.value);
      found = linesSaying(haystack, textsWith(haystack, text.toLowerCase()));
    }
    if (isPressed(this.page.onlyDifferences)) found = (found ?? [...lines.keys()]).filter((place) => lines[place].differs);
    if (isPressed(this.page.onlyFlaws) && !ofSeries) found = (found ?? [...lines.keys()]).filter((place) => this.elements.lines[place].flaw);
    this.page.search.removeAttribute("aria-invalid");
    if (ofSeries) this.drawSeries(ofSeries, found);
    else this.elements.show(found, isPattern ? "" : text.toLowerCase());
    this.searchMs = performance.now() - started;
    this.report();
  }

  report() {
    if (isPressed(this.page.statistics) && this.series) {
      this.say(`${this.seriesShown.length} of ${counted(this.series.rows.length, "attribute")} of the series shown`);
      return;
    }
    const { lines, shown, found } = this.elements;
    if (lines.length === 0 && this.overview.entries.length > 0 && this.problems.length === 0) { this.say("There is no instance among these entries; the list says why."); return; }
    if (this.overview.entries.length === 0) { this.say("Nothing here yet: upload DICOM files or a zip, or drop them here. They stay in the kernel's memory."); return; }
    const parts = [found === null ? counted(shown.length, "line") : `${found.length} of ${counted(lines.length, "line")} found`];
    const { flaws, differing } = this;
    if (this.chosen.length > 1) parts.push(`${counted(this.chosen.length, "instance")}, ${counted(differing, "line")} ${differing === 1 ? "differs" : "differ"}`);
    if (flaws > 0) parts.push(`${counted(flaws, "required attribute")} ${flaws === 1 ? "is" : "are"} missing or empty`);
    this.say([...parts, ...this.problems].join(" · "));
  }

  /** @param {string} text */
  say(text) { this.page.status.textContent = text; }

  /** Write below the lines what the active one is.
   *  @param {import("./rows.js").Line | undefined} line */
  describe(line) {
    this.page.detail.textContent = line ? line.row[EXPRESSION] : "";
    const { names } = this.elements;
    this.page.whole.replaceChildren(...(line?.cells ?? []).map((cell, at) => make("div", {}, names.length > 1 ? `${names[at]}: ` : null, wholeValue(cell))));
    this.page.role.textContent = line ? roleText(line.row) : "";
    this.page.copy.disabled = !line;
  }

  async copyExpression() {
    const text = this.page.detail.textContent ?? "";
    this.say((await copyText(text)) ? `copied: ${text}` : `select and copy it: ${text}`);
  }

  export() {
    const form = this.page.format.value;
    const series = isPressed(this.page.statistics) ? this.series : undefined;
    const { shown, names } = this.elements;
    const text = series ? SERIES_AS[form]({ ...series, rows: this.seriesShown }) : LINES_AS[form](shown, names);
    const [ending, type] = FILES_OF[form];
    saveFile(`${series ? "series" : "elements"}.${ending}`, type, [text]);
    this.say(`${counted(series ? this.seriesShown.length : shown.length, "line")} exported as ${form}`);
  }

  /** @param {number[][]} chunks @param {string} text */
  readChunks(chunks, text) { return this.steps.run(chunks, text, (of) => this.known({ ask: "attributes", of })); }

  async showSeries() {
    const isOn = isPressed(this.page.statistics);
    this.page.summary.hidden = !isOn;
    this.elements.node.hidden = isOn;
    this.series = undefined;
    this.turns += 1; // a search that is still under way is of what was shown before
    if (isOn) {
      const series = this.overview.studies.flatMap((study) => study.series).find((other) => other.instances.includes(this.chosen[0]));
      const answers = series ? await this.readChunks(series.chunks, "reading the series") : null;
      if (!series || answers === null) { this.page.summary.replaceChildren(make("p", { text: "The series was not read." })); return; }
      this.series = mergeSeries(series.label, answers, series.instances.length);
    }
    await this.filter();
  }

  /** @param {MergedSeries} series @param {number[] | null} found */
  drawSeries(series, found) {
    this.seriesShown = found === null ? series.rows : found.map((place) => series.rows[place]);
    this.page.summary.replaceChildren(...seriesSummary(series, this.seriesShown));
  }

  /** @param {import("./upload.js").Found[]} found */
  async sendFiles(found) {
    if (found.length === 0) { this.say("there is no file in it"); return; }
    const first = await uploadFiles(found, this.ask, this.steps);
    for (const input of [this.page.files, this.page.folder]) input.value = "";
    if (first === undefined) return;
    await this.load();
    const arrived = this.overview.entries.find((entry) => entry.n >= first && entry.outcome !== "rejected");
    if (arrived) await this.choose(arrived.n, false);
  }
}

export default {
  /** @param {{model: import("../frame/frame.js").Model, el: HTMLElement & {dicomkitView?: MetadataView}}} view */
  async render({ model, el }) {
    const view = new MetadataView(model, el);
    el.dicomkitView = view;
    await view.load();
    return () => view.close();
  },
};
