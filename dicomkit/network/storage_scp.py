"""A storage SCP inside this process: it answers C-ECHO and stores what C-STORE brings.

An SCP provides a service, an SCU uses it. Here the services are storage (PS3.4 annex B) and verification
(PS3.4 annex A). An instance passes through these modules: `listener` accepts the connection, `association_pool`
gives it a thread, `acceptor` answers the association's requests, `storage_service` decides on the status, and
`dicomkit.instance_store` writes the file. This module starts and stops them.
"""

from __future__ import annotations

import atexit
import ipaddress
import os
import threading
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
    exposure_notice,
    resolve,
)
from dicomkit.network.admission import Admission
from dicomkit.network.association_log import AssociationLog
from dicomkit.network.association_pool import AssociationPool, listening_owners
from dicomkit.network.listener import Listener
from dicomkit.network.loopback import LoopbackListener
from dicomkit.network.operations import Operations
from dicomkit.network.records import ReceiverEvent, StoredInstance
from dicomkit.network.storage_service import MAX_INSTANCE_BYTES, StorageService
from dicomkit.network.switch_interval import SwitchInterval

if TYPE_CHECKING:  # not every Python has it
    import ssl

__all__ = ["StorageSCP"]


class StorageSCP:
    """Receive instances and store them in a folder.

    Use it in a ``with`` statement, or call `start` and `stop`. Starting a receiver stops an older one of this
    process that has the same port or folder, so running a notebook's cell again leaves one receiver, the newest.

    Parameters
    ----------
    folder
        An existing folder; a study goes to ``PREFIX_<StudyInstanceUID>`` in it. Or an `InstanceStore`.
    ae_title
        The receiver's AE title. An association with another called AE title is rejected.
    host
        The address to listen on. Any address but this computer's own needs `allow_remote`.
    port
        The TCP port; 0 takes a free one, which the property `port` then returns.
    on_stored
        Called with each new `StoredInstance` before its C-STORE is answered, in a thread of the receiver. Its
        result is the status: None for success, or a number. If an earlier receiver was killed between storing an
        instance and calling it, it is called at the start.
    prefix, durable
        See `InstanceStore`.
    any_called_ae_title
        Accept any called AE title.
    allowed_calling_ae_titles
        The calling AE titles that are accepted; empty for all.
    allow_remote
        Allow a `host` that other computers can reach; `allowed_calling_ae_titles` are then required.
    max_associations
        How many associations may be open at the same time.
    idle_time_out_s
        After how many seconds without a PDU an association is aborted.
    max_instance_bytes
        Length of the longest data set that is accepted.
    ssl_context
        Server-side TLS settings; None for plain TCP.
    operations
        Answers requests other than C-STORE and C-ECHO; see `Archive`.
    admission
        Authenticates requestors and decides which instances are refused; see `Room`.

    Raises
    ------
    FileAccessError
        If the folder does not exist.
    UsageError
        If other computers could reach the receiver and that was not allowed, or an argument is no AE title or
        no port.

    Notes
    -----
    A running receiver changes a setting of the whole process: Python's threads take turns every 0.2 ms instead of
    every 5 ms (``sys.setswitchinterval``). Otherwise a cell that computes would slow the receiver down to a sixth
    of its rate. `stop` restores the former interval.

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
        max_instance_bytes: int = MAX_INSTANCE_BYTES,
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
            admission=admission,
            operations=operations,
            max_associations=max_associations,
            ssl_context=ssl_context,
        )
        if not isinstance(folder, InstanceStore):
            folder = InstanceStore(folder, prefix=prefix, durable=durable)
        self._service = StorageService(
            folder, on_stored, admission=admission, max_instance_bytes=max_instance_bytes
        )
        self._associations = AssociationPool(self._policy, self._service, self.log)
        self._lock = threading.RLock()
        self._listener: Listener | LoopbackListener | None = None
        self._switch_interval = SwitchInterval()

    @property
    def port(self) -> int:
        """The TCP port: the requested one until `start`, then the one it listens on."""
        return self._port

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._listener is not None and self._listener.is_alive()

    @property
    def received(self) -> list[StoredInstance]:
        """The stored instances in order of arrival (the last 10,000)."""
        return self._service.received

    @property
    def received_count(self) -> int:
        """How many instances have been stored by this object."""
        return self._service.received_count

    @property
    def removed_count(self) -> int:
        """How many partial files of killed receivers were removed from the folder at the start."""
        return self._service.store.removed_count

    @property
    def problems(self) -> list[DicomKitError]:
        """What went wrong since the last `check` (the last 1,000)."""
        return self._service.events.problems.all

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[StoredInstance]:
        """Wait until `count` instances have been stored in all; return the stored ones.

        Raises
        ------
        NetworkError
            If they have not arrived within `timeout_s` seconds.
        """
        return self._service.wait_for(count, timeout_s)

    def check(self) -> None:
        """Raise the first problem in the receiver's threads since the last call, if there was one.

        Raises
        ------
        StoreError
            If an instance could not be stored.
        NetworkError
            If ``on_stored``, a subscriber, an association or the listener failed; its cause is the exception.
        """
        self._service.events.problems.check()

    def subscribe(self, callback: Callable[[ReceiverEvent], object]) -> Callable[[], None]:
        """Call `callback` with each `ReceiverEvent` from now on, in the receiver's threads.

        Returns
        -------
        callable
            Ends the subscription.
        """
        return self._service.events.subscribe(callback)

    def start(self) -> Self:
        """Listen. A receiver that already listens stays as it is; one whose listener failed starts again.

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
            self.stop()  # close what a failed listener left open
            self._stop_predecessors()
            self._service.report_unreported()
            self._listener = self._associations.listen(
                self.host, self._address, self._requested_port, owner=self
            )
            self._port = self._listener.port
            running = next((other._switch_interval for other in self._others()), None)  # noqa: SLF001 - the same class
            self._switch_interval.shorten(running)
            self._listener.start()
        atexit.register(self.stop)
        if not ipaddress.ip_address(self._address).is_loopback:
            print(self.exposure())  # noqa: T201 - the owner of this computer should see it
        return self

    def stop(self) -> None:
        """Stop listening, wait up to 3 s for transfers in progress, and close everything within 5 s."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is None:
            return
        atexit.unregister(self.stop)
        try:
            self._associations.shut_down(listener)
        finally:
            if not self._others():
                self._switch_interval.restore()

    def exposure(self) -> str:
        """Say in one sentence who can reach this receiver."""
        return exposure_notice(self.ae_title, self.host, self.port, self._policy.allowed_calling_ae_titles)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "" if self.is_running else "not "
        return f"<{type(self).__name__} {self.ae_title}, {state}listening, {self.received_count} received>"

    def _stop_predecessors(self) -> None:
        for older in self._others():
            same_port = older.port == self._requested_port
            same_folder = older._service.store.folder == self._service.store.folder  # noqa: SLF001 - the same class
            if same_port or same_folder:
                older.stop()

    def _others(self) -> list[StorageSCP]:
        """Return the other running receivers of this process."""
        return [each for each in listening_owners() if isinstance(each, StorageSCP) and each is not self]
