"""How long one change of the window takes: in the browser, and by redrawing in the kernel.

Run as ``python tests/benchmarks/bench_image_viewer.py``; it asks for ``pip install ipympl`` besides the test
extra. Everything runs in one JupyterLab with one kernel, and is told three times:

- *ready*: from the moment at which a hand has moved to the moment at which the new pixels are in the page. What
  is only waiting for the screen to come round (up to 17 ms at 60 Hz) is not counted, for nobody.
- *seen*: until the frame of the screen that shows them begins, that waiting included. No way can be faster than
  the screen here, so this is what an eye notices, and the ratio is smaller.
- how many changes a drag shows each second.

The peers get the best case: one figure that is kept and redrawn, a front end of a few lines, and the next
change only when the one before has been shown.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator

from tests.support.lab_notebook import LabNotebook, lab_notebook
from tests.support.window_drag import DRAG

SIZE = 512
SLICES = 500
STEPS = {"ImageViewer": 120, "PNG": 30, "matplotlib": 15, "ipympl": 15}
BUSY_S = 4

SET_UP = f"""
import io
import anywidget, numpy as np, traitlets
from PIL import Image
from dicomkit.pixels import display_values, modality_values
from dicomkit.samples import ct_series
from dicomkit.viewers import ImageViewer

image = ct_series(1, size={SIZE})[0]
values = modality_values(image)

class Redraw(anywidget.AnyWidget):
    '''The shortest way there is from a hand in the browser to the kernel and back with a picture.'''
    _esm = '''
    export default {{
      render({{ model, el }}) {{
        const shown = document.createElement("img");
        let isShown;
        el.append(shown);
        model.on("msg:custom", async (name, [png]) => {{
          const address = URL.createObjectURL(new Blob([png], {{ type: "image/png" }}));
          shown.src = address;
          await shown.decode();
          URL.revokeObjectURL(address);
          isShown?.();
        }});
        window[model.get("name")] = (step) => new Promise((resolve) => {{
          isShown = resolve;
          model.set("step", step);
          model.save_changes();
        }});
      }},
    }};
    '''
    name = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int().tag(sync=True)

def redrawn(name, draw):
    widget = Redraw(name=name)
    def redraw(change):
        picture = draw(change["new"])
        if picture:
            widget.send({{}}, [picture])
    widget.observe(redraw, "step")
    return widget
"""
PNG = """
def png(step):
    stream = io.BytesIO()
    Image.fromarray(display_values(values, 40 + step, 400)).save(stream, format="PNG")
    return stream.getvalue()
redrawn("PNG", png)
"""
MATPLOTLIB = """
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
figure = Figure(figsize=(5.12, 5.12), dpi=100)
FigureCanvasAgg(figure)
shown = figure.subplots().imshow(values, cmap="gray", vmin=-160, vmax=240)
def drawn(step):
    shown.set_clim(-160 + step, 240 + step)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
redrawn("matplotlib", drawn)
"""
IPYMPL = """
import matplotlib
matplotlib.use("module://ipympl.backend_nbagg")
from matplotlib import pyplot as plt
plt.ioff()
with plt.ioff():
    kept, axes = plt.subplots(figsize=(5.12, 5.12), dpi=100)
seen = axes.imshow(values, cmap="gray", vmin=-160, vmax=240)
def moved(step):
    seen.set_clim(-160 + step, 240 + step)
    kept.canvas.draw()
