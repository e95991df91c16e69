"""An index of the values of one attribute, so that a query need not compare every study.

An archive may hold 10,000 studies and be asked for one patient. For each attribute that has been a matching key, there
is an index from values to studies, which is updated with the catalogue. A key without wildcards and ranges is looked
up; any other is compared with each distinct value once, not with each study.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dicomkit.archive.matching import looked_up, lookup_forms
from dicomkit.archive.values import texts
from dicomkit.files.dictionary import implicit_vr

if TYPE_CHECKING:
    from dicomkit.archive.entities import Study
    from dicomkit.archive.query import Condition

__all__ = ["ValueIndex"]


class ValueIndex:
    """Find the studies that have a value of one attribute, themselves or in a series or instance."""

    def __init__(self, tag: int) -> None:
        self._vr = implicit_vr(tag)[:2]
        # Studies by value, with the number of their entities that have it.
        self._studies: dict[str, dict[Study, int]] = {}

    def add(self, raw: bytes | None, terms: bytes, study: Study) -> None:
        """Add a value of an entity of a study."""
        for form in self._forms(raw, terms):
            counts = self._studies.setdefault(form, {})
            counts[study] = counts.get(study, 0) + 1

    def remove(self, raw: bytes | None, terms: bytes, study: Study) -> None:
        """Remove a value that `add` has added."""
        for form in self._forms(raw, terms):
            counts = self._studies[form]
            counts[study] -= 1
            if not counts[study]:
                del counts[study]
            if not counts:
                del self._studies[form]

    def studies(self, condition: Condition) -> set[Study] | None:
        """Return a superset of the studies that match; None if the index cannot tell."""
        if condition.matches is None or condition.vr != self._vr:
            return None
        forms = looked_up(condition.vr, condition.keys)
        if forms is None:
            return None
        if not forms:
            forms = (form for form in self._studies if condition.matches((form,)))
        return {study for form in forms for study in self._studies.get(form, ())}

    def _forms(self, raw: bytes | None, terms: bytes) -> Iterable[str]:
        return lookup_forms(self._vr, texts(self._vr, raw, terms)) if raw else ()
