"""De-identify an instance: the Basic Profile of PS3.15, in every sequence, with names that stay consistent.

What this does not do: it cleans no pixels, no recorded voice and no written report. Such instances are
refused. It follows a table of attributes; a name that somebody typed into an attribute of the image, such as
a Filter Type, is found only if it repeats a name or a number that stood elsewhere, of four letters or more.
Times of day stay, and a face can be rendered from thin slices: less than identified is not yet anonymous.

The work is split: `doubtful_content` refuses, `deidentification_walk` goes through the data set,
`element_rules` decides, `deidentification_key` makes new names, `shifted_dates` moves dates.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset

from dicomkit.errors import DeidentificationError, DicomKitError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file
from dicomkit.privacy.deidentification_key import DeidentificationKey
from dicomkit.privacy.deidentification_walk import Change, Walk
from dicomkit.privacy.doubtful_content import doubts
from dicomkit.privacy.profile_actions import EDITION, Action, profile_actions

__all__ = ["PIXELS_UNCHANGED", "Change", "Deidentified", "deidentify"]

PIXELS_UNCHANGED = "the pixels were not changed"

_METHOD = f"PS3.15 {EDITION} Basic Profile; keyed UIDs; dates shifted by patient"  # LO: at most 64 characters
# PS3.16 CID 7050, De-identification Method.
_BASIC_PROFILE = ("113100", "Basic Application Confidentiality Profile")
_MODIFIED_DATES = ("113107", "Retain Longitudinal Temporal Information Modified Dates Option")
_SAFE_PRIVATE = ("113111", "Retain Safe Private Option")
_NEEDED = ("SOPClassUID", "SOPInstanceUID")


@dataclass(frozen=True)
class Deidentified:
    """An instance without its patient, and what was done to each element.

    Parameters
    ----------
    dataset
        The result. It shares nothing with the instance it was made from.
    changes
        One for each element of the instance, in the order of the file, those that were kept included.
    remarks
        What the reader of the result should know; no values.
    """

    dataset: FileDataset
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]

    def count(self, action: Action) -> int:
        """Return how many elements met with `action`."""
        return sum(change.action is action for change in self.changes)

    def __repr__(self) -> str:
        done = ", ".join(f"{self.count(action)} {action}" for action in Action if self.count(action))
        return f"Deidentified({done})"


def deidentify(
    instance: Dataset,
    key: DeidentificationKey,
    *,
    keep_private: Collection[str] = (),
    pixels_checked: bool = False,
) -> Deidentified:
    """Return a copy of an instance that nobody can be recognised by, as far as its attributes go.

    Parameters
    ----------
    instance
        A data set as `dicomkit.files.read_file` returns it. It is not changed.
    key
        Makes the new UIDs. All instances of a study, and all studies that belong together, need the same key.
    keep_private
        Names of private creators whose blocks are known to be safe; by default every private element goes.
    pixels_checked
        Somebody has looked at the pixels and found no names painted into them. This is never found out here.

    Raises
    ------
    DeidentificationError
        If the instance is refused: see `dicomkit.privacy.doubtful_content`.
    WorkshopError
        If dicom-anonymizer, which brings the table, is not installed.

    References
    ----------
    PS3.15 chapter E, Attribute Confidentiality Profiles: section E.2 (Basic Profile), section E.3.6 (dates), E.3.10
    (private attributes); PS3.3 section C.7.1.1 (Patient Identity Removed, De-identification Method); PS3.16 CID 7050.
    """
    profile_actions()  # whoever lacks the package shall hear of it first
    with quiet_pydicom():
        source = _copy(instance)
        _refuse(source, pixels_checked=pixels_checked)
        remarks = _remarks(source)
        walk = Walk(key, person=_person(source), keep_private=keep_private)
        walk.data_set(source)
        walk.empty_what_repeats_a_name()
        walk.kept.refuse_bytes()
        if walk.kept.bytes_nobody_looked_into:
            names = ", ".join(sorted(set(walk.kept.bytes_nobody_looked_into)))
            remarks.append(f"bytes that nobody has looked into were kept: {names}")
        _declare(source, walk, keeps_private=bool(keep_private))
        return Deidentified(_copy(source), tuple(walk.changes), tuple(remarks))


def _copy(instance: Dataset) -> FileDataset:
    """Write an instance to memory and read it again: values become bytes, and nothing is shared."""
    try:
        return read_content(encode_file(instance), given="instance")
    except DicomKitError as error:
        raise DeidentificationError("instance", error.problem, error.remedy) from error


def _refuse(source: Dataset, *, pixels_checked: bool) -> None:
    for doubt in doubts(source):
        if not doubt.about_pixels:
            raise DeidentificationError("instance", doubt.problem, "leave it out, or clean it by other means")
        if not pixels_checked:
            raise DeidentificationError(
                "instance",
                doubt.problem,
                "look at the pixels; if they are clean, say so: pixels_checked=True, or --pixels-checked",
            )
    for keyword in _NEEDED:
        if not source.get(keyword):
            raise DeidentificationError("instance", f"it has no {keyword}", "it is no instance: leave it out")


def _person(source: Dataset) -> str:
    """Return what tells patients apart: the Patient ID or, where there is none, the study."""
    patient_id = str(source.get("PatientID") or "").strip()
    return f"patient {patient_id}" if patient_id else f"study {source.get('StudyInstanceUID')}"


def _remarks(source: Dataset) -> list[str]:
    remarks = []
    if not str(source.get("PatientID") or "").strip():
        remarks.append("there was no Patient ID: each study is taken for another patient")
    if "PixelData" in source:
        remarks.append(PIXELS_UNCHANGED)
    return remarks


def _declare(source: FileDataset, walk: Walk, *, keeps_private: bool) -> None:
    """Say in the result what was done, as PS3.15 section E.1.1 asks for; and write group 0002 anew."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = source.file_meta.TransferSyntaxUID
    source.file_meta = meta  # encode_file adds the UIDs of the result and who wrote it
    source.PatientIdentityRemoved = "YES"
    source.DeidentificationMethod = _METHOD
    source.LongitudinalTemporalInformationModified = "MODIFIED"
    used = [_BASIC_PROFILE, _MODIFIED_DATES, *([_SAFE_PRIVATE] if keeps_private else [])]
    source.DeidentificationMethodCodeSequence = [_code_item(*code) for code in used]
    for tag in (0x00120062, 0x00120063, 0x00120064, 0x00280303):
        walk.record_added(tag)


def _code_item(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item
