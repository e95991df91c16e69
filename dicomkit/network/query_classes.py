"""The SOP classes of query/retrieve, worklist and storage commitment.

References
----------
PS3.4 section C.6, SOP Class Definitions; annex K, worklist; annex J, storage commitment.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from dicomkit.archive import Model
from dicomkit.errors import UsageError
from dicomkit.network.wire.command_set import CommandField

__all__ = [
    "COMMITMENT",
    "COMMITMENT_INSTANCE",
    "MAX_COMMITMENT_BYTES",
    "MODELS",
    "QUERY_CLASSES",
    "WORKLIST_FIND",
    "QueryClass",
    "class_for",
]

WORKLIST_FIND = "1.2.840.10008.5.1.4.31"
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"  # PS3.4 section J.3.5: the one well-known instance
MAX_COMMITMENT_BYTES = 32 << 20  # a request or report about 100,000 instances has about 15 MB
_ROOT = "1.2.840.10008.5.1.4.1.2"
MODELS = MappingProxyType({"patient": Model.PATIENT_ROOT, "study": Model.STUDY_ROOT})


class QueryClass(NamedTuple):
    """The operation and the information model of a query/retrieve SOP class."""

    operation: CommandField
    model: Model


_BRANCHES = {Model.PATIENT_ROOT: 1, Model.STUDY_ROOT: 2}
_LEAVES = {CommandField.C_FIND_RQ: 1, CommandField.C_MOVE_RQ: 2, CommandField.C_GET_RQ: 3}
QUERY_CLASSES = MappingProxyType({
    f"{_ROOT}.{branch}.{leaf}": QueryClass(operation, model)
    for model, branch in _BRANCHES.items()
    for operation, leaf in _LEAVES.items()
})  # fmt: skip


def class_for(operation: CommandField, model: str) -> str:
    """Return the SOP class for an operation in a model: ``patient`` or ``study``; for C-FIND also ``worklist``.

    Raises
    ------
    UsageError
        If there is none.

    Examples
    --------
    >>> class_for(CommandField.C_FIND_RQ, "study")
    '1.2.840.10008.5.1.4.1.2.2.1'
    """
    if model == "worklist" and operation is CommandField.C_FIND_RQ:
        return WORKLIST_FIND
    if model not in MODELS:
        raise UsageError(model, "is no information model here", "say patient, study, or worklist to find")
    return f"{_ROOT}.{_BRANCHES[MODELS[model]]}.{_LEAVES[operation]}"
