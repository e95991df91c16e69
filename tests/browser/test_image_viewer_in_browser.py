"""The exported page in a real browser: each pixel is the one that Python renders, and mouse and keys work."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from playwright.sync_api import Browser, Page, expect
from pydicom import DataElement, dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate

from dicomkit.errors import DicomKitError
from dicomkit.pixels import modality_values, overlays, render, stored_values
from dicomkit.pixels.first_sight import first_picture
from dicomkit.samples import cine, colour, ct_series, localiser, radiograph
from dicomkit.viewers import ImageViewer
from tests.support.dicom_files import bundled_files
from tests.support.viewer_pages import (
    DEADLINE_MS,
    choose,
    chromium,
    open_live,
    pages_of,
    trait,
    wait_until_python_knows,
)

PIXELS_OF_THE_CANVAS = """() => {
  const canvas = document.querySelector(".dk-pixels");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let start = 0; start < data.length; start += 30000) {
    text += String.fromCharCode(...data.subarray(start, start + 30000));
  }
  return btoa(text);
}"""


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    with pages_of(browser, tmp_path) as open_page:
        yield open_page


def wait_until_it_shows(page: Page, beginning: str) -> None:
    # What was chosen is drawn with the next frame; until then the page shows what was chosen before.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.locator(f'.dk-pixels[data-shows^="{beginning}"]').first.wait_for(timeout=DEADLINE_MS)


def pixels(page: Page) -> npt.NDArray[np.uint8]:
    columns, rows = page.locator(".dk-pixels").evaluate("(canvas) => [canvas.width, canvas.height]")
    levels = np.frombuffer(base64.b64decode(page.evaluate(PIXELS_OF_THE_CANVAS)), dtype=np.uint8)
    return levels.reshape(rows, columns, 4)[..., :3]


def expected(dataset: Dataset, frame: int = 1, **options: Any) -> npt.NDArray[np.uint8]:  # noqa: ANN401
    levels = render(dataset, frame, **options) if options else first_picture(dataset, frame).levels
    return levels if levels.ndim == 3 else np.stack([levels] * 3, axis=-1)


def grey(values: npt.NDArray[Any], bits: int = 16, **attributes: Any) -> FileDataset:  # noqa: ANN401 - any VR
    """Make a grey image of these values."""
    dataset = ct_series(1, size=16)[0]
    for keyword in ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth", "RescaleType"):
        if keyword in dataset:
            delattr(dataset, keyword)
    for keyword in [
        element.keyword for element in dataset if element.keyword.startswith("WindowCenterWidth")
    ]:
        delattr(dataset, keyword)
    dataset.Rows, dataset.Columns = values.shape
    allocated = values.dtype.itemsize * 8
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = allocated, bits, bits - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    if values.dtype.kind == "f":
        del dataset.PixelData
        dataset.FloatPixelData = values.tobytes()
    else:
        dataset.PixelData = values.tobytes()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def lookup_table(count: int, first: int, bits: int) -> Dataset:
    item = Dataset()
    entries = (np.linspace(0, 1, count) ** 2 * (2**bits - 1)).astype("<u2")
    item.add_new(0x00283002, "US" if first >= 0 else "SS", [count, first, bits])
    item.add_new(0x00283006, "OW", entries.tobytes())
    return item


ALL_16_BITS = np.arange(65536, dtype=np.uint16).reshape(256, 256)
SIGNED = ALL_16_BITS.view(np.int16)
TWELVE = (ALL_16_BITS >> 4).astype(np.uint16)
WINDOWED = {"WindowCenter": [40, 300.5], "WindowWidth": [400, 1777.3]}
MADE = {
    "16 bits, no window": grey(ALL_16_BITS),
    "12 bits, no window": grey(TWELVE, 12),
    "8 bits": grey((ALL_16_BITS & 255).astype(np.uint8), 8),
    "8 bits, MONOCHROME1": grey((ALL_16_BITS & 255).astype(np.uint8), 8, PhotometricInterpretation="MONOCHROME1"),
    "signed, rescaled": grey(SIGNED, RescaleSlope="1.37", RescaleIntercept="-1024.5", **WINDOWED),
    "negative slope": grey(SIGNED, RescaleSlope="-0.1", RescaleIntercept="3", **WINDOWED),
    "exact": grey(SIGNED, VOILUTFunction="LINEAR_EXACT", **WINDOWED),
    "sigmoid": grey(SIGNED, VOILUTFunction="SIGMOID", **WINDOWED),
    "inverse": grey(SIGNED, PhotometricInterpretation="MONOCHROME1", **WINDOWED),
    "inverse sigmoid": grey(SIGNED, PhotometricInterpretation="MONOCHROME1", VOILUTFunction="SIGMOID", **WINDOWED),
    "padded": grey(SIGNED, PixelPaddingValue=-200, PixelPaddingRangeLimit=-100, **WINDOWED),
    "padded, no window": grey(TWELVE, 12, PixelPaddingValue=4095, PixelPaddingRangeLimit=4000),
    "Modality LUT": grey(TWELVE, 12, ModalityLUTSequence=[lookup_table(4096, 0, 12)], **WINDOWED),
    "VOI LUT": grey(SIGNED, VOILUTSequence=[lookup_table(2048, -1000, 10)], **WINDOWED),
    "32 bits": grey(ALL_16_BITS.astype(np.uint32) * 60000, 32),
    "32 bits, windowed": grey(SIGNED.astype(np.int32) * 60000, 32, WindowCenter=5e5, WindowWidth=1e9),
    "fractions": grey((SIGNED * np.float32(0.37)).astype(np.float32), 32),
    "fractions and none": grey(np.where(SIGNED % 7 == 0, np.nan, np.where(SIGNED % 7 == 1, np.inf, SIGNED)).astype(np.float32), 32, **WINDOWED),
    "fractions and none, inverse": grey(np.where(SIGNED % 7 == 0, np.nan, SIGNED).astype(np.float32), 32, PhotometricInterpretation="MONOCHROME1", **WINDOWED),
    "fractions, windowed": grey((SIGNED * np.float32(0.37)).astype(np.float32), 32, **WINDOWED),
}  # fmt: skip

CHOSEN = (
    ("LINEAR", (40, 80)),
    ("LINEAR", (-3.25, 1)),
    ("LINEAR_EXACT", (1000.1, 65535.7)),
    ("SIGMOID", (-3.25, 477.7)),
)


def test_each_way_to_make_grey_is_followed_to_the_last_level(show: Callable[..., Page]) -> None:
    for number, dataset in enumerate(MADE.values(), start=1):
        dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.2.{number}", number
    page = show(ImageViewer(list(MADE.values())))
    for number, (name, dataset) in enumerate(MADE.items(), start=1):
        choose(page, selection=number, window=None, function="")
        wait_until_it_shows(page, f"{number} ")
        np.testing.assert_array_equal(pixels(page), expected(dataset), err_msg=name)
        for function, window in CHOSEN:
            choose(page, function=function, window=window)
            wait_until_it_shows(page, f"{number} {window[0]},{window[1]} {function}")
            levels = expected(dataset, window=window, function=function)
            np.testing.assert_array_equal(pixels(page), levels, err_msg=f"{name} {function} {window}")


def every_bundled_picture() -> list[FileDataset]:
    """Return one image of each kind that lies inside the pydicom package, and that can be rendered."""
    found = []
    for path in bundled_files():
        with contextlib.suppress(DicomKitError, Exception):  # broken on purpose, or no image
            dataset = dcmread(path)
            if render(dataset).size:
                found.append(dataset)
    return found


def test_every_bundled_image_looks_as_python_renders_it(show: Callable[..., Page]) -> None:
    datasets = every_bundled_picture()
    assert len(datasets) > 60
    assert {"PALETTE COLOR", "YBR_FULL_422", "YBR_RCT", "MONOCHROME1"} <= {
        one.PhotometricInterpretation for one in datasets
    }
    assert {1, 8, 16, 32} <= {one.BitsAllocated for one in datasets}
    viewer = ImageViewer(datasets)
    page = show(viewer)
    for number, picture in enumerate(viewer._pictures, start=1):
        choose(page, selection=number)
        wait_until_it_shows(page, f"{number} ")
        shown = pixels(page)
        np.testing.assert_array_equal(shown, expected(picture.dataset, picture.number), err_msg=str(number))


def enhanced() -> FileDataset:
    """Make an enhanced multi-frame CT: window, rescale, spacing, position and orientation differ by frame."""
    dataset = ct_series(1, size=16)[0]
    stored = stored_values(dataset)
    for keyword in ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept", "PixelSpacing"):
        delattr(dataset, keyword)
    del dataset.ImagePositionPatient, dataset.ImageOrientationPatient
    dataset.PixelData = b"".join((stored + 40 * index).astype(stored.dtype).tobytes() for index in range(3))
    dataset.NumberOfFrames, dataset.PerFrameFunctionalGroupsSequence = 3, []
    for index, cosines in enumerate(([1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1], [0.8, 0.6, 0, 0, 0, -1])):
        groups = {
            "FrameVOILUTSequence": {"WindowCenter": 40 + 200 * index, "WindowWidth": 3000 + index},
            "PixelValueTransformationSequence": {
                "RescaleSlope": 1 + index,
                "RescaleIntercept": -1000 + index,
            },
            "PixelMeasuresSequence": {"PixelSpacing": [2, 1 + index], "SliceThickness": 1 + index},
            "PlanePositionSequence": {"ImagePositionPatient": [-10, -20, 5 * index]},
            "PlaneOrientationSequence": {"ImageOrientationPatient": cosines},
        }
        frame = Dataset()
        for macro, attributes in groups.items():
            item = Dataset()
            for keyword, value in attributes.items():
                setattr(item, keyword, value)
            setattr(frame, macro, [item])
        dataset.PerFrameFunctionalGroupsSequence.append(frame)
    return dataset


def test_an_enhanced_image_is_windowed_placed_and_named_frame_by_frame(show: Callable[..., Page]) -> None:
    dataset = enhanced()
    page = show(ImageViewer(dataset))
    for number, (right, bottom) in enumerate((("L", "P"), ("L", "F"), ("LP", "F")), start=1):
        choose(page, selection=number)
        wait_until_it_shows(page, f"{number} {40 + 200 * (number - 1)},{2999 + number} ")
        np.testing.assert_array_equal(pixels(page), expected(dataset, number))
        expect(page.locator(".dk-edge.dk-right")).to_have_text(right)
        expect(page.locator(".dk-edge.dk-bottom")).to_have_text(bottom)
        expect(page.get_by_role("row", name="Slice Thickness")).to_contain_text(f"{number}")
        expect(page.get_by_role("row", name="Window Center")).to_contain_text(f"{40 + 200 * (number - 1)}")
        box = page.locator(".dk-pixels").bounding_box()
        assert box is not None
        assert box["height"] / box["width"] == pytest.approx(2 / number)
    page.mouse.move(box["x"] + 2.5 * box["width"] / 16, box["y"] + 4.5 * box["height"] / 16)
    stored = stored_values(dataset, 3)[4, 2]
    expect(page.locator(".dk-probe")).to_contain_text(
        f"stored {stored} \N{MULTIPLICATION SIGN} 3 \N{MINUS SIGN} 998"
    )
    # By hand: from (-10, -20, 10), two columns of 3 mm along (0.8, 0.6, 0), four rows of 2 mm down.
    expect(page.locator(".dk-probe")).to_contain_text("patient (-5.2, -16.4, 2.0) mm")


def test_colour_and_frames_look_as_python_renders_them(show: Callable[..., Page]) -> None:
    loop = cine(4)
    page = show(ImageViewer([loop, colour()]))
    for number in range(1, 5):
        choose(page, selection=number)
        wait_until_it_shows(page, f"{number} ")
        np.testing.assert_array_equal(pixels(page), expected(loop, number))
    choose(page, selection=5)
    wait_until_it_shows(page, "5 ")
    np.testing.assert_array_equal(pixels(page), expected(colour()))
    expect(page.get_by_label("Function")).to_be_hidden()


def drag(page: Page, x: int, y: int) -> None:
    page.mouse.move(300, 300)
    page.mouse.down()
    page.mouse.move(300 + x, 300 + y, steps=4)
    page.mouse.up()


def test_a_drag_changes_the_window_and_the_pixels_follow(show: Callable[..., Page]) -> None:
    dataset = ct_series(1, size=64)[0]
    page = show(ImageViewer(dataset, window=(40, 400)))
    wait_until_it_shows(page, "1 40,400 ")
    drag(page, 60, 0)
    center, width = trait(page, "window")
    assert center == 40
    assert width > 400
    drag(page, 0, 30)
    lower, same = trait(page, "window")
    assert lower < 40
    assert same == width
    wait_until_it_shows(page, f"1 {lower},{width} ")
    np.testing.assert_array_equal(pixels(page), expected(dataset, window=(lower, width)))


@pytest.mark.parametrize("photometric_interpretation", ["MONOCHROME1", "MONOCHROME2"])
def test_down_is_brighter_as_the_help_says(
    photometric_interpretation: str, show: Callable[..., Page]
) -> None:
    image = grey(TWELVE, 12, PhotometricInterpretation=photometric_interpretation)
    page = show(ImageViewer(image, window=(2000, 1000)))
    wait_until_it_shows(page, "1 2000,1000 ")
    before = pixels(page).mean()
    drag(page, 0, 40)
    center, width = trait(page, "window")
    wait_until_it_shows(page, f"1 {center},{width} ")
    assert pixels(page).mean() > before + 5


def test_the_echo_of_what_was_sent_before_undoes_no_hand(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(ct_series(1, size=64), window=(40, 400)))
    wait_until_it_shows(page, "1 40,400 ")
    page.mouse.move(300, 300)
    page.mouse.down()
    page.mouse.move(360, 300)
    wait_until_it_shows(page, "1 40,540 ")  # 400 * exp(60 / 200)
    page.wait_for_function("() => dicomkitViewers[0].get('window')[1] === 540")  # sent while the hand is down
    choose(page, window=[40, 401])  # as Jupyter does when the kernel confirms an earlier step
    page.mouse.up()
    assert trait(page, "window") == [40, 540]
    wait_until_it_shows(page, "1 40,540 ")


def test_a_handle_of_the_histogram_moves_one_end_of_the_window(show: Callable[..., Page]) -> None:
    dataset = ct_series(1, size=64)[0]
    page = show(ImageViewer(dataset, window=(300, 800)))
    wait_until_it_shows(page, "1 300,800 ")
    box = page.locator(".dk-histogram").bounding_box()
    assert box is not None
    units = modality_values(dataset)
    upper = box["x"] + (700 - units.min()) / (units.max() - units.min()) * box["width"]
    page.mouse.move(upper, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(upper - 30, box["y"] + 40, steps=3)
    page.mouse.up()
    center, width = trait(page, "window")
    assert width < 790
    assert center - width / 2 == pytest.approx(-100, abs=2)
    wait_until_it_shows(page, f"1 {center},{width} ".replace(".0", ""))
    np.testing.assert_array_equal(pixels(page), expected(dataset, window=(center, width)))


def test_the_wheel_over_a_single_image_is_left_to_the_notebook(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(ct_series(1, size=32)))
    wait_until_it_shows(page, "1 ")
    view = page.locator(".dk-view")
    turned = (
        "(view) => [false, true].map((ctrlKey) => !view.dispatchEvent("
        "new WheelEvent('wheel', { deltaY: 100, ctrlKey, cancelable: true })))"
    )
    assert view.evaluate(turned) == [False, False]
    view.focus()
    assert view.evaluate(turned) == [False, True]


def test_wheel_and_keys_scroll(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(ct_series(4, size=32)))
    wait_until_it_shows(page, "1 ")
    page.locator(".dk-view").focus()
    page.mouse.move(300, 300)
    page.mouse.wheel(0, 100)
    wait_until_it_shows(page, "2 ")
    for key, number in (("End", 4), ("ArrowDown", 4), ("ArrowUp", 3), ("Home", 1), ("PageDown", 4)):
        page.keyboard.press(key)
        wait_until_it_shows(page, f"{number} ")
        assert trait(page, "selection") == number
    expect(page.locator(".dk-tr")).to_have_text("4 / 4")


def test_keys_change_the_window_and_r_takes_it_back(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(ct_series(1, size=32)))
    wait_until_it_shows(page, "1 ")
    page.locator(".dk-view").focus()
    for key in ("]", "}", "p"):
        before = trait(page, "window")
        page.keyboard.press(key)
        assert trait(page, "window") != before
    page.keyboard.press("r")
    assert trait(page, "window") is None


def test_a_preset_is_what_it_says(show: Callable[..., Page]) -> None:
    dataset = ct_series(1, size=32)[0]
    page = show(ImageViewer(dataset))
    page.get_by_label("Window").first.select_option("lung")
    wait_until_it_shows(page, "1 -600,1500 ")
    np.testing.assert_array_equal(pixels(page), expected(dataset, window=(-600, 1500)))


def test_presets_say_where_they_come_from_and_p_goes_through_them(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(ct_series(1, size=32)))
    wait_until_it_shows(page, "1 ")
    groups = page.locator(".dk-bar select optgroup")
    labels = groups.evaluate_all("(groups) => groups.map((group) => group.label)")
    assert labels == ["in the file", "CT, by convention", "computed from this image"]
    options = groups.first.locator("option")
    assert options.all_text_contents() == ["as in the file: BRAIN", "STROKE", "BONE"]
    page.locator(".dk-view").focus()
    for window in ([35, 30], [500, 2500], [40, 80]):
        page.keyboard.press("p")
        assert trait(page, "window") == window


def test_p_passes_by_two_presets_that_have_one_window(show: Callable[..., Page]) -> None:
    dataset = ct_series(1, size=32)[0]
    dataset.WindowCenter, dataset.WindowWidth = [40, -600, 50], [80, 1500, 60]  # the second is the lung's
    page = show(ImageViewer(dataset))
    wait_until_it_shows(page, "1 ")
    page.locator(".dk-view").focus()
    count = page.locator(".dk-bar select optgroup option").count()
    seen = []
    for _ in range(count):
        page.keyboard.press("p")
        seen.append(page.get_by_label("Window").first.input_value())
        wait_until_it_shows(page, "1 ")
    chosen = [page.evaluate("() => document.querySelector('.dk-bar select').value")]
    assert chosen == ["0"], "all of them, and back to the first"


def test_without_a_window_in_the_file_the_viewer_says_that_it_has_chosen_one(
    show: Callable[..., Page],
) -> None:
    page = show(ImageViewer([MADE["16 bits, no window"]]))
    wait_until_it_shows(page, "1 ")
    expect(page.locator(".dk-bl")).to_contain_text("chosen by the kit: middle 98 % of the pixels")
    expect(page.get_by_label("Function")).to_be_enabled()
    page.locator(".dk-view").focus()
    page.keyboard.press("p")
    expect(page.locator(".dk-bl")).to_contain_text("C 32768  W 65536")
    expect(page.locator(".dk-bl")).not_to_contain_text("chosen by the kit")


def test_brackets_work_where_a_keyboard_needs_altgr_or_option(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(ct_series(1, size=32), window=(40, 400)))
    wait_until_it_shows(page, "1 40,400 ")
    press = """(view, pressed) => view.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, ...pressed }))"""
    view = page.locator(".dk-view")
    view.evaluate(
        press, {"key": "]", "ctrlKey": True, "altKey": True, "modifierAltGraph": True}
    )  # Windows, German
    wait_until_it_shows(page, "1 60,400 ")
    view.evaluate(press, {"key": "]", "altKey": True})  # macOS, Option + 6
    wait_until_it_shows(page, "1 80,400 ")
    view.evaluate(press, {"key": "p", "ctrlKey": True})  # prints
    wait_until_it_shows(page, "1 80,400 ")


def test_another_series_takes_a_window_along_only_if_it_means_the_same(show: Callable[..., Page]) -> None:
    ct, more, mr = ct_series(1, size=32)[0], ct_series(1, size=32)[0], grey(TWELVE, 12, **WINDOWED)
    more.SeriesInstanceUID, more.SeriesNumber = "1.2.3", 8
    mr.SeriesInstanceUID, mr.SeriesNumber, mr.Modality = "1.2.4", 9, "MR"
    page = show(ImageViewer([ct, more, mr], window=(-600, 1500)))
    wait_until_it_shows(page, "1 -600,1500 ")
    page.get_by_label("Series").select_option(index=1)
    wait_until_it_shows(page, "2 -600,1500 ")
    page.get_by_label("Series").select_option(index=2)
    wait_until_it_shows(page, "3 40,400 ")


def probed(page: Page, row: int, column: int, rows: int, columns: int) -> str:
    """Point at a pixel, and return what is read."""
    box = page.locator(".dk-pixels").bounding_box()
    assert box is not None
    page.mouse.move(
        box["x"] + (column + 0.5) * box["width"] / columns, box["y"] + (row + 0.5) * box["height"] / rows
    )
    return page.locator(".dk-probe").inner_text()


def test_the_probe_of_padding_says_that_it_is_no_part_of_the_image(show: Callable[..., Page]) -> None:
    image = grey(SIGNED[:16, :16].copy(), PixelPaddingValue=257, **WINDOWED)
    page = show(ImageViewer([image]))
    wait_until_it_shows(page, "1 ")
    assert "padding" in probed(page, 1, 1, 16, 16)
    assert "padding" not in probed(page, 1, 2, 16, 16)


@pytest.mark.parametrize("name", ["examples_palette.dcm", "SC_rgb_rle_16bit.dcm"])
def test_the_probe_of_colour_reads_what_is_stored_and_what_is_shown(
    name: str, show: Callable[..., Page]
) -> None:
    dataset = next(dcmread(path) for path in bundled_files() if path.name == name)
    page = show(ImageViewer(dataset))
    wait_until_it_shows(page, "1 ")
    row, column = int(dataset.Rows) // 3, int(dataset.Columns) // 7
    words = probed(page, row, column, dataset.Rows, dataset.Columns)
    stored, (red, green, blue) = np.atleast_1d(dataset.pixel_array[row, column]), render(dataset)[row, column]
    assert f"stored {', '.join(map(str, stored))} \N{RIGHTWARDS ARROW}" in words
    assert words.endswith(f"red {red} green {green} blue {blue}")


def test_the_probe_reads_what_python_reads(show: Callable[..., Page]) -> None:
    dataset = ct_series(1, size=64)[0]
    page = show(ImageViewer(dataset))
    wait_until_it_shows(page, "1 ")
    box = page.locator(".dk-pixels").bounding_box()
    assert box is not None
    row, column = 20, 33
    page.mouse.move(
        box["x"] + (column + 0.5) * box["width"] / 64, box["y"] + (row + 0.5) * box["height"] / 64
    )
    stored, units = stored_values(dataset)[row, column], modality_values(dataset)[row, column]
    place = np.array(dataset.ImagePositionPatient, dtype=float)
    place += column * float(dataset.PixelSpacing[1]) * np.array([1, 0, 0])
    place += row * float(dataset.PixelSpacing[0]) * np.array([0, 1, 0])
    words = page.locator(".dk-probe")
    expect(words).to_contain_text(f"[{row}, {column}]")
    expect(words).to_contain_text(
        f"stored {stored} \N{MULTIPLICATION SIGN} 1 \N{MINUS SIGN} 1024 = {units:g} HU"
    )
    expect(words).to_contain_text(f"grey {render(dataset)[row, column]}")
    expect(words).to_contain_text("patient ({:.1f}, {:.1f}, {:.1f}) mm".format(*place))


def test_keys_alone_read_pixels_and_a_screen_reader_hears_them(show: Callable[..., Page]) -> None:
    dataset = ct_series(1, size=64)[0]
    page = show(ImageViewer(dataset))
    wait_until_it_shows(page, "1 ")
    page.get_by_role("application").focus()
    row, column = 32, 32  # the middle, then two keys, one of them ten pixels far
    for key, down, right in (("d", 0, 0), ("d", 0, 1), ("Shift+S", 10, 0), ("a", 0, -1), ("w", -1, 0)):
        page.keyboard.press(key)
        row, column = row + down, column + right
        said = f"[{row}, {column}]   ·   stored {stored_values(dataset)[row, column]} \N{MULTIPLICATION SIGN}"
        expect(page.get_by_role("status").last).to_contain_text(said)
    page.keyboard.press("]")
    center, _ = trait(page, "window")
    page.mouse.move(300, 300)
    page.keyboard.press("End")
    expect(page.get_by_role("status").last).to_contain_text(f"Image 1 of 1, 64 rows, 64 columns, C {center}")


def test_zoom_fit_and_move_leave_the_pixels_alone(show: Callable[..., Page]) -> None:
    dataset = ct_series(1, size=64)[0]
    page = show(ImageViewer(dataset))
    wait_until_it_shows(page, "1 ")
    canvas = page.locator(".dk-pixels")
    fitted = canvas.bounding_box()
    assert fitted is not None
    view = page.locator(".dk-view").bounding_box()
    assert view is not None
    assert fitted["height"] == pytest.approx(min(view["width"], view["height"]), abs=1)
    fitted_percent = page.locator(".dk-br").inner_text()
    page.locator(".dk-view").focus()
    page.keyboard.press("1")
    expect(page.locator(".dk-br")).to_have_text("100 %")
    small = canvas.bounding_box()
    assert small is not None
    assert (small["width"], small["height"]) == (64, 64)
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("f")
    expect(page.locator(".dk-br")).to_have_text(fitted_percent)
    assert canvas.bounding_box() == fitted
    np.testing.assert_array_equal(pixels(page), expected(dataset))


def test_plus_makes_even_the_smallest_image_no_smaller(show: Callable[..., Page]) -> None:
    image = grey(SIGNED[:1, :2].copy(), **WINDOWED)
    page = show(ImageViewer([image]))
    wait_until_it_shows(page, "1 ")
    wide = page.locator(".dk-pixels").evaluate("(canvas) => canvas.getBoundingClientRect().width")
    page.locator(".dk-view").focus()
    page.keyboard.press("+")
    wait_until_it_shows(page, "1 ")
    assert page.locator(".dk-pixels").evaluate("(canvas) => canvas.getBoundingClientRect().width") >= wide


def test_on_a_dense_screen_one_to_one_is_one_pixel_of_the_screen(browser: Browser, tmp_path: Path) -> None:
    ImageViewer(ct_series(1, size=64)).export_html(tmp_path / "page.html")
    context = browser.new_context(device_scale_factor=2, offline=True)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    wait_until_it_shows(page, "1 ")
    page.locator(".dk-view").press("1")
    expect(page.locator(".dk-br")).to_have_text("100 %")
    box = page.locator(".dk-pixels").bounding_box()
    assert box is not None
    assert box["width"] == 32
    # Moved to another screen, and otherwise as wide as before.
    page.locator("section").evaluate("(section) => { section.style.width = '900px'; }")
    metrics = {"width": 1200, "height": 720, "deviceScaleFactor": 3, "mobile": False}
    for density in (2, 3):
        page.wait_for_function(
            "(density) => { const ink = document.querySelector('.dk-overlay');"
            " return Math.abs(ink.width / ink.clientWidth - density) < 0.01; }",
            arg=density,
        )
        context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", metrics)
    context.close()


def test_the_edges_are_named_and_a_scale_is_drawn(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(ct_series(1, size=32)))
    wait_until_it_shows(page, "1 ")
    for edge, letter in (("left", "R"), ("right", "L"), ("top", "A"), ("bottom", "P")):
        expect(page.locator(f".dk-edge.dk-{edge}")).to_have_text(letter)
    inked = page.locator(".dk-overlay").evaluate(
        "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte)"
    )
    assert inked


def test_play_goes_through_all_pictures(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(cine(3)))
    wait_until_it_shows(page, "1 ")
    page.get_by_role("button", name="Play").click()
    for number in (2, 3, 1):
        wait_until_it_shows(page, f"{number} ")
    page.get_by_role("button", name="Stop").click()


def test_a_loop_goes_back_and_forth_if_the_file_says_so_at_the_rate_that_is_typed(
    show: Callable[..., Page],
) -> None:
    loop = cine(3)
    loop.PreferredPlaybackSequencing, loop.RecommendedDisplayFrameRate = 1, 4
    page = show(ImageViewer(loop))
    wait_until_it_shows(page, "1 ")
    expect(page.get_by_label("images/s")).to_have_value("4")
    page.get_by_label("images/s").fill("30")
    page.get_by_label("images/s").press("Tab")
    page.locator(".dk-pixels").evaluate("""(canvas) => {
      window.played = [];
      const watch = () => window.played.push(parseInt(canvas.dataset.shows));
      new MutationObserver(watch).observe(canvas, { attributeFilter: ["data-shows"] });
    }""")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => window.played.length >= 8")
    page.get_by_role("button", name="Stop").click()
    assert page.evaluate("() => window.played")[:8] == [2, 3, 2, 1, 2, 3, 2, 1]


def linked(first: list[FileDataset], second: list[FileDataset]) -> tuple[ImageViewer, ImageViewer]:
    one, other = ImageViewer(first), ImageViewer(second)
    one.link(other)
    return one, other


def test_linked_viewers_go_together_as_python_says(show: Callable[..., Page]) -> None:
    thick, thin = ct_series(5, size=16), ct_series(14, size=16)
    for number, instance in enumerate(thick):
        instance.ImagePositionPatient = [-10, -10, round(11.3 * number, 1)]
    for number, instance in enumerate(thin):
        instance.ImagePositionPatient = [-8, -9, round(4.1 * number - 3, 1)]
    one, other = linked(thick, thin)
    page = show(one, other)
    shown = page.locator(".dk-pixels")
    expect(page.get_by_text("linked")).to_have_count(2)
    page.locator(".dk-view").first.focus()
    for number in range(2, 6):
        page.keyboard.press("ArrowDown")
        one.selection = number
        expect(shown.last).to_have_attribute("data-shows", re.compile(f"^{other.selection} "))
        expect(shown.first).to_have_attribute("data-shows", re.compile(f"^{number} "))
    page.locator(".dk-view").last.focus()
    page.keyboard.press("Home")
    other.selection = 1
    expect(shown.first).to_have_attribute("data-shows", re.compile(f"^{one.selection} "))


def test_a_drag_in_one_viewer_is_a_drag_in_both_but_not_in_a_localiser(show: Callable[..., Page]) -> None:
    one, other = linked(ct_series(2, size=32), ct_series(2, size=32))
    scout = ImageViewer(localiser())
    one.link(other, scout)
    page = show(one, other, scout)
    wait_until_it_shows(page, "1 ")
    drag(page, 50, 20)
    windows = page.evaluate("() => dicomkitViewers.map((model) => model.get('window'))")
    assert windows[0] == windows[1] != [40, 80]
    assert windows[2] is None


BLUE_ROWS = """(canvas) => {
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const rows = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 2] > 100 && data[at] < 100 && data[at + 3] > 170) rows.add(Math.floor(at / 4 / width));
  return [...rows];
}"""


def test_where_a_slice_cuts_the_localiser_a_line_is_drawn(show: Callable[..., Page]) -> None:
    series, scout = ct_series(3, size=16), localiser()
    page = show(*linked(series, [scout]))
    wait_until_it_shows(page, "1 ")
    page.locator(".dk-view").first.focus()
    lines = []
    for number in (1, 2, 3):
        wait_until_it_shows(page, f"{number} ")
        wait_until_it_shows(page, f"{number} ")  # the other viewer draws after it was told
        lines.append(np.mean(page.locator(".dk-overlay").last.evaluate(BLUE_ROWS)))
        page.keyboard.press("ArrowDown")
    tall = page.locator(".dk-overlay").last.bounding_box()
    assert tall is not None
    # By hand: rows of the localiser go down from its first one, by its spacing.
    top_mm, spacing_mm = float(scout.ImagePositionPatient[2]), float(scout.PixelSpacing[0])
    for instance, line in zip(series, lines, strict=True):
        row = (top_mm - float(instance.ImagePositionPatient[2])) / spacing_mm
        assert line == pytest.approx((row + 0.5) / scout.Rows * tall["height"], abs=2)


def test_no_line_stays_of_a_viewer_that_is_no_longer_linked(show: Callable[..., Page]) -> None:
    page = show(*linked(ct_series(3, size=16), [localiser()]))
    page.wait_for_function(f"() => ({BLUE_ROWS})(document.querySelectorAll('.dk-overlay')[1]).length")
    page.evaluate("() => dicomkitViewers[0].set('linked_as', '')")
    page.wait_for_function(f"() => !({BLUE_ROWS})(document.querySelectorAll('.dk-overlay')[1]).length")
    for number in (0, 1):  # linked anew, while they are shown
        page.evaluate("(number) => dicomkitViewers[number].set('linked_as', 'again')", number)
    page.wait_for_function(f"() => ({BLUE_ROWS})(document.querySelectorAll('.dk-overlay')[1]).length")


def test_a_picture_that_cannot_be_decoded_says_so(show: Callable[..., Page]) -> None:
    good, bad = ct_series(2, size=32)
    bad.file_meta.TransferSyntaxUID, bad.PixelData = "1.2.840.10008.1.2.4.50", encapsulate([bytes(64)])
    page = show(ImageViewer([good, bad]))
    wait_until_it_shows(page, "1 ")
    choose(page, selection=2)
    expect(page.locator(".dk-notice")).to_contain_text("frame 1")
    expect(page.locator(".dk-histogram")).to_be_hidden()  # it would be that of another image
    expect(page.get_by_role("row", name="Rows")).to_contain_text("32")


def test_a_frame_that_does_not_come_is_explained_and_no_value_of_another_stands_beside_it(
    browser: Browser,
) -> None:
    series = ct_series(3, size=16)
    viewer = ImageViewer(series)
    heard = viewer.answer

    def answer(question: dict[str, Any]) -> Any:  # noqa: ANN401 - an Answer, or nothing
        if question.get("picture") == 3:
            raise KeyboardInterrupt  # nobody answers
        return heard(question)

    viewer.answer = answer  # type: ignore[method-assign,assignment]
    page = open_live(browser, viewer, silent_for=(KeyboardInterrupt,))
    wait_until_it_shows(page, "1 ")
    page.locator(".dk-view").press("End")
    expect(page.locator(".dk-notice")).to_contain_text("Image 3 is on its way.")
    expect(page.get_by_role("row", name="Instance Number")).to_contain_text("…")
    expect(page.locator(".dk-bl")).to_have_text("")
    expect(page.get_by_label("Center")).to_have_value("40")
    expect(page.locator(".dk-notice")).to_contain_text("run the cell again")
    page.locator(".dk-view").press("Home")
    expect(page.locator(".dk-notice")).to_have_text("")
    expect(page.get_by_role("row", name="Instance Number")).to_contain_text("1")


def test_a_large_image_says_how_far_it_is(browser: Browser) -> None:
    image = grey(np.arange(1500 * 1600, dtype=np.uint16).reshape(1500, 1600), **WINDOWED)
    viewer = ImageViewer([image])
    heard = viewer.answer

    def answer(question: dict[str, Any]) -> Any:  # noqa: ANN401 - an Answer, or nothing
        if question.get("part") == 3:
            raise KeyboardInterrupt  # the last piece does not come
        return heard(question)

    viewer.answer = answer  # type: ignore[method-assign,assignment]
    page = open_live(browser, viewer, silent_for=(KeyboardInterrupt,))
    expect(page.locator(".dk-notice")).to_contain_text("Image 1 is on its way: 75 %.")
    viewer.answer = heard  # type: ignore[method-assign]
    whole = open_live(browser, viewer)
    wait_until_it_shows(whole, "1 ")
    np.testing.assert_array_equal(pixels(whole), expected(image))


@pytest.mark.parametrize(
    "window",
    [{"WindowWidth": 0}, {"WindowWidth": None}, {"WindowCenter": [0, 40], "WindowWidth": [0, 80]}, {"VOILUTFunction": "CUBIC"}],
    ids=str,
)  # fmt: skip
def test_a_window_of_the_file_that_makes_no_sense_is_passed_over_in_words(
    window: dict[str, Any], show: Callable[..., Page]
) -> None:
    dataset = grey(SIGNED, **(WINDOWED | window))
    shown = first_picture(dataset)
    page = show(ImageViewer([dataset]))
    wait_until_it_shows(page, "1 ")
    np.testing.assert_array_equal(pixels(page), expected(dataset))
    expect(page.locator(".dk-notice")).to_have_text("")
    assert shown.remarks
    rows = page.locator(".dk-tags tr", has_text="Passed over").all_text_contents()
    assert [row.removeprefix("Passed over") for row in rows] == list(shown.remarks)
    assert shown.sight is not None
    label = page.locator(".dk-bl")
    if shown.sight.is_from_file:
        expect(label).not_to_contain_text("kit")
    else:
        expect(label).to_contain_text(f"chosen by the kit: {shown.sight.name}")


def test_markup_in_a_file_stays_text(show: Callable[..., Page]) -> None:
    dataset = radiograph()
    payload = '<img src=x onerror="document.title=1">'
    for tag, vr in ((0x00080008, "CS"), (0x00080060, "CS"), (0x00281055, "LO")):  # type, modality, window
        dataset.add(DataElement(tag, vr, payload, validation_mode=pydicom.config.IGNORE))
    page = show(ImageViewer(dataset))
    wait_until_it_shows(page, "1 ")
    expect(page.locator(".dk-tags")).to_contain_text("<img")
    assert page.locator("img").count() == 0


def test_python_sees_what_the_hand_did(browser: Browser) -> None:
    series = ct_series(2, size=64)
    viewer = ImageViewer(series)
    page = open_live(browser, viewer)
    wait_until_it_shows(page, "1 ")
    page.locator(".dk-view").focus()
    page.keyboard.press("End")
    wait_until_it_shows(page, "2 ")
    drag(page, 40, 20)
    wait_until_python_knows(page)
    assert viewer.selection == 2
    assert viewer.window == tuple(trait(page, "window"))
    assert viewer.window is not None
    center, width = viewer.window
    wait_until_it_shows(page, f"2 {center:g},{width:g} ")
    np.testing.assert_array_equal(pixels(page), expected(series[1], window=viewer.window))


PLANES = """() => { const canvas = document.querySelector(".dk-planes");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [canvas.height, canvas.width, Array.from(data).filter((_, index) => index % 4 === 3).map((one) => one > 0)]; }"""


def with_overlays(dataset: FileDataset) -> FileDataset:
    """Lay a frame and a dot over an image: one begins outside, one is a region of interest."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    outline = np.zeros((rows, columns + 3), dtype=np.bool_)
    outline[[0, 3, -1]], outline[:, [0, 5, -1]] = True, True
    for group, kind, bits, origin in (
        (0x6000, "G", outline, [-1, 2]),
        (0x6002, "R", np.ones((3, 3)), [5, 5]),
    ):
        for element, vr, value in (
            (0x0010, "US", bits.shape[0]), (0x0011, "US", bits.shape[1]), (0x0040, "CS", kind),
            (0x0050, "SS", origin), (0x0100, "US", 1), (0x0102, "US", 0), (0x1500, "LO", "<b>label</b>"),
            (0x3000, "OW", np.packbits(bits.ravel().astype(np.bool_), bitorder="little").tobytes()),
        ):  # fmt: skip
            dataset.add_new((group, element), vr, value)
    return dataset


