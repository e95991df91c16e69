"""Reactions: no shell, no orphan, no lost job, and no job that blocks another."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pickle
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from dicomkit.errors import FileAccessError, ReactionError, UsageError
from dicomkit.reactions import (
    ArrivalHooks,
    BacklogEntry,
    ReactionResult,
    Reactions,
    command_run,
    program_notice,
    resolve_program,
    run_command,
    split_command,
    substitute,
)
from dicomkit.reactions.backlog import Backlog
from dicomkit.reactions.command_run import ENDED_BY_OWNER
from dicomkit.reactions.guardian import Guardian
from dicomkit.reactions.process_tree import JobTree, start_tree
from dicomkit.reactions.running_commands import RunningCommands
from tests.support.arrivals_to_react_to import Instance

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the hooks in these tests are POSIX shell commands")

DEADLINE_S = 60
PAYLOADS = [
    "';touch hacked;'", "$(touch hacked)", "`touch hacked`", "a; touch hacked", "a && touch hacked", "a|touch hacked",
    '"; touch hacked; "', "\n touch hacked\n", "*", "~", "$HOME", "#c", "&", "> hacked", "\\", "é\u202e",
]  # fmt: skip


def script(folder: Path, text: str, *, mode: int = 0o755, name: str = "hook.sh") -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def assert_gone(process_id: int) -> None:
    """Wait until a process has ended."""
    if not hasattr(os, "pidfd_open"):
        assert_refused_by_the_system(process_id)
        return
    try:
        handle = os.pidfd_open(process_id)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([handle], [], [], DEADLINE_S)  # Linux: readable once it has ended
        assert ended, f"{process_id} still runs"
    finally:
        os.close(handle)


def assert_refused_by_the_system(process_id: int) -> None:
    """Do the same where nothing tells of the end of a process that is not one's own child."""
    deadline = time.monotonic() + DEADLINE_S
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(process_id, 0)
            assert time.monotonic() < deadline, f"{process_id} still runs"
            time.sleep(0.01)


# -- from text to arguments


def test_the_handouts_command_is_split_as_a_shell_would() -> None:
    assert split_command("myScript.sh '#a' '#c' '#r' '#p' '#f'") == [
        "myScript.sh",
        "#a",
        "#c",
        "#r",
        "#p",
        "#f",
    ]
    assert split_command('a "b c" d\\ e') == ["a", "b c", "d e"]


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("myScript.sh '#a' '#f\u2019", "typographic"),
        ("myScript.sh '#a' '#f\u00e2\u20ac\u2122", "typographic"),
        ("myScript.sh \u201c#a\u201d", "typographic"),
        ("myScript.sh '#a", "not closed"),
        ("   ", "names no program"),
        ("''", "names no program"),
        ("a\0b", "NUL"),
    ],
)
def test_a_command_that_cannot_be_split_says_how_to_put_it_right(command: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        split_command(command)


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        (r"C:\Users\me\hook.py #a", [r"C:\Users\me\hook.py", "#a"]),
        (r'"C:\Program Files\x y\hook.exe" "#p\#f"', [r"C:\Program Files\x y\hook.exe", r"#p\#f"]),
        (r"\\server\share\hook.bat '#a b'", [r"\\server\share\hook.bat", "#a b"]),
        (r'hook.exe "C:\in\"', ["hook.exe", "C:\\in\\"]),
    ],
)
def test_paths_of_windows_survive(command: str, argv: list[str]) -> None:
    assert split_command(command, is_windows=True) == argv


def test_placeholders_are_replaced_in_one_pass_and_stay_in_their_argument() -> None:
    values = {"#a": "#c #p", "#c": "C", "#p": "/in put"}
    assert substitute(["x", "#a", "[#c]#c", "#p/#f"], values) == ["x", "#c #p", "[C]C", "/in put/#f"]


def test_a_program_is_found_on_path_and_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = script(tmp_path, "#!/bin/sh\n")
    monkeypatch.chdir(tmp_path)
    assert resolve_program(["hook.sh", "#a"]) == [here, "#a"]
    assert Path(resolve_program(["sh"])[0]).name == "sh"
    assert program_notice(["hook.sh"], resolve_program(["hook.sh"])) is None


def test_a_program_that_cannot_run_is_an_error_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path, "#!/bin/sh\n", mode=0o644)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"chmod \+x hook.sh"):
        resolve_program(["hook.sh"])
    with pytest.raises(UsageError, match="no such program"):
        resolve_program(["no-such-hook.sh"])
    with pytest.raises(UsageError, match="is a folder"):
        resolve_program([str(tmp_path)])


