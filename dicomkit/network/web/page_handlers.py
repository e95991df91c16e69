"""HTTP for one live page: the page itself, and its questions with their answers."""

from __future__ import annotations

import struct

from tornado import web

from dicomkit.network.web.answer import RequestRefusedError
from dicomkit.network.web.base_handlers import BaseHandler
from dicomkit.network.web.page_server import PageServer

__all__ = ["page_application"]

_NOT_FOUND, _NOT_JSON = 404, 415


def page_application(server: PageServer) -> web.Application:
    """Return the Tornado application of a page."""
    shared = {"server": server}
    return web.Application(
        [(r"/([\w-]+)/", _Page, shared), (r"/([\w-]+)/ask", _Question, shared)],
        log_function=lambda _handler: None,  # a page asks several times a second
    )


class _Handler(BaseHandler):
    """Answer only requests with the secret in their path, and only those of our own page."""

    server: PageServer

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")

    def prepare(self) -> None:
        try:
            self.allowed_origin()
        except RequestRefusedError as error:
            raise web.HTTPError(error.status) from error
        if not self.server.knows(str(self.path_args[0])):
            raise web.HTTPError(_NOT_FOUND)

    def log_exception(self, _kind: object, value: BaseException | None, _trace: object) -> None:
        remedy = "report it together with the exception that it was raised from"
        self.report_defect(value, "a question of the page", remedy)


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
        pieces = await self.server.work(self.server.answer, self.request.body)
        self.set_header("Content-Type", "application/octet-stream")
        for piece in pieces:
            self.write(struct.pack(">I", len(piece)))
            self.write(bytes(piece))
        await self.finish()
