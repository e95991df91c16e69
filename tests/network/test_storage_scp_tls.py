"""A receiver behind TLS."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from dicomkit.errors import NetworkError, UsageError
from dicomkit.network import StorageSCP, echo, send
from dicomkit.network.wire import Association, ConnectionFailedError, Role
from dicomkit.network.wire.socket_driver import SocketDriver
from tests.support.byte_peer import (
    DEADLINE_S,
    associate_rq,
    wait_until,
)
from tests.support.dicom_files import bundled, data_set_bytes


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


def test_an_abort_from_another_thread_leaves_tls_alone(tmp_path: Path) -> None:
    """OpenSSL does not allow two threads in one connection: only the association's own thread writes to it."""
    server, client = tls_contexts(tmp_path)
    writers: list[str] = []

    class Watched(ssl.SSLSocket):
        """Notes which threads use the TLS object to send."""

        def send(self, *given: Any) -> int:  # noqa: ANN401 - as the class above has it
            writers.append(threading.current_thread().name)
            return super().send(*given)

    server.sslsocket_class = Watched
    (tmp_path / "in").mkdir()
    scp = StorageSCP(tmp_path / "in", ssl_context=server).start()
    with client.wrap_socket(
        socket.create_connection(("127.0.0.1", scp.port), timeout=DEADLINE_S), server_hostname="localhost"
    ) as peer:
        peer.sendall(associate_rq())
        assert peer.recv(1) == b"\x02"
        scp.stop()
        with contextlib.suppress(OSError):
            while peer.recv(65536):
                pass
    # Its last word may be an abort, if it was just done with its answer: then it says that itself.
    assert writers
    assert {name.rpartition("-")[0] for name in writers} == {"dicomkit-association"}


def test_an_abort_between_two_steps_of_a_handshake_is_a_closed_connection(tmp_path: Path) -> None:
    """Stopping a receiver took the TLS object away from the thread that was about to use it."""
    server, _ = tls_contexts(tmp_path)
    connections: list[SocketDriver] = []

    class Interrupted(ssl.SSLSocket):
        """Is aborted where Python asks for the time-out, just before it uses the TLS object."""

        def gettimeout(self) -> float | None:
            for connection in connections:
                connection.abort_now()
            return super().gettimeout()

        def close(self) -> None:
            if not connections:  # until then the thread that stops the receiver has not come that far
                super().close()

    server.sslsocket_class = Interrupted
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wrapped = server.wrap_socket(ours, server_side=True, do_handshake_on_connect=False)
        connection = SocketDriver(wrapped, Association(Role.ACCEPTOR), peer="peer")
        connections.append(connection)
        with pytest.raises(ConnectionFailedError, match="lost"):
            connection.handshake(DEADLINE_S)
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
