"""Contents of instances other than pictures: names and values, curves, or a document.

Only some of these names need pydicom, so all are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from dicomkit.contents.content import Content, content_of
    from dicomkit.contents.content_text import format_content
    from dicomkit.contents.document import Document, document_of, save_document
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

_LAZY = {
    "Content": "dicomkit.contents.content",
    "content_of": "dicomkit.contents.content",
    "format_content": "dicomkit.contents.content_text",
    **dict.fromkeys(("Document", "document_of", "save_document"), "dicomkit.contents.document"),
    **dict.fromkeys(("Kind", "kind_of"), "dicomkit.contents.kind"),
    **dict.fromkeys(("Channel", "MultiplexGroup", "multiplex_groups"), "dicomkit.contents.waveform"),
}

__getattr__ = lazy_getattr(__name__, _LAZY)
