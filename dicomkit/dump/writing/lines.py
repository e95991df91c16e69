"""Turn the tokens of a data set into the lines of a dump.

A line has two blanks for each container around it, the tag, the VR, the value padded to 40 bytes, then ``#``,
the length in bytes, the value multiplicity and the attribute's name. ``dcmdump`` lists the elements of a data set
in ascending order and leaves out a second element of the same tag, whatever the order in the file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from dicomkit.dump.attribute_names import attribute_name, private_attribute
from dicomkit.dump.writing.containers import Container, may_be_remembered, record_type_name
from dicomkit.dump.writing.options import DumpOptions
from dicomkit.dump.writing.raw_files import format_file_name, is_for_raw_file, raw_content
from dicomkit.dump.writing.undecided_vrs import vr_in_implicit
from dicomkit.dump.writing.values import format_unloaded, format_value
from dicomkit.errors import DicomKitError
from dicomkit.files.dictionary import implicit_vr, is_private
from dicomkit.files.encoding import STANDARD_VRS, UNDEFINED_LENGTH
from dicomkit.files.tags import DIRECTORY_RECORD_SEQUENCE
from dicomkit.files.tokens import ITEM, SEQUENCE_DELIMITATION, Kind, Token
from dicomkit.files.walk import MAX_DEPTH, walk

__all__ = ["KnownLines", "dump_lines"]

_HEADER_BYTES = 8
_OFFSETS_IN_DICOMDIR = {0x00041200, 0x00041202, 0x00041400, 0x00041420, 0x00041504}
# For speed: up to Python 3.11, looking up and hashing an enum member both run Python code each time.
_ELEMENT = Kind.ELEMENT
_WITH_VALUE = (_ELEMENT, Kind.FRAGMENT, Kind.OFFSET_TABLE)
_CACHED_TAGS = 16_384
_LONGEST_KNOWN_VALUE, _MOST_KNOWN_LINES = 128, 16_384  # bytes; lines


# Lines by what determines them: tag, private creator, VR, value, byte order and indentation. Most elements are the
# same in all files of a series, so a caller that prints many files with the same options passes this on. An element on
# which the printing of others depends is not among them: it has to be looked at each time.
_LineKey = tuple[int, bytes, str, bytes, bool, int]
KnownLines = dict[_LineKey, bytes]


def dump_lines(
    tokens: Iterable[Token],
    buffer: bytes,
    options: DumpOptions,
    *,
    depth: int = 0,
    known_lines: KnownLines | None = None,
    before: Iterable[Token] = (),
) -> bytes:
    """Return the lines of a whole data set, or of one element and everything inside it.

    Parameters
    ----------
    tokens
        The tokens of `dicomkit.files.walk.walk`, or those of one element.
    buffer
        The bytes that the tokens refer to.
    options
        How values are shown.
    depth
        The depth at which the lines are not indented.
    known_lines
        A cache of lines made with the same options; those of this data set are added.
    before
        The earlier elements of the same data set or item, which are not printed.
    """
    lines = _Lines(buffer, options, depth, known_lines)
    for _, tag, vr, _, start, length, _, encoding in before:
        value = buffer[start : start + length]
        lines.open[0].pass_over(tag, vr, value, little_endian=encoding.little_endian)
    lines.dump(tokens)
    return b"".join(_in_ascending_order(lines.open[0], options.passed_over))


class _Lines:
    """Collects the lines of a data set; those of open containers wait until the container is closed."""

    def __init__(self, buffer: bytes, options: DumpOptions, depth: int, known: KnownLines | None) -> None:
        self.buffer = buffer
        self.options = options
        self.depth = depth
        self.known = known if options.raw_file is None else None  # each raw file has its own name
        self.open = [Container(None)]

    def dump(self, tokens: Iterable[Token]) -> None:
        buffer, known, outermost = self.buffer, self.known if self.known is not None else {}, self.depth
        for token in tokens:
            kind, tag, vr, _, start, length, depth, encoding = token
            inner = self.open[-1]
            if (
                kind is _ELEMENT
                and length <= _LONGEST_KNOWN_VALUE
                and encoding.explicit_vr
                and not inner.creators
            ):
                # Nearly all elements of a series end here, so no call is made for them.
                key = tag, b"", vr, buffer[start : start + length], encoding.little_endian, depth - outermost
                if (line := known.get(key)) is not None:
                    inner.tags.append(tag)
                    inner.lines.append(line)
                    continue
            if kind in _WITH_VALUE:
                if inner.creators and (inside := self.inside_private_sequence(token)) is not None:
                    self.dump(inside)
                    continue
                inner.tags.append(tag)
                inner.lines.append(self.value_line(token))
            elif kind is Kind.ITEM_END or kind is Kind.SEQUENCE_END:
                self.close(token)
            elif kind is Kind.TRAILING:
                self.trailing_zeros(token)
            else:
                self.open.append(Container(token))

    def inside_private_sequence(self, token: Token) -> list[Token] | None:
        """Return the tokens inside a private element that is a sequence by DCMTK's dictionary only, or None."""
        if token.encoding.explicit_vr or not is_private(token.tag) or token.depth >= MAX_DEPTH:
            return None
        attribute = private_attribute(token.tag, self.open[-1].creator_of(token.tag))
        if attribute is None or attribute.vr != "SQ":
            return None
        end = token.value_offset + token.length
        items = walk(self.buffer, token.value_offset, end, token.encoding, begins_with="item")
        try:
            inside = [inner._replace(depth=inner.depth + token.depth) for inner in items]
        except DicomKitError:
            return None  # the bytes are not items
        closing = token._replace(
            kind=Kind.SEQUENCE_END, tag=SEQUENCE_DELIMITATION, offset=end, value_offset=end, length=0
        )
        return [token._replace(kind=Kind.SEQUENCE, vr="SQ"), *inside, closing]

    def trailing_zeros(self, token: Token) -> None:
        """Print zeros after the data set as DCMTK does: once, as an element with the tag (0000,0000)."""
        if token.tag or token.length < _HEADER_BYTES:
            return
        self.open[-1].tags.append(0)
        vr = "" if token.encoding.explicit_vr else implicit_vr(0)
        self.open[-1].lines.append(self.value_line(token._replace(kind=Kind.ELEMENT, vr=vr, length=0)))

    def value_line(self, token: Token) -> bytes:
        """Return the line of an element, a fragment or an offset table, from the cache if it was made before."""
        kind, tag, vr, _, start, length, depth, encoding = token
        around = self.open[-1]
        creator = around.creator_of(tag) if around.creators else b""
        if kind is not _ELEMENT:
            vr = "pi"  # DCMTK's name for an item of encapsulated pixel data
        elif vr == "UL" and tag in _OFFSETS_IN_DICOMDIR:
            vr = "up"
        elif not encoding.explicit_vr:
            vr = vr_in_implicit(tag, vr, around.numbers, creator)
        elif vr not in STANDARD_VRS:
            vr = "??"
        value = self.buffer[start : start + length]
        is_remembered = may_be_remembered(tag)
        if is_remembered:
            around.remember(tag, vr, value, little_endian=encoding.little_endian)
        if self.known is None or is_remembered or length > _LONGEST_KNOWN_VALUE:
            return self.new_line(token, creator, vr, value)
        key = (tag, creator, vr, value, encoding.little_endian, depth - self.depth)
        line = self.known.get(key)
        if line is None:
            line = self.new_line(token, creator, vr, value)
            _keep(line, key, self.known)
        return line

    def new_line(self, token: Token, creator: bytes, vr: str, value: bytes) -> bytes:
        """Make the line of a value: a raw file, ``(not loaded)``, or the value itself."""
        options = self.options
        if options.raw_file is not None and is_for_raw_file(token.tag, vr):
            little_endian = token.encoding.little_endian
            length, content = raw_content(vr, value, little_endian=little_endian)
            text = format_file_name(options.raw_file(content), options.line_length)
            return self.line(token, creator, vr, text, length, 1)
        if options.load_limit is not None and token.length > options.load_limit:
            return self.line(token, creator, vr, *format_unloaded(vr, value))
        text, length, vm = format_value(
            vr,
            value,
            little_endian=token.encoding.little_endian,
            line_length=options.line_length,
            exact_numbers=options.exact_numbers,
        )
        return self.line(token, creator, vr, text, length, vm)

    def line(self, token: Token, creator: bytes, vr: str, text: bytes, length: int, vm: int) -> bytes:
        """Put a line together: indentation, tag, VR, text, length, VM and name."""
        start, name = _fixed_parts(token.tag, creator, vr)
        if self.options.escape is not None:
            text = self.options.escape(text)
        indent = self.indent(token) if token.depth else b""
        if length == UNDEFINED_LENGTH:
            return b"%b%b%-40b # u/l,%2d %b\n" % (indent, start, text, vm, name)
        return b"%b%b%-40b # %3d,%2d %b\n" % (indent, start, text, length, vm, name)

    def indent(self, token: Token) -> bytes:
        # Sequences and items each indent their content by two blanks.
        levels = 2 * (token.depth - self.depth) - (token.tag == ITEM or token.kind is Kind.ITEM_END)
        return b"  " * levels

    def close(self, end: Token) -> None:
        """Add the lines of a complete container to the one around it."""
        inner = self.open.pop()
        opening = inner.opening
        if opening is None:
            return
        if opening.kind is Kind.ITEM:
            inside = _in_ascending_order(inner, self.options.passed_over)
            head, foot = self.item_frame(inner, end, len(inside))
        else:
            inside = inner.lines
            head, foot = self.sequence_frame(opening, end, len(inside))
        outer = self.open[-1]
        outer.tags.append(opening.tag)
        outer.lines.append(b"%b%b%b" % (head, b"".join(inside), foot))

    def sequence_frame(self, opening: Token, end: Token, count: int) -> tuple[bytes, bytes]:
        """Return the first and the last line of a sequence or of encapsulated pixels."""
        if opening.kind is Kind.PIXEL_SEQUENCE:
            vr, text = "OB", b"(PixelSequence #=%d)" % count  # PS3.5 section A.4: OB, whatever the file says
        else:
            vr, text = "SQ", b"(Sequence with %b length #=%d)" % (_style(opening), count)
        by_delimiter = opening.length == UNDEFINED_LENGTH
        foot = b"(SequenceDelimitationItem)" if by_delimiter else b"(SequenceDelimitationItem for re-encod.)"
        return (
            self.line(opening, self.open[-1].creator_of(opening.tag), vr, text, opening.length, 1),
            self.line(end, b"", "na", foot, 0, 0),
        )

    def item_frame(self, item: Container, end: Token, count: int) -> tuple[bytes, bytes]:
        """Return the first and the last line of an item; a directory record has lines of its own."""
        opening = item.opening
        if opening is None:
            return b"", b""
        by_delimiter = opening.length == UNDEFINED_LENGTH
        parent = self.open[-1].opening
        ending = b"ItemDelimitationItem" if by_delimiter else b"ItemDelimitationItem for re-encoding"
        if parent is not None and parent.tag == DIRECTORY_RECORD_SEQUENCE:
            head = self.line(
                opening,
                b"",
                "na",
                b'"Directory Record" %b #=%d' % (record_type_name(item.record_type), count),
                opening.length,
                1,
            )
            place = b"%b#  offset=$%d" % (self.indent(opening), opening.offset)
            if item.record_file:
                name = self.options.escape(item.record_file) if self.options.escape else item.record_file
                place += b'  refFileID="%b"' % name
            return b"%b%b\n" % (head, place), self.line(end, b"", "na", b'"%b"' % ending, 0, 0)
        text = b"(Item with %b length #=%d)" % (_style(opening), count)
        return self.line(opening, b"", "na", text, opening.length, 1), self.line(
            end, b"", "na", b"(%b)" % ending, 0, 0
        )


def _keep(line: bytes, key: _LineKey, known: KnownLines) -> None:
    if len(known) >= _MOST_KNOWN_LINES:
        known.clear()
    known[key] = line


def _style(opening: Token) -> bytes:
    return b"undefined" if opening.length == UNDEFINED_LENGTH else b"explicit"


def _in_ascending_order(container: Container, passed_over: Callable[[int], object] | None) -> list[bytes]:
    tags, lines = container.tags, container.lines
    if all(map(int.__lt__, tags, tags[1:])):
        return lines
    first: dict[int, bytes] = {}
    for tag, line in zip(tags, lines, strict=True):
        if tag not in first:
            first[tag] = line
        elif passed_over is not None:
            passed_over(tag)
    return [first[tag] for tag in sorted(first)]


@functools.lru_cache(maxsize=_CACHED_TAGS)
def _fixed_parts(tag: int, creator: bytes, vr: str) -> tuple[bytes, bytes]:
    """Return the start of an element's line, tag and VR, and the name at its end."""
    start = b"(%04x,%04x) %b " % (tag >> 16, tag & 0xFFFF, vr.encode())
    return start, attribute_name(tag, creator).encode()
