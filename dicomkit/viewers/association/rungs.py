"""An association as a ladder diagram: its rungs, both sides, and the outcome."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dicomkit.network.explanations import explain_context_result
from dicomkit.network.log_entry import LogEntry
from dicomkit.viewers.association.rung_words import CARRIER_KIND, words_of

__all__ = ["Context", "Ladder", "Rung", "as_message", "describe_ladders", "ladders"]

_LONGEST_RUN = 8  # messages: of a longer run, the first and the last two are shown
_UNSAID = {"break", "gap"}
_OUTCOMES = {
    "A-RELEASE-RP": "released",
    "A-ASSOCIATE-RJ": "rejected",
    "A-ABORT": "aborted",
    "connection closed": "lost",
    "time-out": "timed out",
}


class Rung(NamedTuple):
    """One PDU or message of an association.

    The first six fields are its text (`Words`). ``kind`` is ``association``, ``message``, ``carrier`` (a P-DATA-TF
    PDU, whose content is a message), ``warning`` or ``failure``; or, without a message, ``break`` for an unexpected
    end and ``gap`` for PDUs that the log has dropped. ``detail`` is a short text, ``says`` the full one; ``fields`` are
    further values, ``meaning`` says what follows, and ``rule`` names the section of the Standard. ``run`` is above 0
    in the middle of a run of successful C-STOREs, which may be folded. ``hop`` is 1 for messages to the third party
    of a C-MOVE, otherwise 0.
    """

    kind: str
    detail: str
    says: str
    meaning: str
    rule: str
    fields: list[tuple[str, str]]
    from_caller: bool
    name: str
    size_bytes: int
    after_ms: float
    run: int = 0
    hop: int = 0


class Context(NamedTuple):
    """A presentation context: what was proposed, and the answer.

    ``outcome`` is ``accepted``, ``refused`` or ``not answered``; ``says`` is the accepted transfer
    syntax, or why there is none, and ``rule`` the section of the Standard. ``used`` counts the messages on it.
    """

    number: int
    abstract_syntax: str
    transfer_syntaxes: list[str]
    outcome: str
    says: str
    rule: str
    used: int


class Ladder(NamedTuple):
    """All PDUs and messages of one association.

    ``outcome`` is ``released``, ``rejected``, ``aborted``, ``lost`` or ``timed out``, and ``open`` before that.
    ``third`` is the destination of a C-MOVE; the messages to it are among the rungs. ``protocol`` is ``HTTP`` for
    requests without an association.
    """

    number: int
    calling: str
    called: str
    outcome: str
    rungs: list[Rung]
    contexts: list[Context]
    third: str = ""
    protocol: str = "DICOM"


def ladders(entries: Iterable[LogEntry]) -> list[Ladder]:
    """Return one ladder for each association of a log; the sub-operations of a C-MOVE are shown beside it.

    Parameters
    ----------
    entries
        The entries of a log, kept by either side.

    References
    ----------
    PS3.8 section 7, the services of the upper layer; PS3.7 section 9, DIMSE-C.
    """
    by_number: dict[int, list[LogEntry]] = {}
    log = list(entries)
    for entry in log:
        by_number.setdefault(entry.association, []).append(entry)
    sent_on = {number: _sent_on(said, by_number) for number, said in by_number.items()}
    shown = {
        id(entries) for entries in sent_on.values()
    }  # shown beside another ladder, so not as one of their own
    return [
        _ladder(number, said, sent_on[number], log)
        for number, said in by_number.items()
        if id(said) not in shown
    ]


def _titles(entries: list[LogEntry]) -> tuple[str, str]:
    names = next((entry.fields for entry in entries if "calling" in entry.fields), {})
    return names.get("calling", "?"), names.get("called", "?")


def _sent_on(entries: list[LogEntry], by_number: dict[int, list[LogEntry]]) -> list[LogEntry]:
    """Return the entries of the archive's association with the destination of a C-MOVE, if the log has them."""
    asked = next((entry for entry in entries if entry.kind == "C-MOVE-RQ"), None)
    if asked is None:
        return []
    archive, until_s = _titles(entries)[1], entries[-1].time_s
    return next(
        (
            other
            for other in by_number.values()
            if _titles(other)[0] == archive
            and other is not entries
            and asked.time_s <= other[0].time_s <= until_s
        ),
        [],
    )


