"""Our archive against real clients, and our client against real archives: DCMTK and Orthanc, both ways."""

from __future__ import annotations

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from dicomkit.archive.identifiers import item_of, to_dataset
from dicomkit.archive.key_texts import item_of_texts
from dicomkit.dump import parse_dump
from dicomkit.files.writing import write_file
from dicomkit.network import Archive, EventReports, StorageSCP, commit, find, get, move, send
from dicomkit.samples import ct_series
from tests.support.byte_peer import DEADLINE_S, stored_files, wait_until
from tests.support.dicom_files import bundled
from tests.support.other_archives import OtherArchive, dcmqrscp, free_port, orthanc, wlmscpfs
from tests.support.stored_data_sets import CT

ENTRY = """\
(0008,0005) CS [ISO_IR 100]
(0008,0050) SH [ACC1]
(0010,0010) PN [DOE^JANE]
(0010,0020) LO [P1]
(0010,0030) DA [19700615]
(0010,0040) CS [F]
(0020,000d) UI [2.25.9]
(0032,1060) LO [CT HEAD]
(0040,0100) SQ
  (fffe,e000) na
    (0008,0060) CS [CT]
    (0040,0001) AE [SCANNER1]
    (0040,0002) DA [20240131]
    (0040,0003) TM [093000]
    (0040,0006) PN [WHO^DR]
    (0040,0007) LO [HEAD]
    (0040,0009) SH [STEP1]
  (fffe,e00d) na
(fffe,e0dd) na
(0040,1001) SH [RP1]
"""


@pytest.fixture
def study(tmp_path: Path) -> list[Dataset]:
    """Return a study of four slices, which lies in the folder ``archive``."""
    (tmp_path / "archive").mkdir()
    instances = ct_series(4, size=16)
    for number, dataset in enumerate(instances):
        write_file(dataset, tmp_path / "archive" / f"{number}.dcm")
    return list(instances)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[StorageSCP]:
    """Return a receiver that archives may send to, as ME."""
    (tmp_path / "received").mkdir()
    with StorageSCP(tmp_path / "received", ae_title="ME") as scp:
        yield scp


@pytest.fixture
def archive(tmp_path: Path, study: list[Dataset], receiver: StorageSCP) -> Iterator[Archive]:
    """Return our archive over that study."""
    assert study
    with Archive(tmp_path / "archive", destinations={"ME": ("127.0.0.1", receiver.port)}) as running:
        yield running
        running.check()


@pytest.fixture(params=["Orthanc", "dcmqrscp"])
def other(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    study: list[Dataset],
    receiver: StorageSCP,
    peer: Callable[[str], str],
) -> Iterator[OtherArchive]:
    """Return an archive that is not ours, with that study in it."""
    start = {"Orthanc": orthanc, "dcmqrscp": dcmqrscp}[request.param]
    with start(peer(request.param), tmp_path / request.param, destinations={"ME": receiver.port}) as running:
        send(study, "127.0.0.1", running.port, called_ae_title=running.ae_title).raise_on_failure()
        yield running


def run(*command: object, check: bool = True) -> str:
    """Run a client of DCMTK, and return what it says."""
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=DEADLINE_S,
    )
    said = done.stdout.decode("latin-1")
    assert not check or done.returncode == 0, said
    return said


def answers_of(folder: Path) -> list[Dataset]:
    """Return the answers that findscu has written, without the head that they lack."""
    return [dcmread(path, force=True) for path in sorted(folder.glob("rsp*.dcm"))]


# --- clients of DCMTK and our archive


