"""The receiver against real peers: DCMTK and pynetdicom send."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.encaps import generate_frames
from pydicom.uid import UID
from pynetdicom import AE

from dicomkit.network import StorageSCP
from tests.support.byte_peer import (
    CT,
    DEADLINE_S,
    EXPLICIT,
    IMPLICIT,
    BytePeer,
    associate_rq,
    stored_files,
)
from tests.support.dicom_files import bundled


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
