"""Look up and read the study, series or instance that a URL names. No part of a URL becomes a path on disk."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.archive import Catalogue, Instance
from dicomkit.errors import CharacterSetError, DicomKitError
from dicomkit.files.warnings_here import warnings_here
from dicomkit.network.storage_service import StorageService
from dicomkit.network.web.answer import RequestRefusedError

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

__all__ = ["Holdings", "instances_at", "place_of", "read_instance", "uids_of", "unreadable"]

_NAMES = ("study", "series", "instance")
_RESOURCES = ("studies", "series", "instances")


class Holdings(NamedTuple):
    """The archive that is served, and its base URL."""

    catalogue: Catalogue
    service: StorageService
    base_url: str
    ae_title: str = ""


def instances_at(catalogue: Catalogue, uids: tuple[str, ...]) -> list[Instance]:
    """Return the instances of a study or series in order, or the one instance.

    Parameters
    ----------
    catalogue
        The archive's catalogue.
    uids
        One to three: of the study, the series and the instance.

    Raises
    ------
    RequestRefusedError
        404 if one of them does not exist.
    """
    study_uid, *below = uids
    study = catalogue.studies.get(study_uid)
    if study is None:
        raise _unknown(0, study_uid)
    if not below:
        return list(study.instances())
    series = study.series.get(below[0])
    if series is None:
        raise _unknown(1, below[0])
    if len(below) == 1:
        return series.in_order()
    instance = series.instances.get(below[1])
    if instance is None:
        raise _unknown(2, below[1])
    return [instance]


def _unknown(level: int, uid: str) -> RequestRefusedError:
    where = "is in this archive" if level == 0 else f"is in that {_NAMES[level - 1]}"
    return RequestRefusedError(
        404,
        f"{_NAMES[level]} {uid[:64]}",
        f"no {_NAMES[level]} with this UID {where}",
        "search first, with QIDO-RS",
    )


def read_instance(instance: Instance) -> FileDataset:
    """Return the data set of an instance; texts in an unknown character set are read as a search reads them.

    Raises
    ------
    RequestRefusedError
        500 if its file cannot be read.
    """
    from dicomkit.files.reading import read_file  # noqa: PLC0415 - a server starts without pydicom

    try:
        with warnings_here("ignore"):
            try:
                return read_file(instance.path)
            except CharacterSetError:
                return read_file(instance.path, repair="character_set")
    except DicomKitError as error:
        raise unreadable(instance, error.problem) from error


def unreadable(instance: Instance, problem: str) -> RequestRefusedError:
    """Return the refusal for an instance whose file cannot be read any more."""
    return RequestRefusedError(
        500, f"instance {instance.uid}", problem, "look at its file in the archive's folder"
    )


def uids_of(instance: Instance) -> tuple[str, str, str]:
    """Return the UIDs of the study, of the series and of the instance."""
    return instance.series.study.uid, instance.series.uid, instance.uid


def place_of(*uids: str) -> str:
    """Return the path of a study, a series or an instance.

    Examples
    --------
    >>> place_of("1.2", "1.2.3")
    '/studies/1.2/series/1.2.3'
    """
    steps = zip(_RESOURCES, uids, strict=False)
    return "".join(f"/{name}/{urllib.parse.quote(uid, safe='')}" for name, uid in steps)
