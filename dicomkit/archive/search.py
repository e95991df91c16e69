"""Search the catalogue, with pydicom data sets (`find`, `instances`) or with a parsed query.

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
from dicomkit.archive.identifiers import item_of, to_dataset
from dicomkit.archive.levels import Level, Model
from dicomkit.archive.query import QUERY_LEVEL, Query, parse_query, parse_retrieval
from dicomkit.archive.records import EntityRecord
from dicomkit.archive.values import padded

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["find", "find_entities", "find_instances", "instances", "search"]

_RETRIEVE_AE_TITLE = 0x00080054
_Entity = TypeVar("_Entity")


def find(
    catalogue: Catalogue,
    keys: Dataset,
    *,
    level: str = "",
    model: Model = Model.STUDY_ROOT,
    relational: bool = True,
) -> Iterator[Dataset]:
    """Yield a data set for each entity that matches, with the return keys.

    Parameters
    ----------
    catalogue
        The archive's catalogue.
    keys
        Matching keys, and return keys with empty values.
    level
        ``PATIENT``, ``STUDY``, ``SERIES`` or ``IMAGE``; by default Query/Retrieve Level (0008,0052) of the keys.
    model
        The information model.
    relational
        Whether all keys of higher levels are allowed, not only unique keys.

    Raises
    ------
    QueryError
        If the keys are invalid.

    References
    ----------
    PS3.4 section C.4.1, C-FIND Operation.

    Examples
    --------
    >>> import tempfile
    >>> from pydicom import Dataset
    >>> keys = Dataset()
    >>> keys.PatientName = "Doe*"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     list(find(Catalogue(folder), keys, level="STUDY"))
    []
    """
    asked = Level[level] if level else None
    query = parse_query(item_of(keys), model, relational=relational, level=asked)
    catalogue.refresh()
    return (to_dataset(item) for item in search(catalogue, query))


def instances(
    catalogue: Catalogue, keys: Dataset, *, model: Model = Model.STUDY_ROOT, relational: bool = True
) -> Iterator[Instance]:
    """Yield the instances of the entities that the unique keys name; ``path`` is the file.

    Raises
    ------
    QueryError
        If there is another key than a unique one, or none of the level.

    References
    ----------
    PS3.4 section C.4.2.1.4, Identifier of C-MOVE.
    """
    query = parse_retrieval(item_of(keys), model, relational=relational)
    catalogue.refresh()
    return find_instances(catalogue, query)


def search(catalogue: Catalogue, query: Query, *, ae_title: str = "") -> Iterator[Item]:
    """Yield the answer for each entity of a refreshed catalogue that matches.

    `ae_title` is Retrieve AE Title (0008,0054) in each answer; empty for none.
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
    above = query.conditions[Level.PATIENT] + query.conditions[Level.STUDY]
    for study in _possible_studies(catalogue, query):
        entity = record([study])
        if not fulfils(entity, above):
            continue
        if query.level is Level.STUDY:
            yield entity
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