def test_the_handouts_script_without_a_shebang_runs_by_sh_and_says_so(tmp_path: Path) -> None:
    path = script(tmp_path, '#/usr/bin/env bash\n\necho "We got this job: $*"\n')
    argv = resolve_program([path, "a b", "c"])
    assert argv == ["/bin/sh", path, "a b", "c"]
    assert "/bin/sh" in (program_notice([path, "a b", "c"], argv) or "")
    assert run_command(argv, {}).output == "We got this job: a b c\n"


# -- commands


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_value_ever_reaches_a_shell(payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    show = [sys.executable, "-c", "import sys; sys.stdout.buffer.write(ascii(sys.argv[1:]).encode())"]
    for template in ("#a", "'#a'", '"#a"'):
        argv = substitute([*show, template], {"#a": payload})
        assert run_command(argv, {"#a": payload}).output == ascii([template.replace("#a", payload)])
    assert list(tmp_path.iterdir()) == []


def test_the_facts_are_in_the_environment_and_on_standard_input() -> None:
    code = (
        "import os, sys; print(os.environ['DICOMKIT_CALLING_AE_TITLE'], os.environ['DICOMKIT_REVISION']);"
        "print(sys.stdin.read())"
    )
    result = run_command([sys.executable, "-c", code], {"#a": "CT", "revision": "2"})
    first, second = result.output.splitlines()
    assert first == "CT 2"
    assert json.loads(second) == {"calling_ae_title": "CT", "revision": "2"}


def test_a_failing_command_keeps_its_status_and_its_output() -> None:
    with Reactions(["sh", "-c", "echo out; echo err >&2; exit 3"], attempts=1) as reactions:
        result = reactions.submit(Instance()).result(DEADLINE_S)
        assert (result.exit_status, result.output, result.succeeded) == (3, "out\nerr\n", False)
        assert reactions.failures == [result]


@pytest.mark.parametrize("argv", [["/no/such/program"], ["echo", "a\0b"]])
def test_a_command_that_cannot_start_is_a_failure_and_not_an_exception(argv: list[str]) -> None:
    result = run_command(argv, {})
    assert result.exit_status is None
    assert "could not be started" in (result.error or "")


def test_output_is_bounded() -> None:
    result = run_command(["sh", "-c", "head -c 3000000 /dev/zero"], {})
    assert result.succeeded
    assert len(result.output) == 64 * 1024


def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started() -> None:
    result = run_command(["sh", "-c", "sleep 600 & echo $!; wait"], {}, timeout_s=0.5)
    assert "took longer than 0.5 s" in (result.error or "")
    assert_gone(int(result.output))


def test_what_a_command_leaves_in_the_background_is_ended_with_it() -> None:
    result = run_command(["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], {})
    assert result.succeeded
    assert_gone(int(result.output))


def test_a_child_that_leaves_the_group_and_holds_the_output_is_not_waited_for(tmp_path: Path) -> None:
    script(tmp_path, "#!/bin/sh\nsetsid sleep 600 &\necho $!\n")
    started_s = time.monotonic()
    result = run_command([str(tmp_path / "hook.sh")], {})
    assert result.succeeded
    assert time.monotonic() - started_s < DEADLINE_S, "it was over when the program had ended"
    os.kill(int(result.output), signal.SIGKILL)


def test_a_command_that_floods_and_forks_is_bounded_and_ended() -> None:
    code = "yes flood & yes flood & (sleep 600 & sleep 600) & yes flood"
    result = run_command(["sh", "-c", code], {}, timeout_s=0.5)
    assert "took longer" in (result.error or "")
    assert len(result.output) == 64 * 1024


class Kernel:
    """kernel32, as far as a job needs it."""

    def __init__(self, *, has_jobs: bool = True) -> None:
        self.calls: list[tuple[object, ...]] = []
        self._has_jobs = has_jobs

    def CreateJobObjectW(self, *given: object) -> int:  # noqa: N802 - Windows' own name
        self.calls.append(("create", *given))
        return 77 if self._has_jobs else 0

    def SetInformationJobObject(self, job: int, kind: int, limits: bytes, size: int) -> int:  # noqa: N802
        # JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, as the third field of a structure of 144 bytes (64 bits).
        self.calls.append(("limit", job, kind, size, struct.unpack_from("<I", limits, 16)))
        return 1

    def AssignProcessToJobObject(self, job: int, process: int) -> int:  # noqa: N802
        self.calls.append(("assign", job, process))
        return 1

    def TerminateJobObject(self, job: int, status: int) -> int:  # noqa: N802
        self.calls.append(("end", job, status))
        return 1

    def CloseHandle(self, job: int) -> int:  # noqa: N802
        self.calls.append(("close", job))
        return 1


@pytest.mark.parametrize("has_jobs", [True, False])
def test_on_windows_a_job_holds_the_whole_tree(has_jobs: bool) -> None:  # noqa: FBT001 - a pytest parameter
    """The choice of calls, without Windows: the job is made, ended and given back."""
    process = subprocess.Popen(["sleep", "600"])
    process._handle = 5  # type: ignore[attr-defined]
    kernel = Kernel(has_jobs=has_jobs)
    tree = JobTree(process, kernel)
    tree.end()
    if has_jobs:
        assert process.poll() is None, "the job ends it, not we"
        process.kill()
    assert process.wait(DEADLINE_S) == -signal.SIGKILL
    tree.close()
    tree.close()
    wanted = [
        ("create", None, None),
        ("limit", 77, 9, 144, (0x2000,)),
        ("assign", 77, 5),
        ("end", 77, 1),
        ("close", 77),
    ]
    assert kernel.calls == (wanted if has_jobs else wanted[:1])


def test_never_more_run_at_once_than_allowed(tmp_path: Path) -> None:
    # Each command notes how many are in the room when it enters.
    code = (
        "import os, sys, time; os.mkdir(os.path.join(sys.argv[1], str(os.getpid()))); "
        "print(len(os.listdir(sys.argv[1]))); time.sleep(0.05); "
        "os.rmdir(os.path.join(sys.argv[1], str(os.getpid())))"
    )
    with Reactions([sys.executable, "-c", code, str(tmp_path)], concurrency=2) as reactions:
        futures = [reactions.submit(Instance()) for _ in range(8)]
        assert {int(future.result(DEADLINE_S).output) for future in futures} <= {1, 2}


def test_a_full_queue_slows_the_submitter_and_drops_nothing(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    (tmp_path / "second").write_text("")
    (tmp_path / "third").write_text("")
    with Reactions(["cat", f"{tmp_path}/#s"], concurrency=1, queue_limit=2) as reactions:
        futures = [reactions.submit(Instance("gate")), reactions.submit(Instance("second"))]
        third = threading.Thread(target=lambda: futures.append(reactions.submit(Instance("third"))))
        third.start()
        third.join(0.3)
        assert third.is_alive()
        gate.write_text("go")
        third.join(DEADLINE_S)
        assert [future.result(DEADLINE_S).succeeded for future in futures] == [True, True, True]


def test_closing_ends_what_does_not_end_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    reactions = Reactions(["sh", "-c", "sleep 600 & echo $!; wait"], concurrency=1)
    running = reactions.submit(Instance())
    queued = reactions.submit(Instance())
    reactions.close(timeout_s=0.3)
    assert running.result(0).interrupted
    assert queued.result(0).interrupted
    assert_gone(int(running.result(0).output))
    assert set(threading.enumerate()) <= before
    with pytest.raises(ReactionError):
        reactions.submit(Instance())
    reactions.close()


def test_closing_wakes_who_waits_for_a_place() -> None:
    reactions = Reactions(["sleep", "600"], concurrency=1, queue_limit=1)
    reactions.submit(Instance())
    refused: list[BaseException] = []

    def submit() -> None:
        try:
            reactions.submit(Instance())
        except ReactionError as error:
            refused.append(error)

    thread = threading.Thread(target=submit)
    thread.start()
    reactions.close(0)
    thread.join(DEADLINE_S)
    assert len(refused) == 1


def test_senseless_limits_are_refused() -> None:
    for options in ({"concurrency": 0}, {"queue_limit": 0}, {"timeout_s": 0.0}):
        with pytest.raises(UsageError):
            Reactions(["true"], **options)  # type: ignore[arg-type]
    for options in ({"attempts": 0}, {"backoff_s": -1.0}, {"timeout_s": -1.0}):
        with pytest.raises(UsageError):
            Reactions(print, **options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="split_command"):
        Reactions("process.sh #p")


# -- callables, commands and executors


def name_of(instance: Instance) -> str:
    return instance.name


def refuse(instance: Instance) -> None:
    raise ValueError(instance.name)


@pytest.fixture(params=["threads", "processes", "dask"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    if request.param == "threads":
        yield None
    elif request.param == "processes":
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            yield pool
    else:
        with dask_client() as client:
            yield client.get_executor()


def dask_client() -> object:
    distributed = pytest.importorskip("distributed")
    import dask  # noqa: PLC0415 - a test dependency that takes a second to import

    dask.config.set({"distributed.admin.tick.interval": "1s"})
    return distributed.Client(
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=2,
            processes=False,
            dashboard_address="127.0.0.1:0",
            scheduler_port=0,
        )
    )


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_one_argument_takes_a_reaction_to_another_executor(executor: Executor | None) -> None:
    with Reactions(name_of, executor=executor, concurrency=2) as reactions:
        futures = [reactions.submit(Instance(f"1.2.{number}")) for number in range(10)]
        assert [future.result(DEADLINE_S).value for future in futures] == [
            f"1.2.{number}" for number in range(10)
        ]
    with Reactions(["echo", "#s", "#p"], executor=executor) as reactions:
        assert reactions.submit(Instance()).result(DEADLINE_S).output == "1.2.3 in\n"
    with Reactions(refuse, executor=executor, attempts=2, backoff_s=0) as reactions:
        result = reactions.submit(Instance("1.9")).result(DEADLINE_S)
        assert (result.error, result.attempts) == ("raised ValueError", 2)
        assert "refuse" in result.output
        assert reactions.failures == [result]


def test_a_failing_reaction_is_tried_again_and_later_each_time() -> None:
    times: list[float] = []

    def third_time_lucky(_: Instance) -> str:
        times.append(time.monotonic())
        if len(times) < 3:
            raise OSError
        return "done"

    with Reactions(third_time_lucky, attempts=3, backoff_s=0.05) as reactions:
        result = reactions.submit(Instance()).result(DEADLINE_S)
    assert (result.value, result.attempts, reactions.failures) == ("done", 3, [])
    assert times[1] - times[0] >= 0.05
    assert times[2] - times[1] >= 0.1


def test_neither_a_hanging_nor_a_failing_study_keeps_another_waiting() -> None:
    gate = threading.Event()

    def react(instance: Instance) -> str:
        if instance.name == "hangs":
            gate.wait(DEADLINE_S)
        if instance.name == "fails":
            raise ValueError
        return instance.name

    with Reactions(react, concurrency=2, attempts=5, backoff_s=600, timeout_s=0.3) as reactions:
        hanging = [reactions.submit(Instance("hangs")) for _ in range(6)]
        failing = reactions.submit(Instance("fails"))
        assert reactions.submit(Instance("good")).result(DEADLINE_S).value == "good"
        assert all("given up" in (future.result(DEADLINE_S).error or "") for future in hanging)
        assert [future.result(0).attempts for future in hanging] == [1] * 6
        gate.set()
        reactions.close(0)
        assert failing.result(0).interrupted


def test_a_hanging_command_is_ended_and_tried_again() -> None:
    with Reactions(["sleep", "600"], attempts=2, backoff_s=0, timeout_s=0.2) as reactions:
        result = reactions.submit(Instance()).result(DEADLINE_S)
    assert result.attempts == 2
    assert "took longer" in (result.error or "")


@pytest.mark.parametrize("start_waiting", [True, False])
def test_closing_may_leave_those_that_wait(start_waiting: bool) -> None:  # noqa: FBT001 - a pytest parameter
    gate, entered = threading.Event(), threading.Event()

    def react(_: Instance) -> str:
        entered.set()
        gate.wait(DEADLINE_S)
        return "done"

    reactions = Reactions(react, concurrency=1)
    running, waiting = reactions.submit(Instance()), reactions.submit(Instance())
    assert entered.wait(DEADLINE_S)
    closer = threading.Thread(target=reactions.close, kwargs={"start_waiting": start_waiting})
    closer.start()
    if not start_waiting:
        assert waiting.result(DEADLINE_S).interrupted
    gate.set()
    closer.join(DEADLINE_S)
    assert running.result(0).value == "done"
    assert waiting.result(0).interrupted is not start_waiting


def test_a_broken_executor_is_a_failure_of_each_arrival() -> None:
    class Broken(Executor):
        def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]  # noqa: ARG002 - Executor's signature
            raise RuntimeError

    with Reactions(name_of, executor=Broken(), attempts=2, backoff_s=0) as reactions:
        error = reactions.submit(Instance()).result(DEADLINE_S).error or ""
    assert "by its executor (RuntimeError)" in error
    assert "pool or cluster is open" in error


def test_an_executor_that_takes_equal_calls_for_one_runs_each_attempt() -> None:
    class Pure(Executor):
        """It does as dask's does: calls are told apart by what is in them."""

        def __init__(self) -> None:
            self.futures: dict[bytes, Future[object]] = {}

        def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]  # noqa: ARG002 - Executor's signature
            future = self.futures.setdefault(pickle.dumps(fn), Future())
            if not future.done():
                future.set_result(fn())
            return future

    for reaction in (refuse, ["false"]):
        pure = Pure()
        with Reactions(reaction, executor=pure, attempts=3, backoff_s=0) as reactions:
            assert reactions.submit(Instance()).result(DEADLINE_S).attempts == 3
        assert len(pure.futures) == 3


def leave(_: Instance) -> None:
    sys.exit("a reaction may say so")


def raise_what_stays_here(_: Instance) -> None:
    error = ValueError()
    error.lock = threading.Lock()  # type: ignore[attr-defined]
    raise error


@pytest.mark.parametrize(("reaction", "name"), [(leave, "SystemExit"), (raise_what_stays_here, "ValueError")])
def test_whatever_a_reaction_raises_is_a_failure_of_its_arrival(
    reaction: Callable[[Instance], None], name: str
) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for executor in (None, pool):
            with Reactions(reaction, executor=executor, attempts=1) as reactions:
                result = reactions.submit(Instance()).result(DEADLINE_S)
            assert result.error == f"raised {name}"
            assert reaction.__name__ in result.output


def test_closing_reactions_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with Reactions(["sh", "-c", "exit 0"]) as reactions:
        for _ in range(20):
            reactions.submit(Instance())
    for thread in set(threading.enumerate()) - before:  # one that has handed over its result is about to end
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


# -- hooks: nobody waits for them, and none is lost


class Results:
    """What hooks tell, and a way to wait for it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.dropped: list[str] = []
        self.notices: list[str] = []
        self._changed = threading.Condition()

    def take(self, entry: BacklogEntry, result: ReactionResult) -> None:
        with self._changed:
            if not result.interrupted:
                self.names.append(entry.values()["study_instance_uid"])
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.names) >= count, DEADLINE_S), self.names

    def options(self) -> dict[str, Callable[..., None]]:
        return {
            "on_result": self.take,
            "on_dropped": lambda arrival: self.dropped.append(arrival.values()["study_instance_uid"]),
            "on_notice": self.notices.append,
        }


def test_hooks_run_once_for_each_arrival_in_order(tmp_path: Path) -> None:
    results = Results()
    log = tmp_path / "log"
    hook = script(tmp_path, f"#!/bin/sh\necho $1 >> {log}\n")
    with ArrivalHooks([hook, "#s"], tmp_path, concurrency=1, **results.options()) as hooks:
        for number in range(30):
            hooks.submit(Instance(f"1.2.{number}"))
    assert log.read_text().split() == results.names == [f"1.2.{number}" for number in range(30)]
    assert hooks.waiting == 0
    assert not list(tmp_path.glob(".dicomkit-*")), "a list that is empty is removed"


def test_whoever_submits_never_waits(tmp_path: Path) -> None:
    hooks = ArrivalHooks(["sleep", "600"], tmp_path, concurrency=2)
    for number in range(3000):
        hooks.submit(Instance(f"1.2.{number}"))
    assert hooks.waiting == 3000
    assert hooks.close(drains=False) == 3000
    assert hooks.close(drains=False) == 0


def test_what_was_not_run_runs_at_the_next_start(tmp_path: Path) -> None:
    hooks = ArrivalHooks(["sleep", "600"], tmp_path, concurrency=2)
    for number in range(10):
        hooks.submit(Instance(f"1.2.{number}"))
    assert hooks.close(drains=False) == 10
    results = Results()
    with ArrivalHooks(["echo", "#s"], tmp_path, concurrency=1, **results.options()) as again:
        assert again.taken_over_count == 10
        again.submit(Instance("1.2.10"))
    assert results.names == [f"1.2.{number}" for number in range(11)]


KILLED = """
import os, sys
from dicomkit.reactions import ArrivalHooks
from tests.support.arrivals_to_react_to import Instance
hooks = ArrivalHooks([sys.executable, "-c", "import os; os.write(1, b'x')"], sys.argv[1], concurrency=2)
for number in range(40):
    hooks.submit(Instance(f"1.2.{number}"))
os.kill(os.getpid(), 9)
"""


def test_a_killed_process_loses_none(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, cwd=root, timeout=DEADLINE_S)
    results = Results()
    with ArrivalHooks(["true"], tmp_path, **results.options()) as hooks:
        taken = hooks.taken_over_count
    assert 30 <= taken <= 40, "a few may have ended before the kill"
    assert set(results.names) >= {f"1.2.{number}" for number in range(40 - taken, 40)}


ENDED = """
import os, sys, threading, time
from dicomkit.reactions import Reactions
from tests.support.arrivals_to_react_to import Instance
reactions = Reactions(["sh", "-c", "echo $$ > #s.new; mv #s.new #s.pid; sleep 600 & wait"], attempts=1)
for number in range(3):
    reactions.submit(Instance(f"{sys.argv[1]}/{number}"))
while len(reactions._commands._commands) < 3:  # a kill between the start and this moment would leave one
    time.sleep(0.01)
sys.stdin.readline()
if sys.argv[2] == "killed":
    os.kill(os.getpid(), 9)
if sys.argv[2] == "left":
    os._exit(0)
"""


@pytest.mark.parametrize("how", ["killed", "left", "ended without closing"])
def test_commands_do_not_outlive_their_owner(tmp_path: Path, how: str) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", ENDED, str(tmp_path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=root) as owner:
        names = [tmp_path / f"{number}.pid" for number in range(3)]
        deadline = time.monotonic() + DEADLINE_S
        while not all(name.exists() for name in names):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        leaders = [int(name.read_text()) for name in names]
        children = [
            int(child)
            for leader in leaders
            for child in Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        ] if sys.platform == "linux" else []  # fmt: skip
        owner.communicate(b"\n", timeout=DEADLINE_S)
    for process_id in (*leaders, *children):
        assert_gone(process_id)
    assert len(leaders) == 3


CONTAINED = """
import os, sys
from dicomkit.reactions import run_command
assert os.getpid() == 1
for _ in range(5):
    assert run_command(["sh", "-c", "sleep 600 & sleep 600 & true"], {}).succeeded
zombies = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
print([open(f"/proc/{name}/stat").read() for name in zombies])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="makes a container as Linux does")
def test_process_1_of_a_container_keeps_no_zombies() -> None:
    words = ["unshare", "--pid", "--fork", "--mount-proc", "--map-root-user"]
    try:
        allowed = subprocess.run([*words, "true"], check=False, capture_output=True, timeout=DEADLINE_S)
    except FileNotFoundError:
        pytest.skip("this machine has no unshare")
    if allowed.returncode:
        pytest.skip("this machine does not allow a container")
    root = Path(__file__).parents[2]
    command = [*words, sys.executable, "-c", CONTAINED]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=root, timeout=DEADLINE_S)
    assert (done.stdout, done.stderr) == ("[]\n", "")


KILLED_AT_ONCE = """
import os, signal, subprocess, sys
from dicomkit.reactions import command_run
start = command_run.start_tree
def start_and_die(*given, **named):
    process, tree = start(*given, **named)
    print(process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
command_run.start_tree = start_and_die
command_run.run_command(sys.argv[1:], {})
"""


@pytest.mark.parametrize("variable", ["SIMPLE", "NO.NAME-FOR-A-SHELL"])
def test_an_owner_that_is_killed_before_its_next_line_leaves_no_command(variable: str) -> None:
    command = [sys.executable, "-c", KILLED_AT_ONCE, "sh", "-c", "sleep 600 & sleep 600"]
    root = Path(__file__).parents[2]
    for _ in range(3):
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=root, timeout=DEADLINE_S, env=os.environ | {variable: "1"}
        )  # fmt: skip
        assert done.returncode == -signal.SIGKILL
        assert_gone(int(done.stdout))


