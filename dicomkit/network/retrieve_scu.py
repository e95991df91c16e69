"""A retrieve SCU: have an archive send instances on the same association (C-GET) or to another AE (C-MOVE)."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dicomkit.archive.elements import encode_item, read_item, uids_in
from dicomkit.errors import DicomKitError
from dicomkit.files.encoding import Encoding
from dicomkit.instance_store import InstanceStore
from dicomkit.network.addressing import check_ae_title
from dicomkit.network.calling import call
from dicomkit.network.incoming_stores import serve_request
from dicomkit.network.query_requestor import interrupts_explained
from dicomkit.network.query_scu import identifier_of, query_context, query_requestor
from dicomkit.network.query_statuses import is_pending
from dicomkit.network.records import Sender, StoredInstance
from dicomkit.network.requestor import Response, TimeOuts
from dicomkit.network.retrieve_contexts import proposed_for_retrieval
from dicomkit.network.retrieve_report import RetrieveReport
from dicomkit.network.storage_service import MAX_INSTANCE_BYTES, StorageService
from dicomkit.network.sub_operations import FAILED_SOP_INSTANCE_UIDS
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.command_set import CommandElement, CommandField
from dicomkit.text import counted

if TYPE_CHECKING:  # only who asks for them pays for them
    import ssl

    from pydicom.dataset import Dataset

    from dicomkit.network.association_log import AssociationLog

__all__ = ["get", "move"]


def get(
    keys: Dataset | Mapping[str, object],
    host: str,
    port: int,
    *,
    folder: str | os.PathLike[str],
    level: str | None = None,
    model: str = "study",
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    sop_classes: Iterable[str] | None = None,
    role_selection: bool = True,
    prefix: str = "scp",
    max_instance_bytes: int = MAX_INSTANCE_BYTES,
    limit: int | None = None,
    on_progress: Callable[[Mapping[str, int]], object] | None = None,
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> RetrieveReport:
    """Retrieve instances on the association on which they are asked for (C-GET).

    Parameters
    ----------
    keys
        Unique keys, as for `find`: which study, series or instance.
    host, port
        Where the archive listens.
    folder
        An existing folder, where instances are stored as by `StorageSCP`.
    level, model
        As for `find`.
    called_ae_title, calling_ae_title
        The archive's title, and ours.
    sop_classes
        The storage SOP classes to propose; by default the common ones, as many as an association has room for.
    role_selection
        Propose the SCP role for them (PS3.7 section D.3.3.4). Without it, the archive cannot send.
    prefix
        See `InstanceStore`.
    max_instance_bytes
        Length of the longest data set that is accepted. With a longer one, the retrieval ends.
    limit
        Cancel after so many instances (C-CANCEL).
    on_progress
        Is called with the counts of each response.
    time_outs, log, ssl_context
        As for `find`.

    Returns
    -------
    RetrieveReport
        The counts, the stored instances, and the last status in words.

    Raises
    ------
    FileAccessError
        If the folder does not exist.
    NetworkError
        As `find`, or if an instance is too long. What had arrived before is kept.

    References
    ----------
    PS3.4 section C.4.3, C-GET Operation; PS3.7 section D.3.3.4, SCP/SCU Role Selection Negotiation.
    """
    context = query_context(CommandField.C_GET_RQ, model)
    identifier = identifier_of(keys, level, model)
    contexts, roles = proposed_for_retrieval(context, sop_classes)
    request = AssociationRequest(
        calling_ae_title, called_ae_title, contexts, roles=roles if role_selection else ()
    )
    service = StorageService(InstanceStore(folder, prefix=prefix), max_instance_bytes=max_instance_bytes)

    def summary() -> str:
        return (
            f"{counted(service.received_count, 'instance')} had arrived and are kept; ask again for the rest"
        )

    with (
        interrupts_explained(summary),
        call(host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context) as association,
    ):
        requestor, encoding = query_requestor(association, context)
        sender = Sender(1, called_ae_title, calling_ae_title, host)
        for response in requestor.responses(
            CommandField.C_GET_RQ,
            encode_item(identifier, encoding),
            on_request=functools.partial(serve_request, association, service, sender),
        ):
            if is_pending(response.status) and on_progress is not None:
                on_progress({**_NO_COUNTS, **_counts(response)})
            if limit is not None and is_pending(response.status) and len(service.received) >= limit:
                requestor.cancel()
    problems = tuple(f"{error.problem}; {error.remedy}" for error in service.events.problems.all)
    return _report("C-GET", response, encoding, service.received, problems)


def move(
    keys: Dataset | Mapping[str, object],
    host: str,
    port: int,
    *,
    destination: str,
    level: str | None = None,
    model: str = "study",
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    limit: int | None = None,
    on_progress: Callable[[Mapping[str, int]], object] | None = None,
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> RetrieveReport:
    """Have an archive send instances to another AE (C-MOVE).

    Only counts come back here. The destination is an AE title that the archive must know, with a storage SCP that
    listens there, for example a `StorageSCP` of your own.

    Parameters
    ----------
    keys
        Unique keys, as for `find`: which study, series or instance.
    host, port
        Where the archive listens.
    destination
        The AE title to send to.
    level, model, called_ae_title, calling_ae_title
        As for `find`.
    limit
        Cancel after so many instances (C-CANCEL).
    on_progress
        Is called with the counts of each response.
    time_outs, log, ssl_context
        As for `find`.

    Returns
    -------
    RetrieveReport
        The counts, and the last status in words.

    Raises
    ------
    NetworkError
        As `find`.
    UsageError
        If the destination is no AE title.

    References
    ----------
    PS3.4 section C.4.2, C-MOVE Operation.
    """
    check_ae_title(destination)
    context = query_context(CommandField.C_MOVE_RQ, model)
    identifier = identifier_of(keys, level, model)
    request = AssociationRequest(calling_ae_title, called_ae_title, (context,))
    counts: dict[str, int] = {}

    def summary() -> str:
        sent = counted(counts.get("completed", 0) + counts.get("warnings", 0), "instance")
        return f"the archive had sent {sent}, and may go on; look at {destination}, or ask again"

    with (
        interrupts_explained(summary),
        call(host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context) as association,
    ):
        requestor, encoding = query_requestor(association, context)
        for response in requestor.responses(
            CommandField.C_MOVE_RQ, encode_item(identifier, encoding), destination=destination
        ):
            if is_pending(response.status):
                counts = {**_NO_COUNTS, **_counts(response)}
                if on_progress is not None:
                    on_progress(counts)
                if (
                    limit is not None
                    and sum(counts[name] for name in ("completed", "failed", "warnings")) >= limit
                ):
                    requestor.cancel()
    return _report("C-MOVE", response, encoding)


_COUNTS = {
    "remaining": CommandElement.NUMBER_OF_REMAINING_SUBOPERATIONS,
    "completed": CommandElement.NUMBER_OF_COMPLETED_SUBOPERATIONS,
    "failed": CommandElement.NUMBER_OF_FAILED_SUBOPERATIONS,
    "warnings": CommandElement.NUMBER_OF_WARNING_SUBOPERATIONS,
}
_NO_COUNTS = dict.fromkeys(_COUNTS, 0)


def _counts(response: Response) -> dict[str, int]:
    """Return the counts that a response has, by name."""
    found = {name: response.command.get(element) for name, element in _COUNTS.items()}
    return {name: value for name, value in found.items() if isinstance(value, int)}


def _report(
    operation: str,
    response: Response,
    encoding: Encoding,
    received: Sequence[StoredInstance] = (),
    problems: tuple[str, ...] = (),
) -> RetrieveReport:
    try:
        failed_uids = uids_in(read_item(response.identifier, 0, encoding), FAILED_SOP_INSTANCE_UIDS)
    except DicomKitError:
        failed_uids = ()
    return RetrieveReport(
        operation,
        response.status,
        **_counts(response),
        failed_uids=failed_uids,
        comment=response.comment,
        received=tuple(received),
        problems=problems,
    )
