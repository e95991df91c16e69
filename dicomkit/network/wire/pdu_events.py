"""Convert between events and PDUs other than P-DATA-TF."""

from __future__ import annotations

from dicomkit.network.wire.events import (
    Abort,
    AssociationAnswer,
    AssociationRequest,
    DataSetFragment,
    Event,
    MessageStart,
    Rejection,
    ReleaseReply,
    ReleaseRequest,
)
from dicomkit.network.wire.negotiation import (
    decode_answer,
    decode_rejection,
    decode_request,
    encode_answer,
    encode_rejection,
    encode_request,
)
from dicomkit.network.wire.pdus import AbortSource, PDUType, encode_abort, encode_pdu

__all__ = ["decode_pdu", "encode_event", "pdu_type_of"]

_TYPES: dict[type, PDUType] = {
    AssociationRequest: PDUType.A_ASSOCIATE_RQ,
    AssociationAnswer: PDUType.A_ASSOCIATE_AC,
    Rejection: PDUType.A_ASSOCIATE_RJ,
    MessageStart: PDUType.P_DATA_TF,
    DataSetFragment: PDUType.P_DATA_TF,
    ReleaseRequest: PDUType.A_RELEASE_RQ,
    ReleaseReply: PDUType.A_RELEASE_RP,
    Abort: PDUType.A_ABORT,
}


def pdu_type_of(event: Event) -> PDUType | None:
    """Return the PDU type of an event, or None for an event that cannot be sent."""
    return _TYPES.get(type(event))


def encode_event(event: Event, titles: bytes) -> bytes:
    """Return the PDU of an event; `titles` are the encoded AE titles of the request, for an A-ASSOCIATE-AC PDU."""
    match event:
        case AssociationRequest():
            return encode_request(event)
        case AssociationAnswer():
            return encode_answer(event, titles)
        case Rejection():
            return encode_rejection(event)
        case Abort():
            return encode_abort(event.source, event.reason)
    return encode_pdu(_TYPES[type(event)], bytes(4))  # A-RELEASE-RQ and -RP: four reserved bytes


def decode_pdu(kind: PDUType, body: bytes) -> Event:
    """Return the event of a PDU.

    Raises
    ------
    InvalidPDUError
        If it cannot be decoded.
    """
    match kind:
        case PDUType.A_ASSOCIATE_RQ:
            return decode_request(body)
        case PDUType.A_ASSOCIATE_AC:
            return decode_answer(body)
        case PDUType.A_ASSOCIATE_RJ:
            return decode_rejection(body)
        case PDUType.A_RELEASE_RQ:
            return ReleaseRequest()
        case PDUType.A_RELEASE_RP:
            return ReleaseReply()
    return Abort(*body[2:4]) if len(body) >= 4 else Abort(AbortSource.USER)  # noqa: PLR2004 - PS3.8 Table 9-26
