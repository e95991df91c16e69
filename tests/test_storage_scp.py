"""The receiver against real peers, bytes written by hand, and everything that goes wrong on a wire."""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
from pydicom.filereader import read_dataset
from pydicom.uid import UID
from pynetdicom import AE

from dicomkit.errors import NetworkError, PortInUseError, StoreError, UsageError
from dicomkit.instance_store import InstanceStore
from dicomkit.network import ReceiverEvent, StorageSCP, StoredInstance, echo, send
from dicomkit.network.association_pool import AssociationPool
from dicomkit.network.command_set import encode_store_response
from dicomkit.network.connection import Connection
from dicomkit.network.upper_layer import AbortReason, ConnectionFailedError

CT = "1.2.840.10008.5.1.4.1.1.2"
VERIFICATION = "1.2.840.10008.1.1"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
DEADLINE_S = 120


def bundled(name: str) -> Path:
    return Path(get_testdata_file(name, download=False))


def data_set_bytes(path: Path) -> bytes:
    """Return what follows group 0002, counted with pydicom."""
    return path.read_bytes()[
        144 + int(dcmread(path, stop_before_pixels=True).file_meta.FileMetaInformationGroupLength) :
    ]


def same_elements(one: Path, other: Path) -> bool:
    """Compare as pydicom reads them. DCMTK encodes anew: it drops and adds padding and writes other lengths."""
    datasets = [dcmread(one), dcmread(other)]
    frames = []
    for dataset in datasets:
        dataset.pop(0xFFFCFFFC, None)
        if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            encoded = dataset.pop("PixelData").value
            frames.append([frame.rstrip(b"\0") for frame in generate_frames(encoded, number_of_frames=1)])
    return bool(datasets[0] == datasets[1]) and (not frames or frames[0] == frames[1])


def stored_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def threads_and_sockets() -> tuple[int, int]:
    links = (
        [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        if sys.platform == "linux"
        else []
    )
    return threading.active_count(), sum(str(link).startswith("socket:") for link in links)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.005)


# --- a peer made of bytes (PS3.8 section 9.3), which knows nothing of the package -----------------------


def item(kind: int, content: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(content)) + content


def associate_rq(
    called: str = "DICOMKIT",
    calling: str = "BYTES",
    abstract: str = CT,
    transfer: str = EXPLICIT,
    contexts: int = 1,
) -> bytes:
    body = struct.pack(">H2x16s16s32x", 1, called.ljust(16).encode(), calling.ljust(16).encode())
    body += item(0x10, b"1.2.840.10008.3.1.1.1")
    for number in range(contexts):
        syntaxes = item(0x30, abstract.encode()) + item(0x40, transfer.encode())
        body += item(0x20, bytes([2 * number + 1, 0, 0, 0]) + syntaxes)
    body += item(0x50, item(0x51, struct.pack(">L", 16384)) + item(0x52, b"1.2.3"))
    return struct.pack(">BxL", 1, len(body)) + body


