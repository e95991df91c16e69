"""A receiver among strangers: cut transfers, broken rules, silence, floods, many at once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.errors import NetworkError
from dicomkit.network import StorageSCP, echo
from tests.support.byte_peer import (
    DEADLINE_S,
    RELEASE,
    VERIFICATION,
    BytePeer,
    associate_rq,
    c_store_command,
    data_set,
    item,
    p_data,
    stored_files,
    wait_until,
)


def test_a_connection_for_which_no_thread_starts_is_said(
    scp: StorageSCP, connect: Callable[..., BytePeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def start_no_association(thread: threading.Thread) -> None:
        if thread.name.startswith("dicomkit-association"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_no_association)
    connect(scp.port, associated=False).send(associate_rq())
    wait_until(lambda: bool(scp.problems))
    with pytest.raises(NetworkError, match="starts no further thread"):
        scp.check()
    monkeypatch.undo()
    echo("127.0.0.1", scp.port)


def test_two_hundred_cut_transfers_leave_nothing(
    scp: StorageSCP, connect: Callable[..., BytePeer], tmp_path: Path
) -> None:
    rng = random.Random(7)  # noqa: S311 - the same cuts on each run
    before = (
        threading.active_count()
    )  # the receiver listens already; other tests may have left threads that end
    whole = associate_rq() + p_data(c_store_command(), 3)
    content = data_set(tail=struct.pack("<HH2s2xL", 0x7FE0, 0x10, b"OB", 1 << 21) + bytes(1 << 21))
    for start in range(0, len(content), 60_000):
        last = start + 60_000 >= len(content)
        whole += p_data(content[start : start + 60_000], 2 if last else 0)
    for number in range(200):
        cut = rng.randrange(len(whole))
        peer = connect(scp.port, associated=False)
        peer.send(whole[:cut])
        if number % 2:
            peer.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )  # a reset, no goodbye
        peer.socket.close()
    wait_until(lambda: threading.active_count() <= before)
    assert stored_files(tmp_path) == []
    peer = connect(scp.port, associated=False)
    peer.send(whole)
    assert peer.receive()[0] == 2
    assert peer.status() == 0


@pytest.mark.parametrize("length", [131_073, 1 << 24, 0xFFFFFFFF])
def test_a_length_beyond_what_was_agreed_is_not_believed(
    scp: StorageSCP, connect: Callable[..., BytePeer], length: int
) -> None:
    peer = connect(scp.port)
    peer.send(struct.pack(">BxL", 4, length))
    kind, body = peer.receive()
    assert (kind, body[2:]) == (7, bytes([2, 6])), "A-ABORT by the provider: invalid PDU parameter value"
    assert peer.receive()[0] == 0


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + bytes(512),
        b"\x04" + bytes(5),
        b"\x01\0\xff\xff\xff\xff",
        bytes(100),
    ],
    ids=["http", "tls", "data first", "4 GB request", "zeros"],
)
def test_who_does_not_ask_for_an_association_is_turned_away(
    scp: StorageSCP, connect: Callable[..., BytePeer], garbage: bytes
) -> None:
    peer = connect(scp.port, associated=False)
    peer.send(garbage)
    assert peer.receive()[0] == 0
    echo("127.0.0.1", scp.port)


@pytest.mark.parametrize(
    "pdus",
    [
        [associate_rq()],
        [p_data(data_set(), 2)],
        [p_data(c_store_command(), 3, context=9)],
        [p_data(c_store_command(), 3), p_data(c_store_command(), 3)],
        [p_data(b"\xff" * 40, 3)],
        [p_data(bytes(70_000), 1)],
        [struct.pack(">BxL", 4, 6) + struct.pack(">LBB", 99, 1, 3)],
        [struct.pack(">BxL", 9, 0)],
        [struct.pack(">BxL", 2, 4) + bytes(4)],
    ],
    ids=[
        "request twice",
        "data first",
        "unknown context",
        "command in data",
        "no command",
        "endless command",
        "lengths",
        "type 9",
        "AC",
    ],
)
def test_a_peer_that_breaks_the_rules_is_aborted(
    scp: StorageSCP, connect: Callable[..., BytePeer], tmp_path: Path, pdus: list[bytes]
) -> None:
    peer = connect(scp.port)
    peer.send(*pdus)
    assert peer.receive()[0] == 7
    assert stored_files(tmp_path) == []
    echo("127.0.0.1", scp.port)


def test_random_bytes_harm_nobody(scp: StorageSCP, connect: Callable[..., BytePeer], tmp_path: Path) -> None:
    rng = random.Random(11)  # noqa: S311 - the same bytes on each run
    before = threading.active_count()
    good = associate_rq() + p_data(c_store_command(), 3) + p_data(data_set(), 2) + RELEASE
    for _ in range(300):
        content = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        peer = connect(scp.port, associated=False)
        peer.send(bytes(content))
        peer.socket.close()
    echo("127.0.0.1", scp.port)
    wait_until(lambda: threading.active_count() <= before)
    assert not [path for path in stored_files(tmp_path) if path.name.startswith(".")]


def test_an_endless_instance_ends_at_the_limit(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    with StorageSCP(tmp_path, max_instance_bytes=4 << 20) as scp:
        peer = connect(scp.port)
        peer.send(p_data(c_store_command(), 3))
        with contextlib.suppress(ConnectionError):
            for _ in range(60):
                peer.send(p_data(bytes(100_000), 0))
        assert peer.receive()[0] in {7, 0}
        wait_until(lambda: stored_files(tmp_path) == [])
        echo("127.0.0.1", scp.port)


def test_hundreds_of_silent_connections_lock_nobody_out(tmp_path: Path) -> None:
    with StorageSCP(tmp_path) as scp, contextlib.ExitStack() as sockets:
        before = threading.active_count()
        for number in range(350):
            silent = sockets.enter_context(
                socket.create_connection(("127.0.0.1", scp.port), timeout=DEADLINE_S)
            )
            silent.sendall(b"\x01\0\0\0\x01\0"[: number % 7])
            if number % 50 == 49:
                echo("127.0.0.1", scp.port)
        # The threads of the echoes may take a moment to end; those of 350 connections would stay.
        wait_until(lambda: threading.active_count() <= before)
        echo("127.0.0.1", scp.port)


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(sys.platform != "linux", reason="reads its memory from /proc")
def test_empty_fragments_fill_no_memory(scp: StorageSCP, connect: Callable[..., BytePeer]) -> None:
    peer = connect(scp.port)
    peer.send(p_data(c_store_command(), 3))
    empty = struct.pack(">LBB", 2, 1, 0) * 20_000
    before = resident_mb()
    for _ in range(15):
        peer.send(struct.pack(">BxL", 4, len(empty)) + empty)
    peer.send(p_data(data_set(), 2))
    assert peer.status() == 0
    assert len(scp.log.entries) < 100
    assert resident_mb() - before < 30


@pytest.mark.skipif(sys.platform != "linux", reason="reads its memory from /proc")
def test_large_requests_fill_no_memory(scp: StorageSCP, connect: Callable[..., BytePeer]) -> None:
    body = associate_rq("NOBODY")[6:] + item(0x99, bytes(60_000)) * 16
    before = resident_mb()
    for _ in range(80):
        peer = connect(scp.port, associated=False)
        peer.send(struct.pack(">BxL", 1, len(body)) + body)
        assert peer.receive()[0] in {3, 7}, "neither a rejection nor an abort"
        peer.socket.close()
    assert resident_mb() - before < 50, "most of 80 requests of 1 MB each was kept"


def test_stop_waits_for_no_peer_that_does_not_read(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    scp = StorageSCP(tmp_path).start()
    peer = connect(scp.port, abstract=VERIFICATION)
    peer.socket.settimeout(0.5)
    with contextlib.suppress(TimeoutError):
        while True:  # until the answers, which nobody reads, have filled all buffers in between
            peer.socket.sendall(
                p_data(c_store_command(sop_class=VERIFICATION, field=0x30, has_data=0x101), 3) * 100
            )
    begin = time.monotonic()
    scp.stop()
    assert time.monotonic() - begin < 30, "half of the time that a blocked send may take"


def test_too_many_associations_are_rejected_for_now(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    with StorageSCP(tmp_path, max_associations=3) as scp:
        for _ in range(3):
            connect(scp.port)
        late = connect(scp.port, associated=False)
        late.send(associate_rq())
        kind, body = late.receive()
        assert (kind, body[1:]) == (3, bytes([2, 3, 2])), (
            "transient, presentation related, local limit exceeded"
        )


def test_a_silent_association_is_aborted(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    with StorageSCP(tmp_path, idle_time_out_s=0.05) as scp:
        assert connect(scp.port).receive()[0] == 7


def test_many_associations_at_once_lose_nothing(tmp_path: Path) -> None:
    failures: list[int] = []

    def deliver(number: int) -> None:
        peer = BytePeer(scp.port)
        peer.send(associate_rq())
        peer.receive()
        for index in range(20):
            uid = f"1.2.3.{number}.{index}"
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid, f"1.2.{number % 5}"), 2))
            failures.extend([number] * (peer.status() != 0))
        peer.send(RELEASE)
        peer.receive()
        peer.socket.close()

    with StorageSCP(tmp_path) as scp:
        threads = [threading.Thread(target=deliver, args=(number,)) for number in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_S)
        assert scp.received_count == 2000
        scp.check()
    assert failures == []
    assert len(list(tmp_path.rglob("*.dcm"))) == 2000


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_a_killed_receiver_and_a_second_try(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    code = "import sys, time; from dicomkit.network import StorageSCP\nprint(StorageSCP(sys.argv[1]).start().port, flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        peer = connect(port)
        for uid in ("1.2.3.1", "1.2.3.2"):
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid), 2))
            assert peer.status() == 0
        peer.send(p_data(c_store_command("1.2.3.3"), 3), *(p_data(bytes(100_000), 0) for _ in range(15)))
        wait_until(lambda: len(stored_files(tmp_path)) == 3)
        process.send_signal(signal.SIGKILL)
    assert sorted(path.name for path in tmp_path.rglob("*.dcm")) == ["1.2.3.1.dcm", "1.2.3.2.dcm"]
    with StorageSCP(tmp_path) as scp:
        peer = connect(scp.port)
        for uid in ("1.2.3.1", "1.2.3.2", "1.2.3.3"):
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid), 2))
            assert peer.status() == 0
        assert [instance.duplicate for instance in scp.received] == [True, True, False]
    assert [path.name for path in stored_files(tmp_path)] == ["1.2.3.1.dcm", "1.2.3.2.dcm", "1.2.3.3.dcm"]
