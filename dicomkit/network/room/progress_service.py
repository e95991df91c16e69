"""Share one's progress with a room: an N-ACTION of a private SOP class.

It is protected like the instances that are sent: by the same TLS or token, AE title and pace. The data set holds a list
of steps and nothing else.

References
----------
PS3.7 section 10.1.4, N-ACTION; PS3.5 section B.2, UUID Derived UID, and section 7.8.1, Private Data Element Tags.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dicomkit.archive.elements import Element, encode_item, read_item
from dicomkit.errors import DicomKitError, NetworkError, UsageError
from dicomkit.files.encoding import EXPLICIT_LITTLE
from dicomkit.network.calling import call
from dicomkit.network.operations import Operation, Operations, OutgoingResponse, Request
from dicomkit.network.request_rules import INVALID_ARGUMENT, NO_SUCH_ACTION
from dicomkit.network.requestor import TimeOuts
from dicomkit.network.required_context import required_context
from dicomkit.network.room.progress import Step, format_step, parse_steps
from dicomkit.network.statuses import SUCCESS
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandValue, number_in
from dicomkit.network.wire.presentation_contexts import ProposedContext
from dicomkit.network.wire.user_identity import UserIdentity, encode_user_identity
from dicomkit.uids import EXPLICIT_VR_LITTLE_ENDIAN

if TYPE_CHECKING:
    import ssl

__all__ = ["PROGRESS", "ProgressService", "share_steps"]

# The SOP class and its well-known instance, derived from UUIDs.
PROGRESS = "2.25.206200369410357791397377170020049970109"
_INSTANCE = "2.25.45624609789953212635056760978322321674"
_SHARE = 1
_CREATOR, _STEPS = 0x00770010, 0x00771001
_CREATOR_NAME = b"DICOMKIT PROGRESS "
_MAX_BYTES = 32 << 10
_TIME_OUTS = TimeOuts(connect_s=2.0, associate_s=3.0, answer_s=3.0)  # the learner waits for it


class ProgressService(Operations):
    """The `Operations` of a room (see `dicomkit.network.operations`): receive the progress of attendees.

    Parameters
    ----------
    take
        Called with the AE title and the steps.
    wait_for
        Waits as long as the pace of an AE title requires.
    """

    def __init__(
        self, take: Callable[[str, Sequence[Step]], object], wait_for: Callable[[str], object]
    ) -> None:
        self._take = take
        self._wait_for = wait_for

    @property
    def contexts(self) -> Mapping[str, tuple[str, ...]]:
        """The private SOP class."""
        return {PROGRESS: (EXPLICIT_VR_LITTLE_ENDIAN,)}

    @property
    def max_identifier_bytes(self) -> int:
        """Length of the longest accepted list: 500 steps have less than 27 kB."""
        return _MAX_BYTES

    def start(self, request: Request) -> Operation:
        """Return the operation that answers an N-ACTION."""
        command = request.command
        self._wait_for(request.calling_ae_title)
        if (
            number_in(command, CommandElement.COMMAND_FIELD) != CommandField.N_ACTION_RQ
            or number_in(command, CommandElement.ACTION_TYPE_ID) != _SHARE
        ):
            yield [OutgoingResponse(NO_SUCH_ACTION)]
            return
        try:
            steps = _decode(request.identifier)
        except DicomKitError as error:
            yield [OutgoingResponse(INVALID_ARGUMENT, comment=error.problem)]
            return
        self._take(request.calling_ae_title, steps)
        yield [OutgoingResponse(SUCCESS)]


def share_steps(
    steps: Sequence[Step],
    host: str,
    port: int,
    *,
    called_ae_title: str,
    calling_ae_title: str,
    ssl_context: ssl.SSLContext | None = None,
    user_identity: UserIdentity | None = None,
) -> None:
    """Send one's progress to a room.

    Raises
    ------
    NetworkError
        If the room cannot be reached, or rejects or refuses it.
    """
    context = ProposedContext(1, PROGRESS, (EXPLICIT_VR_LITTLE_ENDIAN,))
    user_items = () if user_identity is None else (encode_user_identity(user_identity),)
    request = AssociationRequest(calling_ae_title, called_ae_title, (context,), user_items=user_items)
    command: dict[int, CommandValue] = {
        CommandElement.REQUESTED_SOP_CLASS_UID: PROGRESS,
        CommandElement.REQUESTED_SOP_INSTANCE_UID: _INSTANCE,
        CommandElement.COMMAND_FIELD: CommandField.N_ACTION_RQ,
        CommandElement.ACTION_TYPE_ID: _SHARE,
    }
    with call(host, port, request, time_outs=_TIME_OUTS, ssl_context=ssl_context) as association:
        accepted = required_context(
            association,
            PROGRESS,
            EXPLICIT_VR_LITTLE_ENDIAN,
            problem="does not accept progress",
            remedy="ask whether it is a room of this version",
        )
        response = association.request(accepted.context_id, command, [_encode(steps)])
    if response.status != SUCCESS:
        raise NetworkError(
            f"{host} port {port}", f"refused the progress (status {response.status:04X}H)", "look at the wall"
        )


def _encode(steps: Sequence[Step]) -> bytes:
    value = "\\".join(format_step(step) for step in steps).encode("ascii")
    value += b" " * (len(value) % 2)
    return encode_item(
        {_CREATOR: Element("LO", _CREATOR_NAME), _STEPS: Element("LO", value)}, EXPLICIT_LITTLE
    )


def _decode(content: bytes) -> tuple[Step, ...]:
    item = read_item(content, 0, EXPLICIT_LITTLE, given="progress")
    element = item.get(_STEPS)
    if element is None or not isinstance(element.value, bytes):
        raise UsageError(
            "progress", "is no list of exercises", "share what progress() of dicomkit.lessons knows"
        )
    value = element.value.decode("ascii", "replace").rstrip(" ")
    return parse_steps(value.split("\\") if value else [])
