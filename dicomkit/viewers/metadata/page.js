// Page: the parts of the viewer and what they are called. What they do is in the other files.

import { button, make } from "../frame/frame.js";
import { LINES_AS } from "./export.js";
import { SECRET } from "./rows.js";
import { FIELDS } from "./search.js";

const KEYS = "Keys:  / search · ↑ ↓ move · ← → fold and unfold · c copy · in the map: Enter shows, Space puts beside";
const SIGNS = { "◆": "may identify somebody", "⚠": "missing or empty", "≠": "differs", "‖": "duplicate" };
export const HELP = `${KEYS} · Signs:  ◆ may identify somebody (PS3.15 Table E.1-1) · ⚠ required, and missing or empty · ≠ differs between the instances · ‖ its SOP Instance UID stands in another entry too`;

/** @typedef {import("./viewer.js").MetadataView} MetadataView */

/** Say what the signs mean that can be seen somewhere now.
 *  @param {MetadataView} view */
export function signsInWords({ elements, flaws, differing, overview }) {
  /** @type {Record<string, boolean>} */
  const isSeen = {
    "◆": elements.lines.some(({ row }) => row[SECRET]), "⚠": flaws > 0, "≠": differing > 0, "‖": overview.duplicates.length > 0,
  };
  return Object.entries(SIGNS).filter(([sign]) => isSeen[sign]).map(([sign, means]) => `${sign} ${means}`).join(" · ");
}

/** Return the parts by name; `hasKernel` says whether anything can be uploaded.
 *  @param {boolean} hasKernel */
export function buildParts(hasKernel) {
  const select = (/** @type {string} */ label, /** @type {string[]} */ names) => make("select", { "aria-label": label }, ...names.map((name) => make("option", { value: name, text: name })));
  return {
    search: make("input", { type: "search", class: "dk-grow", placeholder: "Search  ( / )", "aria-label": "Search the elements", "aria-keyshortcuts": "/", spellcheck: "false" }),
    field: select("Search in", FIELDS),
    pattern: toggle(".*", "Regular expression"),
    onlyDifferences: toggle("≠ only", "Only lines that differ"),
    onlyFlaws: toggle("⚠", "Only what is missing or empty"),
    fold: button("Fold all", { title: "Fold or unfold all sequences" }),
    statistics: toggle("Series", "What is constant in this series and what varies"),
    format: select("Export format", Object.keys(LINES_AS)),
    save: button("Export", { title: "Save what is shown: masked stays masked" }),
    upload: button("Upload …", { title: "Files or a zip of this computer; they stay in the kernel's memory", hidden: !hasKernel }),
    files: make("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to upload" }),
    uploadFolder: button("Folder …", { title: "All files of a folder of this computer; they stay in the kernel's memory", hidden: !hasKernel }),
    folder: make("input", { type: "file", webkitdirectory: true, hidden: true, "aria-label": "Folder to upload" }),
    help: button("?", { title: "Keys and signs", "aria-label": "?, keys and signs" }),
    banner: make("div", { hidden: true }),
    summary: make("div", { class: "dm-summary", tabindex: "0", role: "region", "aria-label": "What is constant in this series and what varies", hidden: true }),
    detail: make("code", { class: "dm-detail dk-mono" }),
    whole: make("div", { class: "dm-whole dk-mono", tabindex: "0", role: "region", "aria-label": "The whole value of the active line" }),
    role: make("span", { class: "dm-role dk-faint" }),
    copy: button("Copy", { title: "Copy the pydicom expression (c)", "aria-keyshortcuts": "c" }),
    signs: make("div"),
    status: make("div", { role: "status", "aria-live": "polite" }),
  };
}

/** Put the parts into the page, one below the other.
 *  @param {MetadataView} view */
export function layOut({ root, page, map, elements, steps }) {
  const bar = make(
    "div", { class: "dk-bar", role: "group", "aria-label": "Search and export" },
    page.search, page.field, page.pattern, page.onlyDifferences, page.onlyFlaws, page.fold, page.statistics,
    page.format, page.save, page.upload, page.files, page.uploadFolder, page.folder, page.help,
  );
  const main = make("div", { class: "dm-main" }, elements.node, page.summary);
  const foot = make("div", { class: "dm-foot dk-bar" }, page.detail, page.role, page.copy);
  // As wide as the notebook leaves it: how its parts are arranged depends on that, not on the window.
  root.append(make("div", { class: "dm-frame" }, page.banner, bar, make("div", { class: "dm-panes" }, map.node, main), page.whole, foot, steps.node, make("div", { class: "dk-status dm-said" }, page.status, page.signs)));
}

/** @param {string} text @param {string} label */
function toggle(text, label) {
  return button(text, { title: label, "aria-label": label, "aria-pressed": "false" });
}

/** @param {Element} toggled */
export function isPressed(toggled) { return toggled.getAttribute("aria-pressed") === "true"; }

/** @param {Element} toggled */
export function press(toggled) { toggled.setAttribute("aria-pressed", String(!isPressed(toggled))); }
