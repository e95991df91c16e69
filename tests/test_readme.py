"""Every command line of the README is run, and its other claims as far as they can be tried."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from dicomkit.cli import COMMANDS, main
from dicomkit.cli.instructor import CHECKLIST_NAME, NOTES_PREFIX
from dicomkit.files.writing import write_file
from dicomkit.lessons import panels, picture
from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of
from dicomkit.network import StorageSCP
from dicomkit.pixels import secondary_capture
from dicomkit.samples import ct_series
from dicomkit.viewers import ImageViewer
from dicomkit.workshop.copies import copy_workshop
from tests.support.dicom_files import bundled
from tests.support.other_archives import free_port
from tests.support.reports import document
from tests.support.running_commands import dicomkit, running

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEADLINE_S = 60

# Typed elsewhere, or not to be typed here.
ELSEWHERE = {
    "python3 -m venv .venv && .venv/bin/pip install -e '.[lab]' && .venv/bin/dicomkit lab": ".ci/wheel installs and opens it",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest": ".ci/run types it, word for word",
    "dicomkit lab --present": "tests/browser/test_present_in_lab.py opens it",
    "dicomkit lite SITE --pyodide PATH": "it needs Pyodide: tests/browser/test_lite_in_browser.py builds one, and uses it",
    "dicomkit lite site --pyodide pyodide": "the same",
    "python -m http.server --bind 127.0.0.1 --directory site": "the same, with its own port",
    "dicomkit wheelhouse DIR": "it asks an index: .ci/wheel, and tests/cli/test_cli_wheelhouse.py without one",
    "dicomkit wheelhouse wheels": "the same",
    "scp -r wheels you@server: && ssh you@server": "needs the server",
    "P=/opt/tljh/user/bin": "needs the server",
    'sudo $P/pip install --no-index --find-links wheels "dicomkit[lab]"': ".ci/wheel installs from it",
    "sudo $P/dicomkit doctor": "typed below, as dicomkit doctor",
    "sudo $P/dicomkit lab /etc/skel/dicom-workshop --copy-only": "typed below, to another folder",
    "sudo tljh-config set user_environment.default_app jupyterlab": "needs the server",
    "sudo tljh-config set limits.memory 1G": "needs the server",
    "sudo tljh-config reload": "needs the server",
    "jupyter-repo2docker --no-run --image-name REGISTRY/dicomkit:1 .": "needs Docker and a registry",
    "helm upgrade --install hub jupyterhub --repo https://hub.jupyter.org/helm-chart/ --values values.yaml": (
        "needs a cluster"
    ),
}


def command_lines() -> list[str]:
    """Return what the README has somebody type: in blocks for bash, and in its sentences and tables."""
    blocks = re.findall(r"^```bash\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"\s+# .*$", "", line).strip() for block in blocks for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    lines += re.findall(r"`((?:dicomkit [a-z]|jupyter-|helm )[^`]*)`", prose)
    return [line for line in lines if line and not line.startswith("#")]


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Type a line that begins with ``dicomkit`` in a folder."""
    output, errors = io.StringIO(), io.StringIO()
    words = shlex.split(line)[1:]
    with contextlib.chdir(folder), contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = main(words)
    return subprocess.CompletedProcess(words, status, output.getvalue(), errors.getvalue())


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a folder with a study of somebody in it, and files to show and to send."""
    (tmp_path / "IN").mkdir()
    for one in ct_series(2, size=16):
        one.PatientName, one.PatientIdentityRemoved = "KOWALSKA^ANNA", "NO"
        write_file(one, tmp_path / "IN" / f"{one.InstanceNumber}.dcm")
    return tmp_path


# --- one check for each line --------------------------------------------------------------------------


def check_doctor(line: str, here: Path) -> None:
    done = run(line, here)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("All lessons can run here.")


def check_check(line: str, here: Path) -> None:
    copy_workshop(here)
    done = run(line, here)
    for exercise in exercises_of(NOTEBOOKS[1]):
        assert re.search(rf"^{exercise.id} .*TODO", done.stdout, re.MULTILINE), done.stdout
    assert done.returncode == 1, "not everything is passed"


def check_reset(line: str, here: Path) -> None:
    copy_workshop(here)
    path = here / NOTEBOOKS[1].file_name
    pristine = path.read_bytes()
    path.write_bytes(b"{}")
    assert run(line, here).returncode == 0
    assert path.read_bytes() == pristine
    assert [each.read_bytes() for each in here.glob("01_*.backup-*.ipynb")] == [b"{}"]


def check_instructor(line: str, here: Path) -> None:
    assert run(line, here).returncode == 0
    names = {path.name for path in (here / "FOLDER").iterdir()}
    assert {CHECKLIST_NAME, *(f"{NOTES_PREFIX}{notebook.file_name}" for notebook in NOTEBOOKS)} <= names


def check_solve(line: str, here: Path) -> None:
    copy_workshop(here / "FOLDER")
    assert run(line, here).returncode == 0
    solved = here / "FOLDER" / "solved"
    assert {notebook.file_name for notebook in NOTEBOOKS} <= {path.name for path in solved.iterdir()}


def check_view(line: str, here: Path) -> None:
    done = run(line.replace("PATH", "IN"), here)
    assert done.returncode == 0, done.stderr
    page = (here / line.rsplit(maxsplit=1)[-1]).read_text(encoding="utf-8")
    assert "KOWALSKA" not in page
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", page), "one page, offline"


def check_deidentify(line: str, here: Path) -> None:
    done = run(line, here)
    assert done.returncode == 0, done.stderr
    copies = [pydicom.dcmread(path) for path in sorted((here / "OUT").rglob("*.dcm"))]
    assert len(copies) == 2
    assert {str(copy.PatientIdentityRemoved) for copy in copies} == {"YES"}
    assert len({copy.StudyInstanceUID for copy in copies}) == 1, "UIDs that stay consistent"
    assert copies[0].StudyInstanceUID != ct_series(1)[0].StudyInstanceUID
    assert not any("KOWALSKA" in str(copy) for copy in copies)
    (here / "again").mkdir()
    painted = secondary_capture(np.zeros((8, 8), np.uint8), BurnedInAnnotation="YES")
    write_file(painted, here / "again" / "painted.dcm")
    refused = run("dicomkit deidentify again OUT2", here)
    assert refused.returncode != 0
    assert not list(here.glob("OUT2/**/*.dcm")), "a name may be painted into the pixels"


def check_dcmdump(line: str, here: Path) -> None:
    path = here / "IN" / "1.dcm"
    ours = subprocess.run(
        [dicomkit(), line.split()[1], path], capture_output=True, check=True, timeout=DEADLINE_S
    )
    assert b"(0010,0010) PN [KOWALSKA^ANNA]" in ours.stdout


def check_dump2dcm(line: str, here: Path) -> None:
    text = "(0010,0010) PN [A\n(0028,0010) US 70000\n"
    (here / "bad.dump").write_text(text, encoding="ascii")
    done = run(f"{line} bad.dump bad.dcm", here)
    assert done.returncode == 1
    assert not (here / "bad.dcm").exists()
    assert re.findall(r"line (\d)", done.stderr) == ["1", "2"], "all mistakes, with their lines"


def check_img2dcm(line: str, here: Path) -> None:
    shutil.copy(ROOT / "tests" / "data" / "dcmtk" / "image.jpg", here)
    done = run(f"{line} image.jpg OUT.dcm", here)
    assert done.returncode == 0, done.stderr
    assert pydicom.dcmread(here / "OUT.dcm").Rows == 10


def check_dcmdecap(line: str, here: Path) -> None:
    write_file(document(b"%PDF-1.4\n%%EOF\n"), here / "pdf.dcm")
    for status in (0, 1):
        assert run(f"{line} pdf.dcm OUT.pdf", here).returncode == status, "never overwrites"
        assert (here / "OUT.pdf").read_bytes() == b"%PDF-1.4\n%%EOF\n"
        (here / "pdf.dcm").unlink()
        write_file(document(b"another"), here / "pdf.dcm")


def check_echoscu(line: str, here: Path) -> None:
    done = run(f"{line} localhost 1", here)
    assert done.returncode == 1
    assert "nobody listens there" in done.stderr


def check_wire(line: str, here: Path) -> None:
    """Send a compressed file, twice and once with other content, to the kit's own receiver."""
    shutil.copy(bundled("JPEG2000.dcm"), here / "a.dcm")
    command = ["storescp", "--output-directory", ".", "0"]
    with running([dicomkit(), *command], here) as receiver:
        port = receiver.wait_for(r"port (\d+)")[1]
        for _ in range(2):
            assert run(f"dicomkit storescu localhost {port} a.dcm", here).returncode == 0
        assert run(f"dicomkit storescu localhost {port} IN/missing.dcm", here).returncode != 0
        assert receiver.stop() == 0
    [stored] = here.glob("scp_*/*.dcm")
    assert pydicom.dcmread(stored).file_meta.TransferSyntaxUID.is_compressed
    assert line.split()[1] in COMMANDS


