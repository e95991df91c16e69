"""Say which study and instance a file belongs to, and whether the whole of it is there yet.

DCMTK's storescp writes straight to the final name, so a folder that somebody else's receiver fills holds
half-written files. pydicom reads most of them without a word. Here each element's length is followed to
the end of the file, which shows whether anything is still missing.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from dicomkit.errors import NotDicomError, TruncatedFileError
from dicomkit.files.encoding import Encoding
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import has_prefix
from dicomkit.files.tokens import Kind, Token
from dicomkit.files.walk import walk

__all__ = ["ArrivedFile", "read_arrived_file"]

_SOP_INSTANCE_UID = 0x00080018
_STUDY_INSTANCE_UID = 0x0020000D
_NUMBER_OF_STUDY_RELATED_INSTANCES = 0x00201208
_WANTED = {_SOP_INSTANCE_UID, _STUDY_INSTANCE_UID, _NUMBER_OF_STUDY_RELATED_INSTANCES}
_VALUE_LIMIT_BYTES = 64  # PS3.5 section 9.1: a UID has at most 64 characters
# Where most data sets have everything but their pixels. What follows it is only measured, not read.
_WINDOW_BYTES = 64 * 1024
_FRAGMENT_WINDOW_BYTES = 4 * 1024
# Sequences are only followed as a whole, and so is a deflated data set. Nobody can make us read more.
_LARGEST_WINDOW_BYTES = 64 * 1024 * 1024
_MOST_FRAGMENTS = 1_000_000  # a whole slide has fewer; each costs time, and a sender decides how many


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """What a watcher has to know of a file.

    Parameters
    ----------
    study_instance_uid, sop_instance_uid
        (0020,000D) and (0008,0018), empty where the file has none or it was not written yet.
    whole
        The file ends where its last element ends.
    expected_count
        (0020,1208) Number of Study Related Instances, where an instance carries it.
    """

    study_instance_uid: str
    sop_instance_uid: str
    whole: bool
    expected_count: int | None = None


def read_arrived_file(path: str | os.PathLike[str]) -> ArrivedFile | None:
    """Look at a file that may still be written; return None if it is no DICOM file, or not one yet.

    Parameters
    ----------
    path
        Any file.

    Raises
    ------
    OSError
        If it cannot be opened; it may be gone already.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    with Path(path).open("rb") as stream:
        size_bytes = os.fstat(stream.fileno()).st_size
        window_bytes = _WINDOW_BYTES
        while True:
            look = _Look(stream, size_bytes, window_bytes)
            try:
                return look.result(whole=True) if look.reaches_the_end() else None
            except (NotDicomError, TruncatedFileError):
                return look.result(whole=False)
            except struct.error:
                # There is a sequence, or a compressed data set, that is longer than what was read.
                if window_bytes >= min(size_bytes, _LARGEST_WINDOW_BYTES):
                    return look.result(whole=False)
            window_bytes = min(8 * window_bytes, _LARGEST_WINDOW_BYTES)


@dataclass
class _Look:
    """One look at a file through a window of bytes, which moves on where a value is longer than that."""

    stream: IO[bytes]
    size_bytes: int
    window_bytes: int
    found: dict[int, str] = field(default_factory=dict)
    # Where the next window starts, and whether that is between the fragments of the pixels.
    position: int = 0
    in_pixels: bool = False
    fragments: int = 0

    def reaches_the_end(self) -> bool:
        """Follow the file to its end; return False if it is no DICOM file, or not one yet.

        Raises
        ------
        struct.error
            If a larger window is needed.
        TruncatedFileError, NotDicomError
            If something is missing, or makes no sense yet.
        """
        self.stream.seek(0)
        head = self.stream.read(self.window_bytes)
        if not has_prefix(head):
            return False
        try:
            layout = file_layout(head)
        except TruncatedFileError:
            if len(head) < self.size_bytes:
                raise struct.error from None
            raise
        if layout.deflated_start is not None:
            if len(head) < self.size_bytes:
                raise struct.error
            self.walk(layout.dataset, len(layout.dataset), 0, layout.encoding)
            return True
        self.position = layout.dataset_start
        while not self.window_reaches_the_end(layout.encoding):
            pass
        return True

    def window_reaches_the_end(self, encoding: Encoding) -> bool:
        """Go on at the position, as far as one window shows."""
        start = self.position
        self.stream.seek(start)
        buffer = self.stream.read(_FRAGMENT_WINDOW_BYTES if self.in_pixels else self.window_bytes)
        try:
            self.walk(buffer, self.size_bytes - start, start, encoding)
        except struct.error:
            if self.position == start:
                raise
            return False
        return True

    def walk(self, buffer: bytes, end: int, shift: int, encoding: Encoding) -> None:
        """Take what is wanted, and remember the last place at which another window can start."""
        begins_with: Literal["element", "fragment"] = "fragment" if self.in_pixels else "element"
        for token in walk(buffer, 0, end, encoding, begins_with=begins_with):
            token_end = token.value_offset + token.length
            if token.depth == 0 and token.kind in {Kind.ELEMENT, Kind.SEQUENCE_END}:
                if token.tag in _WANTED:
                    if token_end > len(buffer):
                        raise struct.error
                    self.found[token.tag] = _text(buffer, token)
                self.position, self.in_pixels = shift + token_end, False
            elif token.depth == 0 and token.kind is Kind.PIXEL_SEQUENCE:
                self.position, self.in_pixels = shift + token.value_offset, True
            elif token.depth == 1 and token.kind in {Kind.OFFSET_TABLE, Kind.FRAGMENT}:
                self.position = shift + token_end
                self.fragments += 1
                if self.fragments > _MOST_FRAGMENTS:
                    raise NotDicomError("file", "there are too many fragments", "do not trust it")

    def result(self, *, whole: bool) -> ArrivedFile:
        """Say what was found. No study, no announcement: the file may be too short to hold its study."""
        return ArrivedFile(
            self.found.get(_STUDY_INSTANCE_UID, ""),
            self.found.get(_SOP_INSTANCE_UID, ""),
            whole,
            _count(self.found.get(_NUMBER_OF_STUDY_RELATED_INSTANCES, "")),
        )


def _text(buffer: bytes, token: Token) -> str:
    length = min(token.length, _VALUE_LIMIT_BYTES)
    return buffer[token.value_offset : token.value_offset + length].decode("latin-1").strip("\0 ")


def _count(text: str) -> int | None:
    # VR IS. Anything that is not a plain count is nobody's expectation.
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000000") else None
