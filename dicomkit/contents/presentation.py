"""What a presentation state does to the images that it refers to, in the order of the pipeline.

References
----------
PS3.3 sections A.33 and C.11; PS3.4 section N.2, Pixel Transformation Sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from pydicom.dataset import Dataset

from dicomkit.contents.codes import code_of
from dicomkit.contents.entry import Entry, entry, entry_of
from dicomkit.contents.part import Part, plain
from dicomkit.contents.report_values import reference_text
from dicomkit.pixels.image_windows import windows_of
from dicomkit.text import counted

__all__ = ["presentation_entries"]

_HEAD = (
    ("ContentLabel", "Label"),
    ("ContentDescription", "Description"),
    ("ContentCreatorName", "Creator"),
    ("PresentationCreationDate", "Created on"),
    ("PresentationCreationTime", "Created at"),
)
_MAX_LISTED = 64
_MAX_POINTS = 32


def presentation_entries(dataset: Dataset) -> Iterator[Entry]:
    """Yield an entry for each thing that a presentation state refers to or does."""
    part = Part(dataset)
    for keyword, name in _HEAD:
        yield from entry_of(part, keyword, name)
    yield from _referenced(part)
    for inputs in ("BlendingSequence", "AdvancedBlendingSequence"):
        for number, one in enumerate(part.items(inputs), start=1):
            said = " ".join(
                filter(None, (one.text("BlendingPosition").lower(), one.text("BlendingInputNumber")))
            )
            yield entry(0, f"Blending input {number}", said, is_secret=one.is_secret)
            yield from _referenced(one, 1)
            yield from _values(one, 1)
    yield from _values(part)
    yield from entry_of(part, "RelativeOpacity", "Relative opacity")
    yield from entry_of(part, "PixelPresentation", "Pixel presentation")
    yield from _shutters(part)
    yield from _geometry(part)
    yield from _graphics(part)


def _referenced(part: Part, depth: int = 0) -> Iterator[Entry]:
    for series in part.items("ReferencedSeriesSequence"):
        references = list(series.items("ReferencedImageSequence"))
        yield entry(depth, "Applies to", counted(len(references), "image"))
        yield from entry_of(series, "SeriesInstanceUID", "Series", depth + 1)
        for reference in references[:_MAX_LISTED]:
            is_secret = reference.hides("ReferencedSOPInstanceUID")
            yield entry(depth + 1, "Image", reference_text(reference), is_secret=is_secret)
        if len(references) > _MAX_LISTED:
            yield entry(depth + 1, "And", f"{len(references) - _MAX_LISTED} more")


def _table(item: Part) -> str:
    """Describe a lookup table: the number of its entries, the first mapped value, the bits of an entry."""
    descriptor = [plain(number) for number in item.numbers("LUTDescriptor")]
    explained = item.text("LUTExplanation")
    said = "a table"
    if len(descriptor) == len(("entries", "first value", "bits")):
        said = (
            f"a table of {_entries(descriptor[0])} entries from value {descriptor[1]}, {descriptor[2]} bits"
        )
    return f"{said} ({explained})" if explained else said


def _entries(stated: str) -> str:
    """Return the number of entries of a table: 0 means 65,536, which 16 bits cannot hold (PS3.3 section C.11.1.1.1)."""
    return "65536" if stated == "0" else stated


def _values(part: Part, depth: int = 0) -> Iterator[Entry]:
    """Yield the transformations of pixel values: Modality, VOI and Presentation LUT, palette (PS3.4 section N.2.1)."""
    if "RescaleSlope" in part:
        unit = part.text("RescaleType")
        value = f"value x {part.text('RescaleSlope')} + {part.text('RescaleIntercept') or '0'} {unit}".strip()
        yield entry(depth, "Modality LUT", value)
    for item in part.items("ModalityLUTSequence"):
        yield entry(depth, "Modality LUT", _table(item), is_secret=item.is_secret)
    for voi in part.items("SoftcopyVOILUTSequence"):
        yield from _windows(voi, depth)
    yield from entry_of(part, "PresentationLUTShape", "Presentation LUT shape", depth)
    for item in part.items("PresentationLUTSequence"):
        yield entry(depth, "Presentation LUT", _table(item), is_secret=item.is_secret)
    if "RedPaletteColorLookupTableDescriptor" in part:
        entries = part.values("RedPaletteColorLookupTableDescriptor")
        yield entry(
            depth,
            "Palette",
            f"pseudo-colour of {_entries(plain(entries[0]))} entries" if entries else "pseudo-colour",
        )
    if "ICCProfile" in part:
        yield entry(depth, "ICC profile", "colours are given in a profile's space")


def _windows(voi: Part, depth: int) -> Iterator[Entry]:
    """Yield each window, also one that makes no sense: then with the reason why nobody can use it."""
    count = len(list(voi.items("ReferencedImageSequence")))
    where = f", for {counted(count, 'image')}" if count else ", for all of them"
    names = voi.values("WindowCenterWidthExplanation")
    function = f", {shape}" if (shape := voi.text("VOILUTFunction")) else ""
    problems = windows_of(voi.dataset).problems
    centers, widths = (voi.text(keyword).split("\\") for keyword in ("WindowCenter", "WindowWidth"))
    for number, (center, width) in enumerate(zip_longest(centers, widths, fillvalue=""), start=1):
        if center or width:
            name = f" ({plain(names[number - 1])})" if number <= len(names) else ""
            problem = f"; it cannot be used: {problems[number]}" if number in problems else ""
            value = f"center {center or 'missing'} width {width or 'missing'}{name}{function}{where}{problem}"
            yield entry(depth, "Window", value, is_secret=voi.is_secret)
    for item in voi.items("VOILUTSequence"):
        yield entry(depth, "VOI LUT", f"{_table(item)}{where}", is_secret=item.is_secret)


def _shutters(part: Part) -> Iterator[Entry]:
    """Yield the shutters, which hide everything outside a shape (PS3.3 sections C.7.6.11 and C.7.6.15)."""
    edges = (
        ("left", "ShutterLeftVerticalEdge"),
        ("right", "ShutterRightVerticalEdge"),
        ("upper", "ShutterUpperHorizontalEdge"),
        ("lower", "ShutterLowerHorizontalEdge"),
        ("center", "CenterOfCircularShutter"),
        ("radius", "RadiusOfCircularShutter"),
        ("vertices", "VerticesOfThePolygonalShutter"),
        ("drawn in grey of 0 to 65535:", "ShutterPresentationValue"),
    )
    if "ShutterShape" in part:
        said = [f"{name} {text}" for name, keyword in edges if (text := part.text(keyword))]
        if overlay := part.number("ShutterOverlayGroup", 0):
            said.insert(0, f"overlay {int(overlay):04X}")
        yield entry(0, "Shutter", ", ".join([part.text("ShutterShape"), *said]))
    for mask in part.items("MaskSubtractionSequence"):
        yield entry(0, "Mask subtraction", mask.text("MaskOperation"), is_secret=mask.is_secret)
    for group in range(0x6000, 0x6020, 2):
        rows, columns, layer = (part.value(group << 16 | element) for element in (0x0010, 0x0011, 0x1001))
        own = (
            f"a bit map of {plain(rows)} rows and {plain(columns)} columns"
            if rows and columns
            else "of the image"
        )
        if layer is not None or rows is not None:
            where = f", shown in layer {plain(layer)}" if layer else ", not shown"  # empty is not activated
            yield entry(0, f"Overlay {group:04X}", own + where)


def _geometry(part: Part) -> Iterator[Entry]:
    """Yield the spatial transformation and the displayed areas (PS3.3 sections C.10.4 and C.10.6)."""
    if rotation := part.text("ImageRotation"):
        yield entry(0, "Rotation", f"{rotation} degrees clockwise" if rotation != "0" else "none")
    if flip := part.text("ImageHorizontalFlip"):
        yield entry(0, "Horizontal flip", {"Y": "yes", "N": "no"}.get(flip, flip))
    for area in part.items("DisplayedAreaSelectionSequence"):
        corners = [area.listed(f"DisplayedArea{corner}HandCorner") for corner in ("TopLeft", "BottomRight")]
        size = area.text("PresentationSizeMode").lower()
        ratio = area.text("PresentationPixelMagnificationRatio")
        count = len(list(area.items("ReferencedImageSequence")))
        spacing = area.listed("PresentationPixelSpacing")
        said = [f"column, row {corners[0]} to {corners[1]}", size, f"{ratio} times" if ratio else ""]
        said.append(f"pixels of {spacing} mm (row, column)" if spacing and size == "true size" else "")
        said.append(f"for {counted(count, 'image')}" if count else "")
        yield entry(0, "Displayed area", ", ".join(filter(None, said)), is_secret=area.is_secret)
    for name in ("ViewCodeSequence", "SpatialTransformSequence"):
        if text := str(code_of(part, name)):
            yield entry(0, "View", text, is_secret=part.hides(name))


def _graphics(part: Part) -> Iterator[Entry]:
    """Yield the graphic layers, then the annotations with their texts and shapes (PS3.3 sections C.10.5 and C.10.7)."""
    for layer in part.items("GraphicLayerSequence"):
        said = [
            f"order {order}" if (order := layer.text("GraphicLayerOrder")) else "",
            layer.text("GraphicLayerDescription"),
        ]
        is_secret = layer.hides("GraphicLayer") or layer.hides("GraphicLayerDescription")
        value = ", ".join(filter(None, (layer.text("GraphicLayer"), *said)))
        yield entry(0, "Graphic layer", value, is_secret=is_secret)
    for number, annotation in enumerate(part.items("GraphicAnnotationSequence"), start=1):
        images = len(list(annotation.items("ReferencedImageSequence")))
        where = counted(images, "image") if images else "all images"
        layer_name = annotation.text("GraphicLayer")
        value = f"on {where}, layer {layer_name}" if layer_name else f"on {where}"
        yield entry(0, f"Annotation {number}", value, is_secret=annotation.is_secret)
        yield from _texts(annotation)
        for keyword in ("GraphicObjectSequence", "CompoundGraphicSequence"):
            yield from _shapes(annotation, keyword)


def _texts(annotation: Part) -> Iterator[Entry]:
    for text in annotation.items("TextObjectSequence"):
        anchor = text.listed("AnchorPoint") or text.listed("BoundingBoxTopLeftHandCorner")
        at = f" at {anchor}" if anchor else ""
        value = f"{text.text('UnformattedTextValue')}{at}"
        yield entry(1, "Text", value, is_secret=text.hides("UnformattedTextValue"))


def _shapes(annotation: Part, keyword: str) -> Iterator[Entry]:
    for shape in annotation.items(keyword):
        kind = shape.text("GraphicType") or shape.text("CompoundGraphicType")
        numbers = [plain(number) for number in shape.numbers("GraphicData")]
        points = [f"{x}/{y}" for x, y in zip(numbers[::2], numbers[1::2], strict=False)]
        more = f" … ({counted(len(points), 'point')})" if len(points) > _MAX_POINTS else ""
        unit = shape.text("GraphicAnnotationUnits").lower()
        filled = ", filled" if shape.text("GraphicFilled") == "Y" else ""
        said = " ".join(filter(None, (kind, *points[:_MAX_POINTS])))
        value = f"{said}{more}{filled}" + (f" ({unit})" if unit else "")
        yield entry(1, "Shape", value, is_secret=shape.is_secret)
