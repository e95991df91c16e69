"""Exercises of notebook 04: a length, a padding byte, an empty value, the bits of a sample, and code for all of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from dicomkit.lessons import nb02_edit_tags
from dicomkit.lessons.answer_parts import BYTES_OF, attributes_of, in_units, or_stub
from dicomkit.lessons.answers import KEYWORD, WHOLE_NUMBER, Form
from dicomkit.lessons.exercise import PASS, TODO, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb04_part_code import CODE_EXERCISES
from dicomkit.lessons.nb04_part_damage import CULPRITS, make_damaged
from dicomkit.pixels import secondary_capture

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_HEART = (" ## ## ", "#######", " ##### ", "  ###  ", "   #   ")
_WHITE = 255

_CONTRACT = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0}


def checkpoint() -> SimpleNamespace:
    """Return the values that notebook 04 starts from.

    Returns
    -------
    SimpleNamespace
        ``image``: the data set of notebook 01, a Secondary Capture without pixels; ``heart``: a picture of
        5 rows and 7 columns, ``uint8``; ``finished``: the data set that the notebook ends with, valid;
        ``damaged``: three images by the names A, B and C, in each of which one attribute is wrong.
    """
    return SimpleNamespace(
        image=nb02_edit_tags.checkpoint().image, heart=_heart(), finished=_finished(), damaged=make_damaged()
    )


def _heart() -> npt.NDArray[np.uint8]:
    return np.array([[_WHITE if dot == "#" else 0 for dot in row] for row in _HEART], dtype=np.uint8)


def _finished() -> FileDataset:
    """Return the data set at the end of the notebook."""
    start = nb02_edit_tags.checkpoint().image
    return secondary_capture(
        _heart(),
        sop_instance_uid=start.SOPInstanceUID,
        StudyInstanceUID=start.StudyInstanceUID,
        SeriesInstanceUID=start.SeriesInstanceUID,
        PatientName="WORKSHOP^ANNA",
        StudyDate="20220914",
        StudyTime="101112",
        ContentDate="20220914",
        ContentTime="101112",
    )


def _check_contract(given: dict[str, int | None]) -> Verdict:
    if None in given.values():
        return TODO
    if given["BitsAllocated"] != _CONTRACT["BitsAllocated"]:
        return retry(_TEXTS.allocated)
    if given["BitsStored"] != _CONTRACT["BitsStored"]:
        return retry(_TEXTS.all_stored)
    if given["HighBit"] != _CONTRACT["HighBit"]:
        return retry(
            _TEXTS.high_bit_count
            if given["HighBit"] == _CONTRACT["BitsStored"]
            else _TEXTS.high_bit_allocated
        )
    return PASS if given["PixelRepresentation"] == 0 else retry(_TEXTS.signed)


def _one_value(answer: object) -> dict[str, object]:
    """Return a dictionary with Accession Number, whose keyword may be in any spelling, or an empty one."""
    if not isinstance(answer, dict):
        raise TypeError(answer)
    given = {KEYWORD.reader(key): value for key, value in answer.items()}
    if not given.keys() <= {"AccessionNumber"}:
        raise ValueError(answer)
    return given


def _check_unknown(given: dict[str, object]) -> Verdict:
    if not given:
        return retry(_TEXTS.left_out)
    value = given["AccessionNumber"]
    if isinstance(value, str) and value.isspace():
        return retry(_TEXTS.blanks)
    return (
        PASS if value in ("", b"", None, [], ()) and _written_length(value) == 0 else retry(_TEXTS.invented)
    )


def _written_length(value: object) -> int:
    """Return the value length that pydicom writes for an Accession Number of `value`."""
    dataset = Dataset()
    dataset.AccessionNumber = value
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = True, True
    write_dataset(stream, dataset)
    return int.from_bytes(stream.getvalue()[4:8], "little")


EXERCISES = (
    _TEXTS.looked_up(
        "04.1",
        form=in_units(WHOLE_NUMBER, BYTES_OF).saying(_TEXTS.a_length),
        otherwise="rows, times columns, times bytes per sample",
    ),
    _TEXTS.looked_up(
        "04.2",
        form=in_units(WHOLE_NUMBER, BYTES_OF).saying(_TEXTS.a_length),
        otherwise="pixels, times samples, then made even",
    ),
    _TEXTS.exercise(
        "04.3",
        form=Form("a dictionary with one keyword", _one_value, _TEXTS.dictionary, takes_none=True),
        checker=_check_unknown,
    ),
    _TEXTS.exercise(
        "04.4",
        form=attributes_of(
            dict.fromkeys(
                _CONTRACT, or_stub(in_units(WHOLE_NUMBER, {"bit": 1, "bits": 1}).saying(_TEXTS.numbers))
            )
        ).saying(_TEXTS.numbers),
        checker=_check_contract,
    ),
    *CODE_EXERCISES,
    *CULPRITS,
)

SPEAKER_NOTES = _TEXTS.speaker_notes
