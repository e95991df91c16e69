"""Connect to an acceptor over TCP, with TLS if wanted, and request an association."""

from __future__ import annotations

from dicomkit.network.addressing import check_ae_title, check_port, check_sender_context, connect
from dicomkit.network.loopback import loopback
from dicomkit.network.requestor import AssociationRequestor, TimeOuts
from dicomkit.network.waits import Stage, Waits
from dicomkit.network.wire import Association, AssociationRequest, Role
from dicomkit.network.wire.socket_driver import SocketDriver

TYPE_CHECKING = False
if TYPE_CHECKING:  # not every Python has ssl; a log is optional
    import ssl

    from dicomkit.network.association_log import AssociationLog
    from dicomkit.network.wire import Driver

__all__ = ["call"]


def call(
    host: str,
    port: int,
    request: AssociationRequest,
    *,
    time_outs: TimeOuts,
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
    waits: Waits | None = None,
) -> AssociationRequestor:
    """Connect, and request an association.

    Parameters
    ----------
    host, port
        The acceptor's address.
    request
        AE titles and proposed presentation contexts.
    time_outs
        How long to wait.
    log
        Logs the association.
    ssl_context
        Client-side TLS settings; None for plain TCP.
    waits
        Notes what is waited for.

    Raises
    ------
    NoReceiverError
        If nobody listens there.
    AssociationRejectedError
        If the acceptor rejects it.
    NetworkError
        If it does not answer, or does not speak DICOM.
    """
    for title in (request.called_ae_title, request.calling_ae_title):
        check_ae_title(title)
    check_port(port)
    check_sender_context(ssl_context)
    waits = Waits() if waits is None else waits
    connection = _connection(host, port, time_outs, log, ssl_context, waits)
    return AssociationRequestor(connection, request, time_outs=time_outs, waits=waits)


def _connection(
    host: str,
    port: int,
    time_outs: TimeOuts,
    log: AssociationLog | None,
    ssl_context: ssl.SSLContext | None,
    waits: Waits,
) -> Driver:
    """Return a driver: over a socket, or in memory where there are no sockets."""
    name = f"{host} port {port}"
    interface = loopback()
    if interface is not None:
        return interface.listener_at(host, port, name).call(_association(log), name)
    waits.begin(Stage.CONNECTION, time_outs.connect_s, name)
    try:
        sock = connect(host, port, name, time_outs.connect_s)
    finally:
        waits.end()
    if ssl_context is not None:
        sock = ssl_context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    connection = SocketDriver(sock, _association(log), peer=name, time_out_s=time_outs.answer_s)
    waits.begin(Stage.TLS, time_outs.associate_s, name)
    try:
        connection.handshake(time_outs.associate_s)
    except BaseException:
        connection.close()
        raise
    finally:
        waits.end()
    return connection


def _association(log: AssociationLog | None) -> Association:
    return Association(Role.REQUESTOR, tap=None if log is None else log.listen(is_requestor=True))
