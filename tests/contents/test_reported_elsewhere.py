"""Issues reported for other programs, reproduced as small instances: each has its project and number."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from dicomkit.contents import document_of, format_content, multiplex_groups
from dicomkit.files import new_instance
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file, write_file
from dicomkit.viewers import ContentViewer, ImageViewer
from tests.support.dicom_files import element, item, part10, sequence
from tests.support.reports import code, content_item, document, ecg, reference, report

BASIC_TEXT_SR = b"1.2.840.10008.5.1.4.1.1.88.11\0"


def written(made: Dataset) -> list[str]:
    """Return the text of an instance after it was written and read."""
    return format_content(read_content(encode_file(made)), mask=False).splitlines()


def test_a_report_without_content_says_so() -> None:  # OHIF/Viewers 6139
    made = report()
    del made.ContentSequence
    assert written(made)[-2:] == [
        "  1 CONTAINER, Imaging Measurement Report",
        "    it contains no content items",
    ]


def test_a_study_of_a_single_report_is_shown(tmp_path: Path) -> None:  # OHIF/Viewers 2348
    acquisition_context = "1.2.840.10008.5.1.4.1.1.88.71"
    text = content_item("CONTAINS", "TEXT", "Context", TextValue="at rest")
    write_file(
        report(text, sop_class_uid=acquisition_context, PatientIdentityRemoved="YES"), tmp_path / "sr.dcm"
    )
    shown = ImageViewer(tmp_path)
    assert isinstance(shown, ContentViewer)
    assert "1.1 contains TEXT, Context: at rest" in shown.describe()


def test_a_reference_that_is_missing_hides_nothing(
    peer: Callable[[str], str], tmp_path: Path
) -> None:  # dcmjs-examples 4
    made = report(
        content_item("CONTAINS", "IMAGE", "Source"), content_item("CONTAINS", "TEXT", TextValue="seen")
    )
    write_file(made, tmp_path / "sr.dcm")
    told = subprocess.run(
        [peer("dsrdump"), str(tmp_path / "sr.dcm")], check=False, capture_output=True, timeout=60
    )
    assert told.returncode != 0, "dsrdump shows nothing of it"
    assert written(made)[-2:] == ["    1.1 contains IMAGE, Source", "    1.2 contains TEXT, Finding: seen"]


@pytest.mark.parametrize("number", ["NaN", "12,5", "1.2.3", "about 3"])
def test_a_number_that_is_none_is_shown_as_it_stands(number: str) -> None:  # QIICR/dcmqi 406
    value = number.encode() + b" " * (len(number) % 2)
    measured = sequence(0x0040A300, item(element(0x0040A30A, "DS", value)))
    content = element(0x0040A010, "CS", b"CONTAINS") + element(0x0040A040, "CS", b"NUM ") + measured
    root = element(0x00080016, "UI", BASIC_TEXT_SR) + element(0x0040A040, "CS", b"CONTAINER ")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # pydicom's warnings repeat the value
        lines = format_content(
            read_content(part10(root + sequence(0x0040A730, item(content)))), mask=False
        ).splitlines()
    assert lines[-1] == f"    1.1 contains NUM: {number}" or lines[-1] == f"    1.1 contains NUM, {number}"


def test_texts_have_the_character_set_of_the_report(
    peer: Callable[[str], str], tmp_path: Path
) -> None:  # OHIF/Viewers 5345
    made = report(
        content_item("CONTAINS", "TEXT", "Befund für 山田", TextValue="Größe: 3 µm"),
        SpecificCharacterSet="ISO_IR 192",
    )
    write_file(made, tmp_path / "sr.dcm")
    told = subprocess.run(
        [peer("dsrdump"), str(tmp_path / "sr.dcm")], check=True, capture_output=True, timeout=60
    )
    assert '(,,"Befund für 山田")="Größe: 3 µm"' in told.stdout.decode()
    assert written(made)[-1] == "    1.1 contains TEXT, Befund für 山田: Größe: 3 µm"


def test_line_ends_of_a_text_are_shown_and_no_markup_is_run() -> None:  # SMI/SmiServices 1488
    made = report(
        content_item("CONTAINS", "TEXT", TextValue="one\r\ntwo\rthree<script>alert(1)</script>"),
        PatientIdentityRemoved="YES",
    )
    lines = ContentViewer(made).answer({"ask": "content", "number": 1}).content["lines"]
    assert lines[-1][4] == "one\ntwo\nthree<script>alert(1)</script>", "a page puts it in as text"
    assert "<script>" not in ContentViewer(made).card()


@pytest.mark.parametrize("mime_type", [None, "", "application/PDF", "application/octet-stream"])
def test_a_document_without_a_true_type_is_known_by_its_bytes(
    mime_type: str | None,
) -> None:  # OHIF/Viewers 2140, 6228
    made = document()
    made.MIMETypeOfEncapsulatedDocument = mime_type
    assert document_of(made).suffix == ".pdf"
    assert document_of(document(b"<script>alert(1)</script>\n")).suffix == ".pdf", (
        "as stated; it is saved, never opened"
    )


def test_a_document_of_odd_length_in_the_file_is_read() -> None:  # pydicom 1511
    content = b"%PDF-1.4\n%%EOF\n"
    assert len(content) % 2
    root = element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.104.1\0") + element(0x00420011, "OB", content)
    assert document_of(read_content(part10(root))).content == content


def test_zeros_behind_the_end_of_a_pdf_stay() -> None:  # yob/pdf-reader 382
    content = b"%PDF-1.4\n%%EOF\n" + bytes(4845)
    made = document(content)
    assert document_of(read_content(encode_file(made))).content == content


def test_twelve_bits_of_sixteen_and_names_filled_with_nul() -> None:  # ArturRod/ecg-dicom-web-viewer 17 and 8
    made = ecg(20)
    for channel in made.WaveformSequence[0].ChannelDefinitionSequence:
        channel.WaveformBitsStored = 12
        channel.ChannelSourceSequence = [code("2:1\0", "MDC", "Lead I\0\0")]
    (group,) = multiplex_groups(made)
    assert group.values is not None
    assert [one.source for one in group.channels] == ["Lead I", "Lead I"]
    np.testing.assert_array_equal(group.values[:, 0], np.arange(20))


def test_the_baseline_has_the_unit_already() -> None:  # pydicom 1667
    made = ecg(4)
    first = made.WaveformSequence[0].ChannelDefinitionSequence[0]
    first.ChannelSensitivity, first.ChannelBaseline = "10", "3"
    (group,) = multiplex_groups(made)
    assert group.values is not None
    assert list(group.values[:, 0]) == [3, 13, 23, 33]


def test_a_bit_map_of_a_presentation_state_is_named() -> None:  # nroduit/Weasis 181
    made = new_instance("1.2.840.10008.5.1.4.1.1.11.1", modality="PR")
    made.add_new(0x60000010, "US", 8)
    made.add_new(0x60000011, "US", 16)
    made.add_new(0x60001001, "CS", "MARKS")
    made.add_new(0x60020010, "US", 8)
    made.add_new(0x60020011, "US", 16)
    lines = written(made)
    assert "  Overlay 6000: a bit map of 8 rows and 16 columns, shown in layer MARKS" in lines
    assert "  Overlay 6002: a bit map of 8 rows and 16 columns, not shown" in lines


def test_references_without_a_uid_break_nothing() -> None:  # OHIF/Viewers 2122
    made = new_instance("1.2.840.10008.5.1.4.1.1.481.3", modality="RTSTRUCT", PatientIdentityRemoved="YES")
    frame = Dataset()
    frame.RTReferencedStudySequence = [Dataset(), reference("1.2.840.10008.3.1.2.3.1", "")]
    made.ReferencedFrameOfReferenceSequence = [frame, Dataset()]
    made.ROIContourSequence, made.StructureSetROISequence = [Dataset()], [Dataset()]
    assert "RT Structure Set: it has no picture" in ContentViewer(made).describe()
