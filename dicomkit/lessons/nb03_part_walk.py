"""Two exercises of notebook 03 in code: cut a file after group 0002, and skip an element of any VR."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from dicomkit.lessons.answers import BYTES, FUNCTION, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Misconception, Verdict, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb02_edit_tags import checkpoint

__all__ = ["WALK_EXERCISES"]

_TEXTS = LessonTexts(__name__)

_VALUE_END = 144  # preamble 128, prefix 4, then 12 bytes of the element with the group's length
_SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)


def _files() -> Iterator[tuple[bytes, bytes]]:
    """Yield files written by pydicom, each with the bytes of its data set."""
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
                _TEXTS.one_byte
                if number == len(_SYNTAXES)
                else _TEXTS.fixed
                if number
                else _cut(content, found)
            )
    return PASS


def _cut(content: bytes, found: bytes) -> str:
    """Return the reply to a data set that was cut at a wrong offset."""
    length = int.from_bytes(content[140:144], "little")
    known = {
        content[length:]: _TEXTS.from_the_start,
        content[132 + length :]: _TEXTS.from_the_group,
        content[140 + length :]: _TEXTS.from_the_group,
        content[_VALUE_END:]: _TEXTS.one_element,
        content[132:]: _TEXTS.all_of_it,
        content[_VALUE_END : _VALUE_END + length]: _TEXTS.the_group,
        content[132 : _VALUE_END + length]: _TEXTS.the_group,
        b"": _TEXTS.order,
    }
    return known.get(found, _TEXTS.searched)


def _elements() -> Iterator[tuple[str, bytes]]:
    """Yield an element of each VR, an empty and a large one, as pydicom writes them."""
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


_AS_SHORT = -20  # an OB of 16 bytes, taken for an empty value after a header of 8


def _check_next_offset(next_offset: object) -> Verdict:
    wrong = {}
    start = bytes(132)
    for vr, element in _elements():
        # With bytes before and after it, as in a file.
        content = start + element + _element("LO", "END")
        step = returned(WHOLE_NUMBER, next_offset, content, len(start)) - len(start)  # type: ignore[arg-type]
        if step != len(element):
            wrong[vr] = step - len(element)
    if not wrong:
        return PASS
    if set(wrong.values()) == {-len(start)}:
        return retry(_TEXTS.a_step)
    if set(wrong) == {"large"}:
        return retry(_TEXTS.four_bytes)
    if "PN" in wrong:
        return retry(_TEXTS.zero_test if "LO" not in wrong else _TEXTS.all_long)
    if set(wrong.values()) == {-4}:
        return retry(_TEXTS.twelve)
    if "OB" in wrong and wrong["OB"] != _AS_SHORT:
        return retry(_TEXTS.no_length.format(wrong["OB"]))
    return retry(_TEXTS.still_two if "OB" in wrong else _TEXTS.some_vrs if "UT" in wrong else _at(min(wrong)))


def _at(vr: str) -> str:
    return (
        f"it goes wrong at {vr}: the long form belongs to OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV"
    )


WALK_EXERCISES = (
    _TEXTS.exercise("03.5", form=FUNCTION, checker=_check_data_set_bytes),
    _TEXTS.exercise(
        "03.6",
        form=FUNCTION,
        checker=_check_next_offset,
        also=(
            Misconception(
                'lambda c, o: long(c, o) if c[o + 4 : o + 6] in set(LONG) - {b"UR"} else short(c, o)',
                _at("UR"),
            ),
        ),
    ),
)
