"""The command lines of notebook 11, typed: a disc to NIfTI, and its table of contents made anew."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nibabel
import pytest
from pydicom.fileset import FileSet

from dicomkit.index import index
from dicomkit.pixels import volume
from dicomkit.samples import ct_series
from dicomkit.volumes import derived_series
from tests.support.typed_lines import blocks, typed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the lines are typed into bash")


def instances_of(disc: Path) -> int:
    """Return how many instances pydicom finds in the table of contents of a disc."""
    read = FileSet(disc / "DICOMDIR")
    read._stage["t"].cleanup()  # pydicom leaves that to the garbage collector, which warns
    return len(read)


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """Return a disc with a derived series, written as the notebook does."""
    images = ct_series(3, size=16)
    written = FileSet()
    for image in derived_series(volume(images), images):
        written.add(image)
    written.write(tmp_path / "disc")
    written._stage["t"].cleanup()
    return tmp_path / "disc"


def test_the_lines_in_practice_do_what_they_say(disc: Path, peer: Callable[[str], str]) -> None:
    for program in ("dcm2niix", "dcmmkdir", "dcmdump"):
        peer(program)
    (script,) = blocks("11")
    told = typed(script, disc.parent).stdout
    assert told.count("[IMAGE]") == 3
    assert instances_of(disc) == 3
    assert nibabel.load(disc.parent / "out" / "head.nii.gz").shape == (16, 16, 3)


def test_pydicom_and_dcmtk_list_the_same_on_a_disc(disc: Path, peer: Callable[[str], str]) -> None:
    listed = index(disc)
    assert (listed.count("read"), listed.count("rejected")) == (4, 0), "three images and the DICOMDIR"
    assert volume(disc).array.shape == (3, 16, 16)
    kinds = []
    for _ in range(2):
        told = subprocess.run([peer("dcmdump"), "+P", "0004,1430", "DICOMDIR"], cwd=disc, capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
        kinds.append(sorted(re.findall(r"\[(\w+) ?\]", told.stdout)))
        assert instances_of(disc) == 3
        (disc / "DICOMDIR").unlink()  # and once more by dcmmkdir, of the same files
        subprocess.run([peer("dcmmkdir"), "+r", "PT000000"], cwd=disc, check=True, capture_output=True, timeout=60)  # fmt: skip
    assert kinds[0] == kinds[1] == ["IMAGE"] * 3 + ["PATIENT", "SERIES", "STUDY"]
