"""HTTP, on Tornado: who may ask, what comes in, what goes out. What an answer is, `routes` and `storing` decide.

Tornado's loop only moves bytes; whatever reads a file, decodes or stores runs in the threads of `Workers`.

References
----------
PS3.18 section 8, Common Aspects of DICOM Web Services; RFC 9110, HTTP Semantics.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import urllib.parse
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tornado import iostream, web

from dicomkit.errors import DicomKitError, NetworkError
from dicomkit.network.web.answer import Answer, RequestRefusedError, next_batch
from dicomkit.network.web.origins import allowed_origin
from dicomkit.network.web.routes import STORE_PATH, Holdings, WebRequest, answer_to
from dicomkit.network.web.storing import store_answer
from dicomkit.network.web.uploads import DICOM, Upload, begin_upload, too_large
from dicomkit.network.web.web_log import WebExchange, WebLog, phrase_of, target_in_short

if TYPE_CHECKING:
    from asyncio import Future

__all__ = ["ROOT", "Service", "application"]

ROOT = "/dicom-web"
_NO_METHOD, _LATER = 405, 503
_METHODS = "GET, HEAD, POST, OPTIONS"
_DRAINED_BYTES = 16 << 20  # how far beyond the limit a body is read, only to be answered
_Result = TypeVar("_Result")


@dataclass
class Service:
    """What all handlers share."""

    holdings: Holdings
    hosts: Collection[str]
    origins: Collection[str]
    max_body_bytes: int
    workers: concurrent.futures.Executor
    report: Callable[[DicomKitError], object]
    log: WebLog = field(default_factory=WebLog)

    async def work(self, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Call a function in another thread."""
        return await asyncio.get_running_loop().run_in_executor(self.workers, function, *arguments)


def application(service: Service) -> web.Application:
    """Return what answers each request."""
    return web.Application(
        [(rf"{ROOT}(/.*)", _Resource, {"service": service})],
        default_handler_class=_Elsewhere,
        default_handler_args={"service": service},
        log_function=lambda _handler: (
            None
        ),  # a log of ours keeps what was said, without what may identify somebody
    )


