"""When an attribute of Type 1C or 2C must be present: the conditions that the data set itself can answer.

A condition is written as a phrase, so that a viewer shows the very text by which it decides: ``NumberOfFrames
is more than 1``, ``PatientIdentityRemoved is YES``, ``WindowCenter is present``, with ``or`` between values and
``and`` between sentences. Conditions that ask for anything else, such as what the scanner did, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.iods.tables import conditions

__all__ = ["condition_of", "holds"]


def condition_of(module: str, keyword: str) -> str:
    """Return when an attribute of Type 1C or 2C must be present, or "" if the data set cannot tell."""
    sentences = conditions()
    return sentences.get(f"{module} {keyword}", sentences.get(keyword, ""))


def holds(condition: str, values: Mapping[int, str]) -> bool:
    r"""Say whether a condition holds.

    Parameters
    ----------
    condition
        What `condition_of` returned; "" never holds.
    values
        The text of each element's value by tag; several values are separated by backslashes.

    Examples
    --------
    >>> holds("ImageType is ORIGINAL or MIXED", {0x00080008: r"ORIGINAL\PRIMARY"})
    True
    >>> holds("NumberOfFrames is more than 1", {0x00280008: "1"})
    False
    """
    return condition != "" and all(_sentence_holds(part, values) for part in condition.split(" and "))


def _sentence_holds(sentence: str, values: Mapping[int, str]) -> bool:
    keyword, _, wanted = sentence.partition(" is ")
    value = values.get(tag_for_keyword(keyword) or 0)
    if wanted in {"present", "absent"}:
        return (value is not None) == (wanted == "present")
    if value is None:
        return False
    if wanted.startswith("more than "):
        number = value.strip()
        return (
            number.isascii()
            and number.isdigit()
            and int(number[:12]) > int(wanted.removeprefix("more than "))
        )
    return not {one.strip() for one in value.split("\\")}.isdisjoint(wanted.split(" or "))
