"""Find the value on a line of a dump: in brackets, without, ``(no value available)`` or the name of a file."""

from __future__ import annotations

import enum
import re

from dicomkit.dump.grammar import counted_end
from dicomkit.dump.reading.lines import DumpLine
from dicomkit.dump.reading.problems import Problems
from dicomkit.files.encoding import STANDARD_VRS, TEXT_VRS
from dicomkit.named_tuple import NamedTuple

__all__ = ["Form", "Value", "lookalikes", "read_value", "report_trouble"]

_FILE_VRS = {"OB", "OW", "pi"}  # the VRs for which dump2dcm takes =file
_POSSIBLE_END = re.compile(r"\][ \t]*(?:#[ \t]*(\d{1,10},)?|\Z)")
_LOWER_CASE_VR = re.compile(r"([A-Za-z]{2})(?=[\s\[(=#]|\Z)")
_LOOKS_LIKE_VR = re.compile(r"[A-Z]{2}")
# What word processors and web pages use instead of plain characters, as UTF-8 bytes.
_LOOKALIKES = {
    "typographic quotes": re.compile("\xe2\x80[\x98-\x9f]|\xc2[\xab\xbb]"),
    "blanks that are no spaces": re.compile("\xc2\xa0|\xe2\x80[\x80-\x8f\xaf]|\xe3\x80\x80|\xef\xbb\xbf"),
    "full-width brackets": re.compile("\xef\xbc[\x88\x89\x8c\xbb\xbd]"),  # and the comma
}
_QUOTED = re.compile(r"""(["']).*\1""", re.DOTALL)
_DOTS = "..."
_WITH_L = "dump the file again with +L"


class Form(enum.Enum):
    """How a value is given on its line."""

    TEXT = "the value itself"
    FILE = "the name of a file that holds it"
    EMPTY = "no value"
    SEQUENCE = "items follow"
    PIXEL_SEQUENCE = "fragments follow"


class Value(NamedTuple):
    """A value as written, and where in the line's text it starts."""

    form: Form
    text: str
    start: int


def lookalikes(text: str, *, is_at_start: bool = False) -> str:
    """Name the characters in a line that look like plain ones, or are invisible; "" if there are none.

    Parameters
    ----------
    text
        One character for each byte.
    is_at_start
        Whether to look at the start of the text only.
    """
    for name, pattern in _LOOKALIKES.items():
        if pattern.match(text) if is_at_start else pattern.search(text):
            return name
    return ""


def read_value(line: DumpLine, vr: str, problems: Problems) -> Value | None:
    """Return the value on `line`, or None after adding the reason to `problems`.

    Parameters
    ----------
    line
        An element's line.
    vr
        The VR of the line; "" if there is none.
    problems
        Collects errors and warnings.
    """
    if line.element is None:
        return None
    start = line.element.value_start
    first = line.text[start : start + 1]
    if line.trouble == "padded":
        problems.warning(
            line, "the count after # is larger than the value", "the rest is taken for blanks; is it?"
        )
    elif line.trouble:
        report_trouble(line, problems)
        return None
    if first == "[":
        return _bracketed(line, start, vr, problems)
    if first == "(":
        return _described(line, start, vr, problems)
    return _bare(line, start, vr, problems)


def report_trouble(line: DumpLine, problems: Problems) -> None:
    """Add to `problems` why the end of the value on `line` is not known."""
    if line.trouble == "truncated":
        problems.error(line, "the value was cut short when it was printed (...)", _WITH_L)
    elif line.trouble == "unclosed":
        problems.error(line, "the bracket of the value is not closed", "add ] at its end")
    else:
        problems.error(
            line,
            "the count after # is too large for this line, and may belong to a value that begins further up",
            "if you changed the value, remove the text from # on",
        )


