"""Deflated data sets: deflate them, and inflate them within a limit, since 1 MB can expand to 2 GB.

References
----------
PS3.5 section A.5, DICOM Deflated Little Endian Transfer Syntax: the data set is a stream of RFC 1951 without
zlib's header, hence the negative number of window bits.
"""

from __future__ import annotations

import mmap
import zlib

from dicomkit.errors import NotDicomError, RefusedFileError, TruncatedFileError

__all__ = ["MAX_INFLATED_BYTES", "deflate", "inflate", "inflate_start"]

MAX_INFLATED_BYTES = 256 * 1024 * 1024

_PIECE_BYTES = 1024 * 1024


def inflate(
    buffer: bytes | mmap.mmap, start: int, *, given: str, limit: int = MAX_INFLATED_BYTES
) -> tuple[bytes, int]:
    """Inflate the data set that begins at `start`; return it and its deflated length in bytes.

    Raises
    ------
    NotDicomError
        If it is damaged.
    RefusedFileError
        If it grows beyond `limit` bytes.
    TruncatedFileError
        If it is truncated.
    """
    try:
        inflated_bytes, used = _inflated_size(buffer, start, given, limit)
        return zlib.decompress(buffer[start : start + used], -zlib.MAX_WBITS, max(inflated_bytes, 1)), used
    except zlib.error as error:
        raise _damaged(start, given) from error


def inflate_start(buffer: bytes | mmap.mmap, start: int, limit: int, *, given: str) -> bytes:
    """Inflate the first `limit` bytes, or fewer, of the data set that begins at `start`.

    Raises
    ------
    NotDicomError
        If it is damaged.
    """
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(buffer[start:], limit)
    except zlib.error as error:
        raise _damaged(start, given) from error


def deflate(dataset: bytes) -> bytes:
    """Return an encoded data set in its deflated form, made even by a zero byte."""
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = stream.compress(dataset) + stream.flush()
    return deflated + bytes(len(deflated) % 2)


def _inflated_size(buffer: bytes | mmap.mmap, start: int, given: str, limit: int) -> tuple[int, int]:
    """Return the inflated and the deflated length in bytes, without keeping the data set."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated_bytes, packed = 0, buffer[start:]
    while not stream.eof:
        piece_bytes = len(stream.decompress(packed, _PIECE_BYTES))
        if not piece_bytes and not stream.eof:
            raise TruncatedFileError(
                given,
                f"the deflated data set at byte {start} is cut off",
                "get the file again; the copy was cut off or a length is wrong",
                offset=start,
                tag="(0008,0000)",
            )
        inflated_bytes += piece_bytes
        if inflated_bytes > limit:
            raise RefusedFileError(
                given,
                f"the deflated data set at byte {start} grows beyond {limit} bytes",
                "do not trust this file",
            )
        packed = stream.unconsumed_tail
    return inflated_bytes, len(buffer) - start - len(stream.unused_data)


def _damaged(start: int, given: str) -> NotDicomError:
    return NotDicomError(given, f"the deflated data set at byte {start} is damaged", "get the file again")
