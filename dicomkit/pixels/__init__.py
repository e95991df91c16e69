"""Pixels: pictures on their way into a DICOM file, and images on their way out to a screen.

Each name is imported when it is first asked for: wrapping a JPEG needs neither pydicom nor numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from dicomkit.pixels.compression import compress, decompress
    from dicomkit.pixels.decoding import stored_values
    from dicomkit.pixels.display_hints import DisplayHintWarning
    from dicomkit.pixels.image_windows import window_of
    from dicomkit.pixels.overlay_planes import overlays
    from dicomkit.pixels.pixel_encoding import PixelDataWarning
    from dicomkit.pixels.rendering import modality_values, render
    from dicomkit.pixels.secondary_capture_image import PictureWarning, secondary_capture
    from dicomkit.pixels.window import display_values
    from dicomkit.volumes import volume

__all__ = [
    "DisplayHintWarning",
    "PictureWarning",
    "PixelDataWarning",
    "compress",
    "decompress",
    "display_values",
    "modality_values",
    "overlays",
    "render",
    "secondary_capture",
    "stored_values",
    "volume",
    "window_of",
]

_LAZY = {
    "DisplayHintWarning": "dicomkit.pixels.display_hints",
    "PictureWarning": "dicomkit.pixels.secondary_capture_image",
    "PixelDataWarning": "dicomkit.pixels.pixel_encoding",
    "compress": "dicomkit.pixels.compression",
    "decompress": "dicomkit.pixels.compression",
    "display_values": "dicomkit.pixels.window",
    "modality_values": "dicomkit.pixels.rendering",
    "overlays": "dicomkit.pixels.overlay_planes",
    "render": "dicomkit.pixels.rendering",
    "secondary_capture": "dicomkit.pixels.secondary_capture_image",
    "stored_values": "dicomkit.pixels.decoding",
    "volume": "dicomkit.volumes",  # the room of volumes stands beside this one and imports it
    "window_of": "dicomkit.pixels.image_windows",
}

__getattr__ = lazy_getattr(__name__, _LAZY)
