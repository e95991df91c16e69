"""Exercises of notebook 12: responses, keys, levels, roles, what a C-MOVE did, and whose list is to be changed."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import generate_uid

from dicomkit.archive import Catalogue, QueryError, find
from dicomkit.archive.identifiers import to_dataset
from dicomkit.archive.key_texts import item_of_texts
from dicomkit.errors import AttributePathError
from dicomkit.files.writing import write_file
from dicomkit.lessons.answer_parts import list_of, tuple_of
from dicomkit.lessons.answers import FUNCTION, STATUS, WHOLE_NUMBER, WORD, Form, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import decision
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.pynetdicom_peer import retrieved
from dicomkit.network import Archive, RetrieveReport, send
from dicomkit.samples import cine, ct_series, localiser, radiograph

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_RESPONSES = (6, 0xFF00)
_LEVELS = ("SERIES", "STUDY", "IMAGE")
_ENTRY = ("PACS", "WS", "10.0.0.7", 104)


def checkpoint() -> SimpleNamespace:
    """Return what notebook 12 asks about, and its answers.

    Returns
    -------
    SimpleNamespace
        ``instances``: five studies of three patients, 19 instances in all; ``responses``, ``levels`` and
        ``entry``: the answers of 12.1, 12.3 and 12.6.
    """
    return SimpleNamespace(instances=archived_instances(), responses=_RESPONSES, levels=_LEVELS, entry=_ENTRY)


def _check_responses(answer: tuple[int, int]) -> Verdict:
    count, status = answer
    return judged_by(
        (count == 1, _TEXTS.one_for_all),
        (count == _RESPONSES[0] - 1, _TEXTS.no_end),
        (count != _RESPONSES[0], _TEXTS.other_count),
        (status == 0, _TEXTS.fifth_is_answer),
        (status != _RESPONSES[1], _TEXTS.pending_is_error),
    )


def _check_levels(answer: tuple[str, str, str]) -> Verdict:
    levels = tuple(word.upper() for word in answer)
    if levels == _LEVELS:
        return PASS
    return judged_by(
        ("PATIENT" in levels, _TEXTS.not_patient),
        ("INSTANCE" in levels, _TEXTS.not_instance),
        (levels[2] in {"STUDY", "SERIES"}, _TEXTS.one_slice),
        (levels[2] != "IMAGE", _TEXTS.form_of_levels),
        ("IMAGE" in levels[:2], _TEXTS.all_images),
        (levels[0] == "STUDY", _TEXTS.series_is_its_own),
        (levels[1] == "SERIES", _TEXTS.studies_wanted),
        (True, _TEXTS.form_of_levels),
    )


def _check_entry(answer: tuple[str, str, str, int]) -> Verdict:
    *texts, port = answer
    whose, title, host = entry = [text.casefold() for text in texts]
    *right_texts, right_port = _ENTRY
    right_entry = [text.casefold() for text in right_texts]
    return judged_by(
        (whose == "ws", _TEXTS.whose_list),
        (title == "pacs", _TEXTS.title_of_archive),
        (host in {"10.0.0.1", "archive.hospital"}, _TEXTS.address_of_archive),
        (entry != right_entry, _TEXTS.form_of_entry),
        (port != right_port, _TEXTS.listening_port),
    )


def _role(answer: object) -> object:
    if not hasattr(answer, "sop_class_uid"):
        raise TypeError(answer)
    return answer


def _check_roles(roles: Sequence[Any]) -> Verdict:
    slices = [one for one in archived_instances() if one.Modality in {"CT", "CR"}]
    for one in slices:
        one.StudyInstanceUID = "2.25.12"
    kinds = {str(one.SOPClassUID) for one in slices}
    classes = {str(role.sop_class_uid) for role in roles}
    verdict = judged_by(
        (not roles, _TEXTS.no_roles),
        (kinds.isdisjoint(classes), _TEXTS.wrong_class),
        (not any(role.scp_role for role in roles), _TEXTS.wrong_role),
    )
    if verdict is not PASS:
        return verdict
    with tempfile.TemporaryDirectory() as folder, Archive(folder, ae_title="ARCHIVE") as archive:
        send(slices, "127.0.0.1", archive.port, called_ae_title="ARCHIVE")
        came = retrieved(archive.port, "2.25.12", sorted(kinds), roles)
    return judged_by((came < len(slices), _TEXTS.one_kind if len(classes) == 1 else _TEXTS.other))


def _check_all_there(all_there: Callable[..., Any]) -> Verdict:
    def says(status: int, completed: int | None, warnings: int | None, failed: int | None) -> bool:
        report = RetrieveReport("C-MOVE", status, completed, warnings, failed)
        return decision(all_there, report, 12, name="all_there")

    return judged_by(
        (not says(0x0000, 12, 0, 0), _TEXTS.function),
        (says(0x0000, 0, 0, 0) or says(0x0000, 5, 0, 0), _TEXTS.status_only),
        (says(0xA801, None, None, None), _TEXTS.unknown),
        (says(0xB000, 12, 0, 1), _TEXTS.count_only),
        (not says(0xB000, 11, 1, 0), _TEXTS.warning),
        (says(0xFE00, 5, 0, 0), _TEXTS.count_only),
    )


def archived_instances() -> list[FileDataset]:
    """Return what the archive of notebook 12 holds: five studies of three patients, the same each time."""
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
    with tempfile.TemporaryDirectory() as folder:
        for number, dataset in enumerate(instances):
            write_file(dataset, Path(folder) / f"{number}.dcm")
        yield Catalogue(folder)


def _read_keys(answer: object) -> Dataset:
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


EXERCISES = (
    _TEXTS.exercise("12.1", tuple_of(WHOLE_NUMBER, STATUS), _check_responses),
    _TEXTS.exercise("12.2", Form("the keys of a query", _read_keys), _check_keys),
    _TEXTS.exercise("12.3", tuple_of(WORD, WORD, WORD), _check_levels),
    _TEXTS.exercise("12.4", list_of(Form("a role", _role)), _check_roles),
    _TEXTS.exercise("12.5", FUNCTION, _check_all_there),
    _TEXTS.exercise("12.6", tuple_of(WORD, WORD, WORD, WHOLE_NUMBER.saying(_TEXTS.port_last)), _check_entry),
)
