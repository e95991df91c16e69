"""The web side of an archive: a server of HTTP in a thread of its own, on this computer only."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import socket
import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, Self

from dicomkit.abilities import has_sockets
from dicomkit.archive import Catalogue
from dicomkit.errors import DicomKitError, NetworkError, UsageError, WorkshopError
from dicomkit.network.addressing import check_port
from dicomkit.network.listener import listening_socket
from dicomkit.network.storage_service import StorageService
from dicomkit.network.web.routes import Holdings
from dicomkit.network.web.web_log import WebLog

if TYPE_CHECKING:
    from tornado.web import Application

__all__ = ["WebServer"]

_HOST = "127.0.0.1"
_WORKERS = 16  # so many may wait while the folder is read for the first time, and one more can store
_DRAIN_S = 3.0
_STOP_WITHIN_S = 5.0
_MAX_HEAD_BYTES = 32 << 10
_CHUNK_BYTES = 256 << 10
_KEPT_PROBLEMS = 1_000


class WebServer:
    """Answer QIDO-RS, WADO-RS and STOW-RS about an archive.

    `Archive.web` makes one. Use it in a ``with`` statement, or call `start` and `stop`.

    Parameters
    ----------
    catalogue
        What lies in the archive.
    service
        What stores in it.
    port
        The TCP port; 0 takes a free one, which `port` then names. The address is always 127.0.0.1.
    ae_title
        For Retrieve AE Title in answers.
    origins
        Origins of web pages that may ask, such as ``http://localhost:3000``; none unless they are named.
    max_body_bytes
        The largest body that is taken.
    idle_time_out_s
        After how many seconds of silence a connection is closed.
    body_time_out_s
        How long a body may take to arrive, in seconds.

    Attributes
    ----------
    log : WebLog
        Each request with its answer; printed, it is a ladder.

    Raises
    ------
    UsageError
        If the port is none, or an origin is none.

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
        check_port(port)
        self.log = WebLog()
        self._catalogue = catalogue
        self._service = service
        self._ae_title = ae_title
        self._origins = _checked(origins)
        self._max_body_bytes = max_body_bytes
        self._time_outs_s = (idle_time_out_s, body_time_out_s)
        self._requested_port = self._port = port
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._problems: list[DicomKitError] = []

    @property
    def port(self) -> int:
        """The port that it listens on, once it has been started."""
        return self._port

    @property
    def url(self) -> str:
        """The root of the service, to which ``/studies`` is added."""
        return f"http://{_HOST}:{self._port}/dicom-web"

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def problems(self) -> list[DicomKitError]:
        """What went wrong since the last `check`."""
        return list(self._problems)

    def check(self) -> None:
        """Raise the first thing that went wrong in the server since the last call, if anything did.

        What a client did wrong is its own affair, and stands in the `log`.

        Raises
        ------
        NetworkError
            If a file could not be read, or a request failed over what nobody expected; its cause is the exception.
        """
        problems, self._problems = self._problems, []
        if problems:
            if len(problems) > 1:
                problems[0].add_note(f"and {len(problems) - 1} more")
            raise problems[0]

    def start(self) -> Self:
        """Listen. On a server that listens already, change nothing.

        Raises
        ------
        PortInUseError
            If another program has the port.
        NetworkError
            If the port cannot be used.
        WorkshopError
            If Tornado is not installed.
        """
        with self._lock:
            if self.is_running:
                return self
            if not has_sockets():
                raise NetworkError(
                    "web()",
                    "a page in a browser has no sockets, so nobody can call it",
                    "install the kit (dicomkit lab), or ask the archive by find() and get()",
                )
            sock = listening_socket(_HOST, _HOST, self._requested_port)
            self._port = int(sock.getsockname()[1])
            try:
                workers = concurrent.futures.ThreadPoolExecutor(_WORKERS, "dicomkit-web-worker")
                application = self._application(workers)
            except BaseException:
                sock.close()
                raise
            started = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(sock, application, workers, started), name="dicomkit-web", daemon=True
            )
            self._thread.start()
            started.wait()
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Stop listening, let running answers end or break them off, and close everything within 5 s."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            atexit.unregister(self.stop)
            if self._loop is not None and self._stopping is not None:
                with contextlib.suppress(RuntimeError):  # it has ended over a defect, which `check` raises
                    self._loop.call_soon_threadsafe(self._stopping.set)
            if thread is not threading.current_thread():
                thread.join(_STOP_WITHIN_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<WebServer {'listening' if self.is_running else 'not listening'}, {len(self.log)} requests>"

    def _report(self, problem: DicomKitError) -> None:
        if len(self._problems) < _KEPT_PROBLEMS:
            self._problems.append(problem)

    def _application(self, workers: concurrent.futures.Executor) -> Application:
        try:
            from dicomkit.network.web.handlers import Service, application  # noqa: PLC0415 - only who serves needs Tornado
        except ImportError as error:
            raise WorkshopError(
                "tornado", "it is not installed", "install the extra lab, which brings it"
            ) from error
        holdings = Holdings(self._catalogue, self._service, self.url, self._ae_title)
        # dicomweb-client names the host without its port.
        hosts = {name + port for name in (_HOST, "localhost") for port in ("", f":{self._port}")}
        return application(
            Service(holdings, hosts, self._origins, self._max_body_bytes, workers, self._report, self.log)
        )

    def _run(
        self,
        sock: socket.socket,
        application: Application,
        workers: concurrent.futures.ThreadPoolExecutor,
        started: threading.Event,
    ) -> None:
        try:
            # Tornado needs a loop of selectors, which is not Windows' default.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve(sock, application, started))
        except Exception as error:  # noqa: BLE001 - whatever it is, the owner hears of it in check()
            problem = NetworkError(
                "the web server",
                f"it takes no requests any more because of {type(error).__name__}, which nobody expected",
                "start it again, and report this together with the exception that it was raised from",
            )
            problem.__cause__ = error
            self._report(problem)
        finally:
            started.set()
            sock.close()
            workers.shutdown(wait=True, cancel_futures=True)

    async def _serve(self, sock: socket.socket, application: Application, started: threading.Event) -> None:
        from tornado.httpserver import HTTPServer  # noqa: PLC0415 - as above

        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        idle_s, body_s = self._time_outs_s
        server = HTTPServer(
            application,
            chunk_size=_CHUNK_BYTES,
            max_header_size=_MAX_HEAD_BYTES,
            max_body_size=self._max_body_bytes,
            idle_connection_timeout=idle_s,
            body_timeout=body_s,
        )
        sock.setblocking(False)
        server.add_sockets([sock])
        started.set()
        await self._stopping.wait()
        server.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.close_all_connections(), _DRAIN_S)


def _checked(origins: Collection[str]) -> frozenset[str]:
    if isinstance(origins, str):
        raise UsageError(origins, "is one origin where a list is expected", "put it in brackets: ['...']")
    for origin in origins:
        if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:  # noqa: PLR2004 - of ://
            raise UsageError(origin, "is no origin", "write for example http://localhost:3000")
    return frozenset(origins)
