"""The check of one data set: what is odd in it, what is hidden in it, and what no real file needs."""

from __future__ import annotations

from collections.abc import Iterator

from dicomkit.errors import CharacterSetError, NotDicomError, RefusedFileError
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.dictionary import dictionary_entry, is_private
from dicomkit.files.directory_loops import DirectoryRecords
from dicomkit.files.encoding import IMPLICIT_LITTLE, STANDARD_VRS, Encoding, begins_with_vr
from dicomkit.files.layout import FileLayout
from dicomkit.files.repeated_elements import Order, RepeatedElements
from dicomkit.files.tags import COLUMNS, DIRECTORY_RECORD_SEQUENCE, ROWS, SPECIFIC_CHARACTER_SET
from dicomkit.files.tokens import PIXEL_TAGS, Kind, Token, tag_text
from dicomkit.files.walk import MAX_DEPTH, walk
from dicomkit.named_tuple import NamedTuple
from dicomkit.text import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

__all__ = ["MISSING_PIXELS", "DataSetCheck"]

MISSING_PIXELS = "there are Rows and Columns and no Pixel Data (7fe0,0010): the file may have been cut off"

_PIXELS = PIXEL_TAGS | {0x00287FE0}  # and Pixel Data Provider URL
_PIXEL_GROUP = 0x7FE0
_ELEMENT = Kind.ELEMENT  # kept by itself as in `dicomkit.files.walk`
_ITEM_START = b"\xfe\xff\x00\xe0"


class _Stretch(NamedTuple):
    """A range of bytes that is a data set, or the items of a sequence inside an element of unknown VR.

    Whether a private element is a sequence, only pydicom's private dictionary tells. Other bytes in it may merely
    look like the start of an item.
    """

    start: int
    end: int
    encoding: Encoding
    depth: int
    begins_with: Literal["element", "item"] = "element"
    is_private: bool = False


