"""What an archive knows of its studies, series and instances, in as little memory as possible.

There may be 100,000 instances, so each keeps a tuple of raw values, in the order of `levels.INDEXED`, and
values that repeat (most do) are one object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from dicomkit.archive.levels import INDEXED, Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Entity", "Instance", "PatientKey", "Series", "Study", "indexed_values"]

PatientKey: TypeAlias = "tuple[str, bytes | None]"
_LONGEST_NUMBER = 12  # PS3.5 section 6.2, VR IS
_NO_NUMBER = 1 << 40
_PLACES = {level: {tag: place for place, tag in enumerate(tags)} for level, tags in INDEXED.items()}
STUDY_TAGS = (*INDEXED[Level.PATIENT], *INDEXED[Level.STUDY])
# A study also keeps what is said of its patient.
_STUDY_PLACES = {tag: place for place, tag in enumerate(STUDY_TAGS)}


class Entity:
    """What all levels have: a UID, indexed values, and the Specific Character Set that they are in."""

    __slots__ = ("_values", "terms", "uid")
    places: Mapping[int, int] = {}

    def __init__(self, uid: str, values: tuple[bytes | None, ...], terms: bytes) -> None:
        self.uid = uid
        self.terms = terms
        self._values = values

    def raw(self, tag: int) -> bytes | None:
        """Return an indexed value, None if there is no such element."""
        return self._values[self.places[tag]]


class Study(Entity):
    """A study, and what is said of its patient. ``arrival`` counts the studies as they came."""

    __slots__ = ("arrival", "series")
    places = _STUDY_PLACES

    def __init__(self, uid: str, values: tuple[bytes | None, ...], terms: bytes, arrival: int = 0) -> None:
        super().__init__(uid, values, terms)
        self.arrival = arrival
        self.series: dict[str, Series] = {}

    @property
    def instance_count(self) -> int:
        """How many instances it has."""
        return sum(len(series.instances) for series in list(self.series.values()))

    def instances(self) -> Iterator[Instance]:
        """Yield its instances; what is added meanwhile may be among them."""
        for series in list(self.series.values()):
            yield from series.in_order()

    def entities_with(self, tag: int) -> Iterator[Entity]:
        """Yield what of it holds an indexed attribute: itself, its series or its instances."""
        if tag in self.places:
            yield self
            return
        for series in self.series.values():
            yield from [series] if tag in series.places else series.instances.values()

    @property
    def patient_key(self) -> PatientKey:
        """What tells its patient from others: the ID and who issued it; without an ID, the name."""
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
        """Return its instances by Instance Number; those of one number as they came."""
        return sorted(list(self.instances.values()), key=lambda instance: instance.number)  # noqa: C414 - a copy, while others may add


class Instance(Entity):
    """An instance, and the file that holds it.

    Parameters
    ----------
    folder, name
        Where the file lies.
    transfer_syntax_uid
        How its data set is encoded.
    inode
        Which file it was: a file that takes its name is another one.
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
        """Where the file lies, as a text."""
        return f"{self.folder}{self.name}"

    @property
    def number(self) -> int:
        """Its Instance Number, a large one if it has none."""
        text = (self.raw(0x00200013) or b"").strip(b" \0")
        return int(text) if text.isdigit() and len(text) <= _LONGEST_NUMBER else _NO_NUMBER

    @property
    def sop_class_uid(self) -> str:
        """What kind of object it is."""
        return (self.raw(0x00080016) or b"").decode("latin-1").strip(" \0")


def indexed_values(
    level: Level, values: Mapping[int, bytes], shared: Callable[[bytes], bytes]
) -> tuple[bytes | None, ...]:
    """Return the values of a level in the order in which an entity keeps them."""
    tags = STUDY_TAGS if level is Level.STUDY else INDEXED[level]
    return tuple([None if (raw := values.get(tag)) is None else shared(raw) for tag in tags])
