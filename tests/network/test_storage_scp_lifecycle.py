"""A receiver starts, stops and is started again, and leaves nothing behind."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.errors import NetworkError, PortInUseError, UsageError
from dicomkit.instance_store import InstanceStore
from dicomkit.network import StorageSCP, StoredInstance, echo, send
from tests.support.byte_peer import (
    DEADLINE_S,
    BytePeer,
    c_store_command,
    data_set,
    new_since,
    p_data,
    stored_files,
    threads_and_sockets,
    wait_until,
)
from tests.support.dicom_files import bundled


def test_stop_leaves_nothing(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    switch = sys.getswitchinterval()
    before = threads_and_sockets()
    scp = StorageSCP(tmp_path)
    assert scp.start() is scp.start()
    assert sys.getswitchinterval() < switch
    silent, idle, busy = BytePeer(scp.port), connect(scp.port), connect(scp.port)
    busy.send(p_data(c_store_command(), 3), p_data(data_set()[:50], 0))
    begin = time.monotonic()
    scp.stop()
    scp.stop()
    assert time.monotonic() - begin < 5
    assert idle.receive()[0] == 7, "an idle association is told by A-ABORT"
    assert silent.receive()[0] == 0
    for peer in (silent, idle, busy):
        peer.socket.close()
    assert new_since(before) == []
    assert sys.getswitchinterval() == switch
    assert stored_files(tmp_path) == []


def test_an_association_that_is_open_at_the_end_was_not_aborted_by_anybody_else(
    tmp_path: Path, connect: Callable[..., BytePeer]
) -> None:
    told: list[str] = []
    with StorageSCP(tmp_path) as scp:
        scp.subscribe(lambda event: told.append(event.kind))
        peer = connect(scp.port)
        wait_until(lambda: told == ["association opened"])
    assert peer.receive()[0] == 7
    assert told == ["association opened", "association closed"]


def test_stop_lets_a_running_transfer_end(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    scp = StorageSCP(tmp_path).start()
    peer = connect(scp.port)
    peer.send(p_data(c_store_command(), 3), p_data(data_set()[:50], 0))
    wait_until(lambda: len(scp.log) == 4)  # request, answer, command and first fragment: the transfer runs
    stopping = threading.Thread(target=scp.stop, daemon=True)
    stopping.start()
    wait_until(lambda: not scp.is_running)
    peer.send(p_data(data_set()[50:], 2))
    assert peer.status() == 0
    assert peer.receive()[0] == 7
    stopping.join(DEADLINE_S)
    assert [path.name for path in stored_files(tmp_path)] == ["1.2.3.4.dcm"]


def test_a_cell_that_runs_fifty_times_leaves_one_receiver(
    tmp_path: Path, connect: Callable[..., BytePeer]
) -> None:
    before = threads_and_sockets()
    switch = sys.getswitchinterval()
    port = StorageSCP(tmp_path).start().port  # nobody keeps the object, as in a cell that is run again
    answers: list[int] = []
    for number in range(50):
        scp = StorageSCP(
            tmp_path, port=port, on_stored=lambda _, number=number: answers.append(number)
        ).start()
    peer = connect(port)
    peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
    assert peer.status() == 0
    assert answers == [49], "the newest handler answers"
    peer.socket.close()
    scp.stop()
    assert new_since(before) == []
    assert sys.getswitchinterval() == switch


def test_the_same_folder_has_one_receiver(tmp_path: Path) -> None:
    with StorageSCP(tmp_path) as older, StorageSCP(tmp_path) as newer:
        assert (older.is_running, newer.is_running) == (False, True)


def test_two_receivers_side_by_side(tmp_path: Path) -> None:
    switch = sys.getswitchinterval()
    for name in "ab":
        (tmp_path / name).mkdir()
    first, second = StorageSCP(tmp_path / "a").start(), StorageSCP(tmp_path / "b").start()
    first.stop()
    assert sys.getswitchinterval() < switch, "the other one still runs"
    echo("127.0.0.1", second.port)
    second.stop()
    assert sys.getswitchinterval() == switch


def test_a_receiver_can_be_started_again(tmp_path: Path) -> None:
    scp = StorageSCP(tmp_path)
    for _ in range(3):
        with scp:
            send(bundled("CT_small.dcm"), "127.0.0.1", scp.port)
    assert [instance.duplicate for instance in scp.received] == [False, True, True]


def test_a_handler_may_stop_its_receiver(tmp_path: Path) -> None:
    scp = StorageSCP(tmp_path, on_stored=lambda _: scp.stop())
    scp.start()
    report = send(bundled("CT_small.dcm"), "127.0.0.1", scp.port)
    assert len(report) == 1
    assert not scp.is_running


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortInUseError, match="another program listens there already"):
            StorageSCP(tmp_path, port=other.getsockname()[1]).start()


def test_the_process_ends_while_it_listens(tmp_path: Path) -> None:
    code = (
        "import sys, socket; from dicomkit.network import StorageSCP\n"
        "scp = StorageSCP(sys.argv[1]).start()\n"
        "s = [socket.create_connection(('127.0.0.1', scp.port)).detach() for _ in range(5)]\n"
        "print('ready')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert (done.stdout, done.stderr) == ("ready\n", "")


def test_other_computers_need_permission(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="allow_remote=True"):
        StorageSCP(tmp_path, host="0.0.0.0")  # noqa: S104 - that is what is refused
    with pytest.raises(UsageError, match="allowed_calling_ae_titles"):
        StorageSCP(tmp_path, host="0.0.0.0", allow_remote=True)  # noqa: S104 - that is what is refused
    allowed = StorageSCP(tmp_path, host="0.0.0.0", allow_remote=True, allowed_calling_ae_titles=["CTSCANNER"])  # noqa: S104 - permitted
    with allowed as scp:
        assert "CTSCANNER" in capsys.readouterr().out
        echo("127.0.0.1", scp.port, calling_ae_title="CTSCANNER")
        with pytest.raises(NetworkError, match="calling AE title"):
            echo("127.0.0.1", scp.port, calling_ae_title="SOMEBODY")


def test_waiting_in_vain(scp: StorageSCP) -> None:
    with pytest.raises(NetworkError, match="0 of 1 instances"):
        scp.wait_for(1, 0.01)


KILLED = """
import errno, os, sys
if sys.argv[2] != "links":
    def link(*_, **__): raise OSError(errno.EPERM, "no links here")
    os.link = link
