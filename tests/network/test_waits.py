"""A sender that waits says so, and one that is interrupted says what it leaves."""

from __future__ import annotations

import contextlib
import io
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import UID

from dicomkit.errors import NetworkError, NoReceiverError
from dicomkit.network import SendInterrupted, StorageSCP, TimeOuts, Wait, WaitLine, echo, send
from dicomkit.network.waits import Stage, Waits
from tests.support.byte_peer import threads_and_sockets
from tests.support.running_commands import DEADLINE_S, dicomkit
from tests.support.stalling_link import ASSOCIATE_RQ, P_DATA, RELEASE_RP, StallingLink

SOON = TimeOuts(tell_after_s=0.01)
MUCH = 64 << 20  # bytes: more than the buffers of two connections hold
interrupts_a_thread = pytest.mark.skipif(
    sys.platform == "win32", reason="a signal ends no waiting for a socket there"
)


def instance(number: int = 1, pixel_bytes: int = 16) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.7")
    dataset.SOPInstanceUID = UID(f"1.2.3.4.{number}")
    dataset.StudyInstanceUID = UID("1.2.3")
    dataset.SeriesInstanceUID = UID("1.2.3.1")
    dataset.PixelData = bytes(pixel_bytes)
    dataset["PixelData"].VR = "OB"
    return dataset


# What is held back, and so what the sender waits for.
HELD = {
    Stage.ASSOCIATION: (ASSOCIATE_RQ, False),
    Stage.SENDING: (P_DATA, False),
    Stage.RESPONSE: (P_DATA, True),
    Stage.RELEASE: (RELEASE_RP, True),
}


def link_that_stops(stage: Stage, scp: StorageSCP, nth: int = 1) -> StallingLink:
    kind, from_receiver = HELD[stage]
    return StallingLink(scp.port, kind, from_receiver=from_receiver, nth=nth)


# --- what is said ------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.ASSOCIATION, Stage.SENDING, Stage.RESPONSE, Stage.RELEASE])
def test_send_says_what_it_waits_for_when_a_link_goes_down(scp: StorageSCP, stage: Stage) -> None:
    told: list[Wait] = []
    with link_that_stops(stage, scp) as link:

        def take(wait: Wait) -> None:
            told.append(wait)
            if wait.stage is stage and not wait.is_over:
                link.goes_on.set()  # nobody would, if nothing were said

        what = instance(pixel_bytes=MUCH if stage is Stage.SENDING else 16)
        report = send(what, "127.0.0.1", link.port, time_outs=SOON, on_wait=take)
    assert report.is_complete
    mine = [wait for wait in told if wait.stage is stage]
    assert [wait.is_over for wait in mine[-2:]] == [False, True]
    peer = f"127.0.0.1 port {link.port}"
    about = "C-STORE of data set 1, 1 of 1" if stage in {Stage.SENDING, Stage.RESPONSE} else peer
    assert {wait.subject for wait in mine} == {about}
    assert stage.value in str(mine[0])
    assert about in str(mine[0])


@pytest.mark.parametrize("stage", [Stage.ASSOCIATION, Stage.RESPONSE, Stage.RELEASE])
def test_echo_says_what_it_waits_for(scp: StorageSCP, stage: Stage) -> None:
    with link_that_stops(stage, scp) as link:
        told = []

        def take(wait: Wait) -> None:
            told.append((wait.stage, wait.subject))
            if wait.stage is stage:
                link.goes_on.set()

        echo("127.0.0.1", link.port, time_outs=SOON, on_wait=take)
    assert (stage, "C-ECHO" if stage is Stage.RESPONSE else f"127.0.0.1 port {link.port}") in told


@pytest.mark.skipif(
    sys.platform != "linux", reason="counts on a Linux kernel that drops calls to a full backlog"
)
def test_a_connection_that_is_not_made_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as door, contextlib.ExitStack() as crowd:
        port = door.getsockname()[1]
        crowd.enter_context(socket.create_connection(("127.0.0.1", port)))  # it fills the queue
        told: list[Wait] = []
        with pytest.raises(NoReceiverError):
            echo(
                "127.0.0.1",
                port,
                time_outs=TimeOuts(connect_s=0.3, tell_after_s=0.01),
                on_wait=told.append,
            )
    assert told[0].stage is Stage.CONNECTION
    assert told[0].limit_s == 0.3
    assert told[-1].is_over


def test_a_tls_handshake_that_hangs_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        stages: list[Stage] = []

        def take(wait: Wait) -> None:
            if wait.stage is Stage.TLS and wait.stage not in stages:  # once: a slow machine waits on
                door.accept()[0].close()
            stages.append(wait.stage)

        with pytest.raises(NetworkError):
            echo(
                "127.0.0.1",
                door.getsockname()[1],
                time_outs=SOON,
                on_wait=take,
                ssl_context=ssl.create_default_context(),
            )
    assert Stage.TLS in stages


def test_nothing_is_said_when_nothing_takes_long_and_no_thread_stays(
    scp: StorageSCP, capsys: pytest.CaptureFixture[str]
) -> None:
    send(instance(), "127.0.0.1", scp.port)
    echo("127.0.0.1", scp.port)
    assert capsys.readouterr().err == ""
    assert not [thread for thread in threading.enumerate() if thread.name == "dicomkit-waits"]


