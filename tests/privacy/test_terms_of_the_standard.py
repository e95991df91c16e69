"""A patient named like a term of the Standard: the term stays, since the image could not be shown without it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dicomkit.files.writing import write_file
from dicomkit.pixels import stored_values
from dicomkit.privacy import DeidentificationKey, deidentify
from dicomkit.samples import ct_series, radiograph

KEY = DeidentificationKey(b"the key of these tests: 32 bytes!")
NAMES = ["Original^Primary", "Monochrome^Axial", "Monochrome2^Volume", "Iso^Ir", "Linear^Identity"]


def errors(dciodvfy: str, path: Path) -> set[str]:
    done = subprocess.run([dciodvfy, path], capture_output=True, text=True, check=False, timeout=60)
    return {line for line in done.stderr.splitlines() if line.startswith("Error")}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["ct", "radiograph"])
def test_the_image_stays_valid_and_the_same(
    name: str, kind: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    dataset = ct_series(1, size=16)[0] if kind == "ct" else radiograph()
    dataset.PatientName, dataset.PatientID = name, "ISO_IR 192"
    dataset.PatientIdentityRemoved = "NO"
    done = deidentify(dataset, KEY, pixels_checked=True).dataset
    for keyword in ("ImageType", "PhotometricInterpretation", "SpecificCharacterSet"):
        assert done[keyword].value == dataset[keyword].value
    np.testing.assert_array_equal(stored_values(done), stored_values(dataset))
    write_file(dataset, tmp_path / "before.dcm")
    write_file(done, tmp_path / "after.dcm")
    dciodvfy = peer("dciodvfy")
    assert errors(dciodvfy, tmp_path / "after.dcm") <= errors(dciodvfy, tmp_path / "before.dcm")


def test_what_is_no_term_is_replaced_and_its_neighbours_stay() -> None:
    dataset = ct_series(1, size=16)[0]
    dataset.PatientName = "Kowalska^Axial"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "KOWALSKA"]
    done = deidentify(dataset, KEY).dataset
    assert list(done.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL", "ANONYMIZED"]
