"""The lines of a notebook's ``bash`` blocks, typed into a real bash: with DCMTK, or with the kit in its place."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from dicomkit.lessons.catalogue import find_notebook, pristine_folder
from tests.support.running_commands import Running, running

DEADLINE_S = 60
OWN = Path(sys.executable).parent
# DCMTK's programs of which the kit has its own.
KIT = ("dcmdump", "dump2dcm", "img2dcm", "echoscu", "storescu", "storescp")
_FENCE = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(notebook: str, cell: str = "practice") -> list[str]:
    """Return the ``bash`` blocks of a cell."""
    path = pristine_folder() / find_notebook(notebook).file_name
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    [text] = ["".join(each["source"]) for each in cells if each["id"] == cell]
    return _FENCE.findall(text)


def as_kit(script: str) -> str:
    """Return a script as somebody without DCMTK types it: `dicomkit` in front, without DCMTK's ``+xa`` and ``-xy``."""
    mine = re.sub(rf"^({'|'.join(KIT)})\b", r"dicomkit \1", script, flags=re.MULTILINE)
    return re.sub(r" (?:\+xa|-xy)(?= )", "", mine)


def typed(script: str, folder: Path, *, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a script in bash, in `folder`, and see to it that it ends with `status`."""
    # pynetdicom's scripts bear the names of DCMTK's programs; `dicomkit` and `python` are this interpreter's.
    names = f'dicomkit() {{ "{OWN}/dicomkit" "$@"; }}\npython() {{ "{sys.executable}" "$@"; }}\n'
    path = os.pathsep.join(each for each in os.get_exec_path() if not _has_pynetdicom(Path(each)))
    done = subprocess.run(
        ["bash", "-e", "-u", "-c", names + script],
        cwd=folder,
        env=os.environ | {"PATH": path, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",  # dcmdump prints the bytes of a file as they are
        check=False,
        timeout=DEADLINE_S,
    )
    assert done.returncode == status, (script, done.stdout, done.stderr)
    return done


def _has_pynetdicom(folder: Path) -> bool:
    program = folder / "storescu"
    return program.is_file() and b"python" in program.read_bytes()[:256].partition(b"\n")[0]


@contextlib.contextmanager
def typed_in_a_window(line: str, folder: Path, program: str) -> Iterator[Running]:
    """Run a line that does not end by itself; `program` is the path of its first word."""
    first, rest = line.split(maxsplit=1)
    assert Path(program).name == first
    with running(["bash", "-c", f"exec '{program}' {rest}"], folder) as started:
        yield started
