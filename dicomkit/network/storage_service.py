"""What a storage SCP does with instances once the wire is dealt with: keep them, remember, tell.

Everything here may be called from several associations at once, each in a thread of its own.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable

from dicomkit.abilities import has_threads
from dicomkit.errors import DicomKitError, NetworkError, StoreError
from dicomkit.instance_store import IncomingInstance, InstanceStore
from dicomkit.network.records import ReceiverEvent, StoredInstance
from dicomkit.network.statuses import PROCESSING_FAILURE, SUCCESS, explain_status

__all__ = ["HandlerError", "Sender", "StorageService"]

_KEPT_INSTANCES = 10_000
_KEPT_PROBLEMS = 1_000
_HIGHEST_STATUS = 0xFFFF


class HandlerError(NetworkError):
    """A function that was called for an instance failed; the instance itself is on disk."""


class Sender:
    """Who is at the other end of an association."""

    def __init__(self, association: int, calling_ae_title: str, called_ae_title: str, address: str) -> None:
        self.association = association
        self.calling_ae_title = calling_ae_title
        self.called_ae_title = called_ae_title
        self.address = address


class StorageService:
    """Store instances and remember what came of each.

    Parameters
    ----------
    store
        Where the files go.
    on_stored
        Is called with each newly stored instance before the sender gets its answer. What it returns is
        that answer: None means success, a number is sent as the status.
    """

    def __init__(
        self, store: InstanceStore, on_stored: Callable[[StoredInstance], object] | None = None
    ) -> None:
        self.store = store
        self._on_stored = on_stored
        self._changed = threading.Condition()
        self._received: collections.deque[StoredInstance] = collections.deque(maxlen=_KEPT_INSTANCES)
        self._received_count = 0
        self._problems: collections.deque[DicomKitError] = collections.deque(maxlen=_KEPT_PROBLEMS)
        # Never changed but replaced, so that `publish` can walk over it without a lock.
        self._subscribers: tuple[Callable[[ReceiverEvent], object], ...] = ()

    @property
    def received(self) -> list[StoredInstance]:
        """What was stored, in order of arrival: the last 10,000."""
        with self._changed:
            return list(self._received)

    @property
    def received_count(self) -> int:
        """How many were stored since the receiver was made."""
        with self._changed:
            return self._received_count

    @property
    def problems(self) -> list[DicomKitError]:
        """What went wrong, in order: the last 1,000."""
        with self._changed:
            return list(self._problems)

    def wait_for(self, count: int, timeout_s: float) -> list[StoredInstance]:
        """Wait until `count` instances have been stored in all, and return what was stored.

        Raises
        ------
        NetworkError
            If they have not come in time.
        """
        deadline = time.monotonic() + (
            timeout_s if has_threads() else 0
        )  # nothing arrives while nothing else runs
        with self._changed:
            while self._received_count < count:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    if self._received_count >= count:
                        break
                    raise NetworkError(
                        f"{self._received_count} of {count} instances",
                        f"the others have not arrived within {timeout_s:g} s",
                        "look at what the sender reports, and at .check() and .log of the receiver",
                    )
            return list(self._received)

    def check(self) -> None:
        """Raise the first thing that went wrong since the last call, if anything did.

        Raises
        ------
        StoreError
            If an instance could not be stored.
        HandlerError
            If ``on_stored`` or a subscriber failed.
        NetworkError
            If an association ended over an exception that nobody expected; its cause is that exception.
        """
        with self._changed:
            problems = list(self._problems)
            self._problems.clear()
        if problems:
            first = problems[0]
            if len(problems) > 1:
                first.add_note(f"and {len(problems) - 1} more")
            raise first

    def subscribe(self, callback: Callable[[ReceiverEvent], object]) -> Callable[[], None]:
        """Call `callback` with each event from now on; return the function that ends that."""
        with self._changed:
            self._subscribers = (*self._subscribers, callback)

        def unsubscribe() -> None:
            with self._changed:
                if callback in self._subscribers:
                    place = self._subscribers.index(callback)
                    self._subscribers = self._subscribers[:place] + self._subscribers[place + 1 :]

        return unsubscribe

    def finish(self, incoming: IncomingInstance, transfer_syntax_uid: str, sender: Sender) -> tuple[int, str]:
        """Store a complete instance and return the status and error comment for the sender."""
        try:
            stored = incoming.commit()
        except StoreError as error:
            self._remember_problem(error)
            self.publish(
                ReceiverEvent(
                    "instance refused",
                    sender.association,
                    sender.calling_ae_title,
                    problem=error,
                    calling_address=sender.address,
                )
            )
            return error.status, error.problem
        identifiers = stored.identifiers
        instance = StoredInstance(
            study_instance_uid=identifiers.study_instance_uid,
            series_instance_uid=identifiers.series_instance_uid,
            sop_instance_uid=identifiers.sop_instance_uid,
            sop_class_uid=identifiers.sop_class_uid,
            transfer_syntax_uid=transfer_syntax_uid,
            calling_ae_title=sender.calling_ae_title,
            called_ae_title=sender.called_ae_title,
            file=stored.file,
            duplicate=stored.duplicate,
            calling_address=sender.address,
            set_aside=stored.set_aside,
        )
        status, comment = self._react(instance)
        with self._changed:
            self._received.append(instance)
            self._received_count += 1
            self._changed.notify_all()
        if self._subscribers:
            self.publish(
                ReceiverEvent(
                    "instance stored",
                    sender.association,
                    sender.calling_ae_title,
                    instance,
                    calling_address=sender.address,
                )
            )
        return status, comment

    def tell_untold(self) -> None:
        """React to what a receiver stored and was killed over, before it could react: its sender sends it again."""
        if self._on_stored is None:
            return
        for stored in self.store.stored_untold():
            from pydicom.filereader import read_file_meta_info  # noqa: PLC0415 - it happens once in a thousand nights

            meta = read_file_meta_info(stored.path)
            found = stored.identifiers
            self._react(
                StoredInstance(
                    study_instance_uid=found.study_instance_uid,
                    series_instance_uid=found.series_instance_uid,
                    sop_instance_uid=found.sop_instance_uid,
                    sop_class_uid=found.sop_class_uid,
                    transfer_syntax_uid=str(meta.TransferSyntaxUID),
                    calling_ae_title=str(meta.get("SourceApplicationEntityTitle", "")),
                    called_ae_title="",
                    file=stored.file,
                )
            )

    def publish(self, event: ReceiverEvent) -> None:
        """Tell the subscribers. One that fails harms neither the others nor the association."""
        for callback in self._subscribers:
            try:
                callback(event)
            except BaseException as error:  # noqa: BLE001 - also SystemExit: a thread of ours may not end over it
                given = event.instance.sop_instance_uid if event.instance else event.kind
                self._remember_problem(_handler_error(given, "a subscriber", error), error)

    def report_defect(
        self, association: int, calling_ae_title: str, calling_address: str, error: Exception
    ) -> None:
        """Keep and tell what ended an association though nobody expected it."""
        problem = NetworkError(
            f"association {association} from {calling_ae_title}"
            if calling_ae_title
            else f"association {association}",
            f"it was aborted because of {type(error).__name__}, which nobody expected",
            "report it together with the exception that it was raised from; what was stored before is safe",
        )
        self._remember_problem(problem, error)
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
        """Tell of a connection that led to no association."""
        error = NetworkError(
            f"connection from {address}", problem, "talk DICOM to this port, and TLS only if it does so too"
        )
        self.publish(ReceiverEvent("connection turned away", 0, "", problem=error, calling_address=address))

    def report_problem(self, problem: DicomKitError) -> None:
        """Keep what went wrong away from any association."""
        self._remember_problem(problem)

    def report_failed_listener(self, error: Exception) -> None:
        """Keep what ended the listener though nobody expected it: no new association can be opened."""
        problem = NetworkError(
            "the receiver",
            f"it takes no calls any more because of {type(error).__name__}, which nobody expected",
            "start it again, and report this together with the exception that it was raised from",
        )
        self._remember_problem(problem, error)
        self.publish(ReceiverEvent("receiver failed", 0, "", problem=problem))

    def _react(self, instance: StoredInstance) -> tuple[int, str]:
        if self._on_stored is None or instance.duplicate:
            return SUCCESS, ""
        try:
            status = self._on_stored(instance)
        except BaseException as error:  # noqa: BLE001 - also SystemExit: a thread of ours may not end over it
            self._remember_problem(_handler_error(instance.sop_instance_uid, "on_stored", error), error)
            return PROCESSING_FAILURE, "the receiver's own handler failed"
        if status is None:
            return SUCCESS, ""
        if isinstance(status, int) and not isinstance(status, bool) and SUCCESS <= status <= _HIGHEST_STATUS:
            return status, "" if status == SUCCESS else explain_status(status).meaning
        problem = HandlerError(
            instance.sop_instance_uid,
            f"on_stored returned a {type(status).__name__}, which is no status",
            "return None for success, or a status such as 0xA700",
        )
        self._remember_problem(problem)
        return PROCESSING_FAILURE, "the receiver's own handler returned no status"

    def _remember_problem(self, problem: DicomKitError, cause: BaseException | None = None) -> None:
        if cause is not None:
            problem.__cause__ = cause
        with self._changed:
            self._problems.append(problem)
            self._changed.notify_all()


def _handler_error(given: str, who: str, error: BaseException) -> HandlerError:
    # The text of an exception from a handler may hold a patient's name: name its class only.
    return HandlerError(
        given,
        f"{who} raised {type(error).__name__}",
        "look at the exception it was raised from, and mend the function",
    )
