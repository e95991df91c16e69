// Page: the elements of the viewer. What is written into them is in labels.js, what moves them in
// pointer.js and keys.js.

import { button, make } from "../frame/frame.js";
import { HELP } from "./keys.js";

const EDGES = ["left", "right", "top", "bottom"];
const CORNERS = { tl: "top left", tr: "top right", bl: "bottom left", br: "bottom right" };

/** Fill the root of a viewer, and return its parts by name.
 *  @param {HTMLElement} root */
export function buildPage(root) {
  root.classList.add("dk-image");
  const bar = buildBar();
  const stage = buildStage();
  const side = buildSide();
  const leftOut = make("div", { class: "dk-status dk-left-out", role: "note", hidden: "" });
  root.append(bar.bar, make("div", { class: "dk-main" }, stage.stage, side.side), leftOut);
  return { root, leftOut, ...bar, ...stage, ...side };
}

function buildBar() {
  const [series, preset, func] = [make("select"), make("select"), make("select")];
  for (const name of ["", "LINEAR", "LINEAR_EXACT", "SIGMOID"]) {
    func.append(make("option", { value: name, text: name || "as in the file" }));
  }
  const buttons = {
    fit: button("Fit", { title: "Fit the image into the view (F)" }),
    oneToOne: button("1:1", { title: "One image pixel is one screen pixel (1)" }),
    reset: button("Reset", { title: "Window as at first, whole image (R)" }),
    planes: button("Overlays", { title: "Draw what the file lays over the image (O)", "aria-pressed": "true", hidden: "" }),
    fillScreen: button("Full screen", { title: "Fill the screen with this viewer (Escape ends it)" }),
  };
  const choices = [labelled("Series", series), labelled("Window", preset), labelled("Function", func)];
  const bar = make("div", { class: "dk-bar", role: "group", "aria-label": "View" }, ...choices, ...Object.values(buttons));
  return { bar, series, preset, func, buttons };
}

function buildStage() {
  const canvas = make("canvas", { class: "dk-pixels", "aria-hidden": "true", width: 1, height: 1 });
  const planes = make("canvas", { class: "dk-planes", "aria-hidden": "true", hidden: "" });
  const overlay = make("canvas", { class: "dk-overlay", "aria-hidden": "true" });
  const corners = Object.fromEntries(Object.keys(CORNERS).map((at) => [at, make("div", { class: `dk-corner dk-${at}` })]));
  const edges = Object.fromEntries(EDGES.map((at) => [at, make("div", { class: `dk-edge dk-${at}` })]));
  const notice = make("div", { class: "dk-notice", role: "status" });
  const spoken = make("div", { class: "dk-unseen", role: "status" });
  const view = make(
    "div", { class: "dk-view", tabindex: "0", role: "application", "aria-label": "Image", "aria-description": "Mouse and keys are listed beside it." },
    canvas, planes, overlay, ...Object.values(corners), ...Object.values(edges), notice,
  );
  const player = button("▶ Play", { title: "Play the images one after the other (Space)" });
  const slider = make("input", { class: "dk-slider", type: "range", min: 1, max: 1, step: 1, "aria-label": "Image" });
  const rate = numberInput({ min: 0.1, max: 120 });
  const walk = make("div", { class: "dk-walk" }, player, slider, labelled("images/s", rate));
  const probe = make("div", { class: "dk-probe", text: "Point at a pixel to read its value." });
  const stage = make("div", { class: "dk-stage" }, view, walk, probe, spoken);
  return { stage, canvas, planes, overlay, corners, edges, notice, spoken, view, player, slider, rate, walk, probe };
}

function buildSide() {
  const near = button("around the window", { class: "dk-near", title: "Show only the values around the window", "aria-pressed": "false" });
  const histogram = make("canvas", { class: "dk-histogram", "aria-hidden": "true" });
  const [center, width] = [numberInput(), numberInput()];
  const numbers = make("div", { class: "dk-numbers" }, labelled("Center", center), labelled("Width", width));
  const tags = make("table", { class: "dk-tags", "aria-label": "Attributes of this image" });
  const list = make("dl");
  for (const [key, meaning] of HELP) list.append(make("dt", { text: key }), make("dd", { text: meaning }));
  const keys = make("details", { class: "dk-keys" }, make("summary", { text: "Mouse and keys" }), list);
  const heading = make("div", { class: "dk-head" }, make("h2", { text: "Values" }), near);
  const side = make("div", { class: "dk-side" }, keys, heading, histogram, numbers, make("h2", { text: "This image" }), tags);
  return { side, near, histogram, center, width, tags };
}

/** @param {string} label @param {HTMLElement} input */
function labelled(label, input) {
  return make("label", { class: "dk-choice", text: `${label} ` }, input);
}

function numberInput(limits = {}) {
  return make("input", { type: "number", step: "any", ...limits });
}
