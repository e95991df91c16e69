"""HTTP for one live page: the page itself, and a question with its answer."""

from __future__ import annotations

import asyncio
import concurrent.futures
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tornado import iostream, web

from dicomkit.errors import DicomKitError, NetworkError

if TYPE_CHECKING:
    from dicomkit.network.web.page_server import PageServer

__all__ = ["page_application"]

_FORBIDDEN, _NOT_FOUND, _NOT_JSON = 403, 404, 415


def page_application(
    server: PageServer, workers: concurrent.futures.Executor, report: Callable[[DicomKitError], object]
) -> web.Application:
    """Return what answers each request for a page."""
    shared = {"server": server, "workers": workers, "report": report}
    return web.Application(
        [(r"/([\w-]+)/", _Page, shared), (r"/([\w-]+)/ask", _Question, shared)],
        log_function=lambda _handler: None,  # a wall is asked several times a second
    )


class _Handler(web.RequestHandler):
    """Answer only who was given the address, and only a page that came from here."""

    def initialize(
        self,
        server: PageServer,
        workers: concurrent.futures.Executor,
        report: Callable[[DicomKitError], object],
    ) -> None:
        self.server, self.workers, self.report = server, workers, report

    def set_default_headers(self) -> None:
        self.set_header("Server", "dicomkit")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")

    def compute_etag(self) -> None:
        """Give no answer a mark by which a browser could keep it."""

    def prepare(self) -> None:
        # A page of another site could have its own name lead to this computer: DNS rebinding.
        if self.request.headers.get("Host", "").lower() not in self.server.hosts:
            raise web.HTTPError(_FORBIDDEN)
        origin = self.request.headers.get("Origin")
        if origin is not None and origin not in {f"http://{name}" for name in self.server.hosts}:
            raise web.HTTPError(_FORBIDDEN)
        if not self.server.knows(str(self.path_args[0])):
            raise web.HTTPError(_NOT_FOUND)

    def log_exception(self, _kind: object, value: BaseException | None, _trace: object) -> None:
        if isinstance(value, web.HTTPError | iostream.StreamClosedError) or value is None:
            return
        problem = NetworkError(
            "a question of the page",
            f"it failed because of {type(value).__name__}, an unexpected error",
            "report it together with the exception that it was raised from",
        )
        problem.__cause__ = value
        self.report(problem)


class _Page(_Handler):
    def get(self, _secret: str) -> None:
        """Return the page."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", self.server.policy)
        self.finish(self.server.page)


class _Question(_Handler):
    async def post(self, _secret: str) -> None:
        """Answer a question: each piece behind its length, 4 bytes, the high one first."""
        # A form of another site can send no JSON without asking first, and is not answered then.
        if self.request.headers.get("Content-Type") != "application/json":
            raise web.HTTPError(_NOT_JSON)
        loop = asyncio.get_running_loop()
        pieces: list[Any] = await loop.run_in_executor(self.workers, self.server.answer, self.request.body)
        self.set_header("Content-Type", "application/octet-stream")
        for piece in pieces:
            self.write(struct.pack(">I", len(piece)))
            self.write(bytes(piece))
        await self.finish()
