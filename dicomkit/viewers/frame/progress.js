// The progress bar while files are read: progress, estimated time, and a button that cancels.

import { asker, begin, button, counted, make } from "./frame.js";

/** @typedef {import("./messages.js").Progress} Progress */

const UNHEARD_MS = 4_000;

/** @param {Progress} progress */
function progressText({ done, total, elapsed_s: elapsed }) {
  if (done === 0) return `${counted(total, "entry")} found so far`;
  const left = Math.ceil((elapsed * (total - done)) / done);
  const wait = left > 90 ? counted(Math.round(left / 60), "minute") : `${left} s`;
  return `${done.toLocaleString("en")} of ${counted(total, "entry")} read · about ${wait} left`;
}

export default {
  /** @param {{model: import("./frame.js").Model, el: HTMLElement}} view */
  async render({ model, el }) {
    const ask = asker(model);
    const root = begin(el, "Reading files");
    const bar = make("progress", { "aria-label": "Entries read", max: 1 });
    const text = make("span", { class: "dk-number" });
    const cancel = button("Cancel");
    const status = make("div", { class: "dk-status", role: "status", hidden: true });
    root.append(make("div", { class: "dk-bar dk-progress" }, bar, text, cancel), status);

    /** @param {Progress} progress */
    function draw(progress) {
      text.textContent = progressText(progress);
      if (progress.done === 0) return bar.removeAttribute("value"); // the total is not known yet
      bar.value = progress.done / progress.total;
    }
    /** @param {string} sentence */
    function say(sentence) {
      status.hidden = false;
      status.textContent = sentence;
    }
    const onEvent = (/** @type {Progress & {event: string}} */ message) => { if (message.event === "progress") draw(message); };
    model.on("msg:custom", onEvent);

    cancel.addEventListener("click", async () => {
      cancel.disabled = true;
      say("Stopping: what was read is kept, the rest is listed as not read.");
      const unheard = setTimeout(() => say("The kernel does not listen while a cell runs here: stop the cell instead (■)."), UNHEARD_MS);
      await ask({ ask: "cancel" });
      clearTimeout(unheard);
    });
    ask({ ask: "progress" }).then((answer) => { if (!answer.problem) draw(answer); });
    return () => {
      model.off("msg:custom", onEvent);
      ask.stop();
    };
  },
};