def test_whoever_announces_a_command_hands_it_on_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = {"A.B": "x\ny", "BASH_FUNC_which%%": "() {  :\n}", "PLAIN": "1"}
    for name, value in odd.items():
        monkeypatch.setenv(name, value)
    code = (
        "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ), os.getpid() == os.getsid(0) == os.getpgrp(), "
        "os.fstat(1) == os.fstat(2)]))"
    )
    words = ["'; touch x; $(y)", "", "-n", "a b"]
    argv, seen, leads, has_one_output = json.loads(
        run_command([sys.executable, "-I", "-c", code, *words], {}).output
    )
    assert argv == words
    assert {name: seen.get(name) for name in odd} == odd
    assert leads
    assert has_one_output, "its stderr is no longer the guardian's pipe"


def test_a_guardian_forgets_what_has_ended_and_ends_what_is_left() -> None:
    guardian = Guardian()
    with Path(os.devnull).open("rb") as nothing:

        def start() -> subprocess.Popen[bytes]:
            argv = ["sh", "-c", "echo; exec sleep 600"]
            process, _ = start_tree(argv, stdin=nothing, environment=os.environ, guardian=guardian)
            assert process.stdout is not None
            assert process.stdout.readline() == b"\n"  # it runs
            process.stdout.close()
            return process

        groups = [start() for _ in range(4)]
        for group in (groups[0], groups[2]):
            guardian.release(group.pid)
        guardian.release(groups[0].pid)  # nobody knows it any more, and no error
        guardian.close()
        guardian.release(groups[0].pid)  # too late, and no error
        late = start()
    for group in groups[1::2]:
        assert group.wait(DEADLINE_S) == -signal.SIGKILL
    for group in (*groups[::2], late):
        assert group.poll() is None
        group.kill()
        group.wait()


