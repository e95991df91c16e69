"""The terms of the workshop: ``glossary("SOP class")`` explains a term in any spelling.

The terms are in ``glossary.toml``; the page ``notebooks/glossary.md`` is made from the same file.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
import textwrap
import tomllib
from pathlib import Path
from typing import Any

from dicomkit.text import shorten

__all__ = ["PAGE_NAME", "Term", "find_terms", "glossary", "similar_terms", "terms"]

PAGE_NAME = "glossary.md"
_VRS_ANCHOR = "Value-representations"
_VRS_PLACE = "PS3.5 section 6.2"
_WIDTH = 96  # characters of a line
_MAX_SHOWN = 40  # characters of an unknown term
_MAX_SUGGESTIONS = 3
_LEAST_LIKENESS = 0.6
_LONG_ENOUGH = 4  # letters of what is looked for inside of another name
_QUESTION = re.compile(r"(what(\s+is|\s+are|'s)\s+)?((an?|the)\s+)?", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Term:
    """A term and its meaning.

    Parameters
    ----------
    name
        As the Standard writes it.
    text
        What it means, in a sentence or two.
    also
        Other names of the same thing.
    place
        Section of the Standard, for example ``"PS3.4 section 6.5"``; empty for other terms.
    met
        Number of the notebook that first uses it; empty if none does.
    anchor
        Its anchor on the page ``glossary.md``.
    """

    name: str
    text: str
    also: tuple[str, ...] = ()
    place: str = ""
    met: str = ""
    anchor: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The name and the other names."""
        return (self.name, *self.also)


def glossary(term: object = "") -> None:
    """Print the meaning of a term; without an argument, list all terms.

    Parameters
    ----------
    term
        In any spelling, for example ``"SOP class"``, ``"sop classes"`` or ``"service class user"``.
    """
    if not isinstance(term, str):
        print('A term is a text in quotes, for example glossary("SOP class"); glossary() lists all of them.')
    elif not _folded(term):
        print(_list_of_terms())
    elif found := find_terms(term):
        print("\n\n".join(map(_explanation, found)))
    else:
        print(_no_such_term(term))


@functools.cache
def terms() -> tuple[Term, ...]:
    """Return all terms in alphabetical order, the value representations last."""
    loaded: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    words = [
        Term(**{**entry, "also": tuple(entry.get("also", ()))}, anchor=entry["name"].replace(" ", "-"))
        for entry in loaded["term"]
    ]
    vrs = [Term(code, text, (), _VRS_PLACE, "", _VRS_ANCHOR) for code, text in loaded["vr"].items()]
    return (*sorted(words, key=lambda word: word.name.casefold()), *vrs)


def find_terms(spelling: str) -> tuple[Term, ...]:
    """Return the terms with a name, also in the plural, with an article or as a question."""
    bare = _QUESTION.sub("", spelling.strip(), count=1)
    for wanted in (spelling, bare):
        for folded in _singulars(_folded(wanted)):
            found = tuple(term for term in terms() if folded in map(_folded, term.names))
            if found:
                return found
    return ()


def similar_terms(spelling: str) -> tuple[str, ...]:
    """Return the names that are most similar to a spelling, the best one first."""
    names = {_folded(name): term.name for term in terms() for name in term.names}
    wanted = _folded(spelling)
    near = difflib.get_close_matches(wanted, names, _MAX_SUGGESTIONS, _LEAST_LIKENESS)
    if len(wanted) >= _LONG_ENOUGH:
        near += [folded for folded in names if wanted in folded]
    near += [folded for folded in names if len(folded) >= _LONG_ENOUGH and folded in wanted]
    return tuple(dict.fromkeys(names[folded] for folded in near))[:_MAX_SUGGESTIONS]


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _singulars(folded: str) -> tuple[str, ...]:
    singulars = (folded.removesuffix("s"), folded.removesuffix("es"), re.sub("ies$", "y", folded))
    return tuple(dict.fromkeys((folded, *singulars)))


def _explanation(term: Term) -> str:
    also = f" (also: {', '.join(term.also)})" if term.also else ""
    also = ", a value representation" if term.anchor == _VRS_ANCHOR else also
    met = f"first met in notebook {term.met}" if term.met else ""
    ends = "; ".join(part for part in (term.place, met) if part)
    return "\n".join([term.name + also, textwrap.fill(term.text, _WIDTH), *([ends] if ends else [])])


def _list_of_terms() -> str:
    names = ", ".join(term.name for term in terms() if term.anchor != _VRS_ANCHOR)
    codes = " ".join(term.name for term in terms() if term.anchor == _VRS_ANCHOR)
    return "\n".join(
        [
            textwrap.fill(names, _WIDTH, break_on_hyphens=False),
            textwrap.fill(f"Value representations: {codes}", _WIDTH),
            f'glossary("UID") explains one of them; {PAGE_NAME} explains all.',
        ]
    )


def _no_such_term(spelling: str) -> str:
    if attribute := _attribute(spelling):
        return attribute
    shown = shorten(spelling, _MAX_SHOWN)
    near = similar_terms(spelling)
    advice = f"Did you mean {' or '.join(near)}?" if near else "glossary() lists all terms."
    return f'The glossary has no "{shown}". {advice}'


def _attribute(spelling: str) -> str:
    """Return the data dictionary's entry for a keyword; empty for other words."""
    from pydicom.datadict import get_entry, tag_for_keyword  # noqa: PLC0415 - the lessons are light to import
    from pydicom.tag import Tag  # noqa: PLC0415

    found = tag_for_keyword(spelling.strip())
    if found is None:
        return ""
    vr, vm, name, _, keyword = get_entry(found)
    return f"{keyword} is an attribute: {name}, {Tag(found)}, VR {vr}, VM {vm} (PS3.6 section 6)."
