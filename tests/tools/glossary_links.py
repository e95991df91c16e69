"""Which terms the notebooks use, and where each is first met: ``python tests/tools/glossary_links.py [--write]``.

The first time that the workshop's prose uses a term of the glossary, it is a link to the glossary's page, or it
stands in bold, because it is explained there. Without an option the program prints what is missing, each with
the link to write. ``--write`` writes these links, notes in ``glossary.toml`` where each term is met, and makes
the page ``notebooks/glossary.md`` anew.
"""

# ruff: noqa: T201 - a maintainer's program prints what it found

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook  # noqa: E402 - run as a script, from any folder
from dicomkit.lessons.glossary import PAGE_NAME, Term, terms  # noqa: E402
from tests.support.notebook_lint import source, standard_url  # noqa: E402

FOLDER = ROOT / "notebooks"
DATA = ROOT / "dicomkit" / "lessons" / "glossary.toml"
# The notebooks whose first uses are links: all of them.
LINKED = NOTEBOOKS

# What is no prose: code, pictures, the targets of links, headings. Masked, so that positions stay.
_NO_PROSE = (
    re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL),
    re.compile(r"`[^`\n]*`"),
    re.compile(r"!\[[^\]]*\]\([^)]*\)"),
    re.compile(r"(?<=\])\([^)\s]+\)"),
    re.compile(r"^#{1,6} .*$", re.MULTILINE),
)
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_ABBREVIATION = re.compile(r"(?<![\w.-])(?=[\w-]*[A-Z][\w-]*[A-Z])[A-Z][A-Z0-9]*(?:-[A-Z]+)*s?(?![\w-])")
# Capitals that stand for nothing longer, or for something that is no word of DICOM.
NO_ABBREVIATIONS = {
    "DOSE": "a word of a study's description",
    "FF": "a number of base 16",
    "FFFF": "a number of base 16",
    "ACME": "a maker who does not exist",
    "ARCHIVE": "an AE title",
    "CD": "everybody has had one in hand",
    "CT1": "an AE title",
    "HAUKE": "an AE title",
    "SCANNER": "an AE title",
    "WORKSHOP01": "the patient of the workshop",
    "XR7": "an AE title",
}


@dataclasses.dataclass(frozen=True)
class Use:
    """A term in the prose of a notebook.

    Parameters
    ----------
    notebook, cell
        Where: the notebook, and the id of the cell.
    start, end
        From which to which character of the cell's source.
    text
        The word as it stands there.
    link
        The target of the link in whose text it stands; empty if it is in none.
    is_bold
        Whether it stands in bold by itself, so it is explained there.
    """

    notebook: Notebook
    cell: str
    start: int
    end: int
    text: str
    link: str
    is_bold: bool


def cells_of(notebook: Notebook) -> list[dict[str, Any]]:
    loaded = json.loads((FOLDER / notebook.file_name).read_text(encoding="utf-8"))
    return [cell for cell in loaded["cells"] if cell["cell_type"] == "markdown"]


def prose(text: str) -> str:
    """Return a cell's text with what is no prose masked; every character stays at its place."""
    for pattern in _NO_PROSE:
        text = pattern.sub(lambda found: re.sub(r"[^\n]", "\0", found[0]), text)
    return text


@functools.cache
def pattern() -> re.Pattern[str]:
    """Return what finds any name of any term, the longest first."""
    names = sorted({name for term in terms() for name in term.names}, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(_as_pattern, names))})(?![\w-])")


def _as_pattern(name: str) -> str:
    words = r"\s+".join(map(re.escape, name.split()))
    if name == name.lower():  # it begins a sentence with a capital
        words = f"[{name[0].upper()}{name[0]}]{words.removeprefix(re.escape(name[0]))}"
    return f"{words[:-1]}(?:y|ies)" if name.endswith("y") else f"{words}(?:e?s)?"


