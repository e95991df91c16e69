"""The table of modules, against the independent validator dciodvfy: what it misses, and nothing else, is missing."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset
from pydicom.datadict import dictionary_keyword, keyword_dict
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomkit.files import index
from dicomkit.files.index_elements import instance_rows
from dicomkit.files.iods import SOP_CLASSES, attribute_roles, flaws, instance_flaws
from dicomkit.files.module_table import FILE_META, MODULES

# What is conditional in PS3.3 and not in the validator, which knows more about the condition.
ONLY_VALIDATOR = {
    "1.2.840.10008.5.1.4.1.1.7.2": {"RescaleIntercept", "RescaleSlope", "RescaleType"},
    "1.2.840.10008.5.1.4.1.1.7.4": {"PlanarConfiguration"},
    "1.2.840.10008.5.1.4.1.1.66.4": {
        *("FrameOfReferenceUID", "PositionReferenceIndicator", "PerFrameFunctionalGroupsSequence"),
    },
    "1.2.840.10008.5.1.4.1.1.481.3": {"FrameOfReferenceUID", "PositionReferenceIndicator"},
}
ABORTS = {
    *("badVR.dcm", "rtdose.dcm", "rtdose_1frame.dcm", "rtdose_expb.dcm", "rtdose_expb_1frame.dcm"),
}
_SAID = re.compile(
    r"Error - (?:Missing attribute|Empty attribute \(no value\)) Type (\w+) \w+ Element=<(\w+)> Module="
)
_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def said_by_validator(program: str, path: Path) -> dict[str, set[str]]:
    """Return which keywords the validator misses, with the types that it states."""
    done = subprocess.run([program, str(path)], check=False, capture_output=True, timeout=60)
    assert done.returncode >= 0, "the validator aborted"
    found: dict[str, set[str]] = {}
    for kind, keyword in _SAID.findall(done.stderr.decode("latin-1")):
        found.setdefault(keyword, set()).add(kind)
    return found


@pytest.mark.parametrize("sop_class_uid", sorted(SOP_CLASSES))
def test_an_empty_instance_lacks_what_the_validator_says(
    sop_class_uid: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    dataset.save_as(tmp_path / "bare.dcm", enforce_file_format=True)
    theirs = said_by_validator(peer("dciodvfy"), tmp_path / "bare.dcm")
    ours = {
        dictionary_keyword(flaw.tag): flaw.role.type
        for flaw in flaws(sop_class_uid, {0x00080016: True, 0x00080018: True})
    }
    assert set(ours) - set(theirs) == set()
    plain = {keyword for keyword, kinds in theirs.items() if kinds & {"1", "2"}}
    more, expected = plain - set(ours), ONLY_VALIDATOR.get(sop_class_uid, set())
    # Validators since 2024 no more miss the functional groups of a segmentation that has no frames.
    assert more in (expected, expected - {"PerFrameFunctionalGroupsSequence"})
    # Where a general and a special module differ, the validator states both.
    assert {
        keyword for keyword, kind in ours.items() if kind not in theirs[keyword] and keyword != "Modality"
    } == set()


def files_of_known_classes() -> list[Path]:
    rows = index(_FILES).rows
    return [_FILES / row.name for row in rows if row.text("SOPClassUID") in SOP_CLASSES]


@pytest.mark.parametrize("path", files_of_known_classes(), ids=lambda path: path.name)
def test_what_a_real_file_lacks_the_validator_misses_too(
    path: Path, peer: Callable[[str], str], tmp_path: Path
) -> None:
    content = path.read_bytes()
    ours = {dictionary_keyword(flaw.tag) for flaw in instance_flaws(instance_rows(content))}
    # The validator aborts on pixels of 32 bits. No Type 1 or 2 of these files stands behind their pixels.
    without_pixels = tmp_path / "headers.dcm"
    pixels = max(content.rfind(b"\xe0\x7f\x10\0"), content.rfind(b"\x7f\xe0\0\x10"))
    end = pixels if path.name in ABORTS else len(content)
    without_pixels.write_bytes(content[:end])
    assert ours <= set(said_by_validator(peer("dciodvfy"), without_pixels))


def test_the_table_knows_its_keywords_and_names_each_once() -> None:
    for module, text in {**MODULES, "File Meta Information": FILE_META}.items():
        parts = [part.split(" ") for part in text.split(" / ")]
        assert {part[0] for part in parts} <= {"1", "1C", "2", "2C", "3"}, module
        keywords = [keyword for part in parts for keyword in part[1:]]
        assert set(keywords) <= set(keyword_dict), module
        assert len(keywords) == len(set(keywords)), module


def test_a_special_module_overrules_a_general_one() -> None:
    ct, cr = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.1"
    body_part = keyword_dict["BodyPartExamined"]
    assert attribute_roles(ct)[body_part][:2] == ("General Series", "3")
    assert attribute_roles(cr)[body_part][:2] == ("CR Series", "2")


def test_an_unknown_class_lacks_nothing() -> None:
    assert flaws("1.2.3", {}) == []
    assert attribute_roles("1.2.3")[0x00020010].module == "File Meta Information"
