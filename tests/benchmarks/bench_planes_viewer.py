"""How fast the viewer of three planes scrolls through 300 slices of 512 x 512 in Chromium, and what memory it takes.

Run it with ``python tests/benchmarks/bench_planes_viewer.py``. The volume is asked for as in a notebook, piece by piece;
then each plane is scrolled by 120 steps, one for each animation frame.
"""

from __future__ import annotations

import shutil
import time

import numpy as np
from playwright.sync_api import Page

from dicomkit.viewers import PlanesViewer
from dicomkit.volumes import Volume
from tests.support.viewer_pages import chromium, open_live

SHAPE = (300, 512, 512)
STEPS = 120
SCROLL = """async ([number, steps]) => {
  const cut = document.querySelectorAll(".dk-cut")[number];
  const cuts = document.querySelector(".dk-cuts");
  const draws = [];
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  cut.focus();
  const start = performance.now();
  for (let step = 0; step < steps; step += 1) {
    cut.dispatchEvent(new KeyboardEvent("keydown", { key: step < steps / 2 ? "PageUp" : "PageDown", bubbles: true }));
    await frame();
    await frame();
    draws.push(Number(cuts.dataset.drawMs));
  }
  draws.sort((one, other) => one - other);
  return [performance.now() - start, draws[draws.length >> 1], draws[Math.floor(draws.length * 0.95)]];
}"""


def measure(page: Page) -> None:
    page.wait_for_selector(".dk-cuts[data-shows]", timeout=120_000)
    for number, plane in enumerate(("axial", "coronal", "sagittal")):
        total, median, slow = page.evaluate(SCROLL, [number, STEPS])
        print(
            f"{plane:9} {1000 / median:6.0f} draws/s (median {median:.1f} ms, 95 % {slow:.1f} ms), {STEPS} steps in {total:.0f} ms"
        )
    memory = page.evaluate("performance.memory ? performance.memory.usedJSHeapSize : 0")
    print(
        f"JavaScript heap {memory / 1e6:.0f} MB; the voxels are {2 * np.prod(SHAPE) / 1e6:.0f} MB beside it"
    )


def main() -> None:
    """Print draws in a second for each plane."""
    z, y, x = np.ogrid[:300, :512, :512]
    values = ((x * 3 + y * 5 + z * 7) % 2000 - 1000).astype(np.int16)
    affine = np.diag([0.5, 0.5, 1.0, 1.0])
    path = shutil.which("chromium")
    if path is None:
        message = "chromium is not installed"
        raise RuntimeError(message)
    with chromium(path) as browser:
        start = time.perf_counter()
        page = open_live(browser, PlanesViewer(Volume(values, affine, "HU", is_of_nobody=True)))
        page.wait_for_selector(".dk-cuts[data-shows]", timeout=180_000)
        print(f"the volume was there after {time.perf_counter() - start:.1f} s")
        measure(page)


if __name__ == "__main__":
    main()
