"""How a storage SCP answers an A-ASSOCIATE-RQ: authenticate the requestor, negotiate contexts and roles.

References
----------
PS3.7 annex D, Association Negotiation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dicomkit.network.admission import Admission, Caller
from dicomkit.network.extended_negotiation import granted_items
from dicomkit.network.operations import Operations
from dicomkit.network.query_classes import QUERY_CLASSES
from dicomkit.network.sop_classes import supported_contexts
from dicomkit.network.wire import AssociationAnswer, AssociationRequest, Rejection
from dicomkit.network.wire.failures import InvalidPDUError
from dicomkit.network.wire.presentation_contexts import answer_contexts
from dicomkit.network.wire.user_identity import acknowledgement, user_identity_of

if TYPE_CHECKING:  # not every Python has it
    import ssl

__all__ = ["LOCAL_LIMIT_EXCEEDED", "AcceptorPolicy"]

# PS3.8 Table 9-21: result, source, reason.
CALLING_TITLE_NOT_RECOGNIZED = Rejection(1, 1, 3)
CALLED_TITLE_NOT_RECOGNIZED = Rejection(1, 1, 7)
PROTOCOL_VERSION_NOT_SUPPORTED = Rejection(1, 2, 2)
LOCAL_LIMIT_EXCEEDED = Rejection(2, 3, 2)


@dataclass(frozen=True)
class AcceptorPolicy:
    """Which associations and presentation contexts a receiver accepts, and who answers which requests.

    Parameters
    ----------
    ae_title
        The receiver's own AE title.
    any_called_ae_title
        Whether any other called AE title is accepted, too.
    allowed_calling_ae_titles
        The calling AE titles that are accepted; empty for all.
    request_time_out_s
        Time for a new connection to complete its association request (ARTIM, PS3.8 section 9.1.5).
    idle_time_out_s
        Time that an association may be without a PDU.
    contexts
        Transfer syntax UIDs by abstract syntax UID.
    admission
        Authenticates requestors and decides which instances are refused.
    operations
        Answers requests other than C-STORE and C-ECHO; None for a plain storage SCP.
    max_associations
        How many may be open; further ones are rejected as transient.
    ssl_context
        Server-side TLS settings; None for plain TCP.
    """

    ae_title: str
    any_called_ae_title: bool = False
    allowed_calling_ae_titles: frozenset[str] = frozenset()
    request_time_out_s: float = 10.0
    idle_time_out_s: float = 60.0
    contexts: Mapping[str, Sequence[str]] = field(default_factory=supported_contexts)
    admission: Admission | None = None
    operations: Operations | None = None
    max_associations: int = 200
    ssl_context: ssl.SSLContext | None = None

    def rejection(self, request: AssociationRequest) -> Rejection | None:
        """Return the rejection of `request`, or None."""
        if not request.protocol_version & 1:  # PS3.8 section 9.3.2: only this bit shall be tested
            return PROTOCOL_VERSION_NOT_SUPPORTED
        if not self.any_called_ae_title and request.called_ae_title != self.ae_title:
            return CALLED_TITLE_NOT_RECOGNIZED
        allowed = self.allowed_calling_ae_titles
        if allowed and request.calling_ae_title not in allowed:
            return CALLING_TITLE_NOT_RECOGNIZED
        return None

    def admission_rejection(
        self, request: AssociationRequest, address: str, certificate_names: tuple[str, ...]
    ) -> tuple[Rejection | None, str]:
        """Return the rejection of a requestor that is not authenticated or has too many associations, and why.

        Parameters
        ----------
        request
            The association request, with the User Identity item if there is one.
        address, certificate_names
            The requestor's network address, and the common names of its TLS certificate.
        """
        if self.admission is None:
            return None, ""
        try:
            identity = user_identity_of(request)
        except InvalidPDUError as error:
            return CALLING_TITLE_NOT_RECOGNIZED, error.problem
        caller = Caller(request.calling_ae_title, address, certificate_names, identity)
        if reason := self.admission.objection(caller):
            return CALLING_TITLE_NOT_RECOGNIZED, reason
        reason = self.admission.limit_reason(caller)
        return (LOCAL_LIMIT_EXCEEDED, reason) if reason else (None, "")

    def answer(self, request: AssociationRequest) -> AssociationAnswer:
        """Return the A-ASSOCIATE-AC: the answer to each presentation context, the granted roles and user items."""
        # PS3.7 section D.3.3.7: only an acceptor that checks identities acknowledges one.
        identity = () if self.admission is None else acknowledgement(user_identity_of(request))
        operations = self.operations
        if operations is None:
            contexts = answer_contexts(request.contexts, self.contexts)
            return AssociationAnswer(tuple(contexts), user_items=identity)
        roles = tuple(
            role
            for role in request.roles
            if role.sop_class_uid in self.contexts
            or role.sop_class_uid in operations.event_report_sop_classes
        )
        # PS3.7 section D.3.3.4: with the SCP role, the requestor receives instances (C-GET), best as they are stored.
        first = {
            uid: tuple(dict.fromkeys([*operations.stored_transfer_syntaxes(uid), *self.contexts[uid]]))
            for uid in (role.sop_class_uid for role in roles)
            if uid in self.contexts
        }
        contexts = answer_contexts(request.contexts, {**self.contexts, **first, **operations.contexts})
        granted = granted_items(request.user_items, QUERY_CLASSES)
        return AssociationAnswer(tuple(contexts), roles=roles, user_items=(*identity, *granted))