def check_archive(line: str, here: Path) -> None:
    """Ask the kit's own archive and its worklist, get a study, and have it sent to here and to another."""
    shutil.copy(bundled("JPEG2000.dcm"), here / "IN" / "compressed.dcm")
    compressed = pydicom.dcmread(here / "IN" / "compressed.dcm")
    (here / "steps").mkdir()
    (here / "steps" / "1.dump").write_text(
        "(0010,0010) PN [NOWAK^JAN]\n(0010,0020) LO [7]\n", encoding="ascii"
    )
    for name in ("GET", "MOVE", "OTHER"):
        (here / name).mkdir()
    port = free_port()
    with StorageSCP(here / "OTHER", max_instance_bytes=2000) as other:
        options = ["--destination", f"ME=localhost:{port}", "--destination", f"OTHER=localhost:{other.port}"]
        command = ["archive", "--worklist", "steps", *options]
        with running([dicomkit(), *command, "IN", "0"], here) as archive:
            place = "localhost " + archive.wait_for(r"port (\d+)")[1]
            steps = run(f"dicomkit findscu {place} -W -k PatientName=N* -k PatientID", here)
            assert "(0010,0010) PN [NOWAK^JAN]" in steps.stdout, steps.stderr
            refused = run(f"dicomkit findscu {place} -S -k QueryRetrieveLevel=SERIES", here)
            assert refused.returncode == 1
            assert "StudyInstanceUID" in refused.stderr
            keys = f"-S -k QueryRetrieveLevel=STUDY -k StudyInstanceUID={compressed.StudyInstanceUID} {place}"
            assert run(f"dicomkit getscu {keys} -od GET", here).returncode == 0
            assert run(f"dicomkit movescu {keys} -aet ME +P {port} -od MOVE", here).returncode == 0
            failed = run(f"dicomkit movescu {keys} -aem OTHER", here)
            assert (failed.returncode, compressed.SOPInstanceUID in failed.stderr) == (1, True), failed.stderr
            assert archive.stop() == 0
    for folder in ("GET", "MOVE"):
        [path] = (here / folder).rglob("*.dcm")
        arrived = pydicom.dcmread(path)
        assert arrived.file_meta.TransferSyntaxUID == compressed.file_meta.TransferSyntaxUID
        assert arrived.PixelData == compressed.PixelData
    assert {path.suffix for path in (here / "IN").iterdir()} == {".dcm"}, "no index"
    assert line.split()[1] in COMMANDS


