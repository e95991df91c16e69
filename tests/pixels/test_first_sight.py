"""The first picture in a viewer shows something, and says who chose its window."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from dicomkit.errors import DicomKitError
from dicomkit.pixels import render, secondary_capture, stored_values
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.display_hints import display_hints
from dicomkit.pixels.first_sight import FEWEST_LEVELS, FirstSight, choose_first_sight, first_picture
from dicomkit.pixels.presets import value_counts
from dicomkit.pixels.rendering import is_grey
from dicomkit.samples import cine, ct_series, localiser, radiograph
from dicomkit.viewers import ImageViewer

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"


def grey(values: npt.NDArray[Any], **attributes: Any) -> FileDataset:  # noqa: ANN401 - any VR
    dataset = secondary_capture(values)
    for keyword in ("RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"):
        if keyword in dataset:
            del dataset[keyword]
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def floating(values: npt.NDArray[Any], **attributes: Any) -> FileDataset:  # noqa: ANN401 - any VR
    dataset = grey(np.zeros(values.shape, dtype=np.uint8), **attributes)
    for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        del dataset[keyword]
    dataset.BitsAllocated, dataset.FloatPixelData = 32, values.astype("<f4").tobytes()
    return dataset


def sight(dataset: Dataset, frame: int = 1) -> FirstSight:
    found = first_picture(dataset, frame).sight
    assert found is not None
    return found


def bundled_frames() -> list[tuple[str, Dataset, int]]:
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted(path for path in BUNDLED.rglob("*") if path.is_file()):
            try:
                dataset = dcmread(path)
                frames = check_image(dataset)
                stored_values(dataset)
            except (DicomKitError, pydicom.errors.InvalidDicomError, ValueError, TypeError):
                continue  # no image, or one that is damaged on purpose
            if is_grey(dataset):
                found += [(path.name, dataset, frame) for frame in range(1, frames + 1)]
    return found


def test_every_frame_of_a_bundled_file_shows_something_at_first_sight() -> None:
    frames = bundled_frames()
    assert len(frames) > 90
    plain = []
    for name, dataset, frame in frames:
        stored = stored_values(dataset, frame)
        hints = display_hints(dataset, stored, frame)
        values = len(np.unique(hints.modality.quantities(stored)))
        levels = len(np.unique(first_picture(dataset, frame).levels))
        if levels < FEWEST_LEVELS < values:
            plain.append((name, frame, levels, values))
    assert plain == []


def test_what_the_file_brings_is_shown_where_it_shows_something() -> None:
    for dataset in [*ct_series(14, size=64), *(localiser(), radiograph())]:
        assert sight(dataset).is_from_file, dataset.InstanceNumber
        assert np.array_equal(first_picture(dataset).levels, render(dataset))
    assert np.array_equal(first_picture(cine(2), 2).levels, render(cine(2), 2))


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        (grey(np.arange(1000, 2000, dtype=np.int16).reshape(10, 100), Modality="CT"), "middle 98 % of the pixels"),
        (grey(np.arange(100, dtype=np.uint16).reshape(10, 10), Modality="RTDOSE"), "all values"),
        (grey(np.arange(100, dtype=np.uint16).reshape(10, 10), Modality="PT"), "all values"),
        (floating(np.linspace(5, 900, 100).reshape(10, 10), WindowCenter=0.5, WindowWidth=1), "middle 98 % of the pixels"),
        (floating(np.linspace(5, 900, 100).reshape(10, 10)), "middle 98 % of the pixels"),
        # One pixel in a hundred is far away from the others: the middle shows them, all values would not.
        (grey(np.append(np.arange(99), 60000).astype(np.uint16).reshape(10, 10), Modality="PT"), "middle 98 % of the pixels"),
    ],
)  # fmt: skip
def test_otherwise_a_window_is_chosen_that_fits_the_values(dataset: FileDataset, name: str) -> None:
    chosen = sight(dataset)
    assert (chosen.name, chosen.is_from_file) == (name, False)
    assert len(np.unique(first_picture(dataset).levels)) > 50
    # In Python, the Standard's meaning: next to nothing of this is seen.
    assert len(np.unique(render(dataset))) < FEWEST_LEVELS or "FloatPixelData" in dataset


def test_a_window_beside_the_values_gives_way_to_the_next_one() -> None:
    dataset = grey(
        np.arange(1000, dtype=np.uint16).reshape(10, 100), WindowCenter=[9000, 500], WindowWidth=[10, 900]
    )
    chosen = sight(dataset)
    assert chosen[:3] == ((500, 900), "window 2", True)
    assert chosen.remark == (
        "window 1 of the file was passed over at first: it shows 1 grey level(s) of this frame"
    )
    assert set(np.unique(render(dataset))) == {0}


def test_what_was_made_for_a_screen_or_has_one_value_stays_as_it_is() -> None:
    for values in (np.arange(0, 256, 2, dtype=np.uint8).reshape(8, 16), np.full((4, 4), 7, np.uint16)):
        assert sight(grey(values)).window is None
        assert np.array_equal(first_picture(grey(values)).levels, render(grey(values)))


def test_an_image_of_nothing_but_padding_is_black() -> None:
    dataset = grey(np.full((4, 4), 7, np.uint16), PixelPaddingValue=7)
    assert not first_picture(dataset).levels.any()


def test_a_viewer_says_that_the_window_is_its_own() -> None:
    dataset = grey(np.arange(1000, 2000, dtype=np.int16).reshape(10, 100), PatientIdentityRemoved="YES")
    viewer = ImageViewer(dataset)
    recipe = viewer.answer({"ask": "frame", "picture": 1, "part": 0}).content["recipe"]
    assert (recipe["first_group"], recipe["first_name"]) == ("chosen by the kit", "middle 98 % of the pixels")
    assert recipe["window"] == sight(dataset).window
    assert "window chosen by the kit: middle 98 % of the pixels" in repr(viewer)
    stored = stored_values(dataset)
    hints = display_hints(dataset, stored)
    assert choose_first_sight(dataset, hints, value_counts(stored)) == sight(dataset)
