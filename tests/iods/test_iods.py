"""The table of modules, against the independent validator dciodvfy: exactly what it reports as missing is missing."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom import Dataset
from pydicom.datadict import dictionary_keyword, keyword_dict
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomkit.files import index
from dicomkit.index.element_rows import instance_rows
from dicomkit.iods.roles import SOP_CLASSES, attribute_roles, flaws, instance_flaws
from dicomkit.iods.tables import FILE_META, REFERENCES, modules

# What is conditional in PS3.3 and not in the validator, which knows more about the condition.
ONLY_VALIDATOR = {
    "1.2.840.10008.5.1.4.1.1.7.2": {"RescaleIntercept", "RescaleSlope", "RescaleType"},
    "1.2.840.10008.5.1.4.1.1.7.4": {"PlanarConfiguration"},
    "1.2.840.10008.5.1.4.1.1.66.4": {
        *("FrameOfReferenceUID", "PositionReferenceIndicator", "PerFrameFunctionalGroupsSequence"),
    },
    "1.2.840.10008.5.1.4.1.1.481.3": {"FrameOfReferenceUID", "PositionReferenceIndicator"},
    **{
        f"1.2.840.10008.5.1.4.1.1.{enhanced}": {"PerFrameFunctionalGroupsSequence"}
        for enhanced in ("2.1", "4.1", "4.2", "12.1.1", "12.2.1", "13.1.3", "30", "130")
    },
}
# The validator counts the Modality LUT of these as absent; half of a pair is a flaw all the same (PS3.3 section C.11.1).
ONLY_OURS = {
    f"1.2.840.10008.5.1.4.1.1.{x_ray}": {"RescaleSlope", "RescaleType"} for x_ray in ("12.1", "12.2")
}
ABORTS = {
    *("badVR.dcm", "rtdose.dcm", "rtdose_1frame.dcm", "rtdose_expb.dcm", "rtdose_expb_1frame.dcm"),
}
_SAID = re.compile(
    r"Error - (?:Missing attribute|Empty attribute \(no value\)) Type (\w+) \w+ Element=<(\w+)> Module="
)
# It says the same of some attributes in words of their own.
_ROOT_ITEM = re.compile(r"Error - (\w+) is required for root content item")
_POINTED_AT = re.compile(r"Error - FrameIncrementPointer value is not present.* is \(0x(\w+),0x(\w+)\)")
_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def said_by_validator(program: str, path: Path) -> dict[str, set[str]]:
    """Return which keywords the validator misses, with the types that it states."""
    done = subprocess.run([program, str(path)], check=False, capture_output=True, timeout=60)
    assert done.returncode >= 0, "the validator aborted"
    said = done.stderr.decode("latin-1")
    found: dict[str, set[str]] = {}
    for kind, keyword in _SAID.findall(said):
        found.setdefault(keyword, set()).add(kind)
    for keyword in _ROOT_ITEM.findall(said):
        found.setdefault(keyword, {"1C"})
    for group, element in _POINTED_AT.findall(said):
        found.setdefault(dictionary_keyword(int(group + element, 16)), {"1C"})
    return found


@pytest.mark.parametrize("sop_class_uid", sorted(SOP_CLASSES))
def test_an_empty_instance_lacks_what_the_validator_says(
    sop_class_uid: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    dataset = bare_instance(sop_class_uid)
    dataset.save_as(tmp_path / "bare.dcm", enforce_file_format=True)
    theirs = said_by_validator(peer("dciodvfy"), tmp_path / "bare.dcm")
    ours = {
        dictionary_keyword(flaw.tag): flaw.role.type
        for flaw in flaws(sop_class_uid, {0x00080016: sop_class_uid, 0x00080018: "1.2.3"})
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


def bare_instance(sop_class_uid: str) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    return dataset


def fulfil(dataset: Dataset, condition: str) -> None:
    """Give a data set the values that a condition asks for."""
    for sentence in condition.split(" and "):
        keyword, _, wanted = sentence.partition(" is ")
        if wanted == "absent" or keyword in dataset:
            continue
        value: Any = {"present": 1, "more than 1": 3}.get(wanted, wanted.split(" or ")[0])
        if keyword == "PixelData":
            dataset.add_new(keyword_dict[keyword], "OB", b"\0\0")
        elif keyword == "FrameIncrementPointer":
            setattr(dataset, keyword, int(value[1:5] + value[6:10], 16))
        else:
            setattr(dataset, keyword, value)


@pytest.mark.parametrize("sop_class_uid", sorted(SOP_CLASSES))
def test_where_a_condition_holds_the_validator_asks_too(
    sop_class_uid: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    conditions = {role.condition for role in attribute_roles(sop_class_uid).values()} - {""}
    for number, condition in enumerate(sorted(conditions)):
        dataset = bare_instance(sop_class_uid)
        fulfil(dataset, condition)
        path = tmp_path / f"{number}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        ours = {
            dictionary_keyword(flaw.tag)
            for flaw in instance_flaws(instance_rows(path.read_bytes()))
            if flaw.role.condition
        }
        assert ours, condition
        theirs = set(said_by_validator(peer("dciodvfy"), path))
        assert ours <= theirs | ONLY_OURS.get(sop_class_uid, set()), condition


# In which SOP class these stand, and inside of which sequences; the others may stand in any image.
PLACES = {
    "ReferencedRTPlanSequence": ("481.2", ()),
    "ReferencedStructureSetSequence": ("481.5", ()),
    "ReferencedSOPSequence": (
        "88.59",
        ("CurrentRequestedProcedureEvidenceSequence", "ReferencedSeriesSequence"),
    ),
}


@pytest.mark.parametrize("sequence", sorted([*REFERENCES, "ProcedureCodeSequence", "AnatomicRegionSequence"]))
def test_an_empty_item_lacks_what_the_validator_says(
    sequence: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    for item in ({}, {"CodeValue": "1", "ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}):
        sop_class, around = PLACES.get(sequence, ("2", ()))
        dataset = innermost = bare_instance(f"1.2.840.10008.5.1.4.1.1.{sop_class}")
        for keyword in (*around, sequence):
            setattr(innermost, keyword, [Dataset()])
            innermost = innermost[keyword][0]
        for keyword, value in item.items():
            setattr(innermost, keyword, value)
        path = tmp_path / "bare.dcm"
        dataset.save_as(path, enforce_file_format=True)
        found = instance_flaws(instance_rows(path.read_bytes()))
        ours = {dictionary_keyword(flaw.tag) for flaw in found if flaw.item}
        theirs = set(said_by_validator(peer("dciodvfy"), path))
        assert ours <= theirs
        # Of a code it misses all three forms of its value; one of them is enough.
        needed = {
            "CodeMeaning",
            "CodeValue",
            "CodingSchemeDesignator",
            *(keyword for keyword in theirs if "SOP" in keyword),
        }
        if sequence != "AnatomicRegionSequence":  # which no name tells to be a code
            assert ours == theirs & needed - set(item)
        assert len({flaw.item for flaw in found if flaw.item}) <= 1


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
    for module, types in {**modules(), "File Meta Information": FILE_META}.items():
        assert types.keys() <= {"1", "1C", "2", "2C", "3"}, module
        keywords = [keyword for listed in types.values() for keyword in listed]
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
