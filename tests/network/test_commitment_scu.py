"""Asking for storage commitment: the report comes on the same association, on another one, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import Dataset
from pynetdicom import AE, evt
from pynetdicom.dsutils import encode

from dicomkit.archive.elements import Item
from dicomkit.errors import NetworkError, TransferError, UsageError
from dicomkit.files.encoding import EXPLICIT_LITTLE
from dicomkit.files.writing import write_file
from dicomkit.network import Archive, EventReports, StorageSCP, commit
from dicomkit.network.query_classes import COMMITMENT
from dicomkit.samples import ct_series


@pytest.fixture
def slices() -> list[Dataset]:
    return list(ct_series(3, size=16))


@pytest.fixture
def archive(tmp_path: Path, slices: list[Dataset]) -> Iterator[Archive]:
    (tmp_path / "archive").mkdir()
    for number, dataset in enumerate(slices[:2]):
        write_file(dataset, tmp_path / "archive" / f"{number}.dcm")
    with Archive(tmp_path / "archive") as running:
        yield running
        running.check()


def test_what_the_archive_has_is_committed_and_the_rest_is_named(
    archive: Archive, slices: list[Dataset]
) -> None:
    report = commit(slices, "127.0.0.1", archive.port, calling_ae_title="SCANNER")
    assert report.committed == tuple(one.SOPInstanceUID for one in slices[:2])
    assert report.failed == {slices[2].SOPInstanceUID: 0x0112}
    assert report.summary() == "2 instances committed, 1 not"
    assert f"{slices[2].SOPInstanceUID}: the archive does not have it (0112H)" in str(report)
    with pytest.raises(TransferError, match="keep what is not committed"):
        report.raise_on_failure()


def test_files_are_asked_about_by_their_heads(archive: Archive) -> None:
    files = sorted((archive.catalogue.folder).glob("*.dcm"))
    report = commit(files, "127.0.0.1", archive.port)
    report.raise_on_failure()
    assert len(report.committed) == 2


def test_an_archive_that_knows_us_calls_back(archive: Archive, tmp_path: Path, slices: list[Dataset]) -> None:
    (tmp_path / "mine").mkdir()
    reports = EventReports()
    with StorageSCP(tmp_path / "mine", ae_title="SCANNER", operations=reports) as scp:
        archive.destinations["SCANNER"] = ("127.0.0.1", scp.port)
        report = commit(slices[:2], "127.0.0.1", archive.port, calling_ae_title="SCANNER", reports=reports)
        scp.check()
    assert (report.is_complete, len(report.committed)) == (True, 2)


def listening(status: int) -> Iterator[int]:
    """Run an archive of pynetdicom that answers a request with a status, and never reports."""
    ae = AE("DICOMKIT")
    ae.add_supported_context(COMMITMENT)

    def handle(_event: evt.Event) -> tuple[int, None]:
        return status, None

    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_ACTION, handle)])
    yield server.server_address[1]
    server.shutdown()


@pytest.mark.parametrize(
    ("status", "words"),
    [(0x0000, "no report has come: nothing is committed yet"), (0x0122, "refused with 0122H")],
)
def test_without_a_report_nothing_is_committed(slices: list[Dataset], status: int, words: str) -> None:
    for port in listening(status):
        report = commit(slices, "127.0.0.1", port, wait_s=0.2)
        assert (report.is_complete, report.committed) == (False, ())
        assert words in str(report)


class Reported(EventReports):
    """A receiver at which a report arrives as soon as somebody waits for it."""

    def __init__(self, report: Dataset) -> None:
        super().__init__()
        self.report = report

    def wait_for(self, transaction_uid: str, timeout_s: float) -> Item | None:
        self.report.TransactionUID = transaction_uid
        content = encode(self.report, is_implicit_vr=False, is_little_endian=True)
        assert content is not None
        assert self.add(content, EXPLICIT_LITTLE) == 0
        return super().wait_for(transaction_uid, timeout_s)


def reference(dataset: Dataset, reason: int | None = None) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    if reason is not None:
        item.FailureReason = reason
    return item


def test_what_a_report_does_not_name_is_not_safe(slices: list[Dataset]) -> None:
    answer = Dataset()
    answer.ReferencedSOPSequence = [reference(slices[0])]
    for port in listening(0x0000):
        report = commit(slices, "127.0.0.1", port, reports=Reported(answer))
        assert (report.is_complete, report.committed) == (False, (slices[0].SOPInstanceUID,))
        assert report.omitted == tuple(one.SOPInstanceUID for one in slices[1:])
        assert report.summary() == "1 instance committed, 2 not named in the report"
        assert f"{slices[2].SOPInstanceUID}: the report does not name it" in str(report)
        with pytest.raises(TransferError, match="keep what is not committed"):
            report.raise_on_failure()


def test_what_is_named_as_committed_and_as_failed_is_not_safe(slices: list[Dataset]) -> None:
    answer = Dataset()
    answer.ReferencedSOPSequence = [reference(one) for one in slices]
    answer.FailedSOPSequence = [reference(slices[1], 0x0213), reference(slices[2])]
    for port in listening(0x0000):
        report = commit(slices, "127.0.0.1", port, reports=Reported(answer))
        assert report.committed == (slices[0].SOPInstanceUID,)
        assert report.failed == {slices[1].SOPInstanceUID: 0x0213, slices[2].SOPInstanceUID: None}
        assert "the archive has no room (0213H)" in str(report)
        assert f"{slices[2].SOPInstanceUID}: the archive gives no reason" in str(report)
        assert "0000H" not in str(report)


def test_who_commits_nothing_says_so(tmp_path: Path, slices: list[Dataset]) -> None:
    with StorageSCP(tmp_path) as scp, pytest.raises(NetworkError, match="gives no storage commitment"):
        commit(slices, "127.0.0.1", scp.port)


@pytest.mark.parametrize("instances", [[], [Dataset()], [5]])
def test_what_names_no_instance_is_refused(instances: list[object]) -> None:
    with pytest.raises(UsageError):
        commit(instances, "127.0.0.1", 1)  # type: ignore[arg-type]
