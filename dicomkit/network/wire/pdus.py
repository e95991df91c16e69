"""Encode and decode PDUs (PS3.8 section 9.3): the PDU header, P-DATA-TF and A-ABORT.

A PDU begins with its type (one byte), a reserved byte and the length of the rest (four bytes, big endian). The
A-ASSOCIATE PDUs are in `negotiation`.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator, Sequence

from dicomkit.named_tuple import NamedTuple
from dicomkit.network.wire.failures import InvalidPDUError

__all__ = [
    "COMMAND_BIT",
    "LAST_BIT",
    "LAST_PDUS",
    "MAX_NEGOTIATION_BYTES",
    "MAX_PDU_BYTES",
    "PDU_HEADER",
    "PDV_HEADER",
    "AbortSource",
    "PDUType",
    "PresentationDataValue",
    "encode_abort",
    "encode_data_pdu",
    "encode_data_pdus",
    "encode_pdu",
    "presentation_data_values",
]

PDU_HEADER = struct.Struct(">BxL")
# PS3.8 section 9.3.5.1: length, presentation context ID, message control header.
PDV_HEADER = struct.Struct(">LBB")
_DATA_PDU_HEADERS = struct.Struct(">BxLLBB")  # both, for a PDU with one PDV
COMMAND_BIT, LAST_BIT = 0x01, 0x02  # of the message control header (PS3.8 section E.2)
_BATCH_BYTES = 1 << 20

# An A-ASSOCIATE-RQ with 128 contexts and many transfer syntaxes stays far below this.
MAX_NEGOTIATION_BYTES = 1 << 20
MAX_PDU_BYTES = 128 << 10  # the largest that DCMTK sends, and 1.3 times as fast as 16 kB


class PDUType(enum.IntEnum):
    """The seven PDUs (PS3.8 section 9.3.1)."""

    A_ASSOCIATE_RQ = 1
    A_ASSOCIATE_AC = 2
    A_ASSOCIATE_RJ = 3
    P_DATA_TF = 4
    A_RELEASE_RQ = 5
    A_RELEASE_RP = 6
    A_ABORT = 7


# They end an association.
LAST_PDUS = frozenset({PDUType.A_ASSOCIATE_RJ, PDUType.A_RELEASE_RP, PDUType.A_ABORT})


class AbortSource(enum.IntEnum):
    """The source of an A-ABORT (PS3.8 Table 9-26): the service-user, or the service-provider (the upper layer)."""

    USER = 0
    PROVIDER = 2


class PresentationDataValue(NamedTuple):
    """A PDV: one fragment of a message in a P-DATA-TF PDU (PS3.8 sections 9.3.5.1 and E.2)."""

    context_id: int
    is_command: bool
    is_last: bool
    fragment: memoryview


def encode_pdu(kind: PDUType, body: bytes) -> bytes:
    """Return a PDU.

    Examples
    --------
    >>> encode_pdu(PDUType.A_RELEASE_RQ, bytes(4)).hex()
    '05000000000400000000'
    """
    return PDU_HEADER.pack(kind, len(body)) + body


def encode_abort(source: int, reason: int) -> bytes:
    """Return an A-ABORT PDU; only the service-provider gives a reason (PS3.8 section 9.3.8).

    Examples
    --------
    >>> encode_abort(AbortSource.PROVIDER, 2).hex()
    '07000000000400000202'
    """
    return encode_pdu(PDUType.A_ABORT, bytes([0, 0, source, reason if source == AbortSource.PROVIDER else 0]))


def encode_data_pdus(
    context_id: int, content: Sequence[bytes], max_length: int, *, is_command: bool, is_last: bool = True
) -> Iterator[bytes]:
    """Split a command set or a data set into P-DATA-TF PDUs with one PDV each.

    Parameters
    ----------
    context_id
        The presentation context.
    content
        The bytes, in one or more pieces; a fragment never spans two pieces.
    max_length
        Maximum length that the peer accepts, in bytes; 0 means no limit.
    is_command
        Whether this is a command set.
    is_last
        Whether `content` ends the command set or data set.

    References
    ----------
    PS3.8 section 9.3.5, P-DATA-TF PDU Structure; section D.1, Maximum Length Negotiation.
    """
    room = (max_length or _BATCH_BYTES) - PDV_HEADER.size
    room -= room % 2  # PS3.8 section E.1: a fragment has an even length
    for number, piece in enumerate(content, start=1):
        view = memoryview(piece)
        for start in range(0, max(len(view), 1), room):
            ends = is_last and number == len(content) and start + room >= len(view)
            yield encode_data_pdu(context_id, view[start : start + room], is_command=is_command, is_last=ends)


def encode_data_pdu(
    context_id: int, fragment: bytes | memoryview, *, is_command: bool, is_last: bool
) -> bytes:
    """Return a P-DATA-TF PDU with one PDV."""
    control = (COMMAND_BIT if is_command else 0) | (LAST_BIT if is_last else 0)
    size = len(fragment) + 2  # with the context ID and the control header
    return _DATA_PDU_HEADERS.pack(PDUType.P_DATA_TF, size + 4, size, context_id, control) + fragment


def presentation_data_values(body: bytes) -> Iterator[PresentationDataValue]:
    """Yield the PDVs of a P-DATA-TF PDU.

    Raises
    ------
    InvalidPDUError
        If the length of a PDV does not fit the PDU.
    """
    view, offset = memoryview(body), 0
    while offset < len(body):
        length = 0
        if offset + PDV_HEADER.size <= len(body):
            length, context_id, control = PDV_HEADER.unpack_from(body, offset)
        end = offset + 4 + length
        if length < 2 or end > len(body):  # noqa: PLR2004 - the context ID and the control header
            raise InvalidPDUError("sent a P-DATA-TF PDU whose lengths do not fit")
        fragment = view[offset + PDV_HEADER.size : end]
        yield PresentationDataValue(
            context_id, bool(control & COMMAND_BIT), bool(control & LAST_BIT), fragment
        )
        offset = end
