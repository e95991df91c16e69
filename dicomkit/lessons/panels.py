"""Figures that can be projected: images side by side on black, and charts with large letters.

Medical images are viewed on black, as on a diagnostic screen: on a white page, dark parts look darker than they are. So
images have a black background here, and charts a white one.

The figures are made without pyplot, so that only the cell that shows one draws it; `picture` explains why.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # matplotlib costs nearly a second to import, and only a cell that plots needs it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["chart", "new_figure", "panels"]

_PANEL_INCHES = 4.2
_MAX_WIDTH_INCHES = 11.0
_COLUMNS_PER_INCH = 64  # a large image gets more space, so that its pixels are visible
_TITLE_POINTS = 15
_LABEL_POINTS = 14
_TICK_POINTS = 12


def panels(images: Sequence[npt.ArrayLike], titles: Sequence[str], *, columns: int | None = None) -> Figure:
    """Return a figure that shows images side by side on black.

    Parameters
    ----------
    images
        Each of shape (rows, columns) or (rows, columns, 3). ``uint8`` is shown unchanged: 0 is black, 255
        white. Grey values of any other type are scaled from their minimum to their maximum.
    titles
        One for each image.
    columns
        Number of images in a row; by default all.

    Examples
    --------
    >>> figure = panels([np.zeros((2, 3), dtype=np.uint8)], ["black"])
    >>> figure.axes[0].get_title()
    'black'
    """
    arrays = [np.asarray(image) for image in images]  # pictures of Pillow are taken as well
    across = min(columns or len(arrays), len(arrays))
    down = -(-len(arrays) // across)
    widest = max(image.shape[1] for image in arrays) / _COLUMNS_PER_INCH
    inches = min(max(_PANEL_INCHES, widest), _MAX_WIDTH_INCHES / across)
    shape = max(image.shape[0] / image.shape[1] for image in arrays)
    size = (inches * across, (inches * shape + 0.45) * down)
    figure = new_figure(figsize=size, facecolor="black", layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, image, title in zip(grid.flat, arrays, titles, strict=False):
        limits = {"vmin": 0, "vmax": 255} if image.dtype == np.uint8 else {}
        axes.imshow(image, cmap="gray", **limits)
        axes.set_title(title, color="white", fontsize=_TITLE_POINTS)
    for axes in grid.flat[len(arrays) :]:
        axes.remove()
    return figure


def chart(title: str, x_label: str, y_label: str) -> tuple[Figure, Axes]:
    """Return an empty chart with large letters and without decoration.

    Parameters
    ----------
    title, x_label, y_label
        What is shown, and what is counted along the axes, with its unit.
    """
    figure = new_figure(figsize=(9, 4.2), facecolor="white", layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=_TITLE_POINTS, loc="center")
    axes.set_xlabel(x_label, fontsize=_LABEL_POINTS)
    axes.set_ylabel(y_label, fontsize=_LABEL_POINTS)
    axes.tick_params(labelsize=_TICK_POINTS)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def new_figure(**settings: Any) -> Figure:  # noqa: ANN401 - matplotlib's own
    """Return an empty figure without pyplot.

    matplotlib's warning that it builds its font cache, as on each page in a browser, is suppressed.

    Parameters
    ----------
    settings
        As `matplotlib.figure.Figure` takes them.
    """
    fonts = logging.getLogger("matplotlib.font_manager")
    before = fonts.level
    fonts.setLevel(logging.ERROR)
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - see the note at TYPE_CHECKING
    finally:
        fonts.setLevel(before)
    return Figure(**settings)
