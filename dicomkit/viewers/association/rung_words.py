"""The text of the rungs of a ladder, and the section of the Standard for each."""

from __future__ import annotations

from typing import NamedTuple

from dicomkit.network.explanations import explain_abort, explain_context_result, explain_rejection
from dicomkit.network.log_entry import LogEntry
from dicomkit.network.log_text import COUNTS
from dicomkit.network.query_statuses import explain_query_status
from dicomkit.network.statuses import NO_STATUS, explain_status
from dicomkit.network.wire import Rejection
from dicomkit.network.wire.presentation_contexts import ACCEPTED
from dicomkit.text import counted

__all__ = ["CARRIER", "CARRIER_KIND", "Words", "words_of"]

CARRIER, CARRIER_KIND = "P-DATA-TF", "carrier"
_QUERIES = {"C-FIND-RSP", "C-GET-RSP", "C-MOVE-RSP"}
_FAILURE, _WARNING, _MESSAGE, _ASSOCIATION = "failure", "warning", "message", "association"
_KINDS = {CARRIER: CARRIER_KIND, "connection closed": "break", "time-out": "break", "forgotten": "gap"}

# The purpose of each PDU or message, and the section that defines it.
_PURPOSES = {
    "A-ASSOCIATE-RQ": ("asks for an association and proposes presentation contexts", "PS3.8 section 9.3.2"),
    "A-ASSOCIATE-AC": ("accepts the association and answers each context", "PS3.8 section 9.3.3"),
    "A-RELEASE-RQ": ("has nothing more to say and asks to end the association", "PS3.8 section 9.3.6"),
    "A-RELEASE-RP": ("agrees: the association is over, and all is well", "PS3.8 section 9.3.7"),
    CARRIER: ("carries a message or a part of one", "PS3.8 section 9.3.5"),
    "C-ECHO-RQ": ("asks whether the other side is there and understands DICOM", "PS3.7 section 9.1.5"),
    "C-STORE-RQ": ("asks to keep one instance; its data set is part of the message", "PS3.7 section 9.1.1"),
    "C-FIND-RQ": ("asks what there is; its keys are part of the message", "PS3.7 section 9.1.2"),
    "C-GET-RQ": ("asks to be sent instances on this association", "PS3.7 section 9.1.3"),
    "C-MOVE-RQ": ("asks to send instances to a third party", "PS3.7 section 9.1.4"),
    "C-CANCEL-RQ": ("asks to end the operation; it gets no answer of its own", "PS3.7 section 9.3.2.3"),
    "N-ACTION-RQ": ("asks to take responsibility for instances", "PS3.4 section J.3.2"),
    "N-EVENT-REPORT-RQ": ("says for which instances responsibility is taken", "PS3.4 section J.3.3"),
    "connection closed": (
        "the connection was closed without a release or an abort",
        "PS3.8 section 9.2",
    ),
    "time-out": ("the other side said nothing for too long", ""),
    "forgotten": ("the log keeps the newest PDUs only", ""),
}
# PS3.8 Table 9-21.
_RESULTS = {"1": "rejected-permanent", "2": "rejected-transient"}
_SOURCES = {
    "1": "DICOM UL service-user",
    "2": "DICOM UL service-provider (ACSE related function)",
    "3": "DICOM UL service-provider (Presentation related function)",
}
_ABORT_SOURCES = {"0": "DICOM UL service-user", "2": "DICOM UL service-provider"}  # PS3.8 Table 9-26


class Words(NamedTuple):
    """The text of a rung.

    ``detail`` is short enough to fit below its arrow, ``says`` is the full text; ``kind`` is that of `Rung`.
    """

    kind: str
    detail: str
    says: str
    meaning: str
    rule: str
    fields: list[tuple[str, str]]


def words_of(entry: LogEntry) -> Words:
    """Return the text of a log entry."""
    if entry.kind == "A-ASSOCIATE-RJ":
        return _rejection(entry)
    if entry.kind == "A-ABORT":
        return _abort(entry)
    if "status" in entry.fields:
        return _response(entry)
    purpose, rule = _PURPOSES.get(entry.kind, ("", ""))
    kind = _MESSAGE if entry.is_message else _KINDS.get(entry.kind, _ASSOCIATION)
    if kind == _ASSOCIATION:
        return _negotiation(entry, purpose, rule)
    detail = purpose
    if kind == "gap":
        detail = f"forgotten: {counted(int(entry.fields['PDUs']), 'earlier PDU')}"
    elif kind == CARRIER_KIND:
        detail = counted(entry.size_bytes, "byte")
    elif kind == _MESSAGE:
        size = f", {counted(entry.size_bytes, 'byte')}" if entry.size_bytes else ""
        destination = f"to {entry.fields['to']}, " if "to" in entry.fields else ""
        context = f"context {entry.fields.get('context', '?')}: {entry.fields.get('SOP class', '')}"
        detail = f"{destination}{context}{size}"
    return Words(kind, detail, detail, purpose, rule, list(entry.fields.items()))


