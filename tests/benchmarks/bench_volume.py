"""How fast a series becomes a volume, against the loop that everybody writes, in the same run.

Run it with ``python tests/benchmarks/bench_volume.py``. It writes 500 slices of 512 x 512 into a temporary
folder, reads them in turns by a plain loop of ``dcmread`` and ``np.stack``, and by `dicomkit.pixels.volume`, and
compares what both return.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import dcmread

from dicomkit.files.writing import write_file
from dicomkit.pixels import volume
from dicomkit.samples import ct_series
from dicomkit.uids import make_uid

SLICES = 500
ROUNDS = 5


def write_series(folder: Path) -> None:
    image = ct_series(1, size=512)[0]
    for number in range(1, SLICES + 1):
        image.InstanceNumber = number
        image.ImagePositionPatient = [*image.ImagePositionPatient[:2], round(0.7 * number, 1)]
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = make_uid("bench", str(number))
        write_file(image, folder / f"{number:04}.dcm")


def plain_loop(folder: Path) -> npt.NDArray[Any]:
    images = [dcmread(path) for path in folder.iterdir()]
    images.sort(key=lambda image: image.ImagePositionPatient[2])
    return np.stack([image.pixel_array for image in images])


def main() -> None:
    """Print both medians and their quotient."""
    seconds: dict[str, list[float]] = {"plain loop": [], "volume": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_series(folder)
        for _ in range(ROUNDS):
            start = time.perf_counter()
            stacked = plain_loop(folder)
            middle = time.perf_counter()
            made = volume(folder)
            seconds["plain loop"].append(middle - start)
            seconds["volume"].append(time.perf_counter() - middle)
            if not np.array_equal(stacked.astype(np.int32) - 1024, made.array):
                message = "the two are not equal"
                raise AssertionError(message)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        print(f"{name:12} {median:6.2f} s")
    print(f"volume is {medians['plain loop'] / medians['volume']:.1f} times as fast")


if __name__ == "__main__":
    main()
