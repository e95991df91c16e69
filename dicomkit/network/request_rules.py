"""Which DIMSE requests a storage SCP refuses, with which status, and what a response holds (PS3.7 annex C)."""

from __future__ import annotations

from dicomkit.network.statuses import SUCCESS
from dicomkit.network.wire.command_set import (
    NO_DATA_SET,
    RESPONSE_BIT,
    CommandElement,
    CommandField,
    CommandSet,
    CommandValue,
    number_in,
    text_in,
)
from dicomkit.network.wire.presentation_contexts import ContextAnswer
from dicomkit.uids import VERIFICATION

__all__ = [
    "INVALID_ARGUMENT",
    "NO_SUCH_ACTION",
    "UNABLE_TO_PROCESS",
    "UNRECOGNIZED_OPERATION",
    "is_answered",
    "refusal",
    "response_to",
    "status_without_data_set",
]

UNABLE_TO_PROCESS = 0xC000  # PS3.4 Table C.4-1
_SOP_CLASS_NOT_SUPPORTED = 0x0122
UNRECOGNIZED_OPERATION = 0x0211
_MISTYPED_ARGUMENT = 0x0212
NO_SUCH_ACTION, INVALID_ARGUMENT = 0x0123, 0x0115  # PS3.7 sections C.5.24 and C.5.10
_MAX_COMMENT_LENGTH = 64  # (0000,0902) has VR LO


def refusal(command: CommandSet, context: ContextAnswer) -> int | None:
    """Return the status that refuses a request with a data set; None if it is a valid C-STORE."""
    if number_in(command, CommandElement.COMMAND_FIELD) != CommandField.C_STORE_RQ:
        return UNRECOGNIZED_OPERATION
    sop_class = text_in(command, CommandElement.AFFECTED_SOP_CLASS_UID)
    if sop_class != context.abstract_syntax_uid or sop_class == VERIFICATION:
        return _SOP_CLASS_NOT_SUPPORTED
    return None


def status_without_data_set(command: CommandSet, context: ContextAnswer) -> int:
    """Return the status for a request without a data set: success for C-ECHO only."""
    number = number_in(command, CommandElement.COMMAND_FIELD)
    if number == CommandField.C_ECHO_RQ:
        return SUCCESS if context.abstract_syntax_uid == VERIFICATION else _SOP_CLASS_NOT_SUPPORTED
    return _MISTYPED_ARGUMENT if number == CommandField.C_STORE_RQ else UNRECOGNIZED_OPERATION


def is_answered(command: CommandSet) -> bool:
    """Return whether a message is a request that has a response."""
    # PS3.7 section 9.3.2.3: a C-CANCEL has none.
    number = number_in(command, CommandElement.COMMAND_FIELD)
    return number != CommandField.C_CANCEL_RQ and not number & RESPONSE_BIT


def response_to(command: CommandSet, status: int, comment: str = "") -> dict[int, CommandValue]:
    """Return the command set of the response to a request (PS3.7 section 9.3).

    Examples
    --------
    >>> request = {CommandElement.COMMAND_FIELD: CommandField.C_ECHO_RQ, CommandElement.MESSAGE_ID: 7}
    >>> response_to(request, SUCCESS)[CommandElement.MESSAGE_ID_BEING_RESPONDED_TO]
    7
    """
    number = number_in(command, CommandElement.COMMAND_FIELD)
    response: dict[int, CommandValue] = {
        CommandElement.AFFECTED_SOP_CLASS_UID: text_in(command, CommandElement.AFFECTED_SOP_CLASS_UID),
        CommandElement.COMMAND_FIELD: number | RESPONSE_BIT,
        CommandElement.MESSAGE_ID_BEING_RESPONDED_TO: number_in(command, CommandElement.MESSAGE_ID),
        CommandElement.COMMAND_DATA_SET_TYPE: NO_DATA_SET,
        CommandElement.STATUS: status,
    }
    if number == CommandField.C_STORE_RQ:
        response[CommandElement.AFFECTED_SOP_INSTANCE_UID] = text_in(
            command, CommandElement.AFFECTED_SOP_INSTANCE_UID
        )
    elif number == CommandField.N_ACTION_RQ:  # PS3.7 section 10.3.4: what was requested is now affected
        response[CommandElement.AFFECTED_SOP_CLASS_UID] = text_in(
            command, CommandElement.REQUESTED_SOP_CLASS_UID
        )
        response[CommandElement.AFFECTED_SOP_INSTANCE_UID] = text_in(
            command, CommandElement.REQUESTED_SOP_INSTANCE_UID
        )
        response[CommandElement.ACTION_TYPE_ID] = number_in(command, CommandElement.ACTION_TYPE_ID)
    if comment:
        response[CommandElement.ERROR_COMMENT] = comment[:_MAX_COMMENT_LENGTH]
    return response
