// Controls: what the buttons, lists and fields beside an image do.

/** @typedef {import("./placement.js").Placement} Placement */

/** @param {ReturnType<typeof import("./page.js").buildPage>} page @param {any} viewer @param {AbortSignal} signal */
export function listenToControls(page, viewer, signal) {
  const on = (/** @type {EventTarget} */ target, /** @type {string} */ kind, /** @type {() => void} */ action) => target.addEventListener(kind, action, { signal });
  on(page.buttons.fit, "click", () => viewer.place((/** @type {Placement} */ placement) => placement.fit()));
  on(page.buttons.oneToOne, "click", () => viewer.place((/** @type {Placement} */ placement) => placement.oneToOne()));
  on(page.buttons.reset, "click", () => viewer.reset());
  on(page.buttons.planes, "click", () => viewer.toggleOverlays());
  on(page.buttons.fillScreen, "click", () => viewer.fillScreen());
  on(page.player, "click", () => viewer.togglePlay());
  on(page.slider, "input", () => viewer.select(Number(page.slider.value)));
  on(page.series, "change", () => viewer.chooseSeries(viewer.pictures.series[Number(page.series.value)]));
  on(page.preset, "change", () => viewer.window.choose(Number(page.preset.value)));
  on(page.func, "change", () => viewer.set("function", page.func.value, true));
  for (const input of [page.center, page.width]) on(input, "change", () => viewer.window.type(page.center.valueAsNumber, page.width.valueAsNumber));
  on(page.rate, "change", () => { viewer.cine.rate = page.rate.valueAsNumber > 0 ? page.rate.valueAsNumber : undefined; });
  on(page.near, "click", () => viewer.toggleNear());
  on(page.histogram, "dblclick", () => viewer.toggleNear());
}
