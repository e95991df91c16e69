"""Serve one live page on this computer: the page sends questions, and Python answers, as in a notebook.

The URL contains a secret, as JupyterLab's does, because other users of the computer can reach 127.0.0.1, too.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from dicomkit.network.web.loop_server import HOST, LoopServer

if TYPE_CHECKING:
    from tornado.web import Application

__all__ = ["PageServer"]

_MAX_QUESTION_BYTES = 64 << 10
_IDLE_S = 60.0


class PageServer(LoopServer):
    """Serve a page, and pass on its questions.

    Parameters
    ----------
    page
        Its HTML.
    policy
        Its Content Security Policy.
    answer
        Takes a question as JSON and returns the answer in pieces; called from several threads.
    port
        The TCP port of 127.0.0.1; 0 takes a free one.

    Raises
    ------
    UsageError
        If it is no TCP port.
    """

    def __init__(self, page: str, policy: str, answer: Callable[[bytes], list[bytes]], port: int = 0) -> None:
        super().__init__(
            port, max_body_size=_MAX_QUESTION_BYTES, idle_connection_timeout=_IDLE_S, body_timeout=_IDLE_S
        )
        self.page, self.policy, self.answer = page.encode(), policy, answer
        self._secret = secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """The URL of the page, including the secret."""
        return f"http://{HOST}:{self.port}/{self._secret}/"

    def knows(self, secret: str) -> bool:
        """Return whether a request contains the secret."""
        return hmac.compare_digest(secret.encode(), self._secret.encode())

    def make_application(self) -> Application:
        """Return the Tornado application."""
        from dicomkit.network.web.page_handlers import page_application  # noqa: PLC0415 - only a server needs Tornado

        return page_application(self)
