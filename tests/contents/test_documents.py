"""A document is extracted as it was encapsulated, and never overwrites a file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from dicomkit.cli import main
from dicomkit.contents import Kind, document_of, format_content, kind_of, save_document
from dicomkit.errors import FileAccessError, NotDicomError
from dicomkit.files import new_instance, read_file
from dicomkit.files.writing import write_file

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
CDA = b'<?xml version="1.0"?>\n<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.3"/><title>X</title></ClinicalDocument>\n'
STL = b"\0" * 80 + (1).to_bytes(4, "little") + b"\0\0\x80\x3f" * 12 + b"\0\0"


def encapsulated(content: bytes, mime_type: str = "application/pdf", **values: object) -> Dataset:
    made = new_instance(ENCAPSULATED_PDF, modality="DOC", MIMETypeOfEncapsulatedDocument=mime_type, **values)
    made.EncapsulatedDocument = content
    return made


@pytest.mark.parametrize(
    ("program", "suffix", "content"),
    [
        ("pdf2dcm", ".pdf", PDF),
        ("pdf2dcm", ".pdf", PDF + b"\n"),
        ("cda2dcm", ".xml", CDA),
        ("cda2dcm", ".xml", CDA + b"\n"),
        ("stl2dcm", ".stl", STL),
    ],
    ids=["pdf", "longer pdf", "cda", "longer cda", "stl"],
)
def test_what_dcmtk_has_wrapped_is_unwrapped(
    program: str, suffix: str, content: bytes, peer: Callable[[str], str], tmp_path: Path
) -> None:
    source, wrapped, out = tmp_path / f"in{suffix}", tmp_path / "wrapped.dcm", tmp_path / f"out{suffix}"
    source.write_bytes(content)
    subprocess.run([peer(program), str(source), str(wrapped)], check=True, capture_output=True, timeout=60)
    dataset = read_file(wrapped)
    assert kind_of(dataset) is Kind.DOCUMENT
    assert document_of(dataset).suffix == suffix
    assert save_document(dataset, out) == len(content)
    assert out.read_bytes() == source.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, wrapped.name, out.name])


def test_without_a_stated_length_the_padding_goes_where_it_can_only_be_padding() -> None:
    odd = PDF + b"\n" * (1 - len(PDF) % 2)
    for content, mime_type, kept in (
        (odd + b"\0", "application/pdf", odd),
        (STL + b"\0", "model/stl", STL + b"\0"),
    ):
        assert document_of(encapsulated(content, mime_type)).content == kept


def test_a_length_that_is_not_that_of_the_value_is_not_believed() -> None:
    for stated in (3, 10_000):
        assert document_of(encapsulated(PDF, EncapsulatedDocumentLength=stated)).content == PDF


def test_the_command_saves_it_and_says_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrapped, out = tmp_path / "wrapped.dcm", tmp_path / "out.pdf"
    write_file(encapsulated(PDF), wrapped)
    assert main(["dcmdecap", str(wrapped), str(out)]) == 0
    assert out.read_bytes() == PDF
    assert capsys.readouterr().out == f"{out}: application/pdf, {len(PDF)} bytes\n"


def test_nothing_is_replaced_and_nothing_is_left_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrapped, out = tmp_path / "wrapped.dcm", tmp_path / "out.pdf"
    write_file(encapsulated(PDF), wrapped)
    out.write_bytes(b"mine")
    assert main(["dcmdecap", str(wrapped), str(out)]) == 1
    assert "a file of that name is there" in capsys.readouterr().err
    assert out.read_bytes() == b"mine"
    with pytest.raises(FileAccessError, match="cannot be written"):
        save_document(read_file(wrapped), tmp_path / "missing" / "out.pdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.pdf", "wrapped.dcm"]


def test_bytes_of_another_kind_than_stated_are_named() -> None:
    document = document_of(encapsulated(PDF, "text/xml"))
    assert (document.suffix, document.looks_like) == (".pdf", "application/pdf")
    assert (
        "  But: its first bytes are those of application/pdf"
        in format_content(encapsulated(PDF, "text/xml")).splitlines()
    )
    assert document_of(encapsulated(b"\xef\xbb\xbf" + CDA, "text/XML")).looks_like == ""


def test_an_instance_without_a_document_says_so(tmp_path: Path) -> None:
    made = new_instance(ENCAPSULATED_PDF, modality="DOC")
    with pytest.raises(NotDicomError, match=r"it has no Encapsulated Document \(0042,0011\)"):
        save_document(made, tmp_path / "out.pdf")
    assert kind_of(made) is Kind.DOCUMENT
    assert "  Document: it has no Encapsulated Document (0042,0011)" in format_content(made).splitlines()
    assert list(tmp_path.iterdir()) == []
