"""Whether a file may be read: the check that comes before pydicom sees a byte of it.

A reader that believes every length, every offset and every name in a file can be made to hang, to fill the
memory, or to show something else than the next reader. So the file is walked through once, by the tokenizer,
without recursion and without decoding a value.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from dicomkit.errors import CharacterSetError, NotDicomError, RefusedFileError
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.dictionary import dictionary_entry, is_private
from dicomkit.files.directory_loops import DirectoryRecords
from dicomkit.files.encoding import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    Encoding,
    begins_with_vr,
    transfer_syntax,
)
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.signatures import what_is_in_preamble
from dicomkit.files.tokens import Kind, Token, tag_text
from dicomkit.files.walk import MAX_DEPTH, walk

__all__ = ["MISSING_PIXELS", "OTHER_ENCODING", "check_dicom", "check_values"]

OTHER_ENCODING = "the data set is not encoded as group 0002 says; it is read as it is"
MISSING_PIXELS = "there are Rows and Columns and no Pixel Data (7fe0,0010): the file may have been cut off"

_SPECIFIC_CHARACTER_SET = 0x00080005
_DIRECTORY_RECORDS = 0x00041220
_ROWS, _COLUMNS = 0x00280010, 0x00280011
# Pixel Data, its floating point forms, and the address of pixels that lie elsewhere.
_PIXELS = {0x7FE00010, 0x7FE00009, 0x7FE00008, 0x00287FE0}
_PIXEL_GROUP = 0x7FE0
_ITEM_START = b"\xfe\xff\x00\xe0"
_REPAIR_META = 'read_file(path, repair="meta") writes group 0002 anew, if you trust the file'


class _Stretch(NamedTuple):
    """A run of bytes that is a data set, or the items of a sequence that hides in an element."""

    start: int
    end: int
    encoding: Encoding
    depth: int
    begins_with: Literal["element", "item"] = "element"


def check_dicom(buffer: bytes, *, given: str = "bytes") -> tuple[str, ...]:
    """Check that `buffer` is a whole DICOM file that any reader can read within bounds.

    Parameters
    ----------
    buffer
        The content of a file.
    given
        What an error calls the input.

    Returns
    -------
    tuple of str
        What does not keep the file from being read, and ought to be known: a program in the preamble, Rows
        and Columns without Pixel Data, another encoding than stated. Usually empty.

    Raises
    ------
    NotDicomError
        If it is no DICOM file, group 0002 is missing or names no transfer syntax, or it is malformed.
    TruncatedFileError
        If it ends too early.
    RefusedFileError
        If sequences are nested too deep, there are too many items, a deflated data set grows too large, a
        group length makes no sense, or the records of a DICOMDIR lead in a circle.
    CharacterSetError
        If Specific Character Set names one that the Standard does not define.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7, The Data Set.
    """
    layout = file_layout(buffer, given=given)
    if not layout.transfer_syntax_uid:
        raise NotDicomError(given, "group 0002 names no transfer syntax (0002,0010)", _REPAIR_META)
    for _ in walk(buffer, layout.meta_start, layout.meta_end, EXPLICIT_LITTLE, given=given):
        pass
    remarks = check_values(layout, given=given)
    if transfer_syntax(layout.transfer_syntax_uid).encoding != layout.encoding:
        remarks = (OTHER_ENCODING, *remarks)
    program = what_is_in_preamble(buffer)
    if program:
        remarks = (f"the preamble makes this file {program} as well: do not run or serve it", *remarks)
    return remarks


def check_values(
    layout: FileLayout, *, given: str = "bytes", items_may_be_short: bool = False
) -> tuple[str, ...]:
    """Check a data set whose place and encoding are known already, as `check_dicom` does.

    Parameters
    ----------
    layout
        Where it is.
    given
        What an error calls the input.
    items_may_be_short
        As in `dicomkit.files.walk.walk`.

    Returns
    -------
    tuple of str
        As `check_dicom`.

    Raises
    ------
    NotDicomError
        As `check_dicom` does, with its kinds.
    """
    check = _Check(layout.dataset, given, items_may_be_short=items_may_be_short)
    check.waiting.append(_Stretch(layout.dataset_start, len(layout.dataset), layout.encoding, 0))
    while check.waiting:
        check.walk(check.waiting.pop())
    return check.conclude()


class _Check:
    """What the walk has to remember until its end."""

    def __init__(self, buffer: bytes, given: str, *, items_may_be_short: bool) -> None:
        self.buffer = buffer
        self.given = given
        self.items_may_be_short = items_may_be_short
        self.waiting: list[_Stretch] = []
        self.top_level: set[int] = set()
        self.records = DirectoryRecords()
        self.has_records = False

    def walk(self, stretch: _Stretch) -> None:
        """Walk through one stretch; a sequence that hides in an element becomes another stretch."""
        in_records = False
        for token in walk(
            self.buffer,
            stretch.start,
            stretch.end,
            stretch.encoding,
            given=self.given,
            items_may_be_short=self.items_may_be_short,
            begins_with=stretch.begins_with,
        ):
            kind, tag, vr, _, _, length, depth, _ = token
            if stretch.depth + depth > MAX_DEPTH:
                raise self.refused(token, f"sequences are nested deeper than {MAX_DEPTH} levels")
            if kind is Kind.ELEMENT:
                if tag == _SPECIFIC_CHARACTER_SET:
                    self.check_character_set(token)
                elif not tag & 0xFFFF and tag >> 16 != _PIXEL_GROUP:
                    self.check_group_length(token)
                elif tag >> 16 == _DIRECTORY_RECORDS >> 16 and depth <= 1:
                    self.note_offset(token)
                elif length and vr == "UN" and self.hides_sequence(token):
                    self.enter_hidden(token, stretch.depth + depth)
            elif kind is Kind.ITEM and in_records and depth == 1:
                self.records.begin_record(token.offset)
            if not depth and not stretch.depth:
                self.top_level.add(tag)
                in_records = kind is Kind.SEQUENCE and tag == _DIRECTORY_RECORDS

    def check_character_set(self, token: Token) -> None:
        if has_unknown_term(self.value(token)):
            raise CharacterSetError(
                self.given,
                f"Specific Character Set {tag_text(token.tag)} at byte {token.offset} names none that exists",
                "correct it to a defined term of PS3.3 section C.12.1.1.2, such as ISO_IR 192",
            )

    def check_group_length(self, token: Token) -> None:
        # A group length that is merely stale is harmless: it is retired, and nobody needs it. That of the
        # pixels stays as it was in many a file that was compressed later.
        order = "little" if token.encoding.little_endian else "big"
        group_bytes = int.from_bytes(self.value(token)[:4], order)  # type: ignore[arg-type]  # a literal, by hand
        if group_bytes > len(self.buffer):
            raise self.refused(token, f"group length {tag_text(token.tag)} is larger than the file")

    def note_offset(self, token: Token) -> None:
        self.has_records = True
        self.records.note(token.tag, self.value(token)[:4], is_little_endian=token.encoding.little_endian)

    def hides_sequence(self, token: Token) -> bool:
        """Say whether pydicom would look for items in an element whose VR is unknown.

        It knows the VR of public elements and of many private ones from its dictionaries.
        """
        if is_private(token.tag):
            has_room = token.length >= len(_ITEM_START) + 4  # the tag and the length of an item
            return has_room and self.buffer.startswith(_ITEM_START, token.value_offset)
        entry = dictionary_entry(token.tag)
        return entry is not None and entry.vr == "SQ"

    def enter_hidden(self, token: Token, depth: int) -> None:
        """Have the items in an element of unknown VR walked through, too."""
        start = token.value_offset
        # PS3.5 section 6.2.2: the content of UN is Implicit VR. Files differ, and pydicom looks at the bytes.
        first = start + len(_ITEM_START) + 4  # after the item's header
        encoding = token.encoding if begins_with_vr(self.buffer, first) else IMPLICIT_LITTLE
        self.waiting.append(_Stretch(start, start + token.length, encoding, depth, begins_with="item"))

    def value(self, token: Token) -> bytes:
        return self.buffer[token.value_offset : token.value_offset + token.length]

    def refused(self, token: Token, problem: str) -> RefusedFileError:
        return RefusedFileError(
            self.given, f"{problem}, at byte {token.offset}", "do not trust this file; no real one needs that"
        )

    def conclude(self) -> tuple[str, ...]:
        """Say what only the whole data set can tell."""
        record = self.records.looped_record() if self.has_records else 0
        if record:
            raise RefusedFileError(
                self.given,
                f"the records of this DICOMDIR lead twice to the one at byte {record}",
                "do not trust this file; make the DICOMDIR anew, for example with dcmmkdir",
            )
        is_picture = {_ROWS, _COLUMNS} <= self.top_level
        return (MISSING_PIXELS,) if is_picture and not self.top_level & _PIXELS else ()