class _Handler(web.RequestHandler):
    """Answer with a sentence in any case, and take note of it."""

    def initialize(self, service: Service) -> None:
        self.service = service
        self.said = ""
        self.sent_bytes = 0
        self.answer_bytes = 0

    def set_default_headers(self) -> None:
        self.set_header("Server", "dicomkit")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def compute_etag(self) -> None:
        """Give no answer a mark by which a browser could keep it."""

    def prepare(self) -> None:
        fields = self.request.headers
        origin = allowed_origin(
            fields.get("Host", ""), fields.get("Origin"), self.service.hosts, self.service.origins
        )
        if origin is None:
            return
        self.set_header("Access-Control-Allow-Origin", origin)
        self.set_header("Vary", "Origin")

    def options(self, *_: str) -> None:
        """Say what a page of an allowed origin may ask."""
        if "Origin" in self.request.headers:
            self.set_header("Access-Control-Allow-Methods", _METHODS)
            self.set_header("Access-Control-Allow-Headers", "Accept, Content-Type")
        self.set_header("Allow", _METHODS)
        self.set_status(204)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401 - Tornado's
        error = kwargs.get("exc_info", (None, None))[1]
        if not isinstance(error, RequestRefusedError):
            error = RequestRefusedError(
                status_code,
                f"{self.request.method} on this resource" if status_code == _NO_METHOD else "this request",
                phrase_of(status_code),
                "GET retrieves and searches, POST stores; see archive.web().check()",
            )
        self.said = str(error)
        if error.status == _LATER:
            self.set_header("Retry-After", "5")
        if error.status == _NO_METHOD:
            self.set_header("Allow", _METHODS)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        body = f"{error}\n".encode()
        self.answer_bytes = len(body)
        self.finish(body)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:  # noqa: ANN401 - Tornado's
        error = kwargs.get("exc_info", (None, None))[1]
        status = error.status if isinstance(error, RequestRefusedError) else status_code
        super().send_error(status, **kwargs)

    def log_exception(self, _kind: object, value: BaseException | None, _trace: object) -> None:
        # What the client did wrong, or asked too early.
        if isinstance(value, RequestRefusedError) and (value.status < 500 or value.status == _LATER):  # noqa: PLR2004
            return
        if isinstance(value, web.HTTPError | iostream.StreamClosedError) or value is None:
            return
        problem = value if isinstance(value, DicomKitError) else _defect(value)
        self.service.report(problem)

    def finish(self, chunk: str | bytes | dict[str, Any] | None = None) -> Future[None]:
        """End the answer; who has got it finds it in the log."""
        fields = self.request.headers
        self.service.log.add(
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
        """Send an answer while it is made; one that breaks off ends the connection, so that nobody takes it for whole."""
        piece = await self.service.work(next_batch, answer.pieces)  # before the head: it may be a refusal
        self.set_status(answer.status)
        if answer.media_type:
            self.set_header("Content-Type", answer.media_type)
        else:
            self.clear_header("Content-Type")
        for warning in answer.warnings:
            self.add_header("Warning", f'299 {self.service.holdings.base_url} "{warning}"')
        try:
            if self.request.method == "HEAD":
                await self.flush()  # how long the body would be is not known before it is made
                piece = b""
            while piece:
                self.answer_bytes += len(piece)
                self.write(piece)
                following = await self.service.work(next_batch, answer.pieces)
                if following:
                    await self.flush()
                piece = following
        except iostream.StreamClosedError:
            self.said = "the client has gone"
            return
        except Exception as error:
            if not self._headers_written:
                raise
            self.log_exception(type(error), error, None)
            self.said = f"broken off: {error}" if isinstance(error, DicomKitError) else "broken off"
            self.request.connection.stream.close()  # type: ignore[union-attr] # an HTTP1Connection
            return
        self.said = answer.said if isinstance(answer.said, str) else answer.said()
        await self.finish()


class _Elsewhere(_Handler):
    """What is no resource of the service."""

    def prepare(self) -> None:
        super().prepare()
        raise RequestRefusedError(
            404,
            "path of the URL",
            "is outside of the service",
            "begin with /dicom-web/studies",
        )


@web.stream_request_body
class _Resource(_Handler):
    """A resource of DICOMweb."""

    upload: Upload | None = None
    refusal: RequestRefusedError | None = None

    def prepare(self) -> None:
        super().prepare()
        if self.request.method != "POST":
            return
        limit = self.service.max_body_bytes
        length = self.request.headers.get("Content-Length", "0")
        is_too_large = length.isdigit() and int(length) > limit
        if is_too_large and int(length) > limit + _DRAINED_BYTES:
            raise too_large(limit)
        self.request.connection.set_max_body_size(limit + _DRAINED_BYTES)  # type: ignore[union-attr] # an HTTP1Connection
        # A refusal waits until the body has come: few clients read an answer while they are still sending.
        try:
            if is_too_large:
                raise too_large(limit)
            self.upload = self._begin_upload()
        except RequestRefusedError as error:
            self.refusal = error

    def _begin_upload(self) -> Upload:
        path = self.request.path.removeprefix(ROOT)
        if STORE_PATH.fullmatch(path) is None:
            raise RequestRefusedError(
                404, "path of the URL", "instances are not stored there", "POST to /studies"
            )
        folder = self.service.holdings.service.store.folder
        return begin_upload(self.request.headers, folder, max_bytes=self.service.max_body_bytes)

    async def data_received(self, chunk: bytes) -> None:
        """Take the next piece of a body."""
        self.sent_bytes += len(chunk)
        if self.upload is not None:
            try:
                await self.service.work(self.upload.feed, chunk)
            except RequestRefusedError as error:
                self.refusal = error
                self._forget()

    async def get(self, path: str) -> None:
        """Search, or retrieve."""
        request = WebRequest(
            path,
            self.request.query,
            self.get_query_argument("accept", "") or ",".join(self.request.headers.get_list("Accept")),
        )
        await self.send(await self.service.work(answer_to, self.service.holdings, request))

    async def head(self, path: str) -> None:
        """Say of a GET how its answer would begin."""
        await self.get(path)

    async def post(self, path: str) -> None:
        """Store."""
        if self.refusal is not None or self.upload is None:
            raise self.refusal or RequestRefusedError(400, "body", "there is none", "send instances")
        found = STORE_PATH.fullmatch(path)
        study_uid = urllib.parse.unquote(found["study"] or "") if found is not None else ""
        try:
            answer = await self.service.work(self._store, self.upload, study_uid)
        finally:
            self._forget()
        await self.send(answer)

    def _store(self, upload: Upload, study_uid: str) -> Answer:
        upload.check_whole(DICOM)
        holdings = self.service.holdings
        return store_answer(
            holdings.service,
            upload.parts(),
            study_uid=study_uid,
            address=self.request.remote_ip or "",
            base_url=holdings.base_url,
        )

    def on_finish(self) -> None:
        self._forget()
        super().on_finish()

    def on_connection_close(self) -> None:
        """Forget a body that will not come to its end."""
        self._forget()

    def _forget(self) -> None:
        upload, self.upload = self.upload, None
        if upload is not None:
            upload.close()


def _defect(error: BaseException) -> NetworkError:
    problem = NetworkError(
        "a request over HTTP",
        f"it failed because of {type(error).__name__}, an unexpected error",
        "report it together with the exception that it was raised from; what was stored before is safe",
    )
    problem.__cause__ = error
    return problem
