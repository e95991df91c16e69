"""The members of a zip, read where they lie and never extracted.

The directory of a zip is believed only within limits: a small file can state billions of bytes or entries.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from dicomkit.errors import DicomKitError, NotDicomError
from dicomkit.files.foreign_names import foreign_reason
from dicomkit.index.entries import Entry, Head, RefusedEntry

__all__ = ["MAX_ZIP_BYTES", "MAX_ZIP_ENTRIES", "MAX_ZIP_RATIO", "ZIP_START", "entries_of_zip"]

MAX_ZIP_BYTES = 2 * 1024**3
MAX_ZIP_ENTRIES = 10_000
MAX_ZIP_RATIO = 200
ZIP_START = b"PK\x03\x04"

_SMALL_BYTES = 1024**2  # an empty image packs well and is no bomb
_MAX_DIRECTORY_BYTES = MAX_ZIP_ENTRIES * 1024
_END_RECORD, _LOCATOR, _LONG_END_RECORD = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_RECORD_BYTES, _MAX_COMMENT_BYTES, _LOCATOR_BYTES = 22, 65_535, 20
_LONG_END_RECORD_BYTES = 56
_IN_LONG_RECORD = 0xFFFFFFFF  # APPNOTE 4.4.1.4: the long record has what does not fit
_LOCAL_HEADER_BYTES = 30
_USUAL_EXTRA_BYTES = 64
_PIECE_BYTES = 64 * 1024
_ENCRYPTED = 0x1


def entries_of_zip(name: str, open_archive: Callable[[], BinaryIO]) -> Iterator[Entry]:
    """Yield the members of a zip; those that a limit refuses say so.

    Parameters
    ----------
    name
        What an error calls the archive.
    open_archive
        Opens it; called for each reading.

    Raises
    ------
    NotDicomError
        If it is damaged, or states more than `MAX_ZIP_ENTRIES` members.
    """
    try:
        with open_archive() as stream:
            size_bytes = stream.seek(0, os.SEEK_END)
            directory_bytes = _directory_bytes(stream)
            if directory_bytes > _MAX_DIRECTORY_BYTES:
                raise _too_many(name)
            with zipfile.ZipFile(stream) as archive:
                listed = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        if isinstance(error, DicomKitError):
            raise
        raise _damaged(name) from error
    if not listed:
        raise _damaged(name)  # it starts with a member: a directory that lists none hides it
    # A name that ends in a slash is a folder, unless it has content: nothing may vanish.
    members = [one for one in listed if one.file_size or not one.is_dir()]
    if len(members) > MAX_ZIP_ENTRIES:
        raise _too_many(name)
    total_bytes = 0
    shared = _shared(members)
    for place, member in enumerate(members):
        total_bytes += member.file_size
        refusal = _foreign(member.filename) or _zip_refusal(member, total_bytes, size_bytes)
        if place in shared:
            refusal = refusal or "its bytes belong to another entry as well"
        if refusal:
            total_bytes -= member.file_size
            yield RefusedEntry(member.filename, refusal)
        else:
            yield MemberEntry(member, open_archive)


def _too_many(name: str) -> NotDicomError:
    return NotDicomError(name, f"this zip has more than {MAX_ZIP_ENTRIES} entries", "unpack it and choose")


def _damaged(name: str) -> NotDicomError:
    return NotDicomError(name, "this zip is damaged or not whole", "make or fetch the archive again")


def _shared(members: Sequence[zipfile.ZipInfo]) -> set[int]:
    """Return the places of members that reach into others: so a small zip could hold its content many times."""
    order = sorted(range(len(members)), key=lambda place: (members[place].header_offset, place))
    shared = set()
    free_from = 0
    for place in order:
        start = members[place].header_offset
        if start < free_from:
            shared.add(place)
        free_from = max(free_from, start + _LOCAL_HEADER_BYTES + members[place].compress_size)
    return shared


def _foreign(name: str) -> str:
    """Say what a member is, if it or a folder around it is known to hold no instances by its name."""
    return next((reason for part in name.split("/") if (reason := foreign_reason(part))), "")


def _zip_refusal(member: zipfile.ZipInfo, total_bytes: int, archive_bytes: int) -> str:
    if member.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return f"compression method {member.compress_type} is not supported"
    if member.compress_size > archive_bytes:
        return "the zip states more bytes than it has"
    if total_bytes > MAX_ZIP_BYTES:
        return f"the zip unpacks to more than {MAX_ZIP_BYTES} bytes"
    if member.file_size > max(_SMALL_BYTES, MAX_ZIP_RATIO * member.compress_size):
        return f"it unpacks to more than {MAX_ZIP_RATIO} times its size"
    return ""


class MemberEntry(Entry):
    """A member of a zip; the archive is opened anew for each reading."""

    __slots__ = ("member", "open_archive")

    def __init__(self, member: zipfile.ZipInfo, open_archive: Callable[[], BinaryIO]) -> None:
        self.name = member.filename
        self.member = member
        self.open_archive = open_archive

    def read_head(self, limit_bytes: int) -> Head:
        """Return the first bytes, unpacking no more than these."""
        size_bytes = self.member.file_size
        return Head(self.unpack(min(limit_bytes, size_bytes)), size_bytes)

    def read_content(self) -> bytes:
        """Return the whole member, after having compared its checksum."""
        content = self.unpack(self.member.file_size)
        if len(content) != self.member.file_size or zlib.crc32(content) != self.member.CRC:
            raise self.damaged()
        return content

    def unpack(self, limit: int) -> bytes:
        """Return the first `limit` bytes of the member."""
        try:
            with self.open_archive() as stream:
                return _unpack(stream, self.member, limit)
        except (OSError, zlib.error, EOFError) as error:
            raise self.damaged() from error

    def damaged(self) -> NotDicomError:
        """Return the error that says so."""
        return NotDicomError(self.name, "this entry is damaged", "make the archive again")


def _unpack(stream: BinaryIO, member: zipfile.ZipInfo, limit: int) -> bytes:
    """Return the first `limit` bytes of a member, reading no more of the archive than that takes."""
    if limit <= 0:
        return b""  # zlib takes a limit of 0 as no limit
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    missing = limit
    for packed in _packed(stream, member, limit):
        is_plain = member.compress_type == zipfile.ZIP_STORED
        parts.append(packed[:missing] if is_plain else inflater.decompress(packed, missing))
        missing -= len(parts[-1])
        if missing <= 0 or inflater.eof:
            break  # before the next piece is read
    return b"".join(parts)


def _packed(stream: BinaryIO, member: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    """Yield a member's bytes as they are in the archive, in pieces; the first one has about `limit` bytes."""
    # Header, name, extra fields and content follow each other: one read is cheaper than three.
    stream.seek(member.header_offset)
    usual = _LOCAL_HEADER_BYTES + len(member.filename) + _USUAL_EXTRA_BYTES
    read = stream.read(usual + min(limit, member.compress_size, _PIECE_BYTES))
    if len(read) < _LOCAL_HEADER_BYTES or not read.startswith(ZIP_START):
        raise EOFError
    # The local header repeats the name and may have other extra fields than the directory (APPNOTE 4.3.7).
    start = (
        _LOCAL_HEADER_BYTES + int.from_bytes(read[26:28], "little") + int.from_bytes(read[28:30], "little")
    )
    piece = read[start : start + member.compress_size]
    left = member.compress_size - len(piece)
    yield piece
    stream.seek(member.header_offset + start + len(piece))
    while piece := stream.read(min(left, _PIECE_BYTES)):
        left -= len(piece)
        yield piece


