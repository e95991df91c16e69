"""The door of a room: each title is let in for whom it was given, and only what is nobody's is taken."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping

from dicomkit.errors import NotDicomError, StoreError
from dicomkit.files.skim import Skimmer
from dicomkit.instance_store import IncomingInstance
from dicomkit.network.admission import Caller
from dicomkit.network.room.limits import Limits, Pace
from dicomkit.network.room.roster import Roster, fingerprint
from dicomkit.network.room.seat import attendee_of
from dicomkit.network.room.wall import Wall
from dicomkit.privacy import names_nobody
from dicomkit.samples.identity import sample_keys

__all__ = ["Door"]

_NOT_AUTHORIZED = 0x0124  # PS3.7 section C.5.14
_OUT_OF_RESOURCES = 0xA700  # PS3.4 Table B.2-1
_PATIENT_ID, _IDENTITY_REMOVED, _STUDY = 0x00100020, 0x00120062, 0x0020000D
_WANTED = Skimmer((_PATIENT_ID, _IDENTITY_REMOVED, _STUDY), last_group=0x0020)


class Door:
    """Decide for a room; see `dicomkit.network.admission.Admission`.

    Parameters
    ----------
    roster
        Who may come.
    wall
        Knows how much everybody has sent, and how many associations are open.
    limits
        How much one may have.
    pace
        How fast one may be.
    wait
        Waits for so many seconds, or less when the room is closed.
    """

    def __init__(
        self, roster: Roster, wall: Wall, limits: Limits, pace: Pace, wait: Callable[[float], object]
    ) -> None:
        self._roster = roster
        self._wall = wall
        self._limits = limits
        self._pace = pace
        self._wait = wait
        attendees = ["", *(attendee_of(title) for title in roster.tokens)]
        self._samples = frozenset(key for attendee in attendees for key in sample_keys(attendee))

    def objection(self, caller: Caller) -> str:
        """Return why `caller` is not let in under its title; the title has been found on the roster."""
        title = caller.calling_ae_title
        if self._roster.uses_tls:
            if title in caller.certificate_names:
                return ""
            owner = ", ".join(caller.certificate_names) or "nobody"
            return f"the certificate is for {owner}, and it calls itself {title}"
        if caller.identity is None:
            return f"it calls itself {title} and shows no token"
        expected = self._roster.tokens[title]
        if not hmac.compare_digest(fingerprint(caller.identity.passcode), expected):
            return f"it calls itself {title} and shows another token than that of {title}"
        if caller.identity.username != title:
            return f"the token of {title} came under another username"
        return ""

    def is_full(self, caller: Caller) -> str:
        """Return why `caller` has to wait."""
        most = self._limits.associations
        if self._wall.open_associations(caller.calling_ae_title) >= most:
            return (
                f"{caller.calling_ae_title} has {most} associations open already, which is all one may have"
            )
        return ""

    def examine(self, incoming: IncomingInstance, calling_ae_title: str) -> StoreError | None:
        """Return why an instance is not taken; wait where somebody sends faster than allowed."""
        instances, size_bytes = self._wall.taken(calling_ae_title)
        if instances >= self._limits.instances or size_bytes + incoming.size_bytes > self._limits.size_bytes:
            return StoreError(
                "an instance",
                "an attendee may have no more in this room",
                f"the room takes {self._limits.instances} instances and {self._limits.size_bytes >> 20} MB of each",
                status=_OUT_OF_RESOURCES,
            )
        try:
            values = incoming.values(_WANTED)
        except (NotDicomError, OSError):
            return None  # whoever stores it says what is wrong
        if not self._is_nobodys(values):
            return StoreError(
                "an instance",
                "Patient Identity Removed (0012,0062) is not YES",
                "a room takes only what is nobody's: send a sample, or what dicomkit deidentify wrote",
                status=_NOT_AUTHORIZED,
            )
        self._wait(self._pace.delay_s(calling_ae_title))
        return None

    def _is_nobodys(self, values: Mapping[int, bytes]) -> bool:
        """Say whether a data set states that it is nobody's, or is of the imaginary patient of the samples."""
        patient, removed, study = (
            values.get(tag, b"").decode("latin-1").strip("\0 ")
            for tag in (_PATIENT_ID, _IDENTITY_REMOVED, _STUDY)
        )
        return names_nobody(removed) or (not removed and (patient, study) in self._samples)
