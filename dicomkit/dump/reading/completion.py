"""Fill in what a dump text leaves out, as ``dump2dcm`` does when it writes a file."""

from __future__ import annotations

from dicomkit.dump.reading.encoded import EncodedDump, EncodedElement, EncodedItem
from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.encoding import PAD_BYTES
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, new_uid

__all__ = ["STAND_IN_SOP_CLASS_UID", "complete_file_meta", "generate_missing_uids"]

# DCMTK's private UID for a file without a SOP class: group 0002 must name one, and a bare data set has none.
STAND_IN_SOP_CLASS_UID = "1.2.276.0.7230010.3.1.0.1"

_GENERATED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_VERSION, _VERSION_VALUE = 0x00020001, b"\x00\x01"


def generate_missing_uids(dump: EncodedDump) -> list[str]:
    """Add missing Study, Series and SOP Instance UIDs to a data set (``dump2dcm +Ug``).

    Existing UIDs are kept. A SOP Class UID cannot be guessed, so it is not added: without one a file can be
    written, but not sent.

    Parameters
    ----------
    dump
        The dump; it is changed.

    Returns
    -------
    list of str
        The keywords of the added UIDs.

    References
    ----------
    PS3.5 section B.2, UUID Derived UID.
    """
    missing = [keyword for keyword in _GENERATED if not _text(dump.dataset, keyword)]
    for keyword in missing:
        _set(dump.dataset, keyword, "UI", new_uid())
    if "SOPInstanceUID" in missing:
        # Media Storage SOP Instance UID belongs to an earlier file.
        dump.meta.elements.pop(_tag("MediaStorageSOPInstanceUID"), None)
    return missing


def complete_file_meta(dump: EncodedDump) -> list[str]:
    """Fill in missing elements of group 0002, and set this package's Implementation Class UID.

    SOP Class and SOP Instance UID are taken from the data set. Without them, DCMTK's UID for "no SOP class" and a
    new UID are used, so that the file is a valid DICOM file.

    Parameters
    ----------
    dump
        The dump; its group 0002 is changed.

    Returns
    -------
    list of str
        The keywords of group 0002 that contradict the data set.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    meta = dump.meta
    contradictions = []
    for keyword, source, stand_in in (
        ("MediaStorageSOPClassUID", "SOPClassUID", STAND_IN_SOP_CLASS_UID),
        ("MediaStorageSOPInstanceUID", "SOPInstanceUID", ""),
    ):
        named, own = _text(meta, keyword), _text(dump.dataset, source)
        if not named:
            _set(meta, keyword, "UI", own or stand_in or new_uid())
        elif own and named != own:
            contradictions.append(keyword)
    meta.elements[_VERSION] = EncodedElement(_VERSION, "OB", _VERSION_VALUE)
    if not _text(meta, "TransferSyntaxUID"):
        _set(meta, "TransferSyntaxUID", "UI", dump.transfer_syntax_uid)
    # PS3.10 section 7.1: these two identify the program that wrote the file, so those of an earlier one are replaced.
    _set(meta, "ImplementationClassUID", "UI", IMPLEMENTATION_CLASS_UID)
    _set(meta, "ImplementationVersionName", "SH", IMPLEMENTATION_VERSION_NAME)
    return contradictions


def _tag(keyword: str) -> int:
    return tag_for_keyword(keyword) or 0


def _text(item: EncodedItem, keyword: str) -> str:
    element = item.elements.get(_tag(keyword))
    value = element.value if element is not None else b""
    return value.rstrip(b"\0 ").decode("latin-1") if isinstance(value, bytes) else ""


def _set(item: EncodedItem, keyword: str, vr: str, text: str) -> None:
    value = text.encode("latin-1")
    tag = _tag(keyword)
    item.elements[tag] = EncodedElement(tag, vr, value + PAD_BYTES[vr] * (len(value) % 2))
