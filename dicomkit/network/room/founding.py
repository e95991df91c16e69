"""Make a new room: its roster, and the credentials of each attendee."""

from __future__ import annotations

import datetime as dt
import ipaddress
import secrets
from collections.abc import Sequence
from pathlib import Path

from dicomkit.errors import FileAccessError, UsageError
from dicomkit.network.addressing import check_ae_title, resolve
from dicomkit.network.room.certificates import Issuer, names_of
from dicomkit.network.room.layout import (
    LOCK_FILE,
    SEATS,
    SERVER_FILE,
    make_private_folder,
    seat_file,
    write_private,
)
from dicomkit.network.room.roster import Roster, fingerprint, make_titles, write_roster
from dicomkit.network.room.seat import Seat, format_seat
from dicomkit.text import counted

__all__ = ["Credentials", "check_same_attendees", "new_roster"]


def new_roster(
    folder: Path,
    attendees: int | Sequence[str] | None,
    ae_title: str,
    host: str,
    port: int,
    *,
    tls: bool | None,
    allow_remote: bool,
) -> Roster:
    """Return the roster of a new room, without tokens; see `Room` for the parameters.

    Raises
    ------
    UsageError
        If other computers could reach it and that was not allowed, or an argument is invalid.
    FileAccessError
        If the folder is not empty.
    """
    if attendees is None:
        raise UsageError(folder, "is no room yet", "say for how many attendees: attendees=30")
    check_ae_title(ae_title)
    address = ipaddress.ip_address(resolve(host))
    if address.is_unspecified:
        raise UsageError(
            host,
            "is no address that attendees could call",
            "give the one that this computer has on the network",
        )
    if not address.is_loopback and (tls is False or not allow_remote):
        raise UsageError(
            host,
            "other computers could send to this address",
            "open it on 127.0.0.1, or say allow_remote=True; it then needs TLS, too",
        )
    if others := [path.name for path in folder.iterdir() if path.name != LOCK_FILE]:
        raise FileAccessError(
            folder, f"holds other things already ({counted(len(others), 'entry')})", "name an empty folder"
        )
    uses_tls = not address.is_loopback if tls is None else tls
    return Roster(ae_title, host, port, dict.fromkeys(make_titles(attendees), ""), uses_tls)


def check_same_attendees(folder: Path, attendees: int | Sequence[str] | None, known: Roster) -> None:
    """Raise if an existing room is opened with other attendees.

    Raises
    ------
    UsageError
        If they differ from its roster.
    """
    if attendees is not None and make_titles(attendees) != tuple(known.tokens):
        raise UsageError(
            folder,
            f"is a room for {counted(len(known.tokens), 'attendee')}, not for these",
            "leave the attendees out, or open a new room in another folder",
        )


class Credentials:
    """The credentials of a new room: tokens, or certificates. They are written to the seats only.

    Parameters
    ----------
    folder
        The room's folder.
    roster
        See `new_roster`.

    Attributes
    ----------
    roster
        The roster with the fingerprints of the tokens.

    Raises
    ------
    WorkshopError
        If certificates are needed and the package cryptography is not installed.
    """

    def __init__(self, folder: Path, roster: Roster) -> None:
        self._folder = folder
        self._issuer: Issuer | None = None
        self._tokens = {title: secrets.token_urlsafe(24) for title in roster.tokens}
        self.roster = roster
        if roster.uses_tls:
            self._issuer = Issuer(roster.ae_title, dt.datetime.now(dt.UTC))
            key_and_certificate = self._issuer.issue(roster.ae_title, names_of(roster.host))
            write_private(folder / SERVER_FILE, key_and_certificate + self._issuer.pem)
        else:
            known = {title: fingerprint(token) for title, token in self._tokens.items()}
            self.roster = roster._replace(tokens=known)

    def hand_out(self, port: int) -> None:
        """Write the file of each seat, and the roster last: it makes the folder a room."""
        make_private_folder(self._folder / SEATS)
        roster, issuer = self.roster._replace(port=port), self._issuer
        for title in roster.tokens:
            seat = Seat("", roster.ae_title, roster.host, port, title)
            if issuer is None:
                text = format_seat(seat._replace(token=self._tokens[title]))
            else:
                seat = seat._replace(issuer=issuer.pem, expires=issuer.until.isoformat())
                text = format_seat(seat, issuer.issue(title))
            write_private(seat_file(self._folder, title), text)
        write_roster(self._folder, roster)
