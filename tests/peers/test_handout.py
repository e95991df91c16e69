"""The handout, replayed as a learner types it: all ours, ours read by DCMTK, DCMTK's read by ours, and on the wire.

The scripts below are the handout's own steps. A shell function puts ``dicomkit`` in front of each command, or
nothing at all, and then DCMTK runs.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

from tests.support.dicom_files import data_set_bytes
from tests.support.running_commands import DEADLINE_S, TOOLS, dicomkit, replay, running

DATA = Path(__file__).parents[1] / "data" / "dcmtk"
STUDY = "1.3.6.1.4.1.45037.5.2.1.987655444"
SERIES = "1.3.6.1.4.1.45037.5.2.1.123456789"
# What a program makes up anew at each run, or says about itself.
NOT_COMPARED = re.compile(r"^ *\((0002,00(00|03|12|13|16)|0008,0018)\)")

MAKE = f"""
touch empty.dump
dump2dcm empty.dump one.dcm
dcmdump one.dcm > step2.dump
echo "(0010,0010) PN [WORKSHOP01]" >> step2.dump
echo "(0010,0020) LN [WORKSHOP01]" >> step2.dump
echo "(0020,000D) UI [{STUDY}]" >> step2.dump
echo "(0020,000E) UI [{SERIES}]" >> step2.dump
dump2dcm step2.dump two.dcm
img2dcm --series-from two.dcm image.jpg three.dcm
dcmdump three.dcm > three.dump
"""


def made_by(folder: Path, *, ours: bool) -> Path:
    shutil.copy(DATA / "image.jpg", folder)
    result = replay(MAKE, folder, ours=ours)
    assert result.returncode == 0, result.stderr
    (folder / "stderr").write_text(result.stderr, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the kit has run the first half of the handout."""
    return made_by(tmp_path_factory.mktemp("ours"), ours=True)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory, peer: Callable[[str], str]) -> Path:
    """A folder in which DCMTK has run the same."""
    for tool in TOOLS:
        peer(tool)
    return made_by(tmp_path_factory.mktemp("theirs"), ours=False)


def comparable(dump: str) -> list[str]:
    """Return the lines of a dump without what is new at each run."""
    return [line for line in dump.splitlines() if not NOT_COMPARED.match(line)]


# --- all ours ---------------------------------------------------------------------------------------------


def test_the_files_hold_what_was_typed(ours: Path) -> None:
    three = pydicom.dcmread(ours / "three.dcm")
    assert three.PatientName == "WORKSHOP01"
    assert three.PatientID == "WORKSHOP01"
    assert (three.StudyInstanceUID, three.SeriesInstanceUID) == (STUDY, SERIES)
    assert (three.Rows, three.Columns) == (10, 10)
    assert three.file_meta.TransferSyntaxUID == pydicom.uid.JPEGBaseline8Bit
    assert (DATA / "image.jpg").read_bytes() in (ours / "three.dcm").read_bytes()
    assert len(pydicom.dcmread(ours / "one.dcm")) == 0


def test_the_vr_that_does_not_exist_is_named_with_its_line(ours: Path) -> None:
    lines = [line for line in (ours / "stderr").read_text().splitlines() if " LN " in line]
    typed = (ours / "step2.dump").read_text().splitlines()
    number = next(number for number, line in enumerate(typed, 1) if " LN " in line)
    assert len(lines) == 1
    assert lines[0].startswith("dicomkit dump2dcm: ")
    assert f"line {number}" in lines[0]
    assert "LO" in lines[0]


