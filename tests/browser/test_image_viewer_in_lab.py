"""The image viewer in JupyterLab, with a kernel: mouse, keys, traits, a busy kernel, and what is saved."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
from playwright.sync_api import Locator, Page, expect

from tests.support.lab_notebook import LabNotebook, lab_notebook

SHOW = """
from dicomkit.samples import ct_series
from dicomkit.viewers import ImageViewer
series = ct_series(6, size=64)
for instance in series:
    instance.PatientIdentityRemoved = "NO"
    instance.PatientName, instance.PatientID, instance.StudyDescription = "MARKER^A", "MARKERB", "MARKERC"
viewer = ImageViewer(series)
viewer
"""
# Busy until a file appears: nothing that the kernel is told in the meantime is done by the main thread.
BUSY = """
from pathlib import Path
while not Path({flag!r}).exists():
    sum(range(1000))
"""
MANY = """
import copy
from dicomkit.samples import ct_series
from dicomkit.viewers import ImageViewer
image = ct_series(1, size=512)[0]
many = [copy.deepcopy(image) for _ in range(200)]
for number, one in enumerate(many):
    one.InstanceNumber, one.ImagePositionPatient = number + 1, [0, 0, number]
ImageViewer(many)
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory, peer: Callable[[str], str]) -> Iterator[LabNotebook]:
    with lab_notebook(tmp_path_factory.mktemp("home"), peer("chromium")) as opened:
        yield opened


@pytest.fixture(scope="module")
def view(notebook: LabNotebook) -> Locator:
    cell = notebook.run(SHOW)
    cell.locator('.dk-pixels[data-shows^="1 "]').wait_for()
    return cell.locator(".dk-view")


def shown(view: Locator) -> str:
    return view.locator(".dk-pixels").get_attribute("data-shows") or ""


def drag(view: Locator, right: int, down: int) -> None:
    view.scroll_into_view_if_needed()
    box = view.bounding_box()
    assert box is not None
    mouse = view.page.mouse
    mouse.move(box["x"] + 200, box["y"] + 200)
    mouse.down()
    mouse.move(box["x"] + 200 + right, box["y"] + 200 + down, steps=5)
    mouse.up()


def active_cell(notebook: LabNotebook) -> int:
    found: int = notebook.page.evaluate("() => jupyterapp.shell.currentWidget.content.activeCellIndex")
    return found


def python_comes_to_know(notebook: LabNotebook, view: Locator) -> bool:
    """Return whether Python has, or is about to have, what the view shows.

    JupyterLab sends one change after the other, and keeps back what changes while the kernel is busy; the
    last may come after the next cell.
    """
    in_python = partial(
        notebook.printed, 'print(f"{viewer.selection} {viewer.window[0]:g},{viewer.window[1]:g} LINEAR")'
    )
    return any(in_python() == shown(view) for _ in range(20))


def test_what_a_hand_does_python_knows(notebook: LabNotebook, view: Locator) -> None:
    drag(view, 60, 30)
    assert python_comes_to_know(notebook, view)
    center, width = ast.literal_eval(notebook.printed("print(viewer.window)"))
    assert center < 40
    assert width > 80


def test_what_python_sets_is_shown(notebook: LabNotebook, view: Locator) -> None:
    notebook.run('viewer.window, viewer.function, viewer.selection = (-600, 1500), "SIGMOID", 3')
    expect(view.locator(".dk-pixels")).to_have_attribute("data-shows", "3 -600,1500 SIGMOID")
    notebook.run('viewer.window, viewer.function, viewer.selection = None, "", 1')
    expect(view.locator(".dk-pixels")).to_have_attribute("data-shows", "1 40,80 LINEAR")


