// Keys: everything that a mouse does, a key does as well.

import { consume, isCommand } from "../frame/frame.js";

export const HELP = [
  ["drag", "window: right is wider, down is brighter"],
  ["wheel after a click, ↑ ↓, Page, Home, End", "another image"],
  ["Shift + drag, right drag, Shift + arrows", "move"],
  ["Ctrl + wheel, + −", "zoom"],
  ["F, double click", "fit"],
  ["1", "one image pixel is one screen pixel"],
  ["[ ]  and  { }", "window lower, higher; narrower, wider"],
  ["P", "next preset"],
  ["R", "window as at first"],
  ["O", "overlays on, off"],
  ["W A S D, with Shift", "read the next pixel, ten pixels on"],
  ["Space", "play, stop"],
];
/** @type {Record<string, number[]>} */
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const MOVE_PX = 40;

/** Return what a key does to a viewer, or undefined.
 *  @param {KeyboardEvent} event @param {any} viewer @returns {(() => void) | undefined} */
function actionOf(event, viewer) {
  const { placement, range: [first, last] } = viewer;
  const [right, down] = ARROWS[event.key] ?? [0, 0];
  if (right || down) {
    if (!event.shiftKey) return () => viewer.scroll(right + down);
    return () => placement.pan(-MOVE_PX * right, -MOVE_PX * down);
  }
  const far = event.shiftKey ? 10 : 1;
  /** @type {Record<string, () => void>} */
  const actions = {
    PageUp: () => viewer.scroll(-10),
    PageDown: () => viewer.scroll(10),
    Home: () => viewer.select(first),
    End: () => viewer.select(last),
    f: () => placement.fit(),
    1: () => placement.oneToOne(),
    "+": () => placement.zoomAtMiddle(1.25),
    "=": () => placement.zoomAtMiddle(1.25),
    "-": () => placement.zoomAtMiddle(0.8),
    r: () => viewer.reset(),
    o: () => viewer.toggleOverlays(),
    p: () => viewer.window.next(),
    " ": () => viewer.togglePlay(),
    "[": () => viewer.window.nudge(-1, 0),
    "]": () => viewer.window.nudge(1, 0),
    "{": () => viewer.window.nudge(0, -1),
    "}": () => viewer.window.nudge(0, 1),
    w: () => viewer.moveCross(-far, 0),
    s: () => viewer.moveCross(far, 0),
    a: () => viewer.moveCross(0, -far),
    d: () => viewer.moveCross(0, far),
  };
  return actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
}

/** Whether a key is meant for the browser. Many keyboards need AltGr or Option to write a bracket.
 *  @param {KeyboardEvent} event */
function isForTheBrowser(event) {
  const isWritten = "[]{}".includes(event.key) && (event.altKey || event.getModifierState("AltGraph"));
  return !isWritten && isCommand(event);
}

/** @param {HTMLElement} view @param {any} viewer @param {AbortSignal} signal */
export function listenToKeys(view, viewer, signal) {
  view.addEventListener("keydown", (event) => {
    if (!viewer.picture || isForTheBrowser(event)) return;
    const action = actionOf(event, viewer);
    if (!action) return;
    consume(event);
    viewer.words.speak();
    action();
    viewer.schedule();
  }, { signal });
}
