"""A query: the keys of an identifier, sorted into what has to match and what is to be returned.

References
----------
PS3.4 section C.4.1.1.3, Identifier; section C.4.1.3.1.1, Hierarchical Search Method.
"""

from __future__ import annotations

from dataclasses import dataclass

from dicomkit.archive.elements import Element, Item
from dicomkit.archive.levels import UNIQUE_KEYS, Level, Model, level_of
from dicomkit.archive.matching import Matcher, matcher_for
from dicomkit.archive.query_error import QueryError
from dicomkit.archive.values import texts
from dicomkit.files.dictionary import dictionary_entry
from dicomkit.files.tokens import tag_text

__all__ = ["Condition", "Query", "named", "parse_conditions", "parse_query", "parse_retrieval"]

CHARACTER_SET, QUERY_LEVEL, TIME_ZONE = 0x00080005, 0x00080052, 0x00080201
# What stands in an identifier and is no key of an entity.
_NO_KEYS = frozenset({CHARACTER_SET, QUERY_LEVEL, TIME_ZONE, 0x00080053})
# What is said about each answer, whatever its level: Retrieve AE Title, Instance Availability and their like.
ABOUT_THE_ANSWER = frozenset({0x00080054, 0x00080056, 0x00081190, 0x00880130, 0x00880140})


