"""An association as a ladder: the rungs, who spoke, and what each thing said means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dicomkit.network.association_log import LogEntry
from dicomkit.network.explanations import explain_context_result, rejected_error
from dicomkit.network.negotiation import Rejection
from dicomkit.network.statuses import explain_status

__all__ = ["Ladder", "Rung", "as_messages", "describe_ladders", "ladders"]

_CARRIER = "P-DATA-TF"
_REFUSED = re.compile(r"(\d+): refused \((\d+)\)")
_FAILURE, _WARNING = "failure", "warning"


class Rung(NamedTuple):
    """One thing that was said.

    ``kind`` is ``association``, ``message``, ``carrier`` (a P-DATA-TF PDU, whose content is a message),
    ``warning`` or ``failure``. ``fields`` are all that is known of it, and ``meaning`` says what follows.
    """

    from_caller: bool
    name: str
    kind: str
    detail: str
    size_bytes: int
    fields: list[tuple[str, str]]
    meaning: str
    after_ms: float


class Ladder(NamedTuple):
    """All that was said on one association."""

    number: int
    calling: str
    called: str
    rungs: list[Rung]


def ladders(entries: Iterable[LogEntry]) -> list[Ladder]:
    """Return one ladder for each association of a log.

    Parameters
    ----------
    entries
        Kept by the side that called or by the side that was called; that makes no difference.

    References
    ----------
    PS3.8 section 7, the services of the upper layer; PS3.7 section 9, DIMSE-C.
    """
    by_number: dict[int, list[LogEntry]] = {}
    for entry in entries:
        by_number.setdefault(entry.association, []).append(entry)
    return [_ladder(number, said) for number, said in by_number.items()]


def _ladder(number: int, entries: list[LogEntry]) -> Ladder:
    first = entries[0]
    names = next((entry.fields for entry in entries if "calling" in entry.fields), {})
    return Ladder(number, names.get("calling", "?"), names.get("called", "?"), list(_rungs(entries, first)))


def _rungs(entries: Iterable[LogEntry], first: LogEntry) -> Iterator[Rung]:
    for entry in entries:
        kind, meaning = _meaning(entry)
        yield Rung(
            from_caller=entry.direction == first.direction,  # whoever speaks first has called
            name=entry.kind,
            kind=kind,
            detail=_detail(entry),
            size_bytes=entry.size_bytes,
            fields=list(entry.fields.items()),
            meaning=meaning,
            after_ms=round((entry.time_s - first.time_s) * 1000, 1),
        )


def _detail(entry: LogEntry) -> str:
    fields = entry.fields
    if "status" in fields:
        return f"status {fields['status']}"
    if entry.is_message:
        size = f", {entry.size_bytes} bytes" if entry.size_bytes else ""
        return f"context {fields.get('context', '?')}: {fields.get('SOP class', '')}{size}"
    if entry.kind == _CARRIER:
        return f"{entry.size_bytes} bytes"
    words = fields.get("proposes") or fields.get("answers")
    return words or ", ".join(f"{name} {value}" for name, value in fields.items())


def _meaning(entry: LogEntry) -> tuple[str, str]:
    """Return what kind of rung it is, and what it means where that is not plain."""
    fields = entry.fields
    if entry.kind == _CARRIER:
        return "carrier", "it carries a message or a part of one"
    if entry.kind == "A-ASSOCIATE-RJ":
        numbers = [int(fields.get(name, 0)) for name in ("result", "source", "reason")]
        error = rejected_error("", Rejection(*numbers))
        return _FAILURE, f"{error.problem}; {error.remedy}"
    if entry.kind == "A-ABORT":
        return _FAILURE, fields.get("because", "")
    if "status" in fields:
        return _meaning_of_status(int(fields["status"].removesuffix("H"), 16))
    refused = [
        f"context {number}: {'; '.join(explain_context_result(int(result)))}"
        for number, result in _REFUSED.findall(fields.get("answers", ""))
    ]
    kind = _WARNING if refused else "message" if entry.is_message else "association"
    return kind, ". ".join(refused)


def _meaning_of_status(number: int) -> tuple[str, str]:
    status = explain_status(number)
    if status.family not in {_FAILURE, _WARNING}:
        return "message", status.meaning
    return status.family, "; ".join(words for words in (status.meaning, status.advice) if words)


def describe_ladders(found: Iterable[Ladder]) -> Iterator[str]:
    """Yield the ladders as lines of text, without times: they would differ each time."""
    for ladder in found:
        yield f"association {ladder.number}: {ladder.calling} calls {ladder.called}"
        for rung in ladder.rungs:
            if rung.kind != "carrier":
                arrow = "->" if rung.from_caller else "<-"
                yield f"  {arrow} {rung.name}  {rung.detail}".rstrip()


def as_messages(found: Iterable[Ladder]) -> list[dict[str, Any]]:
    """Return the ladders as JSON can hold them."""
    return [ladder._asdict() | {"rungs": [rung._asdict() for rung in ladder.rungs]} for ladder in found]
