"""Pixels: pictures on their way into a DICOM file, and images on their way out to a screen."""

from dicomkit.pixels.secondary_capture import PictureWarning, secondary_capture

__all__ = ["PictureWarning", "secondary_capture"]
