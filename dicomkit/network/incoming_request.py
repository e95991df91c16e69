"""A DIMSE request whose data set is still arriving: an instance goes to a file, an identifier into memory."""

from __future__ import annotations

from dataclasses import dataclass

from dicomkit.instance_store import IncomingInstance
from dicomkit.network.wire.command_set import CommandSet
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["IncomingRequest"]


@dataclass
class IncomingRequest:
    """A request, and the part of its data set that has arrived.

    Parameters
    ----------
    context, command
        The presentation context in which it came, and its command set.
    max_bytes
        Length of the longest data set that is accepted; None for any length.
    instance
        Receives the data set of a C-STORE; None if the request will be refused.
    identifier
        Receives the data set of any other request.
    """

    context: ContextAnswer
    command: CommandSet
    max_bytes: int | None = None
    instance: IncomingInstance | None = None
    identifier: bytearray | None = None

    def add(self, fragment: bytes | memoryview) -> str:
        """Append a fragment of the data set; return what is too long, or an empty string."""
        size_bytes, problem = 0, ""
        if self.instance is not None:
            self.instance.write(fragment)
            size_bytes, problem = self.instance.size_bytes, "the data set is larger than this receiver takes"
        elif self.identifier is not None:
            self.identifier += fragment
            size_bytes, problem = (
                len(self.identifier),
                "the identifier is larger than any that is answered here",
            )
        return problem if self.max_bytes is not None and size_bytes > self.max_bytes else ""
