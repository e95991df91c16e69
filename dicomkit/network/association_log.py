"""What was said on an association, line by line: each PDU and each DIMSE message, either way.

The log is the model behind the ladder diagram. It keeps who spoke, what kind of PDU it was, the few
fields that matter and how large it was. It never keeps anything of a data set, so it holds no patient
data, and it says the same on each run: times are kept beside the text, not in it.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dicomkit.network.log_text import ContextSaid, contexts_of, describe_message, describe_pdu
from dicomkit.network.wire.events import Message, Said, Tap
from dicomkit.network.wire.failures import Failure, InvalidPDUError
from dicomkit.network.wire.messages import MessageAssembler
from dicomkit.network.wire.pdus import LAST_PDUS, PDU_HEADER, PDUType, presentation_data_values
from dicomkit.text import counted

if TYPE_CHECKING:
    from pynetdicom.events import Event

__all__ = ["AssociationLog", "LogEntry"]

_KEPT_RECORDS = 10_000
_KEPT_BYTES = 8 << 20  # a stranger may send requests of 1 MB each, or PDUs of nothing but empty fragments
_RECORD_BYTES = 200  # what a record or a message takes beside them
_KEPT_OPENINGS = 64  # of associations whose first PDUs would be forgotten
_LONGEST_OPENING_BYTES = 64 << 10
_OPENING = {PDUType.A_ASSOCIATE_RQ, PDUType.A_ASSOCIATE_AC}
_FORGOTTEN = "forgotten"
# How an association ends that nobody ends: these are no PDUs, so they stand in the log as words.
_ENDS = {Failure.CLOSED: "connection closed", Failure.TIME_OUT: "time-out"}

# After these an association is over, and a connection may close.
_OVER = {*LAST_PDUS, *_ENDS}

# Number of the association, direction, whether the caller said it, what (the value of a PDUType or a Failure), how
# many bytes, what they were unless they may be a patient's, when, how many fragments, and the messages that it
# completes. Nothing but numbers, texts, bytes and plain tuples of them: the garbage collector passes such a tuple
# over, and would else come back to ten thousand of them while a sender waits for its answer.
_Record = tuple[int, str, bool, int | str, int, bytes, float, int, tuple[Message, ...]]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that was said.

    Parameters
    ----------
    association
        Which association, counted from 1.
    direction
        ``sent`` or ``received``, seen from the side that keeps the log.
    is_from_requestor
        Whether the side that asked for the association said it, whoever keeps the log.
    kind
        ``A-ASSOCIATE-RQ`` and so on for a PDU, ``C-STORE-RQ`` and so on for a DIMSE message. Three are not
        said by anybody: ``connection closed`` and ``time-out`` end an association that was not released,
        ``forgotten`` stands for what the log no longer keeps.
    is_message
        Whether it is a DIMSE message, that is, something carried by P-DATA-TF PDUs.
    size_bytes
        Of the PDU, or of the message's data set.
    fields
        The few values that matter, by name.
    contexts
        What an A-ASSOCIATE-RQ proposes or an A-ASSOCIATE-AC answers, one by one.
    time_s
        Seconds on a clock that only ever goes forward; differences mean something, the value does not.
    """

    association: int
    direction: str
    is_from_requestor: bool
    kind: str
    is_message: bool
    size_bytes: int
    fields: dict[str, str] = field(hash=False)
    time_s: float = field(compare=False, repr=False)
    contexts: tuple[ContextSaid, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        if self.kind == _FORGOTTEN:
            return f"{self.association} .. forgotten: {counted(int(self.fields['PDUs']), 'PDU')}"
        if self.kind in _ENDS.values():
            return f"{self.association} -- {self.kind}"
        arrow = "->" if self.direction == "sent" else "<-"
        indent = "  " if self.is_message else ""
        rest = "".join(f", {name} {value}" for name, value in self.fields.items())
        return f"{self.association} {arrow} {indent}{self.kind}, {counted(self.size_bytes, 'byte')}{rest}"


class AssociationLog:
    """Listen in on associations.

    Parameters
    ----------
    keep
        How many PDUs to keep; the oldest go first, earlier if they are unusually large. How an association
        began is kept as long as anything of it is.

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

    def __init__(self, *, keep: int = _KEPT_RECORDS) -> None:
        self._records: collections.deque[_Record] = collections.deque()
        self._openings: dict[int, list[_Record]] = {}
        self._forgotten: collections.Counter[int] = collections.Counter()  # PDUs of associations in _openings
        self._keep = keep
        self._kept_bytes = 0
        self._associations = 0
        self._said = 0
        self._lock = threading.Lock()

    def open(self, *, is_requestor: bool | None = None) -> Callable[[str, PDUType | Failure, bytes], None]:
        """Begin a new association for somebody who has only the bytes of its PDUs; return whom to tell.

        The function takes the direction, the type of the PDU and the bytes after its header; at an end
        without a PDU, the `Failure` and no bytes.

        Parameters
        ----------
        is_requestor
            Whether the side that keeps this log asks for the association; None to tell by what is said first.
        """
        tap = self.listen(is_requestor=is_requestor)
        assemblers = {name: MessageAssembler(skips_unannounced=True) for name in ("sent", "received")}

        def tell(direction: str, kind: PDUType | Failure, body: bytes) -> None:
            size = PDU_HEADER.size + len(body)
            if kind is PDUType.P_DATA_TF:
                fragments, messages = _assemble(body, assemblers[direction])
                tap(Said(direction, kind, size, b"", fragments, messages))
            else:
                tap(Said(direction, kind, size, body))

        return tell

    def listen(self, *, is_requestor: bool | None = None) -> Tap:
        """Begin a new association that the engine of `wire` runs, and return its tap.

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

        def tap(said: Said) -> None:
            nonlocal role, last
            direction, kind, size, kept, fragments, messages = said
            if isinstance(kind, Failure) and (last is None or last in _OVER):
                return  # nobody had begun anything, or it was over
            last = kind
            if role is None:  # whoever speaks first has called
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
            with self._lock:  # nothing is put into words here: the other side waits meanwhile
                self._said += 1
                self._records.append(record)
                self._kept_bytes += _size_of(record)
                while len(self._records) > self._keep or self._kept_bytes > _KEPT_BYTES:
                    self._forget_oldest()

        return tap

    def _forget_oldest(self) -> None:
        record = self._records.popleft()
        number, kind, kept = record[0], record[3], record[5]
        self._kept_bytes -= _size_of(record)
        if kind in _OPENING and len(kept) <= _LONGEST_OPENING_BYTES:
            self._openings.setdefault(number, []).append(record)
            if len(self._openings) > _KEPT_OPENINGS:
                oldest = next(iter(self._openings))
                del self._openings[oldest], self._forgotten[oldest]
        elif number in self._openings:
            self._forgotten[number] += 1

    def handlers(self) -> list[tuple[Any, Callable[[Event], None]]]:
        """Return what pynetdicom's ``evt_handlers`` wants, to log an association that pynetdicom runs.

        Works for ``AE.associate`` and for ``AE.start_server``, with the events for raw bytes.
        """
        from pynetdicom import evt  # noqa: PLC0415 - only a notebook that uses pynetdicom itself needs it

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
        """All that was said so far, oldest first; a message stands behind the PDU that completed it."""
        with self._lock:
            records = list(self._records)
            openings = dict(self._openings)
            forgotten = dict(self._forgotten)
        entries: list[LogEntry] = []
        for number in sorted({record[0] for record in records} & openings.keys()):
            for record in openings[number]:
                entries += _entries(record)
            if count := forgotten.get(number, 0):
                fields = {"PDUs": str(count)}
                time_s = openings[number][-1][6]
                entries.append(LogEntry(number, "", False, _FORGOTTEN, False, 0, fields, time_s))
        for record in records:
            entries += _entries(record)
        return entries

    @property
    def messages(self) -> list[LogEntry]:
        """The DIMSE messages alone."""
        return [entry for entry in self.entries if entry.is_message]

    def clear(self) -> None:
        """Forget what was said; associations go on being counted."""
        with self._lock:
            self._records.clear()
            self._openings.clear()
            self._forgotten.clear()
            self._kept_bytes = 0
            self._said += 1  # who looks from time to time has to notice

    @property
    def changes(self) -> int:
        """A number that grows with everything that is said, also when the log forgets as much as it learns."""
        return self._said

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
        pass  # the association ends over it, and the entry shows its size
    return fragments, assembler.take_finished()


def _size_of(record: _Record) -> int:
    """Return about how many bytes of memory a record takes."""
    size = len(record[5]) + _RECORD_BYTES
    for _, command, _ in record[-1]:
        size += len(command) + _RECORD_BYTES
    return size


def _entries(record: _Record) -> Iterator[LogEntry]:
    """Yield what a record says in words, and behind it the messages that it completes."""
    number, direction, is_from_requestor, value, size_bytes, kept, time_s, fragments, messages = record
    if isinstance(value, str):
        yield LogEntry(number, direction, is_from_requestor, _ENDS[Failure(value)], False, 0, {}, time_s)
        return
    kind = PDUType(value)
    fields = describe_pdu(kind, kept, fragments, is_own=direction == "sent")
    name = kind.name.replace("_", "-")
    contexts = contexts_of(kind, kept)
    yield LogEntry(number, direction, is_from_requestor, name, False, size_bytes, fields, time_s, contexts)
    for message in messages:
        name, said = describe_message(message)
        yield LogEntry(number, direction, is_from_requestor, name, True, message[2], said, time_s)
