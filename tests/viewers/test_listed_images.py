"""Of a plain file only the beginning is read, and what a viewer then lists is what it would list of the whole file."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file, write_file
from dicomkit.index.entries import BytesEntry, FileEntry
from dicomkit.samples import cine, ct_series
from dicomkit.viewers import ImageViewer
from dicomkit.viewers.image import picture_sources, series_description
from dicomkit.viewers.image.listed_images import ListedImage, ListedImages
from dicomkit.viewers.image.page_bounds import numbers_within
from dicomkit.viewers.image.picture_list import pictures_of
from dicomkit.viewers.image.picture_sources import FoundImages, ImageFile, images_among
from dicomkit.viewers.image.series_description import describe_series
from dicomkit.viewers.image.tags import TagTexts, tags_of
from tests.support.dicom_files import bundled_files, element, own_files, part10

HEAD_BYTES = 16 * 1024


def listed(content: bytes) -> ListedImage | None:
    return ListedImages().read(content[:HEAD_BYTES], len(content), lambda: content[-8:])


def described(source: FoundImages | Dataset) -> dict[str, Any]:
    """Return what is sent of an image before its pixels, and whether a page has room for it."""
    series = pictures_of(source).series
    return describe_series(series, "") | {"room": numbers_within(series[0].pictures)}


@pytest.mark.parametrize("path", [*own_files(), *bundled_files()], ids=lambda path: path.name)
def test_the_list_says_what_pydicom_reads(path: Path) -> None:
    content = path.read_bytes()
    if listed(content) is None:
        return
    try:
        expected = described(read_content(content))
    except DicomKitError as error:
        with pytest.raises(type(error)):
            described(images_among([ImageFile(BytesEntry("one", content))]))
        return
    assert described(images_among([ImageFile(BytesEntry("one", content))])) == expected


def test_most_images_of_one_frame_are_listed_by_their_beginning() -> None:
    contents = [path.read_bytes() for path in bundled_files()]
    assert sum(listed(content) is not None for content in contents) > 40


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (0x00280010, "IS", b"16"),  # Rows as text
        (0x00280010, "UL", struct.pack("<I", 16)),
        (0x00280008, "IS", b"2 "),  # Number of Frames
        (0x52009229, "SQ", b""),  # Shared Functional Groups Sequence
    ],
    ids=["text", "long", "frames", "groups"],
)
def test_what_is_not_plain_is_left_to_the_reader(tag: int, vr: str, value: bytes) -> None:
    elements = {
        0x00280010: element(0x00280010, "US", struct.pack("<H", 16)),
        0x7FE00010: element(0x7FE00010, "OW", bytes(8)),
    }
    assert listed(part10(b"".join(elements.values()))) is not None
    elements[tag] = element(tag, vr, value)
    assert listed(part10(b"".join(elements[tag] for tag in sorted(elements)))) is None


@pytest.mark.parametrize("given", ["folder", "files"])
def test_only_the_picture_that_is_looked_at_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    for number, each in enumerate(ct_series(5, size=128)):
        write_file(each, tmp_path / f"{number}.dcm")
    monkeypatch.setattr(picture_sources, "KEPT_BYTES", 0)
    read: list[str] = []
    content = FileEntry.read_content
    monkeypatch.setattr(FileEntry, "read_content", lambda entry: (read.append(entry.name), content(entry))[1])
    viewer = ImageViewer(tmp_path if given == "folder" else sorted(tmp_path.iterdir()))
    viewer.answer({"ask": "pictures"})
    assert read == []
    answer = viewer.answer({"ask": "frame", "picture": 4, "part": 0})
    assert bytes(answer.buffers[0]) == ct_series(5, size=128)[3].PixelData
    assert read == ["3.dcm"]
    assert ("Patient ID", "[masked]") not in answer.content["tags"]
    assert "KVP" in dict(answer.content["tags"])  # more than the list needs


def test_a_small_folder_may_go_while_its_viewer_stays(tmp_path: Path) -> None:
    for number, each in enumerate(ct_series(3, size=128)):
        write_file(each, tmp_path / f"{number}.dcm")
    viewer = ImageViewer(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    answer = viewer.answer({"ask": "frame", "picture": 3, "part": 0})
    assert bytes(answer.buffers[0]) == ct_series(3, size=128)[2].PixelData


def test_a_file_that_has_gone_says_so_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, each in enumerate(ct_series(3, size=128)):
        write_file(each, tmp_path / f"{number}.dcm")
    monkeypatch.setattr(picture_sources, "KEPT_BYTES", 0)
    viewer = ImageViewer(tmp_path)
    (tmp_path / "1.dcm").unlink()
    answer = viewer.answer({"ask": "frame", "picture": 2, "part": 0})
    assert "cannot be read" in answer.content["problem"]
    assert ("Instance Number", "2") in answer.content["tags"]
    assert "problem" not in viewer.answer({"ask": "frame", "picture": 3, "part": 0}).content


def test_a_large_copy_is_left_out_and_a_file_that_only_begins_alike_is_not(tmp_path: Path) -> None:
    image = ct_series(1, size=128)[0]
    write_file(image, tmp_path / "a.dcm")
    (tmp_path / "b.dcm").write_bytes((tmp_path / "a.dcm").read_bytes())
    values = image.pixel_array.copy()
    values[-1, -1] += 1
    image.PixelData = values.astype(np.int16).tobytes()
    write_file(image, tmp_path / "c.dcm")
    viewer = ImageViewer(tmp_path)
    assert len(viewer._pictures) == 2
    assert "1 file is not shown: 1 (a copy of another file, byte for byte)" in viewer.describe()


def test_frames_share_what_their_image_says_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = cine(4)
    loop.FrameTimeVector = [0, 20, 30, 40]
    for keyword in ("FrameTime", "RecommendedDisplayFrameRate", "CineRate"):
        if keyword in loop:
            delattr(loop, keyword)
    asked: list[int] = []
    rows, otherwise = series_description._SAID["rows"]
    monkeypatch.setitem(
        series_description._SAID,
        "rows",
        (lambda dataset, number: (asked.append(number), rows(dataset, number))[1], otherwise),
    )
    pictures = ImageViewer(loop).answer({"ask": "pictures"}).content["pictures"]
    assert [one["frame_time_ms"] for one in pictures] == [20, 30, 40, 20]
    assert [one["title"].split(", ")[-1] for one in pictures] == [f"frame {number}" for number in range(1, 5)]
    assert asked == [1]


def test_what_stands_beside_an_image_is_the_same_whatever_was_looked_at_before() -> None:
    texts = TagTexts()
    for path in bundled_files():
        try:
            once, again = (read_content(path.read_bytes()) for _ in range(2))
        except DicomKitError:
            continue
        expected = tags_of(once, 1, is_masked=False)
        assert tags_of(again, 1, is_masked=False, texts=texts) == expected
        assert tags_of(again, 1, is_masked=False, texts=texts) == expected


def test_images_of_which_only_the_beginning_is_read_take_little_room() -> None:
    files = [
        ImageFile(BytesEntry(str(number), encode_file(each)))
        for number, each in enumerate(ct_series(9, size=128))
    ]
    found = images_among(files, max_bytes=32_768)  # less than the first file has
    assert len(found.images) == 9
    assert found.left_out == []
