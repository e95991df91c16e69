"""Where the entries of an index come from: folders, files, zips, bytes, data sets. Nothing is written."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dicomkit.errors import DicomKitError, FileAccessError, NotDicomError, reason_of
from dicomkit.files.folder_files import files_in
from dicomkit.files.foreign_names import foreign_reason
from dicomkit.index.entries import BytesEntry, Entry, FileEntry, RefusedEntry
from dicomkit.index.zip_members import ZIP_START, entries_of_zip

__all__ = ["Indexable", "entries_of"]

# What may be indexed; a pydicom Dataset is known by what it can do, since pydicom may not be imported yet.
Indexable = str | os.PathLike[str] | bytes | object


def entries_of(source: Indexable) -> Iterator[Entry]:
    """Yield each entry of what was given, in a fixed order, without reading it.

    Raises
    ------
    FileAccessError
        If a path does not exist or cannot be listed.
    NotDicomError
        If a zip cannot be opened or exceeds `MAX_ZIP_ENTRIES`.
    """
    if isinstance(source, (bytes, bytearray)):
        yield from _entries_of_bytes("bytes", bytes(source))
    elif isinstance(source, (str, os.PathLike)):
        yield from _entries_of_path(Path(source))
    elif hasattr(source, "save_as"):
        yield _entry_of_dataset("data set", source)
    elif isinstance(source, Mapping):
        for name, content in source.items():
            yield from _entries_of_named(str(name), content)
    elif isinstance(source, Iterable):
        for number, part in enumerate(source, start=1):
            yield from _entries_of_part(part, number)
    else:
        raise NotDicomError(
            type(source).__name__,
            "this cannot be indexed",
            "give a path, bytes, a data set, or several of these",
        )


def _entries_of_named(name: str, content: object) -> Iterator[Entry]:
    """Yield the entries of some bytes that have a name, such as an uploaded file."""
    try:
        # An uploaded folder comes file by file; what a person has chosen alone has no folder before its name.
        foreign = next(filter(None, map(foreign_reason, name.split("/")[1:])), "")
        if foreign:
            yield RefusedEntry(name, foreign)
        elif isinstance(content, (bytes, bytearray)):
            yield from _entries_of_bytes(name, bytes(content))
        else:
            yield RefusedEntry(name, "these are no bytes")
    except DicomKitError as error:
        yield RefusedEntry(name, error.problem)


def _entries_of_part(part: Indexable, number: int) -> Iterator[Entry]:
    """Yield the entries of one part of a list; what is wrong with it is its own refusal, not the list's."""
    name = str(part) if isinstance(part, (str, os.PathLike)) else f"part {number}"
    try:
        if isinstance(part, (bytes, bytearray)):
            yield from _entries_of_bytes(f"bytes {number}", bytes(part))
        elif hasattr(part, "save_as"):
            yield _entry_of_dataset(f"data set {number}", part)
        elif isinstance(part, (str, os.PathLike)):
            yield from _entries_of_path(Path(part))
        else:
            yield RefusedEntry(name, "this is no path, no bytes and no data set")
    except DicomKitError as error:
        yield RefusedEntry(name, error.problem)


def _entries_of_path(path: Path) -> Iterator[Entry]:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise FileAccessError(path, "there is no such file", "check the name and the folder") from error
    except (OSError, ValueError) as error:
        raise FileAccessError(path, f"cannot be read ({reason_of(error)})", "check its rights") from error
    if stat.S_ISDIR(mode):
        yield from _entries_of_folder(path)
    elif not stat.S_ISREG(mode):
        raise FileAccessError(path, "this is a pipe or a device, not a file", "name a file or a folder")
    elif _starts_like_zip(path):
        yield from entries_of_zip(str(path), lambda: path.open("rb", buffering=0))
    else:
        yield FileEntry(path.name, str(path))


def _entries_of_folder(folder: Path) -> Iterator[Entry]:
    for path, name, refusal, _ in files_in(folder):
        yield RefusedEntry(name or str(folder), refusal) if refusal else FileEntry(name, path)


def _entries_of_bytes(name: str, content: bytes) -> Iterator[Entry]:
    if content.startswith(ZIP_START):
        yield from entries_of_zip(name, lambda: io.BytesIO(content))
    else:
        yield BytesEntry(name, content)


def _entry_of_dataset(name: str, dataset: object) -> Entry:
    from pydicom.dataset import Dataset  # noqa: PLC0415 - only data sets need pydicom here

    from dicomkit.files.writing import encode_file  # noqa: PLC0415 - the same

    if not isinstance(dataset, Dataset):
        return RefusedEntry(name, "this is no data set")
    try:
        return BytesEntry(name, encode_file(dataset))
    except DicomKitError as error:
        return RefusedEntry(name, error.problem)


def _starts_like_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(ZIP_START)) == ZIP_START
    except OSError:
        return False  # reading the entry will say why
