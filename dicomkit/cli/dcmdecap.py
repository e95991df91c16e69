"""``dicomkit dcmdecap``: save the encapsulated document of an instance, as DCMTK's command does."""

from __future__ import annotations

import argparse

from dicomkit.cli.arguments import CommandParser
from dicomkit.cli.notices import notice

__all__ = ["make_parser", "run"]


def make_parser() -> CommandParser:
    """Return the parser of this command."""
    parser = CommandParser(
        "dcmdecap",
        "Save the document that a DICOM file carries: a PDF, a CDA, a model to print. "
        "It becomes the file that it was before; a file that exists is never replaced.",
    )
    parser.add_argument("input", metavar="FILE.dcm", help="an encapsulated document")
    parser.add_argument("output", metavar="OUT", help="the file to write, for example report.pdf")
    return parser


def run(options: argparse.Namespace) -> int:
    """Write the document, and print its type."""
    from dicomkit.contents import document_of, save_document  # noqa: PLC0415 - --help needs no pydicom
    from dicomkit.files import read_file  # noqa: PLC0415 - the same

    dataset = read_file(options.input)
    document = document_of(dataset)
    size_bytes = save_document(dataset, options.output)
    print(f"{options.output}: {document.mime_type or 'a document of no stated type'}, {size_bytes} bytes")
    if document.looks_like:
        notice("dcmdecap", f"its first bytes are those of {document.looks_like}")
    return 0
