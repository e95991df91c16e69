"""Whether a file may be read: the check that comes before pydicom sees a byte of it.

A reader that believes every length, every offset and every name in a file can be made to hang, to fill the
memory, or to show something else than the next reader. So the file is walked through once, by the tokenizer,
without recursion and without decoding a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from dicomkit.errors import CharacterSetError, NotDicomError, RefusedFileError
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.dictionary import dictionary_entry, is_private
from dicomkit.files.directory_loops import DirectoryRecords
from dicomkit.files.encoding import (
    IMPLICIT_LITTLE,
    STANDARD_VRS,
    Encoding,
    begins_with_vr,
    transfer_syntax,
)
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.repeated_elements import Order, RepeatedElements
from dicomkit.files.signatures import what_is_in_preamble
from dicomkit.files.tokens import Kind, Token, tag_text
from dicomkit.files.walk import MAX_DEPTH, walk
from dicomkit.text import counted

__all__ = ["MISSING_PIXELS", "OTHER_ENCODING", "Checked", "check_dicom", "check_values", "checked_content"]

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


class Checked(NamedTuple):
    """What the check found out about a file that may be read.

    Parameters
    ----------
    layout
        Where its parts are.
    remarks
        What does not keep it from being read, and ought to be known.
    end
        Where its last element ends, in ``layout.dataset``; only zeros or stray delimiters follow.
    unknown_vrs
        The elements whose letters are no VR.
    character_sets
        The values of Specific Character Set that occur in it.
    repeated
        The elements that stand more than once in one data set or item.
    """

    layout: FileLayout
    remarks: tuple[str, ...]
    end: int
    unknown_vrs: tuple[Token, ...]
    character_sets: frozenset[bytes]
    repeated: tuple[RepeatedElements, ...]


class _Stretch(NamedTuple):
    """A run of bytes that is a data set, or the items of a sequence that hides in an element.

    Of a private element only pydicom's own list of private elements knows that it is a sequence. What else is in it
    may merely begin as items do.
    """

    start: int
    end: int
    encoding: Encoding
    depth: int
    begins_with: Literal["element", "item"] = "element"
    is_private: bool = False


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
        and Columns without Pixel Data, another encoding than stated, two groups 0002. Usually empty.

    Raises
    ------
    NotDicomError
        If it is no DICOM file, group 0002 is missing or names no transfer syntax, or it is malformed.
    TruncatedFileError
        If it ends too early.
    RefusedFileError
        If sequences are nested too deep, there are too many items, a deflated data set grows too large, or
        the records of a DICOMDIR lead in a circle.
    CharacterSetError
        If Specific Character Set names one that the Standard does not define.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7, The Data Set.
    """
    return checked_content(buffer, given=given).remarks


def checked_content(buffer: bytes, *, given: str = "bytes", mends_character_sets: bool = False) -> Checked:
    """Check a file as `check_dicom` does, and return all that was found out about it.

    Parameters
    ----------
    buffer, given
        As for `check_dicom`.
    mends_character_sets
        Whether a Specific Character Set that does not exist is taken for the one it stands for.

    Raises
    ------
    NotDicomError
        As `check_dicom` does, with its kinds.
    """
    layout = file_layout(buffer, given=given)
    if not layout.transfer_syntax_uid:
        raise NotDicomError(given, "group 0002 names no transfer syntax (0002,0010)", _REPAIR_META)
    for _ in walk(buffer, layout.meta_start, layout.rest_end, layout.meta_encoding, given=given):
        pass
    check = _Check(layout.dataset, given, mends_character_sets=mends_character_sets)
    remarks = [*layout.remarks, *check.check(layout)]
    if transfer_syntax(layout.transfer_syntax_uid).encoding != layout.encoding:
        remarks.insert(0, OTHER_ENCODING)
    program = what_is_in_preamble(buffer)
    if program:
        remarks.insert(0, f"the preamble makes this file {program} as well: do not run or serve it")
    return Checked(
        layout,
        tuple(remarks),
        check.end,
        tuple(check.unknown_vrs),
        frozenset(check.character_sets),
        tuple(check.repeated),
    )


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
    return _Check(layout.dataset, given, items_may_be_short=items_may_be_short).check(layout)


