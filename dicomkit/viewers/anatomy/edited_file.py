"""The bytes of one file in the byte viewer: as they came, as they are now, and which of them are covered."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import numpy as np

from dicomkit.errors import DicomKitError, UsageError
from dicomkit.files.anatomy import Span, anatomy_until_damage
from dicomkit.files.file_bytes import file_bytes
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import PREAMBLE_BYTES, PREFIX
from dicomkit.files.registered_names import registered_name
from dicomkit.index.element_rows import MAX_ROWS
from dicomkit.privacy import MASKED
from dicomkit.text import counted
from dicomkit.viewers.anatomy.byte_readers import what_readers_say
from dicomkit.viewers.anatomy.byte_tree import Row, rows_of
from dicomkit.viewers.anatomy.covered_bytes import (
    Range,
    covered_ranges,
    identity_removed,
    merged,
    overlaps,
    without,
)
from dicomkit.viewers.frame.viewer import Answer

__all__ = ["ROLES", "EditedFile"]

_PIECE_BYTES = 1_000_000
_LONGEST_FILE_BYTES = 64 * 1024 * 1024
_LISTED = counted(MAX_ROWS, "element") + " and items"

# What a run of bytes can be for, in the order of the legend, and what to say about it.
ROLES = {
    "preamble": "128 bytes before everything else; DICOM gives them no meaning",
    "prefix": "the letters DICM: this is how a DICOM file is recognised",
    "tag": "which element this is: group, then element",
    "vr": "the kind of its value, in two letters",
    "reserved": "two zero bytes that follow a long VR",
    "length": "how many bytes of value follow; ffffffff means: up to a delimiter",
    "value": "the value",
    "padding": "what makes a length even, or fills up the file behind the data set",
    "item": "an item of a sequence, or a fragment, begins",
    "delimiter": "an item or a sequence ends",
    "offset table": "where the frames begin among the fragments",
    "fragment": "a piece of compressed pixels",
    "deflated": "a data set that was compressed as a whole",
    "trailing": "bytes that follow the deflated data set",
    "unread": "behind the damage: nothing says what these bytes are",
    "unlisted": f"behind the first {_LISTED}; a viewer lists no more",
}
_ROLE_NUMBERS = {role: number for number, role in enumerate(ROLES)}


class EditedFile:
    """A file that can be looked at and changed in memory; what is on disk is never touched.

    Parameters
    ----------
    source
        A file, or its content.
    is_masked
        Cover what may identify somebody, unless the file says that it names nobody.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes, *, is_masked: bool) -> None:
        given, self.original = file_bytes(source)
        if len(self.original) > _LONGEST_FILE_BYTES:
            raise UsageError(
                given, f"it has {counted(len(self.original), 'byte')}", "choose a file below 64 MB"
            )
        self.now = bytearray(self.original)
        self.spans: list[Span]
        self.spans, self.damage = anatomy_until_damage(self.original, most=MAX_ROWS)
        self.problem = ""
        self._readers: list[dict[str, Any]] = []
        self._may_mask = is_masked
        self._is_always_masked = is_masked and not identity_removed(self.original, self.spans)
        self.covered: list[Range] = (
            covered_ranges(self.original, self.spans) if self._is_always_masked else []
        )

    @property
    def readers(self) -> list[dict[str, Any]]:
        """What readers say about the bytes as they are now; each is asked once."""
        if not self._readers:
            self._readers = what_readers_say(bytes(self.now), self.original)
        return self._readers

    @property
    def pieces(self) -> int:
        """How many pieces the bytes travel in."""
        return max(1, -(-len(self.now) // _PIECE_BYTES))

    def piece(self, number: int) -> bytes:
        """Return one piece of the bytes, with zeros where they are covered."""
        start = number * _PIECE_BYTES
        return without(bytes(self.now[start : start + _PIECE_BYTES]), start, self.covered)

    @property
    def lists_all(self) -> bool:
        """Whether each element and item has its spans."""
        return self.spans[-1].role != "unlisted"

    def reveal(self) -> None:
        """Cover nothing any more."""
        self._may_mask = False
        self.covered = []

    def edit(self, offset: int, value: int) -> None:
        """Change one byte.

        Raises
        ------
        UsageError
            If there is no such byte, or it cannot have this value.
        """
        if not 0 <= offset < len(self.now) or not 0 <= value < 256:  # noqa: PLR2004 - a byte
            raise UsageError(f"byte {offset}", "there is no such byte, or no such value", "choose another")
        self.now[offset] = value
        self._look_again()

    def undo(self) -> None:
        """Take all changes back."""
        self.now[:] = self.original
        self._look_again()

    def _look_again(self) -> None:
        """Follow the changed bytes as far as they can be followed."""
        self._readers = []
        now = bytes(self.now)
        place = slice(PREAMBLE_BYTES, PREAMBLE_BYTES + len(PREFIX))
        if self.original[place] == PREFIX != now[place]:
            # Without its prefix nothing says that there is a preamble, and every colour would change.
            self.problem = "the letters DICM are gone"
        else:
            self.problem = ""
            self.spans, self.damage = anatomy_until_damage(now, most=MAX_ROWS)
        self._cover_again(now)

    def _cover_again(self, now: bytes) -> None:
        """Cover what the change has made somebody's; what was covered from the beginning stays so."""
        if not self._may_mask:
            return
        if self._is_always_masked:
            # A changed tag must not uncover the value behind it.
            self.covered = list(merged([*self.covered, *covered_ranges(now, self.spans)]))
        elif self.damage is None and not self.problem:
            self.covered = [] if identity_removed(now, self.spans) else covered_ranges(now, self.spans)

    def answer(self) -> Answer:
        """Return the tree, the spans, what readers say, and which bytes are covered or changed."""
        title, is_little_endian = self._layout()
        offsets, lengths, names, *_ = zip(*self.spans, strict=True)
        bounds = np.stack((np.array(offsets, dtype="<u4"), np.array(lengths, dtype="<u4")), axis=1)
        roles = bytes(map(_ROLE_NUMBERS.__getitem__, names))
        covered = np.array(self.covered, dtype="<u4")
        now = np.frombuffer(bytes(self.now), np.uint8)
        changed = np.flatnonzero(now != np.frombuffer(self.original, np.uint8))
        content = {
            "title": title,
            "size": len(self.now),
            "pieceBytes": _PIECE_BYTES,
            "rows": self._rows(is_little_endian=is_little_endian),
            "problem_here": self.problem,
            "unread": self.spans[-1].offset if self._is_unread_behind() else None,
            "changed": changed.tolist(),
            "covered": sum(last - first for first, last in self.covered),
            "readers": self.readers,
        }
        return Answer(content, [bounds.tobytes(), roles, covered.tobytes()])

    def _is_unread_behind(self) -> bool:
        return self.spans[-1].role == "unread"

    def _rows(self, *, is_little_endian: bool) -> list[Row]:
        return [
            row._replace(preview=MASKED)
            if row.preview and overlaps(self.covered, row.start, row.end)
            else row
            for row in rows_of(bytes(self.now), self.spans, little_endian=is_little_endian)
        ]

    def _layout(self) -> tuple[str, bool]:
        """Return the name of the transfer syntax, and whether it is little endian."""
        try:
            # After a change to the letters DICM the spans are still those from before.
            layout = file_layout(self.original if self.problem else bytes(self.now), require_prefix=False)
        except DicomKitError:
            return "transfer syntax not readable", True
        uid = layout.transfer_syntax_uid
        return (registered_name(uid) or uid or "transfer syntax not stated"), layout.encoding.little_endian

    def describe(self) -> str:
        """Return how many bytes are there for what, what readers say, and whether any are covered."""
        counts: Counter[str] = Counter()
        for span in self.spans:
            counts[span.role] += span.length
        said = ", ".join(f"{role} {counted(counts[role], 'byte')}" for role in ROLES if counts[role])
        readers = ", ".join(
            f"{one['reader']} {'accepts' if one['accepts'] else 'refuses'} it" for one in self.readers
        )
        lines = [
            f"AnatomyViewer, {counted(len(self.now), 'byte')} in {counted(len(self.spans), 'span')}, {self._layout()[0]}",
            f"  {said}",
            f"  readers: {readers}",
        ]
        if self.damage is not None:
            place = f"from byte {self.spans[-1].offset} on" if self._is_unread_behind() else "at its end"
            lines.append(f"  damaged: {place} nothing can be followed")
        if not self.lists_all:
            lines.append(f"  from byte {self.spans[-1].offset} on: {ROLES['unlisted']}")
        if self.covered:
            lines.append("  bytes that may identify somebody are covered")
        return "\n".join(lines)
