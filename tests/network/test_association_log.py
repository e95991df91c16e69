"""The log says what was said: on either side, the same each time, and nothing of a data set."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import UID
from pynetdicom import AE, evt

from dicomkit.errors import AssociationRejectedError
from dicomkit.network import AssociationLog, StorageSCP, echo, send
from dicomkit.network.outgoing import OutgoingInstance, find_outgoing
from dicomkit.network.send_report import answered
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.wire.pdus import PDUType
from dicomkit.samples import ct_series
from dicomkit.viewers.association.rungs import ladders
from tests.support.dicom_files import bundled

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"


def test_an_echo_line_by_line(tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp:
        echo("127.0.0.1", scp.port, log=log)
        theirs = str(scp.log)
    proposed = "proposes 1: Verification SOP Class as Implicit VR Little Endian"
    assert str(log).splitlines() == [
        f"1 -> A-ASSOCIATE-RQ, 223 bytes, calling DICOMKIT, called DICOMKIT, largest PDU 131072, {proposed}",
        "1 <- A-ASSOCIATE-AC, 202 bytes, largest PDU 131072, answers 1: accepted as Implicit VR Little Endian",
        "1 -> P-DATA-TF, 80 bytes",
        "1 ->   C-ECHO-RQ, 0 bytes, context 1, SOP class Verification SOP Class, message 1",
        "1 <- P-DATA-TF, 90 bytes",
        "1 <-   C-ECHO-RSP, 0 bytes, context 1, SOP class Verification SOP Class, answers message 1, status 0000H",
        "1 -> A-RELEASE-RQ, 10 bytes",
        "1 <- A-RELEASE-RP, 10 bytes",
    ]
    turned = re.sub("->|<-", lambda arrow: {"->": "<-", "<-": "->"}[arrow[0]], theirs)
    assert turned == str(log), "what one side sends the other one receives"


def test_the_same_transfer_reads_the_same_each_time(tmp_path: Path) -> None:
    texts = set()
    for name in "ab":
        (tmp_path / name).mkdir()
        log = AssociationLog()
        with StorageSCP(tmp_path / name) as scp:
            send([bundled("CT_small.dcm"), bundled("JPEG2000.dcm")], "127.0.0.1", scp.port, log=log)
            scp.wait_for(2)
            texts.add((str(log), str(scp.log)))
    assert len(texts) == 1


def test_messages_and_sizes(tmp_path: Path) -> None:
    path = bundled("CT_small.dcm")
    meta = dcmread(path, stop_before_pixels=True).file_meta
    size = path.stat().st_size - 144 - int(meta.FileMetaInformationGroupLength)
    with StorageSCP(tmp_path) as scp:
        send(path, "127.0.0.1", scp.port)
        request, response = scp.log.messages
        entries = scp.log.entries
    assert (request.kind, request.direction, request.size_bytes) == ("C-STORE-RQ", "received", size)
    assert request.fields == {"context": "1", "SOP class": "CT Image Storage", "message": "1"}
    assert (response.kind, response.direction, response.fields["status"]) == ("C-STORE-RSP", "sent", "0000H")
    times = [entry.time_s for entry in entries]
    assert times == sorted(times)
    assert all(str(entry.time_s) not in str(entry) for entry in entries)


def test_no_patient_data(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = UID(CT), UID("1.2.3.4")
    dataset.StudyInstanceUID, dataset.PatientName, dataset.PatientID = UID("1.2.3"), "Doe^Jane", "PID0815X"
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp:
        send(dataset, "127.0.0.1", scp.port, log=log).raise_on_failure()
        everything = f"{log} {scp.log} {log.entries!r} {list(log._records)!r}"
    assert "Doe" not in everything
    assert "PID0815X" not in everything


def test_a_rejection_and_an_abort(tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp, pytest.raises(AssociationRejectedError):
        echo("127.0.0.1", scp.port, called_ae_title="WRONG", log=log)
    assert str(log).splitlines()[-1] == "1 <- A-ASSOCIATE-RJ, 10 bytes, result 1, source 1, reason 7"
    log.open()("received", PDUType.A_ABORT, bytes([0, 0, 2, 1]))
    assert str(log).splitlines()[-1] == (
        "2 <- A-ABORT, 10 bytes, source 2, reason 1, because the other side aborted: it received a PDU that it does not know"
    )
    log.open()("sent", PDUType.A_ABORT, bytes(4))
    assert str(log).splitlines()[-1].endswith("because this side's user aborted the association")


# C-STORE-RSP as Implicit VR Little Endian, by hand: group length, Command Field 8001H, Message ID Being Responded
# To 1, no data set; the Status (0000,0900) that PS3.7 Table 9.3-2 asks for is not there.
NO_STATUS_SAID = bytes.fromhex(
    "00000000 04000000 1e000000  00000001 02000000 0180  00002001 02000000 0100  00000008 02000000 0101"
)


def test_a_response_without_a_status_is_called_that_and_no_success() -> None:
    log = AssociationLog()
    pdv = bytes([1, 0x03]) + NO_STATUS_SAID
    log.open()("received", PDUType.P_DATA_TF, len(pdv).to_bytes(4, "big") + pdv)
    assert (
        str(log).splitlines()[-1].endswith("C-STORE-RSP, 0 bytes, context 1, answers message 1, status none")
    )
    (ladder,) = ladders(log.entries)
    (rung,) = [rung for rung in ladder.rungs if rung.name == "C-STORE-RSP"]
    assert (rung.kind, rung.detail) == ("failure", "no status: the response carries no Status (0000,0900)")
    assert rung.rule == "PS3.7 Table 9.3-2"
    (instance,) = find_outgoing(ct_series(1, size=16))
    assert isinstance(instance, OutgoingInstance)
    row = answered(instance, NO_STATUS, "")
    assert (row.outcome, row.status) == ("failed", None)
    assert "failed: the response carries no Status" in str(row)


def test_pynetdicom_on_both_sides() -> None:
    requesting, accepting = AssociationLog(), AssociationLog()
    server_ae, client_ae = AE("SERVER"), AE("CLIENT")
    server_ae.add_supported_context(CT, [EXPLICIT])
    client_ae.add_requested_context(CT, [EXPLICIT])
    handlers = [(evt.EVT_C_STORE, lambda _: 0xB000), *accepting.handlers()]
    server = server_ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    assert server is not None
    try:
        for _ in range(2):
            association = client_ae.associate(
                "127.0.0.1", server.server_address[1], ae_title="SERVER", evt_handlers=requesting.handlers()
            )
            association.send_c_store(dcmread(bundled("CT_small.dcm")))
            association.release()
    finally:
        server_ae.shutdown()
    for log, first in ((requesting, "->"), (accepting, "<-")):
        kinds = [entry.kind for entry in log.entries if entry.kind != "P-DATA-TF" and entry.association == 2]
        assert kinds == [
            "A-ASSOCIATE-RQ",
            "A-ASSOCIATE-AC",
            "C-STORE-RQ",
            "C-STORE-RSP",
            "A-RELEASE-RQ",
            "A-RELEASE-RP",
        ]
        assert str(log).startswith(f"1 {first} A-ASSOCIATE-RQ")
        assert log.messages[-1].fields["status"] == "B000H"
    assert [entry.size_bytes for entry in requesting.entries] == [
        entry.size_bytes for entry in accepting.entries
    ]


def test_the_log_does_not_grow_without_end() -> None:
    log = AssociationLog(keep=10)
    tap = log.open()
    for _ in range(1000):
        tap("sent", PDUType.A_RELEASE_RQ, bytes(4))
    assert len(log.entries) == len(log) == 10
    log.clear()
    assert str(log) == ""


@pytest.mark.parametrize("kind", list(PDUType))
@pytest.mark.parametrize("body", [b"", b"\xff", bytes(40), struct.pack(">LBB", 99, 1, 3)])
def test_what_cannot_be_read_is_logged_all_the_same(kind: PDUType, body: bytes) -> None:
    log = AssociationLog()
    log.open()("received", kind, body)
    assert str(log).startswith(f"1 <- {kind.name.replace('_', '-')}, {len(body) + 6} bytes")
