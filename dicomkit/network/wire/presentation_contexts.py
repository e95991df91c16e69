"""Presentation contexts: which SOP classes an association may transfer, and in which transfer syntax.

A presentation context combines one abstract syntax, a SOP class, with transfer syntaxes. The requestor proposes
contexts with odd IDs; the acceptor answers each with a result and, if it accepts, with one of the proposed transfer
syntaxes (PS3.8 section 7.1.1.13).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dicomkit.named_tuple import NamedTuple
from dicomkit.uids import IMPLICIT_VR_LITTLE_ENDIAN

__all__ = [
    "ACCEPTED",
    "MAX_CONTEXTS",
    "ContextAnswer",
    "ProposedContext",
    "answer_contexts",
    "plan_contexts",
]

MAX_CONTEXTS = 128  # the odd IDs from 1 to 255

ACCEPTED = 0
ABSTRACT_SYNTAX_NOT_SUPPORTED = 3
TRANSFER_SYNTAXES_NOT_SUPPORTED = 4


class ProposedContext(NamedTuple):
    """A proposed presentation context: one abstract syntax and its transfer syntaxes."""

    context_id: int
    abstract_syntax_uid: str
    transfer_syntax_uids: tuple[str, ...]


class ContextAnswer(NamedTuple):
    """The answer to a proposed context; result 0 accepts it, 1 to 4 reject it (PS3.8 Table 9-18)."""

    context_id: int
    result: int
    transfer_syntax_uid: str
    abstract_syntax_uid: str = ""


def plan_contexts(needed: Iterable[tuple[str, str]]) -> list[list[ProposedContext]]:
    """Return contexts for pairs of SOP class and transfer syntax, one list for each association.

    Each pair has its own context, so that the acceptor's answer tells whether an instance can be sent without
    conversion. An association has at most 128 contexts.

    Examples
    --------
    >>> plan_contexts([("1.2", "1.5"), ("1.2", "1.5"), ("1.2", "1.6")])[0]
    [ProposedContext(context_id=1, abstract_syntax_uid='1.2', transfer_syntax_uids=('1.5',)), \
ProposedContext(context_id=3, abstract_syntax_uid='1.2', transfer_syntax_uids=('1.6',))]
    """
    pairs = list(dict.fromkeys(needed))
    return [
        [
            ProposedContext(2 * index + 1, abstract, (transfer,))
            for index, (abstract, transfer) in enumerate(pairs[start : start + MAX_CONTEXTS])
        ]
        for start in range(0, len(pairs), MAX_CONTEXTS)
    ]


def answer_contexts(
    proposed: Sequence[ProposedContext], supported: Mapping[str, Sequence[str]]
) -> list[ContextAnswer]:
    """Return the acceptor's answer to each proposed context.

    References
    ----------
    PS3.8 section 9.3.3.2, Presentation Context Item Structure.

    Examples
    --------
    >>> answer_contexts([ProposedContext(1, "1.2", ("1.5",))], {"1.2": ["1.6"]})[0].result
    4
    """
    answers = []
    for context in proposed:
        syntaxes = supported.get(context.abstract_syntax_uid)
        # PS3.8 Table 9-18: a rejected context has a transfer syntax too, which is not significant.
        result, chosen = ABSTRACT_SYNTAX_NOT_SUPPORTED, IMPLICIT_VR_LITTLE_ENDIAN
        if syntaxes is not None:
            offered = set(context.transfer_syntax_uids)
            common = next((uid for uid in syntaxes if uid in offered), None)
            result = TRANSFER_SYNTAXES_NOT_SUPPORTED if common is None else ACCEPTED
            chosen = common or chosen
        answers.append(ContextAnswer(context.context_id, result, chosen, context.abstract_syntax_uid))
    return answers
