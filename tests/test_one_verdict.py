"""One verdict: every room judges each file of a folder with files of every kind.

What can be read is read by all, what cannot be read is read by none, and whoever leaves something out says so.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import ImplicitVRLittleEndian

from dicomkit.archive import Catalogue, find
from dicomkit.arrivals.arrived_file import read_arrived_file
from dicomkit.arrivals.folder_feed import FolderFeed
from dicomkit.arrivals.manual_clock import ManualClock
from dicomkit.arrivals.watch import Arrivals
from dicomkit.cli import main
from dicomkit.errors import (
    CharacterSetError,
    DicomFileWarning,
    DicomKitError,
    NotDicomError,
    OtherFormatError,
    TruncatedFileError,
)
from dicomkit.files import read_file
from dicomkit.files.folder_files import files_in
from dicomkit.files.layout import file_layout
from dicomkit.files.writing import encode_file
from dicomkit.index import index
from dicomkit.network import Archive, StorageSCP, get, send
from dicomkit.privacy import DeidentificationKey, deidentify_files
from dicomkit.samples import ct_series
from dicomkit.viewers import AnatomyViewer, ImageViewer, MetadataViewer
from dicomkit.viewers.inbox.arrived_pictures import thumbnail_answer
from tests.support.dicom_files import element
from tests.support.file_kinds import FileKind, file_kinds

KINDS = file_kinds()
READ = {"read", "odd", "copy"}
WITHOUT_PIXELS = "k-no-pixels.dcm"


@dataclass
class Room:
    """What a room says: which files it takes, by name, and all of its words."""

    taken: set[str] = field(default_factory=set)
    said: str = ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("kinds") / "study"
    made.mkdir()
    for kind in KINDS:
        (made / kind.name).write_bytes(kind.content)
    return made


def names_by_uid(folder: Path) -> dict[str, str]:
    """Return which file has which SOP Instance UID; of two, the first."""
    found: dict[str, str] = {}
    for row in index(folder).rows:
        found.setdefault(row.text("SOPInstanceUID"), row.name)
    return found


def ask_index(folder: Path) -> Room:
    rows = index(folder).rows
    odd = {"i-wrong-label.dcm"}  # the index says what is odd by calling it repaired
    return Room(
        {row.name for row in rows if row.outcome == "read" or row.name in odd},
        "\n".join(f"{row.name}: {row.reason}" for row in rows if row.name != "g-duplicate.dcm"),
    )


def ask_metadata_viewer(folder: Path) -> Room:
    return Room(ask_index(folder).taken, MetadataViewer(folder).describe())


def ask_image_viewer(folder: Path) -> Room:
    names = names_by_uid(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        viewer = ImageViewer(folder)
    said = [viewer.describe()]
    taken: set[str] = set()
    for number, picture in enumerate(viewer._pictures, start=1):
        answer = viewer.answer({"ask": "frame", "picture": number, "part": 0}).content
        name = names[str(picture.dataset.SOPInstanceUID)]
        assert (picture.problem is not None) == ("problem" in answer)
        said += [f"{name}: {answer['problem']}"] if "problem" in answer else []
        taken |= set() if "problem" in answer else {name}
    return Room(taken, "\n".join(said))


def ask_thumbnails(folder: Path) -> Room:
    answers = {
        kind.name: thumbnail_answer(folder / kind.name, is_masked=False).content
        for kind in KINDS
        if kind.verdict != "foreign"
    }
    return Room(
        {name for name, answer in answers.items() if "why" not in answer},
        "\n".join(answer.get("why", "") for answer in answers.values()),
    )


def ask_sender(folder: Path) -> Room:
    inbox = folder.parent / "sent"
    inbox.mkdir()
    with StorageSCP(inbox) as scp:
        report = send(folder, "127.0.0.1", scp.port)
        assert len(scp.received) == len(report.stored)
    return Room({row.label for row in report.stored}, str(report))


def ask_deidentifier(folder: Path) -> Room:
    out = folder.parent / "nobody"
    results = list(deidentify_files(folder, out, DeidentificationKey.random(), pixels_checked=True))
    said = [f"{one.source.name}: {one.problem} {one.remarks}" for one in results]
    return Room({one.source.name for one in results if one.deidentified}, "\n".join(said))


def ask_watcher(folder: Path) -> Room:
    with Arrivals(folder, 16, clock=ManualClock(), journal=False) as arrivals:
        studies = list(arrivals.announcements(once=True))
        said = [f"{path.name}: {reason}" for path, reason in arrivals.left_over()]
        assert isinstance(arrivals.feed, FolderFeed)
        seen = arrivals.feed.scanner._seen
        whole = {Path(path).name for path, one in seen.items() if one.instance is not None}
        said += arrivals.passed_over()
    assert sum(study.instance_count for study in studies) == len(whole) - 1, "one of them is a copy"
    return Room(whole, "\n".join(said))


ROOMS: dict[str, Callable[[Path], Room]] = {
    "index": ask_index,
    "MetadataViewer": ask_metadata_viewer,
    "ImageViewer": ask_image_viewer,
    "Inbox": ask_thumbnails,
    "send": ask_sender,
    "deidentify": ask_deidentifier,
    "watch": ask_watcher,
}
TAKE_A_COPY_ONCE = {"send", "deidentify", "ImageViewer"}
PASS_ON = {"send", "watch"}  # what they do needs no text
SHOW_PIXELS = {"ImageViewer", "Inbox"}


@pytest.fixture(scope="module", params=ROOMS)
def room(request: pytest.FixtureRequest, folder: Path) -> tuple[str, Room]:
    name: str = request.param
    return name, ROOMS[name](folder)


def is_taken(kind: FileKind, room: str) -> bool:
    if kind.verdict == "copy":
        return room not in TAKE_A_COPY_ONCE
    if kind.name == WITHOUT_PIXELS:
        return room not in SHOW_PIXELS
    return kind.verdict in READ or (kind.verdict == "no text" and room in PASS_ON)


def test_the_rooms_agree(room: tuple[str, Room]) -> None:
    name, found = room
    assert found.taken == {kind.name for kind in KINDS if is_taken(kind, name)}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.reason], ids=lambda kind: kind.name)
def test_whoever_leaves_something_out_says_why(kind: FileKind, room: tuple[str, Room]) -> None:
    name, found = room
    is_own = kind.name.startswith((".dicomkit", ".incoming"))
    is_nothing_to_tell = (
        (name == "watch" and is_own)  # a watcher's own journal is no news
        or (name == "Inbox" and kind.verdict in {"foreign", "copy"})  # it shows what a receiver has stored
        or (name == "index" and kind.verdict == "copy")  # a row for each file: the viewer tells
    )
    is_left_out = not is_taken(kind, name) or kind.verdict == "copy"
    assert not is_left_out or is_nothing_to_tell or re.search(kind.reason, found.said), found.said


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_read_file_says_the_same(kind: FileKind, folder: Path) -> None:
    if kind.verdict == "foreign":
        assert [bool(one.refusal) for one in files_in(folder) if one.name == kind.name] == [True]
        return
    problem: DicomKitError | None = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            read_file(folder / kind.name)
        except DicomKitError as error:
            problem = error
    kinds = {
        "no text": CharacterSetError,
        "other format": OtherFormatError,
        "damaged": NotDicomError if kind.name.startswith("r-no-") else TruncatedFileError,
    }
    assert isinstance(problem, kinds.get(kind.verdict, type(None)))
    assert bool(caught) == (kind.verdict == "odd")


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.verdict != "foreign"], ids=lambda kind: kind.name
)
def test_the_dump_and_the_bytes_say_the_same(
    kind: FileKind, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["dcmdump", str(folder / kind.name)])
    # DCMTK's dcmdump prints a data set without a head, an item of a wrong length, and a value in whatever character set.
    is_printed = kind.verdict in {*READ, "no text"} or kind.name.startswith("r-")
    assert status == (0 if is_printed else 1)
    said = capsys.readouterr().err
    if kind.name == "l-element-twice.dcm":  # printed, and what has no line is named
        assert said.endswith(
            "(0008,0018) stands more than once in one data set or item; the first one holds\n"
        )
    else:
        assert bool(said) != is_printed
    if kind.verdict == "other format":
        return
    said = AnatomyViewer(folder / kind.name).describe()
    assert f"dicomkit {'accepts' if kind.verdict in READ else 'refuses'} it" in said


def test_the_commands_count_what_they_leave_out(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = sum(kind.verdict == "foreign" for kind in KINDS)
    passed_over = foreign + sum(kind.verdict in {"other format", "copy"} for kind in KINDS)
    (tmp_path / "in").mkdir()
    with StorageSCP(tmp_path / "in") as scp:
        assert main(["storescu", "-nh", "127.0.0.1", str(scp.port), str(folder)]) == 1
    assert f"storescu: {passed_over} files are not sent: " in capsys.readouterr().err
    words = ["deidentify", str(folder), str(tmp_path / "out"), "--pixels-checked"]
    assert main(words) == 1
    assert f"{passed_over} files are not de-identified: " in capsys.readouterr().err
    assert main(["view", str(folder), "-o", str(tmp_path / "page.html")]) == 0
    page = capsys.readouterr()
    assert re.search(r"dicomkit view: \d+ files are not shown as pictures: ", page.err)
    assert re.search(r"\d+ files are not shown: .*hidden", page.out)
    assert main(["dcmdump", "+sd", str(folder)]) == 1
    assert f"{foreign} files are not printed: " in capsys.readouterr().err


def test_journals_texts_and_copies_are_no_failure(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    for kind in KINDS:
        if kind.verdict in {"read", "copy", "other format", "foreign"}:
            (tmp_path / "study" / kind.name).write_bytes(kind.content)
    words = ["deidentify", str(tmp_path / "study"), str(tmp_path / "out"), "--pixels-checked"]
    assert main(words) == 0


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """Return a folder with an instance in a folder inside it, a link round in a circle, a dead link and a pipe."""
    made = tmp_path / "strange"
    (made / "sub" / "deeper").mkdir(parents=True)
    (made / ".hidden" / "deeper").mkdir(parents=True)
    whole = KINDS[0]
    for place in (made / "sub" / "deeper", made / ".hidden" / "deeper"):
        (place / whole.name).write_bytes(whole.content)
    (made / "circle").symlink_to(made)
    (made / "dead").symlink_to(made / "nothing")
    os.mkfifo(made / "pipe")
    return made


@pytest.mark.skipif(os.name != "posix", reason="other systems have no pipes in folders")
@pytest.mark.parametrize("name", ["index", "MetadataViewer", "ImageViewer", "send", "deidentify"])
def test_nobody_follows_a_circle_or_waits_at_a_pipe(name: str, strange: Path) -> None:
    said = ROOMS[name](strange).said
    for reason in ("links are not followed", "a pipe or a device", "hidden"):
        assert reason in said
    assert len(list(files_in(strange))) == 5, "one of them the instance in the folder inside"


def test_a_folder_that_cannot_be_listed_is_told_and_the_others_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "study"
    (made / "locked").mkdir(parents=True)
    (made / KINDS[0].name).write_bytes(KINDS[0].content)
    listed = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name == "locked":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    for name in ("index", "MetadataViewer", "ImageViewer", "send", "deidentify"):
        found = ROOMS[name](made)
        assert len(found.taken) == 1, name
        assert "cannot be listed (Permission denied)" in found.said, name
    with StorageSCP(tmp_path / "sent") as scp:
        assert not send(made, "127.0.0.1", scp.port).is_complete, "there may be instances in it"


def test_of_equal_elements_everybody_takes_the_first(tmp_path: Path) -> None:
    """PS3.5 section 7.1 allows each tag once. DCMTK takes the first one, and so does whoever says which study this is."""
    dataset = ct_series(1)[0]
    content = encode_file(dataset)
    start = file_layout(content).dataset_start
    head, content = content[:start], content[start:]
    for keyword, padding in (("SOPInstanceUID", "\0"), ("PatientName", " "), ("StudyInstanceUID", "\0")):
        tag, vr = int(dataset[keyword].tag), dataset[keyword].VR
        text = str(dataset[keyword].value)
        own = element(tag, vr, (text + padding * (len(text) % 2)).encode())
        assert content.count(own) == 1
        content = content.replace(own, own + element(tag, vr, b"1.2.3.99"))
    path = tmp_path / "1.dcm"
    path.write_bytes(head + content)
    first = dataset.StudyInstanceUID, dataset.SOPInstanceUID
    (row,) = index(tmp_path).rows
    assert (row.text("StudyInstanceUID"), row.text("SOPInstanceUID")) == first
    with pytest.warns(DicomFileWarning, match="more than once"):
        read = read_file(path)
    assert (read.StudyInstanceUID, read.SOPInstanceUID) == first
    arrived = read_arrived_file(path)
    assert arrived is not None
    assert (arrived.study_instance_uid, arrived.sop_instance_uid) == first
    catalogue = Catalogue(tmp_path)
    keys = Dataset()
    keys.PatientName = dataset.PatientName
    (found,) = find(catalogue, keys, level="STUDY")
    assert found.PatientName == dataset.PatientName == read.PatientName
    assert (*catalogue.studies, catalogue.instance_count) == (dataset.StudyInstanceUID, 1)


def test_an_archive_has_what_the_others_read(folder: Path, tmp_path: Path) -> None:
    """It reads the beginnings of files only: a file that is cut later is refused when it shall be sent."""
    own = shutil.copytree(folder, tmp_path / "archive")  # it removes what an ended receiver has left
    with Archive(own) as archive:
        archive.catalogue.refresh()
        instances = [one for study in archive.catalogue.studies.values() for one in study.instances()]
        names = {one.name for one in instances}
        assert names >= {kind.name for kind in KINDS if kind.verdict in READ - {"copy"}}
        assert not names & {
            kind.name for kind in KINDS if kind.verdict in {"other format", "foreign", "copy"}
        }
        (mislabelled,) = (one for one in instances if one.name == "i-wrong-label.dcm")
        assert mislabelled.transfer_syntax_uid == ImplicitVRLittleEndian
        keys = {
            "StudyInstanceUID": mislabelled.series.study.uid,
            "SeriesInstanceUID": mislabelled.series.uid,
            "SOPInstanceUID": mislabelled.uid,
        }
        (tmp_path / "got").mkdir()
        assert get(keys, "127.0.0.1", archive.port, folder=tmp_path / "got", level="IMAGE").completed == 1
    (arrived,) = (tmp_path / "got").rglob("*.dcm")
    assert dcmread(arrived).SOPInstanceUID == mislabelled.uid
