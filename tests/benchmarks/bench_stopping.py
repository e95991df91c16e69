"""How soon a command that runs ends at the second Ctrl-C, and what of it is left.

Run: ``python tests/benchmarks/bench_stopping.py [ROUNDS] [COMMAND...]`` (Linux). 0 of every figure in the last three columns is right.

Each command is in the middle of something that would take minutes: storescp and watch run four hooks that fork twice and
ignore SIGTERM, archive and room hold a transfer that never ends, lab has a kernel whose cell runs a program. The first
Ctrl-C is given half a second; from the second on a clock runs until the command has been waited for. Whatever a
command starts inherits a word in its environment, by which it is found afterwards, whoever its parent is by then.

``kills`` does another thing: it ends a storescp with SIGKILL at random moments, in the middle of starting short and long
hooks, and looks for what is left of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dicomkit.errors import NetworkError  # noqa: E402 - the tests have to be found first
from dicomkit.files.writing import write_file  # noqa: E402 - the tests have to be found first
from dicomkit.network import Room, send  # noqa: E402 - the tests have to be found first
from dicomkit.network.calling import call  # noqa: E402 - the tests have to be found first
from dicomkit.network.requestor import TimeOuts  # noqa: E402 - the tests have to be found first
from dicomkit.network.wire import AssociationRequest  # noqa: E402 - the tests have to be found first
from dicomkit.network.wire.presentation_contexts import ProposedContext  # noqa: E402 - the tests have to be found first
from dicomkit.network.wire.user_identity import UserIdentity, encode_user_identity  # noqa: E402 - the tests have to be found first
from dicomkit.samples import ct_series  # noqa: E402 - the tests have to be found first
from tests.support.running_commands import dicomkit  # noqa: E402 - the tests have to be found first

CT, EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"

WORD = "DICOMKIT_BENCH_WORD"
HOOK = "sh -c 'trap \"\" TERM; sleep 987 & (sleep 987 & sleep 987) & wait'"
LOOK_S, FIRST_S, DEADLINE_S = 0.01, 0.5, 60


def main(rounds: int, names: list[str]) -> None:
    """Print a line for each command."""
    print(f"{'':>10} {'median s':>9} {'worst s':>9} {'not 130':>8} {'traceback':>10} {'orphans':>8}")
    for name in names:
        rows = [stopped_twice(COMMANDS[name]) for _ in range(rounds)]
        seconds = [row[0] for row in rows]
        print(
            f"{name:>10} {statistics.median(seconds):>9.2f} {max(seconds):>9.2f} "
            f"{sum(row[1] != 130 for row in rows):>8} {sum(row[2] for row in rows):>10} {sum(row[3] for row in rows):>8}",
            flush=True,
        )


def stopped_twice(
    make_busy: Callable[..., contextlib.AbstractContextManager[subprocess.Popen[str]]],
) -> tuple[float, int, bool, int]:
    """Return how long the second Ctrl-C took, the exit status, whether there was a traceback, and how many are left."""
    word = secrets.token_hex(8)
    with tempfile.TemporaryDirectory() as folder, make_busy(Path(folder), word) as process:
        process.send_signal(signal.SIGINT)
        time.sleep(FIRST_S)
        assert process.poll() is None, "it was not busy: the first Ctrl-C ended it"
        begin = time.perf_counter()
        process.send_signal(signal.SIGINT)
        process.wait(DEADLINE_S)
        took_s = time.perf_counter() - begin
        left = remaining(word)
        said = (Path(folder) / "stderr").read_text()
    return took_s, process.returncode, "Traceback" in said, len(left)


def remaining(word: str, patience_s: float = 1.0) -> list[int]:
    """Return, and end, the processes that still carry the word after a moment."""
    deadline = time.monotonic() + patience_s
    while (found := carriers(word)) and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    for process_id in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)
    return found


def carriers(word: str) -> list[int]:
    """Return who has the word in its environment and is no zombie."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{WORD}={word}".encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
    return found


