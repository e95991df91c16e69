"""``dicomkit dump2dcm`` as it is typed, beside DCMTK's."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread

from dicomkit.cli import main
from dicomkit.errors import NotDicomError
from dicomkit.files import read_file
from dicomkit.uids import IMPLEMENTATION_CLASS_UID
from tests.support.dicom_files import element, implicit_element, part10

ADDED = """\
(0010,0010) PN [WORKSHOP01]
(0010,0020) LN [WORKSHOP01]
(0020,000D) UI [1.3.6.1.4.1.45037.5.2.1.987655444]
(0020,000E) UI [1.3.6.1.4.1.45037.5.2.1.123456789]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dump_of(dcmdump: str, path: str) -> list[str]:
    return subprocess.run([dcmdump, path], capture_output=True, text=True, check=True).stdout.splitlines()


def test_an_empty_dump_makes_the_file_that_dump2dcm_makes(peer: Callable[[str], str]) -> None:
    Path("empty.dump").touch()
    subprocess.run([peer("dump2dcm"), "empty.dump", "theirs.dcm"], capture_output=True, check=True)
    assert main(["dump2dcm", "empty.dump", "ours.dcm"]) == 0
    ours, theirs = dump_of(peer("dcmdump"), "ours.dcm"), dump_of(peer("dcmdump"), "theirs.dcm")
    own = ("(0002,0000)", "(0002,0003)", "(0002,0012)", "(0002,0013)")  # lengths, a new UID, and who wrote it
    assert [line[:11] for line in ours] == [line[:11] for line in theirs]
    assert [line for line in ours if not line.startswith(own)] == [
        line for line in theirs if not line.startswith(own)
    ]
    assert dcmread("ours.dcm").file_meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID


def test_the_handout(peer: Callable[[str], str], capfd: pytest.CaptureFixture[str]) -> None:
    Path("empty.dump").touch()
    assert main(["dump2dcm", "empty.dump", "one.dcm"]) == 0
    text = (
        subprocess.run([peer("dcmdump"), "one.dcm"], capture_output=True, text=True, check=True).stdout
        + ADDED
    )
    Path("step2.dump").write_text(text, encoding="utf-8")
    number = text.splitlines().index("(0010,0020) LN [WORKSHOP01]") + 1
    capfd.readouterr()
    assert main(["dump2dcm", "step2.dump", "two.dcm"]) == 0
    message = capfd.readouterr().err
    assert message.count("\n") == 1
    assert f"line {number}, column 13" in message
    assert "VR LN does not exist; the dictionary's LO is used" in message
    two = dcmread("two.dcm")
    assert (two.PatientID, two["PatientID"].VR) == ("WORKSHOP01", "LO")
    assert two.file_meta.MediaStorageSOPInstanceUID == dcmread("one.dcm").file_meta.MediaStorageSOPInstanceUID
    subprocess.run([peer("dump2dcm"), "step2.dump", "theirs.dcm"], capture_output=True, check=True)
    assert two == dcmread("theirs.dcm")


def test_strict_writes_nothing(capfd: pytest.CaptureFixture[str], folder: Path) -> None:
    Path("step2.dump").write_text(ADDED, encoding="utf-8")
    assert main(["dump2dcm", "--strict", "step2.dump", "two.dcm"]) == 1
    assert "VR LN does not exist" in capfd.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["step2.dump"]


def test_one_line_for_each_error_and_the_old_file_stays(
    capfd: pytest.CaptureFixture[str], folder: Path
) -> None:
    Path("bad.dump").write_text(
        "(0010,0010) PN [GEHEIM\n(0028,0010) US 70000\n" + "hello\n" * 30, encoding="utf-8"
    )
    Path("out.dcm").write_bytes(b"old")
    assert main(["dump2dcm", "bad.dump", "out.dcm"]) == 1
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 21
    assert all(line.startswith("dicomkit dump2dcm: bad.dump: ") for line in lines)
    assert "line 1," in lines[0]
    assert lines[-1].endswith("12 more problems are not shown")
    assert "GEHEIM" not in "".join(lines)
    assert Path("out.dcm").read_bytes() == b"old"
    assert sorted(path.name for path in folder.iterdir()) == ["bad.dump", "out.dcm"]


