"""A query SCU: ask an archive, or a worklist, what it has (C-FIND)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dicomkit.archive import Level
from dicomkit.archive.elements import Element, Item, encode_item, read_item
from dicomkit.archive.identifiers import item_of, to_dataset
from dicomkit.archive.key_texts import item_of_texts
from dicomkit.archive.query import QUERY_LEVEL
from dicomkit.archive.values import padded
from dicomkit.errors import UsageError
from dicomkit.files.encoding import Encoding, transfer_syntax
from dicomkit.network.calling import call
from dicomkit.network.extended_negotiation import relational_item
from dicomkit.network.find_report import FindReport
from dicomkit.network.query_classes import class_for
from dicomkit.network.query_requestor import QueryRequestor, interrupts_explained
from dicomkit.network.query_statuses import PENDING_WITH_WARNING, is_pending
from dicomkit.network.requestor import AssociationRequestor, TimeOuts
from dicomkit.network.required_context import required_context
from dicomkit.network.sop_classes import UNCOMPRESSED
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.command_set import CommandField
from dicomkit.network.wire.presentation_contexts import ProposedContext
from dicomkit.text import counted

if TYPE_CHECKING:  # only who asks for them pays for them
    import ssl

    from pydicom.dataset import Dataset

    from dicomkit.network.association_log import AssociationLog

__all__ = ["find", "identifier_of", "query_context", "query_requestor"]


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
        A data set, or values by keyword, tag or path: ``{"PatientName": "DOE*", "StudyInstanceUID": ""}``. A key
        with a value has to match (matching key); an empty one is returned in each answer (return key).
    host, port
        Where the archive listens.
    level
        ``PATIENT``, ``STUDY``, ``SERIES`` or ``IMAGE``; by default what the keys say in Query/Retrieve Level
        (0008,0052), else ``STUDY``. A worklist has no levels.
    model
        ``study`` or ``patient`` for the two roots; ``worklist`` for a modality worklist.
    relational
        Propose relational queries: keys of higher levels are allowed, and unique keys of higher levels may be
        missing. Few archives support them; the others refuse such keys.
    called_ae_title, calling_ae_title
        The archive's title, and ours.
    limit
        Cancel after so many answers (C-CANCEL).
    on_answer
        Called with each answer as it arrives; the report then holds none.
    time_outs
        How long to wait; ``answer_s`` holds for each response.
    log
        Logs the association.
    ssl_context
        Client-side TLS settings; None for plain TCP.

    Returns
    -------
    FindReport
        The answers, and the last status in words.

    Raises
    ------
    NoReceiverError
        If nobody listens there.
    AssociationRejectedError
        If the archive rejects the association.
    NetworkError
        If it does not support this query, or the association ends before the last response.
    UsageError
        If an argument makes no sense.

    References
    ----------
    PS3.4 section C.4.1, C-FIND Operation; annex K, Basic Worklist Management.
    """
    identifier = identifier_of(keys, level, model)
    context = query_context(CommandField.C_FIND_RQ, model)
    proposed = (relational_item(context.abstract_syntax_uid),) if relational else ()
    request = AssociationRequest(calling_ae_title, called_ae_title, (context,), user_items=proposed)
    answers: list[Dataset] = []
    count, has_remark = 0, False
    with (
        interrupts_explained(lambda: f"{counted(count, 'answer')} had arrived; there may be more"),
        call(host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context) as association,
    ):
        requestor, encoding = query_requestor(association, context)
        for response in requestor.responses(CommandField.C_FIND_RQ, encode_item(identifier, encoding)):
            if not is_pending(response.status):
                continue
            has_remark = has_remark or response.status == PENDING_WITH_WARNING
            count += 1
            if limit is not None and count > limit:
                continue  # sent before the archive read our C-CANCEL
            answer = to_dataset(read_item(response.identifier, 0, encoding, given="answer"))
            if on_answer is None:
                answers.append(answer)
            else:
                on_answer(answer)
            if count == limit:
                requestor.cancel()
    return FindReport(answers, response.status, response.comment, has_remark=has_remark)


def query_context(operation: CommandField, model: str) -> ProposedContext:
    """Return the presentation context to propose for an operation in an information model."""
    return ProposedContext(1, class_for(operation, model), UNCOMPRESSED)


def query_requestor(
    association: AssociationRequestor, proposed: ProposedContext
) -> tuple[QueryRequestor, Encoding]:
    """Return a requestor in the accepted context, and the encoding of its identifiers.

    Raises
    ------
    NetworkError
        If the context was not accepted: the other side is no archive, or not for this information model.
    """
    context = required_context(association, proposed.abstract_syntax_uid, proposed.transfer_syntax_uids[0])
    requestor = QueryRequestor(association, context.context_id, proposed.abstract_syntax_uid)
    return requestor, transfer_syntax(context.transfer_syntax_uid).encoding


def identifier_of(keys: Dataset | Mapping[str, object], level: str | None, model: str) -> Item:
    """Return the identifier of a request, with its Query/Retrieve Level unless it is for a worklist.

    Parameters
    ----------
    keys, level, model
        As for `find`.

    Raises
    ------
    UsageError
        If there is no such level.
    """
    item = item_of_texts(keys) if isinstance(keys, Mapping) else item_of(keys)
    if model == "worklist" or (level is None and QUERY_LEVEL in item):
        return item
    level = level or "STUDY"
    if level not in Level.__members__:
        raise UsageError(level, "is no level", f"say one of {', '.join(Level.__members__)}")
    item[QUERY_LEVEL] = Element("CS", padded(level, "CS"))
    return item
