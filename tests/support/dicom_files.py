"""The files that tests of reading and dumping use, and functions to make others by hand."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pydicom.data

DATA = Path(__file__).parents[1] / "data" / "dcmtk"
BUNDLED = Path(pydicom.data.__file__).parent

NO_DICOM_SUFFIXES = {".py", ".pyc", ".json", ".txt", ".md", ".icc", ".dump", ".gz"}
LONG_VRS = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"


def own_files() -> list[Path]:
    return sorted(DATA.glob("*.dcm"))


def bundled_files() -> list[Path]:
    """Return every file inside the pydicom package that is meant to be DICOM, broken ones included."""
    return [path for path in sorted(BUNDLED.rglob("*")) if path.is_file() and _is_meant_as_dicom(path)]


def bundled(name: str) -> Path:
    """Return a file inside the pydicom package."""
    (path,) = BUNDLED.rglob(name)
    return path


def data_set_bytes(path: Path) -> bytes:
    """Return what follows group 0002, found by the group length that stands first in it."""
    content = path.read_bytes()
    length = int.from_bytes(content[140:144], "little")
    return content[144 + length :]


def _is_meant_as_dicom(path: Path) -> bool:
    return path.suffix not in NO_DICOM_SUFFIXES and path.name != "README"


def element(tag: int, vr: str, value: bytes, order: str = "<") -> bytes:
    """Encode one element in Explicit VR; the value's length is stated as it is, odd or even."""
    layout = order + ("HH2sHI" if vr in LONG_VRS else "HH2sH")
    extra = (0,) if vr in LONG_VRS else ()
    return struct.pack(layout, tag >> 16, tag & 0xFFFF, vr.encode(), *extra, len(value)) + value


def implicit_element(tag: int, value: bytes) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def item(content: bytes, *, undefined: bool = False) -> bytes:
    if undefined:
        return struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + content + delimiter(0xE00D)
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def delimiter(element_number: int) -> bytes:
    return struct.pack("<HHI", 0xFFFE, element_number, 0)


def sequence(tag: int, content: bytes, *, undefined: bool = False) -> bytes:
    if undefined:
        header = struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, b"SQ", 0, 0xFFFFFFFF)
        return header + content + delimiter(0xE0DD)
    return element(tag, "SQ", content)


def part10(dataset: bytes, transfer_syntax: str = EXPLICIT) -> bytes:
    """Put preamble, prefix and group 0002 before an encoded data set."""
    uid = transfer_syntax.encode()
    meta = element(0x00020010, "UI", uid + b"\0" * (len(uid) % 2))
    return bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta + dataset


def deflated_zeros(megabytes: int) -> bytes:
    """Return a deflated data set of so many megabytes of zeros, of which no more than one is compressed."""
    packer = zlib.compressobj(9, wbits=-15)
    # Behind a full flush nothing refers back, so the same bytes say it again.
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return megabyte * megabytes + packer.flush()
