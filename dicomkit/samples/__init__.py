"""Synthetic studies: small, valid, and the same bytes each time.

They belong to one imaginary patient. With ``attendee="07"`` they belong to another one, who has their own Patient's
Name, Patient ID and UIDs: thirty people who send to one receiver send thirty studies.
"""

from dicomkit.samples.ct import ct_series
from dicomkit.samples.localiser import localiser
from dicomkit.samples.photograph import colour
from dicomkit.samples.radiograph import radiograph
from dicomkit.samples.ultrasound import cine

__all__ = ["cine", "colour", "ct_series", "localiser", "radiograph"]
