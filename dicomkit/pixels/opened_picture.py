"""Open a picture file with Pillow; any error or warning of Pillow becomes one `ImageError`."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.errors import DicomKitError, ImageError
from dicomkit.files.warnings_here import warnings_here
from dicomkit.pixels.picture_size import MAX_PIXELS

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["is_turned", "opened_picture"]

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB")
_ORIENTATION = 0x0112  # EXIF Orientation; 1 is upright
_TURNED = range(2, 9)


def is_turned(image: Image.Image) -> bool:
    """Return whether the picture is rotated or mirrored (EXIF Orientation, tag 0112)."""
    return image.getexif().get(_ORIENTATION) in _TURNED


@contextlib.contextmanager
def opened_picture(content: bytes, given: Path) -> Iterator[Image.Image]:
    """Open a picture until the block ends.

    Parameters
    ----------
    content, given
        The bytes of the file, and what an error calls it.

    Raises
    ------
    ImageError
        If it is no picture, is damaged or too large; also for what Pillow raises inside the block.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - a wrapped JPEG starts faster without Pillow

    try:
        with warnings_here("error"), Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            yield image
    except DicomKitError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(
            given, f"it promises more than {MAX_PIXELS} pixels", "make the picture smaller"
        ) from None
    except UnidentifiedImageError:
        raise ImageError(
            given, "it is no picture that can be read", "use PNG, JPEG, TIFF, BMP or PNM"
        ) from None
    except Exception as error:  # noqa: BLE001 - a damaged picture makes Pillow raise nearly anything
        raise ImageError(
            given, f"it is damaged ({type(error).__name__})", "export the picture again"
        ) from None
