"""The wire where there are no sockets: a receiver of this process is called through memory, by its port.

A computer's loopback interface belongs to its system, which a browser does not lend to its pages. This one belongs
to the process. The same calls lead to it, so a lesson is the same line by line; who calls is answered before the
call returns, because nothing runs beside it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

from dicomkit.abilities import has_sockets
from dicomkit.errors import NetworkError, NoReceiverError, PortInUseError

if TYPE_CHECKING:  # with sockets, nobody comes here
    from dicomkit.network.wire import Association, MemoryDriver

__all__ = ["Loopback", "LoopbackListener", "in_memory", "loopback"]

_FIRST_FREE_PORT = 49152  # RFC 6335: those from here on are nobody's
_NAMES = {"localhost": "127.0.0.1"}


class LoopbackListener:
    """What listens on one port.

    Parameters
    ----------
    interface
        Whose port.
    port
        Which one.
    answering
        Makes the receiver's side of an association, and takes the driver that leads to who called.
    owner
        Who listens; a receiver finds its predecessors by it.
    """

    def __init__(
        self,
        interface: Loopback,
        port: int,
        answering: tuple[Callable[[], Association], Callable[[MemoryDriver], object]],
        owner: object,
    ) -> None:
        self.port = port
        self.owner = owner
        self._interface = interface
        self._make_association, self._serve = answering

    def start(self) -> None:
        """Take calls from now on."""
        self._interface.add(self)

    def stop(self) -> None:
        """Take no calls any more. Safe to call twice."""
        self._interface.remove(self)

    def is_alive(self) -> bool:
        """Return whether it takes calls."""
        return self in self._interface.listeners

    def call(self, association: Association, name: str) -> MemoryDriver:
        """Return the caller's end of a connection; errors call the other side `name`."""
        from dicomkit.network.wire import MemoryDriver  # noqa: PLC0415 - as above

        near, far = MemoryDriver.pair(association, self._make_association())
        near.peer, far.peer = name, "127.0.0.1"
        self._serve(far)
        return near


class Loopback:
    """The ports of this process, and what listens on them."""

    def __init__(self) -> None:
        self._listeners: dict[int, LoopbackListener] = {}
        self._next_port = _FIRST_FREE_PORT

    @property
    def listeners(self) -> list[LoopbackListener]:
        """What listens now."""
        return list(self._listeners.values())

    def listen(
        self,
        port: int,
        *,
        make_association: Callable[[], Association],
        serve: Callable[[MemoryDriver], object],
        owner: object,
    ) -> LoopbackListener:
        """Return what will listen on a port; 0 takes a free one.

        Raises
        ------
        PortInUseError
            If something listens there already.
        """
        if port in self._listeners:
            raise PortInUseError(
                f"port {port}",
                "something else listens there already",
                "stop it, or choose another port (0: a free one)",
            )
        if port == 0:
            port, self._next_port = self._next_port, self._next_port + 1
        return LoopbackListener(self, port, (make_association, serve), owner)

    def listener_at(self, host: str, port: int, name: str) -> LoopbackListener:
        """Return what listens on a port.

        Raises
        ------
        NoReceiverError
            If nothing does, or if another computer is meant.
        """
        import ipaddress  # noqa: PLC0415 - every command that calls somebody imports this module, and none comes here

        if not ipaddress.ip_address(self.resolve(host)).is_loopback:
            raise NoReceiverError(
                name,
                "cannot be reached: a page in a browser reaches no other computer by DICOM",
                "name a receiver of this notebook (127.0.0.1), or install the kit: dicomkit lab",
            )
        if port not in self._listeners:
            raise NoReceiverError(
                name, "nobody listens there (connection refused)", "start the receiver, or check the port"
            )
        return self._listeners[port]

    def resolve(self, host: str) -> str:
        """Return the address of a host.

        Raises
        ------
        NetworkError
            If it is a name: nobody can be asked for the address.
        """
        import ipaddress  # noqa: PLC0415 - as above

        address = _NAMES.get(host, host)
        try:
            return str(ipaddress.ip_address(address))
        except ValueError as error:
            raise NetworkError(
                host, "this host name is not known", "check its spelling, or give an address"
            ) from error

    def add(self, listener: LoopbackListener) -> None:
        """Let a listener listen."""
        self._listeners[listener.port] = listener

    def remove(self, listener: LoopbackListener) -> None:
        """Let a listener listen no more."""
        if self._listeners.get(listener.port) is listener:
            del self._listeners[listener.port]


# Whose: the process's, as the sockets of a computer are its system's. None means that the system is asked.
_interface: ContextVar[Loopback | None] = ContextVar(
    "loopback", default=None if has_sockets() else Loopback()
)


def loopback() -> Loopback | None:
    """Return what stands in for the system's sockets; None where there are sockets."""
    return _interface.get()


@contextlib.contextmanager
def in_memory() -> Iterator[Loopback]:
    """Do without sockets until the block ends, as in a browser; for tests, and in this thread only."""
    token = _interface.set(Loopback())
    try:
        yield loopback() or Loopback()
    finally:
        _interface.reset(token)
