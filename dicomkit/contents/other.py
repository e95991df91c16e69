"""Instances that are neither picture, report, curve nor document: one sentence, and what they list.

References
----------
PS3.3 annex A, Composite Information Object Definitions; PS3.4 section B.5, Standard SOP Classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from pydicom.dataset import Dataset

from dicomkit.contents.codes import code_of
from dicomkit.contents.entry import Entry, entry, entry_of
from dicomkit.contents.kind import promises_image
from dicomkit.contents.part import Part
from dicomkit.text import counted

__all__ = ["other_entries", "segment_entries", "why_no_picture"]

_MAX_LISTED = 256
_EYES = (
    *("Lensometry", "Autorefraction", "Keratometry", "Refraction", "Visual Acuity"),
    *("Ophthalmic Axial", "Intraocular Lens"),
)
# Words in the registered name of a SOP class, and what such an instance holds instead of a picture.
_SENTENCES = (
    (
        "RT Structure Set",
        "it holds outlines of regions in millimetres of the patient, which are drawn over other images",
    ),
    ("RT Plan", "it holds the parameters of a treatment: beams, fractions and prescriptions"),
    ("RT Ion Plan", "it holds the parameters of a treatment with ions"),
    ("RT Beams Delivery", "it holds what a treatment session is to deliver"),
    ("RT Brachy", "it holds the parameters or the record of a treatment from inside"),
    ("Treatment Record", "it holds what was delivered at a treatment session"),
    ("Treatment Summary Record", "it holds what was delivered over a whole treatment"),
    ("RT ", "it holds values of radiotherapy that other objects refer to"),
    ("Raw Data", "it holds measurements before reconstruction, in a form that only its maker knows"),
    ("MR Spectroscopy", "it holds spectra, a signal over frequency for each voxel, and no grey levels"),
    ("Surface", "it holds surfaces as points and triangles"),
    ("Tractography", "it holds tracks as chains of points in the patient"),
    ("Spatial Registration", "it holds the matrix that brings two sets of images together"),
    ("Deformable Spatial Registration", "it holds the grid that deforms one set of images onto another"),
    ("Spatial Fiducials", "it holds points that mark places in other images"),
    ("Real World Value Mapping", "it holds how pixel values of other images become quantities"),
    ("Stereometric Relationship", "it says which images are the left and the right view of a stereo pair"),
    ("Hanging Protocol", "it holds how a screen is to be laid out"),
    ("Color Palette", "it holds a palette that other objects may use"),
    *((words, "it holds measurements of eyes or lenses as numbers") for words in _EYES),
    ("Perimetry", "it holds measurements of a visual field as numbers"),
    ("Implant", "it describes implants or how they are joined"),
    ("Content Assessment", "it holds what a check of other objects found"),
    ("Protocol", "it holds how an examination is to be made or was made"),
    ("Inventory", "it holds a list of what an archive keeps"),
    ("Media Storage Directory", "it is a DICOMDIR, which lists the files around it"),
)
# The sequences by which such an instance is recognised if its SOP class is unknown.
_SIGNS = (
    ("DirectoryRecordSequence", "Media Storage Directory"),
    ("StructureSetROISequence", "RT Structure Set"),
    ("SpectroscopyData", "MR Spectroscopy"),
)


def why_no_picture(dataset: Dataset, name: str) -> str:
    """Return a phrase on what an instance holds instead of a picture.

    Parameters
    ----------
    dataset
        An instance without Pixel Data.
    name
        The registered name of its SOP class, or "".
    """
    if promises_image(name):
        return "its SOP class promises an image, and its Pixel Data are missing"
    by_class = (sentence for words, sentence in _SENTENCES if words in name)
    by_content = (dict(_SENTENCES)[words] for keyword, words in _SIGNS if keyword in dataset)
    unnamed = "its SOP class is none of the Standard, and there is no Pixel Data in it"
    otherwise = "there is no Pixel Data in it" if name or "SOPClassUID" not in dataset else unnamed
    return next(itertools.chain(by_class, by_content), otherwise)


def other_entries(dataset: Dataset) -> Iterator[Entry]:
    """Yield the list in an instance: regions, beams, segments, the records of a DICOMDIR."""
    part = Part(dataset)
    for keyword, name in (
        ("ContentLabel", "Label"),
        ("ContentDescription", "Description"),
        ("StructureSetLabel", "Structure set"),
        ("RTPlanLabel", "Plan"),
        ("RTPlanGeometry", "Plan geometry"),
        ("DoseSummationType", "Dose summation"),
        ("SpectroscopyAcquisitionDataColumns", "Points of a spectrum"),
        ("NumberOfSurfaces", "Surfaces"),
        ("HangingProtocolName", "Hanging protocol"),
    ):
        yield from entry_of(part, keyword, name)
    for keyword, write in _LISTS.items():
        items = list(part.items(keyword))
        for item in items[:_MAX_LISTED]:
            yield from write(item)
        if len(items) > _MAX_LISTED:
            yield entry(0, "And", f"{len(items) - _MAX_LISTED} more")


def segment_entries(item: Part) -> Iterator[Entry]:
    """Yield the label of a segment with its category and type (PS3.3 section C.8.20.2)."""
    kinds = (code_of(item, f"SegmentedProperty{word}CodeSequence") for word in ("Category", "Type"))
    said = [
        item.text("SegmentLabel"),
        *(kind.meaning for kind in kinds),
        item.text("SegmentAlgorithmType").lower(),
    ]
    number = item.text("SegmentNumber")
    value = ", ".join(filter(None, dict.fromkeys(said)))
    yield entry(0, f"Segment {number}", value, is_secret=item.hides("SegmentLabel"))


def _regions(item: Part) -> Iterator[Entry]:
    number, name = item.text("ROINumber"), item.text("ROIName")
    yield entry(0, f"Region {number}", name, is_secret=item.hides("ROIName"))


def _contours(item: Part) -> Iterator[Entry]:
    contours = list(item.items("ContourSequence"))
    points = sum(int(contour.number("NumberOfContourPoints", 0)) for contour in contours)
    value = f"{counted(len(contours), 'contour')}, {counted(points, 'point')}"
    yield entry(0, f"Outline of region {item.text('ReferencedROINumber')}", value, is_secret=item.is_secret)


def _beams(item: Part) -> Iterator[Entry]:
    said = [item.text("BeamName"), item.text("BeamType").lower(), item.text("RadiationType").lower()]
    if points := int(item.number("NumberOfControlPoints", 0)):
        said.append(counted(points, "control point"))
    value = ", ".join(filter(None, said))
    yield entry(0, f"Beam {item.text('BeamNumber')}", value, is_secret=item.hides("BeamName"))


def _fractions(item: Part) -> Iterator[Entry]:
    value = (
        f"{item.text('NumberOfFractionsPlanned') or '?'} planned, {item.text('NumberOfBeams') or '0'} beams"
    )
    yield entry(0, f"Fraction group {item.text('FractionGroupNumber')}", value, is_secret=item.is_secret)


def _records(item: Part) -> Iterator[Entry]:
    file_id = item.text("ReferencedFileID").replace("\\", "/")
    name = item.text("DirectoryRecordType") or "record"
    yield entry(_LEVELS.get(name, len(_LEVELS)), name, file_id, is_secret=item.is_secret)


_LEVELS = {"PATIENT": 0, "STUDY": 1, "SERIES": 2}  # PS3.3 section F.4; whatever else hangs below a series
_LISTS: dict[str, Callable[[Part], Iterator[Entry]]] = {
    "StructureSetROISequence": _regions,
    "ROIContourSequence": _contours,
    "FractionGroupSequence": _fractions,
    "BeamSequence": _beams,
    "IonBeamSequence": _beams,
    "SegmentSequence": segment_entries,
    "DirectoryRecordSequence": _records,
}