def _negotiation(entry: LogEntry, purpose: str, rule: str) -> Words:
    """Return the text of a proposal or an answer (PS3.8 sections 9.3.2 and 9.3.3), or of a release."""
    says = entry.fields.get("proposes") or entry.fields.get("answers") or ""
    count = len(entry.contexts)
    accepted = sum(context.result == ACCEPTED for context in entry.contexts)
    refused = [
        f"context {context.number}: {'; '.join(explain_context_result(context.result))}"
        for context in entry.contexts
        if context.result
    ]
    detail = says or purpose
    if count > 1:
        is_answer = entry.kind == "A-ASSOCIATE-AC"
        detail = (
            f"accepts {accepted} of {counted(count, 'context')}"
            if is_answer
            else f"proposes {counted(count, 'context')}"
        )
    kind = _WARNING if refused else _ASSOCIATION
    fields = [(name, value) for name, value in entry.fields.items() if name not in {"proposes", "answers"}]
    return Words(kind, detail, says, ". ".join([purpose, *refused]), rule, fields)


def _rejection(entry: LogEntry) -> Words:
    numbers = [entry.fields.get(name, "0") for name in ("result", "source", "reason")]
    lasting, problem, remedy = explain_rejection(Rejection(*map(int, numbers)))
    detail = f"rejected {lasting}: {problem}"
    result, source, reason = numbers
    fields = [
        ("result", f"{result}, {_RESULTS.get(result, 'not in the Standard')}"),
        ("source", f"{source}, {_SOURCES.get(source, 'not in the Standard')}"),
        ("reason", f"{reason}, {problem}"),
    ]
    says = ", ".join(f"{name} {value}" for name, value in entry.fields.items())
    return Words(_FAILURE, detail, f"{detail} ({says})", f"{detail}; {remedy}", "PS3.8 Table 9-21", fields)


def _abort(entry: LogEntry) -> Words:
    source, reason = (entry.fields.get(name, "0") for name in ("source", "reason"))
    who = "the SCU" if entry.is_from_requestor else "the SCP"
    says = explain_abort(bytes([0, 0, int(source), int(reason)]), who)
    fields = [("source", f"{source}, {_ABORT_SOURCES.get(source, 'reserved')}"), ("reason", reason)]
    return Words(_FAILURE, says, says, says, "PS3.8 Table 9-26", fields)


def _response(entry: LogEntry) -> Words:
    text = entry.fields["status"]
    number = NO_STATUS if text == "none" else int(text.removesuffix("H"), 16)
    if entry.kind in _QUERIES:
        return _query_response(entry, number)
    status = explain_status(number)
    fields = list(entry.fields.items())
    if status.family == "success":
        meaning = "yes: it is there and understands DICOM" if entry.kind == "C-ECHO-RSP" else status.meaning
        rule = "PS3.7 section 9.1.5" if entry.kind == "C-ECHO-RSP" else status.rule
        detail = f"status {text}, success"
        return Words(_MESSAGE, detail, detail, meaning, rule, fields)
    said = "no status" if text == "none" else f"status {text}, {status.family}"
    detail = f"{said}: {status.meaning.removeprefix('refused: ')}"
    kind = status.family if status.family in {_FAILURE, _WARNING} else _MESSAGE
    meaning = "; ".join(words for words in (status.meaning, status.advice) if words)
    return Words(kind, detail, detail, meaning, status.rule, fields)


def _query_response(entry: LogEntry, number: int) -> Words:
    """Return the text of a response to a query or retrieval: its progress, or how it ended."""
    status = explain_query_status(number)
    counts = [f"{entry.fields[name]} {name}" for name in COUNTS if entry.fields.get(name, "0") != "0"]
    detail = ", ".join([f"status {entry.fields['status']}, {status.family}", *counts])
    if status.family in {_FAILURE, _WARNING}:
        detail += f": {entry.fields.get('comment') or status.meaning}"
    kind = status.family if status.family in {_FAILURE, _WARNING} else _MESSAGE
    meaning = status.meaning if status.advice == "nothing" else f"{status.meaning}; {status.advice}"
    return Words(kind, detail, detail, meaning, status.rule, list(entry.fields.items()))
