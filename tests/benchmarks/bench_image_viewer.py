"""How long one change of the window takes: in the browser, and by redrawing in the kernel.

Run as ``python tests/benchmarks/bench_image_viewer.py``. Prints milliseconds and ratios.
"""

from __future__ import annotations

import io
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from dicomkit.pixels import display_values, modality_values
from dicomkit.samples import cine, ct_series
from dicomkit.viewers import ImageViewer

SIZE = 512
STEPS = 60

# Moves the window a little each frame; takes the time of painting, and the time from frame to frame.
DRAG = """(steps) => new Promise((resolve) => {
  const [model, canvas] = [dicomkitViewers[0], document.querySelector(".dk-pixels")];
  const [paints, frames] = [[], []];
  let [step, before] = [0, performance.now()];
  const next = (now) => {
    if (step) {
      paints.push(Number(canvas.dataset.paintMs));
      frames.push(now - before);
    }
    before = now;
    step += 1;
    if (step > steps) return resolve({ paints, frames });
    model.set("window", [40 + step, 400 + step]);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""


# Shows one slice after the other, one each frame.
SCROLL = """(slices) => new Promise((resolve) => {
  const [model, frames] = [dicomkitViewers[0], []];
  let [step, before] = [0, performance.now()];
  const next = (now) => {
    if (step) frames.push(now - before);
    before = now;
    step += 1;
    if (step > slices) return resolve(frames);
    model.set("selection", step);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""
SLICES = 500


def main() -> int:
    image = ct_series(1, size=SIZE)[0]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_path = Path(folder) / "page.html"
        ImageViewer(image).export_html(page_path)
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1000, "height": 760})
        page.goto(page_path.as_uri())
        page.locator('.dk-pixels[data-shows^="1 "]').wait_for()
        drag(page)  # the first time a browser compiles what it runs
        paints, frames = drag(page)
        stack = cine(2)
        stack.NumberOfFrames = SLICES
        stack.PixelData = np.random.default_rng(1).bytes(SLICES * 120 * 160 * 3)
        ImageViewer(stack).export_html(page_path)
        page.goto(page_path.as_uri())
        page.locator('.dk-pixels[data-shows^="1 "]').wait_for()
        page.evaluate(SCROLL, SLICES)  # the first time fetches what has not arrived yet
        scrolled = page.evaluate(SCROLL, SLICES)
        browser.close()
    paint, frame = statistics.median(paints), statistics.median(frames)
    print(f"browser: one window change of {SIZE} x {SIZE}: {paint:.2f} ms, {1000 / frame:.0f} frames/s")
    mean, longest = statistics.mean(scrolled), max(scrolled)
    print(f"browser: {SLICES} slices: {1000 / mean:.0f} slices/s, the longest took {longest:.0f} ms")
    values = modality_values(image)
    for name, redraw in (("matplotlib", with_matplotlib(values)), ("PNG in the kernel", with_png(values))):
        taken = 1000 * statistics.median(timed(redraw, step) for step in range(10))
        print(f"{name}: {taken:.1f} ms, without the way to the browser: {taken / paint:.0f} x")
    return 0


def drag(page: Page) -> tuple[list[float], list[float]]:
    """Move the window `STEPS` times; return painting times and times between frames, in ms."""
    measured = page.evaluate(DRAG, STEPS)
    return measured["paints"], measured["frames"]


def with_matplotlib(values: np.ndarray) -> Callable[[int], None]:
    """Return what a notebook with a slider and imshow does at each step."""
    import matplotlib as mpl  # noqa: PLC0415 - measured apart from the rest

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - the same

    def redraw(step: int) -> None:
        figure, axes = plt.subplots(figsize=(SIZE / 100, SIZE / 100), dpi=100)
        axes.imshow(values, cmap="gray", vmin=-160 + step, vmax=240 + step)
        figure.savefig(io.BytesIO(), format="png")
        plt.close(figure)

    return redraw


def with_png(values: np.ndarray) -> Callable[[int], None]:
    """Return what a notebook with a slider and a picture of Pillow does at each step."""
    return lambda step: Image.fromarray(display_values(values, 40 + step, 400)).save(
        io.BytesIO(), format="PNG"
    )


def timed(redraw: Callable[[int], None], step: int) -> float:
    """Return how many seconds one step takes."""
    start = time.perf_counter()
    redraw(step)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
