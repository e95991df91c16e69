"""Show a volume in three orthogonal planes, with a cross-hair at the same voxel in each."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import traitlets
from PIL import Image

from dicomkit.errors import ImageError
from dicomkit.pixels.image_text import describe_values, thumbnail
from dicomkit.pixels.presets import ALL_VALUES, COMPUTED, CT_WINDOWS, window_between
from dicomkit.pixels.window import check_window, display_values
from dicomkit.text import counted, escape_html
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer, Viewer
from dicomkit.viewers.planes.reoriented import PLANES, reoriented
from dicomkit.volumes.sources import VolumeSource
from dicomkit.volumes.stacking import volume
from dicomkit.volumes.volume import Volume

__all__ = ["PlanesViewer"]

_PIECE_BYTES = 1_500_000
_PAGE_BYTES = 48 * 1024 * 1024
_BROWSER_BYTES = 1024**3  # browsers limit an array to about 2 GB, and a laptop has less free memory
_SOFT_TISSUE = (40.0, 400.0)
_DARKEST, _BRIGHTEST = 1.0, 99.0  # per cent of the values


class PlanesViewer(Viewer):
    """Show a series in an axial, a coronal and a sagittal plane, and scroll through all three.

    The browser receives the modality values of the volume once; it scrolls and windows without the kernel. It needs
    the memory of the volume, 157 MB for 300 slices of 512 x 512; volumes of more than 1 GiB are not sent.

    Parameters
    ----------
    source
        A volume, or the images of one, as `dicomkit.pixels.volume` takes them: a folder, paths, data sets, rows of an index.
    window
        The initial (center, width); by default soft tissue for Hounsfield units, otherwise the 1st to 99th percentile.
    on_progress
        Called before each image is read, with the number of images read and of all images.

    Raises
    ------
    ImageError
        If there is no volume in `source`.
    AttributeValueError
        If the width of a window is not above 0.

    References
    ----------
    PS3.3 section C.7.6.2.1.1, Image Position and Image Orientation.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> viewer = PlanesViewer(ct_series(6, size=32), window=(40, 80))
    >>> viewer.cross
    (16, 16, 3)
    >>> viewer.cross = (0, 0, 5)
    """

    _esm = front_end("planes/viewer")
    _css = styles("planes")

    window: Any = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=(0.0, 1.0), help="(center, width)"
    ).tag(sync=True)
    cross: Any = traitlets.Tuple(
        traitlets.Int(),
        traitlets.Int(),
        traitlets.Int(),
        default_value=(0, 0, 0),
        help="indices of the marked voxel: to the left, back, head",
    ).tag(sync=True)

    def __init__(
        self,
        source: Volume | VolumeSource | Iterable[VolumeSource],
        *,
        window: tuple[float, float] | None = None,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> None:
        self._volume = source if isinstance(source, Volume) else volume(source, on_progress=on_progress)
        self._shown = reoriented(self._volume)
        self._values = _for_a_browser(self._shown.values)
        self._extent = _extent(self._values)
        self._first = _first_window(self._volume, self._extent)
        super().__init__()
        self.window = window or self._first
        self.cross = tuple(size // 2 for size in reversed(self._values.shape))

    @traitlets.validate("window")
    def _check_window(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        check_window(proposal["value"])
        return proposal["value"]

    @traitlets.validate("cross")
    def _check_cross(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        sizes = tuple(reversed(self._values.shape))
        if not all(0 <= index < size for index, size in zip(proposal["value"], sizes, strict=True)):
            raise ImageError("cross", f"the volume has {sizes} voxels", "count from 0, and stay below these")
        return proposal["value"]

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Return the geometry and windows of the volume (``volume``), or a piece of its values (``voxels``)."""
        values = self._values
        if self._too_large:
            return Answer({"problem": self._too_large})
        if question["ask"] == "voxels":
            start = int(question["part"]) * _PIECE_BYTES
            piece = values.reshape(-1).view(np.uint8)[start : start + _PIECE_BYTES]
            return Answer({}, [piece.tobytes()])
        return Answer(
            {
                "sizes": list(reversed(values.shape)),
                "spacing": self._shown.spacing_mm,
                "affine": self._shown.affine[:3].tolist(),
                "type": values.dtype.str[1:],
                "lowest": self._extent[0],
                "highest": self._extent[1],
                "unit": self._volume.unit,
                "function": self._function,
                "first": list(self._first),
                "presets": self._presets(),
                "letters": {plane: self._shown.letters(plane) for plane in PLANES},
                "remarks": self._remarks,
                "parts": self._parts,
            }
        )

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the questions whose answers are the whole volume."""
        yield {"ask": "volume"}
        if self._too_large:
            return
        yield from ({"ask": "voxels", "part": part} for part in range(self._parts))

    def page_answers(self) -> Iterator[tuple[dict[str, Any], Answer]]:
        """Yield the questions and answers; if the volume is too large for a page, only an answer that says so."""
        if self.page_remark:
            yield {"ask": "volume"}, Answer({"problem": self.page_remark})
        else:
            yield from super().page_answers()

    @property
    def _parts(self) -> int:
        return -(-self._values.nbytes // _PIECE_BYTES)

    @property
    def _function(self) -> str:
        """The VOI LUT Function. LINEAR assumes whole numbers (PS3.3 section C.11.2.1.2.1): values from 0 to 1 would be one grey."""
        return "LINEAR_EXACT" if self._values.dtype.kind == "f" else "LINEAR"

    @property
    def _remarks(self) -> list[str]:
        oblique = self._shown.oblique_degrees
        said = (
            [f"the planes are those of the images, up to {oblique:.0f} degrees from the patient's axes"]
            if oblique
            else []
        )
        return [*self._volume.remarks, *said]

    def _presets(self) -> list[tuple[str, str, list[float]]]:
        windows = [("to begin with", "as at first", list(self._first))]
        if self._volume.unit == "HU":
            windows += [("CT, by convention", name, [center, width]) for name, center, width in CT_WINDOWS]
        whole = window_between(*self._extent, self._function)
        return [*windows, (COMPUTED.replace("image", "volume"), ALL_VALUES, list(whole))]

    @property
    def _too_large(self) -> str:
        if self._values.nbytes <= _BROWSER_BYTES:
            return ""
        return f"the volume takes {self._values.nbytes / 1e6:.0f} MB, and a browser is given {_BROWSER_BYTES / 1e6:.0f}; give fewer slices"

    @property
    def page_remark(self) -> str:
        """Why this volume does not fit into a page; empty if it does."""
        if self._values.nbytes <= _PAGE_BYTES:
            return ""
        return f"the volume takes {counted(self._values.nbytes, 'byte')}, and a page has room for {_PAGE_BYTES}; open it in a notebook"

    def describe(self) -> str:
        """Return the size of the volume and all remarks; if Patient Identity Removed is YES, also a description of the planes."""
        x, y, z = (size for size in reversed(self._values.shape))
        size = " x ".join(f"{step:g}" for step in self._shown.spacing_mm)
        lines = [f"PlanesViewer: {x} x {y} x {z} voxels of {size} mm"]
        lines += [f"- {remark}" for remark in self._remarks]
        if not self._volume.identity_removed:
            return "\n".join([*lines, "  not described here: Patient Identity Removed is not YES"])
        center, width = self.window
        lines.append(f"  C {center:g} W {width:g} {self._volume.unit}".rstrip())
        for plane in PLANES:
            letters = self._shown.letters(plane)
            levels = self._levels(plane)
            edges = f"{letters['left']} to {letters['right']}, {letters['top']} to {letters['bottom']}"
            lines.append(f"  {plane} ({edges}): grey levels {describe_values(levels)}")
            if plane == "axial":
                lines += [f"  |{row}|" for row in thumbnail(levels, 0, 255)]
        return "\n".join(lines)

    def card(self) -> str:
        """Return a card without values of the volume; "" if Patient Identity Removed is YES, which allows a picture."""
        return "" if self._volume.identity_removed else f"<pre>{escape_html(self.describe())}</pre>"

    def picture(self) -> bytes:
        """Return the axial plane as PNG if Patient Identity Removed is YES, otherwise b""."""
        if not self._volume.identity_removed:
            return b""
        stream = io.BytesIO()
        Image.fromarray(self._levels("axial")).save(stream, format="PNG")
        return stream.getvalue()

    def _levels(self, plane: str) -> npt.NDArray[np.uint8]:
        """Return the grey levels of a plane through the cross-hair."""
        _, _, sign, cut = PLANES[plane]
        values = np.take(self._values, self.cross[cut], axis=2 - cut)
        center, width = self.window
        levels: npt.NDArray[np.uint8] = display_values(
            values[::sign].astype(float), center, width, self._function
        )
        return levels


def _extent(values: npt.NDArray[Any]) -> tuple[float, float]:
    """Return the lowest and the highest value; NaN and infinity, which parametric maps may have, are ignored."""
    if values.dtype.kind != "f":
        return float(values.min()), float(values.max())
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _first_window(made: Volume, extent: tuple[float, float]) -> tuple[float, float]:
    if made.unit == "HU":
        return _SOFT_TISSUE
    some = made.array[:: max(1, len(made.array) // 16)]
    some = some[np.isfinite(some)] if some.dtype.kind == "f" else some
    ends = np.percentile(some, (_DARKEST, _BRIGHTEST)).tolist() if some.size else extent
    width = ends[1] - ends[0] or extent[1] - extent[0] or 1.0
    return (ends[0] + ends[1]) / 2, width if made.array.dtype.kind == "f" else max(width, 1.0)


def _for_a_browser(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a contiguous little-endian array of a type that JavaScript has."""
    kind = values.dtype.kind
    size = 4 if kind == "f" else values.dtype.itemsize
    return np.ascontiguousarray(values, f"<{kind}{size}")
