"""The journal: whole after any crash, one owner at a time, begun anew when it is damaged."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.arrivals import JOURNAL_NAME, ArrivedStudy, Journal, JournalInUse, ManualClock, StudyWatcher
from dicomkit.errors import FileAccessError

DEADLINE_S = 60
NOBODY = 65534  # the user number of Linux and macOS for one who owns nothing


def study(uid: str = "1", revision: int = 1, instances: tuple[str, ...] = ("1.1", "1.2")) -> ArrivedStudy:
    return ArrivedStudy(uid, Path("/in/1"), 2, revision, None, frozenset(instances))


def restored(journal: Journal) -> StudyWatcher:
    watcher = StudyWatcher(16, clock=ManualClock())
    journal.restore(watcher)
    return watcher


def test_what_was_announced_is_known_after_a_restart(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.announced(study())
        journal.announced(study(revision=2, instances=("1.3",)))
    with Journal(tmp_path) as journal:
        watcher = restored(journal)
        for instance in ("1.1", "1.2", "1.3"):
            watcher.arrived("1", instance, folder="/in/1")
        assert watcher.pending == []
        watcher.arrived("1", "1.4", folder="/in/1")
        assert watcher.pending == ["1"]
        watcher._clock.advance(16)  # type: ignore[attr-defined]
        assert [(found.revision, found.instance_count) for found in watcher.due()] == [(3, 4)]


def test_an_open_reaction_is_found_again_until_it_has_ended(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.announced(study("1"), reaction=True)
        journal.announced(study("2"), reaction=True)
        journal.announced(study("3"))
        journal.reaction_ended(study("1"))
    with Journal(tmp_path) as journal:
        assert journal.open_reactions() == [study("2")]
        journal.reaction_ended(study("2"), error="ended with exit status 3", output="no space")
    with Journal(tmp_path) as journal:
        assert journal.open_reactions() == []
        assert [tuple(failure) for failure in journal.failures()] == [
            ("2", 1, "ended with exit status 3", "no space")
        ]


def test_only_one_watcher_has_it(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(JournalInUse, match="another watcher"):
        Journal(tmp_path)
    Journal(tmp_path).close()


def test_the_lock_goes_with_its_owner_also_when_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from dicomkit.arrivals import ArrivedStudy, Journal\n"
        "journal = Journal(sys.argv[1])\n"
        "journal.announced(ArrivedStudy('1', Path('in'), 1, 1, None, frozenset({'1.1'})), reaction=True)\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        with pytest.raises(JournalInUse):
            Journal(tmp_path)
        owner.kill()
        owner.wait(DEADLINE_S)
    with Journal(tmp_path) as journal:
        assert [found.study_instance_uid for found in journal.open_reactions()] == ["1"]


def drop_a_table(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("DROP TABLE instance")
    database.commit()
    database.close()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"this is no database at all, whatever its name may be" * 50),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(path.read_bytes()[:4096] + os.urandom(len(path.read_bytes()) - 4096)),
        drop_a_table,
    ],
    ids=["no database", "cut off", "overwritten", "a table is missing"],
)
def test_a_damaged_journal_is_put_aside_and_begun_anew_aloud(tmp_path: Path, damage: object) -> None:
    with Journal(tmp_path) as journal:
        for number in range(200):
            journal.announced(study(str(number)))
    assert callable(damage)
    damage(tmp_path / JOURNAL_NAME)
    notices: list[str] = []
    with Journal(tmp_path, on_notice=notices.append) as journal:
        assert len(notices) == 1
        assert "damaged" in notices[0]
        assert "announced again" in notices[0]
        journal.announced(study())
    assert (tmp_path / f"{JOURNAL_NAME}.damaged-1").exists()
    notices.clear()
    with Journal(tmp_path, on_notice=notices.append) as journal:
        assert notices == []
        assert restored(journal)._studies.keys() == {"1"}


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="cannot be written there"):
        Journal(tmp_path / "missing")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no file modes")
def test_a_folder_without_write_access_is_one_clear_error() -> None:
    # Not tmp_path: whoever is not root cannot even get there.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IROTH | stat.S_IXOTH)
        with pytest.raises(FileAccessError), as_somebody_without_rights():
            Journal(folder)
        assert list(folder.iterdir()) == []
        folder.chmod(stat.S_IRWXU)


@contextlib.contextmanager
def as_somebody_without_rights() -> Iterator[None]:
    """Give root's rights up for a moment, if we are root: root may write everywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_reactions_may_end_in_any_thread(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        studies = [study(str(number)) for number in range(50)]
        for one in studies:
            journal.announced(one, reaction=True)
        threads = [threading.Thread(target=journal.reaction_ended, args=[one]) for one in studies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_S)
        assert journal.open_reactions() == []


def test_a_journal_that_was_closed_says_so_and_closes_twice(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.close()
    journal.close()
    with pytest.raises(FileAccessError):
        journal.announced(study())


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode there")
def test_a_folder_whose_name_is_not_unicode_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(b"/in/\xff\xfe"))
    with Journal(tmp_path) as journal:
        journal.announced(ArrivedStudy("1", folder, 1), reaction=True)
        assert [found.folder for found in journal.open_reactions()] == [folder]
