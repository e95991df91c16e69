"""Listen for associations: at a TCP port, or in memory where there are no sockets."""

from __future__ import annotations

import threading

from dicomkit.network.association_pool import AssociationPool
from dicomkit.network.listener import Listener, listening_socket
from dicomkit.network.loopback import LoopbackListener, loopback

__all__ = ["listener_for", "listening_owners"]


def listener_for(
    pool: AssociationPool, host: str, address: str, port: int, *, owner: object
) -> Listener | LoopbackListener:
    """Return a listener that hands each connection to `pool`; it listens once it is started.

    Parameters
    ----------
    pool
        Serves the associations.
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
            port, make_association=pool.new_association, serve=pool.serve_in_memory, owner=owner
        )
    return Listener(
        listening_socket(host, address, port),
        pool.serve,
        owner=owner,
        time_out_s=pool.request_time_out_s,
        reads_requests=not pool.uses_tls,
        on_dropped=pool.events.report_dropped,
        on_failure=pool.events.report_failed_listener,
    )


def listening_owners() -> list[object]:
    """Return the owners of all running listeners of this process: the threads are the register."""
    interface = loopback()
    listeners = threading.enumerate() if interface is None else interface.listeners
    owners = (getattr(each, "owner", None) for each in listeners)
    return [owner for owner in owners if owner is not None]
