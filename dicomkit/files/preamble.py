"""What may hide in the first 128 bytes of a file, which no reader of DICOM looks at.

The preamble belongs to whoever writes the file: a TIFF reader may find its header there, and the file is
an image for both. The same room takes the header of a program, and then a double-click, a mail gateway or a
web server sees a program where a viewer sees a patient.
"""

from __future__ import annotations

from dicomkit.files.layout import PREAMBLE_BYTES

__all__ = ["what_is_in_preamble"]

_EMPTY = bytes(PREAMBLE_BYTES)
# PS3.10 section 7.1 allows the preamble for other formats, and these are what it is meant for.
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
# Readers of these search: they need not stand first.
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
    r"""Say what else a file is by its preamble: a program, a script, a document; "" for nothing of the kind.

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
