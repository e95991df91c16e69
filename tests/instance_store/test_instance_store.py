"""Where received instances are stored: whole or not at all, never outside the folder, never overwritten."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from dicomkit.errors import FileAccessError, StoreError, UsageError
from dicomkit.files.deflating import deflate
from dicomkit.files.file_lock import try_to_lock
from dicomkit.instance_store import IncomingInstance, InstanceStore, StoredFile
from dicomkit.instance_store.comparison import compare
from tests.support.stored_data_sets import CT, EXPLICIT, data_set, element, hostile_uids, receive

IMPLICIT = "1.2.840.10008.1.2"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_name_and_content(tmp_path: Path) -> None:
    stored = receive(InstanceStore(tmp_path), data_set())
    assert stored.path == tmp_path / "scp_1.2.3" / "1.2.3.4.dcm"
    assert not stored.duplicate
    assert list(files(tmp_path)) == ["scp_1.2.3/1.2.3.4.dcm"]
    content = stored.path.read_bytes()
    assert content[:132] == bytes(128) + b"DICM"
    assert content.endswith(data_set())
    dataset = dcmread(stored.path)
    assert dataset.file_meta.TransferSyntaxUID == EXPLICIT
    assert dataset.file_meta.SourceApplicationEntityTitle == "ME"
    assert dataset.file_meta.MediaStorageSOPInstanceUID == "1.2.3.4"
    # The group length is what another reader counts: pydicom does not check it, so do it by hand.
    assert content[144 + dataset.file_meta.FileMetaInformationGroupLength :] == data_set()


def test_dcmtk_reads_what_was_stored(tmp_path: Path, peer: Callable[[str], str]) -> None:
    stored = receive(InstanceStore(tmp_path), data_set())
    printed = subprocess.run(
        [peer("dcmdump"), str(stored.path)], check=True, capture_output=True, text=True, timeout=60
    )
    assert "(0020,000d) UI [1.2.3]" in printed.stdout
    assert printed.stderr == ""


@pytest.mark.parametrize(
    "name",
    [
        "CT_small.dcm",
        "MR_small.dcm",
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "JPEG2000.dcm",
        "image_dfl.dcm",
    ],
)
def test_a_real_data_set_is_kept_byte_for_byte(tmp_path: Path, name: str) -> None:
    source = Path(get_testdata_file(name, download=False))
    dataset = dcmread(source, stop_before_pixels=True)
    offset = 144 + dataset.file_meta.FileMetaInformationGroupLength
    content = source.read_bytes()[offset:]
    with InstanceStore(tmp_path).receive(
        sop_class_uid=str(dataset.SOPClassUID),
        sop_instance_uid=str(dataset.SOPInstanceUID),
        transfer_syntax_uid=str(dataset.file_meta.TransferSyntaxUID),
    ) as incoming:
        incoming.write(content)
        stored = incoming.commit()
    written = stored.path.read_bytes()
    assert written[144 + dcmread(stored.path).file_meta.FileMetaInformationGroupLength :] == content
    assert stored.identifiers.study_instance_uid == dataset.StudyInstanceUID
    assert stored.identifiers.series_instance_uid == dataset.SeriesInstanceUID


def test_a_study_uid_behind_sequences_and_private_blocks_is_found(tmp_path: Path) -> None:
    # An undefined-length sequence, whose end carries a tag above (0020,000D), and a large private value.
    sequence = struct.pack("<HH2s2xL", 8, 0x1140, b"SQ", 0xFFFFFFFF) + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    private = (
        element(9, 0x10, b"LO", b"X ") + struct.pack("<HH2s2xL", 9, 0x1001, b"OB", 3 << 20) + bytes(3 << 20)
    )
    content = element(8, 0x16, b"UI", CT.encode()) + element(8, 0x18, b"UI", b"1.2.3.4") + sequence + private
    content += element(0x20, 0x0D, b"UI", b"1.2.3")
    stored = receive(InstanceStore(tmp_path), content)
    assert stored.path.parent.name == "scp_1.2.3"
    assert stored.path.read_bytes().endswith(content)


def test_the_same_instance_again_changes_nothing(tmp_path: Path) -> None:
    store = InstanceStore(tmp_path)
    first = receive(store, data_set())
    before = first.path.stat()
    again = receive(store, data_set(), sender="SOMEBODYELSE")
    assert again.duplicate
    assert again.path == first.path
    assert (first.path.stat().st_mtime_ns, first.path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("change", ["content", "shorter", "longer", "syntax"])
def test_other_content_under_the_same_uid_is_laid_aside(tmp_path: Path, change: str) -> None:
    store = InstanceStore(tmp_path)
    first = receive(store, data_set(tail=element(0x28, 0x10, b"US", b"\1\0")))
    before = first.path.read_bytes()
    other = {
        "content": data_set(tail=element(0x28, 0x10, b"US", b"\2\0")),
        "shorter": data_set(),
        "longer": data_set(tail=element(0x28, 0x10, b"US", b"\1\0") + element(0x28, 0x11, b"US", b"\1\0")),
        "syntax": data_set(tail=element(0x28, 0x10, b"US", b"\1\0")),
    }[change]
    syntax = "1.2.840.10008.1.2.4.50" if change == "syntax" else EXPLICIT
    for _ in range(2):
        with pytest.raises(StoreError, match="laid aside") as raised:
            receive(store, other, syntax=syntax)
    assert raised.value.status == 0x0111
    assert first.path.read_bytes() == before
    (aside,) = [name for name in files(tmp_path) if name.endswith(".aside")]
    assert (tmp_path / aside).read_bytes().endswith(other)
    assert len(files(tmp_path)) == 2


def test_a_file_that_is_no_dicom_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "scp_1.2.3").mkdir()
    (tmp_path / "scp_1.2.3" / "1.2.3.4.dcm").write_bytes(b"something else")
    with pytest.raises(StoreError, match="laid aside"):
        receive(InstanceStore(tmp_path), data_set())
    assert (tmp_path / "scp_1.2.3" / "1.2.3.4.dcm").read_bytes() == b"something else"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (data_set(study=None), 0xA900),
        (data_set(study=""), 0xA900),
        (data_set(sop_instance="1.2.3.5"), 0xA900),
        (data_set(sop_class="1.2.840.10008.5.1.4.1.1.4"), 0xA900),
        (b"", 0xA900),
        (data_set()[:30], 0xC000),
    ],
    ids=["no study", "empty study", "other instance", "other class", "nothing", "cut"],
)
def test_what_cannot_be_stored_leaves_nothing(tmp_path: Path, content: bytes, status: int) -> None:
    store = InstanceStore(tmp_path)
    receive(store, data_set("1.2.3.9"), "1.2.3.9")
    before = files(tmp_path)
    with pytest.raises(StoreError) as raised:
        receive(store, content)
    assert raised.value.status == status
    assert files(tmp_path) == before


FRAGMENTS = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + (b"\xfe\xff\0\xe0\4\0\0\0JPEG" * 2)
END = b"\xfe\xff\xdd\xe0\0\0\0\0"
ITEMS = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("whole", "cut_bytes", "syntax"),
    [
        (data_set(tail=b"\xe0\x7f\x10\0OW\0\0" + struct.pack("<I", 200) + bytes(200)), 2, EXPLICIT),
        (data_set(tail=b"\xe0\x7f\x10\0OW\0\0" + struct.pack("<I", 1 << 20) + bytes(1 << 20)), 1 << 19, EXPLICIT),
        (data_set(tail=element(0x7FE0, 0, b"UL", bytes(4))), 6, EXPLICIT),
        (data_set(tail=FRAGMENTS + END), 8, "1.2.840.10008.1.2.4.50"),
        (data_set(tail=FRAGMENTS + END), 10, "1.2.840.10008.1.2.4.50"),
        (ITEMS + element(8, 0x1150, b"UI", b"1.2") + b"\xfe\xff\x0d\xe0\0\0\0\0" + END + data_set(), 3, EXPLICIT),
        (deflate(data_set(tail=element(0x40, 0x275, b"LO", b"word"))), 9, "1.2.840.10008.1.2.1.99"),
    ],
    ids=["pixels", "spooled", "header", "no delimiter", "fragment", "behind a sequence", "deflated"],
)  # fmt: skip
def test_a_data_set_that_is_cut_off_is_refused(
    tmp_path: Path, whole: bytes, cut_bytes: int, syntax: str
) -> None:
    store = InstanceStore(tmp_path)
    with pytest.raises(StoreError, match="cut off") as raised:
        receive(store, whole[:-cut_bytes], syntax=syntax)
    assert raised.value.status == 0xC000  # PS3.4 Table B.2-1: cannot understand
    assert len(raised.value.problem) <= 64  # Error Comment is LO
    assert files(tmp_path) == {}
    assert not receive(store, whole, syntax=syntax).set_aside  # the whole one finds its place free


def test_a_deflated_data_set_that_was_cut_before_is_refused_too(tmp_path: Path) -> None:
    cut = deflate(data_set(tail=element(0x40, 0x275, b"LO", b"word"))[:-2])
    with pytest.raises(StoreError, match="cut off"):
        receive(InstanceStore(tmp_path), cut, syntax="1.2.840.10008.1.2.1.99")


@pytest.mark.parametrize("tail", [bytes(12), END], ids=["zeros", "a delimiter"])
def test_what_is_merely_odd_behind_a_data_set_is_kept(tmp_path: Path, tail: bytes) -> None:
    assert receive(InstanceStore(tmp_path), data_set() + tail).path.read_bytes().endswith(tail)


@pytest.mark.parametrize("size", [100, 3 << 20], ids=["small", "spooled"])
def test_what_is_not_committed_leaves_nothing(tmp_path: Path, size: int) -> None:
    incoming = InstanceStore(tmp_path).receive(
        sop_class_uid=CT, sop_instance_uid="1.2.3.4", transfer_syntax_uid=EXPLICIT
    )
    with incoming:
        incoming.write(data_set())
        incoming.write(bytes(size))
        assert len(files(tmp_path)) == (size > 1 << 20), (
            "a large instance waits on disk, a small one in memory"
        )
    assert files(tmp_path) == {}


@pytest.mark.parametrize("when", ["first", "later"])
@pytest.mark.parametrize(
    ("number", "status"), [(errno.ENOSPC, 0xA700), (errno.EDQUOT, 0xA700), (errno.EACCES, 0xA701)]
)
def test_a_failing_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int, when: str
) -> None:
    store = InstanceStore(tmp_path)
    receive(store, data_set("1.2.3.9"), "1.2.3.9")
    before = files(tmp_path)
    real = IncomingInstance._spool
    calls: list[int] = []

    def failing(self: IncomingInstance, fragment: bytes) -> str:
        calls.append(len(fragment))
        if when == "first" or len(calls) > 2:
            raise OSError(number, os.strerror(number))
        return real(self, fragment)

    monkeypatch.setattr(IncomingInstance, "_spool", failing)
    with pytest.raises(StoreError) as raised:
        receive(store, data_set(tail=bytes(2 << 20)))
    assert raised.value.status == status
    monkeypatch.undo()
    assert files(tmp_path) == before
    assert not receive(store, data_set()).duplicate


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_disk_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = InstanceStore(tmp_path)
    real = os.open
    monkeypatch.setattr(
        os,
        "open",
        lambda path, flags, *mode: real(
            *(("/dev/full", os.O_WRONLY) if flags & os.O_EXCL else (path, flags, *mode))
        ),
    )
    with pytest.raises(StoreError) as raised:
        receive(store, data_set())
    assert raised.value.status == 0xA700
    assert files(tmp_path) == {}


def test_a_folder_that_went_away(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    store = InstanceStore(folder)
    folder.rmdir()
    with pytest.raises(StoreError) as raised:
        receive(store, data_set())
    assert raised.value.status == 0xA701
    assert not folder.exists()


def test_no_uid_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "a" / "b" / "in"
    outside.mkdir()
    folder.mkdir(parents=True)
    store = InstanceStore(folder, prefix="")
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    for uid in hostile_uids(1000):
        study, name = Path(store._study_folder(uid)), store.file_name(uid)
        assert study.parent == folder
        assert set(study.name) | set(name) <= allowed
        assert study.name.strip(".") == study.name
        assert len(name) <= 68
    for uid in hostile_uids(60):
        wire = uid.encode("utf-8")[:1000].decode("latin-1").rstrip("\0 ").lstrip("\0 ") or "x"
        receive(store, data_set(wire, wire), wire)
    assert {path.resolve().parent.parent for path in tmp_path.rglob("*.dcm")} == {folder.resolve()}
    assert list(outside.iterdir()) == []


def test_different_hostile_uids_get_different_names(tmp_path: Path) -> None:
    store = InstanceStore(tmp_path)
    uids = set(hostile_uids(1000))
    assert len({store.file_name(uid) for uid in uids}) == len(uids)


def test_a_linked_study_folder_is_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "in"
    outside.mkdir()
    folder.mkdir()
    (folder / "scp_1.2.3").symlink_to(outside, target_is_directory=True)
    with pytest.raises(StoreError) as raised:
        receive(InstanceStore(folder), data_set())
    assert raised.value.status == 0xA701
    assert list(outside.iterdir()) == []


def test_many_at_once_and_nothing_lost(tmp_path: Path) -> None:
    store = InstanceStore(tmp_path)
    outcomes: list[bool] = []

    def work() -> None:
        for number in range(40):
            uid = f"1.2.3.{number}"
            outcomes.append(receive(store, data_set(uid), uid).duplicate)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(outcomes) == 320
    assert outcomes.count(False) == 40, "each instance was new exactly once"
    assert len(files(tmp_path)) == 40


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    code = (
        "import os, sys; from dicomkit.instance_store import InstanceStore\n"
        f"i = InstanceStore(sys.argv[1]).receive(sop_class_uid='{CT}', sop_instance_uid='1.2', transfer_syntax_uid='1.2')\n"
        "i.write(bytes(2 << 20)); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    assert len(files(tmp_path)) == 1, "the killed process left its temporary file"
    InstanceStore(tmp_path)
    assert files(tmp_path) == {}


def test_a_second_store_leaves_the_first_ones_transfers_alone(tmp_path: Path) -> None:
    store = InstanceStore(tmp_path)
    with store.receive(
        sop_class_uid=CT, sop_instance_uid="1.2.3.4", transfer_syntax_uid=EXPLICIT
    ) as incoming:
        incoming.write(data_set(tail=bytes(2 << 20)))
        InstanceStore(tmp_path)
        assert incoming.commit().path.exists()


# --- several programs on one folder ---------------------------------------------------------------------

TWO_RECEIVERS = """
import sys
from dicomkit.errors import StoreError
from dicomkit.instance_store import InstanceStore
from tests.support.stored_data_sets import data_set, receive, element
store, own = InstanceStore(sys.argv[1]), element(0x28, 0x10, b"US", sys.argv[2].encode() + bytes(1))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    try:
        # A study for each instance: its folder is made by both at the same time.
        receive(store, data_set(f"1.2.3.{number}", f"1.2.9.{number}", tail=own), f"1.2.3.{number}")
        print(f"stored {number}")
    except StoreError as error:
        print(f"{error.status:04X} {number}")
