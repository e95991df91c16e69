"""A page has a limit of pixels; what it leaves out is named in its place and on stderr."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import RLELossless

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.pixels import compress, secondary_capture
from dicomkit.samples import cine, colour, ct_series, radiograph
from dicomkit.viewers import ImageViewer
from dicomkit.viewers.image import page_bounds
from dicomkit.viewers.image.page_bounds import MAX_PAGE_PICTURES, MAX_PAGE_PIXEL_BYTES, numbers_within


def loop(frames: int, size: int = 256) -> FileDataset:
    """Make a loop of little content: its file is a thousandth of its pixels."""
    dataset = compress(secondary_capture(np.zeros((frames, size, size, 3), np.uint8)), RLELossless)
    dataset.PatientIdentityRemoved, dataset.DeidentificationMethod = "YES", "synthetic"
    return dataset


def carried(viewer: ImageViewer) -> tuple[int, int]:
    """Return how many bytes of pixels the viewer's page carries, and how many pictures."""
    answers = viewer.page_viewer().answers
    frames = [(question, buffers) for question, content, buffers in answers if question["ask"] == "frame"]
    size = sum(len(buffers[0]) for _, buffers in frames if buffers)
    return size, len({question["picture"] for question, buffers in frames if buffers})


@pytest.mark.parametrize("images", [[colour()], [radiograph()], ct_series(3, size=64), [cine(4)], [loop(3)]])
def test_the_room_is_counted_in_the_bytes_that_a_page_carries(
    images: list[FileDataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = ImageViewer(images)
    size, count = carried(viewer)
    assert viewer.page_remark == ""
    monkeypatch.setattr(page_bounds, "MAX_PAGE_PIXEL_BYTES", size)
    assert len(numbers_within(viewer._pictures)) == count
    monkeypatch.setattr(page_bounds, "MAX_PAGE_PIXEL_BYTES", size - 1)
    assert len(numbers_within(viewer._pictures)) == count - 1


def test_a_small_file_does_not_become_a_large_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_bounds, "MAX_PAGE_PIXEL_BYTES", 10 * 256 * 256 * 3)
    write_file(loop(50), tmp_path / "loop.dcm")
    assert (tmp_path / "loop.dcm").stat().st_size < 500_000
    page = tmp_path / "page.html"
    assert main(["view", str(tmp_path / "loop.dcm"), "-o", str(page)]) == 0
    said = "40 of 50 pictures are left out: a page has room for 1966080 bytes of pixels and 2000 pictures"
    assert f"dicomkit view: {said}; make one of fewer files" in capsys.readouterr().err
    assert page.stat().st_size < 2 * 10 * 256 * 256 * 3 + 2_000_000
    assert page.read_text(encoding="utf-8").count(said) == 40


def test_a_picture_that_is_left_out_says_so_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_bounds, "MAX_PAGE_PICTURES", 2)
    viewer = ImageViewer(loop(4, size=16))
    answers = {
        question["picture"]: content
        for question, content, _ in viewer.page_viewer().answers
        if question["ask"] == "frame"
    }
    assert ["problem" in answers[number] for number in (1, 2, 3, 4)] == [False, False, True, True]
    assert answers[3]["problem"] == viewer.page_remark
    # With a kernel, all of them are there.
    assert "problem" not in viewer.answer({"ask": "frame", "picture": 4, "part": 0}).content


def test_the_bounds_are_what_a_browser_opens() -> None:
    assert MAX_PAGE_PIXEL_BYTES * 4 // 3 <= 70_000_000
    assert MAX_PAGE_PICTURES <= 5000
