"""What all HTTP handlers share: headers that keep answers out of caches, and the error for a defect."""

from __future__ import annotations

from tornado import iostream, web

from dicomkit.errors import NetworkError

__all__ = ["BaseHandler", "defect_of"]


class BaseHandler(web.RequestHandler):
    """Answer without cache headers, and without the type of the server."""

    def set_default_headers(self) -> None:
        """Set the headers of every answer."""
        self.set_header("Server", "dicomkit")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def compute_etag(self) -> None:
        """Send no ETag: answers may not be cached."""


def defect_of(error: BaseException | None, given: str, remedy: str) -> NetworkError | None:
    """Return the error to report for an unexpected exception; None for one that Tornado expects.

    Parameters
    ----------
    error
        The exception that ended a request.
    given, remedy
        What was requested, and what to do.
    """
    if isinstance(error, web.HTTPError | iostream.StreamClosedError) or error is None:
        return None
    problem = NetworkError(given, f"it failed because of {type(error).__name__}, an unexpected error", remedy)
    problem.__cause__ = error
    return problem
