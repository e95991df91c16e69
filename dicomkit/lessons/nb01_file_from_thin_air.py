"""Exercises of notebook 01: the bytes at the start of a file, one element, one length, one wrong header.

The two tasks that run code of the learner's stand in ``nb01_part_code``.
"""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

from dicomkit.lessons.answer_parts import BYTES_OF, in_units
from dicomkit.lessons.answers import BYTES, KEYWORD, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb01_part_code import CHANGE_ELEMENT, WRITE_IS_DICOM

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

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

_TEXT = "the answer is one bytes value, no text and no tuple: write b'...' or bytes(...)"
_TEXT_IN_QUOTES = (
    "an element is bytes, not text: write b'...', with \\x and two digits for each byte that is no letter"
)
_NO_PREAMBLE = "the four letters stand at offset 128, not at 0: first come the 128 bytes of the preamble"
_ONLY_PREAMBLE = (
    "the preamble may hold anything, so it proves nothing: the four letters that say DICOM are missing"
)
_ORDER = "the preamble comes first: a reader jumps to offset 128 and looks there for the four letters"
_DIGIT_ZERO = (
    "b'0' is the character zero, a byte with the value 48; an unused preamble is filled with bytes of value 0"
)
_BLANKS = "a preamble that nobody uses is filled with bytes of value 0, not with blanks"
_LOWER_CASE = (
    "the four letters are capitals: D, I, C, M; a reader compares bytes, and d is another byte than D"
)
_FIVE_LETTERS = "a VR has two letters and this prefix has four: D, I, C, M"

_BIG_ENDIAN_TAG = (
    "the tag is big endian: in little endian each half is turned round by itself, so 0010 becomes 10 00"
)
_IMPLICIT = "there is no VR: that is the implicit form. In the explicit form the two letters follow the tag"
_LONG_LENGTH = "a 4-byte length belongs to OB, OW, SQ, UN, UT and a few more; after PN the length has 2 bytes"
_BIG_ENDIAN_LENGTH = "the length is big endian: the low byte comes first"
_ODD = "the value has an odd number of bytes: every value is padded to an even one"
_NUL_PADDING = "a NUL pads a UID (VR UI) and bytes (VR OB); text such as PN is padded with a blank"
_DECIMAL_LENGTH = "the two digits behind \\x are hexadecimal: \\x12 is 18, and twelve is \\x0c"
_OTHER_LENGTH = "everything is right but the length: count the bytes of the value, with its blank"
_UNCOUNTED = (
    "the length counts the padding too: a reader that skips 11 bytes finds the blank and takes it for a tag"
)

_COUNTS_ITSELF = (
    "the group length does not count its own element, which has 12 bytes: it counts from where that ends"
)
_COUNTS_START = (
    "preamble and DICM are no part of group 0002, and the group length does not count itself either"
)
_VALUES_ONLY = (
    "the values alone are counted: the tag, the VR and the length of each element take room as well"
)
_UNPADDED = "three of the UIDs have an odd number of characters, and each of them got a NUL"
_SHORT_OB = "OB has two reserved bytes and a 4-byte length: 12 bytes stand before its value, not 8"
_ADD_UP = "add up all five elements, each with its header of 8 bytes (12 for OB) and its padding"
_NUMBER = "that is the number of elements: a group length is counted in bytes"

_WHAT_NOT_HOW = "that says what the object is; how its bytes are written is another element's business"
_CHARACTERS = "a character set is about the letters inside text values, and it stands in the data set, not in group 0002"
_VERSION = "the version is that of group 0002 itself; it has been 1 since the beginning"
_WRITER = "that names the program that wrote the file; a reader must not draw conclusions from it"
_LENGTH_IS_RIGHT = "the length of group 0002 says where the data set begins, not how it is encoded"
_UID_OF_AN_OBJECT = (
    "a SOP Instance UID names this one object; how its bytes are written is another element's business"
)
_ITS_VALUE = (
    "that is what the element says here, and it is untrue; which element says it? Answer with its keyword"
)
_KEYWORD = "the answer is the keyword of an element of group 0002, as a text"


