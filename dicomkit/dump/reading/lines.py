r"""Divide a dump text into the lines of its elements, also where a value holds line breaks of its own.

``dcmdump`` prints the line breaks of a value as they are, so a comment that a patient typed can look like
further elements::

    (0010,4000) LT [fine]
    (0010,0020) LO [FORGED]
    ]                                   #  30, 1 PatientComments

What cannot be imitated from inside a value is the count in the comment of its true last line, because it
covers the whole value. So ends are looked for from the bottom up: if the text between an element's ``[``
and a ``]`` has exactly the length that stands after that ``]``, then it is one value. Whatever part of it
looks like elements is text. From the bottom up, each true end is met before anything inside its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dicomkit.dump.attribute_names import attribute_name
from dicomkit.dump.grammar import ElementLine, counted_end, read_element_line
from dicomkit.files.dictionary import is_private_creator

__all__ = ["DumpLine", "element_lines", "split_lines"]

_TRUNCATED = re.compile(r"\.\.\.[ \t]*(?:#[ \t]*\d+,.*)?\Z")
_PLAIN_END = re.compile(r"\][ \t]*(?:#[^\]\n]*)?\Z")
_CRLF = "\r\n"


class DumpLine(NamedTuple):
    """One element's line, which takes several lines of the text if its value does.

    ``number`` counts from 1. ``element`` is None for a line that begins with no tag. ``trouble`` says why
    the end of the value is not known: "unclosed", "truncated", "ambiguous" or nothing; "padded" is a doubt, that
    the count may be of another value and not of blanks. ``value_end`` is where the ``]`` stands that ends the value, if the count after it says so; otherwise -1.
    """

    number: int
    text: str
    element: ElementLine | None
    trouble: str = ""
    value_end: int = -1


def split_lines(text: str) -> list[str]:
    """Split at line feeds only: a value may hold any of the other characters that end a line in Python.

    If every line ends in carriage return and line feed, the text was converted as a whole and one carriage
    return is taken off each.
    """
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if _CRLF in text and all(line.endswith("\r") for line in lines):
        lines = [line[:-1] for line in lines]
    return lines


def element_lines(lines: list[str]) -> Iterator[DumpLine]:
    """Yield the elements' lines, and every line that is neither an element nor empty nor a comment.

    Parameters
    ----------
    lines
        The text, divided by `split_lines`, one character for each byte.
    """
    starts = {index: found for index, line in enumerate(lines) if (found := read_element_line(line))}
    ordinary = _ordinary_lines(lines, starts)
    if ordinary is not None:
        yield from ordinary
        return
    ends = _counted_ends(lines, starts)
    suspects, padded = _suspects(lines, starts, ends)
    index = 0
    while index < len(lines):
        first, line, element = index, lines[index], starts.get(index)
        trouble = ""
        index += 1
        if element is None:
            if first in suspects:
                yield DumpLine(first + 1, line, None, "ambiguous")
            elif line.strip() and not line.lstrip().startswith("#"):
                yield DumpLine(first + 1, line, None)
            continue
        if first in suspects:
            trouble = "ambiguous"
        elif line.startswith("[", element.value_start):
            last, trouble = (ends[first], "") if first in ends else _forward_end(lines, starts, first)
            index = last + 1
            if not suspects.isdisjoint(range(first + 1, index)):
                trouble = "ambiguous"  # its last line may be the end of another value
        if first in padded and not trouble:
            trouble = "padded"
        yield DumpLine(first + 1, "\n".join(lines[first:index]), element, trouble)


def _ordinary_lines(lines: list[str], starts: Mapping[int, ElementLine]) -> list[DumpLine] | None:
    """Return the elements of a text in which each stands on a line of its own, or None if one may not."""
    ordinary = []
    for index, line in enumerate(lines):
        element = starts.get(index)
        value_end = -1
        if element is None or not line.startswith("[", element.value_start):
            if "]" in line and counted_end(line):
                return None  # the end of a value, but not its beginning
        elif (end := counted_end(line)) is None or end.start() <= element.value_start:
            if not _PLAIN_END.search(line, element.value_start):
                return None
        else:
            pad_bytes = int(end[1]) - (end.start() - element.value_start - 1)
            if pad_bytes > 1:
                return None
            value_end = end.start() if pad_bytes >= 0 else -1
        if element is not None:
            ordinary.append(DumpLine(index + 1, line, element, "", value_end))
        elif line.strip() and not line.lstrip().startswith("#"):
            return None
    return ordinary


def _counted_ends(lines: list[str], starts: Mapping[int, ElementLine]) -> dict[int, int]:
    """Return, for each element whose count says so, on which line its value ends."""
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    openings = {
        offsets[index] + element.value_start + 1: index
        for index, element in starts.items()
        if lines[index].startswith("[", element.value_start)
    }
    ends: dict[int, int] = {}
    index = len(lines) - 1
    while index >= 0:
        end = counted_end(lines[index])
        if end is not None:
            start = offsets[index] + end.start() - int(end[1])
            first = openings.get(start, openings.get(start + 1))  # + 1: a pad byte is counted, not printed
            if first is not None and first <= index:
                ends[first] = index
                index = first
        index -= 1
    return ends


def _forward_end(lines: list[str], starts: Mapping[int, ElementLine], first: int) -> tuple[int, str]:
    """Return where a value ends that no count vouches for, and what is doubtful about that."""
    line = lines[first]
    if "]" in line[starts[first].value_start :]:
        has_end = _PLAIN_END.search(line) or counted_end(line)
        return first, "truncated" if not has_end and _TRUNCATED.search(line) else ""
    for last in range(first, len(lines)):
        if last > first and last in starts:
            break
        if _TRUNCATED.search(lines[last]):
            return last, "truncated"
        if last > first and _PLAIN_END.search(lines[last]):
            return last, ""
    return first, "unclosed"


def _suspects(
    lines: list[str], starts: Mapping[int, ElementLine], ends: Mapping[int, int]
) -> tuple[set[int], set[int]]:
    """Find lines whose count is too large for them and large enough for a value that begins further up.

    Trailing blanks of a value are counted but not printed, so its count may fit nothing exactly. If an
    element of the same name opened close enough above, this line may be the end of that one's value. Where it
    is of that name itself, as items and private elements are, the blanks are the simpler reading; these come second.
    """
    suspects: set[int] = set()
    padded: set[int] = set()
    opened_at: dict[str, int] = {}  # where the latest value of an attribute of that name begins
    creators: dict[int, bytes] = {}  # who reserved a block of private elements last
    offset = 0
    inside_until = -1
    for index, line in enumerate(lines):
        element = starts.get(index)
        if index > inside_until:
            end = counted_end(line) if index not in ends else None
            if end is not None and not _fits_its_line(line, end, element):
                above = opened_at.get(end[2].strip())
                if above is not None and offset + end.start() - above <= int(end[1]):
                    is_own_name = element is not None and attribute_name(element.tag) == end[2].strip()
                    (padded if is_own_name else suspects).add(index)
            if element is not None and line.startswith("[", element.value_start):
                if is_private_creator(element.tag):
                    block = (element.tag >> 16 << 8) + (element.tag & 0xFF)
                    creators[block] = line[element.value_start + 1 :].partition("]")[0].encode()
                name = attribute_name(element.tag, creators.get(element.tag >> 8, b""))
                opened_at[name] = offset + element.value_start + 1
                inside_until = ends.get(index, index)
        offset += len(line) + 1
    return suspects, padded


def _fits_its_line(line: str, end: re.Match[str], element: ElementLine | None) -> bool:
    """Say whether a count covers no more than a value on this line, which may be commented out."""
    count = int(end[1])
    if element is not None and line.startswith("[", element.value_start):
        return count <= end.start() - element.value_start
    return any(
        line[max(0, start) : start + 1] == "[" for start in (end.start() - count - 1, end.start() - count)
    )
