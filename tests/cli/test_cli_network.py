"""echoscu, storescu and storescp as a person types them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from dicomkit.cli import main
from tests.support.dicom_files import bundled

DEADLINE_S = 60
STORESCU = ("-v", "-nh", "-aet", "me", "-aec", "HAUKE", "+r", "+sd")  # the handout's words
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

# What the handout prints, with the broken first line that it prints.
SCRIPT = '#/usr/bin/env bash\necho "We got this job: $*"\ntouch "arrived_$(basename "$4")"\n'


def dicomkit(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as its entry point does, without the second that a new Python takes to start."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = main(words)
    return subprocess.CompletedProcess(words, status, output.getvalue(), errors.getvalue())


class Receiver:
    """A running ``dicomkit storescp``."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("storescp: listening on 127.0.0.1 port "), first
        self.port = first.split()[5]
        self.title = first.split()[7]

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, output, errors


@pytest.fixture
def storescp(tmp_path: Path) -> Iterator[Callable[..., Receiver]]:
    processes = contextlib.ExitStack()

    def start(*options: str, folder: Path = tmp_path) -> Receiver:
        program = str(Path(sys.executable).parent / "dicomkit")
        process = processes.enter_context(
            subprocess.Popen(
                [program, "storescp", *options],
                cwd=folder,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        processes.callback(process.kill)
        return Receiver(process)

    with processes:
        yield start


@pytest.fixture
def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_commands_exist_as_programs(tmp_path: Path, free_port: str) -> None:
    program = str(Path(sys.executable).parent / "dicomkit")
    done = subprocess.run(
        [program, "echoscu", "localhost", free_port],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody listens there" in done.stderr


def test_the_handout_as_typed(tmp_path: Path, storescp: Callable[..., Receiver], free_port: str) -> None:
    out, data = tmp_path / "dicom", tmp_path / "data"
    out.mkdir()
    (data / "sub").mkdir(parents=True)
    (tmp_path / "myScript.sh").write_text(SCRIPT)
    (tmp_path / "myScript.sh").chmod(0o755)
    for name in ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm"):
        shutil.copy(bundled(name), data / "sub" / name)
    (data / "empty.dump").touch()
    receiver = storescp(
        "-v", "--aetitle", "HAUKE",
        "--exec-on-reception", "myScript.sh '#a' '#c' '#r' '#p' '#f'",
        "--sort-on-study-uid", "scp",
        "--output-directory", str(out), free_port,
    )  # fmt: skip
    assert (receiver.port, receiver.title) == (free_port, "HAUKE")
    sent = dicomkit("storescu", *STORESCU, "localhost", free_port, ".", folder=data)
    assert (sent.returncode, sent.stderr) == (
        0,
        "storescu: 1 file is not sent: 1 (not a DICOM file: it is empty)\n",
    )
    assert sent.stdout.splitlines()[-1] == "storescu: 3 stored, 1 skipped"
    assert "storescu: sub/CT_small.dcm: stored 0000H: stored" in sent.stdout
    status, output, errors = receiver.stop()
    assert status == 0
    assert "run by /bin/sh" in errors
    for name in ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm"):
        dataset = dcmread(bundled(name), stop_before_pixels=True)
        folder, file = out / f"scp_{dataset.StudyInstanceUID}", f"{dataset.SOPInstanceUID}.dcm"
        assert dcmread(folder / file).SOPInstanceUID == dataset.SOPInstanceUID
        assert f"We got this job: me HAUKE 127.0.0.1 {folder} {file}" in output
        assert (tmp_path / f"arrived_{folder.name}").exists()


def test_hooks_are_drained_before_the_end(tmp_path: Path, storescp: Callable[..., Receiver]) -> None:
    script = tmp_path / "slow.sh"
    script.write_text(
        '#!/bin/sh\nread -r line\nsleep 0.3\necho "$line" > "$DICOMKIT_SOP_INSTANCE_UID.json"\n'
    )
    script.chmod(0o755)
    receiver = storescp("--exec-on-reception", "./slow.sh", "0")
    for name in ("CT_small.dcm", "MR_small.dcm"):
        assert (
            dicomkit("storescu", "localhost", receiver.port, str(bundled(name)), folder=tmp_path).returncode
            == 0
        )
    assert receiver.stop(signal.SIGTERM)[0] == 0
    facts = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    assert {fact["sop_instance_uid"] for fact in facts} == {
        str(dcmread(bundled(name)).SOPInstanceUID) for name in ("CT_small.dcm", "MR_small.dcm")
    }
    assert {fact["called_ae_title"] for fact in facts} == {"DICOMKIT"}


def send(receiver: Receiver, folder: Path, *names: str) -> None:
    files = [str(bundled(name)) for name in names]
    assert dicomkit("storescu", "localhost", receiver.port, *files, folder=folder).returncode == 0


def test_a_second_ctrl_c_ends_everything_and_what_was_not_run_runs_later(
    tmp_path: Path, storescp: Callable[..., Receiver]
) -> None:
    os.mkfifo(tmp_path / "started")
    receiver = storescp("-xcr", "sh -c 'sleep 600 & echo $$ $! > started; wait'", "0")
    send(receiver, tmp_path, "CT_small.dcm", "MR_small.dcm")
    children: list[int] = []
    while len(children) < 4:  # each opening waits for a command that writes
        children += map(int, (tmp_path / "started").read_text().split())
    handles = [os.pidfd_open(child) for child in children] if hasattr(os, "pidfd_open") else []
    receiver.process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        receiver.process.wait(1)  # it waits for its commands
    status, output, errors = receiver.stop()
    assert status == 130
    assert output == ""
    assert errors == (
        "storescp: 2 commands were not run, or ended before they were done; they run at the next start\n"
    )
    for handle in handles:  # Linux: readable once the process has ended
        assert select.select([handle], [], [], 2)[0], "a command is left"
        os.close(handle)
    again = storescp("-v", "-xcr", "echo '#f'", "0")
    send(again, tmp_path, "CT_small.dcm")
    status, output, errors = again.stop()
    assert status == 0
    assert errors == "storescp: 2 commands that an earlier receiver could not run are run now\n"
    assert sum(line.startswith("storescp:   | ") for line in output.splitlines()) == 2
    assert output.splitlines()[-1] == "storescp: received 0, duplicates 1"


def test_what_a_crash_has_left_is_told(tmp_path: Path, storescp: Callable[..., Receiver]) -> None:
    receiver = storescp("0")
    send(receiver, tmp_path, "CT_small.dcm")
    assert receiver.stop()[0] == 0
    [stored] = tmp_path.glob("scp_*/*.dcm")
    whole = stored.read_bytes()
    stored.write_bytes(whole[:5000])
    (tmp_path / ".incoming-0123456789ab-1").write_bytes(b"half of something")
    again = storescp("-v", "0")
    send(again, tmp_path, "CT_small.dcm")
    status, output, errors = again.stop()
    assert status == 0
    assert stored.read_bytes() == whole
    assert "received 1, duplicates 0" in output
    removed, kept = errors.splitlines()
    assert removed.startswith("storescp: removed 1 unfinished file of a receiver that was killed")
    assert "was empty or cut off" in kept
    assert [path.suffix for path in stored.parent.iterdir() if path != stored] == [".cut"]


def test_a_command_that_hangs_is_ended_after_its_time(
    tmp_path: Path, storescp: Callable[..., Receiver]
) -> None:
    receiver = storescp("-v", "-xcr", "sleep 600", "--exec-timeout", "0.3", "0")
    send(receiver, tmp_path, "CT_small.dcm", "MR_small.dcm")
    status, output, errors = receiver.stop()
    assert status == 1
    assert errors.count("took longer than 0.3 s and was ended") == 2
    assert output.splitlines()[-1] == "storescp: received 2, duplicates 0, commands failed 2"


def test_a_study_that_has_been_quiet(tmp_path: Path, storescp: Callable[..., Receiver]) -> None:
    receiver = storescp("-v", "--exec-on-eostudy", "echo arrived '#p'", "--eostudy-timeout", "0.3", "0")
    names = ["CT_small.dcm", "MR_small.dcm"]
    files = [str(bundled(name)) for name in names]
    assert dicomkit("storescu", "localhost", receiver.port, *files, folder=tmp_path).returncode == 0
    status, output, errors = receiver.stop()
    assert (status, errors) == (0, "")
    for path in files:
        folder = tmp_path / f"scp_{dcmread(path).StudyInstanceUID}"
        assert output.count(f"| arrived {folder}\n") == 1


def test_a_hook_that_fails_is_told_and_counts(tmp_path: Path, storescp: Callable[..., Receiver]) -> None:
    script = tmp_path / "bad.sh"
    script.write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    script.chmod(0o755)
    receiver = storescp("-v", "--exec-on-reception", "./bad.sh", "0")
    assert (
        dicomkit(
            "storescu", "localhost", receiver.port, str(bundled("CT_small.dcm")), folder=tmp_path
        ).returncode
        == 0
    )
    status, output, errors = receiver.stop()
    assert status == 1
    assert "broken" in output
    assert "command for 1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322" in errors


@pytest.mark.parametrize(
    "title", ["';touch x;'", "$(touch x)", "`touch x`", "|touch x", "&touch x&", '";touch x;"']
)
def test_what_the_sender_calls_itself_runs_nothing(
    tmp_path: Path, storescp: Callable[..., Receiver], title: str
) -> None:
    receiver = storescp("-v", "--exec-on-reception", "echo '#a' #a x#a", "0")
    sent = dicomkit(
        "storescu", "-aet", title, "localhost", receiver.port, str(bundled("CT_small.dcm")), folder=tmp_path
    )
    assert sent.returncode == 0
    status, output, _ = receiver.stop()
    assert status == 0
    assert f"| {title} {title} x{title}" in output
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("prepare", "command", "expected"),
    [
        (None, "missing.sh '#a'", "there is no such program"),
        ("plain", "plain '#a'", "chmod +x"),
        (None, "myScript.sh '#a' '#fâ€™", "typographic"),
    ],
)
def test_a_hook_that_cannot_work_is_refused_at_the_start(
    tmp_path: Path, prepare: str | None, command: str, expected: str
) -> None:
    if prepare is not None:
        (tmp_path / prepare).write_text("#!/bin/sh\n")
        (tmp_path / prepare).chmod(0o644)
    done = dicomkit("storescp", "--exec-on-reception", command, "0", folder=tmp_path)
    assert done.returncode != 0
    assert done.stdout == ""
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_titles(tmp_path: Path, storescp: Callable[..., Receiver], peer: Callable[[str], str]) -> None:
    receiver = storescp("--aetitle", "HAUKE", "0")
    assert dicomkit("echoscu", "-aec", "HAUKE", "localhost", receiver.port, folder=tmp_path).returncode == 0
    said = dicomkit(
        "echoscu", "-v", "-aet", "me", "-aec", "HAUKE", "localhost", receiver.port, folder=tmp_path
    )
    assert said.stdout == f"echoscu: HAUKE at localhost port {receiver.port} answered\n"
    wrong = dicomkit("echoscu", "localhost", receiver.port, folder=tmp_path)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith(f"dicomkit echoscu: localhost port {receiver.port}, called DICOMKIT")
    assert len(wrong.stderr.splitlines()) == 1
    receiver.stop()
    anybody = storescp("0")
    assert (
        subprocess.run(
            [peer("echoscu"), "-aec", "ANYTHING", "127.0.0.1", anybody.port], check=False, timeout=DEADLINE_S
        ).returncode
        == 0
    )
    anybody.stop()


def test_who_was_not_admitted_is_told_to_who_asks_for_it(
    tmp_path: Path, storescp: Callable[..., Receiver]
) -> None:
    """An ultrasound machine that nobody lets in: whoever stands at the receiver has to learn why."""
    for options, lines in ((["-v"], 3), ([], 0)):
        receiver = storescp(*options, "--aetitle", "ARCHIVE", "0")
        echo = "echoscu", "-aet", "ABC", "-aec", "WRONG", "localhost", receiver.port
        assert dicomkit(*echo, folder=tmp_path).returncode != 0
        with socket.create_connection(("127.0.0.1", int(receiver.port)), timeout=DEADLINE_S) as stranger:
            stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert stranger.recv(1) == b""
        status, output, errors = receiver.stop()
        assert (status, errors) == (0, "")
        told = output.splitlines()
        assert len(told) == lines, output
        assert all("ABC, called WRONG" in told[0] and "no association request" in told[1] for _ in told)


def test_dcmtk_sends_the_same_line(
    tmp_path: Path, storescp: Callable[..., Receiver], peer: Callable[[str], str]
) -> None:
    (tmp_path / "data").mkdir()
    shutil.copy(bundled("CT_small.dcm"), tmp_path / "data")
    receiver = storescp("--aetitle", "HAUKE", "--sort-on-study-uid", "in", "0")
    command = [peer("storescu"), *STORESCU, "localhost", receiver.port, "."]
    subprocess.run(command, cwd=tmp_path / "data", check=True, capture_output=True, timeout=DEADLINE_S)
    assert receiver.stop()[0] == 0
    assert len(list(tmp_path.glob("in_*/*.dcm"))) == 1


def test_sending_to_dcmtk(tmp_path: Path, dcmtk_storescp: Callable[..., int]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("CT_small.dcm", "JPEG2000.dcm"):
        shutil.copy(bundled(name), data)
    port = dcmtk_storescp(tmp_path / "dcmtk", "+xa")
    sent = dicomkit("storescu", "-nh", "-aec", "HAUKE", "+r", "+sd", "localhost", str(port), ".", folder=data)
    assert (sent.returncode, sent.stdout, sent.stderr) == (0, "", "")
    assert len(list((tmp_path / "dcmtk").iterdir())) == 2


def test_a_partial_success_is_not_0(tmp_path: Path, storescp: Callable[..., Receiver]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    dataset = dcmread(bundled("CT_small.dcm"))
    del dataset.SOPInstanceUID
    dataset.save_as(data / "a.dcm")
    shutil.copy(bundled("CT_small.dcm"), data / "b.dcm")
    receiver = storescp("0")
    halted = dicomkit("storescu", "localhost", receiver.port, ".", folder=data)
    assert halted.returncode == 1
    assert [line.split(":")[1:3] for line in halted.stderr.splitlines()] == [
        [" a.dcm", " refused"],
        [" b.dcm", " not sent"],
    ]
    going_on = dicomkit("storescu", "-nh", "localhost", receiver.port, ".", folder=data)
    assert going_on.returncode == 1
    assert len(going_on.stderr.splitlines()) == 1
    assert "dump2dcm +Ug" in going_on.stderr
    receiver.stop()
    assert len(list(tmp_path.glob("scp_*/*.dcm"))) == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["echoscu", "localhost", "PORT"], "nobody listens there"),
        (["storescu", "localhost", "PORT", "FILE"], "nobody listens there"),
        (["storescu", "localhost", "PORT", "missing"], "does not exist"),
        (["storescu", "localhost", "PORT", "."], "no DICOM file"),
        (["storescu", "localhost", "99999", "."], "not a port number"),
        (["storescu", "localhost"], "required"),
        (["echoscu", "-aec", "a title that is too long", "localhost", "PORT"], "not an AE title"),
        (["echoscu", "no-such-host.invalid", "PORT"], "not known"),
        (["storescp", "--output-directory", "missing", "0"], "is not a folder"),
        (["storescp", "--sort-on-study-uid", "../x", "0"], "is no prefix"),
        (["storescp", "--host", "0.0.0.0", "0"], "other computers"),  # noqa: S104 - that is what is refused
        (["storescp", "x"], "not a port number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors_are_one_line(tmp_path: Path, free_port: str, words: list[str], expected: str) -> None:
    words = [{"PORT": free_port, "FILE": str(bundled("CT_small.dcm"))}.get(word, word) for word in words]
    done = dicomkit(*words, folder=tmp_path)
    assert done.returncode != 0
    assert expected in done.stderr
    assert done.stderr.startswith(f"dicomkit {words[0]}: ")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = dicomkit("storescp", str(other.getsockname()[1]), folder=tmp_path)
    assert done.returncode == 1
    assert "another program listens there already" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_heavy_imports_before_they_are_needed() -> None:
    code = (
        "import sys\nfrom dicomkit.cli import echoscu, storescu, storescp\n"
        "for module in (echoscu, storescu, storescp): module.make_parser()\n"
        "print([name for name in ('pydicom', 'pynetdicom', 'numpy', 'matplotlib') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=DEADLINE_S,
    )
    assert done.stdout == "[]\n"
