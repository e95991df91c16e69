"""Query an archive in this process, with pydicom data sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dicomkit.archive.catalogue import Catalogue
from dicomkit.archive.entities import Instance
from dicomkit.archive.identifiers import item_of, to_dataset
from dicomkit.archive.levels import Level, Model
from dicomkit.archive.query import parse_query, parse_retrieval
from dicomkit.archive.search import find_instances, search

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["find", "instances"]


def find(
    catalogue: Catalogue,
    keys: Dataset,
    *,
    level: str = "",
    model: Model = Model.STUDY_ROOT,
    relational: bool = True,
) -> Iterator[Dataset]:
    """Yield a data set for each entity that matches, with the return keys.

    Parameters
    ----------
    catalogue
        The archive's catalogue.
    keys
        Matching keys, and return keys with empty values.
    level
        ``PATIENT``, ``STUDY``, ``SERIES`` or ``IMAGE``; by default Query/Retrieve Level (0008,0052) of the keys.
    model
        The information model.
    relational
        Whether all keys of higher levels are allowed, not only unique keys.

    Raises
    ------
    QueryError
        If the keys are invalid.

    References
    ----------
    PS3.4 section C.4.1, C-FIND Operation.

    Examples
    --------
    >>> import tempfile
    >>> from pydicom import Dataset
    >>> keys = Dataset()
    >>> keys.PatientName = "Doe*"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     list(find(Catalogue(folder), keys, level="STUDY"))
    []
    """
    asked = Level[level] if level else None
    query = parse_query(item_of(keys), model, relational=relational, level=asked)
    catalogue.refresh()
    return (to_dataset(item) for item in search(catalogue, query))


def instances(
    catalogue: Catalogue, keys: Dataset, *, model: Model = Model.STUDY_ROOT, relational: bool = True
) -> Iterator[Instance]:
    """Yield the instances of the entities that the unique keys name; ``path`` is the file.

    Raises
    ------
    QueryError
        If there is another key than a unique one, or none of the level.

    References
    ----------
    PS3.4 section C.4.2.1.4, Identifier of C-MOVE.
    """
    query = parse_retrieval(item_of(keys), model, relational=relational)
    catalogue.refresh()
    return find_instances(catalogue, query)
