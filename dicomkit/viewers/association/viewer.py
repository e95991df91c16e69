"""Show associations: their messages, the accepted contexts, and the meaning of each status; also HTTP requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import traitlets

from dicomkit.errors import UsageError
from dicomkit.network.association_log import AssociationLog
from dicomkit.network.web.web_log import WebLog
from dicomkit.viewers.association.rungs import Ladder, as_message, describe_ladders, ladders
from dicomkit.viewers.association.web_rungs import web_ladders
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer, Viewer

__all__ = ["AssociationDiagram"]


class AssociationDiagram(Viewer):
    """Draw the associations of a log as ladders: time runs downwards, arrows point to the receiver of a message.

    The diagram follows the log while messages are exchanged. Click a rung for its fields and its meaning. A log
    contains no data sets, so a diagram shows no patient data.

    Parameters
    ----------
    log
        The log of either side: ``send(..., log=log)``, ``StorageSCP.log``, or pynetdicom's handlers. The log of a web
        server, ``archive.web().log``, is drawn in the same way: requests and responses, one below the other.
    calling_ae_title
        Draw only the associations with this caller; by default all.

    References
    ----------
    PS3.8 section 9.2, the state machine; PS3.7 section 9.1.1, C-STORE.

    Examples
    --------
    >>> print(AssociationDiagram(AssociationLog()))
    AssociationDiagram, nothing was said yet
    """

    _esm = front_end("association/viewer")
    _css = styles("association")

    selection = traitlets.Int(0, help="the number of the rung that is marked, from 1; 0 for none").tag(
        sync=True
    )

    def __init__(self, log: AssociationLog | WebLog, *, calling_ae_title: str = "") -> None:
        if not isinstance(log, AssociationLog | WebLog):
            raise UsageError(
                type(log).__name__,
                "this is no log of associations",
                "give the log of a receiver, scp.log, or the one that was given to send()",
            )
        self._log = log
        self._calling_ae_title = calling_ae_title
        self._known: tuple[int, list[Ladder]] = (-1, [])
        super().__init__()

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer with the number of changes (``count``), an overview (``ladders``), or one ``ladder``."""
        kind = question["ask"]
        if kind == "count":
            return Answer({"count": self._log.changes})
        if kind == "ladders":
            count, found = self._ladders()
            overview = [[one.number, one.calling, one.called, one.outcome] for one in found]
            return Answer({"count": count, "ladders": overview})
        if kind == "ladder":
            number = int(question["number"])
            ladder = next((one for one in self._ladders()[1] if one.number == number), None)
            return Answer({"ladder": None if ladder is None else as_message(ladder)})
        raise UsageError("question", "a diagram knows no such question", "ask for count, ladders or a ladder")

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the questions of a page without a kernel, whose log does not change."""
        yield {"ask": "ladders"}
        for ladder in self._ladders()[1]:
            yield {"ask": "ladder", "number": ladder.number}

    def _ladders(self) -> tuple[int, list[Ladder]]:
        """Return the number of changes and the ladders at that number, which are made only once for each."""
        count = self._log.changes
        if self._known[0] != count:
            title = self._calling_ae_title
            log = self._log
            found = web_ladders(log.entries) if isinstance(log, WebLog) else ladders(log.entries)
            self._known = count, [one for one in found if title in ("", one.calling)]
        return self._known

    def describe(self) -> str:
        """Return the ladders as text."""
        lines = list(describe_ladders(self._ladders()[1]))
        return (
            "\n".join(["AssociationDiagram", *lines]) if lines else "AssociationDiagram, nothing was said yet"
        )
