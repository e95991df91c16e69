// Link: viewers that go together tell each other within the page, and wait for no kernel. Which picture follows is
// decided as in dicomkit/viewers/image/linking.py: the parallel slice nearest to the middle of the leader's.

import { dot, isOneSpace, isParallel, minus, normalOf, positionOf } from "./geometry.js";

const NEWS = "dicomkit-image";

/** @typedef {import("./geometry.js").Placed} Placed */

export class Link {
  /** @param {import("../frame/frame.js").Model} model @param {(news: any) => void} onNews what linked viewers tell */
  constructor(model, onNews) {
    this.model = model;
    this.word = model.get("linked_as"); // the same for viewers that are linked
    /** @param {any} event */
    this.hear = ({ detail }) => {
      if (detail.model !== model && detail.word === this.word) onNews(detail);
    };
    document.addEventListener(NEWS, this.hear);
  }

  /** @param {string} kind @param {Object<string, unknown>} [content] */
  tell(kind, content) {
    if (!this.word) return;
    document.dispatchEvent(new CustomEvent(NEWS, { detail: { kind, model: this.model, word: this.word, ...content } }));
  }

  /** Return whether Python has linked this viewer with others since it was asked last; those before hear of it. */
  hasMoved() {
    const word = this.model.get("linked_as");
    if (word === this.word) return false;
    this.tell("gone");
    this.word = word;
    return true;
  }

  close() {
    this.tell("gone");
    document.removeEventListener(NEWS, this.hear);
  }
}

/** Return the place of the follower that shows what the leader shows, or null.
 *  @param {Placed} leader @param {number} index @param {number} count @param {Placed[]} followers
 *  @returns {number | null} */
export function followingIndex(leader, index, count, followers) {
  // Pictures that say no place go with those of the same index, if there are as many.
  if (!leader.plane || !followers[0].plane) return count === followers.length ? index : null;
  const { plane } = leader;
  const point = positionOf(plane, (leader.rows - 1) / 2, (leader.columns - 1) / 2);
  let nearest = Infinity;
  /** @type {number | null} */
  let found = null;
  followers.forEach((follower, at) => {
    if (!follower.plane || !isOneSpace(leader, follower)) return;
    const away = dot(normalOf(follower.plane), minus(point, follower.plane.origin));
    const distance = Math.round(1e6 * Math.abs(away)); // equally near: the first, whatever the last bit
    if (isParallel(plane, follower.plane) && distance < nearest) [nearest, found] = [distance, at];
  });
  return found;
}