def check_room(line: str, here: Path) -> None:
    """Open a room, join it and close it, in the README's own words, whichever of the three is asked for."""
    opened, joined, closed = [one for one in CHECKS if one.startswith("dicomkit room")]
    with running([dicomkit(), *shlex.split(opened)[1:]], here) as room:
        room.wait_for(r"30 seats to hand out")
        assert run(joined, here).returncode == 0
        assert run(closed, here).returncode != 0, "still open"
        assert room.stop() == 0
    done = run(closed, here)
    assert (done.returncode, "30 seats" in done.stdout) == (0, True)
    assert not list((here / "ROOM").iterdir())
    assert line in {opened, joined, closed}


def check_watch(line: str, here: Path) -> None:
    twice = [run(f"{line} --once --quiet-period 0.1 IN", here) for _ in range(2)]
    assert [done.returncode for done in twice] == [0, 0]
    assert [done.stdout.count(ct_series(1)[0].StudyInstanceUID) for done in twice] == [1, 0], "announced once"


CHECKS: dict[str, Callable[[str, Path], None]] = {
    "dicomkit doctor": check_doctor,
    "dicomkit check 01": check_check,
    "dicomkit reset 01": check_reset,
    "dicomkit instructor FOLDER": check_instructor,
    "dicomkit solve FOLDER": check_solve,
    "dicomkit view PATH -o page.html": check_view,
    "dicomkit view PATH -o PAGE.html": check_view,
    "dicomkit deidentify IN OUT": check_deidentify,
    "dicomkit dcmdump": check_dcmdump,
    "dicomkit dump2dcm": check_dump2dcm,
    "dicomkit img2dcm": check_img2dcm,
    "dicomkit dcmdecap": check_dcmdecap,
    "dicomkit echoscu": check_echoscu,
    "dicomkit storescu": check_wire,
    "dicomkit storescp": check_wire,
    "dicomkit findscu": check_archive,
    "dicomkit getscu": check_archive,
    "dicomkit movescu": check_archive,
    "dicomkit archive": check_archive,
    "dicomkit watch": check_watch,
    "dicomkit room open ROOM --attendees 30 --wall": check_room,
    "dicomkit room join ROOM/seats/STUDENT07.seat": check_room,
    "dicomkit room close ROOM --delete": check_room,
}


