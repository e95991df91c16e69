"""SOP Class Extended Negotiation for queries: optional abilities that both sides agree on.

There is a byte for each ability: relational queries, combined date-time matching, fuzzy matching of names, and others.
An archive answers with what it grants; without negotiation, the search is hierarchical.

References
----------
PS3.7 section D.3.3.5, Service-Object Pair (SOP) Class Extended Negotiation; PS3.4 sections C.5.1 to C.5.3.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from dicomkit.network.wire.events import UserItem

__all__ = ["granted_items", "is_relational", "relational_item"]

_SOP_CLASS_EXTENDED_NEGOTIATION = 0x56
_LENGTH_BYTES = 2
_RELATIONAL = 1


def relational_item(sop_class_uid: str) -> UserItem:
    """Return the item that proposes relational queries.

    Examples
    --------
    >>> relational_item("1.2").content.hex(" ")
    '00 03 31 2e 32 01'
    """
    return _item(sop_class_uid, bytes([_RELATIONAL]))


def granted_items(proposed: Iterable[UserItem], sop_class_uids: Collection[str]) -> tuple[UserItem, ...]:
    """Return the items of the answer; of all abilities, only relational queries are granted.

    Parameters
    ----------
    proposed
        The items of the request.
    sop_class_uids
        The query and retrieve SOP classes that are supported.
    """
    return tuple(
        _item(uid, bytes([abilities[0] & _RELATIONAL, *bytes(len(abilities) - 1)]))
        for uid, abilities in _abilities_in(proposed)
        if uid in sop_class_uids
    )


def is_relational(items: Iterable[UserItem], sop_class_uid: str) -> bool:
    """Return whether relational queries were granted for a SOP class."""
    return any(
        uid == sop_class_uid and abilities[0] == _RELATIONAL for uid, abilities in _abilities_in(items)
    )


def _item(sop_class_uid: str, abilities: bytes) -> UserItem:
    uid = sop_class_uid.encode("ascii")
    return UserItem(
        _SOP_CLASS_EXTENDED_NEGOTIATION, len(uid).to_bytes(_LENGTH_BYTES, "big") + uid + abilities
    )


def _abilities_in(items: Iterable[UserItem]) -> Iterator[tuple[str, bytes]]:
    """Yield each SOP class UID with its abilities, one byte each. An item with a wrong length is skipped."""
    for item in items:
        end = _LENGTH_BYTES + int.from_bytes(item.content[:_LENGTH_BYTES], "big")
        uid, abilities = item.content[_LENGTH_BYTES:end], item.content[end:]
        if item.kind == _SOP_CLASS_EXTENDED_NEGOTIATION and abilities:
            yield uid.decode("ascii", "replace").strip(" \0"), abilities