"""


@pytest.mark.parametrize("has_links", [True, False], ids=["links", "no links"])
def test_two_receivers_on_one_folder_overwrite_nothing(tmp_path: Path, has_links: bool) -> None:  # noqa: FBT001
    count = 400
    refuse = (
        "import os, errno\ndef link(*_, **__): raise OSError(errno.EPERM, 'no links here')\nos.link = link\n"
    )
    code = TWO_RECEIVERS if has_links else refuse + TWO_RECEIVERS
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), name, str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for name in "AB"
    ]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    said = {
        name: dict(line.split()[::-1] for line in program.communicate(timeout=120)[0].splitlines())
        for name, program in zip("AB", programs, strict=True)
    }
    for number in map(str, range(count)):
        answers = {name: said[name][number] for name in "AB"}
        assert sorted(answers.values()) == ["0111", "stored"], number
        (winner,) = [name for name, answer in answers.items() if answer == "stored"]
        stored = tmp_path / f"scp_1.2.9.{number}" / f"1.2.3.{number}.dcm"
        assert stored.read_bytes().endswith(winner.encode() + bytes(1)), (
            "what was acknowledged is what is there"
        )
        assert len(list(stored.parent.glob("*.aside"))) == 1, "and the other one is kept aside"


def test_whose_lock_is_gone_its_files_go(tmp_path: Path) -> None:
    """In a container every program is number 1: a process id says nothing."""
    (tmp_path / f".incoming-{os.getpid()}-7f-1").write_bytes(b"of another container's number")
    (tmp_path / ".incoming-abc-2").write_bytes(b"x")
    (tmp_path / "incoming-3").write_bytes(b"somebody's own")
    (tmp_path / ".incoming-folder-4").mkdir()
    store = InstanceStore(tmp_path)
    assert store.removed_count == 2
    assert {path.name for path in tmp_path.iterdir()} == {"incoming-3", ".incoming-folder-4"}


def test_a_receiver_that_starts_takes_no_file_that_is_being_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between making a file and locking it there is a moment in which it looks like a left-over."""
    store = InstanceStore(tmp_path)
    removed = []

    def another_starts_first(descriptor: int) -> bool:
        if not removed:
            monkeypatch.undo()
            removed.append(InstanceStore(tmp_path).removed_count)
        return try_to_lock(descriptor)

    monkeypatch.setattr("dicomkit.instance_store.temporaries.try_to_lock", another_starts_first)
    stored = receive(store, data_set())
    assert removed == [1]
    assert stored.path.read_bytes().endswith(data_set())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_under_the_name_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "scp_1.2.3").mkdir()
    os.mkfifo(tmp_path / "scp_1.2.3" / "1.2.3.4.dcm")
    store = InstanceStore(tmp_path)
    with pytest.raises(StoreError, match="laid aside") as raised:
        receive(store, data_set())
    assert raised.value.status == 0x0111
    assert (tmp_path / "scp_1.2.3" / "1.2.3.4.dcm").is_fifo()


