"""The progress bar while files are read, and the button that stops the reading while the cell is running."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
from playwright.sync_api import expect

from dicomkit.files.writing import encode_file
from dicomkit.index.entries import FileEntry, Head
from dicomkit.samples import ct_series
from dicomkit.viewers import MetadataViewer
from dicomkit.viewers.frame.progress import ProgressBar
from tests.support.lab_notebook import lab_notebook
from tests.support.viewer_pages import chromium, open_live

COUNT = 200
# Every file takes a while, as on a slow drive; the bar is wanted at once.
SLOW = """
import threading
from dicomkit.index.entries import FileEntry
from dicomkit.viewers import MetadataViewer
from dicomkit.viewers.frame import progress
progress._AFTER_S, seconds = 0.0, 0.5
read, wait = FileEntry.read_head, threading.Event().wait
def read_slowly(entry, limit_bytes):
    wait(seconds)
    return read(entry, limit_bytes)
FileEntry.read_head = read_slowly
print("slow")
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    (content,) = (encode_file(image) for image in ct_series(1, size=16))
    for number in range(COUNT):
        (folder / f"{number:04d}.dcm").write_bytes(content)
    return folder


def test_without_a_notebook_the_bar_is_a_line_that_is_wiped_out(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dicomkit.viewers.frame.progress._AFTER_S", 0.0)
    monkeypatch.setattr("dicomkit.viewers.frame.progress._EVERY_S", 0.0)
    assert len(MetadataViewer(study).index.rows) == COUNT
    drawn = capsys.readouterr().err.split("\r")
    assert "████████████░░░░░░░░░░░░ 100 of 200 entries; Ctrl+C cancels" in drawn
    assert drawn[-1] == ""
    assert set(drawn[-2]) == {" "}, "the bar is still there"


def test_an_interrupt_keeps_what_was_read(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = FileEntry.read_head

    def interrupted(entry: FileEntry, limit_bytes: int) -> Head:
        if entry.name == "0100.dcm":
            raise KeyboardInterrupt  # as the stop button of a notebook does
        return read(entry, limit_bytes)

    monkeypatch.setattr(FileEntry, "read_head", interrupted)
    found = MetadataViewer(study).index
    assert (found.count("read"), found.count("rejected")) == (100, 100)
    assert found.rows[-1].reason == "not read: the index was cancelled"


def test_the_bar_says_how_far_it_is_and_hands_on_the_wish_to_stop(peer: Callable[[str], str]) -> None:
    bar = ProgressBar()
    assert bar.show(0, 1234)
    with chromium(peer("chromium")) as browser:
        page = open_live(browser, bar)
        expect(page.locator(".dk-progress")).to_contain_text("1,234 entries found so far")
        drawn = page.get_by_role("progressbar", name="Entries read")
        assert drawn.evaluate("(bar) => bar.hasAttribute('value')") is False
        page.evaluate(
            "() => dicomkitViewers[0].hear({ event: 'progress', done: 500, total: 2000, elapsed_s: 20 })"
        )
        expect(page.locator(".dk-progress")).to_contain_text("500 of 2,000 entries read · about 60 s left")
        assert drawn.evaluate("(bar) => bar.value") == pytest.approx(0.25)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("status")).to_contain_text("the rest is listed as not read")
        expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    assert bar.is_cancelled
    assert not bar.show(501, 2000)
    bar.close()


def test_a_slow_folder_is_cancelled_in_jupyterlab_while_its_cell_runs(
    study: Path, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with lab_notebook(home, peer("chromium")) as notebook:
        assert notebook.printed(SLOW) == "slow"  # the whole takes 100 s
        cell = notebook.run(f"viewer = MetadataViewer({str(study)!r})\nviewer", waits=False)
        expect(cell.locator(".dk-progress")).to_contain_text(
            re.compile(r"\d+ of 200 entries read · about \d+ s left")
        )
        cell.get_by_role("button", name="Cancel").click()
        expect(cell.get_by_role("treegrid")).to_be_visible()
        expect(cell.locator(".dm-odd")).to_contain_text(
            re.compile(r"200 entries: \d+ read, 0 repaired, \d+ rejected")
        )
        expect(cell.get_by_role("progressbar", name="Entries read")).to_have_count(0)
        counts = notebook.printed("print(viewer.index.count('read') > 0, viewer.index.count('rejected') > 0)")
        assert counts == "True True"
        # And one that is let alone is whole; the bar leaves nothing behind.
        cell = notebook.run(f"seconds = 0.01\nwhole = MetadataViewer({str(study)!r})\nwhole")
        expect(cell.locator(".dm-odd")).to_contain_text("200 entries: 200 read, 0 repaired, 0 rejected")
        expect(cell.get_by_role("progressbar", name="Entries read")).to_have_count(0)
        assert "entries read" not in notebook.saved()
