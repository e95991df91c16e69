"""Changes in folders are found, whether each folder is examined or the system reports which have changed."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.archive.folder_events import FolderEvents
from dicomkit.archive.folders import FolderChanges

ALWAYS_LOOK, ALWAYS_WATCH = sys.maxsize, 0


def files_below(root: Path) -> set[str]:
    return {os.fspath(path) for path in root.rglob("*") if path.is_file()}


class Follower:
    """Keep a list of files by what is told of changes."""

    def __init__(self, root: Path, few: int) -> None:
        self.changes = FolderChanges(root, few=few)
        self.files: set[str] = set()

    def look(self) -> set[str]:
        for change in self.changes.take():
            if change.is_new:
                self.files.add(f"{change.folder}{change.name}")
            else:
                self.files.discard(f"{change.folder}{change.name}")
        return self.files


@pytest.mark.parametrize("few", [ALWAYS_LOOK, ALWAYS_WATCH])
@pytest.mark.parametrize("seed", range(6))
def test_a_list_that_follows_changes_is_that_of_the_disk(tmp_path: Path, seed: int, few: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same on each run
    root = tmp_path / "root"
    (root / "0" / "0").mkdir(parents=True)
    outside = tmp_path / "outside"
    follower = Follower(root, few)
    for number in range(150):
        folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
        folder = rng.choice(folders)
        match rng.randrange(8):
            case 0:
                (folder / rng.choice("0123")).mkdir(exist_ok=True)
            case 1 if folder != root:
                shutil.rmtree(folder)
            case 2 if folder != root:
                other = rng.choice(folders) / rng.choice("0123")
                if folder not in [other, *other.parents] and not other.exists():
                    folder.rename(other)
            case 3 if folder != root and not outside.exists():
                folder.rename(outside)
            case 4 if outside.exists():
                (outside / "meanwhile").touch()
                outside.rename(folder / f"back{number}")
            case 5 if files := sorted(files_below(root)):
                Path(rng.choice(files)).unlink()
            case _:
                (folder / f"file{rng.randrange(9)}").write_text(str(number))
        if rng.randrange(3):
            assert follower.look() == files_below(root), number
    assert follower.look() == files_below(root)


@pytest.mark.skipif(sys.platform != "linux", reason="folders are watched on Linux only")
def test_folders_that_have_not_changed_are_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        (tmp_path / str(number)).mkdir()
    follower = Follower(tmp_path, 10)
    follower.look()
    follower.look()
    looked_at: list[str] = []
    stat = os.stat

    def counted(path: str, *more: object, **others: object) -> os.stat_result:
        looked_at.append(path)
        return stat(path, *more, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", counted)
    (tmp_path / "7" / "new").touch()
    assert f"{tmp_path}/7/new" in follower.look()
    assert set(looked_at) == {f"{tmp_path}/7/"}
    looked_at.clear()
    follower.look()
    assert looked_at == []


def lost(_events: FolderEvents) -> set[str] | None:
    return None


def refused(_events: FolderEvents, _path: str) -> bool:
    return False


@pytest.mark.parametrize(("name", "instead"), [("changed", lost), ("watch", refused)])
def test_where_nothing_is_told_each_folder_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, instead: Callable[..., object]
) -> None:
    monkeypatch.setattr(FolderEvents, name, instead)
    (tmp_path / "0").mkdir()
    follower = Follower(tmp_path, 0)
    for number in range(3):
        (tmp_path / "0" / f"{number}").touch()
        assert follower.look() == files_below(tmp_path)


def test_a_system_that_watches_no_folders_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    follower = Follower(tmp_path, 0)
    for number in range(3):
        (tmp_path / f"{number}").touch()
        assert follower.look() == files_below(tmp_path)
