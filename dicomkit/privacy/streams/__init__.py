"""Take the text out of compressed pictures: a stream is read to its end, and what may hold words is made blank.

A camera writes place, time and owner into a JPEG (Exif), a program a comment, a thief whatever he likes behind
the end. No attribute of the data set tells of it. Bytes are set to zero where they stand, so that no length and no
offset table changes. A stream that nobody here can read is refused, never passed on.
"""

from dicomkit.privacy.streams.encapsulated import blank_encapsulated, coded_ends
from dicomkit.privacy.streams.icc_profile import blank_icc_profile

__all__ = ["blank_encapsulated", "blank_icc_profile", "coded_ends"]
