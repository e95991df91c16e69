"""A bad display hint hides no pixel: it is ignored as by dcm2pnm, with a remark."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import Tag

from dicomkit.errors import ImageError
from dicomkit.files.writing import write_file
from dicomkit.pixels import modality_values, render, secondary_capture, stored_values, window_of
from dicomkit.pixels.display_hints import DisplayHints, DisplayHintWarning, display_hints
from dicomkit.viewers import ImageViewer
from dicomkit.viewers.inbox.arrived_pictures import thumbnail_answer

RAMP = np.arange(0, 4096, 4, dtype=np.uint16).reshape(32, 32)
CENTER, WIDTH, SLOPE, INTERCEPT = (
    (0x00281050, "DS"),
    (0x00281051, "DS"),
    (0x00281053, "DS"),
    (0x00281052, "DS"),
)
FUNCTION, SHAPE = (0x00281056, "CS"), (0x20500020, "CS")
PADDING, LIMIT = (0x00280120, "US"), (0x00280121, "US")
Raw = dict[tuple[int, str], bytes]


def image(raw: Raw, values: npt.NDArray[Any] = RAMP) -> FileDataset:
    """Make a 12-bit image, and set elements to bytes that no writer would write."""
    dataset = secondary_capture(values)
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        if keyword in dataset:
            del dataset[keyword]
    dataset.BitsStored, dataset.HighBit, dataset.PhotometricInterpretation = 12, 11, "MONOCHROME2"
    for (tag, vr), value in raw.items():
        put(dataset, tag, vr, value)
    return dataset


def put(dataset: Dataset, tag: int, vr: str | None, value: bytes) -> None:
    found = Tag(tag)
    dataset._dict[found] = RawDataElement(found, vr, len(value), value, 0, vr is None, is_little_endian=True)


def lut(descriptor: list[int] | None, entries: list[int] | None) -> Dataset:
    item = Dataset()
    if descriptor is not None:
        item.add_new(0x00283002, "US", descriptor)
    if entries is not None:
        item.add_new(0x00283006, "US", entries)
    item.ModalityLUTType = "US"
    return item


def hints_of(dataset: Dataset) -> DisplayHints:
    return display_hints(dataset, stored_values(dataset))


def rendered(dataset: FileDataset, window: int | None = None) -> tuple[npt.NDArray[np.uint8], list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        levels = render(dataset, window=window)
    assert {one.category for one in caught} <= {DisplayHintWarning}
    return levels, [str(one.message) for one in caught]


# What is written; what is said of it; and the options with which dcm2pnm shows the same.
BAD_WINDOWS: dict[str, tuple[Raw, str, tuple[str, ...]]] = {
    "width 0": ({CENTER: b"1000", WIDTH: b"0 "}, "window 1 was passed over: its width is 0, and", ("+Wi", "1")),
    "negative": ({CENTER: b"1000", WIDTH: b"-5"}, "window 1 was passed over: its width is -5", ("+Wi", "1")),
    "narrow": ({CENTER: b"1000", WIDTH: b"0.0024"}, "its width is 0.0024, and LINEAR asks", ("+Wi", "1")),
    "no width": ({CENTER: b"1000"}, "window 1 was passed over: its width is missing", ()),
    "no center": ({WIDTH: b"1000"}, "window 1 was passed over: its center is missing", ()),
    "one too many": ({CENTER: b"1280\\", WIDTH: b"2560\\"}, "window 2 was passed over: its center is empty", ("+Wi", "1")),
    "comma": ({CENTER: b"40,5", WIDTH: b"400,5 "}, "its center is no finite number", ()),
    "text": ({CENTER: b"abc ", WIDTH: b"100 "}, "its center is no finite number", ()),
    "nan": ({CENTER: b"nan ", WIDTH: b"100 "}, "its center is no finite number", ()),
    "infinite": ({CENTER: b"10", WIDTH: b"1e999 "}, "its width is no finite number", ()),
    "next one": ({CENTER: b"0\\1280", WIDTH: b"0\\1000"}, "window 1 was passed over: its width is 0", ("+Wi", "2")),
    "empty first": ({CENTER: b"\\1280 ", WIDTH: b"\\1000 "}, "window 1 was passed over: its center is empty", ("+Wi", "2")),
    "function": ({CENTER: b"1280", WIDTH: b"1000", FUNCTION: b"CUBIC "}, "VOI LUT Function was passed over", ("+Wi", "1")),
    "shape": ({SHAPE: b"FOO "}, "Presentation LUT Shape was passed over", ()),
    "slope 0": ({INTERCEPT: b"0 ", SLOPE: b"0 "}, "Rescale Slope was passed over: it is 0", ()),
    "slope text": ({INTERCEPT: b"0 ", SLOPE: b"abc "}, "Rescale Slope was passed over: it is no finite", ()),
    "slope comma": ({INTERCEPT: b"0 ", SLOPE: b"1,5 "}, "Rescale Slope was passed over", ()),
    "slope alone": ({SLOPE: b"2 "}, "Rescale Slope was passed over: Rescale Intercept is missing", ()),
    "intercept": ({INTERCEPT: b"1e999 ", SLOPE: b"1 "}, "Rescale Intercept was passed over", ()),
    "padding": ({PADDING: b"\0\0", LIMIT: b"\xff\x0f"}, "Pixel Padding Value was passed over: it and its", ()),
    "two paddings": ({PADDING: b"\0\0\1\0"}, "Pixel Padding Value was passed over: it is not one", ()),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_WINDOWS)
def test_a_bad_hint_is_passed_over_as_dcm2pnm_does(
    name: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    raw, remark, options = BAD_WINDOWS[name]
    levels, told = rendered(image(raw))
    assert len(told) == 1
    assert remark in told[0]
    image(raw).save_as(tmp_path / "in.dcm")
    if name == "intercept":  # dcm2pnm scales by infinity; without the rescale it shows the same image
        image({}).save_as(tmp_path / "in.dcm")
    subprocess.run(
        [peer("dcm2pnm"), "-q", *options, tmp_path / "in.dcm", tmp_path / "out.pnm"], check=True, timeout=60
    )
    with Image.open(tmp_path / "out.pnm") as picture:
        assert np.abs(np.asarray(picture).astype(int) - levels.astype(int)).max() <= 1


BAD_TABLES: dict[str, Dataset] = {
    "nothing": Dataset(),
    "empty descriptor": lut([], [0, 4]),
    "two numbers": lut([2, 0], [0, 4]),
    "no data": lut([2, 0, 8], None),
    "too short": lut([400, 0, 8], [0, 4]),
    "no bits": lut([2, 0, 0], [0, 4]),
    "17 bits": lut([2, 0, 17], [0, 4]),
    "entries beyond the bits": lut([2, 0, 8], [0, 4000]),
}


@pytest.mark.parametrize("name", BAD_TABLES)
@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
def test_a_bad_lookup_table_is_passed_over(keyword: str, name: str) -> None:
    dataset = image({CENTER: b"1280", WIDTH: b"1000"})
    without, _ = rendered(dataset)
    setattr(dataset, keyword, [BAD_TABLES[name]])
    levels, told = rendered(dataset)
    assert np.array_equal(levels, without)
    assert len(told) == 1
    assert told[0].startswith(
        "VOI LUT 1 was passed over" if "VOI" in keyword else "Modality LUT was passed over"
    )


# One item each: what it has. The frame's own group, the shared one, and what stands around both.
Macro = Raw | None
GOOD, OTHER = {CENTER: b"1280", WIDTH: b"1000"}, {CENTER: b"600 ", WIDTH: b"100 "}
BAD = {CENTER: b"1280", WIDTH: b"0 "}
NEXT_USABLE: dict[str, tuple[Macro, Macro, Raw, Raw, str]] = {
    "own": (GOOD, BAD, BAD, GOOD, ""),
    "shared": (BAD, GOOD, OTHER, GOOD, "window 1 of this frame was passed over: its width is 0"),
    "outside": (BAD, BAD, GOOD, GOOD, "window 1 of all frames was passed over"),
    "outside, no own": (None, BAD, GOOD, GOOD, "window 1 of all frames was passed over"),
    "none": (BAD, BAD, BAD, {}, "window 1 was passed over"),
    "half of one": ({WIDTH: b"10"}, GOOD, {}, GOOD, "window 1 of this frame was passed over: its center is missing"),
    "its own second": ({CENTER: b"9\\1280", WIDTH: b"0\\1000"}, OTHER, {}, GOOD, "window 1 of this frame was passed over"),
    "function of the same place": (BAD | {FUNCTION: b"SIGMOID "}, GOOD, {}, GOOD, "window 1 of this frame"),
    "function of the other place": (BAD, GOOD | {FUNCTION: b"SIGMOID "}, {}, GOOD | {FUNCTION: b"SIGMOID "}, "window 1 of"),
    "unknown function": (GOOD | {FUNCTION: b"CUBIC "}, OTHER, {}, GOOD, "VOI LUT Function was passed over"),
    "narrow, but exact": ({CENTER: b"1280", WIDTH: b".5", FUNCTION: b"LINEAR_EXACT"}, OTHER, {},
                          {CENTER: b"1280", WIDTH: b".5", FUNCTION: b"LINEAR_EXACT"}, ""),
}  # fmt: skip


def in_groups(macro: str, own: Macro, shared: Macro, outside: Raw) -> FileDataset:
    """Make an image with functional groups."""
    dataset = image(outside)
    for keyword, raw in (
        ("PerFrameFunctionalGroupsSequence", own),
        ("SharedFunctionalGroupsSequence", shared),
    ):
        group, item = Dataset(), Dataset()
        for (tag, vr), value in (raw or {}).items():
            put(item, tag, vr, value)
        if raw is not None:
            setattr(group, macro, [item])
        setattr(dataset, keyword, [group])
    return dataset


@pytest.mark.parametrize("name", NEXT_USABLE)
def test_the_nearest_window_that_makes_sense_takes_the_place_of_bad_ones(name: str) -> None:
    own, shared, outside, plain, remark = NEXT_USABLE[name]
    dataset = in_groups("FrameVOILUTSequence", own, shared, outside)
    levels, told = rendered(dataset)
    assert np.array_equal(levels, rendered(image(plain))[0])
    assert bool(told) == bool(remark)
    assert any(one.startswith(remark) for one in told) or not remark
    if plain:
        assert np.array_equal(rendered(dataset, hints_of(dataset).windows[0].number)[0], levels)


RESCALE, DOUBLE = {SLOPE: b"0 ", INTERCEPT: b"5 "}, {SLOPE: b"2 ", INTERCEPT: b"-100"}


@pytest.mark.parametrize(
    ("own", "shared", "outside", "remark"),
    [
        (RESCALE, DOUBLE, {}, "Rescale Slope of this frame was passed over: it is 0"),
        (None, RESCALE, DOUBLE, "Rescale Slope of all frames was passed over: it is 0"),
        ({INTERCEPT: b"7 "}, DOUBLE, {}, "Rescale Intercept was passed over: Rescale Slope is missing"),
        (DOUBLE, RESCALE, RESCALE, ""),
    ],
)
def test_the_nearest_rescale_that_makes_sense_takes_the_place_of_bad_ones(
    own: Macro, shared: Macro, outside: Raw, remark: str
) -> None:
    dataset = in_groups("PixelValueTransformationSequence", own, shared, outside | GOOD)
    levels, told = rendered(dataset)
    assert np.array_equal(levels, rendered(image(DOUBLE | GOOD))[0])
    assert [one.startswith(remark) for one in told] == [True] * bool(remark)


def test_a_bad_modality_lut_gives_way_to_a_rescale_as_in_dcm2pnm(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = image(DOUBLE | GOOD)
    dataset.ModalityLUTSequence = [lut(None, None)]
    levels, told = rendered(dataset)
    assert len(told) == 1
    dataset.save_as(tmp_path / "in.dcm")
    subprocess.run(
        [peer("dcm2pnm"), "-q", "+Wi", "1", tmp_path / "in.dcm", tmp_path / "out.pnm"], check=True, timeout=60
    )
    with Image.open(tmp_path / "out.pnm") as picture:
        assert np.abs(np.asarray(picture).astype(int) - levels.astype(int)).max() <= 1


def test_a_lookup_table_outside_gives_way_to_a_window_of_the_frame() -> None:
    dataset = in_groups("FrameVOILUTSequence", GOOD, None, {})
    dataset.VOILUTSequence = [lut([2, 2000, 8], [255, 0])]
    assert np.array_equal(rendered(dataset)[0], rendered(image(GOOD))[0])
    dataset.PerFrameFunctionalGroupsSequence[0].FrameVOILUTSequence[0].VOILUTSequence = [
        lut([2, 9, 8], [255, 0])
    ]
    assert set(np.unique(rendered(dataset)[0])) == {0, 255}


def test_the_next_lookup_table_takes_the_place_of_a_bad_one() -> None:
    dataset = image({})
    dataset.VOILUTSequence = [BAD_TABLES["too short"], lut([2, 2000, 8], [255, 0])]
    levels, told = rendered(dataset)
    assert set(levels[RAMP <= 2000]) == {255}
    assert set(levels[RAMP > 2000]) == {0}
    assert told == ["VOI LUT 1 was passed over: it has 2 entries and promises 400"]


@pytest.mark.parametrize("vr", [None, "DS", "UN", "SQ", "LO", "FD", "C\xfe"])
@pytest.mark.parametrize("value", [b"SECRET", b"\xff\xfe\0\1", b"1e999 ", b"700\\2\\3\\4 ", b"-1"])
@pytest.mark.parametrize(
    "tag",
    [0x00080060, 0x00280120, 0x00280121, 0x00281050, 0x00281051, 0x00281052, 0x00281053, 0x00281055, 0x00281056,
     0x00283000, 0x00283010, 0x20500020, 0x52009229, 0x52009230],
    ids=hex,
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom warns of what is damaged here on purpose
def test_whatever_a_hint_holds_the_image_is_shown_and_the_value_is_not_repeated(
    tag: int, value: bytes, vr: str | None
) -> None:
    dataset = image({CENTER: b"1280", WIDTH: b"1000"})
    put(dataset, tag, vr, value)
    assert len(np.unique(render(dataset))) > 16
    told = hints_of(dataset).remarks
    assert "SECRET" not in " ".join(told)


def test_what_is_asked_for_by_its_number_is_not_replaced() -> None:
    dataset = image({CENTER: b"0\\1280", WIDTH: b"0\\1000"})
    with pytest.warns(DisplayHintWarning, match="window 1"):
        levels = render(dataset, window=2)
    assert len(np.unique(levels)) > 16
    with pytest.warns(DisplayHintWarning), pytest.raises(ImageError, match="window 1: its width is 0"):
        render(dataset, window=1)
    with pytest.raises(ImageError, match="window 1: its width is 0"):
        window_of(dataset, number=1)
    assert window_of(dataset, number=2) == (1280, 1000)


@pytest.mark.parametrize(
    "raw", [{SLOPE: b"abc ", INTERCEPT: b"0 "}, {SLOPE: b"0 ", INTERCEPT: b"0 "}], ids=str
)
def test_a_measured_value_is_not_made_up(raw: Raw) -> None:
    with pytest.raises(ImageError, match="RescaleSlope: it is"):
        modality_values(image(raw))
    assert hints_of(image(raw | {(0x00280A00 + 0x854, "LO"): b"HU"})).modality.unit == ""


def test_padding_written_with_the_wrong_sign_is_padding() -> None:
    values = np.array([[-2000, 0, 100, 200]], dtype=np.int16)
    dataset = secondary_capture(values)
    dataset.PixelPaddingValue = 63536  # -2000, as an unsigned number of 16 bits
    dataset["PixelPaddingValue"].VR = "US"
    assert hints_of(dataset).padding == (-2000, -2000)


@pytest.mark.parametrize("name", BAD_WINDOWS)
def test_viewers_show_it_too_and_say_what_they_passed_over(name: str) -> None:
    raw, remark, _ = BAD_WINDOWS[name]
    viewer = ImageViewer(image(raw))
    answer = viewer._answer({"ask": "frame", "picture": 1, "part": 0})
    assert "problem" not in answer.content
    assert bytes(answer.buffers[0]) == RAMP.tobytes()
    said = [value for key, value in answer.content["tags"] if key == "Passed over"]
    assert len(said) == 1
    assert remark in said[0]
    assert answer.content["recipe"]["window"] is not None
    dataset = image(raw)
    dataset.PatientIdentityRemoved, dataset.DeidentificationMethod = "YES", "synthetic"
    assert remark in repr(ImageViewer(dataset))


def test_an_arriving_picture_is_shown_as_well(tmp_path: Path) -> None:
    dataset = image({CENTER: b"1000", WIDTH: b"0 "})
    dataset.save_as(tmp_path / "in.dcm")
    answer = thumbnail_answer(tmp_path / "in.dcm", is_masked=False)
    assert len(set(bytes(answer.buffers[0]))) > 16


def test_nothing_is_said_of_an_image_that_is_right(tmp_path: Path) -> None:
    dataset = image({CENTER: b"1280\\300", WIDTH: b"1000\\50 ", FUNCTION: b"SIGMOID ", SHAPE: b"IDENTITY"})
    assert hints_of(dataset).remarks == ()
    write_file(dataset, tmp_path / "in.dcm")
    assert [one.number for one in hints_of(dcmread(tmp_path / "in.dcm")).windows] == [1, 2]