if sys.argv[2] == "no links, and not renamed":
    os.rename = lambda *_: os.kill(os.getpid(), 9)
from dicomkit.network import StorageSCP
with StorageSCP(sys.argv[1], on_stored=lambda _: os.kill(os.getpid(), 9)) as scp:
    print(scp.port, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does, and has links")
@pytest.mark.parametrize("how", ["links", "no links"])
def test_what_a_receiver_stored_and_was_killed_over_is_told_at_the_next_start(
    tmp_path: Path, how: str
) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as receiver:
        assert receiver.stdout is not None
        port = int(receiver.stdout.readline())
        report = send(bundled("CT_small.dcm"), "127.0.0.1", port, calling_ae_title="CT1")
    assert [row.outcome for row in report] == ["unknown"]
    (stored,) = tmp_path.rglob("*.dcm")
    told: list[StoredInstance] = []
    for wanted in (1, 1):  # once, whatever is started after that
        with StorageSCP(tmp_path, on_stored=told.append) as scp:
            assert len(told) == wanted
            send(bundled("CT_small.dcm"), "127.0.0.1", scp.port).raise_on_failure()
    assert len(told) == 1, "the sender sends it again, and then it is there already"
    assert (told[0].path, told[0].calling_ae_title, told[0].duplicate) == (stored, "CT1", False)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_what_was_not_stored_is_not_told_where_there_are_no_links(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), "no links, and not renamed"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as receiver:
        assert receiver.stdout is not None
        send(bundled("CT_small.dcm"), "127.0.0.1", int(receiver.stdout.readline()))
    assert sorted(path.suffix for path in stored_files(tmp_path)) == ["", ".stored"]
    (tmp_path / ".incoming-0123-1.stored").write_text("../outside.dcm", encoding="utf-8")
    told: list[StoredInstance] = []
    with StorageSCP(tmp_path, on_stored=told.append) as scp:
        assert told == []
        send(bundled("CT_small.dcm"), "127.0.0.1", scp.port).raise_on_failure()
    assert len(told) == 1
    assert [path.suffix for path in stored_files(tmp_path)] == [".dcm"]


@pytest.mark.skipif(sys.platform == "win32", reason="locks as POSIX does")
def test_a_note_whose_writer_lives_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dicomkit.files.placing._NO_LINKS", {errno.EPERM})

    def no_link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_link)
    others: list[Path] = []

    def look(_: StoredInstance) -> None:
        assert len(list(tmp_path.glob(".incoming-*.stored"))) == 1
        others.extend(stored.path for stored in InstanceStore(tmp_path).unreported())

    with StorageSCP(tmp_path, on_stored=look) as scp:
        send(bundled("CT_small.dcm"), "127.0.0.1", scp.port).raise_on_failure()
        scp.check()
    assert others == []
    assert [path.suffix for path in stored_files(tmp_path)] == [".dcm"]
