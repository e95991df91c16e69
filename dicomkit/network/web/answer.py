"""The result of a request: an answer, or a refusal with an HTTP status and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dicomkit.errors import NetworkError

__all__ = ["Answer", "RequestRefusedError", "bad_parameter", "next_batch", "no_resource"]

_BATCH_BYTES = 256 << 10


class RequestRefusedError(NetworkError):
    """A request that is refused.

    Parameters
    ----------
    status
        The HTTP status code (PS3.18 section 8.5).
    """

    def __init__(self, status: int, given: object, problem: str, remedy: str) -> None:
        super().__init__(given, problem, remedy)
        self.status = status


def bad_parameter(name: str, problem: str, remedy: str) -> RequestRefusedError:
    """Return the refusal of a request with a query parameter that is invalid or unknown."""
    return RequestRefusedError(400, f"parameter {name}", problem, remedy)


def no_resource(problem: str, remedy: str) -> RequestRefusedError:
    """Return the refusal of a request for a path at which there is nothing."""
    return RequestRefusedError(404, "path of the URL", problem, remedy)


@dataclass(frozen=True)
class Answer:
    """An answer.

    Parameters
    ----------
    media_type
        For Content-Type; empty for an answer without a body.
    pieces
        The body in pieces, made while it is sent: it may be larger than memory.
    status
        The HTTP status code.
    warnings
        Deviations from the request, for the header field Warning.
    said
        A summary of the body for the log, without values; or a function that returns it once the body is made.
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
