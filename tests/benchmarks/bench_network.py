"""Receivers and senders side by side: objects a second over loopback, medians of interleaved rounds.

Run: ``python tests/benchmarks/bench_network.py [ROUNDS]``. Needs DCMTK; nothing here is asserted. Three
longer runs have a word and a number of their own:

- ``stores 100000``: the memory of a receiver over many stores (Linux)
- ``burners 20000``: instances that nobody can account for while three programs burn the processor
- ``busy ROUNDS``: a receiver whose main thread computes, against one whose main thread waits
"""

from __future__ import annotations

import collections
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from dicomkit.errors import NetworkError
from dicomkit.network import StorageSCP, echo, send

Sender = Callable[[Path, int], None]
SMALL, SLICE = "2 kB objects", "512 kB slices"
# Objects for a fast pair, objects for a slow one, and the size of one in bytes.
COUNTS = {SMALL: (800, 80, 1_000), SLICE: (120, 40, 512 << 10)}

PYNETDICOM_SENDER = """
import sys, pathlib, pydicom, pynetdicom
ae = pynetdicom.AE("BENCH")
ae.add_requested_context("1.2.840.10008.5.1.4.1.1.7", ["1.2.840.10008.1.2.1"])
def associate():
    return ae.associate("127.0.0.1", int(sys.argv[2]), ae_title="DICOMKIT")
association = associate()
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if not association.is_established:  # it lost an answer, waited 30 s and aborted
        association = associate()
    association.send_c_store(pydicom.dcmread(path))
association.release()
"""
PYNETDICOM_RECEIVER = """
import sys, pathlib, pynetdicom
from pynetdicom import evt
folder = pathlib.Path(sys.argv[1])
def handle(event):
    dataset = event.dataset
    dataset.file_meta = event.file_meta
    dataset.save_as(folder / f"{dataset.SOPInstanceUID}.dcm", enforce_file_format=True)
    return 0
ae = pynetdicom.AE("DICOMKIT")
ae.supported_contexts = pynetdicom.StoragePresentationContexts
ae.add_supported_context("1.2.840.10008.1.1")
ae.start_server(("127.0.0.1", int(sys.argv[2])), evt_handlers=[(evt.EVT_C_STORE, handle)])
"""
OUR_SENDER = """
import sys
from dicomkit.network import send
while True:
    send(sys.argv[1], "127.0.0.1", int(sys.argv[2])).raise_on_failure()
"""
OUR_RECEIVER = """
import sys
from dicomkit.network import StorageSCP
with StorageSCP(sys.argv[1], port=int(sys.argv[2]), any_called_ae_title=True):
    sys.stdin.read()
"""
DURABLE_RECEIVER = OUR_RECEIVER.replace("any_called", "durable=True, any_called")
BUSY_RECEIVER = """
import sys, threading
from dicomkit.network import StorageSCP
with StorageSCP(sys.argv[1], port=int(sys.argv[2]), any_called_ae_title=True):
    if sys.argv[3] == "default":
        sys.setswitchinterval(0.005)
    done = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
    total = 0
    while not done.is_set():
        total += sum(range(1000))
"""


def dcmtk(name: str) -> str:
    """Find DCMTK's program, not pynetdicom's script of the same name."""
    for folder in os.get_exec_path():
        path = shutil.which(name, path=folder)
        if path is not None and b"python" not in Path(path).read_bytes()[:256].partition(b"\n")[0]:
            return path
    sys.exit(f"{name} of DCMTK is not installed")


