"""The sender against real receivers: what arrives, and what it says about what does not."""

from __future__ import annotations

import contextlib
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.status import GENERAL_STATUS

from dicomkit.errors import (
    AssociationRejectedError,
    FileAccessError,
    NetworkError,
    NoReceiverError,
    TransferError,
    UsageError,
)
from dicomkit.network import SendResult, StorageSCP, TimeOuts, echo, explain_status, send
from dicomkit.network.wire.presentation_contexts import plan_contexts
from tests.support.dicom_files import BIG_ENDIAN, EXPLICIT, bundled, element, part10

DEADLINE_S = 120
# An A-ASSOCIATE-AC that accepts context 1 (PS3.8 section 9.3.3), written by hand.
_ITEMS = (
    struct.pack(">BxH", 0x10, 21) + b"1.2.840.10008.3.1.1.1"
    + struct.pack(">BxH4B", 0x21, 27, 1, 0, 0, 0) + struct.pack(">BxH", 0x40, 19) + b"1.2.840.10008.1.2.1"
    + struct.pack(">BxH", 0x50, 8) + struct.pack(">BxHL", 0x51, 4, 16384)
)  # fmt: skip
ACCEPT = struct.pack(">BxLH66x", 2, 68 + len(_ITEMS), 1) + _ITEMS
NAMES = [
    "CT_small.dcm",  # explicit, with trailing padding
    "MR_small_implicit.dcm",
    "SC_rgb_small_odd_big_endian.dcm",
    "JPEG2000.dcm",
    "image_dfl.dcm",
    "SC_rgb_rle.dcm",
    "JPGExtended.dcm",
]


def data_set_bytes(path: Path) -> bytes:
    """Return what follows group 0002, counted with pydicom, of even length."""
    meta = dcmread(path, stop_before_pixels=True).file_meta
    content = path.read_bytes()[144 + int(meta.FileMetaInformationGroupLength) :]
    # image_dfl.dcm lacks the byte of padding that PS3.5 section A.5 asks for; nothing else is odd.
    return content + b"\0" * (len(content) % 2)


def make_dataset(number: int = 1, sop_class: str = "1.2.840.10008.5.1.4.1.1.7") -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = UID(sop_class)
    dataset.SOPInstanceUID = UID(f"1.2.3.4.{number}")
    dataset.StudyInstanceUID = UID("1.2.3")
    dataset.SeriesInstanceUID = UID("1.2.3.1")
    dataset.PatientName = "Doe^Jane"
    return dataset


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def pynetdicom_scp() -> Iterator[Callable[..., int]]:
    servers = []

    def start(
        on_store: Callable[[evt.Event], object],
        *,
        syntaxes: list[str],
        sop_class: str = "1.2.840.10008.5.1.4.1.1.2",
        title: str = "DICOMKIT",
    ) -> int:
        ae = AE(title)
        ae.require_called_aet = True
        ae.add_supported_context(sop_class, syntaxes)
        server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, on_store)])
        servers.append((ae, server))
        assert server is not None
        port: int = server.server_address[1]
        return port

    yield start
    for ae, _ in servers:
        ae.shutdown()


# --- what arrives ------------------------------------------------------------------------------------


def test_data_sets_arrive_byte_for_byte(scp: StorageSCP) -> None:
    report = send([bundled(name) for name in NAMES], "localhost", scp.port)
    report.raise_on_failure()
    assert [(row.label, row.outcome, row.status) for row in report] == [(name, "stored", 0) for name in NAMES]
    for name, instance in zip(NAMES, scp.received, strict=True):
        assert data_set_bytes(instance.path) == data_set_bytes(bundled(name)), name
        assert (
            instance.transfer_syntax_uid
            == dcmread(bundled(name), stop_before_pixels=True).file_meta.TransferSyntaxUID
        )
    scp.check()


def test_dcmtk_receives_every_transfer_syntax(tmp_path: Path, dcmtk_storescp: Callable[..., int]) -> None:
    folder = tmp_path / "dcmtk"
    port = dcmtk_storescp(folder, "+xa", "+B")  # +B: write the bytes exactly as they came
    send([bundled(name) for name in NAMES], "127.0.0.1", port).raise_on_failure()
    stored = {str(dcmread(path).SOPInstanceUID): path for path in folder.iterdir()}
    for name in NAMES:
        original = bundled(name)
        # Bit-preserving mode writes what came over the wire; DCMTK puts no group 0002 of ours in front.
        assert (
            stored[str(dcmread(original).SOPInstanceUID)].read_bytes().endswith(data_set_bytes(original))
        ), name


