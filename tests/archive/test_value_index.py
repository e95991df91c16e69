"""A search through the value index finds what a comparison with each study finds, through all changes."""

from __future__ import annotations

import random
import shutil
import warnings
from collections.abc import Iterable
from pathlib import Path

import pytest

from dicomkit.archive import Catalogue, Level, Model
from dicomkit.archive.entities import Study
from dicomkit.archive.key_texts import item_of_texts
from dicomkit.archive.query import Condition, Query, parse_query
from dicomkit.archive.search import search
from dicomkit.samples import ct_series
from tests.support.many_studies import write_many_studies
from tests.support.query_corpus import AskedQuery, make_queries, write_corpus


class WholeCatalogue(Catalogue):
    """A catalogue in which each study is looked at."""

    def narrowed(self, _conditions: Iterable[Condition]) -> list[Study] | None:
        return None


def query_of(asked: AskedQuery, *, is_relational: bool = False) -> Query:
    keys = {key: value for key, value in asked.keys.items() if not is_relational or "InstanceUID" not in key}
    model = Model.PATIENT_ROOT if asked.model == "patient" else Model.STUDY_ROOT
    return parse_query(item_of_texts(keys), model, level=asked.level, relational=True)


def answers(catalogue: Catalogue, query: Query) -> list[object]:
    catalogue.refresh()
    return list(search(catalogue, query))


@pytest.mark.parametrize("is_relational", [False, True])
def test_a_narrow_search_finds_what_a_wide_one_finds(tmp_path: Path, *, is_relational: bool) -> None:
    rng = random.Random(7)  # noqa: S311 - the same on each run
    (tmp_path / "archive").mkdir()
    write_corpus(tmp_path / "archive")
    narrow, wide = Catalogue(tmp_path / "archive"), WholeCatalogue(tmp_path / "archive")
    files = sorted((tmp_path / "archive").iterdir())
    found = 0
    for asked in make_queries(150, seed=77):
        path = rng.choice(files)
        elsewhere = tmp_path / path.name
        if path.exists():
            path.rename(elsewhere)
        else:
            elsewhere.rename(path)
        query = query_of(asked, is_relational=is_relational)
        ours, theirs = answers(narrow, query), answers(wide, query)
        assert sorted(map(repr, ours)) == sorted(map(repr, theirs)), asked
        assert ours == theirs or asked.level is Level.PATIENT, "in the order in which they came"
        found += len(ours)
    assert found > 150


NAMES = [
    "DOE^JANE", "doe^jane^", "Doe^Jane ^^", "DOE^JANE=ドウ^ジェーン", "=ドウ^ジェーン", "DOE", "DOE^JANE^Q", "STRASSE^A",
    "Straße^A", "^JANE", "DOE^JANE\\ROE^MAX", "A=B", "", "DOE*",
]  # fmt: skip
KEYS = [
    "DOE^JANE", "Doe^Jane^", "doe*", "DOE^JANE=", "=ドウ*", "ドウ^ジェーン", "strasse^a", "STRASSE^A", "?OE^JANE", "ROE^MAX",
    "NOBODY\\DOE^JANE", "*JANE", "^JANE", "A=B", "B", "*=B", "^", "DOE^",
]  # fmt: skip


@pytest.fixture(scope="module")
def of_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    for number, name in enumerate(NAMES):
        dataset = ct_series(1, size=16)[0]
        dataset.SpecificCharacterSet = "ISO_IR 192"
        dataset.PatientName = name
        dataset.StudyInstanceUID = f"2.25.{number}"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{number}.1"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of several names, and of a star in one
            dataset.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    return folder


@pytest.mark.parametrize("key", KEYS)
def test_names_are_found_in_each_of_their_forms(of_names: Path, key: str) -> None:
    query = parse_query(item_of_texts({"PatientName": key}), Model.STUDY_ROOT, level=Level.STUDY)
    assert answers(Catalogue(of_names), query) == answers(WholeCatalogue(of_names), query)


def test_one_patient_of_many_is_not_looked_for_in_each_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_many_studies(tmp_path, 300)
    catalogue = Catalogue(tmp_path)
    looked_at = 0
    one_of_ours = Study.raw

    def counted(study: Study, tag: int) -> bytes | None:
        nonlocal looked_at
        looked_at += 1
        return one_of_ours(study, tag)

    def asked(**keys: str) -> int:
        query = parse_query(item_of_texts(keys), Model.STUDY_ROOT, level=Level.STUDY)
        return len(answers(catalogue, query))

    assert asked(PatientID="P00017") == 1
    monkeypatch.setattr(Study, "raw", counted)
    assert asked(PatientID="P00018") == 1
    assert looked_at < 5
    shutil.rmtree(tmp_path / "study00018")
    assert asked(PatientID="P00018") == 0
    assert asked(PatientID="P0001?") == 9
    assert looked_at < 100
