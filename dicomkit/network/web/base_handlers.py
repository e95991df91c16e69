"""What all HTTP handlers share: who may ask, headers that keep answers out of caches, and the report of a defect.

References
----------
RFC 9110 section 7.2, Host; RFC 6454 section 7, the Origin header field.
"""

from __future__ import annotations

from tornado import iostream, web

from dicomkit.errors import NetworkError
from dicomkit.network.web.answer import RequestRefusedError
from dicomkit.network.web.loop_server import LoopServer

__all__ = ["BaseHandler"]

_SHOWN = 80


class BaseHandler(web.RequestHandler):
    """Answer without cache headers, and without the type of the server."""

    server: LoopServer

    def initialize(self, server: LoopServer) -> None:
        """Receive the server, as Tornado passes it."""
        self.server = server

    def set_default_headers(self) -> None:
        """Set the headers of every answer."""
        self.set_header("Server", "dicomkit")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def compute_etag(self) -> None:
        """Send no ETag: answers may not be cached."""

    def allowed_origin(self) -> str | None:
        """Return the allowed origin of a cross-origin request; None for any other request.

        Raises
        ------
        RequestRefusedError
            403 if the request is for another host, or from another origin.
        """
        host, origin = self.request.headers.get("Host", ""), self.request.headers.get("Origin")
        # DNS rebinding: another site could let its own name resolve to this computer and read everything.
        if host.lower() not in self.server.hosts:
            raise RequestRefusedError(
                403,
                f"Host: {host[:_SHOWN]}",
                "this archive answers under its own address only",
                "ask for 127.0.0.1 or localhost, with its port",
            )
        if origin is None or origin in {f"http://{name}" for name in self.server.hosts}:
            return None
        if origin not in self.server.origins:
            raise RequestRefusedError(
                403,
                f"Origin: {origin[:_SHOWN]}",
                "pages of that origin may not ask here",
                "allow it: web(origins=[...])",
            )
        return origin

    def report_defect(self, error: BaseException | None, given: str, remedy: str) -> None:
        """Report an unexpected exception to the owner of the server; not one that Tornado expects.

        Parameters
        ----------
        error
            The exception that ended a request.
        given, remedy
            What was requested, and what to do.
        """
        if isinstance(error, web.HTTPError | iostream.StreamClosedError) or error is None:
            return
        problem = f"it failed because of {type(error).__name__}, an unexpected error"
        self.server.report(NetworkError(given, problem, remedy), error)
