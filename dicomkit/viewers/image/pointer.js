// Pointer (the Web's term for all of them): what a mouse, a pen or a finger does to the image and to the histogram.

const WIDER_PX = 200; // a drag so far to the right makes the window e times as wide
const BRIGHTER_PX = 300; // a drag so far down moves it by its own width
const NOTCH = 60; // what a wheel turns in one notch, at least; a touchpad sends less, more often

export class Pointer {
  /** @param {ReturnType<typeof import("./page.js").buildPage>} page @param {any} viewer
   *  @param {import("./histogram.js").Histogram} chart @param {AbortSignal} signal */
  constructor(page, viewer, chart, signal) {
    this.page = page;
    this.viewer = viewer;
    this.chart = chart;
    this.wheel = 0;
    /** @type {{isMove: boolean, isWindow: boolean, x: number, y: number, window: number[]} | undefined} */
    this.drag = undefined;
    const on = (/** @type {HTMLElement} */ target, /** @type {string} */ kind, /** @type {(event: any) => void} */ action) => target.addEventListener(kind, action, { signal, passive: false });
    const { view, histogram } = page;
    on(view, "pointerdown", (event) => this.press(event));
    on(view, "pointermove", (event) => this.move(event));
    on(view, "pointerleave", () => viewer.point(null));
    on(view, "dblclick", () => viewer.place((/** @type {import("./placement.js").Placement} */ placement) => placement.fit()));
    on(view, "contextmenu", (event) => event.preventDefault());
    on(view, "wheel", (event) => this.turn(event));
    on(histogram, "pointerdown", (event) => this.grab(event));
    on(histogram, "pointermove", (event) => this.dragHandle(event));
    for (const target of [view, histogram]) {
      for (const kind of ["pointerup", "pointercancel"]) on(target, kind, () => this.release());
    }
  }

  /** Return where in the view an event was.
   *  @param {MouseEvent} event @returns {[number, number]} */
  where(event) {
    const box = this.page.view.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  /** @param {PointerEvent} event */
  press(event) {
    const { viewer, page: { view } } = this;
    if (!viewer.picture) return;
    view.focus({ preventScroll: true });
    view.setPointerCapture(event.pointerId);
    const isMove = event.button !== 0 || event.shiftKey || viewer.picture.is_colour;
    viewer.state.grip(true);
    this.drag = { isMove, isWindow: false, x: event.clientX, y: event.clientY, window: viewer.window.start };
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { viewer, drag } = this;
    viewer.point(this.where(event));
    if (!drag) return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    if (drag.isMove) {
      viewer.place((/** @type {import("./placement.js").Placement} */ placement) => placement.pan(x, y));
      Object.assign(drag, { x: event.clientX, y: event.clientY });
    } else if (x || y || drag.isWindow) {
      drag.isWindow = true;
      // A narrow window moves in small steps, a wide one in large steps. Down is brighter: lower values become
      // white, or in MONOCHROME1, where high values are dark, higher ones.
      const [center, width] = drag.window;
      const down = viewer.picture.inverse ? -y : y;
      viewer.window.set(center - (down * width) / BRIGHTER_PX, width * Math.exp(x / WIDER_PX), false);
    }
  }

  /** @param {PointerEvent} event */
  grab(event) {
    this.chart.grab(event.offsetX, this.viewer.shown.window);
    if (!this.chart.grabbed) return;
    this.page.histogram.setPointerCapture(event.pointerId);
    this.viewer.state.grip(true);
  }

  /** @param {PointerEvent} event */
  dragHandle(event) {
    if (this.chart.grabbed) this.viewer.window.set(...this.chart.drag(event.offsetX, this.viewer.window.step), false);
  }

  release() {
    const wasWindow = this.drag?.isWindow || this.chart.grabbed;
    this.drag = this.chart.grabbed = undefined;
    if (wasWindow) this.viewer.window.settle();
    this.viewer.state.grip(false);
  }

  /** @param {WheelEvent} event */
  turn(event) {
    const { viewer } = this;
    // The page keeps the wheel until a hand has gone into the viewer, and to the end of a turn that it has begun.
    if (!viewer.picture || !event.cancelable || !this.page.root.matches(":focus-within")) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      viewer.place((/** @type {import("./placement.js").Placement} */ placement) => placement.zoomAt(...this.where(event), Math.exp(-event.deltaY / 300)));
      return;
    }
    const [first, last] = viewer.range;
    if (viewer.number === (event.deltaY < 0 ? first : last)) { // no image follows: the page goes on
      this.wheel = 0;
      return;
    }
    event.preventDefault();
    // A notch of a wheel is one image; a touchpad sends many small steps that add up to one.
    this.wheel += event.deltaMode === 0 ? event.deltaY / NOTCH : event.deltaY;
    const steps = Math.abs(event.deltaY) >= NOTCH || event.deltaMode ? Math.sign(event.deltaY) : Math.trunc(this.wheel);
    if (!steps) return;
    this.wheel = 0;
    viewer.scroll(steps, false);
  }
}
