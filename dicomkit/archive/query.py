"""A query: the keys of an identifier, divided into matching keys and return keys.

References
----------
PS3.4 section C.4.1.1.3, Identifier; section C.4.1.3.1.1, Hierarchical Search Method.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dicomkit.archive.elements import Element, Item, raw_in
from dicomkit.archive.levels import UNIQUE_KEYS, Level, Model, level_of
from dicomkit.archive.matching import Matcher, matcher_for
from dicomkit.archive.query_error import QueryError
from dicomkit.archive.values import texts
from dicomkit.files.dictionary import dictionary_entry, implicit_vr
from dicomkit.files.tokens import tag_text

__all__ = ["Condition", "Query", "named", "parse_conditions", "parse_query", "parse_retrieval"]

CHARACTER_SET, QUERY_LEVEL, TIME_ZONE = 0x00080005, 0x00080052, 0x00080201
# Elements of an identifier that are no keys.
_NO_KEYS = frozenset({CHARACTER_SET, QUERY_LEVEL, TIME_ZONE, 0x00080053})
# Attributes of the answer, at any level: Retrieve AE Title, Instance Availability and others.
ABOUT_THE_ANSWER = frozenset({0x00080054, 0x00080056, 0x00081190, 0x00880130, 0x00880140})


@dataclass(frozen=True)
class Condition:
    """A matching or return key.

    Parameters
    ----------
    tag, vr
        The attribute.
    matches
        Decides on its values; None for universal matching.
    items
        Of a sequence: the conditions that one of its items has to fulfil.
    item_keys
        Of a sequence: the return keys of an item; empty for all elements.
    keys
        The values of the key, for looking up an entity.
    seen
        Results of earlier comparisons by value and character set: most values repeat.
    """

    tag: int
    vr: str
    matches: Matcher | None = None
    items: tuple[Condition, ...] = ()
    item_keys: tuple[Condition, ...] = ()
    keys: tuple[str, ...] = ()
    seen: dict[tuple[bytes, bytes], bool] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_universal(self) -> bool:
        """Whether every entity matches."""
        return self.matches is None and not self.items


@dataclass(frozen=True)
class Query:
    """A query.

    Parameters
    ----------
    level
        Query/Retrieve Level.
    conditions
        Matching keys by level.
    returned
        Return keys.
    unsupported
        Keys of lower levels, which cannot be filled: they are returned empty, with status FF01H.
    """

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
    """Parse the identifier of a C-FIND request.

    Parameters
    ----------
    identifier, model
        The keys, and the information model.
    relational
        Whether all keys of higher levels are allowed, and unique keys of higher levels optional: always in
        DICOMweb, in DIMSE after extended negotiation. Otherwise the search is hierarchical.
    level
        The level, if the identifier does not hold it.

    Raises
    ------
    QueryError
        If the level is missing or not in the model, if a higher level lacks its unique key, if a key belongs to
        another level, or if a value is invalid.
    """
    asked = _level_in(identifier, model) if level is None else level
    keys = parse_conditions(identifier, raw_in(identifier, CHARACTER_SET))
    by_level: dict[Level, list[Condition]] = {each: [] for each in Level}
    unsupported = []
    for condition in keys:
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
    return Query(asked, conditions, tuple(keys), tuple(unsupported))


def parse_retrieval(identifier: Item, model: Model, *, relational: bool = False) -> Query:
    """Parse the identifier of a C-GET or C-MOVE request, which holds unique keys only.

    Raises
    ------
    QueryError
        As `parse_query`; also if the unique key of the level is missing, or there is any other key.

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
    # For a key that was sent as UN, the dictionary knows the VR.
    vr = implicit_vr(tag)[:2] if element.vr == "UN" else element.vr
    if vr == "SQ":
        return Condition(tag, vr)
    keys = texts(vr, element.value, terms)
    return Condition(tag, vr, matcher_for(tag, vr, keys), keys=keys)


def _level_in(identifier: Item, model: Model) -> Level:
    said = texts("CS", raw_in(identifier, QUERY_LEVEL))
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
    """Return keyword and tag of an attribute, for errors."""
    entry = dictionary_entry(tag)
    return f"{entry.keyword if entry else 'attribute'} {tag_text(tag)}"
