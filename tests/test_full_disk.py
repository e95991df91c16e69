"""A pretended full disk behaves like the real one, and only where it shall."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from dicomkit.lessons import full_disk
from dicomkit.network import StorageSCP, send
from dicomkit.samples import ct_series


def test_what_fits_is_written_and_the_rest_is_enospc(tmp_path: Path) -> None:
    with full_disk(tmp_path, 10):
        (tmp_path / "one").write_bytes(b"123456")
        with pytest.raises(OSError, match="No space left") as caught:
            (tmp_path / "two").write_bytes(b"123456")
        assert caught.value.errno == errno.ENOSPC
    assert (tmp_path / "one").read_bytes() == b"123456"
    assert (tmp_path / "two").read_bytes() == b"1234"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_the_real_thing_says_the_same(tmp_path: Path) -> None:
    errors = []
    for path in (Path("/dev/full"), tmp_path / "file"):
        with full_disk(tmp_path, 0), pytest.raises(OSError, match="No space left") as caught:
            path.write_bytes(b"x")
        errors.append((type(caught.value), caught.value.errno, caught.value.strerror))
    assert errors[0] == errors[1]


def test_other_folders_reading_and_text_are_left_alone(tmp_path: Path) -> None:
    full, free = tmp_path / "full", tmp_path / "full-not"
    full.mkdir()
    free.mkdir()
    (full / "before").write_bytes(b"kept")
    with full_disk(full, 0):
        (free / "file").write_bytes(b"x" * 100)
        assert (full / "before").read_bytes() == b"kept"
    (full / "after").write_bytes(b"room again")


def test_it_ends_with_the_block_also_after_an_error(tmp_path: Path) -> None:
    before = Path.open
    with pytest.raises(ZeroDivisionError), full_disk(tmp_path, 0):
        raise ZeroDivisionError
    assert Path.open is before


def test_a_receiver_on_it_keeps_whole_files_only(tmp_path: Path) -> None:
    study = ct_series(4)
    with StorageSCP(tmp_path) as scp:
        with full_disk(tmp_path, 90_000):
            report = send(study, "127.0.0.1", scp.port)
        assert [row.status for row in report] == [0, 0, 0xA700, 0xA700]
        assert sorted(path.suffix for path in tmp_path.rglob("*") if path.is_file()) == [".dcm", ".dcm"]
        assert send(study, "127.0.0.1", scp.port).is_complete
        assert [each.duplicate for each in scp.wait_for(6)] == [False, False, True, True, False, False]
