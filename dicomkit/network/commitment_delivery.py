"""Send the N-EVENT-REPORT of a storage commitment on a new association, to an SCU that has a known address.

The SCU may have released its association by then, so the reports are sent by a thread of their own, which the
archive ends.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from dicomkit.abilities import has_threads
from dicomkit.archive.elements import Item, encode_item
from dicomkit.errors import DicomKitError, NetworkError
from dicomkit.files.encoding import IMPLICIT_LITTLE
from dicomkit.network.commitment import event_report_command
from dicomkit.network.query_classes import COMMITMENT
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.required_context import required_context
from dicomkit.network.statuses import SUCCESS
from dicomkit.network.wire import RoleSelection
from dicomkit.network.wire.presentation_contexts import ProposedContext
from dicomkit.uids import IMPLICIT_VR_LITTLE_ENDIAN

__all__ = ["CommitmentReports"]

_CONTEXT = ProposedContext(1, COMMITMENT, (IMPLICIT_VR_LITTLE_ENDIAN,))
# PS3.4 section J.3.3.1.3: who reports asks for the association, and is the SCP all the same.
_ROLE = RoleSelection(COMMITMENT, as_scu=False, as_scp=True)
_JOIN_S = 2.0


class CommitmentReports:
    """Send reports one after the other.

    Parameters
    ----------
    associate
        Requests an association with an AE title.
    on_failure
        Called with the error of a report that could not be delivered.
    """

    def __init__(
        self,
        associate: Callable[
            [str, tuple[ProposedContext, ...], tuple[RoleSelection, ...]], AssociationRequestor
        ],
        on_failure: Callable[[DicomKitError], object],
    ) -> None:
        self._associate = associate
        self._on_failure = on_failure
        self._waiting: queue.SimpleQueue[tuple[str, Item] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._current: AssociationRequestor | None = None

    def send(self, title: str, report: Item) -> None:
        """Queue a report; without threads, send it now."""
        if not has_threads():
            self._deliver(title, report)
            return
        with self._lock:
            self._waiting.put((title, report))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="dicomkit-commitment", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread after 2 s at most; a report in progress is aborted after that."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            self._waiting.put(None)
        thread.join(_JOIN_S)
        current = self._current
        if thread.is_alive() and current is not None:
            current.abort_now()
            thread.join(_JOIN_S)

    def _run(self) -> None:
        while (pending := self._waiting.get()) is not None:
            self._deliver(*pending)

    def _deliver(self, title: str, report: Item) -> None:
        try:
            with self._associate(title, (_CONTEXT,), (_ROLE,)) as association:
                self._current = association
                context = required_context(
                    association,
                    COMMITMENT,
                    IMPLICIT_VR_LITTLE_ENDIAN,
                    problem=f"{title} accepts no report of a storage commitment",
                    remedy="read its log",
                )
                content = encode_item(report, IMPLICIT_LITTLE)
                status = association.request(
                    context.context_id, event_report_command(report), [content]
                ).status
            if status != SUCCESS:
                raise NetworkError(title, f"answered a report with {status:04X}H", "read its log")
        except DicomKitError as error:
            self._on_failure(error)
        finally:
            self._current = None
