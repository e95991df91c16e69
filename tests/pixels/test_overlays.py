"""Overlays are those that pydicom and DCMTK find, and are not burned into a picture."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRBigEndian, JPEGLSLossless, RLELossless

from dicomkit.errors import ImageError
from dicomkit.pixels import compress, overlays, render, secondary_capture, stored_values
from dicomkit.pixels.display_hints import DisplayHintWarning

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
ROWS, COLUMNS = 9, 11
Bits = npt.NDArray[np.bool_]


def image(frames: int = 1) -> FileDataset:
    return secondary_capture(np.full((frames, ROWS, COLUMNS), 100, np.uint8))


def drawn(shape: tuple[int, ...], seed: int = 0) -> Bits:
    return np.random.default_rng(seed).random(shape) < 0.3


def draw(dataset: FileDataset, group: int, bits: Bits, **elements: Any) -> None:  # noqa: ANN401 - any VR
    """Add an overlay; `elements` by their keywords without the word Overlay."""
    tags = {
        "Origin": (0x0050, "SS"), "Frames": (0x0015, "IS"), "FrameOrigin": (0x0051, "US"), "Type": (0x0040, "CS"),
        "Subtype": (0x0045, "LO"), "Label": (0x1500, "LO"), "Description": (0x0022, "LO"),
    }  # fmt: skip
    dataset.add_new((group, 0x0010), "US", bits.shape[-2])
    dataset.add_new((group, 0x0011), "US", bits.shape[-1])
    dataset.add_new((group, 0x0100), "US", 1)
    dataset.add_new((group, 0x0102), "US", 0)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    dataset.add_new((group, 0x3000), "OW", packed + bytes(len(packed) % 2))
    for name, value in ({"Origin": [1, 1], "Type": "G"} | elements).items():
        dataset.add_new((group, tags[name][0]), tags[name][1], value)


def seen_by_dcmtk(
    dataset: FileDataset, folder: Path, peer: Callable[[str], str], frame: int = 1, *, number: int = 1
) -> Bits:
    """Return where dcm2pnm draws an overlay: where the picture with it differs from the one without."""
    dataset.save_as(folder / "in.dcm")
    pictures = []
    for options in (["-O"], ["+O", str(number)]):
        command = [peer("dcm2pnm"), "-q", "+F", str(frame), *options, folder / "in.dcm", folder / "out.pnm"]
        subprocess.run(command, check=True, timeout=60)
        with Image.open(folder / "out.pnm") as picture:
            pictures.append(np.asarray(picture))
    differs: Bits = pictures[0] != pictures[1]
    return differs


def seen(dataset: FileDataset, frame: int = 1) -> Bits:
    """Return where this kit draws overlays."""
    planes = [one.over(int(dataset.Rows), int(dataset.Columns)) for one in overlays(dataset, frame)]
    whole: Bits = np.logical_or.reduce([np.zeros((dataset.Rows, dataset.Columns), np.bool_), *planes])
    return whole


def test_a_real_overlay_is_what_pydicom_and_dcmtk_find(tmp_path: Path, peer: Callable[[str], str]) -> None:
    dataset = dcmread(BUNDLED / "examples_overlay.dcm")
    (overlay,) = overlays(dataset)
    assert np.array_equal(overlay.bits, dataset.overlay_array(0x6000).astype(np.bool_))
    assert (overlay.group, overlay.origin, overlay.type) == (0x6000, (1, 1), "G")
    assert overlay.description == "Siemens MedCom Object Graphics"
    # dcm2pnm draws with the highest grey level, which some pixels have anyway.
    differs = seen_by_dcmtk(dataset, tmp_path, peer)
    assert not (differs & ~overlay.bits).any()
    assert differs.sum() > 0.8 * overlay.bits.sum()


@pytest.mark.parametrize("origin", [(1, 1), (3, 4), (-2, -3), (0, 1), (8, 10), (40, 1), (1, -40)])
@pytest.mark.parametrize("shape", [(ROWS, COLUMNS), (4, 5), (20, 30)])
def test_it_lies_where_its_origin_says(
    shape: tuple[int, int], origin: tuple[int, int], tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = image()
    draw(dataset, 0x6000, drawn(shape), Origin=list(origin))
    assert np.array_equal(seen(dataset), seen_by_dcmtk(dataset, tmp_path, peer))
    assert overlays(dataset)[0].origin == origin


@pytest.mark.parametrize(
    "said", [{}, {"Frames": 1}, {"Frames": 1, "FrameOrigin": 2}, {"Frames": 2}, {"Frames": 2, "FrameOrigin": 2}, {"Frames": 3}],
    ids=str,
)  # fmt: skip
def test_it_lies_over_the_frames_that_it_is_meant_for(
    said: dict[str, int], tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = image(3)
    draw(dataset, 0x6000, drawn((said.get("Frames", 1), ROWS, COLUMNS)), **said)
    for frame in (1, 2, 3):
        assert np.array_equal(seen(dataset, frame), seen_by_dcmtk(dataset, tmp_path, peer, frame)), frame


def test_several_groups_come_in_their_order_with_their_names(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = image()
    names = {0x6002: "second", 0x6000: "first", 0x601E: "last"}
    for seed, (group, name) in enumerate(names.items()):
        draw(dataset, group, drawn((ROWS, COLUMNS), seed), Type="R", Subtype="USER", Label=name)
    found = overlays(dataset)
    assert [(one.group, one.label) for one in found] == [
        (0x6000, "first"),
        (0x6002, "second"),
        (0x601E, "last"),
    ]
    assert {(one.type, one.subtype) for one in found} == {("R", "USER")}
    for number, overlay in enumerate(found[:2], start=1):
        bits = dataset.overlay_array(overlay.group).astype(np.bool_)
        assert np.array_equal(overlay.bits, bits)
        assert seen_by_dcmtk(dataset, tmp_path, peer, number=number).any()


def embedded(position: int = 12, frames: int = 1) -> tuple[FileDataset, Bits]:
    """Make an image of 12 bits in 16, with an overlay in one of the bits above (retired in 2004)."""
    values = (np.arange(frames * ROWS * COLUMNS) * 7 % 4096).astype(np.uint16).reshape(frames, ROWS, COLUMNS)
    bits = drawn(values.shape)
    dataset = secondary_capture(values)
    dataset.BitsStored, dataset.HighBit = 12, 11
    dataset.PixelData = (values | bits.astype(np.uint16) << position).tobytes()
    for element, vr, value in ((0x10, "US", ROWS), (0x11, "US", COLUMNS), (0x40, "CS", "G"), (0x50, "SS", [1, 1]),
                               (0x100, "US", 16), (0x102, "US", position)):  # fmt: skip
        dataset.add_new((0x6000, element), vr, value)
    return dataset, bits


@pytest.mark.parametrize("position", [12, 13, 15])
def test_it_may_lie_in_unused_bits_of_the_pixels(
    position: int, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset, bits = embedded(position, frames=2)
    dataset.add_new((0x6000, 0x0015), "IS", 2)
    single, _ = embedded(position)
    differs = seen_by_dcmtk(single, tmp_path, peer)  # which knows them in images of one frame
    assert not (differs & ~overlays(single)[0].bits).any()
    assert differs.sum() > 0.9 * overlays(single)[0].bits.sum()
    for frame in (1, 2):
        (overlay,) = overlays(dataset, frame)
        assert overlay.is_embedded
        assert np.array_equal(overlay.bits, bits[frame - 1])
        assert stored_values(dataset, frame).max() < 4096  # and is no part of the values


def test_run_lengths_keep_those_bits_and_other_codecs_do_not() -> None:
    dataset, bits = embedded()
    packed = compress(dataset, RLELossless)
    (overlay,) = overlays(packed)
    assert np.array_equal(overlay.bits, bits[0])
    jpeg_ls = compress(image(), JPEGLSLossless)
    jpeg_ls.BitsAllocated, jpeg_ls.BitsStored, jpeg_ls.HighBit = 16, 8, 7
    jpeg_ls.add_new((0x6000, 0x0102), "US", 12)
    with pytest.warns(
        DisplayHintWarning, match="overlay 6000 was passed over: JPEG-LS Lossless .* keeps no unused bits"
    ):
        assert overlays(jpeg_ls) == []


def test_words_of_a_big_endian_image_begin_with_their_lower_byte(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = image()
    draw(dataset, 0x6000, drawn((ROWS, COLUMNS)))
    dataset.save_as(tmp_path / "little.dcm")
    subprocess.run(
        [peer("dcmconv"), "+tb", tmp_path / "little.dcm", tmp_path / "big.dcm"], check=True, timeout=60
    )
    big = dcmread(tmp_path / "big.dcm")
    assert big.file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    assert np.array_equal(seen(big), seen(dataset))


DAMAGE: dict[str, tuple[tuple[int, str, Any], str]] = {
    "no bytes": ((0x3000, "FD", 0.0), "its data are not bytes"),
    "too short": ((0x3000, "OW", b"\0\0"), "its data of 2 bytes are shorter than 99 bits a frame"),
    "no rows": ((0x0010, "US", 0), "it has 0 rows and 11 columns"),
    "one number": ((0x0050, "SS", 1), "its origin is not a row and a column"),
    "too large": ((0x0011, "US", 65535), "its data of"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_one_is_passed_over_in_words_and_hides_no_other(name: str) -> None:
    (element, vr, value), remark = DAMAGE[name]
    dataset = image()
    draw(dataset, 0x6000, drawn((ROWS, COLUMNS)))
    draw(dataset, 0x6002, drawn((ROWS, COLUMNS)))
    dataset.add_new((0x6000, element), vr, value)
    with pytest.warns(DisplayHintWarning, match=f"overlay 6000 was passed over: {remark}"):
        assert [one.group for one in overlays(dataset)] == [0x6002]


def test_a_bit_of_the_values_is_no_overlay() -> None:
    dataset, _ = embedded()
    dataset.add_new((0x6000, 0x0102), "US", 5)
    with pytest.warns(DisplayHintWarning, match="bit 5 of the pixels belongs to the values"):
        assert overlays(dataset) == []


def test_none_is_none_and_a_frame_that_is_not_there_is_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert overlays(image()) == []
        emptied = image()
        emptied.add_new((0x6000, 0x0010), "US", 4)
        assert overlays(emptied) == []
    with pytest.raises(ImageError, match="frame 2: the image has 1 frame"):
        overlays(image(), 2)


def test_it_is_written_into_no_picture() -> None:
    dataset = image()
    before = render(dataset)
    draw(dataset, 0x6000, drawn((ROWS, COLUMNS)))
    assert np.array_equal(render(dataset), before)
    assert np.array_equal(stored_values(dataset), np.full((ROWS, COLUMNS), 100))


def test_looking_for_overlays_changes_nothing() -> None:
    dataset, _ = embedded()
    before = dataset.to_json()
    overlays(dataset)
    assert dataset.to_json() == before
