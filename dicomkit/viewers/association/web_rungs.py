"""HTTP requests and responses as the rungs of a ladder, with their meaning in DICOM.

References
----------
PS3.18 section 10, Studies Service and Resources; section 8.5, Status Codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dicomkit.network.web.web_log import WebExchange, phrase_of
from dicomkit.viewers.association.rungs import Ladder, Rung

__all__ = ["web_ladders"]

_SEARCHED = {"studies", "series", "instances"}
# The purpose of each service, and the section that defines it.
_QIDO = "searches (QIDO-RS): keys in the query of the URL, answers as JSON", "PS3.18 section 10.6"
_WADO = "retrieves what the path names (WADO-RS)", "PS3.18 section 10.4"
_STOW = "stores instances, which are the parts of its body (STOW-RS)", "PS3.18 section 10.5"
_NONE = "is no request of DICOMweb", "PS3.18 section 10"
_FAILURE, _PARTLY = 400, 202
_MEANINGS = {
    200: "success",
    202: "stored in part: the body says what failed, and why",
    204: "success, and nothing was found: there is no body",
    400: "the request makes no sense; the body says what to change",
    403: "the server does not answer to that address or origin",
    404: "there is no such resource",
    406: "it cannot be had in a form that Accept names",
    409: "nothing was stored; the body says why",
    413: "the body is larger than the server takes",
    415: "the server stores no bodies of that Content-Type",
    503: "the server is busy; ask again in a moment",
}  # fmt: skip


def web_ladders(exchanges: Iterable[WebExchange]) -> list[Ladder]:
    """Return the only ladder of a server's log, each request with its response; [] if there were none."""
    rungs = [rung for exchange in exchanges for rung in _rungs(exchange)]
    return [Ladder(1, "client", "archive", "", rungs, [], protocol="HTTP")] if rungs else []


def _rungs(exchange: WebExchange) -> Iterator[Rung]:
    meaning, rule = _service_of(exchange)
    content_type = exchange.content_type if exchange.sent_bytes else ""
    asked = {"asks for": exchange.target, "Accept": exchange.accept, "Content-Type": content_type}
    yield _rung(exchange.method, exchange.target, asked, exchange.sent_bytes, meaning, rule)
    answer_type = exchange.answer_type if exchange.answer_bytes else ""
    answered = {"Content-Type": answer_type, "says": exchange.said}
    said = exchange.said or answer_type or "no body"
    status = f"{exchange.status} {phrase_of(exchange.status)}"
    kind = (
        "failure" if exchange.status >= _FAILURE else "warning" if exchange.status == _PARTLY else "message"
    )
    yield _rung(
        status,
        said,
        answered,
        exchange.answer_bytes,
        _MEANINGS.get(exchange.status, ""),
        "PS3.18 section 8.5",
    )._replace(from_caller=False, kind=kind)


def _rung(name: str, detail: str, fields: dict[str, str], size_bytes: int, meaning: str, rule: str) -> Rung:
    return Rung(
        from_caller=True,
        name=name,
        kind="message",
        detail=detail,
        says=detail,
        size_bytes=size_bytes,
        fields=[(key, value) for key, value in fields.items() if value],
        meaning=meaning,
        rule=rule,
        after_ms=0.0,
    )


def _service_of(exchange: WebExchange) -> tuple[str, str]:
    """Return the purpose of a request, and the section that defines it."""
    steps = exchange.target.partition("?")[0].strip("/").split("/")
    if exchange.method == "POST":
        return _STOW
    if exchange.method not in {"GET", "HEAD"} or steps[0] not in _SEARCHED:
        return _NONE
    return _QIDO if steps[-1] in _SEARCHED else _WADO
