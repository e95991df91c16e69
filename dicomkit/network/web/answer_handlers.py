"""Send the answers of DICOMweb over HTTP, refuse with a sentence, and log what was sent.

Tornado's loop moves bytes only; reading files, decoding and storing run in the threads of `WebServer.work`.

References
----------
PS3.18 section 8, Common Aspects of DICOM Web Services; RFC 9110, HTTP Semantics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tornado import iostream

from dicomkit.errors import DicomKitError
from dicomkit.network.web.answer import Answer, RequestRefusedError, next_batch
from dicomkit.network.web.base_handlers import BaseHandler
from dicomkit.network.web.server import WebServer
from dicomkit.network.web.web_log import WebExchange, phrase_of, target_in_short

if TYPE_CHECKING:
    from asyncio import Future

__all__ = ["AnsweringHandler"]

_METHOD_NOT_ALLOWED, _SERVER_ERROR, _SERVICE_UNAVAILABLE = 405, 500, 503
_METHODS = "GET, HEAD, POST, OPTIONS"


class AnsweringHandler(BaseHandler):
    """Send answers and refusals, check the origin of requests, and log both."""

    server: WebServer
    said = ""
    sent_bytes = 0
    answer_bytes = 0

    def prepare(self) -> None:
        """Refuse a request from another host or origin."""
        if (origin := self.allowed_origin()) is not None:
            self.set_header("Access-Control-Allow-Origin", origin)
            self.set_header("Vary", "Origin")

    def options(self, *_: str) -> None:
        """Answer a CORS preflight."""
        if "Origin" in self.request.headers:
            self.set_header("Access-Control-Allow-Methods", _METHODS)
            self.set_header("Access-Control-Allow-Headers", "Accept, Content-Type")
        self.set_header("Allow", _METHODS)
        self.set_status(204)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 - Tornado's
        """Send a refusal as one sentence."""
        error = kwargs.get("exc_info", (None, None))[1]
        if not isinstance(error, RequestRefusedError):
            error = RequestRefusedError(
                status_code,
                f"{self.request.method} on this resource"
                if status_code == _METHOD_NOT_ALLOWED
                else "this request",
                phrase_of(status_code),
                "GET retrieves and searches, POST stores; see archive.web().check()",
            )
        self.said = str(error)
        if error.status == _SERVICE_UNAVAILABLE:
            self.set_header("Retry-After", "5")
        if error.status == _METHOD_NOT_ALLOWED:
            self.set_header("Allow", _METHODS)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        body = f"{error}\n".encode()
        self.answer_bytes = len(body)
        self.finish(body)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:  # noqa: ANN401 - Tornado's
        """Use the status of a refusal."""
        error = kwargs.get("exc_info", (None, None))[1]
        status = error.status if isinstance(error, RequestRefusedError) else status_code
        super().send_error(status, **kwargs)

    def log_exception(self, _kind: object, value: BaseException | None, _trace: object) -> None:
        """Report a defect to the owner of the server."""
        # An error of the client, or a request before the catalogue was ready, is no problem of the server.
        if isinstance(value, RequestRefusedError) and (
            value.status < _SERVER_ERROR or value.status == _SERVICE_UNAVAILABLE
        ):
            return
        if isinstance(value, DicomKitError):
            self.server.report(value)
        else:
            remedy = "report it together with the exception that it was raised from; what was stored before is safe"
            self.report_defect(value, "a request over HTTP", remedy)

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> Future[None]:
        """Log the request and its answer, then end the answer."""
        fields = self.request.headers
        self.server.log.add(
            WebExchange(
                self.request.method or "?",
                target_in_short(self.request.path, self.request.query),
                fields.get("Accept", ""),
                fields.get("Content-Type", ""),
                self.sent_bytes,
                self.get_status(),
                str(self._headers.get("Content-Type", "")),
                self.answer_bytes,
                self.said,
            )
        )
        return super().finish(chunk)

    async def send(self, answer: Answer) -> None:
        """Send an answer while it is made; an error closes the connection, so that the client sees a truncated body."""
        piece = await self.server.work(next_batch, answer.pieces)  # before the header: it may raise a refusal
        self.set_status(answer.status)
        if answer.media_type:
            self.set_header("Content-Type", answer.media_type)
        else:
            self.clear_header("Content-Type")
        for warning in answer.warnings:
            self.add_header("Warning", f'299 {self.server.holdings.base_url} "{warning}"')
        try:
            if self.request.method == "HEAD":
                await self.flush()  # the length of the body is not known before it is made
                piece = b""
            while piece:
                self.answer_bytes += len(piece)
                self.write(piece)
                following = await self.server.work(next_batch, answer.pieces)
                if following:
                    await self.flush()
                piece = following
        except iostream.StreamClosedError:
            self.said = "the client closed the connection"
            return
        except Exception as error:
            if not self._headers_written:
                raise
            self.log_exception(type(error), error, None)
            self.said = f"truncated: {error}" if isinstance(error, DicomKitError) else "truncated"
            self.request.connection.stream.close()  # type: ignore[union-attr] # an HTTP1Connection
            return
        self.said = answer.said if isinstance(answer.said, str) else answer.said()
        await self.finish()
