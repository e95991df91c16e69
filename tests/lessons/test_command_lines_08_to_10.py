"""Every command line of notebooks 08 to 10, typed: what it promises is there afterwards."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from pydicom import dcmread
from pydicom.uid import JPEGBaseline8Bit

from dicomkit.lessons import checkpoint
from dicomkit.network import StorageSCP
from dicomkit.samples import ct_series
from tests.support.typed_lines import DEADLINE_S, OWN, as_kit, blocks, typed, typed_in_a_window

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the lines are typed into bash")
Peer = Callable[[str], str]

with_dcmtk_and_without = pytest.mark.parametrize("kit", [False, True], ids=["DCMTK", "dicomkit"])


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextlib.contextmanager
def receiver(line: str, folder: Path, peer: Peer, *, kit: bool) -> Iterator[None]:
    """Run a storescp line in a window of its own, until it answers."""
    port = line.rpartition(" ")[2]
    words, program = (as_kit(line), f"{OWN}/dicomkit") if kit else (line, peer("storescp"))
    with typed_in_a_window(words, folder, program) as started:
        if kit:
            started.wait_for(rf"port {port}")
        else:  # DCMTK's says nothing when it is ready
            echo = [peer("echoscu"), "127.0.0.1", port]
            for _ in range(1000):
                if not subprocess.run(echo, check=False, capture_output=True, timeout=DEADLINE_S).returncode:
                    break
            else:
                pytest.fail("storescp does not answer")
        yield


def with_free_ports(script: str) -> str:
    """Return a script with free ports for 11112 and 11113, and half a second of quiet for sixteen."""
    for port in ("11112", "11113"):
        script = script.replace(port, free_port())
    assert "--quiet-period 16 " in script
    return script.replace("--quiet-period 16 ", "--quiet-period 0.5 ")


# --- 08 -------------------------------------------------------------------------------------------------

PROCESS = '#!/bin/sh\nprintf "%s\\n" "$1" "$2" > called.new\nmv called.new called\necho processed\n'


@with_dcmtk_and_without
def test_the_lines_of_notebook_08(tmp_path: Path, peer: Peer, *, kit: bool) -> None:
    if not kit:
        for program in ("storescp", "storescu", "img2dcm"):
            peer(program)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "study").mkdir()
    slices = ct_series(3, size=32)
    for each in slices:
        each.save_as(tmp_path / "study" / f"{each.InstanceNumber}.dcm", enforce_file_format=True)
    slices[0].save_as(tmp_path / "slice.dcm", enforce_file_format=True)
    PIL.Image.fromarray(np.full((16, 16), 99, np.uint8)).save(tmp_path / "montage.jpg")
    (tmp_path / "process.sh").write_text(PROCESS, encoding="ascii")
    (tmp_path / "process.sh").chmod(0o755)

    (tmp_path / "archive").mkdir()
    archive = StorageSCP(tmp_path / "archive", ae_title="ARCHIVE")
    [script] = blocks("08")
    receive, watch, send, make, send_on = with_free_ports(script).splitlines()
    with receiver(receive, tmp_path, peer, kit=kit), archive:
        with typed_in_a_window(watch, tmp_path, f"{OWN}/dicomkit") as watching:
            typed(as_kit(send) if kit else send, tmp_path)
            watching.wait_for("processed")
        typed(as_kit(make) if kit else make, tmp_path)
        to_archive = re.sub(r"(localhost) \d+", rf"\1 {archive.port}", send_on)
        typed(as_kit(to_archive) if kit else to_archive, tmp_path)
        [stored] = archive.wait_for(1, timeout_s=DEADLINE_S)

    study = slices[0].StudyInstanceUID
    folder, uid = (tmp_path / "called").read_text(encoding="utf-8").splitlines()
    assert (Path(folder).name, uid) == (f"scp_{study}", study)
    assert len([path for path in (tmp_path / "inbox" / f"scp_{study}").iterdir() if path.is_file()]) == 3
    montage = dcmread(stored.path)
    assert montage.StudyInstanceUID == study
    assert montage.SeriesInstanceUID != slices[0].SeriesInstanceUID
    assert montage.file_meta.TransferSyntaxUID == JPEGBaseline8Bit


def test_dcmtk_takes_another_study_for_the_end_of_this_one(
    tmp_path: Path, dcmtk_storescp: Callable[..., int]
) -> None:
    """What notebook 08 says of --exec-on-eostudy: the time-out is an hour, and A is announced when B comes."""
    from dicomkit.network import send  # noqa: PLC0415 - with what it sends, only here
    from dicomkit.samples import localiser  # noqa: PLC0415

    script = tmp_path / "hook.sh"
    script.write_text('#!/bin/sh\nbasename "$1" >> "$(dirname "$0")/ended"\n', encoding="ascii")
    script.chmod(0o755)
    words = (
        "--sort-on-study-uid",
        "scp",
        "--exec-on-eostudy",
        f"{script} '#p'",
        "--eostudy-timeout",
        "3600",
        "--exec-sync",
    )
    port = dcmtk_storescp(tmp_path / "inbox", *words)
    images = [localiser(size=16) for _ in range(3)]
    for number, study in enumerate(("1.2.3", "1.2.4", "1.2.3")):
        images[number].StudyInstanceUID, images[number].SOPInstanceUID = study, f"1.2.5.{number}"
        images[number].file_meta.MediaStorageSOPInstanceUID = f"1.2.5.{number}"
        assert send(images[number], "127.0.0.1", port).summary() == "1 stored"
    send(images[2], "127.0.0.1", port)  # it is answered when the hook before it is over
    assert (tmp_path / "ended").read_text(encoding="ascii").split()[:2] == ["scp_1.2.3", "scp_1.2.4"]


# --- 09 -------------------------------------------------------------------------------------------------


def test_the_lines_of_notebook_09(tmp_path: Path, peer: Peer) -> None:
    for program in ("dcmdump", "dcmconv", "dcmodify", "dciodvfy"):
        peer(program)
    slices = checkpoint("09").slices
    (tmp_path / "study").mkdir()
    for number, one in enumerate(slices):
        one.save_as(tmp_path / "study" / f"{number}.dcm", enforce_file_format=True)
    latin_2 = checkpoint("09").slices[0]
    latin_2.SpecificCharacterSet = "ISO_IR 101"
    latin_2.save_as(tmp_path / "slice.dcm", enforce_file_format=True)
    shutil.copy(tmp_path / "study" / "0.dcm", tmp_path / "copy.dcm")

    [script] = blocks("09")
    dump, convert, private, requested, folder, key, profile, validate, search = script.splitlines()
    printed = typed(dump, tmp_path).stdout
    assert "(0008,0005) CS [ISO_IR 101]" in printed
    assert len(printed.splitlines()) == 2
    typed(convert, tmp_path)
    utf8 = dcmread(tmp_path / "utf8.dcm")
    assert utf8.SpecificCharacterSet == "ISO_IR 192"
    assert utf8.PatientName == latin_2.PatientName == "Wiśniewska^Łucja"
    assert "Łucja" in utf8.RequestAttributesSequence[0].RequestedProcedureDescription
    typed(private, tmp_path)
    assert not [each for each in dcmread(tmp_path / "copy.dcm").iterall() if each.tag.is_private]
    typed(requested, tmp_path)
    assert "RequestedProcedureDescription" not in dcmread(tmp_path / "copy.dcm").RequestAttributesSequence[0]
    assert (tmp_path / "copy.dcm.bak").exists()
    typed(f"{folder}\n{key}", tmp_path)
    assert re.fullmatch(r"[0-9a-f]{64}\n", (tmp_path / "keys" / "study.key").read_text(encoding="ascii"))
    typed(profile, tmp_path)
    assert (tmp_path / "report.csv").read_text(encoding="utf-8").count("\n") > 30
    results = sorted((tmp_path / "nobody").rglob("*.dcm"))
    assert len(results) == 3
    assert len({path.parent for path in results}) == 1
    found = typed(
        validate.replace("nobody/STUDY/INSTANCE.dcm", str(results[0].relative_to(tmp_path))), tmp_path
    )
    assert "CTImage" in found.stderr + found.stdout
    assert typed(search, tmp_path, status=1).stdout == ""
    assert len(typed(search.replace("nobody", "study"), tmp_path).stdout.splitlines()) == 3


def test_pydicom_and_dcmtk_bring_a_file_to_utf_8_alike(tmp_path: Path, peer: Peer) -> None:
    """Exercise 09.3 asks for what ``dcmconv +U8`` does, also inside a sequence."""
    from dicomkit.lessons.catalogue import find_exercise  # noqa: PLC0415 - only here

    names: dict[str, Callable[..., object]] = {}
    exec(find_exercise("09.3").solution, names)  # noqa: S102 - the kit's own source
    one = checkpoint("09").slices[0]
    one.SpecificCharacterSet = "ISO_IR 101"
    one.save_as(tmp_path / "old.dcm", enforce_file_format=True)
    subprocess.run(
        [peer("dcmconv"), "+U8", "old.dcm", "dcmtk.dcm"], check=True, cwd=tmp_path, timeout=DEADLINE_S
    )
    ours = dcmread(tmp_path / "old.dcm")
    assert names["to_utf8"](ours) is ours
    ours.save_as(tmp_path / "ours.dcm", enforce_file_format=True)
    theirs = dcmread(tmp_path / "dcmtk.dcm")
    assert [each.value for each in theirs.iterall() if each.VR in {"PN", "LO", "CS"}] == [
        each.value for each in dcmread(tmp_path / "ours.dcm").iterall() if each.VR in {"PN", "LO", "CS"}
    ]


# --- 10 -------------------------------------------------------------------------------------------------


@with_dcmtk_and_without
def test_the_mended_handout_of_notebook_10(tmp_path: Path, peer: Peer, *, kit: bool) -> None:
    peer("convert")
    if not kit:
        for program in ("dump2dcm", "dcmdump", "img2dcm", "storescu", "storescp"):
            peer(program)
    make, react, receive, send = with_free_ports("\n\f".join(blocks("10"))).split("\n\f")
    ready, _, watch = react.strip().rpartition("\n")
    typed(as_kit(make) if kit else make, tmp_path)
    assert (tmp_path / "image.pnm").read_text(encoding="ascii") == checkpoint("10").picture
    three = dcmread(tmp_path / "outbox" / "three.dcm")
    assert (three.PatientID, three.Rows, three.Columns) == ("WORKSHOP01", 10, 10)
    assert three.StudyInstanceUID.endswith(".987655444")
    assert three.SeriesInstanceUID.endswith(".123456789")
    assert three.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    typed(ready, tmp_path)
    with (
        receiver(receive.strip(), tmp_path, peer, kit=kit),
        typed_in_a_window(watch, tmp_path, f"{OWN}/dicomkit") as watching,
    ):
        typed(as_kit(send) if kit else send, tmp_path)
        announced = watching.wait_for(r"study (\S+) is in (\S+)")
    assert announced[1] == three.StudyInstanceUID
    assert announced[2] == f"dicom/scp_{three.StudyInstanceUID}" or announced[2].endswith(
        f"/scp_{three.StudyInstanceUID}"
    )
    [stored] = [
        path for path in (tmp_path / "dicom").rglob("*") if path.is_file() and not path.name.startswith(".")
    ]
    assert dcmread(stored).SOPInstanceUID == three.SOPInstanceUID


def test_the_kit_reads_the_picture_of_notebook_10_itself(tmp_path: Path) -> None:
    make = blocks("10")[0]
    mine = "\n".join(line for line in as_kit(make).splitlines() if not line.startswith("convert"))
    typed(mine.replace("image.jpg", "image.pnm"), tmp_path)
    assert dcmread(tmp_path / "outbox" / "three.dcm").pixel_array.tolist() == 10 * [10 * [255]]
