"""Time the metadata viewer in the browser: searching and scrolling 50,000 lines, and a map of 2,000 instances.

Run as ``python -m tests.benchmarks.bench_metadata_viewer``. Prints milliseconds and frames a second.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dicomkit.files.indexing import index
from dicomkit.samples import ct_series
from dicomkit.viewers import MetadataViewer
from tests.benchmarks.bench_index import make_folder

LINES = 50_000
INSTANCES = 2_000
WORDS = ["r", "ro", "row", "rows", "", "2.25", "0028", "patient", "no such text", "ct"]
VIEW = "document.querySelector('section').dicomkitView"

# Fills the viewer with many lines, each of which is an object of its own as in a large file.
FILL = f"""(count) => {{
  const {{ elements }} = {VIEW};
  const some = elements.lines;
  const lines = Array.from({{ length: count }}, (_, n) => ({{ ...some[n % some.length], path: `${{n}}` }}));
  elements.take(lines, ["one"]);
  elements.show(null, "");
}}"""
# One letter or word after the other, as fast as it goes; with the drawing of what was found.
SEARCH = f"""async (words) => {{
  const view = {VIEW};
  const times = [];
  for (const word of words) {{
    view.search.value = word;
    const started = performance.now();
    await view.filter();
    times.push(performance.now() - started);
  }}
  return times;
}}"""
# Scrolls by some pixels each frame; the time from frame to frame.
SCROLL = f"""([steps, pixels]) => new Promise((resolve) => {{
  const grid = {VIEW}.elements.node;
  const frames = [];
  let [step, before] = [0, performance.now()];
  const next = (now) => {{
    if (step) frames.push(now - before);
    before = now;
    step += 1;
    if (step > steps) return resolve(frames);
    grid.scrollTop = step * pixels;
    requestAnimationFrame(next);
  }};
  requestAnimationFrame(next);
}})"""
MAP = f"""() => {{
  const started = performance.now();
  {VIEW}.map.draw();
  {VIEW}.map.tree.getBoundingClientRect();
  return performance.now() - started;
}}"""


def page_of(page: Page, viewer: MetadataViewer, folder: Path) -> None:
    viewer.export_html(folder / "page.html")
    page.goto((folder / "page.html").as_uri())
    page.locator("body[data-ready]").wait_for(timeout=120_000)


def main() -> None:
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("chromium is not installed")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 760})
        page_of(page, MetadataViewer(ct_series(1, size=16)), Path(name))
        page.evaluate(FILL, LINES)
        times = [time for _ in range(5) for time in page.evaluate(SEARCH, WORDS)]
        print(
            f"search of {LINES} lines: median {statistics.median(times):.1f} ms, longest {max(times):.1f} ms"
        )
        page.get_by_role("button", name="Regular expression").click()
        first, *times = page.evaluate(SEARCH, ["^rows$", "^(?=.*date).*time", "2\\.25.*7$", "^p.*t$"])
        print(f"pattern: first {first:.1f} ms, then median {statistics.median(times):.1f} ms")
        page.get_by_label("Search the elements").fill("")
        for what, pixels in (("wheel", 120), ("scroll bar", 4000)):
            frames = page.evaluate(SCROLL, [300, pixels])
            print(
                f"{what}, {pixels} pixels a frame: {1000 / statistics.mean(frames):.0f} frames a second, "
                f"longest {max(frames):.0f} ms, {sum(frame > 34 for frame in frames)} of {len(frames)} above 34 ms"
            )
        make_folder(Path(name) / "many", INSTANCES, size=16)
        started = time.perf_counter()
        found = index(Path(name) / "many")
        print(f"index of {INSTANCES} instances: {1000 * (time.perf_counter() - started):.0f} ms")
        viewer = MetadataViewer(found)
        started = time.perf_counter()
        for question in viewer.questions():
            if question["ask"] == "attributes":
                viewer.answer(question)
        print(f"all attributes of {INSTANCES} instances: {1000 * (time.perf_counter() - started):.0f} ms")
        page_of(page, viewer, Path(name))
        print(f"map of {INSTANCES} tiles: drawn in {page.evaluate(MAP):.0f} ms")
        browser.close()


if __name__ == "__main__":
    main()
