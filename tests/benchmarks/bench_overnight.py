"""A night in small: one receiver, many small instances, a reaction to each, and nothing lost, doubled or left behind.

Run: ``python tests/benchmarks/bench_overnight.py [N] [FOLDER]`` (Linux; N is 20,000 if it is left out). The folder
takes 4 kB for each instance and is emptied again.

Two senders call at the same time, anew for every 250 instances, and send every hundredth instance twice. The receiver
reacts to each new instance with a Python callable and to one of 250 with a program of its own (``true``), both through
`ArrivalHooks`, whose lists lie on disk. It is a process of its own; its memory, descriptors and threads are sampled from
outside. In the end four sets are compared, each written down by somebody else: what senders were told is stored, what
lies on disk, what the callable was given, and what was to be sent.

``placing [N] [FOLDER]`` measures what it costs the receiver that no file can take another one's name: it receives by turns,
in one run and on one disk, as it does and with a plain write and rename (no lock, no link, no second name), and prints the
ratios. The sender is a process of its own, and goes on while the receiver works.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

from dicomkit.instance_store import InstanceStore
from dicomkit.instance_store import store as store_module
from dicomkit.instance_store.incoming import IncomingInstance
from dicomkit.instance_store.temporaries import Temporaries
from dicomkit.network import StorageSCP, StoredInstance
from dicomkit.network.calling import call
from dicomkit.network.requestor import TimeOuts
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.presentation_contexts import ProposedContext
from dicomkit.reactions import ArrivalHooks

SECONDARY_CAPTURE, EXPLICIT = "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.1.2.1"
ROOT = "1.2.826.0.1.3680043.8.498.16"
SENDERS, AN_ASSOCIATION, A_STUDY, TWICE = 2, 250, 1000, 100
PIXELS = bytes(1024)
SAMPLES, PAGE_KB = 20, os.sysconf("SC_PAGE_SIZE") // 1024
SUCCESS = 0


def main(total: int, folder: Path) -> None:
    """Print what was seen while it ran, and what the comparison says."""
    store = folder / "store"
    store.mkdir()
    started = time.time()
    with role("receive", folder, total) as receiver:
        assert receiver.stdout is not None
        port = int(receiver.stdout.readline())
        senders = [
            subprocess.Popen(
                [sys.executable, __file__, "send", str(folder), str(total), str(number), str(port)]
            )
            for number in range(SENDERS)
        ]
        watch(receiver.pid, folder, total)
        statuses = [sender.wait() for sender in senders]
        said = receiver.communicate("")[0]
    sending_s = max((folder / f"told-{number}").stat().st_mtime for number in range(SENDERS)) - started
    elapsed_s = time.time() - started
    print(
        f"sent and stored: {total / sending_s:,.0f} instances/s; until the last reaction {elapsed_s:,.0f} s in all"
    )
    print(f"the receiver says: {said.strip()}; exit statuses {[*statuses, receiver.returncode]}")
    compare(total, folder, store)


def watch(pid: int, folder: Path, total: int) -> None:
    """Print memory, descriptors and threads of the receiver, in steps of what has been reacted to."""
    print(f"{'reacted to':>12} {'RSS MB':>8} {'descriptors':>12} {'threads':>8}")
    place = Path(f"/proc/{pid}")
    log = folder / "reacted"
    line = len(uid(0)) + 1
    for step in range(1, SAMPLES + 1):
        wanted = total * step // SAMPLES
        while (done := (log.stat().st_size if log.exists() else 0) // line) < wanted:
            time.sleep(0.2)
        resident = int((place / "statm").read_text().split()[1]) * PAGE_KB / 1024
        descriptors = len(list((place / "fd").iterdir()))
        print(
            f"{done:>12,} {resident:>8.1f} {descriptors:>12} {len(list((place / 'task').iterdir())):>8}",
            flush=True,
        )


def compare(total: int, folder: Path, store: Path) -> None:
    """Say whether the four sets are one, and whether anything occurs twice."""
    wanted = {uid(number) for number in range(total)}
    told = [line for number in range(SENDERS) for line in (folder / f"told-{number}").read_text().split()]
    reacted = (folder / "reacted").read_text().split()
    stored = [path.stem for path in store.rglob("*.dcm")]
    left = [path.name for path in store.rglob(".*")]
    print(
        f"told stored {len(told):,}, on disk {len(stored):,}, reacted to {len(reacted):,}, wanted {total:,}"
    )
    print("each exactly once:", all(sorted(names) == sorted(wanted) for names in (told, stored, reacted)))
    print("left behind:", left or "nothing")


def uid(number: int) -> str:
    """Return the SOP Instance UID of an instance: all are equally long."""
    return f"{ROOT}.{1_000_000_000 + number}"


ROUNDS, BATCH, BATCHES = 7, 100, 15


def measure_placing(total: int, folder: Path) -> None:
    """Print what an instance takes, in time and processor time, beside a plain write and rename."""
    for pixels in (1 << 10, 512 << 10):
        count = total if pixels < 100_000 else total // 20
        measured: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        for number in range(ROUNDS):
            for is_plain in (False, True) if number % 2 else (True, False):
                with plain_placing() if is_plain else contextlib.nullcontext():
                    measured[is_plain].append(receiving_s(folder, count, pixels))
        least = {}
        for is_plain in (False, True) * BATCHES:
            with plain_placing() if is_plain else contextlib.nullcontext():
                least[is_plain] = min(storing_s(folder, pixels), least.get(is_plain, float("inf")))
        whole = min(each[1] for each in measured[False])
        print(
            f"{pixels >> 10:>4} kB, storing alone, the best of {BATCHES} turns: {1e6 * least[False]:,.0f} us, "
            f"{1e6 * least[True]:,.0f} with write and rename; the difference is "
            f"{100 * (least[False] - least[True]) / whole:.1f} % of what the receiver takes ({1e6 * whole:,.0f} us)"
        )
        for what, index in (("time", 0), ("processor time", 1)):
            ours, plain = ([each[index] for each in measured[is_plain]] for is_plain in (False, True))
            ratios = [mine / other for mine, other in zip(ours, plain, strict=True)]
            print(
                f"{pixels >> 10:>4} kB, {what}: {1e6 * statistics.median(ours):,.0f} us an instance, "
                f"{1e6 * statistics.median(plain):,.0f} with write and rename; ratio of {ROUNDS} pairs: "
                f"median {statistics.median(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}",
                flush=True,
            )


def storing_s(folder: Path, pixels: int) -> float:
    """Return the processor time that storing one instance takes, without any network."""
    content = [data_set(number, bytes(pixels)) for number in range(BATCH)]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = InstanceStore(place)
        begin = time.process_time()
        for number, each in enumerate(content):
            with store.receive(
                sop_class_uid=SECONDARY_CAPTURE, sop_instance_uid=uid(number), transfer_syntax_uid=EXPLICIT
            ) as incoming:
                incoming.write(each)
                incoming.commit()
        return (time.process_time() - begin) / BATCH


def receiving_s(folder: Path, count: int, pixels: int) -> tuple[float, float]:
    """Receive instances from another process; return how long one takes, and the processor time of this process for it."""
    times: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(dir=folder) as store:
        with StorageSCP(store) as scp:
            scp.subscribe(
                lambda event: (
                    times.append((time.perf_counter(), time.process_time())) if event.instance else None
                )
            )
            words = [sys.executable, __file__, "push", str(count), str(pixels), str(scp.port)]
            subprocess.run(words, check=True)
        assert len(list(Path(store).rglob("*.dcm"))) == count
    first, last = times[count // 10], times[-1]  # without the start
    received = count - count // 10 - 1
    return (last[0] - first[0]) / received, (last[1] - first[1]) / received


@contextlib.contextmanager
def plain_placing() -> Iterator[None]:
    """Write and rename, and nothing else: what a second program does to the folder is its own affair."""

    def make(temporaries: Temporaries) -> tuple[str, int]:
        path = f"{temporaries._start}{next(temporaries._numbers)}"
        return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)

    def rename(temporary: str, target: str) -> bool:
        os.rename(temporary, target)  # noqa: PTH104 - as the store does it
        return True

    def discard(incoming: IncomingInstance) -> None:
        if incoming._file is not None:
            os.close(incoming._file)

    with (
        mock.patch.object(Temporaries, "make", make),
        mock.patch.object(store_module, "place_received", rename),
        mock.patch.object(IncomingInstance, "discard", discard),
    ):
        yield


def push(count: int, pixels: int, port: int) -> None:
    """Send on one association."""
    context = ProposedContext(1, SECONDARY_CAPTURE, (EXPLICIT,))
    request = AssociationRequest("PUSH", "DICOMKIT", (context,))
    with call("127.0.0.1", port, request, time_outs=TimeOuts()) as association:
        for number in range(count):
            status = association.store(
                1, SECONDARY_CAPTURE, uid(number), [data_set(number, bytes(pixels))]
            ).status
            assert status == SUCCESS


def receive(folder: Path) -> None:
    """Receive and react until standard input ends, then say what came of the programs."""
    lock = threading.Lock()
    failed = 0
    with (folder / "reacted").open("w") as log:

        def react(arrival: Facts) -> None:
            with lock:
                log.write(f"{arrival.values()['sop_instance_uid']}\n")
                log.flush()

        def count(_: object, result: object) -> None:
            nonlocal failed
            failed += not getattr(result, "succeeded", False)

        store = folder / "store"
        with (
            ArrivalHooks(react, store, "callable", on_result=count) as callables,
            ArrivalHooks(["true"], store, "program", on_result=count) as programs,
        ):

            def hand_on(instance: StoredInstance) -> None:
                callables.submit(Facts({"sop_instance_uid": instance.sop_instance_uid}))
                if int(instance.sop_instance_uid.rpartition(".")[2]) % AN_ASSOCIATION == 0:
                    programs.submit(Facts({"sop_instance_uid": instance.sop_instance_uid}))

            with StorageSCP(store, on_stored=hand_on) as scp:
                print(scp.port, flush=True)
                sys.stdin.read()
            problems, count_stored = len(scp.problems), scp.received_count
    print(f"{count_stored:,} C-STORE answered with success, {problems} problems, {failed} reactions failed")


class Facts:
    """What a reaction is told."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        self._facts = facts

    def values(self) -> Mapping[str, str]:
        """Return the facts by name."""
        return self._facts


