"""A storage SCP inside this process: it answers C-ECHO and keeps what C-STORE brings.

An SCP provides a service, an SCU uses it. Here the service is storage (PS3.4 annex B) and verification
(PS3.4 annex A). The parts are modules of their own: `listener` accepts connections, `association_pool` keeps a
thread for each association, `acceptor` talks on one, `storage_service` keeps and remembers, and this
module starts and stops them.
"""

from __future__ import annotations

import atexit
import ipaddress
import os
import threading
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Self

from dicomkit.errors import DicomKitError
from dicomkit.instance_store import InstanceStore
from dicomkit.network.acceptor_policy import AcceptorPolicy
from dicomkit.network.addressing import (
    check_ae_title,
    check_exposure,
    check_port,
    check_receiver_context,
    resolve,
)
from dicomkit.network.admission import Admission
from dicomkit.network.association_log import AssociationLog
from dicomkit.network.association_pool import AssociationPool
from dicomkit.network.listener import Listener, listening_socket
from dicomkit.network.loopback import LoopbackListener, loopback
from dicomkit.network.operations import Operations
from dicomkit.network.records import ReceiverEvent, StoredInstance
from dicomkit.network.storage_service import StorageService
from dicomkit.network.thread_turns import ThreadTurns

if TYPE_CHECKING:  # not every Python has it
    import ssl

__all__ = ["StorageSCP"]

_STOP_WITHIN_S = 4.5
_DRAIN_S = 3.0
_AT_ONCE_S = 1.0


