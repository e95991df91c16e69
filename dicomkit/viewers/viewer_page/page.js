// The viewer page: takes dropped files, also before Python is ready, and shows the viewers.
import { draw, liveModel } from "../frame/live_model.js";
import { counted } from "../frame/frame.js";
import { chosenFiles, droppedFiles } from "../metadata/upload.js";

/**
 * @typedef {import("../metadata/upload.js").Found} Found
 * @typedef {import("../frame/live_model.js").Front} Front
 * @typedef {"metadata" | "images" | "bytes" | "planes"} Kind
 * @typedef {{said: "progress", doing: string, done: number, total: number} | {said: "ready", files: string[]} | {said: "opened", text: string}
 *   | {said: "shown", kind: Kind, shown: Front & {problem?: string}} | {said: "answer", viewer: number, request: string, buffers: Uint8Array[]}
 *   | {said: "problem", text: string}} Said a message of the worker
 */

/** @type {readonly Kind[]} */
const KINDS = ["metadata", "images", "bytes", "planes"];
/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

class Page {
  constructor() {
    /** @type {Map<number, import("../frame/live_model.js").Live>} */
    this.live = new Map();
    /** @type {Kind} */
    this.kind = "metadata";
    this.entry = -1; // no entry is chosen
    this.waiting = 0; // files that were dropped before Python was ready
    this.opened = ""; // a summary of the dropped files
    this.worker = this.startPython();
  }

  startPython() {
    const worker = new Worker("worker.js", { type: "module" });
    worker.addEventListener("message", ({ data }) => this.hear(data));
    worker.addEventListener("error", ({ message }) => this.complain(`Python did not start: ${message}`));
    return worker;
  }

  /** @param {Said} said */
  hear(said) {
    if (said.said === "progress") this.showProgress(said.doing, said.done, said.total);
    else if (said.said === "ready") {
      this.waiting = 0;
      this.showProgress("Python is ready", 1, 1);
      document.body.dataset.python = "ready";
      keepForLater(said.files).catch(() => {}); // the page works without
    } else if (said.said === "opened") {
      this.opened = said.text;
      this.showProgress(said.text, 1, 1);
      element("views").hidden = false;
      this.choose("metadata");
    } else if (said.said === "shown") this.draw(said.kind, said.shown);
    else if (said.said === "answer") this.live.get(said.viewer)?.answer(said);
    else this.complain(said.text);
  }

  /** @param {string} doing @param {number} done @param {number} total */
  showProgress(doing, done, total) {
    element("doing").textContent = this.waiting ? `${doing}; ${counted(this.waiting, "file")} waiting for it` : doing;
    Object.assign(element("bar"), { max: total || 1, value: done });
  }

  /** @param {string} sentence */
  complain(sentence) {
    element("problem").textContent = sentence;
    element("panel").removeAttribute("aria-busy");
  }

  /** Send files to the worker, which reads them once Python is ready.
   *  @param {Found[]} found */
  open(found) {
    if (!found.length) return;
    element("problem").textContent = "";
    input("clear").disabled = false;
    document.body.dataset.opened = String(found.length);
    delete document.body.dataset.shows; // until the new files are shown, too
    if (document.body.dataset.python !== "ready") {
      this.waiting += found.length;
      element("doing").textContent = `Python is loading; ${counted(this.waiting, "file")} waiting for it`;
    }
    this.worker.postMessage({ wish: "open", files: found });
  }

  /** Remember the chosen tile of the map, whose entry the other tabs show.
   *  @param {Event} event */
  notice(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (this.kind !== "metadata" || !target.closest(".dm-map")) return;
    const tile = /** @type {HTMLElement | null} */ (element("panel").querySelector('.dm-tile[aria-selected="true"]'));
    if (tile !== null) this.entry = Number(tile.dataset.n);
  }

  /** @param {Kind} kind */
  choose(kind) {
    this.kind = kind;
    for (const each of KINDS) {
      element(`tab-${each}`).setAttribute("aria-selected", String(each === kind));
      element(`tab-${each}`).tabIndex = each === kind ? 0 : -1;
    }
    element("panel").setAttribute("aria-labelledby", `tab-${kind}`);
    element("panel").setAttribute("aria-busy", "true");
    element("problem").textContent = "";
    delete document.body.dataset.shows; // the next viewer may take a while; the bar shows the progress
    this.worker.postMessage({ wish: "show", kind, entry: this.entry });
  }

  /** @param {Kind} kind @param {Front & {problem?: string}} front */
  async draw(kind, front) {
    if (kind !== this.kind) return; // another tab was chosen meanwhile
    this.showProgress(this.opened, 1, 1);
    element("panel").replaceChildren();
    this.live.clear();
    if (front.problem) {
      this.complain(front.problem);
      return;
    }
    const live = liveModel(front, (question) => this.worker.postMessage({ wish: "ask", ...question }));
    this.live.set(front.viewer, live);
    live.model.on("change:selection", ({ new: selection }) => {
      if (kind === "metadata" && selection.entry !== undefined) this.entry = selection.entry;
    });
    await draw(front, live.model, element("panel"));
    element("panel").removeAttribute("aria-busy");
    document.body.dataset.shows = kind;
  }

  /** Discard all files: end the worker, and start another. */
  clear() {
    this.worker.terminate();
    this.live.clear();
    element("panel").replaceChildren();
    element("views").hidden = true;
    input("clear").disabled = true;
    for (const key of ["python", "opened", "shows"]) delete document.body.dataset[key];
    this.complain("");
    this.entry = -1;
    this.waiting = 0;
    this.worker = this.startPython();
  }
}

/** Let the service worker cache the files of the page, so that it starts without a network next time.
 *  @param {string[]} files */
async function keepForLater(files) {
  if (!("serviceWorker" in navigator)) return; // missing if another computer serves the page without https
  await navigator.serviceWorker.register("service_worker.js");
  const { active } = await navigator.serviceWorker.ready;
  navigator.serviceWorker.addEventListener("message", () => { document.body.dataset.kept = "yes"; });
  active?.postMessage({ keep: files });
}

const page = new Page();

/** @param {string} button @param {string} chooser */
function chooseBy(button, chooser) {
  element(button).addEventListener("click", () => input(chooser).click());
  input(chooser).addEventListener("change", () => {
    page.open(chosenFiles(input(chooser)));
    input(chooser).value = ""; // so that the same files can be chosen again
  });
}

for (const kind of ["click", "keyup"]) element("panel").addEventListener(kind, (event) => page.notice(event));
chooseBy("choose-files", "files");
chooseBy("choose-folder", "folder");
element("clear").addEventListener("click", () => page.clear());
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  element("drop").classList.add("is-over");
});
document.addEventListener("dragleave", () => element("drop").classList.remove("is-over"));
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  element("drop").classList.remove("is-over");
  if (!event.dataTransfer) return;
  try {
    const found = await droppedFiles(event.dataTransfer);
    if (found.length) page.open(found);
    else page.complain("No file was in what you have dropped.");
  } catch (problem) {
    page.complain(`What you have dropped cannot be read: ${/** @type {Error} */ (problem).message}`);
  }
});
for (const [place, kind] of KINDS.entries()) {
  const tab = element(`tab-${kind}`);
  tab.addEventListener("click", () => page.choose(kind));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step === undefined) return;
    const next = KINDS[(place + step + KINDS.length) % KINDS.length];
    element(`tab-${next}`).focus();
    page.choose(next);
  });
}
