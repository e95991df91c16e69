"""The archive on the wire: what goes wrong, what is cancelled, who vanishes, and what happens in memory."""

from __future__ import annotations

import functools
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pynetdicom import AE, evt
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation

from dicomkit.archive import Catalogue, Instance, Level, Model, Series, Study
from dicomkit.archive.elements import encode_item
from dicomkit.archive.entities import indexed_values
from dicomkit.archive.indexed_values import Head, read_head
from dicomkit.archive.key_texts import item_of_texts
from dicomkit.archive.query import parse_query
from dicomkit.archive.search import search
from dicomkit.errors import DumpSyntaxError, NetworkError, TransferError, UsageError
from dicomkit.files.encoding import EXPLICIT_LITTLE
from dicomkit.files.writing import write_file
from dicomkit.instance_store import InstanceStore
from dicomkit.network import Archive, AssociationLog, StorageSCP, StoredInstance, find, get, move, send
from dicomkit.network.acceptor import AssociationAcceptor
from dicomkit.network.acceptor_policy import AcceptorPolicy
from dicomkit.network.extended_negotiation import granted_items
from dicomkit.network.incoming_stores import serve_request
from dicomkit.network.operations import Request
from dicomkit.network.query_classes import COMMITMENT, COMMITMENT_INSTANCE, class_for
from dicomkit.network.query_requestor import QueryRequestor
from dicomkit.network.query_service import QueryService
from dicomkit.network.records import Sender
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.storage_service import StorageService
from dicomkit.network.wire import (
    Association,
    AssociationAnswer,
    AssociationRequest,
    DataSetFragment,
    Event,
    MemoryDriver,
    MessageStart,
    Role,
)
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandValue, text_in
from dicomkit.network.wire.events import UserItem
from dicomkit.network.wire.presentation_contexts import ContextAnswer, ProposedContext
from dicomkit.samples import cine, ct_series
from tests.support.byte_peer import (
    CT,
    EXPLICIT,
    BytePeer,
    c_store_command,
    new_since,
    p_data,
    threads_and_sockets,
    wait_until,
)
from tests.support.dicom_files import bundled

FIND = class_for(CommandField.C_FIND_RQ, "study")
STUDY = str(ct_series(1, size=16)[0].StudyInstanceUID)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    for number, dataset in enumerate(ct_series(6, size=16)):
        write_file(dataset, folder / f"{number}.dcm")
    return folder


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[StorageSCP]:
    (tmp_path / "received").mkdir()
    with StorageSCP(tmp_path / "received", ae_title="ME") as scp:
        yield scp


@pytest.fixture
def archive(folder: Path, receiver: StorageSCP) -> Iterator[Archive]:
    with Archive(folder, destinations={"ME": ("127.0.0.1", receiver.port)}) as running:
        yield running


class LargeCatalogue(Catalogue):
    """A catalogue of instances that are in no file."""

    def __init__(self, folder: Path, *, studies: int, instances: int) -> None:
        super().__init__(folder)

        def same(raw: bytes) -> bytes:
            return raw

        for number in range(studies):
            uid = f"1.2.3.{number}"
            values = {0x0020000D: uid.encode(), 0x00100010: b"DOE^JANE", 0x00100020: b"1 "}
            study = self.studies[uid] = Study(uid, indexed_values(Level.STUDY, values, same), b"")
            series = study.series[f"{uid}.1"] = Series(
                f"{uid}.1", indexed_values(Level.SERIES, {0x00080060: b"CT"}, same), b"", study
            )
            for place in range(instances):
                name = f"{uid}.1.{place}"
                values = {0x00080018: name.encode(), 0x00080016: CT.encode(), 0x00200013: str(place).encode()}
                series.instances[name] = Instance(
                    name,
                    indexed_values(Level.IMAGE, values, same),
                    b"",
                    series,
                    folder="",
                    name=name,
                    transfer_syntax_uid=EXPLICIT,
                    inode=place,
                )

    def refresh(self) -> int:
        return 0


# --- everything at once, and those who do not wait for it


