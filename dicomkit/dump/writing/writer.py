"""Write a data set as dump text, byte for byte as ``dcmdump`` does.

The text is made from the bytes of the file, not from decoded values, so errors in the file are shown as they are.
Names and floating-point numbers follow DCMTK 3.6.7; 3.6.9 prints fewer digits, from which the same number cannot
always be read back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dicomkit.dump.uid_names import transfer_syntax_name
from dicomkit.dump.writing.lines import KnownLines, dump_lines
from dicomkit.dump.writing.options import DumpOptions
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.tokens import Kind, Token
from dicomkit.files.walk import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["DEFAULT_VALUE_LENGTH", "DumpOptions", "format_dump", "format_elements", "format_file"]

DEFAULT_VALUE_LENGTH = 64
_BRACKETS_AND_DOTS = 6  # what the text on the line adds to the value, in DCMTK's short form

_OPENINGS = {Kind.SEQUENCE, Kind.PIXEL_SEQUENCE}
_STARTS = {Kind.ELEMENT, *_OPENINGS}


def format_dump(dataset: Dataset, *, max_value_length: int | None = DEFAULT_VALUE_LENGTH) -> str:
    """Return a data set as dump text, one line for each element.

    The text shows what a file contains and how it is encoded. It can be edited and read back by `parse_dump` or
    ``dump2dcm``; use ``max_value_length=None`` for that, because a shortened value cannot be read back.

    Parameters
    ----------
    dataset
        A data set. With a ``file_meta``, as after reading a file, it is shown as a file in that transfer syntax;
        without one, as a bare data set in Explicit VR Little Endian.
    max_value_length
        The most characters of a value that are printed; 64 is the short form of ``dcmdump``, None prints everything
        as ``dcmdump +L`` does. One thing differs then: a double that does not read back from DCMTK's digits is
        printed with digits from which it does.

    Returns
    -------
    str
        The lines. A byte that is invalid in the data set's character repertoire becomes a surrogate (Python's
        ``surrogateescape``).

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
    # A dump of whole values is meant to be read back, so its numbers must read back as the same ones.
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
        The whole file; a data set without preamble and ``DICM`` is accepted too, as by ``dcmdump``.
    options
        How values are shown; by default as ``dcmdump`` without options.
    given
        How an error names the input.
    with_meta
        Whether the part before the data set is shown: the heading of the file and group 0002.
    known_lines
        A cache of lines made with the same options, which speeds up the files of a series; those of this file are
        added.

    Returns
    -------
    bytes
        The text, with each value's bytes as in the file.

    Raises
    ------
    NotDicomError, TruncatedFileError
        If the bytes are not a whole DICOM file.
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
        # A deflated value cannot be skipped, so dcmdump loads it even with -M.
        options, known_lines = options._replace(load_limit=None), None
    name = transfer_syntax_name(layout.transfer_syntax_uid, layout.encoding)
    parts.append(_heading("Dicom-Data-Set", name))
    if layout.meta_end < layout.rest_end:
        # DCMTK treats elements of group 0002 beyond its group length as part of the data set.
        rest = walk(content, layout.meta_end, layout.rest_end, layout.meta_encoding, given=given)
        parts.append(dump_lines(rest, content, options))
    tokens = layout.tokens(given=given, items_may_be_short=True)
    parts.append(dump_lines(tokens, layout.dataset, options, known_lines=known_lines))
    return b"".join(parts)


def format_elements(
    content: bytes, tags: Sequence[int], options: DumpOptions | None = None, *, given: str = "bytes"
) -> bytes:
    """Return the lines of the elements that have one of `tags`, anywhere in the file (``dcmdump +P``).

    Parameters
    ----------
    content
        The whole file.
    tags
        Group and element as one number each. The lines are in the order of these tags, then of the file.
    options
        How values are shown.
    given
        How an error names the input.

    Raises
    ------
    NotDicomError, TruncatedFileError
        As `format_file` does.
    """
    layout = file_layout(content, given=given, require_prefix=False)
    options = options or DumpOptions()
    places = [
        (_firsts(_meta_tokens(content, layout, given), options), content),
        (_firsts(layout.tokens(given=given, items_may_be_short=True), options), layout.dataset),
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
    passed_over: int | None = None  # the depth of a repeated sequence that is being skipped
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
    """Return the elements that precede the one at `index` in the same data set or item."""
    depth = tokens[index].depth
    found = []
    for token in reversed(tokens[:index]):
        if token.depth == depth and token.kind is Kind.ITEM:
            break
        if token.depth == depth and token.kind is Kind.ELEMENT:
            found.append(token)
    return found[::-1]


def _last(tokens: Sequence[Token], first: int) -> int:
    """Return the index of the token that closes the one at `first`: `first` itself, if it is not a container."""
    if tokens[first].kind is Kind.ELEMENT:
        return first
    depth = tokens[first].depth
    index = first + 1
    while not (tokens[index].kind is Kind.SEQUENCE_END and tokens[index].depth == depth):
        index += 1
    return index


def _meta_tokens(content: bytes, layout: FileLayout, given: str) -> Iterable[Token]:
    return walk(content, layout.meta_start, layout.meta_end, layout.meta_encoding, given=given)


def _heading(title: str, transfer_syntax: str = "") -> bytes:
    second = f"# Used TransferSyntax: {transfer_syntax}\n" if transfer_syntax else ""
    return f"\n# {title}\n{second}".encode()
