"""What a file is by its first bytes: a picture, a text, or a program in the preamble of a DICOM file.

The writer of a DICOM file may fill the preamble, its first 128 bytes, as it likes: with a TIFF header, the file is an
image for TIFF readers too. The header of a program fits there as well, and then a double-click, a mail gateway or a
web server sees a program where a viewer sees a patient.
"""

from __future__ import annotations

from dicomkit.files.part10 import PREAMBLE_BYTES

__all__ = ["looks_like", "what_is_in_preamble"]

# The first bytes of files that people mistake for DICOM files.
_SIGNATURES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
    (b"PK\x03\x04", "a zip archive; unpack it"),
    (b"%PDF", "a PDF document"),
    (b"{", "JSON text"),
    (b"[", "JSON text"),
    (b"<", "XML or HTML text"),
    (b"\n# Dicom-File-Format", "a dump text; dump2dcm makes a DICOM file from it"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
)
_TEXT_SAMPLE_BYTES = 512

_EMPTY = bytes(PREAMBLE_BYTES)
# PS3.10 section 7.1: the preamble may hold the header of another format; TIFF is the intended one.
_PICTURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PROGRAMS = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xfe\xed\xfa\xce", "a macOS program"),
    (b"\xfe\xed\xfa\xcf", "a macOS program"),
    (b"\xce\xfa\xed\xfe", "a macOS program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS or Java program"),
    (b"\0asm", "a WebAssembly program"),
    (b"#!", "a script"),
    (b"@echo", "a batch script"),
    (b"PK", "an archive"),
    (b"MSCF", "an archive"),
    (b"{\\rtf", "a document"),
    (b"\xd0\xcf\x11\xe0", "a document"),
)
# Readers of these search for them, so they may be anywhere.
_ANYWHERE = (
    (b"%pdf", "a PDF document"),
    (b"<?php", "a PHP script"),
    (b"<%", "a server page"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<script", "a web page"),
    (b"<svg", "a web page"),
)


def what_is_in_preamble(buffer: bytes) -> str:
    r"""Return what the preamble makes of a file as well: a program, a script, a document; otherwise "".

    Parameters
    ----------
    buffer
        The file, or its first 128 bytes.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information: the File Preamble.

    Examples
    --------
    >>> what_is_in_preamble(b"MZ" + bytes(126)), what_is_in_preamble(b"II*\0" + bytes(124))
    ('a Windows program', '')
    """
    if buffer.startswith(_EMPTY):
        return ""
    preamble = buffer[:PREAMBLE_BYTES]
    if preamble.startswith(_PICTURES):
        return ""
    for start, what in _PROGRAMS:
        if preamble.startswith(start):
            return what
    text = preamble.lower()
    return next((what for word, what in _ANYWHERE if word in text), "")


def looks_like(buffer: bytes) -> str:
    """Describe in a few words what the bytes of a file that is not DICOM look like.

    Examples
    --------
    >>> looks_like(bytes.fromhex("89504e470d0a1a0a"))
    'a PNG picture'
    """
    if not buffer:
        return "an empty file"
    for start, what in _SIGNATURES:
        if buffer.startswith(start):
            return what
    sample = buffer[:_TEXT_SAMPLE_BYTES]
    is_text = all(byte >= ord(" ") or byte in b"\t\n\r" for byte in sample)
    return "text" if is_text else "something else"
