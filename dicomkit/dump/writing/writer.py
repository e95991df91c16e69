"""Write a data set as dump text, byte for byte as ``dcmdump`` does.

The text is made from the bytes of the file, not from decoded values: what is wrong in the file shows, and
nothing is put right on the way. Names and floating point numbers are those of DCMTK 3.6.7; of the digits of
numbers 3.6.9 prints fewer, which a reader does not take back as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dicomkit.dump.writing.lines import KnownLines, dump_lines
from dicomkit.dump.writing.options import DumpOptions
from dicomkit.dump.writing.transfer_syntax_names import transfer_syntax_name
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.tokens import Kind, Token
from dicomkit.files.walk import walk

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["DEFAULT_VALUE_LENGTH", "DumpOptions", "format_dump", "format_file", "format_found"]

DEFAULT_VALUE_LENGTH = 64
_BRACKETS_AND_DOTS = 6  # how much longer than the value the text on the line may be, in DCMTK's short form

_OPENINGS = {Kind.SEQUENCE, Kind.PIXEL_SEQUENCE}
_STARTS = {Kind.ELEMENT, *_OPENINGS}


def format_dump(dataset: Dataset, *, max_value_length: int | None = DEFAULT_VALUE_LENGTH) -> str:
    """Return a data set as dump text, one line an element.

    A learner sees in it what is in a file and how it is encoded, and can edit it: `parse_dump` and
    ``dump2dcm`` read it back. Use ``max_value_length=None`` for that, because a value that was cut short
    cannot be read back.

    Parameters
    ----------
    dataset
        A data set. One that was read from a file, or has a ``file_meta``, is shown as that file with its
        own transfer syntax; any other as a bare data set in Explicit VR Little Endian.
    max_value_length
        Where long values are cut, in characters of the value; 64 is the short form of ``dcmdump`` and None
        prints everything, as ``dcmdump +L`` does. One thing differs then: a double whose last digits
        DCMTK gets wrong is printed with digits that read back as the same number.

    Returns
    -------
    str
        The lines. A byte that is no character of the data set's character repertoire becomes a surrogate
        (Python's ``surrogateescape``).

    Raises
    ------
    AttributeValueError
        If a value cannot be encoded.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> dataset = Dataset()
    >>> dataset.PatientID = "WORKSHOP01"
    >>> print(format_dump(dataset).splitlines()[-1])
    (0010,0020) LO [WORKSHOP01]                             #  10, 1 PatientID
    """
    # Imported here, because a command that only prints a file does not need pydicom.
    from dicomkit.dump.codec import dump_codec  # noqa: PLC0415 - see the line above
    from dicomkit.files.writing import encode_file  # noqa: PLC0415 - see the line above

    line_length = None if max_value_length is None else max_value_length + _BRACKETS_AND_DOTS
    content = encode_file(dataset)
    has_meta = bool(getattr(dataset, "file_meta", None))
    # A text with all of each value is there to be read back, so its numbers have to come back as they were.
    options = DumpOptions(line_length=line_length, exact_numbers=max_value_length is None)
    text = format_file(content, options, with_meta=has_meta)
    return text.decode(dump_codec(dataset.get("SpecificCharacterSet")), "surrogateescape")


def format_file(
    content: bytes,
    options: DumpOptions | None = None,
    *,
    given: str = "bytes",
    with_meta: bool = True,
    known_lines: KnownLines | None = None,
) -> bytes:
    """Return the dump of a file from its bytes.

    Parameters
    ----------
    content
        The whole file; a data set without preamble and ``DICM`` is read too, as ``dcmdump`` does.
    options
        How values are shown; by default as ``dcmdump`` without options.
    given
        What an error calls the input.
    with_meta
        Whether the part before the data set is shown: the heading of the file and group 0002.
    known_lines
        Lines printed earlier with the same options, which speeds up the files of a series; those of this file
        are added.

    Returns
    -------
    bytes
        The text, with each value's bytes as they stand in the file.

    Raises
    ------
    NotDicomError, TruncatedFileError
        If the bytes are no whole DICOM file.
    """
    layout = file_layout(content, given=given, require_prefix=False)
    options = options or DumpOptions()
    parts = []
    if with_meta:
        has_meta = layout.meta_start < layout.meta_end
        meta_name = transfer_syntax_name("", layout.meta_encoding) if has_meta else "Unknown Transfer Syntax"
        parts = [_heading("Dicom-File-Format"), _heading("Dicom-Meta-Information-Header", meta_name)]
        tokens = _meta_tokens(content, layout, given)
        parts.append(dump_lines(tokens, content, options, known_lines=known_lines))
    if layout.deflated_start is not None:
        # A deflated value cannot be passed over, so dcmdump loads it even where -M says not to.
        options, known_lines = options._replace(load_limit=None), None
    name = transfer_syntax_name(layout.transfer_syntax_uid, layout.encoding)
    parts.append(_heading("Dicom-Data-Set", name))
    if layout.meta_end < layout.rest_end:
        # What of group 0002 its group length does not count, DCMTK takes for a part of the data set.
        rest = walk(content, layout.meta_end, layout.rest_end, layout.meta_encoding, given=given)
        parts.append(dump_lines(rest, content, options))
    tokens = _dataset_tokens(layout, given)
    parts.append(dump_lines(tokens, layout.dataset, options, known_lines=known_lines))
    return b"".join(parts)


def format_found(
    content: bytes, tags: Sequence[int], options: DumpOptions | None = None, *, given: str = "bytes"
) -> bytes:
    """Return the lines of only the elements that have one of `tags`, wherever in the file they are.

    Parameters
    ----------
    content
        The whole file.
    tags
        Group and element as one number each. The lines come in the order of the tags, then of the file.
    options
        How values are shown.
    given
        What an error calls the input.

    Raises
    ------
    NotDicomError, TruncatedFileError
        As `format_file` does.
    """
    layout = file_layout(content, given=given, require_prefix=False)
    options = options or DumpOptions()
    places = [
        (_firsts(_meta_tokens(content, layout, given), options), content),
        (_firsts(_dataset_tokens(layout, given), options), layout.dataset),
    ]
    return b"".join(
        dump_lines(
            tokens[first : _last(tokens, first) + 1],
            buffer,
            options,
            depth=token.depth,
            before=_before(tokens, first),
        )
        for tag in tags
        for tokens, buffer in places
        for first, token in enumerate(tokens)
        if token.tag == tag and token.kind in _STARTS
    )


def _firsts(tokens: Iterable[Token], options: DumpOptions) -> list[Token]:
    """Return the tokens without the elements that repeat one of the same data set or item: the first one holds."""
    kept = []
    levels: list[set[int]] = [set()]
    passed_over: int | None = None  # the depth of a sequence that repeats another
    for token in tokens:
        if passed_over is not None:
            if token.kind is Kind.SEQUENCE_END and token.depth == passed_over:
                passed_over = None
            continue
        if token.kind in _STARTS and token.tag in levels[-1]:
            passed_over = token.depth if token.kind in _OPENINGS else None
            if options.passed_over is not None:
                options.passed_over(token.tag)
            continue
        if token.kind is Kind.ITEM:
            levels.append(set())
        elif token.kind is Kind.ITEM_END:
            levels.pop()
        else:
            levels[-1].add(token.tag)
        kept.append(token)
    return kept


def _before(tokens: Sequence[Token], index: int) -> list[Token]:
    """Return the elements that stand before the one at `index` in the same data set or item."""
    depth = tokens[index].depth
    found = []
    for token in reversed(tokens[:index]):
        if token.depth == depth and token.kind is Kind.ITEM:
            break
        if token.depth == depth and token.kind is Kind.ELEMENT:
            found.append(token)
    return found[::-1]


def _last(tokens: Sequence[Token], first: int) -> int:
    """Return the index of the token that closes the one at `first`: itself, if it opens nothing."""
    if tokens[first].kind is Kind.ELEMENT:
        return first
    depth = tokens[first].depth
    index = first + 1
    while not (tokens[index].kind is Kind.SEQUENCE_END and tokens[index].depth == depth):
        index += 1
    return index


def _meta_tokens(content: bytes, layout: FileLayout, given: str) -> Iterable[Token]:
    return walk(content, layout.meta_start, layout.meta_end, layout.meta_encoding, given=given)


def _dataset_tokens(layout: FileLayout, given: str) -> Iterable[Token]:
    return walk(
        layout.dataset,
        layout.dataset_start,
        len(layout.dataset),
        layout.encoding,
        given=given,
        items_may_be_short=True,
    )


def _heading(title: str, transfer_syntax: str = "") -> bytes:
    second = f"# Used TransferSyntax: {transfer_syntax}\n" if transfer_syntax else ""
    return f"\n# {title}\n{second}".encode()
