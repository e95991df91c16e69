"""``+tls`` of the commands, with DCMTK's options: between ours, and with DCMTK's programs on either side."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.network import Archive, StorageSCP
from dicomkit.samples import localiser
from tests.support.byte_peer import DEADLINE_S
from tests.support.other_archives import free_port

LOCAL = "127.0.0.1"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory, peer: Callable[[str], str]) -> Path:
    """Return a key with its certificate, for each side and signed by itself, as OpenSSL makes it."""
    folder = tmp_path_factory.mktemp("pem")
    command = [
        peer("openssl"),
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    command += [
        "-addext",
        f"subjectAltName=IP:{LOCAL},DNS:localhost",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=DEADLINE_S)
    both = folder / "both.pem"
    both.write_text(
        (folder / "key.pem").read_text("ascii") + (folder / "cert.pem").read_text("ascii"), "ascii"
    )
    return both


@pytest.fixture
def options(pem: Path) -> list[str]:
    return ["+tls", str(pem), str(pem), "+cf", str(pem)]


def for_receiver(pem: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    context.load_verify_locations(pem)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def for_sender(pem: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(pem))
    context.load_cert_chain(pem)
    return context


@pytest.fixture
def slice_file(tmp_path: Path) -> str:
    write_file(localiser(size=16, attendee="02"), tmp_path / "slice.dcm")
    return str(tmp_path / "slice.dcm")


@pytest.fixture
def destination(tmp_path: Path, pem: Path) -> Iterator[StorageSCP]:
    (tmp_path / "moved").mkdir()
    with StorageSCP(tmp_path / "moved", ae_title="WS", ssl_context=for_receiver(pem)) as scp:
        yield scp
        scp.check()


@pytest.fixture
def archive(tmp_path: Path, pem: Path, destination: StorageSCP) -> Iterator[Archive]:
    (tmp_path / "kept").mkdir()
    with Archive(
        tmp_path / "kept",
        destinations={"WS": (LOCAL, destination.port)},
        ssl_context=for_receiver(pem),
        destination_ssl_context=for_sender(pem),
    ) as archive:
        yield archive
        archive.check()


KEYS = ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k"]


def test_ours_store_ask_get_and_move_under_tls(
    archive: Archive, destination: StorageSCP, options: list[str], slice_file: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    where = [LOCAL, str(archive.port)]
    study = str(localiser(size=16, attendee="02").StudyInstanceUID)
    (tmp_path / "taken").mkdir()
    assert main(["echoscu", "-v", *options, *where]) == 0
    assert main(["storescu", *options, *where, slice_file]) == 0
    assert main(["findscu", *options, *KEYS, "StudyInstanceUID", *where]) == 0
    assert study in capsys.readouterr().out
    assert (
        main(["getscu", *options, *KEYS, f"StudyInstanceUID={study}", "-od", str(tmp_path / "taken"), *where])
        == 0
    )
    assert len(list((tmp_path / "taken").rglob("*.dcm"))) == 1
    assert main(["movescu", *options, "-aem", "WS", *KEYS, f"StudyInstanceUID={study}", *where]) == 0
    assert destination.received_count == 1
    archive.destinations["ME"] = (LOCAL, port := free_port())
    (tmp_path / "back").mkdir()
    back = ["-aet", "ME", "+P", str(port), "-od", str(tmp_path / "back")]
    assert main(["movescu", *options, *back, *KEYS, f"StudyInstanceUID={study}", *where]) == 0
    assert len(list((tmp_path / "back").rglob("*.dcm"))) == 1


@pytest.mark.parametrize("tool", ["echoscu", "findscu", "getscu", "movescu"])
def test_a_missing_certificate_and_a_missing_trust_are_called_that(
    archive: Archive, pem: Path, tool: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = [] if tool == "echoscu" else [*KEYS, "StudyInstanceUID=1.2"]
    where = [LOCAL, str(archive.port)]
    assert main([tool, "+tla", "+cf", str(pem), *keys, *where]) == 1
    assert "asks for a certificate, and this side has given none" in capsys.readouterr().err
    assert main([tool, "+tla", *keys, *where]) == 1
    assert "certificate is not trusted" in capsys.readouterr().err
    assert main([tool, *keys, *where]) == 1
    assert "TLS" in capsys.readouterr().err
    assert main([tool, "+tls", "none.pem", str(pem), *keys, *where]) == 1
    assert "none.pem" in capsys.readouterr().err
    for lonely in (["+cf", str(pem)], ["-ic"]):
        assert main([tool, *lonely, *keys, *where]) == 2
        assert "TLS, which is not enabled" in capsys.readouterr().err


def test_who_ignores_the_certificate_of_the_other_side_says_so(
    archive: Archive, pem: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echoscu", "+tls", str(pem), str(pem), "-ic", LOCAL, str(archive.port)]) == 0
    assert main(["echoscu", "+tls", str(pem), str(pem), LOCAL, str(archive.port)]) == 1
    assert "certificate is not trusted" in capsys.readouterr().err


def test_what_comes_back_needs_a_certificate_too(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["movescu", "+tla", "-ic", "+P", "0", *KEYS, "StudyInstanceUID=1.2", LOCAL, str(archive.port)]
    assert main(words) == 2
    assert "a receiver needs a certificate" in capsys.readouterr().err


@pytest.mark.parametrize("tool", ["echoscu", "storescu", "findscu", "getscu"])
def test_dcmtk_is_answered_under_tls(
    archive: Archive,
    options: list[str],
    slice_file: str,
    peer: Callable[[str], str],
    tool: str,
    tmp_path: Path,
) -> None:
    study = str(localiser(size=16, attendee="02").StudyInstanceUID)
    assert main(["storescu", *options, LOCAL, str(archive.port), slice_file]) == 0
    words = {
        "echoscu": [LOCAL, str(archive.port)],
        "storescu": [LOCAL, str(archive.port), slice_file],
        "findscu": [*KEYS, "StudyInstanceUID", "-v", LOCAL, str(archive.port)],
        "getscu": [
            *KEYS,
            f"StudyInstanceUID={study}",
            "-od",
            str(tmp_path / "dcmtk"),
            LOCAL,
            str(archive.port),
        ],
    }[tool]
    (tmp_path / "dcmtk").mkdir()
    program = peer(tool)

    def call(*given: str) -> subprocess.CompletedProcess[str]:
        command = [program, *given, "-aec", "DICOMKIT", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)

    done = call(*options)
    if "+tls" in done.stderr and done.returncode:
        pytest.skip(f"this {tool} of DCMTK has no +tls")
    assert done.returncode == 0, done.stderr
    if tool == "findscu":
        assert study in done.stdout + done.stderr
    if tool == "getscu":
        assert len([path for path in (tmp_path / "dcmtk").iterdir() if path.is_file()]) == 1
    assert call("+tla", "-ic").returncode != 0, "without a certificate"
    assert call().returncode != 0, "without TLS"


def test_ours_talk_tls_with_dcmtks_receiver(
    options: list[str], pem: Path, slice_file: str, peer: Callable[[str], str], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "in").mkdir()
    where = [LOCAL, str(port := free_port())]
    command = [peer("storescp"), *options, "-od", str(tmp_path / "in"), str(port)]
    with contextlib.ExitStack() as cleanup:
        program = cleanup.enter_context(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        cleanup.callback(program.terminate)
        deadline = time.monotonic() + DEADLINE_S
        while main(["echoscu", *options, *where]):  # it knows no port 0, and does not say when it listens
            assert program.poll() is None
            assert time.monotonic() < deadline
        assert main(["storescu", *options, *where, slice_file]) == 0
        capsys.readouterr()
        assert main(["echoscu", "+tla", "+cf", str(pem), *where]) == 1
        assert "certificate" in capsys.readouterr().err
    assert len(list((tmp_path / "in").iterdir())) == 1