def _ladder(number: int, entries: list[LogEntry], sent_on: list[LogEntry], log: list[LogEntry]) -> Ladder:
    ends = [_OUTCOMES[entry.kind] for entry in entries if entry.kind in _OUTCOMES]
    hops = {number: 0} | {entry.association: 1 for entry in sent_on}
    # A browser's clock is coarse: entries with equal times stay in the order of the log.
    both = sorted((entry for entry in log if entry.association in hops), key=lambda entry: entry.time_s)
    rungs = _with_runs([_rung(entry, entries[0])._replace(hop=hops[entry.association]) for entry in both])
    calling, called = _titles(entries)
    third = _titles(sent_on)[1] if sent_on else ""
    return Ladder(
        number, calling, called, ends[0] if ends else "open", rungs, list(_contexts(entries)), third
    )


def _contexts(entries: list[LogEntry]) -> Iterator[Context]:
    """Yield each proposed context with its answer (PS3.8 section 9.3.3.2)."""
    said = [context for entry in entries for context in entry.contexts]
    used = Counter(entry.fields.get("context") for entry in entries if entry.is_message)
    answers = {context.number: context for context in said if context.result is not None}
    for proposed in said:
        if proposed.result is not None:
            continue
        number, abstract_syntax, syntaxes, _ = proposed
        answer = answers.get(number)
        if answer is None:
            outcome, says, rule = "not answered", "", ""
        elif answer.result:
            outcome, rule = "refused", "PS3.8 Table 9-18"
            says = f"{'; '.join(explain_context_result(answer.result))} (result {answer.result})"
        else:
            outcome, says, rule = "accepted", "".join(answer.transfer_syntaxes), ""
        yield Context(number, abstract_syntax, list(syntaxes), outcome, says, rule, used[str(number)])


def _with_runs(rungs: list[Rung]) -> list[Rung]:
    """Give a number to each run of successful C-STOREs, without its first and last exchange."""
    said = [place for place, rung in enumerate(rungs) if rung.kind != CARRIER_KIND]
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
    """Return whether this is a successful C-STORE, or a pending response of a C-GET or C-MOVE."""
    is_word = rung.name in {"C-GET-RSP", "C-MOVE-RSP"} and "pending" in rung.detail
    return rung.kind == "message" and (rung.name.startswith("C-STORE") or is_word)


def _rung(entry: LogEntry, first: LogEntry) -> Rung:
    return Rung(
        *words_of(entry),
        from_caller=entry.is_from_requestor,
        name=entry.kind,
        size_bytes=entry.size_bytes,
        after_ms=round((entry.time_s - first.time_s) * 1000, 1),
    )


def describe_ladders(found: Iterable[Ladder]) -> Iterator[str]:
    """Yield the ladders as lines of text, without times, which would differ each time."""
    for ladder in found:
        third = f", {ladder.called} calls {ladder.third}" if ladder.third else ""
        if ladder.protocol == "HTTP":
            yield f"{ladder.calling} asks {ladder.called} over HTTP"
        else:
            yield f"association {ladder.number}: {ladder.calling} calls {ladder.called}{third}"
        said = [rung for rung in ladder.rungs if rung.kind != CARRIER_KIND]
        for run, rungs in itertools.groupby(said, lambda rung: rung.run):
            if run:
                times = sum(rung.name == "C-STORE-RSP" for rung in rungs)
                yield f"  ... {times} times C-STORE-RQ and C-STORE-RSP, all of them stored"
                continue
            for rung in rungs:
                arrow = "--" if rung.kind in _UNSAID else "->" if rung.from_caller else "<-"
                indent = "          " if rung.hop else "  "
                yield f"{indent}{arrow} {rung.name}  {rung.says}".rstrip()


def as_message(ladder: Ladder) -> dict[str, Any]:
    """Return a ladder in a form that can be written as JSON."""
    return ladder._asdict() | {
        "rungs": [rung._asdict() for rung in ladder.rungs],
        "contexts": [context._asdict() for context in ladder.contexts],
    }
