"""Look at the bytes of a file: what each one is for, and what a reader says when one is changed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import traitlets
from pydicom.uid import UID

from dicomkit.errors import DicomKitError, UsageError
from dicomkit.files.anatomy import Span, anatomy, file_bytes
from dicomkit.files.layout import file_layout
from dicomkit.viewers.byte_tree import Row, rows_of, what_readers_say
from dicomkit.viewers.frame import Answer, Viewer, front_end, styles

__all__ = ["ROLES", "AnatomyViewer"]

_PIECE_BYTES = 1_000_000
_LONGEST_FILE_BYTES = 64 * 1024 * 1024

# What a run of bytes can be for, in the order of the legend, and what to say about it.
ROLES = {
    "preamble": "128 bytes before everything else; DICOM gives them no meaning",
    "prefix": "the letters DICM: this is how a DICOM file is recognised",
    "tag": "which element this is: group, then element",
    "vr": "the kind of its value, in two letters",
    "reserved": "two zero bytes that follow a long VR",
    "length": "how many bytes of value follow; ffffffff means: up to a delimiter",
    "value": "the value",
    "padding": "one byte that makes the length even",
    "item": "an item of a sequence, or a fragment, begins",
    "delimiter": "an item or a sequence ends",
    "offset table": "where the frames begin among the fragments",
    "fragment": "a piece of compressed pixels",
    "deflated": "a data set that was compressed as a whole",
    "trailing": "bytes that follow the deflated data set",
}
_ROLE_NUMBERS = {role: number for number, role in enumerate(ROLES)}


class AnatomyViewer(Viewer):
    """Show the bytes of a file, coloured by what they are for, beside the tree of its elements.

    Point at a byte and the tree shows its element; point at an element and its bytes light up. Change a
    byte and read what dicomkit and pydicom say about the result; the file itself is never touched.

    Parameters
    ----------
    path_or_bytes
        A file, or its content.
    beside
        Another file, best the same data set in another transfer syntax. It is shown to the right, and
        elements of the same path light up on both sides.

    Raises
    ------
    FileAccessError, NotDicomError
        If one of the two cannot be read, or is no DICOM file.
    UsageError
        If a file has more than 64 MB.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements.

    Examples
    --------
    >>> preamble = bytes(128) + b"DICM"
    >>> print(AnatomyViewer(preamble + bytes.fromhex("28001000 5553 0200 0001")))
    AnatomyViewer, 142 bytes in 6 spans, transfer syntax not stated
      preamble 128 bytes, prefix 4 bytes, tag 4 bytes, vr 2 bytes, length 2 bytes, value 2 bytes
      readers: dicomkit accepts it, pydicom accepts it
    """

    _esm = front_end("anatomy")
    _css = styles("anatomy")

    selection = traitlets.Unicode("", help="the path of the element that is marked, as (0028,0010)").tag(
        sync=True
    )

    def __init__(
        self,
        path_or_bytes: str | os.PathLike[str] | bytes,
        beside: str | os.PathLike[str] | bytes | None = None,
    ) -> None:
        sources = [path_or_bytes] if beside is None else [path_or_bytes, beside]
        self._files = [_EditedFile(source) for source in sources]
        super().__init__()

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer what the sides are, what is in one, or what becomes of it when a byte is changed."""
        kind = question["ask"]
        if kind == "sides":
            return Answer({"count": len(self._files), "roles": list(ROLES.items())})
        file = self._files[int(question["side"])]
        if kind == "piece":
            return Answer({}, [file.piece(int(question["piece"]))])
        if kind == "edit":
            file.edit(int(question["offset"]), int(question["value"]))
        elif kind == "undo":
            file.undo()
        return file.answer()

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield what a page without a kernel asks: all but the changes."""
        yield {"ask": "sides"}
        for side, file in enumerate(self._files):
            yield {"ask": "file", "side": side}
            for piece in range(file.pieces):
                yield {"ask": "piece", "side": side, "piece": piece}

    def describe(self) -> str:
        """Return how many bytes are there for what; no value."""
        return "\n".join(file.describe() for file in self._files)


class _EditedFile:
    """The bytes of one side, as they came and as they are now."""

    def __init__(self, source: str | os.PathLike[str] | bytes) -> None:
        given, self.original = file_bytes(source)
        if len(self.original) > _LONGEST_FILE_BYTES:
            raise UsageError(given, f"it has {len(self.original)} bytes", "choose a file below 64 MB")
        self.now = bytearray(self.original)
        self.spans: list[Span] = anatomy(self.original)
        self.problem = ""

    @property
    def pieces(self) -> int:
        return max(1, -(-len(self.now) // _PIECE_BYTES))

    def piece(self, number: int) -> bytes:
        return bytes(self.now[number * _PIECE_BYTES : (number + 1) * _PIECE_BYTES])

    def edit(self, offset: int, value: int) -> None:
        if not 0 <= offset < len(self.now) or not 0 <= value < 256:  # noqa: PLR2004 - a byte
            raise UsageError(f"byte {offset}", "there is no such byte, or no such value", "choose another")
        self.now[offset] = value
        self._look_again()

    def undo(self) -> None:
        self.now[:] = self.original
        self._look_again()

    def _look_again(self) -> None:
        """Follow the changed bytes; where that fails, the spans before the change stay, with the reason."""
        try:
            self.spans = anatomy(bytes(self.now))
            self.problem = ""
        except DicomKitError as error:
            self.problem = f"{error.problem}; {error.remedy}"

    def answer(self) -> Answer:
        layout = self._layout()
        rows: list[Row] = rows_of(bytes(self.now), self.spans, little_endian=layout[1])
        bounds = np.array([(span.offset, span.length) for span in self.spans], dtype="<u4")
        roles = np.array([_ROLE_NUMBERS[span.role] for span in self.spans], dtype=np.uint8)
        content = {
            "title": layout[0],
            "size": len(self.now),
            "pieceBytes": _PIECE_BYTES,
            "rows": rows,
            "problem_here": self.problem,
            "changed": [
                offset
                for offset, pair in enumerate(zip(self.now, self.original, strict=True))
                if pair[0] != pair[1]
            ]
            if self.now != self.original
            else [],
            "readers": what_readers_say(bytes(self.now), self.original),
        }
        return Answer(content, [bounds.tobytes(), roles.tobytes()])

    def _layout(self) -> tuple[str, bool]:
        """Return the name of the transfer syntax, and whether it is little endian."""
        try:
            layout = file_layout(bytes(self.now), require_prefix=False)
        except DicomKitError:
            layout = file_layout(self.original, require_prefix=False)
        uid = layout.transfer_syntax_uid
        return (UID(uid).name if uid else "transfer syntax not stated"), layout.encoding.little_endian

    def describe(self) -> str:
        counts: Counter[str] = Counter()
        for span in self.spans:
            counts[span.role] += span.length
        said = ", ".join(f"{role} {counts[role]} bytes" for role in ROLES if counts[role])
        readers = ", ".join(
            f"{one['reader']} {'accepts' if one['accepts'] else 'refuses'} it"
            for one in what_readers_say(bytes(self.now))
        )
        name = self._layout()[0]
        return (
            f"AnatomyViewer, {len(self.now)} bytes in {len(self.spans)} spans, {name}\n  {said}\n"
            f"  readers: {readers}"
        )
