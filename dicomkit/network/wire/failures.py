"""The errors of an association, and the reasons in an A-ABORT."""

from __future__ import annotations

import enum

from dicomkit.errors import NetworkError, UsageError

__all__ = ["AbortReason", "ConnectionFailedError", "Failure", "IllegalEventError", "InvalidPDUError"]


class AbortReason(enum.IntEnum):
    """The reason of an A-ABORT from the service-provider (PS3.8 Table 9-26)."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    UNRECOGNIZED_PARAMETER = 4
    UNEXPECTED_PARAMETER = 5
    INVALID_PARAMETER_VALUE = 6


class Failure(enum.Enum):
    """What ended a connection unexpectedly."""

    CLOSED = "closed"
    TIME_OUT = "time-out"
    INVALID = "invalid"
    TLS = "tls"


class InvalidPDUError(NetworkError):
    """The peer violated the protocol.

    Parameters
    ----------
    problem
        What it did, as a predicate: "sent a PDU ...".
    reason
        The reason for the A-ABORT.
    """

    def __init__(
        self,
        problem: str,
        reason: AbortReason = AbortReason.INVALID_PARAMETER_VALUE,
        *,
        given: object = "PDU",
    ) -> None:
        super().__init__(given, problem, "report it to the vendor of the other side's software")
        self.reason = reason


class IllegalEventError(UsageError):
    """An event was to be sent that is not allowed in the current state. Nothing was sent."""


class ConnectionFailedError(NetworkError):
    """The connection failed.

    Parameters
    ----------
    failure
        The kind of failure.
    """

    def __init__(self, given: object, problem: str, remedy: str, *, failure: Failure) -> None:
        super().__init__(given, problem, remedy)
        self.failure = failure
