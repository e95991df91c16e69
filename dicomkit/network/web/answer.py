"""What a request comes to: an answer, or a refusal with a status of HTTP and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dicomkit.errors import NetworkError

__all__ = ["Answer", "RequestRefusedError", "next_batch"]

_BATCH_BYTES = 256 << 10


class RequestRefusedError(NetworkError):
    """A request that is not served.

    Parameters
    ----------
    status
        The status code of HTTP (PS3.18 section 8.5).
    """

    def __init__(self, status: int, given: object, problem: str, remedy: str) -> None:
        super().__init__(given, problem, remedy)
        self.status = status


@dataclass(frozen=True)
class Answer:
    """What is sent back.

    Parameters
    ----------
    media_type
        For Content-Type; empty for an answer without a body.
    pieces
        The body, made while it is sent: an archive holds more than memory does.
    status
        The status code of HTTP.
    warnings
        What was not done as asked, for the header field Warning.
    said
        A few words on the body, for the log; nothing of a data set. A function is asked once the body is made.
    """

    media_type: str = ""
    pieces: Iterator[bytes] = field(default_factory=lambda: iter(()))
    status: int = 200
    warnings: tuple[str, ...] = ()
    said: str | Callable[[], str] = ""


def next_batch(pieces: Iterator[bytes]) -> bytes:
    """Return the next pieces, up to a quarter of a megabyte; nothing at the end."""
    taken, size = [], 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece)
        if size >= _BATCH_BYTES:
            break
    return b"".join(taken)
