// The web worker in which Python runs: mounts the dropped files, and passes requests of the page to `DroppedFiles`.

/**
 * @typedef {{wish: "open", files: {file: File, path: string}[]} | {wish: "show", kind: string, entry: number}
 *   | {wish: "ask", viewer: number, request: string, question: string, buffers: ArrayBuffer[]}} Wish a request of the page
 * @typedef {{open: (folder: string, tell: (done: number, total: number) => void) => string, show: (kind: string, entry: number, tell: (done: number, total: number) => void) => string,
 *   ask: (viewer: number, question: string, buffers: unknown) => any}} DroppedFiles dicomkit/viewers/viewer_page/dropped_files.py
 */

const PYODIDE = new URL("../workshop/static/pyodide/", location.href).href;
const EVERY_MS = 100;
const START = `
from dicomkit.viewers.viewer_page.dropped_files import DroppedFiles
dropped = DroppedFiles()
dropped
`;

/** @param {import("./page.js").Said} said @param {Transferable[]} transferred */
function tell(said, transferred = []) {
  postMessage(said, { transfer: transferred });
}

/** Load the files that Python needs, and report the progress; later requests find them in `loaded`.
 *  @returns {Promise<string[]>} the addresses */
async function load() {
  /** @type {{files: Record<string, number>}} */
  const { files } = await (await fetch("files.json")).json();
  const total = Object.values(files).reduce((sum, bytes) => sum + bytes, 0);
  /** @type {Map<string, Response>} */
  const loaded = new Map();
  let done = 0;
  async function loadOne(/** @type {string} */ name) {
    const address = new URL(name, PYODIDE).href;
    const response = await fetch(address);
    if (!response.ok || response.body === null) throw new Error(`${name} is missing on this site`);
    const counting = new TransformStream({
      transform(/** @type {Uint8Array} */ piece, stream) {
        done += piece.length;
        tell({ said: "progress", doing: "Python is loading", done, total });
        stream.enqueue(piece);
      },
    });
    const content = await new Response(response.body.pipeThrough(counting)).arrayBuffer();
    const type = response.headers.get("Content-Type") ?? "application/octet-stream";
    loaded.set(address, new Response(content, { headers: { "Content-Type": type } }));
  }
  await Promise.all(Object.keys(files).map(loadOne));
  const beyond = self.fetch.bind(self);
  self.fetch = async (asked, options) => {
    const address = asked instanceof Request ? asked.url : new URL(asked, location.href).href;
    const found = loaded.get(address);
    loaded.delete(address); // each is needed once; this frees the memory
    return found ?? beyond(asked, options);
  };
  return Object.keys(files).map((name) => new URL(name, PYODIDE).href);
}

/** Mount files as a folder, without copying them.
 *  @param {any} python @param {string} folder @param {{file: File, path: string}[]} files */
function mount(python, folder, files) {
  const taken = new Set();
  const blobs = files.map(({ file, path }) => {
    const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    let name = parts.join("/");
    for (let number = 2; taken.has(name); number += 1) name = [...parts.slice(0, -1), `${number} ${parts[parts.length - 1]}`].join("/");
    taken.add(name);
    return { name, data: file };
  });
  python.FS.mkdirTree(folder);
  python.FS.mount(python.FS.filesystems.WORKERFS, { blobs }, folder);
}

/** Return a function that reports progress to the page, at intervals.
 *  @param {string} doing */
function teller(doing) {
  let last = performance.now();
  return (/** @type {number} */ done, /** @type {number} */ total) => {
    if (performance.now() - last < EVERY_MS) return;
    last = performance.now();
    tell({ said: "progress", doing: `${doing}: ${done} of ${total} read`, done, total });
  };
}

/** @param {any} python @param {DroppedFiles} dropped @param {Wish} wish @param {string} folder */
function grant(python, dropped, wish, folder) {
  if (wish.wish === "open") {
    mount(python, folder, wish.files);
    tell({ said: "opened", text: dropped.open(folder, teller("Looking at what was dropped")) });
  } else if (wish.wish === "show") {
    const doing = wish.kind === "planes" ? "Making a volume" : "Listing images";
    tell({ said: "shown", kind: /** @type {any} */ (wish.kind), shown: JSON.parse(dropped.show(wish.kind, wish.entry, teller(doing))) });
  } else {
    const answer = dropped.ask(wish.viewer, wish.question, python.toPy(wish.buffers.map((bytes) => new Uint8Array(bytes))));
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const buffers = answer.toJs();
    answer.destroy();
    if (buffers.length) tell({ said: "answer", viewer: wish.viewer, request: wish.request, buffers }, buffers.map((bytes) => bytes.buffer));
  }
}

/** Return the last line of a Python traceback, which is the error.
 *  @param {string} message */
const lastLine = (message) => message.trim().split("\n").at(-1);

async function start() {
  /** @type {string[]} */
  const files = await load();
  const { loadPyodide } = await import(`${PYODIDE}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: PYODIDE, lockFileURL: `${PYODIDE}viewer-lock.json`, packages: ["dicomkit"] });
  /** @type {DroppedFiles} */
  const dropped = python.runPython(START);
  return { python, dropped, files };
}

const starting = start();
let drops = 0;
/** @type {Promise<unknown>} */
let before = starting.then(
  ({ files }) => tell({ said: "ready", files }),
  (problem) => tell({ said: "problem", text: `Python did not start: ${problem.message}` }),
);
addEventListener("message", ({ data }) => {
  before = before.then(async () => {
    const { python, dropped } = await starting;
    drops += 1;
    grant(python, dropped, data, `/dropped/${drops}`);
  }).catch((problem) => tell({ said: "problem", text: `That did not work: ${lastLine(problem.message)}` }));
});
