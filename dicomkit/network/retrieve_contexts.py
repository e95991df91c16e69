"""What to propose for a C-GET: the storage SOP classes that may come, with this side as their SCP."""

from __future__ import annotations

from collections.abc import Iterable

from dicomkit.network.sop_classes import UNCOMPRESSED, storage_sop_classes
from dicomkit.network.wire import RoleSelection
from dicomkit.network.wire.presentation_contexts import MAX_CONTEXTS, ProposedContext

__all__ = ["proposed_for_retrieval"]

# JPEG, JPEG-LS, JPEG 2000, RLE, HTJ2K, MPEG-4, deflated and Big Endian (PS3.5 section 10).
_COMPRESSED = tuple(
    f"1.2.840.10008.1.2.{ending}"
    for ending in (
        *("4.70", "4.80", "4.90", "5", "4.50", "4.51", "4.57", "4.81", "4.91", "4.201", "4.202", "4.203"),
        *("4.100", "4.102", "4.103", "1.99", "2"),
    )
)
_STORAGE = "1.2.840.10008.5.1.4.1.1."
# What archives hold most, retired classes of old studies included: CR, DX, CT, MR, US, SC, XA, RF, NM, PET, RT.
_FREQUENT = (
    "1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "2", "2.1", "4", "4.1", "4.2", "6.1", "3.1", "6", "3", "7", "7.1", "7.2",
    "7.3", "7.4", "11.1", "12.1", "12.2", "20", "128", "130", "481.1", "481.2", "481.3", "481.5", "66.4", "66",
    "77.1.1", "77.1.4", "77.1.5.1", "77.1.6", "88.11", "88.22", "88.33", "88.59", "88.67", "104.1", "104.2",
)  # fmt: skip


def proposed_for_retrieval(
    query: ProposedContext, sop_classes: Iterable[str] | None = None
) -> tuple[tuple[ProposedContext, ...], tuple[RoleSelection, ...]]:
    """Return the contexts for a C-GET, and the roles that go with them.

    What archives hold most is proposed twice, uncompressed and compressed: an archive accepts one transfer syntax
    of each context, and has a choice for each file. The rest is proposed once.

    Parameters
    ----------
    query
        The context of the request itself.
    sop_classes
        Which may come; by default those in use, as many as an association has room for.
    """
    frequent = [f"{_STORAGE}{ending}" for ending in _FREQUENT]
    wanted = list(dict.fromkeys([*frequent, *storage_sop_classes()] if sop_classes is None else sop_classes))
    twice = wanted[: len(frequent)]
    pairs = [(uid, syntaxes) for uid in twice for syntaxes in (UNCOMPRESSED, _COMPRESSED)]
    pairs += [(uid, UNCOMPRESSED + _COMPRESSED) for uid in wanted[len(twice) :]]
    pairs = pairs[: MAX_CONTEXTS - 1]
    contexts = [
        ProposedContext(2 * number + 3, uid, syntaxes) for number, (uid, syntaxes) in enumerate(pairs)
    ]
    roles = (RoleSelection(uid, as_scu=False, as_scp=True) for uid in dict.fromkeys(uid for uid, _ in pairs))
    return (query, *contexts), tuple(roles)
