"""Exercise 12.2: the keys of a query, tried on an archive."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.lessons.answers import Form, WrongForm
from dicomkit.lessons.exercise import PASS, Misconception, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import Dataset, FileDataset

    from dicomkit.archive import Catalogue

__all__ = ["KEYS", "archived_instances", "catalogue_of"]

_TEXTS = LessonTexts(__name__)


def archived_instances() -> list[FileDataset]:
    """Return what the archive of notebook 12 holds: five studies of three patients, the same each time."""
    from dicomkit.samples import cine, ct_series, localiser, radiograph  # noqa: PLC0415 - numpy and pydicom are not light

    chest = radiograph()
    chest.PatientName, chest.PatientID = "WORKER^BEN", "BEN-17"
    later = ct_series(3)
    for dataset in later:
        dataset.PatientName, dataset.PatientID = "DOE^JOHN", "JOHN-4"
    instances = [*ct_series(), localiser(), cine()]
    instances += _as_another_study([chest], "20240212", "chest")
    instances += _as_another_study(later, "20240131", "later")
    return [*instances, *_as_another_study([radiograph()], "20210704", "earlier")]


def _as_another_study(datasets: list[FileDataset], date: str, name: str) -> list[FileDataset]:
    """Return the instances as a study of another day, each with new UIDs."""
    from pydicom.uid import generate_uid  # noqa: PLC0415 - as above

    for dataset in datasets:
        dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = dataset.AcquisitionDate = date
        dataset.StudyInstanceUID = generate_uid(entropy_srcs=["notebook 12", name, "study"])
        dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["notebook 12", name, "series"])
        uid = generate_uid(entropy_srcs=["notebook 12", name, str(dataset.InstanceNumber)])
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
    return datasets


@contextlib.contextmanager
def catalogue_of(instances: list[FileDataset]) -> Iterator[Catalogue]:
    """Yield a catalogue of instances in a temporary folder."""
    from dicomkit.archive import Catalogue  # noqa: PLC0415 - as above
    from dicomkit.files.writing import write_file  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        for number, dataset in enumerate(instances):
            write_file(dataset, Path(folder) / f"{number}.dcm")
        yield Catalogue(folder)


def _read_keys(answer: object) -> Dataset:
    from pydicom.dataset import Dataset  # noqa: PLC0415 - as above

    from dicomkit.archive.identifiers import to_dataset  # noqa: PLC0415 - as above
    from dicomkit.archive.key_texts import item_of_texts  # noqa: PLC0415 - as above
    from dicomkit.errors import AttributePathError  # noqa: PLC0415 - as above

    if isinstance(answer, Dataset):
        return answer
    if not isinstance(answer, Mapping) or not all(isinstance(key, str) for key in answer):
        raise TypeError(answer)
    try:
        return to_dataset(item_of_texts(answer))
    except AttributePathError as error:
        # Without the key itself: an answer may be anything, even a name.
        raise WrongForm(_TEXTS.no_key.format(error.remedy)) from error


def _check_keys(keys: Dataset) -> Verdict:
    from dicomkit.archive import QueryError, find  # noqa: PLC0415 - as above

    if keys.get("Modality"):
        return retry(_TEXTS.modality)
    if keys.get("StudyInstanceUID") or keys.get("PatientID"):
        return retry(_TEXTS.fixed)
    instances = archived_instances()
    wanted = _wanted(instances)
    with catalogue_of(instances) as catalogue:
        try:
            found = list(find(catalogue, keys, level="STUDY", relational=False))
            every = {
                **dict.fromkeys(("StudyInstanceUID", "StudyDate", "ModalitiesInStudy"), ""),
                **_texts(keys),
            }
            names = {answer.StudyInstanceUID for answer in find(catalogue, _read_keys(every), level="STUDY")}
        except QueryError as error:
            return retry(_TEXTS.refused.format(error.comment))
    if names != wanted:
        return retry(_what_is_wrong(keys, names, wanted))
    missing = [word for word in ("PatientName", "StudyInstanceUID") if any(word not in one for one in found)]
    return retry(_TEXTS.not_returned.format(missing[0])) if missing else PASS


def _texts(keys: Dataset) -> dict[str, object]:
    return {element.keyword: str(element.value) for element in keys if element.value}


def _wanted(instances: list[FileDataset]) -> set[str]:
    return {
        str(one.StudyInstanceUID)
        for one in instances
        if one.Modality == "CT" and one.StudyDate.startswith("2024")
    }


def _what_is_wrong(keys: Dataset, found: set[str], wanted: set[str]) -> str:
    if not wanted <= found:
        return _TEXTS.too_few
    return _TEXTS.no_modality if keys.get("StudyDate") else _TEXTS.no_range


KEYS = _TEXTS.exercise(
    "12.2",
    form=Form("the keys of a query", _read_keys, _TEXTS.form),
    checker=_check_keys,
    also=(
        Misconception(
            '{"StudyDate": "20240101-20241231", "ModalitiesInStudy": "CT", "StudyInstanceUID": ""}',
            _TEXTS.not_returned.format("PatientName"),
        ),
        Misconception(
            '{"StudyDate": "20240101-20241231", "ModalitiesInStudy": "CT", "PatientName": ""}',
            _TEXTS.not_returned.format("StudyInstanceUID"),
        ),
        Misconception(
            '{"StudyDate": "2024*", "ModalitiesInStudy": "CT", "PatientName": ""}',
            _TEXTS.refused.format("StudyDate is no date YYYYMMDD and no range of two"),
        ),
        Misconception(
            '{"StudyDate": "20240101-20241231", "PatientsName": ""}',
            _TEXTS.no_key.format("did you mean PatientName?"),
        ),
    ),
)
