"""The secret key for new UIDs and pseudonyms: each old one always gets the same new one, and cannot be recovered.

A table of old and new UIDs would do the same, but it would have to be stored, and would identify everybody in it. A
key is one line. With it, a known old UID can be recognised in the results, so it is never written beside the data.
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
    """Make new UIDs, pseudonyms and date shifts from the old values and a secret of at least 32 random bytes (HMAC).

    Raises
    ------
    UsageError
        If the secret is too short.

    References
    ----------
    PS3.15 section E.1.1: a UID must be replaced by the same one in all instances of a set. RFC 2104 (HMAC).
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MIN_KEY_BYTES:
            raise UsageError("key", f"it has {len(secret)} bytes and needs {MIN_KEY_BYTES}", _MAKE_ONE)
        self._secret = secret

    def __repr__(self) -> str:
        # A notebook shows the value of a cell's last line, which must not reveal a key.
        return "DeidentificationKey(…)"

    def __reduce__(self) -> tuple[object, ...]:
        # A pickle would put the key into a file unnoticed.
        raise TypeError("a key is not pickled: read it again where it is needed")

    @classmethod
    def random(cls) -> DeidentificationKey:
        """Make a random key, which is lost with this object: a later run gives the same files other UIDs."""
        return cls(secrets.token_bytes(MIN_KEY_BYTES))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> DeidentificationKey:
        """Read a key from a file; a line feed at its end is ignored.

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
            raise UsageError(path, f"it has more than {_MAX_KEY_BYTES} bytes and is not a key", _MAKE_ONE)
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
        """Return the UID that replaces `uid`, always the same one for this key.

        References
        ----------
        PS3.5 section B.2, UUID Derived UID; RFC 9562 section 5.8: version 8 is for UUIDs by a custom rule.
        """
        number = int.from_bytes(self._digest("uid", uid)[:_UUID_BYTES])
        number = number & ~(0xF << 76) | 0x8 << 76  # the version of a UUID
        number = number & ~(0x3 << 62) | 0x2 << 62  # its variant
        return UID(f"2.25.{number}")

    def pseudonym(self, person: str) -> str:
        """Return the pseudonym of a patient: random-looking letters and digits."""
        return f"ANON-{self._digest('pseudonym', person).hex()[:_PSEUDONYM_LETTERS].upper()}"

    def shift_days(self, person: str) -> int:
        """Return the number of days, 1 to 3650, by which all dates of a patient are shifted into the past."""
        return int.from_bytes(self._digest("days", person)[:8]) % _MAX_SHIFT_DAYS + 1

    def _digest(self, purpose: str, text: str) -> bytes:
        # With the purpose in the digest, a pseudonym reveals nothing about the date shift.
        return hmac.digest(
            self._secret, f"{purpose}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256
        )
