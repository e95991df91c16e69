"""The access control of a room: authenticate each attendee, and accept only data that identify nobody."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping

from dicomkit.errors import NotDicomError, StoreError
from dicomkit.files.tags import STUDY_INSTANCE_UID
from dicomkit.files.tokens import tag_text
from dicomkit.instance_store import IncomingInstance
from dicomkit.instance_store.failures import CANNOT_UNDERSTAND, OUT_OF_RESOURCES
from dicomkit.network.admission import Caller
from dicomkit.network.room.limits import Limits, Pace
from dicomkit.network.room.roster import Roster, fingerprint
from dicomkit.network.room.seat import attendee_of
from dicomkit.network.room.wall import Wall
from dicomkit.privacy import is_identity_removed
from dicomkit.samples.identity import sample_keys

__all__ = ["AccessControl"]

_NOT_AUTHORIZED = 0x0124  # PS3.7 section C.5.25
_PATIENT_NAME, _PATIENT_ID, _IDENTITY_REMOVED = 0x00100010, 0x00100020, 0x00120062
_BURNED_IN, _RECOGNIZABLE = 0x00280301, 0x00280302
_WANTED = frozenset(
    {_PATIENT_NAME, _PATIENT_ID, _IDENTITY_REMOVED, STUDY_INSTANCE_UID, _BURNED_IN, _RECOGNIZABLE}
)


class AccessControl:
    """The `Admission` of a room (see `dicomkit.network.admission`).

    Parameters
    ----------
    roster
        The attendees.
    wall
        Counts each attendee's instances and open associations.
    limits
        How much an attendee may send.
    pace
        How fast an attendee may send.
    wait
        Waits for a number of seconds, or until the room is closed.
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
        """Return why `caller` may not use its AE title, which is on the roster."""
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

    def limit_reason(self, caller: Caller) -> str:
        """Return which limit keeps `caller` from opening another association."""
        most = self._limits.associations
        if self._wall.open_associations(caller.calling_ae_title) >= most:
            return f"{caller.calling_ae_title} has {most} associations open already, which is the limit"
        return ""

    def examine(self, incoming: IncomingInstance, calling_ae_title: str) -> StoreError | None:
        """Return why an instance is refused; delay the response if the attendee sends too fast."""
        if not self._wall.reserve(calling_ae_title, incoming.size_bytes, self._limits):
            return StoreError(
                "an instance",
                "this attendee has reached the limit of the room",
                f"the room takes {self._limits.instances} instances and {self._limits.size_bytes >> 20} MB of each",
                status=OUT_OF_RESOURCES,
            )
        try:
            values = incoming.all_values(_WANTED)
        except NotDicomError as error:
            return StoreError("an instance", error.problem, error.remedy, status=CANNOT_UNDERSTAND)
        except OSError:
            return None  # storing it reports the error
        if problem := self._identity_problem(values):
            return StoreError(
                "an instance",
                problem,
                "a room accepts samples and de-identified instances only: send a sample, or what dicomkit deidentify wrote",
                status=_NOT_AUTHORIZED,
            )
        self._wait(self._pace.delay_s(calling_ae_title))
        return None

    def _identity_problem(self, values: Mapping[int, list[bytes]]) -> str:
        """Return why a data set may identify a patient: it is neither a sample nor marked as de-identified."""
        for tag, found in values.items():
            if len(found) > 1:
                return f"{tag_text(tag)} occurs {len(found)} times"
        name, patient, removed, study, burned_in, recognizable = (
            values.get(tag, [b""])[0].decode("latin-1").strip("\0 ") for tag in sorted(_WANTED)
        )
        if not is_identity_removed(removed) and (removed or (name, patient, study) not in self._samples):
            return "Patient Identity Removed (0012,0062) is not YES"
        if burned_in == "YES":
            return "Burned In Annotation (0028,0301) is YES"
        return "Recognizable Visual Features (0028,0302) is YES" if recognizable == "YES" else ""
