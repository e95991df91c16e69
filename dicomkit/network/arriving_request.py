"""A request whose data set is on its way: an instance goes to a file, what an operation answers into memory."""

from __future__ import annotations

from dataclasses import dataclass

from dicomkit.instance_store import IncomingInstance
from dicomkit.network.wire.command_set import CommandSet
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["ArrivingRequest"]


@dataclass
class ArrivingRequest:
    """A request, and what has come of its data set.

    Parameters
    ----------
    context, command
        In which presentation context it came, and its command set.
    most_bytes
        How long the data set may be.
    incoming
        The file of an instance; None for a request that is refused once its data set has passed.
    identifier
        The data set of a request that an operation answers.
    """

    context: ContextAnswer
    command: CommandSet
    most_bytes: int
    incoming: IncomingInstance | None = None
    identifier: bytearray | None = None

    def take(self, content: bytes | memoryview) -> str:
        """Take a piece of the data set; return what is too large, or an empty text."""
        if self.incoming is not None:
            self.incoming.write(content)
            if self.incoming.size_bytes > self.most_bytes:
                return "the data set is larger than this receiver takes"
        elif self.identifier is not None:
            self.identifier += content
            if len(self.identifier) > self.most_bytes:
                return "the identifier is larger than any that is answered here"
        return ""
