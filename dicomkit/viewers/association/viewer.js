// Associations as ladders, one at a time, live or afterwards.

import { placeAfter } from "../frame/listbox.js";
import { LadderPicture } from "./ladder.js";
import { linesOf } from "./rungs.js";
import { consume, counted, make, unique } from "../frame/frame.js";
import { View, widget } from "../frame/view.js";

const POLL_MS = 700;
const LISTED_CONTEXTS = 8;
/** @type {Record<string, string>} */
const CONTEXT_SIGNS = { accepted: "✓", refused: "✗", "not answered": "?" };
/** @type {Record<string, string>} */
const OUTCOME_SIGNS = { open: "●", released: "✓" }; // whatever else became of an association is no good end

/** @typedef {import("../frame/messages.js").Ladder} Ladder */

class Diagram extends View {
  /** @param {import("../frame/frame.js").Model} model @param {HTMLElement} root */
  constructor(model, root) {
    super(model, root);
    /** @type {[number: number, calling: string, called: string, outcome: string][]} */
    this.overview = [];
    /** @type {Ladder | null} the ladder from Python */
    this.ladder = null;
    /** @type {any[]} the lines that are drawn, from the top */
    this.lines = [];
    this.count = 0;
    this.pause = POLL_MS;
    this.timer = 0;
    /** @type {number | null} */
    this.chosen = null; // the number of an association, or null for the newest
    root.classList.add("dk-diagram");
    this.which = make("select");
    this.carriers = make("input", { type: "checkbox" });
    this.everything = make("input", { type: "checkbox" });
    this.light = make("span", { class: "dk-light", role: "status" });
    const bar = make("div", { class: "dk-bar" },
      make("label", { text: "Association " }), make("label", {}, this.everything, " every C-STORE"),
      make("label", {}, this.carriers, " P-DATA-TF PDUs"), this.light);
    /** @type {Element} */ (bar.firstChild).append(this.which);
    this.ofAssociations = [...bar.querySelectorAll("label")];
    this.box = make("div", { class: "dk-ladder", tabindex: "0", role: "listbox", "aria-label": "What was said" });
    this.fields = make("div", { class: "dk-fields", role: "status", tabindex: "0", "aria-label": "What it means" });
    root.append(bar, make("div", { class: "dk-two" }, this.box, this.fields));
    this.picture = new LadderPicture(this.box, {
      prefix: unique("rung"), onChoose: (number) => this.choose(number), onUnfold: () => this.everything.click(),
    });
    this.which.addEventListener("change", () => this.changeTo(Number(this.which.value)));
    this.carriers.addEventListener("change", () => this.draw());
    this.everything.addEventListener("change", () => this.draw());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.onTraits(["selection"], () => this.mark());
    this.load();
  }

  async load() {
    const start = performance.now();
    const answer = await this.ask({ ask: "ladders" });
    if (!this.isOpen || answer.problem) return;
    this.count = answer.count;
    this.listAssociations(answer.ladders);
    await this.loadLadder();
    if (!this.isOpen) return;
    this.pause = Math.max(POLL_MS, 4 * (performance.now() - start)); // a long log is asked for less often
    this.root.dataset.ready = "true";
    this.watch();
  }

  /** Fill the list only if something is new, because that closes an open one.
   *  @param {[number: number, calling: string, called: string, outcome: string][]} overview */
  listAssociations(overview) {
    if (JSON.stringify(overview) === JSON.stringify(this.overview)) return;
    this.overview = overview;
    const { value } = this.which;
    this.which.replaceChildren(...overview.map(([number, calling, called, outcome]) =>
      make("option", { value: number, text: `${number}: ${calling} calls ${called}  ${OUTCOME_SIGNS[outcome] ?? "✗"} ${outcome}` })));
    if (this.chosen !== null) this.which.value = value;
  }

  async loadLadder() {
    const numbers = this.overview.map(([one]) => one);
    const number = this.chosen !== null && numbers.includes(this.chosen) ? this.chosen : numbers.at(-1);
    const answer = number === undefined ? { ladder: null } : await this.ask({ ask: "ladder", number });
    if (!this.isOpen) return;
    if (answer.ladder) this.which.value = String(number);
    this.ladder = answer.ladder ?? null;
    this.draw();
  }

  /** @param {number} number */
  async changeTo(number) {
    this.chosen = number;
    this.box.scrollTop = 0;
    this.choose(0);
    await this.loadLadder();
  }

  /** Ask from time to time for new messages; not in a page without a kernel. */
  watch() {
    this.timer = setTimeout(async () => {
      const answer = await this.ask({ ask: "count" });
      if (!this.isOpen) return;
      this.light.textContent = answer.problem ? "recorded" : "● listening";
      if (answer.problem) return;
      if (answer.count !== this.count) this.load();
      else this.watch();
    }, this.light.textContent ? this.pause : 0);
  }

  draw() {
    if (!this.ladder) {
      this.picture.lines = [];
      this.box.setAttribute("role", "group"); // a list box would have to hold something
      this.box.replaceChildren(make("p", { class: "dk-faint", text: "Nothing was said yet." }));
      this.fields.replaceChildren();
      return;
    }
    this.box.setAttribute("role", "listbox");
    for (const label of this.ofAssociations) label.hidden = isOverHTTP(this.ladder);
    this.lines = linesOf(this.ladder.rungs, { withCarriers: this.carriers.checked, withRuns: this.everything.checked });
    this.picture.show(this.ladder, this.lines, this.model.get("selection"));
    this.tell();
  }

