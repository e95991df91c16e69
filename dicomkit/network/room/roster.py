"""The roster of a room: its attendees and the fingerprints of their tokens, kept in one file."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dicomkit.errors import FileAccessError, UsageError, reason_of
from dicomkit.network.addressing import resolve
from dicomkit.network.room.layout import write_private
from dicomkit.text import counted

__all__ = [
    "ROSTER_FILE",
    "Roster",
    "exposure_notice",
    "fingerprint",
    "make_titles",
    "read_roster",
    "write_roster",
]

ROSTER_FILE = "room.json"
_TITLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")
_MAX_ATTENDEES = 999
_VERSION = 1


class Roster(NamedTuple):
    """The attendees and the address of a room.

    Parameters
    ----------
    ae_title, host, port
        The room's own title and address.
    tokens
        Fingerprint of each attendee's token by AE title; empty if certificates are used.
    uses_tls
        Whether attendees authenticate with certificates instead of tokens.
    """

    ae_title: str
    host: str
    port: int
    tokens: Mapping[str, str]
    uses_tls: bool


def make_titles(attendees: int | Sequence[str]) -> tuple[str, ...]:
    """Return AE titles for a number of attendees, or for their names.

    Raises
    ------
    UsageError
        If it is neither a number from 1 to 999 nor a list of distinct short names.

    Examples
    --------
    >>> make_titles(2), make_titles(["ANNA", "BERT"])
    (('STUDENT01', 'STUDENT02'), ('ANNA', 'BERT'))
    """
    if isinstance(attendees, int) and not isinstance(attendees, bool):
        if not 1 <= attendees <= _MAX_ATTENDEES:
            raise UsageError("attendees", f"is not between 1 and {_MAX_ATTENDEES}", "choose another number")
        digits = max(2, len(str(attendees)))
        return tuple(f"STUDENT{number:0{digits}}" for number in range(1, attendees + 1))
    names = () if isinstance(attendees, str | bool) else tuple(attendees)
    is_plain = all(isinstance(name, str) and _TITLE.fullmatch(name) for name in names)
    # Each names a folder, and some file systems ignore case.
    if not names or not is_plain or len({name.upper() for name in names}) < len(names):
        raise UsageError(
            "attendees",
            "is no list of different names",
            "give a number, or names of 1 to 16 letters, digits, - and _",
        )
    return names


def exposure_notice(roster: Roster) -> str:
    """Return one sentence on who can reach a room, and what it accepts."""
    who = "with a certificate of this room" if roster.uses_tls else "with a token of this room"
    reach = (
        "programs of this computer"
        if ipaddress.ip_address(resolve(roster.host)).is_loopback
        else f"every computer that can reach {roster.host} port {roster.port}"
    )
    return (
        f"{roster.ae_title}: {reach} can connect; instances are taken from {counted(len(roster.tokens), 'attendee')} "
        f"{who}, each under one AE title, and only samples and de-identified instances."
    )


def fingerprint(token: str) -> str:
    """Return the SHA-256 of a token: the roster does not hold the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def write_roster(folder: Path, roster: Roster) -> None:
    """Write the roster of a new room."""
    content: dict[str, Any] = {"version": _VERSION, **roster._asdict()}
    write_private(folder / ROSTER_FILE, json.dumps(content, indent=1))


def read_roster(folder: Path) -> Roster | None:
    """Return the roster of a room; None for a folder that is no room.

    Raises
    ------
    FileAccessError
        If it cannot be read.
    """
    path = folder / ROSTER_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content.pop("version")
        roster = Roster(**content)
        make_titles(list(roster.tokens))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileAccessError(path, f"cannot be read ({reason_of(error)})", "see who owns it") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FileAccessError(path, "is no roster of a room", "open the room in another folder") from error
    if version != _VERSION:
        raise FileAccessError(path, "is of another version of the kit", "open a new room in another folder")
    return roster
