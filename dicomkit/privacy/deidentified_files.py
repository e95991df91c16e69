"""De-identify a file, or all files of a folder, into new files whose names identify nobody."""

from __future__ import annotations

import filecmp
import os
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import FileDataset

from dicomkit.errors import (
    DicomFileWarning,
    DicomKitError,
    FileAccessError,
    OtherFormatError,
    UsageError,
    reason_of,
)
from dicomkit.files.folder_files import FolderFile, files_in
from dicomkit.files.reading import read_file
from dicomkit.files.replacing import new_file
from dicomkit.files.writing import encode_file
from dicomkit.privacy.deidentification import Deidentified, deidentify
from dicomkit.privacy.deidentification_key import DeidentificationKey

__all__ = ["FileResult", "deidentify_files"]


@dataclass(frozen=True)
class FileResult:
    """The result for one file.

    Parameters
    ----------
    source
        The file that was read. Its name may be a patient's, so it must not appear in a report.
    target
        The file that was written, or None.
    deidentified
        What was done, or None.
    problem
        Why there is no result, in one sentence; "" if there is one.
    remarks
        What was odd about the file, such as a program in its preamble.
    is_passed_over
        Whether nothing is lost by leaving it out: it is not a DICOM file, or a copy of another one. ``problem`` says
        which.
    """

    source: Path
    target: Path | None = None
    deidentified: Deidentified | None = None
    problem: str = ""
    remarks: tuple[str, ...] = ()
    is_passed_over: bool = False


def deidentify_files(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    key: DeidentificationKey,
    *,
    keep_private: Collection[str] = (),
    pixels_checked: bool = False,
) -> Iterator[FileResult]:
    """De-identify files one after the other, and yield a result for each; refused ones are not written.

    Parameters
    ----------
    source
        A file or a folder. It is only read.
    target
        For a file: the new file, or an existing folder. For a folder: a folder, which is made if it is missing. Files
        in a folder are named by their new UIDs: ``<StudyInstanceUID>/<SOPInstanceUID>.dcm``.
    key, keep_private, pixels_checked
        As for `dicomkit.privacy.deidentify`.

    Raises
    ------
    UsageError
        If source and target are the same, or one lies in the other.
    FileAccessError
        If the source is missing.
    WorkshopError
        If dicom-anonymizer is not installed.
    """
    start, end = Path(source), Path(target)
    if not start.exists():
        raise FileAccessError(start, "there is no such file or folder", "check the name")
    _check_apart(start, end)
    options = {"keep_private": keep_private, "pixels_checked": pixels_checked}
    is_folder = start.is_dir() or end.is_dir()
    made: dict[Path, Path] = {}  # the source of each result
    for name, _, refusal, is_trouble in files_in(start) if start.is_dir() else [FolderFile(str(start), "")]:
        path = Path(name)
        if refusal:
            yield FileResult(path, problem=refusal, is_passed_over=not is_trouble)
            continue
        remarks: list[str] = []
        try:
            deidentified = deidentify(_read(path, remarks), key, **options)  # type: ignore[arg-type]
            goal = _goal(deidentified, end, is_folder=is_folder)
            if goal in made:
                yield _second(path, made[goal])
                continue
            _write_new(deidentified, goal)
        except DicomKitError as error:
            if not _is_about_a_file(error):
                raise
            yield FileResult(
                path,
                problem=f"{error.problem}; {error.remedy}",
                remarks=tuple(remarks),
                is_passed_over=isinstance(error, OtherFormatError) and start.is_dir(),
            )
        else:
            made[goal] = path
            yield FileResult(path, goal, deidentified, remarks=(*remarks, *deidentified.remarks))


def _second(path: Path, first: Path) -> FileResult:
    """Return the result for a file whose SOP Instance UID has occurred before."""
    if filecmp.cmp(path, first, shallow=False):
        return FileResult(path, problem="a copy of another file, byte for byte", is_passed_over=True)
    problem = "another file has its SOP Instance UID and other content; give one of them a new UID"
    return FileResult(path, problem=problem)


def _read(path: Path, remarks: list[str]) -> FileDataset:
    """Read a file, and add its warnings to `remarks` instead of emitting them."""
    with warnings.catch_warnings(record=True, action="always", category=DicomFileWarning) as caught:
        dataset = read_file(path)
    remarks += [str(one.message).removeprefix(f"{path}: ") for one in caught]
    return dataset


def _check_apart(source: Path, target: Path) -> None:
    """Check that nothing is de-identified in place."""
    one, other = source.resolve(), target.resolve()
    inside_source = source.is_dir() and other.is_relative_to(one)
    if one == other or inside_source or (source.is_dir() and one.is_relative_to(other)):
        raise UsageError(target, "the results would lie among what they are made from", "name another folder")


def _is_about_a_file(error: DicomKitError) -> bool:
    """Return whether an error concerns this file only: a missing package or a wrong call concerns them all."""
    return isinstance(error, ValueError | OSError) and not isinstance(error, UsageError)


def _goal(deidentified: Deidentified, target: Path, *, is_folder: bool) -> Path:
    if not is_folder:
        return target
    dataset = deidentified.dataset
    study = str(dataset.get("StudyInstanceUID") or "no-study")
    return target / study / f"{dataset.SOPInstanceUID}.dcm"


def _write_new(deidentified: Deidentified, path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise FileAccessError(path, "a file of that name is there already", "name another folder")
    content = encode_file(deidentified.dataset)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileAccessError(
            path.parent, f"the folder cannot be made ({reason_of(error)})", "check the rights"
        ) from error
    with new_file(path) as stream:
        stream.write(content)
