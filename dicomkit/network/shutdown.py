"""Shut a receiver down within five seconds: no new connections, a short time for messages in progress, then an abort."""

from __future__ import annotations

import time

from dicomkit.network.association_pool import AssociationPool
from dicomkit.network.listener import Listener
from dicomkit.network.loopback import LoopbackListener

__all__ = ["shut_down"]

_DRAIN_S = 3.0
_STOP_WITHIN_S = 4.5
_AT_ONCE_S = 1.0


def shut_down(listener: Listener | LoopbackListener, associations: AssociationPool) -> None:
    """Stop the listener, wait for messages in progress, and abort the associations that are left.

    If the waiting is interrupted (a second Ctrl-C), they are aborted at once, and the interruption is raised again.

    References
    ----------
    PS3.8 section 7.3, A-ABORT Service.
    """
    try:
        listener.stop()
        now = time.monotonic()
        associations.end(drain_until=now + _DRAIN_S, until=now + _STOP_WITHIN_S)
    except BaseException:
        associations.end(drain_until=0, until=time.monotonic() + _AT_ONCE_S)
        raise
