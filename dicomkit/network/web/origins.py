"""Who may ask: this computer under its own address, and pages of origins that were named.

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
    """Return the origin of another site that may read the answer; None if no page of another site asks.

    Parameters
    ----------
    host, origin
        Two header fields of the request.
    hosts
        Under which addresses the server answers.
    origins
        Which origins its owner has named.

    Raises
    ------
    RequestRefusedError
        403 if the host or the origin is another one.
    """
    # A page of another site could have its own name lead to this computer and read everything: DNS rebinding.
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
