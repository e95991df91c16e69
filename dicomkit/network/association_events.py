"""The events of one association of a storage SCP: opened, rejected, aborted, closed."""

from __future__ import annotations

from dicomkit.errors import NetworkError
from dicomkit.network.explanations import explain_rejection
from dicomkit.network.receiver_events import ReceiverEvents
from dicomkit.network.records import ReceiverEvent
from dicomkit.network.statuses import explain_status
from dicomkit.network.storage_service import Sender
from dicomkit.network.wire import AssociationRequest, Rejection

__all__ = ["AssociationEvents"]


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
    sender : Sender or None
        The requestor, once the association is open.
    """

    def __init__(self, events: ReceiverEvents, number: int, address: str) -> None:
        self._events = events
        self._number = number
        self._address = address
        self.sender: Sender | None = None

    def opened(self, request: AssociationRequest) -> None:
        """Publish that the association was accepted, and remember its requestor."""
        self.sender = Sender(self._number, request.calling_ae_title, request.called_ae_title, self._address)
        self._publish("association opened", request.calling_ae_title)

    def rejected(self, request: AssociationRequest, rejection: Rejection, reason: str) -> None:
        """Publish that the association was rejected; `reason` replaces the meaning of the rejection if given."""
        _, problem, remedy = explain_rejection(rejection)
        who = f"association {self._number} from {request.calling_ae_title or self._address}, called {request.called_ae_title}"
        error = NetworkError(who, f"the association was rejected: {reason or problem}", remedy)
        self._publish("association rejected", request.calling_ae_title, error)

    def refused(self, status: int, *, is_store: bool) -> None:
        """Publish that a request was answered with a failure status before anything was stored."""
        explained = explain_status(status)
        error = NetworkError(self._whose, explained.meaning, explained.advice)
        self._publish("instance refused" if is_store else "request refused", self._title, error)

    def aborted(self, problem: str) -> None:
        """Publish that the association ended without a release."""
        remedy = "look at .log, and at the log of the other side"
        self._publish("association aborted", self._title, NetworkError(self._whose, problem, remedy))

    def failed(self, error: Exception) -> None:
        """Report an unexpected exception that ended the association."""
        self._events.report_defect(self._number, self._title, self._address, error)

    def closed(self) -> None:
        """Publish that the association is over, if it was ever open."""
        if self.sender is not None:
            self._publish("association closed", self._title)

    @property
    def _title(self) -> str:
        return self.sender.calling_ae_title if self.sender is not None else ""

    @property
    def _whose(self) -> str:
        return f"association {self._number} from {self._title or self._address}"

    def _publish(self, kind: str, calling_ae_title: str, problem: NetworkError | None = None) -> None:
        self._events.publish(
            ReceiverEvent(
                kind, self._number, calling_ae_title, problem=problem, calling_address=self._address
            )
        )
