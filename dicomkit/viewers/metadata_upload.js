// Upload: files of this computer are handed to Python piece by piece. They stay in the kernel's memory.

const UPLOAD_BYTES = 1024 * 1024; // a piece; a message of more than 10 MB would never arrive
const PIECES_AT_ONCE = 8; // each takes its time to and fro, and small files are many

/** Return the files of a drop with their paths, also those in folders. */
async function droppedFiles(transfer) {
  // All is asked for before any wait: afterwards the browser has forgotten the drop.
  const items = [...transfer.items].filter((item) => item.kind === "file").map((item) => [item.webkitGetAsEntry(), item.getAsFile()]);
  const found = [];
  for (const [entry, file] of items) {
    if (entry?.isDirectory) await addFiles(entry, found);
    else if (file !== null) found.push({ file, path: file.name });
  }
  return found;
}

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

/** Return the files that were chosen, with their paths if it was a folder. */
function chosenFiles(input) {
  return [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Return the pieces of some files: which file, its number, and where the piece starts. */
function piecesOf(found) {
  return found.flatMap(({ file, path }, number) => {
    const count = Math.max(1, Math.ceil(file.size / UPLOAD_BYTES));
    return Array.from({ length: count }, (_, part) => ({ file, path, number, start: part * UPLOAD_BYTES }));
  });
}

/** Hand files to Python; return the number of the first new entry, or undefined if nothing came of it. */
async function uploadFiles(found, ask, steps) {
  const pieces = piecesOf(found);
  const answers = []; // promised, in the order of the pieces
  let before = Promise.resolve(); // pieces are read side by side and sent in their order
  async function send(piece, earlier) {
    const { file, path, number, start } = piece;
    const reading = file.slice(start, start + UPLOAD_BYTES).arrayBuffer().catch(() => null);
    const bytes = await reading;
    await earlier;
    if (bytes === null) return { answering: { problem: `${path} cannot be read` } };
    if (piece === pieces.at(-1)) await Promise.all(answers.slice(0, -1)); // it makes the upload whole: nothing stops it then
    if (steps.isCancelled) return { answering: { problem: "cancelled" } };
    const question = { ask: "upload", file: number, of: found.length, name: path, size: file.size, start };
    return { answering: ask(question, [bytes]) };
  }
  const step = (piece) => {
    const sending = send(piece, before);
    before = sending;
    answers.push(sending.then(({ answering }) => answering));
    return answers.at(-1);
  };
  const answered = await steps.run(pieces, "uploading", step, PIECES_AT_ONCE);
  if (answered === null) await ask({ ask: "cancel upload" });
  return answered?.at(-1)?.first;
}
