"""Decoding in a child process with limits: whatever a decoder does, this process soon continues."""

from __future__ import annotations

import os
import signal
import struct
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom import Dataset

from dicomkit.errors import ImageError
from dicomkit.files import read_file
from dicomkit.pixels import decompress, stored_values
from dicomkit.pixels import limited_process as limited
from dicomkit.pixels.limited_process import decode_limited
from tests.support.dicom_files import bundled_files

pytestmark = pytest.mark.skipif(not limited.IS_LIMITED, reason="only Linux keeps these limits")

Work = tuple[npt.NDArray[Any], dict[str, Any]]


def failure(work: Any) -> str:  # noqa: ANN401 - whatever a decoder may be
    found = decode_limited(work, samples=64 * 64, sample_bytes=2)
    assert found.values is None
    return found.failure


def bundled(name: str) -> Dataset:
    return read_file(next(path for path in bundled_files() if path.name == name))


def children() -> set[str]:
    return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii").split())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_values_come_back_as_they_were_and_can_be_written_to() -> None:
    wanted = np.arange(12, dtype="<i2").reshape(3, 4)
    found = decode_limited(lambda: (wanted[:, ::-1], {"a": 1}), samples=12, sample_bytes=2)
    assert found.values is not None
    assert np.array_equal(found.values, wanted[:, ::-1])
    assert found.values.dtype == wanted.dtype
    assert found.properties == {"a": 1}
    found.values[0, 0] = 7


def test_memory_without_end_is_refused() -> None:
    assert failure(lambda: (np.ones(2**29, np.uint8), {})) == "MemoryError"


def test_more_values_than_were_promised_are_refused() -> None:
    assert failure(lambda: (np.ones(10**5), {})) in {"ValueError", "IndexError"}


def test_time_without_end_is_refused() -> None:
    def spin() -> Work:
        while True:
            pass

    start = os.times()
    assert failure(spin) == "out of time"
    end = os.times()
    assert end.children_user + end.children_system - start.children_user - start.children_system < 1


def test_a_child_that_is_stuck_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "_WAIT_S", 0.2)
    assert failure(lambda: time.sleep(3600)) == "stuck"


def test_a_crash_is_an_answer_like_any_other() -> None:
    assert failure(lambda: os.kill(os.getpid(), signal.SIGSEGV)) == "crash"
    assert failure(os.abort) == "crash"
    assert failure(lambda: os._exit(3)) == "crash"


def test_an_exception_is_named_by_its_class_alone() -> None:
    def complain() -> Work:
        message = "MARKED^NAME"
        raise KeyError(message)

    assert failure(complain) == "KeyError"


def test_nothing_is_left_running_and_no_file_is_left_open() -> None:
    before, files = children(), open_files()
    for _ in range(3):
        failure(os.abort)
        decode_limited(lambda: (np.zeros(1), {}), samples=1, sample_bytes=8)
    assert children() == before
    assert open_files() == files


def test_a_decoder_runs_beside_other_threads() -> None:
    image = bundled("MR_small_jp2klossless.dcm")
    wanted = stored_values(image)
    found: list[npt.NDArray[Any]] = []
    threads = [threading.Thread(target=lambda: found.append(stored_values(image))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert all(np.array_equal(one, wanted) for one in found)


def test_a_jpeg_2000_stream_cannot_take_more_memory_than_its_size_justifies() -> None:
    # 1.4 kB that claim 20000 x 20000 pixels cost 1.3 GB where the decoder believes the stream.
    image = bundled("MR_small_jp2klossless.dcm")
    stream = bytearray(image.PixelData)
    size = stream.index(b"\xff\x4f\xff\x51") + 8
    stream[size : size + 8] = struct.pack(">II", 20_000, 20_000)
    image.PixelData = bytes(stream)
    for use in (stored_values, decompress):
        with pytest.raises(ImageError, match="20000 x 20000"):
            use(image)
    image.Rows = image.Columns = 20_000
    with pytest.raises(ImageError, match="pixels"):
        stored_values(image)


def test_tiles_that_are_larger_than_the_picture_are_bounded_by_the_child() -> None:
    # Width and height stay right, so only the limits of the child help. Whatever comes of it, it comes soon.
    image = bundled("MR_small_jp2klossless.dcm")
    stream = bytearray(image.PixelData)
    tile = stream.index(b"\xff\x4f\xff\x51") + 24
    for width, height in ((2**31 - 1, 2**31 - 1), (1, 1), (0, 0), (2**31 - 1, 1)):
        stream[tile : tile + 8] = struct.pack(">II", width, height)
        image.PixelData = bytes(stream)
        try:
            assert stored_values(image).shape == (64, 64)
        except ImageError as error:
            assert "2147483647" not in str(error)  # noqa: PT017 - some of them decode
