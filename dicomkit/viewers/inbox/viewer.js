// Draw what a receiver has stored. Python sends the progress of a study and its remaining seconds; between two of its
// answers, only the seconds are counted down here.

import { consume, counted, make, put, putInto, setActive, unique } from "../frame/frame.js";
import { placeAfter } from "../frame/listbox.js";
import { View, widget } from "../frame/view.js";
import { Pictures } from "./pictures.js";

const ASK_EVERY_MS = 500;
const SILENT_AFTER_MS = 4_000;
const TICK_MS = 200;

/**
 * @typedef {import("../frame/messages.js").Study} Study
 * @typedef {import("../frame/messages.js").Sender} Sender
 * @typedef {import("../frame/messages.js").Mishap} Mishap
 */

/** @type {Record<string, {sign: string, text: string}>} */
const STATES = {
  receiving: { sign: "⇣", text: "receiving" },
  waiting: { sign: "◷", text: "waiting" },
  arrived: { sign: "✓", text: "arrived" },
};

class InboxView extends View {
  /** @type {any} the state of the receiver from Python; undefined before its first answer */
  inbox;
  timer = 0;
  heard = 0;
  prefix = unique("study");

  /** @param {import("../frame/frame.js").Model} model @param {HTMLElement} root */
  constructor(model, root) {
    super(model, root);
    this.isRecorded = false;
    /** @type {Map<number, any>} */
    this.cards = new Map(); // by number: they stay in the page, so that no click and no picture is lost
    /** @type {Map<string, {head: HTMLElement, root: HTMLElement}>} */
    this.groups = new Map(); // by sender
    this.said = new Map(); // what a screen reader was told last of each study
    root.classList.add("dk-inbox");
    this.light = make("span", { class: "dk-light" });
    this.where = make("span", { class: "dk-where dk-mono" });
    this.totals = make("span", { class: "dk-totals" });
    this.list = make("div", { class: "dk-list", tabindex: "0", role: "listbox", "aria-label": "Studies that arrived" });
    this.trouble = make("div", { class: "dk-trouble", role: "alert", hidden: true });
    this.mishaps = make("ul", { class: "dk-mishaps", tabindex: "0", "aria-label": "What was not taken", hidden: true });
    this.earlier = make("p", { class: "dk-earlier dk-faint" });
    this.pictures = new Pictures(this.ask, this.list);
    this.status = make("div", { class: "dk-status" });
    this.aloud = make("div", { class: "dk-unseen", role: "status" });
    root.append(make("div", { class: "dk-bar" }, this.light, this.where, this.totals), this.trouble, this.mishaps, this.list, this.status, this.aloud);
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.onTraits(["selection"], () => this.mark());
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    this.load({ ask: "inbox" });
  }

  /** @param {import("../frame/messages.js").Question<"inbox" | "news">} question */
  async load(question) {
    const answer = await this.ask(question);
    if (!this.isOpen) return;
    this.heard = performance.now();
    if (answer.problem) {
      this.isRecorded = true; // a page without a kernel: what it shows is how things were
      clearInterval(this.ticking);
      this.showLight();
      this.cards.forEach((card) => this.showProgress(card));
      return;
    }
    const isNew = answer.senders !== undefined;
    if (isNew) {
      this.inbox = answer;
      this.draw();
    }
    this.showLight();
    this.root.dataset.ready = "true";
    this.timer = setTimeout(() => this.load({ ask: "news", version: this.inbox.version }), isNew ? 0 : ASK_EVERY_MS);
  }

  /** Count down, and show when the kernel does not answer: the light must not stay on then. */
  tick() {
    if (!this.inbox) return;
    this.showLight();
    for (const card of this.cards.values()) if (card.study.state === "waiting") this.showProgress(card);
  }

