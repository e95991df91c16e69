"""What a storage SCP does with an instance, without the protocol: store it, run ``on_stored``, remember it.

Every method may be called from several threads at once: each association has its own.

References
----------
PS3.4 annex B, Storage Service Class.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable

from dicomkit.abilities import has_threads
from dicomkit.errors import NetworkError, StoreError
from dicomkit.instance_store import IncomingInstance, InstanceStore, StoredFile
from dicomkit.network.admission import Admission
from dicomkit.network.receiver_events import HandlerError, ReceiverEvents
from dicomkit.network.records import Sender, StoredInstance
from dicomkit.network.request_rules import refusal
from dicomkit.network.statuses import PROCESSING_FAILURE, SUCCESS, explain_status
from dicomkit.network.wire.command_set import CommandElement, CommandSet, text_in
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["MAX_INSTANCE_BYTES", "StorageService"]

MAX_INSTANCE_BYTES = 4 << 30
_MAX_KEPT_INSTANCES = 10_000
_MAX_STATUS = 0xFFFF  # (0000,0900) has VR US


class StorageService:
    """Store instances and remember the result of each.

    Parameters
    ----------
    store
        The folder for the files.
    on_stored
        Called with each newly stored instance before its C-STORE is answered. Its result becomes the
        status: None for success, or a number.
    admission
        Decides which complete instances are refused.
    max_instance_bytes
        Length of the longest data set that is accepted.

    Attributes
    ----------
    events : ReceiverEvents
        Subscribers and problems.
    """

    def __init__(
        self,
        store: InstanceStore,
        on_stored: Callable[[StoredInstance], object] | None = None,
        *,
        admission: Admission | None = None,
        max_instance_bytes: int = MAX_INSTANCE_BYTES,
    ) -> None:
        self.store = store
        self.max_instance_bytes = max_instance_bytes
        self.events = ReceiverEvents()
        self._admission = admission
        self._on_stored = on_stored
        self._changed = threading.Condition()
        self._received: collections.deque[StoredInstance] = collections.deque(maxlen=_MAX_KEPT_INSTANCES)
        self._received_count = 0

    @property
    def received(self) -> list[StoredInstance]:
        """The stored instances in order of arrival (the last 10,000)."""
        with self._changed:
            return list(self._received)

    @property
    def received_count(self) -> int:
        """How many instances have been stored by this object."""
        with self._changed:
            return self._received_count

    def wait_for(self, count: int, timeout_s: float) -> list[StoredInstance]:
        """Wait for instances; see `StorageSCP.wait_for`."""
        limit_s = timeout_s if has_threads() else 0  # without threads, nothing arrives during a wait
        with self._changed:
            if not self._changed.wait_for(lambda: self._received_count >= count, limit_s):
                raise NetworkError(
                    f"{self._received_count} of {count} instances",
                    f"the others have not arrived within {timeout_s:g} s",
                    "look at what the sender reports, and at .check() and .log of the receiver",
                )
            return list(self._received)

    def receive(
        self, command: CommandSet, context: ContextAnswer, calling_ae_title: str
    ) -> IncomingInstance | None:
        """Return a place for the data set of a C-STORE request; None if the request will be refused."""
        if refusal(command, context) is not None:
            return None
        return self.store.receive(
            sop_class_uid=text_in(command, CommandElement.AFFECTED_SOP_CLASS_UID),
            sop_instance_uid=text_in(command, CommandElement.AFFECTED_SOP_INSTANCE_UID),
            transfer_syntax_uid=context.transfer_syntax_uid,
            source_ae_title=calling_ae_title,
        )

    def finish(self, incoming: IncomingInstance, transfer_syntax_uid: str, sender: Sender) -> tuple[int, str]:
        """Store a complete instance; return the status and Error Comment (0000,0902) of the response."""
        try:
            if self._admission is not None:
                objection = self._admission.examine(incoming, sender.calling_ae_title)
                if objection is not None:  # the admission works as intended: no problem for `check`
                    return self._refuse(objection, sender)
            stored = incoming.commit()
        except StoreError as error:
            self.events.problems.add(error)
            return self._refuse(error, sender)
        instance = _record(stored, transfer_syntax_uid, sender)
        status, comment = self._react(instance)
        with self._changed:
            self._received.append(instance)
            self._received_count += 1
            self._changed.notify_all()
        self.events.tell("instance stored", sender, instance=instance)
        return status, comment

    def report_unreported(self) -> None:
        """Run ``on_stored`` for what a killed receiver stored without running it: the sender's retry is a duplicate."""
        if self._on_stored is None:
            return
        for stored in self.store.unreported():
            from pydicom.filereader import read_file_meta_info  # noqa: PLC0415 - only after a receiver was killed

            meta = read_file_meta_info(stored.path)
            sender = Sender(0, str(meta.get("SourceApplicationEntityTitle", "")), "", "")
            self._react(_record(stored, str(meta.TransferSyntaxUID), sender))

    def _refuse(self, error: StoreError, sender: Sender) -> tuple[int, str]:
        self.events.tell("instance refused", sender, problem=error)
        return error.status, error.problem

    def _react(self, instance: StoredInstance) -> tuple[int, str]:
        if self._on_stored is None or instance.duplicate:
            return SUCCESS, ""
        try:
            status = self._on_stored(instance)
        except BaseException as error:  # noqa: BLE001 - SystemExit too: it would end the receiver's thread
            self.events.report_handler(instance.sop_instance_uid, "on_stored", error)
            return PROCESSING_FAILURE, "the receiver's own handler failed"
        if status is None:
            return SUCCESS, ""
        if isinstance(status, int) and not isinstance(status, bool) and SUCCESS <= status <= _MAX_STATUS:
            return status, "" if status == SUCCESS else explain_status(status).meaning
        problem = HandlerError(
            instance.sop_instance_uid,
            f"on_stored returned a {type(status).__name__}, which is no status",
            "return None for success, or a status such as 0xA700",
        )
        self.events.problems.add(problem)
        return PROCESSING_FAILURE, "the receiver's own handler returned no status"


def _record(stored: StoredFile, transfer_syntax_uid: str, sender: Sender) -> StoredInstance:
    uids = stored.identifiers
    return StoredInstance(
        study_instance_uid=uids.study_instance_uid,
        series_instance_uid=uids.series_instance_uid,
        sop_instance_uid=uids.sop_instance_uid,
        sop_class_uid=uids.sop_class_uid,
        transfer_syntax_uid=transfer_syntax_uid,
        calling_ae_title=sender.calling_ae_title,
        called_ae_title=sender.called_ae_title,
        file=stored.file,
        duplicate=stored.duplicate,
        calling_address=sender.address,
        set_aside=stored.set_aside,
    )
