"""De-identify an instance: the Basic Profile of PS3.15, in every sequence, with consistent new UIDs and pseudonyms.

Pixels, recorded voices and written reports are not cleaned: such instances are refused. Attributes are treated by a
table; a name that somebody typed into an attribute of the image, such as Filter Type, is found only if it repeats a
name or a number of four letters or more from another attribute. Times of day stay, and a face can be rendered from
thin slices: de-identified does not mean anonymous.

`doubtful_content` refuses instances, `deidentification_walk` goes through the data set, `element_rules` decides what
happens to each element, `deidentification_key` makes new UIDs and pseudonyms, `shifted_dates` shifts dates.
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
    """A de-identified instance, and what was done to each element.

    Parameters
    ----------
    dataset
        The result, a copy that shares nothing with the original instance.
    changes
        One for each element of the instance, including those that were kept, in the order of the file.
    remarks
        What users of the result should know; no values.
    """

    dataset: FileDataset
    changes: tuple[Change, ...]
    remarks: tuple[str, ...]

    def count(self, action: Action) -> int:
        """Return the number of elements with this `action`."""
        return sum(change.action is action for change in self.changes)

    def summary(self) -> str:
        """Return the number of elements for each action that occurs."""
        return ", ".join(f"{self.count(action)} {action}" for action in Action if self.count(action))

    def __repr__(self) -> str:
        return f"Deidentified({self.summary()})"


def deidentify(
    instance: Dataset,
    key: DeidentificationKey,
    *,
    keep_private: Collection[str] = (),
    pixels_checked: bool = False,
) -> Deidentified:
    """Return a copy of an instance whose attributes identify nobody.

    Parameters
    ----------
    instance
        A data set as `dicomkit.files.read_file` returns it. It is not changed.
    key
        The key for new UIDs, pseudonyms and date shifts. Use the same one for all instances of a study, and for all
        studies that belong together.
    keep_private
        Private creators whose blocks are known to be safe; by default every private element is removed.
    pixels_checked
        Whether a person has looked at the pixels and found no names burned into them. Never set by this package.

    Raises
    ------
    DeidentificationError
        If the instance is refused: see `dicomkit.privacy.doubtful_content`.
    WorkshopError
        If dicom-anonymizer, which supplies the table, is not installed.

    References
    ----------
    PS3.15 annex E, Attribute Confidentiality Profiles: sections E.2 (Basic Profile), E.3.6 (dates) and E.3.10
    (private attributes); PS3.3 section C.7.1.1 (Patient Identity Removed, De-identification Method); PS3.16 CID 7050.
    """
    profile_actions()  # first, so that a missing package is reported at once
    with quiet_pydicom():
        source = _copy(instance)
        _refuse(source, pixels_checked=pixels_checked)
        remarks = _remarks(source)
        walk = Walk(key, person=_person(source), keep_private=keep_private)
        walk.data_set(source)
        walk.empty_repeated_names()
        walk.kept.refuse_bytes()
        if walk.kept.unexamined_bytes:
            names = ", ".join(sorted(set(walk.kept.unexamined_bytes)))
            remarks.append(f"bytes that nobody has looked into were kept: {names}")
        _declare(source, walk, keeps_private=bool(keep_private))
        return Deidentified(_copy(source), tuple(walk.changes), tuple(remarks))


def _copy(instance: Dataset) -> FileDataset:
    """Write an instance to memory and read it again: values become raw bytes, and nothing is shared."""
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
            raise DeidentificationError(
                "instance", f"it has no {keyword}", "it is not an instance: leave it out"
            )


def _person(source: Dataset) -> str:
    """Return a text that identifies the patient: the Patient ID or, without one, the study."""
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
    """Record in the result what was done, as PS3.15 section E.1.1 requires, and write a new group 0002."""
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
