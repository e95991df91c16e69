"""``dicomkit watch`` as a person or a service runs it: lines, exit statuses, signals and kills."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.cli import main
from tests.support.arrival_files import part10, put, uid

DEADLINE_S = 60
KILLS = 50
if os.name == "nt":
    pytest.skip("signals and shell commands of POSIX", allow_module_level=True)


def run(*words: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], str]:
    status = main(["watch", "--quiet-period", "0.2", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out.splitlines(), captured.err


class Running:
    """A watch in a process of its own, whose lines can be waited for."""

    def __init__(self, *words: object) -> None:
        code = "import sys; from dicomkit.cli import main; sys.exit(main(sys.argv[1:]))"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "watch", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._changed = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=[self.process.stdout, self.lines]),
            threading.Thread(target=self._read, args=[self.process.stderr, self.errors]),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Iterator[str], lines: list[str]) -> None:
        for line in stream:
            with self._changed:
                lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def wait_for(self, count: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.lines) >= count, DEADLINE_S), self.errors
            return list(self.lines)

    def wait_for_error(self, text: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: any(text in line for line in self.errors), DEADLINE_S)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        status = self.process.wait(DEADLINE_S)
        for reader in self._readers:
            reader.join(DEADLINE_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return status


def test_a_line_for_each_study_and_none_after_a_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "a", 1, 1)
    put(tmp_path / "a", 1, 2)
    put(tmp_path / "b", 2, 1)
    status, lines, errors = run("--once", tmp_path, capsys=capsys)
    assert (status, errors) == (0, "")
    assert sorted(lines) == [
        f"{uid(1)}  {tmp_path}/a  2 instances  revision 1",
        f"{uid(2)}  {tmp_path}/b  1 instance  revision 1",
    ]
    assert run("--once", tmp_path, capsys=capsys) == (0, [], "")
    put(tmp_path / "a", 1, 3)
    assert run("--once", tmp_path, capsys=capsys)[1] == [f"{uid(1)}  {tmp_path}/a  3 instances  revision 2"]


def test_json_has_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one").write_bytes(part10(1, 1, expected=3))
    (line,) = run("--once", "--json", tmp_path, capsys=capsys)[1]
    assert json.loads(line) == {
        "study_instance_uid": uid(1),
        "folder": str(tmp_path),
        "instances": 1,
        "revision": 1,
        "expected": 3,
        "complete": False,
    }


def test_what_was_not_counted_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "half").write_bytes(part10(1, 1)[:-1])
    for number in range(15):
        (tmp_path / f"homeless{number}").write_bytes(part10(None, number + 1))
    status, lines, errors = run("--once", tmp_path, capsys=capsys)
    assert (status, lines) == (0, [])
    assert "half: is not whole" in errors
    assert "homeless" in errors
    assert "and 6 more files" in errors


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        (["no-such-folder"], 1, "no such folder"),
        (["--quiet-period", "0", "."], 2, "number of seconds above 0"),
        (["--quiet-period", "-1", "."], 2, "--quiet-period"),
        (["--quiet-period", "nan", "."], 2, "number of seconds above 0"),
        (["--quiet-period", "soon", "."], 2, "number of seconds above 0"),
        (["--exec", "x '#p", "."], 2, "not closed"),
        (["--exec", "no-such-program #p", "."], 2, "no such program"),
        (["--exec-jobs", "0", "."], 2, "between 1 and"),
        ([], 2, "FOLDER"),
    ],
)
def test_bad_input_is_one_line_on_stderr(
    words: list[str],
    status: int,
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["watch", *words]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("dicomkit watch: ")
    assert problem in captured.err
    assert captured.err.count("\n") == 1


def test_a_command_gets_the_facts_without_a_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in; touch hacked; '$(touch hacked)"
    put(folder, 1, 1)
    code = "import os, sys; print(sys.argv[1:], os.environ['DICOMKIT_FOLDER'], sys.stdin.read())"
    status, lines, errors = run(
        "--once", "--exec", f'{sys.executable} -c "{code}" "#p" "#s" "#n" "#v"', tmp_path, capsys=capsys
    )
    assert (status, len(lines)) == (0, 1)
    assert str([str(folder), uid(1), "1", "1"]) in errors
    assert f'"study_instance_uid": "{uid(1)}"' in errors


def test_a_failing_command_is_reported_and_others_still_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "good", 1, 1)
    put(tmp_path / "bad", 2, 1)
    command = "sh -c 'echo about $1; case $1 in *bad) exit 3;; esac' x '#p'"
    status, lines, errors = run("--once", "--exec", command, "--exec-attempts", "1", tmp_path, capsys=capsys)
    assert (status, len(lines)) == (1, 2)
    assert f"study {uid(2)} revision 1: the command ended with exit status 3" in errors
    assert f"  | about {tmp_path}/good" in errors


def test_output_of_a_command_cannot_control_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, 1, 1)
    errors = run("--once", "--exec", r"printf '\033[31mred'", tmp_path, capsys=capsys)[2]
    assert "\x1b" not in errors
    assert r"\x1b[31mred" in errors


def test_a_script_without_a_shebang_runs_and_says_how(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "in", 1, 1)
    script = tmp_path / "myScript.sh"
    script.write_text('#/usr/bin/env bash\necho "We got this job: $*"\n')
    script.chmod(0o755)
    status, _, errors = run("--once", "--exec", f"{script} '#s'", tmp_path / "in", capsys=capsys)
    assert status == 0
    assert "is run by /bin/sh" in errors
    assert f"  | We got this job: {uid(1)}" in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_signal_ends_an_endless_watch_well(number: signal.Signals, tmp_path: Path) -> None:
    put(tmp_path, 1, 1)
    running = Running("--quiet-period", "0.2", tmp_path)
    running.wait_for(1)
    assert running.end(number) == 0
    assert running.errors == []


@pytest.mark.parametrize("once", [["--once"], []])
def test_a_second_interrupt_ends_the_running_command_too(once: list[str], tmp_path: Path) -> None:
    put(tmp_path / "in", 1, 1)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    running = Running("--quiet-period", "0.2", *once, "--exec", f"cat {gate}", tmp_path / "in")
    with gate.open("w"):  # opens when the command reads
        running.process.send_signal(signal.SIGINT)
        running.wait_for_error("Ctrl-C again")
        assert running.end(signal.SIGINT) == 130
    assert any("it runs at the next start" in line for line in running.errors)


def test_once_that_is_interrupted_is_not_done(tmp_path: Path) -> None:
    put(tmp_path / "in", 1, 1)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    running = Running("--quiet-period", "0.2", "--once", "--exec", f"cat {gate}", tmp_path / "in")
    with gate.open("w"):
        running.process.send_signal(signal.SIGINT)
        running.wait_for_error("Ctrl-C again")
    assert running.wait() == 130


def test_a_running_command_comes_to_its_end_after_an_interrupt(tmp_path: Path) -> None:
    put(tmp_path / "in", 1, 1)
    gate, done = tmp_path / "gate", tmp_path / "done"
    os.mkfifo(gate)
    command = f"sh -c 'cat {gate}; touch {done}'"
    running = Running("--quiet-period", "0.2", "--exec", command, tmp_path / "in")
    running.wait_for(1)
    with gate.open("w") as stream:  # opens when the command reads
        running.process.send_signal(signal.SIGINT)
        stream.write("go")
    assert running.wait() == 0
    assert done.exists()


def test_an_interrupted_command_runs_again_at_the_next_start(tmp_path: Path) -> None:
    put(tmp_path / "in", 1, 1)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    running = Running("--quiet-period", "0.2", "--exec", f"cat {gate}", tmp_path / "in")
    running.wait_for(1)
    with gate.open("w"):
        running.end(signal.SIGKILL)
    again = Running("--quiet-period", "0.2", "--once", "--exec", "echo again #s #v", tmp_path / "in")
    assert again.wait() == 0
    assert again.lines == []
    assert f"  | again {uid(1)} 1" in again.errors


def test_of_two_processes_on_one_folder_each_study_is_announced_by_one(tmp_path: Path) -> None:
    for number in range(1, 6):
        put(tmp_path, number, 1)
    both = [Running("--quiet-period", "0.3", "--once", tmp_path) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    lines = both[0].lines + both[1].lines
    assert len(lines) == len(set(lines)) == 5


def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_done_for_nothing(tmp_path: Path) -> None:
    """Kill a watch again and again while a folder fills; then ask what was announced and reacted to."""
    folder, done = tmp_path / "in", tmp_path / "done"
    folder.mkdir()
    done.mkdir()
    words = ["--quiet-period", "0.1", "--json", "--exec", f"touch {done}/#s.#v", folder]
    chance = random.Random(6)  # noqa: S311 - the same moments in each run
    lines: list[str] = []
    for kill in range(KILLS):
        running = Running(*words)
        for study in range(1, 5):
            put(folder / str(study), study, 10 * kill + 1)
        # Between "not yet importing" and "everything announced".
        threading.Event().wait(chance.uniform(0.1, 0.6))
        running.end(signal.SIGKILL)
        lines += running.lines
    last = Running("--once", *words)
    assert last.wait() == 0
    lines += last.lines
    facts = [json.loads(line) for line in lines if line.endswith("}")]
    announced = Counter((fact["study_instance_uid"], fact["revision"]) for fact in facts)
    # Each revision was reacted to, the revisions have no gap, and the last one has every instance.
    assert {path.name for path in done.iterdir()} == {f"{study}.{revision}" for study, revision in announced}
    for study in range(1, 5):
        revisions = sorted(revision for found, revision in announced if found == uid(study))
        assert revisions == list(range(1, len(revisions) + 1))
        assert max(fact["instances"] for fact in facts if fact["study_instance_uid"] == uid(study)) == KILLS
    # A kill between the line and the journal repeats at most the one line that was being printed.
    assert sum(announced.values()) - len(announced) <= 1
