"""``dicomkit room`` as a person types it, and TLS on the command lines of storescp and storescu."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.network import Room
from dicomkit.samples import localiser
from tests.support.byte_peer import DEADLINE_S
from tests.support.dicom_files import bundled

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
PROGRAM = str(Path(sys.executable).parent / "dicomkit")


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[subprocess.Popen[str], int]]]:
    """Return a function that starts a command which listens, and returns its process and port."""
    with contextlib.ExitStack() as programs:

        def run(*words: str) -> tuple[subprocess.Popen[str], int]:
            process = programs.enter_context(
                subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            )
            programs.callback(process.kill)
            assert process.stdout is not None
            first = process.stdout.readline().split()
            assert first[1:4] == ["listening", "on", "127.0.0.1"]
            return process, int(first[5])

        yield run


@pytest.fixture
def slice_file(tmp_path: Path) -> str:
    write_file(localiser(size=16, attendee="02"), tmp_path / "slice.dcm")
    return str(tmp_path / "slice.dcm")


def test_a_room_from_opening_to_closing(
    tmp_path: Path, start: Callable[..., tuple[subprocess.Popen[str], int]], slice_file: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder = tmp_path / "room"
    process, port = start("room", "open", str(folder), "--attendees", "2")
    seat = folder / "seats" / "STUDENT02.seat"
    assert process.stdout is not None
    lines = [
        process.stdout.readline(),
        process.stdout.readline(),
    ]  # the seats are there once they are announced
    assert "instances are taken from 2 attendees with a token" in lines[0]
    assert "2 seats to hand out" in lines[1]
    assert main(["room", "join", str(seat)]) == 0
    assert f"STUDENT02 is let in by ROOM at 127.0.0.1 port {port}" in capsys.readouterr().out
    assert main(["room", "join", str(seat), slice_file]) == 0
    assert main(["room", "join", str(seat), str(bundled("CT_small.dcm"))]) == 1
    assert "and says: Patient Identity Removed" in capsys.readouterr().err
    assert main(["room", "close", str(folder), "--delete"]) == 1
    assert "open already" in capsys.readouterr().err
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, errors) == (0, "")
    assert "1 of 2 here, 1 have sent, 1 instance, 1 not taken" in output
    assert main(["room", "join", str(seat)]) == 1
    assert main(["room", "close", str(folder)]) == 2
    assert main(["room", "close", str(folder), "--keep"]) == 0
    assert "kept 1 instance of 1 attendee" in capsys.readouterr().out


def test_what_is_no_room_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["room", "open", str(tmp_path / "room")]) == 2
    assert main(["room", "open", str(tmp_path / "x"), "--attendees", "2", "--host", "192.0.2.1"]) == 2
    assert main(["room", "join", str(tmp_path / "none.seat")]) == 1
    assert main(["room", "close", str(tmp_path), "--keep"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.startswith("dicomkit room: ") for line in lines] == [True] * 4


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with certificates that trust each other: those of a room."""
    with Room(tmp_path / "certificates", 2, tls=True) as room:
        yield room.folder


def test_storescp_and_storescu_talk_tls_with_each_other_and_with_dcmtk(
    tmp_path: Path, start: Callable[..., tuple[subprocess.Popen[str], int]], seats: Path, slice_file: str,
    peer: Callable[[str], str], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    server, seat = str(seats / "room.pem"), str(seats / "seats" / "STUDENT01.seat")
    (tmp_path / "in").mkdir()
    _, port = start("storescp", "-od", str(tmp_path / "in"), "+tls", server, server, "+cf", server, "0")
    address = ("127.0.0.1", str(port))
    assert main(["storescu", "+tls", seat, seat, "+cf", seat, *address, slice_file]) == 0
    assert len(list((tmp_path / "in").rglob("*.dcm"))) == 1
    done = subprocess.run(
        [peer("storescu"), "+tls", seat, seat, "+cf", seat, *address, slice_file],
        capture_output=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    assert done.returncode == 0
    capsys.readouterr()
    assert main(["storescu", "+tla", "+cf", seat, *address, slice_file]) == 1
    assert "asks for a certificate, and this side has given none" in capsys.readouterr().err
    assert main(["storescu", "+tla", *address, slice_file]) == 1
    assert "certificate is not trusted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+cf", "SEAT"], "TLS, which is not enabled"),
        (["+tls", "SEAT", "none.pem"], "none.pem"),
        (["+tls", "SLICE", "SLICE"], "no certificate with its key"),
        (["+tla", "+cf", "SLICE"], "no certificate in PEM"),
    ],
)
def test_wrong_options_of_tls_are_said_in_one_line(
    seats: Path, slice_file: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"SEAT": str(seats / "seats" / "STUDENT01.seat"), "SLICE": slice_file}
    given = [names.get(word, word) for word in words]
    assert main(["storescu", *given, "127.0.0.1", "1", slice_file]) in {1, 2}
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
