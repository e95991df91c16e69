"""The rules by which a receiver accepts associations: AE titles, presentation contexts, time-outs, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dicomkit.network.admission import Admission
from dicomkit.network.sop_classes import supported_contexts
from dicomkit.network.wire import AssociationRequest, Rejection

__all__ = ["CALLING_TITLE_NOT_RECOGNIZED", "LOCAL_LIMIT_EXCEEDED", "AcceptorPolicy"]

# PS3.8 Table 9-21: result, source, reason.
CALLING_TITLE_NOT_RECOGNIZED = Rejection(1, 1, 3)
CALLED_TITLE_NOT_RECOGNIZED = Rejection(1, 1, 7)
PROTOCOL_VERSION_NOT_SUPPORTED = Rejection(1, 2, 2)
LOCAL_LIMIT_EXCEEDED = Rejection(2, 3, 2)


@dataclass(frozen=True)
class AcceptorPolicy:
    """Which associations and presentation contexts a receiver accepts.

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
    """

    ae_title: str
    any_called_ae_title: bool = False
    allowed_calling_ae_titles: frozenset[str] = frozenset()
    request_time_out_s: float = 10.0
    idle_time_out_s: float = 60.0
    contexts: Mapping[str, Sequence[str]] = field(default_factory=supported_contexts)
    admission: Admission | None = None

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
