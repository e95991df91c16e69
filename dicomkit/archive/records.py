"""The attributes of an entity: indexed, computed, or read from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dicomkit.archive.elements import Element, Item, raw_in
from dicomkit.archive.entities import Instance, Series, Study
from dicomkit.archive.indexed_values import read_elements
from dicomkit.archive.levels import COMPUTED, INDEXED, Level, level_of
from dicomkit.archive.query import CHARACTER_SET
from dicomkit.archive.values import padded
from dicomkit.errors import DicomKitError
from dicomkit.files.dictionary import implicit_vr, tag_for_keyword
from dicomkit.files.tags import SOP_CLASS_UID

__all__ = ["EntityRecord"]


_INDEXED_VRS = {tag: implicit_vr(tag)[:2] for tags in INDEXED.values() for tag in tags}
_COMPUTED_TAGS = frozenset(tag for tags in COMPUTED.values() for tag in tags)
_RETRIEVE_AE_TITLE, _AVAILABILITY = 0x00080054, 0x00080056


class EntityRecord:
    """A patient, study, series or instance, with the attributes of higher levels.

    Parameters
    ----------
    studies
        All studies of a patient; for a lower level, its one study.
    series, instance
        For a series or an instance.
    ae_title
        The archive's AE title, for Retrieve AE Title (0008,0054).
    wanted
        All tags of the query, so that a file is read only once.
    """

    __slots__ = ("_ae_title", "_read", "_wanted", "instance", "series", "studies", "study")

    def __init__(
        self,
        studies: Sequence[Study],
        series: Series | None = None,
        instance: Instance | None = None,
        *,
        ae_title: str = "",
        wanted: frozenset[int] = frozenset(),
    ) -> None:
        self.studies = studies
        self.study = studies[0]
        self.series = series
        self.instance = instance
        self._ae_title = ae_title
        self._wanted = wanted
        self._read: Item | None = None

    def element(self, tag: int) -> tuple[Element | None, bytes]:
        """Return an attribute, or None, and its Specific Character Set."""
        vr = _INDEXED_VRS.get(tag)
        if vr is not None:
            holder = self._holder(level_of(tag))
            raw = None if holder is None else holder.raw(tag)
            return (None if raw is None else Element(vr, raw)), (b"" if holder is None else holder.terms)
        if tag in _COMPUTED_TAGS:
            return _COMPUTED[tag](self), b""
        if tag == _RETRIEVE_AE_TITLE:
            return Element("AE", padded(self._ae_title, "AE")), b""
        if tag == _AVAILABILITY:
            return Element("CS", b"ONLINE"), b""
        return self._from_file(tag)

    def _holder(self, level: Level) -> Study | Series | Instance | None:
        if level is Level.IMAGE:
            return self.instance
        return self.series if level is Level.SERIES else self.study

    def _from_file(self, tag: int) -> tuple[Element | None, bytes]:
        """Return an attribute that is not indexed, from the first file."""
        if self._read is None:
            source = self.instance or next(self.instances(), None)
            try:
                self._read = {} if source is None else read_elements(source.path, self._wanted | {tag})
            except DicomKitError:
                self._read = {}  # it was readable before: now it answers as if the element were missing
        return self._read.get(tag), raw_in(self._read, CHARACTER_SET)

    def all_series(self) -> Iterator[Series]:
        """Yield the series that belong to it."""
        if self.series is not None:
            yield self.series
            return
        for study in self.studies:
            yield from list(study.series.values())

    def instances(self) -> Iterator[Instance]:
        """Yield the instances that belong to it."""
        if self.instance is not None:
            yield self.instance
            return
        for series in self.all_series():
            yield from series.in_order()


def _several(vr: str, values: Iterator[bytes]) -> Element | None:
    """Return the distinct values in order of occurrence, as one multi-valued element."""
    found = dict.fromkeys(value.strip(b" \0") for value in values if value.strip(b" \0"))
    return Element(vr, padded(b"\\".join(found).decode("latin-1"), vr)) if found else None


def _count(number: int) -> Element:
    return Element("IS", padded(str(number), "IS"))


_COMPUTERS: dict[str, Callable[[EntityRecord], Element | None]] = {
    "NumberOfPatientRelatedStudies": lambda entity: _count(len(entity.studies)),
    "NumberOfPatientRelatedSeries": lambda entity: _count(sum(len(each.series) for each in entity.studies)),
    "NumberOfPatientRelatedInstances": lambda entity: _count(
        sum(one.instance_count for one in entity.studies)
    ),
    "NumberOfStudyRelatedSeries": lambda entity: _count(len(entity.study.series)),
    "NumberOfStudyRelatedInstances": lambda entity: _count(entity.study.instance_count),
    "NumberOfSeriesRelatedInstances": lambda entity: _count(
        0 if entity.series is None else len(entity.series.instances)
    ),
    "ModalitiesInStudy": lambda entity: _several(
        "CS", (each.raw(0x00080060) or b"" for each in list(entity.study.series.values()))
    ),
    "SOPClassesInStudy": lambda entity: _several(
        "UI", (each.raw(SOP_CLASS_UID) or b"" for each in entity.study.instances())
    ),
    "AvailableTransferSyntaxUID": lambda entity: _several(
        "UI", (each.transfer_syntax_uid.encode() for each in entity.instances())
    ),
}
_COMPUTED = {tag_for_keyword(keyword): compute for keyword, compute in _COMPUTERS.items()}
