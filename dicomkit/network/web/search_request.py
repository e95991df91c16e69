"""Parse the URL of a search: matching keys, return keys, and the number of answers.

References
----------
PS3.18 section 8.3.4, Search Query Parameters; section 10.6, Search Transaction.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import NamedTuple

from dicomkit.archive.elements import Item
from dicomkit.archive.key_texts import item_of_texts
from dicomkit.archive.levels import COMPUTED, INDEXED, Level, Model, level_of
from dicomkit.archive.query import Query, parse_query
from dicomkit.archive.query_error import QueryError
from dicomkit.errors import AttributePathError, AttributeValueError
from dicomkit.files.attribute_path import parse_path
from dicomkit.files.dictionary import dictionary_entry, tag_for_keyword
from dicomkit.files.tokens import tag_text
from dicomkit.network.web.answer import RequestRefusedError, bad_parameter

__all__ = ["SearchRequest", "parameters_of", "parse_search", "whole_number"]

_TAG = re.compile(r"[0-9A-Fa-f]{8}")
_MAX_PARAMETERS = 200
_MAX_DIGITS = 9
_AS_LIST = "give several values as a list, with commas between"
_OPTIONS = ("fuzzymatching", "emptyvaluematching", "multiplevaluematching")
_NOT_DONE = {
    "fuzzymatching": "The fuzzymatching parameter is not supported. Only literal matching has been performed.",
    "emptyvaluematching": "The emptyvaluematching parameter is not supported. "
    "Empty Value Matching has not been performed.",
    "multiplevaluematching": "The multiplevaluematching parameter is not needed: lists of values always match.",
}
# Attributes of every answer (PS3.18 Tables 10.6.3-3 to 10.6.3-5).
_ALWAYS = {
    Level.STUDY: (
        "StudyDate StudyTime AccessionNumber InstanceAvailability ModalitiesInStudy ReferringPhysicianName"
        " PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID StudyID"
        " NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances"
    ),
    Level.SERIES: (
        "Modality SeriesDescription SeriesInstanceUID SeriesNumber NumberOfSeriesRelatedInstances"
        " PerformedProcedureStepStartDate PerformedProcedureStepStartTime RequestAttributesSequence"
        " StudyInstanceUID"
    ),
    Level.IMAGE: (
        "SOPClassUID SOPInstanceUID InstanceAvailability InstanceNumber Rows Columns BitsAllocated NumberOfFrames"
        " StudyInstanceUID SeriesInstanceUID"
    ),
}  # fmt: skip


class SearchRequest(NamedTuple):
    """A query, and the range of answers to return."""

    query: Query
    offset: int = 0
    limit: int | None = None
    warnings: tuple[str, ...] = ()


def parameters_of(text: str) -> dict[str, str]:
    """Return the parameters of a URL by name; the names of DICOMweb's own in lower case.

    Raises
    ------
    RequestRefusedError
        400 if one occurs twice (except includefield), there are too many, or they are not UTF-8.
    """
    try:
        pairs = urllib.parse.parse_qsl(
            text, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS, errors="strict"
        )
    except ValueError as error:
        raise RequestRefusedError(
            400, "query of the URL", "cannot be read", f"up to {_MAX_PARAMETERS} parameters, in UTF-8"
        ) from error
    found: dict[str, str] = {}
    for name, value in pairs:
        known = name.lower() if name.lower() in {"limit", "offset", "includefield", *_OPTIONS} else name
        if known in found and known != "includefield":
            raise bad_parameter(name, "occurs twice", _AS_LIST)
        found[known] = f"{found[known]},{value}" if known in found else value
    return found


def whole_number(name: str, text: str) -> int:
    """Return the value of a parameter as a number.

    Raises
    ------
    RequestRefusedError
        400 if it is no whole number.
    """
    if not text.isascii() or not text.isdigit() or len(text) > _MAX_DIGITS:
        raise bad_parameter(name, "is no whole number", f"write for example {name}=10")
    return int(text)


def parse_search(text: str, level: Level, above: dict[str, str]) -> SearchRequest:
    """Parse the query of a URL into a query of the catalogue.

    Parameters
    ----------
    text
        The part of the URL after the question mark.
    level
        The level of the answers.
    above
        The UIDs in the path, by keyword.

    Raises
    ------
    RequestRefusedError
        400 if a parameter is invalid.
    """
    parameters = parameters_of(text)
    parameters.pop("accept", None)
    limit, offset = (parameters.pop(name, "") for name in ("limit", "offset"))
    warnings = [_NOT_DONE[name] for name in _OPTIONS if parameters.pop(name, "false").lower() != "false"]
    fields = _fields(parameters.pop("includefield", ""), level)
    wanted = {path: _value(path, value) for path, value in parameters.items()}
    try:
        _check_once(list(wanted))
        item = item_of_texts({_path(name): value for name, value in wanted.items()})
        returned = item_of_texts(
            dict.fromkeys([_path(name) for name in [*_always(level, above), *fields]], "")
        )
        item = _with_path(_merged(returned, item), above)
        query = parse_query(item, Model.STUDY_ROOT, relational=True, level=level)
    except (QueryError, AttributePathError, AttributeValueError) as error:
        raise RequestRefusedError(400, error.given, error.problem, error.remedy) from error
    return SearchRequest(
        query,
        whole_number("offset", offset) if offset else 0,
        whole_number("limit", limit) if limit else None,
        tuple(warnings),
    )


def _check_once(names: list[str]) -> None:
    """Refuse an attribute that occurs as a keyword and as a tag."""
    found: dict[str, str] = {}
    for name in names:
        path = str(parse_path(_path(name)))
        if path in found:
            raise bad_parameter(name, f"is the same as {found[path]}", _AS_LIST)
        found[path] = name


def _always(level: Level, above: dict[str, str]) -> list[str]:
    """Return the attributes of every answer, including higher levels that are not in the path."""
    words = _ALWAYS[level].split()
    if level > Level.STUDY and "StudyInstanceUID" not in above:
        words += _ALWAYS[Level.STUDY].split()
    if level > Level.SERIES and "SeriesInstanceUID" not in above:
        words += _ALWAYS[Level.SERIES].split()
    return list(dict.fromkeys(words))


def _fields(text: str, level: Level) -> list[str]:
    """Return the attributes of includefield; ``all`` means all indexed and computed ones."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if "all" not in (name.lower() for name in names):
        return names
    tags = [tag for each in Level if each <= level for tag in INDEXED[each] + COMPUTED[each]]
    return [tag_text(tag) for tag in tags if level_of(tag) != Level.PATIENT or tag in INDEXED[Level.PATIENT]]


