"""Two exercises of notebook 03 in code: cut a file behind group 0002, and step over an element of any VR."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from dicomkit.lessons.answers import BYTES, FUNCTION, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.lessons.nb02_edit_tags import checkpoint

__all__ = ["WALK_EXERCISES"]

_VALUE_END = 144  # preamble 128, prefix 4, then 12 bytes of the element with the group's length
_SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)

_FROM_THE_START = (
    "the length counts from the byte behind its own value, not from the start of the file: add 144"
)
_FROM_THE_GROUP = (
    "the length counts from the byte behind its own value, offset 144, not from the start of its element"
)
_ONE_ELEMENT = (
    "144 is where the second element of group 0002 begins; the length says how much of the group follows"
)
_ALL_OF_IT = "that is group 0002 with the data set; the cut comes behind the group"
_THE_GROUP = "those are the elements of group 0002; the data set is what comes behind them"
_ORDER = "nothing is left: group 0002 is little endian in every file, so c6 00 00 00 is 198"
_FIXED = "that fits the first file, and not one whose group 0002 is longer: read the length, every time"
_ONE_BYTE = "that is right while group 0002 is short: the length has four bytes, and all of them count"
_SEARCHED = "that cuts at other places; read the length of group 0002, and add it to 144"

_STILL_TWO = 'at an OB it still reads two bytes of length, which are the reserved ones; compare the VR with b"OB", which is bytes'
_NO_LENGTH = "it goes wrong at an OB, by {} bytes: there the length stands at offset + 8, in four bytes, the low one first"
_A_STEP = (
    "that is the number of bytes from one element to the next; the answer is an offset, so add `offset` to it"
)
_ALL_LONG = (
    "now it goes wrong at a PN: most VRs have the short form, with two bytes of length right behind the VR"
)
_ZERO_TEST = "an empty value has 00 00 behind its VR, too: it is its length; only the VR tells which form an element has"
_TWELVE = "the value of the long form begins 12 bytes behind the start of its tag: 4 + 2 + 2 + 4"
_FOUR_BYTES = "the length of the long form has four bytes: a value of 70,000 bytes is stepped over wrongly"
_SOME_VRS = "OB and OW are right, and others have the long form too: it goes wrong at a UT"


def _files() -> Iterator[tuple[bytes, bytes]]:
    """Yield whole files, each with its data set's bytes, as pydicom writes them."""
    for number, syntax in enumerate((*_SYNTAXES, ExplicitVRLittleEndian)):
        image = checkpoint().image
        meta = FileMetaDataset(image.file_meta)
        meta.TransferSyntaxUID = syntax
        meta.MediaStorageSOPClassUID = image.SOPClassUID
        meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        if number == len(_SYNTAXES):  # a group longer than one byte can count
            meta.PrivateInformationCreatorUID, meta.PrivateInformation = UID("2.25.42"), bytes(70_000)
        elif number:
            meta.SourceApplicationEntityTitle = "WORKSHOP" * number
        stream = DicomBytesIO()
        write_file_meta_info(stream, meta)
        body = _encoded(image, implicit=syntax.is_implicit_VR, little=syntax.is_little_endian)
        yield bytes(128) + b"DICM" + stream.getvalue() + body, body


def _encoded(dataset: Dataset, *, implicit: bool = False, little: bool = True) -> bytes:
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = implicit, little
    write_dataset(stream, dataset)
    return stream.getvalue()


def _check_data_set_bytes(data_set_bytes: object) -> Verdict:
    for number, (content, body) in enumerate(_files()):
        found = returned(BYTES, data_set_bytes, content)  # type: ignore[arg-type]
        if found != body:
            return retry(
                _ONE_BYTE if number == len(_SYNTAXES) else _FIXED if number else _cut(content, found)
            )
    return PASS


def _cut(content: bytes, found: bytes) -> str:
    """Return what is to be said about a data set that was cut out at another place."""
    length = int.from_bytes(content[140:144], "little")
    known = {
        content[length:]: _FROM_THE_START,
        content[132 + length :]: _FROM_THE_GROUP,
        content[140 + length :]: _FROM_THE_GROUP,
        content[_VALUE_END:]: _ONE_ELEMENT,
        content[132:]: _ALL_OF_IT,
        content[_VALUE_END : _VALUE_END + length]: _THE_GROUP,
        content[132 : _VALUE_END + length]: _THE_GROUP,
        b"": _ORDER,
    }
    return known.get(found, _SEARCHED)


def _elements() -> Iterator[tuple[str, bytes]]:
    """Yield one element of each VR, and an empty and a large one, as pydicom writes them."""
    inner = Dataset()
    inner.CodeValue = "T-A0100"
    values: dict[str, object] = {
        "AT": 0x00100010,
        "PN": "DOE^JANE",
        "DA": "20220914",
        "TM": "1011",
        "UI": "1.2",
    }
    values |= dict.fromkeys(("US", "UL", "SS", "SL", "FL", "FD", "SV", "UV"), 7)
    values |= dict.fromkeys(("OB", "OW", "OD", "OF", "OL", "OV", "UN"), bytes(range(16)))
    values |= {"SQ": [inner], "AS": "050Y", "DT": "20220914101112"}
    yield "PN", _element("PN", "")
    for vr in (*sorted(EXPLICIT_VR_LENGTH_16), *sorted(EXPLICIT_VR_LENGTH_32)):
        yield str(vr.value), _element(vr.value, values.get(vr.value, "12"))
    yield "large", _element("OB", bytes(70_000))
    yield "large", _element("UT", "x" * 70_000)


def _element(vr: str, value: object) -> bytes:
    dataset = Dataset()
    dataset.add_new(0x00091001, vr, value)
    return _encoded(dataset)


