"""Tell subscribers what happens in a receiver, and keep what went wrong until `check` raises it.

Every method may be called from several threads at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from dicomkit.errors import DicomKitError, NetworkError
from dicomkit.network.explanations import explain_rejection
from dicomkit.network.problems import Problems
from dicomkit.network.records import ReceiverEvent, Sender, StoredInstance
from dicomkit.network.statuses import explain_status
from dicomkit.network.wire import AssociationRequest, Rejection

__all__ = ["AssociationEvents", "HandlerError", "ReceiverEvents"]


class HandlerError(NetworkError):
    """A callback for an instance failed; the instance itself is stored."""


class ReceiverEvents:
    """Publish the events of one receiver, and keep its problems.

    Attributes
    ----------
    problems : Problems
        What went wrong in the receiver's threads.
    """

    def __init__(self) -> None:
        self.problems = Problems()
        self._lock = threading.Lock()  # around changes of the subscribers
        # Replaced, never changed, so that `publish` can iterate over it without the lock.
        self._subscribers: tuple[Callable[[ReceiverEvent], object], ...] = ()

    def subscribe(self, callback: Callable[[ReceiverEvent], object]) -> Callable[[], None]:
        """Call `callback` with each event from now on; return a function that ends the subscription."""
        with self._lock:
            self._subscribers = (*self._subscribers, callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._subscribers:
                    index = self._subscribers.index(callback)
                    self._subscribers = self._subscribers[:index] + self._subscribers[index + 1 :]

        return unsubscribe

    def publish(self, event: ReceiverEvent) -> None:
        """Call each subscriber. An exception in one reaches neither the others nor the association."""
        for callback in self._subscribers:
            try:
                callback(event)
            except BaseException as error:  # noqa: BLE001 - SystemExit too: it would end the receiver's thread
                given = event.instance.sop_instance_uid if event.instance else event.kind
                self.report_handler(given, "a subscriber", error)

    def tell(
        self,
        kind: str,
        sender: Sender,
        *,
        instance: StoredInstance | None = None,
        problem: DicomKitError | None = None,
    ) -> None:
        """Publish an event of an association; see `ReceiverEvent`."""
        if self._subscribers:  # most receivers have none, and this is called for each instance
            self.publish(
                ReceiverEvent(
                    kind, sender.association, sender.calling_ae_title, instance, problem, sender.address
                )
            )

    def report_handler(self, given: str, name: str, error: BaseException) -> None:
        """Keep the failure of a callback. Its text may hold a patient's name, so only its class is named."""
        problem = HandlerError(
            given,
            f"{name} raised {type(error).__name__}",
            "look at the exception it was raised from, and correct the function",
        )
        self.problems.add(problem, error)

    def report_dropped(self, address: str, problem: str) -> None:
        """Publish that a connection was closed before an association was requested on it."""
        error = NetworkError(
            f"connection from {address}", problem, "talk DICOM to this port, and TLS only if it does so too"
        )
        self.publish(ReceiverEvent("connection turned away", 0, "", problem=error, calling_address=address))

    def report_no_thread(self, address: str) -> None:
        """Keep and publish that a connection was closed because the system starts no further thread."""
        problem = NetworkError(
            f"connection from {address}",
            "it was closed: this computer starts no further thread",
            "end other programs, or allow fewer associations (max_associations); the sender may try again",
        )
        self.problems.add(problem)
        self.publish(ReceiverEvent("connection turned away", 0, "", problem=problem, calling_address=address))

    def report_failed_listener(self, error: Exception) -> None:
        """Keep and publish an unexpected exception that ended the listener: no new association is possible."""
        problem = NetworkError(
            "the receiver",
            f"it no longer listens because of {type(error).__name__}, an unexpected error",
            "start it again, and report this together with the exception that it was raised from",
        )
        self.problems.add(problem, error)
        self.publish(ReceiverEvent("receiver failed", 0, "", problem=problem))


class AssociationEvents:
    """Publish the events of one association, each with the AE title and address of the requestor.

    Parameters
    ----------
    events
        Publishes them.
    number
        Number of the association, from 1.
    address
        Network address of the requestor.

    Attributes
    ----------
    sender : Sender
        The requestor; without AE titles until the association is open.
    is_open : bool
        Whether the association was accepted.
    """

    def __init__(self, events: ReceiverEvents, number: int, address: str) -> None:
        self._events = events
        self.sender = Sender(number, "", "", address)
        self.is_open = False

    def opened(self, request: AssociationRequest) -> None:
        """Publish that the association was accepted, and remember its requestor."""
        self.is_open, self.sender = True, self._sender_of(request)
        self._events.tell("association opened", self.sender)

    def rejected(self, request: AssociationRequest, rejection: Rejection, reason: str) -> None:
        """Publish that the association was rejected; `reason` replaces the meaning of the rejection if given."""
        _, problem, remedy = explain_rejection(rejection)
        sender = self._sender_of(request)
        given = f"{_named(sender)}, called {sender.called_ae_title}"
        error = NetworkError(given, f"the association was rejected: {reason or problem}", remedy)
        self._events.tell("association rejected", sender, problem=error)

    def refused(self, status: int, *, is_store: bool) -> None:
        """Publish that a request was answered with a failure status before anything was stored."""
        explained = explain_status(status)
        error = NetworkError(_named(self.sender), explained.meaning, explained.advice)
        self._events.tell("instance refused" if is_store else "request refused", self.sender, problem=error)

    def aborted(self, problem: str) -> None:
        """Publish that the association ended without a release."""
        error = NetworkError(_named(self.sender), problem, "look at .log, and at the log of the other side")
        self._events.tell("association aborted", self.sender, problem=error)

    def failed(self, error: Exception) -> None:
        """Keep and publish an unexpected exception that ended the association."""
        problem = NetworkError(
            _named(self.sender),
            f"it was aborted because of {type(error).__name__}, an unexpected error",
            "report it together with the exception that it was raised from; what was stored before is safe",
        )
        self._events.problems.add(problem, error)
        self._events.tell("association failed", self.sender, problem=problem)

    def closed(self) -> None:
        """Publish that the association is over, if it was ever open."""
        if self.is_open:
            self._events.tell("association closed", self.sender)

    def _sender_of(self, request: AssociationRequest) -> Sender:
        return self.sender._replace(
            calling_ae_title=request.calling_ae_title, called_ae_title=request.called_ae_title
        )


def _named(sender: Sender) -> str:
    return f"association {sender.association} from {sender.calling_ae_title or sender.address}"