@pytest.mark.parametrize("line", CHECKS)
def test_a_command_line_of_the_readme_does_what_it_promises(line: str, here: Path) -> None:
    CHECKS[line](line, here)


def test_no_command_line_of_the_readme_is_left_out() -> None:
    assert sorted({*command_lines()}) == sorted({*CHECKS, *ELSEWHERE}), "type it in a check of its own"


def test_the_command_of_the_continuous_integration_is_the_readmes() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md | grep -m1 'pytest'" in ci
    assert any(line.endswith("/pytest") for line in ELSEWHERE)


def test_a_copy_of_the_workshop_can_be_put_anywhere(here: Path) -> None:
    done = run("dicomkit lab skel/dicom-workshop --copy-only", here)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (here / "skel" / "dicom-workshop").iterdir()}
    assert {notebook.file_name for notebook in NOTEBOOKS} | {"glossary.md", "times.md"} <= names


# --- sentences ----------------------------------------------------------------------------------------


def test_the_paths_and_the_links_of_the_readme_lead_somewhere() -> None:
    for path in re.findall(r"`((?:notebooks|dicomkit|\.github)/[\w./]+)`", README):
        assert (ROOT / path).exists(), path
    for anchor in re.findall(r"\]\(#([\w-]+)\)", README):
        headings = [
            re.sub(r"[^\w -]", "", line[3:].casefold()) for line in README.splitlines() if line[:3] == "## "
        ]
        assert anchor in [heading.replace(" ", "-") for heading in headings], anchor


def test_what_a_cell_shows_is_read_by_printing_it() -> None:
    shown = picture(panels([np.zeros((8, 8))], ["black"]))
    assert "- black" in str(shown)
    viewer = ImageViewer(ct_series(1, size=16))
    assert str(viewer) == viewer.describe()
    viewer.close()
