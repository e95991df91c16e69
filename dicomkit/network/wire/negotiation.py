"""The PDUs that open an association: A-ASSOCIATE-RQ, -AC and -RJ, from and to events.

They are made of items: one byte of type, one reserved byte, two bytes of length, big endian, and the
content, which may be items again. What a length makes impossible is refused. What is merely odd is read
as it is meant, because the other side may be a machine that nobody can change any more: AE titles filled
up with NULs, items of an unknown type, names that are too long.

References
----------
PS3.8 sections 9.3.2 to 9.3.4 and annex D; PS3.7 annex D.3.3.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator

from dicomkit.network.wire.events import (
    AssociationAnswer,
    AssociationRequest,
    Rejection,
    RoleSelection,
    UserItem,
)
from dicomkit.network.wire.failures import InvalidPDUError
from dicomkit.network.wire.pdus import PDUType, encode_pdu
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ContextAnswer, ProposedContext

__all__ = [
    "decode_answer",
    "decode_rejection",
    "decode_request",
    "encode_answer",
    "encode_rejection",
    "encode_request",
    "encode_titles",
    "titles_of",
]

_APPLICATION_CONTEXT_NAME = "1.2.840.10008.3.1.1.1"  # PS3.7 section A.2.1
_FIXED = struct.Struct(">H2x32s32x")  # protocol version, called and calling AE title, reserved
_TITLE_BYTES = 16
_ITEM = struct.Struct(">BxH")
_APPLICATION_CONTEXT, _PROPOSED_CONTEXT, _ANSWERED_CONTEXT = 0x10, 0x20, 0x21
_ABSTRACT_SYNTAX, _TRANSFER_SYNTAX, _USER_INFORMATION = 0x30, 0x40, 0x50
_MAX_LENGTH, _CLASS_UID, _ROLE_SELECTION, _VERSION_NAME = 0x51, 0x52, 0x54, 0x55
_SMALLEST_LIMIT_BYTES = 32  # a fragment has to fit; nobody announces less than some kilobytes
_CONTEXT_HEADER_BYTES = 4  # context ID, reserved, result, reserved
_REJECTION_BYTES = 4  # one reserved, then result, source and reason
# A control character would act where a title is shown, and a backslash separates values.
_NO_TITLE = re.compile(r"[\x00-\x1f\x7f\\]")
_C1_CONTROLS = dict.fromkeys(range(0x80, 0xA0), "\ufffd")


def encode_request(request: AssociationRequest) -> bytes:
    """Return an A-ASSOCIATE-RQ PDU (PS3.8 section 9.3.2)."""
    contexts = (
        _item(
            _PROPOSED_CONTEXT,
            bytes([context.context_id, 0, 0, 0]),
            _item(_ABSTRACT_SYNTAX, _text(context.abstract_syntax_uid)),
            *(_item(_TRANSFER_SYNTAX, _text(uid)) for uid in context.transfer_syntax_uids),
        )
        for context in request.contexts
    )
    titles = encode_titles(request.called_ae_title, request.calling_ae_title)
    body = _encode_body(titles, contexts, request, request.protocol_version)
    return encode_pdu(PDUType.A_ASSOCIATE_RQ, body)


def encode_answer(answer: AssociationAnswer, titles: bytes) -> bytes:
    """Return an A-ASSOCIATE-AC PDU (PS3.8 section 9.3.3).

    Parameters
    ----------
    answer
        What is granted.
    titles
        The 32 bytes of the request's AE titles, which are sent back as they came.
    """
    contexts = (
        _item(
            _ANSWERED_CONTEXT,
            bytes([context.context_id, 0, context.result, 0]),
            _item(_TRANSFER_SYNTAX, _text(context.transfer_syntax_uid)),
        )
        for context in answer.contexts
    )
    return encode_pdu(PDUType.A_ASSOCIATE_AC, _encode_body(titles, contexts, answer, 1))


def encode_rejection(rejection: Rejection) -> bytes:
    """Return an A-ASSOCIATE-RJ PDU (PS3.8 section 9.3.4)."""
    body = bytes([0, rejection.result, rejection.source, rejection.reason])
    return encode_pdu(PDUType.A_ASSOCIATE_RJ, body)


def encode_titles(called_ae_title: str, calling_ae_title: str) -> bytes:
    """Return both AE titles as they stand in a PDU, filled up with spaces."""
    return b"".join(
        title.encode("latin-1", "replace")[:_TITLE_BYTES].ljust(_TITLE_BYTES)
        for title in (called_ae_title, calling_ae_title)
    )


def titles_of(body: bytes) -> bytes:
    """Return the 32 bytes of the AE titles of a request that `decode_request` has read."""
    return bytes(_FIXED.unpack_from(body)[1])


def decode_request(body: bytes) -> AssociationRequest:
    """Read what follows the header of an A-ASSOCIATE-RQ PDU.

    Raises
    ------
    InvalidPDUError
        If the lengths do not fit, or an AE title, a context ID or the maximum length is impossible.
    """
    version, titles, items = _decode_body(body)
    contexts = tuple(_proposed(content) for kind, content in items if kind == _PROPOSED_CONTEXT)
    if len({context.context_id for context in contexts}) < len(contexts):
        raise InvalidPDUError("proposed two presentation contexts under one ID")
    user = _UserInformation(items)
    return AssociationRequest(
        calling_ae_title=_title(titles[_TITLE_BYTES:]),
        called_ae_title=_title(titles[:_TITLE_BYTES]),
        contexts=contexts,
        max_length=user.max_length,
        roles=user.roles,
        implementation_class_uid=user.class_uid,
        implementation_version_name=user.version_name,
        user_items=user.others,
        protocol_version=version,
    )


def decode_answer(body: bytes) -> AssociationAnswer:
    """Read what follows the header of an A-ASSOCIATE-AC PDU.

    Raises
    ------
    InvalidPDUError
        If the lengths do not fit, or the maximum length is impossible.
    """
    _, _, items = _decode_body(body)  # PS3.8 Table 9-17: the titles in it shall not be tested
    user = _UserInformation(items)
    return AssociationAnswer(
        contexts=tuple(_answered(content) for kind, content in items if kind == _ANSWERED_CONTEXT),
        max_length=user.max_length,
        roles=user.roles,
        implementation_class_uid=user.class_uid,
        implementation_version_name=user.version_name,
        user_items=user.others,
    )


def decode_rejection(body: bytes) -> Rejection:
    """Read what follows the header of an A-ASSOCIATE-RJ PDU.

    Raises
    ------
    InvalidPDUError
        If it is too short.
    """
    if len(body) < _REJECTION_BYTES:
        raise _unreadable()
    return Rejection(*body[1:_REJECTION_BYTES])


def _encode_body(
    titles: bytes, contexts: Iterable[bytes], said: AssociationRequest | AssociationAnswer, version: int
) -> bytes:
    user_items = [
        _item(_MAX_LENGTH, said.max_length.to_bytes(4, "big")),
        _item(_CLASS_UID, _text(said.implementation_class_uid)),
        *(_item(_ROLE_SELECTION, _encode_role(role)) for role in said.roles),
        *([_item(_VERSION_NAME, _text(said.implementation_version_name))] if said.implementation_version_name else []),
        *(_item(kind, content) for kind, content in said.user_items),
    ]  # fmt: skip
    return b"".join(
        [
            _FIXED.pack(version, titles),
            _item(_APPLICATION_CONTEXT, _text(_APPLICATION_CONTEXT_NAME)),
            *contexts,
            _item(_USER_INFORMATION, *user_items),
        ]
    )


def _encode_role(role: RoleSelection) -> bytes:
    uid = _text(role.sop_class_uid)
    return len(uid).to_bytes(2, "big") + uid + bytes([role.as_scu, role.as_scp])


def _item(kind: int, *content: bytes) -> bytes:
    joined = b"".join(content)
    return _ITEM.pack(kind, len(joined)) + joined


def _text(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _decode_body(body: bytes) -> tuple[int, bytes, list[tuple[int, bytes]]]:
    """Return protocol version, the bytes of both titles, and the items."""
    if len(body) < _FIXED.size:
        raise _unreadable()
    version, titles = _FIXED.unpack_from(body)
    return version, titles, list(_items(body[_FIXED.size :]))


def _items(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of each item."""
    offset = 0
    while offset < len(content):
        if offset + _ITEM.size > len(content):
            raise _unreadable()
        kind, length = _ITEM.unpack_from(content, offset)
        offset += _ITEM.size
        if offset + length > len(content):
            raise _unreadable()
        yield kind, content[offset : offset + length]
        offset += length


