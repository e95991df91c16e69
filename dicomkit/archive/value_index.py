"""Which studies have a certain value of an attribute: so a query need not look at each of them.

An archive may hold 10,000 studies and be asked for one patient. For each attribute that somebody has asked for,
there is a list of its values, each with its studies, which is kept up to date with what comes and goes. A key
without wildcards and ranges is looked up in it; any other is compared with each value once, and not with each study.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dicomkit.archive.matching import looked_up, lookup_forms
from dicomkit.archive.values import texts
from dicomkit.files.dictionary import dictionary_entry

if TYPE_CHECKING:
    from dicomkit.archive.entities import Study
    from dicomkit.archive.query import Condition

__all__ = ["ValueIndex"]


class ValueIndex:
    """Find the studies that have a value, or that hold a series or an instance that has it.

    Parameters
    ----------
    tag
        The attribute.
    """

    def __init__(self, tag: int) -> None:
        entry = dictionary_entry(tag)
        self._vr = entry.vr[:2] if entry is not None else "UN"
        # With how many entities of a study have the value.
        self._studies: dict[str, dict[Study, int]] = {}

    def add(self, raw: bytes | None, terms: bytes, study: Study) -> None:
        """Note a value, and to which study it belongs."""
        for form in self._forms(raw, terms):
            counts = self._studies.setdefault(form, {})
            counts[study] = counts.get(study, 0) + 1

    def remove(self, raw: bytes | None, terms: bytes, study: Study) -> None:
        """Forget what `add` was told."""
        for form in self._forms(raw, terms):
            counts = self._studies[form]
            counts[study] -= 1
            if not counts[study]:
                del counts[study]
            if not counts:
                del self._studies[form]

    def studies(self, condition: Condition) -> set[Study] | None:
        """Return the studies that may match; None if any may. A study in which nothing matches may be among them."""
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
