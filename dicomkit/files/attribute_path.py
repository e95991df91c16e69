"""Read paths such as ``(0008,1140)[0].ReferencedSOPInstanceUID`` that name one element of a data set."""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple

from pydicom.datadict import keyword_dict, tag_for_keyword
from pydicom.tag import BaseTag, Tag

from dicomkit.errors import AttributePathError

__all__ = ["PathStep", "nearest_keyword", "parse_path"]

_STEP = re.compile(
    r"(?:\([ ]*(?P<group>[0-9A-Fa-f]{4})[ ]*,[ ]*(?P<element>[0-9A-Fa-f]{4})[ ]*\)|(?P<keyword>\w+))"
    r"(?:\[[ ]*(?P<index>\d{1,9})[ ]*\])?"
)


class PathStep(NamedTuple):
    """One step of a path: a tag, and an item's index counted from 0 if the step goes into a sequence."""

    tag: BaseTag
    item_index: int | None


def parse_path(path: str) -> list[PathStep]:
    """Divide a path into its steps.

    Parameters
    ----------
    path
        Steps joined by ``.``; each is a tag ``(gggg,eeee)`` or a keyword, and ``[n]`` after it means an item
        of that sequence. Items count from 0, as in Python and in DCMTK's ``dcmodify``.

    Raises
    ------
    AttributePathError
        If the path cannot be read, or a keyword does not exist.

    Examples
    --------
    >>> parse_path("(0008,1140)[0].ReferencedSOPInstanceUID")
    [PathStep(tag=(0008,1140), item_index=0), PathStep(tag=(0008,1155), item_index=None)]
    """
    steps = []
    position = 0
    while True:
        found = _STEP.match(path, position)
        if found is None:
            raise AttributePathError(
                path,
                f"cannot be read from character {position + 1} on",
                "write (gggg,eeee) or a keyword, then [n]",
            )
        index = int(found["index"]) if found["index"] else None
        steps.append(PathStep(_tag(found, path), index))
        position = found.end()
        if position == len(path):
            break
        if path[position] != ".":
            raise AttributePathError(
                path, f"cannot be read from character {position + 1} on", "join the steps with a period"
            )
        position += 1
    for step in steps[:-1]:
        if step.item_index is None:
            raise AttributePathError(
                path, f"does not say which item of {step.tag}", "write [0] for the first item"
            )
    return steps


def nearest_keyword(keyword: str) -> str | None:
    """Return the keyword of PS3.6 that looks most like `keyword`, or None if none does.

    Examples
    --------
    >>> nearest_keyword("PatientsName")
    'PatientName'
    """
    by_lower_case = {known.lower(): known for known in keyword_dict}
    near = difflib.get_close_matches(keyword.lower(), by_lower_case, n=1)
    return by_lower_case[near[0]] if near else None


def _tag(found: re.Match[str], path: str) -> BaseTag:
    keyword = found["keyword"]
    if keyword is None:
        return Tag(int(found["group"], 16), int(found["element"], 16))
    tag = tag_for_keyword(keyword)
    if tag is None:
        near = nearest_keyword(keyword)
        remedy = f"did you mean {near}?" if near else "write its tag, (gggg,eeee)"
        raise AttributePathError(path, f"no attribute has the keyword {keyword}", remedy)
    return Tag(tag)
