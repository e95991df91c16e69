"""Decode the texts of a data set where pydicom would decode them wrongly, or a character set is misspelt.

The texts are then Unicode in memory, and the data set names ISO_IR 192, so that it shows the right texts and is
written with them. The file on disk stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeGuard

from pydicom import config
from pydicom.charset import convert_encodings, decode_bytes, encode_string
from pydicom.datadict import private_dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.valuerep import TEXT_VR_DELIMS

from dicomkit.files.character_sets import character_sets, has_unknown_term, registration
from dicomkit.files.code_extensions import REPLACEMENT, decoded_text
from dicomkit.files.dictionary import implicit_vr
from dicomkit.files.encoding import CHARACTER_SET_VRS
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.tags import SPECIFIC_CHARACTER_SET

__all__ = ["DECODED_HERE", "decode_texts", "may_be_misdecoded"]

DECODED_HERE = (
    "pydicom would read or write other texts in its character sets; they are decoded here, and the data set in "
    "memory names ISO_IR 192"
)
_SPECIFIC_CHARACTER_SET = BaseTag(SPECIFIC_CHARACTER_SET)
_UTF8 = "ISO_IR 192"
_UNKNOWN_TO_PYDICOM = 203  # Latin alphabet No. 9
_ESCAPE = 0x1B
# pydicom encodes the parts between these one by one; the key says whether the VR is PN.
_DELIMITERS = {False: re.compile(r"(\\)"), True: re.compile(r"([\\^=])")}


def may_be_misdecoded(values: Iterable[bytes]) -> bool:
    """Return whether pydicom may decode text wrongly under these raw values of Specific Character Set."""
    return any(has_unknown_term(raw) or _is_extended(character_sets(raw)) for raw in values)


def _is_extended(terms: tuple[str, ...]) -> bool:
    return any(term.startswith("ISO 2022") or registration(term) == _UNKNOWN_TO_PYDICOM for term in terms)


class _Text(NamedTuple):
    """A non-ASCII value as the Standard decodes it, and whether pydicom decodes it differently."""

    holder: Dataset
    tag: BaseTag
    vr: str
    text: str
    is_misdecoded: bool


def decode_texts(dataset: Dataset) -> bool:
    """Decode the texts of a data set that was just read, if pydicom would decode them wrongly.

    Parameters
    ----------
    dataset
        It is changed in place. If a byte is invalid in its character set, all stays as it is: nothing may be lost.

    Returns
    -------
    bool
        Whether the texts were decoded.

    References
    ----------
    PS3.5 section 6.1, Support of Character Repertoires; PS3.3 section C.12.1.1.2, Specific Character Set.
    """
    levels: list[tuple[Dataset, tuple[str, ...]]] = []
    with quiet_pydicom():
        texts = [text for level in _levels(dataset, ("",), levels) for text in level]
        is_misspelt = any(_names_unknown(level) for level, _ in levels)
        is_lossy = any(REPLACEMENT in text.text for text in texts)
        if not is_misspelt and (is_lossy or not any(text.is_misdecoded for text in texts)):
            return False
        for text in texts:
            text.holder[text.tag] = DataElement(
                text.tag, text.vr, text.text.rstrip("\0 "), validation_mode=config.IGNORE
            )
        for level, _ in levels:
            if _SPECIFIC_CHARACTER_SET in level:
                level.SpecificCharacterSet = _UTF8
            is_implicit, is_little_endian = level.original_encoding
            level.set_original_encoding(is_implicit, is_little_endian, ["utf_8"])
    return True


def _names_unknown(level: Dataset) -> bool:
    return has_unknown_term(_raw_terms(level))


def _raw_terms(level: Dataset) -> bytes:
    if _SPECIFIC_CHARACTER_SET not in level:
        return b""
    value = level.get_item(_SPECIFIC_CHARACTER_SET).value
    if isinstance(value, bytes):  # as it was read
        return value
    several = [value] if isinstance(value, str) else list(value or [""])
    return "\\".join(map(str, several)).encode("latin-1", "replace")


def _levels(
    dataset: Dataset, around: tuple[str, ...], levels: list[tuple[Dataset, tuple[str, ...]]]
) -> Iterator[list[_Text]]:
    """Yield the non-ASCII texts of the data set and of each item in it; add each of these to `levels`."""
    waiting = [(dataset, around)]
    while waiting:
        level, around = waiting.pop()
        terms = character_sets(_raw_terms(level)) if _SPECIFIC_CHARACTER_SET in level else around
        levels.append((level, terms))
        texts: list[_Text] = []
        creators = [level.get_item(tag) for tag in level.keys() if tag.is_private_creator]  # noqa: SIM118
        for tag in list(level.keys()):
            raw: DataElement | RawDataElement = level.get_item(tag)
            vr = _vr(level, raw)
            if vr == "SQ":
                waiting += [(item, terms) for item in level[tag].value]
            elif vr in CHARACTER_SET_VRS and _is_beyond_ascii(value := raw.value):
                texts.append(_text(level, tag, vr, value, terms))
        for creator in creators:
            level[creator.tag] = creator  # to open a private sequence, pydicom read it as LO, whatever its VR
        yield texts


def _is_beyond_ascii(value: object) -> TypeGuard[bytes]:
    """Return whether this is the raw value of an element, with non-ASCII bytes in it."""
    return isinstance(value, bytes) and (not value.isascii() or _ESCAPE in value)


def _vr(level: Dataset, raw: DataElement | RawDataElement) -> str:
    """Return the VR that pydicom gives an element, without converting its value."""
    if raw.VR is not None and raw.VR != "UN":
        return str(raw.VR)
    vr = implicit_vr(raw.tag)
    if vr != "UN" or not raw.tag.is_private or not _is_beyond_ascii(raw.value):
        return vr
    return _private_vr(level, raw.tag)


def _private_vr(level: Dataset, tag: BaseTag) -> str:
    """Return the VR of pydicom's private dictionary; asking pydicom for the element would also change it."""
    reserving = BaseTag(tag.group << 16 | tag.element >> 8)  # PS3.5 section 7.8.1
    value = level.get_item(reserving).value if reserving in level else b""
    creator = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    try:
        return private_dictionary_VR(tag, creator.rstrip("\0 "))
    except KeyError:
        return "UN"


def _text(level: Dataset, tag: BaseTag, vr: str, raw: bytes, terms: tuple[str, ...]) -> _Text:
    text = decoded_text(raw, terms, vr)
    try:
        codecs = convert_encodings(list(terms))
        theirs = decode_bytes(raw, codecs, TEXT_VR_DELIMS)
        # It writes one escape sequence where there have to be several, and none for GB 2312.
        written = b"".join(
            encode_string(part, codecs) for part in _DELIMITERS[vr == "PN"].split(text) if part
        )
        is_misdecoded = text != theirs or decoded_text(written, terms, vr) != text
    except (LookupError, ValueError):
        is_misdecoded = True
    return _Text(level, tag, vr, text, is_misdecoded)