def checkpoint() -> SimpleNamespace:
    """Make what the later cells of notebook 01 start from.

    Returns
    -------
    SimpleNamespace
        ``start``: preamble and prefix, 132 bytes; ``patient_name``: the element (0010,0010) as bytes;
        ``meta_elements``: (tag, VR, unpadded value) of group 0002 behind its length element;
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
        return retry(_NO_PREAMBLE)
    if found.startswith(_PREFIX):
        return retry(_ORDER)
    if found == bytes(len(found)):
        return retry(_ONLY_PREAMBLE)
    if head == b"0" * _PREAMBLE_LENGTH:
        return retry(_DIGIT_ZERO)
    if head == b" " * _PREAMBLE_LENGTH:
        return retry(_BLANKS)
    if tail.upper().startswith(b"DICOM"):
        return retry(_FIVE_LETTERS)
    if found.lower() == bytes(_PREAMBLE_LENGTH) + _PREFIX.lower():
        return retry(_LOWER_CASE)
    if found.endswith(_PREFIX) and found == bytes(len(found) - len(_PREFIX)) + _PREFIX:
        return retry(f"DICM stands at offset {len(found) - len(_PREFIX)}, and a reader looks at offset 128")
    return retry("a file starts with 128 bytes of value 0 and the four letters DICM, 132 bytes in all")


def _check_patient_name(found: bytes) -> Verdict:
    if found == checkpoint().patient_name:
        return PASS
    tag, rest = found[:4], found[4:]
    if tag == b"\x00\x10\x00\x10":
        return retry(_BIG_ENDIAN_TAG)
    if tag != _NAME_TAG:
        return retry(
            "the first four bytes are the tag (0010,0010): the group, then the element, low byte first"
        )
    if not rest.startswith(b"PN"):
        return retry(_IMPLICIT if rest[1:4] == bytes(3) else "the two letters of the VR, PN, follow the tag")
    return retry(_wrong_value(length=rest[2:4], behind=rest[4:]))


def _wrong_value(*, length: bytes, behind: bytes) -> str:
    """Say what is wrong behind the VR of a Patient's Name."""
    if length == b"\x00\x00" or behind.startswith(b"\x00\x00"):
        return _LONG_LENGTH
    if length in {b"\x00\x0b", b"\x00\x0c"}:
        return _BIG_ENDIAN_LENGTH
    if behind == _NAME:
        return _ODD
    if behind == _NAME + b"\x00":
        return _NUL_PADDING
    if behind == _NAME + b" ":
        return {b"\x0b\x00": _UNCOUNTED, b"\x12\x00": _DECIMAL_LENGTH}.get(length, _OTHER_LENGTH)
    return "behind the 2-byte length comes the value, WORKSHOP^01, in the characters of ASCII"


def _check_group_length(count: int) -> Verdict:
    known = {
        _META_LENGTH + 12: _COUNTS_ITSELF,
        _META_LENGTH + 12 + _PREAMBLE_LENGTH + len(_PREFIX): _COUNTS_START,
        _META_LENGTH + _PREAMBLE_LENGTH + len(_PREFIX): _COUNTS_START,
        62: _VALUES_ONLY,
        59: _VALUES_ONLY,
        _META_LENGTH - 3: _UNPADDED,
        _META_LENGTH - 4: _SHORT_OB,
        len(_META_ELEMENTS): _NUMBER,
        len(_META_ELEMENTS) + 1: _NUMBER,
    }
    return PASS if count == _META_LENGTH else retry(known.get(count, _ADD_UP))