def test_everything_of_100_000_instances_takes_no_memory(tmp_path: Path) -> None:
    catalogue = LargeCatalogue(tmp_path, studies=100, instances=1000)
    keys = {"QueryRetrieveLevel": "IMAGE", "SOPInstanceUID": "", "PatientName": "", "InstanceNumber": ""}
    query = parse_query(item_of_texts(keys), Model.STUDY_ROOT, relational=True)
    tracemalloc.start()
    try:
        answers = search(catalogue, query, ae_title="DICOMKIT")
        first = encode_item(next(answers), EXPLICIT_LITTLE)
        count, size_bytes = 1, len(first)
        for answer in answers:
            count += 1
            size_bytes += len(encode_item(answer, EXPLICIT_LITTLE))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 100_000
    assert size_bytes > 7_000_000
    assert peak_bytes < 1_000_000, "one answer is made after the other"


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Archive]:
    """Return an archive of 20,000 studies."""
    (tmp_path / "large").mkdir()
    archive = Archive(tmp_path / "large")
    archive.catalogue = LargeCatalogue(tmp_path / "large", studies=20_000, instances=1)
    archive.operations._catalogue = archive.catalogue  # type: ignore[attr-defined]
    with archive:
        yield archive


def every_study() -> tuple[bytes, bytes]:
    """Return a C-FIND request for everything, as PDUs."""
    keys = item_of_texts({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ""})
    command = c_store_command(sop_class=FIND, field=CommandField.C_FIND_RQ)
    return p_data(command, 3), p_data(encode_item(keys, EXPLICIT_LITTLE), 2)


def test_a_query_can_be_cancelled(large: Archive) -> None:
    report = find({"StudyInstanceUID": ""}, "127.0.0.1", large.port, limit=3)
    assert (len(report), report.status, report.explained.family) == (3, 0xFE00, "cancel")
    assert not report.is_complete
    report.raise_on_failure()
    sent = sum("C-FIND-RSP" in str(entry) for entry in large.log.entries)
    assert sent < 10_000
    large.check()


def test_who_vanishes_in_the_middle_ends_the_search(large: Archive, connect: Callable[..., BytePeer]) -> None:
    asker = connect(large.port, abstract=FIND)
    asker.send(*every_study())
    asker.receive()
    asker.socket.close()
    wait_until(lambda: not [one for one in threading.enumerate() if "dicomkit-association" in one.name])
    large.check()
    assert len(find({"StudyInstanceUID": "1.2.3.5"}, "127.0.0.1", large.port)) == 1


def test_an_archive_stops_while_it_answers(large: Archive, connect: Callable[..., BytePeer]) -> None:
    asker = connect(large.port, abstract=FIND)
    asker.send(*every_study())
    asker.receive()
    large.stop()  # nobody reads the answers
    assert not [one for one in threading.enumerate() if "dicomkit" in one.name]


# --- C-MOVE and C-GET


def test_what_fails_is_counted_and_named(archive: Archive, folder: Path, tmp_path: Path) -> None:
    archive.catalogue.refresh()
    gone = ct_series(6, size=16)[2].SOPInstanceUID
    refused = ct_series(6, size=16)[4].SOPInstanceUID

    def refuse(instance: object) -> int:
        # While the first one is stored, nothing of the others has been read.
        (folder / "2.dcm").unlink(missing_ok=True)
        return 0xA700 if instance.sop_instance_uid == refused else 0  # type: ignore[attr-defined]

    (tmp_path / "choosy").mkdir()
    with StorageSCP(tmp_path / "choosy", ae_title="CHOOSY", on_stored=refuse) as choosy:
        archive.destinations["CHOOSY"] = ("127.0.0.1", choosy.port)
        counts: list[dict[str, int]] = []
        report = move(
            {"StudyInstanceUID": STUDY},
            "127.0.0.1",
            archive.port,
            destination="CHOOSY",
            on_progress=counts.append,
        )  # type: ignore[arg-type]
    assert (report.status, report.completed, report.failed) == (0xB000, 4, 2)
    assert set(report.failed_uids) == {gone, refused}
    assert [one["remaining"] for one in counts] == [5, 4, 3, 2, 1]
    with pytest.raises(TransferError, match="4 completed, 2 failed, B000H"):
        report.raise_on_failure()
    assert "failed: " + gone in str(report)


