"""Read study and instance UID of a file, and whether the file is complete.

DCMTK's storescp writes to the final name at once, so a folder that another receiver fills holds partial files. pydicom
reads most of them without a warning. Here the elements are followed by their lengths to the end of the file, which shows
whether anything is missing.
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
from dicomkit.files.tags import SOP_INSTANCE_UID, STUDY_INSTANCE_UID
from dicomkit.files.tokens import Kind, Token
from dicomkit.files.walk import walk

__all__ = ["ArrivedFile", "read_arrived_file"]

_NUMBER_OF_STUDY_RELATED_INSTANCES = 0x00201208
_WANTED = {SOP_INSTANCE_UID, STUDY_INSTANCE_UID, _NUMBER_OF_STUDY_RELATED_INSTANCES}
_VALUE_LIMIT_BYTES = 64  # PS3.5 section 9.1: a UID has at most 64 characters
# Holds most data sets without their pixel data. Values after it are skipped by their length, not read.
_WINDOW_BYTES = 64 * 1024
_FRAGMENT_WINDOW_BYTES = 4 * 1024
# A sequence has to fit into the window, and so has a deflated data set. This limits memory.
_MAX_WINDOW_BYTES = 64 * 1024 * 1024
_MAX_FRAGMENTS = 1_000_000  # a whole slide image has fewer; an attacker could send more to waste time


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """What a watcher needs to know about a file.

    Parameters
    ----------
    study_instance_uid, sop_instance_uid
        (0020,000D) and (0008,0018), empty if missing or not written yet.
    whole
        Whether the file ends with its last element.
    expected_count
        Number of Study Related Instances (0020,1208), if present.
    """

    study_instance_uid: str
    sop_instance_uid: str
    whole: bool
    expected_count: int | None = None


def read_arrived_file(path: str | os.PathLike[str]) -> ArrivedFile | None:
    """Read a file that may still be growing; return None if it is no DICOM file, or not one yet.

    Raises
    ------
    OSError
        If it cannot be opened; it may have been removed.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    with Path(path).open("rb") as stream:
        size_bytes = os.fstat(stream.fileno()).st_size
        window_bytes = _WINDOW_BYTES
        while True:
            reader = _WindowReader(stream, size_bytes, window_bytes)
            try:
                return reader.result(whole=True) if reader.reaches_the_end() else None
            except (NotDicomError, TruncatedFileError):
                return reader.result(whole=False)
            except struct.error:
                # A sequence or a deflated data set is longer than the window.
                if window_bytes >= min(size_bytes, _MAX_WINDOW_BYTES):
                    return reader.result(whole=False)
            window_bytes = min(8 * window_bytes, _MAX_WINDOW_BYTES)


@dataclass
class _WindowReader:
    """Read a file through a window of bytes, which moves past values that are longer."""

    stream: IO[bytes]
    size_bytes: int
    window_bytes: int
    found: dict[int, str] = field(default_factory=dict)
    # Offset of the next window, and whether it is between the fragments of Pixel Data.
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
            If the file is incomplete, or invalid so far.
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
        """Continue at the position to the end of one window."""
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
        """Collect the wanted elements, and remember the last offset at which a window can start."""
        begins_with: Literal["element", "fragment"] = "fragment" if self.in_pixels else "element"
        for token in walk(buffer, 0, end, encoding, begins_with=begins_with):
            token_end = token.value_offset + token.length
            if token.depth == 0 and token.kind in {Kind.ELEMENT, Kind.SEQUENCE_END}:
                if token.tag in _WANTED:
                    if token_end > len(buffer):
                        raise struct.error
                    self.found.setdefault(token.tag, _text(buffer, token))
                self.position, self.in_pixels = shift + token_end, False
            elif token.depth == 0 and token.kind is Kind.PIXEL_SEQUENCE:
                self.position, self.in_pixels = shift + token.value_offset, True
            elif token.depth == 1 and token.kind in {Kind.OFFSET_TABLE, Kind.FRAGMENT}:
                self.position = shift + token_end
                self.fragments += 1
                if self.fragments > _MAX_FRAGMENTS:
                    raise NotDicomError("file", "there are too many fragments", "do not trust it")

    def result(self, *, whole: bool) -> ArrivedFile:
        """Return what was found; the study UID is empty if the file is too short to hold it."""
        return ArrivedFile(
            self.found.get(STUDY_INSTANCE_UID, ""),
            self.found.get(SOP_INSTANCE_UID, ""),
            whole,
            _count(self.found.get(_NUMBER_OF_STUDY_RELATED_INSTANCES, "")),
        )


def _text(buffer: bytes, token: Token) -> str:
    length = min(token.length, _VALUE_LIMIT_BYTES)
    return buffer[token.value_offset : token.value_offset + length].decode("latin-1").strip("\0 ")


def _count(text: str) -> int | None:
    # VR IS. Anything but a plain number is ignored.
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000000") else None
