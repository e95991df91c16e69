"""Make an element from a value, checked against VR, VM and character repertoire."""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence

from pydicom import config
from pydicom.charset import convert_encodings, default_encoding, python_encoding
from pydicom.datadict import dictionary_VM, dictionary_VR, private_dictionary_VR
from pydicom.dataelem import DataElement, empty_value_for_VR
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dicomkit.errors import AttributePathError, AttributeValueError
from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.encoding import BYTES_VRS, CHARACTER_SET_VRS, NUMBER_CODES, SINGLE_VALUE_VRS, STANDARD_VRS
from dicomkit.files.tags import SPECIFIC_CHARACTER_SET

__all__ = ["checked_element", "vr_for"]

_FLOAT_VRS = {"FD", "FL"}
_WHOLE_NUMBER_VRS = NUMBER_CODES.keys() - _FLOAT_VRS
_UNDIVIDED_VRS = SINGLE_VALUE_VRS | BYTES_VRS  # in these a backslash is not a separator
_VM = re.compile(r"(\d+)(?:-(?:(\d+)|(\d*)n))?")
_TAG = re.compile(r"\(?[ ]*([0-9A-Fa-f]{4})[ ]*,[ ]*([0-9A-Fa-f]{4})[ ]*\)?")
_SIGNED_PIXELS = 1


def vr_for(tag: BaseTag, dataset: Dataset, given: str) -> str:
    """Return the VR of a new element.

    Parameters
    ----------
    tag
        The element's tag.
    dataset
        The data set or item that it goes into.
    given
        How an error names the element.

    Raises
    ------
    AttributePathError
        If the tag is private and no private creator reserves its block.
    AttributeValueError
        If no dictionary knows the tag.

    References
    ----------
    PS3.5 section 7.8, Private Data Elements; PS3.6, Data Dictionary.
    """
    if tag.is_private_creator:
        return "LO"
    try:
        if tag.is_private:
            creator = BaseTag(tag.group << 16 | tag.element >> 8)
            if creator not in dataset:
                raise AttributePathError(
                    given, f"no private creator reserves {creator}", "insert that one first"
                )
            return str(private_dictionary_VR(tag, dataset[creator].value))
        vr = str(dictionary_VR(tag))
    except KeyError:
        raise AttributeValueError(given, "no dictionary knows its VR", "name it with vr=") from None
    if vr.startswith("US or SS"):
        return "SS" if dataset.get("PixelRepresentation") == _SIGNED_PIXELS else "US"
    return "OW" if "OW" in vr else vr


def checked_element(
    tag: BaseTag, vr: str, value: object, *, character_set: str | Sequence[str] | None, given: str
) -> DataElement:
    r"""Return an element that holds `value`.

    Parameters
    ----------
    tag, vr
        What the element is.
    value
        One value, a list of values, or None for an empty element. Numbers may be given as text, in which ``\``
        separates several values, as in ``dcmodify``.
    character_set
        The Specific Character Set (0008,0005) that holds for the element.
    given
        How an error names the element.

    Raises
    ------
    AttributeValueError
        If the value does not fit.

    References
    ----------
    PS3.5 section 6.2, Value Representation; section 6.4, Value Multiplicity.
    """
    if vr not in STANDARD_VRS:
        raise AttributeValueError(given, f"there is no VR {vr[:4]}", "choose one of PS3.5 section 6.2")
    values = _values(vr, value)
    if tag == SPECIFIC_CHARACTER_SET and not all(term in python_encoding for term in values):
        # PS3.3 section C.12.1.1.2 lists them. pydicom would warn while writing, and take another.
        raise AttributeValueError(given, "there is no such character set", "use ISO_IR 192, which is UTF-8")
    try:
        numbers = [_number(vr, single) for single in values]
        content = numbers[0] if len(numbers) == 1 else numbers or empty_value_for_VR(vr)
        element = DataElement(tag, vr, content, validation_mode=config.RAISE)
    except (ValueError, TypeError, OverflowError, AttributeError, decimal.DecimalException):
        # pydicom's own text repeats the value, and a value may be patient data: say only what is expected.
        raise AttributeValueError(given, f"the value does not fit VR {vr}", "see PS3.5 section 6.2") from None
    if vr in BYTES_VRS and not all(isinstance(single, bytes | bytearray) for single in values):
        raise AttributeValueError(given, f"VR {vr} takes bytes", "write for example b'\\x00\\x01'")
    _check_multiplicity(tag, values, given)
    if vr in CHARACTER_SET_VRS:
        _check_repertoire("\\".join(str(single) for single in values), character_set, given)
    return element


def _values(vr: str, value: object) -> list[object]:
    if value is None or value == "":
        return []
    if vr == "SQ":
        return [value]
    if isinstance(value, str) and vr not in _UNDIVIDED_VRS:
        return list(value.split("\\"))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return list(value)
    return [value]


def _number(vr: str, value: object) -> object:
    """Convert text to a number where the VR is binary."""
    if isinstance(value, str) and vr in _WHOLE_NUMBER_VRS:
        return int(value)
    if isinstance(value, str) and vr in _FLOAT_VRS:
        return float(value)
    if isinstance(value, str) and vr == "AT":
        return _tag(value)
    if isinstance(value, float) and vr in _WHOLE_NUMBER_VRS:
        raise TypeError
    return value


def _tag(text: str) -> int:
    """Return the tag that is written as ``(gggg,eeee)`` or named by its keyword; pydicom takes any hex digits."""
    found = _TAG.fullmatch(text.strip(" "))
    tag = int(found[1] + found[2], 16) if found else tag_for_keyword(text)
    if tag is None:
        raise ValueError
    return tag


def _check_multiplicity(tag: BaseTag, values: list[object], given: str) -> None:
    try:
        multiplicity = str(dictionary_VM(tag))
    except KeyError:
        return  # private: no dictionary states a VM
    choices = multiplicity.split(" or ")
    if values and not any(_fits(choice, len(values)) for choice in choices):
        raise AttributeValueError(
            given, f"has {len(values)} values, and its VM is {multiplicity}", "give as many as the VM says"
        )


def _fits(multiplicity: str, count: int) -> bool:
    """Say whether `count` values are what a VM such as 1, 1-3, 1-n or 2-2n allows."""
    found = _VM.fullmatch(multiplicity)
    if found is None:
        return True
    smallest = int(found[1])
    if found[2]:
        return smallest <= count <= int(found[2])
    if found[3] is None:
        return count == smallest
    step = int(found[3] or 1)
    return count >= smallest and count % step == 0


def _check_repertoire(text: str, character_set: str | Sequence[str] | None, given: str) -> None:
    if text.isascii():
        return
    terms = [character_set] if isinstance(character_set, str) else list(character_set or [])
    codecs = convert_encodings(terms) if any(terms) else []
    for codec in codecs:
        # Without a declared repertoire there is ASCII, whatever pydicom would write (PS3.3 section C.12.1.1.2).
        if codec == default_encoding and not terms[0]:
            continue
        try:
            text.encode(codec)
        except UnicodeEncodeError:
            continue
        return
    raise AttributeValueError(
        given,
        "the text has characters that its Specific Character Set does not hold",
        "insert SpecificCharacterSet ISO_IR 192 first",
    )
