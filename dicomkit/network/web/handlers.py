"""The HTTP resources of DICOMweb on Tornado: GET searches and retrieves, POST stores.

The content of an answer is decided in `routes` and `storing`.

References
----------
PS3.18 section 10.1.1, Resource Descriptions.
"""

from __future__ import annotations

import urllib.parse

from tornado import web

from dicomkit.network.web.answer import Answer, RequestRefusedError, no_resource
from dicomkit.network.web.answer_handlers import AnsweringHandler
from dicomkit.network.web.routes import STORE_PATH, WebRequest, answer_to
from dicomkit.network.web.server import WebServer
from dicomkit.network.web.storing import store_answer
from dicomkit.network.web.uploads import DICOM, Upload, begin_upload, too_large

__all__ = ["ROOT", "application"]

ROOT = "/dicom-web"
_DRAINED_BYTES = 16 << 20  # so much more than the limit is read, so that the client reads the refusal


def application(server: WebServer) -> web.Application:
    """Return the Tornado application of a server."""
    shared = {"server": server}
    return web.Application(
        [(rf"{ROOT}(/.*)", _Resource, shared)],
        default_handler_class=_UnknownPath,
        default_handler_args=shared,
        # `WebLog` keeps the requests, without values that may identify a patient.
        log_function=lambda _handler: None,
    )


class _UnknownPath(AnsweringHandler):
    """A path outside of the service."""

    def prepare(self) -> None:
        super().prepare()
        raise no_resource("is outside of the service", "begin with /dicom-web/studies")


@web.stream_request_body
class _Resource(AnsweringHandler):
    """A resource of DICOMweb."""

    upload: Upload | None = None
    refusal: RequestRefusedError | None = None

    def prepare(self) -> None:
        super().prepare()
        if self.request.method != "POST":
            return
        limit = self.server.max_body_bytes
        length = self.request.headers.get("Content-Length", "0")
        is_too_large = length.isdigit() and int(length) > limit
        if is_too_large and int(length) > limit + _DRAINED_BYTES:
            raise too_large(limit)
        self.request.connection.set_max_body_size(limit + _DRAINED_BYTES)  # type: ignore[union-attr] # an HTTP1Connection
        # A refusal is sent after the body: few clients read an answer while they are sending.
        try:
            if is_too_large:
                raise too_large(limit)
            self.upload = self._begin_upload()
        except RequestRefusedError as error:
            self.refusal = error

    def _begin_upload(self) -> Upload:
        path = self.request.path.removeprefix(ROOT)
        if STORE_PATH.fullmatch(path) is None:
            raise no_resource("instances are not stored there", "POST to /studies")
        folder = self.server.holdings.service.store.folder
        return begin_upload(self.request.headers, folder, max_bytes=self.server.max_body_bytes)

    async def data_received(self, chunk: bytes) -> None:
        """Take the next chunk of a body."""
        self.sent_bytes += len(chunk)
        if self.upload is not None:
            try:
                await self.server.work(self.upload.feed, chunk)
            except RequestRefusedError as error:
                self.refusal = error
                self._discard()

    async def get(self, path: str) -> None:
        """Search, or retrieve."""
        request = WebRequest(
            path,
            self.request.query,
            self.get_query_argument("accept", "") or ",".join(self.request.headers.get_list("Accept")),
        )
        await self.send(await self.server.work(answer_to, self.server.holdings, request))

    async def head(self, path: str) -> None:
        """Answer as GET, without the body."""
        await self.get(path)

    async def post(self, path: str) -> None:
        """Store."""
        if self.refusal is not None or self.upload is None:
            raise self.refusal or RequestRefusedError(400, "body", "there is none", "send instances")
        found = STORE_PATH.fullmatch(path)
        study_uid = urllib.parse.unquote(found["study"] or "") if found is not None else ""
        try:
            answer = await self.server.work(self._store, self.upload, study_uid)
        finally:
            self._discard()
        await self.send(answer)

    def _store(self, upload: Upload, study_uid: str) -> Answer:
        upload.check_whole(DICOM)
        address = self.request.remote_ip or ""
        return store_answer(self.server.holdings, upload.parts(), study_uid=study_uid, address=address)

    def on_finish(self) -> None:
        self._discard()
        super().on_finish()

    def on_connection_close(self) -> None:
        """Discard an incomplete body."""
        self._discard()

    def _discard(self) -> None:
        upload, self.upload = self.upload, None
        if upload is not None:
            upload.close()
