r"""Compare the value of a key with that of an attribute: all kinds of matching of PS3.4 section C.2.2.2.

Rules that the Standard leaves to the implementation, for its conformance statement:

- Names (PN) are compared without regard to case, but with accents. All other values are case-sensitive.
- A name key without ``=`` is compared with each of the three forms of a name, alphabetic, ideographic and
  phonetic; one with ``=`` form by form. Trailing empty components are ignored: ``DOE^JANE`` is ``DOE^JANE^^``.
- Several values, separated by ``\``, match if one of them does, whatever the VR.
- An attribute of several values matches if one of them does; one without a value matches universal keys only.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from dicomkit.archive.date_times import span_of, span_of_range
from dicomkit.archive.query_error import QueryError
from dicomkit.files.dictionary import dictionary_entry
from dicomkit.files.encoding import CHARACTER_SET_VRS, NUMBER_CODES
from dicomkit.files.tokens import tag_text

__all__ = ["Matcher", "looked_up", "lookup_forms", "matcher_for"]

Matcher: TypeAlias = Callable[[Sequence[str]], bool]

_WILDCARD_VRS = CHARACTER_SET_VRS | {"AE", "CS", "UR"}  # listed in PS3.4 section C.2.2.2.4
_SPAN_WORDS = {"DA": "date YYYYMMDD", "TM": "time HHMMSS", "DT": "date and time YYYYMMDDHHMMSS"}
_WILDCARDS = re.compile(r"[*?]")
_MAX_KEY_LENGTH = 1024


def matcher_for(tag: int, vr: str, keys: Sequence[str]) -> Matcher | None:
    """Return a function that decides whether values match the values of a key; None if all do (universal matching).

    Raises
    ------
    QueryError
        If a value cannot be a key of that VR, such as a wildcard in a date.

    References
    ----------
    PS3.4 section C.2.2.2, Attribute Matching.

    Examples
    --------
    >>> matches = matcher_for(0x00100010, "PN", ["doe*"])
    >>> matches(["DOE^JANE"]), matches(["ROE^DOE"]), matches([])
    (True, False, False)
    """
    wanted = [key for key in keys if key]
    if not wanted or (vr in _WILDCARD_VRS and any(not key.strip("*") for key in wanted)):
        return None
    if vr in _SPAN_WORDS:
        return _span_matcher(tag, vr, wanted)
    if vr == "PN":
        return _any_of([_name_matcher(key) for key in wanted])
    if vr in _WILDCARD_VRS and any(_WILDCARDS.search(key) for key in wanted):
        return _any_of([re.compile("|".join(f"(?:{_pattern(key)})" for key in wanted), re.DOTALL).fullmatch])
    if vr == "UI" and any(_WILDCARDS.search(key) for key in wanted):
        raise _refused(tag, "is a UID, which takes no wildcard", "leave it empty to match all, or list UIDs")
    if vr in {"IS", "DS"} or vr in NUMBER_CODES:
        return _number_matcher(tag, vr, wanted)
    same = frozenset(wanted)
    return lambda values: not same.isdisjoint(values)


def looked_up(vr: str, keys: Sequence[str]) -> Iterable[str] | None:
    """Return the forms (see `lookup_forms`) of the values that match.

    The result is empty if each value has to be compared with the keys, and None if even its forms do not suffice.

    Examples
    --------
    >>> looked_up("PN", ["Doe^Jane^"]), looked_up("PN", ["Doe*"]), looked_up("PN", ["*=Doe"])
    ({'doe^jane'}, (), None)
    """
    if vr == "PN" and any("=" in key for key in keys):
        return None
    if vr in _SPAN_WORDS or vr in {"IS", "DS"} or vr in NUMBER_CODES:
        return ()
    if vr in _WILDCARD_VRS and any(_WILDCARDS.search(key) for key in keys):
        return ()
    return lookup_forms(vr, [key for key in keys if key])


def lookup_forms(vr: str, values: Sequence[str]) -> set[str]:
    """Return the forms under which values are indexed: of names each of the three, in lower case."""
    if vr != "PN":
        return set(values)
    return {_without_empty_end(form) for value in values for form in value.casefold().split("=")}


def _any_of(matchers: Sequence[Callable[[str], object]]) -> Matcher:
    return lambda values: any(matches(value) for value in values for matches in matchers)


def _span_matcher(tag: int, vr: str, keys: Sequence[str]) -> Matcher:
    spans = []
    for key in keys:
        span = span_of_range(vr, key)
        if span is None:
            remedy = "write one value or a range: A-B, A-, -B; there are no wildcards here (PS3.4 section C.2.2.2.5)"
            raise _refused(tag, f"is no {_SPAN_WORDS[vr]} and no range of two", remedy)
        spans.append(span)

    def matches(values: Sequence[str]) -> bool:
        found = [span_of(vr, value) for value in values]
        return any(span.holds(one) for one in found if one is not None for span in spans)

    return matches


def _number_matcher(tag: int, vr: str, keys: Sequence[str]) -> Matcher:
    numbers = [_number(key) for key in keys]
    if None in numbers:
        raise _refused(tag, f"is no number, as VR {vr} has", "give one number; there are no wildcards here")
    return lambda values: any(_number(value) in numbers for value in values)


def _number(text: str) -> decimal.Decimal | None:
    try:
        number = decimal.Decimal(text.strip())
    except decimal.InvalidOperation:
        return None
    return number if number.is_finite() else None


def _name_matcher(key: str) -> Callable[[str], bool]:
    forms = [_name_form_matcher(form) for form in key.casefold().split("=")]

    def matches(name: str) -> bool:
        found = [_without_empty_end(form) for form in name.casefold().split("=")]
        if len(forms) == 1:
            return any(forms[0](form) for form in found)
        found += [""] * (len(forms) - len(found))
        return all(match(form) for match, form in zip(forms, found, strict=False))

    return matches


def _name_form_matcher(key: str) -> Callable[[str], bool]:
    if not key.strip("*"):
        return lambda _: True
    if not _WILDCARDS.search(key):
        same = _without_empty_end(key)
        return lambda form: form == same
    matches = re.compile(_pattern(key), re.DOTALL).fullmatch
    # DOE^* also matches DOE without a given name.
    return lambda form: matches(form) is not None or matches(form + "^^^^"[form.count("^") :]) is not None


def _without_empty_end(form: str) -> str:
    return "^".join(part.strip(" ") for part in form.split("^")).rstrip("^")


def _pattern(key: str) -> str:
    """Return a regular expression for wildcards, without backtracking over a star."""
    first, *others = (
        "".join("." if sign == "?" else re.escape(sign) for sign in part)
        for part in key[:_MAX_KEY_LENGTH].split("*")
    )
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>.*?{part})" for part in middle if part) + ".*" + last


def _refused(tag: int, problem: str, remedy: str) -> QueryError:
    entry = dictionary_entry(tag)
    return QueryError(entry.keyword if entry else tag_text(tag), problem, remedy, tags=[tag])
