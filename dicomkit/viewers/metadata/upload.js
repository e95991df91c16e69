// Upload: files of this computer are handed to Python piece by piece. They stay in the kernel's memory.

const UPLOAD_BYTES = 1024 * 1024; // a message; one of more than 10 MB would never arrive
const PIECES_TOGETHER = 200;
const BUNDLES_AT_ONCE = 4; // each takes its time to and fro

/**
 * @typedef {{file: File, path: string}} Found
 * @typedef {{problem?: string, first?: number}} Uploaded
 * @typedef {{file: File, start: number, end: number, stated: import("../frame/messages.js").PieceOfFile}} Piece
 */

/** Return the files of a drop with their paths, also those in folders.
 *  @param {DataTransfer} transfer @returns {Promise<Found[]>} */
export async function droppedFiles(transfer) {
  // All is asked for before any wait: afterwards the browser has forgotten the drop.
  const items = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  /** @type {Found[]} */
  const found = [];
  for (const { entry, file } of items) {
    if (entry?.isDirectory) await addFiles(entry, found);
    else if (file !== null) found.push({ file, path: file.name });
  }
  return found;
}

/** @param {any} folder @param {Found[]} found */
async function addFiles(folder, found) {
  const reader = folder.createReader();
  const some = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  for (let inside = await some(); inside.length > 0; inside = await some()) { // a hundred at a time
    for (const entry of inside) {
      if (entry.isDirectory) await addFiles(entry, found);
      else found.push({ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), path: entry.fullPath.slice(1) });
    }
  }
}

/** Return the files that were chosen, with their paths if it was a folder.
 *  @param {HTMLInputElement} input @returns {Found[]} */
export function chosenFiles(input) {
  return [...(input.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Return the pieces of some files, in bundles of which each is one message: small files are many.
 *  @param {Found[]} found */
function bundlesOf(found) {
  /** @type {Piece[][]} */
  const bundles = [];
  let room = 0;
  found.forEach(({ file, path }, number) => {
    for (let start = 0; start === 0 || start < file.size; start += UPLOAD_BYTES) {
      const end = Math.min(file.size, start + UPLOAD_BYTES);
      if (room < end - start || bundles.at(-1)?.length === PIECES_TOGETHER) room = 0;
      if (room === 0) { bundles.push([]); room = UPLOAD_BYTES; }
      bundles[bundles.length - 1].push({ file, start, end, stated: { file: number, of: found.length, name: path, size: file.size, start } });
      room -= end - start;
    }
  });
  return bundles;
}

/** Read the pieces of a bundle; return what cannot be read, and their bytes.
 *  @param {Piece[]} bundle */
async function readBundle(bundle) {
  let problem = "";
  const buffers = await Promise.all(bundle.map(({ file, start, end, stated }) => file.slice(start, end).arrayBuffer().catch(() => { problem = `${stated.name} cannot be read`; })));
  return { problem, buffers };
}

/** Hand files to Python; return the number of the first new entry, or undefined if nothing came of it.
 *  @param {Found[]} found @param {import("../frame/frame.js").Ask} ask @param {import("./steps.js").Steps} steps */
export async function uploadFiles(found, ask, steps) {
  const bundles = bundlesOf(found);
  /** @type {Promise<Uploaded>[]} */
  const answers = []; // promised, in the order of the bundles
  /** @type {Promise<unknown>} */
  let before = Promise.resolve(); // bundles are read side by side and sent in their order
  /** @param {Piece[]} bundle @param {Promise<unknown>} earlier @returns {Promise<{answering: Uploaded | Promise<Uploaded>}>} */
  async function send(bundle, earlier) {
    const { problem, buffers } = await readBundle(bundle);
    await earlier;
    if (problem) return { answering: { problem } };
    if (bundle === bundles.at(-1)) await Promise.all(answers.slice(0, -1)); // it makes the upload whole: nothing stops it then
    if (steps.isCancelled) return { answering: { problem: "cancelled" } };
    return { answering: ask({ ask: "upload", pieces: bundle.map(({ stated }) => stated) }, buffers) };
  }
  const step = (/** @type {Piece[]} */ bundle) => {
    const sending = send(bundle, before);
    before = sending;
    answers.push(sending.then(({ answering }) => answering));
    return answers[answers.length - 1];
  };
  const answered = await steps.run(bundles, "uploading", step, BUNDLES_AT_ONCE);
  if (answered === null) await ask({ ask: "cancel upload" }, []);
  return answered?.at(-1)?.first;
}
