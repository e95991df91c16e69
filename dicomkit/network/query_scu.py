"""Ask an archive, or a worklist, what it has (C-FIND)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dicomkit.archive import Level
from dicomkit.archive.elements import Element, Item, encode_item, read_item
from dicomkit.archive.identifiers import item_of, to_dataset
from dicomkit.archive.key_texts import item_of_texts
from dicomkit.archive.query import QUERY_LEVEL
from dicomkit.archive.values import padded
from dicomkit.errors import NetworkError, UsageError
from dicomkit.files.encoding import Encoding, transfer_syntax
from dicomkit.network.calling import call
from dicomkit.network.conversation import Conversation, interruption_told
from dicomkit.network.explanations import explain_context_result
from dicomkit.network.extended_negotiation import relational_item
from dicomkit.network.find_report import FindReport
from dicomkit.network.query_classes import class_for
from dicomkit.network.query_statuses import is_pending
from dicomkit.network.requestor import AssociationRequestor, TimeOuts
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.command_set import CommandField
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ProposedContext
from dicomkit.text import counted
from dicomkit.uids import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN

if TYPE_CHECKING:  # only who asks for them pays for them
    import ssl

    from pydicom.dataset import Dataset

    from dicomkit.network.association_log import AssociationLog

__all__ = ["conversation_in", "find", "identifier_of", "query_context"]

_WITH_REMARK = 0xFF01


def find(
    keys: Dataset | Mapping[str, object],
    host: str,
    port: int,
    *,
    level: str | None = None,
    model: str = "study",
    relational: bool = False,
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    limit: int | None = None,
    on_answer: Callable[[Dataset], object] | None = None,
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> FindReport:
    r"""Ask an archive what it has (C-FIND).

    Parameters
    ----------
    keys
        A data set, or values by keyword, tag or path: ``{"PatientName": "DOE*", "StudyInstanceUID": ""}``. What
        has a value has to match; what is empty comes back with each answer, and nothing else does.
    host, port
        Where the archive listens.
    level
        ``PATIENT``, ``STUDY``, ``SERIES`` or ``IMAGE``; by default what the keys say in Query/Retrieve Level
        (0008,0052), else ``STUDY``. A worklist has no levels.
    model
        ``study`` or ``patient`` for the two roots; ``worklist`` for a modality worklist.
    relational
        Propose relational queries: keys of levels above may be anything, and their unique keys may be missing.
        Few archives grant it; one that does not refuses such keys.
    called_ae_title, calling_ae_title
        The archive's title, and ours.
    limit
        Cancel after so many answers (C-CANCEL).
    on_answer
        Is called with each answer as it comes; then answers are not kept.
    time_outs
        How long to wait; ``answer_s`` counts anew with each answer.
    log
        Listens in.
    ssl_context
        For TLS.

    Returns
    -------
    FindReport
        The answers, and how it ended in words.

    Raises
    ------
    NoReceiverError
        If nobody listens there.
    AssociationRejectedError
        If the other side says no.
    NetworkError
        If it does no such query at all, or the association ends on the way.
    UsageError
        If an argument makes no sense.

    References
    ----------
    PS3.4 section C.4.1, C-FIND Operation; annex K, Basic Worklist Management.
    """
    identifier = identifier_of(
        keys, None if model == "worklist" else level or "STUDY", is_default=level is None
    )
    context = query_context(CommandField.C_FIND_RQ, model)
    proposed = (relational_item(context.abstract_syntax_uid),) if relational else ()
    request = AssociationRequest(calling_ae_title, called_ae_title, (context,), user_items=proposed)
    answers: list[Dataset] = []
    count, has_remark, heard = 0, False, None
    with (
        interruption_told(lambda: f"{counted(count, 'answer')} had come; there may be more"),
        call(host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context) as association,
    ):
        conversation, encoding = conversation_in(association, context, f"{host} port {port}")
        for heard in conversation.ask(CommandField.C_FIND_RQ, encode_item(identifier, encoding)):
            if not is_pending(heard.status):
                continue
            has_remark = has_remark or heard.status == _WITH_REMARK
            count += 1
            if limit is not None and count > limit:
                continue  # it was on its way when we cancelled
            answer = to_dataset(read_item(heard.identifier, 0, encoding, given="answer"))
            if on_answer is None:
                answers.append(answer)
            else:
                on_answer(answer)
            if count == limit:
                conversation.cancel()
    status, comment = (NO_STATUS, "") if heard is None else (heard.status, heard.comment)
    return FindReport(answers, status, comment, has_remark=has_remark)


def query_context(operation: CommandField, model: str) -> ProposedContext:
    """Return the presentation context for an operation in an information model."""
    return ProposedContext(
        1, class_for(operation, model), (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN)
    )


def conversation_in(
    association: AssociationRequestor, context: ProposedContext, given: str
) -> tuple[Conversation, Encoding]:
    """Return who asks in a context, and how identifiers are encoded there.

    Raises
    ------
    NetworkError
        If it was not accepted: the other side is no archive, or not for this model.
    """
    answer = association.context_for(context.abstract_syntax_uid, context.transfer_syntax_uids[0])
    if answer is None or answer.result != ACCEPTED:
        problem, remedy = explain_context_result(-1 if answer is None else answer.result)
        raise NetworkError(given, problem, remedy)
    conversation = Conversation(association, answer.context_id, context.abstract_syntax_uid)
    return conversation, transfer_syntax(answer.transfer_syntax_uid).encoding


def identifier_of(keys: Dataset | Mapping[str, object], level: str | None, *, is_default: bool) -> Item:
    """Return the identifier of a request, with its level.

    Parameters
    ----------
    keys
        What the caller gave.
    level
        Its level; None for a worklist.
    is_default
        Whether a level among the keys is stronger.

    Raises
    ------
    UsageError
        If there is no such level.
    """
    item = item_of_texts(keys) if isinstance(keys, Mapping) else item_of(keys)
    if level is None or (is_default and QUERY_LEVEL in item):
        return item
    if level not in Level.__members__:
        raise UsageError(level, "is no level", f"say one of {', '.join(Level.__members__)}")
    item[QUERY_LEVEL] = Element("CS", padded(level, "CS"))
    return item
