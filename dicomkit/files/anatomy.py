"""Name every byte of a DICOM file: preamble, prefix, tags, VRs, lengths, values, delimiters, fragments.

Each byte belongs to exactly one span, so the spans, put one after the other, are the file again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from dicomkit.errors import NotDicomError
from dicomkit.files.encoding import EXPLICIT_LITTLE, PAD_BYTES, TEXT_VRS, Encoding
from dicomkit.files.file_bytes import file_bytes
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import META_START, PREAMBLE_BYTES, PREFIX, has_prefix
from dicomkit.files.tokens import Kind
from dicomkit.files.walk import walk
from dicomkit.named_tuple import NamedTuple

__all__ = ["Span", "anatomy", "anatomy_until_damage", "inflated_anatomy"]

_META_GROUP = 0x0002
_TAG_BYTES = 4
_VR_BYTES = 2
_SHORT_HEADER_BYTES = 8

_TRAILING_PADDING = 0xFFFCFFFC
_VALUE_ROLES = {Kind.ELEMENT: "value", Kind.OFFSET_TABLE: "offset table", Kind.FRAGMENT: "fragment"}
_TAG_ROLES = {
    Kind.ITEM: "item",
    Kind.OFFSET_TABLE: "item",
    Kind.FRAGMENT: "item",
    Kind.ITEM_END: "delimiter",
    Kind.SEQUENCE_END: "delimiter",
}
# PS3.5 section 6.2: what makes an odd value even. Other VRs cannot have a pad byte that can be told apart.
_PAD_BYTES = {vr: PAD_BYTES[vr][0] for vr in TEXT_VRS}


class Span(NamedTuple):
    """A run of bytes of a file that mean one thing.

    ``role`` is one of: ``preamble``, ``prefix`` (the letters DICM), ``tag``, ``vr``, ``reserved`` (two
    zero bytes after a long VR), ``length``, ``value``, ``padding`` (the byte that makes a value even, or
    Data Set Trailing Padding), ``item`` (the tag of an item), ``delimiter`` (the tag that ends an item or
    a sequence), ``offset table``, ``fragment``, ``deflated`` (a compressed data set), ``trailing`` (bytes
    after the last element), ``unread`` (bytes after the damage, from `anatomy_until_damage`), ``unlisted`` (elements
    beyond its limit). ``tag`` is None where no element is concerned. ``vr`` is the dictionary's in Implicit VR, where
    the file states none, and may then be a choice such as ``US or SS``. ``depth`` counts the enclosing sequences.
    """

    offset: int
    length: int
    role: str
    tag: int | None
    vr: str
    depth: int


def anatomy(path_or_bytes: str | os.PathLike[str] | bytes) -> list[Span]:
    """Name every byte of a DICOM file.

    It shows what a reader of DICOM does: where each element starts, which bytes state its length, and that
    nothing is left over.

    Parameters
    ----------
    path_or_bytes
        A file, or its content. A data set without preamble and ``DICM`` is accepted too.

    Returns
    -------
    list of Span
        In the order of the bytes, from offset 0, without gap or overlap. In a deflated transfer syntax
        the compressed data set is one span; `inflated_anatomy` names the bytes inside.

    Raises
    ------
    FileAccessError
        If the file cannot be read.
    NotDicomError, TruncatedFileError
        If the bytes are not a whole DICOM file.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7, The Data Set.
    """
    given, buffer = file_bytes(path_or_bytes)
    return list(_every_span(buffer, given))


def anatomy_until_damage(
    path_or_bytes: str | os.PathLike[str] | bytes, *, most: int | None = None
) -> tuple[list[Span], NotDicomError | None]:
    """Name every byte of a file up to where it is damaged.

    After a wrong length, or in a truncated file, nothing says what the following bytes are. The last span shows where
    the damage begins.

    Parameters
    ----------
    path_or_bytes
        As for `anatomy`.
    most
        The most elements and items of the data set that get spans; all by default.

    Returns
    -------
    list of Span
        As from `anatomy`. In a damaged file the last one is ``unread``; in one with more elements and items than
        `most` it is ``unlisted``.
    NotDicomError or None
        The damage; None for a whole file, and for one that was listed only up to `most`.

    Raises
    ------
    FileAccessError
        If the file cannot be read.
    NotDicomError
        If even its first bytes are not those of a DICOM file.
    """
    given, buffer = file_bytes(path_or_bytes)
    spans: list[Span] = []
    try:
        spans.extend(_every_span(buffer, given, most))
    except NotDicomError as error:
        if not spans:
            raise
        end = spans[-1].offset + spans[-1].length
        if end < len(buffer):
            spans.append(Span(end, len(buffer) - end, "unread", None, "", 0))
        return spans, error
    return spans, None


def inflated_anatomy(path_or_bytes: str | os.PathLike[str] | bytes) -> tuple[bytes, list[Span]]:
    """Inflate a deflated data set and name every byte of it.

    Parameters
    ----------
    path_or_bytes
        A file in a deflated transfer syntax, or its content.

    Returns
    -------
    bytes
        The inflated data set; for any other transfer syntax, the data set as it is in the file.
    list of Span
        Its spans. Offsets count from the start of these bytes, not of the file: an inflated byte has no
        offset in the file.

    Raises
    ------
    FileAccessError, NotDicomError, TruncatedFileError
        As `anatomy` does.

    References
    ----------
    PS3.5 section A.5, DICOM Deflated Little Endian Transfer Syntax.
    """
    given, buffer = file_bytes(path_or_bytes)
    layout = file_layout(buffer, given=given, require_prefix=False)
    dataset = layout.dataset[layout.dataset_start :]
    return dataset, list(_spans(dataset, 0, len(dataset), layout.encoding, given))


def _every_span(buffer: bytes, given: str, most: int | None = None) -> Iterator[Span]:
    """Yield every span that can be named, then raise if the file is damaged."""
    if has_prefix(buffer):
        yield Span(0, PREAMBLE_BYTES, "preamble", None, "", 0)
        yield Span(PREAMBLE_BYTES, len(PREFIX), "prefix", None, "", 0)
    try:
        layout = file_layout(buffer, given=given, require_prefix=False)
    except NotDicomError:
        if has_prefix(buffer):
            yield from _meta_until_damage(buffer, given)
        raise
    yield from _spans(buffer, layout.meta_start, layout.rest_end, layout.meta_encoding, given)
    if layout.deflated_start is None or layout.deflated_end is None:
        yield from _spans(buffer, layout.dataset_start, len(buffer), layout.encoding, given, most)
    else:
        yield from _deflated_spans(buffer, layout.deflated_start, layout.deflated_end)


def _meta_until_damage(buffer: bytes, given: str) -> Iterator[Span]:
    """Yield group 0002 of a file whose data set cannot be found."""
    with contextlib.suppress(NotDicomError):  # what is wrong with the file is known already
        for span in _spans(buffer, META_START, len(buffer), EXPLICIT_LITTLE, given):
            if span.role == "tag" and (span.tag or 0) >> 16 != _META_GROUP:
                return
            yield span


def _spans(
    buffer: bytes, start: int, end: int, encoding: Encoding, given: str, most: int | None = None
) -> Iterator[Span]:
    """Yield the spans of a data set; after the first `most` elements and items, one span for the rest."""
    left = len(buffer) if most is None else most
    for kind, tag, vr, offset, value_offset, length, depth, syntax in walk(
        buffer, start, end, encoding, given=given, items_may_be_short=True
    ):
        if kind is Kind.TRAILING:
            yield Span(offset, length, "trailing", None, "", 0)
            continue
        role = _TAG_ROLES.get(kind, "tag")
        left -= role != "delimiter"
        if left < 0:
            yield Span(offset, end - offset, "unlisted", None, "", 0)
            return
        if value_offset == offset:
            continue  # a defined length ran out: there is no delimiter in the file
        yield Span(offset, _TAG_BYTES, role, tag, vr, depth)
        position = offset + _TAG_BYTES
        if role == "tag" and syntax.explicit_vr:
            yield Span(position, _VR_BYTES, "vr", tag, vr, depth)
            position += _VR_BYTES
            if value_offset - offset > _SHORT_HEADER_BYTES:
                yield Span(position, 2, "reserved", tag, vr, depth)
                position += 2
        yield Span(position, value_offset - position, "length", tag, vr, depth)
        if length and kind in _VALUE_ROLES:
            yield from _value_spans(buffer, Span(value_offset, length, _VALUE_ROLES[kind], tag, vr, depth))


def _value_spans(buffer: bytes, value: Span) -> Iterator[Span]:
    """Yield the value, and the byte that only makes its length even."""
    offset, length, role, tag, vr, depth = value
    if tag == _TRAILING_PADDING:
        yield Span(offset, length, "padding", tag, vr, depth)
        return
    if length % 2 or vr not in _PAD_BYTES or buffer[offset + length - 1] != _PAD_BYTES[vr]:
        yield value
        return
    if length > 1:
        yield Span(offset, length - 1, role, tag, vr, depth)
    yield Span(offset + length - 1, 1, "padding", tag, vr, depth)


def _deflated_spans(buffer: bytes, start: int, end: int) -> Iterator[Span]:
    yield Span(start, end - start, "deflated", None, "", 0)
    if end < len(buffer):
        # PS3.5 section A.5: the deflated block is made even by one zero byte.
        yield Span(end, len(buffer) - end, "trailing", None, "", 0)
