"""A room: a roster, a receiver, a file with credentials for each attendee, and what the instructor sees."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from dicomkit.errors import UsageError
from dicomkit.network.records import ReceiverEvent
from dicomkit.network.room.access_control import AccessControl
from dicomkit.network.room.certificates import server_context
from dicomkit.network.room.closing import Closed, close_room, undo_founding
from dicomkit.network.room.founding import Credentials, check_same_attendees, new_roster
from dicomkit.network.room.layout import RECEIVED, SERVER_FILE, lock_room, make_private_folder, seat_file
from dicomkit.network.room.limits import Limits, Pace
from dicomkit.network.room.progress import ClassProgress
from dicomkit.network.room.progress_service import ProgressService
from dicomkit.network.room.roster import Roster, exposure_notice, read_roster
from dicomkit.network.room.seat import Seat, read_seat
from dicomkit.network.room.store import RoomStore
from dicomkit.network.room.wall import Wall
from dicomkit.network.storage_scp import StorageSCP
from dicomkit.text import counted

__all__ = ["Room"]

_MAX_WAIT_S = 1.0  # for the pace; `stop` must return within 5 s


class Room:
    """Receive the instances of a class: from attendees on the roster, each under one AE title.

    Only samples and de-identified instances are accepted. A new folder becomes a room, with a file for each attendee in
    ``seats``. An existing room opens again with all its files, and the seats stay valid. On this computer, attendees
    authenticate with tokens; if other computers can connect, TLS certificates are required.

    Parameters
    ----------
    folder
        A new or empty folder, or the folder of a room.
    attendees
        Their number or names; not needed for an existing room.
    host
        The address to listen on. Any address but this computer's own needs `allow_remote`.
    port
        The TCP port; 0 takes a free one, which the room keeps.
    ae_title
        The room's own title.
    allow_remote
        Allow a `host` that other computers can reach.
    tls
        Require certificates even if only this computer can connect. Certificates are valid for a day.
    limits
        How much one attendee may send.

    Attributes
    ----------
    wall : Wall
        Which attendees are here, what they have sent, and what was refused and why; print it.
    progress : ClassProgress
        The progress of attendees who share it; print it. It is kept in memory only.
    log : AssociationLog
        The log of all associations.

    Raises
    ------
    FileAccessError
        If the folder holds other files, or another program has this room open.
    UsageError
        If other computers could reach it and that was not allowed, or an argument does not fit the room.
    WorkshopError
        If certificates are needed and the package cryptography is not installed.

    References
    ----------
    PS3.15 annex B, Secure Transport Connection Profiles; PS3.7 section D.3.3.7, User Identity Negotiation;
    PS3.3 section C.7.1.1, Patient Module: Patient Identity Removed.

    Examples
    --------
    >>> import tempfile
    >>> from dicomkit.samples import ct_series
    >>> with tempfile.TemporaryDirectory() as folder, Room(folder, 2) as room:
    ...     seat = Room.join(room.seats["STUDENT02"])
    ...     report = seat.send(ct_series(2, size=32, attendee=seat.attendee))
    ...     print(report.summary())
    ...     print(room.wall.rows[1].instances, room.verdict("STUDENT02", ["1.2", report[0].sop_instance_uid]))
    2 stored
    2 I got 1 of your 2.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        attendees: int | Sequence[str] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ae_title: str = "ROOM",
        allow_remote: bool = False,
        tls: bool | None = None,
        limits: Limits = Limits(),  # noqa: B008 - a tuple cannot change
    ) -> None:
        self.folder = Path(folder).resolve()
        self.limits = limits
        self._closing = threading.Event()
        make_private_folder(self.folder)
        self._lock = lock_room(self.folder)
        is_new, credentials = False, None
        try:
            roster = read_roster(self.folder)
            if roster is None:
                roster = new_roster(
                    self.folder, attendees, ae_title, host, port, tls=tls, allow_remote=allow_remote
                )
                is_new = True
                credentials = Credentials(self.folder, roster)
            else:
                check_same_attendees(self.folder, attendees, roster)
            self._open(
                roster if credentials is None else credentials.roster, credentials, allow_remote=allow_remote
            )
        except BaseException:
            if is_new:  # leave an empty folder for the next try
                with contextlib.suppress(OSError):
                    undo_founding(self.folder)
            self._unlock()
            raise

    @classmethod
    def open(
        cls, folder: str | os.PathLike[str], attendees: int | Sequence[str] | None = None, **options: object
    ) -> Room:
        """Open a room, which then listens; the same as ``Room(folder, attendees, ...)``."""
        return cls(folder, attendees, **options)  # type: ignore[arg-type] # - checked there

    @staticmethod
    def join(file: str | os.PathLike[str]) -> Seat:
        """Return an attendee's seat from its file.

        Raises
        ------
        FileAccessError, UsageError
            If it cannot be read, or is no seat.
        """
        return read_seat(file)

    @staticmethod
    def close(folder: str | os.PathLike[str], *, delete: bool) -> Closed:
        """Close a room for good: delete its credentials, and delete or keep the instances.

        Raises
        ------
        FileAccessError
            If it is no room, or is still open.
        """
        return close_room(Path(folder).resolve(), delete=delete)

    @property
    def roster(self) -> tuple[str, ...]:
        """The AE titles of the attendees."""
        return tuple(self._roster.tokens)

    @property
    def seats(self) -> dict[str, Path]:
        """The file for each attendee, by AE title."""
        return {title: seat_file(self.folder, title) for title in self.roster}

    @property
    def ae_title(self) -> str:
        """The room's own title."""
        return self._roster.ae_title

    @property
    def host(self) -> str:
        """The address that it listens on."""
        return self._roster.host

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._scp.port

    @property
    def is_running(self) -> bool:
        """Whether it listens."""
        return self._scp.is_running

    def files(self, title: str) -> list[Path]:
        """Return the instances of an attendee, the oldest first.

        Raises
        ------
        UsageError
            If nobody on the roster has this title.
        """
        if title not in self._roster.tokens:
            raise UsageError(title, "is not on the roster", "choose one of room.roster")
        return self._store.files(title)

    def count(self, title: str, sop_instance_uids: Sequence[str]) -> int:
        """Return how many of these instances an attendee has sent."""
        have = {path.name for path in self.files(title)}
        return sum(self._store.file_name(uid) in have for uid in sop_instance_uids)

    def verdict(self, title: str, sop_instance_uids: Sequence[str]) -> str:
        """Say how many of these instances arrived: ``I got 11 of your 12``."""
        return f"I got {self.count(title, sop_instance_uids)} of your {len(sop_instance_uids)}."

    def check(self) -> None:
        """Raise the first problem in the receiver's threads since the last call; a refusal by the room's rules is none.

        Raises
        ------
        StoreError, NetworkError
            See `StorageSCP.check`.
        """
        self._scp.check()

    def subscribe(self, callback: Callable[[ReceiverEvent], object]) -> Callable[[], None]:
        """Subscribe to events; see `StorageSCP.subscribe`."""
        return self._scp.subscribe(callback)

    def exposure(self) -> str:
        """Say in one sentence who can reach the room, and what it accepts."""
        return exposure_notice(self._roster)

    def stop(self) -> None:
        """Stop listening. The room can be opened again from its folder. Safe to call twice."""
        self._closing.set()
        self._scp.stop()
        self._unlock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "" if self.is_running else "not "
        return f"<Room {self.ae_title}, {state}open, {counted(len(self.roster), 'attendee')}>"

    def _open(self, roster: Roster, credentials: Credentials | None, *, allow_remote: bool) -> None:
        titles = tuple(roster.tokens)
        received = self.folder / RECEIVED
        make_private_folder(received)
        self._store = RoomStore(received, titles)
        self.wall = Wall(titles)
        for title in titles:
            self.wall.add_existing(title, self._store.files(title))
        self.progress = ClassProgress(titles)
        pace = Pace(self.limits.per_second)
        self._scp = StorageSCP(
            self._store,
            ae_title=roster.ae_title,
            host=roster.host,
            port=roster.port,
            allow_remote=allow_remote,
            allowed_calling_ae_titles=titles,
            max_instance_bytes=self.limits.size_bytes,
            ssl_context=server_context(self.folder / SERVER_FILE) if roster.uses_tls else None,
            operations=ProgressService(self.progress.take, lambda title: self._wait(pace.delay_s(title))),
            admission=AccessControl(roster, self.wall, self.limits, pace, self._wait),
        )
        self.log = self._scp.log
        self._scp.subscribe(self.wall.record)
        self._scp.start()
        self._roster = roster._replace(port=self._scp.port)
        if credentials is not None:
            try:
                credentials.hand_out(self._scp.port)
            except BaseException:
                self._scp.stop()
                raise

    def _wait(self, seconds: float) -> None:
        """Wait for the pace, or until the room is closed."""
        if seconds > 0:
            self._closing.wait(min(seconds, _MAX_WAIT_S))

    def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)
