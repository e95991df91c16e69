"""A log of HTTP requests and their answers, printed as a ladder.

Like the log of associations, it keeps no part of a data set: the keys of a search without their values, the last
digits of a UID in a path, and the size of a body.
"""

from __future__ import annotations

import collections
import http
import textwrap
import threading
import urllib.parse
from dataclasses import dataclass

from dicomkit.text import escape_terminal

__all__ = ["WebExchange", "WebLog", "phrase_of", "target_in_short"]

_KEPT = 10_000
_WIDTH = 76
_SHORT_UID = 6
_LONGEST, _MAX_LINES = 600, 4
# Parameters whose values cannot identify a patient.
_SAID = {"limit", "offset", "includefield", "fuzzymatching", "window", "viewport", "quality", "accept"}


@dataclass(frozen=True, slots=True)
class WebExchange:
    """A request and its answer.

    Parameters
    ----------
    method, target
        The request line; UIDs in the target are shortened, and the values of keys are left out.
    accept, content_type
        Two header fields of the request.
    sent_bytes
        The size of its body.
    status
        The status code of the answer.
    answer_type
        Its Content-Type.
    answer_bytes
        The size of its body.
    said
        A short summary of the answer; for a refusal, the reason.
    """

    method: str
    target: str
    accept: str
    content_type: str
    sent_bytes: int
    status: int
    answer_type: str
    answer_bytes: int
    said: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.target} -> {self.status} {phrase_of(self.status)}"

    def rungs(self) -> list[str]:
        """Return the request and the answer as two rungs of a ladder."""
        asked = [f"Accept: {self.accept}"] * bool(self.accept)
        if self.sent_bytes:
            asked.append(f"Content-Type: {_without_boundary(self.content_type)}")
        answered = [f"Content-Type: {_without_boundary(self.answer_type)}"] * bool(self.answer_bytes)
        answered += [self.said] * bool(self.said)
        return [
            _arrow(f"{self.method} {self.target}", to_server=True),
            *(line for text in asked for line in _details(text)),
            _arrow(f"{self.status} {phrase_of(self.status)}", to_server=False),
            *(line for text in answered for line in _details(text)),
        ]


class WebLog:
    """Keep the last 10,000 requests with their answers; printed, it is a ladder.

    Examples
    --------
    >>> log = WebLog()
    >>> log.add(WebExchange("GET", "/studies", "", "", 0, 204, "", 0, "no results"))
    >>> log.entries[0].status
    204
    """

    def __init__(self) -> None:
        self._entries: collections.deque[WebExchange] = collections.deque(maxlen=_KEPT)
        self._changes = 0
        self._lock = threading.Lock()

    def add(self, exchange: WebExchange) -> None:
        """Add a request that was answered."""
        with self._lock:
            self._entries.append(exchange)
            self._changes += 1

    @property
    def changes(self) -> int:
        """A number that grows with each change, for observers that poll."""
        return self._changes

    @property
    def entries(self) -> list[WebExchange]:
        """The requests, in the order in which they were answered."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
            self._changes += 1

    def __len__(self) -> int:
        return len(self._entries)

    def __str__(self) -> str:
        head = f"client{'archive':>{_WIDTH - 6}}"
        return "\n".join([head, *(line for entry in self.entries for line in entry.rungs())])


def phrase_of(status: int) -> str:
    """Return the reason phrase of a status code."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "?"


def target_in_short(path: str, query: str) -> str:
    """Return path and query without what may identify a patient.

    Examples
    --------
    >>> target_in_short("/dicom-web/studies/1.2.826.0.1.3680043.8.498.12345/series", "PatientName=DOE*&limit=2")
    '/studies/...12345/series?PatientName=...&limit=2'
    """
    steps = [_short(step) for step in path.removeprefix("/dicom-web").split("/")]
    pairs = urllib.parse.parse_qsl(query[:_KEPT], keep_blank_values=True)
    said = [f"{name}={value if name.lower() in _SAID else '...' if value else ''}" for name, value in pairs]
    return "/".join(steps) + (f"?{'&'.join(said)}" if said else "")


def _short(step: str) -> str:
    is_uid = len(step) > _SHORT_UID and step.replace(".", "").isdigit()
    return f"..{step[-_SHORT_UID:]}" if is_uid else step


def _arrow(text: str, *, to_server: bool) -> str:
    text = _one_line(text)
    line = "-" * max(1, _WIDTH - len(text) - 6)
    return f"  | {text} {line}>|" if to_server else f"  |<{line} {text} |"


def _details(text: str) -> list[str]:
    lines = textwrap.wrap(_one_line(text), _WIDTH - 9, subsequent_indent="  ", max_lines=_MAX_LINES)
    return [f"  |     {line:<{_WIDTH - 9}} |" for line in lines]


def _without_boundary(content_type: str) -> str:
    """Return a media type without its boundary, which is different each time."""
    return "; ".join(part.strip() for part in content_type.split(";") if "boundary=" not in part)


def _one_line(text: str) -> str:
    text = escape_terminal(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
