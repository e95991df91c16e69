"""A Content Security Policy for pages that somebody else has made: each names what it may run and where it may ask."""

from __future__ import annotations

import base64
import hashlib
import re

__all__ = ["with_policy"]

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
_DATA = "application/json"
# JupyterLab makes functions of texts (its schemas), WebAssembly has to be compiled, a viewer is a module from a blob.
_RULES = (
    "default-src 'self'; script-src 'self' blob: 'unsafe-eval' {digests}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' data: blob:; "
    "frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'none'"
)


def with_policy(page: str) -> str:
    """Return a page with its policy: it asks no address but its own, and of scripts in it only these run.

    Parameters
    ----------
    page
        HTML with a head.

    References
    ----------
    W3C, Content Security Policy Level 3.
    """
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(found['text'].encode()).digest()).decode('ascii')}'"
        for found in _SCRIPT.finditer(page)
        if found["text"].strip() and _DATA not in found["attributes"]
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{_RULES.format(digests=digests)}">'
    no_referrer = '<meta name="referrer" content="no-referrer">'
    # Without an icon of its own, a page has its browser ask the server's root for one.
    icon = '<link rel="icon" href="data:,">'
    return re.sub(r"(<head[^>]*>)", rf"\1\n    {meta}\n    {no_referrer}\n    {icon}", page, count=1)
