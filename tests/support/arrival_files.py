"""Small DICOM files made by hand, byte by byte, for tests of arrivals (PS3.10 section 7.1)."""

from __future__ import annotations

import struct
from pathlib import Path

EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ROOT = "1.2.826.0.1.3680043.10.1"


def element(tag: int, vr: str, value: bytes) -> bytes:
    value += (b"\0" if vr in {"UI", "OB"} else b" ") * (len(value) % 2)
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    if vr in {"OB", "OW", "SQ", "UN"}:
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def uid(*numbers: int) -> str:
    return ".".join([ROOT, *map(str, numbers)])


def part10(
    study: int | None, instance: int | None, *, expected: int | None = None, pixel_bytes: int = 512
) -> bytes:
    """Return the file of an instance; its UIDs end in ``study`` and ``study.instance``."""
    study_uid = "" if study is None else uid(study)
    instance_uid = "" if instance is None else uid(study or 0, 1, instance)
    meta = (
        element(0x00020001, "OB", b"\0\1")
        + element(0x00020002, "UI", SECONDARY_CAPTURE.encode())
        + element(0x00020003, "UI", instance_uid.encode())
        + element(0x00020010, "UI", EXPLICIT_VR_LITTLE_ENDIAN.encode())
        + element(0x00020012, "UI", ROOT.encode())
    )
    dataset = (
        element(0x00080016, "UI", SECONDARY_CAPTURE.encode())
        + (element(0x00080018, "UI", instance_uid.encode()) if instance_uid else b"")
        + element(0x00100010, "PN", b"DOE^JANE")
        + (element(0x0020000D, "UI", study_uid.encode()) if study_uid else b"")
        + element(0x0020000E, "UI", uid(study or 0, 1).encode())
        + (b"" if expected is None else element(0x00201208, "IS", str(expected).encode()))
        + element(0x7FE00010, "OW", bytes(pixel_bytes))
    )
    group_length = element(0x00020000, "UL", struct.pack("<I", len(meta)))
    return bytes(128) + b"DICM" + group_length + meta + dataset


def put(folder: Path, study: int, instance: int, *, name: str = "", pixel_bytes: int = 512) -> Path:
    """Write a file in one step, as a receiver that renames does."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name or f"SC.{uid(study, 1, instance)}")
    hidden = folder / f".{path.name}"
    hidden.write_bytes(part10(study, instance, pixel_bytes=pixel_bytes))
    hidden.replace(path)
    return path
