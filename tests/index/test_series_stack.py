"""Gaps and duplicates of a series, as soon as its files are listed."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from dicomkit.index import index
from dicomkit.index.stacks import SlicePlace, stack_of
from dicomkit.samples import cine, ct_series, localiser
from dicomkit.uids import make_uid
from dicomkit.viewers import MetadataViewer


def axial(*heights: float) -> list[SlicePlace]:
    return [SlicePlace((0, 0, height), (1, 0, 0), (0, 1, 0)) for height in heights]


@pytest.mark.parametrize(
    ("heights", "says"),
    [
        ((0, 7, 14), "3 slices, 7 mm apart"),
        ((14, 0, 7), "3 slices, 7 mm apart"),
        ((0, 7, 21, 28), "4 slices, 7 mm apart; 1 missing between slices 2 and 3"),
        ((0, 7, 7, 14), "4 slices, 7 mm apart; 1 double"),
        ((0, 7, 17, 24), "4 slices, on average 8 mm apart; not evenly spaced (up to 1.00 mm off)"),
        ((0.0, 0.7, 1.3, 2.0, 2.7, 3.3), "6 slices, on average 0.66 mm apart; not evenly spaced (up to 0.06 mm off)"),
        ((5,), "1 slice"),
    ],
)  # fmt: skip
def test_a_stack_says_what_is_missing_or_double(heights: tuple[float, ...], says: str) -> None:
    assert stack_of(axial(*heights)).in_words() == says


def test_the_spacing_of_a_tilted_stack_is_along_the_normal() -> None:
    stack = stack_of([SlicePlace((0, 2.0 * n, 5.0 * n), (1, 0, 0), (0, 1, 0)) for n in range(4)])
    assert stack.spacing_mm == pytest.approx(5)
    assert stack.tilt_degrees == pytest.approx(np.degrees(np.arctan2(2, 5)))


def test_the_index_and_its_viewer_say_it_at_once() -> None:
    images = ct_series(6, size=16)
    given = [*images[:2], *images[3:], images[0], cine(2)]
    says = "6 slices, 7 mm apart; 1 missing between slices 2 and 3; 1 double"
    assert f"study 1, series 1, CT: {says}" in index(given).describe()
    assert f"study 1, series 1: {says}" in MetadataViewer(given).describe()
    (study, _) = MetadataViewer(given).answer({"ask": "overview"}).content["studies"]
    assert study["series"][0]["label"] == f"Series 2 · CT · Head 5 mm · 6 instances · {says}"


def test_what_is_as_it_should_be_gets_no_line() -> None:
    assert "apart" not in MetadataViewer(ct_series(4, size=16)).describe()


def test_geometry_that_is_no_number_is_none() -> None:
    images = ct_series(3, size=16)
    for image in images:
        del image.ImageOrientationPatient
    assert index(images).describe().endswith("series 1, CT: 3 instances")


def in_time(count: int, *, echoes: int = 2) -> list[FileDataset]:
    """Return a series with several instances in each place."""
    images = []
    for echo in range(1, echoes + 1):
        for number, image in enumerate(ct_series(count, size=16)):
            image.SOPInstanceUID = make_uid("echo", str(echo), str(number))
            image.EchoTime = 2.5 * echo
            images.append(image)
    return images


def test_several_instances_in_each_place_are_no_doubles() -> None:
    images = in_time(5)
    assert index(images).describe().endswith("CT: 5 slices, 7 mm apart, 2 instances in each place")
    assert "instances in each place" not in MetadataViewer(images).describe(), "nothing is odd"
    short = index([*images[:-1], images[0]]).describe()
    assert short.endswith(
        "5 slices, 7 mm apart, 2 instances in each place; 1 place with more or fewer; 1 double"
    )


def test_one_place_that_was_imaged_again_and_again_is_no_stack_of_doubles() -> None:
    assert index(in_time(1, echoes=4)).describe().endswith("CT: 1 slice, 4 instances in each place")


def test_localisers_that_cross_are_as_they_should_be() -> None:
    images = [localiser(size=16) for _ in range(3)]
    for number, cosines in enumerate(([1, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, -1], [0, 1, 0, 0, 0, -1])):
        images[number].ImageOrientationPatient = cosines
        images[number].SOPInstanceUID = make_uid("scout", str(number))
    assert "orientation" not in MetadataViewer(images).describe()
    assert index(images).describe().endswith("3 slices in different orientations")


def test_cosines_that_were_rounded_or_multiplied_change_no_distance() -> None:
    images = ct_series(4, size=16)
    for image in images:
        image.ImageOrientationPatient = [2, 0, 0, 0, 1.998, 0]
    assert index(images).describe().endswith("4 slices, 7 mm apart")
