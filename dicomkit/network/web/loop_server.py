"""The base of the HTTP servers on this computer: socket, thread, Tornado's event loop, and problems.

Subclasses supply the Tornado application.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from dicomkit.abilities import has_sockets
from dicomkit.errors import DicomKitError, NetworkError, WorkshopError
from dicomkit.network.addressing import check_port
from dicomkit.network.listener import listening_socket
from dicomkit.network.problems import Problems

if TYPE_CHECKING:
    from tornado.web import Application

__all__ = ["HOST", "LoopServer"]

HOST = "127.0.0.1"
_WORKERS = 16  # requests may wait for the first refresh of the catalogue without blocking others
_DRAIN_S = 3.0
_STOP_WITHIN_S = 5.0
_MAX_HEAD_BYTES = 32 << 10
_Result = TypeVar("_Result")


class LoopServer:
    """Listen on 127.0.0.1, in a ``with`` statement or between `start` and `stop`.

    Parameters
    ----------
    port
        The TCP port; 0 takes a free one, which the property `port` then returns.
    options
        For Tornado's ``HTTPServer``: limits of bodies and time-outs.

    Attributes
    ----------
    origins : frozenset of str
        Origins of web pages, other than its own, that may ask here.

    Raises
    ------
    UsageError
        If it is no TCP port.
    """

    origins: frozenset[str] = frozenset()

    def __init__(self, port: int, **options: Any) -> None:  # noqa: ANN401 - Tornado's
        check_port(port)
        self._options = options
        self._requested_port = self._port = port
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._workers: concurrent.futures.Executor | None = None
        self._problems = Problems()

    @property
    def port(self) -> int:
        """The TCP port: the requested one until `start`, then the one it listens on."""
        return self._port

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def problems(self) -> list[DicomKitError]:
        """What went wrong since the last `check`."""
        return self._problems.all

    def check(self) -> None:
        """Raise the first problem in the server since the last call, if there was one.

        Errors of clients are not raised; they are in the `log`.

        Raises
        ------
        NetworkError
            If a file could not be read, or a request failed; its cause is the exception.
        """
        self._problems.check()

    def start(self) -> Self:
        """Listen. A server that already listens stays as it is.

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
                    "a page in a browser has no sockets, so it cannot be reached",
                    "install the kit (dicomkit lab), or ask the archive by find() and get()",
                )
            try:
                application = self.make_application()
            except ImportError as error:
                raise WorkshopError(
                    "tornado", "it is not installed", "install the extra lab, which brings it"
                ) from error
            sock = listening_socket(HOST, HOST, self._requested_port)
            self._port = int(sock.getsockname()[1])
            started = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(sock, application, started), name="dicomkit-web", daemon=True
            )
            self._thread.start()
            started.wait()
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """Stop listening, wait for answers in progress, and close everything within 5 s."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            atexit.unregister(self.stop)
            if self._loop is not None and self._stopping is not None:
                with contextlib.suppress(RuntimeError):  # it was ended by a defect, which `check` raises
                    self._loop.call_soon_threadsafe(self._stopping.set)
            if thread is not threading.current_thread():
                thread.join(_STOP_WITHIN_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def hosts(self) -> frozenset[str]:
        """The accepted values of the header field Host; some clients leave out the port."""
        return frozenset(name + port for name in (HOST, "localhost") for port in ("", f":{self._port}"))

    def make_application(self) -> Application:
        """Return the Tornado application; Tornado may be imported from here on."""
        raise NotImplementedError

    async def work(self, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Call a function in another thread: the loop itself only moves bytes."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, function, *arguments)

    def report(self, problem: DicomKitError, cause: BaseException | None = None) -> None:
        """Keep a problem for `check`."""
        self._problems.add(problem, cause)

    def _run(self, sock: socket.socket, application: Application, started: threading.Event) -> None:
        workers = concurrent.futures.ThreadPoolExecutor(_WORKERS, "dicomkit-web-worker")
        self._workers = workers
        try:
            # Tornado needs a selector event loop, which is not the default on Windows.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve(sock, application, started))
        except Exception as error:  # noqa: BLE001 - the owner finds it in check()
            problem = NetworkError(
                "the web server",
                f"it no longer listens because of {type(error).__name__}, an unexpected error",
                "start it again, and report this together with the exception that it was raised from",
            )
            self.report(problem, error)
        finally:
            started.set()
            sock.close()
            workers.shutdown(wait=True, cancel_futures=True)

    async def _serve(self, sock: socket.socket, application: Application, started: threading.Event) -> None:
        from tornado.httpserver import HTTPServer  # noqa: PLC0415 - as above

        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = HTTPServer(application, max_header_size=_MAX_HEAD_BYTES, **self._options)
        sock.setblocking(False)
        server.add_sockets([sock])
        started.set()
        await self._stopping.wait()
        server.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.close_all_connections(), _DRAIN_S)