def test_strict_makes_that_warning_an_error(ours: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [dicomkit(), "dump2dcm", "--strict", ours / "step2.dump", tmp_path / "two.dcm"],
        capture_output=True, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    assert result.returncode != 0
    assert " LN " in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# --- ours, read by DCMTK ----------------------------------------------------------------------------------


# What ours says beyond img2dcm's, so that a strict validator has nothing to add; and where the two differ:
# the ratio (of the whole stream, not without its JFIF header) and the stream (kept whole, byte for byte).
MORE = {"0008,0005", "0008,0008", "0008,0023", "0008,0033", "0008,0060", "0020,0062"}
DIFFERENT = {"0028,2112", "fffe,e000"}


@pytest.mark.parametrize(
    ("name", "added", "replaced"),
    [("one.dcm", set(), set()), ("two.dcm", set(), set()), ("three.dcm", MORE | DIFFERENT, DIFFERENT)],
)
def test_dcmtk_reads_our_files_and_finds_its_own_content(
    ours: Path, theirs: Path, name: str, added: set[str], replaced: set[str]
) -> None:
    read = [
        subprocess.run(
            ["dcmdump", "+L", folder / name], capture_output=True, text=True, check=True, timeout=60
        )
        for folder in (ours, theirs)
    ]
    assert read[0].stderr == ""
    mine, yours = (comparable(result.stdout) for result in read)
    assert tags_of(line for line in mine if line not in yours) == added
    assert tags_of(line for line in yours if line not in mine) == replaced


def tags_of(lines: Iterable[str]) -> set[str]:
    return {line.strip()[1:10] for line in lines}


def test_dcmtk_makes_the_same_file_from_our_dump(
    ours: Path, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    whole = subprocess.run(
        [dicomkit(), "dcmdump", "+L", ours / "three.dcm"], capture_output=True, check=True, timeout=60
    )
    (tmp_path / "three.dump").write_bytes(whole.stdout)
    subprocess.run(
        [peer("dump2dcm"), tmp_path / "three.dump", tmp_path / "three.dcm"], check=True, timeout=60
    )
    again = pydicom.dcmread(tmp_path / "three.dcm")
    assert again == pydicom.dcmread(ours / "three.dcm")


# --- DCMTK's, read by ours --------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["+L"]], ids=["short", "long"])
@pytest.mark.parametrize("name", ["one.dcm", "two.dcm", "three.dcm"])
def test_our_dump_of_dcmtks_file_is_dcmtks_own(theirs: Path, name: str, options: list[str]) -> None:
    ours, dcmtk = (
        subprocess.run(
            [*program, *options, theirs / name], capture_output=True, check=True, timeout=60
        ).stdout
        for program in ([dicomkit(), "dcmdump"], ["dcmdump"])
    )
    assert ours == dcmtk


def test_our_dump2dcm_reads_dcmtks_dump(theirs: Path, tmp_path: Path) -> None:
    subprocess.run(
        [dicomkit(), "dump2dcm", theirs / "step2.dump", tmp_path / "two.dcm"], check=True, timeout=60
    )
    assert pydicom.dcmread(tmp_path / "two.dcm") == pydicom.dcmread(theirs / "two.dcm")


# --- on the wire ------------------------------------------------------------------------------------------


MY_SCRIPT = """#!/usr/bin/env bash
printf '%s\\n' "$@" >> "$(dirname "$0")/calls"
"""


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder with the handout's script, ready to receive."""
    script = tmp_path / "myScript.sh"
    script.write_text(MY_SCRIPT)
    script.chmod(0o755)
    (tmp_path / "dicom").mkdir()
    return tmp_path


def receiver_command() -> list[str | Path]:
    """The handout's storescp line, with the typographic quote put right and a port that is free."""
    return [
        dicomkit(), "storescp", "-v", "--aetitle", "HAUKE",
        "--exec-on-reception", "./myScript.sh '#a' '#c' '#r' '#p' '#f'",
        "--sort-on-study-uid", "scp", "--output-directory", "dicom", "0",
    ]  # fmt: skip


def test_send_receive_react_all_ours(ours: Path, inbox: Path) -> None:
    with running(receiver_command(), inbox) as receiver:
        port = receiver.wait_for(r"port (\d+)")[1]
        sent = replay(f"storescu -v -nh -aet me -aec HAUKE +r +sd localhost {port} .", ours, ours=True)
        assert receiver.stop() == 0
    # one.dcm and two.dcm have no SOP class and no SOP instance UID: said, with the cure; the image is sent.
    assert sent.returncode != 0
    for name in ("one.dcm", "two.dcm"):
        assert re.search(rf"{name}.*\+Ug", sent.stdout + sent.stderr), sent.stdout + sent.stderr
    instance = pydicom.dcmread(ours / "three.dcm").SOPInstanceUID
    stored = inbox / "dicom" / f"scp_{STUDY}" / f"{instance}.dcm"
    assert data_set_bytes(stored) == data_set_bytes(ours / "three.dcm")
    calling, called, host, folder, name = (inbox / "calls").read_text().splitlines()
    assert (calling, called) == ("me", "HAUKE")
    assert host in {"localhost", "127.0.0.1"}
    assert Path(inbox, folder).resolve() / name == stored.resolve()
    listed = subprocess.run(
        [dicomkit(), "watch", "--quiet-period", "0.2", "--once", inbox / "dicom"],
        capture_output=True, text=True, check=True, timeout=DEADLINE_S,
    )  # fmt: skip
    assert STUDY in listed.stdout
    assert listed.stdout.count("\n") == 1


def test_files_with_the_missing_uids_filled_are_sent_like_any_other(
    ours: Path, tmp_path: Path, inbox: Path
) -> None:
    filled = "dump2dcm +Ug step.dump filled.dcm"
    shutil.copy(ours / "step2.dump", tmp_path / "step.dump")
    with (tmp_path / "step.dump").open("a") as dump:
        dump.write("(0008,0016) UI =SecondaryCaptureImageStorage\n")
    assert replay(filled, tmp_path, ours=True).returncode == 0
    with running(receiver_command(), inbox) as receiver:
        port = receiver.wait_for(r"port (\d+)")[1]
        sent = replay(f"storescu -aec HAUKE localhost {port} filled.dcm", tmp_path, ours=True)
        assert sent.returncode == 0, sent.stdout + sent.stderr
        assert receiver.stop() == 0
    assert len(list((inbox / "dicom").rglob("*.dcm"))) == 1


REAL = ["CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm"]


def real_files(folder: Path) -> list[Path]:
    found = [Path(str(get_testdata_file(name, download=False))) for name in REAL]
    return [Path(shutil.copy(path, folder)) for path in found]


def test_real_files_arrive_as_they_were_sent(tmp_path: Path, inbox: Path) -> None:
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    files = real_files(outbox)
    for path in files:
        printed = subprocess.run([dicomkit(), "dcmdump", path], capture_output=True, check=True, timeout=60)
        assert b"(7fe0,0010)" in printed.stdout
    with (
        running(receiver_command(), inbox) as receiver,
        running([dicomkit(), "watch", "--quiet-period", "1", "dicom"], inbox) as watcher,
    ):
        port = receiver.wait_for(r"port (\d+)")[1]
        sent = replay(f"storescu -v -nh -aet me -aec HAUKE +r +sd localhost {port} .", outbox, ours=True)
        assert sent.returncode == 0, sent.stdout + sent.stderr
        for path in files:
            watcher.wait_for(re.escape(pydicom.dcmread(path).StudyInstanceUID))
        assert receiver.stop() == 0
        assert watcher.stop() in {0, 130}
    stored = {path.stem: path for path in (inbox / "dicom").rglob("*.dcm")}
    assert len(stored) == len(files)
    for path in files:
        assert data_set_bytes(stored[pydicom.dcmread(path).SOPInstanceUID]) == data_set_bytes(path)


def content(path: Path) -> pydicom.Dataset:
    """Return a data set without its trailing padding, which means nothing and which DCMTK does not pass on."""
    dataset = pydicom.dcmread(path)
    dataset.pop(0xFFFCFFFC, None)  # PS3.10 section 7.2
    return dataset


def test_our_receiver_takes_what_dcmtk_sends(tmp_path: Path, inbox: Path, peer: Callable[[str], str]) -> None:
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    files = real_files(outbox)[:2]
    with running(receiver_command(), inbox) as receiver:
        port = receiver.wait_for(r"port (\d+)")[1]
        subprocess.run(
            [peer("storescu"), "-aet", "me", "-aec", "HAUKE", "localhost", port, *files],
            check=True, timeout=DEADLINE_S,
        )  # fmt: skip
        assert receiver.stop() == 0
    stored = {path.stem: path for path in (inbox / "dicom").rglob("*.dcm")}
    for path in files:
        original = content(path)
        assert content(stored[original.SOPInstanceUID]) == original
    assert (inbox / "calls").read_text().count("\n") == 5 * len(files)


def test_dcmtks_receiver_takes_what_we_send(
    tmp_path: Path, ours: Path, dcmtk_storescp: Callable[..., int]
) -> None:
    received = tmp_path / "received"
    # +xa: DCMTK's receiver takes compressed files only when it is told to.
    port = dcmtk_storescp(received, "+xa", "--aetitle", "HAUKE", "--sort-on-study-uid", "scp")
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    files = [*real_files(outbox), Path(shutil.copy(ours / "three.dcm", outbox))]
    sent = replay(f"storescu -v -nh -aet me -aec HAUKE +r +sd localhost {port} .", outbox, ours=True)
    assert sent.returncode == 0, sent.stdout + sent.stderr
    stored = {pydicom.dcmread(path).SOPInstanceUID: path for path in received.rglob("*") if path.is_file()}
    for path in files:
        original = content(path)
        assert content(stored[original.SOPInstanceUID]) == original
