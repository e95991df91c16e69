"""C-GET and C-MOVE operations: send instances on the same association, or to another AE.

References
----------
PS3.4 section C.4.2, C-MOVE Operation; section C.4.3, C-GET Operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dicomkit.archive import Instance
from dicomkit.errors import DicomKitError, NetworkError
from dicomkit.files.encoding import Encoding
from dicomkit.network.context_selection import fit, sendable_syntaxes
from dicomkit.network.dimse_requests import store_command
from dicomkit.network.operations import Operation, OutgoingRequest, OutgoingResponse, Request
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.sub_operations import SubOperations
from dicomkit.network.wire.command_set import CommandElement, text_in
from dicomkit.network.wire.failures import ConnectionFailedError
from dicomkit.network.wire.presentation_contexts import (
    ACCEPTED,
    ContextAnswer,
    ProposedContext,
    plan_contexts,
)

__all__ = ["Associate", "get_operation", "move_operation"]

DESTINATION_UNKNOWN = 0xA801
_MAX_KINDS = 42  # each may need three of the 128 presentation contexts of an association

# Requests an association with the destination, with these presentation contexts.
Associate = Callable[[Sequence[ProposedContext]], AssociationRequestor]


def get_operation(request: Request, instances: Sequence[Instance], encoding: Encoding) -> Operation:
    """Send instances on the association on which they were asked for (C-GET).

    Parameters
    ----------
    request
        The request; its roles give the SOP classes for which the requestor is the SCP.
    instances
        The instances to send.
    encoding
        Encoding of identifiers.
    """
    counts = SubOperations(len(instances), encoding)
    receives = {role.sop_class_uid for role in request.roles if role.as_scp}
    for instance in instances:
        if request.is_cancelled:
            break
        status, reason = NO_STATUS, "no role selection: the requestor is no SCP here"
        if instance.sop_class_uid in receives:
            uid = instance.sop_class_uid
            contexts = [context for context in request.accepted if context.abstract_syntax_uid == uid]
            try:
                fitted = fit(instance, contexts)
            except DicomKitError as error:
                reason = error.problem
            else:
                status = yield OutgoingRequest(
                    fitted.context_id, store_command(instance.sop_class_uid, instance.uid), fitted.data_set
                )
                reason = ""
        counts.count(instance.uid, status, reason)
        if counts.remaining:
            yield [counts.pending()]
    yield [counts.final(is_cancelled=request.is_cancelled and counts.remaining > 0)]


def move_operation(
    request: Request, instances: Sequence[Instance], encoding: Encoding, associate: Associate | None
) -> Operation:
    """Send instances to another AE (C-MOVE).

    Parameters
    ----------
    request
        The request.
    instances
        The instances to send.
    encoding
        Encoding of identifiers.
    associate
        Requests an association with the Move Destination; None if that is unknown.
    """
    if associate is None:
        title = text_in(request.command, CommandElement.MOVE_DESTINATION) or "an empty title"
        yield [OutgoingResponse(DESTINATION_UNKNOWN, comment=f"move destination unknown: {title}")]
        return
    counts = SubOperations(len(instances), encoding)
    for batch in _batches(instances):
        destination = _Destination(request, associate, batch)
        try:
            for instance in batch:
                if request.is_cancelled:
                    break
                counts.count(instance.uid, *destination.store(instance))
                if counts.remaining:
                    yield [counts.pending()]
        finally:
            destination.close()
    yield [counts.final(is_cancelled=request.is_cancelled and counts.remaining > 0)]


def _batches(instances: Sequence[Instance]) -> Iterator[list[Instance]]:
    """Divide instances by SOP class and transfer syntax, so that the contexts of one association are enough."""
    kinds = list(dict.fromkeys((one.sop_class_uid, one.transfer_syntax_uid) for one in instances))
    for start in range(0, len(kinds), _MAX_KINDS):
        batch = set(kinds[start : start + _MAX_KINDS])
        yield [one for one in instances if (one.sop_class_uid, one.transfer_syntax_uid) in batch]


class _Destination:
    """The Move Destination. If the connection is lost, one new association is requested."""

    def __init__(self, request: Request, associate: Associate, batch: Sequence[Instance]) -> None:
        pairs = [
            (one.sop_class_uid, uid) for one in batch for uid in sendable_syntaxes(one.transfer_syntax_uid)
        ]
        (self._contexts,) = plan_contexts(pairs)
        self._originator = (request.calling_ae_title, request.message_id)
        self._request = request
        self._associate = associate
        self._association: AssociationRequestor | None = None
        self._refusal = ""
        self._lost_count = 0

    def store(self, instance: Instance) -> tuple[int, str]:
        """Send one instance; return its status and a comment, or `NO_STATUS` and why it was not sent."""
        if self._refusal:
            return NO_STATUS, self._refusal
        try:
            if self._association is None:
                self._association = self._associate(self._contexts)
                self._request.interrupt = self._association.abort_now
            fitted = fit(instance, self._accepted_for(self._association, instance))
            response = self._association.store(
                fitted.context_id,
                instance.sop_class_uid,
                instance.uid,
                fitted.data_set,
                originator=self._originator,
            )
        except ConnectionFailedError as error:
            self._drop_association()
            self._lost_count += 1
            if self._lost_count > 1:
                self._refusal = f"destination: {error.problem}"
            return NO_STATUS, f"destination: {error.problem}"
        except NetworkError as error:
            self._refusal = f"destination: {error.problem}"
            return NO_STATUS, self._refusal
        except DicomKitError as error:
            return NO_STATUS, error.problem
        return response.status, response.comment

    def close(self) -> None:
        """Release the association, if there is one."""
        if self._association is not None:
            self._association.release()
            self._association = None

    def _drop_association(self) -> None:
        if self._association is not None:
            self._association.abort_now()
            self._association = None

    def _accepted_for(self, association: AssociationRequestor, instance: Instance) -> list[ContextAnswer]:
        answers = (
            association.context_for(instance.sop_class_uid, uid)
            for uid in sendable_syntaxes(instance.transfer_syntax_uid)
        )
        return [answer for answer in answers if answer is not None and answer.result == ACCEPTED]
