"""The learner's own copies of the notebooks, and which of them were edited.

A copy is replaced only if it still is byte for byte what was copied. To know that, the folder has a manifest: one
line for each file with the SHA-256 of what the kit wrote.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from dicomkit.errors import FileAccessError, LessonError, reason_of
from dicomkit.files.replacing import file_to_replace, new_file
from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook, pristine_folder
from dicomkit.workshop.unrun import unrun_bytes

__all__ = [
    "MANIFEST_NAME",
    "PlacedFiles",
    "copy_workshop",
    "pristine_files",
    "read_text",
    "reset_notebook",
    "workshop_folder",
]

DEFAULT_FOLDER = "dicom-workshop"
MANIFEST_NAME = ".dicomkit-workshop.json"
_NOT_FOR_LEARNERS = {"conftest.py"}


@dataclasses.dataclass(frozen=True)
class PlacedFiles:
    """What happened to each file, by its path inside the folder.

    Parameters
    ----------
    new, updated
        Files that were written: because they were missing; because there was an unedited older copy.
    same
        Files that were up to date.
    kept
        Files that were left alone, because the learner has edited them.
    """

    new: tuple[str, ...]
    updated: tuple[str, ...]
    same: tuple[str, ...]
    kept: tuple[str, ...]


def pristine_files() -> dict[str, bytes]:
    """Return the files for a learner by path inside the folder: notebooks without outputs, and their pictures."""
    folder = pristine_folder()
    return {
        path.relative_to(folder).as_posix(): (
            unrun_bytes(path.read_bytes()) if path.suffix == ".ipynb" else path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name not in _NOT_FOR_LEARNERS
        and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts)
    }


def copy_workshop(folder: Path) -> PlacedFiles:
    """Copy the notebooks to `folder`; edited ones stay as they are.

    Raises
    ------
    FileAccessError
        If the folder cannot be made or written, or holds the published notebooks themselves.
    """
    _check_not_pristine(folder)
    return place_files(pristine_files(), folder)


def place_files(files: Mapping[str, bytes], folder: Path) -> PlacedFiles:
    """Write `files` to `folder`, but never over one that was edited since the kit wrote it.

    Parameters
    ----------
    files
        Content by path inside the folder, with ``/`` between its parts.
    folder
        The folder; it is made if it does not exist.

    Raises
    ------
    FileAccessError
        If the folder cannot be made or written.
    """
    _make_folder(folder)
    written = _read_manifest(folder)
    groups: dict[str, list[str]] = {"new": [], "updated": [], "same": [], "kept": []}
    for name, content in files.items():
        target = folder / name
        group = _group(target, content, written.get(name))
        groups[group].append(name)
        if group in {"new", "updated"}:
            _make_folder(target.parent)
            _put(target, content, is_new=group == "new")
        if group != "kept":
            written[name] = _digest(content)
    _write_manifest(folder, written)
    return PlacedFiles(**{group: tuple(names) for group, names in groups.items()})


def reset_notebook(notebook: Notebook, folder: Path) -> Path | None:
    """Restore the copy in `folder` to its original state.

    Parameters
    ----------
    notebook
        The notebook.
    folder
        The learner's folder.

    Returns
    -------
    Path or None
        The backup of the learner's version; None if there was none, or if it was not edited.

    Raises
    ------
    FileAccessError
        If something cannot be read or written. The learner's version then still exists.
    """
    _check_not_pristine(folder)
    content = pristine_files()[notebook.file_name]
    target = folder / notebook.file_name
    written = _read_manifest(folder)
    group = _group(target, content, written.get(notebook.file_name))
    backup = _back_up(target) if group == "kept" else None
    if group != "same":
        _make_folder(folder)
        _put(target, content, is_new=group == "new")
    _write_manifest(folder, written | {notebook.file_name: _digest(content)})
    return backup


def workshop_folder(given: str | None) -> Path:
    """Return the folder that a command works in.

    Parameters
    ----------
    given
        The folder that was typed. By default the working folder if it contains the workshop, as in JupyterLab's
        terminal, otherwise ``dicom-workshop`` in it.
    """
    if given is not None:
        return Path(given)
    here = Path()
    if (here / MANIFEST_NAME).is_file() or any(
        (here / notebook.file_name).is_file() for notebook in NOTEBOOKS
    ):
        return here
    return Path(DEFAULT_FOLDER)


def read_text(path: Path) -> str:
    """Return the text of a notebook's file.

    Raises
    ------
    FileAccessError
        If it cannot be read.
    LessonError
        If it is not text in UTF-8.
    """
    try:
        return _read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise LessonError(
            path, "this is not text in UTF-8, so not a notebook", "restore it: dicomkit reset NN"
        ) from error


def _check_not_pristine(folder: Path) -> None:
    if folder.resolve() == pristine_folder():
        raise FileAccessError(folder, "these are the published notebooks themselves", "choose another folder")


def _group(target: Path, content: bytes, digest_written: str | None) -> str:
    if not target.exists():
        return "new"
    present = _read(target)
    if present == content:
        return "same"
    return "updated" if _digest(present) == digest_written else "kept"


def _back_up(target: Path) -> Path:
    """Copy `target` to a free name; the copy is created exclusively, so nothing is overwritten."""
    content = _read(target)
    number = 1
    while True:
        backup = target.with_name(f"{target.stem}.backup-{number}{target.suffix}")
        try:
            with backup.open("xb") as stream:
                stream.write(content)
        except FileExistsError:
            number += 1
        except OSError as error:
            backup.unlink(missing_ok=True)  # a half backup would look like a whole one
            raise _cannot(backup, "written", error) from error
        else:
            return backup


def _read_manifest(folder: Path) -> dict[str, str]:
    try:
        entries = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}  # unreadable: then every copy that differs counts as edited
    return {str(k): str(v) for k, v in entries.items()} if isinstance(entries, dict) else {}


def _write_manifest(folder: Path, entries: Mapping[str, str]) -> None:
    text = json.dumps(dict(sorted(entries.items())), indent=1) + "\n"
    _put(folder / MANIFEST_NAME, text.encode())


def _put(path: Path, content: bytes, *, is_new: bool = False) -> None:
    with new_file(path) if is_new else file_to_replace(path) as stream:
        stream.write(content)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot(folder, "made into a folder", error) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _cannot(path, "read", error) from error


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _cannot(path: Path, verb: str, error: OSError) -> FileAccessError:
    return FileAccessError(
        path, f"cannot be {verb} ({reason_of(error)})", "choose another folder, or check its rights"
    )
