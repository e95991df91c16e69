"""How fast the viewer of three planes scrolls through 300 slices of 512 x 512 in Chromium, and what memory it takes.

Run it with ``python tests/benchmarks/bench_planes_viewer.py``. The volume is asked for as in a notebook, piece by piece;
then each plane is scrolled by 120 steps, one for each animation frame. A step counts once the page shows its cut: the
title says so, and at the end the pixels on the canvas are those that Python computes. Memory is what the system says of
the browser's page process (Linux).
"""

from __future__ import annotations

import base64
import shutil
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page

from dicomkit.pixels import display_values
from dicomkit.viewers import PlanesViewer
from dicomkit.volumes import Volume
from tests.support.viewer_pages import chromium, open_live

SHAPE = (300, 512, 512)
STEPS = 120
WINDOW = (0.0, 2000.0)
# Each key is sent behind a frame; the next frame has to show it, or the step takes another frame.
SCROLL = """async ([number, steps]) => {
  const cut = document.querySelectorAll(".dk-cut")[number];
  const cuts = document.querySelector(".dk-cuts");
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const [times, draws] = [[], []];
  cut.focus();
  await frame();
  for (let step = 0; step < steps; step += 1) {
    const start = performance.now();
    const before = cuts.dataset.shows;
    cut.dispatchEvent(new KeyboardEvent("keydown", { key: step < steps / 2 ? "PageUp" : "PageDown", bubbles: true }));
    do await frame(); while (cuts.dataset.shows === before);
    times.push(performance.now() - start);
    draws.push(Number(cuts.dataset.drawMs));
  }
  for (const list of [times, draws]) list.sort((one, other) => one - other);
  const at = (list, part) => list[Math.floor((list.length - 1) * part)];
  const total = times.reduce((sum, time) => sum + time, 0);
  return { fps: (1000 * steps) / total, slow: at(times, 0.95), worst: at(times, 1), draw: at(draws, 0.5) };
}"""
LEVELS = """(node) => {
  const canvas = node.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return btoa(Array.from({ length: data.length / 4 }, (_, at) => String.fromCharCode(data[4 * at])).join(""));
}"""


def check_pixels(page: Page, values: npt.NDArray[np.int16]) -> None:
    """Compare what is on each canvas with what Python makes of the same cut."""
    z, y, x = (size // 2 for size in SHAPE)
    for number, cut in enumerate((values[z], values[::-1, y], values[::-1, :, x])):
        shown = base64.b64decode(page.locator(".dk-cut").nth(number).evaluate(LEVELS))
        if shown != display_values(cut.astype(float), *WINDOW).tobytes():
            message = f"cut {number} is not what it should be"
            raise AssertionError(message)


def page_memory() -> tuple[float, float]:
    """Return what the largest page process of the browser takes now and took at most, in MB."""
    found = [(0.0, 0.0)]
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" not in (place / "cmdline").read_bytes():
                continue
            lines = (place / "status").read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            continue  # it has ended
        numbers = {
            name: int(value.split()[0]) / 1024
            for name, _, value in (line.partition(":") for line in lines)
            if name in {"VmRSS", "VmHWM"}
        }
        found.append((numbers.get("VmRSS", 0.0), numbers.get("VmHWM", 0.0)))
    return max(found)


def measure(page: Page, values: npt.NDArray[np.int16]) -> None:
    page.wait_for_selector(".dk-cuts[data-shows]", timeout=120_000)
    for number, plane in enumerate(("axial", "coronal", "sagittal")):
        told = page.evaluate(SCROLL, [number, STEPS])
        print(
            f"{plane:9} {told['fps']:5.0f} frames/s shown (95 % within {told['slow']:.0f} ms, worst {told['worst']:.0f} ms); drawing takes {told['draw']:.1f} ms"
        )
    check_pixels(page, values)
    now, most = page_memory()
    print(
        f"the page's process takes {now:.0f} MB, at most {most:.0f} MB; the voxels are {values.nbytes / 1e6:.0f} MB of it"
    )


def main() -> None:
    """Print the frames in a second for each plane, and the memory."""
    z, y, x = np.ogrid[:300, :512, :512]
    values = ((x * 3 + y * 5 + z * 7) % 2000 - 1000).astype(np.int16)
    affine = np.diag([0.5, 0.5, 1.0, 1.0])
    path = shutil.which("chromium")
    if path is None:
        message = "chromium is not installed"
        raise RuntimeError(message)
    with chromium(path) as browser:
        start = time.perf_counter()
        page = open_live(
            browser, PlanesViewer(Volume(values, affine, "HU", identity_removed=True), window=WINDOW)
        )
        page.wait_for_selector(".dk-cuts[data-shows]", timeout=180_000)
        print(f"the volume was there after {time.perf_counter() - start:.1f} s")
        measure(page, values)


if __name__ == "__main__":
    main()