def send(folder: Path, total: int, number: int, port: int) -> None:
    """Send every second instance, and write down what was answered with success."""
    context = ProposedContext(1, SECONDARY_CAPTURE, (EXPLICIT,))
    request = AssociationRequest(f"SENDER{number}", "DICOMKIT", (context,))
    numbers = range(number, total, SENDERS)
    with (folder / f"told-{number}").open("w") as told:
        for first in range(0, len(numbers), AN_ASSOCIATION):
            with call("127.0.0.1", port, request, time_outs=TimeOuts()) as association:
                for each in numbers[first : first + AN_ASSOCIATION]:
                    content = data_set(each)
                    for _ in range(2 if each % TWICE == 0 else 1):
                        status = association.store(1, SECONDARY_CAPTURE, uid(each), [content]).status
                    if status == SUCCESS:
                        told.write(f"{uid(each)}\n")


def data_set(number: int, pixels: bytes = PIXELS) -> bytes:
    """Return a small Secondary Capture image, encoded by hand (PS3.5 section 7.1.2)."""
    study = f"{ROOT}.1.{number // A_STUDY + 1}"
    short = [
        element(0x0008, 0x0016, b"UI", SECONDARY_CAPTURE.encode()),
        element(0x0008, 0x0018, b"UI", uid(number).encode()),
        element(0x0020, 0x000D, b"UI", study.encode()),
        element(0x0020, 0x000E, b"UI", f"{study}.1".encode()),
    ]
    return b"".join(short) + struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OB", 0, len(pixels)) + pixels


def element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    """Return an element with a short header."""
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


@contextlib.contextmanager
def role(name: str, folder: Path, total: int) -> Iterator[subprocess.Popen[str]]:
    """Run this file as a receiver, and end it whatever happens."""
    program = subprocess.Popen(
        [sys.executable, __file__, name, str(folder), str(total)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield program
    finally:
        program.kill()
        program.wait()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["receive", place, _]:
            receive(Path(place))
        case ["send", place, count, own_number, to_port]:
            send(Path(place), int(count), int(own_number), int(to_port))
        case ["push", count, size, to_port]:
            push(int(count), int(size), int(to_port))
        case ["placing", *words]:
            with tempfile.TemporaryDirectory(dir=words[1] if len(words) > 1 else None) as name:
                measure_placing(int(words[0]) if words else 4000, Path(name))
        case words:
            with tempfile.TemporaryDirectory(
                dir=words[1] if len(words) > 1 else None, prefix="overnight-"
            ) as name:
                main(int(words[0]) if words else 20_000, Path(name))
