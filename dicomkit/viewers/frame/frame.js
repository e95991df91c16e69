// What all viewers share. Python decides, this draws: text goes into the page as textContent only.

/**
 * @typedef {{
 *   hasKernel?: boolean,
 *   get: (name: string) => any,
 *   set: (name: string, value: unknown) => void,
 *   save_changes: () => void,
 *   on: (event: string, listener: (...values: any[]) => void) => void,
 *   off: (event: string, listener: (...values: any[]) => void) => void,
 *   send: (content: object, callbacks?: unknown, buffers?: unknown[]) => void,
 * }} Model what Jupyter, or a page, gives a front end: traits, and messages to and from Python
 * @typedef {keyof import("./messages.js").Questions} Name
 * @typedef {(<Asked extends Name>(question: import("./messages.js").Question<Asked>, buffers?: unknown[])
 *   => Promise<import("./messages.js").Answer<Asked>>) & {stop: () => void}} Ask
 */

/** Make an element. `attributes` are set by name; `text` becomes its text, never markup.
 *  @template {keyof HTMLElementTagNameMap} Name @param {Name} name @param {Record<string, unknown>} attributes
 *  @param {(Node | string | null | undefined)[]} children @returns {HTMLElementTagNameMap[Name]} */
export function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "text") node.textContent = String(value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

/** Write a text into an element; the page is laid out anew only if it has changed.
 *  @param {Element & {dicomkitText?: string}} node @param {string} text */
export function put(node, text) {
  if (node.dicomkitText === text) return;
  node.dicomkitText = text;
  node.textContent = text;
}

/** Write a number with six digits at most.
 *  @param {number} number */
export function short(number) {
  return Number.isFinite(number) ? String(Number(number.toPrecision(6))) : String(number);
}

/** Write a number with its noun in the right form, as `counted` of dicomkit/text.py does.
 *  @param {number} number @param {string} noun */
export function counted(number, noun) {
  const isPlain = number === 1 || noun === "series";
  return `${number < 1000 ? number : number.toLocaleString("en")} ${isPlain ? noun : noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

/** @param {number} number @param {number} low @param {number} high */
export function clamp(number, low, high) {
  return Math.min(Math.max(number, low), high);
}

const AGAIN_AFTER_MS = [1_000, 4_000];
const GONE = "the kernel that showed this was restarted or has ended; run the cell again";

/** Return a function that asks Python (or, in a page, the stored answers) and promises the answer.
 *  Bytes may go with a question: at most 2 MB, for more than 10 MB never arrive.
 *  @param {Model} model @returns {Ask} */
export function asker(model) {
  /** @type {Map<string, {resolve: (answer: any) => void, pieces: Uint8Array[]}>} */
  const waiting = new Map();
  const view = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
  let asked = 0;
  let isHeard = false;
  let isStopped = false;
  /** @param {{request: string, last: boolean}} message @param {DataView[]} buffers */
  function receive(message, buffers) {
    const asking = waiting.get(message.request);
    if (asking === undefined) return;
    const [piece, ...binary] = buffers;
    asking.pieces.push(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
    if (!message.last) return;
    waiting.delete(message.request);
    const decoder = new TextDecoder();
    const text = asking.pieces.map((bytes) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
    isHeard = true;
    asking.resolve({ ...JSON.parse(text), buffers: binary });
  }
  model.on("msg:custom", receive);
  /** @template {Name} Asked @param {import("./messages.js").Question<Asked>} question @param {unknown[]} buffers
   *  @returns {Promise<import("./messages.js").Answer<Asked>>} */
  function ask(question, buffers = []) {
    return new Promise((resolve) => {
      function send() {
        asked += 1;
        const request = `${view}.${asked}`;
        waiting.set(request, { resolve, pieces: [] });
        try {
          model.send({ ...question, request }, undefined, buffers);
        } catch { // Jupyter knows that there is nobody to send to
          waiting.delete(request);
          resolve({ problem: GONE, buffers: [] });
        }
      }
      send();
      if (isHeard) return;
      // The first question may overtake the making of the subshell that answers while a cell runs, and then
      // waits for the end of that cell. So it is asked again as long as there was no answer at all.
      for (const wait of AGAIN_AFTER_MS) setTimeout(() => { if (!isHeard && !isStopped) send(); }, wait);
    });
  }
  ask.stop = () => {
    isStopped = true;
    model.off("msg:custom", receive);
  };
  return ask;
}

/** Return the beginning of names for elements; a page may show one viewer twice, and each name has to be unique.
 *  @param {string} name */
export function unique(name) {
  return `dk-${name}-${Math.random().toString(36).slice(2)}`;
}

/** Start a viewer's root element: no key and no right click reaches the notebook around it.
 *  @param {HTMLElement} el @param {string} label */
export function begin(el, label) {
  const root = make("div", {
    class: "dicomkit",
    role: "region",
    "aria-label": label,
    tabindex: "-1", // a click anywhere inside gives it the wheel: viewers.css asks where the focus is
    "data-lm-suppress-shortcuts": "true",
    "data-jp-suppress-context-menu": "true",
  });
  // JupyterLab looks at the element that has the focus first; only its own attribute keeps single letters here.
  root.addEventListener("focusin", ({ target }) => /** @type {Element} */ (target).setAttribute("data-lm-suppress-shortcuts", "true"));
  el.append(root);
  return root;
}

/** Return a bar that says that something is covered, and uncovers it after a click that names the risk.
 *  @param {Ask} ask @param {string} said @param {() => void} onRevealed */
export function coverBar(ask, said, onRevealed) {
  const bar = make("div", { class: "dk-cover" });
  /** @param {boolean} focus */
  function cover(focus) {
    const reveal = make("button", { type: "button", text: "Reveal …" });
    reveal.addEventListener("click", decide);
    bar.replaceChildren(make("span", { text: `▒ ${said} (PS3.15 table E.1-1).` }), reveal);
    if (focus) reveal.focus();
  }
  function decide() {
    const yes = make("button", { type: "button", class: "dk-risk", text: "Reveal them on this screen" });
    const no = make("button", { type: "button", text: "Keep them covered" });
    yes.addEventListener("click", reveal);
    no.addEventListener("click", () => cover(true));
    const risk = "Names, dates, numbers and pictures of a person will be readable here: by who looks on, in a recording, in what you export.";
    bar.replaceChildren(make("span", { text: risk }), yes, no);
    no.focus();
  }
  async function reveal() {
    const answer = await ask({ ask: "reveal" });
    if (!answer.problem) onRevealed();
    else bar.replaceChildren(make("span", { text: "They are not in this page: export it again from a viewer that shows them." }));
  }
  cover(false);
  return bar;
}

/** Put text into the user's clipboard; return whether that worked.
 *  @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Offer text as a file to be saved; nothing leaves the machine.
 *  @param {string} name @param {string} type @param {string} text */
export function saveText(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