def _read_element(answer: object) -> str:
    """Read a keyword; the name of what the element holds, or its value, is met more often than a keyword."""
    words = " ".join(answer.strip(" \"'.").casefold().split()) if isinstance(answer, str) else ""
    if words in {"transfer syntax", "the transfer syntax", "transfersyntax"}:
        return "TransferSyntaxUID"
    if words in {"explicit vr little endian", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}:
        return words
    return str(KEYWORD.reader(answer))


def _check_wrong_element(keyword: str) -> Verdict:
    known = {
        "MediaStorageSOPClassUID": _WHAT_NOT_HOW,
        "SOPClassUID": _WHAT_NOT_HOW,
        "MediaStorageSOPInstanceUID": _UID_OF_AN_OBJECT,
        "SOPInstanceUID": _UID_OF_AN_OBJECT,
        "SpecificCharacterSet": _CHARACTERS,
        "FileMetaInformationVersion": _VERSION,
        "ImplementationClassUID": _WRITER,
        "ImplementationVersionName": _WRITER,
        "FileMetaInformationGroupLength": _LENGTH_IS_RIGHT,
        "explicit vr little endian": _ITS_VALUE,
        "1.2.840.10008.1.2.1": _ITS_VALUE,
        "1.2.840.10008.1.2": _ITS_VALUE,
    }
    return PASS if keyword == "TransferSyntaxUID" else retry(known.get(keyword, _KEYWORD))


