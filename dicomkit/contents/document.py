"""An encapsulated document (a PDF, a CDA, a 3D model) as a file of its own again.

References
----------
PS3.3 section C.24.2, Encapsulated Document Module.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from pydicom.dataset import Dataset

from dicomkit.contents.entry import Entry, entry, entry_of
from dicomkit.contents.part import Part
from dicomkit.contents.report_values import reference_text
from dicomkit.errors import NotDicomError
from dicomkit.files.replacing import new_file
from dicomkit.text import counted

__all__ = ["Document", "document_entries", "document_of", "save_document"]

# MIME types of the SOP classes (PS3.3 section C.24.2), and the suffixes of their files.
_SUFFIXES = {
    "application/pdf": ".pdf",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "model/stl": ".stl",
    "application/sla": ".stl",
    "model/obj": ".obj",
    "model/mtl": ".mtl",
    "text/plain": ".txt",
    "text/html": ".html",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}
_SIGNATURES = ((b"%PDF-", "application/pdf"), (b"<?xml", "text/xml"), (b"\x89PNG", "image/png"))
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Document(NamedTuple):
    """A document taken out of an instance.

    Parameters
    ----------
    mime_type
        As stated by the instance; "" if it states none.
    content
        Its bytes, without padding.
    suffix
        The suffix for its file name.
    looks_like
        The MIME type that its first bytes show, if the instance states another one; usually "".
    """

    mime_type: str
    content: bytes
    suffix: str
    looks_like: str


def document_of(dataset: Dataset) -> Document:
    """Return the document of an instance.

    Parameters
    ----------
    dataset
        An instance with an Encapsulated Document.

    Raises
    ------
    NotDicomError
        If it has no document.
    """
    part = Part(dataset)
    value = part.value("EncapsulatedDocument")
    if not isinstance(value, bytes):
        raise NotDicomError(
            "instance",
            "it has no Encapsulated Document (0042,0011)",
            "choose an encapsulated PDF, CDA or model",
        )
    said = part.text("MIMETypeOfEncapsulatedDocument").lower()
    found = next(
        (mime for start, mime in _SIGNATURES if value.removeprefix(_BYTE_ORDER_MARK).startswith(start)), ""
    )
    is_another = bool(found) and _SUFFIXES.get(said) != _SUFFIXES[found]
    suffix = _SUFFIXES.get(found or said, ".bin")
    return Document(said, _unpadded(part, value, found or said), suffix, found if is_another else "")


def _unpadded(part: Part, value: bytes, mime_type: str) -> bytes:
    """Return the bytes without the padding to an even length (PS3.3 section C.24.2)."""
    stated = int(part.number("EncapsulatedDocumentLength", -1))
    if stated in {len(value), len(value) - 1}:
        return value[:stated]
    is_text = mime_type == "application/pdf" or mime_type.startswith("text/") or mime_type.endswith("xml")
    # A PDF or a text never ends with NUL by itself; a binary model may.
    return value.removesuffix(b"\0") if is_text else value


def document_entries(dataset: Dataset) -> list[Entry]:
    """Return entries about the document of an instance, and about what it was made from."""
    part = Part(dataset)
    try:
        document = document_of(dataset)
    except NotDicomError as error:
        return [entry(0, "Document", error.problem)]
    lines = [
        *entry_of(part, "DocumentTitle", "Document Title"),
        entry(0, "MIME type", document.mime_type or "not said"),
        entry(0, "Size", counted(len(document.content), "byte")),
    ]
    if document.looks_like:
        lines.append(entry(0, "But", f"its first bytes are those of {document.looks_like}"))
    lines += entry_of(part, "BurnedInAnnotation", "Burned In Annotation")
    for reference in part.items("SourceInstanceSequence"):
        lines.append(
            entry(0, "Made of", reference_text(reference), is_secret=part.hides("ReferencedSOPInstanceUID"))
        )
    return lines


def save_document(dataset: Dataset, path: str | os.PathLike[str]) -> int:
    """Write the document of an instance to a new file, and return its length in bytes.

    Parameters
    ----------
    dataset
        An instance with an Encapsulated Document.
    path
        The file to write. An existing file is never replaced.

    Raises
    ------
    NotDicomError
        If the instance has no document.
    FileAccessError
        If a file of that name exists, or it cannot be written.

    References
    ----------
    PS3.3 section C.24.2, Encapsulated Document Module.
    """
    content = document_of(dataset).content
    with new_file(path, taken="a file of that name is there") as stream:
        stream.write(content)
    return len(content)
