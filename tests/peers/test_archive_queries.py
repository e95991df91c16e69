"""200 queries from a seed: our archive finds what Orthanc and dcmqrscp find, and each difference has its reason."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from dicomkit.archive import Level
from dicomkit.network import Archive, find, send
from tests.support.other_archives import OtherArchive, dcmqrscp, orthanc
from tests.support.query_corpus import UNIQUE, AskedQuery, make_corpus, make_queries, write_corpus

COUNT = 200
NAMES = {"PatientName", "ReferringPhysicianName"}
NOT_INDEXED = {"ModalitiesInStudy", "SeriesDescription"}
# Who differs, what about, and why.
REASONS = {
    (
        "QRSCP",
        "not indexed",
    ): "it has no index of these keys and takes them as universal (PS3.4 section C.2.2.1.3 allows that)",
    ("QRSCP", "case of names"): "case counts in names; PS3.4 section C.2.2.2.1 leaves that to the archive",
    (
        "ORTHANC",
        "no date",
    ): "it takes an empty date for one that is earlier than all, though only universal matching "
    "matches an attribute without a value (PS3.4 section C.2.2.2)",
}


@pytest.fixture(scope="module")
def archives(
    tmp_path_factory: pytest.TempPathFactory, peer: Callable[[str], str]
) -> Iterator[tuple[Archive, list[OtherArchive]]]:
    """Return our archive and the others, with the same corpus."""
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder)
    with contextlib.ExitStack() as stack:
        others = [
            stack.enter_context(orthanc(peer("Orthanc"), tmp_path_factory.mktemp("orthanc"))),
            stack.enter_context(dcmqrscp(peer("dcmqrscp"), tmp_path_factory.mktemp("dcmqrscp"))),
        ]
        for other in others:
            report = send(folder, "127.0.0.1", other.port, called_ae_title=other.ae_title)
            report.raise_on_failure()
        yield stack.enter_context(Archive(folder)), others


def found(query: AskedQuery, port: int, ae_title: str) -> frozenset[str]:
    """Return the unique keys of the answers."""
    report = find(
        query.keys, "127.0.0.1", port, level=query.level.name, model=query.model, called_ae_title=ae_title
    )
    assert report.is_complete, (query, report.summary())
    uids = [str(answer[UNIQUE[query.level]].value) for answer in report]
    assert len(set(uids)) == len(uids), f"{ae_title} answers twice: {query}"
    return frozenset(uids)


def reason_for(
    query: AskedQuery, ours: frozenset[str], other: OtherArchive, theirs: frozenset[str], port: int
) -> str:
    """Return which reason explains a difference, after a look at whether it really does; empty if none does."""
    conditions = query.conditions()
    if other.ae_title == "ORTHANC" and "PatientBirthDate" in conditions:
        undated = {patient.PatientID for patient in make_corpus() if not patient.PatientBirthDate}
        return "no date" if ours < theirs and theirs - ours <= undated else ""
    if other.ae_title == "QRSCP":
        indexed = {keyword: "" if keyword in NOT_INDEXED else value for keyword, value in query.keys.items()}
        asked = AskedQuery(query.level, query.model, indexed)
        without = found(asked, port, "DICOMKIT") if NOT_INDEXED & conditions.keys() else ours
        if theirs == without:
            return "not indexed"
        return "case of names" if NAMES & conditions.keys() and theirs < without else ""
    return ""


def test_each_query_finds_the_same_or_there_is_a_reason(archives: tuple[Archive, list[OtherArchive]]) -> None:
    archive, others = archives
    reasons: set[tuple[str, str]] = set()
    unexplained = []
    sizes = []
    for query in make_queries(COUNT):
        ours = found(query, archive.port, "DICOMKIT")
        sizes.append(len(ours))
        for other in others:
            theirs = found(query, other.port, other.ae_title)
            if theirs == ours:
                continue
            reason = reason_for(query, ours, other, theirs, archive.port)
            reasons.add((other.ae_title, reason))
            if not reason:
                unexplained.append((other.ae_title, query, sorted(ours ^ theirs)))
    assert unexplained == []
    assert reasons == REASONS.keys(), "a reason that explains nothing has to go"
    assert sum(1 for size in sizes if size) > COUNT / 2, "most queries find something"
    assert {query.level for query in make_queries(COUNT)} == set(Level)
    archive.check()
