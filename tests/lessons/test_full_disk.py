"""A receiver on a disk that is really full: a small file system in memory, where this machine allows one."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.lessons import full_disk
from dicomkit.network import StorageSCP, send
from dicomkit.samples import ct_series

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


def test_no_half_page_is_left_on_a_full_disk(
    small_disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = tmp_path / "one.dcm"
    write_file(ct_series(1, size=16)[0], instance)
    page = small_disk / "page.html"
    assert main(["view", str(instance), "-o", str(page)]) == 0
    before = page.read_bytes()
    (small_disk / "full").write_bytes(bytes(MOUNTED_BYTES - len(before) - (64 << 10)))
    capsys.readouterr()
    assert main(["view", str(instance), "-o", str(page)]) == 1
    assert "No space left" in capsys.readouterr().err
    assert sorted(path.name for path in small_disk.iterdir()) == ["full", "page.html"]
    assert page.read_bytes() == before


@pytest.mark.parametrize("size_bytes", [30 << 10, 100 << 10], ids=["in memory", "on disk"])
def test_a_disk_that_is_pretended_to_be_full_does_to_the_receiver_what_a_real_one_does(
    size_bytes: int, tmp_path: Path
) -> None:
    instances = [make_dataset(number, size_bytes) for number in range(4)]
    with StorageSCP(tmp_path) as scp:
        with full_disk(tmp_path, size_bytes * 5 // 2):
            report = send(instances, "127.0.0.1", scp.port)
        assert [row.status for row in report] == [0, 0, 0xA700, 0xA700]
        assert {problem.problem for problem in scp.problems} == {"the disk is full"}
        assert len(contents(tmp_path)) == 2
        assert send(instances, "127.0.0.1", scp.port).is_complete, "the disk is as large as it was"


def write_with_os(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    finally:
        os.close(descriptor)


def write_through_a_temporary_file(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent) as stream:
        stream.write(content)


def write_text(path: Path, content: bytes) -> None:
    with open(path, "w", encoding="ascii") as stream:  # noqa: PTH123 - one of the ways that people take
        stream.write(content.decode("ascii"))


def write_and_read(path: Path, content: bytes) -> None:
    with path.open("w+b") as stream:
        stream.write(content)
        stream.flush()


def save_with_pydicom(path: Path, content: bytes) -> None:
    dataset = make_dataset(1, len(content))
    dataset.ensure_file_meta()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)


WAYS = [
    Path.write_bytes,
    write_with_os,
    write_through_a_temporary_file,
    write_text,
    write_and_read,
    save_with_pydicom,
]


@pytest.mark.parametrize("write", WAYS, ids=lambda way: way.__name__)
def test_a_full_disk_stops_whatever_way_python_writes(
    write: Callable[[Path, bytes], object], tmp_path: Path
) -> None:
    with full_disk(tmp_path, 20_000):
        assert shutil.disk_usage(tmp_path).free == 20_000
        with pytest.raises(OSError, match="No space left"):
            write(tmp_path / "one", bytes(50_000))
        assert shutil.disk_usage(tmp_path).free == 0
    write(tmp_path / "one", bytes(50_000))
    assert shutil.disk_usage(tmp_path).free > 0


@pytest.mark.parametrize("write", WAYS, ids=lambda way: way.__name__)
def test_a_disk_that_is_really_full_does_the_same(
    write: Callable[[Path, bytes], object], small_disk: Path
) -> None:
    with pytest.raises(OSError, match="No space left"):
        write(small_disk / "one", bytes(2 * MOUNTED_BYTES))


def test_only_what_is_written_to_that_disk_is_limited(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    with full_disk(tmp_path / "full", 3):
        for name, written in (("elsewhere", 5), ("full/one", 3)):
            descriptor = os.open(tmp_path / name, os.O_WRONLY | os.O_CREAT)
            assert os.write(descriptor, b"hello") == written
            os.close(descriptor)
        again = os.open(tmp_path / "elsewhere", os.O_WRONLY)
        assert os.write(again, b"hello") == 5, "the number of a closed descriptor is free again"
        os.close(again)
        with (tmp_path / "full" / "two").open("wb", buffering=0) as stream:
            with pytest.raises(OSError, match="No space left") as full:
                stream.write(b"x")
            assert full.value.errno == errno.ENOSPC
