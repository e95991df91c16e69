"""Exercises of notebook 01: the bytes at the start of a file, one element, one length, one wrong header.

The two exercises that run the learner's code are in ``nb01_part_code``.
"""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

from dicomkit.lessons.answer_parts import BYTES_OF, in_units
from dicomkit.lessons.answers import BYTES, KEYWORD, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb01_part_code import CHANGE_ELEMENT, WRITE_IS_DICOM

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

# PS3.10 section 7.1: 128 bytes that an application may use, all 00H if none does; then four characters.
_PREAMBLE_LENGTH = 128
_PREFIX = b"DICM"

# Group 0002 after its length element: tag, VR, value as it stands before padding.
_META_ELEMENTS = (
    ("(0002,0001)", "OB", b"\x00\x01"),
    ("(0002,0002)", "UI", b"1.2.840.10008.5.1.4.1.1.7"),
    ("(0002,0003)", "UI", b"2.25.42"),
    ("(0002,0010)", "UI", b"1.2.840.10008.1.2.1"),
    ("(0002,0012)", "UI", b"2.25.7"),
)
_META_LENGTH = 106  # 14 + 34 + 16 + 28 + 14

_NAME = b"WORKSHOP^01"
_NAME_TAG = b"\x10\x00\x10\x00"
_NAME_LENGTH = b"\x0c\x00"


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 01 start from.

    Returns
    -------
    SimpleNamespace
        ``start``: preamble and prefix, 132 bytes; ``patient_name``: the element (0010,0010) as bytes;
        ``meta_elements``: (tag, VR, unpadded value) of group 0002 after its length element;
        ``group_length``: how many bytes these elements take.
    """
    return SimpleNamespace(
        start=bytes(_PREAMBLE_LENGTH) + _PREFIX,
        patient_name=_NAME_TAG + b"PN" + _NAME_LENGTH + _NAME + b" ",
        meta_elements=_META_ELEMENTS,
        group_length=_META_LENGTH,
    )


def _check_start(found: bytes) -> Verdict:
    head, tail = found[:_PREAMBLE_LENGTH], found[_PREAMBLE_LENGTH:]
    # The Standard lets an application put anything into the preamble; the task asks for zeros.
    if found == bytes(_PREAMBLE_LENGTH) + _PREFIX:
        return PASS
    if found == _PREFIX:
        return retry(_TEXTS.no_preamble)
    if found.startswith(_PREFIX):
        return retry(_TEXTS.order)
    if found == bytes(len(found)):
        return retry(_TEXTS.only_preamble)
    if head == b"0" * _PREAMBLE_LENGTH:
        return retry(_TEXTS.digit_zero)
    if head == b" " * _PREAMBLE_LENGTH:
        return retry(_TEXTS.blanks)
    if tail.upper().startswith(b"DICOM"):
        return retry(_TEXTS.five_letters)
    if found.lower() == bytes(_PREAMBLE_LENGTH) + _PREFIX.lower():
        return retry(_TEXTS.lower_case)
    if found.endswith(_PREFIX) and found == bytes(len(found) - len(_PREFIX)) + _PREFIX:
        return retry(f"DICM stands at offset {len(found) - len(_PREFIX)}, and a reader looks at offset 128")
    return retry("a file starts with 128 bytes of value 0 and the four letters DICM, 132 bytes in all")


def _check_patient_name(found: bytes) -> Verdict:
    if found == checkpoint().patient_name:
        return PASS
    tag, rest = found[:4], found[4:]
    if tag == b"\x00\x10\x00\x10":
        return retry(_TEXTS.big_endian_tag)
    if tag != _NAME_TAG:
        return retry(
            "the first four bytes are the tag (0010,0010): the group, then the element, low byte first"
        )
    if not rest.startswith(b"PN"):
        return retry(
            _TEXTS.implicit if rest[1:4] == bytes(3) else "the two letters of the VR, PN, follow the tag"
        )
    return retry(_wrong_value(length=rest[2:4], behind=rest[4:]))


def _wrong_value(*, length: bytes, behind: bytes) -> str:
    """Return what is wrong after the VR of a Patient's Name."""
    if length == b"\x00\x00" or behind.startswith(b"\x00\x00"):
        return _TEXTS.long_length
    if length in {b"\x00\x0b", b"\x00\x0c"}:
        return _TEXTS.big_endian_length
    if behind == _NAME:
        return _TEXTS.odd
    if behind == _NAME + b"\x00":
        return _TEXTS.nul_padding
    if behind == _NAME + b" ":
        return {b"\x0b\x00": _TEXTS.uncounted, b"\x12\x00": _TEXTS.decimal_length}.get(
            length, _TEXTS.other_length
        )
    return "behind the 2-byte length comes the value, WORKSHOP^01, in the characters of ASCII"


def _read_element(answer: object) -> str:
    """Read a keyword; most wrong answers are the name of the element, or its value."""
    words = " ".join(answer.strip(" \"'.").casefold().split()) if isinstance(answer, str) else ""
    if words in {"transfer syntax", "the transfer syntax", "transfersyntax"}:
        return "TransferSyntaxUID"
    if words in {"explicit vr little endian", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}:
        return words
    return str(KEYWORD.reader(answer))


EXERCISES = (
    _TEXTS.exercise("01.1", form=BYTES.saying(_TEXTS.text), checker=_check_start),
    _TEXTS.exercise("01.2", form=BYTES.saying(_TEXTS.text_in_quotes), checker=_check_patient_name),
    _TEXTS.looked_up(
        "01.3",
        form=in_units(WHOLE_NUMBER, BYTES_OF).saying("the answer is a whole number of bytes"),
        otherwise=_TEXTS.add_up,
    ),
    CHANGE_ELEMENT,
    WRITE_IS_DICOM,
    _TEXTS.looked_up(
        "01.6",
        form=dataclasses.replace(KEYWORD, reader=_read_element, reason=_TEXTS.keyword),
        otherwise=_TEXTS.keyword,
    ),
)

SPEAKER_NOTES = _TEXTS.speaker_notes