def test_a_destination_that_does_not_listen_fails_all(archive: Archive, receiver: StorageSCP) -> None:
    receiver.stop()
    report = move({"StudyInstanceUID": STUDY}, "127.0.0.1", archive.port, destination="ME")
    assert (report.status, report.completed, report.failed, len(report.failed_uids)) == (0xA702, 0, 6, 6)
    assert "nobody listens there" in report.comment


def test_an_unknown_destination_is_refused_before_anything_is_looked_for(archive: Archive) -> None:
    report = move({"StudyInstanceUID": "9.9"}, "127.0.0.1", archive.port, destination="SOMEBODY")
    assert (report.status, report.failed) == (0xA801, None)
    assert report.comment == "move destination unknown: SOMEBODY"
    assert "let its owner enter" in str(report)


def test_nothing_that_matches_is_no_error_and_is_said(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "got").mkdir()
    for report in (
        move({"StudyInstanceUID": "9.9"}, "127.0.0.1", archive.port, destination="ME"),
        get({"StudyInstanceUID": "9.9"}, "127.0.0.1", archive.port, folder=tmp_path / "got"),
    ):
        assert (report.status, report.is_complete) == (0, True)
        assert "nothing matched, so nothing was sent" in str(report)


@pytest.mark.parametrize(
    ("keys", "level", "words"),
    [
        ({}, "STUDY", "StudyInstanceUID (0020,000d) is missing"),
        (
            {"StudyInstanceUID": STUDY, "PatientName": "A*"},
            "STUDY",
            "PatientName (0010,0010) is no unique key",
        ),
        (
            {"StudyInstanceUID": STUDY, "Modality": "CT"},
            "STUDY",
            "Modality (0008,0060) is a key of level SERIES",
        ),
        ({"SeriesInstanceUID": "1.2"}, "SERIES", "StudyInstanceUID (0020,000d) is missing"),
        ({"PatientID": "1"}, "PATIENT", "is no level of this"),
    ],
)
def test_a_retrieval_needs_its_keys_and_no_others(
    archive: Archive, tmp_path: Path, keys: dict[str, str], level: str, words: str
) -> None:
    (tmp_path / "got").mkdir()
    for report in (
        move(keys, "127.0.0.1", archive.port, destination="ME", level=level),
        get(keys, "127.0.0.1", archive.port, folder=tmp_path / "got", level=level),
    ):
        assert (report.status, report.completed) == (0xA900, None)
        assert words in report.comment
        assert len(report.comment) <= 64
    archive.check()


def test_both_retrievals_can_be_cancelled(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "got").mkdir()
    (tmp_path / "moved").mkdir()
    keys, log = {"StudyInstanceUID": STUDY}, AssociationLog()

    def wait_for_the_cancel(_: StoredInstance) -> None:
        """Let the archive be no quicker than who cancels."""
        if receiver.received_count == 2:
            wait_until(lambda: "C-CANCEL" in str(log))

    receiver = StorageSCP(tmp_path / "moved", ae_title="ME", on_stored=wait_for_the_cancel)
    with receiver, Archive(folder, destinations={"ME": ("127.0.0.1", receiver.port)}) as archive:
        reports = [
            move(keys, "127.0.0.1", archive.port, destination="ME", limit=2, log=log),
            get(keys, "127.0.0.1", archive.port, folder=tmp_path / "got", limit=2),
        ]
        archive.check()
        receiver.check()
    for report in reports:
        assert report.status == 0xFE00
        assert report.completed is not None
        assert report.remaining is not None
        assert report.completed + report.remaining == 6
        assert 2 <= report.completed < 6
        assert "ended because it was cancelled" in str(report)


def test_get_stores_as_a_receiver_does(archive: Archive, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "got").mkdir()
    report = get({"StudyInstanceUID": STUDY}, "127.0.0.1", archive.port, folder=tmp_path / "got")
    sent = {dcmread(path).SOPInstanceUID: path.read_bytes()[-512:] for path in folder.glob("*.dcm")}
    assert {one.sop_instance_uid: one.path.read_bytes()[-512:] for one in report.received} == sent
    assert {path.parent.name for path in report.paths} == {f"scp_{STUDY}"}
    again = get({"StudyInstanceUID": STUDY}, "127.0.0.1", archive.port, folder=tmp_path / "got")
    assert all(one.duplicate for one in again.received)


