// What the workshop keeps in this browser: JupyterLite's own database, read here without JupyterLite.

/**
 * A file as JupyterLite keeps it: a notebook's content is an object, a text's a string, other bytes are in Base64.
 * @typedef {{path: string, type: string, format: string, content: unknown}} StoredFile
 */

/**
 * Turn a request of IndexedDB into a promise.
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function ended(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Return every file that was saved in this browser; none if nothing was.
 *  @param {string} name of the database
 *  @returns {Promise<StoredFile[]>} */
export async function storedFiles(name) {
  const known = await indexedDB.databases();
  if (!known.some((each) => each.name === name)) return [];
  const database = await ended(indexedDB.open(name));
  try {
    if (!database.objectStoreNames.contains("files")) return [];
    const files = await ended(database.transaction("files").objectStore("files").getAll());
    return files.filter((each) => each.type !== "directory" && each.content !== null);
  } finally {
    database.close();
  }
}

/** Return the bytes of a stored file.
 *  @param {StoredFile} file
 *  @returns {Uint8Array} */
export function bytesOf({ content, format }) {
  if (typeof content !== "string") return new TextEncoder().encode(`${JSON.stringify(content, null, 1)}\n`);
  if (format === "base64") return Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  return new TextEncoder().encode(content);
}

/** Forget all that was saved. Pages of the workshop that are open have to be closed first.
 *  @param {string} name of the database
 *  @returns {Promise<void>} */
export function forget(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the workshop is open in another tab: close it first"));
  });
}