def test_keys_and_right_clicks_stay_with_the_viewer(notebook: LabNotebook, view: Locator) -> None:
    view.click()
    before = active_cell(notebook)
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    for key in (
        "ArrowDown",
        "ArrowDown",
        "ArrowUp",
        "d",
        "d",
        "a",
        "1",
        "f",
    ):  # d d deletes a cell, a adds one
        view.press(key)
    view.click(button="right")
    expect(notebook.page.locator(".lm-Menu")).to_have_count(0)
    assert active_cell(notebook) == before
    assert notebook.page.locator(".jp-Notebook .jp-Cell").count() == cells
    assert notebook.printed("print(viewer.selection)") == "2"
    notebook.run("viewer.selection = 1")


def test_the_wheel_is_the_notebooks_until_the_image_was_clicked_and_after_the_last_one(
    notebook: LabNotebook, view: Locator
) -> None:
    page = notebook.page
    page.set_viewport_size({"width": 1024, "height": 768})
    notebook.run("for line in range(80): print(line)")  # something to scroll to
    scroller = "document.querySelector('.jp-Notebook .jp-WindowedPanel-outer')"
    number = "document.querySelector('.dk-slider').value"
    page.evaluate(f"() => {{ {scroller}.scrollTop = 0; }}")
    notebook.page.locator(".jp-Notebook .jp-InputArea-editor").first.click()
    expect(view).to_be_in_viewport()
    view.hover()
    before = page.evaluate(number)
    assert turned_until(page, f"{scroller}.scrollTop > 60")
    assert page.evaluate(number) == before == "1"
    page.evaluate(f"() => {{ {scroller}.scrollTop = 0; }}")
    view.click(position={"x": 40, "y": 40})
    view.hover()
    assert turned_until(page, f"{number} === '6'")
    resting = page.evaluate(f"{scroller}.scrollTop")
    assert turned_until(page, f"{scroller}.scrollTop > {resting} + 60")
    assert page.evaluate(number) == "6"
    view.press("Home")


@pytest.mark.parametrize("size", [(1024, 768), (853, 480)], ids=str)
def test_what_is_read_is_seen_together_with_the_image(
    notebook: LabNotebook, view: Locator, size: tuple[int, int]
) -> None:
    page = notebook.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    viewer = view.locator("xpath=ancestor::*[contains(@class, 'dk-image')]")
    viewer.evaluate("(node) => node.scrollIntoView({ block: 'center' })")
    view.hover()
    for seen in (
        viewer.locator(".dk-probe"),
        viewer.get_by_role("button", name="Fit"),
        viewer.get_by_text("Mouse and keys"),
    ):
        expect(seen).to_be_in_viewport(ratio=0.99)
    box = viewer.bounding_box()
    assert box is not None
    assert box["height"] <= 0.71 * size[1]
    page.set_viewport_size({"width": 1400, "height": 1000})


def turned_until(page: Page, moved: str) -> bool:
    """Turn the wheel, a notch and two frames at a time, until a JavaScript expression holds; return whether it did."""
    for _ in range(100):
        if page.evaluate(moved):
            return True
        page.mouse.wheel(0, 100)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return False


def test_a_busy_kernel_stops_no_hand(notebook: LabNotebook, view: Locator, tmp_path: Path) -> None:
    flag = tmp_path / "enough"
    cell = notebook.run(BUSY.format(flag=str(flag)), waits=False)
    expect(cell.locator(".jp-InputPrompt").first).to_have_text("[*]:")
    before = shown(view)
    drag(view, -40, 20)
    expect(view.locator(".dk-pixels")).not_to_have_attribute("data-shows", before)
    dragged = shown(view)
    view.press("ArrowDown")
    expect(view.locator(".dk-pixels")).to_have_attribute("data-shows", dragged.replace("1", "2", 1))
    expect(cell.locator(".jp-InputPrompt").first).to_have_text("[*]:")
    flag.touch()
    expect(cell.locator(".jp-InputPrompt").first).not_to_have_text("[*]:")
    assert python_comes_to_know(notebook, view)


