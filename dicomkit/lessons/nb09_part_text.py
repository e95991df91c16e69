"""Exercises 09.1 to 09.3: a character set for a department, the length of a name, and a file in another set."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from pydicom.charset import python_encoding
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import SecondaryCaptureImageStorage

from dicomkit.files import new_instance
from dicomkit.files.reading import read_content
from dicomkit.lessons.answer_parts import BYTES_OF, in_units, one_or_more
from dicomkit.lessons.answers import FUNCTION, TEXT, WHOLE_NUMBER, plain
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.known_answers import look_up
from dicomkit.lessons.learners_code import call

__all__ = ["TEXTS", "an_image", "read_again"]

_PATIENTS = ("Łukasz", "Ωνάσης", "山田")
# The terms of PS3.3 tables C.12-2 to C.12-5: pydicom has two spellings more, and Latin-9 not yet.
_TERMS = {*python_encoding, "ISO_IR 203"} - {"", "ISO 2022 GBK", "ISO 2022 58"}
_ALONE = {"ISO_IR 192", "GB18030", "GBK"}  # table C.12-5: without code extensions

_TERM_FORM = 'the answer is a text, such as "ISO_IR 100", or a list of texts'
_CODEC = (
    "UTF-8 is right, and a file calls it by a defined term of PS3.3 section C.12.1.1.2: "
    "it is one of the three of the table above"
)
_SPELLING = (
    "nearly: a defined term is written exactly as in PS3.3 section C.12.1.1.2, "
    "in capitals, with its underscore and its blank"
)
_NO_SUCH_TERM = (
    "PS3.3 section C.12.1.1.2 has no such defined term: a reader would not know what the bytes mean"
)
_STANDS_ALONE = "a set without code extensions stands alone: it is the only value of Specific Character Set"
_LATIN_1 = "ISO_IR 100 is Latin-1, for Western Europe: it has é and ß, but no Ł, no Greek and no kanji"
_LATIN_2 = "ISO_IR 101 is Latin-2: it has the Ł, but no Greek and no kanji"
_LATIN_9 = "ISO_IR 203 is Latin-9, for Western Europe: it has the €, but no Ł, no Greek and no kanji"
_JAPANESE = "that brings kanji, and even Greek letters, but no Ł"
_NO_TERM = "without a term a file has the 95 characters of ASCII, and the Ł is none of them"
_LOST = "with that, a name loses letters: {}"

_CHARACTERS = "that counts letters; a length counts bytes, and UTF-8 needs two of them for Ł"
_ODD = "a length is even: a text is padded with one space (PS3.5 section 6.2)"
_TWO_EACH = "in UTF-8 only letters outside ASCII need more than one byte: here that is the Ł alone"
_WITH_HEAD = "the length is that of the value alone: tag, VR and length stand before it and are not counted"
_MOST = "64 is the most that an LO may have, and it counts characters"
_COUNT_BYTES = "count the bytes: how many does each letter need in UTF-8, and is the sum even?"

_NO_FUNCTION = "to_utf8 is a function: def to_utf8(dataset): and below it, indented, the lines"
_NOTHING_BACK = "to_utf8 is a function that returns the data set, and it returned {}: is a return missing?"
_NO_LABEL = "Specific Character Set says {!r}: a reader has to be told that the bytes are UTF-8 now, with the term ISO_IR 192"
_INSIDE = (
    "the name is right, and a text inside a sequence is broken: a new label alone converts nothing there. "
    "pydicom decodes all texts of a data set, in its sequences too, with dataset.decode()"
)
_AFTER_THE_LABEL = (
    "letters were lost: decode while Specific Character Set still says what the bytes are, and change it then"
)
_TEXT_CHANGED = "a text has changed: leave the values as they are, pydicom writes them in the new set"


# --- 09.1 -----------------------------------------------------------------------------------------------


def _check_character_set(answer: tuple[str, ...]) -> Verdict:
    """Write the names in that character set and read them again, as every reader does."""
    terms = [term.strip() for text in answer for term in text.split("\\")]
    folded = [_folded(term) for term in terms]
    known = {
        "": _NO_TERM,
        "ISO_IR 6": _NO_TERM,
        "ISO_IR 100": _LATIN_1,
        "ISO_IR 101": _LATIN_2,
        "ISO_IR 203": _LATIN_9,
    }
    unknown = [term for term in terms if term and term not in _TERMS]
    rules = (
        (any(re.search("utf|unicode|10646", term) for term in folded), _CODEC),
        (any(_folded(term) in _SPELT for term in unknown), _SPELLING),
        (bool(unknown), _NO_SUCH_TERM),
        (len(terms) > 1 and bool(_ALONE & set(terms)), _STANDS_ALONE),
        (len(terms) == 1 and terms[0] in known, known.get("".join(terms), "")),
        (
            any(re.search("IR (87|159|58|149)$", term) for term in terms) and not _keeps(terms, _PATIENTS[0]),
            _JAPANESE,
        ),
    )
    wrong = next((reason for is_so, reason in rules if is_so), None)
    if wrong is not None:
        return retry(wrong)
    lost = [name for name in _PATIENTS if not _keeps(terms, name)]
    return retry(_LOST.format(", ".join(lost))) if lost else PASS


def _folded(term: str) -> str:
    return re.sub(r"[\W_]+", "", term).casefold()


# Somebody who types "iso-ir 192" or "192" means the term, and has to be told how it is spelt.
_SPELT = {_folded(term) for term in _TERMS} | {"192", "ir192", "iso192", "iso2022ir192"}


def _keeps(terms: list[str], name: str) -> bool:
    """Return whether a name comes back as it was written."""
    image = an_image()
    image.SpecificCharacterSet, image.PatientName = terms, name
    return str(read_again(image).PatientName) == name


def an_image() -> FileDataset:
    """Return a small data set that can be written."""
    return new_instance(SecondaryCaptureImageStorage, modality="OT")


def read_again(image: Dataset) -> FileDataset:
    """Return a data set as it is read from the file that pydicom writes of it."""
    stream = io.BytesIO()
    image.save_as(stream, enforce_file_format=True)
    return read_content(stream.getvalue())


# --- 09.3 -----------------------------------------------------------------------------------------------


def _check_to_utf8(answer: Callable[..., Any]) -> Verdict:
    """Give the function a file of Latin-2, as pydicom reads it, and read what pydicom writes afterwards."""
    before = _latin_2()
    changed = call(answer, read_again(before), name="to_utf8")
    if not isinstance(changed, Dataset):
        found = "None" if changed is None else f"a value of type {type(changed).__name__}"
        return retry(_NOTHING_BACK.format(found))
    label = plain(changed.get("SpecificCharacterSet", ""))
    if label not in ("ISO_IR 192", ["ISO_IR 192"], "GB18030"):
        return retry(_NO_LABEL.format(label))
    old, new = (_texts(each) for each in (before, call(read_again, changed, name="save_as")))
    rules = (
        (re.search("[?\N{REPLACEMENT CHARACTER}]", new[0]) is not None, _AFTER_THE_LABEL),
        (old[:2] != new[:2], _TEXT_CHANGED),
        (len(old) != len(new) or "None" in new, _TEXT_CHANGED),
        (old != new, _INSIDE),
    )
    wrong = next((reason for is_wrong, reason in rules if is_wrong), None)
    return PASS if wrong is None else retry(wrong)


def _latin_2() -> FileDataset:
    image, request = an_image(), Dataset()
    image.SpecificCharacterSet = "ISO_IR 101"
    image.PatientName = "Łukasz^Ewa"
    image.StudyDescription = "głowa, kość"
    request.RequestedProcedureDescription = "TK głowy"
    code = Dataset()
    code.CodeMeaning = "TK głowy z kontrastem"
    request.RequestedProcedureCodeSequence = [code]  # a sequence in a sequence
    image.RequestAttributesSequence = [request]
    return image


def _texts(dataset: Dataset) -> list[str]:
    items = dataset.get("RequestAttributesSequence") or [Dataset()]
    codes = items[0].get("RequestedProcedureCodeSequence") or [Dataset()]
    found = (
        dataset.get("PatientName"),
        dataset.get("StudyDescription"),
        items[0].get("RequestedProcedureDescription"),
        codes[0].get("CodeMeaning"),
    )
    return [str(text) for text in found]


TEXTS = (
    Exercise(
        id="09.1",
        title="Name a character set that holds all names of a department",
        name="character_set",
        checker=_check_character_set,
        form=one_or_more(TEXT.saying(_TERM_FORM)),
        minutes=2,
        hints=(
            "Which set of letters has Polish, Greek and Japanese ones at the same time?",
            "It is Unicode. The file says so by a defined term, not by the word UTF-8.",
            "The term begins with ISO_IR, and the table above has it in its last line.",
        ),
        solution='character_set = "ISO_IR 192"',
        misconceptions=(
            Misconception('"UTF-8"', _CODEC),
            Misconception('"utf8"', _CODEC),
            Misconception('"ISO_IR_192"', _SPELLING),
            Misconception('"latin-1"', _NO_SUCH_TERM),
            Misconception('"ISO_IR 100"', _LATIN_1),
            Misconception('"ISO_IR 101"', _LATIN_2),
            Misconception('["", "ISO 2022 IR 87"]', _JAPANESE),
            Misconception('["ISO_IR 100", "ISO_IR 192"]', _STANDS_ALONE),
            Misconception('"ISO_IR 126"', _LOST.format("Łukasz, 山田")),
            Misconception('""', _NO_TERM),
            Misconception("192", _TERM_FORM),
        ),
        learned="ISO_IR 192 is the safe choice for what you write yourself; what you receive keeps its own.",
    ),
    Exercise(
        id="09.2",
        title="Count the bytes of a name",
        name="stored_length",
        checker=look_up(
            8,
            {6: _CHARACTERS, 7: _ODD, 12: _TWO_EACH, 16: _WITH_HEAD, 64: _MOST},
            _COUNT_BYTES,
        ),
        form=in_units(WHOLE_NUMBER, BYTES_OF).saying("the answer is a whole number of bytes"),
        minutes=2,
        hints=(
            "UTF-8 writes letters of ASCII with one byte each, others with two to four.",
            "Ł needs two bytes, u k a s z one each.",
            "Seven is odd, and no value of DICOM has an odd length.",
        ),
        solution="stored_length = 8",
        misconceptions=(
            Misconception("6", _CHARACTERS),
            Misconception("7", _ODD),
            Misconception("12", _TWO_EACH),
            Misconception("16", _WITH_HEAD),
            Misconception("64", _MOST),
            Misconception("10", _COUNT_BYTES),
        ),
        learned="The 64 characters that an LO may have are characters; the length in the file counts bytes.",
    ),
    Exercise(
        id="09.3",
        title="Bring an old file to UTF-8",
        name="to_utf8",
        checker=_check_to_utf8,
        form=FUNCTION.saying(_NO_FUNCTION),
        minutes=6,
        task=Task.WRITE,
        hints=(
            "Two steps: have pydicom read all letters while the old label still stands there, then set the new label.",
            "dataset.decode() decodes every text of a data set, also inside sequences.",
            "Three lines: dataset.decode(), dataset.SpecificCharacterSet = ..., return dataset",
        ),
        solution=(
            "def to_utf8(dataset):\n"
            "    dataset.decode()\n"
            '    dataset.SpecificCharacterSet = "ISO_IR 192"\n'
            "    return dataset"
        ),
        misconceptions=(
            Misconception(
                'lambda dataset: setattr(dataset, "SpecificCharacterSet", "ISO_IR 192") or dataset', _INSIDE
            ),
            Misconception("lambda dataset: dataset.decode() or dataset", _NO_LABEL.format("ISO_IR 101")),
            Misconception(
                'lambda dataset: setattr(dataset, "SpecificCharacterSet", "ISO_IR 192") or dataset.decode() or dataset',
                _AFTER_THE_LABEL,
            ),
            Misconception(
                'lambda dataset: dataset.decode() or setattr(dataset, "SpecificCharacterSet", "ISO_IR 192")',
                _NOTHING_BACK.format("None"),
            ),
            Misconception(
                "lambda dataset: dataset.decode() or dataset.update("
                '{"SpecificCharacterSet": "ISO_IR 192", "PatientName": "Lukasz^Ewa"}) or dataset',
                _TEXT_CHANGED,
            ),
            Misconception('"ISO_IR 192"', _NO_FUNCTION),
        ),
        learned="What dcmconv +U8 does in a shell. In the top level pydicom converts by itself when it writes; in sequences it does not.",
    ),
)