@pytest.mark.parametrize(
    ("model", "keys", "expected"),
    [
        (
            "-S",
            ["0008,0052=STUDY", "PatientName=WORK*", "StudyInstanceUID", "NumberOfStudyRelatedInstances"],
            1,
        ),
        ("-S", ["0008,0052=STUDY", "PatientName=NOBODY", "StudyInstanceUID"], 0),
        ("-P", ["0008,0052=PATIENT", "PatientID=WORKSHOP01", "PatientName"], 1),
        ("-P", ["0008,0052=STUDY", "PatientID=WORKSHOP01", "StudyInstanceUID"], 1),
        ("-S", ["0008,0052=SERIES", "StudyInstanceUID={study}", "SeriesInstanceUID", "Modality=CT"], 1),
        (
            "-S",
            ["0008,0052=IMAGE", "StudyInstanceUID={study}", "SeriesInstanceUID={series}", "SOPInstanceUID"],
            4,
        ),
        ("-S", ["0008,0052=STUDY", "StudyDate=20220901-20220930"], 1),
        ("-S", ["0008,0052=STUDY", "StudyDate=-20220901"], 0),
    ],
)
def test_findscu_asks_us(
    tmp_path: Path,
    peer: Callable[[str], str],
    archive: Archive,
    study: list[Dataset],
    model: str,
    keys: list[str],
    expected: int,
) -> None:
    uids = {"study": study[0].StudyInstanceUID, "series": study[0].SeriesInstanceUID}
    (tmp_path / "answers").mkdir()
    words = [word for key in keys for word in ("-k", key.format(**uids))]
    run(
        peer("findscu"),
        "-v",
        model,
        "-aec",
        "DICOMKIT",
        "-X",
        "-od",
        tmp_path / "answers",
        *words,
        "127.0.0.1",
        archive.port,
    )
    answers = answers_of(tmp_path / "answers")
    assert len(answers) == expected
    if "NumberOfStudyRelatedInstances" in keys:
        assert (answers[0].NumberOfStudyRelatedInstances, answers[0].PatientName) == (4, study[0].PatientName)


@pytest.mark.parametrize(
    ("model", "keys", "words"),
    [
        ("-S", ["0008,0052=SERIES", "Modality=CT"], "0xa900"),
        ("-S", ["0008,0052=PATIENT", "PatientID=1"], "0xa900"),
        ("-S", ["0008,0052=STUDY", "Modality=CT"], "0xa900"),
        ("-S", ["PatientID=1"], "0xa900"),
    ],
)
def test_findscu_hears_what_is_wrong(
    peer: Callable[[str], str], archive: Archive, model: str, keys: list[str], words: str
) -> None:
    typed = [word for key in keys for word in ("-k", key)]
    said = run(
        peer("findscu"), "-d", model, "-aec", "DICOMKIT", *typed, "127.0.0.1", archive.port, check=False
    )
    assert words in said
    assert "ErrorComment" in said


@pytest.mark.parametrize("model", ["-S", "-P"])
def test_getscu_gets_from_us(
    tmp_path: Path, peer: Callable[[str], str], archive: Archive, study: list[Dataset], model: str
) -> None:
    (tmp_path / "got").mkdir()
    keys = ["-k", "0008,0052=STUDY", "-k", f"StudyInstanceUID={study[0].StudyInstanceUID}"]
    keys += ["-k", "PatientID=WORKSHOP01"] if model == "-P" else []
    run(peer("getscu"), model, "-aec", "DICOMKIT", "-od", tmp_path / "got", *keys, "127.0.0.1", archive.port)
    got = [dcmread(path) for path in stored_files(tmp_path / "got")]
    assert sorted(one.SOPInstanceUID for one in got) == sorted(one.SOPInstanceUID for one in study)
    assert {one.SOPInstanceUID: one.PixelData for one in got} == {
        one.SOPInstanceUID: one.PixelData for one in study
    }


@pytest.mark.parametrize(
    "name", ["MR_small_implicit.dcm", "JPEG2000.dcm", "MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm"]
)
def test_getscu_gets_what_it_could_not_take_as_it_lies(
    tmp_path: Path, peer: Callable[[str], str], name: str
) -> None:
    # By default getscu takes no compressed transfer syntax: the archive converts.
    dataset = dcmread(bundled(name))
    dataset.StudyInstanceUID = dataset.get("StudyInstanceUID") or "2.25.5"
    (tmp_path / "a").mkdir()
    (tmp_path / "got").mkdir()
    dataset.save_as(tmp_path / "a" / "one.dcm")
    with Archive(tmp_path / "a") as archive:
        keys = ["-k", "0008,0052=STUDY", "-k", f"StudyInstanceUID={dataset.StudyInstanceUID}"]
        run(
            peer("getscu"),
            "-S",
            "-aec",
            "DICOMKIT",
            "-od",
            tmp_path / "got",
            *keys,
            "127.0.0.1",
            archive.port,
        )
        archive.check()
    (path,) = stored_files(tmp_path / "got")
    got = dcmread(path)
    assert not got.file_meta.TransferSyntaxUID.is_compressed
    assert (got.pixel_array == dataset.pixel_array).all()


