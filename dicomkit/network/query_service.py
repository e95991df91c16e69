"""The services of an archive beside storage: C-FIND, C-GET, C-MOVE, worklist and storage commitment.

References
----------
PS3.4 annex C, Query/Retrieve Service Class.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from dicomkit.archive import Catalogue, Instance, QueryError, Worklist
from dicomkit.archive.elements import Item, encode_item, read_item
from dicomkit.archive.query import Query, parse_query, parse_retrieval
from dicomkit.archive.search import find_instances, search
from dicomkit.errors import DicomKitError
from dicomkit.files.encoding import Encoding, transfer_syntax
from dicomkit.network.commitment import (
    ActionRefusedError,
    event_report_command,
    make_report,
    read_action,
)
from dicomkit.network.extended_negotiation import is_relational
from dicomkit.network.operations import Operation, Operations, OutgoingRequest, OutgoingResponse, Request
from dicomkit.network.query_classes import COMMITMENT, MAX_COMMITMENT_BYTES, QUERY_CLASSES, WORKLIST_FIND
from dicomkit.network.query_statuses import CANCELLED, PENDING, PENDING_WITH_WARNING
from dicomkit.network.request_rules import UNABLE_TO_PROCESS, UNRECOGNIZED_OPERATION
from dicomkit.network.retrieving import Associate, get_operation, move_operation
from dicomkit.network.sop_classes import UNCOMPRESSED
from dicomkit.network.statuses import SUCCESS
from dicomkit.network.wire.command_set import CommandElement, CommandField, number_in, text_in

__all__ = ["QueryService"]

_MAX_BATCH = 256
_POLL_AFTER_S = 0.1
_MAX_WAIT_S = 30.0  # for the catalogue, when the archive reads its folder for the first time
# The status of the pending responses, and their identifiers.
_Answers: TypeAlias = tuple[int, Iterator[Item]]


class QueryService(Operations):
    """Answer the requests to an archive.

    Parameters
    ----------
    catalogue
        The instances in its folder.
    worklist
        The scheduled procedure steps; None for no worklist service.
    ae_title
        The archive's AE title, for Retrieve AE Title (0008,0054).
    destination_of
        Returns a function that requests an association with an AE title; None for an unknown AE title.
    report_to
        Sends the report of a storage commitment to an AE title; returns whether that is known.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        worklist: Worklist | None,
        *,
        ae_title: str,
        destination_of: Callable[[str], Associate | None],
        report_to: Callable[[str, Item], bool],
    ) -> None:
        self._catalogue = catalogue
        self._worklist = worklist
        self._ae_title = ae_title
        self._destination_of = destination_of
        self._report_to = report_to
        known = [*QUERY_CLASSES, COMMITMENT, *([] if worklist is None else [WORKLIST_FIND])]
        self._contexts: Mapping[str, tuple[str, ...]] = MappingProxyType(dict.fromkeys(known, UNCOMPRESSED))

    @property
    def contexts(self) -> Mapping[str, tuple[str, ...]]:
        """The abstract syntaxes with the transfer syntaxes of their identifiers."""
        return self._contexts

    def stored_transfer_syntaxes(self, sop_class_uid: str) -> list[str]:
        """Return the transfer syntaxes in which instances of a SOP class are stored."""
        return self._catalogue.transfer_syntaxes(sop_class_uid)

    @property
    def max_identifier_bytes(self) -> int:
        """Length of the longest request data set: a storage commitment."""
        return MAX_COMMITMENT_BYTES  # queries are shorter

    def start(self, request: Request) -> Operation:
        """Return the operation that answers a request."""
        operation = number_in(request.command, CommandElement.COMMAND_FIELD)
        uid = request.context.abstract_syntax_uid
        encoding = transfer_syntax(request.context.transfer_syntax_uid).encoding
        if uid == COMMITMENT and operation == CommandField.N_ACTION_RQ:
            return self._commit(request, encoding)
        if uid == WORKLIST_FIND and operation == CommandField.C_FIND_RQ and self._worklist is not None:
            search_worklist = self._worklist.search
            return _find_operation(request, encoding, lambda keys: (PENDING, search_worklist(keys)))
        known = QUERY_CLASSES.get(uid)
        if known is None or known.operation != operation:
            return _refused(UNRECOGNIZED_OPERATION, "this SOP class has no such operation")
        relational = is_relational(request.negotiated, uid)
        if operation == CommandField.C_FIND_RQ:
            parse = functools.partial(parse_query, model=known.model, relational=relational)
            return self._find(request, encoding, parse)
        parse = functools.partial(parse_retrieval, model=known.model, relational=relational)
        return self._retrieve(request, encoding, parse)

    def _find(self, request: Request, encoding: Encoding, parse: Callable[[Item], Query]) -> Operation:
        def answers(identifier: Item) -> _Answers:
            query = parse(identifier)
            pending = PENDING_WITH_WARNING if query.unsupported else PENDING
            return pending, search(self._catalogue, query, ae_title=self._ae_title)

        return self._when_ready(request, _find_operation(request, encoding, answers))

    def _when_ready(self, request: Request, operation: Operation) -> Operation:
        """Update the catalogue, then run the operation. A long update yields, so that a C-CANCEL is read."""
        begun = time.monotonic()
        try:
            for _ in self._catalogue.refreshing(within_s=_MAX_WAIT_S):
                if time.monotonic() - begun > _POLL_AFTER_S:
                    yield []
                if request.is_cancelled:
                    break
        except DicomKitError as error:
            yield from _refusal(error)
            return
        yield from operation

    def _retrieve(self, request: Request, encoding: Encoding, parse: Callable[[Item], Query]) -> Operation:
        try:
            query = parse(read_item(request.identifier, 0, encoding, given="identifier"))
        except DicomKitError as error:
            return _refusal(error)
        return self._when_ready(request, self._send_operation(request, query, encoding))

    def _send_operation(self, request: Request, query: Query, encoding: Encoding) -> Operation:
        instances: list[Instance] = list(find_instances(self._catalogue, query))
        if number_in(request.command, CommandElement.COMMAND_FIELD) == CommandField.C_GET_RQ:
            yield from get_operation(request, instances, encoding)
            return
        title = text_in(request.command, CommandElement.MOVE_DESTINATION)
        yield from move_operation(request, instances, encoding, self._destination_of(title))

    def _commit(self, request: Request, encoding: Encoding) -> Operation:
        """Answer an N-ACTION; send the report to the requestor's known address, else on this association."""
        try:
            action = read_action(request, encoding)
        except ActionRefusedError as error:
            yield [OutgoingResponse(error.status, comment=error.problem)]
            return
        try:
            yield [OutgoingResponse(SUCCESS)]
        finally:  # also if the requestor has released the association, as many do
            report = make_report(self._catalogue, action)
            is_sent = self._report_to(request.calling_ae_title, report)
        if not is_sent:
            content = encode_item(report, encoding)
            yield OutgoingRequest(request.context.context_id, event_report_command(report), [content])


def _find_operation(
    request: Request, encoding: Encoding, search_for: Callable[[Item], _Answers]
) -> Operation:
    """Answer a C-FIND: send the matches in batches as they are found, until the end or a C-CANCEL."""
    try:
        pending, found = search_for(read_item(request.identifier, 0, encoding, given="identifier"))
        size = 1  # the first answer goes out at once, later ones in ever larger batches
        while batch := [
            OutgoingResponse(pending, encode_item(item, encoding)) for item in itertools.islice(found, size)
        ]:
            if request.is_cancelled:
                break
            yield batch
            size = min(4 * size, _MAX_BATCH)
    except DicomKitError as error:
        yield from _refusal(error)
        return
    yield [OutgoingResponse(CANCELLED if request.is_cancelled else SUCCESS)]


def _refusal(error: DicomKitError) -> Operation:
    if isinstance(error, QueryError):
        return _refused(error.status, error.comment, error.tags)
    return _refused(UNABLE_TO_PROCESS, f"{error.given}: {error.problem}")


def _refused(status: int, comment: str, tags: tuple[int, ...] = ()) -> Operation:
    yield [OutgoingResponse(status, None, comment, {CommandElement.OFFENDING_ELEMENT: tags} if tags else {})]
