"""archive, findscu, getscu and movescu as a person types them."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.instance_store import InstanceStore
from dicomkit.network import Archive, StorageSCP, StoredInstance
from dicomkit.samples import ct_series
from tests.support.byte_peer import stored_files
from tests.support.other_archives import free_port
from tests.support.web_calls import ask

DEADLINE_S = 60
STUDY = str(ct_series(1, size=16)[0].StudyInstanceUID)
KEYS = ("-k", "0008,0052=STUDY", "-k", f"StudyInstanceUID={STUDY}")


def dicomkit(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    output, errors = io.StringIO(), io.StringIO()
    typed = [str(word) for word in words]
    with contextlib.chdir(folder), contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        status = main(typed)
    return subprocess.CompletedProcess(typed, status, output.getvalue(), errors.getvalue())


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    folder = tmp_path / "archive"
    folder.mkdir()
    for number, dataset in enumerate(ct_series(3, size=16)):
        write_file(dataset, folder / f"{number}.dcm")
    with Archive(folder) as running:
        yield running
        running.check()


def test_findscu_prints_the_answers(tmp_path: Path, archive: Archive) -> None:
    keys = (
        "-k",
        "QueryRetrieveLevel=STUDY",
        "-k",
        "PatientName=work*",
        "-k",
        "0020,000d",
        "-k",
        "ModalitiesInStudy",
    )
    done = dicomkit("findscu", "-S", *keys, "127.0.0.1", archive.port, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "# answer 1\n" in done.stdout
    assert "# answer 2" not in done.stdout
    for line in (
        r"\(0010,0010\) PN \[WORKSHOP\^ANNA\]",
        rf"\(0020,000d\) UI \[{STUDY}\]",
        r"\(0008,0061\) CS \[CT\]",
    ):
        assert re.search(line, done.stdout), done.stdout


def test_findscu_writes_the_answers_and_never_over_others(tmp_path: Path, archive: Archive) -> None:
    words = ("findscu", "-P", "-X", "-k", "0008,0052=PATIENT", "-k", "PatientID=*", "127.0.0.1", archive.port)
    assert dicomkit(*words, folder=tmp_path).returncode == 0
    assert dcmread(tmp_path / "rsp0001.dcm").PatientID == "WORKSHOP01"
    done = dicomkit(*words, folder=tmp_path)
    assert (done.returncode, "exists already" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (
            ("-S", "-k", "0008,0052=SERIES", "-k", "Modality=CT"),
            1,
            "A900H.*StudyInstanceUID .* is missing; level SERIES",
        ),
        (("-S", "-k", "0008,0052=STUDY", "-k", "StudyDate=2024*"), 1, "no date YYYYMMDD"),
        (("-S", "-k", "PatientsName=DOE"), 1, "did you mean PatientName?"),
        (("-S", "-k", "0008,0052=STUDY", "nothing.dcm"), 1, "is not a file"),
        (("-k", "PatientName"), 1, "abstract syntax not supported"),
    ],
)
def test_findscu_says_what_is_wrong(
    tmp_path: Path, archive: Archive, words: tuple[str, ...], status: int, said: str
) -> None:
    *options, last = words
    files = [last] if last.endswith(".dcm") else []
    done = dicomkit(
        "findscu", *options, *([] if files else [last]), "127.0.0.1", archive.port, *files, folder=tmp_path
    )
    assert done.returncode == status
    assert re.search(said, done.stderr), done.stderr
    assert done.stderr.count("\n") == 1


def test_keys_come_from_a_file_and_from_the_line(tmp_path: Path, archive: Archive) -> None:
    text = "(0008,0052) CS [STUDY]\n(0010,0010) PN [NOBODY]\n(0020,000d) UI (no value available)\n"
    (tmp_path / "query.dump").write_text(text, encoding="ascii")
    words = ("findscu", "-S", "127.0.0.1", archive.port, "query.dump")
    assert dicomkit(*words, folder=tmp_path).stdout == ""
    done = dicomkit(*words, "-k", "PatientName=WORKSHOP*", folder=tmp_path)
    assert STUDY in done.stdout


def test_getscu_keeps_what_it_gets(tmp_path: Path, archive: Archive) -> None:
    (tmp_path / "got").mkdir()
    done = dicomkit("getscu", "-v", "-S", "-od", "got", *KEYS, "127.0.0.1", archive.port, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "getscu: C-GET: 3 completed\n")
    assert len(stored_files(tmp_path / "got")) == 3


def test_movescu_sends_to_others_and_to_itself(tmp_path: Path, archive: Archive) -> None:
    for name in ("there", "here"):
        (tmp_path / name).mkdir()
    port = free_port()
    archive.destinations["ME"] = ("127.0.0.1", port)
    with StorageSCP(tmp_path / "there", ae_title="THERE") as scp:
        archive.destinations["THERE"] = ("127.0.0.1", scp.port)
        done = dicomkit("movescu", "-S", "-aem", "THERE", *KEYS, "127.0.0.1", archive.port, folder=tmp_path)
        assert (done.returncode, done.stderr, scp.received_count) == (0, "", 3)
    words = ("movescu", "-S", "-aet", "ME", "+P", port, "-od", "here", *KEYS, "127.0.0.1", archive.port)
    assert dicomkit(*words, folder=tmp_path).returncode == 0
    assert len(stored_files(tmp_path / "here")) == 3
    done = dicomkit("movescu", "-S", "-aem", "NOBODY", *KEYS, "127.0.0.1", archive.port, folder=tmp_path)
    assert done.returncode == 1
    assert "A801H: the archive does not know the move destination" in done.stderr


def terminate_this(*_: object, **__: object) -> str:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    return ""


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_who_is_terminated_says_what_has_come(
    tmp_path: Path, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("-S", *KEYS, "127.0.0.1", archive.port)
    with monkeypatch.context() as patch:
        patch.setattr("dicomkit.dump.format_dump", terminate_this)
        done = dicomkit("findscu", *words, folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        143, "dicomkit findscu: interrupted: 1 answer had arrived; there may be more\n"
    )  # fmt: skip
    place = InstanceStore.place

    def place_two(store: InstanceStore, *given: str) -> object:
        if len(stored_files(store.folder)) > 2:  # the third one's temporary file
            terminate_this()
        return place(store, *given)  # type: ignore[arg-type]

    (tmp_path / "got").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(InstanceStore, "place", place_two)
        done = dicomkit("getscu", "-od", "got", *words, folder=tmp_path)
    assert (done.returncode, done.stderr) == (
        143, "dicomkit getscu: interrupted: 2 instances had arrived and are kept; ask again for the rest\n"
    )  # fmt: skip
    assert len(stored_files(tmp_path / "got")) == 2

    def terminate_first(instance: StoredInstance) -> None:
        if not scp.received:
            terminate_this(instance)

    (tmp_path / "there").mkdir()
    with StorageSCP(tmp_path / "there", ae_title="THERE", on_stored=terminate_first) as scp:
        archive.destinations["THERE"] = ("127.0.0.1", scp.port)
        done = dicomkit("movescu", "-aem", "THERE", *words, folder=tmp_path)
    assert done.returncode == 143
    assert done.stderr == (
        "dicomkit movescu: interrupted: the archive had sent 0 instances, and may go on; look at THERE, or ask again\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_archive_runs_until_it_is_told_to_stop(tmp_path: Path, archive: Archive) -> None:
    archive.stop()
    (tmp_path / "got").mkdir()
    code = "import sys; from dicomkit.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "archive", "-v", "--aetitle", "PACS", "archive", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.fullmatch(
            r"archive: listening on 127\.0\.0\.1 port (\d+) as PACS, with 3 instances of 1 study\n", first
        )
        assert found is not None, first
        done = dicomkit(
            "getscu", "-S", "-aec", "PACS", "-od", "got", *KEYS, "127.0.0.1", found[1], folder=tmp_path
        )
        assert (done.returncode, done.stderr) == (0, "")
        done = dicomkit("echoscu", "-aec", "OTHER", "127.0.0.1", found[1], folder=tmp_path)
        assert done.returncode == 1
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, errors) == (0, "")
    assert "association opened, number 1, from DICOMKIT" in output
    assert output.splitlines()[-1] == "archive: received 0, duplicates 0, associations rejected 1"


@pytest.mark.parametrize("destination", ["ME", "ME=127.0.0.1", "=127.0.0.1:104", "ME=127.0.0.1:port"])
def test_a_destination_has_to_be_one(tmp_path: Path, destination: str) -> None:
    done = dicomkit("archive", "--destination", destination, ".", "0", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_archive_is_on_the_web_as_well(tmp_path: Path, archive: Archive) -> None:
    archive.stop()
    code = "import sys; from dicomkit.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "archive", "--web", "0", "archive", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("archive: listening on 127.0.0.1 port ")
        found = re.fullmatch(
            r"archive: DICOMweb at (http://127\.0\.0\.1:\d+/dicom-web)\n", process.stdout.readline()
        )
        assert found is not None
        (study,) = ask(f"{found[1]}/studies").json()
        assert study["00201208"]["Value"] == [3]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("words", [("--web", "http"), ("--web", "0", "--web-origin", "nowhere")])
def test_a_web_that_makes_no_sense_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = dicomkit("archive", *words, ".", "0", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