def test_get_says_what_this_side_could_not_store(archive: Archive, tmp_path: Path) -> None:
    target = tmp_path / "got" / f"scp_{STUDY}"
    target.mkdir(parents=True)
    other = ct_series(1, size=32)[0]
    write_file(other, target / f"{other.SOPInstanceUID}.dcm")
    report = get({"StudyInstanceUID": STUDY}, "127.0.0.1", archive.port, folder=tmp_path / "got")
    assert (report.status, report.completed, report.failed) == (0xB000, 5, 1)
    assert report.failed_uids == (other.SOPInstanceUID,)
    assert any("other content is stored already" in problem for problem in report.problems)


def test_get_takes_no_instance_that_is_too_large(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "got").mkdir()
    keys = {"StudyInstanceUID": STUDY}
    with pytest.raises(NetworkError, match=r"larger than this receiver takes.*max_instance_bytes"):
        get(keys, "127.0.0.1", archive.port, folder=tmp_path / "got", max_instance_bytes=500)
    assert not [path for path in (tmp_path / "got").rglob("*") if path.is_file()]
    assert get(keys, "127.0.0.1", archive.port, folder=tmp_path / "got", max_instance_bytes=5000).is_complete


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ({0x0002: CT, 0x0100: 0x0001, 0x0110: 7, 0x0800: 0x0101, 0x1000: "1.2.3"}, 0x0212),
        ({0x0002: CT, 0x0100: 0x0020, 0x0110: 7, 0x0800: 0x0000}, 0x0211),
        (
            {0x0002: "1.2.840.10008.5.1.4.1.1.4", 0x0100: 0x0001, 0x0110: 7, 0x0800: 0x0000, 0x1000: "1.2.3"},
            0x0122,
        ),
        ({0x0002: CT, 0x0100: 0x8001, 0x0120: 9, 0x0800: 0x0101, 0x0900: 0}, None),
    ],
    ids=["no data set", "no C-STORE", "another SOP class", "a response"],
)
def test_get_answers_what_it_does_not_store(tmp_path: Path, command: dict[int, object], status: int) -> None:
    near, far = MemoryDriver.pair(Association(Role.REQUESTOR), Association(Role.ACCEPTOR))
    answers: list[tuple[int, object, object]] = []

    def archive(event: Event) -> None:
        match event:
            case AssociationRequest():
                contexts = [ContextAnswer(one.context_id, 0, EXPLICIT) for one in event.contexts]
                far.send(AssociationAnswer(tuple(contexts)))
            case MessageStart() if event.command[0x0100] == 0x0010:
                request = MessageStart(3, command)
                data_set = [DataSetFragment(3, bytes(8), is_last=True)] * request.has_data_set
                far.send(request, *data_set)
                far.send(MessageStart(1, {0x0100: 0x8010, 0x0120: 1, 0x0800: 0x0101, 0x0900: 0}))
            case MessageStart():
                answers.append((event.context_id, event.command[0x0120], event.command[0x0900]))

    far.on_event = archive
    contexts = (ProposedContext(1, "1.2.3", (EXPLICIT,)), ProposedContext(3, CT, (EXPLICIT,)))
    service = StorageService(InstanceStore(tmp_path))
    with AssociationRequestor(near, AssociationRequest("ME", "DICOMKIT", contexts)) as association:
        serve = functools.partial(serve_request, association, service, Sender(1, "DICOMKIT", "ME", ""))
        (last,) = QueryRequestor(association, 1, "1.2.3").responses(
            CommandField.C_GET_RQ, bytes(8), on_request=serve
        )
    assert last.status == 0
    assert answers == ([] if status is None else [(3, 7, status)])
    assert service.received == []


# --- what comes in is found


def test_what_is_stored_is_found_at_once(archive: Archive) -> None:
    mr = bundled("MR_small.dcm")
    assert find({"PatientID": dcmread(mr).PatientID}, "127.0.0.1", archive.port).summary() == "0 answers"
    send(mr, "127.0.0.1", archive.port).raise_on_failure()
    report = find({"PatientID": dcmread(mr).PatientID, "ModalitiesInStudy": ""}, "127.0.0.1", archive.port)
    assert [answer.ModalitiesInStudy for answer in report] == ["MR"]