@pytest.mark.parametrize("model", ["-S", "-P"])
def test_movescu_has_us_send(
    peer: Callable[[str], str], archive: Archive, study: list[Dataset], receiver: StorageSCP, model: str
) -> None:
    keys = ["-k", "0008,0052=STUDY", "-k", f"StudyInstanceUID={study[0].StudyInstanceUID}"]
    keys += ["-k", "PatientID=WORKSHOP01"] if model == "-P" else []
    run(peer("movescu"), model, "-aec", "DICOMKIT", "-aem", "ME", *keys, "127.0.0.1", archive.port)
    assert {one.sop_instance_uid for one in receiver.wait_for(4)} == {one.SOPInstanceUID for one in study}


def test_movescu_receives_by_itself(
    tmp_path: Path, peer: Callable[[str], str], archive: Archive, study: list[Dataset]
) -> None:
    (tmp_path / "moved").mkdir()
    port = free_port()
    archive.destinations["MOVESCU"] = ("127.0.0.1", port)
    keys = ["-k", "0008,0052=SERIES", "-k", f"StudyInstanceUID={study[0].StudyInstanceUID}"]
    keys += ["-k", f"SeriesInstanceUID={study[0].SeriesInstanceUID}"]
    command = [peer("movescu"), "-S", "+P", port, "-aec", "DICOMKIT", "-od", tmp_path / "moved", *keys]
    run(*command, "127.0.0.1", archive.port)
    assert len(stored_files(tmp_path / "moved")) == 4


def test_movescu_hears_that_nobody_knows_the_destination(
    peer: Callable[[str], str], archive: Archive, study: list[Dataset]
) -> None:
    keys = ["-k", "0008,0052=STUDY", "-k", f"StudyInstanceUID={study[0].StudyInstanceUID}"]
    command = [peer("movescu"), "-d", "-S", "-aec", "DICOMKIT", "-aem", "NOBODY", *keys]
    said = run(*command, "127.0.0.1", archive.port, check=False)
    assert "MoveDestinationUnknown" in said or "A801" in said.upper(), said
    assert "move destination unknown: NOBODY" in said


# --- our client and other archives


def test_we_find_at_each_level(other: OtherArchive, study: list[Dataset]) -> None:
    titles = {"called_ae_title": other.ae_title}
    uid, series = study[0].StudyInstanceUID, study[0].SeriesInstanceUID
    for keys, level, model, count in (
        ({"PatientName": "WORK*", "StudyInstanceUID": ""}, "STUDY", "study", 1),
        ({"PatientID": "WORKSHOP01"}, "PATIENT", "patient", 1),
        ({"StudyInstanceUID": uid, "SeriesInstanceUID": "", "Modality": "CT"}, "SERIES", "study", 1),
        ({"StudyInstanceUID": uid, "SeriesInstanceUID": series, "SOPInstanceUID": ""}, "IMAGE", "study", 4),
        ({"StudyInstanceUID": "1.2.3"}, "STUDY", "study", 0),
    ):
        report = find(keys, "127.0.0.1", other.port, level=level, model=model, **titles)
        report.raise_on_failure()
        assert len(report) == count, (keys, report.summary())
        assert report.is_complete


def test_we_get_and_we_have_it_moved(
    tmp_path: Path, other: OtherArchive, study: list[Dataset], receiver: StorageSCP
) -> None:
    keys = {"StudyInstanceUID": study[0].StudyInstanceUID}
    titles = {"called_ae_title": other.ae_title}
    (tmp_path / "got").mkdir()
    report = get(keys, "127.0.0.1", other.port, folder=tmp_path / "got", **titles)
    report.raise_on_failure()
    assert (report.completed, len(report.received), report.failed) == (4, 4, 0)
    assert {dcmread(path).SOPInstanceUID for path in report.paths} == {one.SOPInstanceUID for one in study}
    moved = move(keys, "127.0.0.1", other.port, destination="ME", **titles)
    moved.raise_on_failure()
    assert (moved.completed, moved.failed) == (4, 0)
    assert len(receiver.wait_for(4)) == 4
    unknown = move(keys, "127.0.0.1", other.port, destination="NOBODY", **titles)
    # PS3.4 Table C.4-2 has A801H for it; Orthanc says C000H.
    assert unknown.status == {"QRSCP": 0xA801, "ORTHANC": 0xC000}[other.ae_title]
    assert not unknown.is_complete