def test_what_the_callback_raises_is_raised(scp: StorageSCP) -> None:
    with link_that_stops(Stage.RESPONSE, scp) as link:

        def fail(_: Wait) -> None:
            link.goes_on.set()
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            send(instance(), "127.0.0.1", link.port, time_outs=SOON, on_wait=fail)


# --- when it is said: a clock from outside ------------------------------------------------------------


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_wait_is_told_after_each_period_and_at_its_end() -> None:
    clock = Clock()
    told: list[str] = []
    waits = Waits(lambda wait: told.append(str(wait)), 5, clock=clock)
    assert waits.check() == 5
    waits.begin(Stage.RELEASE, 30, "x")
    clock.now_s = 3
    assert waits.check() == 2
    waits.end()
    assert told == []  # it was short
    waits.begin(Stage.CONNECTION, 10, "x")
    for clock.now_s in (4, 8, 12, 13, 17.5):
        waits.check()
    waits.end()
    waits.end()
    assert told == [
        "waiting 5 s for the connection: x (at most 10 s)",
        "waiting 10 s for the connection: x (at most 10 s)",
        "waited 14 s for the connection: x",
    ]


def test_what_came_while_it_was_told_is_told_as_over() -> None:
    clock = Clock()
    told: list[bool] = []

    def take(wait: Wait) -> None:
        told.append(wait.is_over)
        if not wait.is_over:
            waits._note = None  # as if the other thread had just noted that it has come

    waits = Waits(take, 5, clock=clock)
    waits.begin(Stage.RESPONSE, 60, "x")
    clock.now_s = 6
    waits.check()
    assert told == [False, True]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "written"),
    [
        (io.StringIO(), "waiting 5 s for the connection: \\x1b[2J (at most 10 s)\nwaited 7 s for the connection: \\x1b[2J\n"),
        (Terminal(), "\rwaiting 5 s for the connection: \\x1b[2J (at most 10 s)\rwaited 7 s for the connection: \\x1b[2J                \n"),
    ],
)  # fmt: skip
def test_a_line_is_kept_up_to_date_where_somebody_looks_on(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, written: str
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    line = WaitLine()
    line(Wait(Stage.CONNECTION, "\x1b[2J", 5, 10))
    line(Wait(Stage.CONNECTION, "\x1b[2J", 7, 10, is_over=True))
    assert stream.getvalue() == written


# --- what an interrupt leaves -------------------------------------------------------------------------


def interrupt_main_thread(_: Wait) -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@interrupts_a_thread
@pytest.mark.parametrize(
    ("stage", "nth", "outcomes"),
    [
        (Stage.ASSOCIATION, 1, ["not sent"] * 3),
        (Stage.RESPONSE, 2, ["stored", "unknown", "not sent"]),
        (Stage.RELEASE, 1, ["stored"] * 3),
    ],
)
def test_an_interrupted_send_says_what_is_stored_unknown_and_not_sent(
    scp: StorageSCP, stage: Stage, nth: int, outcomes: list[str]
) -> None:
    before = threads_and_sockets()
    with link_that_stops(stage, scp, nth) as link:

        def interrupt(wait: Wait) -> None:
            if link.is_down.is_set() and not wait.is_over:
                interrupt_main_thread(wait)

        with pytest.raises(SendInterrupted) as caught:
            send([instance(n) for n in (1, 2, 3)], "127.0.0.1", link.port, time_outs=SOON, on_wait=interrupt)
    assert [row.outcome for row in caught.value.report] == outcomes
    assert str(caught.value).startswith(f"interrupted: {caught.value.report.summary()}")
    assert isinstance(caught.value, KeyboardInterrupt)
    assert ("data set 2" in str(caught.value)) == ("unknown" in outcomes)
    scp.stop()
    assert threads_and_sockets()[0] < before[0]


@interrupts_a_thread
def test_an_interrupt_while_files_are_looked_for_says_that_nothing_was_sent() -> None:
    def sources() -> object:
        yield instance()
        raise KeyboardInterrupt

    with pytest.raises(SendInterrupted, match="nothing was sent"):
        send(sources(), "127.0.0.1", 1)  # type: ignore[arg-type]


@interrupts_a_thread
@pytest.mark.parametrize(("number_of_signal", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_storescu_says_what_it_waits_for_and_what_ctrl_c_leaves(
    scp: StorageSCP, tmp_path: Path, number_of_signal: int, status: int
) -> None:
    for number in (1, 2, 3):
        dataset = instance(number)
        dataset.ensure_file_meta()
        dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
        dataset.save_as(tmp_path / f"{number}.dcm", enforce_file_format=True)
    with link_that_stops(Stage.RESPONSE, scp, nth=2) as link:
        files = [str(tmp_path / f"{number}.dcm") for number in (1, 2, 3)]
        words = [dicomkit(), "storescu", "-v", "127.0.0.1", str(link.port), *files]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
            assert program.stderr is not None
            first = program.stderr.readline()
            program.send_signal(number_of_signal)
            _, rest = program.communicate(timeout=DEADLINE_S)
    assert first == "storescu: waiting 1 s for the response: C-STORE of 2.dcm, 2 of 3 (at most 60 s)\n"
    assert rest.splitlines()[-1] == (
        "dicomkit storescu: interrupted: 1 stored, 1 unknown, 1 not sent; ask the receiver for what is unknown: 2.dcm"
    )
    assert program.returncode == status
