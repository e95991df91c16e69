"""A verification SCU: ask whether a DICOM application answers at an address."""

from __future__ import annotations

from collections.abc import Callable

from dicomkit.errors import NetworkError
from dicomkit.network.calling import call
from dicomkit.network.requestor import TimeOuts
from dicomkit.network.required_context import required_context
from dicomkit.network.statuses import NO_STATUS, SUCCESS
from dicomkit.network.waits import Wait, WaitLine, Waits
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.presentation_contexts import ProposedContext
from dicomkit.network.wire.user_identity import UserIdentity, encode_user_identity
from dicomkit.uids import IMPLICIT_VR_LITTLE_ENDIAN, VERIFICATION

TYPE_CHECKING = False
if TYPE_CHECKING:  # only who asks for them pays for them
    import ssl

    from dicomkit.network.association_log import AssociationLog

__all__ = ["echo"]


def echo(
    host: str,
    port: int,
    *,
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
    user_identity: UserIdentity | None = None,
    on_wait: Callable[[Wait], object] | None = None,
) -> None:
    """Send a C-ECHO to a receiver, and return once it has answered with success.

    Parameters
    ----------
    host, port
        Where to call.
    called_ae_title, calling_ae_title
        The receiver's title, and ours.
    time_outs
        How long to wait.
    log
        Logs the association.
    ssl_context
        Client-side TLS settings; None for plain TCP.
    user_identity
        The username and passcode to send, if the receiver asks for them.
    on_wait
        As for `send`.

    Raises
    ------
    NoReceiverError
        If nobody listens there.
    AssociationRejectedError
        If the receiver rejects the association, with its reason in words.
    NetworkError
        If it answers with anything but success.

    References
    ----------
    PS3.4 annex A, Verification Service Class.
    """
    user_items = () if user_identity is None else (encode_user_identity(user_identity),)
    context = ProposedContext(1, VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))
    request = AssociationRequest(calling_ae_title, called_ae_title, (context,), user_items=user_items)
    with (
        Waits(on_wait or WaitLine(), time_outs.tell_after_s) as waits,
        call(
            host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context, waits=waits
        ) as association,
    ):
        waits.subject = "C-ECHO"
        accepted = required_context(association, VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN)
        response = association.echo(accepted.context_id, VERIFICATION)
    if response.status != SUCCESS:
        said = "without a status" if response.status == NO_STATUS else f"with status {response.status:04X}H"
        raise NetworkError(f"{host} port {port}", f"C-ECHO was answered {said}", "read its log")
