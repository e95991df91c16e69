"""Unique identifiers: the Standard's own that several rooms need, and new ones that need no registration.

A UID under ``2.25.`` is a UUID written as one decimal number, so anybody may make one without owning a
root (PS3.5 section B.2, "UUID Derived UID"). A UID is a name without structure: never take it apart to learn
something from it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pydicom.uid import UID

# Names the program that wrote a file (PS3.7 section D.3.3.2, "Implementation Class UID"). Made once, then fixed.
IMPLEMENTATION_CLASS_UID = "2.25.147117180266030476383248451873244784928"
IMPLEMENTATION_VERSION_NAME = "DICOMKIT_0"

# PS3.6 annex A. What a transfer syntax says about the bytes is in `dicomkit.files.encoding`.
VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_BASELINE_8_BIT = "1.2.840.10008.1.2.4.50"
MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
SECONDARY_CAPTURE_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.7"

_NAMESPACE = "3b7f8c2e-5d0a-4e51-9d55-2f6a7f2d6c11"


def make_uid(*entropy: str) -> UID:
    """Make a unique identifier: random, or always the same one for the same `entropy`.

    Parameters
    ----------
    entropy
        Texts that name what the UID is for. Without any, the UID is random.

    Returns
    -------
    UID
        At most 44 characters, under the root ``2.25.``.

    References
    ----------
    PS3.5 section B.2, UUID Derived UID.

    Examples
    --------
    >>> make_uid("WORKSHOP01", "study") == make_uid("WORKSHOP01", "study")
    True
    >>> make_uid() == make_uid()
    False
    """
    from pydicom.uid import UID  # noqa: PLC0415 - who only reads the head of a file needs no pydicom

    return UID(new_uid(*entropy))


def new_uid(*entropy: str) -> str:
    """Make the same UID as `make_uid`, as a plain string and without importing pydicom."""
    import uuid  # noqa: PLC0415 - as above

    # The separator keeps ("a", "bc") apart from ("ab", "c").
    value = uuid.uuid5(uuid.UUID(_NAMESPACE), "\x1f".join(entropy)) if entropy else uuid.uuid4()
    return f"2.25.{value.int}"
