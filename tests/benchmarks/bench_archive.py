"""Archives side by side, asked by the same client of DCMTK: C-FIND over many studies, C-GET of one large series.

Run: ``python tests/benchmarks/bench_archive.py [ROUNDS [STUDIES]]``. Needs DCMTK and Orthanc; nothing here is asserted.
All archives get the same files and are asked in turn; medians of interleaved rounds, and our rate over theirs. dcmqrscp
takes longer for each instance the more it has (1,000 took it five minutes), so of the studies it gets 200, and the rates
are studies a second.
"""

from __future__ import annotations

import contextlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dicomkit.files.writing import encode_file  # noqa: E402 - run as a script, from any folder
from dicomkit.network import send  # noqa: E402 - as above
from dicomkit.samples import ct_series  # noqa: E402 - as above
from tests.support.many_studies import many_studies  # noqa: E402 - as above
from tests.support.other_archives import OtherArchive, dcmqrscp, free_port, orthanc, running  # noqa: E402

ROUNDS, STUDIES, SLICES = 3, 10_000, 500
STUDIES_OF_DCMQRSCP = 200
PLACE = "12345"  # of a slice's number in its UID
OURS = """
import sys
from dicomkit.network import Archive
with Archive(sys.argv[1], port=int(sys.argv[2])):
    sys.stdin.read()
"""


def slices(count: int) -> Iterator[bytes]:
    """Yield one study of one series with many slices."""
    dataset = ct_series(1, size=512)[0]
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.4", "1.2.4.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.4.1.{PLACE}"
    content = encode_file(dataset)
    return (content.replace(PLACE.encode(), f"{number:05}".encode()) for number in range(1, count + 1))


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[OtherArchive]:
    """Run our archive in a process of its own."""
    (folder / "files").mkdir(parents=True)
    archive = OtherArchive("DICOMKIT", free_port())
    command = [sys.executable, "-c", OURS, str(folder / "files"), str(archive.port)]
    with running(command, archive, folder):
        yield archive


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed")
    return found


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def find_all(archive: OtherArchive) -> list[str]:
    keys = ["0008,0052=STUDY", "0020,000d", "0010,0010", "0010,0020", "0008,0020", "0008,0050"]
    typed = [word for key in keys for word in ("-k", key)]
    return [program("findscu"), "-q", "-S", "-aec", archive.ae_title, *typed, "127.0.0.1", str(archive.port)]


def find_some(archive: OtherArchive) -> list[str]:
    keys = ["0008,0052=STUDY", "0020,000d", "0010,0010=NAME01*", "0008,0020=20100101-20151231"]
    typed = [word for key in keys for word in ("-k", key)]
    return [program("findscu"), "-q", "-S", "-aec", archive.ae_title, *typed, "127.0.0.1", str(archive.port)]


def get_series(archive: OtherArchive) -> list[str]:
    keys = ["-k", "0008,0052=STUDY", "-k", "0020,000d=1.2.4"]
    command = [program("getscu"), "-q", "-S", "--ignore", "-aec", archive.ae_title, *keys]
    return [*command, "127.0.0.1", str(archive.port)]


def main() -> None:
    """Measure, and print a table."""
    numbers = [int(word) for word in sys.argv[1:]]
    rounds, studies = (numbers + [ROUNDS, STUDIES][len(numbers) :])[:2]
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        memory = Path("/dev/shm")  # noqa: S108 - a folder of its own in it, gone at the end
        index = stack.enter_context(tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None))
        archives = {
            "ours": stack.enter_context(ours(folder / "ours")),
            # In memory, where there is such a folder: on a disk, its index waits for the disk at each instance.
            "Orthanc": stack.enter_context(
                orthanc(program("Orthanc"), folder / "orthanc", IndexDirectory=index)
            ),
            "dcmqrscp": stack.enter_context(dcmqrscp(program("dcmqrscp"), folder / "dcmqrscp")),
        }
        held = {"ours": studies, "Orthanc": studies, "dcmqrscp": min(studies, STUDIES_OF_DCMQRSCP)}
        write(folder / "studies", many_studies(studies))
        for title, archive in archives.items():
            fill(archive, folder / "studies", held[title])
        measure(f"C-FIND, all of {studies} studies", archives, find_all, rounds, held)
        measure(f"C-FIND, some of {studies} studies", archives, find_some, rounds, held)
        write(folder / "slices", slices(SLICES))
        for archive in archives.values():
            fill(archive, folder / "slices", SLICES)
        counts = dict.fromkeys(archives, SLICES)
        measure(f"C-GET, {SLICES} slices of 512 kB", archives, get_series, rounds, counts)


def write(folder: Path, contents: Iterator[bytes]) -> None:
    folder.mkdir()
    for number, content in enumerate(contents):
        (folder / f"{number:05}.dcm").write_bytes(content)


def fill(archive: OtherArchive, folder: Path, count: int) -> None:
    """Give an archive the first files of a folder."""
    print(f"{archive.ae_title} gets {count} files ...", end=" ", flush=True)
    start = time.perf_counter()
    report = send(
        sorted(folder.iterdir())[:count], "127.0.0.1", archive.port, called_ae_title=archive.ae_title
    )
    print(f"{report.summary()}, {time.perf_counter() - start:.1f} s", flush=True)


def measure(
    task: str,
    archives: dict[str, OtherArchive],
    command: Callable[[OtherArchive], list[str]],
    rounds: int,
    counts: dict[str, int],
) -> None:
    """Print how many things a second each archive does, and our rate over the others'."""
    times: dict[str, list[float]] = {title: [] for title in archives}
    for _ in range(rounds):
        for title, archive in archives.items():
            times[title].append(timed(command(archive)))
    rates = {title: counts[title] / statistics.median(found) for title, found in times.items()}
    words = ", ".join(
        f"{title} {statistics.median(times[title]):.2f} s ({rate:.0f}/s)" for title, rate in rates.items()
    )
    ratios = " and ".join(
        f"{rates['ours'] / rates[title]:.2f} of {title}'s rate" for title in rates if title != "ours"
    )
    print(f"{task}: {words}; ours is {ratios}", flush=True)


if __name__ == "__main__":
    main()