def test_keys_that_cannot_be_filled_come_back_empty_with_a_warning(archive: Archive) -> None:
    report = find({"StudyInstanceUID": STUDY, "Rows": ""}, "127.0.0.1", archive.port)
    assert (len(report), report.has_remark, report[0].Rows) == (1, True, None)
    assert "FF01H" in report.summary()


def test_a_report_shows_values_only_where_it_is_asked_to(archive: Archive) -> None:
    report = find({"PatientName": "", "StudyInstanceUID": ""}, "127.0.0.1", archive.port)
    assert repr(report) == "<FindReport 1 answer, success>"
    assert "WORKSHOP^ANNA" in str(report)
    assert "WORKSHOP^ANNA" in report._repr_html_()


def test_who_is_no_archive_says_so(receiver: StorageSCP) -> None:
    with pytest.raises(NetworkError, match="abstract syntax not supported"):
        find({}, "127.0.0.1", receiver.port, called_ae_title="ME")


@pytest.mark.parametrize(
    ("destinations", "words"),
    [
        ({"": ("127.0.0.1", 1)}, "no AE title"),
        ({"A": "127.0.0.1:1"}, "no host with a port"),
        ({"A": ("h", 70000)}, "no port"),
    ],
)
def test_a_destination_is_a_title_with_an_address(
    tmp_path: Path, destinations: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        Archive(tmp_path, destinations=destinations)  # type: ignore[arg-type]


# --- storage commitment


def test_a_commitment_is_reported_on_the_same_association_to_who_has_no_address(
    archive: Archive, folder: Path
) -> None:
    first, second = (dcmread(folder / f"{number}.dcm") for number in (0, 1))
    reports: list[Dataset] = []
    answered = threading.Event()

    def handle(event: evt.Event) -> tuple[int, None]:
        reports.append(event.event_information)
        return 0x0000, None

    def sent(event: evt.Event) -> None:
        if reports and isinstance(event.pdu, P_DATA_TF):
            answered.set()

    action = Dataset()
    action.TransactionUID = "2.25.1"
    action.ReferencedSOPSequence = []
    for uid, sop_class in (
        (first.SOPInstanceUID, CT),
        (second.SOPInstanceUID, "1.2.840.10008.5.1.4.1.1.4"),
        ("2.25.9", CT),
    ):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid
        action.ReferencedSOPSequence.append(item)
    ae = AE("SCANNER")
    ae.add_requested_context(COMMITMENT)
    handlers = [(evt.EVT_N_EVENT_REPORT, handle), (evt.EVT_PDU_SENT, sent)]
    association = ae.associate("127.0.0.1", archive.port, ae_title="DICOMKIT", evt_handlers=handlers)
    assert association.is_established
    status, _ = association.send_n_action(action, 1, COMMITMENT, COMMITMENT_INSTANCE)
    assert status.Status == 0
    # pynetdicom answers the report in a thread of its own: a release in front of that answer ends the association.
    assert answered.wait(60)
    association.release()
    assert association.is_released
    (report,) = reports
    assert report.TransactionUID == "2.25.1"
    assert [one.ReferencedSOPInstanceUID for one in report.ReferencedSOPSequence] == [first.SOPInstanceUID]
    failed = {one.ReferencedSOPInstanceUID: one.FailureReason for one in report.FailedSOPSequence}
    assert failed == {second.SOPInstanceUID: 0x0119, "2.25.9": 0x0112}
    archive.check()


def test_an_action_that_is_none_is_refused(archive: Archive) -> None:
    ae = AE("SCANNER")
    ae.add_requested_context(COMMITMENT)
    association = ae.associate("127.0.0.1", archive.port, ae_title="DICOMKIT")
    for action, kind, expected in ((Dataset(), 1, 0x0115), (Dataset(), 2, 0x0123)):
        action.TransactionUID = "2.25.1"
        status, _ = association.send_n_action(action, kind, COMMITMENT, COMMITMENT_INSTANCE)
        assert status.Status == expected
    association.release()
    archive.check()


def test_an_entry_of_a_worklist_that_cannot_be_read_is_told_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "bad.dump").write_text("(0010,0010) PN [DOE", encoding="ascii")
    with Archive(folder, worklist=tmp_path / "entries") as archive:
        for _ in range(2):
            assert len(find({"PatientName": ""}, "127.0.0.1", archive.port, model="worklist")) == 0
        with pytest.raises(DumpSyntaxError):
            archive.check()
        archive.check()


