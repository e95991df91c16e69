"""The tree of a report: the order, the positions and the values that DCMTK's dsrdump prints, within bounds."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileDataset

from dicomkit.contents import Kind, content_of, format_content, kind_of
from dicomkit.contents.entry import Entry
from dicomkit.contents.report import MAX_CONTENT_ITEMS, report_entries
from dicomkit.files import read_file
from dicomkit.files.writing import write_file
from dicomkit.privacy import MASKED
from tests.support.dicom_files import bundled
from tests.support.reports import code, content_item, every_value_type, measured, report

# As dsrdump +Pn prints an item: its place, its relationship and value type, its concept, its value.
_LINE = re.compile(
    r'(?P<place>[\d.]+)  <(?:(?P<relationship>[a-z ]+) )?(?P<type>[A-Z\d]+):(?:\(,,"(?P<concept>.*?)"\))?(?:=(?P<value>.*))?>',
    re.DOTALL,
)
_REFERENCE = re.compile(r"(?P<place>[\d.]+)  <(?P<relationship>[a-z ]+) (?P<target>[\d.]+)>")


def dsrdump(path: Path, program: str) -> list[str]:
    # A text may hold a line feed; printed, it is written as \n.
    told = subprocess.run(
        [program, "-Ph", "+Pn", "+Pl", str(path)], check=True, capture_output=True, timeout=60
    )
    lines = told.stdout.decode("latin-1").splitlines()
    return [line for line in lines if re.match(r"[\d.]+  <", line)]


def matches(line: str, entry: Entry) -> bool:
    """Say whether a line of dsrdump and an entry are of one item, with one value."""
    if reference := _REFERENCE.fullmatch(line):
        place, relationship, target = reference.groups()
        wanted = (place, f"{relationship} by reference", f"see {target}")
        return wanted == (entry.place, entry.role, entry.value)
    found = _LINE.match(line)
    assert found is not None, line
    relationship = found["relationship"] or ""
    is_same_item = (found["place"], f"{relationship} {found['type']}".strip(), found["concept"] or "") == (
        entry.place,
        entry.role,
        entry.name,
    )
    value, _, _ = entry.value.partition(" {observed ")
    return is_same_item and has_value(found["type"], found["value"] or "", value)


def has_value(value_type: str, printed: str, value: str) -> bool:
    if value_type == "CONTAINER":
        return (value == "as running text") == (printed == "CONTINUOUS")
    if value_type == "NUM":
        number, unit = re.fullmatch(r'"(.*)" \((.*?),.*', printed).groups()  # type: ignore[union-attr]
        return value.startswith(f"{number} {unit}")
    if value_type == "CODE":
        code_value, scheme, meaning = re.fullmatch(r'\((.*?),(.*?),"(.*)"\)', printed).groups()  # type: ignore[union-attr]
        return value == f"{meaning} ({code_value}, {scheme})"
    if value_type in {"SCOORD", "SCOORD3D"}:
        shape, *points = printed.strip("()").split(",")
        return value == " ".join([shape, *points])
    if value_type in {"TCOORD", "IMAGE", "COMPOSITE", "WAVEFORM"}:
        return all(number in value for number in re.findall(r"\d+(?:/\d+)?", printed))
    escaped = value.replace("\r", r"\r").replace("\n", r"\n").replace("\\r\\n", r"\r\n")
    return escaped == printed.removeprefix('"').removesuffix('"')


@pytest.mark.parametrize("made", ["test-SR.dcm", "every value type"])
def test_the_tree_is_that_of_dsrdump(made: str, peer: Callable[[str], str], tmp_path: Path) -> None:
    program = peer("dsrdump")
    path = tmp_path / "report.dcm"
    if made == "every value type":
        write_file(report(*every_value_type()), path)
    else:
        path = bundled(made)
    lines = dsrdump(path, program)
    entries = list(report_entries(read_file(path)))
    assert len(lines) == len(entries) > 15
    assert [
        (line, entry) for line, entry in zip(lines, entries, strict=True) if not matches(line, entry)
    ] == []


def test_what_is_referred_to_is_named_with_its_parts() -> None:
    text = format_content(report(*every_value_type()), mask=False)
    for line in (
        "    1.1 has obs context PNAME, Observer: Reader^Rita",
        "    1.2 contains IMAGE, Source: CT Image 1.2.3.1, frames 2, 5, shown as Grayscale Softcopy Presentation State 1.2.3.9",
        "    1.3 contains NUM, Length: 12.5 mm (millimeter)",
        "      1.3.1 inferred from SCOORD, Outline: CIRCLE 1/2 3.5/4",
        "      1.4.1 inferred from by reference, see 1.3",
        "    1.5 contains CODE, Site: Breast (T-04000, SRT)",
        "    1.11 contains WAVEFORM, Curve: 12-lead ECG Waveform 1.2.3.4, channels 1/2, 1/3",
    ):
        assert line in text.splitlines()


def test_a_number_without_a_value_says_why() -> None:
    empty = content_item("CONTAINS", "NUM", "Length", MeasuredValueSequence=[])
    empty.NumericValueQualifierCodeSequence = [code("114000", "DCM", "Not a number")]
    plain = content_item("CONTAINS", "NUM", "Ratio", MeasuredValueSequence=[measured("0.5", "1", "no units")])
    values = [entry.value for entry in report_entries(report(empty, plain))]
    assert values == ["", "no value: Not a number (114000, DCM)", "0.5"]


def test_all_values_of_somebodys_report_are_covered_and_names_of_the_standard_are_not() -> None:
    made = report(*every_value_type(), PatientIdentityRemoved="NO")
    made.ContentSequence[3].ConceptNameCodeSequence = [code("MARKER", "99LOCAL", "MARKER")]
    made.ContentSequence[3].TextValue = "MARKER"
    text = format_content(made)
    assert "MARKER" not in text
    assert "1.2.3" not in text.replace("1.2.3 ", "").replace("see 1.3", "")
    assert f"    1.1 has obs context PNAME, Finding: {MASKED}" in text.splitlines(), (
        "by its code it is a Finding"
    )
    assert "    1.4 contains TEXT, masked" in text.splitlines()
    made.PatientIdentityRemoved = "YES"
    assert "MARKER: MARKER" in format_content(made)


def test_the_same_holds_of_an_observer_and_of_dates() -> None:
    observer = Dataset()
    observer.VerifyingObserverName, observer.VerifyingOrganization = "MARKER^NAME", "MARKER"
    made = report(VerifyingObserverSequence=[observer])
    assert "MARKER" not in format_content(made)
    assert "  Verifying Observer: MARKER^NAME, MARKER" in format_content(made, mask=False).splitlines()


def nested(depth: int) -> FileDataset:
    """Return a report with one item in another, so often."""
    made = report()
    around: Dataset = made
    for _ in range(depth):
        inside = content_item("CONTAINS", "TEXT", TextValue="deep")
        around.ContentSequence = [inside]
        around = inside
    return made


def test_nesting_and_length_have_bounds_that_are_told() -> None:
    entries = list(report_entries(nested(300)))
    assert len(entries) == 65
    assert entries[-1].name == "what is nested deeper than 64 levels is not shown"
    many = report(*[content_item("CONTAINS", "TEXT", TextValue="x")] * (MAX_CONTENT_ITEMS + 5))
    entries = list(report_entries(many))
    assert len(entries) == MAX_CONTENT_ITEMS + 1
    assert entries[-1].name == f"only the first {MAX_CONTENT_ITEMS} content items are shown"
    long = report(content_item("CONTAINS", "TEXT", TextValue="x" * 100_000))
    assert len(format_content(long, mask=False)) < 6000


def test_a_report_that_contains_itself_ends() -> None:
    made = report()
    made.ContentSequence = [made]
    assert len(list(report_entries(made))) == 65


def test_what_is_damaged_is_absent_and_its_neighbours_are_there() -> None:
    bad = content_item("CONTAINS", "NUM", "Length")
    bad.add_new("MeasuredValueSequence", "LO", "no sequence")
    made = report(
        bad, content_item("CONTAINS", "SCOORD", "Outline"), content_item("", "", TextValue="x"), Dataset()
    )
    entries = list(report_entries(made))
    assert [entry.role for entry in entries] == [
        "CONTAINER",
        "contains NUM",
        "contains SCOORD",
        "item without value type",
        "item without value type",
    ]


def test_a_key_object_selection_and_a_private_report_are_reports() -> None:
    selection = report(sop_class_uid="1.2.840.10008.5.1.4.1.1.88.59")
    assert kind_of(selection) is Kind.REPORT
    private = report(*every_value_type())
    private.SOPClassUID = "1.2.276.0.1"
    assert content_of(private).kind is Kind.REPORT
    assert len(content_of(private).entries) == 16
