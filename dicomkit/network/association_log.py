"""What was said on an association, line by line: each PDU and each DIMSE message, either way.

The log is the model behind the ladder diagram. It keeps who spoke, what kind of PDU it was, the few
fields that matter and how large it was. It never keeps anything of a data set, so it holds no patient
data, and it says the same on each run: times are kept beside the text, not in it.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomkit.network.log_text import describe_message, describe_pdu
from dicomkit.network.upper_layer import (
    COMMAND_BIT,
    LAST_BIT,
    PDU_HEADER,
    PDV_HEADER,
    ConnectionFailedError,
    PDUType,
    presentation_data_values,
)

if TYPE_CHECKING:
    from pynetdicom.events import Event

__all__ = ["AssociationLog", "LogEntry"]

_KEPT_RECORDS = 10_000
_KEPT_BYTES = 8 << 20  # a stranger may send requests of 1 MB each, or PDUs of nothing but empty fragments
_RECORD_BYTES = 200  # what a record takes beside them


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that was said.

    Parameters
    ----------
    association
        Which association, counted from 1.
    direction
        ``sent`` or ``received``, seen from the side that keeps the log.
    kind
        ``A-ASSOCIATE-RQ`` and so on for a PDU, ``C-STORE-RQ`` and so on for a DIMSE message.
    is_message
        Whether it is a DIMSE message, that is, something carried by P-DATA-TF PDUs.
    size_bytes
        Of the PDU, or of the message's data set.
    fields
        The few values that matter, by name.
    time_s
        Seconds on a clock that only ever goes forward; differences mean something, the value does not.
    """

    association: int
    direction: str
    kind: str
    is_message: bool
    size_bytes: int
    fields: dict[str, str] = field(hash=False)
    time_s: float = field(compare=False, repr=False)

    def __str__(self) -> str:
        arrow = "->" if self.direction == "sent" else "<-"
        indent = "  " if self.is_message else ""
        rest = "".join(f", {name} {value}" for name, value in self.fields.items())
        return f"{self.association} {arrow} {indent}{self.kind}, {self.size_bytes} bytes{rest}"


class _Record(NamedTuple):
    """A PDU as it is written down while the wire is busy; it is put into words when somebody asks."""

    association: int
    direction: str
    kind: PDUType
    size_bytes: int
    kept: bytes  # what follows its header, without what belongs to a data set
    time_s: float


class _Fragment(NamedTuple):
    context_id: int
    is_last: bool
    command: bytes | None  # None for a fragment of a data set, whose bytes are not kept
    size_bytes: int


