"""Draw an association as a ladder diagram: two uprights, with a rung for each PDU or message.

The Standard draws its protocols in this way (PS3.7 and PS3.8). Time goes down; an arrow points to the receiving side.
P-DATA-TF PDUs have no rungs of their own: they are counted at the message that they carry.
"""

from __future__ import annotations

import collections
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.errors import LessonError
from dicomkit.lessons.panels import new_figure

if TYPE_CHECKING:  # matplotlib costs nearly a second to import, and only a cell that plots needs it
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dicomkit.network import AssociationLog, LogEntry

__all__ = ["ladder"]

_CALLER_X, _CALLED_X = 0.0, 1.0
_MARGIN = 0.22
_RUNG_INCHES = 0.62
_HEAD_INCHES = 0.9
_WIDTH_INCHES = 9.0
_NAME_POINTS, _DETAIL_POINTS = 13, 10
_DETAIL_COLUMNS = 84
_INK, _PALE = "#1b2733", "#eef4f8"
_OF_ASSOCIATION, _OF_MESSAGE, _OF_REFUSAL = "#0b5c8a", "#1b2733", "#a3142b"
_CARRIER = "P-DATA-TF"
_REFUSALS = ("A-ASSOCIATE-RJ", "A-ABORT")
_FAILURES = ("A", "C", "01", "02")  # PS3.7 annex C: how the codes of failures begin


class _Rung(NamedTuple):
    from_caller: bool
    name: str
    detail: str
    colour: str


def ladder(log: AssociationLog, association: int = 1) -> Figure:
    """Return a figure of one association; `picture` shows it.

    Parameters
    ----------
    log
        The log of either side; the diagram is the same.
    association
        Number of the association, from 1.

    Raises
    ------
    LessonError
        If the log has no association of that number.
    """
    entries = [entry for entry in log.entries if entry.association == association]
    if not entries:
        raise LessonError(
            f"association {association}", "the log holds nothing about it", "give send or echo this log first"
        )
    rungs = list(_rungs(entries))
    height = _HEAD_INCHES + _RUNG_INCHES * len(rungs)
    figure = new_figure(figsize=(_WIDTH_INCHES, height), facecolor="white", layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(_CALLER_X - _MARGIN, _CALLED_X + _MARGIN)
    axes.set_ylim(len(rungs) - 0.2, -1.3)
    axes.set_title("One association, from top to bottom", fontsize=_NAME_POINTS + 1, color=_INK)
    _draw_uprights(axes, entries[0], rungs)
    for row, rung in enumerate(rungs):
        _draw_rung(axes, row, rung)
    return figure


def _rungs(entries: Iterable[LogEntry]) -> Iterable[_Rung]:
    carried: collections.Counter[str] = collections.Counter()
    keeper_calls: bool | None = None
    for entry in entries:
        if keeper_calls is None:
            keeper_calls = entry.direction == "sent"  # the requestor sends first
        if entry.kind == _CARRIER:
            carried[entry.direction] += 1
            continue
        detail = _detail(entry, carried.pop(entry.direction, 0) if entry.is_message else 0)
        colour = _OF_MESSAGE if entry.is_message else _OF_ASSOCIATION
        if entry.kind in _REFUSALS or entry.fields.get("status", "").startswith(_FAILURES):
            colour = _OF_REFUSAL
        yield _Rung((entry.direction == "sent") == keeper_calls, entry.kind, detail, colour)


def _detail(entry: LogEntry, pdu_count: int) -> str:
    fields = entry.fields
    if "status" in fields:
        return f"status {fields['status']}"
    if entry.is_message:
        size = f", {entry.size_bytes} bytes" if entry.size_bytes else ""
        return f"context {fields.get('context', '?')}: {fields.get('SOP class', '')}{size}, {pdu_count} x {_CARRIER}"
    words = fields.get("proposes") or fields.get("answers")
    return words or ", ".join(f"{name} {value}" for name, value in fields.items())


def _draw_uprights(axes: Axes, first: LogEntry, rungs: list[_Rung]) -> None:
    end = len(rungs) - 0.5
    answered = [row for row, rung in enumerate(rungs) if rung.name == "A-ASSOCIATE-AC"]
    if answered:  # the shaded part is the lifetime of the association
        axes.fill_betweenx([answered[0], end - 0.5], _CALLER_X, _CALLED_X, color=_PALE, zorder=0)
    axes.vlines([_CALLER_X, _CALLED_X], -0.6, end, colors=_INK, linewidth=2)
    for x, title, part in ((_CALLER_X, "calling", "calls"), (_CALLED_X, "called", "is called")):
        text = f"{first.fields.get(title, '?')}\n({part})"
        axes.text(x, -0.7, text, ha="center", va="bottom", fontsize=_NAME_POINTS, weight="bold", color=_INK)


def _draw_rung(axes: Axes, row: int, rung: _Rung) -> None:
    start, end = (_CALLER_X, _CALLED_X) if rung.from_caller else (_CALLED_X, _CALLER_X)
    arrow = {"arrowstyle": "-|>", "color": rung.colour, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=(end, row), xytext=(start, row), arrowprops=arrow)
    name = f"{rung.name} \N{RIGHTWARDS ARROW}" if rung.from_caller else f"\N{LEFTWARDS ARROW} {rung.name}"
    axes.text(0.5, row - 0.08, name, ha="center", va="bottom", fontsize=_NAME_POINTS, color=rung.colour)
    detail = textwrap.shorten(rung.detail, _DETAIL_COLUMNS, placeholder=" …")
    axes.text(0.5, row + 0.08, detail, ha="center", va="top", fontsize=_DETAIL_POINTS, color=rung.colour)
