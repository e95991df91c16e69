"""Graphic annotations of a presentation state: texts and shapes, and their layers.

References
----------
PS3.3 section C.10.5, Graphic Annotation Module; section C.10.7, Graphic Layer Module.
"""

from __future__ import annotations

from collections.abc import Iterator

from dicomkit.contents.entry import Entry, entry
from dicomkit.contents.part import Part, plain
from dicomkit.text import counted

__all__ = ["graphic_entries"]

_MAX_POINTS = 32


def graphic_entries(part: Part) -> Iterator[Entry]:
    """Yield the layers of a presentation state, then its annotations with their texts and shapes."""
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
