"""Who is let in, and what is taken of whom: asked by a receiver for each association and each instance."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from dicomkit.errors import StoreError
from dicomkit.instance_store import IncomingInstance
from dicomkit.network.wire.user_identity import UserIdentity

__all__ = ["Admission", "Caller"]


class Caller(NamedTuple):
    """Who calls, and what there is to show for it.

    Parameters
    ----------
    calling_ae_title, address
        What it calls itself, and where it calls from.
    certificate_names
        The common names of the certificate that it has proved to own; none without TLS.
    identity
        The username and passcode that it gives, if any.
    """

    calling_ae_title: str
    address: str
    certificate_names: tuple[str, ...] = ()
    identity: UserIdentity | None = None


class Admission(Protocol):
    """Decides; each method may be called by several associations at once."""

    def objection(self, caller: Caller) -> str:
        """Return in words why `caller` may not call by this title; empty if it may."""

    def is_full(self, caller: Caller) -> str:
        """Return in words why `caller` has to wait though it may call; empty if it need not."""

    def examine(self, incoming: IncomingInstance, calling_ae_title: str) -> StoreError | None:
        """Return why a complete instance is not taken; None if it is."""
