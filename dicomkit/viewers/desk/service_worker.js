// What the viewer is made of is kept in the browser, so that it starts without a network. No file of a patient comes here.
// With a network the site's own files count: a new version is there at once, and takes the place of what was kept.

const KEPT = "dicomkit viewer";
const PAGE = ["./", "index.html", "desk.js", "desk.css", "worker.js", "files.json", "icon.svg", "manifest.webmanifest"];
const TOLD_BY = ["Last-Modified", "ETag", "Content-Length"]; // whether two answers are one file

/** @type {any} */
const scope = self;

/** @param {Request | string} asked */
async function answer(asked) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(asked);
  try {
    const fresh = await fetch(asked);
    const isSame = kept !== undefined && TOLD_BY.every((name) => kept.headers.get(name) === fresh.headers.get(name));
    if (kept !== undefined && fresh.ok && !isSame) await cache.put(asked, fresh.clone());
    return fresh;
  } catch (problem) {
    if (kept === undefined) throw problem;
    return kept;
  }
}

scope.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(PAGE)).then(() => scope.skipWaiting()));
});
scope.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(scope.clients.claim()));
scope.addEventListener("message", (/** @type {any} */ event) => {
  event.waitUntil(caches.open(KEPT).then(async (cache) => {
    for (const address of event.data.keep) if (!(await cache.match(address))) await cache.add(address);
    event.source?.postMessage({ kept: event.data.keep.length });
  }));
});
scope.addEventListener("fetch", (/** @type {any} */ event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});
