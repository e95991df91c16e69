"""Pixels: pictures on their way into a DICOM file, and images on their way out to a screen."""

from typing import Any

from dicomkit.pixels.brought_windows import window_of
from dicomkit.pixels.compression import compress, decompress
from dicomkit.pixels.decoding import stored_values
from dicomkit.pixels.display_hints import DisplayHintWarning
from dicomkit.pixels.overlay_planes import overlays
from dicomkit.pixels.pixel_encoding import PixelDataWarning
from dicomkit.pixels.rendering import modality_values, render
from dicomkit.pixels.secondary_capture import PictureWarning, secondary_capture
from dicomkit.pixels.window import display_values

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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module holds
    # The room of volumes stands beside this one and imports it, so its name is fetched when it is asked for.
    if name == "volume":
        from dicomkit.volumes import volume  # noqa: PLC0415 - see above

        return volume
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