def test_without_role_selection_dcmqrscp_cannot_send(
    tmp_path: Path, other: OtherArchive, study: list[Dataset]
) -> None:
    (tmp_path / "got").mkdir()
    report = get(
        {"StudyInstanceUID": study[0].StudyInstanceUID},
        "127.0.0.1",
        other.port,
        folder=tmp_path / "got",
        called_ae_title=other.ae_title,
        role_selection=False,
    )
    # Orthanc sends all the same, against PS3.7 section D.3.3.4.
    assert (report.status, len(report.received)) == {"QRSCP": (0xA702, 0), "ORTHANC": (0, 4)}[other.ae_title]


# --- Orthanc as a client of our archive


def rest(archive: OtherArchive, path: str, body: object = None) -> object:
    """Ask Orthanc's own interface."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{archive.http_port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:  # noqa: S310 - on this computer
        return json.loads(answer.read() or b"null")


@pytest.fixture
def asking_orthanc(tmp_path: Path, peer: Callable[[str], str], archive: Archive) -> Iterator[OtherArchive]:
    """Return an Orthanc that knows our archive, and is known to it."""
    folder = tmp_path / "orthanc"
    with orthanc(peer("Orthanc"), folder, destinations={"DICOMKIT": archive.port}) as running:
        archive.destinations["ORTHANC"] = ("127.0.0.1", running.port)
        yield running


def test_orthanc_queries_and_retrieves_from_us(
    asking_orthanc: OtherArchive, archive: Archive, study: list[Dataset]
) -> None:
    query = {"Level": "Study", "Query": {"PatientName": "WORK*", "StudyInstanceUID": ""}}
    asked = rest(asking_orthanc, "/modalities/DICOMKIT/query", query)
    found = rest(asking_orthanc, f"{asked['Path']}/answers/0/content?simplify")  # type: ignore[index]
    assert found["StudyInstanceUID"] == study[0].StudyInstanceUID  # type: ignore[index]
    rest(asking_orthanc, f"{asked['Path']}/retrieve", {"TargetAet": "ORTHANC", "Synchronous": True})  # type: ignore[index]
    assert len(rest(asking_orthanc, "/instances")) == 4  # type: ignore[arg-type]
    archive.check()


def test_orthanc_asks_us_to_commit(
    asking_orthanc: OtherArchive, archive: Archive, study: list[Dataset]
) -> None:
    references = [[CT, study[0].SOPInstanceUID], [CT, study[1].SOPInstanceUID], [CT, "2.25.404"]]
    asked = rest(asking_orthanc, "/modalities/DICOMKIT/storage-commitment", {"DicomInstances": references})
    path = f"/storage-commitment/{asked['ID']}"  # type: ignore[index]
    wait_until(lambda: rest(asking_orthanc, path)["Status"] != "Pending")  # type: ignore[index]
    report = rest(asking_orthanc, path)
    assert report["Status"] == "Failure"  # type: ignore[index]
    assert {one["SOPInstanceUID"] for one in report["Success"]} == {one.SOPInstanceUID for one in study[:2]}  # type: ignore[index]
    (failed,) = report["Failures"]  # type: ignore[index]
    assert (failed["SOPInstanceUID"], failed["FailureReason"]) == ("2.25.404", 0x0112)
    archive.check()


def test_orthanc_commits_what_it_has_to_us(
    tmp_path: Path, peer: Callable[[str], str], study: list[Dataset]
) -> None:
    (tmp_path / "mine").mkdir()
    reports = EventReports()
    with (
        StorageSCP(tmp_path / "mine", ae_title="SCANNER", operations=reports) as scp,
        orthanc(peer("Orthanc"), tmp_path / "orthanc", destinations={"SCANNER": scp.port}) as other,
    ):
        where = {"called_ae_title": other.ae_title, "calling_ae_title": "SCANNER"}
        send(study[:2], "127.0.0.1", other.port, **where).raise_on_failure()
        report = commit(study[:3], "127.0.0.1", other.port, reports=reports, **where)
        scp.check()
    assert set(report.committed) == {one.SOPInstanceUID for one in study[:2]}
    assert report.failed == {study[2].SOPInstanceUID: 0x0112}


# --- worklists


WORKLIST_KEYS = {
    "PatientName": "",
    "AccessionNumber": "",
    "ScheduledProcedureStepSequence[0].Modality": "CT",
    "ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate": "20240101-20241231",
    "ScheduledProcedureStepSequence[0].ScheduledStationAETitle": "",
}


def test_our_worklist_answers_as_wlmscpfs_and_orthanc_do(tmp_path: Path, peer: Callable[[str], str]) -> None:
    entries = {"one": ENTRY, "two": ENTRY.replace("[CT]", "[MR]").replace("JANE", "JOHN")}
    for folder in ("texts", "files", "archive"):
        (tmp_path / folder).mkdir()
    contents = {}
    for name, text in entries.items():
        (tmp_path / "texts" / f"{name}.dump").write_text(text, encoding="latin-1")
        dataset = parse_dump(text)
        dataset.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
        dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        dataset.save_as(tmp_path / "files" / f"{name}.wl", enforce_file_format=True)
        contents[name] = (tmp_path / "files" / f"{name}.wl").read_bytes()
    with contextlib.ExitStack() as stack:
        dcmtk = stack.enter_context(wlmscpfs(peer("wlmscpfs"), tmp_path / "wlm", contents))
        other = stack.enter_context(
            orthanc(peer("Orthanc"), tmp_path / "orthanc", worklist=tmp_path / "files")
        )
        ours = [
            stack.enter_context(Archive(tmp_path / "archive", ae_title="A", worklist=tmp_path / "texts")),
        ]
        reports = [
            find(WORKLIST_KEYS, "127.0.0.1", port, model="worklist", called_ae_title=title)
            for title, port in (
                ("A", ours[0].port),
                (dcmtk.ae_title, dcmtk.port),
                (other.ae_title, other.port),
            )
        ]
    for report in reports:
        report.raise_on_failure()
        (answer,) = report
        assert (answer.PatientName, answer.AccessionNumber) == ("DOE^JANE", "ACC1")
        (step,) = answer.ScheduledProcedureStepSequence
        assert (step.Modality, step.ScheduledStationAETitle) == ("CT", "SCANNER1")


def test_findscu_asks_our_worklist(tmp_path: Path, peer: Callable[[str], str]) -> None:
    for folder in ("texts", "archive", "answers"):
        (tmp_path / folder).mkdir()
    (tmp_path / "texts" / "one.dump").write_text(ENTRY, encoding="latin-1")
    with Archive(tmp_path / "archive", worklist=tmp_path / "texts") as archive:
        for modality, count in (("CT", 1), ("MR", 0)):
            folder = tmp_path / "answers" / modality
            folder.mkdir()
            keys = ["-k", "PatientName", "-k", f"ScheduledProcedureStepSequence[0].Modality={modality}"]
            run(
                peer("findscu"),
                "-W",
                "-aec",
                "DICOMKIT",
                "-X",
                "-od",
                folder,
                *keys,
                "127.0.0.1",
                archive.port,
            )
            assert len(answers_of(folder)) == count


def test_our_keys_are_those_that_pydicom_writes() -> None:
    dataset = Dataset()
    dataset.PatientName, dataset.Rows, dataset.StudyDate = "DOE^J*", 512, "20240101-"
    step = Dataset()
    step.Modality = "CT"
    dataset.ScheduledProcedureStepSequence = [step]
    keys = item_of_texts(
        {
            "PatientName": "DOE^J*",
            "(0028,0010)": 512,
            "StudyDate": "20240101-",
            "ScheduledProcedureStepSequence[0].Modality": "CT",
        }
    )
    assert keys == item_of(dataset)
    assert to_dataset(keys) == dataset
