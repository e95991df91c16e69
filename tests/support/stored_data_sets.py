"""Data sets written by hand for a receiver's folder, and names that no file system should see."""

from __future__ import annotations

import random
import struct

from dicomkit.instance_store import InstanceStore, StoredFile

EXPLICIT = "1.2.840.10008.1.2.1"


CT = "1.2.840.10008.5.1.4.1.1.2"


def element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    """Return one element in Explicit VR Little Endian, written by hand (PS3.5 section 7.1.2)."""
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def data_set(
    sop_instance: str = "1.2.3.4", study: str | None = "1.2.3", *, tail: bytes = b"", sop_class: str = CT
) -> bytes:
    content = element(8, 0x16, b"UI", sop_class.encode()) + element(
        8, 0x18, b"UI", sop_instance.encode("latin-1")
    )
    if study is not None:
        content += element(0x20, 0x0D, b"UI", study.encode("latin-1"))
    return content + element(0x20, 0x0E, b"UI", b"1.2.3.0") + tail


def receive(
    store: InstanceStore,
    content: bytes,
    sop_instance: str = "1.2.3.4",
    syntax: str = EXPLICIT,
    sender: str = "ME",
) -> StoredFile:
    with store.receive(
        sop_class_uid=CT, sop_instance_uid=sop_instance, transfer_syntax_uid=syntax, source_ae_title=sender
    ) as incoming:
        for start in range(0, len(content), 1000):
            incoming.write(content[start : start + 1000])
        return incoming.commit()


def hostile_uids(count: int) -> list[str]:
    """Return names that some system would follow, cut, fold or refuse."""
    pieces = [
        "..", ".", "/", "\\", "//", "C:", "CON", "NUL", "aux.dcm", "COM1", "~", "$HOME", "%TEMP%", "*", "?", "<", ">", "|",
        '"', ":", ":$DATA", "\0", "\n", "\r", "\x1b[2J", " ", "...", "-rf", ";", "&", "`id`", "$(id)", "'", "é", "1.2.3",
        "1" * 70, ".hidden", "LPT9", "1.2.3.", ".1", "1..2", "\u0661.\u0662",
    ]  # fmt: skip
    rng = random.Random(5)  # noqa: S311 - the same names on each run, no secret
    fixed = [
        *pieces,
        "../../../../etc/passwd",
        "..\\..\\evil",
        "/etc/passwd",
        "\\\\server\\share",
        "a" * 5000,
    ]
    return fixed + ["".join(rng.choices(pieces, k=rng.randint(2, 6))) for _ in range(count - len(fixed))]
