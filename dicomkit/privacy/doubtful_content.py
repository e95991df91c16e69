"""Content that cannot be cleaned by treating attributes, and is therefore refused.

A name may be burned into the pixels, spoken on a recording or written in a letter. Nothing here cleans that, and no
result claims to be clean of it: such an instance is refused until a person has looked at it.

References
----------
PS3.3 section C.7.6.1.1.2 (Image Type), section C.7.6.1 (Burned In Annotation, Recognizable Visual Features);
PS3.15 section E.3.1, Clean Pixel Data Option.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from dicomkit.files.registered_names import registered_name
from dicomkit.files.tags import DIRECTORY_RECORD_SEQUENCE
from dicomkit.files.tokens import PIXEL_TAGS

__all__ = ["Doubt", "doubts"]

_OVERLAY_GROUPS = range(0x6000, 0x6020, 2)
_OVERLAY_BIT_POSITION = 0x0102
_OVERLAY_DATA = 0x3000
_ENCAPSULATED_DOCUMENT = 0x00420011
_CONTENT_SEQUENCE = 0x0040A730
# Modalities and words in SOP class names of images that often show text.
_TALKATIVE_MODALITIES = {"US", "SC", "OT", "XC", "ES", "GM", "DG", "DOC", "SR", "ECG", "IVUS", "EPS", "HC"}
_TALKATIVE_CLASSES = ("Secondary Capture", "Ultrasound", "VL ", "Video", "Hardcopy")
# Structured reports and the like, even if their content tree is missing.
_REPORTS = ("SR Storage", " SR", "Key Object Selection", "Report Storage", "CAD ", "Procedure Log")
_REPORT_MODALITIES = frozenset({"SR", "KO", "DOC"})
_TALKATIVE_WORDS = ("SECONDARY", "SCREEN", "SAVE", "REPORT", "DOSE", "PASTED")


class Doubt(NamedTuple):
    """Why an instance is refused.

    ``about_pixels`` says whether a person who has looked at the pixels may lift it; ``problem`` is one sentence.
    """

    about_pixels: bool
    problem: str


def doubts(dataset: Dataset) -> Iterator[Doubt]:
    """Yield each reason to refuse an instance; none if treating its attributes is enough."""
    yield from _documents(dataset)
    if any(tag in dataset for tag in PIXEL_TAGS):
        yield from _pixels(dataset)


def _documents(dataset: Dataset) -> Iterator[Doubt]:
    name = _class_name(dataset)
    if DIRECTORY_RECORD_SEQUENCE in dataset:
        yield Doubt(False, "a DICOMDIR describes other files; make a new one from the results")
    if _ENCAPSULATED_DOCUMENT in dataset or "Encapsulated" in name:
        yield Doubt(False, "an encapsulated document (PDF, CDA, …) is not looked into")
    modality = _text(dataset, "Modality").upper()
    if _CONTENT_SEQUENCE in dataset or modality in _REPORT_MODALITIES or any(map(name.count, _REPORTS)):
        yield Doubt(False, "a structured report or key object selection may say anything in its text")
    if "Audio" in name or modality == "AU":
        yield Doubt(False, "a recorded voice is somebody's")


def _pixels(dataset: Dataset) -> Iterator[Doubt]:
    stated = _text(dataset, "BurnedInAnnotation").upper()
    if stated == "YES":
        yield Doubt(True, "Burned In Annotation is YES: names may be painted into the pixels")
    elif stated != "NO":
        yield from _unstated(dataset)
    if _text(dataset, "RecognizableVisualFeatures").upper() == "YES":
        yield Doubt(True, "Recognizable Visual Features is YES: a face may be seen")
    for group in _OVERLAY_GROUPS:
        # PS3.5 2004 section 8.1.2: an overlay could be stored in unused bits of the pixels.
        if group << 16 | _OVERLAY_BIT_POSITION in dataset and group << 16 | _OVERLAY_DATA not in dataset:
            yield Doubt(False, "an overlay lies in unused bits of the pixels")
            return


def _unstated(dataset: Dataset) -> Iterator[Doubt]:
    """Yield a doubt if nothing says that the pixels are clean, and images of this kind often are not."""
    name = _class_name(dataset)
    modality = _text(dataset, "Modality")
    image_type = _text(dataset, "ImageType").upper()
    reason = ""
    if any(word in name for word in _TALKATIVE_CLASSES):
        reason = f"the SOP class is {name}"
    elif modality in _TALKATIVE_MODALITIES:
        reason = f"the modality is {modality}"
    else:
        found = [word for word in _TALKATIVE_WORDS if word in image_type]
        reason = f"Image Type says {found[0]}" if found else ""
    if reason:
        yield Doubt(
            True, f"Burned In Annotation is missing and {reason}: names may be painted into the pixels"
        )


def _class_name(dataset: Dataset) -> str:
    """Return the registered name of the SOP class; "" if it is not registered."""
    return registered_name(_text(dataset, "SOPClassUID"))


def _text(dataset: Dataset, keyword: str) -> str:
    """Return a value as text; several values are joined by backslashes."""
    value = dataset.get(keyword)
    if isinstance(value, MultiValue):
        return "\\".join(map(str, value))
    return "" if value is None else str(value).strip()