@pytest.mark.parametrize("make", [radiograph, colour, lambda: cine(2)], ids=["grey", "colour", "frames"])
def test_overlays_are_drawn_over_the_picture_and_a_switch_takes_them_away(
    make: Callable[[], FileDataset], show: Callable[..., Page]
) -> None:
    dataset = with_overlays(make())
    page = show(ImageViewer(dataset))
    wait_until_it_shows(page, "1 ")
    planes = [one.over(dataset.Rows, dataset.Columns) for one in overlays(dataset)]
    switch = page.get_by_role("button", name="Overlays")
    expect(switch).to_have_attribute("aria-pressed", "true")
    rows, columns, drawn = page.evaluate(PLANES)
    assert (rows, columns) == (dataset.Rows, dataset.Columns)
    assert np.array_equal(np.array(drawn).reshape(rows, columns), np.logical_or(*planes))
    np.testing.assert_array_equal(pixels(page), expected(dataset))  # it is written into nothing
    expect(page.get_by_role("row", name="Overlay 6002")).to_contain_text("region of interest, <b>label</b>")
    switch.click()
    expect(page.locator(".dk-planes")).to_be_hidden()
    page.locator(".dk-view").press("o")
    expect(page.locator(".dk-planes")).to_be_visible()


def test_an_image_without_overlays_has_no_switch_for_them(show: Callable[..., Page]) -> None:
    page = show(ImageViewer(radiograph()))
    wait_until_it_shows(page, "1 ")
    expect(page.get_by_role("button", name="Overlays")).to_be_hidden()
    expect(page.locator(".dk-planes")).to_be_hidden()