@pytest.mark.parametrize(
    "text", ["", "(0008,0018) UI [1.2.3]\n", "(0020,000d) UI\n(0008,0016) UI =MRImageStorage\n"]
)
def test_missing_uids_are_generated_as_dcmtk_does(text: str, peer: Callable[[str], str]) -> None:
    Path("in.dump").write_text(text, encoding="utf-8")
    subprocess.run([peer("dump2dcm"), "+Ug", "in.dump", "theirs.dcm"], capture_output=True, check=True)
    assert main(["dump2dcm", "+Ug", "+l", "9000", "in.dump", "ours.dcm"]) == 0
    ours, theirs = dcmread("ours.dcm"), dcmread("theirs.dcm")
    assert list(ours.keys()) == list(theirs.keys())
    assert ours.file_meta.MediaStorageSOPInstanceUID == ours.SOPInstanceUID
    assert ours.file_meta.MediaStorageSOPClassUID == theirs.file_meta.MediaStorageSOPClassUID
    assert ours.StudyInstanceUID != ours.SeriesInstanceUID
    if "1.2.3" in text:
        assert ours.SOPInstanceUID == theirs.SOPInstanceUID == "1.2.3"


def test_a_generated_instance_is_named_in_group_2_as_well(capfd: pytest.CaptureFixture[str]) -> None:
    Path("in.dump").write_text("(0002,0003) UI [1.2.3]\n", encoding="utf-8")
    assert main(["dump2dcm", "+Ug", "in.dump", "out.dcm"]) == 0
    made = dcmread("out.dcm")
    assert made.file_meta.MediaStorageSOPInstanceUID == made.SOPInstanceUID
    assert "no SOP Class UID" in capfd.readouterr().err


def test_group_2_that_contradicts_the_data_set_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    Path("in.dump").write_text("(0002,0003) UI [9.9.9]\n(0008,0018) UI [1.2.3]\n", encoding="utf-8")
    assert main(["dump2dcm", "in.dump", "out.dcm"]) == 0
    assert "MediaStorageSOPInstanceUID in group 0002 is not that of the data set" in capfd.readouterr().err
    assert dcmread("out.dcm").file_meta.MediaStorageSOPInstanceUID == "9.9.9"