@dataclass(frozen=True)
class Condition:
    """What one key asks of an attribute.

    Parameters
    ----------
    tag, vr
        The attribute.
    matches
        Decides on its values; None if all match.
    items
        Of a sequence: what one of its items has to fulfil.
    item_keys
        Of a sequence: what is returned of an item; empty for all of it.
    keys
        The values of the key, for those who look an entity up by them.
    """

    tag: int
    vr: str
    matches: Matcher | None = None
    items: tuple[Condition, ...] = ()
    item_keys: tuple[Condition, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def is_universal(self) -> bool:
        """Whether every entity matches."""
        return self.matches is None and not self.items


@dataclass(frozen=True)
class Query:
    """What is asked for.

    Parameters
    ----------
    model, level
        In which model, and about what.
    conditions
        What has to match, by level.
    returned
        The keys that come back with each answer.
    unsupported
        The keys that this archive cannot fill at that level: they come back empty, with status FF01H.
    """

    model: Model
    level: Level
    conditions: dict[Level, tuple[Condition, ...]]
    returned: tuple[Condition, ...]
    unsupported: tuple[int, ...] = ()

    def unique_keys(self, level: Level) -> tuple[str, ...]:
        """Return the values of the unique key of a level; empty if there are none, or a wildcard."""
        for condition in self.conditions.get(level, ()):
            if condition.tag == UNIQUE_KEYS[level]:
                has_wildcard = level is Level.PATIENT and any(set("*?") & set(key) for key in condition.keys)
                return () if has_wildcard else condition.keys
        return ()


def parse_query(
    identifier: Item, model: Model, *, relational: bool = False, level: Level | None = None
) -> Query:
    """Make a query of an identifier.

    Parameters
    ----------
    identifier
        The keys.
    model
        In which model it is asked.
    relational
        Whether keys of the levels above may be anything, or missing: what DICOMweb always allows, and DIMSE
        after extended negotiation. Else the search is hierarchical.
    level
        At which level, if the identifier does not say so.

    Raises
    ------
    QueryError
        If the level is missing or is none of the model, if a level above lacks its unique key, if a key
        belongs to another level, or if a value cannot be a key.
    """
    asked = _level_in(identifier, model) if level is None else level
    terms = _raw(identifier.get(CHARACTER_SET))
    by_level: dict[Level, list[Condition]] = {each: [] for each in Level}
    unsupported = []
    for condition in parse_conditions(identifier, terms):
        own = level_of(condition.tag)
        if condition.tag in ABOUT_THE_ANSWER:
            continue
        if max(own, model.top) > asked:
            if not condition.is_universal:
                raise _misplaced(condition.tag, own, asked)
            unsupported.append(condition.tag)
            continue
        above = max(own, model.top) < asked and condition.tag != UNIQUE_KEYS[own]
        if above and not relational and not condition.is_universal:
            raise _misplaced(condition.tag, own, asked)
        by_level[own].append(condition)
    if not relational:
        _check_unique_keys(by_level, model, asked)
    conditions = {
        each: tuple(one for one in found if not one.is_universal) for each, found in by_level.items()
    }
    returned = tuple(parse_conditions(identifier, terms))
    return Query(model, asked, conditions, returned, tuple(unsupported))


def parse_retrieval(identifier: Item, model: Model, *, relational: bool = False) -> Query:
    """Make a query of the identifier of a C-GET or C-MOVE request: unique keys, and nothing else.

    Raises
    ------
    QueryError
        As `parse_query`; also if the level has no unique key, which would mean everything, or if there is
        another key: who wants to search asks with C-FIND.

    References
    ----------
    PS3.4 section C.4.2.1.4, Identifier of C-MOVE.
    """
    query = parse_query(identifier, model, relational=relational)
    unique = set(UNIQUE_KEYS.values())
    for condition in (one for found in query.conditions.values() for one in found):
        if condition.tag not in unique:
            remedy = "search with C-FIND, and retrieve by the UIDs of its answers"
            problem = "is no unique key; retrieving takes no other"
            raise QueryError(named(condition.tag), problem, remedy, tags=[condition.tag])
    if not query.unique_keys(query.level):
        tag = UNIQUE_KEYS[query.level]
        problem = f"is missing; retrieving a {query.level.name} needs it"
        raise QueryError(
            named(tag), problem, "say which: one, or several with a backslash between them", tags=[tag]
        )
    return query


def parse_conditions(identifier: Item, terms: bytes) -> list[Condition]:
    """Return a condition for each key of an identifier or of an item in it.

    Raises
    ------
    QueryError
        If a value cannot be a key of its VR.
    """
    return [
        _condition(tag, element, terms)
        for tag, element in identifier.items()
        if tag not in _NO_KEYS and tag & 0xFFFF
    ]


def _condition(tag: int, element: Element, terms: bytes) -> Condition:
    if isinstance(element.value, tuple):
        inner = tuple(parse_conditions(element.value[0], terms)) if element.value else ()
        asked = tuple(one for one in inner if not one.is_universal)
        return Condition(tag, "SQ", items=asked, item_keys=inner)
    entry = dictionary_entry(tag)
    # The dictionary knows better than somebody who sends a key as UN.
    vr = entry.vr if element.vr == "UN" and entry is not None else element.vr
    if vr == "SQ":
        return Condition(tag, vr)
    keys = texts(vr, element.value, terms)
    return Condition(tag, vr, matcher_for(tag, vr, keys), keys=keys)


def _raw(element: Element | None) -> bytes:
    return element.value if element is not None and isinstance(element.value, bytes) else b""


def _level_in(identifier: Item, model: Model) -> Level:
    said = texts("CS", _raw(identifier.get(QUERY_LEVEL)))
    name = said[0].upper() if said else ""
    name = "IMAGE" if name == "INSTANCE" else name
    if name not in Level.__members__ or Level[name] < model.top:
        levels = ", ".join(level.name for level in Level if level >= model.top)
        raise QueryError(
            "Query/Retrieve Level (0008,0052)",
            "is missing" if not said else "is no level of this information model",
            f"say one of {levels}",
            tags=[QUERY_LEVEL],
        )
    return Level[name]


def _check_unique_keys(by_level: dict[Level, list[Condition]], model: Model, asked: Level) -> None:
    for level in Level:
        tag = UNIQUE_KEYS[level]
        if model.top <= level < asked and not any(one.tag == tag and one.keys for one in by_level[level]):
            raise QueryError(
                named(tag),
                f"is missing; level {asked.name} needs it",
                f"ask at level {level.name} first, and give the value of one answer",
                tags=[tag],
            )


def _misplaced(tag: int, own: Level, asked: Level) -> QueryError:
    remedy = (
        f"ask at level {own.name}, or leave its value empty"
        if own > asked
        else f"ask at level {own.name} first, and go on with the unique key of an answer"
    )
    problem = f"is a key of level {own.name}, not of {asked.name}"
    return QueryError(named(tag), problem, remedy, tags=[tag])


def named(tag: int) -> str:
    """Return an attribute as an error calls it: its keyword and its tag."""
    entry = dictionary_entry(tag)
    return f"{entry.keyword if entry else 'attribute'} {tag_text(tag)}"
