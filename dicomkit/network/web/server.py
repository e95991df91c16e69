"""The DICOMweb server of an archive, in its own thread, on this computer only."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from dicomkit.archive import Catalogue
from dicomkit.errors import UsageError
from dicomkit.network.storage_service import StorageService
from dicomkit.network.web.holdings import Holdings
from dicomkit.network.web.loop_server import HOST, LoopServer
from dicomkit.network.web.web_log import WebLog

if TYPE_CHECKING:
    from tornado.web import Application

__all__ = ["WebServer"]

_CHUNK_BYTES = 256 << 10


class WebServer(LoopServer):
    """Answer QIDO-RS, WADO-RS and STOW-RS for an archive.

    `Archive.web` makes one. Use it in a ``with`` statement, or call `start` and `stop`.

    Parameters
    ----------
    catalogue
        The archive's catalogue.
    service
        Stores instances.
    port
        The TCP port; 0 takes a free one, which the property `port` then returns. The address is always 127.0.0.1.
    ae_title
        For Retrieve AE Title in answers.
    origins
        Origins of web pages that are allowed, such as ``http://localhost:3000``.
    max_body_bytes
        Length of the longest body that is accepted.
    idle_time_out_s
        After how many seconds an idle connection is closed.
    body_time_out_s
        Time-out for receiving a body, in seconds.

    Attributes
    ----------
    log : WebLog
        The requests and answers; its ``str`` is a ladder.

    Raises
    ------
    UsageError
        If the port or an origin is invalid.

    References
    ----------
    PS3.18 section 10, Studies Service and Resources.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        service: StorageService,
        *,
        port: int = 0,
        ae_title: str = "",
        origins: Collection[str] = (),
        max_body_bytes: int = 4 << 30,
        idle_time_out_s: float = 60.0,
        body_time_out_s: float = 600.0,
    ) -> None:
        super().__init__(
            port,
            chunk_size=_CHUNK_BYTES,
            max_body_size=max_body_bytes,
            idle_connection_timeout=idle_time_out_s,
            body_timeout=body_time_out_s,
        )
        self.log = WebLog()
        self.origins = _checked(origins)
        self.max_body_bytes = max_body_bytes
        self._catalogue = catalogue
        self._service = service
        self._ae_title = ae_title

    @property
    def url(self) -> str:
        """The root of the service, to which ``/studies`` is added."""
        return f"http://{HOST}:{self.port}/dicom-web"

    def __repr__(self) -> str:
        return f"<WebServer {'listening' if self.is_running else 'not listening'}, {len(self.log)} requests>"

    @property
    def holdings(self) -> Holdings:
        """The archive that is served."""
        return Holdings(self._catalogue, self._service, self.url, self._ae_title)

    def make_application(self) -> Application:
        """Return the Tornado application."""
        from dicomkit.network.web.handlers import application  # noqa: PLC0415 - only a server needs Tornado

        return application(self)


def _checked(origins: Collection[str]) -> frozenset[str]:
    if isinstance(origins, str):
        raise UsageError(origins, "is one origin where a list is expected", "put it in brackets: ['...']")
    for origin in origins:
        if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:  # noqa: PLR2004 - of ://
            raise UsageError(origin, "is no origin", "write for example http://localhost:3000")
    return frozenset(origins)
