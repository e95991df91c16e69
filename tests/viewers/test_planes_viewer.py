"""Three planes of a volume: their orientation, what is sent to the browser, what is saved in a notebook."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from dicomkit.errors import AttributeValueError, ImageError
from dicomkit.pixels import volume
from dicomkit.samples import ct_series
from dicomkit.viewers import PlanesViewer
from dicomkit.viewers.planes.reoriented import reoriented
from dicomkit.volumes import Volume


def voxels(viewer: PlanesViewer) -> np.ndarray:
    told = viewer.answer({"ask": "volume"}).content
    pieces = [viewer.answer({"ask": "voxels", "part": part}).buffers[0] for part in range(told["parts"])]
    return np.frombuffer(b"".join(pieces), f"<{told['type']}").reshape(told["sizes"][::-1])


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, -1)])
def test_every_orientation_is_reoriented(order: tuple[int, ...], signs: tuple[int, ...]) -> None:
    affine = np.zeros((4, 4))
    affine[3, 3] = 1
    affine[:3, 3] = (10, 20, 30)
    for axis, (to, sign) in enumerate(zip(order, signs, strict=True)):
        affine[to, axis] = sign * (axis + 1)
    given = Volume(np.arange(60, dtype=np.int16).reshape(3, 4, 5), affine)
    shown = reoriented(given)
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


def placed(cosines: list[float], step: list[float], count: int = 3) -> list[FileDataset]:
    """Return slices whose pixels hold their own place: slice * 10000 + row * 100 + column."""
    images = ct_series(count, size=16)
    row, column = np.ogrid[:16, :16]
    for number, image in enumerate(images):
        image.ImageOrientationPatient = cosines
        image.ImagePositionPatient = [-50 + number * step[0], 20 + number * step[1], 70 + number * step[2]]
        image.PixelSpacing = [2, 1]
        image.RescaleIntercept, image.RescaleType = 0, "US"
        image.BitsStored, image.HighBit = 16, 15
        image.PixelData = (number * 10_000 + row * 100 + column).astype("<u2").tobytes()
    return images


def test_a_sagittal_acquisition_is_shown_as_one_would_by_hand() -> None:
    # Rows run to the back and columns to the feet, so the slices, 3 mm apart to the left, are sagittal planes.
    viewer = PlanesViewer(placed([0, 1, 0, 0, 0, -1], [3, 0, 0]))
    told = viewer.answer({"ask": "volume"}).content
    assert (told["sizes"], told["spacing"]) == ([3, 16, 16], [3, 1, 2])
    assert told["letters"]["sagittal"] == {"left": "A", "right": "P", "top": "H", "bottom": "F"}
    values = voxels(viewer)
    # Index z grows to the head: the last row of an image, 15, is z = 0, at 70 - 15 * 2 mm.
    assert values[0, 5, 2] == 2 * 10_000 + 15 * 100 + 5
    affine = np.array(told["affine"])
    np.testing.assert_allclose(affine @ (2, 5, 0, 1), (-44, 25, 40))
    assert told["remarks"] == []


def test_letters_of_an_oblique_stack_are_those_of_its_cosines() -> None:
    # Turned by 30 degrees about the head axis: rows run 0.87 to the left and 0.5 to the back.
    viewer = PlanesViewer(placed([0.866025, 0.5, 0, -0.5, 0.866025, 0], [0, 0, 4]))
    told = viewer.answer({"ask": "volume"}).content
    assert told["letters"]["axial"] == {"left": "RA", "right": "LP", "top": "AL", "bottom": "PR"}
    assert told["letters"]["coronal"] == {"left": "RA", "right": "LP", "top": "H", "bottom": "F"}
    assert told["remarks"] == ["the planes are those of the images, up to 30 degrees from the patient's axes"]
    assert told["remarks"][0] in viewer.describe()


def test_windows_to_choose_from_fit_the_unit() -> None:
    told = PlanesViewer(ct_series(3, size=16)).answer({"ask": "volume"}).content
    assert ("CT, by convention", "lung", [-600, 1500]) in told["presets"]
    other = PlanesViewer(placed([1, 0, 0, 0, 1, 0], [0, 0, 1], 1)).answer({"ask": "volume"}).content
    assert [name for _, name, _ in other["presets"]] == ["as at first", "all values"]
    assert other["presets"][1][2] == [758, 1516]


def test_fractions_and_what_is_no_number_are_shown() -> None:
    values = np.linspace(0, 1, 512, dtype=np.float32).reshape(2, 16, 16)
    values[0, 0, 0] = np.nan
    viewer = PlanesViewer(Volume(values, np.eye(4), identity_removed=True))
    told = viewer.answer({"ask": "volume"}).content
    assert (told["function"], told["highest"]) == ("LINEAR_EXACT", 1.0)
    assert told["lowest"] == pytest.approx(1 / 511)
    assert 0.9 < viewer.window[1] < 1
    assert "from 62 to 200" in viewer.describe(), "not one grey for all"
    assert "NaN" not in json.dumps(told)


def test_what_a_browser_cannot_hold_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dicomkit.viewers.planes.viewer._BROWSER_BYTES", 1000)
    viewer = PlanesViewer(ct_series(3, size=32))
    assert "give fewer slices" in viewer.answer({"ask": "volume"}).content["problem"]
    assert len(list(viewer.questions())) == 1
