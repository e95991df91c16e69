"""The synthetic studies are valid, the same everywhere, and identify nobody."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from dicomkit import samples
from dicomkit.errors import UsageError
from dicomkit.files.writing import encode_file, write_file
from dicomkit.pixels import modality_values, render

SERIES: dict[str, Callable[[], list[FileDataset]]] = {
    "ct_series": samples.ct_series,
    "localiser": lambda: [samples.localiser()],
    "cine": lambda: [samples.cine()],
    "colour": lambda: [samples.colour()],
    "radiograph": lambda: [samples.radiograph()],
}
# So that nobody changes a sample without noticing: notebooks show these values.
HASHES = {
    "ct_series": "4273f718763eee1a",
    "localiser": "327735808528c085",
    "cine": "0e73c4087629a3a8",
    "colour": "059b31a270963004",
    "radiograph": "52d7478ff1825fb6",
}


@pytest.mark.parametrize("name", SERIES)
def test_each_sample_is_valid(name: str, tmp_path: Path, peer: Callable[[str], str]) -> None:
    for index, instance in enumerate(SERIES[name]()):
        path = tmp_path / f"{index}.dcm"
        write_file(instance, path)
        if index in {0, 11}:
            done = subprocess.run(
                [peer("dciodvfy"), path], capture_output=True, text=True, check=False, timeout=60
            )
            lines = done.stderr.splitlines()
            assert [line for line in lines if line.startswith(("Error", "Warning"))] == []
            assert lines, "dciodvfy names at least the IOD"


def test_all_samples_together_agree_with_each_other(tmp_path: Path, peer: Callable[[str], str]) -> None:
    instances = [instance for make in SERIES.values() for instance in make()]
    for index, instance in enumerate(instances):
        write_file(instance, tmp_path / f"{index:02}.dcm")
    paths = sorted(tmp_path.iterdir())
    done = subprocess.run([peer("dcentvfy"), *paths], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout + done.stderr == ""
    assert len({instance.SOPInstanceUID for instance in instances}) == len(instances)


@pytest.mark.parametrize("name", SERIES)
def test_each_sample_is_the_same_each_time(name: str) -> None:
    files = [encode_file(instance) for instance in SERIES[name]()]
    assert files == [encode_file(instance) for instance in SERIES[name]()]
    pixels = b"".join(instance.PixelData for instance in SERIES[name]())
    assert hashlib.sha256(pixels).hexdigest()[:16] == HASHES[name]


def test_another_process_makes_the_same_uids() -> None:
    code = "from dicomkit import samples; print(samples.ct_series(1, size=16)[0].SOPInstanceUID)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == samples.ct_series(1, size=16)[0].SOPInstanceUID


@pytest.mark.parametrize("name", SERIES)
def test_each_sample_says_that_it_is_nobody_s(name: str) -> None:
    for instance in SERIES[name]():
        assert (instance.PatientName, instance.PatientID) == ("WORKSHOP^ANNA", "WORKSHOP01")
        assert instance.PatientIdentityRemoved == "YES"
        assert "Synthetic" in instance.DeidentificationMethod
        assert instance.BurnedInAnnotation == "NO"


@pytest.mark.parametrize("name", SERIES)
def test_each_sample_is_small_and_shows_something(name: str) -> None:
    instances = SERIES[name]()
    assert sum(len(encode_file(instance)) for instance in instances) < 700_000
    picture = render(instances[0])
    assert np.ptp(picture) > 200
    assert len(np.unique(picture)) > 60


def test_the_slices_stand_where_they_say() -> None:
    series = samples.ct_series()
    first = series[0]
    assert [instance.InstanceNumber for instance in series] == list(range(1, 13))
    heights = [float(instance.ImagePositionPatient[2]) for instance in series]
    assert np.allclose(np.diff(heights), 7)
    assert len({instance.FrameOfReferenceUID for instance in series}) == 1
    assert len({instance.SeriesInstanceUID for instance in series}) == 1
    # The field of view lies around the origin: first pixel and last pixel are as far from it.
    last_mm = first.ImagePositionPatient[0] + (first.Columns - 1) * first.PixelSpacing[1]
    assert float(last_mm) == pytest.approx(-first.ImagePositionPatient[0], abs=1e-3)


def test_another_size_is_the_same_head() -> None:
    small, large = samples.ct_series(1, size=64)[0], samples.ct_series(1, size=256)[0]
    assert float(small.PixelSpacing[0]) * 64 == pytest.approx(float(large.PixelSpacing[0]) * 256)
    difference = modality_values(small).mean() - modality_values(large).mean()
    assert abs(difference) < 5


def test_hounsfield_units_are_those_of_air_water_and_bone() -> None:
    values = modality_values(samples.ct_series()[5])
    assert np.median(values[:8, :8]) == pytest.approx(-1000, abs=10)
    brain = values[60:70, 40:50]
    assert 20 < brain.mean() < 45
    assert values.max() > 1000


def test_the_localiser_lies_in_the_same_room() -> None:
    slice_, localiser = samples.ct_series(1)[0], samples.localiser()
    assert localiser.FrameOfReferenceUID == slice_.FrameOfReferenceUID
    assert localiser.StudyInstanceUID == slice_.StudyInstanceUID
    assert localiser.SeriesInstanceUID != slice_.SeriesInstanceUID
    # Every slice's height is on it.
    top = localiser.ImagePositionPatient[2]
    bottom = top - localiser.Rows * localiser.PixelSpacing[0]
    assert bottom < slice_.ImagePositionPatient[2] < samples.ct_series()[-1].ImagePositionPatient[2] < top


def test_the_radiograph_is_to_be_turned_over() -> None:
    instance = samples.radiograph()
    lung, spine = (slice(70, 90), slice(55, 65)), (slice(110, 120), slice(94, 98))
    stored, shown = instance.pixel_array, render(instance)
    assert instance.PhotometricInterpretation == "MONOCHROME1"
    assert stored[lung].mean() > stored[spine].mean()
    assert shown[lung].mean() < shown[spine].mean()


def test_the_heart_beats() -> None:
    instance = samples.cine(4)
    frames = [render(instance, number) for number in (1, 2, 3, 4)]
    assert instance.NumberOfFrames == 4
    assert all((one != other).any() for one, other in pairwise(frames))
    is_coloured = [(frame.max(axis=-1) != frame.min(axis=-1)).mean() for frame in frames]
    assert max(is_coloured) > 0.01


@pytest.mark.parametrize(
    "make",
    [
        lambda: samples.ct_series(0),
        lambda: samples.ct_series(15),
        lambda: samples.ct_series(1, size=5000),
        lambda: samples.cine(1),
        lambda: samples.colour(size=1),
        lambda: samples.radiograph(size=9999),
        lambda: samples.localiser(size=0),
    ],
)
def test_a_number_out_of_range_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError, match="is not between"):
        make()


MAKERS: dict[str, Callable[[str], list[FileDataset]]] = {
    "ct_series": lambda attendee: samples.ct_series(attendee=attendee),
    "localiser": lambda attendee: [samples.localiser(attendee=attendee)],
    "cine": lambda attendee: [samples.cine(attendee=attendee)],
    "colour": lambda attendee: [samples.colour(attendee=attendee)],
    "radiograph": lambda attendee: [samples.radiograph(attendee=attendee)],
}


def uids_of(instances: list[FileDataset]) -> set[str]:
    return {
        str(element.value)
        for instance in instances
        for element in instance
        if element.VR == "UI" and str(element.value).startswith("2.25.")
    }


@pytest.mark.parametrize("name", MAKERS)
def test_each_attendee_has_a_patient_and_uids_of_his_own(name: str) -> None:
    """Thirty senders of one sample were twelve files and 348 duplicates."""
    nobody, seven, eight = (MAKERS[name](attendee) for attendee in ("", "07", "08"))
    assert [encode_file(one) for one in nobody] == [encode_file(one) for one in SERIES[name]()]
    assert [encode_file(one) for one in seven] == [encode_file(one) for one in MAKERS[name]("07")]
    assert uids_of(nobody).isdisjoint(uids_of(seven))
    assert uids_of(seven).isdisjoint(uids_of(eight))
    assert len(uids_of(nobody)) == len(uids_of(seven)) == len(uids_of(eight))
    assert {str(one.PatientName) for one in seven} == {"WORKSHOP^07"}
    assert {one.PatientID for one in seven} == {"WORKSHOP-07"}
    assert {one.PatientIdentityRemoved for one in seven} == {"YES"}
    assert [one.PixelData for one in seven] == [one.PixelData for one in nobody]


def test_the_samples_of_an_attendee_are_one_study_in_one_frame_of_reference(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    instances = [*samples.ct_series(2, attendee="A-1"), samples.localiser(attendee="A-1")]
    assert len({one.StudyInstanceUID for one in instances}) == 1
    assert len({one.FrameOfReferenceUID for one in instances}) == 1
    for index, instance in enumerate(instances):
        write_file(instance, tmp_path / f"{index}.dcm")
    paths = sorted(tmp_path.iterdir())
    done = subprocess.run([peer("dcentvfy"), *paths], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("attendee", ["A^B", "A\\B", " ", "x" * 17, "\u00c4", 7, None])
def test_what_is_no_short_name_is_refused(attendee: object) -> None:
    with pytest.raises(UsageError, match="no short name"):
        samples.localiser(attendee=attendee)  # type: ignore[arg-type] # - the point of the test