def test_dcmqrscp_receives(tmp_path: Path, peer: Callable[[str], str], free_port: int) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    config = tmp_path / "dcmqrscp.cfg"
    config.write_text(
        f"NetworkTCPPort = {free_port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"HostTable BEGIN\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nARCHIVE {folder} RW (200, 1024mb) ANY\nAETable END\n"
    )
    with subprocess.Popen(
        [peer("dcmqrscp"), "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_for_receiver(process, free_port, "ARCHIVE")
            report = send(bundled("CT_small.dcm"), "127.0.0.1", free_port, called_ae_title="ARCHIVE")
        finally:
            process.terminate()
    assert report.summary() == "1 stored"
    assert len(list(folder.glob("*.dcm"))) == 1


def wait_for_receiver(process: subprocess.Popen[bytes], port: int, title: str) -> None:
    for _ in range(3000):
        assert process.poll() is None, "the receiver ended"
        try:
            echo("127.0.0.1", port, called_ae_title=title)
        except NoReceiverError:
            threading.Event().wait(0.01)
        else:
            return
    pytest.fail("the receiver does not answer")


def test_data_sets_in_memory(scp: StorageSCP) -> None:
    explicit = make_dataset(1)
    implicit = make_dataset(2)
    implicit.file_meta = FileMetaDataset()
    implicit.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2")
    report = send([explicit, bundled("CT_small.dcm"), implicit], "127.0.0.1", scp.port)
    assert [row.label for row in report] == ["data set 1", "CT_small.dcm", "data set 2"]
    assert report.is_complete
    stored = [dcmread(instance.path) for instance in scp.received]
    assert stored[0] == explicit
    assert stored[2].file_meta.TransferSyntaxUID == "1.2.840.10008.1.2"


def test_a_large_instance_goes_in_pieces(scp: StorageSCP, tmp_path: Path) -> None:
    dataset = make_dataset()
    dataset.add_new(0x7FE00010, "OB", bytes(range(256)) * (20 << 10))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    dataset.save_as(tmp_path / "large.dcm", enforce_file_format=True)
    send(tmp_path / "large.dcm", "127.0.0.1", scp.port).raise_on_failure()
    assert data_set_bytes(scp.received[0].path) == data_set_bytes(tmp_path / "large.dcm")


def test_more_than_128_contexts_take_several_associations(scp: StorageSCP) -> None:
    from dicomkit.network.sop_classes import storage_sop_classes  # noqa: PLC0415

    classes = storage_sop_classes()[:150]
    report = send([make_dataset(number, uid) for number, uid in enumerate(classes)], "127.0.0.1", scp.port)
    assert report.summary() == "150 stored"
    assert [row.label for row in report] == [f"data set {number}" for number in range(1, 151)]
    assert str(scp.log).count("A-ASSOCIATE-RQ") == 2


def test_contexts_are_exactly_what_is_needed() -> None:
    planned = plan_contexts([("1.2", f"1.{number % 200}") for number in range(400)])
    assert [len(contexts) for contexts in planned] == [128, 72]
    assert [context.context_id for context in planned[0]] == list(range(1, 257, 2))
    assert all(len(context.transfer_syntax_uids) == 1 for contexts in planned for context in contexts)


# --- what is not sent --------------------------------------------------------------------------------


def test_folders_and_what_lies_in_them(scp: StorageSCP, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    shutil.copy(bundled("CT_small.dcm"), folder / "sub" / "deep" / "ct.dcm")
    shutil.copy(bundled("CT_small.dcm"), folder / ".hidden.dcm")
    shutil.copy(bundled("CT_small.dcm"), folder / ".git" / "x.dcm")
    (folder / "notes.txt").write_text("no DICOM")
    (folder / "empty").touch()
    Dataset().save_as(folder / "short.dcm", implicit_vr=False, little_endian=True)
    report = send(folder, "127.0.0.1", scp.port)
    assert [(row.label, row.outcome) for row in report] == [
        (".git", "skipped"),
        (".hidden.dcm", "skipped"),
        ("empty", "skipped"),
        ("notes.txt", "skipped"),
        ("short.dcm", "skipped"),
        ("sub/deep/ct.dcm", "stored"),
    ]
    assert report.is_complete, "what is no DICOM file need not be sent"
    assert send(folder, "127.0.0.1", scp.port, recursive=False).summary() == "6 skipped", "and sub"


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (["SOPClassUID"], "no SOP Class UID"),
        (["SOPInstanceUID"], "no SOP Instance UID"),
        (
            ["SOPClassUID", "SOPInstanceUID"],
            "no SOP Class UID (0008,0016) and no SOP Instance UID (0008,0018)",
        ),
    ],
)
def test_an_instance_without_its_uids_is_refused_with_the_cure(
    scp: StorageSCP, tmp_path: Path, missing: list[str], reason: str
) -> None:
    dataset = dcmread(bundled("CT_small.dcm"))
    for keyword in missing:
        del dataset[keyword]
    dataset.save_as(tmp_path / "one.dcm")
    report = send([tmp_path / "one.dcm", bundled("CT_small.dcm")], "127.0.0.1", scp.port)
    assert [row.outcome for row in report] == ["refused", "stored"]
    assert reason in report[0].meaning
    assert "dump2dcm +Ug" in report[0].advice
    with pytest.raises(TransferError, match=r"1 of 2 instances not stored, first one\.dcm"):
        report.raise_on_failure()


def test_files_that_break_off_are_refused(scp: StorageSCP, tmp_path: Path) -> None:
    content = bundled("CT_small.dcm").read_bytes()
    for name, size in (("head.dcm", 200), ("early.dcm", 420)):
        (tmp_path / name).write_bytes(content[:size])
    report = send([tmp_path / "head.dcm", tmp_path / "early.dcm"], "127.0.0.1", scp.port)
    assert [row.outcome for row in report] == ["refused", "refused"]
    assert not report.is_complete


@pytest.mark.parametrize("name", ["CT_small.dcm", "JPEG2000.dcm", "SC_rgb_rle.dcm", "image_dfl.dcm"])
def test_a_file_whose_end_is_missing_is_refused(scp: StorageSCP, tmp_path: Path, name: str) -> None:
    content = bundled(name).read_bytes()
    (tmp_path / "cut.dcm").write_bytes(content[: -len(content) // 10])
    (row,) = send(tmp_path, "127.0.0.1", scp.port)
    assert row.outcome == "refused"
    assert "is longer than what is left" in row.meaning or "is cut off" in row.meaning
    assert scp.received == []


def test_a_copy_in_a_folder_is_sent_once(scp: StorageSCP, tmp_path: Path) -> None:
    for name in ("a.dcm", "b.dcm"):
        shutil.copy(bundled("CT_small.dcm"), tmp_path / name)
    changed = dcmread(tmp_path / "a.dcm")
    changed.PatientID = "another"
    changed.save_as(tmp_path / "c.dcm")
    report = send(tmp_path, "127.0.0.1", scp.port)
    assert [row.outcome for row in report] == ["stored", "skipped", "failed"]
    assert "a copy of a.dcm" in report[1].meaning
    assert report[2].status == 0x0111, "another content under the same UID is for the receiver to judge"


def test_an_encoding_that_group_0002_gets_wrong_is_sent_as_what_it_is(
    tmp_path: Path, dcmtk_storescp: Callable[..., int]
) -> None:
    content = bundled("MR_small_implicit.dcm").read_bytes()
    assert content.count(b"1.2.840.10008.1.2\0") == 1
    wrong = content.replace(b"1.2.840.10008.1.2\0", b"1.2.840.10008.1.2.1\0")
    wrong = wrong[:140] + (int.from_bytes(wrong[140:144], "little") + 2).to_bytes(4, "little") + wrong[144:]
    wrong = wrong.replace(b"UI\x12\x001.2.840.10008.1.2.1\0", b"UI\x14\x001.2.840.10008.1.2.1\0")
    (tmp_path / "wrong.dcm").write_bytes(wrong)
    folder = tmp_path / "in"
    folder.mkdir()
    (row,) = send(tmp_path / "wrong.dcm", "127.0.0.1", dcmtk_storescp(folder))
    assert (row.outcome, row.transfer_syntax_uid) == ("stored", "1.2.840.10008.1.2")
    assert "not encoded as group 0002 says" in row.remark
    (stored,) = folder.iterdir()
    assert dcmread(stored).PixelData == dcmread(bundled("MR_small_implicit.dcm")).PixelData


@pytest.mark.parametrize("vr", ["OB", "OW"])
@pytest.mark.parametrize(("syntax", "order"), [(EXPLICIT, "<"), (BIG_ENDIAN, ">")])
@pytest.mark.parametrize("name", [b"", b"Doe"], ids=["odd", "twice odd"])
def test_dcmtk_stores_a_file_whose_values_have_an_odd_length(
    tmp_path: Path, dcmtk_storescp: Callable[..., int], syntax: str, order: str, vr: str, name: bytes
) -> None:
    """fo-dicom issue 284: PS3.8 section E.1 has no fragment of odd length."""
    dataset = b"".join(
        element(tag, "UI", uid, order)
        for tag, uid in (
            (0x00080016, b"1.2.840.10008.5.1.4.1.1.7\0"),
            (0x00080018, b"1.2.3.4\0"),
        )
    )
    dataset += element(0x00100010, "PN", name, order) + element(0x0020000D, "UI", b"1.2.3.5\0", order)
    (tmp_path / "odd.dcm").write_bytes(part10(dataset + element(0x7FE00010, vr, b"\1\2\3", order), syntax))
    folder = tmp_path / "in"
    folder.mkdir()
    (row,) = send(tmp_path / "odd.dcm", "127.0.0.1", dcmtk_storescp(folder))
    assert row.outcome == "stored"
    (stored,) = folder.iterdir()
    expected = b"\1\2\0\3" if (vr, order) == ("OW", ">") else b"\1\2\3\0"
    assert stored.read_bytes().endswith(element(0x7FE00010, vr, expected, order))
    assert dcmread(stored).PatientName == name.decode()
    assert (b"Doe " in stored.read_bytes()) == bool(name)


def test_a_path_that_is_not_there(scp: StorageSCP, tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match="does not exist"):
        send(tmp_path / "missing", "127.0.0.1", scp.port)


@pytest.mark.parametrize("source", [None, 3, [b"a"], [None]])
def test_what_is_neither_path_nor_data_set(free_port: int, source: object) -> None:
    with pytest.raises(UsageError, match="cannot be sent"):
        send(source, "127.0.0.1", free_port)  # type: ignore[arg-type]


def test_nothing_to_send_calls_nobody(tmp_path: Path, free_port: int) -> None:
    assert send(tmp_path, "127.0.0.1", free_port).summary() == "nothing to send"


# --- what goes wrong, in words -----------------------------------------------------------------------


def test_nobody_listens(free_port: int) -> None:
    for call in (lambda: echo("localhost", free_port), lambda: send(make_dataset(), "127.0.0.1", free_port)):
        with pytest.raises(NoReceiverError, match="nobody listens there"):
            call()


def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(NetworkError, match="not known"):
        echo("no-such-host.invalid", 104)


def test_a_wrong_title_is_explained(scp: StorageSCP) -> None:
    for call in (
        lambda: echo("127.0.0.1", scp.port, called_ae_title="WRONG"),
        lambda: send(make_dataset(), "127.0.0.1", scp.port, called_ae_title="WRONG"),
    ):
        with pytest.raises(
            AssociationRejectedError,
            match=r"the called AE title is not its own \(result 1, source 1, reason 7\)",
        ):
            call()


def test_dcmtk_refuses_an_association(tmp_path: Path, peer: Callable[[str], str], free_port: int) -> None:
    command = [peer("storescp"), "--refuse", "--output-directory", str(tmp_path), str(free_port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            with pytest.raises(AssociationRejectedError):
                wait_for_receiver(process, free_port, "X")
        finally:
            process.terminate()


def test_a_context_that_is_not_accepted_is_explained(pynetdicom_scp: Callable[..., int]) -> None:
    port = pynetdicom_scp(lambda _: 0, syntaxes=["1.2.840.10008.1.2.1"])
    names = ["CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm"]
    datasets = [dcmread(bundled("CT_small.dcm")), dcmread(bundled("MR_small.dcm"))]
    implicit = dcmread(bundled("CT_small.dcm"))
    implicit.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2")
    report = send([*datasets, implicit], "127.0.0.1", port)
    assert [row.outcome for row in report] == ["stored", "refused", "refused"], names
    assert "MR Image Storage" in report[1].meaning
    assert "abstract syntax not supported" in report[1].meaning
    assert "transfer syntax not supported" in report[2].meaning
    assert "Implicit VR Little Endian" in report[2].meaning


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0xA700, "failed"),
        (0xA900, "failed"),
        (0xC123, "failed"),
        (0xB000, "warning"),
        (0x0124, "failed"),
        (0x4321, "failed"),
    ],
)
def test_each_status_has_its_meaning(pynetdicom_scp: Callable[..., int], status: int, outcome: str) -> None:
    port = pynetdicom_scp(lambda _: status, syntaxes=["1.2.840.10008.1.2.1"])
    (row,) = send(bundled("CT_small.dcm"), "127.0.0.1", port)
    assert (row.status, row.outcome) == (status, outcome)
    assert row.meaning == explain_status(status).meaning
    assert row.rule.startswith("PS3.")
    assert row.advice


@pytest.mark.parametrize("status", sorted(GENERAL_STATUS))
def test_every_status_of_annex_c_is_named(status: int) -> None:
    """PS3.7 annex C, as pynetdicom lists it."""
    family, name = GENERAL_STATUS[status]
    found = explain_status(status)
    # What pynetdicom calls Cancel answers a request that somebody cancelled: nothing was stored.
    assert found.family == {"Cancel": "failure"}.get(family, family.lower()), name
    assert "does not name" not in found.meaning
    assert "does not define" not in found.meaning
    assert found.advice


def test_a_status_that_annex_c_leaves_open_is_a_failure_all_the_same() -> None:
    for status in (0x0108, 0x0131, 0x0214, 0x02FF, 0xA801):
        assert explain_status(status).family == "failure"
        assert explain_status(status).meaning != explain_status(0x0300).meaning


def test_one_failure_does_not_hide_the_others(tmp_path: Path) -> None:
    with StorageSCP(
        tmp_path, on_stored=lambda instance: 0xA700 if instance.sop_instance_uid.endswith(".2") else None
    ) as scp:
        datasets = [make_dataset(number) for number in (1, 2, 3)]
        told: list[SendResult] = []
        assert [row.outcome for row in send(datasets, "127.0.0.1", scp.port, on_result=told.append)] == [
            "stored",
            "failed",
            "stored",
        ]
        assert len(told) == 3


def test_stopping_at_the_first_failure(tmp_path: Path) -> None:
    with StorageSCP(
        tmp_path, on_stored=lambda instance: 0xA700 if instance.sop_instance_uid.endswith(".2") else None
    ) as scp:
        report = send(
            [make_dataset(number) for number in (1, 2, 3)], "127.0.0.1", scp.port, stop_on_failure=True
        )
        assert [row.outcome for row in report] == ["stored", "failed", "not sent"]
        assert scp.received_count == 2


def test_an_answer_that_is_lost_is_asked_for_again(tmp_path: Path) -> None:
    """A receiver that breaks the connection once instead of answering: the instance is there exactly once."""
    folder = tmp_path / "in"
    folder.mkdir()
    with StorageSCP(folder) as scp, socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(DEADLINE_S)
        thread = threading.Thread(target=break_first_then_forward, args=(door, scp.port), daemon=True)
        thread.start()
        report = send([make_dataset(1), make_dataset(2)], "127.0.0.1", door.getsockname()[1])
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
        assert [row.outcome for row in report] == ["stored", "stored"]
        assert [instance.duplicate for instance in scp.received] == [False, True, False]
    assert len(list(folder.rglob("*.dcm"))) == 2


def break_first_then_forward(door: socket.socket, port: int) -> None:
    """Pass the bytes of two connections on; on the first, swallow what follows the accepted association."""
    for limit in (1, None):
        near, _ = door.accept()
        with near, socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as far:
            near.settimeout(DEADLINE_S)
            returning = threading.Thread(target=pump, args=(far, near, limit), daemon=True)
            returning.start()
            pump(near, far, None)
            returning.join(DEADLINE_S)


def pump(source: socket.socket, sink: socket.socket, limit: int | None) -> None:
    with contextlib.suppress(OSError):
        while content := source.recv(65536):
            if limit == 0:
                break
            sink.sendall(content)
            limit = None if limit is None else limit - 1
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def test_an_answer_that_never_comes() -> None:
    """A receiver that aborts each time: the outcome is unknown, and the next instance is still tried."""
    aborts: list[int] = []

    def abort(event: evt.Event) -> int:
        aborts.append(1)
        event.assoc.abort()
        return 0

    ae = AE("DICOMKIT")
    ae.add_supported_context("1.2.840.10008.5.1.4.1.1.7", ["1.2.840.10008.1.2.1"])
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, abort)])
    assert server is not None
    try:
        report = send([make_dataset(1), make_dataset(2)], "127.0.0.1", server.server_address[1])
    finally:
        ae.shutdown()
    assert [row.outcome for row in report] == ["unknown", "unknown"]
    assert "abort" in report[0].meaning
    assert len(aborts) == 6, "each instance was tried three times"
    assert not report.is_complete


