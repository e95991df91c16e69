"""A log of associations: each PDU and each DIMSE message, in both directions.

The log is the model of the ladder diagram. It keeps the direction, the type, selected fields and the size. It never
keeps any part of a data set, so it holds no patient data. Its text is the same on each run: it contains no times.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dicomkit.network.log_entry import ENDS, LogEntry, Record, entries_of, forgotten_entry, memory_bytes
from dicomkit.network.wire.events import Message, PDURecord, Tap
from dicomkit.network.wire.failures import Failure, InvalidPDUError
from dicomkit.network.wire.messages import MessageAssembler
from dicomkit.network.wire.pdus import LAST_PDUS, PDU_HEADER, PDUType, presentation_data_values

if TYPE_CHECKING:
    from pynetdicom.events import Event

__all__ = ["AssociationLog"]

_MAX_RECORDS = 10_000
_MAX_KEPT_BYTES = 8 << 20  # an attacker may send requests of 1 MB each, or PDUs full of empty fragments
_MAX_OPENINGS = 64  # associations whose A-ASSOCIATE PDUs are kept longer than the rest
_MAX_OPENING_BYTES = 64 << 10
_OPENING = {PDUType.A_ASSOCIATE_RQ, PDUType.A_ASSOCIATE_AC}
# After these, closing the connection is no event of its own.
_OVER = {*LAST_PDUS, *ENDS}


class AssociationLog:
    """Log associations.

    Parameters
    ----------
    keep
        How many PDUs to keep; the oldest are dropped first, and earlier if PDUs are unusually long. The A-ASSOCIATE
        PDUs of an association are kept as long as any of its PDUs.

    Examples
    --------
    >>> log = AssociationLog()
    >>> tap = log.open()
    >>> tap("sent", PDUType.A_RELEASE_RQ, bytes(4))
    >>> tap("received", PDUType.A_RELEASE_RP, bytes(4))
    >>> print(log)
    1 -> A-RELEASE-RQ, 10 bytes
    1 <- A-RELEASE-RP, 10 bytes
    """

    def __init__(self, *, keep: int = _MAX_RECORDS) -> None:
        self._records: collections.deque[Record] = collections.deque()
        self._openings: dict[int, list[Record]] = {}
        self._forgotten: collections.Counter[int] = collections.Counter()  # PDUs of associations in _openings
        self._keep = keep
        self._kept_bytes = 0
        self._associations = 0
        self._change_count = 0
        self._lock = threading.Lock()

    def open(self, *, is_requestor: bool | None = None) -> Callable[[str, PDUType | Failure, bytes], None]:
        """Begin a new association of which only the bytes of PDUs are known; return the function that logs them.

        It takes the direction, the type of the PDU and the bytes after its header; for an end without a PDU, the
        `Failure` and no bytes.

        Parameters
        ----------
        is_requestor
            Whether this side is the requestor; None to decide by the direction of the first PDU.
        """
        tap = self.listen(is_requestor=is_requestor)
        assemblers = {name: MessageAssembler(skips_unannounced=True) for name in ("sent", "received")}

        def tell(direction: str, kind: PDUType | Failure, body: bytes) -> None:
            size = PDU_HEADER.size + len(body)
            if kind is PDUType.P_DATA_TF:
                fragments, messages = _assemble(body, assemblers[direction])
                tap(PDURecord(direction, kind, size, b"", fragments, messages))
            else:
                tap(PDURecord(direction, kind, size, body))

        return tell

    def listen(self, *, is_requestor: bool | None = None) -> Tap:
        """Begin a new association of `dicomkit.network.wire`; return the tap to give to it.

        Parameters
        ----------
        is_requestor
            As for `open`.
        """
        with self._lock:
            self._associations += 1
            number = self._associations
        role = is_requestor
        last: PDUType | Failure | None = None

        def tap(pdu: PDURecord) -> None:
            nonlocal role, last
            direction, kind, size, kept, fragments, messages = pdu
            if isinstance(kind, Failure) and (last is None or last in _OVER):
                return  # before the first PDU, or after the last
            last = kind
            if role is None:  # the requestor sends first
                role = direction == "sent"
            is_from_requestor = (direction == "sent") is role
            time_s = time.monotonic()
            record = (
                number,
                direction,
                is_from_requestor,
                kind.value,
                size,
                kept,
                time_s,
                fragments,
                messages,
            )
            with self._lock:  # no formatting here: the other side is waiting
                self._change_count += 1
                self._records.append(record)
                self._kept_bytes += memory_bytes(record)
                while len(self._records) > self._keep or self._kept_bytes > _MAX_KEPT_BYTES:
                    self._forget_oldest()

        return tap

    def _forget_oldest(self) -> None:
        record = self._records.popleft()
        number, kind, kept = record[0], record[3], record[5]
        self._kept_bytes -= memory_bytes(record)
        if kind in _OPENING and len(kept) <= _MAX_OPENING_BYTES:
            self._openings.setdefault(number, []).append(record)
            if len(self._openings) > _MAX_OPENINGS:
                oldest = next(iter(self._openings))
                del self._openings[oldest], self._forgotten[oldest]
        elif number in self._openings:
            self._forgotten[number] += 1

    def handlers(self) -> list[tuple[Any, Callable[[Event], None]]]:
        """Return event handlers that log associations of pynetdicom.

        Pass them as ``evt_handlers`` to ``AE.associate`` or ``AE.start_server``.
        """
        from pynetdicom import evt  # noqa: PLC0415 - only for notebooks that use pynetdicom

        taps: dict[int, Callable[[str, PDUType, bytes], None]] = {}

        def record(event: Event, direction: str) -> None:
            key = id(event.assoc)
            tap = taps.get(key)
            if tap is None:
                tap = taps[key] = self.open(is_requestor=event.assoc.is_requestor)
            content = bytes(event.data)
            tap(direction, PDUType(content[0]), content[PDU_HEADER.size :])

        return [
            (evt.EVT_DATA_SENT, lambda event: record(event, "sent")),
            (evt.EVT_DATA_RECV, lambda event: record(event, "received")),
            (evt.EVT_CONN_CLOSE, lambda event: taps.pop(id(event.assoc), None) and None),
        ]

    @property
    def entries(self) -> list[LogEntry]:
        """All entries, oldest first; a message follows the PDU that completed it."""
        with self._lock:
            records = list(self._records)
            openings = dict(self._openings)
            forgotten = dict(self._forgotten)
        entries: list[LogEntry] = []
        for number in sorted({record[0] for record in records} & openings.keys()):
            for record in openings[number]:
                entries += entries_of(record)
            if count := forgotten.get(number, 0):
                entries.append(forgotten_entry(number, count, time_s=openings[number][-1][6]))
        for record in records:
            entries += entries_of(record)
        return entries

    @property
    def messages(self) -> list[LogEntry]:
        """The entries of DIMSE messages."""
        return [entry for entry in self.entries if entry.is_message]

    def clear(self) -> None:
        """Remove all entries. The numbers of associations continue."""
        with self._lock:
            self._records.clear()
            self._openings.clear()
            self._forgotten.clear()
            self._kept_bytes = 0
            self._change_count += 1  # an observer that polls has to notice

    @property
    def changes(self) -> int:
        """A number that grows with each entry, even if as many are dropped."""
        return self._change_count

    def __len__(self) -> int:
        return len(self._records)

    def __str__(self) -> str:
        return "\n".join(str(entry) for entry in self.entries)


def _assemble(body: bytes, assembler: MessageAssembler) -> tuple[int, tuple[Message, ...]]:
    """Return how many fragments a P-DATA-TF PDU holds, and the messages that they complete."""
    fragments = 0
    try:
        for value in presentation_data_values(body):
            fragments += 1
            assembler.add(value)
    except InvalidPDUError:
        pass  # this ends the association, and the entry shows the size
    return fragments, assembler.take_finished()