# --- in memory


def test_a_query_and_its_cancel_need_no_socket(tmp_path: Path) -> None:
    catalogue = LargeCatalogue(tmp_path, studies=500, instances=1)
    service = QueryService(
        catalogue, None, ae_title="DICOMKIT", destination_of=lambda _: None, report_to=lambda *_: False
    )
    near, far = MemoryDriver.pair(Association(Role.REQUESTOR), Association(Role.ACCEPTOR))
    policy = AcceptorPolicy("DICOMKIT", operations=service)
    acceptor = AssociationAcceptor(far, 1, policy, StorageService(InstanceStore(tmp_path)))
    far.on_event, far.on_silence = acceptor.handle, acceptor.advance_operation
    context = ProposedContext(1, FIND, (EXPLICIT, "1.2.840.10008.1.2"))
    identifier = encode_item(
        item_of_texts({"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ""}), EXPLICIT_LITTLE
    )
    with AssociationRequestor(near, AssociationRequest("ME", "DICOMKIT", (context,))) as association:
        heard = list(QueryRequestor(association, 1, FIND).responses(CommandField.C_FIND_RQ, identifier))
        assert [one.status for one in heard] == [0xFF00] * 500 + [0x0000]
        requestor = QueryRequestor(association, 1, FIND)
        statuses = []
        for one in requestor.responses(CommandField.C_FIND_RQ, identifier):
            statuses.append(one.status)
            requestor.cancel()
        assert statuses[-1] == 0xFE00
        assert len(statuses) < 100
        (last,) = QueryRequestor(association, 1, FIND).responses(CommandField.C_FIND_RQ, b"\x08\x00")
        assert (last.status, text_in(last.command, CommandElement.ERROR_COMMENT) != "") == (0xC000, True)
        (last,) = QueryRequestor(association, 1, FIND).responses(CommandField.C_MOVE_RQ, identifier)
        assert last.status == 0x0211


def test_an_archive_leaves_no_thread_and_no_socket(folder: Path, tmp_path: Path) -> None:
    before = threads_and_sockets()
    log = AssociationLog()
    (tmp_path / "got").mkdir()
    with Archive(folder) as archive:
        get({"StudyInstanceUID": STUDY}, "127.0.0.1", archive.port, folder=tmp_path / "got", log=log)
    assert new_since(before) == []
    assert "C-GET-RQ" in str(log)


def test_a_commitment_is_reported_also_to_who_has_released_at_once(archive: Archive, folder: Path) -> None:
    first = dcmread(folder / "0.dcm")
    reports: list[Dataset] = []
    arrived = threading.Event()

    def handle(event: evt.Event) -> tuple[int, None]:
        reports.append(event.event_information)
        arrived.set()
        return 0x0000, None

    listener = AE("SCANNER")
    listener.add_supported_context(COMMITMENT, scu_role=False, scp_role=True)
    server = listener.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, handle)]
    )
    archive.destinations["SCANNER"] = ("127.0.0.1", server.server_address[1])
    action, item = Dataset(), Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT, first.SOPInstanceUID
    action.TransactionUID, action.ReferencedSOPSequence = "2.25.2", [item]
    ae = AE("SCANNER")
    ae.add_requested_context(COMMITMENT)
    association = ae.associate("127.0.0.1", archive.port, ae_title="DICOMKIT")
    status, _ = association.send_n_action(action, 1, COMMITMENT, COMMITMENT_INSTANCE)
    association.release()
    assert status.Status == 0
    assert arrived.wait(60)
    server.shutdown()
    assert [one.ReferencedSOPInstanceUID for one in reports[0].ReferencedSOPSequence] == [
        first.SOPInstanceUID
    ]
    archive.check()


# --- while the folder is read for the first time