from IPython.display import display
display(redrawn("ipympl", moved))
display(kept.canvas)
"""
# ipympl draws what arrived into its canvas: that is when it is there.
WATCH_IPYMPL = """() => {
  const { drawImage } = CanvasRenderingContext2D.prototype;
  let isShown;
  CanvasRenderingContext2D.prototype.drawImage = function (...words) {
    drawImage.apply(this, words);
    if (this.canvas.isConnected && this.canvas.closest(".jupyter-matplotlib, .jp-OutputArea")) isShown?.();
  };
  const ask = window.ipympl;
  window.ipympl = (step) => new Promise((resolve) => {
    isShown = resolve;
    ask(step);
  });
}"""
# One change after the other, each when the one before was shown.
REDRAW = """async ([name, steps, most_ms]) => {
  const [ready, seen] = [[], []];
  const end = performance.now() + most_ms;
  for (let step = 1; step <= steps && performance.now() < end; step += 1) {
    const start = performance.now();
    const late = new Promise((resolve) => setTimeout(resolve, Math.max(0, end - start), "late"));
    if ((await Promise.race([window[name](step), late])) === "late") break;
    ready.push(performance.now() - start);
    requestAnimationFrame(() => seen.push(performance.now() - start)); // the next change does not wait for it
  }
  await new Promise(requestAnimationFrame);
  return { ready, seen };
}"""
# What the browser manages at this moment when nothing is to be drawn: no drag can show more.
NOTHING = """(frames) => new Promise((resolve) => {
  let [step, start] = [0, 0];
  const next = (now) => {
    if (step === 0) start = now;
    step += 1;
    if (step > frames) return resolve((1000 * frames) / (now - start));
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""
SCROLL = """(view, slices) => new Promise((resolve) => {
  const canvas = view.querySelector(".dk-pixels");
  const frames = [];
  let [step, before, blank] = [0, 0, 0];
  const next = (now) => {
    if (step > 1) {
      frames.push(now - before);
      blank += canvas.dataset.shows === "";
    }
    before = now;
    step += 1;
    if (step > slices) return resolve({ frames, blank });
    requestAnimationFrame(next);
    setTimeout(() => view.dispatchEvent(new WheelEvent("wheel", { deltaY: 100, bubbles: true, cancelable: true })));
  };
  requestAnimationFrame(next);
})"""


def main() -> int:
    if importlib.util.find_spec("ipympl") is None:
        sys.stderr.write(
            "bench_image_viewer: ipympl is missing; it is measured as well: pip install ipympl\n"
        )
        return 1
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("bench_image_viewer: chromium is missing; install it from your distribution\n")
        return 1
    with tempfile.TemporaryDirectory() as folder, lab_notebook(Path(folder), chromium) as notebook:
        print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        notebook.run(SET_UP)
        view = notebook.run("ImageViewer(image)").locator(".dk-view")
        view.locator('.dk-pixels[data-shows^="1 "]').wait_for()
        redraw_cells = {"PNG": PNG, "matplotlib": MATPLOTLIB, "ipympl": IPYMPL}
        for name, source in redraw_cells.items():
            notebook.run(source)
            notebook.page.wait_for_function("(name) => window[name] !== undefined", arg=name)
        notebook.page.evaluate(WATCH_IPYMPL)
        view.scroll_into_view_if_needed()
        report_changes(notebook, view)
        report_busy(notebook, view)
        report_scrolling(notebook)
    return 0


def report_changes(notebook: LabNotebook, view: Locator) -> None:
    """Print how long one change takes, with an idle kernel."""
    view.evaluate(DRAG, STEPS["ImageViewer"])  # the first time a browser compiles what it runs
    dragged = view.evaluate(DRAG, STEPS["ImageViewer"])
    work_ms, per_second = summary(dragged)
    seen_ms = statistics.median(dragged["seen"])
    print(f"one window change of {SIZE} x {SIZE}: ready, seen, and how many a drag shows each second")
    screen = f"of {ceiling(notebook):.1f} frames/s"
    print(f"  ImageViewer  {work_ms:7.2f} ms         {seen_ms:7.1f} ms        {per_second:5.1f} /s, {screen}")
    for name in ("PNG", "matplotlib", "ipympl"):
        redraw(notebook, name, 3, 60)
        taken = redraw(notebook, name, STEPS[name], 60)
        ready, seen = statistics.median(taken["ready"]), statistics.median(taken["seen"])
        print(
            f"  {name:11}  {ready:7.2f} ms {ready / work_ms:5.0f} x {seen:7.1f} ms {seen / seen_ms:4.1f} x "
            f"{1000 / statistics.mean(taken['ready']):5.1f} /s"
        )


def report_busy(notebook: LabNotebook, view: Locator) -> None:
    """Print how many changes a drag shows each second while the kernel computes."""
    print("while the kernel is busy")
    for name in STEPS:
        end = f"import time\nend = time.monotonic() + {BUSY_S + 2}\nwhile time.monotonic() < end: sum(range(1000))"
        cell = notebook.run(end, waits=False)
        cell.locator(".jp-InputPrompt", has_text="[*]").wait_for()
        if name == "ImageViewer":
            per_second = summary(view.evaluate(DRAG, BUSY_S * 30))[1]
            print(f"  {name:11}  {per_second:5.1f} /s, of {ceiling(notebook):.1f} frames/s")
        else:
            per_second = len(redraw(notebook, name, 1000, BUSY_S)["ready"]) / BUSY_S
            print(f"  {name:11}  {per_second:5.1f} /s")
        cell.locator(".jp-InputPrompt", has_text="[*]").wait_for(state="detached")


def report_scrolling(notebook: LabNotebook) -> None:
    """Print how a study of many slices scrolls, while its frames arrive and once they are there."""
    notebook.run(
        f"""
import copy
many = []
for number in range({SLICES}):
    one = copy.deepcopy(image)
    one.SOPInstanceUID, one.InstanceNumber = f"1.2.3.{{number}}", number + 1
    one.ImagePositionPatient = [0, 0, number]
    many.append(one)
"""
    )
    view = notebook.run("ImageViewer(many)").locator(".dk-view")
    view.locator('.dk-pixels[data-shows^="1 "]').wait_for()
    view.scroll_into_view_if_needed()
    print(f"a wheel over {SLICES} slices of {SIZE} x {SIZE}")
    for _ in range(6):
        scrolled = view.evaluate(SCROLL, SLICES)
        frames, blank = scrolled["frames"], scrolled["blank"]
        print(
            f"  {1000 / statistics.mean(frames):5.1f} slices/s, longest {max(frames):4.0f} ms, "
            f"{blank} passed before their frame had arrived"
        )
        if not blank:
            break
        view.press("Home")
        notebook.page.wait_for_timeout(5000)


def ceiling(notebook: LabNotebook) -> float:
    """Return how many frames a second the browser has at this moment; a busy machine has fewer than 60."""
    frames_per_second: float = notebook.page.evaluate(NOTHING, STEPS["ImageViewer"])
    return frames_per_second


def redraw(notebook: LabNotebook, name: str, steps: int, most_s: float) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = notebook.page.evaluate(REDRAW, [name, steps, most_s * 1000])
    return taken


def summary(dragged: dict[str, Any]) -> tuple[float, float]:
    """Return what one change takes, in ms, and how many were shown each second."""
    return statistics.median(dragged["work"]), 1000 * dragged["changes"] / sum(dragged["frames"])


if __name__ == "__main__":
    sys.exit(main())
