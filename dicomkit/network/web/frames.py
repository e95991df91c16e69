"""WADO-RS: single frames, as native pixels or in their stored compression.

References
----------
PS3.18 section 10.4.1.1.6, Pixel Data Resources; section 8.7.3.3, Bulkdata Media Types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dicomkit.archive import Instance
from dicomkit.errors import ImageError
from dicomkit.files.warnings_here import warnings_here
from dicomkit.network.web.accept_header import Offer, choose
from dicomkit.network.web.answer import Answer, RequestRefusedError
from dicomkit.network.web.holdings import read_instance
from dicomkit.network.web.retrieving import parts_answer
from dicomkit.text import counted
from dicomkit.uids import EXPLICIT_VR_LITTLE_ENDIAN

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["frame_count", "frame_numbers", "frames_answer"]

_OCTETS = "application/octet-stream"
_MAX_FRAMES, _MAX_DIGITS = 10_000, 9
# PS3.18 Table 8.7.3-5, by what follows 1.2.840.10008.1.2
_CODECS = {
    ".4.50": "image/jpeg", ".4.51": "image/jpeg", ".4.57": "image/jpeg", ".4.70": "image/jpeg",
    ".4.80": "image/jls", ".4.81": "image/jls", ".4.90": "image/jp2", ".4.91": "image/jp2",
    ".4.201": "image/jphc", ".4.202": "image/jphc", ".4.203": "image/jphc", ".5": "image/dicom-rle",
}  # fmt: skip
_ROOT = "1.2.840.10008.1.2"


def frame_numbers(text: str) -> list[int]:
    """Return the frame numbers of a list such as ``1,3``; the first frame is 1.

    Raises
    ------
    RequestRefusedError
        400 if the list is invalid.
    """
    parts = text.split(",")
    if len(parts) > _MAX_FRAMES or not all(
        part.isascii() and part.isdigit() and len(part) <= _MAX_DIGITS for part in parts
    ):
        raise RequestRefusedError(
            400, f"frames {text[:40]}", "is no list of numbers", "write for example frames/1,2"
        )
    numbers = [int(part) for part in parts]
    if 0 in numbers:
        raise RequestRefusedError(404, "frame 0", "there is none", "count frames from 1")
    return numbers


def frame_count(dataset: Dataset, instance: Instance) -> int:
    """Return the number of frames of an instance.

    Raises
    ------
    RequestRefusedError
        404 if it has no Pixel Data, or invalid attributes for it.
    """
    from dicomkit.pixels.checked_image import check_image  # noqa: PLC0415 - numpy is not light

    try:
        return check_image(dataset)
    except ImageError as error:
        raise RequestRefusedError(
            404, f"instance {instance.uid}", f"there is no picture in it: {error.problem}", "see its metadata"
        ) from error


def frames_answer(instance: Instance, numbers: Sequence[int], *, accept: str) -> Answer:
    """Return the pixel data of frames.

    Parameters
    ----------
    instance
        The instance.
    numbers
        Frame numbers; the first is 1.
    accept
        The Accept header field; its default is native pixels.

    Raises
    ------
    RequestRefusedError
        404 if there is no such frame, 406 if it is not available in an accepted form.
    """
    from dicomkit.pixels.pixel_encoding import pixel_encoding  # noqa: PLC0415 - numpy is not light

    dataset = read_instance(instance)
    count = frame_count(dataset, instance)
    if max(numbers) > count:
        raise RequestRefusedError(
            404, f"frame {max(numbers)}", f"the instance has {counted(count, 'frame')}", "count from 1"
        )
    with warnings_here("ignore"):
        encoding = pixel_encoding(dataset, count)
    syntax = str(encoding.syntax)
    offers = [Offer(_OCTETS, is_multipart=True, transfer_syntaxes=(EXPLICIT_VR_LITTLE_ENDIAN,))]
    codec = _CODECS.get(syntax.removeprefix(_ROOT)) if encoding.frames is not None else None
    if codec is not None:
        offers.append(Offer(codec, is_multipart=True))
    if len(numbers) == 1:
        offers += [offer._replace(is_multipart=False) for offer in offers]
    offer = choose(accept, offers).offer
    streams = encoding.frames
    if offer.media_type == codec and streams is not None:
        kind = f"{codec}; transfer-syntax={syntax}"
        parts = ((kind, iter([streams.stream(number)])) for number in numbers)
    else:
        parts = ((_OCTETS, _native(dataset, number)) for number in numbers)
    return parts_answer(offer, parts, counted(len(numbers), "frame"))


def _native(dataset: Dataset, number: int) -> Iterator[bytes]:
    from dicomkit.pixels import stored_values  # noqa: PLC0415 - numpy is not light

    try:
        with warnings_here("ignore"):
            values = stored_values(dataset, number)
    except ImageError as error:
        raise RequestRefusedError(
            406,
            f"frame {number}",
            f"it cannot be decoded here: {error.problem}",
            "accept the codec in which it is stored",
        ) from error
    yield values.astype(values.dtype.newbyteorder("<")).tobytes()
