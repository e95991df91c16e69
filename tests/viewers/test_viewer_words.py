"""The texts of the viewers: a number always has its noun in the right form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dicomkit.viewers
from dicomkit.text import counted

VIEWERS = Path(dicomkit.viewers.__file__).parent
# A number that is put into a text and followed by a plural: "1 entries". What is a sentence of its own stays.
PLURAL = re.compile(
    r"\}\"? (?:\w+ )?(?:bytes|entries|lines|instances|elements|attributes|pictures|studies|spans|rows|columns|messages"
    r"|associations|contexts|items|minutes|seconds|values|files|frames|fragments|rungs|PDUs|levels|contents|duplicates)\b"
)


def test_a_number_and_its_noun() -> None:
    assert [counted(number, "entry") for number in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]


@pytest.mark.parametrize("path", sorted(VIEWERS.rglob("*.[jp][sy]")), ids=lambda path: path.name)
def test_no_number_stands_before_a_plural_of_its_own(path: Path) -> None:
    # What is no text: types and comments of JavaScript, and its loops over braces.
    text = re.sub(r"/\*.*?\*/|\bfor \(.*", "", path.read_text(encoding="utf-8"))
    found = [
        line.strip()
        for line in text.splitlines()
        if PLURAL.search(line) and not line.strip().startswith(("//", "*", "#"))
    ]
    assert found == []