class AssociationLog:
    """Listen in on associations.

    Parameters
    ----------
    keep
        How many PDUs to keep; the oldest go first, earlier if they are unusually large.

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
        self._records: collections.deque[tuple[int, str, PDUType, int, bytes, float]] = collections.deque()
        self._keep = keep
        self._kept_bytes = 0
        self._associations = 0
        self._lock = threading.Lock()

    def open(self) -> Callable[[str, PDUType, bytes], None]:
        """Begin a new association and return the function to tell about its PDUs.

        It takes the direction, the type of the PDU and the bytes after its header.
        """
        with self._lock:
            self._associations += 1
            number = self._associations

        def tap(direction: str, kind: PDUType, body: bytes) -> None:
            # The other side waits meanwhile. So nothing is taken apart here, and a plain tuple does: it is
            # made in an instant, and the garbage collector does not come back to it ten thousand times.
            kept = _without_data_set(body) if kind is PDUType.P_DATA_TF else body
            record = (number, direction, kind, len(body) + PDU_HEADER.size, kept, time.monotonic())
            with self._lock:
                self._records.append(record)
                self._kept_bytes += len(kept) + _RECORD_BYTES
                while len(self._records) > self._keep or self._kept_bytes > _KEPT_BYTES:
                    _, _, _, _, forgotten, _ = self._records.popleft()
                    self._kept_bytes -= len(forgotten) + _RECORD_BYTES

        return tap

    def handlers(self) -> list[tuple[Any, Callable[[Event], None]]]:
        """Return what pynetdicom's ``evt_handlers`` wants, to log an association that pynetdicom runs.

        Works for ``AE.associate`` and for ``AE.start_server``, with the events for raw bytes.
        """
        from pynetdicom import evt  # noqa: PLC0415 - only a notebook that uses pynetdicom itself needs it

        taps: dict[int, Callable[[str, PDUType, bytes], None]] = {}

        def write_down(event: Event, direction: str) -> None:
            key = id(event.assoc)
            tap = taps.get(key)
            if tap is None:
                tap = taps[key] = self.open()
            content = bytes(event.data)
            tap(direction, PDUType(content[0]), content[PDU_HEADER.size :])

        return [
            (evt.EVT_DATA_SENT, lambda event: write_down(event, "sent")),
            (evt.EVT_DATA_RECV, lambda event: write_down(event, "received")),
            (evt.EVT_CONN_CLOSE, lambda event: taps.pop(id(event.assoc), None) and None),
        ]

    @property
    def entries(self) -> list[LogEntry]:
        """All that was said so far, oldest first; a message stands behind the PDU that completed it."""
        entries: list[LogEntry] = []
        messages: dict[tuple[int, str], _MessageInProgress] = {}
        with self._lock:
            records = list(self._records)
        for record in map(_Record._make, records):
            fragments = _fragments(record.kept) if record.kind is PDUType.P_DATA_TF else []
            entries.append(
                LogEntry(
                    record.association,
                    record.direction,
                    record.kind.name.replace("_", "-"),
                    is_message=False,
                    size_bytes=record.size_bytes,
                    fields=describe_pdu(record.kind, record.kept, len(fragments)),
                    time_s=record.time_s,
                )
            )
            progress = messages.setdefault((record.association, record.direction), _MessageInProgress())
            entries += [
                LogEntry(
                    record.association,
                    record.direction,
                    name,
                    is_message=True,
                    size_bytes=size,
                    fields=fields,
                    time_s=record.time_s,
                )
                for fragment in fragments
                for name, size, fields in progress.add(fragment)
            ]
        return entries

    @property
    def messages(self) -> list[LogEntry]:
        """The DIMSE messages alone."""
        return [entry for entry in self.entries if entry.is_message]

    def clear(self) -> None:
        """Forget what was said; associations go on being counted."""
        with self._lock:
            self._records.clear()
            self._kept_bytes = 0

    def __len__(self) -> int:
        return len(self._records)

    def __str__(self) -> str:
        return "\n".join(str(entry) for entry in self.entries)


class _MessageInProgress:
    """Put fragments together until a message is complete."""

    def __init__(self) -> None:
        self._command = bytearray()
        self._size_bytes = 0

    def add(self, fragment: _Fragment) -> list[tuple[str, int, dict[str, str]]]:
        """Take a fragment; return the message that it completes, if it does."""
        if fragment.command is not None:
            self._command += fragment.command
        else:
            self._size_bytes += fragment.size_bytes
        if not fragment.is_last:
            return []
        name, has_data_set, fields = describe_message(bytes(self._command), fragment.context_id)
        if fragment.command is not None and has_data_set:
            return []
        size, self._size_bytes = self._size_bytes, 0
        self._command.clear()
        return [(name, size, fields)]


def _without_data_set(body: bytes) -> bytes:
    """Return what a P-DATA-TF PDU holds, with the headers of data set fragments but not their bytes."""
    if len(body) >= PDV_HEADER.size:
        length, _, control = PDV_HEADER.unpack_from(body)
        if length == len(body) - 4:  # one fragment, as nearly everybody sends them
            return body if control & COMMAND_BIT else body[: PDV_HEADER.size]
    try:
        return b"".join(
            PDV_HEADER.pack(
                len(value.fragment) + 2,
                value.context_id,
                (COMMAND_BIT if value.is_command else 0) | (LAST_BIT if value.is_last else 0),
            )
            + (value.fragment if value.is_command else b"")
            for value in presentation_data_values(body, "")
        )
    except ConnectionFailedError:
        return b""  # malformed; the association ends over it, and the entry still shows its size


def _fragments(kept: bytes) -> list[_Fragment]:
    """Take apart what `_without_data_set` left."""
    fragments: list[_Fragment] = []
    offset = 0
    while offset < len(kept):
        length, context_id, control = PDV_HEADER.unpack_from(kept, offset)
        offset += PDV_HEADER.size
        command, size = None, length - 2
        if control & COMMAND_BIT:
            command = kept[offset : offset + size]
            offset += size
        fragments.append(_Fragment(context_id, bool(control & LAST_BIT), command, size))
    return fragments
