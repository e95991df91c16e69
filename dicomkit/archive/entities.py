"""Studies, series and instances in little memory.

There may be 100,000 instances, so each keeps a tuple of raw values in the order of `levels.INDEXED`, and equal values
(most repeat) are one object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from dicomkit.archive.levels import INDEXED, Level
from dicomkit.files.tags import INSTANCE_NUMBER, SOP_CLASS_UID

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Entity", "Instance", "PatientKey", "Series", "Study", "indexed_values"]

PatientKey: TypeAlias = "tuple[str, bytes | None]"
_MAX_DIGITS = 12  # PS3.5 section 6.2: VR IS
_NO_NUMBER = 1 << 40
# A study also keeps the attributes of its patient.
_TAGS = {**INDEXED, Level.STUDY: (*INDEXED[Level.PATIENT], *INDEXED[Level.STUDY])}
_PLACES = {level: {tag: place for place, tag in enumerate(tags)} for level, tags in _TAGS.items()}


class Entity:
    """The base of all levels: a UID, indexed values, and their Specific Character Set."""

    __slots__ = ("_values", "terms", "uid")
    places: Mapping[int, int] = {}

    def __init__(self, uid: str, values: tuple[bytes | None, ...], terms: bytes) -> None:
        self.uid = uid
        self.terms = terms
        self._values = values

    def raw(self, tag: int) -> bytes | None:
        """Return an indexed value; None if there is no such element."""
        return self._values[self.places[tag]]


class Study(Entity):
    """A study with the attributes of its patient. ``arrival`` numbers the studies in order of arrival."""

    __slots__ = ("arrival", "series")
    places = _PLACES[Level.STUDY]

    def __init__(self, uid: str, values: tuple[bytes | None, ...], terms: bytes, arrival: int = 0) -> None:
        super().__init__(uid, values, terms)
        self.arrival = arrival
        self.series: dict[str, Series] = {}

    @property
    def instance_count(self) -> int:
        """How many instances it has."""
        return sum(len(series.instances) for series in list(self.series.values()))

    def instances(self) -> Iterator[Instance]:
        """Yield its instances; those added meanwhile may be included."""
        for series in list(self.series.values()):
            yield from series.in_order()

    def entities_with(self, tag: int) -> Iterator[Entity]:
        """Yield the entities that hold an indexed attribute: the study, its series or its instances."""
        if tag in self.places:
            yield self
            return
        for series in self.series.values():
            yield from [series] if tag in series.places else series.instances.values()

    @property
    def patient_key(self) -> PatientKey:
        """The identity of its patient: Patient ID and issuer; without an ID, the name."""
        number = (self.raw(0x00100020) or b"").decode("latin-1").strip(" \0")
        return (number, self.raw(0x00100021) if number else self.raw(0x00100010))


class Series(Entity):
    """A series of a study."""

    __slots__ = ("instances", "study")
    places = _PLACES[Level.SERIES]

    def __init__(self, uid: str, values: tuple[bytes | None, ...], terms: bytes, study: Study) -> None:
        super().__init__(uid, values, terms)
        self.study = study
        self.instances: dict[str, Instance] = {}

    def in_order(self) -> list[Instance]:
        """Return its instances by Instance Number; equal numbers in order of arrival."""
        return sorted(list(self.instances.values()), key=lambda instance: instance.number)  # noqa: C414 - a copy, while others may add


class Instance(Entity):
    """An instance, and the file that holds it: its `folder` ends with a separator.

    The `inode` tells the file from a later one with its name.
    """

    __slots__ = ("folder", "inode", "name", "series", "transfer_syntax_uid")
    places = _PLACES[Level.IMAGE]

    def __init__(
        self,
        uid: str,
        values: tuple[bytes | None, ...],
        terms: bytes,
        series: Series,
        *,
        folder: str,
        name: str,
        transfer_syntax_uid: str,
        inode: int,
    ) -> None:
        super().__init__(uid, values, terms)
        self.series = series
        self.folder = folder
        self.name = name
        self.transfer_syntax_uid = transfer_syntax_uid
        self.inode = inode

    @property
    def path(self) -> str:
        """The path of the file, as a str."""
        return f"{self.folder}{self.name}"

    @property
    def number(self) -> int:
        """Instance Number; a large number if there is none."""
        text = (self.raw(INSTANCE_NUMBER) or b"").strip(b" \0")
        return int(text) if text.isdigit() and len(text) <= _MAX_DIGITS else _NO_NUMBER

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID."""
        return (self.raw(SOP_CLASS_UID) or b"").decode("latin-1").strip(" \0")


def indexed_values(
    level: Level, values: Mapping[int, bytes], shared: Callable[[bytes], bytes]
) -> tuple[bytes | None, ...]:
    """Return the values of a level in the order of an entity's tuple."""
    return tuple([None if (raw := values.get(tag)) is None else shared(raw) for tag in _TAGS[level]])
