"""Read answers as people give them: in quotes, as numpy numbers, in capitals, as a tag or as a keyword.

A check is about an idea. If the idea is right and only its form is unusual, the check must not call it wrong. So each
exercise has a `Form`, which reads an answer: it returns one plain Python value for all spellings, or says which form is
expected. Checkers get plain values only.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

__all__ = [
    "BYTES",
    "FUNCTION",
    "KEYWORD",
    "NUMBER",
    "STATUS",
    "TAG",
    "TEXT",
    "WHOLE_NUMBER",
    "WORD",
    "Form",
    "WrongForm",
    "keyword_of",
    "number_of",
    "plain",
    "unquoted",
    "word_of",
]

_QUOTES = "\"'`\u201c\u201d\u2018\u2019"
_TAG = re.compile(r"\(?(?:0x)?([0-9a-f]{4})[,\s]*(?:0x)?([0-9a-f]{4})\)?", re.IGNORECASE)
_TAG_WITH_NAME = re.compile(
    r"(?P<tag>\([0-9a-f]{4},\s*[0-9a-f]{4}\))\W*(?P<name>[a-z].*)"
    r"|(?P<name_before>[a-z].*?)\W*(?P<tag_behind>\([0-9a-f]{4},\s*[0-9a-f]{4}\))",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}([, ])\d{3}(\1\d{3})*")
_STATUS = re.compile(r"(?:0x)?([0-9a-f]{4})h?", re.IGNORECASE)


class WrongForm(Exception):  # noqa: N818 - not an error of the kit: its reason becomes a RETRY
    """An answer has another form than the exercise asks for.

    Parameters
    ----------
    reason
        The expected form, as a sentence for the learner.
    is_general
        Whether the sentence only names the form: then the reason of a whole takes the place of that of its part.
    """

    def __init__(self, reason: str, *, is_general: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_general = reason, is_general


@dataclasses.dataclass(frozen=True)
class Form:
    """The form of an answer: how it is read.

    Parameters
    ----------
    name
        Its name, for example ``"a whole number"``.
    reader
        Takes a plain answer and returns its value; raises `WrongForm`, ValueError or TypeError for another form.
    reason
        Reply to an answer of another form; by default made from `name`.
    parts
        The forms of the parts of a compound answer, by index or key.
    takes_none
        Whether None is a valid part; usually it means that the part is still to do.
    """

    name: str
    reader: Callable[[Any], Any]
    reason: str = ""
    parts: Mapping[Any, Form] = dataclasses.field(default_factory=dict)
    takes_none: bool = False

    def read(self, answer: object) -> Any:  # noqa: ANN401 - each form has a type of its own
        """Return the value of `answer`.

        Raises
        ------
        WrongForm
            If it has another form.
        """
        try:
            return self.reader(plain(answer))
        except (TypeError, ValueError, OverflowError, WrongForm) as error:
            if isinstance(error, WrongForm) and not (error.is_general and self.reason):
                raise
            raise WrongForm(
                self.reason or f"the answer is {self.name}", is_general=not self.reason
            ) from error

    def saying(self, reason: str) -> Form:
        """Return the same form with another reason."""
        return dataclasses.replace(self, reason=reason)


def plain(answer: object) -> object:
    """Return an answer with plain Python types.

    numpy's numbers and arrays, pydicom's numbers, strings and lists, and paths become plain numbers, strings and lists,
    also inside of tuples, sets and dictionaries.

    Examples
    --------
    >>> import numpy as np
    >>> plain((np.int64(5), np.array([1, 2])))
    (5, [1, 2])
    """
    if isinstance(answer, bool) or type(answer) in {int, float, str}:
        return answer
    if isinstance(answer, bytes | bytearray | memoryview):
        return bytes(answer)
    if type(answer).__module__ in {"numpy", "array"} and hasattr(answer, "tolist"):
        return answer.tolist()
    if type(answer) in {list, tuple, set, frozenset} or type(answer).__name__ == "MultiValue":
        return _plain_parts(answer)  # type: ignore[arg-type]
    if isinstance(answer, dict):
        return {plain(key): plain(value) for key, value in answer.items()}
    if isinstance(answer, os.PathLike):
        answer = os.fspath(answer)
    # pydicom's UID, IS, DS and others are subclasses of these.
    return next((kind(answer) for kind in (str, int, float) if isinstance(answer, kind)), answer)


def _plain_parts(answer: Collection[object]) -> object:
    parts = [plain(part) for part in answer]
    if isinstance(answer, tuple):
        return tuple(parts)
    return set(parts) if isinstance(answer, set | frozenset) else parts


def number_of(answer: object) -> float | int:
    """Return the number in an answer, also in quotes, in hexadecimal, or with a stray trailing comma."""
    if isinstance(answer, str):
        text = unquoted(answer).replace("\u2212", "-")
        if _GROUPED.fullmatch(text):  # 524,288 or 524 288
            text = re.sub(r"\D", "", text)
        return (
            int(text, 0)
            if re.fullmatch(r"[-+]?(0x[0-9a-f]+|0|[1-9]\d*)", text, re.IGNORECASE)
            else float(text)
        )
    if isinstance(answer, list | tuple) and len(answer) == 1:  # a trailing comma makes a tuple
        return number_of(answer[0])
    if isinstance(answer, bool) or not hasattr(answer, "__float__"):
        raise TypeError(answer)
    return answer if isinstance(answer, int) else float(answer)


def _whole_number(answer: object) -> int:
    number = number_of(answer)
    if number != int(number):
        raise ValueError(answer)
    return int(number)


def unquoted(text: str) -> str:
    """Return a string without surrounding blanks and quotation marks."""
    before = None
    while text != before:
        before, text = text, text.strip().strip(_QUOTES)
    return text


def word_of(answer: object) -> str:
    """Return a word for comparison: lower case, without quotation marks, a final full stop and extra blanks."""
    if isinstance(answer, list | tuple | set) and len(answer) == 1:
        return word_of(next(iter(answer)))
    if not isinstance(answer, str | int | float) or isinstance(answer, bool):
        raise TypeError(answer)
    return " ".join(unquoted(str(answer)).rstrip(".").casefold().split())


def _text(answer: object) -> str:
    if not isinstance(answer, str):
        raise TypeError(answer)
    return answer


def _tag(answer: object) -> int:
    """Return a tag from a keyword, a name, hexadecimal digits, a number or a pair of numbers."""
    if isinstance(answer, list | tuple | set) and len(answer) == 1:
        return _tag(next(iter(answer)))
    if isinstance(answer, list | tuple):
        group, element = (int(part, 16) if isinstance(part, str) else int(part) for part in answer)
        return group << 16 | element
    if isinstance(answer, bool):
        raise TypeError(answer)
    if isinstance(answer, int):
        return answer
    if not isinstance(answer, str):  # pydicom's tag, or an element of a data set
        return int(getattr(answer, "tag", answer))  # type: ignore[call-overload, no-any-return]
    return _tag_of_text(answer)


def _tag_of_text(answer: str) -> int:
    from pydicom.datadict import tag_for_keyword  # noqa: PLC0415 - the lessons are light to import

    text = unquoted(re.sub(r"^the\s", "", unquoted(answer), flags=re.IGNORECASE))
    if digits := _TAG.fullmatch(text):
        return int("".join(digits.groups()), 16)
    if both := _TAG_WITH_NAME.fullmatch(text):  # "(0008,0018) SOP Instance UID", or the other way round
        tag, name = _tag(both["tag"] or both["tag_behind"]), both["name"] or both["name_before"]
        is_private = bool(tag >> 16 & 1)  # without a name in the dictionary
        return tag if is_private or _tag(name) == tag else _refuse(answer)
    if re.fullmatch(r"0x[0-9a-f]{1,8}", text, re.IGNORECASE):  # as hex() writes it, without leading zeros
        return int(text, 16)
    found = tag_for_keyword(text) or _by_folded_keyword(text.rpartition(".")[2])
    if found is None:
        raise ValueError(answer)
    return int(found)


def _refuse(answer: object) -> int:
    raise ValueError(answer)


def _by_folded_keyword(text: str) -> int | None:
    """Return the tag for ``sop instance uid``, ``SOP_Instance_UID`` and other spellings."""
    from pydicom._dicom_dict import DicomDictionary  # noqa: PLC0415 - datadict has no public iterator

    wanted = re.sub(r"[\W_]+", "", text).casefold()
    for tag, (_vr, _vm, name, _retired, keyword) in DicomDictionary.items():
        if wanted in {keyword.casefold(), re.sub(r"[\W_]+", "", name).casefold()}:
            return int(tag)
    return None


def keyword_of(answer: object) -> str:
    """Return the keyword of an attribute in any spelling."""
    from pydicom.datadict import keyword_for_tag  # noqa: PLC0415 - the lessons are light to import

    found: str = keyword_for_tag(_tag(answer))
    if not found:
        raise ValueError(answer)
    return found


def _status(answer: object) -> int:
    """Return a status from ``0x0122``, ``"0122H"``, ``"0x0122"`` or ``"0122"``."""
    if isinstance(answer, str):
        digits = _STATUS.fullmatch(unquoted(answer).replace(" ", ""))
        if digits is None:
            raise ValueError(answer)
        return int(digits[1], 16)
    return _whole_number(answer)


def _bytes(answer: object) -> bytes:
    """Return bytes, also from a list of numbers from 0 to 255, as numpy and array give them."""
    if isinstance(answer, list) and answer and all(type(number) is int for number in answer):
        return bytes(answer)
    if not isinstance(answer, bytes):
        raise TypeError(answer)
    return answer


def _function(answer: object) -> Callable[..., Any]:
    if not callable(answer):
        raise TypeError(answer)
    return answer


NUMBER = Form("a number", number_of)
WHOLE_NUMBER = Form("a whole number", _whole_number)
WORD = Form("a word, as a text in quotes", word_of)
TEXT = Form("a text in quotes", _text)
KEYWORD = Form("the keyword of an attribute, as a text", keyword_of)
TAG = Form("a tag, as a text or as a number", _tag)
STATUS = Form("a status, such as 0x0000", _status)
BYTES = Form('bytes, such as b"DICM"', _bytes)
FUNCTION = Form("a function", _function)
