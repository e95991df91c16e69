"""Receive a multipart body: parse it as it arrives, and keep it on disk until it is complete.

Nothing of a truncated or malformed body is stored. So a client that got no answer, or an error, may send all of it
again, and need not find out which part arrived.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from dicomkit.errors import reason_of
from dicomkit.network.web.answer import RequestRefusedError
from dicomkit.network.web.multipart import PartReader, PartStart, boundary_of
from dicomkit.text import counted

__all__ = ["DICOM", "Upload", "begin_upload", "too_large"]

DICOM = "application/dicom"
_MAX_PARTS = 50_000


class Upload:
    """Collect the parts of a body in an unnamed temporary file.

    Parameters
    ----------
    boundary
        The boundary of the parts.
    folder
        Folder of the temporary file.
    max_bytes
        Length of the longest body that is accepted.
    """

    def __init__(self, boundary: str, folder: Path, *, max_bytes: int) -> None:
        self.size_bytes = 0
        self._max_bytes = max_bytes
        self._reader = PartReader(boundary)
        self._parts: list[tuple[str, int]] = []  # media type, and offset of the content
        self._end = 0
        try:
            # The dot hides it on systems without unnamed files; it is removed with its last handle.
            self._file = tempfile.TemporaryFile(prefix=".", dir=folder)  # noqa: SIM115 - `close` closes it
        except OSError as error:
            raise _disk_refusal(error) from error

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the body.

        Raises
        ------
        RequestRefusedError
            400 if this is no multipart body, 413 if it is too long, 507 if it cannot be written.
        """
        self.size_bytes += len(piece)
        if self.size_bytes > self._max_bytes:
            raise too_large(self._max_bytes)
        try:
            for found in self._reader.feed(piece):
                if isinstance(found, PartStart):
                    self._begin(found)
                else:
                    self._end += self._file.write(found)
        except OSError as error:
            if isinstance(error, RequestRefusedError):
                raise
            raise _disk_refusal(error) from error

    def _begin(self, start: PartStart) -> None:
        if len(self._parts) == _MAX_PARTS:
            raise RequestRefusedError(413, "body", f"it has more than {_MAX_PARTS} parts", "divide it")
        self._parts.append((start.media_type, self._end))

    def check_whole(self, part_type: str) -> None:
        """End the body, and check that it is complete.

        Raises
        ------
        RequestRefusedError
            400 if it is truncated, 415 if a part has another media type.
        """
        self._reader.finish()
        for media_type, _ in self._parts:
            if media_type not in {part_type, ""}:
                raise RequestRefusedError(
                    415,
                    f"Content-Type of a part: {media_type}",
                    "such parts are not stored here",
                    f"send {part_type}",
                )

    def parts(self) -> Iterator[bytes]:
        """Yield the content of each part."""
        ends = [start for _, start in self._parts[1:]] + [self._end]
        for (_, start), end in zip(self._parts, ends, strict=True):
            self._file.seek(start)
            yield self._file.read(end - start)

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()


def begin_upload(fields: Mapping[str, str], folder: Path, *, max_bytes: int) -> Upload:
    """Return an `Upload` for the body of a request.

    Parameters
    ----------
    fields
        The header fields of the request.
    folder, max_bytes
        See `Upload`.

    Raises
    ------
    RequestRefusedError
        415 if the media type cannot be stored, 400 if there is no boundary.
    """
    coding = fields.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise RequestRefusedError(
            415, f"Content-Encoding: {coding[:80]}", "such bodies are not unpacked here", "send it as it is"
        )
    boundary = boundary_of(fields.get("Content-Type", ""), part_type=DICOM)
    return Upload(boundary, folder, max_bytes=max_bytes)


def too_large(max_bytes: int) -> RequestRefusedError:
    """Return the refusal of a body that is too long."""
    return RequestRefusedError(
        413, "body", f"it is larger than {counted(max_bytes, 'byte')}", "divide it into several requests"
    )


def _disk_refusal(error: OSError) -> RequestRefusedError:
    return RequestRefusedError(
        507, "body", f"the disk does not take it ({reason_of(error)})", "make room and send it again"
    )
