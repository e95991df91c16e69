"""The parts of a DICOM file: preamble, ``DICM``, group 0002, data set; and how the data set is encoded."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from dicomkit.errors import NotDicomError, RefusedFileError, TruncatedFileError
from dicomkit.files.tokens import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    UNDEFINED_LENGTH,
    Encoding,
    has_long_header,
    tag_text,
)

__all__ = ["MAX_INFLATED_BYTES", "PREAMBLE_BYTES", "PREFIX", "FileLayout", "file_layout", "looks_like"]

PREAMBLE_BYTES = 128
PREFIX = b"DICM"
MAX_INFLATED_BYTES = 256 * 1024 * 1024

_META_START = PREAMBLE_BYTES + len(PREFIX)
_META_GROUP = 0x0002
_TRANSFER_SYNTAX_ELEMENT = 0x0010
_HEADER_BYTES = 8
_PIECE_BYTES = 1024 * 1024

# PS3.5 section 10 and annex A; every other transfer syntax is written as Explicit VR Little Endian.
_IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
_EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_DEFLATED = {
    "1.2.840.10008.1.2.1.99",  # Deflated Explicit VR Little Endian
    "1.2.840.10008.1.2.4.95",  # JPIP Referenced Deflate
    "1.2.840.10008.1.2.4.205",  # JPIP HTJ2K Referenced Deflate
}

# The first bytes of what people take for a DICOM file.
_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
    (b"PK\x03\x04", "a zip archive; unpack it"),
    (b"%PDF", "a PDF document"),
    (b"{", "JSON text"),
    (b"[", "JSON text"),
    (b"<", "XML or HTML text"),
    (b"\n# Dicom-File-Format", "a dump text; dump2dcm makes a DICOM file from it"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
)
_TEXT_SAMPLE_BYTES = 512


class FileLayout(NamedTuple):
    """Where the parts of a file lie.

    ``meta_start`` and ``meta_end`` bound group 0002 (equal if there is none). The data set lies in
    ``dataset[dataset_start:]``: in the file itself, or, for a deflated transfer syntax, in the inflated
    stream, in which offsets start again at 0. ``deflated_start`` is then where the compressed block starts
    in the file, and ``deflated_end`` where it ends.
    """

    has_prefix: bool
    meta_start: int
    meta_end: int
    transfer_syntax_uid: str
    encoding: Encoding
    dataset: bytes
    dataset_start: int
    deflated_start: int | None = None
    deflated_end: int | None = None


def file_layout(buffer: bytes, *, given: str = "bytes", require_prefix: bool = True) -> FileLayout:
    """Find the parts of a file and the encoding of its data set.

    Parameters
    ----------
    buffer
        The whole file.
    given
        What an error calls the input.
    require_prefix
        Whether a data set without preamble and ``DICM`` is refused. Old files are such bare data sets.

    Raises
    ------
    NotDicomError
        If it is no DICOM file, or its deflated data set is damaged.
    RefusedFileError
        If the deflated data set grows beyond `MAX_INFLATED_BYTES`.
    TruncatedFileError
        If group 0002 or the deflated block is cut off.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section A.5, deflated data sets.
    """
    if buffer[PREAMBLE_BYTES:_META_START] != PREFIX:
        encoding = _sniff(buffer, 0)
        if require_prefix or encoding is None:
            raise _not_dicom(buffer, given, is_bare_dataset=encoding is not None)
        return FileLayout(False, 0, 0, "", encoding, buffer, 0)
    meta_end, uid = _meta(buffer, given)
    if uid in _DEFLATED:
        inflated, used = _inflate(buffer, meta_end, given)
        return FileLayout(
            True, _META_START, meta_end, uid, EXPLICIT_LITTLE, inflated, 0, meta_end, meta_end + used
        )
    return FileLayout(True, _META_START, meta_end, uid, _encoding(buffer, meta_end, uid), buffer, meta_end)


def looks_like(buffer: bytes) -> str:
    """Say in a few words what the bytes of a file that is not DICOM look like.

    Examples
    --------
    >>> looks_like(bytes.fromhex("89504e470d0a1a0a"))
    'a PNG picture'
    """
    if not buffer:
        return "an empty file"
    for start, what in _SIGNATURES:
        if buffer.startswith(start):
            return what
    sample = buffer[:_TEXT_SAMPLE_BYTES]
    is_text = all(byte >= ord(" ") or byte in b"\t\n\r" for byte in sample)
    return "text" if is_text else "something else"


def _meta(buffer: bytes, given: str) -> tuple[int, str]:
    """Return where group 0002 ends, and the transfer syntax UID in it."""
    position, uid, end = _META_START, "", len(buffer)
    # PS3.10 section 7.1: group 0002 is always Explicit VR Little Endian. Its end is where another group
    # starts; the group length (0002,0000) says so too, but in real files it is missing or wrong.
    while position + _HEADER_BYTES <= end and buffer[position : position + 2] == b"\x02\x00":
        element, vr, length = struct.unpack_from("<H2sH", buffer, position + 2)
        value = position + _HEADER_BYTES
        if has_long_header(vr):
            length = int.from_bytes(buffer[value : value + 4], "little")
            value += 4
        tag = tag_text(_META_GROUP << 16 | element)
        if value + length > end:
            raise _cut(given, f"{tag} at byte {position} is longer than what is left", position, tag)
        if element == _TRANSFER_SYNTAX_ELEMENT:
            uid = buffer[value : value + length].decode("ascii", "replace").rstrip("\0 ")
        position = value + length
    return position, uid


def _encoding(buffer: bytes, start: int, uid: str) -> Encoding:
    if uid == _EXPLICIT_VR_BIG_ENDIAN:
        return EXPLICIT_BIG
    stated = IMPLICIT_LITTLE if uid == _IMPLICIT_VR_LITTLE_ENDIAN else EXPLICIT_LITTLE
    seen = _sniff(buffer, start)
    # Where group 0002 is silent or contradicts the bytes, the bytes are right: files exist whose UID was
    # changed without encoding the data set anew.
    return stated if seen is None or (uid and seen.little_endian is False) else seen


def _sniff(buffer: bytes, start: int) -> Encoding | None:
    """Guess the encoding from the first element, or return None if there is no element."""
    if len(buffer) - start < _HEADER_BYTES:
        return None
    little_group, big_group = (int.from_bytes(buffer[start : start + 2], o) for o in ("little", "big"))
    if not little_group:
        return None  # PS3.5 section 7.1: group 0000 is that of commands
    letters = buffer[start + 4 : start + 6]
    if letters.isalpha() and letters.isupper():
        # A data set starts with a low group: the byte order in which the number is small is the right one.
        return EXPLICIT_LITTLE if little_group <= big_group else EXPLICIT_BIG
    length = int.from_bytes(buffer[start + 4 : start + 8], "little")
    fits = length == UNDEFINED_LENGTH or length <= len(buffer) - start - _HEADER_BYTES
    return IMPLICIT_LITTLE if fits and little_group <= big_group else None


def _inflate(buffer: bytes, start: int, given: str) -> tuple[bytes, int]:
    """Inflate the data set; return it and how many bytes of the file it took."""
    try:
        inflated_bytes, used = _inflated_size(buffer, start, given)
        # PS3.5 section A.5: RFC 1951, without zlib's header.
        return zlib.decompress(buffer[start : start + used], -zlib.MAX_WBITS, max(inflated_bytes, 1)), used
    except zlib.error as error:
        raise NotDicomError(
            given, f"the deflated data set at byte {start} is damaged", "get the file again"
        ) from error


def _inflated_size(buffer: bytes, start: int, given: str) -> tuple[int, int]:
    """Return how long the data set will be and how long it is in the file, without keeping it."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated_bytes, packed = 0, buffer[start:]
    while not stream.eof:
        piece_bytes = len(stream.decompress(packed, _PIECE_BYTES))
        if not piece_bytes and not stream.eof:
            raise _cut(given, f"the deflated data set at byte {start} is cut off", start, "(0008,0000)")
        inflated_bytes += piece_bytes
        if inflated_bytes > MAX_INFLATED_BYTES:
            raise RefusedFileError(
                given,
                f"the deflated data set at byte {start} grows beyond {MAX_INFLATED_BYTES} bytes",
                "do not trust this file",
            )
        packed = stream.unconsumed_tail
    return inflated_bytes, len(buffer) - start - len(stream.unused_data)


def _cut(given: str, problem: str, offset: int, tag: str) -> TruncatedFileError:
    return TruncatedFileError(
        given,
        problem,
        "get the file again; the copy was cut off or a length is wrong",
        offset=offset,
        tag=tag,
    )


def _not_dicom(buffer: bytes, given: str, *, is_bare_dataset: bool) -> NotDicomError:
    what = looks_like(buffer)
    if what == "something else" and is_bare_dataset:
        has_meta = buffer.startswith(b"\x02\x00")
        what = (
            "group 0002 without the preamble before it"
            if has_meta
            else "a data set without preamble and group 0002"
        )
        repair = "preamble" if has_meta else "meta"
        return NotDicomError(
            given,
            f"there is no 'DICM' after 128 bytes; it may be {what}",
            f'if you trust it, read_file(path, repair="{repair}") puts the missing part before it',
        )
    return NotDicomError(
        given, f"there is no 'DICM' after 128 bytes; it looks like {what}", "choose a DICOM file"
    )
