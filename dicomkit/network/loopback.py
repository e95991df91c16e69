"""A loopback interface in memory, for a Python without sockets: receivers of this process are reached by their port.

A page in a browser has no access to the computer's loopback interface. With this one, the same calls work, so a lesson
is the same line by line. A call is answered before it returns, because no other thread runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from dicomkit.abilities import has_sockets
from dicomkit.errors import NetworkError, NoReceiverError, PortInUseError

TYPE_CHECKING = False
if TYPE_CHECKING:  # not needed where there are sockets
    from dicomkit.network.wire import Association, MemoryDriver

__all__ = ["Loopback", "LoopbackListener", "in_memory", "loopback"]

_FIRST_FREE_PORT = 49152  # RFC 6335: the first dynamic port
_NAMES = {"localhost": "127.0.0.1"}


class LoopbackListener:
    """A listener on one port.

    Parameters
    ----------
    interface
        The interface.
    port
        The port.
    answering
        Makes the acceptor's association, and serves the driver that is connected to the requestor's.
    owner
        The receiver for which it listens; see `dicomkit.network.association_pool`.
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
        """Begin to listen."""
        self._interface.add(self)

    def stop(self) -> None:
        """Stop listening. Safe to call twice."""
        self._interface.remove(self)

    def is_alive(self) -> bool:
        """Return whether it listens."""
        return self in self._interface.listeners

    def call(self, association: Association, name: str) -> MemoryDriver:
        """Return the requestor's end of a new connection; errors call the other side `name`."""
        from dicomkit.network.wire import MemoryDriver  # noqa: PLC0415 - as above

        near, far = MemoryDriver.pair(association, self._make_association())
        near.peer, far.peer = name, "127.0.0.1"
        self._serve(far)
        return near


class Loopback:
    """The ports of this process and their listeners."""

    def __init__(self) -> None:
        self._listeners: dict[int, LoopbackListener] = {}
        self._next_port = _FIRST_FREE_PORT

    @property
    def listeners(self) -> list[LoopbackListener]:
        """The running listeners."""
        return list(self._listeners.values())

    def listen(
        self,
        port: int,
        *,
        make_association: Callable[[], Association],
        serve: Callable[[MemoryDriver], object],
        owner: object,
    ) -> LoopbackListener:
        """Return a listener for a port, not started yet; 0 takes a free one.

        Raises
        ------
        PortInUseError
            If the port has a listener.
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
        """Return the listener on a port.

        Raises
        ------
        NoReceiverError
            If there is none, or if the host is another computer.
        """
        import ipaddress  # noqa: PLC0415 - every command imports this module, and none needs this

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
            If it is a name: there is no name service in a browser.
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
        """Register a listener."""
        self._listeners[listener.port] = listener

    def remove(self, listener: LoopbackListener) -> None:
        """Remove a listener."""
        if self._listeners.get(listener.port) is listener:
            del self._listeners[listener.port]


# One for the process; None where the system's sockets are used.
_interface: ContextVar[Loopback | None] = ContextVar(
    "loopback", default=None if has_sockets() else Loopback()
)


def loopback() -> Loopback | None:
    """Return the interface in memory; None where there are sockets."""
    return _interface.get()


@contextlib.contextmanager
def in_memory() -> Iterator[Loopback]:
    """Use an interface in memory until the block ends, in this thread only; for tests."""
    token = _interface.set(Loopback())
    try:
        yield loopback() or Loopback()
    finally:
        _interface.reset(token)
