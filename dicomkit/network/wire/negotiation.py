"""The PDUs that open an association, from and to plain records (PS3.8 sections 9.3.2 to 9.3.4).

pynetdicom's PDU classes do the bytes. What is kept of them is what a person would ask: who calls whom,
what is proposed, what was answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.uid import UID
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
)
from pynetdicom.presentation import PresentationContext

from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.network.wire.pdus import (
    MAX_PDU_BYTES,
    AbortReason,
    ConnectionFailedError,
    Failure,
    PDUType,
    encode_pdu,
)
from dicomkit.network.wire.presentation_contexts import ContextAnswer, ProposedContext
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = [
    "AssociationAnswer",
    "AssociationRequest",
    "Rejection",
    "decode_answer",
    "decode_rejection",
    "decode_request",
    "encode_answer",
    "encode_rejection",
    "encode_request",
]

_APPLICATION_CONTEXT = UID("1.2.840.10008.3.1.1.1")  # PS3.7 section A.2.1
_SMALLEST_LIMIT_BYTES = 32  # a fragment has to fit; nobody announces less than some kilobytes


@dataclass(frozen=True, slots=True)
class AssociationRequest:
    """What an A-ASSOCIATE-RQ asks for. ``max_length`` 0 means that its sender takes PDUs of any length."""

    calling_ae_title: str
    called_ae_title: str
    contexts: tuple[ProposedContext, ...]
    max_length: int = MAX_PDU_BYTES


@dataclass(frozen=True, slots=True)
class AssociationAnswer:
    """What an A-ASSOCIATE-AC grants."""

    contexts: tuple[ContextAnswer, ...]
    max_length: int = MAX_PDU_BYTES


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an association was refused: three numbers (PS3.8 section 9.3.4)."""

    result: int
    source: int
    reason: int


CALLED_TITLE_NOT_RECOGNIZED = Rejection(1, 1, 7)
CALLING_TITLE_NOT_RECOGNIZED = Rejection(1, 1, 3)
LOCAL_LIMIT_EXCEEDED = Rejection(2, 3, 2)


def encode_request(request: AssociationRequest) -> bytes:
    """Return an A-ASSOCIATE-RQ PDU."""
    primitive = _primitive(request)
    primitive.presentation_context_definition_list = [
        _context(context.context_id, context.abstract_syntax_uid, context.transfer_syntax_uids)
        for context in request.contexts
    ]
    return bytes(A_ASSOCIATE_RQ(primitive).encode())


def encode_answer(request: AssociationRequest, answer: AssociationAnswer) -> bytes:
    """Return the A-ASSOCIATE-AC PDU that answers `request`."""
    primitive = _primitive(request)
    results = []
    for given in answer.contexts:
        context = _context(given.context_id, given.abstract_syntax_uid, (given.transfer_syntax_uid,))
        context.result = given.result
        results.append(context)
    primitive.presentation_context_definition_results_list = results
    primitive.result, primitive.result_source = 0, 1
    return bytes(A_ASSOCIATE_AC(primitive).encode())


def encode_rejection(rejection: Rejection) -> bytes:
    """Return an A-ASSOCIATE-RJ PDU."""
    body = bytes([0, rejection.result, rejection.source, rejection.reason])
    return encode_pdu(PDUType.A_ASSOCIATE_RJ, body)


def decode_request(body: bytes, peer: str) -> AssociationRequest:
    """Read an A-ASSOCIATE-RQ.

    Raises
    ------
    ConnectionFailedError
        If the bytes are no such PDU.
    """
    primitive = _decode(A_ASSOCIATE_RQ, PDUType.A_ASSOCIATE_RQ, body, peer)
    return AssociationRequest(
        calling_ae_title=str(primitive.calling_ae_title).strip(),
        called_ae_title=str(primitive.called_ae_title).strip(),
        contexts=tuple(
            ProposedContext(
                int(context.context_id or 0),
                str(context.abstract_syntax),
                tuple(str(uid) for uid in context.transfer_syntax),
            )
            for context in primitive.presentation_context_definition_list
        ),
        max_length=_max_length(primitive, peer),
    )


def decode_answer(body: bytes, peer: str) -> AssociationAnswer:
    """Read an A-ASSOCIATE-AC.

    Raises
    ------
    ConnectionFailedError
        If the bytes are no such PDU.
    """
    primitive = _decode(A_ASSOCIATE_AC, PDUType.A_ASSOCIATE_AC, body, peer)
    return AssociationAnswer(
        contexts=tuple(
            ContextAnswer(
                int(context.context_id or 0),
                _number(context.result),
                str(context.transfer_syntax[0]) if context.transfer_syntax else "",
            )
            for context in primitive.presentation_context_definition_results_list
        ),
        max_length=_max_length(primitive, peer),
    )


def decode_rejection(body: bytes, peer: str) -> Rejection:
    """Read an A-ASSOCIATE-RJ.

    Raises
    ------
    ConnectionFailedError
        If the bytes are no such PDU.
    """
    pdu = A_ASSOCIATE_RJ()
    try:
        pdu.decode(encode_pdu(PDUType.A_ASSOCIATE_RJ, body))
        return Rejection(_number(pdu.result), _number(pdu.source), _number(pdu.reason_diagnostic))
    except Exception as error:
        raise _malformed(peer) from error


def _primitive(request: AssociationRequest) -> A_ASSOCIATE:
    primitive = A_ASSOCIATE()
    primitive.application_context_name = _APPLICATION_CONTEXT
    primitive.calling_ae_title = request.calling_ae_title
    primitive.called_ae_title = request.called_ae_title
    length = MaximumLengthNotification()
    length.maximum_length_received = MAX_PDU_BYTES
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    primitive.user_information = [length, implementation, version]
    return primitive


def _context(
    context_id: int, abstract_syntax_uid: str, transfer_syntax_uids: tuple[str, ...]
) -> PresentationContext:
    context = PresentationContext()
    context.context_id = context_id
    with quiet_pydicom():  # see _decode()
        context.abstract_syntax = UID(abstract_syntax_uid)
        context.transfer_syntax = [UID(uid) for uid in transfer_syntax_uids]
    return context


def _decode(
    pdu_class: type[A_ASSOCIATE_RQ | A_ASSOCIATE_AC], kind: PDUType, body: bytes, peer: str
) -> A_ASSOCIATE:
    pdu = pdu_class()
    try:
        with quiet_pydicom():  # it would warn of a UID that is none, and repeat what a stranger wrote
            pdu.decode(encode_pdu(kind, body))
            return pdu.to_primitive()
    except Exception as error:
        # Whatever a stranger's bytes provoke in a decoder ends this association and nothing else.
        raise _malformed(peer) from error


def _max_length(primitive: A_ASSOCIATE, peer: str) -> int:
    length = int(primitive.maximum_length_received or 0)
    if 0 < length < _SMALLEST_LIMIT_BYTES:
        raise _malformed(peer)
    return length


def _number(value: int | None) -> int:
    return -1 if value is None else int(value)


def _malformed(peer: str) -> ConnectionFailedError:
    return ConnectionFailedError(
        peer,
        "sent a PDU that cannot be read",
        "talk DICOM to this port and nothing else",
        failure=Failure.INVALID,
        reason=AbortReason.INVALID_PARAMETER_VALUE,
    )
