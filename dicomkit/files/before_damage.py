"""Read what is left of a damaged or truncated file: the elements before the damage."""

from __future__ import annotations

from pydicom.dataset import FileDataset

from dicomkit.errors import NotDicomError
from dicomkit.files.layout import file_layout
from dicomkit.files.reading import read_content
from dicomkit.files.tokens import Kind
from dicomkit.files.walk import walk

__all__ = ["read_before_damage"]


def read_before_damage(content: bytes) -> FileDataset | None:
    """Return the data set up to the damage, or None if not even one element is whole.

    Viewers name an instance by it that they cannot show: which slice of which series it is.

    Parameters
    ----------
    content
        A file that `dicomkit.files.reading.read_content` refuses.

    References
    ----------
    PS3.5 section 7.1, Data Elements.
    """
    try:
        layout = file_layout(content)
        if layout.deflated_start is not None:
            return None
        end = layout.dataset_start
        try:
            for token in walk(layout.dataset, end, len(layout.dataset), layout.encoding):
                if not token.depth and token.kind in {Kind.ELEMENT, Kind.SEQUENCE_END}:
                    end = token.value_offset + token.length
        except NotDicomError:
            pass  # here is the damage
        return read_content(content[:end]) if end > layout.dataset_start else None
    except NotDicomError:
        return None
