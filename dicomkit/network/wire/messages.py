"""Assemble DIMSE messages from fragments (PS3.7 section 6.3.1, PS3.8 annex E).

A message is a command set and, if its Command Data Set Type says so, a data set; both are split into fragments.
All fragments of a message have the same presentation context, and those of two messages are not interleaved.
"""

from __future__ import annotations

from dicomkit.errors import NotDicomError
from dicomkit.network.wire.command_set import MAX_COMMAND_BYTES, decode_command
from dicomkit.network.wire.events import DataSetFragment, Message, MessageStart
from dicomkit.network.wire.failures import InvalidPDUError
from dicomkit.network.wire.pdus import PresentationDataValue

__all__ = ["MessageAssembler"]


class MessageAssembler:
    """Assemble the messages of one direction.

    Parameters
    ----------
    skips_unannounced
        Ignore a data set that no command set has announced, instead of raising an error. A log may have
        started in the middle of a message, and some SCPs append a data set to a response that has none.

    Attributes
    ----------
    awaits_data_set : bool
        Whether a command set is complete but its data set is not.
    context_id : int
        The presentation context of the latest message.
    """

    def __init__(self, *, skips_unannounced: bool = False) -> None:
        self._finished: list[Message] = []
        self._skips_unannounced = skips_unannounced
        self.context_id = 0
        self._command = bytearray()
        self.awaits_data_set = False
        self._data_set_bytes = 0

    @property
    def is_between_messages(self) -> bool:
        """Whether no message is incomplete."""
        return not self._command

    def take_finished(self) -> tuple[Message, ...]:
        """Return the messages that were completed since the last call."""
        if not self._finished:
            return ()
        finished, self._finished = tuple(self._finished), []
        return finished

    def add(self, value: PresentationDataValue) -> MessageStart | DataSetFragment | None:
        """Add a fragment; return its event, or None while the command set is incomplete.

        Raises
        ------
        InvalidPDUError
            If the fragment is not allowed here, or the command set cannot be decoded.
        """
        if not value.is_command and self._skips_unannounced and not self.awaits_data_set:
            return None
        if value.is_command == self.awaits_data_set or (
            self._command and value.context_id != self.context_id
        ):
            raise InvalidPDUError("sent a fragment where none belongs")
        if value.is_command:
            return self._add_command(value)
        if not self.awaits_data_set:
            raise InvalidPDUError("sent a fragment where none belongs")
        self.extend(len(value.fragment), is_last=value.is_last)
        if not value.fragment and not value.is_last:
            return None
        return DataSetFragment(value.context_id, value.fragment, value.is_last)

    def _add_command(self, value: PresentationDataValue) -> MessageStart | None:
        self.context_id = value.context_id
        self._command += value.fragment
        if len(self._command) > MAX_COMMAND_BYTES:
            raise InvalidPDUError("sent a command set without an end")
        if not value.is_last:
            return None
        encoded = bytes(self._command)
        try:
            start = MessageStart(value.context_id, decode_command(encoded))
        except NotDicomError as error:
            self.start(value.context_id, encoded, has_data_set=False)
            raise InvalidPDUError("sent a command set that cannot be read") from error
        self.start(value.context_id, encoded, has_data_set=start.has_data_set)
        return start

    def start(self, context_id: int, command: bytes, *, has_data_set: bool) -> None:
        """Begin a message whose command set is complete."""
        self.context_id = context_id
        self._command[:] = command
        self.awaits_data_set = has_data_set
        if not has_data_set:
            self._finish()

    def extend(self, size_bytes: int, *, is_last: bool) -> None:
        """Count a fragment of the data set; end the message with the last."""
        self._data_set_bytes += size_bytes
        if is_last:
            self._finish()

    def _finish(self) -> None:
        self._finished.append((self.context_id, bytes(self._command), self._data_set_bytes))
        self._command.clear()
        self.awaits_data_set = False
        self._data_set_bytes = 0