def test_a_link_under_the_name_leads_nowhere(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside.dcm", tmp_path / "in"
    outside.write_bytes(b"")
    (folder / "scp_1.2.3").mkdir(parents=True)
    (folder / "scp_1.2.3" / "1.2.3.4.dcm").symlink_to(outside)
    with pytest.raises(StoreError, match="laid aside"):
        receive(InstanceStore(folder), data_set())
    assert outside.read_bytes() == b""


def test_comparing_a_large_duplicate_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = InstanceStore(tmp_path)
    receive(store, data_set())
    compares, may_end = threading.Event(), threading.Event()

    def slowly(standing: str, arrived: str) -> object:
        compares.set()
        assert may_end.wait(60)
        return compare(standing, arrived)

    monkeypatch.setattr("dicomkit.instance_store.store.compare", slowly)
    outcomes: list[StoredFile] = []
    thread = threading.Thread(target=lambda: outcomes.append(receive(store, data_set())))
    thread.start()
    assert compares.wait(60)
    assert not receive(store, data_set("1.2.3.5"), "1.2.3.5").duplicate, "while the other one compares"
    may_end.set()
    thread.join(60)
    assert [stored.duplicate for stored in outcomes] == [True]


# --- what a power cut leaves ----------------------------------------------------------------------------

PIXELS = struct.pack("<HH2s2xL", 0x7FE0, 0x10, b"OW", 5000) + bytes(range(250)) * 20
WHOLE = data_set(tail=element(0x28, 0x10, b"US", b"\x32\0") + element(0x28, 0x11, b"US", b"\x32\0") + PIXELS)


@pytest.mark.parametrize("kept", [0, 1, 100, 131, 140, 200, 300, 320, 400, 2000, -5012, -1])
@pytest.mark.parametrize("again_from", ["ME", "SOMEBODYELSE"])
def test_a_file_that_was_cut_gives_way_to_the_whole_one(tmp_path: Path, kept: int, again_from: str) -> None:
    store = InstanceStore(tmp_path)
    first = receive(store, WHOLE).path
    cut = first.read_bytes()[:kept]
    first.write_bytes(cut)
    again = receive(store, WHOLE, sender=again_from)
    assert not again.duplicate
    assert again.path == first
    assert first.read_bytes().endswith(WHOLE)
    assert (first.parent / again.set_aside).read_bytes() == cut
    assert receive(store, WHOLE).duplicate
    assert len(files(tmp_path)) == 2


def test_zeros_in_the_place_of_a_file_give_way(tmp_path: Path) -> None:
    store = InstanceStore(tmp_path)
    first = receive(store, WHOLE).path
    first.write_bytes(bytes(len(WHOLE)))
    assert receive(store, WHOLE).set_aside
    assert first.read_bytes().endswith(WHOLE)


def test_black_pixels_are_no_cut(tmp_path: Path) -> None:
    store = InstanceStore(tmp_path)
    black = WHOLE[:-5000] + bytes(5000)
    first = receive(store, black).path
    with pytest.raises(StoreError, match="laid aside"):
        receive(store, WHOLE)
    assert first.read_bytes().endswith(black)


def test_of_two_who_find_a_cut_file_one_replaces_it(tmp_path: Path) -> None:
    store = InstanceStore(tmp_path)
    for round_ in range(20):
        uid = f"1.2.3.{round_}"
        content = data_set(uid, tail=PIXELS)
        path = receive(store, content, uid).path
        path.write_bytes(path.read_bytes()[:-1])
        outcomes: list[StoredFile] = []
        threads = [
            threading.Thread(target=lambda c=content, u=uid, o=outcomes: o.append(receive(store, c, u)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(stored.duplicate for stored in outcomes) == [False, True, True, True]
        assert path.read_bytes().endswith(content)
        assert len(list(path.parent.glob(f"{uid}.*.cut"))) == 1


def test_durable_storing_ends_in_the_same_file(tmp_path: Path) -> None:
    stored = receive(InstanceStore(tmp_path, durable=True), data_set())
    assert stored.path.read_bytes().endswith(data_set())


def test_bad_folder_and_prefix(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="is not a folder"):
        InstanceStore(tmp_path / "missing")
    for prefix in ("../x", "a/b", "a\\b", ".", "x" * 40, "é"):
        with pytest.raises(UsageError):
            InstanceStore(tmp_path, prefix=prefix)
