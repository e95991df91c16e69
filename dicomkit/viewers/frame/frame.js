// What all front ends share. Python decides, JavaScript draws; text is only ever set as textContent.

/**
 * @typedef {{
 *   hasKernel?: boolean,
 *   get: (name: string) => any,
 *   set: (name: string, value: unknown) => void,
 *   save_changes: () => void,
 *   on: (event: string, listener: (...values: any[]) => void) => void,
 *   off: (event: string, listener: (...values: any[]) => void) => void,
 *   send: (content: object, callbacks?: unknown, buffers?: unknown[]) => void,
 * }} Model the model that Jupyter or a page passes to a front end: traits, and messages to and from Python
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

/** Make a button that does nothing to a form around it.
 *  @param {string} text @param {Record<string, unknown>} attributes @param {() => void} [onClick] */
export function button(text, attributes = {}, onClick) {
  const node = make("button", { type: "button", text, ...attributes });
  if (onClick) node.addEventListener("click", onClick);
  return node;
}

/** Say which of its elements is the active one of a list, for a screen reader.
 *  @param {Element} box @param {Element | null | undefined} node */
export function setActive(box, node) {
  if (node) box.setAttribute("aria-activedescendant", node.id);
  else box.removeAttribute("aria-activedescendant");
}

/** Set the text of an element if it has changed, to avoid needless layout.
 *  @param {Element & {dicomkitText?: string}} node @param {string} text */
export function put(node, text) {
  if (node.dicomkitText === text) return;
  node.dicomkitText = text;
  node.textContent = text;
}

/** Format a number with at most six significant digits.
 *  @param {number} number */
export function short(number) {
  return Number.isFinite(number) ? String(Number(number.toPrecision(6))) : String(number);
}

/** Return a number with its noun in the singular or plural, as `counted` of dicomkit/text.py does.
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

/** Return a function that sends a question to Python (in a page, to the stored answers) and returns a promise of the answer.
 *  A question may have at most 2 MB of buffers, because messages of more than 10 MB are lost.
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
        } catch { // Jupyter has no connection to a kernel
          waiting.delete(request);
          resolve({ problem: GONE, buffers: [] });
        }
      }
      send();
      if (isHeard) return;
      // If the first question arrives before its subshell exists, it waits until the running cell has ended.
      // So it is sent again until any answer has arrived.
      for (const wait of AGAIN_AFTER_MS) setTimeout(() => { if (!isHeard && !isStopped) send(); }, wait);
    });
  }
  ask.stop = () => {
    isStopped = true;
    model.off("msg:custom", receive);
  };
  return ask;
}

/** Keep a key from the notebook and the browser: something was done with it.
 *  @param {Event} event */
export function consume(event) {
  event.preventDefault();
  event.stopPropagation();
}

/** Whether a key is pressed together with one that makes it a command of the browser or the system.
 *  @param {KeyboardEvent} event */
export function isCommand(event) {
  return event.ctrlKey || event.metaKey || event.altKey;
}

/** Return the bytes of a buffer, as a copy that starts at an address where numbers of any size may start.
 *  @param {DataView} view */
export function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(/** @type {ArrayBuffer} */ (buffer).slice(byteOffset, byteOffset + byteLength));
}

/** Make these nodes the only children of a box, in this order. Those that stay are not touched: a click on a moved node is lost.
 *  @param {Element} box @param {ChildNode[]} nodes */
export function putInto(box, nodes) {
  const wanted = new Set(nodes);
  for (const node of [...box.childNodes]) if (!wanted.has(node)) node.remove();
  let place = box.firstChild;
  for (const node of nodes) {
    if (node === place) place = node.nextSibling;
    else box.insertBefore(node, place);
  }
}

/** Return a unique prefix for IDs of elements; a page may show one viewer twice.
 *  @param {string} name */
export function unique(name) {
  return `dk-${name}-${Math.random().toString(36).slice(2)}`;
}

/** Prepare a viewer's root element: the notebook around it gets no key and no right click.
 *  @param {HTMLElement} el @param {string} label */
export function begin(el, label) {
  const root = make("div", {
    class: "dicomkit",
    role: "region",
    "aria-label": label,
    tabindex: "-1", // a click inside focuses it, and only then does it take the wheel
    "data-lm-suppress-shortcuts": "true",
    "data-jp-suppress-context-menu": "true",
  });
  // JupyterLab checks the focused element for this attribute before it handles single letters as shortcuts.
  root.addEventListener("focusin", ({ target }) => /** @type {Element} */ (target).setAttribute("data-lm-suppress-shortcuts", "true"));
  el.append(root);
  return root;
}

/** Return a bar for covered values; its button explains the risk, and uncovers them after a second click.
 *  @param {Ask} ask @param {string} said @param {() => void} onRevealed */
export function coverBar(ask, said, onRevealed) {
  const bar = make("div", { class: "dk-cover" });
  /** @param {boolean} focus */
  function cover(focus) {
    const first = button("Reveal …", {}, decide);
    bar.replaceChildren(make("span", { text: `▒ ${said} (PS3.15 Table E.1-1).` }), first);
    if (focus) first.focus();
  }
  function decide() {
    const yes = button("Reveal them on this screen", { class: "dk-risk" }, reveal);
    const no = button("Keep them covered", {}, () => cover(true));
    const risk = "Names, dates, numbers and pictures of a person will be readable here, for onlookers, in recordings and in exports.";
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

/** Copy text to the clipboard; return whether that worked.
 *  @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Download text or bytes as a file; nothing is uploaded.
 *  @param {string} name @param {string} type @param {(string | DataView)[]} parts */
export function saveFile(name, type, parts) {
  const address = URL.createObjectURL(new Blob(/** @type {BlobPart[]} */ (parts), { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
