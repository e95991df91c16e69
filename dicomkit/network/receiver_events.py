"""Tell subscribers what happens in a receiver, and keep what went wrong until `check` raises it.

Every method may be called from several threads at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from dicomkit.errors import NetworkError
from dicomkit.network.problems import Problems
from dicomkit.network.records import ReceiverEvent

__all__ = ["HandlerError", "ReceiverEvents"]


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

    @property
    def has_subscribers(self) -> bool:
        """Whether an event would reach anybody."""
        return bool(self._subscribers)

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

    def report_handler(self, given: str, name: str, error: BaseException) -> None:
        """Keep the failure of a callback. Its text may hold a patient's name, so only its class is named."""
        problem = HandlerError(
            given,
            f"{name} raised {type(error).__name__}",
            "look at the exception it was raised from, and correct the function",
        )
        self.problems.add(problem, error)

    def report_defect(
        self, association: int, calling_ae_title: str, calling_address: str, error: Exception
    ) -> None:
        """Keep and publish an unexpected exception that ended an association."""
        caller = f" from {calling_ae_title}" if calling_ae_title else ""
        problem = NetworkError(
            f"association {association}{caller}",
            f"it was aborted because of {type(error).__name__}, an unexpected error",
            "report it together with the exception that it was raised from; what was stored before is safe",
        )
        self.problems.add(problem, error)
        self.publish(
            ReceiverEvent(
                "association failed",
                association,
                calling_ae_title,
                problem=problem,
                calling_address=calling_address,
            )
        )

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
