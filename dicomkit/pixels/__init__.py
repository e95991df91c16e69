"""Pixels: from a picture to a DICOM image, and from a DICOM image to the screen."""

from dicomkit.lazy_names import lazy_getattr
from dicomkit.pixels.compression import compress, decompress
from dicomkit.pixels.decoding import stored_values
from dicomkit.pixels.display_hints import DisplayHintWarning
from dicomkit.pixels.overlay_planes import overlays
from dicomkit.pixels.pixel_encoding import PixelDataWarning
from dicomkit.pixels.rendering import modality_values, render
from dicomkit.pixels.secondary_capture import PictureWarning, secondary_capture
from dicomkit.pixels.window import display_values, window_of

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

# `dicomkit.volumes` imports this room, so its name, which was first taught here, is imported when it is used.
__getattr__ = lazy_getattr(__name__, {"volume": "dicomkit.volumes"})
