"""A body on its way in: taken apart while it comes, and kept on disk until it is whole.

Nothing is stored of a body that breaks off or is malformed. So whoever got no answer, or an error, may send all of
it again, and never has to find out which half arrived.
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
    """Collect the parts of a body in a file without a name.

    Parameters
    ----------
    boundary
        What stands between the parts.
    folder
        On which disk to keep them.
    max_bytes
        The largest body that is taken.
    """

    def __init__(self, boundary: str, folder: Path, *, max_bytes: int) -> None:
        self.size_bytes = 0
        self._max_bytes = max_bytes
        self._reader = PartReader(boundary)
        self._parts: list[tuple[str, int]] = []  # media type, and where the content begins
        self._end = 0
        try:
            # The dot hides it where a file cannot be without a name; it goes with its last handle in any case.
            self._file = tempfile.TemporaryFile(prefix=".", dir=folder)  # noqa: SIM115 - `close` closes it
        except OSError as error:
            raise _disk_refusal(error) from error

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the body.

        Raises
        ------
        RequestRefusedError
            400 if this is no body of parts, 413 if it is too large, 507 if the disk does not take it.
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
        """Say that the body has ended.

        Raises
        ------
        RequestRefusedError
            400 if it should have gone on, 415 if a part says that it is something else.
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
        """Forget everything."""
        self._file.close()


def begin_upload(fields: Mapping[str, str], folder: Path, *, max_bytes: int) -> Upload:
    """Return what takes the body of a request.

    Parameters
    ----------
    fields
        The header fields of the request.
    folder, max_bytes
        See `Upload`.

    Raises
    ------
    RequestRefusedError
        415 if the body is nothing that is stored, 400 if it has no boundary.
    """
    coding = fields.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise RequestRefusedError(
            415, f"Content-Encoding: {coding[:80]}", "such bodies are not unpacked here", "send it as it is"
        )
    boundary = boundary_of(fields.get("Content-Type", ""), part_type=DICOM)
    return Upload(boundary, folder, max_bytes=max_bytes)


def too_large(max_bytes: int) -> RequestRefusedError:
    """Return what refuses a body that is too large."""
    return RequestRefusedError(
        413, "body", f"it is larger than {counted(max_bytes, 'byte')}", "divide it into several requests"
    )


def _disk_refusal(error: OSError) -> RequestRefusedError:
    return RequestRefusedError(
        507, "body", f"the disk does not take it ({reason_of(error)})", "make room and send it again"
    )