  showLight() {
    const { is_running: isRunning, title, host, port, open, totals } = this.inbox;
    const silence = performance.now() - this.heard;
    const isSilent = !this.isRecorded && silence > SILENT_AFTER_MS;
    let [sign, text] = isRunning ? ["●", "running"] : ["■", "stopped"];
    if (this.isRecorded) [sign, text] = ["❑", `recorded while ${text}`];
    if (isSilent) [sign, text] = ["?", `was ${text}; the kernel has been busy for ${Math.round(silence / 1000)} s`];
    if (isRunning && open && !isSilent) text += `, ${counted(open, "association")} open`;
    this.light.className = `dk-light ${isRunning && !isSilent && !this.isRecorded ? "dk-on" : "dk-off"}`;
    put(this.light, `${sign} ${text}`);
    this.where.textContent = `${title} · ${host}${port && isRunning ? ` port ${port}` : ""}`;
    const [instances, studies] = totals;
    this.totals.textContent = `${counted(instances, "instance")} · ${counted(studies, "study")}`;
  }

  // ---- senders and studies ----

  draw() {
    const { senders, mishaps, title, host, port, is_running: isRunning, earlier, trouble } = this.inbox;
    this.trouble.hidden = !trouble;
    put(this.trouble, trouble ? `✗ ${trouble}. scp.check() raises it.` : "");
    this.mishaps.hidden = !mishaps.length;
    this.mishaps.replaceChildren(...mishaps.map((/** @type {Mishap} */ { what, who, reason }) =>
      make("li", {}, make("b", { text: `✗ ${what}` }), ` from ${who}: ${reason}`)));
    const shown = senders.map((/** @type {Sender} */ sender) => this.group(sender));
    this.list.setAttribute("role", shown.length ? "listbox" : "group"); // a list box would have to hold something
    if (!shown.length) {
      shown.push(make("div", { class: "dk-empty" },
        make("p", { text: "Nothing has arrived yet." }),
        isRunning ? make("p", { class: "dk-mono dk-faint", text: `dicomkit storescu -aec ${title} ${host} ${port} FOLDER` }) : null));
    }
    if (earlier) {
      this.earlier.textContent = `${counted(earlier, "earlier study")} ${earlier === 1 ? "is" : "are"} not listed here.`;
      shown.push(this.earlier);
    }
    putInto(this.list, shown);
    this.forget(senders);
    this.mark();
    this.sayAloud();
  }

  /** Remove what is no longer listed.
   *  @param {Sender[]} senders */
  forget(senders) {
    const listed = new Set(senders.flatMap(({ studies }) => studies.map(({ number }) => number)));
    for (const [number, card] of this.cards) {
      if (listed.has(number)) continue;
      this.pictures.forget(card.pictures.values());
      this.cards.delete(number);
      this.said.delete(number);
    }
    const titles = new Set(senders.map(({ title }) => title));
    for (const title of this.groups.keys()) if (!titles.has(title)) this.groups.delete(title);
  }

  /** @param {Sender} sender */
  group({ title, studies }) {
    let group = this.groups.get(title);
    if (group === undefined) {
      const head = make("div", { class: "dk-sender" }, make("span", { class: "dk-faint", text: "from " }), make("b", { text: title }));
      group = { head, root: make("div", { class: "dk-group", role: "group", "aria-label": `from ${title}` }) };
      this.groups.set(title, group);
    }
    putInto(group.root, [group.head, ...studies.map((study) => this.card(study))]);
    return group.root;
  }

  /** @param {Study} study */
  card(study) {
    let card = this.cards.get(study.number);
    if (card === undefined) {
      card = /** @type {any} */ (make("div", { class: "dk-study", role: "option", id: this.idOf(study.number), "data-study": study.number }));
      card.parts = {
        label: make("div"), counts: make("div", { class: "dk-faint" }), strip: make("div", { class: "dk-strip", "aria-hidden": "true" }), // their number stands above
        chip: make("span", { class: "dk-chip" }), hand: make("div", { class: "dk-hand" }), more: make("span", { class: "dk-more dk-faint" }),
      };
      card.pictures = new Map();
      const { label, counts, strip, chip, hand } = card.parts;
      card.append(
        make("div", { class: "dk-top" },
          make("div", { class: "dk-what" }, make("div", { class: "dk-title", text: `Study ${study.number}` }), label, counts),
          make("div", { class: "dk-progress" }, chip, make("div", { class: "dk-clock" }, hand))),
        strip,
      );
      card.addEventListener("click", () => this.choose(study.number));
      this.cards.set(study.number, card);
    }
    Object.assign(card, { study, heard: this.heard });
    const { label, counts, strip, more } = card.parts;
    card.dataset.state = study.state;
    label.className = study.label ? "dk-label" : "dk-label dk-faint";
    label.textContent = study.label || "what it says of a person is covered";
    counts.textContent = `${study.series}, ${study.count}`;
    more.textContent = `and ${study.more} more`;
    putInto(strip, [...study.pictures.map((number) => this.pictures.boxOf(card, number)), ...(study.more ? [more] : [])]);
    this.showProgress(card);
    return card;
  }