EXERCISES = (
    Exercise(
        id="01.1",
        title="Write the first 132 bytes of a file",
        name="start",
        form=BYTES.saying(_TEXT),
        minutes=3,
        checker=_check_start,
        hints=(
            "PS3.10 section 7.1: a preamble of 128 bytes, then a prefix of four letters.",
            "bytes(128) makes 128 bytes of value 0. Bytes are joined with +.",
            "The four letters are D, I, C, M; as bytes they are b'DICM'.",
        ),
        solution='start = bytes(128) + b"DICM"',
        misconceptions=(
            Misconception('b"DICM"', _NO_PREAMBLE),
            Misconception("bytes(128)", _ONLY_PREAMBLE),
            Misconception('b"DICM" + bytes(128)', _ORDER),
            Misconception('b"0" * 128 + b"DICM"', _DIGIT_ZERO),
            Misconception('b" " * 128 + b"DICM"', _BLANKS),
            Misconception('bytes(128) + b"DICOM"', _FIVE_LETTERS),
            Misconception('bytes(128) + b"dicm"', _LOWER_CASE),
            Misconception('128 * "0" + "DICM"', _TEXT),
        ),
        learned="A reader looks for these four letters at offset 128; without them it has to guess.",
    ),
    Exercise(
        id="01.2",
        title="Encode a Patient's Name by hand",
        name="patient_name",
        form=BYTES.saying(_TEXT_IN_QUOTES),
        minutes=8,
        checker=_check_patient_name,
        hints=(
            "Explicit VR Little Endian: tag (4 bytes), VR (2 letters), length (2 bytes), value.",
            "Little endian turns each number round: 0010 becomes b'\\x10\\x00', for the group and for the element.",
            "WORKSHOP^01 has 11 characters. A value has an even length: add a blank, and count it.",
        ),
        solution='patient_name = b"\\x10\\x00\\x10\\x00" + b"PN" + b"\\x0c\\x00" + b"WORKSHOP^01 "',
        misconceptions=(
            Misconception('b"\\x00\\x10\\x00\\x10PN\\x0c\\x00WORKSHOP^01 "', _BIG_ENDIAN_TAG),
            Misconception('b"\\x10\\x00\\x10\\x00\\x0c\\x00\\x00\\x00WORKSHOP^01 "', _IMPLICIT),
            Misconception('b"\\x10\\x00\\x10\\x00PN\\x0c\\x00\\x00\\x00WORKSHOP^01 "', _LONG_LENGTH),
            Misconception(
                'b"\\x10\\x00\\x10\\x00PN\\x00\\x00\\x0c\\x00\\x00\\x00WORKSHOP^01 "', _LONG_LENGTH
            ),
            Misconception('b"\\x10\\x00\\x10\\x00PN\\x00\\x0cWORKSHOP^01 "', _BIG_ENDIAN_LENGTH),
            Misconception('b"\\x10\\x00\\x10\\x00PN\\x0b\\x00WORKSHOP^01"', _ODD),
            Misconception('b"\\x10\\x00\\x10\\x00PN\\x0c\\x00WORKSHOP^01\\x00"', _NUL_PADDING),
            Misconception('b"\\x10\\x00\\x10\\x00PN\\x0b\\x00WORKSHOP^01 "', _UNCOUNTED),
            Misconception('"(0010,0010) PN [WORKSHOP^01]"', _TEXT_IN_QUOTES),
        ),
        learned="Every other element with a short length is written in the same way.",
    ),
    Exercise(
        id="01.3",
        title="Count the bytes of the file meta information",
        name="group_length",
        form=in_units(WHOLE_NUMBER, BYTES_OF).saying("the answer is a whole number of bytes"),
        minutes=8,
        checker=_check_group_length,
        hints=(
            "(0002,0000) says how many bytes follow its own value, up to the end of group 0002.",
            "A UID costs 8 bytes of header and its characters, padded to an even number with a NUL.",
            "OB has the long header: tag 4, VR 2, reserved 2, length 4. Then add 34 + 16 + 28 + 14.",
        ),
        solution="group_length = (12 + 2) + (8 + 26) + (8 + 8) + (8 + 20) + (8 + 6)",
        misconceptions=(
            Misconception("106 + 12", _COUNTS_ITSELF),
            Misconception("132 + 12 + 106", _COUNTS_START),
            Misconception("2 + 26 + 8 + 20 + 6", _VALUES_ONLY),
            Misconception("14 + 33 + 15 + 27 + 14", _UNPADDED),
            Misconception("10 + 34 + 16 + 28 + 14", _SHORT_OB),
            Misconception("5", _NUMBER),
        ),
        learned="A reader uses it to find the data set without reading group 0002.",
    ),
    CHANGE_ELEMENT,
    WRITE_IS_DICOM,
    Exercise(
        id="01.6",
        title="Name the element that says how the data set is written",
        name="wrong_element",
        form=dataclasses.replace(KEYWORD, reader=_read_element, reason=_KEYWORD),
        minutes=3,
        checker=_check_wrong_element,
        hints=(
            "Before it meets the data set, a reader has to know: is there a VR, and which byte comes first?",
            "Both are said together, by one UID in group 0002. In this notebook it was 1.2.840.10008.1.2.1.",
            "Explicit VR Little Endian is the name of a transfer syntax.",
        ),
        solution='wrong_element = "TransferSyntaxUID"',
        misconceptions=(
            Misconception('"MediaStorageSOPClassUID"', _WHAT_NOT_HOW),
            Misconception('"SpecificCharacterSet"', _CHARACTERS),
            Misconception('"FileMetaInformationVersion"', _VERSION),
            Misconception('"ImplementationClassUID"', _WRITER),
            Misconception('"FileMetaInformationGroupLength"', _LENGTH_IS_RIGHT),
            Misconception('"MediaStorageSOPInstanceUID"', _UID_OF_AN_OBJECT),
            Misconception('"Explicit VR Little Endian"', _ITS_VALUE),
        ),
        learned="Whoever copies group 0002 from another file copies this promise too.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Somebody knows the TIFF trick; let them tell it. Then ask what a virus scanner thinks of 128 free bytes.",
    "element": "Read the line aloud, byte by byte, with the picture beside it. This is the slowest minute, and worth it.",
    "exercise-4-text": "Read the second line of the given code aloud first; then only the header is left to change.",
    "file": "Pause before running: will pydicom accept a file that no library has written?",
    "force": "Ask who has typed force=True at work. Then let them find the letters D e a r in the tag.",
    "lines": "Do not point at LN. Somebody sees it within ten seconds.",
}