def terms_of(text: str) -> tuple[Term, ...]:
    """Return the terms that a word of the prose stands for; mostly one."""
    singulars = {text, text.removesuffix("s"), text.removesuffix("es"), re.sub("ies$", "y", text)}
    spelt = {" ".join(each.split()) for each in singulars}
    spelt |= {each[:1].lower() + each[1:] for each in spelt}
    return tuple(term for term in terms() if spelt & set(term.names))


def uses(notebook: Notebook) -> Iterator[Use]:
    """Yield each term in the prose of a notebook, in order."""
    for cell in cells_of(notebook):
        text = source(cell)
        links, bold = list(_LINK.finditer(text)), list(_BOLD.finditer(text))
        for found in pattern().finditer(prose(text)):
            inside = [
                link["target"] for link in links if link.start("text") <= found.start() < link.end("text")
            ]
            yield Use(
                notebook, cell["id"], *found.span(), found[0],
                link=inside[0] if inside else "",
                is_bold=any(each.span(1) == found.span() for each in bold),
            )  # fmt: skip


def first_uses(notebooks: Sequence[Notebook]) -> dict[str, Use]:
    """Return where each term is first used, by its name; what stands in a link elsewhere counts only in bold."""
    first: dict[str, Use] = {}
    for notebook in notebooks:
        for use in uses(notebook):
            if use.link and not use.link.startswith(PAGE_NAME) and not use.is_bold:
                continue
            found = terms_of(use.text)
            # US is ultrasound and a VR: a link says which of the two is meant.
            meant = [term for term in found if use.link == f"{PAGE_NAME}#{term.anchor}"]
            for term in meant or found:
                first.setdefault(term.name, use)
    return first


def missing_links(notebooks: Sequence[Notebook]) -> dict[Use, str]:
    """Return each first use that is neither a link to its place on the page nor in bold, with the link to write."""
    missing: dict[Use, str] = {}
    led_to: set[str] = set()  # a list of VRs needs one link, since all of them stand in one table
    for name, use in first_uses(notebooks).items():
        found = terms_of(use.text)
        anchors = [f"{PAGE_NAME}#{term.anchor}" for term in found]
        [target] = [anchor for term, anchor in zip(found, anchors, strict=True) if term.name == name]
        # Of a word with two meanings, prose without a link means the first.
        if target in led_to or (use.link != target and name != found[0].name):
            continue
        led_to.add(target)
        if not use.is_bold and use.link not in anchors:
            missing[use] = f"[{use.text}]({target})"
    return missing


def unknown_abbreviations(notebook: Notebook) -> list[str]:
    """Return the words in capitals that are neither in the glossary nor on the list above."""
    found = []
    for cell in cells_of(notebook):
        text = prose(source(cell))
        known = [each.span() for each in pattern().finditer(text)]
        for word in _ABBREVIATION.finditer(text):
            covered = any(start <= word.start() and word.end() <= end for start, end in known)
            if not covered and word[0] not in NO_ABBREVIATIONS and not re.fullmatch(r"[0-9A-F]{4}H", word[0]):
                found.append(f"{notebook.number}, {cell['id']}: {word[0]} is not in the glossary")
    return found


def wrong_targets(notebook: Notebook) -> list[str]:
    """Return the links to the page that lead to no term of it."""
    anchors = {f"{PAGE_NAME}#{term.anchor}" for term in terms()} | {PAGE_NAME}
    return [
        f"{notebook.number}, {cell['id']}: {link['target']} leads to no term"
        for cell in cells_of(notebook)
        for link in _LINK.finditer(source(cell))
        if link["target"].startswith(PAGE_NAME) and link["target"] not in anchors
    ]


def met_in() -> dict[str, str]:
    """Return the number of the notebook that first uses each term, by the term's name."""
    return {name: use.notebook.number for name, use in first_uses(NOTEBOOKS).items()}


# --- the page -----------------------------------------------------------------------------------------

_HEAD = """\
# Glossary

The words of this workshop, with the place in the Standard (PS3) that says more, and the notebook in which each is
first met. In a notebook, `glossary("SOP class")` prints the same.
"""


