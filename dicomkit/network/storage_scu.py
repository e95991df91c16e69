"""A storage SCU that reports the result of each instance.

`send` proposes for each SOP class exactly the transfer syntaxes of the files, and sends each data set as it is. What
cannot be sent that way is reported with its reason; nothing is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from dicomkit.network.addressing import check_ae_title
from dicomkit.network.calling import call
from dicomkit.network.delivery import Delivery, Progress
from dicomkit.network.outgoing import NotSendable, OutgoingInstance, Source, find_outgoing
from dicomkit.network.requestor import AssociationRequestor, TimeOuts
from dicomkit.network.send_report import SendInterrupted, SendReport, SendResult, passed_over
from dicomkit.network.waits import Wait, Waits
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.presentation_contexts import ProposedContext, plan_contexts
from dicomkit.network.wire.user_identity import UserIdentity, encode_user_identity

TYPE_CHECKING = False
if TYPE_CHECKING:  # not every Python has ssl; a log is optional
    import ssl

    from dicomkit.network.association_log import AssociationLog

__all__ = ["send"]


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
    user_identity: UserIdentity | None = None,
    on_wait: Callable[[Wait], object] | None = None,
) -> SendReport:
    """Send instances (C-STORE) and return the result of each.

    Parameters
    ----------
    sources
        One or several files, folders and data sets. Hidden files and files that are not DICOM are skipped and
        listed in the report.
    host, port
        The receiver's address.
    called_ae_title, calling_ae_title
        The receiver's title, and ours.
    recursive
        Whether to look into folders inside folders.
    stop_on_failure
        Stop at the first instance that is not stored.
    on_result
        Called with each row of the report as soon as it is known.
    progress
        Show a progress bar on stderr.
    time_outs
        How long to wait. An instance without a response is sent again, twice at most.
    log
        Logs the associations.
    ssl_context
        Client-side TLS settings; None for plain TCP.
    user_identity
        The username and passcode to send, if the receiver asks for them.
    on_wait
        Called with a `Wait` when nothing has arrived for a while (`TimeOuts`), from another thread; the call that
        the wait is over may come from the sending thread. It must not block, or the association waits for it. By
        default, a line on stderr says what is waited for.

    Returns
    -------
    SendReport
        A row for each file and data set, in the order of the sources.

    Raises
    ------
    FileAccessError
        If a path does not exist.
    NoReceiverError
        If nobody listens there. After the first association, errors are reported in the rows instead.
    AssociationRejectedError
        If the receiver rejects the association.
    UsageError
        If an argument is no AE title, no port, or neither a path nor a data set.
    SendInterrupted
        A KeyboardInterrupt that carries the report.

    References
    ----------
    PS3.4 annex B, Storage Service Class.
    """
    user_items = () if user_identity is None else (encode_user_identity(user_identity),)
    for title in (called_ae_title, calling_ae_title):
        check_ae_title(title)
    try:
        found = list(find_outgoing(sources, recursive=recursive))
    except KeyboardInterrupt:
        raise SendInterrupted(SendReport([])) from None
    with (
        Progress(found, on_result, shown=progress) as results,
        Waits(on_wait or results.tell_wait, time_outs.tell_after_s) as waits,
    ):

        def associate(contexts: Sequence[ProposedContext]) -> AssociationRequestor:
            request = AssociationRequest(
                calling_ae_title, called_ae_title, tuple(contexts), user_items=user_items
            )
            return call(
                host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context, waits=waits
            )

        try:
            for number, item in enumerate(found):
                if isinstance(item, NotSendable):
                    results.add(number, passed_over(item))
            for contexts, batch in _batches(found):
                Delivery(associate, contexts, results, waits, stop_on_failure=stop_on_failure).run(batch)
        except KeyboardInterrupt:
            raise SendInterrupted(results.interrupted_report()) from None
        return results.report()


def _batches(
    found: Sequence[OutgoingInstance | NotSendable],
) -> Iterator[tuple[Sequence[ProposedContext], list[tuple[int, OutgoingInstance]]]]:
    """Yield the contexts and the instances for each association; instances with their index in `found`."""
    instances = [(number, item) for number, item in enumerate(found) if isinstance(item, OutgoingInstance)]
    for contexts in plan_contexts((item.sop_class_uid, item.transfer_syntax_uid) for _, item in instances):
        pairs = {(context.abstract_syntax_uid, context.transfer_syntax_uids[0]) for context in contexts}
        yield (
            contexts,
            [
                (number, item)
                for number, item in instances
                if (item.sop_class_uid, item.transfer_syntax_uid) in pairs
            ],
        )
