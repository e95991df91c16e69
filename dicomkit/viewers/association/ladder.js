// One association as a picture. What a status or a refusal means comes from Python.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, LEFT, RIGHT, STEP, TOP, HEAD] = [700, 90, 610, 46, 14, 52];
const [LONG_DETAIL, SHORT_DETAIL] = [76, 38]; // letters below an arrow, alone or with another ladder beside it
const MARGIN = 700; // pixels above and below what can be seen that are drawn too
/** @type {Record<string, string>} */
const SIGNS = { failure: "✗ ", warning: "! ", break: "✗ " }; // never by colour alone

/** @param {string} name @param {Record<string, unknown>} attributes @param {string} [text] */
function draw(name, attributes = {}, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

/** @param {string} text @param {number} limit */
function cut(text, limit) {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** Draws the lines of one ladder; of a long one, only those near the visible part. */
export class LadderPicture {
  /** @param {HTMLElement} box @param {{prefix: string, onChoose: (number: number) => void, onUnfold: () => void}} choices */
  constructor(box, { prefix, onChoose, onUnfold }) {
    this.box = box;
    this.prefix = prefix;
    this.onChoose = onChoose;
    this.onUnfold = onUnfold;
    /** @type {any[]} */
    this.lines = [];
    /** @type {any} */
    this.ladder = undefined;
    this.chosen = 0;
    this.drawn = "";
    this.picture = draw("svg");
    this.rungs = draw("g");
    this.box.addEventListener("scroll", () => this.paint());
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(box);
    this.onPrint = () => this.paint(true);
    window.addEventListener("beforeprint", this.onPrint);
  }

  close() {
    this.observer.disconnect();
    window.removeEventListener("beforeprint", this.onPrint);
  }

  /** `lines` are rungs, and one line for each run of C-STOREs that are folded together.
   *  @param {any} ladder @param {any[]} lines @param {number} chosen */
  show(ladder, lines, chosen) {
    Object.assign(this, { ladder, lines, chosen });
    const end = TOP + lines.length * STEP;
    this.picture = draw("svg", { viewBox: `0 0 ${WIDTH} ${end + 16}`, width: WIDTH, height: end + 16, role: "presentation" });
    this.picture.append(this.arrowHeads());
    const uprights = this.uprights();
    for (let hop = 0; hop + 1 < uprights.length; hop += 1) {
      const accepted = lines.findIndex((line) => line.name === "A-ASSOCIATE-AC" && line.hop === hop);
      if (accepted < 0) continue; // the pale ground is the time in which the association exists
      const last = lines.findLastIndex((line) => line.hop === hop);
      const y = TOP + (accepted + 0.5) * STEP;
      this.picture.append(draw("rect", { class: "dk-ground", x: uprights[hop], y, width: uprights[hop + 1] - uprights[hop], height: Math.max(0, (last - accepted) * STEP) }));
    }
    for (const x of uprights) this.picture.append(draw("line", { class: "dk-upright", x1: x, x2: x, y1: 0, y2: end + 8 }));
    this.rungs = draw("g");
    this.picture.append(this.rungs);
    this.drawn = "";
    this.box.replaceChildren(this.head(), this.picture);
    this.paint();
  }

  /** The titles of both sides, which stay in view. */
  head() {
    const head = draw("svg", { class: "dk-heads", viewBox: `0 0 ${WIDTH} ${HEAD}`, width: WIDTH, height: HEAD, role: "presentation" });
    const { calling, called, third, protocol } = this.ladder;
    const parties = protocol === "HTTP" ? [[calling, "asks"], [called, "answers"]] : third
      ? [[calling, "SCU, asks"], [called, "SCP, and SCU there"], [third, "SCP, receives"]]
      : [[calling, "SCU, calls"], [called, "SCP, is called"]];
    for (const [place, x] of this.uprights().entries()) {
      const [title, part] = parties[place];
      head.append(draw("text", { class: "dk-who", x, y: 22 }, cut(title, 20)), draw("text", { class: "dk-part", x, y: 42 }, part));
    }
    return head;
  }

  /** The horizontal positions of the sides: two, or for a C-MOVE three, as two ladders side by side. */
  uprights() {
    return this.ladder.third ? [LEFT, (LEFT + RIGHT) / 2, RIGHT] : [LEFT, RIGHT];
  }

  arrowHeads() {
    const heads = draw("defs");
    for (const kind of ["association", "message", "carrier", "warning", "failure"]) {
      const id = `${this.prefix}-head-${kind}`;
      const head = draw("marker", { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" });
      head.append(draw("path", { class: `dk-head dk-${kind}`, d: "M0 0 L10 5 L0 10 z" }));
      heads.append(head);
    }
    return heads;
  }

  /** The screen pixels of one unit of the picture: fewer in a narrow page. */
  get scale() {
    return (this.picture.clientWidth || WIDTH) / WIDTH;
  }

  /** Draw the visible part, or everything for printing, unless it is drawn already: a click needs the same element at its start and end. */
  paint(isWhole = false) {
    if (!this.lines.length) return;
    const step = STEP * this.scale;
    const all = this.lines.length;
    const first = isWhole ? 0 : Math.max(0, Math.floor((this.box.scrollTop - MARGIN) / step));
    const last = isWhole ? all : Math.min(all, Math.ceil((this.box.scrollTop + this.box.clientHeight + MARGIN) / step));
    if (this.drawn === `${first} ${last}`) return;
    this.drawn = `${first} ${last}`;
    this.rungs.replaceChildren(...this.lines.slice(first, last).map((line, index) => {
      const row = first + index;
      const y = TOP + (row + 0.5) * STEP;
      return line.times ? this.fold(line.times, y) : this.rung(line, y, row);
    }));
  }

  /** @param {number} y */
  hit(y) {
    return draw("rect", { class: "dk-hit", x: LEFT + 3, y: y - STEP / 2 + 1, width: RIGHT - LEFT - 6, height: STEP - 2, rx: 4 });
  }

  /** @param {number} times @param {number} y */
  fold(times, y) {
    const group = draw("g", { class: "dk-fold" });
    const [from, to] = this.uprights().slice(-2);
    group.append(this.hit(y), draw("text", { class: "dk-detail", x: (from + to) / 2, y: y + 4 }, this.ladder.third
      ? `⋮  ${times} times C-STORE, all stored  ⋮` : `⋮  ${times} times C-STORE, all of them stored: click to see each  ⋮`));
    group.addEventListener("click", () => this.onUnfold());
    return group;
  }

  /** @param {any} rung @param {number} y @param {number} row */
  rung(rung, y, row) {
    const isSaid = rung.kind !== "break" && rung.kind !== "gap";
    const who = rung.from_caller ? "SCU" : "SCP";
    const group = draw("g", {
      class: `dk-rung dk-${rung.kind}`, role: "option", "aria-selected": false, "data-rung": rung.number, "data-row": row,
      id: `${this.prefix}-${rung.number}`, "aria-posinset": row + 1, "aria-setsize": this.lines.length,
    });
    const ends = this.uprights().slice(rung.hop, rung.hop + 2);
    const middle = (ends[0] + ends[1]) / 2;
    const [from, to] = rung.from_caller ? ends : ends.toReversed();
    /** @type {Record<string, unknown>} */
    const line = { class: "dk-arrow", x1: from, x2: to, y1: y, y2: y };
    if (isSaid) line["marker-end"] = `url(#${this.prefix}-head-${rung.kind})`;
    group.append(
      this.hit(y),
      draw("line", line),
      // What the arrow shows visually; together with the texts it is the accessible name of the rung.
      draw("text", { class: "dk-spoken", x: middle, y }, isSaid ? `${who} says ` : ""),
      draw("text", { class: "dk-name", x: middle, y: y - 6 }, `${SIGNS[rung.kind] ?? ""}${rung.name}`),
      draw("text", { class: "dk-detail", x: middle, y: y + 15 }, cut(rung.detail, this.ladder.third ? SHORT_DETAIL : LONG_DETAIL)),
      ...(this.ladder.protocol === "HTTP" ? [] : [draw("text", { class: "dk-time", x: RIGHT + 14, y: y + 4 }, `${rung.after_ms} ms`)]),
    );
    group.addEventListener("click", () => this.onChoose(rung.number));
    if (rung.number === this.chosen) this.setChosen(group);
    return group;
  }

  /** @param {Element} group */
  setChosen(group) {
    group.classList.add("dk-chosen");
    group.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", group.id);
  }

  /** @param {number} number */
  choose(number) {
    this.chosen = number;
    for (const group of this.rungs?.querySelectorAll(".dk-chosen") ?? []) {
      group.classList.remove("dk-chosen");
      group.setAttribute("aria-selected", "false");
    }
    this.box.removeAttribute("aria-activedescendant");
    const group = [...(this.rungs?.children ?? [])].find((one) => one.id === `${this.prefix}-${number}`);
    if (group) this.setChosen(group);
  }

  /** Scroll a line into view, below the titles.
   *  @param {number} row */
  reveal(row) {
    const step = STEP * this.scale;
    const [top, seen] = [(TOP + row * STEP) * this.scale, this.box.clientHeight - HEAD * this.scale];
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + step > this.box.scrollTop + seen) this.box.scrollTop = top + step - seen;
    this.paint();
  }
}
