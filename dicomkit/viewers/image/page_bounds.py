"""How many pictures one page may carry: what counts are the pixels as they are shown, not the file around them.

A loop of 4 MB may be 250 MB when it is decoded. A browser takes long over such a page, and whoever wrote it needs
several times its size in memory. So a page has room for so many bytes and so many pictures; in the place of each
other picture it says that it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from dicomkit.pixels.rendering import is_grey
from dicomkit.text import counted
from dicomkit.viewers.image.messages import is_shown_as_stored
from dicomkit.viewers.image.picture_list import Picture

__all__ = ["MAX_PAGE_PICTURES", "MAX_PAGE_PIXEL_BYTES", "left_out_remark", "numbers_within"]

MAX_PAGE_PIXEL_BYTES = 48 * 1024 * 1024  # 64 MB of text, written in base64
MAX_PAGE_PICTURES = 2000  # each compressed one takes about 10 ms to decode


def numbers_within(pictures: Sequence[Picture]) -> set[int]:
    """Return the numbers of the pictures for which a page has room; the first picture is 1."""
    room = MAX_PAGE_PIXEL_BYTES
    numbers: set[int] = set()
    for number, picture in enumerate(pictures, start=1):
        needed = _decoded_bytes(picture)
        if needed <= room and len(numbers) < MAX_PAGE_PICTURES:
            numbers.add(number)
            room -= needed
    return numbers


def left_out_remark(within: int, count: int) -> str:
    """Return what a page says in the place of a picture for which it has no room."""
    return (
        f"{count - within} of {counted(count, 'picture')} are left out: a page has room for "
        f"{counted(MAX_PAGE_PIXEL_BYTES, 'byte')} of pixels and {counted(MAX_PAGE_PICTURES, 'picture')}; make one of fewer files, or open it in a notebook"
    )


def _decoded_bytes(picture: Picture) -> int:
    """Return how many bytes a picture takes in a page, but for its tables; 0 if it cannot be shown anyway."""
    dataset = picture.dataset
    if picture.problem is not None:
        return 0
    try:
        pixels = int(dataset.Rows) * int(dataset.Columns)
        stored = pixels * int(dataset.SamplesPerPixel) * ((int(dataset.BitsAllocated) + 7) // 8)
        # Red, green and blue as shown, and what is stored where that is something else.
        shown = 0 if is_grey(dataset) else 3 * pixels
        return shown + (0 if shown and is_shown_as_stored(dataset) else stored)
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything
        return 0
