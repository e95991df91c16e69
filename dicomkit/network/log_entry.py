"""The entries of an association log, and the records that they are made of.

The log keeps plain records while the association runs; they become entries, with words, when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dicomkit.network.log_text import LoggedContext, describe_message, describe_pdu
from dicomkit.network.wire.events import Message
from dicomkit.network.wire.failures import Failure
from dicomkit.network.wire.pdus import PDUType
from dicomkit.text import counted

__all__ = ["ENDS", "LogEntry", "Record", "entries_of", "forgotten_entry", "memory_bytes"]

_RECORD_BYTES = 200  # of a record or message, without its bytes
_FORGOTTEN = "forgotten"
# Ends of an association without a PDU.
ENDS = {Failure.CLOSED: "connection closed", Failure.TIME_OUT: "time-out"}

# Number of the association, direction, whether the requestor sent it, kind (the value of a PDUType or a Failure), size
# in bytes, the PDU's body (empty for P-DATA-TF), time in seconds, number of fragments, and the messages that it
# completes. Plain tuples of numbers, strings and bytes are not tracked by the garbage collector, which would otherwise
# traverse ten thousand of them while a sender waits for its response.
Record = tuple[int, str, bool, int | str, int, bytes, float, int, tuple[Message, ...]]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A PDU, a DIMSE message, or an end without a PDU.

    Parameters
    ----------
    association
        Number of the association, from 1.
    direction
        ``sent`` or ``received``, seen from the side that keeps the log.
    is_from_requestor
        Whether the association requestor sent it, whichever side keeps the log.
    kind
        ``A-ASSOCIATE-RQ`` and so on for a PDU, ``C-STORE-RQ`` and so on for a DIMSE message. ``connection closed``
        and ``time-out`` are ends without a release; ``forgotten`` counts PDUs that the log no longer keeps.
    is_message
        Whether it is a DIMSE message, which P-DATA-TF PDUs carry.
    size_bytes
        Length of the PDU with its header, or of the message's data set.
    fields
        Selected values by name.
    contexts
        The presentation contexts of an A-ASSOCIATE-RQ or A-ASSOCIATE-AC.
    time_s
        Seconds on the monotonic clock; only differences are meaningful.
    """

    association: int
    direction: str
    is_from_requestor: bool
    kind: str
    is_message: bool
    size_bytes: int
    fields: dict[str, str] = field(hash=False)
    time_s: float = field(compare=False, repr=False)
    contexts: tuple[LoggedContext, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        if self.kind == _FORGOTTEN:
            return f"{self.association} .. forgotten: {counted(int(self.fields['PDUs']), 'PDU')}"
        if self.kind in ENDS.values():
            return f"{self.association} -- {self.kind}"
        arrow = "->" if self.direction == "sent" else "<-"
        indent = "  " if self.is_message else ""
        rest = "".join(f", {name} {value}" for name, value in self.fields.items())
        return f"{self.association} {arrow} {indent}{self.kind}, {counted(self.size_bytes, 'byte')}{rest}"


def memory_bytes(record: Record) -> int:
    """Return an estimate of the memory that a record takes."""
    size = len(record[5]) + _RECORD_BYTES
    for _, command, _ in record[-1]:
        size += len(command) + _RECORD_BYTES
    return size


def entries_of(record: Record) -> Iterator[LogEntry]:
    """Yield the entry for a record, then one for each message that it completes."""
    number, direction, is_from_requestor, value, size_bytes, kept, time_s, fragments, messages = record
    if isinstance(value, str):
        yield LogEntry(number, direction, is_from_requestor, ENDS[Failure(value)], False, 0, {}, time_s)
        return
    kind = PDUType(value)
    fields, contexts = describe_pdu(kind, kept, fragments, is_own=direction == "sent")
    name = kind.name.replace("_", "-")
    yield LogEntry(number, direction, is_from_requestor, name, False, size_bytes, fields, time_s, contexts)
    for message in messages:
        name, said = describe_message(message)
        yield LogEntry(number, direction, is_from_requestor, name, True, message[2], said, time_s)


def forgotten_entry(association: int, count: int, time_s: float) -> LogEntry:
    """Return the entry that stands for `count` PDUs of an association that are no longer kept."""
    return LogEntry(association, "", False, _FORGOTTEN, False, 0, {"PDUs": str(count)}, time_s)
