"""Citations of the Standard: each one was looked up, and all are written in one way.

`tests/data/standard_sections.tsv` lists what is cited: part, number, title. Whoever cites another section looks it up
in the Standard and adds a line, and takes a line away with its last citation.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
LIST = ROOT / "tests" / "data" / "standard_sections.tsv"
FOLDERS = ("dicomkit", "notebooks", "tests")
SUFFIXES = {".js", ".md", ".mjs", ".py", ".toml"}

_NUMBER = r"(?:[A-Z]{1,2}|\d+)(?:\.\d+)*(?:-\d+)?(?!\w)"
_REMARK = r"(?: \([^)]*\))?"
_MORE = rf"(?:, (?=[A-Z]?\.?\d)|(?:, and| and| to) (?=[A-Z]?[\d.]|[A-Z]\b)){_NUMBER}{_REMARK}"
_NUMBERS = rf"(?P<numbers>{_NUMBER}{_REMARK}(?:{_MORE})*)"
_KIND = r"(?P<kind>[Ss]ections?|[Aa]nnex(?:es)?|[Tt]ables?|[Cc]hapters?|[Cc]lauses?|equations?|CID)"
# What a citation is of: a part of the Standard, perhaps of an older edition, or another document.
_PART = re.compile(
    r"PS3\.(?P<part>\d+)(?: (?P<edition>\d{4}[a-e]?))?"
    r"|(?P<other>RFC \d|ISO\b|ITU|G\.711|ECMA|TIFF|ICC\.|ICAO|Unicode Standard|APPNOTE)"
)
_PLACE = re.compile(rf"\b{_KIND} {_NUMBERS}")
_SIGNS_OF_COMMENTS = re.compile(r"\n[ \t]*(?:#:?|//|\*)?[ \t]*")


class Citation(NamedTuple):
    part: str  # "" if no part is named
    edition: str  # "" for the current one
    kind: str
    numbers: tuple[str, ...]
    text: str  # from the part to the number


def citations(text: str) -> Iterator[Citation]:
    """Yield each citation in a text; those of other documents are left out."""
    for paragraph in re.split(r"\n\s*(?:#|//|\*)?[ \t]*\n", text):
        line = _SIGNS_OF_COMMENTS.sub(" ", paragraph)
        documents = list(_PART.finditer(line))
        for place in _PLACE.finditer(line):
            named = [document for document in documents if document.end() <= place.start()]
            if named and named[-1]["other"]:
                continue
            numbers = tuple(re.findall(_NUMBER, re.sub(r"\([^)]*\)", "", place["numbers"])))
            if named:
                last = named[-1]
                said = line[last.start() : place.end()]
                yield Citation(last["part"], last["edition"] or "", place["kind"], numbers, said)
            elif "." in place["numbers"]:
                yield Citation("", "", place["kind"], numbers, place[0])


def texts() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file that may cite the Standard; of a notebook, of each cell."""
    paths = [ROOT / "README.md", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")))]
    for path in paths:
        if path == Path(__file__) or "node_modules" in path.parts:
            continue
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in SUFFIXES:
            yield name, path.read_text(encoding="utf-8")
        elif path.suffix == ".ipynb":
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                yield f"{name}, {cell['id']}", "".join(cell["source"])