  /** @param {number} number */
  choose(number) {
    if (number && this.ladder) this.chosen = this.ladder.number; // who reads this one does not want to be taken to the next
    this.share("selection", number);
    this.mark();
  }

  mark() {
    if (!this.ladder) return;
    this.picture.choose(this.model.get("selection"));
    this.tell();
  }

  tell() {
    const { ladder } = this;
    if (!ladder) return;
    const rung = this.lines.find((line) => line.number && line.number === this.model.get("selection"));
    if (!rung) {
      const ended = make("h2", { class: "dk-outcome", text: [endOf(ladder), ...doubtsOf(ladder)].join(" · ") });
      this.fields.replaceChildren(ended, contextsOf(ladder), make("p", { class: "dk-faint", text: "Click a rung for its fields and its meaning." }));
      return;
    }
    const list = make("dl");
    const isSaid = rung.kind !== "break" && rung.kind !== "gap";
    const [scu, scp] = rung.hop ? [ladder.called, ladder.third] : [ladder.calling, ladder.called];
    const isWeb = isOverHTTP(ladder);
    const speaker = isWeb ? (rung.from_caller ? scu : scp) : rung.from_caller ? `${scu} (SCU)` : `${scp} (SCP)`;
    const rows = [...(isSaid ? [["spoken by", speaker], ["size", counted(rung.size_bytes, "byte")]] : []),
      ...(isWeb ? [] : [["after", `${rung.after_ms} ms`]]), ...rung.fields, ...(rung.rule ? [["defined in", rung.rule]] : [])];
    for (const [name, value] of rows) list.append(make("dt", { text: name }), make("dd", { text: value }));
    // The contexts have their own table.
    const isNegotiation = rung.name === "A-ASSOCIATE-RQ" || rung.name === "A-ASSOCIATE-AC";
    this.fields.replaceChildren(
      make("h2", { text: rung.name }),
      ...(rung.meaning ? [make("p", { class: `dk-meaning dk-${rung.kind}`, text: isNegotiation ? rung.meaning.split(". ")[0] : rung.meaning })] : []),
      ...(isNegotiation ? [contextsOf(ladder)] : []),
      list,
    );
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const rungs = this.lines.filter((line) => line.number);
    if (event.key === "Escape") this.choose(0);
    const next = placeAfter(event.key, rungs.findIndex((rung) => rung.number === this.model.get("selection")), rungs.length);
    if (next === undefined) return;
    consume(event);
    this.picture.reveal(this.lines.indexOf(rungs[next]));
    this.choose(rungs[next].number);
  }

  close() {
    super.close();
    clearTimeout(this.timer);
    this.picture.close();
  }
}

/** @param {Ladder} ladder */
function isOverHTTP(ladder) {
  return ladder.protocol === "HTTP";
}

/** The outcome: how an association ended, or the number of requests.
 *  @param {Ladder} ladder */
function endOf(ladder) {
  if (isOverHTTP(ladder)) return counted(ladder.rungs.filter((rung) => rung.from_caller).length, "request");
  return `${OUTCOME_SIGNS[ladder.outcome] ?? "✗"} ${ladder.outcome}`;
}

/** The number of responses that were not a plain success, which a release does not show.
 *  @param {Ladder} ladder */
function doubtsOf(ladder) {
  return Object.entries({ warning: "!", failure: "✗" }).flatMap(([kind, sign]) => {
    const count = ladder.rungs.filter((rung) => rung.kind === kind && (isOverHTTP(ladder) || rung.name.endsWith("-RSP"))).length;
    return count ? [`${sign} ${counted(count, kind)}`] : [];
  });
}

/** The presentation contexts: proposals, answers and reasons.
 *  @param {Ladder} ladder */
function contextsOf({ contexts }) {
  const line = (/** @type {import("../frame/messages.js").Context} */ { number, abstract_syntax: what, transfer_syntaxes: how, outcome, says, rule, used }) =>
    make("div", { class: `dk-context dk-${outcome.replace(" ", "-")}`, role: "listitem" },
      make("div", {}, make("b", { text: `${CONTEXT_SIGNS[outcome]} ${number} ` }), make("b", { text: what })),
      make("div", { class: "dk-faint", text: `proposed as ${how.join(" or ")}` }),
      make("div", { text: [outcome, says].filter(Boolean).join(outcome === "accepted" ? " as " : ": ") }),
      used ? make("div", { class: "dk-faint", text: counted(used, "message") }) : null,
      rule ? make("div", { class: "dk-faint", text: rule }) : null);
  // Some senders propose everything they know, so used and refused contexts come first.
  const isLong = contexts.length > LISTED_CONTEXTS;
  const first = contexts.filter((one) => !isLong || one.used || one.outcome !== "accepted");
  const others = contexts.filter((one) => !first.includes(one));
  return make("div", { class: "dk-contexts", hidden: !contexts.length },
    make("h3", { text: `Presentation contexts: ${contexts.length}` }),
    make("div", { role: "list" }, ...first.map(line)),
    others.length ? make("details", {}, make("summary", { text: `${others.length} more, accepted and not used` }),
      make("div", { role: "list" }, ...others.map(line))) : null);
}

export default widget("Ladder of an association", Diagram);
