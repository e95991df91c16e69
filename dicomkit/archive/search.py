"""Search the catalogue: yield one answer after the other.

Answers are made one by one, so a query for everything takes no more memory than any other.

References
----------
PS3.4 section C.4.1.3.1.1, Hierarchical Search Method.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from dicomkit.archive.answers import asked_elements, fulfils, with_one_character_set
from dicomkit.archive.catalogue import Catalogue
from dicomkit.archive.elements import Element, Item
from dicomkit.archive.entities import Instance, Series, Study
from dicomkit.archive.levels import Level
from dicomkit.archive.query import QUERY_LEVEL, Query
from dicomkit.archive.records import EntityRecord
from dicomkit.archive.values import padded

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["find_entities", "find_instances", "search"]

_RETRIEVE_AE_TITLE = 0x00080054
_Entity = TypeVar("_Entity")


def search(catalogue: Catalogue, query: Query, *, ae_title: str = "") -> Iterator[Item]:
    """Yield the answer for each entity that matches.

    Parameters
    ----------
    catalogue
        The catalogue, which the caller has refreshed.
    query
        The query.
    ae_title
        For Retrieve AE Title (0008,0054) in each answer; empty for none.
    """
    level = Element("CS", padded(query.level.name, "CS"))
    source = Element("AE", padded(ae_title, "AE"))
    unsupported = frozenset(query.unsupported)
    keys = [key for key in query.returned if key.tag not in unsupported]
    empty = {
        key.tag: Element(key.vr, b"" if key.vr != "SQ" else ())
        for key in query.returned
        if key.tag in unsupported
    }
    for entity in find_entities(catalogue, query, ae_title=ae_title):
        answer = with_one_character_set(asked_elements(entity, keys))
        answer[QUERY_LEVEL] = level
        if ae_title:
            answer[_RETRIEVE_AE_TITLE] = source
        yield answer | empty if empty else answer


def find_entities(catalogue: Catalogue, query: Query, *, ae_title: str = "") -> Iterator[EntityRecord]:
    """Yield each patient, study, series or instance that matches, in order of arrival."""
    wanted = frozenset(key.tag for key in query.returned)

    def record(
        studies: list[Study], series: Series | None = None, instance: Instance | None = None
    ) -> EntityRecord:
        return EntityRecord(studies, series, instance, ae_title=ae_title, wanted=wanted)

    if query.level is Level.PATIENT:
        entities = map(record, _possible_patients(catalogue, query))
        yield from (one for one in entities if fulfils(one, query.conditions[Level.PATIENT]))
        return
    for study in _matching_studies(catalogue, query, record):
        if query.level is Level.STUDY:
            yield record([study])
            continue
        for series in _candidates(study.series, query.unique_keys(Level.SERIES)):
            entity = record([study], series)
            if not fulfils(entity, query.conditions[Level.SERIES]):
                continue
            if query.level is Level.SERIES:
                yield entity
                continue
            uids = query.unique_keys(Level.IMAGE)
            instances = _candidates(series.instances, uids) if uids else series.in_order()
            below = (record([study], series, instance) for instance in instances)
            yield from (one for one in below if fulfils(one, query.conditions[Level.IMAGE]))


def _possible_patients(catalogue: Catalogue, query: Query) -> Iterator[list[Study]]:
    """Yield all studies of each patient who may match."""
    studies = catalogue.narrowed(query.conditions[Level.PATIENT])
    if studies is None:
        return catalogue.patients()
    keys = dict.fromkeys(study.patient_key for study in studies)
    return (found for key in keys if (found := catalogue.studies_of(key)))


def _matching_studies(
    catalogue: Catalogue, query: Query, record: Callable[[list[Study]], EntityRecord]
) -> Iterator[Study]:
    conditions = query.conditions[Level.PATIENT] + query.conditions[Level.STUDY]
    for study in _possible_studies(catalogue, query):
        if not conditions or fulfils(record([study]), conditions):
            yield study


def _possible_studies(catalogue: Catalogue, query: Query) -> list[Study]:
    """Return the studies that may match, or whose series or instances may."""
    uids = query.unique_keys(Level.STUDY)
    if uids:
        return _candidates(catalogue.studies, uids)
    found = catalogue.narrowed(condition for each in Level for condition in query.conditions[each])
    return list(catalogue.studies.values()) if found is None else found


def _candidates(entities: dict[str, _Entity], uids: Iterable[str]) -> list[_Entity]:
    """Return the entities with these UIDs, or all if there are none."""
    if not uids:
        return list(entities.values())
    return [entities[uid] for uid in dict.fromkeys(uids) if uid in entities]


def find_instances(catalogue: Catalogue, query: Query) -> Iterator[Instance]:
    """Yield the instances of each entity that matches, at any level: those that C-GET and C-MOVE send."""
    for entity in find_entities(catalogue, query):
        yield from entity.instances()
