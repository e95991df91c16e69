"""Elements that occur more than once in one data set or item: the first one counts, throughout the package.

DCMTK takes the first and says so, pydicom takes the last without a word. The repeated one was probably appended later,
and the first one is what other systems have stored.
"""

from __future__ import annotations

from collections.abc import Iterable

from dicomkit.files.tokens import Kind, Token, tag_text
from dicomkit.named_tuple import NamedTuple

__all__ = ["Order", "RepeatedElements", "repeated_in_words", "with_firsts_last"]

_MOST_NAMED = 4


class _Repeated(NamedTuple):
    """Where the first element of its tag begins and ends, and where the last one ends."""

    start: int
    end: int
    last_end: int


class Order:
    """Notice during a walk that tags do not ascend: only then can an element be repeated."""

    def __init__(self) -> None:
        self._last = [-1]  # the previous tag in each open data set or item
        self.ascends = True

    def follow(self, kind: Kind, tag: int) -> None:
        """Process the next token of the walk."""
        if kind is Kind.ELEMENT or kind is Kind.SEQUENCE or kind is Kind.PIXEL_SEQUENCE:
            if tag <= self._last[-1]:
                self.ascends = False
            self._last[-1] = tag
        elif kind is Kind.ITEM:
            self._last.append(-1)
        elif kind is Kind.ITEM_END:
            self._last.pop()


class RepeatedElements:
    """Collects repeated elements during a walk.

    References
    ----------
    PS3.5 section 7.1, Data Elements: each occurs at most once in a data set.
    """

    def __init__(self) -> None:
        self._levels: list[tuple[int, dict[int, Token]]] = [
            (0, {})
        ]  # where an open item begins, what is in it
        self._sequences: list[int] = []  # the offsets of those that are open
        self._ends: dict[int, int] = {}  # of sequences, by offset
        self._found: list[
            tuple[int, Token, Token]
        ] = []  # where the item begins, the first element, a later one

    def follow(self, token: Token) -> None:
        """Process the next token of the walk."""
        kind = token.kind
        if kind is Kind.ITEM:
            self._levels.append((token.offset, {}))
        elif kind is Kind.ITEM_END:
            self._levels.pop()
        elif kind is Kind.SEQUENCE_END:
            self._ends[self._sequences.pop()] = token.value_offset
        elif kind is Kind.ELEMENT or kind is Kind.SEQUENCE or kind is Kind.PIXEL_SEQUENCE:
            if kind is not Kind.ELEMENT:
                self._sequences.append(token.offset)
            item, elements = self._levels[-1]
            first = elements.setdefault(token.tag, token)
            if first is not token:
                self._found.append((item, first, token))

    def by_item(self) -> dict[int, dict[int, _Repeated]]:
        """Return the repeated elements, by the offset of their item (0 for the data set) and by tag."""
        found: dict[int, dict[int, _Repeated]] = {}
        for item, first, later in self._found:
            repeated = _Repeated(first.offset, self._end(first), self._end(later))
            found.setdefault(item, {})[first.tag] = repeated
        return found

    def remark(self) -> str:
        """Return what ought to be known, without a value; empty if nothing is repeated."""
        return repeated_in_words(first.tag for _, first, _ in self._found)

    def _end(self, token: Token) -> int:
        return self._ends.get(token.offset, token.value_offset + token.length)


def repeated_in_words(tags: Iterable[int]) -> str:
    """Return a sentence on the tags of elements that repeat an earlier one; "" if there are none."""
    names = list(dict.fromkeys(map(tag_text, tags)))
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    verb = "stands" if len(names) == 1 else "stand"
    return f"{', '.join(names[:_MOST_NAMED])}{more} {verb} more than once in one data set or item; the first one holds"


def with_firsts_last(dataset: bytes, repeated: dict[int, dict[int, _Repeated]]) -> bytes:
    """Return a data set in which the first of several equal tags comes last, because pydicom takes the last.

    No element is removed, so no length changes.
    """
    content = dataset
    for _, elements in sorted(repeated.items(), reverse=True):  # an item inside an item begins after it
        firsts = sorted(elements.values())
        start, end = firsts[0].start, max(each.last_end for each in firsts)
        rest, position = [], start
        for each in firsts:
            rest.append(content[position : each.start])
            position = each.end
        moved = [content[each.start : each.end] for each in firsts]
        content = b"".join([content[:start], *rest, content[position:end], *moved, content[end:]])
    return content
