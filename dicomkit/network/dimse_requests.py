"""Command sets of DIMSE requests, and the order in which a message and its data set are sent.

References
----------
PS3.7 section 9.3, Protocol; section 6.3.1, Command Set Structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dicomkit.network.wire import DataSetFragment, Event, MessageStart
from dicomkit.network.wire.command_set import NO_DATA_SET, CommandElement, CommandField, CommandValue

__all__ = [
    "HAS_DATA_SET",
    "MEDIUM_PRIORITY",
    "echo_command",
    "following_id",
    "message_events",
    "store_command",
]

HAS_DATA_SET = 0x0001  # PS3.7 section E.1: any value but 0101H
MEDIUM_PRIORITY = 0
_MAX_MESSAGE_ID = 0xFFFF  # (0000,0110) has VR US


def echo_command(sop_class_uid: str) -> dict[int, CommandValue]:
    """Return the command set of a C-ECHO request, without a Message ID."""
    return {
        CommandElement.AFFECTED_SOP_CLASS_UID: sop_class_uid,
        CommandElement.COMMAND_FIELD: CommandField.C_ECHO_RQ,
        CommandElement.COMMAND_DATA_SET_TYPE: NO_DATA_SET,
    }


def store_command(
    sop_class_uid: str, sop_instance_uid: str, *, originator: tuple[str, int] | None = None
) -> dict[int, CommandValue]:
    """Return the command set of a C-STORE request, without a Message ID.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid
        The instance to be sent.
    originator
        AE title and Message ID of the C-MOVE request, if this is one of its sub-operations.
    """
    command: dict[int, CommandValue] = {
        CommandElement.AFFECTED_SOP_CLASS_UID: sop_class_uid,
        CommandElement.COMMAND_FIELD: CommandField.C_STORE_RQ,
        CommandElement.PRIORITY: MEDIUM_PRIORITY,
        CommandElement.COMMAND_DATA_SET_TYPE: HAS_DATA_SET,
        CommandElement.AFFECTED_SOP_INSTANCE_UID: sop_instance_uid,
    }
    if originator is not None:
        command[CommandElement.MOVE_ORIGINATOR_AE_TITLE] = originator[0]
        command[CommandElement.MOVE_ORIGINATOR_MESSAGE_ID] = originator[1]
    return command


def following_id(message_id: int) -> int:
    """Return the Message ID after `message_id`; 1 follows 65535."""
    return message_id % _MAX_MESSAGE_ID + 1


def message_events(start: MessageStart, data_set: Iterable[bytes]) -> Iterator[tuple[Event, ...]]:
    """Yield the events of one message, grouped by what is sent together.

    The command set goes out with the first piece of the data set: one packet less to wait for.

    Parameters
    ----------
    start
        The command set in its presentation context.
    data_set
        The encoded data set in pieces of any size; ignored if the command set announces none.
    """
    if not start.has_data_set:
        yield (start,)
        return
    first: tuple[Event, ...] = (start,)
    pieces = iter(data_set)
    piece: bytes | None = next(pieces, b"")
    while piece is not None:
        following = next(pieces, None)
        yield (*first, DataSetFragment(start.context_id, piece, is_last=following is None))
        first, piece = (), following
