"""A storage SCU that explains itself: `echo` asks whether somebody is there, `send` sends instances.

`send` proposes for each SOP class exactly the transfer syntaxes that the files have, and sends each data
set as it is. What cannot be sent that way is reported with its reason, never converted in silence.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Sequence

from dicomkit.errors import NetworkError
from dicomkit.network.addressing import check_ae_title
from dicomkit.network.association_log import AssociationLog
from dicomkit.network.delivery import Delivery, Progress
from dicomkit.network.explanations import explain_context_result
from dicomkit.network.outgoing import NotSendable, OutgoingInstance, Source, find_outgoing
from dicomkit.network.presentation_contexts import (
    ACCEPTED,
    IMPLICIT_VR_LITTLE_ENDIAN,
    VERIFICATION,
    ProposedContext,
    plan_contexts,
)
from dicomkit.network.requestor import AssociationRequestor, TimeOuts, request_for
from dicomkit.network.send_report import SendReport, SendResult, passed_over
from dicomkit.network.statuses import NO_STATUS, SUCCESS

__all__ = ["echo", "send"]


def echo(
    host: str,
    port: int,
    *,
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> None:
    """Ask a receiver whether it is there (C-ECHO), and return when it has said so.

    Parameters
    ----------
    host, port
        Where to call.
    called_ae_title, calling_ae_title
        The receiver's title, and ours.
    time_outs
        How long to wait.
    log
        Listens in.
    ssl_context
        For TLS.

    Raises
    ------
    NoReceiverError
        If nobody listens there.
    AssociationRejectedError
        If the receiver says no, with its reason in words.
    NetworkError
        If it answers in another way than with success.

    References
    ----------
    PS3.4 annex A, Verification Service Class.
    """
    context = ProposedContext(1, VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))
    request = request_for(called_ae_title, calling_ae_title, [context])
    with AssociationRequestor(
        host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context
    ) as association:
        answer = association.context_for(VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN)
        if answer is None or answer.result != ACCEPTED:
            problem, remedy = explain_context_result(-1 if answer is None else answer.result)
            raise NetworkError(f"{host} port {port}", problem, remedy)
        response = association.echo(answer.context_id, VERIFICATION)
    if response.status != SUCCESS:
        said = "without a status" if response.status == NO_STATUS else f"with status {response.status:04X}H"
        raise NetworkError(f"{host} port {port}", f"C-ECHO was answered {said}", "read its log")


def send(
    sources: Source | Iterable[Source],
    host: str,
    port: int,
    *,
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    recursive: bool = True,
    stop_on_failure: bool = False,
    on_result: Callable[[SendResult], object] | None = None,
    progress: bool = False,
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> SendReport:
    """Send instances (C-STORE) and say what became of each.

    Parameters
    ----------
    sources
        Files, folders and data sets, in any mixture. Hidden files and files that are not DICOM are named
        in the report and passed over.
    host, port
        Where to send them.
    called_ae_title, calling_ae_title
        The receiver's title, and ours.
    recursive
        Whether to look into folders inside folders.
    stop_on_failure
        Stop at the first instance that is not stored.
    on_result
        Is called with each row of the report as soon as it is known.
    progress
        Show a bar on stderr.
    time_outs
        How long to wait. An instance whose answer does not come is sent again, twice at most.
    log
        Listens in.
    ssl_context
        For TLS.

    Returns
    -------
    SendReport
        A row for each file and data set, in the order in which they were found.

    Raises
    ------
    FileAccessError
        If a path does not exist.
    NoReceiverError
        If nobody listens there. Once something has been sent, trouble is reported in the rows instead.
    AssociationRejectedError
        If the receiver says no.
    UsageError
        If an argument is no AE title, no port, or nothing that can be sent.

    References
    ----------
    PS3.4 annex B, Storage Service Class.
    """
    for title in (called_ae_title, calling_ae_title):
        check_ae_title(title)
    found = list(find_outgoing(sources, recursive=recursive))
    with Progress(len(found), on_result, shown=progress) as results:
        for number, item in enumerate(found):
            if isinstance(item, NotSendable):
                results.add(number, passed_over(item))

        def associate(contexts: Sequence[ProposedContext]) -> AssociationRequestor:
            request = request_for(called_ae_title, calling_ae_title, contexts)
            return AssociationRequestor(
                host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context
            )

        instances = [
            (number, item) for number, item in enumerate(found) if isinstance(item, OutgoingInstance)
        ]
        for contexts in plan_contexts(
            (item.sop_class_uid, item.transfer_syntax_uid) for _, item in instances
        ):
            pairs = {(context.abstract_syntax_uid, context.transfer_syntax_uids[0]) for context in contexts}
            batch = [
                entry
                for entry in instances
                if (entry[1].sop_class_uid, entry[1].transfer_syntax_uid) in pairs
            ]
            Delivery(associate, contexts, results, stop_on_failure=stop_on_failure).run(batch)
        return results.report()
