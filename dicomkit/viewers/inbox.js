// Draw what a receiver has taken. Python says how far a study is and how many seconds are left; between two
// of its answers only the seconds are counted down here.

const ASK_EVERY_MS = 500;
const SILENT_AFTER_MS = 4_000;
const TICK_MS = 200;

const STATES = {
  receiving: { sign: "⇣", text: "receiving" },
  waiting: { sign: "◷", text: "waiting" },
  arrived: { sign: "✓", text: "arrived" },
};

class InboxView {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.ask = asker(model);
    this.isOpen = true;
    this.isRecorded = false;
    this.pictures = new Map(); // "study.number" to its canvas
    this.wanted = []; // pictures that are still to be asked for, one after the other
    this.said = new Map(); // what a screen reader was told last of each study
    root.classList.add("dk-inbox");
    this.light = make("span", { class: "dk-light" });
    this.where = make("span", { class: "dk-where dk-mono" });
    this.totals = make("span", { class: "dk-totals" });
    this.list = make("div", { class: "dk-list", tabindex: "0", role: "listbox", "aria-label": "Studies that arrived" });
    this.status = make("div", { class: "dk-status" });
    this.aloud = make("div", { class: "dk-unseen", role: "status" });
    root.append(make("div", { class: "dk-bar" }, this.light, this.where, this.totals), this.list, this.status, this.aloud);
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.onTrait = () => this.mark();
    model.on("change:selection", this.onTrait);
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    this.load({ ask: "inbox" });
  }

  async load(question) {
    const answer = await this.ask(question);
    if (!this.isOpen) return;
    this.heard = performance.now();
    if (answer.problem) {
      this.isRecorded = true; // a page without a kernel: what it shows is how things were
      clearInterval(this.ticking);
      this.showLight();
      this.list.querySelectorAll(".dk-study").forEach((card) => this.showProgress(card));
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

  /** Count down, and say so when nobody answers: a light must not shine because nobody looks after it. */
  tick() {
    if (!this.inbox) return;
    this.showLight();
    for (const card of this.list.querySelectorAll('.dk-study[data-state="waiting"]')) this.showProgress(card);
  }

  showLight() {
    const { is_running: isRunning, title, host, port, open, totals } = this.inbox;
    const silence = performance.now() - this.heard;
    const isSilent = !this.isRecorded && silence > SILENT_AFTER_MS;
    let [sign, text] = isRunning ? ["●", "running"] : ["■", "stopped"];
    if (this.isRecorded) [sign, text] = ["❑", `recorded while ${text}`];
    if (isSilent) [sign, text] = ["?", `was ${text}; the kernel has been busy for ${Math.round(silence / 1000)} s`];
    if (isRunning && open && !isSilent) text += `, ${open} ${open === 1 ? "association" : "associations"} open`;
    this.light.className = `dk-light ${isRunning && !isSilent && !this.isRecorded ? "dk-on" : "dk-off"}`;
    const shown = `${sign} ${text}`;
    if (this.light.textContent !== shown) this.light.textContent = shown;
    this.where.textContent = `${title} · ${host}${port && isRunning ? ` port ${port}` : ""}`;
    const [instances, studies] = totals;
    this.totals.textContent = `${instances} ${instances === 1 ? "instance" : "instances"} · ${studies} ${studies === 1 ? "study" : "studies"}`;
  }

  // ---- senders and studies ----

  draw() {
    const { senders, title, host, port, is_running: isRunning } = this.inbox;
    const groups = senders.map((sender, index) => this.group(sender, index));
    if (!groups.length) {
      groups.push(make("div", { class: "dk-empty" },
        make("p", { text: "Nothing has arrived yet." }),
        isRunning ? make("p", { class: "dk-mono dk-faint", text: `dicomkit storescu -aec ${title} ${host} ${port} FOLDER` }) : null));
    }
    const top = this.list.scrollTop;
    this.list.replaceChildren(...groups);
    this.list.scrollTop = top;
    this.mark();
    this.sayAloud();
    this.fetchPictures();
  }

  group(sender, index) {
    const id = `dk-sender-${index}`;
    const refused = sender.refused
      ? make("div", { class: "dk-refused" }, make("b", { text: `✗ ${sender.refused} refused` }), ` ${sender.reason}`) : null;
    return make("div", { class: "dk-group", role: "group", "aria-label": `from ${sender.title}` },
      make("div", { class: "dk-sender", id }, make("span", { class: "dk-faint", text: "from " }), make("b", { text: sender.title })),
      refused, ...sender.studies.map((study) => this.card(study)));
  }

  card(study) {
    const card = make("div", {
      class: "dk-study", role: "option", "data-study": study.number, "data-state": study.state, id: this.idOf(study.number),
    });
    card.study = study;
    card.heard = this.heard;
    const progress = make("div", { class: "dk-progress" }, make("span", { class: "dk-chip" }), make("div", { class: "dk-clock" }, make("div", { class: "dk-hand" })));
    const strip = make("div", { class: "dk-strip" }, ...study.pictures.map((number) => this.picture(study.number, number)));
    if (study.more) strip.append(make("span", { class: "dk-more dk-faint", text: `and ${study.more} more` }));
    card.append(
      make("div", { class: "dk-top" },
        make("div", { class: "dk-what" },
          make("div", { class: "dk-title", text: `Study ${study.number}` }),
          make("div", { class: study.label ? "dk-label" : "dk-label dk-faint", text: study.label || "what it says of a person is covered" }),
          make("div", { class: "dk-faint", text: `${study.series}, ${study.count}` })),
        progress),
      strip,
    );
    card.addEventListener("click", () => this.choose(study.number));
    this.showProgress(card);
    return card;
  }

  /** How far a study is, in words, a sign and a bar: not by colour alone. */
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

  showProgress(card) {
    const { study } = card;
    const { text, part } = this.progressOf(study, card.heard);
    const chip = card.querySelector(".dk-chip");
    const shown = `${STATES[study.state].sign} ${text}`;
    if (chip.textContent !== shown) chip.textContent = shown;
    card.querySelector(".dk-hand").style.width = `${Math.min(100, 100 * part)}%`;
    card.setAttribute("aria-label", `Study ${study.number}, ${study.label || "covered"}, ${study.series}, ${study.count}, ${text}`);
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

  // ---- pictures ----

  picture(study, number) {
    const key = `${study}.${number}`;
    let box = this.pictures.get(key);
    if (box === undefined) {
      box = make("div", { class: "dk-picture", role: "img", "aria-label": `instance ${number}`, title: `instance ${number}` });
      this.pictures.set(key, box);
      this.wanted.push({ study, number, box });
    }
    return box;
  }

  async fetchPictures() {
    if (this.isFetching) return;
    this.isFetching = true;
    while (this.isOpen && this.wanted.length) {
      const { study, number, box } = this.wanted.shift();
      const answer = await this.ask({ ask: "picture", study, number });
      const why = answer.problem ?? answer.why;
      if (why) {
        box.replaceChildren(make("span", { class: "dk-why", text: why === "covered" ? "▒ covered" : why }));
        box.setAttribute("aria-label", `instance ${number}, ${why}`);
      } else box.replaceChildren(canvasOf(answer));
    }
    this.isFetching = false;
  }

  // ---- selection ----

  idOf(number) {
    this.prefix ??= unique("study");
    return `${this.prefix}-${number}`;
  }

  get cards() {
    return [...this.list.querySelectorAll(".dk-study")];
  }

  choose(number) {
    this.model.set("selection", number);
    this.model.save_changes();
    this.mark();
  }

  mark() {
    const chosen = this.model.get("selection");
    for (const card of this.cards) card.setAttribute("aria-selected", String(card.study.number === chosen));
    const card = this.cards.find((one) => one.study.number === chosen);
    if (card) this.list.setAttribute("aria-activedescendant", card.id);
    else this.list.removeAttribute("aria-activedescendant");
    this.status.replaceChildren(...(card
      ? [`Study ${chosen}: `, make("span", { class: "dk-mono", text: "inbox.selected" }), ` is the list of its ${card.study.count}.`]
      : ["Click a study, or choose one with the arrow keys, to have its instances in Python."]));
  }

  key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1, Home: -1e6, End: 1e6 }[event.key];
    const { cards } = this;
    if (step === undefined || !cards.length) return;
    event.preventDefault();
    event.stopPropagation();
    const now = cards.findIndex((card) => card.study.number === this.model.get("selection"));
    const next = now < 0 && step > 0 ? 0 : Math.min(Math.max(now + step, 0), cards.length - 1);
    const card = cards[step === 1e6 ? cards.length - 1 : next];
    this.choose(card.study.number);
    card.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.isOpen = false;
    clearInterval(this.ticking);
    clearTimeout(this.timer);
    this.ask.stop();
    this.model.off("change:selection", this.onTrait);
  }
}

/** Draw grey levels or colours as they came. */
function canvasOf({ rows, columns, samples, buffers: [view] }) {
  const levels = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const canvas = make("canvas", { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(columns, rows);
  for (let pixel = 0; pixel < rows * columns; pixel += 1) {
    for (let sample = 0; sample < 3; sample += 1) {
      picture.data[4 * pixel + sample] = levels[samples === 3 ? 3 * pixel + sample : pixel];
    }
    picture.data[4 * pixel + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  return canvas;
}

export default {
  render({ model, el }) {
    const inbox = new InboxView(model, begin(el, "Inbox of a receiver"));
    return () => inbox.close();
  },
};
