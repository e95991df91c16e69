"""Three planes of a volume: which way round, what travels, what is written into a notebook."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from dicomkit.errors import AttributeValueError, ImageError
from dicomkit.pixels import volume
from dicomkit.samples import ct_series
from dicomkit.viewers import PlanesViewer
from dicomkit.viewers.planes.upright import upright
from dicomkit.volumes import Volume


def voxels(viewer: PlanesViewer) -> np.ndarray:
    told = viewer.answer({"ask": "volume"}).content
    pieces = [viewer.answer({"ask": "voxels", "part": part}).buffers[0] for part in range(told["parts"])]
    return np.frombuffer(b"".join(pieces), f"<{told['type']}").reshape(told["sizes"][::-1])


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, -1)])
def test_every_orientation_is_turned_upright(order: tuple[int, ...], signs: tuple[int, ...]) -> None:
    affine = np.zeros((4, 4))
    affine[3, 3] = 1
    affine[:3, 3] = (10, 20, 30)
    for axis, (to, sign) in enumerate(zip(order, signs, strict=True)):
        affine[to, axis] = sign * (axis + 1)
    given = Volume(np.arange(60, dtype=np.int16).reshape(3, 4, 5), affine)
    shown = upright(given)
    assert (np.diag(shown.affine)[:3] > 0).all()
    for z, y, x in np.ndindex(shown.values.shape):
        column, row, number = np.rint(given.to_index(*(shown.affine @ (x, y, z, 1))[:3])).astype(int)
        assert shown.values[z, y, x] == given.array[number, row, column]
    assert shown.letters("axial") == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    assert shown.letters("coronal") == {"left": "R", "right": "L", "top": "H", "bottom": "F"}
    assert shown.letters("sagittal") == {"left": "A", "right": "P", "top": "H", "bottom": "F"}


def test_the_volume_travels_as_it_is_in_modality_values() -> None:
    images = ct_series(5, size=32)
    made = volume(images)
    np.testing.assert_array_equal(voxels(PlanesViewer(images)), made.array)


def test_a_text_says_what_is_shown_and_what_is_doubtful() -> None:
    images = ct_series(6, size=32)
    text = PlanesViewer(images[:2] + images[3:]).describe()
    assert text.startswith("PlanesViewer: 32 x 32 x 6 voxels of 7.375 x 7.375 x 7 mm")
    assert "1 slice is missing between slices 2 and 3" in text
    assert "coronal (R to L, H to F)" in text


def test_somebodys_volume_is_not_described() -> None:
    images = ct_series(3, size=32)
    images[1].PatientIdentityRemoved = "NO"
    viewer = PlanesViewer(images)
    assert "grey levels" not in viewer.describe()
    assert viewer.picture() == b""
    assert "image/png" not in viewer._repr_mimebundle_()[0]


def test_what_cannot_be_is_refused() -> None:
    viewer = PlanesViewer(ct_series(3, size=32))
    with pytest.raises(AttributeValueError):
        viewer.window = (40, 0)
    with pytest.raises(ImageError):
        viewer.cross = (0, 0, 3)


def test_a_volume_that_is_too_large_for_a_page_is_said(tmp_path: Path) -> None:
    viewer = PlanesViewer(Volume(np.zeros((60, 700, 700), np.int16), np.eye(4)))
    assert "a page has room for" in viewer.page_remark
    viewer.export_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size < 1_000_000
