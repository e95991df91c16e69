"""Watching a folder that another program fills, and a receiver in this process."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dicomkit.arrivals import (
    JOURNAL_NAME,
    Arrivals,
    ArrivedStudy,
    EventFeed,
    FolderScanner,
    ManualClock,
    StudyWatcher,
    react,
    watch,
)
from dicomkit.arrivals.arrived_file import read_arrived_file
from dicomkit.errors import FileAccessError
from dicomkit.reactions import ReactionResult, Reactions
from tests.support.arrival_files import element, part10, put, uid

DEADLINE_S = 60


def summary(studies: list[ArrivedStudy]) -> list[tuple[str, int, int]]:
    return sorted((study.study_instance_uid, study.instance_count, study.revision) for study in studies)


def look(folder: Path, **options: object) -> list[ArrivedStudy]:
    """Announce what is in a folder now, on a clock that stands still."""
    return list(watch(folder, 16, once=True, clock=ManualClock(), **options))  # type: ignore[arg-type]


class Background:
    """Run a watch in a thread and wait for what it says."""

    def __init__(self, source: Path | EventFeed, quiet_period_s: float, **options: object) -> None:
        self.stop = threading.Event()
        self.studies: list[ArrivedStudy] = []
        self.times: list[float] = []
        self._changed = threading.Condition()
        self._error: BaseException | None = None
        self._studies = watch(source, quiet_period_s, stop_event=self.stop, **options)  # type: ignore[arg-type]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            for study in self._studies:
                with self._changed:
                    self.studies.append(study)
                    self.times.append(time.monotonic())
                    self._changed.notify_all()
        except FileAccessError as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def wait_for(self, count: int) -> list[ArrivedStudy]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.studies) >= count or self._error, DEADLINE_S)
            if self._error is not None:
                raise self._error
            return list(self.studies)

    def wait_for_error(self) -> BaseException | None:
        with self._changed:
            self._changed.wait_for(lambda: self._error, DEADLINE_S)
            return self._error

    def close(self) -> None:
        self.stop.set()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()


@pytest.fixture
def background() -> Iterator[Callable[..., Background]]:
    started: list[Background] = []

    def start(*arguments: object, **options: object) -> Background:
        started.append(Background(*arguments, **options))  # type: ignore[arg-type]
        return started[-1]

    before = set(threading.enumerate())
    yield start
    for one in started:
        one.close()
    assert set(threading.enumerate()) <= before


# -- one file


def test_every_cut_of_a_file_is_told_from_the_whole_file(tmp_path: Path) -> None:
    whole = part10(1, 1, pixel_bytes=64)
    path = tmp_path / "cut"
    # Where an element ends, what is left is a shorter whole file; nobody could tell.
    ends = {len(whole) - 64 - 12}
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        found = read_arrived_file(path)
        complete = found is not None and found.whole and found.study_instance_uid != ""
        assert not complete or length in ends | element_ends(whole), length
    path.write_bytes(whole)
    found = read_arrived_file(path)
    assert found is not None
    assert (found.study_instance_uid, found.sop_instance_uid, found.whole) == (uid(1), uid(1, 1, 1), True)


def test_of_equal_elements_the_first_tells_the_study(tmp_path: Path) -> None:
    whole = part10(1, 1, pixel_bytes=64)
    path = tmp_path / "twice"
    path.write_bytes(whole + element(0x0020000D, "UI", b"1.2.3\0"))
    found = read_arrived_file(path)
    assert found is not None
    assert (found.study_instance_uid, found.whole) == (uid(1), True)


def element_ends(content: bytes) -> set[int]:
    """Walk by hand: short explicit VRs only up to the pixel data."""
    position, ends = 132, set()
    while position < len(content):
        vr = content[position + 4 : position + 6]
        if vr in {b"OB", b"OW"}:
            length = int.from_bytes(content[position + 8 : position + 12], "little") + 12
        else:
            length = int.from_bytes(content[position + 6 : position + 8], "little") + 8
        position += length
        ends.add(position)
    return ends


def test_a_file_larger_than_what_is_read_is_measured_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large"
    whole = part10(1, 1, pixel_bytes=300_000)
    path.write_bytes(whole)
    assert read_arrived_file(path).whole  # type: ignore[union-attr]
    path.write_bytes(whole[:-1])
    assert not read_arrived_file(path).whole  # type: ignore[union-attr]
    # An element behind the pixels lies beyond what is read first.
    path.write_bytes(whole + b"\xfc\xff\xfc\xffOB\0\0\2\0\0\0\0\0")
    assert read_arrived_file(path).whole  # type: ignore[union-attr]


def encapsulated(fragments: list[int]) -> bytes:
    """Return a file whose pixels are fragments of these lengths (PS3.5 section A.4)."""
    before_pixels = part10(1, 1, pixel_bytes=0)[: -len(element(0x7FE00010, "OW", b""))]
    items = b"".join(
        b"\xfe\xff\x00\xe0" + struct.pack("<I", length) + bytes(length) for length in [0, *fragments]
    )
    pixels = b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + items + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return before_pixels + pixels + element(0xFFFCFFFC, "OB", b"ab")


def test_fragments_are_followed_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "compressed"
    whole = encapsulated([70_000, 0, 4094, 4096, 2, 150_000] + 2000 * [6])
    path.write_bytes(whole)
    assert read_arrived_file(path).whole  # type: ignore[union-attr]
    behind_the_pixels = len(whole) - len(element(0xFFFCFFFC, "OB", b"ab"))
    for length in [*range(1000, len(whole), 9973), *range(behind_the_pixels - 40, len(whole))]:
        path.write_bytes(whole[:length])
        found = read_arrived_file(path)
        assert found is not None
        # Between two elements, what is left is a shorter whole file; nobody could tell.
        assert found.whole == (length == behind_the_pixels), length
        assert found.study_instance_uid == uid(1)


def test_a_slide_of_many_fragments_is_whole_and_a_bomb_of_fragments_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "slide"
    path.write_bytes(encapsulated(120_000 * [2]))
    assert read_arrived_file(path).whole  # type: ignore[union-attr]
    monkeypatch.setattr("dicomkit.arrivals.arrived_file._MAX_FRAGMENTS", 1000)
    assert not read_arrived_file(path).whole  # type: ignore[union-attr]


def test_a_uid_is_read_whole_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "private"
    whole = part10(1, 1)
    at = whole.index(struct.pack("<HH", 0x0010, 0x0010))
    for private_bytes in (*range(65_200, 65_460, 2), 300_000):
        path.write_bytes(whole[:at] + element(0x00091001, "OB", bytes(private_bytes)) + whole[at:])
        found = read_arrived_file(path)
        assert found is not None
        assert (found.study_instance_uid, found.sop_instance_uid) == (uid(1), uid(1, 1, 1))
        assert found.whole


def test_a_long_sequence_is_followed_and_an_endless_one_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sequence"
    whole = part10(1, 1)
    at = whole.index(struct.pack("<HH", 0x0010, 0x0010))
    item = b"\xfe\xff\x00\xe0" + struct.pack("<I", 20) + element(0x00081150, "UI", b"1.2.3.4.5.6")
    path.write_bytes(whole[:at] + element(0x00091002, "SQ", 30_000 * item) + whole[at:])
    found = read_arrived_file(path)
    assert found is not None
    assert (found.study_instance_uid, found.whole) == (uid(1), True)
    monkeypatch.setattr("dicomkit.arrivals.arrived_file._MAX_WINDOW_BYTES", 500_000)
    assert not read_arrived_file(path).whole  # type: ignore[union-attr]


def test_a_file_that_makes_no_sense_is_named_and_not_forgotten(tmp_path: Path) -> None:
    whole = part10(1, 1)
    broken = whole[:-524] + b"\xfe\xff\xdd\xe0\0\0\0\0" * 2 + whole[-524:]
    (tmp_path / "broken").write_bytes(broken)
    with Arrivals(tmp_path, 16, clock=ManualClock()) as arrivals:
        assert list(arrivals.announcements(once=True)) == []
        assert [path.name for path, _ in arrivals.left_over()] == ["broken"]


@pytest.mark.parametrize("name", ["JPEG2000.dcm", "image_dfl.dcm", "CT_small.dcm", "MR_small_bigendian.dcm"])
def test_real_files_of_every_encoding_are_whole_and_their_halves_are_not(name: str, tmp_path: Path) -> None:
    from pydicom import dcmread  # noqa: PLC0415 - only these tests need it
    from pydicom.data import get_testdata_file  # noqa: PLC0415

    path = get_testdata_file(name, download=False)
    dataset = dcmread(path, stop_before_pixels=True)
    found = read_arrived_file(str(path))
    assert found is not None
    assert (found.study_instance_uid, found.sop_instance_uid, found.whole) == (
        dataset.StudyInstanceUID,
        dataset.SOPInstanceUID,
        True,
    )
    half = tmp_path / name
    content = Path(str(path)).read_bytes()
    half.write_bytes(content[: len(content) * 2 // 3])
    assert not read_arrived_file(half).whole  # type: ignore[union-attr]


# -- a folder, on a clock that stands still


def test_studies_are_told_apart_by_what_is_in_the_files(tmp_path: Path) -> None:
    for instance in (1, 2):
        put(tmp_path / "flat", 1, instance, name=f"a{instance}")
        put(tmp_path / "flat", 2, instance, name=f"b{instance}")
    put(tmp_path / "scp_wrong_name", 3, 1)
    put(tmp_path / "other" / "deep", 3, 2)
    assert summary(look(tmp_path)) == [(uid(1), 2, 1), (uid(2), 2, 1), (uid(3), 2, 1)]


def test_what_is_no_whole_instance_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, 1, 1)
    (tmp_path / "half").write_bytes(part10(2, 1)[:-7])
    (tmp_path / "homeless").write_bytes(part10(None, 5))
    (tmp_path / "notes.txt").write_text("no DICOM")
    (tmp_path / "empty").touch()
    (tmp_path / ".hidden").write_bytes(part10(3, 1))
    (tmp_path / ".folder").mkdir()
    (tmp_path / ".folder" / "x").write_bytes(part10(3, 2))
    os.mkfifo(tmp_path / "pipe")
    with Arrivals(tmp_path, 16, clock=ManualClock()) as arrivals:
        assert summary(list(arrivals.announcements(once=True))) == [(uid(1), 1, 1)]
        assert sorted((path.name, reason) for path, reason in arrivals.left_over()) == [
            ("half", "is not whole, or cannot be followed to its end"),
            ("homeless", "has no Study Instance UID"),
        ]


def test_one_instance_in_two_files_is_counted_once(tmp_path: Path) -> None:
    put(tmp_path, 1, 1, name="a")
    put(tmp_path, 1, 1, name="b")
    assert summary(look(tmp_path)) == [(uid(1), 1, 1)]


def test_an_instance_without_a_uid_is_told_by_its_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(part10(1, None))
    assert summary(look(tmp_path)) == [(uid(1), 2, 1)]
    assert look(tmp_path) == []


def test_an_expected_count_in_the_instances_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(part10(1, 1, expected=2))
    assert [(study.expected_count, study.complete) for study in look(tmp_path)] == [(2, False)]


def test_a_growing_file_keeps_its_study_awake_and_is_counted_when_it_is_whole(tmp_path: Path) -> None:
    clock = ManualClock()
    watcher, scanner = StudyWatcher(16, clock=clock), FolderScanner(tmp_path)
    put(tmp_path, 1, 1)
    content = part10(1, 2)
    # The study is known from the first of these on; before that nobody can tell whose the file is.
    for end in (*range(len(content) - 500, len(content), 100), len(content)):
        (tmp_path / "growing").write_bytes(content[:end])
        scanner.scan(watcher)
        clock.advance(10)
        assert watcher.due() == []
    clock.advance(6)
    assert summary(watcher.due()) == [(uid(1), 2, 1)]


def test_files_that_are_moved_or_removed_before_the_announcement_are_followed(tmp_path: Path) -> None:
    clock = ManualClock()
    watcher, scanner = StudyWatcher(16, clock=clock), FolderScanner(tmp_path)
    paths = [put(tmp_path / "incoming", 1, number) for number in (1, 2, 3)]
    scanner.scan(watcher)
    (tmp_path / "sorted").mkdir()
    for path in paths[:2]:
        path.rename(tmp_path / "sorted" / path.name)
    paths[2].unlink()
    scanner.scan(watcher)
    clock.advance(16)
    scanner.look_again(watcher.ripe(), watcher)
    clock.advance(16)
    assert watcher.due() == [ArrivedStudy(uid(1), tmp_path / "sorted", 2, 1)]


def test_a_late_file_is_seen_even_if_no_event_told_of_it(tmp_path: Path) -> None:
    clock = ManualClock()
    watcher, scanner = StudyWatcher(16, clock=clock), FolderScanner(tmp_path)
    put(tmp_path, 1, 1)
    scanner.scan(watcher)
    clock.advance(16)
    put(tmp_path, 1, 2)
    scanner.look_again(watcher.ripe(), watcher)
    assert watcher.due() == []
    clock.advance(16)
    assert summary(watcher.due()) == [(uid(1), 2, 1)]


def test_a_link_that_leads_round_in_a_circle_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path / "a", 1, 1)
    (tmp_path / "a" / "ring").symlink_to(tmp_path)
    assert summary(look(tmp_path)) == [(uid(1), 1, 1)]


# -- restarts


def test_nothing_is_announced_again_after_a_restart_and_late_files_are_revision_two(tmp_path: Path) -> None:
    put(tmp_path, 1, 1)
    assert summary(look(tmp_path)) == [(uid(1), 1, 1)]
    assert look(tmp_path) == []
    put(tmp_path, 1, 2)
    put(tmp_path, 2, 1)
    assert summary(look(tmp_path)) == [(uid(1), 2, 2), (uid(2), 1, 1)]
    assert look(tmp_path) == []
    assert summary(look(tmp_path, journal=False)) == [(uid(1), 2, 1), (uid(2), 1, 1)]


def test_a_study_counts_as_announced_when_the_next_one_is_asked_for(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        put(tmp_path, number, 1)
    with closing(watch(tmp_path, once=True, clock=ManualClock())) as studies:
        first = next(studies)
        next(studies)
    rest = look(tmp_path)
    assert len(rest) == 2
    assert first.study_instance_uid not in {study.study_instance_uid for study in rest}


def test_a_loop_that_fails_gets_the_same_revision_again(tmp_path: Path) -> None:
    put(tmp_path, 1, 1)

    def process() -> None:
        with closing(watch(tmp_path, once=True, clock=ManualClock())) as studies:
            for _ in studies:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        process()
    assert summary(look(tmp_path)) == [(uid(1), 1, 1)]
    assert look(tmp_path) == []


def test_a_damaged_journal_is_said_aloud_and_all_is_announced_again(tmp_path: Path) -> None:
    put(tmp_path, 1, 1)
    look(tmp_path)
    (tmp_path / JOURNAL_NAME).write_bytes(b"damaged" * 1000)
    notices: list[str] = []
    assert summary(look(tmp_path, on_notice=notices.append)) == [(uid(1), 1, 1)]
    assert "damaged" in notices[0]


# -- reactions


def run_reactions(folder: Path, reaction: Callable[[ArrivedStudy], object]) -> list[ReactionResult]:
    results: list[ReactionResult] = []
    with (
        Arrivals(folder, 16, clock=ManualClock()) as arrivals,
        Reactions(reaction, attempts=1) as reactions,
    ):
        for _ in react(arrivals, reactions, once=True, on_result=lambda _, result: results.append(result)):
            pass
    return results


def test_a_reaction_runs_once_for_each_revision(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def reaction(study: ArrivedStudy) -> None:
        seen.append((study.study_instance_uid, study.revision))

    put(tmp_path, 1, 1)
    run_reactions(tmp_path, reaction)
    run_reactions(tmp_path, reaction)
    put(tmp_path, 1, 2)
    run_reactions(tmp_path, reaction)
    assert seen == [(uid(1), 1), (uid(1), 2)]


def test_an_interrupted_reaction_runs_again_and_a_failed_one_does_not(tmp_path: Path) -> None:
    entered, gate = threading.Event(), threading.Event()

    def hang(_: ArrivedStudy) -> None:
        entered.set()
        gate.wait(DEADLINE_S)

    put(tmp_path, 1, 1)
    with Arrivals(tmp_path, 16, clock=ManualClock()) as arrivals, Reactions(hang) as reactions:
        studies = react(arrivals, reactions, once=True)
        next(studies)
        studies.close()
    assert not entered.is_set()

    def fail(_: ArrivedStudy) -> None:
        raise ValueError

    assert [result.error for result in run_reactions(tmp_path, fail)] == ["raised ValueError"]
    assert run_reactions(tmp_path, fail) == []
    with Arrivals(tmp_path, 16, clock=ManualClock()) as arrivals:
        assert arrivals.open_journal()
        assert arrivals.journal is not None
        assert [failure.error for failure in arrivals.journal.failures()] == ["raised ValueError"]


# -- in real time


@pytest.mark.parametrize("polling", [False, True])
def test_a_folder_is_followed_as_it_fills(
    polling: bool,  # noqa: FBT001 - a pytest parameter
    tmp_path: Path,
    background: Callable[..., Background],
) -> None:
    put(tmp_path / "early", 1, 1)
    watching = background(tmp_path, 0.4, polling=polling)
    watching.wait_for(1)
    put(tmp_path / "new" / "deep", 2, 1)
    watching.wait_for(2)
    put(tmp_path / "new" / "deep", 2, 2)
    assert summary(watching.wait_for(3)) == [(uid(1), 1, 1), (uid(2), 1, 1), (uid(2), 2, 2)]


def test_a_wall_clock_that_jumps_changes_nothing(
    tmp_path: Path, background: Callable[..., Background], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, 1, 1)
    old = put(tmp_path, 1, 2)
    os.utime(old, (0, 0))
    new = put(tmp_path, 1, 3)
    os.utime(new, (2**31, 2**31))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert summary(background(tmp_path, 0.3).wait_for(1)) == [(uid(1), 3, 1)]


def test_of_two_watchers_one_announces_and_the_other_takes_over(
    tmp_path: Path, background: Callable[..., Background]
) -> None:
    notices: list[str] = []
    first = background(tmp_path, 0.3)
    put(tmp_path, 1, 1)
    first.wait_for(1)
    second = background(tmp_path, 0.3, on_notice=notices.append)
    put(tmp_path, 2, 1)
    assert summary(first.wait_for(2)) == [(uid(1), 1, 1), (uid(2), 1, 1)]
    first.close()
    put(tmp_path, 3, 1)
    assert summary(second.wait_for(1)) == [(uid(3), 1, 1)]
    assert len(notices) <= 1


def test_a_folder_that_is_missing_or_goes_away_is_one_clear_error(
    tmp_path: Path, background: Callable[..., Background]
) -> None:
    with pytest.raises(FileAccessError, match="no such folder"):
        next(watch(tmp_path / "missing"))
    (tmp_path / "file").touch()
    with pytest.raises(FileAccessError, match="is a file"):
        next(watch(tmp_path / "file"))
    folder = tmp_path / "folder"
    folder.mkdir()
    put(folder, 1, 1)
    watching = background(folder, 0.3, journal=False, polling=True)
    watching.wait_for(1)
    shutil.rmtree(folder)
    assert "gone" in str(watching.wait_for_error())


def test_dcmtks_receiver_fills_the_folder(
    tmp_path: Path,
    peer: Callable[[str], str],
    dcmtk_storescp: Callable[..., int],
    background: Callable[..., Background],
) -> None:
    outbox, inbox = tmp_path / "out", tmp_path / "in"
    for study in (1, 2, 3):
        for instance in range(1, 6):
            put(outbox / str(study), study, instance, pixel_bytes=100_000)
    port = dcmtk_storescp(inbox, "--sort-on-study-uid", "scp")
    watching = background(inbox, 1.0)
    for study in (1, 2, 3):
        send = [peer("storescu"), "+sd", "127.0.0.1", str(port), str(outbox / str(study))]
        subprocess.run(send, check=True, capture_output=True, timeout=DEADLINE_S)
    studies = watching.wait_for(3)
    assert summary(studies) == [(uid(number), 5, 1) for number in (1, 2, 3)]
    assert {study.folder for study in studies} == {inbox / f"scp_{uid(number)}" for number in (1, 2, 3)}


# -- a receiver of this process


def test_a_receivers_feed_is_deterministic_on_a_manual_clock() -> None:
    clock = ManualClock()
    feed = EventFeed(clock=clock)
    feed.association_opened(1)
    feed.stored("1", "1.1", "in/1", association=1)
    clock.advance(5)
    feed.stored("2", "2.1", "in/2")
    feed.association_closed(1)
    feed.close()
    studies = list(watch(feed, 16, clock=clock))
    assert [(study.study_instance_uid, study.folder) for study in studies] == [
        ("1", Path("in/1")),
        ("2", Path("in/2")),
    ]
    assert clock() == 21.0


def test_closing_a_feed_closes_its_associations_and_ends_the_watch() -> None:
    clock = ManualClock()
    feed = EventFeed(clock=clock)
    feed.association_opened(1)
    feed.stored("1", "1.1", "in", association=1)
    feed.close()
    assert summary(list(watch(feed, 16, clock=clock))) == [("1", 1, 1)]


def test_a_feed_can_keep_a_journal_too(tmp_path: Path) -> None:
    for expected in ([("1", 1, 1)], []):
        clock = ManualClock()
        feed = EventFeed(clock=clock)
        feed.stored("1", "1.1", "in")
        feed.close()
        assert summary(list(watch(feed, 16, clock=clock, journal=tmp_path))) == expected


def test_a_running_receiver_tells_the_watcher(tmp_path: Path, background: Callable[..., Background]) -> None:
    from dicomkit.network import StorageSCP, send  # noqa: PLC0415 - only this test needs it

    outbox, inbox = tmp_path / "out", tmp_path / "in"
    inbox.mkdir()
    for instance in range(1, 6):
        put(outbox, 1, instance)
    feed = EventFeed()
    watching = background(feed, 60, grace_s=0.1)
    with StorageSCP(inbox) as scp:
        scp.subscribe(feed.take)
        assert send([outbox], "127.0.0.1", scp.port).raise_on_failure() is None
        (study,) = watching.wait_for(1)
    assert (study.study_instance_uid, study.instance_count) == (uid(1), 5)
    assert study.folder.parent == inbox
