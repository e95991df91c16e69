// Draw associations as ladders. What a status or a refusal means comes from Python.

const SVG = "http://www.w3.org/2000/svg";
const [LEFT, RIGHT, STEP, TOP] = [90, 610, 46, 70];
const POLL_MS = 700;
const SIGNS = { failure: "✗ ", warning: "! " }; // never by colour alone
const OUTCOMES = { accepted: "✓", refused: "✗", "not answered": "?" };

function draw(name, attributes = {}, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

function cut(text, limit) {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

class Diagram {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.ask = asker(model);
    this.ladders = [];
    this.chosen = null; // the number of an association, or null for the newest
    this.isOpen = true;
    this.prefix = unique("rung");
    root.classList.add("dk-diagram");
    this.which = make("select");
    this.carriers = make("input", { type: "checkbox" });
    this.everything = make("input", { type: "checkbox" });
    this.light = make("span", { class: "dk-light", role: "status" });
    const bar = make("div", { class: "dk-bar" },
      make("label", { text: "Association " }), make("label", {}, this.everything, " every C-STORE"),
      make("label", {}, this.carriers, " P-DATA-TF PDUs"), this.light);
    bar.firstChild.append(this.which);
    this.box = make("div", { class: "dk-ladder", tabindex: "0", role: "listbox", "aria-label": "What was said" });
    this.fields = make("div", { class: "dk-fields", role: "status" });
    root.append(bar, make("div", { class: "dk-two" }, this.box, this.fields));
    this.which.addEventListener("change", () => { this.chosen = Number(this.which.value); this.choose(0); });
    this.carriers.addEventListener("change", () => this.draw());
    this.everything.addEventListener("change", () => this.draw());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.onTrait = () => this.draw();
    model.on("change:selection", this.onTrait);
    this.load();
  }

  async load() {
    const start = performance.now();
    const answer = await this.ask({ ask: "ladders" });
    if (!this.isOpen || answer.problem) return;
    this.pause = Math.max(POLL_MS, 4 * (performance.now() - start)); // a long log is asked for less often
    this.count = answer.count;
    this.ladders = answer.ladders;
    this.which.replaceChildren(...this.ladders.map((ladder) =>
      make("option", { value: ladder.number, text: `${ladder.number}: ${ladder.calling} calls ${ladder.called}` })));
    this.draw();
    this.root.dataset.ready = "true";
    this.watch();
  }

  /** Ask from time to time whether more was said; a page without a kernel cannot know, and is left alone. */
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

  get ladder() {
    return this.ladders.find((ladder) => ladder.number === this.chosen) ?? this.ladders.at(-1);
  }

  get shown() {
    // A rung keeps its number whether or not all others are shown.
    return (this.ladder?.rungs ?? [])
      .map((rung, index) => ({ ...rung, number: index + 1 }))
      .filter((rung) => (this.carriers.checked || rung.kind !== "carrier") && (this.everything.checked || !rung.run));
  }

  choose(number) {
    this.model.set("selection", number);
    this.model.save_changes();
    this.draw();
  }

  /** What is drawn, from above: rungs, and one line for each run of C-STOREs that are folded together. */
  get lines() {
    const { shown } = this;
    const lines = [];
    shown.forEach((rung, index) => {
      const hidden = this.ladder.rungs.slice(shown[index - 1]?.number ?? 0, rung.number - 1);
      const times = hidden.filter((one) => one.run && one.kind !== "carrier" && !one.from_caller).length;
      if (times) lines.push({ times });
      lines.push(rung);
    });
    return lines;
  }

  draw() {
    const { ladder, lines } = this;
    const shown = lines;
    if (!ladder) {
      this.box.replaceChildren(make("p", { class: "dk-faint", text: "Nothing was said yet." }));
      this.fields.replaceChildren();
      return;
    }
    this.which.value = ladder.number;
    const end = TOP + shown.length * STEP;
    const picture = draw("svg", { viewBox: `0 0 700 ${end + 16}`, width: 700, height: end + 16, role: "presentation" });
    picture.append(this.arrowHeads());
    const accepted = shown.findIndex((rung) => rung.name === "A-ASSOCIATE-AC");
    if (accepted >= 0) { // the pale ground is the time in which the association exists
      const y = TOP + (accepted + 0.5) * STEP;
      picture.append(draw("rect", { class: "dk-ground", x: LEFT, y, width: RIGHT - LEFT, height: Math.max(0, end - STEP / 2 - y) }));
    }
    for (const [x, title, part] of [[LEFT, ladder.calling, "calls"], [RIGHT, ladder.called, "is called"]]) {
      picture.append(
        draw("text", { class: "dk-who", x, y: 24 }, cut(title, 18)),
        draw("text", { class: "dk-part", x, y: 42 }, part),
        draw("line", { class: "dk-upright", x1: x, x2: x, y1: 52, y2: end + 8 }),
      );
    }
    lines.forEach((line, row) => {
      const y = TOP + (row + 0.5) * STEP;
      picture.append(line.times ? this.fold(line.times, y) : this.rung(line, y));
    });
    this.box.replaceChildren(picture);
    const chosen = this.box.querySelector(".dk-chosen");
    if (chosen) this.box.setAttribute("aria-activedescendant", chosen.id);
    else this.box.removeAttribute("aria-activedescendant");
    this.tell(shown.find((rung) => rung.number === this.model.get("selection")));
  }

  arrowHeads() {
    const heads = draw("defs");
    for (const kind of ["association", "message", "carrier", "warning", "failure"]) {
      const id = `dk-head-${kind}`;
      const head = draw("marker", { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" });
      head.append(draw("path", { class: `dk-head dk-${kind}`, d: "M0 0 L10 5 L0 10 z" }));
      heads.append(head);
    }
    return heads;
  }

  fold(times, y) {
    const group = draw("g", { class: "dk-fold" });
    group.append(
      draw("rect", { class: "dk-hit", x: LEFT + 3, y: y - STEP / 2 + 1, width: RIGHT - LEFT - 6, height: STEP - 2, rx: 4 }),
      draw("text", { class: "dk-detail", x: (LEFT + RIGHT) / 2, y: y + 4 }, `⋮  ${times} times C-STORE, all of them stored  ⋮`),
    );
    group.addEventListener("click", () => this.everything.click());
    return group;
  }

  rung(rung, y) {
    const isChosen = rung.number === this.model.get("selection");
    const group = draw("g", {
      class: `dk-rung dk-${rung.kind}${isChosen ? " dk-chosen" : ""}`, role: "option", "aria-selected": isChosen,
      "aria-label": `${rung.from_caller ? "caller" : "called"} says ${rung.name}, ${rung.detail}`, "data-rung": rung.number,
      id: `${this.prefix}-${rung.number}`,
    });
    const [from, to] = rung.from_caller ? [LEFT, RIGHT] : [RIGHT, LEFT];
    group.append(
      draw("rect", { class: "dk-hit", x: LEFT + 3, y: y - STEP / 2 + 1, width: RIGHT - LEFT - 6, height: STEP - 2, rx: 4 }),
      draw("line", { class: "dk-arrow", x1: from, x2: to, y1: y, y2: y, "marker-end": `url(#dk-head-${rung.kind})` }),
      draw("text", { class: "dk-name", x: (LEFT + RIGHT) / 2, y: y - 6 }, `${SIGNS[rung.kind] ?? ""}${rung.name}`),
      draw("text", { class: "dk-detail", x: (LEFT + RIGHT) / 2, y: y + 15 }, cut(rung.detail, 72)),
      draw("text", { class: "dk-time", x: RIGHT + 14, y: y + 4 }, `${rung.after_ms} ms`),
    );
    group.addEventListener("click", () => this.choose(rung.number));
    return group;
  }

  tell(rung) {
    if (!rung) {
      this.fields.replaceChildren(this.contexts(), make("p", { class: "dk-faint", text: "Click a rung for its fields." }));
      return;
    }
    const list = make("dl");
    // The contexts stand in a table of their own.
    const isNegotiation = rung.name === "A-ASSOCIATE-RQ" || rung.name === "A-ASSOCIATE-AC";
    const fields = rung.fields.filter(([name]) => name !== "proposes" && name !== "answers");
    const rows = [["spoken by", rung.from_caller ? this.ladder.calling : this.ladder.called],
      ["size", `${rung.size_bytes.toLocaleString("en")} bytes`], ["after", `${rung.after_ms} ms`], ...fields];
    for (const [name, value] of rows) {
      list.append(make("dt", { text: name }), ...value.split("; ").map((text) => make("dd", { text })));
    }
    this.fields.replaceChildren(
      make("h4", { text: rung.name }),
      ...(rung.meaning && !isNegotiation ? [make("p", { class: `dk-meaning dk-${rung.kind}`, text: rung.meaning })] : []),
      ...(isNegotiation ? [this.contexts()] : []),
      list,
    );
  }

  /** The presentation contexts: what was proposed, what became of it, and why. */
  contexts() {
    const rows = (this.ladder?.contexts ?? []).map(({ number, abstract_syntax: what, transfer_syntaxes: how, outcome, says }) =>
      make("div", { class: `dk-context dk-${outcome.replace(" ", "-")}`, role: "listitem" },
        make("div", {}, make("b", { text: `${OUTCOMES[outcome]} ${number} ` }), make("b", { text: what })),
        make("div", { class: "dk-faint", text: `proposed as ${how.join(" or ")}` }),
        make("div", { text: [outcome, says].filter(Boolean).join(outcome === "accepted" ? " as " : ": ") })));
    const title = make("h5", { text: "Presentation contexts" });
    return make("div", { class: "dk-contexts", hidden: !rows.length }, title, make("div", { role: "list" }, ...rows));
  }

  key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -1e6, End: 1e6 }[event.key];
    const { shown } = this;
    if (step === undefined || !shown.length) return;
    event.preventDefault();
    event.stopPropagation();
    const now = shown.findIndex((rung) => rung.number === this.model.get("selection"));
    const next = now < 0 && step > 0 ? 0 : Math.min(Math.max(now + step, 0), shown.length - 1);
    this.choose(shown[step === 1e6 ? shown.length - 1 : next].number);
    this.box.querySelector(".dk-chosen")?.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.isOpen = false;
    clearTimeout(this.timer);
    this.ask.stop();
    this.model.off("change:selection", this.onTrait);
  }
}

export default {
  render({ model, el }) {
    const diagram = new Diagram(model, begin(el, "Ladder of an association"));
    return () => diagram.close();
  },
};