class StorageSCP:
    """Receive instances and keep them in a folder.

    Use it in a ``with`` statement, or call `start` and `stop`. Starting a receiver on a port or a folder
    that an older receiver of this process still uses stops the older one first, so that running a
    notebook's cell again leaves one receiver, the newest.

    Parameters
    ----------
    folder
        An existing folder; a study goes to ``PREFIX_<StudyInstanceUID>`` in it. Or an `InstanceStore`.
    ae_title
        The receiver's application entity title. Who calls it by another name is rejected.
    host
        The address to listen on. Anything but this computer itself needs `allow_remote`.
    port
        The TCP port; 0 takes a free one, which `port` then names.
    on_stored
        Is called with each new `StoredInstance` before the sender is answered. What it returns is the
        answer: None means success, a number is sent as the status. It runs in a thread of the receiver. What an
        earlier receiver stored and was killed over before it came to that is made up for at the start.
    prefix, durable
        See `InstanceStore`.
    any_called_ae_title
        Answer to any title.
    allowed_calling_ae_titles
        Who may send; empty for everyone.
    allow_remote
        Allow a `host` that other computers can reach. It then takes a list of who may send, too.
    max_associations
        How many associations may be open at the same time.
    idle_time_out_s
        After how many seconds of silence an association is aborted.
    max_instance_bytes
        The largest data set that is taken.
    ssl_context
        Ask for TLS with these certificates.
    operations
        What it answers beside storing; see `Archive`.
    admission
        Whom it believes, and what it takes of whom; see `Room`.

    Raises
    ------
    FileAccessError
        If the folder does not exist.
    UsageError
        If other computers could reach the receiver and nobody said that they may, or an argument is no AE
        title or no port.

    Notes
    -----
    While a receiver runs, it changes a setting of the whole process: Python's threads take turns every 0.2 ms
    (``sys.setswitchinterval``) instead of every 5 ms. A notebook whose cell computes would else slow the
    receiver down to a sixth of its rate. `stop` restores what was set before.

    References
    ----------
    PS3.4 annex B, Storage Service Class.

    Examples
    --------
    >>> import tempfile
    >>> from dicomkit.network import echo
    >>> with tempfile.TemporaryDirectory() as folder, StorageSCP(folder) as scp:
    ...     echo("127.0.0.1", scp.port)
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | InstanceStore,
        *,
        ae_title: str = "DICOMKIT",
        host: str = "127.0.0.1",
        port: int = 0,
        on_stored: Callable[[StoredInstance], object] | None = None,
        prefix: str = "scp",
        durable: bool = False,
        any_called_ae_title: bool = False,
        allowed_calling_ae_titles: Collection[str] = (),
        allow_remote: bool = False,
        max_associations: int = 200,
        idle_time_out_s: float = 60.0,
        max_instance_bytes: int = 4 << 30,
        ssl_context: ssl.SSLContext | None = None,
        operations: Operations | None = None,
        admission: Admission | None = None,
    ) -> None:
        check_ae_title(ae_title)
        check_port(port)
        check_receiver_context(ssl_context)
        self.ae_title = ae_title
        self.host = host
        self.log = AssociationLog()
        self._requested_port = port
        self._port = port
        self._address = resolve(host)
        check_exposure(host, self._address, allow_remote=allow_remote, allowed=allowed_calling_ae_titles)
        self._policy = AcceptorPolicy(
            ae_title,
            any_called_ae_title=any_called_ae_title,
            allowed_calling_ae_titles=frozenset(allowed_calling_ae_titles),
            idle_time_out_s=idle_time_out_s,
            max_instance_bytes=max_instance_bytes,
            admission=admission,
        )
        if not isinstance(folder, InstanceStore):
            folder = InstanceStore(folder, prefix=prefix, durable=durable)
        self._service = StorageService(folder, on_stored, admission=admission)
        self._associations = AssociationPool(
            self._policy,
            self._service,
            self.log,
            max_associations=max_associations,
            ssl_context=ssl_context,
            operations=operations,
        )
        self._under_tls = ssl_context is not None
        self._lock = threading.RLock()
        self._listener: Listener | LoopbackListener | None = None
        self._turns = ThreadTurns()

    @property
    def port(self) -> int:
        """The port that it listens on, once it has been started."""
        return self._port

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._listener is not None and self._listener.is_alive()

    @property
    def received(self) -> list[StoredInstance]:
        """What was stored, in order of arrival (the last 10,000)."""
        return self._service.received

    @property
    def received_count(self) -> int:
        """How many instances were stored since this object was made."""
        return self._service.received_count

    @property
    def removed_count(self) -> int:
        """How many unfinished files of receivers that were killed were removed from the folder at the start."""
        return self._service.store.removed_count

    @property
    def problems(self) -> list[DicomKitError]:
        """What went wrong since the last `check` (the last 1,000)."""
        return self._service.problems

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[StoredInstance]:
        """Wait until `count` instances have been stored in all; return what was stored.

        Raises
        ------
        NetworkError
            If they have not come within `timeout_s` seconds.
        """
        return self._service.wait_for(count, timeout_s)

    def check(self) -> None:
        """Raise what went wrong in the receiver's threads since the last call, if anything did.

        Raises
        ------
        StoreError
            If an instance could not be stored.
        NetworkError
            If ``on_stored``, a subscriber, an association or the listener failed; its cause is the exception.
        """
        self._service.check()

    def subscribe(self, callback: Callable[[ReceiverEvent], object]) -> Callable[[], None]:
        """Call `callback` with each `ReceiverEvent` from now on, in the receiver's threads.

        Returns
        -------
        callable
            Ends the subscription.
        """
        return self._service.subscribe(callback)

    def start(self) -> Self:
        """Listen. On a receiver that listens already, change nothing; one whose listener failed starts anew.

        Raises
        ------
        PortInUseError
            If another program has the port.
        NetworkError
            If the address or port cannot be used.
        """
        with self._lock:
            if self.is_running:
                return self
            self.stop()  # what a listener that failed has left
            self._replace_predecessors()
            self._service.tell_untold()
            self._listener = self._new_listener()
            self._port = self._listener.port
            self._turns.quicken(next((other._turns for other in self._others()), None))  # noqa: SLF001 - a sibling
            self._listener.start()
        atexit.register(self.stop)
        if not ipaddress.ip_address(self._address).is_loopback:
            print(self.exposure())  # noqa: T201 - the owner of this computer has to see it
        return self

    def stop(self) -> None:
        """Stop listening, let running transfers end or abort them, and close everything within 5 s."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is None:
            return
        atexit.unregister(self.stop)
        try:
            listener.stop()
            now = time.monotonic()
            self._associations.end(drain_until=now + _DRAIN_S, until=now + _STOP_WITHIN_S)
        except BaseException:  # an interrupt: whoever cannot wait any longer leaves nothing running either
            self._associations.end(drain_until=0, until=time.monotonic() + _AT_ONCE_S)
            raise
        finally:
            if not self._others():
                self._turns.restore()

    def exposure(self) -> str:
        """Say in one sentence who can reach this receiver."""
        names = ", ".join(sorted(self._policy.allowed_calling_ae_titles)) or "anybody"
        return (
            f"{self.ae_title}: every computer that can reach {self.host} port {self.port} can connect; "
            f"instances are taken from {names}. An AE title is a name, not a password."
        )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "listening" if self.is_running else "not listening"
        return f"<{type(self).__name__} {self.ae_title}, {state}, {self.received_count} received>"

    def _new_listener(self) -> Listener | LoopbackListener:
        """Return what takes calls: at a socket, or through memory where there are no sockets."""
        interface = loopback()
        if interface is not None:
            return interface.listen(
                self._requested_port,
                make_association=self._associations.new_association,
                serve=self._associations.serve_in_memory,
                owner=self,
            )
        return Listener(
            listening_socket(self.host, self._address, self._requested_port),
            self._associations.serve,
            owner=self,
            time_out_s=self._policy.request_time_out_s,
            reads_requests=not self._under_tls,
            dropped=self._service.report_dropped,
            failed=self._service.report_failed_listener,
        )

    def _replace_predecessors(self) -> None:
        for older in self._others():
            same_port = self._requested_port != 0 and older.port == self._requested_port
            same_folder = older._service.store.folder == self._service.store.folder  # noqa: SLF001 - a sibling
            if same_port or same_folder:
                older.stop()

    def _others(self) -> list[StorageSCP]:
        """Return the other receivers of this process. What listens is the register: no list that could go stale."""
        interface = loopback()
        listening = threading.enumerate() if interface is None else interface.listeners
        owners = [getattr(each, "owner", None) for each in listening]
        return [owner for owner in owners if isinstance(owner, StorageSCP) and owner is not self]
