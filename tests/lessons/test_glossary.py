"""The glossary: every spelling is answered in words, and the first use of each term in the notebooks leads to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydicom.valuerep import VR

from dicomkit.lessons import glossary
from dicomkit.lessons.catalogue import NOTEBOOKS, pristine_folder
from dicomkit.lessons.glossary import PAGE_NAME, find_terms, terms
from tests.tools import glossary_links
from tests.tools.glossary_links import LINKED, page, problems, terms_of, uses

LONGEST_LINE = 100


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert glossary(*words) is None
    captured = capsys.readouterr()
    assert not captured.err
    return captured.out


# --- the function -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        *("SOP class", "sop class", "SOPclass", "SOP-Class", "sop_class", " SOP  classes ", "a SOP class"),
        *("the SOP class", "What is a SOP class?", "what are SOP classes", "SOP Class UID"),
        "service-object pair class",
    ],
)
def test_a_term_is_found_in_any_spelling(spelling: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, spelling)
    assert text.startswith("SOP class (also: ")
    assert "PS3.4 section 6.5; first met in notebook 00" in text
    assert max(map(len, text.splitlines())) <= LONGEST_LINE


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("scu", "SCU"),
        ("service class user", "SCU"),
        ("group 0002", "file meta information"),
        ("UIDs", "UID"),
        ("studies", "study"),
        ("modalities", "modality"),
        ("transfer syntaxes", "transfer syntax"),
        ("ISO_IR 192", "UTF-8"),
        ("the Standard", "PS3"),
        ("anonymization", "de-identification"),
        ("DA", "DA"),
        ("series", "series"),
    ],
)
def test_abbreviations_and_other_names_are_found(spelling: str, name: str) -> None:
    assert [term.name for term in find_terms(spelling)] == [name]


def test_a_word_with_two_meanings_is_told_both(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "US")
    assert "ultrasound (also: US)" in text
    assert "US, a value representation" in text


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("transfer sintax", "transfer syntax"),
        ("asociation", "association"),
        ("context", "presentation context"),
        ("photometric", "photometric interpretation"),
        ("SOP klass", "SOP class"),
        ("hounsfield", "Hounsfield unit"),
    ],
)
def test_a_near_miss_suggests_terms(typed: str, suggested: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, typed)
    assert text.startswith(f'The glossary has no "{typed}". Did you mean ')
    assert suggested in text


def test_the_keyword_of_an_attribute_is_explained_by_the_dictionary(
    capsys: pytest.CaptureFixture[str],
) -> None:
    expected = "PatientName is an attribute: Patient's Name, (0010,0010), VR PN, VM 1 (PS3.6 section 6).\n"
    assert said(capsys, "PatientName") == expected


@pytest.mark.parametrize(
    "typed", ["xyzzy", "Łukasz", "x" * 10_000, "\x1b[31m", "\ud800", "?" * 3 + "q", "[", "\\"]
)
def test_an_unknown_word_is_answered_in_one_line(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, typed)
    assert "glossary" in text
    assert len(text) < 200 or text.startswith("A-ABORT")
    assert "\x1b" not in text
    assert not text.rstrip("\n").count("\n") or text.startswith("A-ABORT")


@pytest.mark.parametrize("typed", [None, 5, b"UID", ["UID"], object(), len])
def test_what_is_no_text_is_answered_in_words(typed: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, typed).startswith("A term is a text in quotes, for example glossary(")


@pytest.mark.parametrize("words", [(), ("",), ("  ",)])
def test_without_a_term_all_are_listed(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, *words)
    listed = " ".join(text.split())
    for term in terms():
        assert term.name in listed
    assert PAGE_NAME in listed
    assert max(map(len, text.splitlines())) <= LONGEST_LINE


# --- the terms ----------------------------------------------------------------------------------------


def test_no_two_terms_share_a_name_but_for_vrs() -> None:
    words = [term for term in terms() if term.anchor != terms()[-1].anchor]
    names = [name.casefold() for term in words for name in term.names]
    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert len({term.anchor for term in words}) == len(words)


def test_every_value_representation_is_there() -> None:
    codes = {each.value for each in VR if re.fullmatch(r"[A-Z]{2}", each.value)}
    assert codes == {term.name for term in terms() if term.anchor == terms()[-1].anchor}


def test_a_term_is_explained_in_sentences_and_placed_in_the_standard() -> None:
    for term in terms():
        assert 5 < len(term.text) < 300, term.name
        assert term.text == " ".join(term.text.split())
        assert re.fullmatch(r"|PS3\.\d+( (section|annex|Table) [A-Z0-9][A-Z0-9.-]*)?", term.place), term.name
        assert term.anchor == terms()[-1].anchor or term.text.endswith((".", ")")), term.name


# --- the page and the notebooks -----------------------------------------------------------------------


def test_the_page_is_made_of_the_same_terms() -> None:
    stored = (pristine_folder() / PAGE_NAME).read_text(encoding="utf-8")
    assert stored == page(), "run: python tests/tools/glossary_links.py --write"
    headings = [line.lstrip("#").strip() for line in stored.splitlines() if line.startswith("##")]
    for term in terms():
        assert term.anchor in [heading.replace(" ", "-") for heading in headings], term.name
        assert f'<a id="{term.anchor}"></a>' in stored


def test_the_first_use_of_each_term_leads_to_the_glossary() -> None:
    assert problems(LINKED) == [], "run: python tests/tools/glossary_links.py --write"


def test_a_notebook_offers_the_glossary() -> None:
    for notebook in LINKED:
        text = (pristine_folder() / notebook.file_name).read_text(encoding="utf-8")
        assert re.search(r"from dicomkit\.lessons import .*\bglossary\b", text), notebook.name


@pytest.fixture
def one_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return notebook 00 of a folder of its own, to be written."""
    monkeypatch.setattr(glossary_links, "FOLDER", tmp_path)
    return tmp_path / NOTEBOOKS[0].file_name


