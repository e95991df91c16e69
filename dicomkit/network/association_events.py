"""What the owner of a storage SCP is told about one association: that it was opened, rejected, aborted or closed."""

from __future__ import annotations

from dicomkit.errors import NetworkError
from dicomkit.network.explanations import explain_rejection
from dicomkit.network.records import ReceiverEvent
from dicomkit.network.statuses import explain_status
from dicomkit.network.storage_service import Sender, StorageService
from dicomkit.network.wire import AssociationRequest, Rejection

__all__ = ["AssociationEvents"]


class AssociationEvents:
    """Publish what happens to one association, with who called and from where.

    Parameters
    ----------
    service
        Publishes the events.
    number
        Which association it is.
    address
        Where the call came from.

    Attributes
    ----------
    sender : Sender or None
        Who calls, once the association is open.
    """

    def __init__(self, service: StorageService, number: int, address: str) -> None:
        self._service = service
        self._number = number
        self._address = address
        self.sender: Sender | None = None

    def opened(self, request: AssociationRequest) -> None:
        """Tell that an association was accepted, and remember its sender."""
        self.sender = Sender(self._number, request.calling_ae_title, request.called_ae_title, self._address)
        self._publish("association opened", request.calling_ae_title)

    def rejected(self, request: AssociationRequest, rejection: Rejection, words: str) -> None:
        """Tell that an association was rejected; `words` say it better than the reason, where there are any."""
        _, problem, remedy = explain_rejection(rejection)
        who = f"association {self._number} from {request.calling_ae_title or self._address}, called {request.called_ae_title}"
        error = NetworkError(who, f"the association was rejected: {words or problem}", remedy)
        self._publish("association rejected", request.calling_ae_title, error)

    def refused(self, status: int, *, is_store: bool) -> None:
        """Tell that a request was answered with a failure before anything was stored."""
        explained = explain_status(status)
        error = NetworkError(self._whose, explained.meaning, explained.advice)
        self._publish("instance refused" if is_store else "request refused", self._title, error)

    def aborted(self, problem: str) -> None:
        """Tell of an end that is no release."""
        remedy = "look at what was said in .log, and at the log of the other side"
        self._publish("association aborted", self._title, NetworkError(self._whose, problem, remedy))

    def failed(self, error: Exception) -> None:
        """Keep and tell what ended the association though nobody expected it."""
        self._service.report_defect(self._number, self._title, self._address, error)

    def closed(self) -> None:
        """Tell that an association that was open is over."""
        if self.sender is not None:
            self._publish("association closed", self._title)

    @property
    def _title(self) -> str:
        return self.sender.calling_ae_title if self.sender is not None else ""

    @property
    def _whose(self) -> str:
        return f"association {self._number} from {self._title or self._address}"

    def _publish(self, kind: str, calling_ae_title: str, problem: NetworkError | None = None) -> None:
        self._service.publish(
            ReceiverEvent(
                kind, self._number, calling_ae_title, problem=problem, calling_address=self._address
            )
        )