def test_the_list_of_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    first = ArrivalHooks(["sleep", "600"], tmp_path)
    first.submit(Instance())
    other_kind = ArrivalHooks(["sleep", "600"], tmp_path, "studies")
    with ArrivalHooks(["true"], tmp_path) as second:
        assert second.taken_over_count == 0
    other_kind.close()
    assert first.close(drains=False) == 1
    with ArrivalHooks(["true"], tmp_path, "studies") as third:
        assert third.taken_over_count == 0, "another kind of hook"


def test_a_full_list_is_told_and_so_is_a_disk_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = Results()
    hooks = ArrivalHooks(["sleep", "600"], tmp_path, limit=2, **results.options())
    for number in range(4):
        hooks.submit(Instance(f"1.2.{number}"))
    assert results.dropped == ["1.2.2", "1.2.3"]

    def full(*_: object) -> bool:
        raise FileAccessError(tmp_path, "the list cannot be written (SQLITE_FULL)", "make room")

    monkeypatch.setattr(Backlog, "put", full)
    hooks.submit(Instance("1.2.4"))
    assert results.dropped[-1] == "1.2.4"
    assert "SQLITE_FULL" in results.notices[0]
    hooks.close(drains=False)


def test_a_damaged_list_is_kept_aside_and_told(tmp_path: Path) -> None:
    (tmp_path / ".dicomkit-hooks-arrivals-abc.sqlite").write_bytes(
        b"no database at all, but long enough" * 40
    )
    results = Results()
    with ArrivalHooks(["true"], tmp_path, **results.options()) as hooks:
        assert hooks.taken_over_count == 0
    assert [path.name for path in tmp_path.iterdir()] == [".dicomkit-hooks-arrivals-abc.damaged"]
    assert "damaged" in results.notices[0]


