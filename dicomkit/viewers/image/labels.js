// Labels: what is written around an image. Text goes in as textContent only: a value of a file may hold anything.

import { counted, make, put, short } from "../frame/frame.js";
import { firstInWords } from "./window_choice.js";

/**
 * @typedef {import("./frames.js").Picture} Picture
 * @typedef {{window: number[] | null, function: string, isFirst: boolean}} Shown
 * @typedef {ReturnType<typeof import("./page.js").buildPage>} Page
 */

/** @param {string[]} texts */
function lines(...texts) {
  return texts.filter(Boolean).join("\n");
}

/** @param {Picture} picture @param {Shown} state */
function windowInWords(picture, { window, function: name, isFirst }) {
  if (picture.is_colour) return "colour: no window";
  const unit = picture.unit ? ` ${picture.unit}` : "";
  const first = picture.isKnown && isFirst ? firstInWords(picture) : "";
  if (window) return lines(`C ${short(window[0])}  W ${short(window[1])}${unit}`, name, picture.first_group === "in the file" ? "" : first);
  return first;
}

/** Say in one sentence what is shown; `place` is which image of how many.
 *  @param {Picture} picture @param {number[]} place @param {Shown} state */
export function inWords(picture, [at, count], state) {
  const window = windowInWords(picture, state).replaceAll("\n", ", ");
  return `Image ${at} of ${count}, ${counted(picture.rows, "row")}, ${counted(picture.columns, "column")}, ${window}`;
}

/** @param {Page} page @param {Picture} picture @param {number[]} place @param {Shown} state @param {number} zoom @param {string} isLinked */
export function writeCorners({ corners, edges }, picture, [at, count], state, zoom, isLinked) {
  put(corners.tl, lines(picture.title, picture.caption));
  put(corners.tr, lines(count > 1 ? `${at} / ${count}` : "", isLinked ? "linked" : ""));
  put(corners.bl, windowInWords(picture, state));
  put(corners.br, `${short(Math.round(zoom * devicePixelRatio * 1000) / 10)} %`); // 100 %: a pixel is a pixel
  for (const [edge, node] of Object.entries(edges)) put(node, picture.letters?.[edge] ?? "");
}

/** Write the attributes of an image. Until they have arrived the names stay, but no value of another image does.
 *  @param {HTMLTableElement} table @param {Picture} picture */
export function writeTags(table, { tags, isKnown }) {
  if (tags.length === 0 && !isKnown) {
    for (const row of table.rows) put(row.cells[1], "…");
    return;
  }
  while (table.rows.length > tags.length) table.deleteRow(-1);
  tags.forEach(([name, value], index) => {
    const row = table.rows[index] ?? table.appendChild(make("tr", {}, make("th", { scope: "row" }), make("td")));
    put(row.cells[0], name);
    putValues(row.cells[1], value);
    row.cells[1].classList.toggle("dk-covered", value === "masked");
  });
}

/** Write values, and let a line end after each backslash that is between two of them.
 *  @param {HTMLElement & {dicomkitText?: string}} cell @param {string} text */
function putValues(cell, text) {
  if (cell.dicomkitText === text) return;
  cell.dicomkitText = text;
  const [first, ...others] = text.split("\\");
  cell.replaceChildren(first, ...others.flatMap((part) => ["\\", make("wbr"), part]));
}

/** @param {HTMLInputElement} input @param {Picture} picture */
export function writeRate(input, { frame_time_ms: time }) {
  if (/** @type {Document} */ (input.getRootNode()).activeElement !== input) input.value = short(Math.round(10000 / time) / 10);
}

/** Set what belongs to an image: where in its series it is, and which controls make sense for it.
 *  @param {Page} page @param {Picture} picture @param {number[]} place @param {number[]} range */
export function writePlace(page, picture, [at, count], [first, last]) {
  Object.assign(page.slider, { min: first, max: last, value: first + at - 1 });
  page.slider.setAttribute("aria-valuetext", `${at} of ${count}`);
  page.walk.hidden = count === 1;
  page.series.value = String(picture.series);
  for (const node of [page.func, page.preset]) /** @type {HTMLElement} */ (node.parentElement).hidden = picture.is_colour;
  page.side.classList.toggle("dk-colour", picture.is_colour);
}

/** Set what belongs to a window. Of an image that is not known yet nothing is said; what was there stays.
 *  @param {Page} page @param {Picture} picture @param {Shown} state @param {string} chosenFunction */
export function writeWindow(page, picture, { window }, chosenFunction) {
  page.func.value = chosenFunction;
  if (!picture.isKnown && !window) return;
  page.func.disabled = !window; // it says how a window is applied
  const { activeElement } = /** @type {Document} */ (page.root.getRootNode()); // what is being typed stays
  [page.center, page.width].forEach((input, index) => {
    if (activeElement !== input) input.value = window ? short(window[index]) : "";
  });
}

/** @param {HTMLSelectElement & {dicomkitKey?: string}} select @param {import("./window_choice.js").Preset[]} presets */
export function writePresets(select, presets) {
  const key = presets.map(([group, name]) => `${group}/${name}`).join();
  if (key === select.dicomkitKey) return;
  select.dicomkitKey = key;
  const groups = new Map();
  presets.forEach(([group, name], index) => {
    if (!groups.has(group)) groups.set(group, make("optgroup", { label: group }));
    groups.get(group).append(make("option", { value: index, text: name }));
  });
  select.replaceChildren(...groups.values(), make("option", { value: "hand", hidden: true, text: "chosen by hand" }));
}