def answer_once(door: socket.socket, *pdus: bytes, endless: bytes = b"") -> None:
    """Accept one association, answer its next message with these PDUs, and go on without end if asked to."""
    near, _ = door.accept()
    with near, contextlib.suppress(OSError):
        near.settimeout(DEADLINE_S)
        header = near.recv(6, socket.MSG_WAITALL)
        near.recv(struct.unpack(">BxL", header)[1], socket.MSG_WAITALL)
        near.sendall(ACCEPT)
        near.recv(65536)
        near.sendall(b"".join(pdus))
        deadline = time.monotonic() + 20  # a sender that still listens then has failed the test
        while endless and time.monotonic() < deadline:
            near.sendall(endless)


def test_an_instance_whose_answer_was_lost_is_unknown_though_nobody_is_there_any_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(DEADLINE_S)
        port = door.getsockname()[1]

        def die() -> None:
            with door:
                answer_once(door)

        thread = threading.Thread(target=die, daemon=True)
        thread.start()
        report = send([make_dataset(1), make_dataset(2)], "127.0.0.1", port)
        thread.join(DEADLINE_S)
    assert [row.outcome for row in report] == ["unknown", "not sent"]


@pytest.mark.parametrize("control", [0, 1], ids=["data", "command"])
def test_a_receiver_that_answers_without_end(control: int) -> None:
    fragment = struct.pack(">LBB", 1002, 1, control) + bytes(1000)
    pdu = struct.pack(">BxL", 4, len(fragment)) + fragment
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(DEADLINE_S)
        thread = threading.Thread(target=answer_once, args=[door], kwargs={"endless": pdu}, daemon=True)
        thread.start()
        with pytest.raises(NetworkError, match=r"too long|without an end"):
            echo("127.0.0.1", door.getsockname()[1], time_outs=TimeOuts(answer_s=1))
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", struct.pack(">BxL", 2, 0xFFFFFFFF)]
)
def test_something_else_listens_there(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def reply() -> None:
            near, _ = door.accept()
            with near:
                near.recv(65536)
                near.sendall(answer)

        thread = threading.Thread(target=reply, daemon=True)
        thread.start()
        with pytest.raises(NetworkError, match="no answer to the association request"):
            echo("127.0.0.1", door.getsockname()[1])
        thread.join(DEADLINE_S)


def test_a_receiver_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        waits = TimeOuts(associate_s=0.05)
        with pytest.raises(NetworkError, match="no answer"):
            echo("127.0.0.1", door.getsockname()[1], time_outs=waits)


# --- the report --------------------------------------------------------------------------------------


def test_the_report_reads_the_same_each_time(scp: StorageSCP, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("no DICOM")
    sources = [tmp_path / "x.txt", bundled("CT_small.dcm")]
    texts = {str(send(sources, "127.0.0.1", scp.port)) for _ in range(2)}
    (text,) = texts
    assert text.splitlines() == [
        "1 stored, 1 skipped",
        "  x.txt: skipped: not a DICOM file: there is no 'DICM' after 128 bytes; it looks like text; leave it out, if it is none",
        "  CT_small.dcm: stored 0000H: stored",
    ]


def test_the_table_runs_no_script(scp: StorageSCP, tmp_path: Path) -> None:
    evil = tmp_path / "<script>alert(1)<"
    shutil.copy(bundled("CT_small.dcm"), evil)
    report = send(evil, "127.0.0.1", scp.port)
    assert report.is_complete
    assert "<script>" not in report._repr_html_()
    assert "&lt;script&gt;" in report._repr_html_()


def test_no_patient_data_in_any_message(pynetdicom_scp: Callable[..., int]) -> None:
    port = pynetdicom_scp(
        lambda _: 0xC000, syntaxes=["1.2.840.10008.1.2.1"], sop_class="1.2.840.10008.5.1.4.1.1.7"
    )
    report = send([make_dataset(1)], "127.0.0.1", port)
    with pytest.raises(TransferError) as raised:
        report.raise_on_failure()
    assert "Doe" not in f"{report} {report._repr_html_()} {raised.value}"
