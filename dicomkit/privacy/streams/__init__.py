"""Remove text from compressed streams: each stream is read to its end, and what may hold text is blanked.

A camera writes place, time and owner into a JPEG (Exif), a program a comment, an attacker anything after the end. No
attribute of the data set shows that. Bytes are set to zero in place, so that no length and no offset table changes. A
stream of an unknown kind is refused, never passed on.
"""

from dicomkit.privacy.streams.encapsulated import blank_encapsulated, coded_ends
from dicomkit.privacy.streams.icc_profile import blank_icc_profile

__all__ = ["blank_encapsulated", "blank_icc_profile", "coded_ends"]
