"""A kernel that is interrupted, restarted or killed leaves no port taken, no thread and no process."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.arrivals import watch
from dicomkit.network import StorageSCP
from tests.support.arrival_files import part10
from tests.support.byte_peer import BytePeer, associate_rq, c_store_command, p_data
from tests.support.running_kernel import DEADLINE_S, RunningKernel
from tests.support.stalling_link import P_DATA, StallingLink

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"),
    reason="interrupts as POSIX does, and looks at processes by a handle of Linux",
)

LEFT = """
import threading
print([thread.name for thread in threading.enumerate() if thread.name.startswith("dicomkit")])
"""
ARRIVAL = """
class Arrival:
    def values(self):
        return {"folder": "."}
"""


@pytest.fixture(scope="module")
def module_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKernel]:
    with RunningKernel(tmp_path_factory.mktemp("kernel")) as running:
        yield running


@pytest.fixture
def kernel(module_kernel: RunningKernel, tmp_path: Path) -> RunningKernel:
    module_kernel.run(f"import os; os.chdir({str(tmp_path)!r})")
    return module_kernel


@pytest.fixture
def own_kernel(tmp_path: Path) -> Iterator[RunningKernel]:
    with RunningKernel(tmp_path) as running:
        yield running


def number_in(printed: str) -> int:
    return int(printed.splitlines()[0])


def assert_free(port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        pass


def handle_on(process_id: int) -> int | None:
    """Return a handle that becomes readable when the process ends; None if it has ended."""
    try:
        return os.pidfd_open(process_id)
    except ProcessLookupError:
        return None


def assert_ended(handle: int | None) -> None:
    if handle is not None:
        assert select.select([handle], [], [], DEADLINE_S)[0]
        os.close(handle)


# --- interrupted --------------------------------------------------------------------------------------


def interrupted(kernel: RunningKernel, code: str, after: str = "\n") -> tuple[str, str]:
    """Run a cell and interrupt it once it has printed `after`; return what it printed and raised."""
    done = False

    def interrupt(printed: str) -> None:
        nonlocal done
        if after in printed and not done:
            done = True
            kernel.interrupt()

    return kernel.run(code, interrupt)


def test_an_interrupted_receiver_gives_its_port_back(kernel: RunningKernel) -> None:
    printed, raised = interrupted(
        kernel,
        "from dicomkit.network import StorageSCP\n"
        "with StorageSCP('.') as scp:\n    print(scp.port)\n    scp.wait_for(1, timeout_s=600)",
    )
    assert raised.startswith("KeyboardInterrupt")
    assert_free(number_in(printed))
    assert kernel.run(LEFT)[0] == "[]\n"


def test_a_receiver_that_is_interrupted_twice_waits_for_no_transfer(kernel: RunningKernel) -> None:
    kernel.run("from dicomkit.network import StorageSCP")
    with contextlib.ExitStack() as cleanup:
        count = 0

        def take(printed: str) -> None:
            nonlocal count
            if printed.count("\n") <= count:
                return
            count += 1
            if count == 1:  # a transfer that never ends
                peer = BytePeer(number_in(printed))
                cleanup.callback(peer.socket.close)
                peer.send(associate_rq())
                assert peer.receive()[0] == 2
                peer.send(p_data(c_store_command(), 3), p_data(b"\x08\0\x16\0", 0))
            kernel.interrupt()

        code = (
            "scp = StorageSCP('.').start()\nend, drains = scp._associations._end, []\n"
            # Said once, however often it is called: an interrupt that comes before the line is all out is the second,
            # and whoever answered another line with another interrupt would be the third.
            "def told(drain_until, until):\n    drains.append(drain_until)\n"
            "    if len(drains) == 1: print('ending', flush=True)\n    end(drain_until=drain_until, until=until)\n"
            "scp._associations._end = told\n"
            "try:\n    print(scp.port, flush=True)\n    scp.wait_for(1, timeout_s=600)\nfinally:\n    scp.stop()"
        )
        printed, raised = kernel.run(code, take)
    assert raised.startswith("KeyboardInterrupt")
    assert "ending" in printed
    assert_free(number_in(printed))
    assert kernel.run("print(drains[1:])")[0] == "[0]\n"
    # It was aborted at once; when its thread gets its turn is up to the machine.
    kernel.run(
        "import threading\nfor each in threading.enumerate():\n"
        f"    if each.name.startswith('dicomkit'): each.join({DEADLINE_S})"
    )
    assert kernel.run(LEFT)[0] == "[]\n"


@pytest.mark.parametrize(
    "loop",
    [
        "for study in watch('.', 600):\n    pass",
        "for study in watch('.', 0.01):\n    print('busy', flush=True)\n    time.sleep(600)",
        "studies = watch('.', 600)\nfor study in studies:\n    pass",
    ],
)
def test_an_interrupted_watch_gives_the_journal_back(
    kernel: RunningKernel, loop: str, tmp_path: Path
) -> None:
    (tmp_path / "one.dcm").write_bytes(part10(1, 1))
    code = f"import time\nfrom dicomkit.arrivals import watch\nprint('watching', flush=True)\n{loop}"
    _, raised = interrupted(kernel, code, "busy" if "busy" in loop else "watching")
    assert raised.startswith("KeyboardInterrupt")
    assert kernel.run(LEFT)[0] == "[]\n"
    notices: list[str] = []
    assert len(list(watch(tmp_path, 0.01, once=True, on_notice=notices.append))) == 1
    assert notices == []


def test_an_interrupted_reaction_ends_its_command(kernel: RunningKernel) -> None:
    printed, raised = interrupted(
        kernel,
        f"{ARRIVAL}from dicomkit.reactions import Reactions\nimport pathlib, time\n"
        "with Reactions(['sh', '-c', 'echo $$ > new; mv new pid; sleep 600 & wait'], attempts=1) as reactions:\n"
        "    outcome = reactions.submit(Arrival())\n"
        "    while not pathlib.Path('pid').exists(): time.sleep(0.01)\n"
        "    print(pathlib.Path('pid').read_text(), end='', flush=True)\n"
        "    outcome.result()",
    )
    assert raised.startswith("KeyboardInterrupt")
    assert_ended(handle_on(number_in(printed)))
    assert kernel.run(LEFT)[0] == "[]\n"


def test_hooks_that_are_interrupted_while_they_drain_keep_the_rest_on_disk(kernel: RunningKernel) -> None:
    printed, raised = interrupted(
        kernel,
        f"{ARRIVAL}from dicomkit.reactions import ArrivalHooks\nimport pathlib, time\n"
        "with ArrivalHooks(['sh', '-c', 'echo $$ > new; mv new pid; sleep 600'], '.', concurrency=1) as hooks:\n"
        "    for _ in range(3): hooks.submit(Arrival())\n"
        "    while not pathlib.Path('pid').exists(): time.sleep(0.01)\n"
        "    print(pathlib.Path('pid').read_text(), end='', flush=True)",
    )
    assert raised.startswith("KeyboardInterrupt")
    assert_ended(handle_on(number_in(printed)))
    assert kernel.run(LEFT)[0] == "[]\n"
    again = "with ArrivalHooks(lambda arrival: None, '.') as hooks: print(hooks.taken_over_count)"
    assert kernel.run(again)[0] == "3\n"


def test_an_interrupted_sender_says_in_the_notebook_what_it_waits_for_and_what_it_leaves(
    kernel: RunningKernel, scp: StorageSCP
) -> None:
    with StallingLink(scp.port, P_DATA, from_receiver=True, nth=2) as link:
        printed, raised = interrupted(
            kernel,
            "from dicomkit.network import TimeOuts, send\nfrom dicomkit.samples import ct_series\n"
            f"send(list(ct_series(3)), '127.0.0.1', {link.port}, time_outs=TimeOuts(tell_after_s=0.2))\n",
            after="waiting",
        )
    assert "for the response: C-STORE of data set 2, 2 of 3" in printed
    assert raised.startswith("SendInterrupted: interrupted: 1 stored, 1 unknown, 1 not sent")
    assert kernel.run(LEFT)[0] == "[]\n"
    assert "unknown" in kernel.run("import sys\nprint(sys.last_value.report)")[0]


# --- restarted and killed -----------------------------------------------------------------------------

BUSY = f"""{ARRIVAL}
import pathlib, time
from dicomkit.network import StorageSCP
from dicomkit.reactions import Reactions
scp = StorageSCP(".").start()
reactions = Reactions(["sh", "-c", "sleep 600 & echo $$ $! > new; mv new pid; wait"])
outcome = reactions.submit(Arrival())
while not pathlib.Path("pid").exists(): time.sleep(0.01)
print(scp.port, pathlib.Path("pid").read_text())
"""


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_a_kernel_that_ends_leaves_no_port_and_no_process(own_kernel: RunningKernel, how: str) -> None:
    printed, raised = own_kernel.run(BUSY)
    assert not raised
    port, *processes = (int(word) for word in printed.split())
    handles = [handle_on(process_id) for process_id in processes]
    assert all(handles)
    getattr(own_kernel, how)()
    assert_free(port)
    for handle in handles:
        assert_ended(handle)