LISTED = 3000


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the file of a list that many wait on, as a process that was killed leaves it."""
    folder = tmp_path_factory.mktemp("long")
    backlog = Backlog(folder)
    for number in range(LISTED):
        backlog.put({"sop_instance_uid": f"1.2.{number}", "folder": "x" * 40})
    assert backlog.close() == LISTED
    [path] = folder.iterdir()
    return path.read_bytes()


@pytest.mark.parametrize("how", ["cut", "zeroed", "overwritten"])
@pytest.mark.parametrize("part", [0.05, 0.3, 0.7, 0.99])
def test_of_a_damaged_list_what_can_be_read_is_run(
    tmp_path: Path, long_list: bytes, how: str, part: float
) -> None:
    at = int(len(long_list) * part)
    piece = {"cut": b"", "zeroed": bytes(9000), "overwritten": b"\xa5" * 9000}[how]
    rest = b"" if how == "cut" else long_list[at + len(piece) :]
    damaged = (long_list[:at] + piece)[: len(long_list)] + rest
    (tmp_path / ".dicomkit-hooks-arrivals-abc.sqlite").write_bytes(damaged)
    notices: list[str] = []
    for attempt in range(2):  # the second finds nothing more to do
        backlog = Backlog(tmp_path, on_notice=notices.append)
        backlog.finish()
        taken = [entry.facts["sop_instance_uid"] for entry in iter(backlog.take, None)]
        assert len(taken) == backlog.taken_over_count == len(set(taken)) <= LISTED
        assert not attempt or not taken
        for number in range(1, backlog.taken_over_count + 1):
            backlog.ended(BacklogEntry(number, {}))
        assert backlog.close() == 0
    assert len(notices) == 1
    assert "damaged" in notices[0]
    assert [path.name for path in tmp_path.iterdir()] == [".dicomkit-hooks-arrivals-abc.damaged"]


def test_a_disk_that_does_not_give_the_list_is_told_once_and_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dicomkit.reactions.backlog._RETRY_S", 0.01)
    results = Results()
    hooks = ArrivalHooks(["true"], tmp_path, starts=False, **results.options())
    hooks.submit(Instance("1.2.3"))
    database = hooks._backlog._database

    class Failing:
        asked = 0

        def execute(self, *given: object) -> object:
            if "SELECT" in str(given[0]) and Failing.asked < 5:
                Failing.asked += 1
                raise sqlite3.OperationalError("disk I/O error")
            return database.execute(*given)  # type: ignore[arg-type]

        def __getattr__(self, name: str) -> object:
            return getattr(database, name)

    monkeypatch.setattr(hooks._backlog, "_database", Failing())
    hooks.start()
    results.wait_for(1)
    assert hooks.close() == 0
    assert Failing.asked == 5
    assert results.notices == [
        f"{hooks._backlog._path}: the list of waiting commands cannot be read (OperationalError); check the folder, its rights and the free space; what waits is tried again, and stays there"
    ]


def test_what_a_full_disk_did_not_let_out_of_the_list_is_taken_out_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backlog = Backlog(tmp_path)
    for number in range(3):
        backlog.put({"study_instance_uid": str(number)})
    entries = [backlog.take() for _ in range(3)]
    write = Backlog._write_ended

    def full(_: Backlog) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Backlog, "_write_ended", full)
    for entry in entries[:2]:
        assert entry is not None
        with pytest.raises(FileAccessError, match="cannot be written"):
            backlog.ended(entry)
    monkeypatch.setattr(Backlog, "_write_ended", write)
    assert backlog.close() == 1
    again = Backlog(tmp_path)
    assert again.taken_over_count == 1
    again.close()


def test_a_command_waits_for_what_the_system_has_not_got_just_now(monkeypatch: pytest.MonkeyPatch) -> None:
    start, asked = command_run.start_tree, []

    def start_later(*given: Any, **named: Any) -> object:  # noqa: ANN401 - handed on
        asked.append(given)
        if len(asked) < 4:
            raise OSError([errno.EMFILE, errno.EAGAIN, errno.ENOMEM][len(asked) - 1], "not now")
        return start(*given, **named)

    monkeypatch.setattr(command_run, "start_tree", start_later)
    monkeypatch.setattr(command_run, "_SHORTAGE_RETRY_S", 0.001)
    before = set(Path("/dev/fd").iterdir())
    assert run_command(["echo", "now"], {}).output == "now\n"
    assert len(asked) == 4
    asked.clear()
    monkeypatch.setattr(command_run, "_SHORTAGE_S", -1.0)
    assert run_command(["echo"], {}).error == "could not be started (Too many open files)"
    asked.clear()
    monkeypatch.setattr(command_run, "_SHORTAGE_S", 600.0)
    running = RunningCommands()
    running.stop_all(ENDED_BY_OWNER)
    assert run_command(["echo"], {}, running=running).interrupted, "it runs at the next start"
    running.close()
    assert set(Path("/dev/fd").iterdir()) == before


def test_a_command_that_no_thread_can_follow_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    result = run_command(["sleep", "600"], {}, timeout_s=600)
    assert result.error == "was ended because the system has no thread left to follow it"


def test_whoever_cannot_be_told_of_a_result_does_not_make_it_run_again(tmp_path: Path) -> None:
    told = threading.Event()

    def fail(_: BacklogEntry, result: ReactionResult) -> None:
        told.set()
        raise BrokenPipeError(result.argv)

    with ArrivalHooks(["true"], tmp_path, on_result=fail) as hooks:
        hooks.submit(Instance())
        assert told.wait(DEADLINE_S)
    with ArrivalHooks(["true"], tmp_path) as again:
        assert again.taken_over_count == 0


def test_a_hook_that_hangs_is_ended_and_the_next_one_runs(tmp_path: Path) -> None:
    results = Results()
    hook = script(tmp_path, "#!/bin/sh\n[ $1 = 1.2.0 ] && sleep 600\nexit 0\n")
    with ArrivalHooks([hook, "#s"], tmp_path, concurrency=1, timeout_s=0.3, **results.options()) as hooks:
        hooks.submit(Instance("1.2.0"))
        hooks.submit(Instance("1.2.1"))
        results.wait_for(2)
    assert results.names == ["1.2.0", "1.2.1"]
