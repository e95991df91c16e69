"""Mouse movements that change the window of an ImageViewer in a page, for benchmarks."""

# A hand that moves once for each frame of the screen. Counted is what runs: the handler, then the drawing.
DRAG = """(view, steps) => new Promise((resolve) => {
  const canvas = view.querySelector(".dk-pixels");
  const box = view.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const hand = (kind, right) => view.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, clientX: x + right, clientY: y, bubbles: true, cancelable: true,
  }));
  view.setPointerCapture = () => {};
  const [work, frames, seen] = [[], [], []];
  let [step, before, shown, changes, handler, moved] = [0, 0, canvas.dataset.shows, 0, 0, 0];
  hand("pointerdown", 0);
  const next = (now) => {
    if (step > 1) {
      work.push(handler + Number(canvas.dataset.drawMs));
      frames.push(now - before);
      changes += canvas.dataset.shows !== shown;
      seen.push(performance.now() - moved);
    }
    [before, shown] = [now, canvas.dataset.shows];
    step += 1;
    if (step > steps + 2) {
      hand("pointerup", 0);
      return resolve({ work, frames, changes, seen });
    }
    requestAnimationFrame(next);
    setTimeout(() => { // a real hand moves between two frames
      moved = performance.now();
      hand("pointermove", ((7 * step) % 200) - 100); // far enough for another window each time
      handler = performance.now() - moved;
    });
  };
  requestAnimationFrame(next);
})"""
