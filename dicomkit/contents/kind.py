"""The kind of an instance, which decides which view shows it. No other module decides this."""

from __future__ import annotations

import enum

from pydicom.dataset import Dataset

from dicomkit.contents.part import Part
from dicomkit.files.registered_names import registered_name
from dicomkit.pixels.native_length import pixel_element

__all__ = ["Kind", "class_name", "has_view", "kind_of", "promises_image"]


class Kind(enum.Enum):
    """The kinds of instances that a viewer distinguishes; the value is the kind's name."""

    PICTURE = "picture"
    REPORT = "structured report"
    WAVEFORM = "waveform"
    DOCUMENT = "encapsulated document"
    PRESENTATION = "presentation state"
    OTHER = "data"


# Words in the registered names of SOP classes (PS3.6 annex A), for instances whose content is missing or damaged.
_WORDS = (
    ("Presentation State", Kind.PRESENTATION),
    ("Encapsulated ", Kind.DOCUMENT),
    ("Waveform", Kind.WAVEFORM),
    ("Electrocardiogram", Kind.WAVEFORM),
    ("Key Object Selection", Kind.REPORT),
    ("Procedure Log", Kind.REPORT),
    ("Radiation Dose SR", Kind.REPORT),
    ("CAD SR", Kind.REPORT),
    ("Report Storage", Kind.REPORT),
    (" SR Storage", Kind.REPORT),
)


def kind_of(dataset: Dataset) -> Kind:
    """Return the kind of an instance.

    Its elements outweigh its SOP class: an instance with Pixel Data is a picture whatever its class, and a report
    of a private class is recognised by its Content Sequence.

    Parameters
    ----------
    dataset
        An instance.

    References
    ----------
    PS3.3 annex A, Composite Information Object Definitions; PS3.6 annex A, Registry of DICOM Unique Identifiers.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> kind_of(ct_series(1, size=16)[0])
    <Kind.PICTURE: 'picture'>
    """
    if pixel_element(dataset):
        return Kind.PICTURE
    if "EncapsulatedDocument" in dataset:
        return Kind.DOCUMENT
    if "WaveformSequence" in dataset:
        return Kind.WAVEFORM
    name = class_name(dataset)
    said = next((kind for words, kind in _WORDS if words in name), None)
    if said is not None:
        return said
    if "ContentSequence" in dataset or Part(dataset).text("ValueType") == "CONTAINER":
        return Kind.REPORT
    return Kind.OTHER


def class_name(dataset: Dataset) -> str:
    """Return the registered name of the SOP class; "" if it is not registered."""
    meta = getattr(dataset, "file_meta", None) or Dataset()  # a DICOMDIR states its class only there
    return registered_name(Part(dataset).text("SOPClassUID") or Part(meta).text("MediaStorageSOPClassUID"))


def has_view(dataset: Dataset) -> bool:
    """Return whether there is something to look at beside a picture.

    Not so for an image whose Pixel Data is missing, nor for a data set without a known SOP class or content.
    """
    kind, name = kind_of(dataset), class_name(dataset)
    if kind is Kind.OTHER:
        return bool(name) and not promises_image(name)
    return kind is not Kind.PICTURE


def promises_image(name: str) -> bool:
    """Return whether instances of a SOP class have Pixel Data, from its registered name."""
    return "Image Storage" in name or name in _OTHER_IMAGES


_OTHER_IMAGES = frozenset(
    {
        "RT Dose Storage",
        "Segmentation Storage",
        "Label Map Segmentation Storage",
        "Height Map Segmentation Storage",
        "Parametric Map Storage",
        "Ophthalmic Thickness Map Storage",
        "Corneal Topography Map Storage",
    }
)
