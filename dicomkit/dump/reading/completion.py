"""Complete what a dump text leaves out, as ``dump2dcm`` does when it writes a file."""

from __future__ import annotations

from dicomkit.dump.reading.encoded import EncodedDump, EncodedElement, EncodedItem
from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.encoding import PAD_BYTES
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, new_uid

__all__ = ["STAND_IN_SOP_CLASS_UID", "complete_file_meta", "generate_missing_uids"]

# DCMTK's own UID for "a file of no SOP class". Group 0002 must name a class, and a bare data set has none.
STAND_IN_SOP_CLASS_UID = "1.2.276.0.7230010.3.1.0.1"

_GENERATED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_VERSION, _VERSION_VALUE = 0x00020001, b"\x00\x01"


def generate_missing_uids(dump: EncodedDump) -> list[str]:
    """Give a data set the study, series and SOP instance UID that it lacks (``dump2dcm +Ug``).

    A UID that is there is kept. There is no way to guess a SOP Class UID, so it is not among them: without
    that one a file can be written, but not sent.

    Parameters
    ----------
    dump
        The dump; it is changed.

    Returns
    -------
    list of str
        The keywords that were filled.

    References
    ----------
    PS3.5 section B.2, UUID Derived UID.
    """
    missing = [keyword for keyword in _GENERATED if not _text(dump.dataset, keyword)]
    for keyword in missing:
        _set(dump.dataset, keyword, "UI", new_uid())
    if "SOPInstanceUID" in missing:
        # The name that group 0002 has for the instance is that of an earlier file.
        dump.meta.elements.pop(_tag("MediaStorageSOPInstanceUID"), None)
    return missing


def complete_file_meta(dump: EncodedDump) -> list[str]:
    """Fill what the dump leaves out of group 0002, and enter this package's Implementation Class UID.

    SOP class and instance come from the data set. Where it has none, DCMTK's UID for "no SOP class" and a
    new UID take their place, so that the file is a DICOM file at all.

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
    # PS3.10 7.1: these two name what wrote the file, so those of an earlier writer do not hold any more.
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
