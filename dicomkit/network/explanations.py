"""Rejections, refused presentation contexts, aborts and other ends in words (PS3.8 sections 9.3.3, 9.3.4 and 9.3.8)."""

from __future__ import annotations

from dicomkit.errors import AssociationRejectedError
from dicomkit.network.wire import (
    Abort,
    ConnectionClosed,
    ConnectionFailedError,
    Event,
    ProtocolViolation,
    Rejection,
    TimedOut,
)
from dicomkit.network.wire.failures import Failure

__all__ = ["ended_error", "explain_abort", "explain_context_result", "explain_rejection", "rejected_error"]

# By source and reason: PS3.8 Table 9-21.
_REJECTIONS = {
    (1, 1): ("it gave no reason", "read the log of the receiver"),
    (1, 2): ("it does not know the application context name", "report it to the sender's maker"),
    (1, 3): (
        "it does not know the calling AE title",
        "ask its owner to register that AE title, or call by one that it knows",
    ),
    (1, 7): (
        "the called AE title is not its own",
        "use the AE title that the receiver was started with, upper and lower case included",
    ),
    (2, 1): ("it gave no reason", "read the log of the receiver"),
    (2, 2): ("it does not know this protocol version", "report it to the sender's maker"),
    (3, 1): ("it is too busy at the moment", "try again a little later"),
    (3, 2): ("it has as many associations as it allows", "try again a little later"),
}
_CONTEXT_RESULTS = {
    1: ("the receiver rejected this context as a user", "read the log of the receiver"),
    2: ("the receiver rejected this context without a reason", "read the log of the receiver"),
    3: (
        "the receiver does not take this kind of object: abstract syntax not supported",
        "send it to a receiver that supports this SOP class",
    ),
    4: (
        "the receiver takes this kind of object, but not in this encoding: transfer syntax not supported",
        # PS3.5 section 10.1: the default transfer syntax, which every implementation supports.
        "convert a copy to Implicit VR Little Endian, which everybody takes, or let the receiver accept more",
    ),
}
_ABORT_REASONS = {
    1: "it received a PDU that it does not know",
    2: "it received a PDU that it did not expect",
    4: "it received a parameter that it does not know",
    5: "it received a parameter that it did not expect",
    6: "it received a parameter with an invalid value",
}


def rejected_error(given: str, rejection: Rejection) -> AssociationRejectedError:
    """Return the error for an A-ASSOCIATE-RJ.

    Parameters
    ----------
    given
        The acceptor's address, and both AE titles.
    rejection
        Result, source and reason.
    """
    lasting, problem, remedy = explain_rejection(rejection)
    numbers = f"result {rejection.result}, source {rejection.source}, reason {rejection.reason}"
    return AssociationRejectedError(
        given, f"the association was rejected {lasting}: {problem} ({numbers})", remedy
    )


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


def explain_rejection(rejection: Rejection) -> tuple[str, str, str]:
    """Return whether an A-ASSOCIATE-RJ is permanent or transient, its reason, and what to do.

    Examples
    --------
    >>> explain_rejection(Rejection(1, 1, 7))[:2]
    ('for good', 'the called AE title is not its own')
    """
    lasting = "for now" if rejection.result == 2 else "for good"  # noqa: PLR2004 - PS3.8 Table 9-21, transient
    problem, remedy = _REJECTIONS.get(
        (rejection.source, rejection.reason),
        ("its reason is not in the Standard", "read the log of the receiver"),
    )
    return lasting, problem, remedy


def explain_context_result(result: int) -> tuple[str, str]:
    """Return what the result of a refused presentation context means, and what to do.

    Examples
    --------
    >>> explain_context_result(3)[1]
    'send it to a receiver that supports this SOP class'
    """
    return _CONTEXT_RESULTS.get(result, ("the receiver gave no answer for this context", "read its log"))


def explain_abort(body: bytes, who: str = "the other side") -> str:
    """Return the source and reason of an A-ABORT in words; `who` is its sender.

    Examples
    --------
    >>> explain_abort(bytes([0, 0, 2, 6]))
    'the other side aborted: it received a parameter with an invalid value'
    """
    if len(body) >= 4 and body[2] == 2:  # noqa: PLR2004 - source: DICOM UL service-provider
        return f"{who} aborted: {_ABORT_REASONS.get(body[3], 'it gave no reason')}"
    return f"{who}'s user aborted the association"
