"""Multipart bodies: an incremental parser, and a writer.

The parser keeps only the header of a part in memory, so a body may be as large as the disk.

References
----------
RFC 2046 section 5.1, Multipart Media Type; RFC 2387, multipart/related; PS3.18 section 8.6.1, Payload Structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.parser import HeaderParser
from typing import NamedTuple

from dicomkit.network.web.accept_header import MULTIPART, media_type
from dicomkit.network.web.answer import RequestRefusedError

__all__ = ["PartReader", "PartStart", "boundary_of", "joined_parts"]

_MAX_HEAD_BYTES = 8 << 10
_MAX_PREAMBLE_BYTES = 8 << 10
_MAX_PADDING_BYTES = 256
# RFC 2046 section 5.1.1, bchars
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_FIX = (
    "put CRLF, two hyphens and the boundary between the parts, and two more hyphens after the last boundary"
)


class PartStart(NamedTuple):
    """The beginning of a part: its media type."""

    media_type: str


def boundary_of(content_type: str, *, part_type: str) -> str:
    """Return the boundary in a Content-Type header field.

    Raises
    ------
    RequestRefusedError
        415 if it is not multipart/related with DICOM parts; 400 if there is no boundary.
    """
    name, parameters = media_type(content_type)
    wanted = f'{MULTIPART}; type="{part_type}"; boundary=...'
    if name != MULTIPART:
        raise RequestRefusedError(
            415,
            f"Content-Type: {content_type or 'none'}",
            "instances are stored as parts of one body",
            f"use {wanted}",
        )
    if parameters.get("type", part_type).lower() != part_type:
        raise RequestRefusedError(
            415, f"Content-Type: {content_type}", "such parts are not stored here", f"use {wanted}"
        )
    boundary = parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise RequestRefusedError(
            400,
            f"Content-Type: {content_type}",
            "it names no boundary of 1 to 70 allowed characters",
            f"use {wanted}, and put the boundary between the parts",
        )
    return boundary


class PartReader:
    r"""Parse a body; `feed` it in pieces, then `finish` it.

    Parameters
    ----------
    boundary
        The boundary of the parts.

    Examples
    --------
    >>> reader = PartReader("b")
    >>> list(reader.feed(b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--"))
    [PartStart(media_type='text/plain'), b'hello']
    >>> reader.finish()
    """

    def __init__(self, boundary: str) -> None:
        self._boundary = boundary
        self._delimiter = b"\r\n--" + boundary.encode("ascii")
        self._buffer = bytearray(b"\r\n")  # the first boundary may be the first line
        self._step = self._skip_preamble
        self._skipped = 0
        self._parts = 0
        self._is_at_end = False

    def feed(self, piece: bytes) -> Iterator[PartStart | bytes]:
        """Parse the next bytes; yield a `PartStart` for each part, then its content in pieces.

        Raises
        ------
        RequestRefusedError
            400 if this is no multipart body with that boundary.
        """
        if self._is_at_end:
            return  # the epilogue is ignored (RFC 2046)
        self._buffer += piece
        while (found := self._step()) is not None:
            yield from found

    def finish(self) -> None:
        """Check that the body is complete.

        Raises
        ------
        RequestRefusedError
            400 if it is truncated.
        """
        if self._is_at_end:
            return
        if not self._parts:
            raise self._broken("the boundary that Content-Type names stands nowhere in the body")
        raise self._broken(f"the body ends in part {self._parts}, before the closing boundary")

    def _skip_preamble(self) -> list[PartStart | bytes] | None:
        place = self._buffer.find(self._delimiter)
        if place >= 0:
            del self._buffer[: place + len(self._delimiter)]
            self._step = self._pass_boundary
            return []
        surplus = len(self._buffer) - len(self._delimiter) + 1
        if surplus > 0:
            self._skipped += surplus
            del self._buffer[:surplus]
        if self._skipped > _MAX_PREAMBLE_BYTES:
            raise self._broken("the boundary that Content-Type names does not stand at the start of the body")
        return None

    def _pass_boundary(self) -> list[PartStart | bytes] | None:
        if len(self._buffer) < 2:  # noqa: PLR2004 - two hyphens, or CRLF
            return None
        if self._buffer.startswith(b"--"):
            if not self._parts:
                raise self._broken("there is no part in it")
            self._is_at_end = True
            self._buffer.clear()
            return None
        end = self._buffer.find(b"\r\n")
        padding = bytes(self._buffer[:end] if end >= 0 else self._buffer)
        if padding.strip(b" \t\r") or len(padding) > _MAX_PADDING_BYTES:
            raise self._broken("something follows the boundary on its line")
        if end < 0:
            return None
        # CRLF stays: an empty header is an empty line after it.
        del self._buffer[:end]
        self._step = self._read_head
        return []

    def _read_head(self) -> list[PartStart | bytes] | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > _MAX_HEAD_BYTES:
                raise self._broken(f"the head of part {self._parts + 1} does not end")
            return None
        head = HeaderParser().parsestr(self._buffer[2 : end + 2].decode("latin-1"), headersonly=True)
        self._parts += 1
        del self._buffer[: end + 4]
        self._step = self._read_body
        return [PartStart(media_type(str(head.get("Content-Type", "")))[0])]

    def _read_body(self) -> list[PartStart | bytes] | None:
        place = self._buffer.find(self._delimiter)
        if place >= 0:
            content = bytes(self._buffer[:place])
            del self._buffer[: place + len(self._delimiter)]
            self._step = self._pass_boundary
            return [content] if content else []
        ready = len(self._buffer) - len(self._delimiter) + 1
        if ready <= 0:
            return None
        content = bytes(self._buffer[:ready])
        del self._buffer[:ready]
        return [content]

    def _broken(self, problem: str) -> RequestRefusedError:
        return RequestRefusedError(400, f"body with the boundary {self._boundary}", problem, _FIX)


def joined_parts(boundary: str, parts: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Yield a multipart body.

    Parameters
    ----------
    boundary
        A random string, which occurs in no part.
    parts
        Media type and content of each.
    """
    for kind, content in parts:
        yield f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode("ascii")
        yield from content
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode("ascii")
