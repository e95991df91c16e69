"""One row for each element of an instance: what a tree or a table of it shows.

The rows come from the bytes, by the one tokenizer, so a damaged file shows all that stands before the
damage, and a length is the one in the file.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dicomkit.errors import NotDicomError
from dicomkit.files.character_sets import character_sets
from dicomkit.files.code_extensions import decoded_text
from dicomkit.files.dictionary import dictionary_entry, is_private, is_private_creator
from dicomkit.files.encoding import (
    CHARACTER_SET_VRS,
    NUMBER_CODES,
    SINGLE_VALUE_VRS,
    TEXT_VRS,
    UNDEFINED_LENGTH,
)
from dicomkit.files.layout import file_layout
from dicomkit.files.tags import SPECIFIC_CHARACTER_SET
from dicomkit.files.tokens import Kind, Token, tag_text
from dicomkit.files.walk import walk
from dicomkit.text import counted

__all__ = ["MAX_ROWS", "MAX_VALUE_CHARACTERS", "ElementRow", "InstanceRows", "instance_rows"]

MAX_ROWS = 50_000  # of one instance; an enhanced MR with 1,000 frames has about as many
MAX_VALUE_CHARACTERS = 4096
_MAX_NUMBERS = 256
_MAX_BYTES_SHOWN = 32
_NUMBER_BYTES = {code: struct.calcsize(f"<{code}") for code in NUMBER_CODES.values()}
_PIXEL_REPRESENTATION = 0x00280103


class ElementRow(NamedTuple):
    """One line of the tree.

    ``path`` names the element as ``(0008,1140)[0].(0008,1155)`` does, with items counted from 0; it ends
    in ``[n]`` for an item or a fragment. ``depth`` counts the containers around, ``name`` is the keyword,
    ``creator`` the private creator that reserved the block. ``vm`` is 0 where VM makes no sense; ``length``
    is None where the file says "until the delimiter".
    """

    path: str
    depth: int
    kind: str
    tag: int
    name: str
    vr: str
    vm: int
    length: int | None
    value: str
    creator: str


class InstanceRows(NamedTuple):
    """The rows of an instance, and what stopped the reading, if anything did: damage, or that there are too many."""

    rows: tuple[ElementRow, ...]
    problem: str


class _Level:
    """A data set or item that is open: its character set, its private blocks, its place."""

    def __init__(self, path: str, around: _Level | None = None) -> None:
        self.path = path
        self.terms: tuple[str, ...] = around.terms if around else ("",)
        self.is_signed: bool = around.is_signed if around else False
        self.creators: dict[int, str] = {}
        self.sequence = ""
        self.items = 0


def instance_rows(content: bytes, *, given: str = "file") -> InstanceRows:
    """Return a row for each element, item and fragment of a file, group 0002 first.

    Parameters
    ----------
    content
        The whole file.
    given
        What an error calls it.

    Raises
    ------
    NotDicomError
        If it is no DICOM file at all. Damage further on is told in the result, and so is a cut after `MAX_ROWS`.

    References
    ----------
    PS3.5 section 7, The Data Set; section 7.8, private data elements.
    """
    layout = file_layout(content, given=given, require_prefix=False)
    rows: list[ElementRow] = []
    try:
        meta = walk(content, layout.meta_start, layout.rest_end, layout.meta_encoding, given=given)
        dataset = layout.tokens(given=given, items_may_be_short=True)
        every_row = itertools.chain(_rows(content, meta), _rows(layout.dataset, dataset))
        for row in itertools.islice(every_row, MAX_ROWS):
            rows.append(row)  # noqa: PERF402 - extend() would lose the rows before an error
    except NotDicomError as error:
        return InstanceRows(tuple(rows), error.problem)
    problem = "" if len(rows) < MAX_ROWS else f"only the first {MAX_ROWS} elements and items are listed"
    return InstanceRows(tuple(rows), problem)


def _rows(buffer: bytes, tokens: Iterable[Token]) -> Iterator[ElementRow]:
    levels = [_Level("")]
    for token in tokens:
        level, kind = levels[-1], token.kind
        if kind is Kind.ELEMENT:
            yield _element_row(buffer, token, level)
        elif kind is Kind.ITEM:
            levels.append(_Level(f"{level.sequence}[{level.items}]", level))
            yield _container_row(token, levels[-1].path, level.items, 2 * token.depth - 1)
            level.items += 1
        elif kind is Kind.ITEM_END:
            levels.pop()
        elif kind is Kind.TRAILING:
            yield _container_row(token, "trailing", 0, 0)
        elif kind is Kind.OFFSET_TABLE or kind is Kind.FRAGMENT:
            yield _container_row(token, f"{level.sequence}[{level.items}]", level.items, 2 * token.depth - 1)
            level.items += 1
        elif kind is not Kind.SEQUENCE_END:
            yield _opening_row(token, level)


def _container_row(token: Token, path: str, index: int, depth: int) -> ElementRow:
    name = token.kind.value
    length = None if token.length == UNDEFINED_LENGTH else token.length
    value = "" if token.kind is Kind.ITEM else f"{counted(token.length, 'byte')} at byte {token.value_offset}"
    title = "behind the data set" if token.kind is Kind.TRAILING else f"{name} {index}"
    return ElementRow(path, depth, name, token.tag, title, "", 0, length, value, "")


def _opening_row(token: Token, level: _Level) -> ElementRow:
    """Return the row of a sequence, or of pixels in fragments."""
    path, creator, name, vr = _identity(token, level)
    level.sequence, level.items = path, 0
    length = None if token.length == UNDEFINED_LENGTH else token.length
    return ElementRow(path, 2 * token.depth, token.kind.value, token.tag, name, vr, 1, length, "", creator)


def _element_row(buffer: bytes, token: Token, level: _Level) -> ElementRow:
    tag = token.tag
    path, creator, name, vr = _identity(token, level)
    if vr == "US or SS":
        vr = "SS" if level.is_signed else "US"
    raw = buffer[token.value_offset : token.value_offset + token.length]
    vm, value = _value(raw, vr, level.terms, is_little=token.encoding.little_endian) if raw else (0, "")
    if tag == SPECIFIC_CHARACTER_SET:
        level.terms = character_sets(raw)
    elif tag == _PIXEL_REPRESENTATION:
        level.is_signed = value == "1"
    elif is_private_creator(tag):
        level.creators[tag >> 16 << 8 | tag & 0xFF] = value.strip()
    return ElementRow(path, 2 * token.depth, "element", tag, name, vr, vm, token.length, value, creator)


def _identity(token: Token, level: _Level) -> tuple[str, str, str, str]:
    """Return path, private creator, name and VR of an element or sequence."""
    tag = token.tag
    path = f"{level.path}.{tag_text(tag)}" if level.path else tag_text(tag)
    if not is_private(tag):
        entry = dictionary_entry(tag)
        return path, "", (entry.keyword if entry else ""), token.vr
    creator = level.creators.get(tag >> 16 << 8 | (tag & 0xFF00) >> 8, "")
    return path, creator, *_private_name_and_vr(token, creator)


def _private_name_and_vr(token: Token, creator: str) -> tuple[str, str]:
    """Return the name of a private element and its VR, looked up under its creator."""
    if is_private_creator(token.tag):
        return "PrivateCreator", token.vr
    if not creator:
        return "", token.vr
    from pydicom.datadict import get_private_entry  # noqa: PLC0415 - only private elements need pydicom here

    try:
        vr, _, name, _ = get_private_entry(token.tag, creator)
    except KeyError:
        return "", token.vr
    # Only Implicit VR leaves the VR open; what a file states holds.
    return name, vr if token.vr == "UN" and token.kind is Kind.ELEMENT and vr != "SQ" else token.vr


def _value(raw: bytes, vr: str, terms: tuple[str, ...], *, is_little: bool) -> tuple[int, str]:
    """Return how many values there are, and a text that shows them."""
    if vr in TEXT_VRS:
        text = decoded_text(raw, terms if vr in CHARACTER_SET_VRS else ("",), vr).rstrip("\0 ")
        vm = 1 if vr in SINGLE_VALUE_VRS else text.count("\\") + 1
        if len(text) > MAX_VALUE_CHARACTERS:
            text = f"{text[:MAX_VALUE_CHARACTERS]}… ({len(text)} characters)"
        return vm, text
    order = "<" if is_little else ">"
    if vr in NUMBER_CODES:
        return _numbers(raw, order, NUMBER_CODES[vr])
    if vr == "AT":
        words = list(struct.iter_unpack(order + "HH", raw[: len(raw) // 4 * 4]))
        return len(words), "\\".join(
            f"({group:04x},{element:04x})" for group, element in words[:_MAX_NUMBERS]
        )
    shown = " ".join(f"{byte:02x}" for byte in raw[:_MAX_BYTES_SHOWN])
    return 1, f"{shown} … ({len(raw)} bytes)" if len(raw) > _MAX_BYTES_SHOWN else shown


def _numbers(raw: bytes, order: str, code: str) -> tuple[int, str]:
    count = len(raw) // _NUMBER_BYTES[code]
    shown = struct.unpack_from(f"{order}{min(count, _MAX_NUMBERS)}{code}", raw)
    text = "\\".join(_number_text(number, code) for number in shown)
    return count, text if count <= _MAX_NUMBERS else f"{text}\\… ({count} values)"


def _number_text(number: float, code: str) -> str:
    # FL has 24 significant bits, which 9 digits give back exactly.
    return f"{number:.9g}" if code == "f" else repr(number)
