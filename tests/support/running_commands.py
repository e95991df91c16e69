"""Commands that run: the kit's own, typed as people type them, and servers that are stopped at the end."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

DEADLINE_S = 60


TOOLS = ["dump2dcm", "dcmdump", "img2dcm", "storescu", "storescp"]


def dicomkit() -> str:
    return str(Path(sys.executable).parent / "dicomkit")


def replay(script: str, folder: Path, *, ours: bool) -> subprocess.CompletedProcess[str]:
    """Run a script in bash, with the kit's commands or with DCMTK's."""
    prefix = "\n".join(f'{tool}() {{ "{dicomkit()}" {tool} "$@"; }}' for tool in TOOLS) if ours else ""
    return subprocess.run(
        ["bash", "-e", "-u", "-c", f"{prefix}\n{script}"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip


class Running:
    """A program that listens or watches: its lines as they come, and a clean end."""

    def __init__(self, words: list[str | Path], folder: Path) -> None:
        self._process = subprocess.Popen(
            words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._arrived = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._arrived:
                self.lines.append(line.rstrip("\n"))
                self._arrived.notify_all()

    def wait_for(self, pattern: str) -> re.Match[str]:
        def found() -> re.Match[str] | None:
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)

        with self._arrived:
            assert self._arrived.wait_for(found, DEADLINE_S), f"no line matches {pattern!r}: {self.lines}"
        match = found()
        assert match is not None
        return match

    def stop(self) -> int:
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status


@contextlib.contextmanager
def running(words: list[str | Path], folder: Path) -> Iterator[Running]:
    program = Running(words, folder)
    try:
        yield program
    finally:
        if program._process.poll() is None:
            program.stop()