def test_pixel_files_of_dcmdump_are_found(peer: Callable[[str], str]) -> None:
    source = Path(__file__).parents[1] / "data" / "dcmtk" / "jpeg_gray_48x64.dcm"
    Path("raw").mkdir()
    done = subprocess.run([peer("dcmdump"), "+W", "raw", source], capture_output=True, check=True)
    Path("in.dump").write_bytes(done.stdout)
    assert main(["dump2dcm", "in.dump", "out.dcm"]) == 0
    assert dcmread("out.dcm") == dcmread(source)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"(0010,0020) LO [x]\n")))
    assert main(["dump2dcm", "-", "out.dcm"]) == 0
    assert dcmread("out.dcm").PatientID == "x"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nofile.dump", "out.dcm"], "nofile.dump: cannot be read"),
        (["."[:1], "out.dcm"], "cannot be read"),
        (["in.dump", "nofolder/out.dcm"], "out.dcm: cannot be written"),
        (["in.dump"], "OUT.dcm"),
        (["+l", "x", "in.dump", "out.dcm"], "invalid int value"),
    ],
)
def test_bad_arguments_are_one_line(words: list[str], said: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path("in.dump").touch()
    assert main(["dump2dcm", *words]) != 0
    message = capfd.readouterr().err
    assert message.count("\n") == 1
    assert said in message


def test_bytes_that_are_no_text_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    source = Path(__file__).parents[1] / "data" / "dcmtk" / "two.dcm"
    assert main(["dump2dcm", str(source), "out.dcm"]) == 1
    message = capfd.readouterr().err
    assert "does not begin with a tag" in message
    assert message.isascii() or "…" in message
    assert "\x00" not in message


BARE = element(0x00100010, "PN", b"A^B "), element(0x00104000, "LT", b"long " * 40)


@pytest.mark.parametrize(
    "bare",
    [
        b"".join(BARE),
        part10(b"".join(BARE))[132:],
        implicit_element(0x00100010, b"A^B ") + implicit_element(0x00104000, b"long " * 40),
        element(0x00100010, "PN", b"A^B ", ">") + element(0x00104000, "LT", b"long " * 40, ">"),
    ],
    ids=["explicit", "with group 0002", "implicit", "big endian"],
)
def test_the_way_out_for_a_bare_data_set(bare: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """On the command line, 'dcmdump +L' and 'dump2dcm' make a DICOM file of it."""
    Path("bare.dcm").write_bytes(bare)
    with pytest.raises(NotDicomError, match=r'repair="(meta|preamble)"'):
        read_file("bare.dcm")
    assert main(["dcmdump", "+L", "bare.dcm"]) == 0
    Path("bare.dump").write_text(capsys.readouterr().out)
    assert main(["dump2dcm", "bare.dump", "whole.dcm"]) == 0
    dataset = read_file("whole.dcm")
    assert (dataset.PatientName, dataset.PatientComments) == ("A^B", "long " * 39 + "long")


def made_of(*words: str, closed: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own, with one of its streams closed as a shell does it."""
    code = "import sys; from dicomkit.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *words]
    if closed:
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", *command]
    return subprocess.run(command, capture_output=True, check=False, timeout=120)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_device_is_written_to_and_stays() -> None:
    # Through a link: a program that is wrong takes the link away, and not the device of this computer.
    Path("added.dump").write_text(ADDED, encoding="ascii")
    Path("full.dcm").symlink_to("/dev/full")
    done = made_of("dump2dcm", "added.dump", "full.dcm")
    assert done.returncode == 1
    assert (
        done.stderr.decode()
        .splitlines()[-1]
        .startswith("dicomkit dump2dcm: full.dcm: cannot be written (No space left")
    )
    assert Path("full.dcm").is_symlink()
    Path("nothing.dcm").symlink_to("/dev/null")
    assert made_of("dump2dcm", "added.dump", "nothing.dcm").returncode == 0
    assert Path("nothing.dcm").is_char_device()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_written_to_and_stays() -> None:
    Path("added.dump").write_text(ADDED, encoding="ascii")
    os.mkfifo("pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader:
        try:
            status = made_of("dump2dcm", "added.dump", "pipe").returncode
            content, _ = reader.communicate(timeout=60)
        finally:
            reader.kill()
    assert status == 0
    assert content[128:132] == b"DICM"
    assert Path("pipe").is_fifo()


def test_a_link_is_followed() -> None:
    Path("added.dump").write_text(ADDED, encoding="ascii")
    for target in ("there.dcm", "not-yet.dcm"):
        link = Path(f"link-to-{target}")
        link.symlink_to(target)
        if target == "there.dcm":
            Path(target).write_bytes(b"old")
        assert main(["dump2dcm", "added.dump", str(link)]) == 0
        assert link.is_symlink()
        assert Path(target).read_bytes()[128:132] == b"DICM"


def test_a_hyphen_is_standard_output_as_it_is_for_dump2dcm(peer: Callable[[str], str]) -> None:
    Path("added.dump").write_text(ADDED, encoding="ascii")
    theirs = subprocess.run(
        [peer("dump2dcm"), "-q", "added.dump", "-"], capture_output=True, check=True, timeout=60
    )
    done = made_of("dump2dcm", "added.dump", "-")
    assert done.returncode == 0
    assert theirs.stdout[128:132] == done.stdout[128:132] == b"DICM"
    assert not Path("-").exists()


def test_the_dump_is_not_replaced_by_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("added.dump").write_text(ADDED, encoding="ascii")
    os.link("added.dump", "another-name")
    for output in ("added.dump", "./added.dump", "another-name"):
        assert main(["dump2dcm", "added.dump", output]) == 2
        assert "overwrite its own input" in capsys.readouterr().err
    assert Path("added.dump").read_text(encoding="ascii") == ADDED


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams as a POSIX shell does")
@pytest.mark.parametrize("words", [["dump2dcm", "-", "out.dcm"], ["dcmdump", "-"]])
def test_a_closed_standard_input_is_empty(words: list[str]) -> None:
    done = made_of(*words, closed="<&-")
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams as a POSIX shell does")
def test_a_closed_standard_output_is_one_line() -> None:
    Path("added.dump").write_text(ADDED, encoding="ascii")
    assert made_of("dump2dcm", "added.dump", "out.dcm", closed=">&-").returncode == 0
    done = made_of("dcmdump", "out.dcm", closed=">&-")
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("dicomkit dcmdump: standard output: cannot be written")
