"""The error for an association that ended instead of answering."""

from __future__ import annotations

from dicomkit.network.explanations import explain_abort
from dicomkit.network.wire import (
    Abort,
    ConnectionClosed,
    ConnectionFailedError,
    Event,
    ProtocolViolation,
    TimedOut,
)
from dicomkit.network.wire.failures import Failure

__all__ = ["ended_error"]


def ended_error(peer: str, event: Event) -> ConnectionFailedError:
    """Return the error for an event that ends an association before it was released.

    Parameters
    ----------
    peer
        What the error calls the other side.
    event
        The event that ended the association.
    """
    match event:
        case Abort():
            problem = explain_abort(bytes([0, 0, event.source, event.reason]))
        case ProtocolViolation():
            remedy = "talk DICOM to this port and nothing else"
            return ConnectionFailedError(peer, event.problem, remedy, failure=Failure.INVALID)
        case ConnectionClosed():
            return ConnectionFailedError(peer, event.problem, event.remedy, failure=event.failure)
        case TimedOut():
            remedy = "see whether the other side is still running, or allow more time"
            return ConnectionFailedError(peer, "nothing came for too long", remedy, failure=Failure.TIME_OUT)
        case _:
            problem = "the other side ended the association before it answered"
    return ConnectionFailedError(peer, problem, "read the log of the other side", failure=Failure.CLOSED)