def _path(name: str) -> str:
    """Return the path of a key, which has no brackets and no item numbers in a URL."""
    steps = [f"({step[:4]},{step[4:]})" if _TAG.fullmatch(step) else step for step in name.split(".")]
    return ".".join([*(f"{step}[0]" for step in steps[:-1]), steps[-1]])


def _value(name: str, text: str) -> str:
    """Return a value as in DIMSE: a list of UIDs is separated by commas in a URL."""
    last = name.rsplit(".", maxsplit=1)[-1]
    tag = int(last, 16) if _TAG.fullmatch(last) else tag_for_keyword(last)
    entry = dictionary_entry(tag) if tag is not None else None
    return text.replace(",", "\\") if entry is not None and entry.vr == "UI" else text


def _merged(returned: Item, asked: Item) -> Item:
    """Return all keys; matching keys are returned, too."""
    return returned | {tag: element for tag, element in asked.items() if element.value or tag not in returned}


def _with_path(item: Item, above: dict[str, str]) -> Item:
    for tag, element in item_of_texts(above).items():
        if tag in item and item[tag].value not in {b"", element.value}:
            raise RequestRefusedError(
                400,
                tag_text(tag),
                "the path of the URL names another one than its query",
                "name it in one of both",
            )
        item[tag] = element
    return item
