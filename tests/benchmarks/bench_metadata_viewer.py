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

from dicomkit.index.indexing import index
from dicomkit.samples import ct_series
from dicomkit.viewers import MetadataViewer
from tests.benchmarks.bench_index import make_folder

LINES = 50_000
INSTANCES = 2_000
ROUNDS = 5
# By field: letter after letter, a word, a part of a UID, nothing found, every line found, and back to no search.
SEARCHES = {
    "anything": ("r", "ro", "row", "rows", "2.25", "0028", "patient", "no such text", "ct", ")", ""),
    "tag": ("0", "0028", "(0028,0010)", "00280010", "no such tag", "(", ""),
    "keyword": ("p", "pa", "patient", "patientname", "no such keyword", "e", ""),
    "VR": ("p", "pn", "zz", ""),
    "value": ("1", "2.25", "2.25.8", "ct", "no such value", ""),
    "path": ("0028", "(0028", "ds.", "ds.patientname", "[9]", ""),
    "private creator": ("s", "siemens", "no such creator", ""),
    "module": ("p", "patient", "image plane", "no such module", ""),
}
PATTERNS = {
    "anything": ("^rows$", "^(?=.*date).*time", "2\\.25.*7$", "^p.*t$", ".", "no such pattern", "x*"),
    "keyword": ("^patient", "(date|time)$", "^$"),
    "value": ("\\d{8}", "^\\d+$", "[a-z]"),
}
HOSTILE = "^(a+)+$"
VIEW = "document.querySelector('section').dicomkitView"

# Fills the viewer with many lines as of a large file: items of a sequence, each value and each path another one.
FILL = f"""(count) => {{
  const {{ elements }} = {VIEW};
  const some = elements.lines;
  const lines = Array.from({{ length: count }}, (_, n) => {{
    const item = Math.floor(n / some.length);
    const {{ row }} = some[n % some.length];
    const own = row.with(0, `(5200,9230)[${{item}}].${{row[0]}}`).with(8, `${{row[8]}}.${{n}}`);
    return {{ ...some[n % some.length], path: own[0], row: own, cells: [own] }};
  }});
  elements.take(lines, ["one"]);
  elements.show(null, "");
}}"""
# One letter or word after the other, a frame apart as a person types; with drawing and laying out what was found.
SEARCH = f"""async ([field, words]) => {{
  const view = {VIEW};
  view.field.value = field;
  view.page.search.value = "";
  await view.filter();
  const times = [];
  for (const word of words) {{
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const started = performance.now();
    view.page.search.value = word;
    await view.filter();
    view.elements.node.getBoundingClientRect();
    times.push([performance.now() - started, field, word]);
  }}
  return times;
}}"""
# A value on which some patterns take years; the longest time between two turns of the page, meanwhile.
STOPPED = f"""async (pattern) => {{
  const view = {VIEW};
  const {{ lines }} = view.elements;
  const long = lines[0].row.with(8, "a".repeat(60) + "!");
  view.elements.take([{{ ...lines[0], row: long, cells: [long] }}, ...lines.slice(1)], ["one"]);
  view.page.search.value = pattern;
  let [before, longest, isOver] = [performance.now(), 0, false];
  const ended = view.filter().then(() => {{ isOver = true; }});
  while (!isOver) {{
    await new Promise((resolve) => setTimeout(resolve));
    longest = Math.max(longest, performance.now() - before);
    before = performance.now();
  }}
  await ended;
  return [longest, view.status.textContent];
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


def say(what: str, times: list[tuple[float, str, str]]) -> None:
    """Print medians; on a shared machine only the longest of all is somebody else's."""
    by_word: dict[tuple[str, str], list[float]] = {}
    for time_ms, field, word in times:
        by_word.setdefault((field, word), []).append(time_ms)
    (field, word), slowest = max(by_word.items(), key=lambda one: statistics.median(one[1]))
    every = [time_ms for time_ms, _, _ in times]
    print(
        f"{what}: median {statistics.median(every):.1f} ms, slowest {statistics.median(slowest):.1f} ms "
        f"({word!r} in {field}), longest of {len(every)} {max(every):.1f} ms"
    )


def main() -> None:
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("chromium is not installed")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 760})
        page_of(page, MetadataViewer(ct_series(1, size=16)), Path(name))
        page.evaluate(FILL, LINES)
        times = [
            one for _ in range(ROUNDS) for words in SEARCHES.items() for one in page.evaluate(SEARCH, words)
        ]
        say(f"search of {LINES} lines", times)
        page.get_by_role("button", name="Regular expression").click()
        first = [one for words in PATTERNS.items() for one in page.evaluate(SEARCH, words)]
        times = [
            one for _ in range(ROUNDS) for words in PATTERNS.items() for one in page.evaluate(SEARCH, words)
        ]
        say("pattern, at first", first)
        say("pattern", times)
        longest, said = page.evaluate(STOPPED, HOSTILE)
        print(f"pattern {HOSTILE}: the page waits {longest:.0f} ms at most; {said}")
        page.get_by_role("button", name="Regular expression").click()
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