def test_linked_viewers_go_together_in_both_directions(notebook: LabNotebook, view: Locator) -> None:
    cell = notebook.run("other = ImageViewer(series[::2])\nviewer.link(other)\nother")
    pixels = cell.locator(".dk-pixels")
    pixels.wait_for()
    drag(view, 30, 0)
    view.press("End")
    window = ast.literal_eval(notebook.printed("print(viewer.window)"))
    expect(pixels).to_have_attribute("data-shows", f"3 {window[0]:g},{window[1]:g} LINEAR")
    notebook.run("other.window, other.selection = (100, 200), 2")
    expect(view.locator(".dk-pixels")).to_have_attribute("data-shows", "3 100,200 LINEAR")
    assert notebook.printed("print(viewer.selection, viewer.window, other.selection)") == "3 (100.0, 200.0) 2"


def test_a_saved_notebook_keeps_nothing_of_the_image(notebook: LabNotebook, view: Locator) -> None:
    expect(view.locator("xpath=ancestor::*[contains(@class, 'dicomkit')]").last).to_contain_text("masked")
    saved = notebook.saved()
    assert "not described here" in saved
    outputs = saved.replace("MARKER^A", "", 1).replace("MARKERB", "", 1).replace("MARKERC", "", 1)
    assert "MARKER" not in outputs, "more than the cell's own source"
    assert "image/png" not in saved


BLUE = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  for (let at = 0; at < data.length; at += 4) if (data[at + 2] > 100 && data[at] < 100 && data[at + 3] > 170) return true;
  return false;
}"""


def test_the_line_of_a_linked_viewer_goes_when_that_is_closed(notebook: LabNotebook) -> None:
    scout = notebook.run(
        "from dicomkit.samples import localiser\nscout, cutter = ImageViewer(localiser()), ImageViewer(series)\n"
        "scout.link(cutter)\nscout"
    )
    overlay = scout.locator(".dk-overlay").element_handle()
    notebook.run("cutter").locator('.dk-pixels[data-shows^="1 "]').wait_for()
    page = notebook.page
    page.wait_for_function(BLUE, arg=overlay)
    notebook.run("cutter.close()")
    page.wait_for_function(f"(canvas) => !({BLUE})(canvas)", arg=overlay)
    notebook.run("scout.close()")


def test_no_letter_or_number_typed_into_a_control_reaches_the_notebook(
    notebook: LabNotebook, view: Locator
) -> None:
    cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    viewer = view.locator("xpath=ancestor::*[contains(@class, 'dk-image')]")
    for control in (
        viewer.get_by_role("button", name="Fit"),
        viewer.get_by_label("images/s"),
        viewer.get_by_label("Image", exact=True).last,
    ):
        control.focus()
        for key in ("d", "d", "a", "b", "x", "0", "0"):  # delete, add, cut a cell; restart the kernel
            control.press(key)
    viewer.get_by_label("Center").fill("100")
    viewer.get_by_label("Center").press("Enter")
    expect(view.locator(".dk-pixels")).to_have_attribute("data-shows", re.compile(" 100,"))
    assert notebook.page.locator(".jp-Notebook .jp-Cell").count() == cells
    expect(notebook.page.locator(".jp-Dialog")).to_have_count(0)
    viewer.get_by_role("button", name="Reset").click()


# The last test: it restarts the kernel.
def test_a_restarted_kernel_is_named_and_what_is_there_can_still_be_seen(notebook: LabNotebook) -> None:
    complaints: list[str] = []
    notebook.page.on("pageerror", lambda error: complaints.append(str(error)))
    cell = notebook.run(MANY)
    view = cell.locator(".dk-view")
    cell.locator('.dk-pixels[data-shows^="1 "]').wait_for()
    notebook.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    view.press("End")
    expect(cell.locator(".dk-notice")).to_contain_text("run the cell again")
    view.press("Home")
    expect(cell.locator(".dk-pixels")).to_have_attribute("data-shows", "1 40,80 LINEAR")
    view.press("p")
    expect(cell.locator(".dk-pixels")).not_to_have_attribute("data-shows", "1 40,80 LINEAR")
    assert complaints == []
