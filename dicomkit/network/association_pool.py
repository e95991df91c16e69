"""The associations of a receiver: listen for them, serve each in a thread of its own, and end all of them.

Where there are no sockets, the associations are in memory and need no threads.
"""

from __future__ import annotations

import socket
import threading
import time

from dicomkit.network.acceptor import AssociationAcceptor
from dicomkit.network.acceptor_policy import LOCAL_LIMIT_EXCEEDED, AcceptorPolicy
from dicomkit.network.association_log import AssociationLog
from dicomkit.network.listener import Listener, listening_socket
from dicomkit.network.loopback import LoopbackListener, loopback
from dicomkit.network.storage_service import StorageService
from dicomkit.network.wire import Association, ConnectionFailedError, Event, MemoryDriver, Rejection, Role
from dicomkit.network.wire.socket_driver import SocketDriver

__all__ = ["AssociationPool", "listening_owners"]

_DRAIN_S = 3.0
_STOP_WITHIN_S = 4.5
_AT_ONCE_S = 1.0


class AssociationPool:
    """Serve each connection in a thread of its own, up to a limit.

    Parameters
    ----------
    policy
        Which associations to accept, and how many.
    service
        Stores the instances.
    log
        Logs the associations.
    """

    def __init__(self, policy: AcceptorPolicy, service: StorageService, log: AssociationLog) -> None:
        self._policy = policy
        self._service = service
        self._log = log
        self._lock = threading.Lock()
        self._open: dict[threading.Thread | MemoryDriver, AssociationAcceptor] = {}
        self._threads: set[threading.Thread] = set()  # a thread outlives its entry in _open
        self._count = 0

    def listen(self, host: str, address: str, port: int, *, owner: object) -> Listener | LoopbackListener:
        """Return a listener that hands each connection to this object; it listens once it is started.

        Parameters
        ----------
        host, address
            What the caller named, for errors, and the IP address it stands for.
        port
            The TCP port; 0 for a free one.
        owner
            The receiver, as `listening_owners` returns it.

        Raises
        ------
        PortInUseError
            If another program has the port.
        NetworkError
            If the address or port cannot be used.
        """
        interface = loopback()
        if interface is not None:
            return interface.listen(
                port, make_association=self._new_association, serve=self._serve_in_memory, owner=owner
            )
        return Listener(
            listening_socket(host, address, port),
            self.serve,
            owner=owner,
            time_out_s=self._policy.request_time_out_s,
            reads_requests=self._policy.ssl_context is None,
            on_dropped=self._service.events.report_dropped,
            on_failure=self._service.events.report_failed_listener,
        )

    def shut_down(self, listener: Listener | LoopbackListener) -> None:
        """Stop the listener, wait up to 3 s for messages in progress, and abort the associations that are left.

        That takes 4.5 s at most. If the waiting is interrupted (a second Ctrl-C), they are aborted at once, and the
        interruption is raised again.

        References
        ----------
        PS3.8 section 7.3, A-ABORT Service.
        """
        try:
            listener.stop()
            now = time.monotonic()
            self._end(drain_until=now + _DRAIN_S, until=now + _STOP_WITHIN_S)
        except BaseException:
            self._end(drain_until=0, until=time.monotonic() + _AT_ONCE_S)
            raise

    def serve(self, sock: socket.socket, address: str, received: bytes) -> None:
        """Serve a connection, on which `received` has arrived so far, in a new thread."""
        if len(self._open) >= 2 * self._policy.max_associations:
            sock.close()  # without an A-ASSOCIATE-RJ, which would take a thread
            return
        if self._policy.ssl_context is not None:
            try:
                sock = self._policy.ssl_context.wrap_socket(
                    sock, server_side=True, do_handshake_on_connect=False
                )
            except OSError:
                sock.close()
                return
        connection = SocketDriver(
            sock,
            self._new_association(),
            peer=address,
            time_out_s=self._policy.idle_time_out_s,
            received=received,
        )
        with self._lock:
            acceptor = self._new_acceptor(connection)
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
        except RuntimeError:  # the system allows no further thread
            with self._lock:
                del self._open[thread]
            connection.close()
            self._service.events.report_no_thread(address)
        else:
            with self._lock:
                self._threads.add(thread)

    def _new_association(self) -> Association:
        return Association(Role.ACCEPTOR, tap=self._log.listen(is_requestor=False))

    def _serve_in_memory(self, connection: MemoryDriver) -> None:
        """Serve a connection in memory: each event is handled before the requestor's call returns."""
        acceptor = self._new_acceptor(connection)
        self._open[connection] = acceptor

        def handle(event: Event) -> None:
            acceptor.handle_in_memory(event)
            if connection.association.is_over:
                self._open.pop(connection, None)

        connection.on_event, connection.on_silence = handle, acceptor.advance_operation

    def _end(self, *, drain_until: float, until: float) -> None:
        """Abort the idle associations, the others once their message is complete, the rest at `drain_until`."""
        for acceptor in self._acceptors():
            acceptor.end_when_idle()
        self._join(drain_until)
        for acceptor in self._acceptors():
            acceptor.abort()
        self._join(until)

    def _new_acceptor(self, connection: SocketDriver | MemoryDriver) -> AssociationAcceptor:
        self._count += 1
        return AssociationAcceptor(
            connection, self._count, self._policy, self._service, limit_rejection=self._limit_rejection
        )

    def _serve(self, connection: SocketDriver, acceptor: AssociationAcceptor) -> None:
        try:
            connection.handshake(self._policy.request_time_out_s)
            acceptor.run()
        except ConnectionFailedError as error:  # the TLS handshake failed
            acceptor.close()
            self._service.events.report_dropped(connection.peer, error.problem)
        finally:
            with self._lock:
                del self._open[threading.current_thread()]

    def _limit_rejection(self) -> Rejection | None:
        with self._lock:
            return LOCAL_LIMIT_EXCEEDED if len(self._open) > self._policy.max_associations else None

    def _acceptors(self) -> list[AssociationAcceptor]:
        with self._lock:
            return list(self._open.values())

    def _join(self, until: float) -> None:
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            # A handler may stop its own receiver, and a thread cannot join itself.
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))


def listening_owners() -> list[object]:
    """Return the owners of all running listeners of this process: the threads are the register."""
    interface = loopback()
    listeners = threading.enumerate() if interface is None else interface.listeners
    owners = (getattr(each, "owner", None) for each in listeners)
    return [owner for owner in owners if owner is not None]
