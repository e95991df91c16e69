"""Retrieve from an archive: to here on the same association (C-GET), or to a third party (C-MOVE)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dicomkit.archive.elements import encode_item, read_item
from dicomkit.archive.values import texts
from dicomkit.errors import DicomKitError
from dicomkit.files.encoding import Encoding
from dicomkit.instance_store import InstanceStore
from dicomkit.network.addressing import check_ae_title
from dicomkit.network.calling import call
from dicomkit.network.conversation import Heard, interruption_told
from dicomkit.network.incoming_stores import IncomingStores
from dicomkit.network.query_scu import conversation_in, identifier_of, query_context
from dicomkit.network.query_statuses import is_pending
from dicomkit.network.records import StoredInstance
from dicomkit.network.requestor import TimeOuts
from dicomkit.network.retrievable import proposed_for_retrieval
from dicomkit.network.retrieve_report import RetrieveReport
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.storage_service import Sender, StorageService
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.command_set import CommandElement, CommandField
from dicomkit.text import counted

if TYPE_CHECKING:  # only who asks for them pays for them
    import ssl

    from pydicom.dataset import Dataset

    from dicomkit.network.association_log import AssociationLog

__all__ = ["get", "move"]

_FAILED_LIST = 0x00080058


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
        An existing folder, where instances are kept as a `StorageSCP` keeps them.
    level, model
        As for `find`.
    called_ae_title, calling_ae_title
        The archive's title, and ours.
    sop_classes
        The storage SOP classes to propose; by default those that are in use, as many as an association holds.
    role_selection
        Say that this side is the SCP of these classes. Without it, an archive cannot send.
    prefix
        See `InstanceStore`.
    limit
        Cancel after so many instances (C-CANCEL).
    on_progress
        Is called with the counts of each response.
    time_outs, log, ssl_context
        As for `find`.

    Returns
    -------
    RetrieveReport
        The counts, what came, and how it ended in words.

    Raises
    ------
    FileAccessError
        If the folder does not exist.
    NetworkError
        As `find`.

    References
    ----------
    PS3.4 section C.4.3, C-GET Operation; PS3.7 section D.3.3.4, SCP/SCU Role Selection.
    """
    context = query_context(CommandField.C_GET_RQ, model)
    identifier = identifier_of(keys, level or "STUDY", is_default=level is None)
    contexts, roles = proposed_for_retrieval(context, sop_classes)
    request = AssociationRequest(
        calling_ae_title, called_ae_title, contexts, roles=roles if role_selection else ()
    )
    service = StorageService(InstanceStore(folder, prefix=prefix))

    def tell() -> str:
        return f"{counted(service.received_count, 'instance')} had arrived and stayed; ask again for the rest"

    with (
        interruption_told(tell),
        call(host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context) as association,
    ):
        conversation, encoding = conversation_in(association, context, f"{host} port {port}")
        sender = Sender(1, called_ae_title, calling_ae_title, host)
        with IncomingStores(association, service, sender) as stores:
            heard = None
            for heard in conversation.ask(
                CommandField.C_GET_RQ,
                encode_item(identifier, encoding),
                take=stores.begin,
                take_piece=stores.take,
            ):
                if is_pending(heard.status) and on_progress is not None:
                    on_progress(_counts(heard))
                if limit is not None and is_pending(heard.status) and len(service.received) >= limit:
                    conversation.cancel()
    problems = tuple(_in_words(problem) for problem in service.problems)
    return _report("C-GET", heard, encoding, service.received, problems)


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
    """Have an archive send instances to a third party (C-MOVE).

    Nothing comes back here but counts. The destination is an AE title that the archive has to know; whoever
    wants the instances has to listen there, in a receiver of his own.

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
        The counts, and how it ended in words.

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
    identifier = identifier_of(keys, level or "STUDY", is_default=level is None)
    request = AssociationRequest(calling_ae_title, called_ae_title, (context,))
    counts: dict[str, int] = {}

    def tell() -> str:
        sent = counted(counts.get("completed", 0) + counts.get("warnings", 0), "instance")
        return f"the archive had sent {sent}, and may go on; look at {destination}, or ask again"

    with (
        interruption_told(tell),
        call(host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context) as association,
    ):
        conversation, encoding = conversation_in(association, context, f"{host} port {port}")
        heard = None
        for heard in conversation.ask(
            CommandField.C_MOVE_RQ, encode_item(identifier, encoding), destination=destination
        ):
            if is_pending(heard.status):
                counts = _counts(heard)
                if on_progress is not None:
                    on_progress(counts)
                if (
                    limit is not None
                    and sum(counts[name] for name in ("completed", "failed", "warnings")) >= limit
                ):
                    conversation.cancel()
    return _report("C-MOVE", heard, encoding)


_COUNTS = {
    "remaining": CommandElement.NUMBER_OF_REMAINING_SUBOPERATIONS,
    "completed": CommandElement.NUMBER_OF_COMPLETED_SUBOPERATIONS,
    "failed": CommandElement.NUMBER_OF_FAILED_SUBOPERATIONS,
    "warnings": CommandElement.NUMBER_OF_WARNING_SUBOPERATIONS,
}


def _counts(heard: Heard) -> dict[str, int]:
    values = {name: heard.command.get(element, 0) for name, element in _COUNTS.items()}
    return {name: value if isinstance(value, int) else 0 for name, value in values.items()}


def _report(
    operation: str,
    heard: Heard | None,
    encoding: Encoding,
    received: Sequence[StoredInstance] = (),
    problems: tuple[str, ...] = (),
) -> RetrieveReport:
    if heard is None:
        return RetrieveReport(operation, NO_STATUS)
    said = {
        name: value
        for name, element in _COUNTS.items()
        if isinstance(value := heard.command.get(element), int)
    }
    return RetrieveReport(
        operation,
        heard.status,
        **said,
        failed_uids=_failed_uids(heard, encoding),
        comment=heard.comment,
        received=tuple(received),
        problems=problems,
    )


def _failed_uids(heard: Heard, encoding: Encoding) -> tuple[str, ...]:
    try:
        element = read_item(heard.identifier, 0, encoding).get(_FAILED_LIST)
    except DicomKitError:
        return ()
    return texts("UI", element.value) if element is not None and isinstance(element.value, bytes) else ()


def _in_words(problem: DicomKitError) -> str:
    return f"{problem.problem}; {problem.remedy}"