def _proposed(content: bytes) -> ProposedContext:
    items = list(_items(content[_CONTEXT_HEADER_BYTES:]))
    context_id = content[0] if content else 0
    if context_id % 2 == 0:
        raise InvalidPDUError("proposed a presentation context whose ID is not odd")  # PS3.8 Table 9-13
    abstract = next((_uid(uid) for kind, uid in items if kind == _ABSTRACT_SYNTAX), "")
    return ProposedContext(
        context_id, abstract, tuple(_uid(uid) for kind, uid in items if kind == _TRANSFER_SYNTAX)
    )


def _answered(content: bytes) -> ContextAnswer:
    if len(content) < _CONTEXT_HEADER_BYTES:
        raise _unreadable()
    context_id, _, result, _ = content[:_CONTEXT_HEADER_BYTES]
    chosen = ""
    if result == ACCEPTED:  # PS3.8 Table 9-18: else the transfer syntax is not significant
        items = _items(content[_CONTEXT_HEADER_BYTES:])
        chosen = next((_uid(uid) for kind, uid in items if kind == _TRANSFER_SYNTAX), "")
    return ContextAnswer(context_id, result, chosen)


class _UserInformation:
    """The user information item (PS3.8 section 9.3.2.3), taken apart."""

    def __init__(self, items: Iterable[tuple[int, bytes]]) -> None:
        self.max_length = 0  # PS3.8 annex D.1: without the item there is no limit
        self.class_uid = self.version_name = ""
        self.roles: tuple[RoleSelection, ...] = ()
        self.others: tuple[UserItem, ...] = ()
        for kind, content in items:
            if kind == _USER_INFORMATION:
                for sub_kind, sub_content in _items(content):
                    self._take(sub_kind, sub_content)

    def _take(self, kind: int, content: bytes) -> None:
        if kind == _MAX_LENGTH:
            self.max_length = int.from_bytes(content, "big")
            if len(content) != 4 or 0 < self.max_length < _SMALLEST_LIMIT_BYTES:  # noqa: PLR2004 - PS3.8 Table D.1-1
                raise InvalidPDUError("announced a maximum length that no PDU can keep")
        elif kind == _CLASS_UID:
            self.class_uid = _name(content)
        elif kind == _VERSION_NAME:
            self.version_name = _name(content)
        elif kind == _ROLE_SELECTION:
            self.roles += (_decode_role(content),)
        else:
            self.others += (UserItem(kind, content),)


def _decode_role(content: bytes) -> RoleSelection:
    size = int.from_bytes(content[:2], "big")
    if len(content) != size + 4:
        raise _unreadable()
    return RoleSelection(_uid(content[2 : 2 + size]), content[-2] == 1, content[-1] == 1)


def _title(content: bytes) -> str:
    """Return an AE title: up to the first NUL, without spaces around it; what is not ASCII is read all the same."""
    significant = content.partition(b"\0")[0].strip(b" ")
    try:
        title = significant.decode("utf-8")
    except UnicodeDecodeError:
        title = significant.decode("latin-1")
    if _NO_TITLE.search(title):
        raise InvalidPDUError("gave an AE title with a control character or a backslash in it")
    return title.translate(_C1_CONTROLS)


def _uid(content: bytes) -> str:
    if not content.isascii():
        raise InvalidPDUError("named a UID that is not made of digits and dots")
    return _name(content)


def _name(content: bytes) -> str:
    return content.decode("latin-1").strip("\0 ")


def _unreadable() -> InvalidPDUError:
    return InvalidPDUError("sent a PDU that cannot be read")
