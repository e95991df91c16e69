"""Split a byte stream into PDUs; the pieces in which it arrives need not end where a PDU ends."""

from __future__ import annotations

from dicomkit.network.wire.failures import AbortReason, InvalidPDUError
from dicomkit.network.wire.pdus import MAX_NEGOTIATION_BYTES, PDU_HEADER, PDUType

__all__ = ["PDUBuffer"]

_PDU_TYPES = {kind.value: kind for kind in PDUType}  # a table: PDUType(4) takes five times as long


class PDUBuffer:
    """Collect bytes until a PDU is complete.

    Attributes
    ----------
    max_length : int
        The maximum length that was negotiated for P-DATA-TF PDUs, in bytes; 0 until then, or for no limit.
    """

    def __init__(self) -> None:
        self.max_length = 0
        self._bytes = bytearray()
        self._is_out_of_sync = False  # after an invalid header, where the next one begins is unknown

    def feed(self, data: bytes) -> None:
        """Append received bytes."""
        if not self._is_out_of_sync:
            self._bytes += data

    @property
    def has_pdu(self) -> bool:
        """Whether `take` would return a PDU, or raise an error for an unknown type."""
        if len(self._bytes) < PDU_HEADER.size:
            return False
        number, length = PDU_HEADER.unpack_from(self._bytes)
        return number not in _PDU_TYPES or len(self._bytes) >= PDU_HEADER.size + length

    def discard(self) -> None:
        """Discard what has not been taken, and all bytes that follow."""
        self._is_out_of_sync = True
        self._bytes.clear()

    def take(self) -> tuple[PDUType, bytes] | None:
        """Return type and body of the next PDU, or None if it is not complete yet.

        Raises
        ------
        InvalidPDUError
            If the type is unknown, or the length exceeds the limit: its four bytes can announce 4 GB.
        """
        if len(self._bytes) < PDU_HEADER.size:
            return None
        number, length = PDU_HEADER.unpack_from(self._bytes)
        kind = _PDU_TYPES.get(number)
        if kind is None:
            self.discard()
            raise InvalidPDUError(f"sent an unknown PDU type {number}", AbortReason.UNRECOGNIZED_PDU)
        limit = (self.max_length if kind is PDUType.P_DATA_TF else 0) or MAX_NEGOTIATION_BYTES
        if length > limit:
            self.discard()
            raise InvalidPDUError(f"sent a PDU of {length} bytes where {limit} are allowed")
        end = PDU_HEADER.size + length
        if len(self._bytes) < end:
            return None
        body = bytes(memoryview(self._bytes)[PDU_HEADER.size : end])
        del self._bytes[:end]
        return kind, body
