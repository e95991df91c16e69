"""C-GET and C-MOVE: send what the unique keys name, back on the same association or to a third party.

References
----------
PS3.4 section C.4.2, C-MOVE Operation; section C.4.3, C-GET Operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dicomkit.archive import Instance
from dicomkit.errors import DicomKitError, NetworkError
from dicomkit.files.encoding import Encoding
from dicomkit.network.commands import store_command
from dicomkit.network.fitting import fallbacks, fit
from dicomkit.network.operations import Asked, Operation, Request, Said
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
_KINDS_AT_ONCE = 42  # each may need three contexts, and an association has room for 128

# Opens an association to the destination, for these contexts.
Associate = Callable[[Sequence[ProposedContext]], AssociationRequestor]


def get_operation(request: Request, instances: Sequence[Instance], encoding: Encoding) -> Operation:
    """Send instances on the association on which they were asked for (C-GET).

    Parameters
    ----------
    request
        The request; its roles say for which SOP classes the other side is an SCP.
    instances
        What to send.
    encoding
        How identifiers are encoded.
    """
    counts = SubOperations(len(instances), encoding)
    receives = {role.sop_class_uid for role in request.roles if role.as_scp}
    for instance in instances:
        if request.is_cancelled:
            break
        status, reason = NO_STATUS, "no role selection: the requestor is no SCP here"
        if instance.sop_class_uid in receives:
            contexts = _for_class(request.accepted, instance.sop_class_uid)
            try:
                fitted = fit(instance, contexts)
            except DicomKitError as error:
                reason = error.problem
            else:
                status = yield Asked(
                    fitted.context_id, store_command(instance.sop_class_uid, instance.uid), fitted.data_set
                )
                reason = ""
        counts.note(instance.uid, status, reason)
        if counts.remaining:
            yield [counts.pending()]
    yield [counts.final(is_cancelled=request.is_cancelled and counts.remaining > 0)]


def _for_class(accepted: Sequence[ContextAnswer], sop_class_uid: str) -> list[ContextAnswer]:
    return [context for context in accepted if context.abstract_syntax_uid == sop_class_uid]


def move_operation(
    request: Request, instances: Sequence[Instance], encoding: Encoding, associate: Associate | None
) -> Operation:
    """Send instances to a third party (C-MOVE).

    Parameters
    ----------
    request
        The request.
    instances
        What to send.
    encoding
        How identifiers are encoded.
    associate
        Calls the destination; None if nobody knows where that is.
    """
    if associate is None:
        title = text_in(request.command, CommandElement.MOVE_DESTINATION) or "an empty title"
        comment = f"move destination unknown: {title}"
        yield [Said(DESTINATION_UNKNOWN, fields={CommandElement.ERROR_COMMENT: comment[:64]})]
        return
    counts = SubOperations(len(instances), encoding)
    for batch in _batches(instances):
        courier = _Courier(request, associate, batch)
        try:
            for instance in batch:
                if request.is_cancelled:
                    break
                counts.note(instance.uid, *courier.deliver(instance))
                if counts.remaining:
                    yield [counts.pending()]
        finally:
            courier.close()
    yield [counts.final(is_cancelled=request.is_cancelled and counts.remaining > 0)]


def _batches(instances: Sequence[Instance]) -> Iterator[list[Instance]]:
    """Divide instances by what they are, so that the contexts of one association are enough."""
    kinds = list(dict.fromkeys((one.sop_class_uid, one.transfer_syntax_uid) for one in instances))
    for start in range(0, len(kinds), _KINDS_AT_ONCE):
        batch = set(kinds[start : start + _KINDS_AT_ONCE])
        yield [one for one in instances if (one.sop_class_uid, one.transfer_syntax_uid) in batch]


class _Courier:
    """Deliver to one destination; where the association breaks, open another one, once."""

    def __init__(self, request: Request, associate: Associate, batch: Sequence[Instance]) -> None:
        pairs = [(one.sop_class_uid, uid) for one in batch for uid in fallbacks(one.transfer_syntax_uid)]
        (self._contexts,) = plan_contexts(pairs)
        self._originator = (request.caller, request.message_id)
        self._request = request
        self._associate = associate
        self._association: AssociationRequestor | None = None
        self._refusal = ""
        self._broken = 0

    def deliver(self, instance: Instance) -> tuple[int, str]:
        """Send one instance, and return its status and, if it has none, why."""
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
            self._lose()
            self._broken += 1
            if self._broken > 1:
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

    def _lose(self) -> None:
        if self._association is not None:
            self._association.abort_now()
            self._association = None

    def _accepted_for(self, association: AssociationRequestor, instance: Instance) -> list[ContextAnswer]:
        answers = (
            association.context_for(instance.sop_class_uid, uid)
            for uid in fallbacks(instance.transfer_syntax_uid)
        )
        return [answer for answer in answers if answer is not None and answer.result == ACCEPTED]
