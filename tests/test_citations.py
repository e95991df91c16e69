"""Citations of the Standard: each one was looked up, and all are written in one way.

`tests/data/standard_sections.tsv` lists what is cited. Whoever cites another section looks it up in the Standard and
adds a line, and takes the line away with the last citation.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "data" / "standard_sections.tsv"
FOLDERS = ("dicomkit", "notebooks", "tests")
SUFFIXES = {".ipynb", ".js", ".md", ".mjs", ".py", ".toml"}
HEAD = "part\tplace\ttitle\tlooked up in"

_NUMBER = r"(?:[A-Z]{1,2}|\d+)(?:\.\d+)*(?:-\d+)?(?!\w)"
_REMARK = r"(?: \([^)]*\))?"
_MORE = rf"(?:, (?=[A-Z]?\.?\d)|(?:, and| and| to) (?=[A-Z]?[\d.]|[A-Z]\b)){_NUMBER}{_REMARK}"
_PLACE = re.compile(
    r"\b(?P<kind>[Ss]ections?|[Aa]nnex(?:es)?|[Tt]ables?|[Cc]hapters?|[Cc]lauses?|equations?|CID) "
    rf"(?P<numbers>{_NUMBER}{_REMARK}(?:{_MORE})*)"
)
# What is cited: a part of the Standard, perhaps in an older edition, or another document.
_DOCUMENT = re.compile(
    r"(?P<part>PS3\.\d+(?: \d{4}[a-e]?)?)"
    r"|RFC \d|ISO\b|ITU-|G\.711|ECMA|TIFF|ICC\.|ICAO|Unicode Standard|APPNOTE"
)
_ONE = {"sections": "section", "annexes": "annex", "Tables": "Table", "equations": "equation"}
_BADLY_WRITTEN = re.compile(
    r"PS 3\.\d+|PS3\.\d+-\d|PS3\.\d+,? (?:[A-Z]\.|\d+\.)\d"
    r"|PS3\.\d+(?: \d{4}\w?)? (?:Section|Annex|table|[Cc]hapter|[Cc]lause)s? [A-Z\d]|\bannex [A-Z]\.\d"
)
_TITLE = re.compile(r", (?!PS3|Table)(?P<title>[A-Z][^.;:()]*)")
# Between paragraphs stands an empty line or an empty comment; a line may begin with the sign of a comment.
_BETWEEN_PARAGRAPHS = re.compile(r"\n\s*(?:#|//|\*)?[ \t]*\n")
_NEW_LINE = re.compile(r"\n[ \t]*(?:#:?|//|\*)?[ \t]*")


class Citation(NamedTuple):
    """A place in the Standard, as a text names it."""

    part: str  # such as "PS3.5" or "PS3.5 2004"; empty if the text names none
    kind: str  # as it is written, such as "sections"
    places: tuple[str, ...]  # such as "section 7.1"
    title: str  # as the text gives it; mostly empty
    said: str


def citations(text: str) -> Iterator[Citation]:
    """Yield each citation of the Standard in a text. One that names no document belongs to the one before it."""
    for paragraph in _BETWEEN_PARAGRAPHS.split(text):
        line = _NEW_LINE.sub(" ", paragraph)
        documents = list(_DOCUMENT.finditer(line))
        for place in _PLACE.finditer(line):
            before = [document for document in documents if document.end() <= place.start()]
            part = (before[-1]["part"] or "") if before else ""
            numbers = re.findall(_NUMBER, re.sub(r"\([^)]*\)", "", place["numbers"]))
            if part or (not before and "." in place["numbers"]):
                kind = _ONE.get(place["kind"], place["kind"])
                title = _TITLE.match(line, place.end()) if len(numbers) == 1 else None
                start = before[-1].start() if before else place.start()
                yield Citation(
                    part,
                    place["kind"],
                    tuple(f"{kind} {number}" for number in numbers),
                    title["title"].strip() if title else "",
                    line[start : place.end()],
                )


def faults(text: str) -> Iterator[str]:
    """Yield a sentence for each citation in a text that was not looked up or is written in another way."""
    for match in _BADLY_WRITTEN.finditer(text):
        yield f"{match[0]}: write it as PS3.5 section 7.1, annex A, Table B.2-1, CID 7050, PS3.5 2004 section 8.1"
    for part, kind, places, title, said in citations(text):
        if not part:
            yield f"{said}: of which part?"
            continue
        if (kind in _ONE) != (len(places) > 1):
            yield f"{said}: one section, two sections"
        for place in places:
            if (part, place) not in looked_up():
                yield f"{part} {place}: look it up, and add it to {LIST.name}"
            elif title and not same_title(title, looked_up()[part, place]):
                yield f"{said}, {title}: its title is {looked_up()[part, place]}"


def same_title(said: str, title: str) -> bool:
    """Return whether one is the other, or its beginning."""
    said, title = said.casefold(), title.casefold()
    return title.startswith(said) or said.startswith(title)


@functools.cache
def looked_up() -> dict[tuple[str, str], str]:
    """Return the title of each place that was looked up, by part and place."""
    return {(part, place): title for part, place, title, _ in rows()}


def rows() -> list[list[str]]:
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines[0] == HEAD
    return [line.split("\t") for line in lines[1:]]


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of each file that may cite the Standard; of a notebook, of each cell."""
    found = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")))
    for path in [ROOT / "README.md", *found]:
        if path.suffix not in SUFFIXES or path == Path(__file__) or "node_modules" in path.parts:
            continue
        name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            yield from ((f"{name}, {cell['id']}", "".join(cell["source"])) for cell in cells)
        else:
            yield name, text


def test_each_citation_was_looked_up_and_is_written_in_one_way() -> None:
    assert [f"{name}: {fault}" for name, text in texts() for fault in faults(text)] == []


def test_the_list_holds_what_is_cited_and_no_more() -> None:
    cited = {
        (part, place) for _, text in texts() for part, _, places, *_ in citations(text) for place in places
    }
    assert set(looked_up()) - cited == set(), "nobody cites it: take it off the list"
    assert len(looked_up()) == len(rows()), "a place stands there twice"
    assert all(all(row) for row in rows())


@pytest.mark.parametrize(
    "text",
    [
        "PS3.5 7.1",
        "PS3.5, section 9.9.9",
        "PS3.5 section 7.1; section 9.9.9, Data Elements.",
        "PS3.5 sections 7.1 and 9.9.9",
        "PS3.5 section 7.1, Data Element Type.",
        "PS3.5 sections 7.1",
        "PS3.5 section 7.1 and 7.2",
        "PS3.5 annex A.4",
        "PS3.5 chapter 7",
        "PS3.5-2004 section 8.1.2",
        "PS3.5 2004 section 7.1",
        "PS 3.5 section 7.1",
        "PS3.4 table B.2-1",
        "PS3.16 CID 1",
        "# PS3.5 section 7.1\n\n# section 7.2",
        "# PS3.5\n# section 9.9.9",
    ],
)
def test_a_citation_that_nobody_looked_up_is_noticed(text: str) -> None:
    assert list(faults(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "PS3.5 section 7.1, Data Elements; section 7.5, Nesting of Data Sets. PS3.10 section 7.1.",
        "PS3.5 sections 7.1, 7.2 and 7.5 (items)",
        "PS3.5 annexes A and G; PS3.8 Tables 9-1 to 9-5",
        "PS3.5 2004 section 8.1.2, and RFC 9110 section 12.5.1",
        "a section of the notebook, and table 2",
    ],
)
def test_a_citation_that_is_right_is_left_alone(text: str) -> None:
    assert list(faults(text)) == []
