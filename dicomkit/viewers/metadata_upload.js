// Upload: files of this computer are handed to Python piece by piece. They stay in the kernel's memory.

const UPLOAD_BYTES = 1024 * 1024; // a piece; a message of more than 10 MB would never arrive

/** Return the pieces of some files: which file, its number, and where the piece starts. */
function piecesOf(files) {
  return files.flatMap((file, number) => {
    const count = Math.max(1, Math.ceil(file.size / UPLOAD_BYTES));
    return Array.from({ length: count }, (_, part) => ({ file, number, start: part * UPLOAD_BYTES }));
  });
}

/** Hand files to Python; return the number of the first new entry, or undefined if nothing came of it. */
async function uploadFiles(files, ask, steps) {
  const answers = await steps.run(piecesOf(files), "uploading", async ({ file, number, start }) => {
    const bytes = await file.slice(start, start + UPLOAD_BYTES).arrayBuffer();
    return ask({ ask: "upload", file: number, of: files.length, name: file.name, size: file.size, start }, [bytes]);
  });
  if (answers === null) await ask({ ask: "cancel upload" });
  return answers?.at(-1)?.first;
}
