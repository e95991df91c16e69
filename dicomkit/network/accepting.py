"""How a storage SCP answers an A-ASSOCIATE-RQ: authenticate the requestor, negotiate contexts and roles.

References
----------
PS3.7 annex D, Association Negotiation.
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

__all__ = ["accept", "admission_rejection"]


def admission_rejection(
    admission: Admission | None, request: AssociationRequest, address: str, certificate_names: tuple[str, ...]
) -> tuple[Rejection | None, str]:
    """Return the rejection of a requestor that is not authenticated or has too many associations, and why.

    Parameters
    ----------
    admission
        Decides; None accepts everybody.
    request
        The association request, with the User Identity item if there is one.
    address, certificate_names
        The requestor's network address, and the common names of its TLS certificate.
    """
    if admission is None:
        return None, ""
    try:
        identity = user_identity_of(request)
    except InvalidPDUError as error:
        return CALLING_TITLE_NOT_RECOGNIZED, error.problem
    caller = Caller(request.calling_ae_title, address, certificate_names, identity)
    if reason := admission.objection(caller):
        return CALLING_TITLE_NOT_RECOGNIZED, reason
    reason = admission.limit_reason(caller)
    return (LOCAL_LIMIT_EXCEEDED, reason) if reason else (None, "")


def accept(
    request: AssociationRequest, policy: AcceptorPolicy, operations: Operations | None
) -> AssociationAnswer:
    """Return the A-ASSOCIATE-AC: the answer to each presentation context, the granted roles and user items.

    Parameters
    ----------
    request
        The association request.
    policy
        The presentation contexts for storage and verification.
    operations
        The service for other requests; None for a plain storage SCP.
    """
    supported = policy.contexts
    # PS3.7 section D.3.3.7: only an acceptor that checks identities acknowledges one.
    identity = () if policy.admission is None else acknowledgement(user_identity_of(request))
    if operations is None:
        return AssociationAnswer(tuple(answer_contexts(request.contexts, supported)), user_items=identity)
    roles = tuple(
        role
        for role in request.roles
        if role.sop_class_uid in supported or role.sop_class_uid in operations.event_report_sop_classes
    )
    # PS3.7 section D.3.3.4: with the SCP role, the requestor receives instances (C-GET), best as they are stored.
    stored = [role.sop_class_uid for role in roles if role.sop_class_uid in supported]
    kept = {uid: operations.stored_transfer_syntaxes(uid) for uid in stored}
    first = {uid: tuple(dict.fromkeys([*kept[uid], *supported[uid]])) for uid in kept}
    contexts = {**supported, **first, **operations.contexts}
    granted = granted_items(request.user_items, QUERY_CLASSES)
    return AssociationAnswer(
        tuple(answer_contexts(request.contexts, contexts)), roles=roles, user_items=(*identity, *granted)
    )
