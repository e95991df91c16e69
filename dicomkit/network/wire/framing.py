"""PDUs out of a stream of bytes, which comes in pieces that have nothing to do with PDUs."""

from __future__ import annotations

from dicomkit.network.wire.failures import AbortReason, InvalidPDUError
from dicomkit.network.wire.pdus import MAX_NEGOTIATION_BYTES, PDU_HEADER, PDUType

__all__ = ["PDUBuffer"]

_PDU_TYPES = {kind.value: kind for kind in PDUType}  # a table: PDUType(4) takes five times as long


class PDUBuffer:
    """Collect bytes until a PDU is whole.

    Attributes
    ----------
    max_length : int
        The longest P-DATA-TF PDU that was agreed on, in bytes; 0 before there is one.
    """

    def __init__(self) -> None:
        self.max_length = 0
        self._bytes = bytearray()
        self._is_lost = False  # after a header that makes no sense nobody can tell where the next one is

    def feed(self, data: bytes) -> None:
        """Take bytes that came."""
        if not self._is_lost:
            self._bytes += data

    @property
    def has_pdu(self) -> bool:
        """Whether a whole PDU has come, or what makes no sense as one."""
        if len(self._bytes) < PDU_HEADER.size:
            return False
        number, length = PDU_HEADER.unpack_from(self._bytes)
        return number not in _PDU_TYPES or len(self._bytes) >= PDU_HEADER.size + length

    def give_up(self) -> None:
        """Forget what has not been taken, and whatever else will come."""
        self._is_lost = True
        self._bytes.clear()

    def take(self) -> tuple[PDUType, bytes] | None:
        """Return type and body of the next PDU, or None if it is not whole yet.

        Raises
        ------
        InvalidPDUError
            If the header makes no sense. A length is believed only up to what was agreed: four bytes can
            claim 4 GB.
        """
        if len(self._bytes) < PDU_HEADER.size:
            return None
        number, length = PDU_HEADER.unpack_from(self._bytes)
        kind = _PDU_TYPES.get(number)
        if kind is None:
            self.give_up()
            raise InvalidPDUError(f"sent an unknown PDU type {number}", AbortReason.UNRECOGNIZED_PDU)
        limit = (self.max_length if kind is PDUType.P_DATA_TF else 0) or MAX_NEGOTIATION_BYTES
        if length > limit:
            self.give_up()
            raise InvalidPDUError(f"sent a PDU of {length} bytes where {limit} are allowed")
        end = PDU_HEADER.size + length
        if len(self._bytes) < end:
            return None
        body = bytes(memoryview(self._bytes)[PDU_HEADER.size : end])
        del self._bytes[:end]
        return kind, body
