"""Time pictures on their way in and images on their way out, beside DCMTK.

Run as ``python tests/benchmarks/bench_pixels.py``. DCMTK's img2dcm reads JPEG and BMP only, so these are
compared; a PNG is timed alone. Each figure is the median of several runs.
"""

from __future__ import annotations

import io
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import dcmread

from dicomkit.files.writing import encode_file, write_file
from dicomkit.pixels import display_values, modality_values, render, secondary_capture, stored_values
from dicomkit.samples import ct_series
from dicomkit.samples.shapes import noise

SLICE_LIMIT_MS = 3.0
OURS = (sys.executable, "-c", "from dicomkit.cli import main; raise SystemExit(main())")


def median_ms(action: Callable[[], object], runs: int = 9) -> float:
    """Return the median duration of `action` in milliseconds, after one run to warm up."""
    action()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def picture(size: int) -> Image.Image:
    """Return a colour picture with smooth parts and grain, as photographs have."""
    ramp = np.add.outer(np.arange(size), np.arange(size)) * 255 / (2 * size)
    channels = [ramp + 9 * noise(size, size, seed) for seed in (1, 2, 3)]
    return Image.fromarray(np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8))


def run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)


def time_pictures(folder: Path, peer: str | None) -> None:
    """Print how long a picture takes to become a DICOM file, in this process and as a whole process."""
    print(f"{'picture':<18}{'in process':>12}{'process':>12}{'img2dcm':>12}{'ratios':>18}")
    for size in (512, 2048):
        image = picture(size)
        for suffix, options in (("jpg", ["-i", "JPEG"]), ("bmp", ["-i", "BMP"]), ("png", [])):
            source, target = folder / f"{size}.{suffix}", folder / f"{size}.dcm"
            image.save(source)
            inside = median_ms(lambda: write_file(secondary_capture(source), target))  # noqa: B023 - called here
            whole = median_ms(
                lambda: run(*OURS, "img2dcm", "-q", source, target),  # noqa: B023
                runs=5,
            )
            line = f"{size} colour {suffix:<7}{inside:>9.1f} ms{whole:>9.0f} ms"
            if peer and options:
                theirs = median_ms(lambda: run(peer, *options, source, target), runs=5)  # noqa: B023
                line += f"{theirs:>9.1f} ms{inside / theirs:>8.2f} /{whole / theirs:>6.1f} x"
            print(line)


def time_display() -> bool:
    """Print how long a 512 x 512 slice takes through the pipeline; return whether it is fast enough."""
    dataset = dcmread(io.BytesIO(encode_file(ct_series(1, size=512)[0])))
    values = modality_values(dataset)
    whole = median_ms(lambda: render(dataset), runs=51)
    print("\n512 x 512 slice, 16 bits")
    print(f"  stored    {median_ms(lambda: stored_values(dataset), runs=51):>7.2f} ms")
    print(f"  modality  {median_ms(lambda: modality_values(dataset), runs=51):>7.2f} ms, stored included")
    print(f"  display   {median_ms(lambda: display_values(values, 40, 80), runs=51):>7.2f} ms")
    print(f"  all three {whole:>7.2f} ms, of {SLICE_LIMIT_MS:.0f} allowed")
    return whole < SLICE_LIMIT_MS


def main() -> int:
    peer = shutil.which("img2dcm")
    if peer is None:
        print("img2dcm is not installed: no ratios")
    with tempfile.TemporaryDirectory() as folder:
        time_pictures(Path(folder), peer)
    return 0 if time_display() else 1


if __name__ == "__main__":
    sys.exit(main())
