// Instances other than pictures: lines of names and values, and above them curves or a document to save.

import { counted, coverBar, make } from "../frame/frame.js";
import { View, widget } from "../frame/view.js";
import { Curves } from "./curves.js";
import { documentBar } from "./document.js";
import { Lines } from "./lines.js";

class ContentView extends View {
  /** @param {import("../frame/frame.js").Model} model @param {HTMLElement} root */
  constructor(model, root) {
    super(model, root);
    root.classList.add("dk-content");
    this.which = make("select");
    this.choice = make("label", { class: "dk-choice", hidden: true, text: "Instance " }, this.which);
    this.title = make("b");
    this.sentence = make("span", { class: "dk-faint" });
    this.cover = make("div");
    this.above = make("div", { class: "dk-above" });
    this.lines = new Lines();
    this.status = make("div", { class: "dk-status", role: "status" });
    root.append(make("div", { class: "dk-bar" }, this.choice, this.title, this.sentence), this.cover, this.above, this.lines.box, this.status);
    this.which.addEventListener("change", () => this.share("selection", Number(this.which.value)));
    this.onTraits(["selection"], () => this.load());
    this.list();
  }

  async list() {
    const answer = await this.ask({ ask: "contents" });
    if (!this.isOpen) return;
    const names = answer.contents ?? [];
    this.choice.hidden = names.length < 2;
    this.which.replaceChildren(...names.map((name, place) => make("option", { value: place + 1, text: `${place + 1}: ${name}` })));
    this.unread = answer.unread ?? 0;
    await this.load();
  }

  async load() {
    const number = this.model.get("selection");
    const answer = await this.ask({ ask: "content", number });
    if (!this.isOpen || number !== this.model.get("selection")) return;
    this.which.value = String(number);
    this.curves?.close();
    this.curves = undefined;
    this.above.replaceChildren();
    this.cover.replaceChildren();
    this.title.textContent = answer.title ?? "";
    this.sentence.textContent = answer.problem ? `✗ ${answer.problem}` : answer.sentence ?? "";
    this.lines.show(answer.lines ?? [], answer.kind === "structured report");
    const said = [counted((answer.lines ?? []).length, "line")];
    if (this.unread) said.push(`${counted(this.unread, "file")} beside could not be read`);
    this.status.textContent = said.join(" · ");
    if (answer.hidden) this.cover.append(coverBar(this.ask, "What may identify somebody is covered", () => this.load()));
    if (answer.document) this.above.append(documentBar(this.ask, number, answer.document, (text) => { this.status.textContent = text; }));
    if (answer.groups?.length) {
      this.curves = new Curves(this.ask, number, answer.groups, this.above);
      await this.curves.load(0);
    }
    this.root.dataset.ready = "true";
  }

  close() {
    super.close();
    this.curves?.close();
  }
}

export default widget("What an instance holds", ContentView);
