"""The interface of an access control: a receiver asks it about each association and each instance."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from dicomkit.errors import StoreError
from dicomkit.instance_store import IncomingInstance
from dicomkit.network.wire.user_identity import UserIdentity

__all__ = ["Admission", "Caller"]


class Caller(NamedTuple):
    """The requestor of an association, and its credentials.

    Parameters
    ----------
    calling_ae_title, address
        Its AE title and network address.
    certificate_names
        The common names of its TLS certificate; none without TLS.
    identity
        Username and passcode of the User Identity item (PS3.7 section D.3.3.7), if there is one.
    """

    calling_ae_title: str
    address: str
    certificate_names: tuple[str, ...] = ()
    identity: UserIdentity | None = None


class Admission(Protocol):
    """Access control of a receiver; each method may be called from several threads at once."""

    def objection(self, caller: Caller) -> str:
        """Return why `caller` may not use its AE title; empty if it may."""

    def limit_reason(self, caller: Caller) -> str:
        """Return which limit keeps `caller` from opening another association; empty if none does."""

    def examine(self, incoming: IncomingInstance, calling_ae_title: str) -> StoreError | None:
        """Return why a complete instance is refused; None if it is accepted."""
