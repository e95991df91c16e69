"""Serve the C-STORE requests that an SCP sends on the association of a C-GET."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from dicomkit.errors import NetworkError
from dicomkit.network.incoming_request import IncomingRequest
from dicomkit.network.records import Sender
from dicomkit.network.request_rules import is_answered, refusal, response_to, status_without_data_set
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.storage_service import StorageService
from dicomkit.network.wire import DataSetFragment, MessageStart

__all__ = ["serve_request"]


def serve_request(
    association: AssociationRequestor,
    service: StorageService,
    sender: Sender,
    start: MessageStart,
    fragments: Iterable[DataSetFragment],
) -> None:
    """Store the instance of a C-STORE request and answer it; refuse any other request.

    Parameters
    ----------
    association
        The association of the C-GET.
    service
        Stores the instance.
    sender
        The archive.
    start, fragments
        The command set of the request, and its data set while it is received.

    Raises
    ------
    NetworkError
        If the data set is larger than `service` accepts.
    """
    context = association.accepted_context(start.context_id)
    if context is None or not is_answered(start.command):
        return
    if not start.has_data_set:
        status, comment = status_without_data_set(start.command, context), ""
    else:
        status, comment = refusal(start.command, context) or 0, ""
        instance = service.receive(start.command, context, sender.calling_ae_title)
        request = IncomingRequest(context, start.command, service.max_instance_bytes, instance)
        with instance or contextlib.nullcontext():
            for fragment in fragments:
                if problem := request.add(fragment.content):
                    raise NetworkError("an instance", problem, "allow more: get(max_instance_bytes=...)")
            if instance is not None:
                status, comment = service.finish(instance, context.transfer_syntax_uid, sender)
    association.send_command(start.context_id, response_to(start.command, status, comment))
