"""Synthetic studies: deterministic, small, valid, and nobody's.

They belong to one imaginary patient. With ``attendee="07"`` they belong to another one, with a Patient's Name,
a Patient ID and UIDs of his or her own: so thirty people who send to one receiver send thirty studies.
"""

from dicomkit.samples.ct import ct_series
from dicomkit.samples.localiser import localiser
from dicomkit.samples.photograph import colour
from dicomkit.samples.radiograph import radiograph
from dicomkit.samples.ultrasound import cine

__all__ = ["cine", "colour", "ct_series", "localiser", "radiograph"]
