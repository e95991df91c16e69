"""A figure with a description in words.

A screen reader, a page without pictures and the test that compares outputs see the ``text/plain`` form of an output.
matplotlib's own gives the size of the figure only. This one describes each panel: title, axes, the image with its range
and fingerprint, and a thumbnail of characters.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:  # matplotlib costs nearly a second to import, and only a cell that plots needs it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DescribedFigure", "picture"]

_RESOLUTION_DPI = 96
# Some people cannot tell curves by their colour, so the style is described, and checked by a test.
_LINE_STYLES = {"-": "solid,", "--": "dashed,", ":": "dotted,", "-.": "dash-dotted,"}


class DescribedFigure:
    """A figure as a picture and as a description.

    Parameters
    ----------
    figure
        A matplotlib figure.
    """

    def __init__(self, figure: Figure) -> None:
        self._description = describe_figure(figure)
        stream = io.BytesIO()
        # Without metadata, which contains matplotlib's version.
        figure.savefig(
            stream, format="png", dpi=_RESOLUTION_DPI, bbox_inches="tight", metadata={"Software": None}
        )
        self._png = _smaller(stream.getvalue())

    def __repr__(self) -> str:
        return self._description

    def _repr_png_(self) -> bytes:
        return self._png


def _smaller(png: bytes) -> bytes:
    """Return the same picture without transparency, and without colours where it is grey all over.

    A notebook stores its pictures as text, and everybody who opens it downloads them.
    """
    flat = Image.open(io.BytesIO(png)).convert("RGB")
    red, green, blue = flat.split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        flat = red
    stream = io.BytesIO()
    flat.save(stream, format="PNG", optimize=True)
    return min(png, stream.getvalue(), key=len)


def picture(figure: Figure) -> DescribedFigure:
    """Return `figure` so that a cell shows it once, together with a description in words.

    Parameters
    ----------
    figure
        A matplotlib figure, of `chart`, of `panels`, or your own `matplotlib.figure.Figure`.

        Better not one of ``plt.subplots``. pyplot keeps a list of its figures and draws them after each message
        of the browser; in JupyterLab the messages of viewers are answered by a second thread, so two
        threads draw one figure at a time, and the picture comes out blank. Such a figure is taken off that
        list first, which makes it likely, but not certain, that it is whole.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")  # there only if the learner's own code has imported it
    if pyplot is not None:
        pyplot.close(figure)
    return DescribedFigure(figure)


def describe_figure(figure: Figure) -> str:
    """Return one paragraph for each panel of `figure`."""
    panels = [describe_panel(axes) for axes in figure.axes]
    count = "1 panel" if len(panels) == 1 else f"{len(panels)} panels"
    return "\n".join([f"Figure with {count}", *panels])


def describe_panel(axes: Axes) -> str:
    """Return what one panel shows: title, axis labels, images, curves and bars."""
    from dicomkit.pixels.image_text import describe_values, thumbnail  # noqa: PLC0415 - the room brings pydicom

    lines = [f"- {axes.get_title() or 'untitled'}"]
    labels = [
        f"{name}: {label}" for name, label in (("x", axes.get_xlabel()), ("y", axes.get_ylabel())) if label
    ]
    if labels:
        lines.append("  " + ", ".join(labels))
    for image in axes.images:
        values: NDArray[np.generic] = np.ma.getdata(np.ma.asarray(image.get_array()))
        lines.append(f"  image {describe_values(values)}")
        low, high = image.get_clim()
        lines += [f"  |{row}|" for row in thumbnail(values, float(low), float(high))]
    for line in axes.lines:
        name = str(line.get_label())
        style = _LINE_STYLES.get(str(line.get_linestyle()), "")
        shown = "curve" if name.startswith("_") else f"curve '{name}', {style}"
        lines.append(f"  {shown} {describe_values(np.asarray(line.get_ydata(), dtype=float))}")
    if axes.patches:
        heights = np.array([patch.get_height() for patch in axes.patches if hasattr(patch, "get_height")])
        lines.append(f"  bars {describe_values(heights)}")
    lines += [f"  text '{text.get_text()}'" for text in axes.texts if text.get_text()]
    return "\n".join(lines)