_AS_SHORT = -20  # an OB of 16 bytes, taken for an empty value behind a header of 8


def _check_next_offset(next_offset: object) -> Verdict:
    wrong = {}
    start = bytes(132)
    for vr, element in _elements():
        # Something stands before it and behind it, as in a file.
        content = start + element + _element("LO", "END")
        step = returned(WHOLE_NUMBER, next_offset, content, len(start)) - len(start)  # type: ignore[arg-type]
        if step != len(element):
            wrong[vr] = step - len(element)
    if not wrong:
        return PASS
    if set(wrong.values()) == {-len(start)}:
        return retry(_A_STEP)
    if set(wrong) == {"large"}:
        return retry(_FOUR_BYTES)
    if "PN" in wrong:
        return retry(_ZERO_TEST if "LO" not in wrong else _ALL_LONG)
    if set(wrong.values()) == {-4}:
        return retry(_TWELVE)
    if "OB" in wrong and wrong["OB"] != _AS_SHORT:
        return retry(_NO_LENGTH.format(wrong["OB"]))
    return retry(_STILL_TWO if "OB" in wrong else _SOME_VRS if "UT" in wrong else _at(min(wrong)))


def _at(vr: str) -> str:
    return (
        f"it goes wrong at {vr}: the long form belongs to OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV"
    )


WALK_EXERCISES = (
    Exercise(
        id="03.5",
        title="Cut a file behind group 0002",
        name="data_set_bytes",
        checker=_check_data_set_bytes,
        hints=(
            "The length stands in four bytes: content[140:144]. What does it count, and from where?",
            'int.from_bytes(content[140:144], "little") is the number of bytes from offset 144 to the data set.',
            "content[144 + length:] is what is asked for; return it.",
        ),
        solution=(
            "def data_set_bytes(content):\n"
            '    length = int.from_bytes(content[140:144], "little")\n'
            "    return content[144 + length:]"
        ),
        misconceptions=(
            Misconception('lambda c: c[int.from_bytes(c[140:144], "little"):]', _FROM_THE_START),
            Misconception('lambda c: c[132 + int.from_bytes(c[140:144], "little"):]', _FROM_THE_GROUP),
            Misconception('lambda c: c[140 + int.from_bytes(c[140:144], "little"):]', _FROM_THE_GROUP),
            Misconception('lambda c: c[144 + int.from_bytes(c[140:144], "big"):]', _ORDER),
            Misconception("lambda c: c[144:]", _ONE_ELEMENT),
            Misconception("lambda c: c[132:]", _ALL_OF_IT),
            Misconception('lambda c: c[144:144 + int.from_bytes(c[140:144], "little")]', _THE_GROUP),
            Misconception("lambda c: c[342:]", _FIXED),
            Misconception("lambda c: c[400:]", _SEARCHED),
        ),
        learned="In the same transfer syntax, equal bytes here mean equal data sets, whoever wrote the files.",
        form=FUNCTION,
        minutes=7,
        task=Task.WRITE,
    ),
    Exercise(
        id="03.6",
        title="Step over elements of the long form",
        name="next_offset",
        checker=_check_next_offset,
        hints=(
            "Which VR is it? content[offset + 4 : offset + 6] are its two letters, as bytes.",
            'if content[offset + 4 : offset + 6] in (b"OB", b"OW", …): the length stands at offset + 8, in four bytes.',
            "In the long form the next element begins at offset + 12 + length.",
        ),
        solution=(
            "def next_offset(content, offset):\n"
            '    if content[offset + 4 : offset + 6] in b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split():\n'
            '        return offset + 12 + int.from_bytes(content[offset + 8 : offset + 12], "little")\n'
            '    return offset + 8 + int.from_bytes(content[offset + 6 : offset + 8], "little")'
        ),
        setup=(
            "def short(c, o):\n    return o + 8 + int.from_bytes(c[o + 6 : o + 8], 'little')\n"
            "def long(c, o, n=12, size=4):\n"
            "    return o + n + int.from_bytes(c[o + 8 : o + 8 + size], 'little')\n"
            "LONG = b'OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split()"
        ),
        misconceptions=(
            Misconception('lambda c, o: long(c, o) if c[o + 4 : o + 6] == "OB" else short(c, o)', _STILL_TWO),
            Misconception(
                "lambda c, o: (long(c, o) if c[o + 4 : o + 6] in LONG else short(c, o)) - o", _A_STEP
            ),
            Misconception("lambda c, o: long(c, o)", _ALL_LONG),
            Misconception("lambda c, o: short(c, o) if any(c[o + 6 : o + 8]) else long(c, o)", _ZERO_TEST),
            Misconception("lambda c, o: long(c, o, 8) if c[o + 4 : o + 6] in LONG else short(c, o)", _TWELVE),
            Misconception(
                "lambda c, o: long(c, o, 12, 2) if c[o + 4 : o + 6] in LONG else short(c, o)", _FOUR_BYTES
            ),
            Misconception(
                'lambda c, o: long(c, o) if c[o + 4 : o + 6] in (b"OB", b"OW") else short(c, o)', _SOME_VRS
            ),
            Misconception(
                'lambda c, o: long(c, o) if c[o + 4 : o + 6] in set(LONG) - {b"UR"} else short(c, o)',
                _at("UR"),
            ),
        ),
        learned="Call it again and again, from the first element on, and you have walked through the data set.",
        form=FUNCTION,
        minutes=9,
        task=Task.CHANGE,
        given=(
            "def next_offset(content, offset):\n"
            '    length = int.from_bytes(content[offset + 6 : offset + 8], "little")\n'
            "    return offset + 8 + length"
        ),
    ),
)
