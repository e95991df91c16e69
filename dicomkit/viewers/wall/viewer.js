// Draw the wall of a room: a card for each attendee. Cards stay in place, and only changes are drawn.

import { progressTable } from "./progress.js";
import { button, consume, counted, isCommand, make, put, setActive, unique } from "../frame/frame.js";
import { placeAfter } from "../frame/listbox.js";
import { View, widget } from "../frame/view.js";
import { canvasOf } from "../inbox/pictures.js";

const LOOK_EVERY_MS = 400;

/** @typedef {import("../frame/messages.js").WallCard} WallCard */

/** @type {Record<string, string>} */
const SIGNS = { "sending": "⇣", "here": "●", "not here yet": "○" };

class WallView extends View {
  /** @type {any} the state of the room from Python; undefined before its first answer */
  wall;
  timer = 0;
  prefix = unique("seat");

  /** @param {import("../frame/frame.js").Model} model @param {HTMLElement} root */
  constructor(model, root) {
    super(model, root);
    /** @type {Map<string, any>} */
    this.cards = new Map();
    root.classList.add("dk-wall");
    this.head = make("strong", { class: "dk-head" });
    this.counts = make("span", { class: "dk-counts" });
    this.grid = button("progress", { title: "P", "aria-pressed": "false" }, () => this.turn());
    const full = button("full screen", { title: "F" }, () => this.fill());
    this.list = make("div", { class: "dk-cards", tabindex: "0", role: "listbox", "aria-label": "Attendees" });
    this.progress = make("div", { class: "dk-class", role: "region", tabindex: "0", "aria-label": "Progress of the class", hidden: true });
    this.away = make("ul", { class: "dk-away", "aria-label": "Who was not let in", hidden: true });
    this.status = make("div", { class: "dk-status" });
    this.aloud = make("div", { class: "dk-unseen", role: "status" });
    root.append(make("div", { class: "dk-bar" }, this.head, this.counts, this.grid, full), this.away, this.list, this.progress, this.status, this.aloud);
    this.list.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("keydown", (event) => this.letter(event));
    this.onTraits(["selection"], () => this.mark());
    this.load({ ask: "wall" });
  }

  /** @param {import("../frame/messages.js").Question<"wall" | "changes">} question */
  async load(question) {
    const answer = await this.ask(question);
    if (!this.isOpen || answer.problem) return; // a page without a kernel shows how things were
    if (answer.cards !== undefined) {
      this.wall = answer;
      this.draw();
    }
    this.root.dataset.ready = "true";
    this.timer = setTimeout(() => this.load({ ask: "changes", version: this.wall.version }), LOOK_EVERY_MS);
  }

  draw() {
    const { title, where, state, here, sent, instances, cards, turned_away: away, more_turned_away: more } = this.wall;
    put(this.head, `${title} · ${where} · ${state}`);
    put(this.counts, `${here} of ${cards.length} here · ${sent} have sent · ${instances}`);
    this.away.hidden = !away.length;
    const lines = more ? [...away, `and ${more} more`] : away;
    this.away.replaceChildren(...lines.map((/** @type {string} */ text) => make("li", { text: `✗ not let in: ${text}` })));
    for (const card of cards) this.drawCard(card);
    this.progress.replaceChildren(...progressTable(this.wall.progress));
    this.mark();
    put(this.aloud, this.counts.textContent ?? "");
  }

  /** @param {WallCard} card */
  drawCard(card) {
    let seat = this.cards.get(card.title);
    if (seat === undefined) {
      const root = make("div", { class: "dk-seat", role: "option", id: `${this.prefix}-${this.cards.size + 1}`, "data-title": card.title });
      const number = this.cards.size + 1;
      seat = { root, number, picture: 0, box: make("div", { class: "dk-picture" }), state: make("div", { class: "dk-state" }), count: make("div", { class: "dk-count" }), why: make("div", { class: "dk-refusal" }) };
      root.append(make("div", { class: "dk-name", text: card.title }), seat.box, seat.state, seat.count, seat.why);
      root.addEventListener("click", () => this.choose(number));
      this.cards.set(card.title, seat);
      this.list.append(root);
    }
    seat.root.dataset.state = card.state;
    put(seat.state, `${SIGNS[card.state]} ${card.state}`);
    put(seat.count, card.count ? `✓ ${counted(card.count, "instance")}` : "nothing yet");
    put(seat.why, card.refused ? `✗ ${card.refused} not taken: ${card.why}` : "");
    if (seat.picture !== card.picture) this.drawPicture(seat, card);
  }

  /** @param {any} seat @param {WallCard} card */
  async drawPicture(seat, { title, picture }) {
    seat.picture = picture;
    /** @type {import("../frame/messages.js").Answer<"last picture">} */
    const answer = await this.ask({ ask: "last picture", title, picture });
    if (!this.isOpen || seat.picture !== picture) return; // a newer one is on its way
    const why = answer.problem ? "not in this page" : answer.why;
    seat.box.replaceChildren(why ? make("span", { class: "dk-why", text: why }) : canvasOf(/** @type {import("../inbox/pictures.js").Levels} */ (answer)));
  }

  /** @param {number} number */
  choose(number) {
    this.share("selection", number);
    this.mark();
  }

  mark() {
    const chosen = this.model.get("selection");
    let title = "";
    for (const [name, seat] of this.cards) {
      seat.root.setAttribute("aria-selected", String(seat.number === chosen));
      if (seat.number !== chosen) continue;
      title = name;
      setActive(this.list, seat.root);
    }
    const how = this.model.get("opens") ?? "wall.images(), wall.metadata() and wall.ladder() open what came";
    put(this.status, title ? `${title}: ${how}.`
      : "Click a card, or choose one with the arrow keys, to open what came; P shows who stands where, F fills the screen.");
  }

  /** Show the progress of attendees, or who has sent what. */
  turn() {
    this.list.hidden = this.progress.hidden;
    this.progress.hidden = !this.progress.hidden;
    this.grid.setAttribute("aria-pressed", String(!this.progress.hidden));
  }

  /** @param {KeyboardEvent} event */
  letter(event) {
    if (isCommand(event)) return;
    const key = event.key.toLowerCase();
    if (key === "f") this.fill();
    if (key === "p") this.turn();
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const key = { ArrowLeft: "ArrowUp", ArrowRight: "ArrowDown" }[event.key] ?? event.key;
    const next = placeAfter(key, this.model.get("selection") - 1, this.cards.size);
    if (next === undefined) return;
    consume(event);
    this.choose(next + 1);
    this.list.children[next].scrollIntoView({ block: "nearest" });
  }

  close() {
    super.close();
    clearTimeout(this.timer);
  }
}

export default widget("Wall of a room", WallView);
