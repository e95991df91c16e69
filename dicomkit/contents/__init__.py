"""Contents: what an instance holds that is no picture, as names and values, as curves, or as a document.

Some names need pydicom and its neighbours do not, so all are imported when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomkit.contents.content import Content, content_of
    from dicomkit.contents.content_text import format_content
    from dicomkit.contents.document import Document, document_of
    from dicomkit.contents.document_files import save_document
    from dicomkit.contents.kind import Kind, kind_of
    from dicomkit.contents.waveform import Channel, MultiplexGroup, multiplex_groups

__all__ = [
    "Channel",
    "Content",
    "Document",
    "Kind",
    "MultiplexGroup",
    "content_of",
    "document_of",
    "format_content",
    "kind_of",
    "multiplex_groups",
    "save_document",
]

_ROOM = "dicomkit.contents"
_LATER = {
    "Channel": f"{_ROOM}.waveform",
    "Content": f"{_ROOM}.content",
    "Document": f"{_ROOM}.document",
    "Kind": f"{_ROOM}.kind",
    "MultiplexGroup": f"{_ROOM}.waveform",
    "content_of": f"{_ROOM}.content",
    "document_of": f"{_ROOM}.document",
    "format_content": f"{_ROOM}.content_text",
    "kind_of": f"{_ROOM}.kind",
    "multiplex_groups": f"{_ROOM}.waveform",
    "save_document": f"{_ROOM}.document_files",
}


def __getattr__(name: str) -> object:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
