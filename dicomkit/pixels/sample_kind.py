"""The kind of samples in a PNG or TIFF file, as far as Pillow does not keep it.

Pillow stretches grey of fewer bits to 8 bits but not its transparent value, opens 16-bit grey with transparency as
colour, and leaves inverted 16-bit grey inverted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["SampleKind", "sample_kind"]

# Offsets of the IHDR fields of a PNG file, and its colour types (ISO/IEC 15948 section 11.2.2).
_PNG_DEPTH, _PNG_COLOUR_TYPE = 24, 25
_PNG_GREYS = {0, 4}  # without and with alpha
# TIFF 6.0 section 8, Baseline Field Reference Guide.
_TIFF_BITS, _TIFF_PHOTOMETRIC, _TIFF_SAMPLE_FORMAT = 258, 262, 339
_TIFF_GREYS = {0, 1}
_TIFF_WHITE_IS_ZERO = 0
_TIFF_SIGNED = 2  # section 19, Data Sample Format


class SampleKind(NamedTuple):
    """The samples of a picture file.

    ``depth`` counts the bits of a sample in the file, ``is_inverted`` says that 0 is white, ``is_signed``
    that values may be negative, and ``transparent`` is the one sample that is transparent, if there is one.
    """

    depth: int = 8
    is_grey: bool = False
    is_inverted: bool = False
    is_signed: bool = False
    transparent: int | None = None


def sample_kind(content: bytes, image: Image.Image) -> SampleKind:
    """Return the kind of samples of the current page.

    Parameters
    ----------
    content
        The bytes of the file.
    image
        The same file, opened with Pillow.
    """
    if image.format == "PNG":
        depth, grey = content[_PNG_DEPTH], content[_PNG_COLOUR_TYPE] in _PNG_GREYS
        value = image.info.get("transparency") if grey else None
        if depth == 1 and value:
            value = 1  # for one bit only, Pillow stretches the transparent value too
        return SampleKind(depth, grey, transparent=value)
    if image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]  # a TIFF has it
        photometric = tags.get(_TIFF_PHOTOMETRIC)
        return SampleKind(
            depth=max(tags.get(_TIFF_BITS, (1,))),
            is_grey=photometric in _TIFF_GREYS,
            is_inverted=photometric == _TIFF_WHITE_IS_ZERO,
            is_signed=_TIFF_SIGNED in tags.get(_TIFF_SAMPLE_FORMAT, ()),
        )
    return SampleKind()
