"""Encode and decode the A-ASSOCIATE PDUs: A-ASSOCIATE-RQ, -AC and -RJ.

A PDU whose lengths contradict each other is an error. Minor deviations are tolerated, because the peer may be a
device that cannot be updated: AE titles padded with NUL, items of an unknown type, names that are too long.

References
----------
PS3.8 sections 9.3.2 to 9.3.4.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

from dicomkit.network.wire.events import AssociationAnswer, AssociationRequest, Rejection
from dicomkit.network.wire.failures import InvalidPDUError
from dicomkit.network.wire.items import decode_items, decode_uid, encode_item, encode_text, malformed_pdu
from dicomkit.network.wire.pdus import PDUType, encode_pdu
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ContextAnswer, ProposedContext
from dicomkit.network.wire.user_information import UserInformation, encode_user_information

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
_APPLICATION_CONTEXT, _PROPOSED_CONTEXT, _ANSWERED_CONTEXT = 0x10, 0x20, 0x21
_ABSTRACT_SYNTAX, _TRANSFER_SYNTAX = 0x30, 0x40
_CONTEXT_HEADER_BYTES = 4  # context ID, reserved, result, reserved
_REJECTION_BYTES = 4  # one reserved, then result, source and reason
# PS3.5 Table 6.2-1: VR AE has no control characters, and a backslash separates values.
_FORBIDDEN_IN_TITLE = r"[\x00-\x1f\x7f\\]"
_C1_CONTROLS = dict.fromkeys(range(0x80, 0xA0), "\ufffd")


def encode_request(request: AssociationRequest) -> bytes:
    """Return an A-ASSOCIATE-RQ PDU (PS3.8 section 9.3.2)."""
    contexts = (
        encode_item(
            _PROPOSED_CONTEXT,
            bytes([context.context_id, 0, 0, 0]),
            encode_item(_ABSTRACT_SYNTAX, encode_text(context.abstract_syntax_uid)),
            *(encode_item(_TRANSFER_SYNTAX, encode_text(uid)) for uid in context.transfer_syntax_uids),
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
        The event to encode.
    titles
        The 32 bytes of the request's AE titles, which are returned unchanged (PS3.8 Table 9-17).
    """
    contexts = (
        encode_item(
            _ANSWERED_CONTEXT,
            bytes([context.context_id, 0, context.result, 0]),
            encode_item(_TRANSFER_SYNTAX, encode_text(context.transfer_syntax_uid)),
        )
        for context in answer.contexts
    )
    return encode_pdu(PDUType.A_ASSOCIATE_AC, _encode_body(titles, contexts, answer, 1))


def encode_rejection(rejection: Rejection) -> bytes:
    """Return an A-ASSOCIATE-RJ PDU (PS3.8 section 9.3.4)."""
    body = bytes([0, rejection.result, rejection.source, rejection.reason])
    return encode_pdu(PDUType.A_ASSOCIATE_RJ, body)


def encode_titles(called_ae_title: str, calling_ae_title: str) -> bytes:
    """Return both AE titles, each padded with spaces to 16 bytes."""
    return b"".join(
        title.encode("latin-1", "replace")[:_TITLE_BYTES].ljust(_TITLE_BYTES)
        for title in (called_ae_title, calling_ae_title)
    )


def titles_of(body: bytes) -> bytes:
    """Return the 32 bytes of the AE titles in the body of an A-ASSOCIATE-RQ PDU that `decode_request` accepts."""
    return bytes(_FIXED.unpack_from(body)[1])


def decode_request(body: bytes) -> AssociationRequest:
    """Decode the body of an A-ASSOCIATE-RQ PDU.

    Raises
    ------
    InvalidPDUError
        If the lengths do not fit, or an AE title, a UID or the maximum length is invalid.
    """
    version, titles, items = _decode_body(body)
    contexts = tuple(
        _decode_proposed_context(content) for kind, content in items if kind == _PROPOSED_CONTEXT
    )
    if len({context.context_id for context in contexts}) < len(contexts):
        # The transfer syntax of a data set with that ID would be ambiguous.
        raise InvalidPDUError("proposed two presentation contexts under one ID")
    user = UserInformation(items)
    return AssociationRequest(
        calling_ae_title=_decode_ae_title(titles[_TITLE_BYTES:]),
        called_ae_title=_decode_ae_title(titles[:_TITLE_BYTES]),
        contexts=contexts,
        max_length=user.max_length,
        roles=user.roles,
        implementation_class_uid=user.class_uid,
        implementation_version_name=user.version_name,
        user_items=user.others,
        protocol_version=version,
    )