def _bracketed(line: DumpLine, start: int, vr: str, problems: Problems) -> Value | None:
    text = line.text
    end = line.value_end if line.value_end >= 0 else _end_of_brackets(text, start)
    if end is None:
        problems.error(
            line, "the value could end at more than one ]", "take the brackets out of the comment after #"
        )
        return None
    after = text[end + 1 :].strip()
    if after and not after.startswith("#"):
        problems.warning(line, "there is text after the closing bracket", "it is left out", offset=end + 1)
    return _text_or_file(text[start + 1 : end], start + 1, vr)


def _end_of_brackets(text: str, start: int) -> int | None:
    """Return the index of the ``]`` that ends the value, or None if that is ambiguous."""
    counted = counted_end(text)
    if counted is not None and 0 <= int(counted[1]) - (counted.start() - start - 1) <= 1:
        return counted.start()
    last_line = max(start, text.rfind("\n") + 1)
    possible = list(_POSSIBLE_END.finditer(text, last_line))
    if len(possible) <= 1:
        # dump2dcm takes the last ] of a line, wherever that is.
        return text.rfind("]")
    if counted is not None:
        return counted.start() if not any(found[1] for found in possible[:-1]) else None
    fitting = [
        found.start()
        for found in possible
        if found[1] and 0 <= int(found[1].rstrip(",")) - (found.start() - start - 1) <= 1
    ]
    return fitting[0] if len(fitting) == 1 else None


def _described(line: DumpLine, start: int, vr: str, problems: Problems) -> Value | None:
    text = line.text
    description = text[start + 1 :].partition(")")[0].strip()
    if description == "no value available":
        return Value(Form.EMPTY, "", start)
    if description.startswith("PixelSequence") and vr in _FILE_VRS:
        return Value(Form.PIXEL_SEQUENCE, description, start)
    if description.startswith("Sequence") and vr in {"SQ", "UN", ""}:
        return Value(Form.SEQUENCE, description, start)
    if description == "not loaded":
        problems.error(line, "the value was not loaded when it was printed", "dump the file again with +M")
    elif description == "invalid value":
        problems.error(line, "the value could not be printed", "write a value in its place")
    elif vr == "AT":
        return _bare(line, start, vr, problems)
    else:
        problems.error(
            line, "text in round brackets is no value", "use square brackets, [ ], or (no value available)"
        )
    return None


def _bare(line: DumpLine, start: int, vr: str, problems: Problems) -> Value | None:
    text = line.text[start:].partition("#")[0].rstrip()
    if not text:
        return Value(Form.EMPTY, "", start)
    has_vr = line.element is not None and bool(line.element.vr)
    strange = lookalikes(text, is_at_start=True) or (
        "" if has_vr else lookalikes(text[2:], is_at_start=True)  # they may follow the VR
    )
    if text.startswith("<"):
        problems.error(line, "a value does not begin with <", "put it in brackets: [ ]")
    elif strange:
        problems.error(line, f"the value begins with {strange}", "write a space and [value]")
    elif text.endswith(_DOTS) and vr not in TEXT_VRS:
        problems.error(line, "the value was cut short when it was printed (...)", _WITH_L)
    elif not has_vr and _may_be_vr(text):
        problems.error(line, "the text after the tag is neither a VR nor a value", "write VR and [value]")
    else:
        if text.endswith("]") and "[" not in text:
            problems.warning(line, "the value has ] at its end and no [", "put all of it in brackets: [ ]")
        elif _QUOTED.fullmatch(text):
            problems.warning(line, "the quotes are part of the value", "put it in brackets instead: [ ]")
        return _text_or_file(text, start, vr)
    return None


def _may_be_vr(text: str) -> bool:
    found = _LOWER_CASE_VR.match(text)
    return bool(_LOOKS_LIKE_VR.match(text)) or (found is not None and found[1].upper() in STANDARD_VRS)


def _text_or_file(text: str, start: int, vr: str) -> Value:
    if text.startswith("=") and vr in _FILE_VRS:
        return Value(Form.FILE, text[1:], start + 1)
    return Value(Form.TEXT if text else Form.EMPTY, text, start)
