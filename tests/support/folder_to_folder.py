"""A program as a router calls it: with a folder of instances and a folder for its results."""

from __future__ import annotations

import sys
from pathlib import Path

import pydicom

from dicomkit.pixels import secondary_capture


def process(folder: Path, results: Path) -> None:
    """Write the first slice, as a secondary capture, beside a note of how many slices there were."""
    slices = sorted(
        (pydicom.dcmread(path) for path in folder.rglob("*.dcm")), key=lambda each: int(each.InstanceNumber)
    )
    pixels = (slices[0].pixel_array // 256).astype("uint8")
    result = secondary_capture(pixels, study_from=slices[0], SeriesNumber=len(slices))
    result.save_as(results / "result.dcm", enforce_file_format=True)


if __name__ == "__main__":
    process(Path(sys.argv[1]), Path(sys.argv[2]))
