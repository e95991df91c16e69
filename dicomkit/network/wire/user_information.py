"""The User Information Item: maximum length, implementation and negotiation items of an A-ASSOCIATE PDU.

References
----------
PS3.8 sections 9.3.2.3 and D.1; PS3.7 section D.3.3.
"""

from __future__ import annotations

from collections.abc import Iterable

from dicomkit.network.wire.events import AssociationAnswer, AssociationRequest, RoleSelection, UserItem
from dicomkit.network.wire.failures import InvalidPDUError
from dicomkit.network.wire.items import (
    decode_items,
    decode_name,
    decode_uid,
    encode_item,
    encode_text,
    malformed_pdu,
)

__all__ = ["USER_INFORMATION", "UserInformation", "encode_user_information"]

USER_INFORMATION = 0x50
_MAX_LENGTH, _CLASS_UID, _ROLE_SELECTION, _VERSION_NAME = 0x51, 0x52, 0x54, 0x55
_SMALLEST_LIMIT_BYTES = 32  # room for a fragment; real announcements are some kilobytes


class UserInformation:
    """A decoded User Information Item.

    Parameters
    ----------
    items
        Type and content of each item of a PDU.

    Attributes
    ----------
    max_length, class_uid, version_name, roles, others
        As in `AssociationRequest`; `others` are the sub-items that this module does not decode.

    Raises
    ------
    InvalidPDUError
        If a sub-item cannot be decoded, or the maximum length is too small for any PDV.
    """

    def __init__(self, items: Iterable[tuple[int, bytes]]) -> None:
        self.max_length = 0  # PS3.8 Table D.1-1: 0 is no limit; so is a PDU without the item
        self.class_uid = self.version_name = ""
        self.roles: tuple[RoleSelection, ...] = ()
        self.others: tuple[UserItem, ...] = ()
        for kind, content in items:
            if kind == USER_INFORMATION:
                for sub_kind, sub_content in decode_items(content):
                    self._take(sub_kind, sub_content)

    def _take(self, kind: int, content: bytes) -> None:
        if kind == _MAX_LENGTH:
            self.max_length = int.from_bytes(content, "big")
            if len(content) != 4 or 0 < self.max_length < _SMALLEST_LIMIT_BYTES:  # noqa: PLR2004 - PS3.8 Table D.1-1
                raise InvalidPDUError("announced a maximum length that no PDU can keep")
        elif kind == _CLASS_UID:
            self.class_uid = decode_name(content)
        elif kind == _VERSION_NAME:
            self.version_name = decode_name(content)  # accepted even if longer than the allowed 16 characters
        elif kind == _ROLE_SELECTION:
            self.roles += (_decode_role(content),)
        else:
            self.others += (UserItem(kind, content),)


def encode_user_information(event: AssociationRequest | AssociationAnswer) -> bytes:
    """Return the User Information Item of an A-ASSOCIATE PDU."""
    name = event.implementation_version_name
    return encode_item(
        USER_INFORMATION,
        encode_item(_MAX_LENGTH, event.max_length.to_bytes(4, "big")),
        encode_item(_CLASS_UID, encode_text(event.implementation_class_uid)),
        *(encode_item(_ROLE_SELECTION, _encode_role(role)) for role in event.roles),
        encode_item(_VERSION_NAME, encode_text(name)) if name else b"",
        *(encode_item(kind, content) for kind, content in event.user_items),
    )


def _encode_role(role: RoleSelection) -> bytes:
    uid = encode_text(role.sop_class_uid)
    return len(uid).to_bytes(2, "big") + uid + bytes([role.as_scu, role.as_scp])


def _decode_role(content: bytes) -> RoleSelection:
    size = int.from_bytes(content[:2], "big")
    if len(content) != size + 4:
        raise malformed_pdu()
    return RoleSelection(decode_uid(content[2 : 2 + size]), content[-2] == 1, content[-1] == 1)
