"""How long a command and an import take to start, beside what they would cost without care.

Run it as ``python tests/benchmarks/bench_startup.py``. Each figure is a median of whole processes, taken in
turns; what Python itself needs to start is taken off both sides of the import.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from pydicom.data import get_testdata_file

ROUNDS = 11
EVERYTHING = (
    "import pydicom, pynetdicom, numpy, PIL.Image, matplotlib.pyplot, ipywidgets, anywidget, tqdm, watchfiles"
)


def seconds(words: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, timeout=120)
    return time.perf_counter() - start


def medians(commands: dict[str, list[str]]) -> dict[str, float]:
    """Run the commands in turns, so that a busy moment of the machine hits all of them."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for name, words in [*commands.items()] * ROUNDS:
        taken[name].append(seconds(words))
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    small = str(get_testdata_file("CT_small.dcm", download=False))
    python = sys.executable
    found = medians(
        {
            "python": [python, "-c", "pass"],
            "import dicomkit": [python, "-c", "import dicomkit"],
            "import everything": [python, "-c", EVERYTHING],
            "dicomkit dcmdump": [str(Path(python).parent / "dicomkit"), "dcmdump", small],
            "pydicom": [python, "-c", f"import pydicom; print(pydicom.dcmread({small!r}))"],
        }
    )
    for name, taken_s in found.items():
        print(f"{name:<18} {taken_s * 1000:7.1f} ms")
    ours, all_of_it = (found[name] - found["python"] for name in ("import dicomkit", "import everything"))
    print(
        f"dicomkit dcmdump / pydicom's import and print: {found['dicomkit dcmdump'] / found['pydicom']:.2f}x"
    )
    print(f"import dicomkit / importing everything:        {max(ours, 0) / all_of_it:.3f}x")


if __name__ == "__main__":
    main()
