"""The associations that a receiver has open: a thread for each, all of them owned and all of them ended."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

from dicomkit.network.acceptor import AssociationAcceptor
from dicomkit.network.acceptor_policy import LOCAL_LIMIT_EXCEEDED, AcceptorPolicy
from dicomkit.network.association_log import AssociationLog
from dicomkit.network.operations import Operations
from dicomkit.network.storage_service import StorageService
from dicomkit.network.wire import Association, ConnectionFailedError, Event, MemoryDriver, Rejection, Role
from dicomkit.network.wire.socket_driver import SocketDriver

if TYPE_CHECKING:  # not every Python has it
    import ssl

__all__ = ["AssociationPool"]


class AssociationPool:
    """Serve each connection in a thread of its own, up to a limit.

    Parameters
    ----------
    policy
        Whom and what to accept.
    service
        Where instances go.
    operations
        What else can be asked than to store.
    log
        Who listens in.
    max_associations
        How many may be open; who comes after that is rejected for now.
    ssl_context
        For TLS.
    """

    def __init__(
        self,
        policy: AcceptorPolicy,
        service: StorageService,
        log: AssociationLog,
        *,
        max_associations: int,
        ssl_context: ssl.SSLContext | None,
        operations: Operations | None = None,
    ) -> None:
        self._policy = policy
        self._service = service
        self._operations = operations
        self._log = log
        self._max_associations = max_associations
        self._ssl_context = ssl_context
        self._lock = threading.Lock()
        self._open: dict[threading.Thread | MemoryDriver, AssociationAcceptor] = {}
        self._threads: set[threading.Thread] = set()  # an association is over before its thread is
        self._count = 0

    def serve(self, sock: socket.socket, address: str, received: bytes) -> None:
        """Serve a connection that has sent `received` so far."""
        if len(self._open) >= 2 * self._max_associations:
            sock.close()  # not even a rejection: each of those takes a thread for a moment
            return
        if self._ssl_context is not None:
            try:
                sock = self._ssl_context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
            except OSError:
                sock.close()
                return
        connection = SocketDriver(
            sock,
            self.new_association(),
            peer=address,
            time_out_s=self._policy.idle_time_out_s,
            received=received,
        )
        with self._lock:
            self._count += 1
            acceptor = AssociationAcceptor(
                connection,
                self._count,
                address,
                self._policy,
                self._service,
                operations=self._operations,
                is_full=self._is_full,
            )
            thread = threading.Thread(
                target=self._serve,
                args=(connection, acceptor),
                name=f"dicomkit-association-{self._count}",
                daemon=True,
            )
            self._open[thread] = acceptor
            self._threads = {each for each in self._threads if each.is_alive()}
        try:
            thread.start()
        except RuntimeError:  # the system has no thread left to give
            with self._lock:
                del self._open[thread]
            connection.close()
        else:
            with self._lock:
                self._threads.add(thread)

    def new_association(self) -> Association:
        """Return this side of an association that is about to begin."""
        return Association(Role.ACCEPTOR, tap=self._log.listen(is_caller=False))

    def serve_in_memory(self, connection: MemoryDriver) -> None:
        """Serve who calls through memory: each thing that is said is answered before the next one is."""
        self._count += 1
        acceptor = AssociationAcceptor(
            connection,
            self._count,
            connection.peer,
            self._policy,
            self._service,
            operations=self._operations,
            is_full=self._is_full,
        )
        self._open[connection] = acceptor

        def hear(event: Event) -> None:
            acceptor.hear(event)
            if connection.association.is_over:
                self._open.pop(connection, None)

        connection.on_event, connection.on_silence = hear, acceptor.advance

    def end(self, *, drain_until: float, until: float) -> None:
        """Let what is being received come to its end, then abort what is left.

        Parameters
        ----------
        drain_until, until
            Times on the monotonic clock, in seconds.
        """
        for acceptor in self._acceptors():
            acceptor.finish_soon()
        self._join(drain_until)
        for acceptor in self._acceptors():
            acceptor.close()
        self._join(until)

    def _serve(self, connection: SocketDriver, acceptor: AssociationAcceptor) -> None:
        try:
            connection.handshake(self._policy.request_time_out_s)
            acceptor.run()
        except ConnectionFailedError as error:  # no TLS, no association
            acceptor.finish()
            self._service.report_dropped(connection.peer, error.problem)
        finally:
            with self._lock:
                del self._open[threading.current_thread()]

    def _is_full(self) -> Rejection | None:
        with self._lock:
            return LOCAL_LIMIT_EXCEEDED if len(self._open) > self._max_associations else None

    def _acceptors(self) -> list[AssociationAcceptor]:
        with self._lock:
            return list(self._open.values())

    def _join(self, until: float) -> None:
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            # A handler may stop its own receiver; a thread cannot wait for itself.
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))
