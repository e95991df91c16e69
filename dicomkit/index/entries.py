"""One thing that was given to an index: a file, some bytes, a member of a zip, or what was refused."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import NamedTuple

from dicomkit.errors import FileAccessError, NotDicomError, reason_of

__all__ = ["END_BYTES", "BytesEntry", "Entry", "FileEntry", "Head", "RefusedEntry"]

END_BYTES = 8


class Head(NamedTuple):
    """The first bytes of an entry, and its whole length in bytes."""

    start: bytes
    size_bytes: int


class Entry(ABC):
    """Something that may be a DICOM file, and how to read it. Reading changes nothing.

    Parameters
    ----------
    name
        Where it is: a path, a name in a zip, or "bytes 1".
    """

    __slots__ = ("name",)
    refusal = ""  # why it is not read at all

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def read_head(self, limit_bytes: int) -> Head:
        """Return the first `limit_bytes` or fewer; raise `DicomKitError` if they cannot be had."""

    @abstractmethod
    def read_content(self) -> bytes:
        """Return all bytes; raise `DicomKitError` if they cannot be had."""

    def read_end(self) -> bytes:
        """Return the last few bytes."""
        return self.read_content()[-END_BYTES:]


class FileEntry(Entry):
    """A file on disk, opened for reading only."""

    __slots__ = ("path",)

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path

    def read_head(self, limit_bytes: int) -> Head:
        """Return the first bytes of the file."""
        try:
            handle = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                start = os.read(handle, limit_bytes)
                size_bytes = len(start) if len(start) < limit_bytes else os.fstat(handle).st_size
            finally:
                os.close(handle)
        except OSError as error:
            raise self.failure(error) from error
        return Head(start, size_bytes)

    def read_end(self) -> bytes:
        """Return the last few bytes of the file."""
        try:
            with Path(self.path).open("rb") as stream:
                stream.seek(-END_BYTES, os.SEEK_END)
                return stream.read(END_BYTES)
        except OSError as error:
            raise self.failure(error) from error

    def read_content(self) -> bytes:
        """Return the whole file."""
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise self.failure(error) from error

    def failure(self, error: OSError) -> FileAccessError:
        """Return the error that says why the file cannot be read."""
        return FileAccessError(self.name, f"cannot be read ({reason_of(error)})", "check its rights")


class BytesEntry(Entry):
    """A file's content that is in memory already."""

    __slots__ = ("content",)

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content

    def read_head(self, limit_bytes: int) -> Head:
        """Return the first bytes."""
        return Head(self.content[:limit_bytes], len(self.content))

    def read_content(self) -> bytes:
        """Return all bytes."""
        return self.content


class RefusedEntry(Entry):
    """Something that is not read, with the reason."""

    __slots__ = ("refusal",)

    def __init__(self, name: str, refusal: str) -> None:
        self.name = name
        self.refusal = refusal

    def read_head(self, limit_bytes: int) -> Head:  # noqa: ARG002 - there is nothing to limit
        """Raise the reason."""
        raise NotDicomError(self.name, self.refusal, "choose a DICOM file")

    def read_content(self) -> bytes:
        """Raise the reason."""
        raise NotDicomError(self.name, self.refusal, "choose a DICOM file")
