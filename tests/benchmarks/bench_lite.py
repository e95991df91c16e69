"""What the site for a browser costs, and the same steps in CPython beside it, in one run.

Run as ``DICOMKIT_PYODIDE=FOLDER python tests/benchmarks/bench_lite.py [workshop | viewer]``, on a quiet machine: a browser
shares its cores with everybody. Each time is wall time; a "first" visit finds nothing in the browser, a "second" one what the first left.
Memory is the proportional set size (PSS) of the browser and all its processes, with one page open.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dicomkit.cli import main as dicomkit
from dicomkit.files.writing import encode_file
from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook
from dicomkit.samples import ct_series
from dicomkit.viewers.viewer_page.dropped_files import DroppedFiles
from dicomkit.workshop.lite.recorded import for_browser
from tests.support.lab_notebook import CHROMIUM_OPTIONS, OPEN
from tests.support.lite_site import VARIABLE, expose_the_application, served
from tests.support.notebook_outputs import read
from tests.support.window_drag import DRAG

SLICES = 500
SIZE = 512
RUN = ("01", "05", "06", "11", "12")  # bytes, figures and viewers, the wire, volumes, an archive
TIMEOUT_MS = 900_000
GOALS = {"site": "70 MB", "kernel": "15 s", "paint": "1 s", "list": "3 s", "window": "2 ms"}
# The site's policy forbids eval, which Playwright's wait_for_function needs.
PAINTED = """() => new Promise((resolve) => {
    new PerformanceObserver((list) => {
        for (const { startTime } of list.getEntriesByName("first-contentful-paint")) resolve(startTime);
    }).observe({ type: "paint", buffered: true });
})"""
# JupyterLite says "idle" of a kernel once it has taken all that it needs.
IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
RUN_FIRST = """async () => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    notebook.activeCellIndex = notebook.widgets.findIndex(({ model }) => model.type === 'code');
    await jupyterapp.commands.execute('notebook:run-cell');
}"""
RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"


def main() -> int:
    chromium = shutil.which("chromium")
    distribution = os.environ.get(VARIABLE)
    if chromium is None or not distribution:
        sys.stderr.write(f"bench_lite: needs chromium, and {VARIABLE} (.ci/pyodide FOLDER makes one)\n")
        return 1
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        with told("build the site", ""):
            assert dicomkit(["lite", str(site), "--pyodide", distribution]) == 0
        expose_the_application(site)
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
        print(f"site                                {size / 1e6:8.1f} MB   goal {GOALS['site']}")
        dropped = Path(folder) / "dropped" / "study.zip"
        make_study(dropped)
        with sync_playwright() as playwright, served(site) as address:

            def launched() -> Browser:
                return playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)

            browser = launched()
            pyodide = json.loads((site / "dicomkit-site.json").read_text())["pyodide"]
            print(
                f"Chromium {browser.version}, Pyodide {pyodide}; beside it CPython {platform.python_version()}"
            )
            browser.close()
            if "viewer" not in sys.argv:
                measure_workshop(launched, address)
            if "workshop" not in sys.argv:
                measure_viewer(launched, address, dropped)
    return 0


def measure_workshop(launched: Any, address: str) -> None:  # noqa: ANN401 - makes a browser
    """Print how long it takes until a cell can be run, and how long Run All takes beside CPython."""
    browser = launched()
    context = opened(browser)
    asked: list[int] = []
    context.on("response", lambda response: asked.append(int(response.headers.get("content-length", 0))))
    for visit in ("first", "second"):
        page = context.new_page()
        start = time.perf_counter()
        page.goto(f"{address}workshop/lab/index.html?path={NOTEBOOKS[0].file_name}")
        page.wait_for_function("() => window.jupyterapp !== undefined")
        say(f"workshop, {visit}: JupyterLab is there", time.perf_counter() - start)
        page.wait_for_function(IDLE)
        say(f"workshop, {visit}: kernel ready", time.perf_counter() - start, GOALS["kernel"])
        page.evaluate(RUN_FIRST)
        say(f"workshop, {visit}: first cell has run", time.perf_counter() - start)
        if visit == "first":
            print(f"workshop, first: to download        {sum(asked) / 1e6:8.1f} MB at most")
            page.close()
    print(f"workshop, memory after that         {memory_mb(browser):8.0f} MB")
    for notebook in (each for each in NOTEBOOKS if each.number in RUN):
        here, beside = run_all_in(page, notebook), run_all_beside(notebook)
        print(
            f"Run All of {notebook.number}                       {here:8.1f} s   CPython {beside:6.1f} s   "
            f"ratio {here / beside:4.1f}   memory {memory_mb(browser):5.0f} MB"
        )
    browser.close()


def measure_viewer(launched: Any, address: str, dropped: Path) -> None:  # noqa: ANN401 - makes a browser
    """Print how long a dropped zip takes to its list and its first image, and one change of the window."""
    browser = launched()
    context = opened(browser)
    page = context.new_page()
    page.goto(address)
    say("front page: first paint", first_paint(page) / 1000, GOALS["paint"])
    print(f"front page, memory                  {memory_mb(browser):8.0f} MB")
    for visit in ("first", "second"):
        start = time.perf_counter()
        page.goto(f"{address}viewer/index.html")
        page.wait_for_selector("body[data-python=ready]")
        say(f"viewer, {visit}: first paint", first_paint(page) / 1000, GOALS["paint"])
        say(f"viewer, {visit}: Python ready", time.perf_counter() - start)
        page.wait_for_selector("body[data-kept=yes]")
    beside = the_same_in_cpython(dropped.parent)
    start = time.perf_counter()
    page.set_input_files("#files", dropped)
    page.wait_for_selector("body[data-shows=metadata]")
    say(f"zip of {SLICES}: list", time.perf_counter() - start, GOALS["list"], beside["list"])
    start = time.perf_counter()
    page.click("#tab-images")
    view = page.locator(".dk-view")
    view.locator('.dk-pixels[data-shows^="1 "]').wait_for()
    say(f"zip of {SLICES}: first image", time.perf_counter() - start, "", beside["first image"])
    view.evaluate(DRAG, 60)  # the first time a browser compiles what it runs
    work_ms = sorted(view.evaluate(DRAG, 120)["work"])
    print(f"one window change of {SIZE} x {SIZE}      {work_ms[60]:8.2f} ms   goal {GOALS['window']}")
    print(f"viewer, memory with the zip         {memory_mb(browser):8.0f} MB")
    browser.close()


def make_study(path: Path) -> None:
    """Write a zip with a series of slices, as large as those of a scanner."""
    path.parent.mkdir()
    image = ct_series(1, size=SIZE)[0]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(1, SLICES + 1):
            image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"2.25.{10**20 + number}"
            image.InstanceNumber, image.ImagePositionPatient = number, [-100, -100, number]
            archive.writestr(f"study/series/IM{number:04}", encode_file(image))


def the_same_in_cpython(folder: Path) -> dict[str, float]:
    """Return how long the same answers take here, in seconds."""
    files = DroppedFiles()
    start = time.perf_counter()
    files.open(str(folder), lambda *_: None)
    files.show("metadata", -1)
    files.ask(0, json.dumps({"ask": "overview"}))
    listed = time.perf_counter()
    files.show("images", -1)
    files.ask(1, json.dumps({"ask": "pictures"}))
    files.ask(1, json.dumps({"ask": "frame", "picture": 1, "part": 0}))
    return {"list": listed - start, "first image": time.perf_counter() - listed}


def run_all_in(page: Page, notebook: Notebook) -> float:
    """Return how long all cells take in the browser, in seconds, with a kernel of their own that is ready."""
    page.evaluate(OPEN, notebook.file_name)
    page.wait_for_function(IDLE)
    start = time.perf_counter()
    page.evaluate(RUN_ALL)
    taken = time.perf_counter() - start
    page.evaluate(
        """async () => {
            const panel = jupyterapp.shell.currentWidget;
            await panel.context.save();
            await panel.sessionContext.shutdown();
            panel.dispose();
        }"""
    )
    return taken


def run_all_beside(notebook: Notebook) -> float:
    """Return how long the same cells take in an ordinary kernel, in seconds."""
    cells = nbformat.reads(json.dumps(for_browser(read(notebook))), as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(cells, allow_errors=True, timeout=600)
    with tempfile.TemporaryDirectory() as folder, client.setup_kernel(cwd=folder):
        start = time.perf_counter()
        for index, cell in enumerate(cells.cells):
            client.execute_cell(cell, index)
        return time.perf_counter() - start


def opened(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT_MS)
    return context


def first_paint(page: Page) -> float:
    """Return when the first letters were seen, in ms since the page was asked for."""
    return float(page.evaluate(PAINTED))


def memory_mb(browser: Browser) -> float:
    """Return what the browser takes with all its processes, in MB; what is shared is counted once."""
    assert browser.is_connected()
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            if "chrom" in process.name():
                total += process.memory_full_info().pss
        except psutil.Error:
            pass  # it has ended
    return total / 1e6


@contextmanager
def told(what: str, goal: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    say(what, time.perf_counter() - start, goal)


def say(what: str, taken_s: float, goal: str = "", beside_s: float | None = None) -> None:
    """Print a line of the result."""
    beside = "" if beside_s is None else f"   CPython {beside_s:6.1f} s   ratio {taken_s / beside_s:4.1f}"
    print(f"{what:36}{taken_s:8.2f} s{f'   goal {goal}' if goal else ''}{beside}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
