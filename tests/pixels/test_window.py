"""A window accepts any numbers, and an error says in one sentence what is not a window."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom.dataset import FileDataset

from dicomkit.errors import AttributeValueError, ImageError
from dicomkit.pixels import display_values, render, secondary_capture
from dicomkit.pixels.display_hints import DisplayHintWarning

FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")
HOSTILE: Any = None  # what a beginner passes although the types forbid it


def grey(**attributes: Any) -> FileDataset:  # noqa: ANN401 - any VR
    dataset = secondary_capture(np.arange(64, dtype=np.uint16).reshape(8, 8) * 64)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("width", [1, 80])
@pytest.mark.parametrize("value", [60, 60.0, np.float32(60), np.int16(60), np.array(60)])
def test_one_number_is_a_shape_too(value: npt.ArrayLike, width: float, function: str) -> None:
    level = display_values(value, 40, width, function)
    assert level.shape == ()
    assert level.dtype == np.uint8
    assert level == display_values([60], 40, width, function)[0]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_number_is_black_and_infinity_is_an_end(function: str) -> None:
    values = [np.nan, -np.inf, np.inf]
    assert display_values(values, 40, 80, function).tolist() == [0, 0, 255]
    assert display_values(values, 40, 80, function, inverse=True).tolist() == [0, 255, 0]


@pytest.mark.parametrize(
    "kind", ["float16", "float32", "float64", "int8", "uint8", "int16", "uint32", "int64"]
)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_type_of_number_gives_the_same_levels(kind: str, function: str) -> None:
    values = np.arange(100)
    assert np.array_equal(
        display_values(values.astype(kind), 40, 80, function), display_values(values, 40, 80, function)
    )


@pytest.mark.parametrize("function", ["LINEAR_EXACT", "SIGMOID"])
def test_the_narrowest_window_is_a_threshold(function: str) -> None:
    assert display_values([-1.0, 1.0], 0, 1e-320, function).tolist() == [0, 255]
    assert display_values([-1.0, 1.0], 0, 1e-320, function, inverse=True).tolist() == [255, 0]


@pytest.mark.parametrize("values", [["a"], [[1], [1, 2]], HOSTILE, [1j]])
def test_what_is_no_number_is_refused(values: npt.ArrayLike) -> None:
    with pytest.raises(ImageError, match="values: they are no numbers"):
        display_values(values, 40, 80)


@pytest.mark.parametrize("window", [("wide", 80), (40, "wide"), (40, HOSTILE), (np.nan, 80), (40, np.inf)])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_window_of_no_two_numbers_is_refused(window: tuple[Any, Any], function: str) -> None:
    with pytest.raises(AttributeValueError, match="Window"):
        display_values([1], *window, function)


@pytest.mark.parametrize("window", [[40, 80], np.array([40, 80]), (40.0, np.float32(80))])
def test_a_window_may_be_any_two_numbers(window: Any) -> None:  # noqa: ANN401 - a list is no tuple
    assert np.array_equal(render(grey(), window=window), render(grey(), window=(40, 80)))


@pytest.mark.parametrize("window", ["40/80", (1, 2, 3), 1.5, (40,)])
def test_a_window_that_is_no_window_is_refused(window: Any) -> None:  # noqa: ANN401 - wrong on purpose
    with pytest.raises(AttributeValueError, match=r"window: it is neither a number nor \(center, width\)"):
        render(grey(), window=window)


def test_windows_are_counted_from_one() -> None:
    with pytest.raises(ImageError, match="window 0: the image brings 1"):
        render(grey(WindowCenter=40, WindowWidth=80), window=0)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("WindowCenter", "1e999"), ("RescaleSlope", "1e999"), ("RescaleIntercept", "-1e999")],
)
def test_infinity_in_a_file_is_no_number(keyword: str, value: str) -> None:
    dataset = grey(WindowCenter=40, WindowWidth=80, RescaleSlope=1, RescaleIntercept=0)
    setattr(dataset, keyword, value)
    with pytest.warns(DisplayHintWarning, match="is no finite number"):
        assert render(dataset).any()


def floating(values: npt.NDArray[Any]) -> FileDataset:
    """Make an image of floating point pixels (PS3.3 section C.7.6.24)."""
    dataset = secondary_capture(np.zeros(values.shape, dtype=np.uint8))
    for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        del dataset[keyword]
    dataset.BitsAllocated, dataset.FloatPixelData = 32, values.astype("<f4").tobytes()
    return dataset


def test_a_measured_image_may_hold_what_is_no_number() -> None:
    values = np.array([[-1, 0, 1, np.nan, np.inf, -np.inf]])
    assert render(floating(values)).tolist() == [[0, 127, 255, 0, 255, 0]]
    assert render(floating(np.full((2, 2), np.nan))).tolist() == [[0, 0], [0, 0]]
