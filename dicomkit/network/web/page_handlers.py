"""HTTP for one live page: the page itself, and its questions with their answers."""

from __future__ import annotations

import asyncio
import concurrent.futures
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tornado import web

from dicomkit.errors import DicomKitError
from dicomkit.network.web.answer import RequestRefusedError
from dicomkit.network.web.base_handlers import BaseHandler, defect_of
from dicomkit.network.web.origins import allowed_origin

if TYPE_CHECKING:
    from dicomkit.network.web.page_server import PageServer

__all__ = ["page_application"]

_NOT_FOUND, _NOT_JSON = 404, 415


def page_application(
    server: PageServer, workers: concurrent.futures.Executor, report: Callable[[DicomKitError], object]
) -> web.Application:
    """Return the Tornado application of a page."""
    shared = {"server": server, "workers": workers, "report": report}
    return web.Application(
        [(r"/([\w-]+)/", _Page, shared), (r"/([\w-]+)/ask", _Question, shared)],
        log_function=lambda _handler: None,  # a page asks several times a second
    )


class _Handler(BaseHandler):
    """Answer only requests with the secret in their path, and only those of our own page."""

    def initialize(
        self,
        server: PageServer,
        workers: concurrent.futures.Executor,
        report: Callable[[DicomKitError], object],
    ) -> None:
        self.server, self.workers, self.report = server, workers, report

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")

    def prepare(self) -> None:
        fields = self.request.headers
        try:
            allowed_origin(fields.get("Host", ""), fields.get("Origin"), self.server.hosts, ())
        except RequestRefusedError as error:
            raise web.HTTPError(error.status) from error
        if not self.server.knows(str(self.path_args[0])):
            raise web.HTTPError(_NOT_FOUND)

    def log_exception(self, _kind: object, value: BaseException | None, _trace: object) -> None:
        remedy = "report it together with the exception that it was raised from"
        problem = defect_of(value, "a question of the page", remedy)
        if problem is not None:
            self.report(problem)


class _Page(_Handler):
    def get(self, _secret: str) -> None:
        """Return the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", self.server.policy)
        self.finish(self.server.page)


class _Question(_Handler):
    async def post(self, _secret: str) -> None:
        """Answer a question with pieces, each after its length as 4 bytes, big endian."""
        # A form of another site cannot send this type without a CORS preflight, which is refused.
        if self.request.headers.get("Content-Type") != "application/json":
            raise web.HTTPError(_NOT_JSON)
        loop = asyncio.get_running_loop()
        pieces: list[Any] = await loop.run_in_executor(self.workers, self.server.answer, self.request.body)
        self.set_header("Content-Type", "application/octet-stream")
        for piece in pieces:
            self.write(struct.pack(">I", len(piece)))
            self.write(bytes(piece))
        await self.finish()
