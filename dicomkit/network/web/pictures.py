"""WADO-RS: rendered frames and thumbnails, as a browser shows them.

References
----------
PS3.18 section 10.4.1.1.3, Rendered Resources; section 8.3.5, Rendering Query Parameters.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dicomkit.archive import Instance
from dicomkit.errors import DicomKitError
from dicomkit.files.warnings_here import warnings_here
from dicomkit.network.web.accept_header import Offer, choose
from dicomkit.network.web.answer import Answer, RequestRefusedError, bad_parameter
from dicomkit.network.web.frames import frame_count
from dicomkit.network.web.holdings import read_instance
from dicomkit.network.web.search_request import parameters_of, whole_number

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = ["PictureOptions", "parse_picture_options", "rendered_answer", "thumbnail_answer"]

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
_OFFERS = [Offer(media_type) for media_type in _FORMATS]
_QUALITY, _BEST_QUALITY = 90, 100
_THUMBNAIL_PIXELS = 128
_MAX_VIEWPORT = 4096
_FUNCTIONS = {"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
_KNOWN = "window, viewport and quality are known here"


class PictureOptions(NamedTuple):
    """Options of rendering: ``window`` is center and width, ``viewport`` is width and height in pixels."""

    window: tuple[float, float] | None = None
    function: str | None = None
    viewport: tuple[int, int] | None = None
    quality: int = _QUALITY


def parse_picture_options(text: str) -> PictureOptions:
    """Parse the query of a URL.

    Raises
    ------
    RequestRefusedError
        400 if a parameter is unknown or invalid.

    Examples
    --------
    >>> parse_picture_options("window=40,400,linear&viewport=256,256").window
    (40.0, 400.0)
    """
    parameters = parameters_of(text)
    parameters.pop("accept", None)
    window, function = _window(parameters.pop("window", ""))
    viewport = _viewport(parameters.pop("viewport", ""))
    quality = whole_number("quality", parameters.pop("quality", str(_QUALITY)))
    if not 1 <= quality <= _BEST_QUALITY:
        raise bad_parameter("quality", "is not from 1 to 100", "leave it out, or use 90")
    if parameters:
        raise bad_parameter(next(iter(parameters))[:40], "is not known for a picture", _KNOWN)
    return PictureOptions(window, function, viewport, quality)


def _window(text: str) -> tuple[tuple[float, float] | None, str | None]:
    if not text:
        return None, None
    from dicomkit.pixels import display_values  # noqa: PLC0415 - numpy is not light

    words = text.split(",")
    try:
        center, width, function = words if len(words) > 2 else [*words, "linear"]  # noqa: PLR2004 - center and width
        window = float(center), float(width)
        display_values([0], *window, _FUNCTIONS[function.lower()])  # validates the window
        return window, _FUNCTIONS[function.lower()]
    except (ValueError, KeyError) as error:
        problem = error.problem if isinstance(error, DicomKitError) else "is no center, width and function"
        raise bad_parameter("window", problem, "write for example window=40,400,linear") from error


def _viewport(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    sizes = text.split(",")
    if len(sizes) != 2:  # noqa: PLR2004 - width and height
        remedy = "write viewport=512,512; no part of a picture"
        raise bad_parameter("viewport", "is no width and height", remedy)
    width, height = (whole_number("viewport", size) for size in sizes)
    if not (1 <= width <= _MAX_VIEWPORT and 1 <= height <= _MAX_VIEWPORT):
        raise bad_parameter("viewport", f"is not from 1 to {_MAX_VIEWPORT}", "write viewport=512,512")
    return width, height


def rendered_answer(instance: Instance, frame: int, options: PictureOptions, *, accept: str) -> Answer:
    """Return one frame as JPEG or PNG.

    Raises
    ------
    RequestRefusedError
        404 if there is no such frame, or no image, 406 if neither JPEG nor PNG is accepted.
    """
    media_type = choose(accept, _OFFERS).offer.media_type
    content = io.BytesIO()
    picture = _picture(instance, frame, options)
    picture.save(content, _FORMATS[media_type], quality=options.quality)
    said = f"{picture.width} x {picture.height} pixels"
    return Answer(media_type, iter([content.getvalue()]), said=said)


def thumbnail_answer(instances: Sequence[Instance], options: PictureOptions, *, accept: str) -> Answer:
    """Return a thumbnail of a study, a series or an instance: its middle image.

    Raises
    ------
    RequestRefusedError
        404 if it has no image, 406 as for a rendered frame.
    """
    if options.viewport is None:
        options = options._replace(viewport=(_THUMBNAIL_PIXELS, _THUMBNAIL_PIXELS))
    return rendered_answer(instances[len(instances) // 2], 1, options, accept=accept)


def _picture(instance: Instance, frame: int, options: PictureOptions) -> Picture:
    from PIL import Image  # noqa: PLC0415 - imported only for a picture

    from dicomkit.pixels import render  # noqa: PLC0415 - the same

    dataset = read_instance(instance)
    if not 1 <= frame <= frame_count(dataset, instance):
        raise RequestRefusedError(404, f"frame {frame}", "the instance has no such frame", "count from 1")
    try:
        with warnings_here("ignore"):
            levels = render(dataset, frame, window=options.window, function=options.function)
    except DicomKitError as error:
        raise RequestRefusedError(
            406, f"frame {frame}", f"it cannot be rendered: {error.problem}", error.remedy
        ) from error
    picture = Image.fromarray(levels)
    if options.viewport is not None:
        scale = min(options.viewport[0] / picture.width, options.viewport[1] / picture.height)
        size = [max(1, round(edge * scale)) for edge in picture.size]
        picture = picture.resize((size[0], size[1]))
    return picture