def page() -> str:
    """Return the page of all terms, in Markdown."""
    words = [term for term in terms() if term.met or term.anchor != terms()[-1].anchor]
    vrs = [term for term in terms() if term not in words]
    rows = [f"| `{vr.name}` | {vr.text} |" for vr in vrs]
    table = ["## Value representations", "", "| VR | what a value is |", "|---|---|", *rows, ""]
    place = f"{_place(vrs[0].place)}."
    return "\n".join([_HEAD, *map(_entry, words), _anchor(vrs[0]), *table, place]) + "\n"


def _entry(term: Term) -> str:
    also = f"*Also: {', '.join(term.also)}.* " if term.also else ""
    ends = [_place(term.place)] if term.place else []
    notebook = next((each for each in NOTEBOOKS if each.number == term.met), None)
    ends += [f"First met in [{notebook.number}]({notebook.file_name})"] if notebook else []
    return "\n".join([_anchor(term), f"### {term.name}", "", f"{also}{term.text}", "", " · ".join(ends), ""])


def _anchor(term: Term) -> str:
    # JupyterLab goes to the heading, GitHub to this.
    return f'<a id="{term.anchor}"></a>\n'


def _place(place: str) -> str:
    found = re.fullmatch(r"PS3\.(?P<part>\d+) (?P<kind>section|annex|Table) (?P<number>\S+)", place)
    if found is not None:
        return f"[{place}]({standard_url(**found.groupdict())})"
    part = int(place.removeprefix("PS3."))
    return f"[{place}](https://dicom.nema.org/medical/dicom/current/output/html/part{part:02}.html)"


# --- writing ------------------------------------------------------------------------------------------


def write_links(notebooks: Sequence[Notebook]) -> int:
    """Write the links that are missing; return how many."""
    missing = missing_links(notebooks)
    for notebook in notebooks:
        path = FOLDER / notebook.file_name
        loaded = json.loads(path.read_text(encoding="utf-8"))
        for cell in loaded["cells"]:
            here = [use for use in missing if (use.notebook, use.cell) == (notebook, cell["id"])]
            text = source(cell)
            for use in sorted(here, key=lambda use: use.start, reverse=True):
                text = text[: use.start] + missing[use] + text[use.end :]
            if here:
                cell["source"] = text.splitlines(keepends=True)
        _replace(path, json.dumps(loaded, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return len(missing)


def write_met() -> None:
    """Note in the data where each term is met."""
    met = met_in()

    def note(found: re.Match[str]) -> str:
        return re.sub(r'^met = ".*"$', f'met = "{met.get(found[1], "")}"', found[0], flags=re.MULTILINE)

    text = DATA.read_text(encoding="utf-8")
    _replace(DATA, re.sub(r'\[\[term\]\]\nname = "(.*)"\n(?:.+\n)*', note, text))
    terms.cache_clear()


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def problems(notebooks: Sequence[Notebook]) -> list[str]:
    """Return all that is not as it should be, as sentences."""
    found = [
        f"{use.notebook.number}, {use.cell}: the first use of a term is no link: {link}"
        for use, link in missing_links(notebooks).items()
    ]
    for notebook in NOTEBOOKS:
        found += [*unknown_abbreviations(notebook), *wrong_targets(notebook)]
    met = met_in()
    found += [
        f"glossary.toml: {term.name} is first met in notebook {met.get(term.name, '(none)')}, not {term.met or '(none)'}"
        for term in terms()
        if term.place != terms()[-1].place and term.met != met.get(term.name, "")
    ]
    if (FOLDER / PAGE_NAME).read_text(encoding="utf-8") != page():
        found.append(f"{PAGE_NAME}: it is not as glossary.toml makes it")
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Print what is missing, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="write links, the notebooks' numbers and the page"
    )
    parser.add_argument(
        "--all", action="store_true", help="in all notebooks, not only in those that are linked"
    )
    options = parser.parse_args(words)
    notebooks = NOTEBOOKS if options.all else LINKED
    if options.write:
        print(f"{write_links(notebooks)} links written")
        write_met()
        _replace(FOLDER / PAGE_NAME, page())
    found = problems(notebooks)
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