def make_files(folder: Path, kind: str, count: int) -> Path:
    size = COUNTS[kind][-1]
    target = folder / f"{kind.replace(' ', '_')}_{count}"
    target.mkdir()
    for number in range(count):
        dataset = Dataset()
        dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
        dataset.SOPInstanceUID = UID(f"1.2.3.4.{number}")
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = UID("1.2.3"), UID("1.2.3.4")
        for index in range(40):
            dataset.add_new(0x00181000 + index, "LO", f"value {index}")
        dataset.add_new(0x7FE00010, "OW", number.to_bytes(2, "little") * (size // 2))
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
        dataset.save_as(target / f"{number:05}.dcm", enforce_file_format=True)
    return target


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def receiver(command: list[str], environment: dict[str, str] | None = None) -> Iterator[int]:
    """Run a receiver in a process of its own; FOLDER and PORT in its command are filled in."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        words = [word.replace("FOLDER", folder).replace("PORT", str(port)) for word in command]
        with subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        ) as process:
            try:
                deadline = time.monotonic() + 30
                while True:
                    try:
                        echo("127.0.0.1", port)
                        break
                    except NetworkError:
                        if time.monotonic() > deadline or process.poll() is not None:
                            raise
                        threading.Event().wait(0.05)
                yield port
            finally:
                process.kill()


def with_storescu(environment: dict[str, str] | None = None) -> Sender:
    def run(folder: Path, port: int) -> None:
        words = [dcmtk("storescu"), "-R", "-aec", "DICOMKIT", "+sd", "127.0.0.1", str(port), str(folder)]
        subprocess.run(words, check=True, capture_output=True, env={**os.environ, **(environment or {})})

    return run


def with_ours(folder: Path, port: int) -> None:
    send(folder, "127.0.0.1", port).raise_on_failure()


def with_pynetdicom(folder: Path, port: int) -> None:
    subprocess.run([sys.executable, "-c", PYNETDICOM_SENDER, str(folder), str(port)], check=True)


# DCMTK switches Nagle's algorithm off when TCP_NODELAY is 1 in its environment, and only then.
NODELAY = {"TCP_NODELAY": "1"}
PYTHON = [sys.executable, "-c"]
RECEIVERS = {
    "storescp": ([dcmtk("storescp"), "+xa", "-od", "FOLDER", "PORT"], None),
    "storescp, no delay": ([dcmtk("storescp"), "+xa", "-od", "FOLDER", "PORT"], NODELAY),
    "pynetdicom": ([*PYTHON, PYNETDICOM_RECEIVER, "FOLDER", "PORT"], None),
    "StorageSCP": ([*PYTHON, OUR_RECEIVER, "FOLDER", "PORT"], None),
    "StorageSCP, durable": ([*PYTHON, DURABLE_RECEIVER, "FOLDER", "PORT"], None),
    "StorageSCP, busy": ([*PYTHON, BUSY_RECEIVER, "FOLDER", "PORT", "quick"], None),
    "StorageSCP, busy, default interval": ([*PYTHON, BUSY_RECEIVER, "FOLDER", "PORT", "default"], None),
}
SENDERS: dict[str, Sender] = {
    "storescu": with_storescu(),
    "storescu, no delay": with_storescu(NODELAY),
    "send": with_ours,
    "pynetdicom": with_pynetdicom,
}
PAIRS = [
    ("storescu", "storescp"),
    ("storescu", "pynetdicom"),
    ("storescu", "StorageSCP"),
    ("storescu, no delay", "storescp, no delay"),
    ("storescu, no delay", "StorageSCP"),
    ("storescu, no delay", "StorageSCP, durable"),
    ("send", "storescp"),
    ("send", "storescp, no delay"),
    ("send", "StorageSCP"),
    ("pynetdicom", "StorageSCP"),
    ("storescu, no delay", "StorageSCP, busy"),
    ("storescu, no delay", "StorageSCP, busy, default interval"),
]
SLOW = [*PAIRS[:2], ("pynetdicom", "StorageSCP"), *PAIRS[-2:]]
RATIOS = [
    (("storescu", "StorageSCP"), ("storescu", "storescp"), "unmodified storescu into ours / into storescp"),
    (("storescu", "StorageSCP"), ("storescu", "pynetdicom"), "unmodified storescu into ours / into pynetdicom"),
    (("send", "storescp"), ("storescu", "storescp"), "our sender / unmodified storescu, into storescp"),
    (("storescu, no delay", "StorageSCP"), ("storescu, no delay", "storescp, no delay"), "no delay on both sides: ours / storescp"),
    (("storescu, no delay", "StorageSCP, busy"), ("storescu, no delay", "StorageSCP, busy, default interval"), "busy kernel: with / without the switch interval"),
]  # fmt: skip


def measure(sender: str, target: str, folder: Path, count: int) -> float:
    command, environment = RECEIVERS[target]
    with receiver(command, environment) as port:
        begin = time.perf_counter()
        SENDERS[sender](folder, port)
        return count / (time.perf_counter() - begin)


def compare(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        for kind, counts in COUNTS.items():
            folders = {count: make_files(Path(name), kind, count) for count in counts[:2]}
            rates: dict[tuple[str, str], list[float]] = {pair: [] for pair in PAIRS}
            for _ in range(rounds):
                for pair in PAIRS:
                    count = counts[1] if pair in SLOW else counts[0]
                    rates[pair].append(measure(*pair, folders[count], count))
            medians = {pair: statistics.median(values) for pair, values in rates.items()}
            print(f"\n{kind}, objects a second (median of {rounds})")
            for (sender, target), rate in medians.items():
                print(f"  {sender:>20} -> {target:<36} {rate:8.0f}")
            for above, below, label in RATIOS:
                print(f"  {medians[above] / medians[below]:7.2f} x  {label}")


def stores(count: int) -> None:
    """Print what memory a long run takes (Linux)."""

    def resident() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as programs:
        files = make_files(Path(name), SMALL, 500)
        target = Path(name) / "many"
        target.mkdir()
        scp = programs.enter_context(StorageSCP(target))
        words = [sys.executable, "-c", OUR_SENDER, str(files), str(scp.port)]
        sender = programs.enter_context(subprocess.Popen(words))
        programs.callback(sender.kill)
        scp.wait_for(min(12_000, count // 2), 3600)  # by now the lists of the latest are full
        before, begin, number = resident(), time.perf_counter(), scp.received_count
        scp.wait_for(count, 3600)
        rate = (scp.received_count - number) / (time.perf_counter() - begin)
        print(f"{count} stores: resident {before:.0f} -> {resident():.0f} MB, {rate:.0f} objects a second")


def burners(count: int) -> None:
    """Print what became of many instances while three programs burn the processor."""
    burn = [sys.executable, "-c", "while True: sum(range(1000))"]
    outcomes: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as programs:
        folder = Path(name)
        files = make_files(folder, SMALL, 500)
        (folder / "ours").mkdir()
        scp = programs.enter_context(StorageSCP(folder / "ours"))
        dcmtk_port = programs.enter_context(receiver(*RECEIVERS["storescp"]))
        for _ in range(3):
            programs.callback(programs.enter_context(subprocess.Popen(burn)).kill)
        begin = time.perf_counter()
        for turn in range(count // 500):
            port = dcmtk_port if turn % 4 == 3 else scp.port
            outcomes.update(row.outcome for row in send(files, "127.0.0.1", port))
        seconds = time.perf_counter() - begin
    print(f"three burners, {seconds:.0f} s: {dict(outcomes)}, unaccounted for {count - outcomes['stored']}")


def busy(rounds: int) -> None:
    """Print the rates of a receiver whose main thread waits, and of one whose main thread computes."""
    kinds = {
        "idle": "StorageSCP",
        "busy": "StorageSCP, busy",
        "busy, default": "StorageSCP, busy, default interval",
    }
    with tempfile.TemporaryDirectory() as name:
        for kind, counts in COUNTS.items():
            folder = make_files(Path(name), kind, counts[1])
            for sender in ("storescu, no delay", "send"):  # pynetdicom's own sender loses answers under load
                rates: dict[str, list[float]] = {label: [] for label in kinds}
                for _ in range(rounds):
                    for label, target in kinds.items():
                        rates[label].append(measure(sender, target, folder, counts[1]))
                words = (f"{label} {statistics.median(values):.0f}" for label, values in rates.items())
                print(f"{kind} from {sender}: {', '.join(words)} objects a second")


def main(words: list[str]) -> None:
    longer = {"stores": stores, "burners": burners, "busy": busy}
    name = words[0] if words else "3"
    if name in longer:
        longer[name](int(words[1]))
    else:
        compare(int(name))


if __name__ == "__main__":
    main(sys.argv[1:])
