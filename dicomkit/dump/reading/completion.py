"""Complete what a dump text leaves out, as ``dump2dcm`` does when it writes a file."""

from __future__ import annotations

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import Tag
from pydicom.uid import UID

from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, make_uid

__all__ = ["STAND_IN_SOP_CLASS_UID", "complete_file_meta", "generate_missing_uids"]

# DCMTK's own UID for "a file of no SOP class". Group 0002 must name a class, and a bare data set has none.
STAND_IN_SOP_CLASS_UID = UID("1.2.276.0.7230010.3.1.0.1")

_GENERATED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def generate_missing_uids(dataset: FileDataset) -> list[str]:
    """Give a data set the study, series and SOP instance UID that it lacks (``dump2dcm +Ug``).

    A UID that is there is kept. There is no way to guess a SOP Class UID, so it is not among them: without
    that one a file can be written, but not sent.

    Parameters
    ----------
    dataset
        The data set; it is changed.

    Returns
    -------
    list of str
        The keywords that were filled.

    References
    ----------
    PS3.5 section B.2, UUID Derived UID.
    """
    missing = [keyword for keyword in _GENERATED if not _uid_bytes(dataset, keyword)]
    for keyword in missing:
        setattr(dataset, keyword, make_uid())
    if "SOPInstanceUID" in missing:
        # The name that group 0002 has for the instance is that of an earlier file.
        dataset.file_meta.pop("MediaStorageSOPInstanceUID", None)
    return missing


def complete_file_meta(dataset: FileDataset) -> list[str]:
    """Fill group 0002 as far as the dump did not name it, and sign it with this package's own UID.

    SOP class and instance come from the data set. Where it has none, DCMTK's UID for "no SOP class" and a
    new UID take their place, so that the file is a DICOM file at all.

    Parameters
    ----------
    dataset
        The data set; its ``file_meta`` is changed.

    Returns
    -------
    list of str
        The keywords of group 0002 that contradict the data set.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    meta = dataset.file_meta
    contradictions = []
    for keyword, source, stand_in in (
        ("MediaStorageSOPClassUID", "SOPClassUID", STAND_IN_SOP_CLASS_UID),
        ("MediaStorageSOPInstanceUID", "SOPInstanceUID", make_uid()),
    ):
        named, own = _uid_bytes(meta, keyword), _uid_bytes(dataset, source)
        if not named:
            _set_uid(meta, keyword, own or stand_in.encode())
        elif own and named != own:
            contradictions.append(keyword)
    # PS3.10 7.1: these two name what wrote the file, so those of an earlier writer do not hold any more.
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return contradictions


def _uid_bytes(dataset: Dataset, keyword: str) -> bytes:
    """Return a UID as it stands in the file: pydicom's own way prints a bad one in a warning."""
    tag = Tag(keyword)
    if tag not in dataset:
        return b""
    element = dataset.get_item(tag)
    value = element.value if isinstance(element, RawDataElement) else str(element.value or "").encode()
    return (value or b"").rstrip(b"\0 ")


def _set_uid(dataset: Dataset, keyword: str, uid: bytes) -> None:
    value = uid + bytes(len(uid) % 2)
    dataset[keyword] = RawDataElement(Tag(keyword), "UI", len(value), value, 0, False, True)