@contextlib.contextmanager
def command(folder: Path, word: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command of the kit with the word in its environment."""
    with (folder / "stderr").open("w") as errors:
        process = subprocess.Popen(
            [dicomkit(), *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
            cwd=folder, env=os.environ | {WORD: word}, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        remaining(word, 0)  # also when something went wrong on the way here
        process.communicate()


def port_in(line: str) -> int:
    """Return the port of a line such as ``listening on 127.0.0.1 port 4711 as DICOMKIT``."""
    return int(line.partition(" port ")[2].split(maxsplit=1)[0])


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(LOOK_S)


@contextlib.contextmanager
def busy_storescp(folder: Path, word: str) -> Iterator[subprocess.Popen[str]]:
    """Run a receiver whose hooks hang."""
    with command(folder, word, "storescp", "--not-durable", "-xcr", HOOK, "0") as process:
        assert process.stdout is not None
        send(list(ct_series(8, size=16)), "127.0.0.1", port_in(process.stdout.readline()))
        wait_for(lambda: len(carriers(word)) >= 4 * 4)
        yield process


@contextlib.contextmanager
def busy_watch(folder: Path, word: str) -> Iterator[subprocess.Popen[str]]:
    """Watch a folder with four studies whose commands hang."""
    for number in range(4):
        write_file(ct_series(1, size=16, attendee=f"{number:02}")[0], folder / f"{number}.dcm")
    with command(folder, word, "watch", "--quiet-period", "0.1", "--exec", HOOK, ".") as process:
        wait_for(lambda: len(carriers(word)) >= 4 * 4)
        yield process


@contextlib.contextmanager
def stalled_transfer(port: int, called: str, calling: str = "STALLED", passcode: str = "") -> Iterator[None]:
    """Begin a C-STORE of which nothing more than the start ever comes."""
    context = ProposedContext(1, CT, (EXPLICIT,))
    identity = (encode_user_identity(UserIdentity(calling, passcode)),) if passcode else ()
    request = AssociationRequest(calling, called, (context,), user_items=identity)
    begun, is_over = threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield from (bytes(1 << 20), b"\0")  # a sender holds one piece back, to know which is the last
        begun.set()
        is_over.wait()

    def store() -> None:
        with (
            contextlib.suppress(NetworkError),
            call("127.0.0.1", port, request, time_outs=TimeOuts()) as association,
        ):
            association.store(1, CT, "1.2.3", pieces())

    sender = threading.Thread(target=store)
    sender.start()
    try:
        assert begun.wait(DEADLINE_S)
        yield
    finally:
        is_over.set()
        sender.join()


@contextlib.contextmanager
def busy_archive(folder: Path, word: str) -> Iterator[subprocess.Popen[str]]:
    """Run an archive that somebody sends to."""
    with command(folder, word, "archive", ".", "0") as process:
        assert process.stdout is not None
        with stalled_transfer(port_in(process.stdout.readline()), "DICOMKIT"):
            yield process


@contextlib.contextmanager
def busy_room(folder: Path, word: str) -> Iterator[subprocess.Popen[str]]:
    """Run a room that the owner of a seat sends to."""
    with command(folder, word, "room", "open", "room", "--attendees", "2") as process:
        assert process.stdout is not None
        port = port_in(process.stdout.readline())
        wait_for(lambda: bool(list((folder / "room" / "seats").glob("*"))))
        seat = Room.join(min((folder / "room" / "seats").iterdir()))
        with stalled_transfer(port, seat.room, seat.title, seat.token):
            yield process


@contextlib.contextmanager
def busy_lab(folder: Path, word: str) -> Iterator[subprocess.Popen[str]]:
    """Run JupyterLab with a kernel whose cell runs a program that ignores SIGTERM."""
    with command(folder, word, "lab", "workshop", "--no-browser", "--port", "0") as process:
        assert process.stdout is not None
        address = next(line for line in process.stdout if line.startswith("address: "))
        base, token = address.split()[1].split("lab/tree")[0], address.strip().rpartition("token=")[2]
        asked = urllib.request.Request(  # noqa: S310 - the address that lab has printed
            f"{base}api/kernels", b'{"name": "python3"}', {"Authorization": f"token {token}"}
        )
        with urllib.request.urlopen(asked, timeout=DEADLINE_S) as answer:  # noqa: S310 - as above
            kernel = json.load(answer)["id"]
        scratch = next(
            Path(value.decode())
            for value in Path(f"/proc/{carriers(word)[-1]}/environ").read_bytes().split(b"\0")
            if value.startswith(b"JUPYTER_RUNTIME_DIR=")
            for value in [value.partition(b"=")[2]]
        )
        client = BlockingKernelClient(connection_file=str(scratch / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        client.execute(f"import subprocess; subprocess.run(['sh', '-c', {HOOK[7:-1]!r}])")
        wait_for(
            lambda: (
                sum(b"sleep" in Path(f"/proc/{each}/cmdline").read_bytes() for each in carriers(word)) >= 3
            )
        )
        client.stop_channels()
        yield process


COMMANDS = {
    "storescp": busy_storescp,
    "watch": busy_watch,
    "archive": busy_archive,
    "room": busy_room,
    "lab": busy_lab,
}


def kills(rounds: int) -> None:
    """Print how many processes of hooks were left of receivers that were killed at random moments."""
    generator = random.Random(16)  # noqa: S311 - moments, no secrets
    left = began = 0
    # Each hook hangs, is ended after 0.1 s and makes way for the next: somewhere one is always just being started.
    options = ("--not-durable", "-xcr", HOOK, "--exec-timeout", "0.1")
    instances = [each for person in range(8) for each in ct_series(14, size=16, attendee=f"{person:02}")]
    for _ in range(rounds):
        word = secrets.token_hex(8)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with command(folder, word, "storescp", *options, "0") as process:
                assert process.stdout is not None
                send(instances, "127.0.0.1", port_in(process.stdout.readline()))
                time.sleep(generator.random() * 0.5)
                began += len(carriers(word)) > 2  # the receiver, its guardian, and a hook
                process.kill()
                process.wait()
                left += len(remaining(word, 2.0))
    print(f"{rounds} receivers killed, {began} with hooks at work: {left} processes left")


if __name__ == "__main__":
    words = sys.argv[1:]
    count = int(words.pop(0)) if words and words[0].isdecimal() else 5
    if words == ["kills"]:
        kills(count)
    else:
        main(count, words or list(COMMANDS))
