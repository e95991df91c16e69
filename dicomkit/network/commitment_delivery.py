"""Deliver what was decided about a storage commitment, to where the side that asked listens.

The side that asked may wait for the report on its association, or release it and listen elsewhere; so a report
goes out in a thread of its own, which the archive ends.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import NamedTuple

from dicomkit.abilities import has_threads
from dicomkit.archive.elements import Item, encode_item
from dicomkit.errors import DicomKitError, NetworkError
from dicomkit.files.encoding import IMPLICIT_LITTLE
from dicomkit.network.commitment import event_report_command
from dicomkit.network.query_classes import COMMITMENT
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.statuses import SUCCESS
from dicomkit.network.wire import RoleSelection
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ProposedContext
from dicomkit.uids import IMPLICIT_VR_LITTLE_ENDIAN

__all__ = ["CommitmentReports"]

_CONTEXT = ProposedContext(1, COMMITMENT, (IMPLICIT_VR_LITTLE_ENDIAN,))
# PS3.4 section J.3.3.1.3: who reports asks for the association, and is the SCP all the same.
_ROLE = RoleSelection(COMMITMENT, as_scu=False, as_scp=True)
_ENDED_WITHIN_S = 2.0


class _Letter(NamedTuple):
    title: str
    report: Item


class CommitmentReports:
    """Send reports one after the other.

    Parameters
    ----------
    associate
        Opens an association to an AE title.
    failed
        Is told of a report that nobody took.
    """

    def __init__(
        self,
        associate: Callable[
            [str, tuple[ProposedContext, ...], tuple[RoleSelection, ...]], AssociationRequestor
        ],
        failed: Callable[[DicomKitError], object],
    ) -> None:
        self._associate = associate
        self._failed = failed
        self._waiting: queue.SimpleQueue[_Letter | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._current: AssociationRequestor | None = None

    def send(self, title: str, report: Item) -> None:
        """Send a report as soon as the ones before it have gone."""
        if not has_threads():
            self._try_to_deliver(_Letter(title, report))
            return
        with self._lock:
            self._waiting.put(_Letter(title, report))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="dicomkit-commitment", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread; a report that is on its way is cut off if it takes long."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            self._waiting.put(None)
        thread.join(_ENDED_WITHIN_S)
        current = self._current
        if thread.is_alive() and current is not None:
            current.abort_now()
            thread.join(_ENDED_WITHIN_S)

    def _run(self) -> None:
        while (letter := self._waiting.get()) is not None:
            self._try_to_deliver(letter)

    def _try_to_deliver(self, letter: _Letter) -> None:
        try:
            self._deliver(letter)
        except DicomKitError as error:
            self._failed(error)
        finally:
            self._current = None

    def _deliver(self, letter: _Letter) -> None:
        with self._associate(letter.title, (_CONTEXT,), (_ROLE,)) as association:
            self._current = association
            answer = association.context_for(COMMITMENT, IMPLICIT_VR_LITTLE_ENDIAN)
            if answer is None or answer.result != ACCEPTED:
                raise NetworkError(letter.title, "takes no report of a storage commitment", "read its log")
            command = event_report_command(letter.report)
            content = encode_item(letter.report, IMPLICIT_LITTLE)
            status = association.request(answer.context_id, command, [content]).status
        if status != SUCCESS:
            raise NetworkError(letter.title, f"answered a report with {status:04X}H", "read its log")
