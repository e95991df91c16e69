"""The command lines of notebooks 06 and 07, typed: with the kit's commands, and with DCMTK's."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

from dicomkit.lessons.catalogue import find_exercise
from dicomkit.network import StorageSCP
from dicomkit.pixels import secondary_capture
from dicomkit.samples import ct_series
from tests.support.lesson_answers import answer_of
from tests.support.notebook_cells import cell
from tests.support.running_commands import dicomkit, running

DEADLINE_S = 60
PROGRAMS = ("storescp", "storescu", "echoscu", "dcmdjpeg")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the lines are typed into bash")


def blocks(number: str, name: str) -> list[list[str]]:
    """Return the lines of each block of shell in a cell."""
    return [
        block.splitlines()
        for block in re.findall(r"^```bash\n(.*?)^```", cell(number, name), re.MULTILINE | re.DOTALL)
    ]


def in_line(number: str, name: str, program: str) -> str:
    """Return the line of a program that is quoted in a sentence."""
    (found,) = re.findall(rf"`({program} [^`]* [^`]*)`", cell(number, name))
    return found


class Tools:
    """One of the two sets of programs, in a folder in which somebody types."""

    def __init__(self, folder: Path, peer: Callable[[str], str] | None) -> None:
        self.folder = folder
        self._peer = peer

    def words(self, program: str) -> str:
        """Return what stands for a program's name in a shell."""
        return self._peer(program) if self._peer is not None else f"{shlex.quote(dicomkit())} {program}"

    def type(self, *lines: str, port: str = "1") -> subprocess.CompletedProcess[str]:
        """Type lines into a shell, with the port that was free; it ends at the first line that fails."""
        functions = "\n".join(
            f'{name}() {{ {self.words(name)} "$@"; }}' for name in PROGRAMS if self._has(name)
        )
        typed = [
            re.sub(r"\b(localhost|archive\.hospital) \d+\b", f"localhost {port}", line) for line in lines
        ]
        return subprocess.run(
            ["bash", "-e", "-u", "-c", "\n".join([functions, *typed])],
            cwd=self.folder, capture_output=True, text=True, check=False, timeout=DEADLINE_S,
        )  # fmt: skip

    def _has(self, name: str) -> bool:
        return self._peer is not None or name != "dcmdjpeg"

    @contextlib.contextmanager
    def receiving(self, line: str) -> Iterator[str]:
        """Type the line of a receiver, which goes on until the block ends; lend the port."""
        *words, last = shlex.split(line)
        assert last == "11112"
        port = "0" if self._peer is None else free_port()
        command = [*shlex.split(self.words(words[0])), *words[1:], port]
        with running(command, self.folder) as program:
            if self._peer is None:
                port = program.wait_for(r"port (\d+)")[1]
            else:
                self._wait_until_it_answers(port)
            yield port

    def _wait_until_it_answers(self, port: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while self.type(f"echoscu localhost {port}", port=port).returncode:
            assert time.monotonic() < deadline, "storescp does not answer"


def free_port() -> str:
    with socket.socket() as probe:  # DCMTK knows no port 0: take one that was free a moment ago
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture(params=["the kit", "DCMTK"])
def tools(request: pytest.FixtureRequest, tmp_path: Path, peer: Callable[[str], str]) -> Tools:
    return Tools(tmp_path, None if request.param == "the kit" else peer)


@pytest.fixture
def dcmtk(tmp_path: Path, peer: Callable[[str], str]) -> Tools:
    return Tools(tmp_path, peer)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with two slices, and one more in a folder in it."""
    folder = tmp_path / "study"
    (folder / "sub").mkdir(parents=True)
    for name, dataset in zip(("one.dcm", "two.dcm", "sub/three.dcm"), ct_series(3, size=16), strict=True):
        dataset.save_as(folder / name, enforce_file_format=True)
    return folder


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """An image in JPEG Baseline."""
    Image.linear_gradient("L").resize((32, 32)).convert("RGB").save(tmp_path / "picture.jpg")
    dataset = secondary_capture(tmp_path / "picture.jpg", series_from=ct_series(1, size=16)[0])
    assert dataset.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    dataset.save_as(tmp_path / "picture.dcm", enforce_file_format=True)
    return tmp_path / "picture.dcm"


def arrived(folder: Path) -> dict[str, Path]:
    return {str(dcmread(path).SOPInstanceUID): path for path in folder.rglob("*") if path.is_file()}


# --- 06 -----------------------------------------------------------------------------------------------


def test_the_two_terminals_of_06(tools: Tools, study: Path) -> None:
    first, second = blocks("06", "practice")
    assert tools.type(*first[:-1]).returncode == 0
    with tools.receiving(first[-1]) as port:
        sent = tools.type(*second, port=port)
    assert sent.returncode == 0, sent.stdout + sent.stderr
    paths = arrived(tools.folder / "inbox")
    assert set(paths) == set(arrived(study))
    study_uid = dcmread(study / "one.dcm").StudyInstanceUID
    assert {path.parent.name for path in paths.values()} == {f"scp_{study_uid}"}


def test_the_folder_has_to_be_made_first(tools: Tools) -> None:
    first, _ = blocks("06", "practice")
    receiver = first[-1].removesuffix("11112") + free_port()
    result = tools.type(receiver)
    assert result.returncode != 0
    assert "inbox: is not a folder; make it first" in result.stderr or "does not exist" in result.stderr


def test_dcmtk_sends_no_folder_with_other_files_in_it(dcmtk: Tools, study: Path) -> None:
    (study / "readme.txt").write_text("no DICOM file", encoding="ascii")
    first, second = blocks("06", "practice")
    assert dcmtk.type(*first[:-1]).returncode == 0
    with dcmtk.receiving(first[-1]) as port:
        assert "Bad DICOM file" in dcmtk.type(*second, port=port).stderr


def test_dcmtks_programs_say_whose_they_are_and_what_is_said(dcmtk: Tools, study: Path) -> None:
    assert study.is_dir()
    for program in ("storescp", "storescu", "echoscu"):
        assert dcmtk.type(f"{program} --version").stdout.startswith("$dcmtk: ")
        theirs = Path(sys.executable).with_name(program)
        found = subprocess.run(
            [sys.executable, theirs, "--version"],
            check=False,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        assert "dcmtk" not in found.stdout + found.stderr
    with StorageSCP(dcmtk.folder, ae_title="ARCHIVE") as scp:
        said = dcmtk.type("storescu -d -aec ARCHIVE localhost 104 study/one.dcm", port=str(scp.port)).stderr
    for message in ("BEGIN A-ASSOCIATE-RQ", "BEGIN A-ASSOCIATE-AC", "C-STORE RQ", "C-STORE RSP"):
        assert message in said


def test_06_1_is_answered_by_the_line_itself(tools: Tools, study: Path) -> None:
    ((line,),) = blocks("06", "exercise-1-text")
    exercise = find_exercise("06.1")
    scu, scp, host, port = answer_of(exercise, exercise.solution)  # type: ignore[misc]
    assert f" {host} {port} study" in line
    (tools.folder / "inbox").mkdir()
    with StorageSCP(tools.folder / "inbox", ae_title=scp, allowed_calling_ae_titles=[scu]) as archive:
        sent = tools.type(line, port=str(archive.port))
        assert sent.returncode == 0, sent.stdout + sent.stderr
        assert archive.received_count >= 2
    for name in ("one.dcm", "two.dcm"):
        assert dcmread(study / name).SOPInstanceUID in {each.sop_instance_uid for each in archive.received}


def test_without_sd_dcmtk_sends_no_folder(dcmtk: Tools, study: Path) -> None:
    ((line,),) = blocks("06", "exercise-1-text")
    assert study.is_dir()
    result = dcmtk.type(line.replace("+sd ", ""))
    assert result.returncode != 0
    assert "--scan-directories" in result.stderr


def test_06_5_is_refused_where_nobody_listens(tools: Tools, study: Path) -> None:
    receiver, sender = (in_line("06", "exercise-5-text", program) for program in ("storescp", "storescu"))
    assert study.is_dir()
    refused = tools.type(sender, port=free_port())
    assert refused.returncode != 0
    assert "connection refused" in (refused.stdout + refused.stderr).casefold()
    with tools.receiving(receiver) as port:  # on the laptop itself localhost is right
        sent = tools.type(sender, port=port)
    assert sent.returncode == 0, sent.stdout + sent.stderr


def test_a_nameless_file_is_refused_and_nh_hides_it(dcmtk: Tools, tmp_path: Path) -> None:
    nameless = ct_series(1, size=16)[0]
    del nameless.SOPClassUID, nameless.SOPInstanceUID
    nameless.save_as(tmp_path / "two.dcm", enforce_file_format=False)
    with StorageSCP(tmp_path) as scp:
        for option, status in (("", 1), ("-nh ", 0)):
            line = f"storescu {option}-aec DICOMKIT localhost 104 two.dcm"
            assert dcmtk.type(line, port=str(scp.port)).returncode == status
        assert scp.received_count == 0


# --- 07 -----------------------------------------------------------------------------------------------


def test_the_two_terminals_of_07(dcmtk: Tools, picture: Path) -> None:
    first, second = blocks("07", "practice")
    assert dcmtk.type(*first[:-1]).returncode == 0
    with dcmtk.receiving(first[-1]) as port:
        as_it_is = dcmtk.type(second[0], port=port)
        stored = next(iter(arrived(dcmtk.folder / "inbox").values()))
        assert dcmread(stored).file_meta.TransferSyntaxUID == JPEGBaseline8Bit
        assert picture.is_file()
        decompressed = dcmtk.type(*second[1:], port=port)
    assert "Presentation Contexts" in as_it_is.stdout + as_it_is.stderr
    assert (as_it_is.returncode, decompressed.returncode) == (0, 0), decompressed.stderr
    assert not dcmread(stored).file_meta.TransferSyntaxUID.is_compressed


def test_the_kits_programs_need_no_xa_and_no_xy(tmp_path: Path, picture: Path) -> None:
    kit = Tools(tmp_path, None)
    first, second = blocks("07", "practice")
    assert kit.type(*first[:-1]).returncode == 0
    with kit.receiving(first[-1].replace("-d +xa ", "")) as port:
        sent = kit.type(second[0].replace("-d -xy ", ""), port=port)
    assert sent.returncode == 0, sent.stdout + sent.stderr
    stored = next(iter(arrived(tmp_path / "inbox").values()))
    assert dcmread(stored).file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert dcmread(stored).PixelData == dcmread(picture).PixelData


@pytest.fixture
def mixed(study: Path, picture: Path) -> str:
    """The folder of 07.7: slices and a picture. Returns the UID of the picture."""
    shutil.move(picture, study / "a_picture.dcm")
    return str(dcmread(study / "a_picture.dcm").SOPInstanceUID)


def nightly(dcmtk: Tools, change: Callable[[str], str] = str) -> tuple[int, set[str]]:
    """Type the colleague's line, changed or not, and return its exit status and what arrived."""
    (dcmtk.folder / "inbox").mkdir(exist_ok=True)
    with StorageSCP(dcmtk.folder / "inbox", ae_title="ARCHIVE") as scp:
        line = change(in_line("07", "exercise-7-text", "storescu"))
        status = dcmtk.type(line, port=str(scp.port)).returncode
        return status, {each.sop_instance_uid for each in scp.received}


def test_07_7_the_pictures_do_not_arrive_and_the_status_hides_it(dcmtk: Tools, mixed: str) -> None:
    status, found = nightly(dcmtk)
    assert status == 0
    assert len(found) == 2
    assert mixed not in found


def test_07_7_b_proposing_jpeg_helps(dcmtk: Tools, mixed: str) -> None:
    status, found = nightly(dcmtk, lambda line: line.replace("-nh", "-nh -xy"))
    assert status == 0
    assert len(found) == 3
    assert mixed in found


def test_07_7_d_decompressed_copies_help(dcmtk: Tools, mixed: str) -> None:
    assert dcmtk.type("dcmdjpeg study/a_picture.dcm study/a_picture.dcm").returncode == 0
    assert mixed in nightly(dcmtk)[1]


def test_07_7_c_another_label_is_refused_at_best(dcmtk: Tools, mixed: str) -> None:
    path = dcmtk.folder / "study" / "a_picture.dcm"
    whole = path.read_bytes()
    label = b"1.2.840.10008.1.2.4.50"
    assert whole.count(label) == 1
    path.write_bytes(whole.replace(label, str(ExplicitVRLittleEndian).encode().ljust(len(label), b"\0")))
    assert mixed not in nightly(dcmtk)[1]


def test_07_7_c_another_label_stores_at_worst_what_nobody_can_open(dcmtk: Tools, mixed: str) -> None:
    path = dcmtk.folder / "study" / "a_picture.dcm"
    picture = dcmread(path)
    picture.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    picture.save_as(path)
    assert mixed in nightly(dcmtk)[1]
    stored = dcmread(arrived(dcmtk.folder / "inbox")[mixed])
    with pytest.raises(ValueError, match="bytes of pixel data is less than expected"):
        _ = stored.pixel_array


def test_07_7_e_without_nh_it_stops_at_the_picture(dcmtk: Tools, mixed: str) -> None:
    status, found = nightly(dcmtk, lambda line: line.replace("-nh ", ""))
    assert status != 0
    assert mixed not in found


def test_07_7_a_with_a_wrong_title_nothing_would_arrive(dcmtk: Tools, mixed: str) -> None:
    status, found = nightly(dcmtk, lambda line: line.replace("ARCHIVE", "OTHER"))
    assert status != 0
    assert found == set(), mixed