def decode_answer(body: bytes) -> AssociationAnswer:
    """Decode the body of an A-ASSOCIATE-AC PDU.

    Raises
    ------
    InvalidPDUError
        If the lengths do not fit, or the maximum length is invalid.
    """
    _, _, items = _decode_body(body)  # PS3.8 Table 9-17: the titles in it shall not be tested
    user = UserInformation(items)
    return AssociationAnswer(
        contexts=tuple(
            _decode_context_answer(content) for kind, content in items if kind == _ANSWERED_CONTEXT
        ),
        max_length=user.max_length,
        roles=user.roles,
        implementation_class_uid=user.class_uid,
        implementation_version_name=user.version_name,
        user_items=user.others,
    )


def decode_rejection(body: bytes) -> Rejection:
    """Decode the body of an A-ASSOCIATE-RJ PDU.

    Raises
    ------
    InvalidPDUError
        If it is too short.
    """
    if len(body) < _REJECTION_BYTES:
        raise malformed_pdu()
    return Rejection(*body[1:_REJECTION_BYTES])


def _encode_body(
    titles: bytes, contexts: Iterable[bytes], event: AssociationRequest | AssociationAnswer, version: int
) -> bytes:
    return b"".join(
        [
            _FIXED.pack(version, titles),
            encode_item(_APPLICATION_CONTEXT, encode_text(_APPLICATION_CONTEXT_NAME)),
            *contexts,
            encode_user_information(event),
        ]
    )


def _decode_body(body: bytes) -> tuple[int, bytes, list[tuple[int, bytes]]]:
    """Return the protocol version, the bytes of both AE titles, and type and content of each item."""
    if len(body) < _FIXED.size:
        raise malformed_pdu()
    version, titles = _FIXED.unpack_from(body)
    return version, titles, list(decode_items(body[_FIXED.size :]))


def _decode_proposed_context(content: bytes) -> ProposedContext:
    if len(content) < _CONTEXT_HEADER_BYTES:
        raise malformed_pdu()
    items = list(decode_items(content[_CONTEXT_HEADER_BYTES:]))
    abstract = next((decode_uid(uid) for kind, uid in items if kind == _ABSTRACT_SYNTAX), "")
    # PS3.8 Table 9-13 requires an odd ID; an even one is tolerated.
    return ProposedContext(
        content[0], abstract, tuple(decode_uid(uid) for kind, uid in items if kind == _TRANSFER_SYNTAX)
    )


def _decode_context_answer(content: bytes) -> ContextAnswer:
    if len(content) < _CONTEXT_HEADER_BYTES:
        raise malformed_pdu()
    context_id, _, result, _ = content[:_CONTEXT_HEADER_BYTES]
    chosen = ""
    if result == ACCEPTED:  # PS3.8 Table 9-18: else the transfer syntax is not significant
        items = decode_items(content[_CONTEXT_HEADER_BYTES:])
        chosen = next((decode_uid(uid) for kind, uid in items if kind == _TRANSFER_SYNTAX), "")
    return ContextAnswer(context_id, result, chosen)


def _decode_ae_title(content: bytes) -> str:
    """Return an AE title up to the first NUL, without leading and trailing spaces; non-ASCII bytes are tolerated."""
    significant = content.partition(b"\0")[0].strip(b" ")
    try:
        title = significant.decode("utf-8")
    except UnicodeDecodeError:
        title = significant.decode("latin-1")
    if re.search(_FORBIDDEN_IN_TITLE, title):
        raise InvalidPDUError("gave an AE title with a control character or a backslash in it")
    return title.translate(_C1_CONTROLS)
