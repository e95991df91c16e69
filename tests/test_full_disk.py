"""A receiver on a disk that is really full: a small file system in memory, where this machine allows one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import UID

from dicomkit.network import StorageSCP, send

MOUNTED_BYTES = 3 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("needs Linux and its mount command")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MOUNTED_BYTES}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True, timeout=60).returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True, timeout=60)


def make_dataset(number: int, size_bytes: int) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    dataset.SOPInstanceUID = UID(f"1.2.3.4.{number}")
    dataset.StudyInstanceUID = UID("1.2.3")
    dataset.add_new(0x00420011, "OB", bytes(size_bytes))
    return dataset


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("durable", [False, True])
@pytest.mark.parametrize(
    "size_bytes", [50 << 10, 2 << 20, 8 << 20], ids=["in memory", "on disk", "too large"]
)
def test_a_full_disk_refuses_and_harms_nothing(small_disk: Path, size_bytes: int, *, durable: bool) -> None:
    with StorageSCP(small_disk, durable=durable) as scp:
        first = send(make_dataset(0, 100), "127.0.0.1", scp.port)
        report = send([make_dataset(n, size_bytes) for n in range(1, 80)], "127.0.0.1", scp.port)
        stored, failed = first.stored + report.stored, report.failures
        assert failed
        assert {row.status for row in failed} == {0xA700}
        assert {row.comment for row in failed} == {"the disk is full"}
        before = contents(small_disk)
        assert sorted(before) == sorted(f"scp_1.2.3/{row.sop_instance_uid}.dcm" for row in stored)
        assert all(len(content) > size_bytes for name, content in before.items() if "1.2.3.4.0" not in name)
        assert send(make_dataset(90, size_bytes), "127.0.0.1", scp.port)[0].status == 0xA700
        assert contents(small_disk) == before, "what lay there is as it was, and nothing else is there"
        assert len(scp.problems) == len(failed) + 1
        for name in list(before)[1:]:
            (small_disk / name).unlink()
        assert send(make_dataset(91, 100), "127.0.0.1", scp.port).is_complete, "it goes on when there is room"
