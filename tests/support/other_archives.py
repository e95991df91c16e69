"""Other archives, each in a temporary folder on free ports: Orthanc, and DCMTK's dcmqrscp and wlmscpfs."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dicomkit.errors import NetworkError
from dicomkit.network import echo

PLUGINS = Path("/usr/share/orthanc/plugins")
DEADLINE_S = 120


@dataclass(frozen=True)
class OtherArchive:
    """Where an archive listens, and under which title."""

    ae_title: str
    port: int
    http_port: int = 0


def free_port() -> int:
    """Return a port that was free a moment ago: these programs know no port 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: list[str], archive: OtherArchive, folder: Path) -> Iterator[OtherArchive]:
    """Run a program until the block ends; it answers C-ECHO by the time the block begins."""
    with (folder / "log.txt").open("wb") as log:
        program = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                echo("127.0.0.1", archive.port, called_ae_title=archive.ae_title)
                break
            except NetworkError:
                said = (folder / "log.txt").read_text("utf-8", "replace")[-2000:]
                assert program.poll() is None, f"it ended at once: {said}"
                assert time.monotonic() < deadline, f"it does not answer: {said}"
        yield archive
    finally:
        program.kill()  # what it holds goes with its folder; asked to end, Orthanc takes 3.5 s
        program.communicate(timeout=DEADLINE_S)


@contextlib.contextmanager
def orthanc(
    program: str,
    folder: Path,
    *,
    destinations: Mapping[str, int] | None = None,
    worklist: Path | None = None,
    **options: object,
) -> Iterator[OtherArchive]:
    """Run Orthanc, which lets everybody on this computer do everything."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = OtherArchive("ORTHANC", free_port(), free_port())
    plugins = [str(PLUGINS / "libOrthancDicomWeb.so")]
    configuration: dict[str, object] = {
        "Name": "test",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "DicomAet": archive.ae_title,
        "DicomPort": archive.port,
        "HttpPort": archive.http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomModalities": {
            title: {"AET": title, "Host": "127.0.0.1", "Port": port}
            for title, port in (destinations or {}).items()
        },
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        **{f"DicomAlwaysAllow{operation}": True for operation in ("Echo", "Find", "Get", "Move", "Store")},
        **options,
    }
    if worklist is not None:
        plugins.append(str(PLUGINS / "libModalityWorklists.so"))
        configuration["DicomAlwaysAllowFindWorklist"] = True
        configuration["Worklists"] = {"Enable": True, "Database": str(worklist)}
    configuration["Plugins"] = plugins
    path = folder / "orthanc.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    with running([program, str(path)], archive, folder):
        yield archive


@contextlib.contextmanager
def dcmqrscp(
    program: str,
    folder: Path,
    *,
    destinations: Mapping[str, int] | None = None,
    arguments: tuple[str, ...] = (),
) -> Iterator[OtherArchive]:
    """Run DCMTK's archive."""
    storage = folder / "storage"
    storage.mkdir(parents=True, exist_ok=True)
    archive = OtherArchive("QRSCP", free_port())
    hosts = [
        f"h{n} = ({title}, 127.0.0.1, {port})" for n, (title, port) in enumerate((destinations or {}).items())
    ]
    lines = [
        f"NetworkTCPPort = {archive.port}",
        "MaxPDUSize = 131072",
        "MaxAssociations = 16",
        "HostTable BEGIN",
        *hosts,
        "HostTable END",
        "VendorTable BEGIN",
        "VendorTable END",
        "AETable BEGIN",
        f"{archive.ae_title} {storage} RW (100000, 4096mb) ANY",
        "AETable END",
    ]
    path = folder / "dcmqrscp.cfg"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with running([program, *arguments, "-c", str(path)], archive, folder):
        yield archive


@contextlib.contextmanager
def wlmscpfs(program: str, folder: Path, entries: Mapping[str, bytes]) -> Iterator[OtherArchive]:
    """Run DCMTK's worklist server over entries, which are DICOM files."""
    archive = OtherArchive("WORKLIST", free_port())
    files = folder / "entries" / archive.ae_title
    files.mkdir(parents=True)
    (files / "lockfile").touch()
    for name, content in entries.items():
        (files / f"{name}.wl").write_bytes(content)
    with running([program, "-dfp", str(folder / "entries"), str(archive.port)], archive, folder):
        yield archive
