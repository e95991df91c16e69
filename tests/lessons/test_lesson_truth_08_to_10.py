"""What the checks of notebooks 08 and 10 call right is right for a real shell, a real system and a real reaction."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from dicomkit.arrivals import ArrivedStudy
from dicomkit.errors import UsageError
from dicomkit.reactions import Reactions, resolve_program
from tests.support.answers_08_to_10 import ANSWERS, SETUP

DEADLINE_S = 60
pytestmark = pytest.mark.skipif(os.name == "nt", reason="shells and scripts of POSIX")
# Writes its arguments, each ended by a byte that none of them can hold.
RECORD = '#!/bin/sh\nprintf \'%s\\0\' "$@" > "$RECORDED"\n'


def value_of(typed: str) -> object:
    names: dict[str, object] = {}
    exec(f"{SETUP}\nvalue = {typed}", names)  # noqa: S102 - rows of the table of answers
    return names["value"]


def rows(exercise: str) -> list[tuple[str, bool]]:
    right, wrong = ANSWERS[exercise]
    return [(typed, True) for typed in right] + [(typed, False) for typed in wrong]


def script(folder: Path, name: str, text: str = RECORD) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("typed", "is_right"), rows("08.5"))
def test_a_list_of_arguments_runs_the_program_as_it_shall(
    typed: str,
    is_right: bool,  # noqa: FBT001 - a row of the table
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    argv = value_of(typed)
    if not is_right and (isinstance(argv, str | int) or not all(isinstance(word, str) for word in argv)):
        return  # of no form that Reactions takes
    for folder in (".", "bin"):
        script(tmp_path / folder, "process.sh")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECORDED", str(tmp_path / "recorded"))
    study = ArrivedStudy("1.2.3", Path("in box; touch x"), 1)
    with (
        contextlib.suppress(UsageError),  # there is no such program, or none at all
        Reactions(resolve_program([str(word) for word in argv]), attempts=1) as reactions,
    ):
        reactions.submit(study).result(DEADLINE_S)
    recorded = Path("recorded").read_bytes() if Path("recorded").exists() else b""
    assert (recorded == b"in box; touch x\0" + b"1.2.3\0") is is_right


@pytest.mark.parametrize(("typed", "is_right"), rows("10.5"))
def test_a_hook_gets_five_arguments_from_a_shell(typed: str, is_right: bool, tmp_path: Path) -> None:  # noqa: FBT001
    hook = value_of(typed)
    if not isinstance(hook, str):
        assert not is_right
        return
    for name in ("myScript.sh", "scripts/myScript.sh"):
        script(tmp_path, name)
    # As DCMTK does it: what bash made of the double quotes is a text, and the values are pasted into it.
    typed_line = hook if hook[:1] == hook[-1:] == '"' else f'"{hook}"'
    said = subprocess.run(
        ["bash", "-c", f"printf %s {typed_line}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    values = {name: f"{name} x" for name in "acrpf"}
    pasted = re.sub("#([acrpf])", lambda found: values[found[1]], said.stdout)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["/bin/sh", "-c", pasted],
        check=False,
        capture_output=True,
        cwd=tmp_path,
        env=os.environ | {"PATH": path, "RECORDED": str(tmp_path / "recorded")},
        timeout=DEADLINE_S,
    )
    recorded = (tmp_path / "recorded").read_text(encoding="utf-8") if (tmp_path / "recorded").exists() else ""
    came = recorded.split("\0")[:-1] == list(values.values())
    if ";" in hook:
        assert came  # and a second command with it, which is not what was meant
        assert (tmp_path / "x").exists()
        return
    assert came is is_right


@pytest.mark.parametrize(("typed", "is_right"), rows("10.8"))
def test_a_first_line_starts_the_script(typed: str, is_right: bool, tmp_path: Path) -> None:  # noqa: FBT001
    line = value_of(typed)
    if not isinstance(line, str):
        assert not is_right
        return
    if line.strip() == "#!/usr/bin/env":
        return  # env would start the script, which would start env: without end
    program = re.match(r"#! ?(/\S+)", line)
    if is_right and program is not None and not Path(program[1]).exists():
        assert (
            Path(program[1]).name == "bash"
        )  # right on systems where this shell lies there, such as FreeBSD
        return
    body = 'StudyPath="$4"\nStudyInstanceUID=`basename "${StudyPath}"`\necho "ran ${StudyInstanceUID}"\n'
    path = script(tmp_path, "myScript.sh", f"{line}\n{body}")
    try:
        done = subprocess.run(
            [path, "a", "c", "r", "in/scp_1.2.3"],
            check=False,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        started = done.returncode == 0 and done.stdout == "ran scp_1.2.3\n"
    except OSError:
        started = False
    if "\n" in line.strip("\n"):
        return  # more than the line that was asked for, and it runs
    assert started is is_right
