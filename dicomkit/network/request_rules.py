"""Which DIMSE requests a storage SCP serves, and the status that refuses the others (PS3.7 annex C)."""

from __future__ import annotations

from dicomkit.network.statuses import SUCCESS
from dicomkit.network.wire.command_set import Command, CommandElement, CommandField, number_in, text_in
from dicomkit.network.wire.presentation_contexts import VERIFICATION, ContextAnswer

__all__ = ["refusal", "status_without_data_set"]

_SOP_CLASS_NOT_SUPPORTED = 0x0122
_UNRECOGNIZED_OPERATION = 0x0211
_MISTYPED_ARGUMENT = 0x0212


def refusal(command: Command, context: ContextAnswer) -> int | None:
    """Return the status that refuses a request with a data set, or None for one that can be served."""
    if number_in(command, CommandElement.COMMAND_FIELD) != CommandField.C_STORE_RQ:
        return _UNRECOGNIZED_OPERATION
    sop_class = text_in(command, CommandElement.AFFECTED_SOP_CLASS_UID)
    if sop_class != context.abstract_syntax_uid or sop_class == VERIFICATION:
        return _SOP_CLASS_NOT_SUPPORTED
    return None


def status_without_data_set(command: Command, context: ContextAnswer) -> int:
    """Return the status for a request that brings no data set: only C-ECHO is one that should not."""
    number = number_in(command, CommandElement.COMMAND_FIELD)
    if number == CommandField.C_ECHO_RQ:
        return SUCCESS if context.abstract_syntax_uid == VERIFICATION else _SOP_CLASS_NOT_SUPPORTED
    return _MISTYPED_ARGUMENT if number == CommandField.C_STORE_RQ else _UNRECOGNIZED_OPERATION
