"""An association as a ladder: the rungs, who spoke, and what each thing said means."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from dicomkit.network.association_log import LogEntry
from dicomkit.network.explanations import explain_context_result, rejected_error
from dicomkit.network.negotiation import Rejection
from dicomkit.network.statuses import explain_status

__all__ = ["Context", "Ladder", "Rung", "as_messages", "describe_ladders", "ladders"]

_CARRIER, _CARRIER_KIND = "P-DATA-TF", "carrier"
_REFUSED = re.compile(r"(\d+): refused \((\d+)\)")
_FAILURE, _WARNING = "failure", "warning"
_PROPOSED = re.compile(r"(\d+): (.*?) as (.*)")
_ANSWERED = re.compile(r"(\d+): (?:accepted as (.*)|refused \((\d+)\))")
_LONGEST_RUN = 8  # messages: of more that are alike, the first and the last two are shown


class Rung(NamedTuple):
    """One thing that was said.

    ``kind`` is ``association``, ``message``, ``carrier`` (a P-DATA-TF PDU, whose content is a message),
    ``warning`` or ``failure``. ``fields`` are all that is known of it, and ``meaning`` says what follows.
    ``run`` is above 0 in the middle of many C-STOREs that all went well: these may be folded together.
    """

    from_caller: bool
    name: str
    kind: str
    detail: str
    size_bytes: int
    fields: list[tuple[str, str]]
    meaning: str
    after_ms: float
    run: int = 0


class Context(NamedTuple):
    """A presentation context: what was proposed, and what became of it.

    ``outcome`` is ``accepted``, ``refused`` or ``not answered``; ``says`` is the transfer syntax that was
    chosen, or why there is none.
    """

    number: int
    abstract_syntax: str
    transfer_syntaxes: list[str]
    outcome: str
    says: str


class Ladder(NamedTuple):
    """All that was said on one association."""

    number: int
    calling: str
    called: str
    rungs: list[Rung]
    contexts: list[Context]


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
    rungs = _with_runs(list(_rungs(entries, first)))
    calling, called = names.get("calling", "?"), names.get("called", "?")
    return Ladder(number, calling, called, rungs, list(_contexts(entries)))


def _contexts(entries: Iterable[LogEntry]) -> Iterator[Context]:
    """Put each context that was proposed together with its answer (PS3.8 section 9.3.3.2)."""
    fields = {name: value for entry in entries for name, value in entry.fields.items()}
    answers = {
        number: ("accepted", syntax)
        if syntax
        else ("refused", "; ".join(explain_context_result(int(result))))
        for number, syntax, result in map(_parts(_ANSWERED), fields.get("answers", "").split("; "))
        if number
    }
    for number, abstract_syntax, syntaxes in map(_parts(_PROPOSED), fields.get("proposes", "").split("; ")):
        if number:
            outcome, says = answers.get(number, ("not answered", ""))
            yield Context(int(number), abstract_syntax, syntaxes.split(" or "), outcome, says)


def _parts(pattern: re.Pattern[str]) -> Callable[[str], tuple[str, str, str]]:
    def parts(text: str) -> tuple[str, str, str]:
        found = pattern.fullmatch(text)
        first, second, third = found.groups(default="") if found else ("", "", "")
        return first, second, third

    return parts


def _with_runs(rungs: list[Rung]) -> list[Rung]:
    """Give a number to each run of C-STOREs that all went well, but for the first and the last of it."""
    said = [place for place, rung in enumerate(rungs) if rung.kind != _CARRIER_KIND]
    runs = 0
    for is_plain, group in itertools.groupby(said, lambda place: _is_plain_store(rungs[place])):
        places = list(group)
        if is_plain and len(places) > _LONGEST_RUN:
            runs += 1
            is_unanswered = rungs[places[-1]].from_caller  # then one more is left for the last exchange
            for place in range(places[2], places[-3 if is_unanswered else -2]):
                rungs[place] = rungs[place]._replace(run=runs)
    return rungs


def _is_plain_store(rung: Rung) -> bool:
    return rung.name.startswith("C-STORE") and rung.kind == "message"


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
        number = int(fields["status"].removesuffix("H"), 16)
        return f"status {fields['status']}, {explain_status(number).family}"
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
        return _CARRIER_KIND, "it carries a message or a part of one"
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
        said = [rung for rung in ladder.rungs if rung.kind != _CARRIER_KIND]
        for run, rungs in itertools.groupby(said, lambda rung: rung.run):
            if run:
                times = sum(not rung.from_caller for rung in rungs)
                yield f"  ... {times} times C-STORE-RQ and C-STORE-RSP, all of them stored"
                continue
            for rung in rungs:
                arrow = "->" if rung.from_caller else "<-"
                yield f"  {arrow} {rung.name}  {rung.detail}".rstrip()


def as_messages(found: Iterable[Ladder]) -> list[dict[str, Any]]:
    """Return the ladders as JSON can hold them."""
    return [
        ladder._asdict()
        | {
            "rungs": [rung._asdict() for rung in ladder.rungs],
            "contexts": [context._asdict() for context in ladder.contexts],
        }
        for ladder in found
    ]
