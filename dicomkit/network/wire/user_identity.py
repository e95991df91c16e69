"""User identity negotiation: a username and a passcode in an A-ASSOCIATE-RQ.

An AE title proves nothing: any requestor may use any title. A user identity of type 2 adds a passcode, by which an
acceptor can authenticate the requestor.

References
----------
PS3.7 section D.3.3.7, User Identity Negotiation.
"""

from __future__ import annotations

from dicomkit.named_tuple import NamedTuple
from dicomkit.network.wire.events import AssociationRequest, UserItem
from dicomkit.network.wire.failures import InvalidPDUError

__all__ = ["UserIdentity", "acknowledgement", "encode_user_identity", "user_identity_of"]

_REQUEST, _ANSWER = 0x58, 0x59
_USERNAME_AND_PASSCODE = 2
_FIXED_BYTES = 4  # type, positive response requested, length of the primary field


class UserIdentity(NamedTuple):
    """A username and a passcode (PS3.7 Table D.3-14); the passcode is not in the ``repr``."""

    username: str
    passcode: str = ""
    wants_answer: bool = False

    def __repr__(self) -> str:
        return f"UserIdentity(username={self.username!r})"


def encode_user_identity(identity: UserIdentity) -> UserItem:
    """Return the user identity item of an A-ASSOCIATE-RQ.

    Examples
    --------
    >>> encode_user_identity(UserIdentity("ANNA", "x")).content.hex(" ")
    '02 00 00 04 41 4e 4e 41 00 01 78'
    """
    username, passcode = identity.username.encode(), identity.passcode.encode()
    content = bytes([_USERNAME_AND_PASSCODE, identity.wants_answer])
    content += len(username).to_bytes(2, "big") + username + len(passcode).to_bytes(2, "big") + passcode
    return UserItem(_REQUEST, content)


def user_identity_of(request: AssociationRequest) -> UserIdentity | None:
    """Return the user identity of a request; None if there is none, or it has another type than 2.

    Raises
    ------
    InvalidPDUError
        If the lengths do not fit.
    """
    content = next((item.content for item in request.user_items if item.kind == _REQUEST), None)
    if content is None:
        return None
    primary_end = _FIXED_BYTES + int.from_bytes(content[2:_FIXED_BYTES], "big")
    secondary_start = primary_end + 2
    if len(content) != secondary_start + int.from_bytes(content[primary_end:secondary_start], "big"):
        raise InvalidPDUError("gave a user identity whose lengths do not fit")
    if content[0] != _USERNAME_AND_PASSCODE:
        return None
    username, passcode = content[_FIXED_BYTES:primary_end], content[secondary_start:]
    return UserIdentity(
        username.decode("utf-8", "replace"), passcode.decode("utf-8", "replace"), content[1] == 1
    )


def acknowledgement(identity: UserIdentity | None) -> tuple[UserItem, ...]:
    """Return the response item for an accepted identity, if a positive response was requested (PS3.7 Table D.3-15)."""
    return (UserItem(_ANSWER, bytes(2)),) if identity is not None and identity.wants_answer else ()
