// What a viewer in a page has in common with all others: its root, its questions to Python, and traits that both share.

import { asker, begin } from "./frame.js";

/** @typedef {import("./frame.js").Model} Model */

export class View {
  isOpen = true;
  /** @type {[event: string, listener: () => void][]} */
  listeners = [];

  /** @param {Model} model @param {HTMLElement} root */
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.ask = asker(model);
  }

  /** Call `listener` when one of these traits has changed, until the view is closed.
   *  @param {string[]} names @param {() => void} listener */
  onTraits(names, listener) {
    for (const event of names.map((name) => `change:${name}`)) {
      this.model.on(event, listener);
      this.listeners.push([event, listener]);
    }
  }

  /** Set a trait, and let Python know.
   *  @param {string} name @param {unknown} value */
  share(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  close() {
    this.isOpen = false;
    this.ask.stop();
    for (const [event, listener] of this.listeners) this.model.off(event, listener);
  }
}

/** Return what a notebook or a page calls to draw a view (the `render` of anywidget).
 *  @param {string} label @param {new (model: Model, root: HTMLElement) => {close: () => void}} Kind */
export function widget(label, Kind) {
  return {
    /** @param {{model: Model, el: HTMLElement}} place */
    render({ model, el }) {
      const view = new Kind(model, begin(el, label));
      return () => view.close();
    },
  };
}
