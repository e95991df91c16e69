// Cine: play the pictures of a series one after the other, as fast as the file recommends or as was typed.
// PS3.3 section C.7.6.5, Cine Module.

import { clamp } from "../frame/frame.js";

export class Cine {
  /** `viewer` says what is shown (number, range, picture, pictures) and shows another (select).
   *  @param {any} viewer @param {(isPlaying: boolean) => void} onChange */
  constructor(viewer, onChange) {
    this.viewer = viewer;
    this.onChange = onChange;
    this.isPlaying = false;
    /** @type {number | undefined} */
    this.rate = undefined; // pictures per second that a person has typed
  }

  /** @param {boolean} isPlaying */
  play(isPlaying) {
    this.isPlaying = isPlaying && this.viewer.picture !== undefined;
    this.onChange(this.isPlaying);
    this.due = performance.now();
    this.forward = 1;
    if (this.isPlaying) requestAnimationFrame((now) => this.step(now));
  }

  /** @param {number} now */
  step(now) {
    const { viewer } = this;
    if (!this.isPlaying) return;
    if (now >= this.due) {
      const next = this.next();
      // A frame that has not arrived is waited for, so that none is left out.
      if (viewer.pictures.isSettled(next)) viewer.select(next, false);
      else viewer.pictures.wantAround(next);
      const stay = this.rate ? 1000 / this.rate : viewer.picture.frame_time_ms;
      this.due = Math.max(this.due + stay, now);
    }
    requestAnimationFrame((later) => this.step(later));
  }

  next() {
    // Round and round, or to the end and back again (Preferred Playback Sequencing, 0018,1244).
    const { number, range: [first, last], picture } = this.viewer;
    const next = number + this.forward;
    if (next >= first && next <= last) return next;
    if (!picture.is_sweeping) return first;
    this.forward = -this.forward;
    return clamp(number + this.forward, first, last);
  }
}
