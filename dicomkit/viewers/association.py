"""Look at an association: who said what, which contexts were accepted, and what each status means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import traitlets

from dicomkit.errors import UsageError
from dicomkit.network.association_log import AssociationLog
from dicomkit.viewers.frame import Answer, Viewer, front_end, styles
from dicomkit.viewers.rungs import as_messages, describe_ladders, ladders

__all__ = ["AssociationDiagram"]


class AssociationDiagram(Viewer):
    """Draw the associations of a log as ladders: time goes down, an arrow points to who was spoken to.

    The diagram follows the log while things are being said. Click a rung for its fields and its meaning.
    A log holds nothing of a data set, so a diagram shows no patient data.

    Parameters
    ----------
    log
        Kept by either side: ``send(..., log=log)``, ``StorageSCP.log``, or pynetdicom's handlers.

    References
    ----------
    PS3.8 section 9.2, the state machine; PS3.7 section 9.1.1, C-STORE.

    Examples
    --------
    >>> print(AssociationDiagram(AssociationLog()))
    AssociationDiagram, nothing was said yet
    """

    _esm = front_end("association")
    _css = styles("association")

    selection = traitlets.Int(0, help="the number of the rung that is marked, from 1; 0 for none").tag(
        sync=True
    )

    def __init__(self, log: AssociationLog) -> None:
        self._log = log
        super().__init__()

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer how much was said (``count``), or all that was said (``ladders``)."""
        if question["ask"] == "count":
            return Answer({"count": len(self._log)})
        if question["ask"] == "ladders":
            count = len(self._log)
            return Answer({"count": count, "ladders": as_messages(ladders(self._log.entries))})
        raise UsageError("question", "a diagram knows no such question", "ask for count or ladders")

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the one question of a page without a kernel: there, nothing more is said."""
        yield {"ask": "ladders"}

    def describe(self) -> str:
        """Return what was said, line by line."""
        lines = list(describe_ladders(ladders(self._log.entries)))
        return (
            "\n".join(["AssociationDiagram", *lines]) if lines else "AssociationDiagram, nothing was said yet"
        )
