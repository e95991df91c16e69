"""The secret that makes new names: the same old name always becomes the same new one, and nobody can go back.

A table of old and new UIDs would do the same, but it would have to be kept, and it names everybody in it. A
key is one line. Whoever has it can recognise an old UID that he knows already, so it is never written beside
the data.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from pydicom.uid import UID

from dicomkit.errors import FileAccessError, UsageError, reason_of

__all__ = ["MIN_KEY_BYTES", "DeidentificationKey"]

MIN_KEY_BYTES = 32
_MAX_KEY_BYTES = 4096
_UUID_BYTES = 16
_PSEUDONYM_LETTERS = 12
_MAX_SHIFT_DAYS = 3650
_MAKE_ONE = "make one: python -c 'import secrets; print(secrets.token_hex(32))' > study.key"


class DeidentificationKey:
    """Make new UIDs, pseudonyms and day offsets that follow from the old ones and a secret.

    Parameters
    ----------
    secret
        At least 32 bytes that nobody can guess.

    Raises
    ------
    UsageError
        If the secret is too short.

    References
    ----------
    PS3.15 section E.1.1: a replaced UID has to be the same one in all instances of a set. RFC 2104 (HMAC).
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MIN_KEY_BYTES:
            raise UsageError("key", f"it has {len(secret)} bytes and needs {MIN_KEY_BYTES}", _MAKE_ONE)
        self._secret = secret

    def __repr__(self) -> str:
        # A notebook shows what stands last in a cell; a key must not be there.
        return "DeidentificationKey(…)"

    def __reduce__(self) -> tuple[object, ...]:
        # A pickle is a file in which nobody looks for a key.
        raise TypeError("a key is not pickled: read it again where it is needed")

    @classmethod
    def random(cls) -> DeidentificationKey:
        """Make a key that is forgotten with this object: a later run gives the same files other UIDs."""
        return cls(secrets.token_bytes(MIN_KEY_BYTES))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> DeidentificationKey:
        """Read a key from a file; a line feed at its end does not count.

        Raises
        ------
        FileAccessError
            If the file cannot be read.
        UsageError
            If it holds fewer than 32 or more than 4096 bytes.
        """
        try:
            with Path(path).open("rb") as stream:
                secret = stream.read(_MAX_KEY_BYTES + 1)
        except OSError as error:
            raise FileAccessError(path, f"the key cannot be read ({reason_of(error)})", _MAKE_ONE) from error
        if len(secret) > _MAX_KEY_BYTES:
            raise UsageError(path, f"it has more than {_MAX_KEY_BYTES} bytes and is no key", _MAKE_ONE)
        return cls(secret.rstrip(b"\r\n"))

    @classmethod
    def from_environment(cls, name: str = "DICOMKIT_KEY") -> DeidentificationKey:
        """Read a key from an environment variable.

        Raises
        ------
        UsageError
            If the variable is not set, or holds fewer than 32 bytes.
        """
        text = os.environ.get(name, "")
        if not text:
            raise UsageError(name, "this environment variable is not set", _MAKE_ONE)
        return cls(os.fsencode(text))

    def new_uid(self, uid: str) -> UID:
        """Return the UID that takes the place of `uid`, always the same one for this key.

        References
        ----------
        PS3.5 section B.2, UUID Derived UID; RFC 9562 section 5.8: version 8 is a UUID made by a rule of one's own.
        """
        number = int.from_bytes(self._digest("uid", uid)[:_UUID_BYTES])
        number = number & ~(0xF << 76) | 0x8 << 76  # the version of a UUID
        number = number & ~(0x3 << 62) | 0x2 << 62  # its variant
        return UID(f"2.25.{number}")

    def pseudonym(self, person: str) -> str:
        """Return what a patient is called from now on: letters and digits that mean nothing."""
        return f"ANON-{self._digest('pseudonym', person).hex()[:_PSEUDONYM_LETTERS].upper()}"

    def shift_days(self, person: str) -> int:
        """Return by how many days all dates of a patient move into the past: 1 to 3650."""
        return int.from_bytes(self._digest("days", person)[:8]) % _MAX_SHIFT_DAYS + 1

    def _digest(self, purpose: str, text: str) -> bytes:
        # The purpose keeps a pseudonym from telling anything about an offset.
        return hmac.digest(
            self._secret, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256
        )