def command_element(number: int, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHL", 0, number, len(value)) + value


def c_store_command(uid: str = "1.2.3.4", sop_class: str = CT, field: int = 1, has_data: int = 1) -> bytes:
    content = command_element(0x0002, sop_class.encode()) + command_element(0x0100, struct.pack("<H", field))
    content += command_element(0x0110, struct.pack("<H", 7)) + command_element(0x0700, struct.pack("<H", 0))
    content += command_element(0x0800, struct.pack("<H", has_data)) + command_element(
        0x1000, uid.encode("latin-1")
    )
    return command_element(0, struct.pack("<L", len(content))) + content


def p_data(fragment: bytes, control: int, context: int = 1) -> bytes:
    value = struct.pack(">LBB", len(fragment) + 2, context, control) + fragment
    return struct.pack(">BxL", 4, len(value)) + value


def data_set(uid: str = "1.2.3.4", study: str | None = "1.2.3", *, tail: bytes = b"") -> bytes:
    def element(group: int, number: int, value: str) -> bytes:
        encoded = value.encode("latin-1") + b"\0" * (len(value) % 2)
        return struct.pack("<HH2sH", group, number, b"UI", len(encoded)) + encoded

    content = (
        element(8, 0x16, CT)
        + element(8, 0x18, uid)
        + (element(0x20, 0x0D, study) if study is not None else b"")
    )
    return content + tail


RELEASE = struct.pack(">BxL4x", 5, 4)


class BytePeer:
    """A socket with a time-out that reads whole PDUs."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)

    def send(self, *pdus: bytes) -> None:
        self.socket.sendall(b"".join(pdus))

    def receive(self) -> tuple[int, bytes]:
        """Return the type and body of a PDU; type 0 when the connection is closed."""
        header = self._exactly(6)
        if len(header) < 6:
            return 0, b""
        kind, length = struct.unpack(">BxL", header)
        return kind, self._exactly(length)

    def status(self) -> int:
        kind, body = self.receive()
        assert kind == 4, kind
        position = body.index(struct.pack("<HHL", 0, 0x0900, 2))
        return int(struct.unpack_from("<H", body, position + 8)[0])

    def _exactly(self, size: int) -> bytes:
        content = b""
        with contextlib.suppress(ConnectionResetError):
            while len(content) < size and (piece := self.socket.recv(size - len(content))):
                content += piece
        return content


@pytest.fixture
def connect() -> Iterator[Callable[..., BytePeer]]:
    with contextlib.ExitStack() as sockets:

        def make(port: int, **request: object) -> BytePeer:
            peer = BytePeer(port)
            sockets.callback(peer.socket.close)
            if request.pop("associated", True):
                peer.send(associate_rq(**request))  # type: ignore[arg-type]
                assert peer.receive()[0] == 2, "not accepted"
            return peer

        yield make


@pytest.fixture
def scp(tmp_path: Path) -> Iterator[StorageSCP]:
    folder = tmp_path / "in"
    folder.mkdir()
    with StorageSCP(folder) as receiver:
        yield receiver


# --- real peers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", ["storescu", "dcmsend"])
def test_dcmtk_sends(tmp_path: Path, peer: Callable[[str], str], scp: StorageSCP, program: str) -> None:
    names = ["CT_small.dcm", "MR_small.dcm"]
    command = [
        peer(program),
        "-aec",
        "DICOMKIT",
        "127.0.0.1",
        str(scp.port),
        *(str(bundled(name)) for name in names),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=DEADLINE_S)
    received = scp.wait_for(2, DEADLINE_S)
    for name, instance in zip(names, received, strict=True):
        assert same_elements(instance.path, bundled(name))
    scp.check()
    assert len(stored_files(tmp_path / "in")) == 2


@pytest.mark.parametrize(
    ("option", "name", "syntax"),
    [
        ("-xe", "MR_small.dcm", EXPLICIT),
        ("-xi", "MR_small_implicit.dcm", IMPLICIT),
        ("-xb", "MR_small_bigendian.dcm", "1.2.840.10008.1.2.2"),
        ("-xy", "SC_rgb_jpeg_dcmtk.dcm", "1.2.840.10008.1.2.4.50"),
        ("-xw", "JPEG2000.dcm", "1.2.840.10008.1.2.4.91"),
        ("-xv", "MR_small_jp2klossless.dcm", "1.2.840.10008.1.2.4.90"),
        ("-xs", "SC_rgb_jpeg_gdcm.dcm", "1.2.840.10008.1.2.4.70"),
        ("-xx", "JPGExtended.dcm", "1.2.840.10008.1.2.4.51"),
        ("-xt", "MR_small_jpeg_ls_lossless.dcm", "1.2.840.10008.1.2.4.80"),
        ("-xd", "image_dfl.dcm", "1.2.840.10008.1.2.1.99"),
        ("-xr", "MR_small_RLE.dcm", "1.2.840.10008.1.2.5"),
        ("-xu", "JPEGLSNearLossless_08.dcm", "1.2.840.10008.1.2.4.81"),
        ("-xu", "SC_rgb_jls_lossy_line.dcm", "1.2.840.10008.1.2.4.81"),
    ],
)
def test_dcmtk_sends_in_each_transfer_syntax(
    peer: Callable[[str], str], scp: StorageSCP, tmp_path: Path, option: str, name: str, syntax: str
) -> None:
    path = with_study(bundled(name), tmp_path)
    command = [peer("storescu"), option, "-aec", "DICOMKIT", "127.0.0.1", str(scp.port), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=DEADLINE_S)
    (instance,) = scp.wait_for(1, DEADLINE_S)
    assert instance.transfer_syntax_uid == syntax
    assert same_elements(instance.path, path)


def with_study(path: Path, folder: Path, syntax: str = "") -> Path:
    """Return the file, or a copy where a Study Instance UID is missing or another syntax is to be named."""
    dataset = dcmread(path)
    if "StudyInstanceUID" in dataset and not syntax:
        return path
    dataset.StudyInstanceUID = UID("1.2.3")
    if syntax:
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.save_as(folder / path.name)
    return folder / path.name


@pytest.mark.parametrize(
    ("option", "syntax"),
    [
        ("-xm", "1.2.840.10008.1.2.4.100"),
        ("-xh", "1.2.840.10008.1.2.4.101"),
        ("-xn", "1.2.840.10008.1.2.4.102"),
        ("-xl", "1.2.840.10008.1.2.4.103"),
        ("-x2", "1.2.840.10008.1.2.4.104"),
        ("-x3", "1.2.840.10008.1.2.4.105"),
        ("-xo", "1.2.840.10008.1.2.4.106"),
        ("-x4", "1.2.840.10008.1.2.4.107"),
        ("-x5", "1.2.840.10008.1.2.4.108"),
    ],
)
def test_dcmtk_sends_in_each_video_syntax(
    peer: Callable[[str], str], scp: StorageSCP, tmp_path: Path, option: str, syntax: str
) -> None:
    # Neither side looks into the fragments, so those of a JPEG file do for a film.
    path = with_study(bundled("SC_rgb_jpeg_dcmtk.dcm"), tmp_path, syntax)
    command = [peer("storescu"), option, "-aec", "DICOMKIT", "127.0.0.1", str(scp.port), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=DEADLINE_S)
    (instance,) = scp.wait_for(1, DEADLINE_S)
    assert instance.transfer_syntax_uid == syntax
    assert same_elements(instance.path, path)


def test_dcmtk_echo_and_titles(peer: Callable[[str], str], scp: StorageSCP) -> None:
    def ask(title: str) -> subprocess.CompletedProcess[str]:
        command = [peer("echoscu"), "-v", "-aec", title, "127.0.0.1", str(scp.port)]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=DEADLINE_S)

    assert ask("DICOMKIT").returncode == 0
    refused = ask("SOMEBODY")
    assert refused.returncode != 0
    assert "Called AE Title Not Recognized" in refused.stdout + refused.stderr


def test_pynetdicom_sends(scp: StorageSCP) -> None:
    ae = AE("PYNETDICOM")
    dataset = dcmread(bundled("CT_small.dcm"))
    ae.add_requested_context(CT, [EXPLICIT])
    association = ae.associate("127.0.0.1", scp.port, ae_title="DICOMKIT")
    assert association.is_established
    assert association.send_c_store(dataset).Status == 0
    association.release()
    (instance,) = scp.wait_for(1, DEADLINE_S)
    assert instance.calling_ae_title == "PYNETDICOM"
    assert dcmread(instance.path) == dataset


def test_every_storage_class_and_transfer_syntax_is_accepted(
    scp: StorageSCP, connect: Callable[..., BytePeer]
) -> None:
    # The peer that decides what "all" means is pynetdicom's list and pydicom's dictionary.
    from pydicom.uid import UID_dictionary  # noqa: PLC0415
    from pynetdicom import AllStoragePresentationContexts  # noqa: PLC0415

    syntaxes = [uid for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"]
    assert len(syntaxes) > 50
    for syntax in syntaxes:
        assert accepted(connect(scp.port, associated=False), CT, syntax), UID(syntax).name
    without_study = {
        "Hanging",
        "Color Palette",
        "Implant",
        "Defined Procedure",
        "Protocol Approval",
        "Inventory",
    }
    for context in AllStoragePresentationContexts:
        name = UID(str(context.abstract_syntax)).name
        assert accepted(connect(scp.port, associated=False), str(context.abstract_syntax), EXPLICIT) or any(
            word in name for word in without_study
        ), name
    assert not accepted(connect(scp.port, associated=False), "1.2.840.10008.5.1.4.31", EXPLICIT), (
        "a worklist is no storage"
    )
    assert not accepted(connect(scp.port, associated=False), CT, "1.2.3.4"), "nobody knows this syntax"


def accepted(peer: BytePeer, abstract: str, transfer: str) -> bool:
    peer.send(associate_rq(abstract=abstract, transfer=transfer))
    kind, body = peer.receive()
    assert kind == 2
    peer.socket.close()
    position = body.index(b"\x21\x00", 68)  # the answer to the one context: PS3.8 section 9.3.3.2
    return body[position + 6] == 0


# --- what an instance leads to -----------------------------------------------------------------------


def test_records_events_and_their_words(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    events: list[ReceiverEvent] = []
    stored: list[StoredInstance] = []
    with StorageSCP(tmp_path, on_stored=stored.append) as scp:
        unsubscribe = scp.subscribe(events.append)
        peer = connect(scp.port)
        peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
        assert peer.status() == 0
        peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
        assert peer.status() == 0
        peer.send(RELEASE)
        assert peer.receive()[0] == 6
        wait_until(lambda: len(events) == 4)
        unsubscribe()
        echo("127.0.0.1", scp.port)
        first, again = scp.received
    assert [event.kind for event in events] == [
        "association opened",
        "instance stored",
        "instance stored",
        "association closed",
    ]
    assert stored == [first], "a hook runs once for an instance, not once for each copy"
    assert (first.duplicate, again.duplicate) == (False, True)
    assert (first.study_instance_uid, first.sop_instance_uid, first.sop_class_uid) == ("1.2.3", "1.2.3.4", CT)
    assert (first.calling_ae_title, first.called_ae_title, first.calling_address) == (
        "BYTES",
        "DICOMKIT",
        "127.0.0.1",
    )
    assert repr(first) == "<StoredInstance CT Image Storage, Explicit VR Little Endian, 1.2.3.4, from BYTES>"
    assert str(tmp_path) not in repr(scp.received)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (None, 0),
        (0, 0),
        (0xA700, 0xA700),
        (0xB000, 0xB000),
        ("nonsense", 0x0110),
        (True, 0x0110),
        (-1, 0x0110),
        (1 << 16, 0x0110),
    ],
)
def test_what_a_handler_returns_is_the_status(
    tmp_path: Path, connect: Callable[..., BytePeer], answer: object, status: int
) -> None:
    with StorageSCP(tmp_path, on_stored=lambda _: answer) as scp:
        peer = connect(scp.port)
        peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
        assert peer.status() == status
        if status == 0x0110:
            with pytest.raises(NetworkError, match=r"1\.2\.3\.4: on_stored returned a"):
                scp.check()
        scp.check()


@pytest.mark.parametrize("failure", [ValueError("Doe^Jane"), SystemExit(3), KeyboardInterrupt()])
def test_a_handler_that_fails_stops_nothing(
    tmp_path: Path, connect: Callable[..., BytePeer], failure: BaseException
) -> None:
    def fail(_: StoredInstance) -> None:
        raise failure

    with StorageSCP(tmp_path, on_stored=fail) as scp:
        scp.subscribe(lambda _: fail(None))  # type: ignore[arg-type]
        peer = connect(scp.port)
        for uid in ("1.2.3.4", "1.2.3.5"):
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid), 2))
            assert peer.status() == 0x0110
        problems = scp.problems
        assert any("1.2.3.4: on_stored raised" in str(problem) for problem in problems)
        assert all("Doe" not in str(problem) for problem in problems)
        assert problems[0].__cause__ is failure
        with pytest.raises(NetworkError) as raised:
            scp.check()
        assert raised.value.__notes__
        scp.check()
        assert len(scp.received) == 2


@pytest.mark.parametrize("uid", ["1.2.3.4", "1.2.3.45", ""])
def test_a_response_to_a_c_store_as_pydicom_reads_it(uid: str) -> None:
    encoded = encode_store_response(CT, uid, 0xFFFF, 0xA900)
    response = read_dataset(io.BytesIO(encoded), is_implicit_VR=True, is_little_endian=True)
    assert response.CommandGroupLength == len(encoded) - 12
    assert (response.AffectedSOPClassUID, response.AffectedSOPInstanceUID or "") == (CT, uid)
    assert (response.CommandField, response.MessageIDBeingRespondedTo) == (0x8001, 0xFFFF)
    assert (response.CommandDataSetType, response.Status) == (0x0101, 0xA900)
    tags = [element.tag for element in response]
    assert tags == sorted(tags)
    assert len(tags) == 7


def test_a_defect_in_an_association_is_reported(
    tmp_path: Path, connect: Callable[..., BytePeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = ZeroDivisionError("Doe^Jane")

    def fail(*_: object, **__: object) -> None:
        raise defect

    with StorageSCP(tmp_path) as scp:
        other = connect(scp.port)
        with monkeypatch.context() as patched:
            patched.setattr(InstanceStore, "receive", fail)
            peer = connect(scp.port, calling="BROKEN")
            peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
            assert peer.receive()[0] == 7, "not aborted"
            assert peer.receive()[0] == 0, "not closed"
        scp.stop()  # by then the thread has ended
        with pytest.raises(NetworkError, match=r"association 2 from BROKEN: .*ZeroDivisionError") as raised:
            scp.check()
        assert raised.value.__cause__ is defect
        assert "Doe" not in str(raised.value)
        scp.check()
        assert other.receive()[0] == 7, "the other association went on until the stop"


def test_a_defect_in_the_listener_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    defect = ZeroDivisionError("Doe^Jane")
    told: list[ReceiverEvent] = []
    heard = threading.Event()

    def fail(*_: object) -> None:
        raise defect

    def note(event: ReceiverEvent) -> None:
        told.append(event)
        if event.kind == "receiver failed":
            heard.set()

    monkeypatch.setattr(AssociationPool, "admit", fail)
    with StorageSCP(tmp_path) as scp:
        scp.subscribe(note)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", scp.port)) as caller:
            caller.sendall(associate_rq())
            assert heard.wait(DEADLINE_S), "nobody was told"
        with pytest.raises(
            NetworkError, match=r"takes no calls any more because of ZeroDivisionError"
        ) as raised:
            scp.check()
        assert raised.value.__cause__ is defect
        assert "Doe" not in str(raised.value)
        assert [event.kind for event in told] == ["receiver failed"]


@pytest.mark.parametrize(
    ("command", "content", "status"),
    [
        (c_store_command(), data_set(study=None), 0xA900),
        (c_store_command("1.2.9"), data_set(), 0xA900),
        (c_store_command(), data_set()[:20], 0xC000),
        (c_store_command(sop_class="1.2.840.10008.5.1.4.1.1.4"), data_set(), 0x0122),
        (c_store_command(field=0x0020), data_set(), 0x0211),
    ],
    ids=["no study", "other instance", "cut", "other class", "C-FIND"],
)
def test_a_refused_instance(
    scp: StorageSCP,
    connect: Callable[..., BytePeer],
    tmp_path: Path,
    command: bytes,
    content: bytes,
    status: int,
) -> None:
    peer = connect(scp.port)
    peer.send(p_data(command, 3), p_data(content, 2))
    assert peer.status() == status
    assert stored_files(tmp_path) == []
    peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
    assert peer.status() == 0, "the association goes on"
    assert bool(scp.problems) == (status in {0xA900, 0xC000})
    if scp.problems:
        with pytest.raises(StoreError):
            scp.check()


def test_a_missing_study_uid_is_explained_to_the_sender(
    peer: Callable[[str], str], scp: StorageSCP, tmp_path: Path
) -> None:
    dataset = dcmread(bundled("CT_small.dcm"))
    del dataset.StudyInstanceUID
    dataset.save_as(tmp_path / "bad.dcm")
    done = subprocess.run(
        [peer("storescu"), "-d", "-aec", "DICOMKIT", "127.0.0.1", str(scp.port), str(tmp_path / "bad.dcm")],
        check=False, capture_output=True, text=True, timeout=DEADLINE_S,
    )  # fmt: skip
    assert "0xa900" in done.stderr + done.stdout
    assert "no Study Instance UID" in done.stderr + done.stdout


# --- starting and stopping ---------------------------------------------------------------------------


def test_stop_leaves_nothing(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    switch = sys.getswitchinterval()
    before = threads_and_sockets()
    scp = StorageSCP(tmp_path)
    assert scp.start() is scp.start()
    assert sys.getswitchinterval() < switch
    silent, idle, busy = BytePeer(scp.port), connect(scp.port), connect(scp.port)
    busy.send(p_data(c_store_command(), 3), p_data(data_set()[:50], 0))
    begin = time.monotonic()
    scp.stop()
    scp.stop()
    assert time.monotonic() - begin < 5
    assert idle.receive()[0] == 7, "an idle association is told by A-ABORT"
    assert silent.receive()[0] == 0
    for peer in (silent, idle, busy):
        peer.socket.close()
    assert threads_and_sockets() == before
    assert sys.getswitchinterval() == switch
    assert stored_files(tmp_path) == []


def test_stop_lets_a_running_transfer_end(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    scp = StorageSCP(tmp_path).start()
    peer = connect(scp.port)
    peer.send(p_data(c_store_command(), 3), p_data(data_set()[:50], 0))
    wait_until(lambda: len(scp.log) == 4)  # request, answer, command and first fragment: the transfer runs
    stopping = threading.Thread(target=scp.stop, daemon=True)
    stopping.start()
    wait_until(lambda: not scp.is_running)
    peer.send(p_data(data_set()[50:], 2))
    assert peer.status() == 0
    assert peer.receive()[0] == 7
    stopping.join(DEADLINE_S)
    assert [path.name for path in stored_files(tmp_path)] == ["1.2.3.4.dcm"]


def test_a_cell_that_runs_fifty_times_leaves_one_receiver(
    tmp_path: Path, connect: Callable[..., BytePeer]
) -> None:
    before = threads_and_sockets()
    switch = sys.getswitchinterval()
    port = StorageSCP(tmp_path).start().port  # nobody keeps the object, as in a cell that is run again
    answers: list[int] = []
    for number in range(50):
        scp = StorageSCP(
            tmp_path, port=port, on_stored=lambda _, number=number: answers.append(number)
        ).start()
    peer = connect(port)
    peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
    assert peer.status() == 0
    assert answers == [49], "the newest handler answers"
    peer.socket.close()
    scp.stop()
    assert threads_and_sockets() == before
    assert sys.getswitchinterval() == switch


def test_the_same_folder_has_one_receiver(tmp_path: Path) -> None:
    with StorageSCP(tmp_path) as older, StorageSCP(tmp_path) as newer:
        assert (older.is_running, newer.is_running) == (False, True)


def test_two_receivers_side_by_side(tmp_path: Path) -> None:
    switch = sys.getswitchinterval()
    for name in "ab":
        (tmp_path / name).mkdir()
    first, second = StorageSCP(tmp_path / "a").start(), StorageSCP(tmp_path / "b").start()
    first.stop()
    assert sys.getswitchinterval() < switch, "the other one still runs"
    echo("127.0.0.1", second.port)
    second.stop()
    assert sys.getswitchinterval() == switch


def test_a_receiver_can_be_started_again(tmp_path: Path) -> None:
    scp = StorageSCP(tmp_path)
    for _ in range(3):
        with scp:
            send(bundled("CT_small.dcm"), "127.0.0.1", scp.port)
    assert [instance.duplicate for instance in scp.received] == [False, True, True]


def test_a_handler_may_stop_its_receiver(tmp_path: Path) -> None:
    scp = StorageSCP(tmp_path, on_stored=lambda _: scp.stop())
    scp.start()
    report = send(bundled("CT_small.dcm"), "127.0.0.1", scp.port)
    assert len(report) == 1
    assert not scp.is_running


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortInUseError, match="another program listens there already"):
            StorageSCP(tmp_path, port=other.getsockname()[1]).start()


def test_the_process_ends_while_it_listens(tmp_path: Path) -> None:
    code = (
        "import sys, socket; from dicomkit.network import StorageSCP\n"
        "scp = StorageSCP(sys.argv[1]).start()\n"
        "s = [socket.create_connection(('127.0.0.1', scp.port)).detach() for _ in range(5)]\n"
        "print('ready')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert (done.stdout, done.stderr) == ("ready\n", "")


def test_other_computers_need_permission(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="allow_remote=True"):
        StorageSCP(tmp_path, host="0.0.0.0")  # noqa: S104 - that is what is refused
    with pytest.raises(UsageError, match="allowed_calling_ae_titles"):
        StorageSCP(tmp_path, host="0.0.0.0", allow_remote=True)  # noqa: S104 - that is what is refused
    allowed = StorageSCP(tmp_path, host="0.0.0.0", allow_remote=True, allowed_calling_ae_titles=["CTSCANNER"])  # noqa: S104 - permitted
    with allowed as scp:
        assert "CTSCANNER" in capsys.readouterr().out
        echo("127.0.0.1", scp.port, calling_ae_title="CTSCANNER")
        with pytest.raises(NetworkError, match="calling AE title"):
            echo("127.0.0.1", scp.port, calling_ae_title="SOMEBODY")


def test_waiting_in_vain(scp: StorageSCP) -> None:
    with pytest.raises(NetworkError, match="0 of 1 instances"):
        scp.wait_for(1, 0.01)


# --- strangers ---------------------------------------------------------------------------------------


def test_two_hundred_cut_transfers_leave_nothing(
    scp: StorageSCP, connect: Callable[..., BytePeer], tmp_path: Path
) -> None:
    rng = random.Random(7)  # noqa: S311 - the same cuts on each run
    before = (
        threading.active_count()
    )  # the receiver listens already; other tests may have left threads that end
    whole = associate_rq() + p_data(c_store_command(), 3)
    content = data_set(tail=struct.pack("<HH2s2xL", 0x7FE0, 0x10, b"OB", 1 << 21) + bytes(1 << 21))
    for start in range(0, len(content), 60_000):
        last = start + 60_000 >= len(content)
        whole += p_data(content[start : start + 60_000], 2 if last else 0)
    for number in range(200):
        cut = rng.randrange(len(whole))
        peer = connect(scp.port, associated=False)
        peer.send(whole[:cut])
        if number % 2:
            peer.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )  # a reset, no goodbye
        peer.socket.close()
    wait_until(lambda: threading.active_count() <= before)
    assert stored_files(tmp_path) == []
    peer = connect(scp.port, associated=False)
    peer.send(whole)
    assert peer.receive()[0] == 2
    assert peer.status() == 0


@pytest.mark.parametrize("length", [131_073, 1 << 24, 0xFFFFFFFF])
def test_a_length_beyond_what_was_agreed_is_not_believed(
    scp: StorageSCP, connect: Callable[..., BytePeer], length: int
) -> None:
    peer = connect(scp.port)
    peer.send(struct.pack(">BxL", 4, length))
    kind, body = peer.receive()
    assert (kind, body[2:]) == (7, bytes([2, 6])), "A-ABORT by the provider: invalid PDU parameter value"
    assert peer.receive()[0] == 0


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + bytes(512),
        b"\x04" + bytes(5),
        b"\x01\0\xff\xff\xff\xff",
        bytes(100),
    ],
    ids=["http", "tls", "data first", "4 GB request", "zeros"],
)
def test_who_does_not_ask_for_an_association_is_turned_away(
    scp: StorageSCP, connect: Callable[..., BytePeer], garbage: bytes
) -> None:
    peer = connect(scp.port, associated=False)
    peer.send(garbage)
    assert peer.receive()[0] == 0
    echo("127.0.0.1", scp.port)


@pytest.mark.parametrize(
    "pdus",
    [
        [associate_rq()],
        [p_data(data_set(), 2)],
        [p_data(c_store_command(), 3, context=9)],
        [p_data(c_store_command(), 3), p_data(c_store_command(), 3)],
        [p_data(b"\xff" * 40, 3)],
        [p_data(bytes(70_000), 1)],
        [struct.pack(">BxL", 4, 6) + struct.pack(">LBB", 99, 1, 3)],
        [struct.pack(">BxL", 9, 0)],
        [struct.pack(">BxL", 2, 4) + bytes(4)],
    ],
    ids=[
        "request twice",
        "data first",
        "unknown context",
        "command in data",
        "no command",
        "endless command",
        "lengths",
        "type 9",
        "AC",
    ],
)
def test_a_peer_that_breaks_the_rules_is_aborted(
    scp: StorageSCP, connect: Callable[..., BytePeer], tmp_path: Path, pdus: list[bytes]
) -> None:
    peer = connect(scp.port)
    peer.send(*pdus)
    assert peer.receive()[0] == 7
    assert stored_files(tmp_path) == []
    echo("127.0.0.1", scp.port)


def test_random_bytes_harm_nobody(scp: StorageSCP, connect: Callable[..., BytePeer], tmp_path: Path) -> None:
    rng = random.Random(11)  # noqa: S311 - the same bytes on each run
    before = threading.active_count()
    good = associate_rq() + p_data(c_store_command(), 3) + p_data(data_set(), 2) + RELEASE
    for _ in range(300):
        content = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        peer = connect(scp.port, associated=False)
        peer.send(bytes(content))
        peer.socket.close()
    echo("127.0.0.1", scp.port)
    wait_until(lambda: threading.active_count() <= before)
    assert not [path for path in stored_files(tmp_path) if path.name.startswith(".")]


def test_an_endless_instance_ends_at_the_limit(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    with StorageSCP(tmp_path, max_instance_bytes=4 << 20) as scp:
        peer = connect(scp.port)
        peer.send(p_data(c_store_command(), 3))
        with contextlib.suppress(ConnectionError):
            for _ in range(60):
                peer.send(p_data(bytes(100_000), 0))
        assert peer.receive()[0] in {7, 0}
        wait_until(lambda: stored_files(tmp_path) == [])
        echo("127.0.0.1", scp.port)


def test_hundreds_of_silent_connections_lock_nobody_out(tmp_path: Path) -> None:
    with StorageSCP(tmp_path) as scp, contextlib.ExitStack() as sockets:
        before = threading.active_count()
        for number in range(350):
            silent = sockets.enter_context(
                socket.create_connection(("127.0.0.1", scp.port), timeout=DEADLINE_S)
            )
            silent.sendall(b"\x01\0\0\0\x01\0"[: number % 7])
            if number % 50 == 49:
                echo("127.0.0.1", scp.port)
        # The threads of the echoes may take a moment to end; those of 350 connections would stay.
        wait_until(lambda: threading.active_count() <= before)
        echo("127.0.0.1", scp.port)


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(sys.platform != "linux", reason="reads its memory from /proc")
def test_empty_fragments_fill_no_memory(scp: StorageSCP, connect: Callable[..., BytePeer]) -> None:
    peer = connect(scp.port)
    peer.send(p_data(c_store_command(), 3))
    empty = struct.pack(">LBB", 2, 1, 0) * 20_000
    before = resident_mb()
    for _ in range(15):
        peer.send(struct.pack(">BxL", 4, len(empty)) + empty)
    peer.send(p_data(data_set(), 2))
    assert peer.status() == 0
    assert len(scp.log.entries) < 100
    assert resident_mb() - before < 30


@pytest.mark.skipif(sys.platform != "linux", reason="reads its memory from /proc")
def test_large_requests_fill_no_memory(scp: StorageSCP, connect: Callable[..., BytePeer]) -> None:
    body = associate_rq("NOBODY")[6:] + item(0x99, bytes(60_000)) * 16
    before = resident_mb()
    for _ in range(80):
        peer = connect(scp.port, associated=False)
        peer.send(struct.pack(">BxL", 1, len(body)) + body)
        assert peer.receive()[0] in {3, 7}, "neither a rejection nor an abort"
        peer.socket.close()
    assert resident_mb() - before < 30


def test_stop_waits_for_no_peer_that_does_not_read(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    scp = StorageSCP(tmp_path).start()
    peer = connect(scp.port, abstract=VERIFICATION)
    peer.socket.settimeout(0.5)
    with contextlib.suppress(TimeoutError):
        while True:  # until the answers, which nobody reads, have filled all buffers in between
            peer.socket.sendall(
                p_data(c_store_command(sop_class=VERIFICATION, field=0x30, has_data=0x101), 3) * 100
            )
    begin = time.monotonic()
    scp.stop()
    assert time.monotonic() - begin < 30, "half of the time that a blocked send may take"


def test_an_abort_from_another_thread_leaves_tls_alone(tmp_path: Path) -> None:
    """OpenSSL does not allow two threads in one connection: stopping says nothing more and closes."""
    server, client = tls_contexts(tmp_path)
    (tmp_path / "in").mkdir()
    scp = StorageSCP(tmp_path / "in", ssl_context=server).start()
    with client.wrap_socket(
        socket.create_connection(("127.0.0.1", scp.port), timeout=DEADLINE_S), server_hostname="localhost"
    ) as peer:
        peer.sendall(associate_rq())
        assert peer.recv(1) == b"\x02"
        scp.stop()
        with contextlib.suppress(OSError):
            while content := peer.recv(65536):
                assert b"\x07\0\0\0\0\x04" not in content


def test_an_abort_between_two_steps_of_a_handshake_is_a_closed_connection(tmp_path: Path) -> None:
    """Stopping a receiver took the TLS object away from the thread that was about to use it."""
    server, _ = tls_contexts(tmp_path)
    connections: list[Connection] = []

    class Interrupted(ssl.SSLSocket):
        """Is aborted where Python asks for the time-out, just before it uses the TLS object."""

        def gettimeout(self) -> float | None:
            for connection in connections:
                connection.abort_now(AbortReason.NOT_SPECIFIED)
            return super().gettimeout()

        def close(self) -> None:
            if not connections:  # until then the thread that stops the receiver has not come that far
                super().close()

    server.sslsocket_class = Interrupted
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wrapped = server.wrap_socket(ours, server_side=True, do_handshake_on_connect=False)
        connection = Connection(wrapped, "peer")
        connections.append(connection)
        with pytest.raises(ConnectionFailedError, match="lost"):
            connection.shake_hands(DEADLINE_S)
        connections.clear()
        connection.close()
        assert theirs.recv(1) == b""


def test_silent_tls_connections_cost_no_thread(tmp_path: Path) -> None:
    server, client = tls_contexts(tmp_path)
    (tmp_path / "in").mkdir()
    with (
        StorageSCP(tmp_path / "in", ssl_context=server, max_associations=5) as scp,
        contextlib.ExitStack() as sockets,
    ):
        before = threading.active_count()
        for _ in range(40):
            sockets.enter_context(socket.create_connection(("127.0.0.1", scp.port), timeout=DEADLINE_S))
        echo("localhost", scp.port, ssl_context=client)
        wait_until(lambda: threading.active_count() <= before)


def test_too_many_associations_are_rejected_for_now(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    with StorageSCP(tmp_path, max_associations=3) as scp:
        for _ in range(3):
            connect(scp.port)
        late = connect(scp.port, associated=False)
        late.send(associate_rq())
        kind, body = late.receive()
        assert (kind, body[1:]) == (3, bytes([2, 3, 2])), (
            "transient, presentation related, local limit exceeded"
        )


def test_a_silent_association_is_aborted(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    with StorageSCP(tmp_path, idle_time_out_s=0.05) as scp:
        assert connect(scp.port).receive()[0] == 7


def test_many_associations_at_once_lose_nothing(tmp_path: Path) -> None:
    failures: list[int] = []

    def deliver(number: int) -> None:
        peer = BytePeer(scp.port)
        peer.send(associate_rq())
        peer.receive()
        for index in range(20):
            uid = f"1.2.3.{number}.{index}"
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid, f"1.2.{number % 5}"), 2))
            failures.extend([number] * (peer.status() != 0))
        peer.send(RELEASE)
        peer.receive()
        peer.socket.close()

    with StorageSCP(tmp_path) as scp:
        threads = [threading.Thread(target=deliver, args=(number,)) for number in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE_S)
        assert scp.received_count == 2000
        scp.check()
    assert failures == []
    assert len(list(tmp_path.rglob("*.dcm"))) == 2000


def test_shell_payloads_and_escapes_in_every_field(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with StorageSCP(folder, any_called_ae_title=True) as scp:
        for payload in (
            "../../x",
            "';touch x;'",
            "$(touch x)",
            "`touch x`",
            "|touch x",
            "..\\x",
            "/etc/x",
            "C:\\x",
            "..",
        ):
            title = payload.replace("\\", "")[:16]  # an AE title with a backslash is no AE title
            peer = connect(scp.port, called=title, calling=title)
            peer.send(p_data(c_store_command(payload), 3), p_data(data_set(payload, payload), 2))
            assert peer.status() == 0, payload
    assert {path.parent.parent for path in tmp_path.rglob("*.dcm")} == {folder}
    assert not list(tmp_path.rglob("x"))


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_a_killed_receiver_and_a_second_try(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    code = "import sys, time; from dicomkit.network import StorageSCP\nprint(StorageSCP(sys.argv[1]).start().port, flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        peer = connect(port)
        for uid in ("1.2.3.1", "1.2.3.2"):
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid), 2))
            assert peer.status() == 0
        peer.send(p_data(c_store_command("1.2.3.3"), 3), *(p_data(bytes(100_000), 0) for _ in range(15)))
        wait_until(lambda: len(stored_files(tmp_path)) == 3)
        process.send_signal(signal.SIGKILL)
    assert sorted(path.name for path in tmp_path.rglob("*.dcm")) == ["1.2.3.1.dcm", "1.2.3.2.dcm"]
    with StorageSCP(tmp_path) as scp:
        peer = connect(scp.port)
        for uid in ("1.2.3.1", "1.2.3.2", "1.2.3.3"):
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid), 2))
            assert peer.status() == 0
        assert [instance.duplicate for instance in scp.received] == [True, True, False]
    assert [path.name for path in stored_files(tmp_path)] == ["1.2.3.1.dcm", "1.2.3.2.dcm", "1.2.3.3.dcm"]


# --- TLS ---------------------------------------------------------------------------------------------


def tls_contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the context of a receiver and that of a sender who trusts it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed; it makes the certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate),
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"],
        check=True, capture_output=True, timeout=DEADLINE_S,
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


def test_tls(tmp_path: Path) -> None:
    server, client = tls_contexts(tmp_path)
    folder = tmp_path / "in"
    folder.mkdir()
    with StorageSCP(folder, ssl_context=server) as scp, socket.create_connection(("127.0.0.1", scp.port)):
        # A silent client in the middle of its handshake holds up nobody else.
        echo("localhost", scp.port, ssl_context=client)
        assert send(bundled("CT_small.dcm"), "localhost", scp.port, ssl_context=client).is_complete
        assert data_set_bytes(scp.received[0].path) == data_set_bytes(bundled("CT_small.dcm"))
        with pytest.raises(NetworkError, match="TLS"):
            echo("127.0.0.1", scp.port)
        with pytest.raises(NetworkError, match="certificate is not trusted"):
            echo("localhost", scp.port, ssl_context=ssl.create_default_context())


def test_a_tls_context_for_the_other_side_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="for a sender"):
        StorageSCP(tmp_path, ssl_context=ssl.create_default_context())
    with StorageSCP(tmp_path) as scp, pytest.raises(UsageError, match="for a receiver"):
        echo("127.0.0.1", scp.port, ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))


@pytest.mark.parametrize("title", ["", "x" * 17, "\u00dc", "a\\b", "a\nb", "  "])
def test_what_is_no_ae_title(tmp_path: Path, title: str) -> None:
    with pytest.raises(UsageError, match="AE title"):
        StorageSCP(tmp_path, ae_title=title)
    with pytest.raises(UsageError, match="AE title"):
        echo("127.0.0.1", 1, called_ae_title=title)
    with pytest.raises(UsageError, match="AE title"):
        send([], "127.0.0.1", 1, calling_ae_title=title)


def test_allowed_titles_are_several(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="list"):
        StorageSCP(tmp_path, allowed_calling_ae_titles="ME")


@pytest.mark.parametrize("port", [-1, 65536, "104", None])
def test_what_is_no_port(tmp_path: Path, port: int) -> None:
    with pytest.raises(UsageError, match="port"):
        StorageSCP(tmp_path, port=port)
    with pytest.raises(UsageError, match="port"):
        echo("127.0.0.1", port)
