"""How fast 10,000 instances in 200 studies go through the watcher, and how much memory it keeps.

Run as ``python tests/benchmarks/bench_watch.py``. The peer in the same run is pydicom, asked for the same
two UIDs of the same files, as a watcher built on it would do for each arrival. pydicom does not notice
half-written files; the watcher does.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
import tracemalloc
from pathlib import Path

from pydicom import dcmread

sys.path.insert(0, str(Path(__file__).parents[2]))

from dicomkit.arrivals import EventFeed, ManualClock, StudyWatcher, watch
from dicomkit.arrivals.arrived_file import read_arrived_file
from tests.support.arrival_files import part10, uid

STUDIES = 200
INSTANCES = 50
TOTAL = STUDIES * INSTANCES
ROUNDS = 20


def main() -> None:
    """Print one figure a line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder)
        paths = sorted(path for path in folder.rglob("SC.*"))
        reading(paths[:1000])
        whole_folder(folder, "folder without journal", journal=False)
        whole_folder(folder, "folder with journal", journal=True)
        whole_folder(folder, "restart with nothing new", journal=True)
        memory(folder)
    pure_logic()
    latency()


def fill(folder: Path) -> None:
    """Write the studies, one folder each."""
    for study in range(1, STUDIES + 1):
        place = folder / f"scp_{uid(study)}"
        place.mkdir()
        for instance in range(1, INSTANCES + 1):
            (place / f"SC.{uid(study, 1, instance)}").write_bytes(part10(study, instance, pixel_bytes=2048))


def reading(paths: list[Path]) -> None:
    """Compare reading the two UIDs, in interleaved rounds."""
    ours, theirs = [], []
    for _ in range(5):
        started = time.perf_counter()
        for path in paths:
            read_arrived_file(path)
        ours.append(len(paths) / (time.perf_counter() - started))
        started = time.perf_counter()
        for path in paths:
            dcmread(path, stop_before_pixels=True, specific_tags=["StudyInstanceUID", "SOPInstanceUID"])
        theirs.append(len(paths) / (time.perf_counter() - started))
    rate, peer = statistics.median(ours), statistics.median(theirs)
    print(f"one file: {rate:,.0f}/s, pydicom {peer:,.0f}/s, ratio {rate / peer:.1f}")


def whole_folder(folder: Path, note: str, *, journal: bool) -> None:
    """Announce a folder that is full already, on a clock that stands still, so that only work counts."""
    started = time.perf_counter()
    studies = sum(1 for _ in watch(folder, once=True, clock=ManualClock(), journal=journal))
    seconds = time.perf_counter() - started
    print(f"{note}: {studies} studies announced, {TOTAL / seconds:,.0f} instances/s")


def memory(folder: Path) -> None:
    """Measure what the watcher allocates for the whole folder."""
    tracemalloc.start()
    sum(1 for _ in watch(folder, once=True, clock=ManualClock(), journal=False))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"memory: {peak_bytes / 2**20:.1f} MB at most, {peak_bytes / TOTAL:,.0f} bytes an instance")


def pure_logic() -> None:
    """Feed the watcher alone, interleaved as 200 senders would."""
    clock = ManualClock()
    watcher = StudyWatcher(16, clock=clock)
    started = time.perf_counter()
    for instance in range(INSTANCES):
        for study in range(STUDIES):
            watcher.arrived(str(study), f"{study}.{instance}", folder="in")
    clock.advance(16)
    assert len(watcher.due()) == STUDIES
    print(f"logic alone: {TOTAL / (time.perf_counter() - started):,.0f} instances/s")


def latency() -> None:
    """Measure how long after the end of the quiet period a receiver's study is announced."""
    period_s = 0.05
    feed = EventFeed()
    arrived: list[float] = []

    def receive() -> None:
        for number in range(ROUNDS):
            arrived.append(time.monotonic())
            feed.stored(str(number), f"{number}.1", "in")
            threading.Event().wait(2 * period_s)
        feed.close()

    receiver = threading.Thread(target=receive)
    receiver.start()
    late_ms = [
        1000 * (time.monotonic() - arrived[int(study.study_instance_uid)] - period_s)
        for study in watch(feed, period_s)
    ]
    receiver.join()
    print(
        f"receiver's feed: announced {statistics.median(late_ms):.2f} ms after the period, at most {max(late_ms):.2f} ms"
    )


if __name__ == "__main__":
    main()
