"""Windows to choose from: of the file, by convention, computed from the image."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom.dataset import FileDataset

from dicomkit.pixels import display_values, modality_values, stored_values
from dicomkit.pixels.display_hints import display_hints
from dicomkit.pixels.presets import CT_WINDOWS, Preset, presets_of, value_counts
from dicomkit.samples import ct_series, radiograph


def presets(dataset: FileDataset, stored: npt.NDArray[Any] | None = None) -> list[Preset]:
    stored = stored_values(dataset) if stored is None else stored
    hints = display_hints(dataset, stored)
    return presets_of(dataset, hints, value_counts(stored, hints.padding))


def computed(dataset: FileDataset, stored: npt.NDArray[Any] | None = None) -> dict[str, tuple[float, float]]:
    found = presets(dataset, stored)
    return {one.name: (one.center, one.width) for one in found if one.group == "computed from this image"}


def test_a_ct_has_its_own_windows_then_those_of_radiology_then_its_values() -> None:
    dataset = ct_series(1, size=32)[0]
    found = presets(dataset)
    assert [one[1:] for one in found[:3]] == [("BRAIN", 40, 80), ("STROKE", 35, 30), ("BONE", 500, 2500)]
    assert [one[1:] for one in found[3:-3]] == list(CT_WINDOWS)
    assert {name for name, *_ in CT_WINDOWS} >= {"brain", "subdural", "bone", "lung", "abdomen"}
    assert [one.group for one in found[-3:]] == ["computed from this image"] * 3


@pytest.mark.parametrize("change", [{"Modality": "MR"}, {"RescaleType": "US"}])
def test_without_hounsfield_units_there_is_no_convention(change: dict[str, str]) -> None:
    dataset = ct_series(1, size=32)[0]
    for keyword, value in change.items():
        setattr(dataset, keyword, value)
    assert {one.group for one in presets(dataset)} == {"in the file", "computed from this image"}


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT"])
def test_all_values_reach_from_black_to_white(function: str) -> None:
    for dataset in (ct_series(1, size=32)[0], radiograph()):
        dataset.VOILUTFunction = function
        values = modality_values(dataset)
        center, width = computed(dataset)["all values"]
        levels = display_values(values, center, width, function)
        assert set(levels[values == values.min()]) == {0}
        assert set(levels[values == values.max()]) == {255}
        assert (center, width) in {
            ((values.min() + values.max() + 1) / 2, values.max() - values.min() + 1),
            ((values.min() + values.max()) / 2, values.max() - values.min()),
        }


def hundred_values() -> FileDataset:
    """Return an image of 1000 pixels in which each value from 1 to 100 stands ten times."""
    dataset = ct_series(1, size=16)[0]
    dataset.Rows, dataset.Columns = 10, 100
    dataset.PixelData = np.tile(np.arange(1, 101, dtype="<u2"), 10).tobytes()
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    return dataset


def test_the_middle_leaves_out_as_much_at_either_end() -> None:
    found = computed(hundred_values())
    # LINEAR shows center - 0.5 - (width - 1) / 2 black and center - 0.5 + (width - 1) / 2 white.
    assert found == {
        "all values": (51, 100),
        "middle 98 % of the pixels": (50.5, 99),  # 1 to 99
        "middle 90 % of the pixels": (50.5, 91),  # 5 to 95
    }


def test_padding_counts_for_nothing() -> None:
    dataset = hundred_values()
    dataset.PixelPaddingValue, dataset.PixelPaddingRangeLimit = 91, 100
    assert computed(dataset)["all values"] == (46, 90)
    dataset.PixelPaddingValue, dataset.PixelPaddingRangeLimit = 200, 300  # occurs nowhere
    assert computed(dataset)["all values"] == (51, 100)
    dataset.PixelPaddingValue, dataset.PixelPaddingRangeLimit = 0, 100  # all of it, which cannot be meant
    assert computed(dataset)["all values"] == (51, 100)
    dataset.PixelData = np.full(1000, 50, dtype="<u2").tobytes()
    assert computed(dataset) == {}


def test_a_negative_slope_turns_the_ends_over() -> None:
    dataset = hundred_values()
    dataset.RescaleSlope, dataset.RescaleIntercept = -2, 10
    low, high = 10 - 2 * 100, 10 - 2 * 1
    assert computed(dataset)["all values"] == ((low + high + 1) / 2, high - low + 1)


def test_fractions_and_what_is_no_number_are_taken_as_they_are() -> None:
    dataset = ct_series(1, size=16)[0]
    for keyword in ("RescaleSlope", "RescaleIntercept", "RescaleType"):
        delattr(dataset, keyword)
    stored = np.array([[np.nan, np.inf, 0.25], [0.5, 0.75, -np.inf]], dtype=np.float32)
    assert computed(dataset, stored)["all values"] == (1.0, 1.5)
    assert computed(dataset, np.full((2, 2), np.nan, dtype=np.float32)) == {}
