"""What can go wrong on an association, as the errors that say so."""

from __future__ import annotations

import enum

from dicomkit.errors import NetworkError, UsageError

__all__ = ["AbortReason", "ConnectionFailedError", "Failure", "IllegalEventError", "InvalidPDUError"]


class AbortReason(enum.IntEnum):
    """Why the service provider aborts (PS3.8 Table 9-26)."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    UNRECOGNIZED_PARAMETER = 4
    UNEXPECTED_PARAMETER = 5
    INVALID_PARAMETER_VALUE = 6


class Failure(enum.Enum):
    """What ended a connection that should have gone on."""

    CLOSED = "closed"
    TIME_OUT = "time-out"
    INVALID = "invalid"
    TLS = "tls"


class InvalidPDUError(NetworkError):
    """Bytes of the other side that break the rules.

    Parameters
    ----------
    problem
        What it did, as the end of a sentence that begins with its name.
    reason
        What an A-ABORT says about it.
    """

    def __init__(
        self,
        problem: str,
        reason: AbortReason = AbortReason.INVALID_PARAMETER_VALUE,
        *,
        given: object = "PDU",
    ) -> None:
        super().__init__(given, problem, "report it to whoever wrote the software of the other side")
        self.reason = reason


class IllegalEventError(UsageError):
    """An event that cannot be sent as things stand; a mistake of this side, and nothing was sent."""


class ConnectionFailedError(NetworkError):
    """The connection cannot go on.

    Parameters
    ----------
    failure
        What happened.
    """

    def __init__(self, given: object, problem: str, remedy: str, *, failure: Failure) -> None:
        super().__init__(given, problem, remedy)
        self.failure = failure