def write(path: Path, *texts: str) -> None:
    cells = [{"cell_type": "markdown", "id": f"cell-{i}", "source": text} for i, text in enumerate(texts)]
    path.write_text(glossary_links.json.dumps({"cells": cells}), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("A study has series.", ["[study](glossary.md#study)", "[series](glossary.md#series)"]),
        ("Studies are sent.", ["[Studies](glossary.md#study)"]),
        ("A **study** is this.", []),
        ("A [study](glossary.md#study), and a study.", []),
        ("A [study](glossary.md#series).", ["[study](glossary.md#study)"]),
        ("A `study`, ![a study](x.svg)\n\n# Send a study\n\n```\nstudy\n```", []),
        ("A SOP Instance UID.", ["[SOP Instance UID](glossary.md#SOP-Instance-UID)"]),
        ("Type them. It is understudied.", []),
        ("Of Type 1.", ["[Type 1](glossary.md#data-element-type)"]),
        ("See [PS3.4 annex B](https://dicom.nema.org/x), and PS3.", ["[PS3](glossary.md#PS3)"]),
        ("A **study that never ends**.", ["[study](glossary.md#study)"]),
        # US is a VR here, so the ultrasound after it is met for the first time.
        (
            "[US](glossary.md#Value-representations), and ultrasound.",
            ["[ultrasound](glossary.md#ultrasound)"],
        ),
    ],
)
def test_a_first_use_is_found_where_it_is_prose(text: str, missing: list[str], one_cell: Path) -> None:
    write(one_cell, text)
    assert list(glossary_links.missing_links(NOTEBOOKS[:1]).values()) == missing
    assert glossary_links.write_links(NOTEBOOKS[:1]) == len(missing)
    assert glossary_links.missing_links(NOTEBOOKS[:1]) == {}


def test_an_abbreviation_that_nobody_explains_is_found(one_cell: Path) -> None:
    write(
        one_cell, "A UID, a `XYZ`, the UIDs of HAUKE, status A700H.", "The FOO of a VR, two BARs, and A-FOO."
    )
    found = glossary_links.unknown_abbreviations(NOTEBOOKS[0])
    assert [line.split(": ")[1].split()[0] for line in found] == ["FOO", "BARs", "A-FOO"]
    assert all("cell-1" in line for line in found)


def test_a_link_to_no_term_is_found(one_cell: Path) -> None:
    write(one_cell, "[a](glossary.md#a-term) [b](glossary.md#UID) [all](glossary.md)")
    assert glossary_links.wrong_targets(NOTEBOOKS[0]) == ["00, cell-0: glossary.md#a-term leads to no term"]


def test_a_word_of_the_prose_stands_for_its_term() -> None:
    assert [term.name for term in terms_of("Transfer syntaxes")] == ["transfer syntax"]
    assert [term.name for term in terms_of("modalities")] == ["modality"]
    assert {term.name for term in terms_of("US")} == {"ultrasound", "US"}
    assert all(terms_of(use.text) for notebook in NOTEBOOKS for use in uses(notebook))
