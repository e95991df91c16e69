"""A seat: a small file with an attendee's credentials, and how to send to the room with it.

It begins with a few readable lines, followed by PEM blocks. OpenSSL ignores text before a block, so DCMTK's options
``+tls`` and ``+cf`` accept the file as it is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomkit.errors import AssociationRejectedError, FileAccessError, UsageError, reason_of
from dicomkit.network.addressing import check_ae_title, check_port
from dicomkit.network.outgoing import Source
from dicomkit.network.room.progress import Step
from dicomkit.network.room.progress_service import share_steps
from dicomkit.network.send_report import SendReport
from dicomkit.network.storage_scu import send
from dicomkit.network.verification_scu import echo
from dicomkit.network.wire.user_identity import UserIdentity

if TYPE_CHECKING:
    import ssl

__all__ = ["Seat", "attendee_of", "format_seat", "read_seat"]

_FIRST_LINE = "dicomkit room seat 1"
_MAX_BYTES = 64 << 10
_LINE = re.compile(r"(Room|Host|Port|Title|Token|Expires): (\S+)")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
_NUMBERED = re.compile(r"STUDENT(\d+)")
_ASK = "ask the instructor for the file of your seat"


class Seat(NamedTuple):
    """An attendee's address of the room, AE title and credentials; the ``repr`` holds no credentials.

    Parameters
    ----------
    file
        The path of the file.
    room, host, port
        The room's AE title and address.
    title
        Your AE title.
    token
        Your token; empty with TLS.
    issuer
        The certificate of the room's issuer, as PEM; empty without TLS.
    expires
        End of the certificates' validity (ISO 8601).
    """

    file: str
    room: str
    host: str
    port: int
    title: str
    token: str = ""
    issuer: str = ""
    expires: str = ""

    def __repr__(self) -> str:
        return f"<Seat {self.title} in {self.room}>"

    @property
    def attendee(self) -> str:
        """The argument ``attendee`` for `dicomkit.samples`, which gives you a patient of your own."""
        return attendee_of(self.title)

    @property
    def arguments(self) -> dict[str, Any]:
        """Keyword arguments for `send` and `echo`: ``send(files, **seat.arguments)``."""
        arguments: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "called_ae_title": self.room,
            "calling_ae_title": self.title,
        }
        if self.issuer:
            arguments["ssl_context"] = self._ssl_context()
        else:
            arguments["user_identity"] = UserIdentity(self.title, self.token)
        return arguments

    def send(self, sources: Source | Iterable[Source], **options: Any) -> SendReport:  # noqa: ANN401 - those of send
        """Send instances to the room; see `dicomkit.network.send`.

        Raises
        ------
        AssociationRejectedError
            If the room rejects this seat.
        """
        with self._rejection_explained(options):
            return send(sources, **{**self.arguments, **options})

    def echo(self, **options: Any) -> None:  # noqa: ANN401 - those of echo
        """Check that the room is open and accepts this seat (C-ECHO).

        Raises
        ------
        AssociationRejectedError
            If the room rejects this seat.
        """
        with self._rejection_explained(options):
            echo(**{**self.arguments, **options})

    def share(self, steps: Sequence[Step]) -> None:
        """Send your progress to the room; without steps, the room removes it.

        Raises
        ------
        NetworkError
            If the room cannot be reached, or rejects this seat.
        """
        share_steps(steps, **self.arguments)

    @contextlib.contextmanager
    def _rejection_explained(self, options: dict[str, Any]) -> Iterator[None]:
        """Say what to do if the room rejects this seat."""
        try:
            yield
        except AssociationRejectedError as error:
            called = options.get("calling_ae_title", self.title)
            if called != self.title:
                remedy = f"call as {self.title}: a seat is for one AE title, and yours is not {called}"
            else:
                remedy = f"{_ASK} {self.title} of today, or look at the wall, which says why"
            raise AssociationRejectedError(error.given, error.problem, remedy) from error

    def _ssl_context(self) -> ssl.SSLContext:
        import ssl  # noqa: PLC0415 - not every Python has it

        if self.expires and dt.datetime.fromisoformat(self.expires) < dt.datetime.now(dt.UTC):
            raise UsageError(self.file, f"this seat was valid until {self.expires}", _ASK)
        context = ssl.create_default_context(cadata=self.issuer)
        try:
            context.load_cert_chain(self.file)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(self.file, "its certificate or key cannot be read any more", _ASK) from error
        return context


def attendee_of(title: str) -> str:
    """Return an attendee's short name, for `dicomkit.samples`.

    Examples
    --------
    >>> attendee_of("STUDENT07"), attendee_of("ANNA")
    ('07', 'ANNA')
    """
    numbered = _NUMBERED.fullmatch(title)
    return numbered[1] if numbered else title


def format_seat(seat: Seat, key_and_certificate: str = "") -> str:
    """Return the content of a seat's file."""
    values = {
        "Room": seat.room,
        "Host": seat.host,
        "Port": seat.port,
        "Title": seat.title,
        "Token": seat.token,
        "Expires": seat.expires,
    }
    lines = [_FIRST_LINE, "Keep this file to yourself: whoever has it is you."]
    lines += [f"{name}: {value}" for name, value in values.items() if value != ""]
    return "\n".join(lines) + "\n" + key_and_certificate + seat.issuer


def read_seat(path: str | os.PathLike[str]) -> Seat:
    """Read the file of a seat.

    Raises
    ------
    FileAccessError
        If it cannot be read.
    UsageError
        If it is no seat.
    """
    try:
        with Path(path).open("rb") as stream:
            text = stream.read(_MAX_BYTES + 1).decode("utf-8", "replace")
    except OSError as error:
        raise FileAccessError(path, f"cannot be read ({reason_of(error)})", _ASK) from error
    values = dict(_LINE.findall(text.partition("-----BEGIN")[0]))
    if not text.startswith(_FIRST_LINE + "\n") or len(text) > _MAX_BYTES:
        raise UsageError(path, "is no seat of a room", _ASK)
    certificates = _CERTIFICATE.findall(text)
    if not {"Room", "Host", "Port", "Title"} <= values.keys() or not (certificates or values.get("Token")):
        raise UsageError(path, "is a seat that is not complete", _ASK)
    port = int(values["Port"]) if values["Port"].isdecimal() else -1
    check_port(port)
    for title in (values["Room"], values["Title"]):
        check_ae_title(title)
    return Seat(
        file=str(Path(path).absolute()),
        room=values["Room"],
        host=values["Host"],
        port=port,
        title=values["Title"],
        token=values.get("Token", ""),
        issuer=certificates[-1] if certificates else "",
        expires=values.get("Expires", ""),
    )
