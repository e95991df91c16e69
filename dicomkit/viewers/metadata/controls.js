// What buttons, fields, keys and dropped files do.

import { HELP, press } from "./page.js";
import { chosenFiles, droppedFiles } from "./upload.js";

/** @typedef {import("./viewer.js").MetadataView} MetadataView */

/** @param {MetadataView} viewer */
export function listenToControls(viewer) {
  const { page } = viewer;
  for (const button of [page.pattern, page.onlyDifferences, page.onlyFlaws]) {
    button.addEventListener("click", () => { press(button); viewer.filter(); });
  }
  page.statistics.addEventListener("click", () => { press(page.statistics); viewer.showSeries(); });
  page.search.addEventListener("input", () => viewer.filter());
  page.field.addEventListener("change", () => viewer.filter());
  page.search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { page.search.value = ""; viewer.filter(); }
    if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); viewer.elements.node.focus(); }
  });
  page.fold.addEventListener("click", () => { page.fold.textContent = viewer.elements.foldAll() ? "Unfold all" : "Fold all"; viewer.filter(); });
  page.save.addEventListener("click", () => viewer.export());
  page.copy.addEventListener("click", () => viewer.copyExpression());
  page.help.addEventListener("click", () => viewer.say(HELP));
  page.upload.addEventListener("click", () => page.files.click());
  page.uploadFolder.addEventListener("click", () => page.folder.click());
  for (const input of [page.files, page.folder]) input.addEventListener("change", () => viewer.sendFiles(chosenFiles(input)));
  viewer.root.addEventListener("keydown", (event) => {
    if (event.key === "/" && !["INPUT", "SELECT"].includes(/** @type {Element} */ (event.target).tagName)) { event.preventDefault(); page.search.focus(); }
  });
  if (viewer.model.hasKernel !== false) listenForDrops(viewer);
}

/** @param {MetadataView} viewer */
function listenForDrops(viewer) {
  const mark = (/** @type {DragEvent} */ event, /** @type {boolean} */ isOver) => {
    event.preventDefault();
    event.stopPropagation();
    viewer.root.classList.toggle("dm-drop", isOver);
  };
  viewer.root.addEventListener("dragover", (event) => mark(event, true));
  viewer.root.addEventListener("dragleave", (event) => mark(event, viewer.root.contains(/** @type {Node | null} */ (event.relatedTarget))));
  viewer.root.addEventListener("drop", async (event) => {
    mark(event, false);
    try {
      await viewer.sendFiles(await droppedFiles(/** @type {DataTransfer} */ (event.dataTransfer)));
    } catch {
      viewer.say("what was dropped cannot be read");
    }
  });
}
