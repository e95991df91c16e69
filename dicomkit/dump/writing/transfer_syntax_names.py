"""What ``dcmdump`` calls a transfer syntax in the line ``# Used TransferSyntax``.

Recorded from DCMTK 3.6.7. It calls what it does not know after the encoding it finds in the bytes.
"""

from __future__ import annotations

from dicomkit.files.encoding import EXPLICIT_BIG, IMPLICIT_LITTLE, Encoding

__all__ = ["transfer_syntax_name"]

_JPEG = "1.2.840.10008.1.2.4."
_NAMES = {
    "1.2.840.10008.1.2.1.99": "Deflated Explicit VR Little Endian",
    "1.2.840.10008.1.2.5": "RLE Lossless",
    _JPEG + "50": "JPEG Baseline",
    _JPEG + "51": "JPEG Extended, Process 2+4",
    _JPEG + "52": "JPEG Extended, Process 3+5",
    _JPEG + "53": "JPEG Spectral Selection, Non-hierarchical, Process 6+8",
    _JPEG + "54": "JPEG Spectral Selection, Non-hierarchical, Process 7+9",
    _JPEG + "55": "JPEG Full Progression, Non-hierarchical, Process 10+12",
    _JPEG + "56": "JPEG Full Progression, Non-hierarchical, Process 11+13",
    _JPEG + "57": "JPEG Lossless, Non-hierarchical, Process 14",
    _JPEG + "58": "JPEG Lossless, Non-hierarchical, Process 15",
    _JPEG + "59": "JPEG Extended, Hierarchical, Process 16+18",
    _JPEG + "60": "JPEG Extended, Hierarchical, Process 17+19",
    _JPEG + "61": "JPEG Spectral Selection, Hierarchical, Process 20+22",
    _JPEG + "62": "JPEG Spectral Selection, Hierarchical, Process 21+23",
    _JPEG + "63": "JPEG Full Progression, Hierarchical, Process 24+26",
    _JPEG + "64": "JPEG Full Progression, Hierarchical, Process 25+27",
    _JPEG + "65": "JPEG Lossless, Hierarchical, Process 28",
    _JPEG + "66": "JPEG Lossless, Hierarchical, Process 29",
    _JPEG + "70": "JPEG Lossless, Non-hierarchical, 1st Order Prediction",
    _JPEG + "80": "JPEG-LS Lossless",
    _JPEG + "81": "JPEG-LS Lossy (Near-lossless)",
    _JPEG + "90": "JPEG 2000 (Lossless only)",
    _JPEG + "91": "JPEG 2000 (Lossless or Lossy)",
    _JPEG + "92": "JPEG 2000 Part 2 Multicomponent Image Compression (Lossless only)",
    _JPEG + "93": "JPEG 2000 Part 2 Multicomponent Image Compression (Lossless or Lossy)",
    _JPEG + "94": "JPIP Referenced",
    _JPEG + "95": "JPIP Referenced Deflate",
    _JPEG + "100": "MPEG2 Main Profile @ Main Level",
    _JPEG + "101": "MPEG2 Main Profile @ High Level",
    _JPEG + "102": "MPEG-4 AVC/H.264 High Profile / Level 4.1",
    _JPEG + "103": "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
    _JPEG + "104": "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
    _JPEG + "105": "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
    _JPEG + "106": "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
    _JPEG + "107": "HEVC/H.265 Main Profile / Level 5.1",
    _JPEG + "108": "HEVC/H.265 Main 10 Profile / Level 5.1",
}


def transfer_syntax_name(uid: str, encoding: Encoding) -> str:
    """Return DCMTK's name of the transfer syntax `uid`, or else of the `encoding` that was found.

    Examples
    --------
    >>> transfer_syntax_name("1.2.840.10008.1.2.5", IMPLICIT_LITTLE), transfer_syntax_name("", IMPLICIT_LITTLE)
    ('RLE Lossless', 'Little Endian Implicit')
    """
    if uid in _NAMES:
        return _NAMES[uid]
    if encoding == IMPLICIT_LITTLE:
        return "Little Endian Implicit"
    return "Big Endian Explicit" if encoding == EXPLICIT_BIG else "Little Endian Explicit"
