"""P-DATA-TF PDUs in the association log: fragments without the bytes of data sets, and messages made of them."""

from __future__ import annotations

from typing import NamedTuple

from dicomkit.network.log_text import describe_message
from dicomkit.network.wire.pdus import (
    COMMAND_BIT,
    LAST_BIT,
    PDV_HEADER,
    ConnectionFailedError,
    presentation_data_values,
)

__all__ = ["Fragment", "MessageInProgress", "fragments_of", "without_data_set"]


class Fragment(NamedTuple):
    """A presentation data value; ``command`` is None for a fragment of a data set, whose bytes are not kept."""

    context_id: int
    is_last: bool
    command: bytes | None
    size_bytes: int


class MessageInProgress:
    """Put fragments together until a message is complete."""

    def __init__(self) -> None:
        self._command = bytearray()
        self._size_bytes = 0

    def add(self, fragment: Fragment) -> list[tuple[str, int, dict[str, str]]]:
        """Take a fragment; return the message that it completes, if it does: name, size, fields."""
        if fragment.command is not None:
            self._command += fragment.command
        elif not self._command:
            return []  # the log has forgotten how this message began
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


def without_data_set(body: bytes) -> bytes:
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


def fragments_of(kept: bytes) -> list[Fragment]:
    """Take apart what `without_data_set` left."""
    fragments: list[Fragment] = []
    offset = 0
    while offset < len(kept):
        length, context_id, control = PDV_HEADER.unpack_from(kept, offset)
        offset += PDV_HEADER.size
        command, size = None, length - 2
        if control & COMMAND_BIT:
            command = kept[offset : offset + size]
            offset += size
        fragments.append(Fragment(context_id, bool(control & LAST_BIT), command, size))
    return fragments
