"""What a storage SCP answers to a request for an association: whether it believes the caller, and what it accepts.

References
----------
PS3.7 annex D, Application Association Initiation.
"""

from __future__ import annotations

from dicomkit.network.acceptor_policy import (
    CALLING_TITLE_NOT_RECOGNIZED,
    LOCAL_LIMIT_EXCEEDED,
    AcceptorPolicy,
)
from dicomkit.network.admission import Admission, Caller
from dicomkit.network.extended_negotiation import granted_items
from dicomkit.network.operations import Operations
from dicomkit.network.query_classes import QUERY_CLASSES
from dicomkit.network.wire import AssociationAnswer, AssociationRequest, Rejection
from dicomkit.network.wire.failures import InvalidPDUError
from dicomkit.network.wire.presentation_contexts import answer_contexts
from dicomkit.network.wire.user_identity import acknowledgement, user_identity_of

__all__ = ["accept", "admission_objection"]


def admission_objection(
    admission: Admission | None, request: AssociationRequest, address: str, certificate_names: tuple[str, ...]
) -> tuple[Rejection | None, str]:
    """Return the rejection of who is not believed, or has too much open, with its reason in words.

    Parameters
    ----------
    admission
        Who is let in; None for everybody.
    request
        Who asks, and how they identify themselves.
    address, certificate_names
        Where the call came from, and what the caller has proved to be.
    """
    if admission is None:
        return None, ""
    try:
        identity = user_identity_of(request)
    except InvalidPDUError as error:
        return CALLING_TITLE_NOT_RECOGNIZED, error.problem
    caller = Caller(request.calling_ae_title, address, certificate_names, identity)
    if words := admission.objection(caller):
        return CALLING_TITLE_NOT_RECOGNIZED, words
    words = admission.is_full(caller)
    return (LOCAL_LIMIT_EXCEEDED, words) if words else (None, "")


def accept(
    request: AssociationRequest, policy: AcceptorPolicy, operations: Operations | None
) -> AssociationAnswer:
    """Return which contexts are accepted and, for whoever wants to receive by C-GET, in which role.

    Parameters
    ----------
    request
        What is proposed.
    policy
        What is stored.
    operations
        What else can be asked.
    """
    supported = policy.contexts
    # PS3.7 section D.3.3.7: only who has checked an identity says that it is accepted.
    believed = () if policy.admission is None else acknowledgement(user_identity_of(request))
    if operations is None:
        return AssociationAnswer(tuple(answer_contexts(request.contexts, supported)), user_items=believed)
    roles = tuple(
        role
        for role in request.roles
        if role.sop_class_uid in supported or role.sop_class_uid in operations.reported
    )
    # PS3.7 section D.3.3.4: as SCP of a storage class, the requestor takes instances as they are kept here.
    stored = [role.sop_class_uid for role in roles if role.sop_class_uid in supported]
    kept = {uid: operations.syntaxes_for(uid) for uid in stored}
    first = {uid: tuple(dict.fromkeys([*kept[uid], *supported[uid]])) for uid in kept}
    contexts = {**supported, **first, **operations.contexts}
    granted = granted_items(request.user_items, QUERY_CLASSES)
    return AssociationAnswer(
        tuple(answer_contexts(request.contexts, contexts)), roles=roles, user_items=(*believed, *granted)
    )