def _directory_bytes(stream: BinaryIO) -> int:
    """Return how long the zip says its directory is, without reading it (APPNOTE 4.3.14 and 4.3.16)."""
    size_bytes = stream.seek(0, os.SEEK_END)
    start = max(0, size_bytes - _END_RECORD_BYTES - _MAX_COMMENT_BYTES - _LOCATOR_BYTES)
    stream.seek(start)
    tail = stream.read()
    place = tail.rfind(_END_RECORD)
    if place < 0 or place + _END_RECORD_BYTES > len(tail):
        raise zipfile.BadZipFile
    stated = int.from_bytes(tail[place + 12 : place + 16], "little")
    locator = tail[max(0, place - _LOCATOR_BYTES) : place]
    if not locator.startswith(_LOCATOR):
        return stated
    # The locator says where the long record is. Some readers trust that, others look right before the
    # locator: a zip with two records is taken for the larger one.
    before = start + place - _LOCATOR_BYTES - _LONG_END_RECORD_BYTES
    for offset in (int.from_bytes(locator[8:16], "little"), max(0, before)):
        stream.seek(offset)
        record = stream.read(_LONG_END_RECORD_BYTES)
        if record.startswith(_LONG_END_RECORD):
            in_record = int.from_bytes(record[40:48], "little")
            stated = in_record if stated == _IN_LONG_RECORD else max(stated, in_record)
    return stated
