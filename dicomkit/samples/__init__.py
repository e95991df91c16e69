"""Synthetic studies: deterministic, small, valid, and nobody's."""

from dicomkit.samples.ct import ct_series
from dicomkit.samples.localiser import localiser
from dicomkit.samples.photograph import colour
from dicomkit.samples.radiograph import radiograph
from dicomkit.samples.ultrasound import cine

__all__ = ["cine", "colour", "ct_series", "localiser", "radiograph"]
