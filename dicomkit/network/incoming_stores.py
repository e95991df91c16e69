"""Serve the C-STORE requests that an SCP sends on the association of a C-GET."""

from __future__ import annotations

from typing import Self

from dicomkit.network.incoming_request import IncomingRequest
from dicomkit.network.request_rules import refusal, response_to
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.storage_service import Sender, StorageService
from dicomkit.network.wire import DataSetFragment, MessageStart

__all__ = ["IncomingStores"]


class IncomingStores:
    """Store the instances that arrive, and answer; a ``with`` statement removes a partial one.

    Parameters
    ----------
    association
        The association of the C-GET.
    service
        Stores the instances.
    sender
        The archive.
    """

    def __init__(self, association: AssociationRequestor, service: StorageService, sender: Sender) -> None:
        self._association = association
        self._service = service
        self._sender = sender
        self._request: IncomingRequest | None = None

    def begin(self, start: MessageStart) -> None:
        """Receive the command set of a C-STORE request."""
        self._request = None
        context = self._association.accepted_context(start.context_id)
        if context is not None and start.has_data_set:
            instance = self._service.receive(start.command, context, self._sender.calling_ae_title)
            self._request = IncomingRequest(context, start.command, instance=instance)

    def add(self, fragment: DataSetFragment) -> None:
        """Receive a fragment of its data set; after the last one, store the instance and answer."""
        request = self._request
        if request is None:
            return
        request.add(fragment.content)
        if not fragment.is_last:
            return
        self._request = None
        status, comment = refusal(request.command, request.context) or 0, ""
        if request.instance is not None:
            with request.instance as instance:
                status, comment = self._service.finish(
                    instance, request.context.transfer_syntax_uid, self._sender
                )
        self._association.send_command(fragment.context_id, response_to(request.command, status, comment))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._request is not None and self._request.instance is not None:
            self._request.instance.discard()