class _Check:
    """What the walk has to remember until its end."""

    def __init__(
        self,
        buffer: bytes,
        given: str,
        *,
        items_may_be_short: bool = False,
        mends_character_sets: bool = False,
    ) -> None:
        self.buffer = buffer
        self.given = given
        self.items_may_be_short = items_may_be_short
        self.mends_character_sets = mends_character_sets
        self.end = len(buffer)
        self.waiting: list[_Stretch] = []
        self.top_level: set[int] = set()
        self.records = DirectoryRecords()
        self.has_records = False
        self.unknown_vrs: list[Token] = []
        self.character_sets: set[bytes] = set()
        self.repeated: list[RepeatedElements] = []
        self.odd: list[str] = []

    def check(self, layout: FileLayout) -> tuple[str, ...]:
        """Check the data set, and what hides in it; return what is odd."""
        self.waiting.append(_Stretch(layout.dataset_start, len(layout.dataset), layout.encoding, 0))
        while self.waiting:
            stretch = self.waiting.pop()
            try:
                self.walk(stretch)
            except RefusedFileError:
                raise
            except NotDicomError:
                if not stretch.is_private:
                    raise
        return self.conclude()

    def walk(self, stretch: _Stretch) -> None:  # noqa: C901 - one case for each kind of token
        """Walk through one stretch; a sequence that hides in an element becomes another stretch."""
        in_records = False
        order = Order()
        for token in self.tokens(stretch):
            kind, tag, vr, _, _, length, depth, encoding = token
            if stretch.depth + depth > MAX_DEPTH:
                raise self.refused(token, f"sequences are nested deeper than {MAX_DEPTH} levels")
            order.follow(kind, tag)
            if kind is Kind.ELEMENT:
                if tag == _SPECIFIC_CHARACTER_SET:
                    self.check_character_set(token)
                elif not tag & 0xFFFF and tag >> 16 != _PIXEL_GROUP:
                    self.check_group_length(token)
                elif tag >> 16 == _DIRECTORY_RECORDS >> 16 and depth <= 1:
                    self.note_offset(token)
                elif length and vr == "UN" and self.hides_sequence(token):
                    self.enter_hidden(token, stretch.depth + depth)
                elif encoding.explicit_vr and vr not in STANDARD_VRS:
                    self.unknown_vrs.append(token)
            elif kind is Kind.TRAILING:
                self.pass_over(token)
            elif kind is Kind.ITEM and in_records and depth == 1:
                self.records.begin_record(token.offset)
            if not depth and not stretch.depth:
                self.top_level.add(tag)
                in_records = kind is Kind.SEQUENCE and tag == _DIRECTORY_RECORDS
        if not order.ascends:
            self.look_for_repeated(stretch)

    def tokens(self, stretch: _Stretch) -> Iterator[Token]:
        return walk(
            self.buffer,
            stretch.start,
            stretch.end,
            stretch.encoding,
            given=self.given,
            items_may_be_short=self.items_may_be_short,
            begins_with=stretch.begins_with,
        )

    def look_for_repeated(self, stretch: _Stretch) -> None:
        repeated = RepeatedElements()
        for token in self.tokens(stretch):
            repeated.follow(token)
        if remark := repeated.remark():
            self.repeated.append(repeated)
            self.odd.append(remark)

    def check_character_set(self, token: Token) -> None:
        raw = self.value(token)
        self.character_sets.add(raw)
        if has_unknown_term(raw) and not self.mends_character_sets:
            raise CharacterSetError(
                self.given,
                f"Specific Character Set {tag_text(token.tag)} at byte {token.offset} names none that exists",
                'read_file(path, repair="character_set") takes the one that it stands for (PS3.3 C.12.1.1.2)',
            )

    def check_group_length(self, token: Token) -> None:
        # Group lengths are retired, and nobody needs them: a stale one is harmless. That of the pixels stays as
        # it was in many a file that was compressed later.
        order = "little" if token.encoding.little_endian else "big"
        group_bytes = int.from_bytes(self.value(token)[:4], order)  # type: ignore[arg-type]  # a literal, by hand
        if group_bytes > len(self.buffer) and not any(text.startswith("group length") for text in self.odd):
            self.odd.append(f"group length {tag_text(token.tag)} is larger than the file; it is passed over")

    def pass_over(self, token: Token) -> None:
        """Note what stands behind the last element of the data set."""
        self.end = token.offset
        what = "delimiters that delimit nothing" if token.tag else "zeros"
        self.odd.append(
            f"{counted(token.length, 'byte')} behind the data set are {what}; they are passed over"
        )

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
        stretch = _Stretch(start, start + token.length, encoding, depth, "item", is_private(token.tag))
        self.waiting.append(stretch)

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
        if {_ROWS, _COLUMNS} <= self.top_level and not self.top_level & _PIXELS:
            self.odd.append(MISSING_PIXELS)
        return tuple(self.odd)
