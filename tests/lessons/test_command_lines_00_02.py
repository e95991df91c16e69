"""Every command line of notebooks 00 to 02, typed, and what the prose says of them and of other tools."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

from dicomkit.cli import main
from dicomkit.lessons.catalogue import NOTEBOOKS, find_notebook, pristine_folder
from dicomkit.samples import ct_series
from dicomkit.workshop.copies import copy_workshop
from tests.support.notebook_lint import source
from tests.support.running_commands import dicomkit, replay, running

DEADLINE_S = 60
COMMAND_LINES = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
IN_PROSE = re.compile(r"`(dicomkit [^`]+)`")
STUDY = ct_series(1)[0].StudyInstanceUID


def prose(number: str) -> str:
    path = pristine_folder() / find_notebook(number).file_name
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")


def cell(number: str, name: str) -> str:
    path = pristine_folder() / find_notebook(number).file_name
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return source(next(cell for cell in cells if cell["id"] == name))


def script(number: str) -> str:
    """Return the one block of command lines that a notebook has."""
    [found] = COMMAND_LINES.findall(prose(number))
    return str(found)


@pytest.fixture
def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


# --- notebook 00: three terminals ---------------------------------------------------------------------


def with_study(folder: Path) -> Path:
    (folder / "study").mkdir()
    for one in ct_series(3, size=16):
        one.save_as(folder / "study" / f"{one.InstanceNumber}.dcm", enforce_file_format=True)
    return folder


def typed(line: str, port: str) -> list[str | Path]:
    words = line.replace("11112", port).replace("--quiet-period 16", "--quiet-period 0.3").split()
    return [dicomkit() if word == "dicomkit" else word for word in words]


def test_a_study_travels_between_three_terminals(tmp_path: Path, free_port: str) -> None:
    with_study(tmp_path)
    make, receive, send, watch = script("00").splitlines()
    subprocess.run(make.split(), cwd=tmp_path, check=True, timeout=DEADLINE_S)
    with running(typed(receive, free_port), tmp_path) as receiver:
        receiver.wait_for(f"port {free_port}")
        sent = subprocess.run(
            typed(send, free_port),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_S,
        )
        assert sent.returncode == 0, sent.stderr
        with running(typed(watch, free_port), tmp_path) as watcher:
            watcher.wait_for(re.escape(STUDY))
            assert watcher.stop() in {0, 130}
        assert receiver.stop() == 0
    assert len(list((tmp_path / "inbox" / f"scp_{STUDY}").glob("*.dcm"))) == 3


def test_dcmtk_takes_the_same_two_lines(tmp_path: Path, free_port: str, peer: Callable[[str], str]) -> None:
    with_study(tmp_path)
    make, receive, send, _ = script("00").splitlines()
    subprocess.run(make.split(), cwd=tmp_path, check=True, timeout=DEADLINE_S)
    names = {"dicomkit": "", "storescp": peer("storescp"), "storescu": peer("storescu")}
    receive, send = ([names.get(str(w), w) for w in typed(each, free_port)[1:]] for each in (receive, send))
    with running(receive, tmp_path) as receiver:
        for _attempt in range(100):
            sent = subprocess.run(send, cwd=tmp_path, capture_output=True, check=False, timeout=DEADLINE_S)
            if sent.returncode == 0:
                break
        assert sent.returncode == 0, sent.stderr
        receiver.stop()
    assert len(list((tmp_path / "inbox" / f"scp_{STUDY}").iterdir())) == 3


PROMISES = {
    "dicomkit doctor": "All lessons can run here.",
    "dicomkit check 00": "TODO",
    "dicomkit reset 00": "00_start_here.ipynb",
}


def test_the_commands_in_the_prose_do_what_it_says(tmp_path: Path) -> None:
    found = {line for notebook in NOTEBOOKS[:3] for line in IN_PROSE.findall(prose(notebook.number))}
    assert found == set(PROMISES)
    copy_workshop(tmp_path)
    edited = tmp_path / NOTEBOOKS[0].file_name
    fresh = edited.read_bytes()
    edited.write_bytes(fresh.replace(b"sender_role = None", b"sender_role = 'x'"))
    for line in sorted(found):
        output, errors = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(tmp_path),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            status = main(line.split()[1:])
        assert PROMISES[line] in output.getvalue(), (line, output.getvalue(), errors.getvalue())
        assert status == (1 if line == "dicomkit check 00" else 0), line
    assert edited.read_bytes() == fresh
    [backup] = tmp_path.glob("00_start_here.backup*")
    assert b"sender_role = 'x'" in backup.read_bytes(), "yours is kept under another name"


def test_a_forgotten_quote_says_what_the_first_exercise_foresees() -> None:
    names: dict[str, object] = {}
    with pytest.raises(NameError) as caught:
        exec("sender_role = SCU", names)  # noqa: S102 - what a learner types
    assert f"`NameError: {caught.value}`" in cell("00", "exercise-1-text")
    assert not caught.value.args[0].endswith("?")


def test_the_picture_of_bone_is_shown_by_the_line_in_the_exercise() -> None:
    line = re.search(r"`(picture\(.*?\))`", cell("00", "exercise-3-text"))
    assert line is not None
    names: dict[str, object] = {"slices": ct_series()}
    exec(cell("00", "imports"), names)  # noqa: S102 - the kit's own source
    exec(cell("00", "exercise-3"), names)  # noqa: S102
    shown = eval(line[1], names)  # noqa: S307 - the kit's own source
    assert "- bone" in repr(shown)


# --- notebook 01: from an empty text ------------------------------------------------------------------


def made_from_empty_text(folder: Path, *, ours: bool) -> None:
    done = replay(script("01"), folder, ours=ours)
    assert done.returncode == 0, done.stderr
    assert len(pydicom.dcmread(folder / "one.dcm")) == 0
    two = pydicom.dcmread(folder / "two.dcm")
    assert [(element.keyword, element.value) for element in two] == [("PatientName", "WORKSHOP01")]


def test_a_file_from_an_empty_text_with_the_kit(tmp_path: Path) -> None:
    made_from_empty_text(tmp_path, ours=True)


def test_a_file_from_an_empty_text_with_dcmtk(tmp_path: Path, peer: Callable[[str], str]) -> None:
    peer("dump2dcm")
    made_from_empty_text(tmp_path, ours=False)


def test_dump2dcm_is_silent_about_a_vr_that_does_not_exist(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    (tmp_path / "a.dump").write_text("(0010,0020) LN [WORKSHOP01]\n", encoding="ascii")
    command = [peer("dump2dcm"), "a.dump", "a.dcm"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=DEADLINE_S
    )
    assert " LN" not in done.stdout + done.stderr
    assert pydicom.dcmread(tmp_path / "a.dcm")["PatientID"].VR == "LO"


# --- notebook 02: edit, and text both ways ------------------------------------------------------------

BEFORE = """(0008,0016) UI =SecondaryCaptureImageStorage
(0008,0018) UI [2.25.42]
(0010,0010) PN [WORKSHOP01]
"""


def test_the_edits_with_dcmtk(tmp_path: Path, peer: Callable[[str], str]) -> None:
    (tmp_path / "before.dump").write_text(BEFORE, encoding="ascii")
    subprocess.run([peer("dump2dcm"), "before.dump", "one.dcm"], cwd=tmp_path, check=True, timeout=DEADLINE_S)
    done = replay(script("02"), tmp_path, ours=False)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"^E:", done.stderr, re.MULTILINE), done.stderr
    one, two = (pydicom.dcmread(tmp_path / name) for name in ("one.dcm", "two.dcm"))
    assert one.PatientName == "WORKSHOP^EVA"
    assert [len(item) for item in one.ReferencedImageSequence] == [0], "inserted, then erased"
    assert two.PatientName == "WORKSHOP01", "made of the text that was printed before the edits"
    inserted = replay("\n".join(script("02").splitlines()[:2]), tmp_path, ours=False)
    assert inserted.returncode == 0, inserted.stderr
    [item] = pydicom.dcmread(tmp_path / "one.dcm").ReferencedImageSequence
    assert item.ReferencedSOPInstanceUID == "2.25.1001"


def test_the_first_and_the_last_line_with_the_kit(tmp_path: Path) -> None:
    (tmp_path / "before.dump").write_text(BEFORE, encoding="ascii")
    lines = [line for line in script("02").splitlines() if not line.startswith("dcmodify")]
    assert [line.split()[0] for line in lines] == ["dcmdump", "dump2dcm"]
    done = replay("\n".join(["dump2dcm before.dump one.dcm", *lines]), tmp_path, ours=True)
    assert done.returncode == 0, done.stderr
    assert pydicom.dcmread(tmp_path / "two.dcm") == pydicom.dcmread(tmp_path / "one.dcm")


def test_dcmodify_takes_the_path_that_exercise_4_asks_for(tmp_path: Path, peer: Callable[[str], str]) -> None:
    (tmp_path / "before.dump").write_text(BEFORE, encoding="ascii")
    subprocess.run([peer("dump2dcm"), "before.dump", "one.dcm"], cwd=tmp_path, check=True, timeout=DEADLINE_S)
    path = "ProcedureCodeSequence[2].CodeMeaning=Head"
    subprocess.run(
        [peer("dcmodify"), "--insert", path, "one.dcm"], cwd=tmp_path, check=True, timeout=DEADLINE_S
    )
    assert pydicom.dcmread(tmp_path / "one.dcm").ProcedureCodeSequence[2].CodeMeaning == "Head"


def test_what_is_said_of_dump2dcm_at_the_five_traps(
    tmp_path: Path, peer: Callable[[str], str], dcmtk_version: tuple[int, ...]
) -> None:
    said = cell("02", "traps-look")
    assert "DCMTK (3.6.7)" in said
    if dcmtk_version != (3, 6, 7):
        pytest.skip("the notebook speaks of DCMTK 3.6.7")
    lines = [line for line in cell("02", "traps").splitlines() if line.startswith("(")]
    assert len(lines) == 6  # the first trap takes two lines
    silent, loud = ["\n".join(lines[:2]), lines[2]], lines[3:]
    for index, text in enumerate([*silent, *loud]):
        (tmp_path / "trap.dump").write_text(f"{text}\n", encoding="ascii")
        (tmp_path / "trap.dcm").unlink(missing_ok=True)
        command = [peer("dump2dcm"), "trap.dump", "trap.dcm"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=DEADLINE_S
        )
        assert done.returncode == 0, text
        is_silent = index < len(silent)
        assert bool(re.search("^E:", done.stderr, re.MULTILINE)) is not is_silent, done.stderr
        assert (tmp_path / "trap.dcm").exists() is is_silent
        if index == 0:
            assert pydicom.dcmread(tmp_path / "trap.dcm").PatientName == "WORKSHOP01"
        if index == 1:
            assert pydicom.dcmread(tmp_path / "trap.dcm").Rows == 4464
