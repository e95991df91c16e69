"""The C-STORE requests that come on an association of our own, as C-GET brings them."""

from __future__ import annotations

from typing import Self

from dicomkit.instance_store import IncomingInstance
from dicomkit.network.request_rules import refusal, response_to
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.storage_service import Sender, StorageService
from dicomkit.network.wire import DataSetFragment, MessageStart
from dicomkit.network.wire.command_set import CommandElement, text_in
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["IncomingStores"]


class IncomingStores:
    """Store what comes, and answer; in a ``with`` statement, nothing half is left behind.

    Parameters
    ----------
    association
        On which they come.
    service
        Where instances go.
    sender
        Who sends.
    """

    def __init__(self, association: AssociationRequestor, service: StorageService, sender: Sender) -> None:
        self._association = association
        self._service = service
        self._sender = sender
        self._start: MessageStart | None = None
        self._context: ContextAnswer | None = None
        self._incoming: IncomingInstance | None = None

    def begin(self, start: MessageStart) -> None:
        """Take a request."""
        self._start, self._context = start, self._association.context_with(start.context_id)
        self._incoming = None
        if (
            self._context is None
            or not start.has_data_set
            or refusal(start.command, self._context) is not None
        ):
            return
        self._incoming = self._service.store.receive(
            sop_class_uid=text_in(start.command, CommandElement.AFFECTED_SOP_CLASS_UID),
            sop_instance_uid=text_in(start.command, CommandElement.AFFECTED_SOP_INSTANCE_UID),
            transfer_syntax_uid=self._context.transfer_syntax_uid,
            source_ae_title=self._sender.calling_ae_title,
        )

    def take(self, piece: DataSetFragment) -> None:
        """Take a piece of its data set; at the end, store it and answer."""
        if self._incoming is not None:
            self._incoming.write(piece.content)
        if not piece.is_last or self._start is None or self._context is None:
            return
        incoming, self._incoming = self._incoming, None
        status, comment = refusal(self._start.command, self._context) or 0, ""
        if incoming is not None:
            with incoming:
                status, comment = self._service.finish(
                    incoming, self._context.transfer_syntax_uid, self._sender
                )
        self._association.say(piece.context_id, response_to(self._start.command, status, comment))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._incoming is not None:
            self._incoming.discard()
