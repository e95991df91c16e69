"""A room of many on one machine: every kernel runs notebook 06 to its end, at the same time.

Run: ``python tests/benchmarks/bench_room.py [KERNELS]`` (30 unless said otherwise). It ends with exit status 1
if a cell of any kernel failed or printed something else than what is stored.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.notebook_environment import apply, environment  # noqa: E402 - run as a script, from any folder

NOTEBOOK = ROOT / "notebooks" / "06_send_and_receive.ipynb"
KERNELS = 30
TIMEOUT_S = 900
POLL_S = 0.5


def printed(cells: list[dict[str, Any]]) -> list[str]:
    """Return what each cell printed or described, without the addresses of objects in memory."""
    texts = []
    for cell in cells:
        parts = [
            "".join(
                output.get("text", "")
                or output.get("data", {}).get("text/plain", "")
                or output.get("ename", "")
            )
            for output in cell.get("outputs", [])
        ]
        texts.append(re.sub(r"\bat 0x[0-9a-f]+", "at 0x0", "".join(parts)))
    return texts


async def run_one(text: str, folder: Path) -> list[str]:
    """Run the notebook in a kernel of its own and return what its cells printed."""
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    client = NotebookClient(
        nbformat.reads(text, as_version=4),
        km=manager,
        timeout=TIMEOUT_S,
        startup_timeout=TIMEOUT_S,
        iopub_timeout=TIMEOUT_S,  # 4 s by default, and then outputs that are late are left out
        allow_errors=True,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with open(os.devnull, "wb") as nowhere:  # noqa: ASYNC230, PTH123 - a device, not a path
        executed = await client.async_execute(cleanup_kc=True, stderr=nowhere)
    return printed(executed["cells"])


def memory_of_children_mb() -> float:
    """Return the memory of all kernels together, in MB; each page counts for each that maps it (Linux)."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        except OSError:
            continue  # it has ended
        if fields["PPid"].strip() == str(os.getpid()):
            total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total / 1000


async def room(count: int, folder: Path) -> tuple[list[list[str]], float]:
    """Run them all; return what each printed, and the most memory that was seen."""
    text = NOTEBOOK.read_text(encoding="utf-8")
    everybody = asyncio.gather(*(run_one(text, folder) for _ in range(count)))
    most_mb = 0.0
    while not everybody.done():
        most_mb = max(most_mb, memory_of_children_mb())
        await asyncio.wait({everybody}, timeout=POLL_S)
    return everybody.result(), most_mb


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else KERNELS
    stored = printed(json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"])
    with tempfile.TemporaryDirectory(prefix="dicomkit-room-", ignore_cleanup_errors=True) as name:
        apply(environment(Path(name) / "learner"))
        load = os.getloadavg()[0]
        started = time.perf_counter()
        found, most_mb = asyncio.run(room(count, Path(name)))
        passed_s = time.perf_counter() - started
    good = sum(each == stored for each in found)
    print(f"{good} of {count} kernels ran notebook 06 to its end and printed what is stored")
    print(f"{passed_s:.0f} s on {os.cpu_count()} cores (load before: {load:.1f})")
    print(f"{most_mb:.0f} MB at most, {most_mb / count:.0f} MB for each kernel")
    for each in found:
        for cell, (before, after) in enumerate(zip(stored, each, strict=True)):
            if before != after:
                print(f"cell {cell}: {after[:200]!r}")
                break
    return 0 if good == count else 1


if __name__ == "__main__":
    sys.exit(main())
