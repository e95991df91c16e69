r"""Divide a dump text into the lines of its elements, even where values contain line breaks.

``dcmdump`` prints the line breaks of a value as they are, so a comment that a patient typed can look like
further elements::

    (0010,4000) LT [fine]
    (0010,0020) LO [FORGED]
    ]                                   #  30, 1 PatientComments

A value cannot forge the count in the comment of its own last line, because that count covers the whole value. So
the search goes from the bottom up: if the text between an element's ``[`` and a ``]`` has exactly the length stated
after that ``]``, it is one value, and parts of it that look like elements are text. From the bottom up, each real
end is found before anything inside its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dicomkit.dump.attribute_names import attribute_name
from dicomkit.dump.grammar import ElementLine, counted_end, read_element_line
from dicomkit.files.dictionary import is_private_creator
from dicomkit.named_tuple import NamedTuple

__all__ = ["DumpLine", "element_lines", "split_lines"]

_TRUNCATED = re.compile(r"\.\.\.[ \t]*(?:#[ \t]*\d+,.*)?\Z")
_PLAIN_END = re.compile(r"\][ \t]*(?:#[^\]\n]*)?\Z")
_CRLF = "\r\n"


class DumpLine(NamedTuple):
    """The line of one element; several lines of text if its value has line breaks.

    ``number`` counts from 1. ``element`` is None for a line that does not begin with a tag. ``trouble`` says why the
    end of the value is not known: "unclosed", "truncated", "ambiguous" or ""; "padded" is a doubt: the count may be
    of another value instead of counting blanks. ``value_end`` is the index of the ``]`` that ends the value if the
    count after it confirms that; otherwise -1.
    """

    number: int
    text: str
    element: ElementLine | None
    trouble: str = ""
    value_end: int = -1


def split_lines(text: str) -> list[str]:
    """Split at line feeds only: a value may contain the other characters that `str.splitlines` splits at.

    If every line ends with carriage return and line feed, the text was converted as a whole, and the carriage
    returns are removed.
    """
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    if _CRLF in text and all(line.endswith("\r") for line in lines):
        lines = [line[:-1] for line in lines]
    return lines


def element_lines(lines: list[str]) -> Iterator[DumpLine]:
    """Yield the line of each element, and each other line that is neither empty nor a comment.

    Parameters
    ----------
    lines
        The result of `split_lines`, one character for each byte.
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
    """Return the elements of a text in which each has one line, or None if some may have several."""
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
    """Return the last line of each value whose count confirms it, by its first line."""
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
    """Return the last line of a value that no count confirms, and what is doubtful about it."""
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
    """Find lines whose count is too large for them, but large enough for a value that begins further up.

    Trailing blanks of a value are counted but not printed, so a count need not match exactly. If a value of an
    element with the same name begins close enough above, this line may be its end. If the line itself has that
    name, as with items and private elements, trailing blanks are the simpler reading; such lines are returned second.
    """
    suspects: set[int] = set()
    padded: set[int] = set()
    opened_at: dict[str, int] = {}  # the offset of the latest value, by attribute name
    creators: dict[int, bytes] = {}  # the latest private creator of each block
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
    """Return whether a count covers no more than a value on this line, which may be commented out."""
    count = int(end[1])
    if element is not None and line.startswith("[", element.value_start):
        return count <= end.start() - element.value_start
    return any(
        line[max(0, start) : start + 1] == "[" for start in (end.start() - count - 1, end.start() - count)
    )