  /** The progress of a study as text, a sign and a bar: not by colour alone.
   *  @param {Study} study @param {number} heard */
  progressOf(study, heard) {
    const before = study.revision && study.state !== "arrived" ? ` · revision ${study.revision} was announced` : "";
    if (study.state !== "waiting") {
      const more = study.state === "arrived" ? `, revision ${study.revision}` : ": an association is open";
      return { text: `${STATES[study.state].text}${more}${before}`, part: study.state === "arrived" ? 1 : 0, left: null };
    }
    if (this.isRecorded) return { text: `waiting until it has been quiet${before}`, part: 0, left: null };
    const passed = this.inbox.clock_runs ? (performance.now() - heard) / 1000 : 0;
    const left = Math.max(0, study.left_s - passed);
    const by = this.inbox.clock_runs ? "" : " by the notebook's clock";
    return { text: `quiet? ${Math.ceil(left)} s left${by}${before}`, part: 1 - left / this.inbox.period_s, left };
  }

  /** @param {any} card */
  showProgress(card) {
    const { study, parts: { chip, hand } } = card;
    const { text, part } = this.progressOf(study, card.heard);
    put(chip, `${STATES[study.state].sign} ${text}`);
    hand.style.width = `${Math.min(100, 100 * part)}%`;
  }

  sayAloud() {
    const news = [];
    for (const { title, studies } of this.inbox.senders) {
      for (const study of studies) {
        const words = study.state === "arrived"
          ? `Study ${study.number} from ${title} has arrived: ${study.count}, revision ${study.revision}.`
          : `Study ${study.number} from ${title} is arriving.`;
        if (this.said.get(study.number) !== words) news.push(words);
        this.said.set(study.number, words);
      }
    }
    if (news.length) this.aloud.textContent = news.join(" ");
  }

  // ---- selection ----

  /** @param {number} number */
  idOf(number) {
    return `${this.prefix}-${number}`;
  }

  /** The cards in the order of the page, from the top. */
  get order() {
    return this.inbox.senders.flatMap((/** @type {Sender} */ { studies }) => studies.map(({ number }) => this.cards.get(number)));
  }

  /** @param {number} number */
  choose(number) {
    this.share("selection", number);
    this.mark();
  }

  mark() {
    const chosen = this.model.get("selection");
    for (const card of this.cards.values()) card.setAttribute("aria-selected", String(card.study.number === chosen));
    const card = this.cards.get(chosen);
    setActive(this.list, card);
    this.status.replaceChildren(...(card
      ? [`Study ${chosen}: `, make("span", { class: "dk-mono", text: "inbox.selected" }), ` is the list of its ${card.study.count}.`]
      : ["Click a study, or choose one with the arrow keys, to have its instances in Python."]));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const cards = this.inbox ? this.order : [];
    const next = placeAfter(event.key, cards.findIndex((/** @type {any} */ card) => card.study.number === this.model.get("selection")), cards.length);
    if (next === undefined) return;
    consume(event);
    const card = cards[next];
    this.choose(card.study.number);
    card.scrollIntoView({ block: "nearest" });
  }

  close() {
    super.close();
    clearInterval(this.ticking);
    clearTimeout(this.timer);
    this.pictures.close();
  }
}

export default widget("Inbox of a receiver", InboxView);
