"""A verification SCU: ask whether somebody is there who speaks DICOM."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dicomkit.errors import NetworkError
from dicomkit.network.calling import call
from dicomkit.network.explanations import explain_context_result
from dicomkit.network.requestor import TimeOuts
from dicomkit.network.statuses import NO_STATUS, SUCCESS
from dicomkit.network.waits import Wait, WaitLine, Waits
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ProposedContext
from dicomkit.network.wire.user_identity import UserIdentity, encode_user_identity
from dicomkit.uids import IMPLICIT_VR_LITTLE_ENDIAN, VERIFICATION

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
    """Ask a receiver whether it is there (C-ECHO), and return when it has said so.

    Parameters
    ----------
    host, port
        Where to call.
    called_ae_title, calling_ae_title
        The receiver's title, and ours.
    time_outs
        How long to wait.
    log
        Listens in.
    ssl_context
        For TLS.
    user_identity
        The username and passcode to show, where the receiver asks for them.
    on_wait
        Is called with a `Wait` when nothing has come for a while, on the watcher's thread; that it is over may be
        said on the thread that asks. It must not block: the association would wait for it. Without it, a line on
        stderr says what is waited for.

    Raises
    ------
    NoReceiverError
        If nobody listens there.
    AssociationRejectedError
        If the receiver says no, with its reason in words.
    NetworkError
        If it answers in another way than with success.

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
        answer = association.context_for(VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN)
        if answer is None or answer.result != ACCEPTED:
            problem, remedy = explain_context_result(-1 if answer is None else answer.result)
            raise NetworkError(f"{host} port {port}", problem, remedy)
        response = association.echo(answer.context_id, VERIFICATION)
    if response.status != SUCCESS:
        said = "without a status" if response.status == NO_STATUS else f"with status {response.status:04X}H"
        raise NetworkError(f"{host} port {port}", f"C-ECHO was answered {said}", "read its log")
