// Caches the files of the viewer page, so that it starts without a network. It never sees a patient's files.
// With a network, the site's files have priority: a new version is used at once, and replaces the cached one.

const KEPT = "dicomkit viewer";
const PAGE = ["./", "index.html", "page.js", "page.css", "worker.js", "files.json", "icon.svg", "manifest.webmanifest"];
const TOLD_BY = ["Last-Modified", "ETag", "Content-Length"]; // equal for two responses with the same file

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
