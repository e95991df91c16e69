// Steps: what takes long is done piece by piece, under a bar that shows how far it is, and can be cancelled.

class Steps {
  /** `say` writes one sentence where everybody reads and hears it. */
  constructor(say) {
    this.say = say;
    this.bar = make("progress", { "aria-label": "Progress", max: 1, value: 0 });
    this.cancel = make("button", { type: "button", text: "Cancel" });
    this.node = make("div", { class: "dk-progress dk-bar", hidden: true }, this.bar, this.cancel);
    this.cancel.addEventListener("click", () => { this.isCancelled = true; });
  }

  /** Do `step` for each of `parts`, in turn; return what came out, or null if it was cancelled or failed. */
  async run(parts, text, step) {
    if (this.isRunning) return null;
    Object.assign(this, { isRunning: true, isCancelled: false });
    const made = [];
    this.bar.max = parts.length;
    for (const part of parts) {
      this.bar.value = made.length;
      this.node.hidden = parts.length < 2;
      this.say(`${text}: ${made.length} of ${parts.length}`);
      const answer = await step(part);
      if (answer.problem || this.isCancelled) {
        this.say(answer.problem ?? "cancelled");
        made.length = 0;
        break;
      }
      made.push(answer);
    }
    this.node.hidden = true;
    this.isRunning = false;
    return made.length === parts.length ? made : null;
  }
}
