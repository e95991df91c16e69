"""The command sets of requests that more than one side makes. The message ID is filled in when they are sent.

References
----------
PS3.7 section 9.3, DIMSE-C Message Formats.
"""

from __future__ import annotations

from dicomkit.network.wire.command_set import NO_DATA_SET, CommandElement, CommandField, CommandValue

__all__ = ["HAS_DATA_SET", "echo_command", "store_command"]

HAS_DATA_SET = 0x0001
_MEDIUM_PRIORITY = 0


def echo_command(sop_class_uid: str) -> dict[int, CommandValue]:
    """Return a C-ECHO request."""
    return {
        CommandElement.AFFECTED_SOP_CLASS_UID: sop_class_uid,
        CommandElement.COMMAND_FIELD: CommandField.C_ECHO_RQ,
        CommandElement.COMMAND_DATA_SET_TYPE: NO_DATA_SET,
    }


def store_command(
    sop_class_uid: str, sop_instance_uid: str, *, originator: tuple[str, int] | None = None
) -> dict[int, CommandValue]:
    """Return a C-STORE request.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid
        What is sent.
    originator
        For whom it is done: the AE title and message ID of a C-MOVE request.
    """
    command: dict[int, CommandValue] = {
        CommandElement.AFFECTED_SOP_CLASS_UID: sop_class_uid,
        CommandElement.COMMAND_FIELD: CommandField.C_STORE_RQ,
        CommandElement.PRIORITY: _MEDIUM_PRIORITY,
        CommandElement.COMMAND_DATA_SET_TYPE: HAS_DATA_SET,
        CommandElement.AFFECTED_SOP_INSTANCE_UID: sop_instance_uid,
    }
    if originator is not None:
        command[CommandElement.MOVE_ORIGINATOR_AE_TITLE] = originator[0]
        command[CommandElement.MOVE_ORIGINATOR_MESSAGE_ID] = originator[1]
    return command