class DataSetCheck:
    """Walk through a data set and collect the findings.

    Parameters
    ----------
    buffer
        The bytes that contain it.
    given
        How an error names the input.
    mends_character_sets
        Whether a misspelt Specific Character Set is replaced by the one that it means.

    Attributes
    ----------
    end, unknown_vrs, character_sets, repeated
        As in `dicomkit.files.checking.Checked`.
    """

    def __init__(self, buffer: bytes, given: str, *, mends_character_sets: bool = False) -> None:
        self.buffer = buffer
        self.given = given
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
        """Check the data set, and hidden sequences in it; return what is odd."""
        self.waiting.append(_Stretch(layout.dataset_start, len(layout.dataset), layout.encoding, 0))
        while self.waiting:
            stretch = self.waiting.pop()
            try:
                self._walk(stretch)
            except RefusedFileError:
                raise
            except NotDicomError:
                if not stretch.is_private:
                    raise
        return self._conclude()

    def _walk(self, stretch: _Stretch) -> None:  # noqa: C901 - one case for each kind of token
        """Walk through one range; a hidden sequence becomes another one."""
        in_records = False
        order = Order()
        for token in self._tokens(stretch):
            kind, tag, vr, _, _, length, depth, _ = token
            if stretch.depth + depth > MAX_DEPTH:
                raise self._refused(token, f"sequences are nested deeper than {MAX_DEPTH} levels")
            order.follow(kind, tag)
            if vr not in STANDARD_VRS and token.has_unknown_vr:
                self.unknown_vrs.append(token)
            if kind is _ELEMENT:
                if tag == SPECIFIC_CHARACTER_SET:
                    self._check_character_set(token)
                elif not tag & 0xFFFF and tag >> 16 != _PIXEL_GROUP:
                    self._check_group_length(token)
                elif tag >> 16 == DIRECTORY_RECORD_SEQUENCE >> 16 and depth <= 1:
                    self._note_offset(token)
                elif length and vr == "UN" and self._hides_sequence(token):
                    self._enter_hidden(token, stretch.depth + depth)
            elif kind is Kind.TRAILING:
                self._pass_over(token)
            elif kind is Kind.ITEM and in_records and depth == 1:
                self.records.begin_record(token.offset)
            if not depth and not stretch.depth:
                self.top_level.add(tag)
                in_records = kind is Kind.SEQUENCE and tag == DIRECTORY_RECORD_SEQUENCE
        if not order.ascends:
            self._look_for_repeated(stretch)

    def _tokens(self, stretch: _Stretch) -> Iterator[Token]:
        return walk(
            self.buffer,
            stretch.start,
            stretch.end,
            stretch.encoding,
            given=self.given,
            begins_with=stretch.begins_with,
        )

    def _look_for_repeated(self, stretch: _Stretch) -> None:
        repeated = RepeatedElements()
        for token in self._tokens(stretch):
            repeated.follow(token)
        if remark := repeated.remark():
            self.repeated.append(repeated)
            self.odd.append(remark)

    def _check_character_set(self, token: Token) -> None:
        raw = self._value(token)
        self.character_sets.add(raw)
        if has_unknown_term(raw) and not self.mends_character_sets:
            raise CharacterSetError(
                self.given,
                f"Specific Character Set {tag_text(token.tag)} at byte {token.offset} names none that exists",
                'read_file(path, repair="character_set") takes the one that it stands for (PS3.3 section C.12.1.1.2)',
            )

    def _check_group_length(self, token: Token) -> None:
        # Group lengths are retired and not needed: a stale one is harmless. Many programs leave that of group 7FE0 as
        # it was when they compress the pixels.
        order = "little" if token.encoding.little_endian else "big"
        group_bytes = int.from_bytes(self._value(token)[:4], order)  # type: ignore[arg-type]  # a literal, by hand
        if group_bytes > len(self.buffer) and not any(text.startswith("group length") for text in self.odd):
            self.odd.append(f"group length {tag_text(token.tag)} is larger than the file; it is passed over")

    def _pass_over(self, token: Token) -> None:
        """Note the bytes after the last element of the data set."""
        self.end = token.offset
        what = "delimiters that delimit nothing" if token.tag else "zeros"
        self.odd.append(
            f"{counted(token.length, 'byte')} behind the data set are {what}; they are passed over"
        )

    def _note_offset(self, token: Token) -> None:
        self.has_records = True
        self.records.note(token.tag, self._value(token)[:4], is_little_endian=token.encoding.little_endian)

    def _hides_sequence(self, token: Token) -> bool:
        """Return whether pydicom would look for items in an element whose VR is unknown.

        It knows the VR of public elements and of many private ones from its dictionaries.
        """
        if is_private(token.tag):
            has_room = token.length >= len(_ITEM_START) + 4  # the tag and the length of an item
            return has_room and self.buffer.startswith(_ITEM_START, token.value_offset)
        entry = dictionary_entry(token.tag)
        return entry is not None and entry.vr == "SQ"

    def _enter_hidden(self, token: Token, depth: int) -> None:
        """Queue the items in an element of unknown VR for a walk of their own."""
        start = token.value_offset
        # PS3.5 section 6.2.2: the content of UN is Implicit VR. Files differ, and pydicom looks at the bytes.
        first = start + len(_ITEM_START) + 4  # after the item's header
        encoding = token.encoding if begins_with_vr(self.buffer, first) else IMPLICIT_LITTLE
        stretch = _Stretch(start, start + token.length, encoding, depth, "item", is_private(token.tag))
        self.waiting.append(stretch)

    def _value(self, token: Token) -> bytes:
        return self.buffer[token.value_offset : token.value_offset + token.length]

    def _refused(self, token: Token, problem: str) -> RefusedFileError:
        return RefusedFileError(
            self.given, f"{problem}, at byte {token.offset}", "do not trust this file; no real one needs that"
        )

    def _conclude(self) -> tuple[str, ...]:
        """Add the findings that need the whole data set."""
        record = self.records.looped_record() if self.has_records else 0
        if record:
            raise RefusedFileError(
                self.given,
                f"the records of this DICOMDIR lead twice to the one at byte {record}",
                "do not trust this file; make the DICOMDIR anew, for example with dcmmkdir",
            )
        if {ROWS, COLUMNS} <= self.top_level and not self.top_level & _PIXELS:
            self.odd.append(MISSING_PIXELS)
        return tuple(self.odd)
