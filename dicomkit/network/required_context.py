"""The accepted presentation context without which a request cannot be made."""

from __future__ import annotations

from dicomkit.errors import NetworkError
from dicomkit.network.explanations import explain_context_result
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ContextAnswer

__all__ = ["required_context"]


def required_context(
    association: AssociationRequestor,
    sop_class_uid: str,
    transfer_syntax_uid: str,
    *,
    problem: str = "",
    remedy: str = "",
) -> ContextAnswer:
    """Return the accepted presentation context for a SOP class that was proposed with a transfer syntax.

    Parameters
    ----------
    association
        The association.
    sop_class_uid, transfer_syntax_uid
        What was proposed.
    problem, remedy
        Words for the error that fit better than the result of the negotiation.

    Raises
    ------
    NetworkError
        If the context was not accepted.
    """
    context = association.context_for(sop_class_uid, transfer_syntax_uid)
    if context is not None and context.result == ACCEPTED:
        return context
    explained = explain_context_result(-1 if context is None else context.result)
    raise NetworkError(association.peer, problem or explained[0], remedy or explained[1])
