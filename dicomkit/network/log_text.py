"""The text of the association log: selected fields of each PDU and message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from dicomkit.errors import NotDicomError
from dicomkit.network.explanations import explain_abort
from dicomkit.network.sop_classes import uid_name
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.wire.command_set import (
    RESPONSE_BIT,
    CommandElement,
    command_name,
    decode_command,
    number_in,
    text_in,
)
from dicomkit.network.wire.events import Message
from dicomkit.network.wire.failures import InvalidPDUError
from dicomkit.network.wire.negotiation import decode_answer, decode_rejection, decode_request
from dicomkit.network.wire.pdus import PDUType
from dicomkit.network.wire.presentation_contexts import ACCEPTED
from dicomkit.text import shorten

__all__ = ["COUNTS", "LoggedContext", "describe_message", "describe_pdu"]

# The counts of sub-operations by their names in the log.
COUNTS = {
    "remaining": CommandElement.NUMBER_OF_REMAINING_SUBOPERATIONS,
    "completed": CommandElement.NUMBER_OF_COMPLETED_SUBOPERATIONS,
    "with a warning": CommandElement.NUMBER_OF_WARNING_SUBOPERATIONS,
    "failed": CommandElement.NUMBER_OF_FAILED_SUBOPERATIONS,
}
_LISTED_CONTEXTS = 8
_ABORT_BYTES = 4  # PS3.8 Table 9-26: two reserved, then source and reason
_LISTED_SYNTAXES = 12  # of one context
_TEXT_LIMIT = 64  # the longest UID


class LoggedContext(NamedTuple):
    """A presentation context in an A-ASSOCIATE-RQ or A-ASSOCIATE-AC, in words.

    ``result`` is None in a request. In an answer it is 0 (accepted) or 1 to 4 (PS3.8 Table 9-18), and
    ``transfer_syntaxes`` holds the accepted one.
    """

    number: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]
    result: int | None = None


# Selected fields by name, and the presentation contexts.
_Description: TypeAlias = tuple[dict[str, str], tuple[LoggedContext, ...]]


def _name(uid: str) -> str:
    return shorten(uid_name(uid), _TEXT_LIMIT)


def describe_pdu(kind: PDUType, body: bytes, fragment_count: int, *, is_own: bool) -> _Description:
    """Return selected fields of a PDU by name, and its presentation contexts.

    Parameters
    ----------
    kind
        The type.
    body
        The bytes after the header; empty for a P-DATA-TF PDU, whose content is not kept.
    fragment_count
        Number of presentation data values in a P-DATA-TF PDU.
    is_own
        Whether the side that keeps the log sent it.
    """
    describe = {
        PDUType.A_ASSOCIATE_RQ: _describe_request,
        PDUType.A_ASSOCIATE_AC: _describe_answer,
        PDUType.A_ASSOCIATE_RJ: _describe_rejection,
    }.get(kind)
    if describe is not None:
        try:
            return describe(body)
        except InvalidPDUError:
            return {"content": "cannot be read"}, ()
    if kind is PDUType.A_ABORT:
        numbers = {"source": str(body[2]), "reason": str(body[3])} if len(body) >= _ABORT_BYTES else {}
        return {**numbers, "because": explain_abort(body, "this side" if is_own else "the other side")}, ()
    if kind is PDUType.P_DATA_TF and fragment_count != 1:
        return {"fragments": str(fragment_count)}, ()
    return {}, ()


def describe_message(message: Message) -> tuple[str, dict[str, str]]:
    """Return the name of a DIMSE message, and selected fields by name."""
    context_id, command, _ = message
    fields = {"context": str(context_id)}
    try:
        content = decode_command(command)
    except NotDicomError:
        return "message that cannot be read", fields
    sop_class = text_in(content, CommandElement.AFFECTED_SOP_CLASS_UID)
    if sop_class:
        fields["SOP class"] = _name(sop_class)
    for element, name in (
        (CommandElement.MESSAGE_ID, "message"),
        (CommandElement.MESSAGE_ID_BEING_RESPONDED_TO, "answers message"),
    ):
        if element in content:
            fields[name] = str(number_in(content, element))
    if number_in(content, CommandElement.COMMAND_FIELD) & RESPONSE_BIT:
        status = number_in(content, CommandElement.STATUS, default=NO_STATUS)
        fields["status"] = "none" if status == NO_STATUS else f"{status:04X}H"
    fields |= {
        name: str(number_in(content, element)) for name, element in COUNTS.items() if element in content
    }
    for element, name in ((CommandElement.MOVE_DESTINATION, "to"), (CommandElement.ERROR_COMMENT, "comment")):
        if element in content:
            fields[name] = shorten(text_in(content, element), _TEXT_LIMIT)
    return command_name(content), fields


def _describe_request(body: bytes) -> _Description:
    request = decode_request(body)
    scp_roles = sum(role.as_scp for role in request.roles)
    fields = {
        "calling": shorten(request.calling_ae_title, _TEXT_LIMIT),
        "called": shorten(request.called_ae_title, _TEXT_LIMIT),
        "largest PDU": str(request.max_length),
        **({"as SCP of": f"{scp_roles} of these"} if scp_roles else {}),
        "proposes": _list(
            f"{context.context_id}: {_name(context.abstract_syntax_uid)} as "
            + " or ".join(_name(uid) for uid in context.transfer_syntax_uids)
            for context in request.contexts
        ),
    }
    return fields, tuple(
        LoggedContext(
            context.context_id,
            _name(context.abstract_syntax_uid),
            tuple(_name(uid) for uid in context.transfer_syntax_uids[:_LISTED_SYNTAXES]),
        )
        for context in request.contexts
    )


def _describe_answer(body: bytes) -> _Description:
    answer = decode_answer(body)
    contexts = [
        LoggedContext(
            context.context_id,
            "",
            (_name(context.transfer_syntax_uid),) if context.result == ACCEPTED else (),
            context.result,
        )
        for context in answer.contexts
    ]
    answers = _list(
        f"{number}: accepted as {names[0]}" if names else f"{number}: refused ({result})"
        for number, _, names, result in contexts
    )
    return {"largest PDU": str(answer.max_length), "answers": answers}, tuple(contexts)


def _describe_rejection(body: bytes) -> _Description:
    return {name: str(number) for name, number in decode_rejection(body)._asdict().items()}, ()


def _list(texts: Iterable[str]) -> str:
    """Join the texts of presentation contexts, shortened: some requestors propose all they know."""
    every = list(texts)
    rest = len(every) - _LISTED_CONTEXTS
    return "; ".join(every[:_LISTED_CONTEXTS]) + (f"; and {rest} more" if rest > 0 else "")