def test_who_stores_does_not_wait_until_all_files_are_read(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_reading, may_go_on = threading.Event(), threading.Event()

    def slow(path: str) -> Head:
        is_reading.set()
        assert may_go_on.wait(60)
        return read_head(path)

    monkeypatch.setattr("dicomkit.archive.catalogue.read_head", slow)
    (tmp_path / "got").mkdir()
    reading = threading.Thread(target=archive.catalogue.refresh)
    reading.start()
    try:
        assert is_reading.wait(60)
        cine_loop = cine()
        assert len(send([cine_loop], "127.0.0.1", archive.port).stored) == 1
        assert archive.catalogue.transfer_syntaxes(CT) == []  # what a C-GET asks when it associates
    finally:
        may_go_on.set()
        reading.join()
    # The look had passed by its place, and still the next query finds what was stored.
    assert len(find({"StudyInstanceUID": ""}, "127.0.0.1", archive.port)) == 2


def test_a_query_that_would_wait_too_long_is_told_why(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dicomkit.network.query_service._MAX_WAIT_S", -1.0)
    report = find({"StudyInstanceUID": ""}, "127.0.0.1", archive.port)
    assert (report.status, report.comment) == (0xA700, "the archive is reading its folder: 0 files so far")


def test_a_query_can_be_cancelled_while_the_folder_is_read(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dicomkit.network.query_service._POLL_AFTER_S", -1.0)
    monkeypatch.setattr("dicomkit.archive.catalogue._STEP_S", -1.0)  # one file in each step
    keys = encode_item(item_of_texts({"QueryRetrieveLevel": "STUDY"}), EXPLICIT_LITTLE)
    command: dict[int, CommandValue] = {CommandElement.COMMAND_FIELD: CommandField.C_FIND_RQ}
    request = Request(command, ContextAnswer(1, 0, EXPLICIT, FIND), keys, "ME")
    operation = archive.operations.start(request)
    assert [next(operation), next(operation)] == [[], []]
    request.is_cancelled = True
    assert [said.status for step in operation for said in step] == [0xFE00]  # type: ignore[union-attr]
    assert archive.catalogue.instance_count == 2, "the rest is read for whoever asks next"


def test_an_interrupted_look_begins_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = Catalogue(folder)

    def interrupted(_path: str) -> Head:
        raise KeyboardInterrupt

    monkeypatch.setattr("dicomkit.archive.catalogue.read_head", interrupted)
    with pytest.raises(KeyboardInterrupt):
        catalogue.refresh()
    monkeypatch.undo()
    assert catalogue.refresh() == 6


# --- relational queries


def test_relational_queries_are_granted_to_who_negotiates_them(archive: Archive) -> None:
    keys = {"PatientName": "work*", "Modality": "CT", "SOPInstanceUID": ""}
    refused = find(keys, "127.0.0.1", archive.port, level="IMAGE")
    assert (refused.status, len(refused)) == (0xA900, 0)
    granted = find(keys, "127.0.0.1", archive.port, level="IMAGE", relational=True)
    assert (granted.status, len(granted)) == (0x0000, 6)


@pytest.mark.parametrize(
    ("proposed", "granted"),
    [
        (b"\x01\x00\x01\x00", b"\x01\x00\x00\x00"),  # fuzzy matching is negotiated away
        (b"\x00\x01", b"\x00\x00"),
        (b"\x01", b"\x01"),
        (b"\x07" * 9, b"\x01" + bytes(8)),
    ],
)
def test_pynetdicom_hears_what_is_granted(archive: Archive, proposed: bytes, granted: bytes) -> None:
    ae = AE("SCANNER")
    ae.add_requested_context(FIND)
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid, item.service_class_application_information = FIND, proposed
    association = ae.associate("127.0.0.1", archive.port, ae_title="DICOMKIT", ext_neg=[item])
    assert association.is_established
    assert association.acceptor.sop_class_extended == {FIND: granted}
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.SOPInstanceUID, keys.Modality = "IMAGE", "", "CT"
    statuses = [status.Status for status, _ in association.send_c_find(keys, FIND)]
    association.release()
    assert statuses == ([0xFF00] * 6 + [0x0000] if granted[0] else [0xA900])


def test_an_item_that_is_none_is_passed_over() -> None:
    for content in (b"", b"\x00", b"\x00\x03", b"\xff\xff1.2\x01", b"\x00\x031.2\x01"):
        assert granted_items([UserItem(0x56, content)], [FIND]) == ()
