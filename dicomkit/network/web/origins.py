"""Which requests are accepted: those to this computer's own address, from no or an allowed origin.

References
----------
RFC 9110 section 7.2, Host; RFC 6454 section 7, the Origin header field.
"""

from __future__ import annotations

from collections.abc import Collection

from dicomkit.network.web.answer import RequestRefusedError

__all__ = ["allowed_origin"]

_SHOWN = 80


def allowed_origin(
    host: str, origin: str | None, hosts: Collection[str], origins: Collection[str]
) -> str | None:
    """Return the allowed origin of a cross-origin request; None for any other request.

    Parameters
    ----------
    host, origin
        The header fields of the request.
    hosts
        The addresses of the server.
    origins
        The allowed origins.

    Raises
    ------
    RequestRefusedError
        403 for any other host or origin.
    """
    # DNS rebinding: another site could let its own name resolve to this computer and read everything.
    if host.lower() not in hosts:
        raise RequestRefusedError(
            403,
            f"Host: {host[:_SHOWN]}",
            "this archive answers under its own address only",
            "ask for 127.0.0.1 or localhost, with its port",
        )
    if origin is None or origin in {f"http://{name}" for name in hosts}:
        return None
    if origin not in origins:
        raise RequestRefusedError(
            403,
            f"Origin: {origin[:_SHOWN]}",
            "pages of that origin may not ask here",
            "allow it: web(origins=[...])",
        )
    return origin
