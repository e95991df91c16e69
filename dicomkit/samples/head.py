"""An imaginary head: Hounsfield units of a phantom with scalp, skull, brain, ventricles and eyes.

Positions are millimetres in the patient's coordinate system: x grows to the patient's left, y to the
back, z to the top of the head (PS3.3 section C.7.6.2.1.1). z = 0 lies at the level of the eyes.
"""

# ruff: noqa: PLR2004 - the numbers are places and sizes in millimetres, named by what they paint

from __future__ import annotations

import numpy as np

from dicomkit.samples.shapes import Field, Grid, Mask, cosine

__all__ = ["hounsfield_units"]

# Hounsfield units: water 0, air -1000 by definition; the rest are textbook values.
AIR, FAT, SKIN, MUSCLE = -1000, -90, 45, 55
CORTICAL_BONE, SPONGY_BONE, PETROUS_BONE = 1350, 650, 1150
CEREBROSPINAL_FLUID, WHITE_MATTER, GREY_MATTER = 7, 26, 39
VITREOUS, LENS, FALX, LESION, LESION_RIM, OEDEMA = 10, 75, 62, 44, 66, 17
HEAD_HOLDER = 90

_HEAD_CENTRE = (0.0, 0.0, 12.0)
_HEAD_RADII = (77.0, 97.0, 97.0)
_SKULL_MM, _SCALP_MM = 7.0, 7.5


def hounsfield_units(grid: Grid) -> Field:
    """Return the Hounsfield units of the phantom at the points of `grid`, shape (rows, columns)."""
    units = np.full(grid.x.shape, float(AIR))
    _paint_holder(units, grid)
    _paint_scalp_and_skull(units, grid)
    _paint_brain(units, grid)
    _paint_deep_brain(units, grid)
    _paint_ventricles(units, grid)
    _paint_lesion(units, grid)
    _paint_skull_base(units, grid)
    _paint_eyes(units, grid)
    return units


def _shell(less_mm: float) -> tuple[float, float, float]:
    """Return the radii of the head, `less_mm` below its skin."""
    return (_HEAD_RADII[0] - less_mm, _HEAD_RADII[1] - less_mm, _HEAD_RADII[2] - less_mm)


def _head_depth(grid: Grid, less_mm: float) -> Field:
    """Return how far out each point lies: 1 is `less_mm` below the skin. Heads are narrower in front."""
    narrowing = 1 + 0.0009 * np.clip(-grid.y, 0, None)
    squeezed = Grid(grid.x * narrowing, grid.y, max(grid.z, _HEAD_CENTRE[2]))
    return squeezed.depth(_HEAD_CENTRE, _shell(less_mm))


def _head(grid: Grid, less_mm: float) -> Mask:
    return _head_depth(grid, less_mm) < 1


def _brain_depth(grid: Grid) -> Field:
    """Return how far out each point lies in its own plane: 0 in the middle, 1 on the brain's surface."""
    less_mm = _SKULL_MM + _SCALP_MM + 1.5
    height = max(grid.z - _HEAD_CENTRE[2], 0.0) / _shell(less_mm)[2]
    square = (_head_depth(grid, less_mm) ** 2 - height**2) / max(1 - height**2, 0.05)
    depth: Field = np.sqrt(np.clip(square, 0, None))
    return depth


def _paint_holder(units: Field, grid: Grid) -> None:
    """Paint the carbon shell in which the head rests."""
    outside = grid.depth((0, 2, grid.z), (96, 111, 1))
    units[(outside > 0.97) & (outside < 1.0) & (grid.y > 22)] = HEAD_HOLDER


def _paint_scalp_and_skull(units: Field, grid: Grid) -> None:
    units[_head(grid, 0)] = SKIN
    units[_head(grid, 2.7)] = FAT
    units[_head(grid, _SCALP_MM - 1.2)] = MUSCLE
    below_skin = _head(grid, 2.5)
    for side in (-1, 1):  # the temporal muscles fill the hollow beside the forehead
        low = np.clip((45 - grid.z) / 45, 0, 1)
        muscle = grid.ellipsoid((side * 65, -32, 5), (9 * low + 0.1, 30, 42), turn_degrees=side * 16)
        units[muscle & below_skin] = MUSCLE
    units[_head(grid, _SCALP_MM)] = CORTICAL_BONE
    thick = _SKULL_MM + 1.2 * np.clip(grid.y / 60, -1, 1)  # thicker at the back
    diploe = _head(grid, _SCALP_MM + 2.0) & (np.abs(grid.x) > 4)
    units[diploe] = SPONGY_BONE + 110 * cosine(grid.x + 0.7 * grid.y, 6.3)[diploe]
    units[_head(grid, _SCALP_MM + float(thick.mean()) - 1.8)] = CORTICAL_BONE
    units[_head(grid, _SCALP_MM + _SKULL_MM)] = CEREBROSPINAL_FLUID


def _paint_brain(units: Field, grid: Grid) -> None:
    """Paint grey ribbon, white matter, the furrows between the folds and the falx between the halves."""
    depth = _brain_depth(grid)
    angle = np.arctan2(grid.y * 0.8, grid.x)
    along = 9 * angle + 0.035 * grid.z + 0.8 * np.sin(3 * angle + 0.06 * grid.z)
    wave = np.cos(2.1 * along + 1.3 * np.sin(4 * angle - 0.05 * grid.z))
    surface = 0.985 + 0.012 * np.cos(3 * along)
    units[depth < surface] = GREY_MATTER
    # White matter reaches out into each fold like a finger.
    fingers = 0.81 + 0.075 * wave + 0.02 * np.cos(5.3 * along)
    units[depth < fingers] = WHITE_MATTER
    furrow = (wave < -0.93) & (depth > 0.83 + 0.05 * np.sin(2 * angle)) & (depth < 1)
    units[furrow & (depth < surface + 0.02)] = CEREBROSPINAL_FLUID + 6
    middle = np.abs(grid.x + 0.8 * np.sin(grid.y / 23))
    front_or_back = (grid.y < -38) | (grid.y > 44) | (grid.z > 62)
    units[(depth < 1) & (middle < 2.3) & front_or_back] = CEREBROSPINAL_FLUID + 4
    units[(depth < 1.02) & (middle < 0.9) & front_or_back] = FALX
    # The Sylvian fissure and the grey insula inside it.
    for side in (-1, 1):
        fissure = grid.ellipsoid((side * 49, -12, 30), (3.0, 17, 15), turn_degrees=side * 12)
        insula = grid.ellipsoid((side * 46, -11, 30), (5.5, 20, 17), turn_degrees=side * 10)
        units[insula] = GREY_MATTER
        units[fissure & (wave > -0.6)] = CEREBROSPINAL_FLUID + 3


def _paint_deep_brain(units: Field, grid: Grid) -> None:
    """Paint the basal ganglia and the thalamus: grey matter in the middle of the white."""
    for side in (-1, 1):
        for centre, radii, turn in (
            ((18, -24, 38), (5.5, 11, 13), 12),  # head of the caudate nucleus
            ((30, -8, 32), (6.5, 17, 12), -14),  # putamen
            ((13, 13, 34), (9.5, 14, 12), -24),  # thalamus
        ):
            place = (side * centre[0], centre[1], centre[2])
            units[grid.ellipsoid(place, radii, turn_degrees=-side * turn)] = GREY_MATTER


def _paint_ventricles(units: Field, grid: Grid) -> None:
    for side in (-1, 1):
        for centre, radii, turn in (
            ((10, -27, 43), (5.0, 15, 13), -18),  # frontal horn
            ((13, 4, 54), (5.5, 30, 10), 8),  # body
            ((23, 36, 44), (7.0, 19, 11), 24),  # atrium and occipital horn
        ):
            place = (side * centre[0], centre[1], centre[2])
            units[grid.ellipsoid(place, radii, turn_degrees=-side * turn)] = CEREBROSPINAL_FLUID
        plexus = grid.ellipsoid((side * 23, 38, 42), (2.6, 4.5, 5))
        units[plexus] = 95 if side > 0 else 70  # the choroid plexus calcifies with age
    units[grid.ellipsoid((0, 6, 32), (2.4, 13, 12))] = CEREBROSPINAL_FLUID  # third ventricle
    units[grid.ellipsoid((0, 28, 34), (2.6, 3.2, 4))] = 130  # pineal gland, calcified
    units[grid.ellipsoid((0, 30, 20), (17, 4, 6))] = CEREBROSPINAL_FLUID  # quadrigeminal cistern


def _paint_lesion(units: Field, grid: Grid) -> None:
    """Paint a small round lesion with a bright rim and swelling around it, on the patient's left."""
    centre = (34.0, 33.0, 56.0)
    if abs(grid.z - centre[2]) > 20:
        return
    wobble = 2.2 * np.sin(3 * np.arctan2(grid.y - centre[1], grid.x - centre[0]) + 0.4)
    swelling = grid.depth(centre, (21, 24, 20)) + 0.04 * wobble
    units[(swelling < 1) & (units > 20) & (units < 34)] = OEDEMA
    units[grid.depth(centre, (10.5, 11.5, 11)) + 0.03 * wobble < 1] = LESION_RIM
    units[grid.depth(centre, (7.2, 8.0, 8)) + 0.04 * wobble < 1] = LESION - 22


def _paint_skull_base(units: Field, grid: Grid) -> None:
    """Paint brain stem, cerebellum, petrous bones with their air cells, and the floor of the skull."""
    if grid.z > 26:
        return
    inside, skull = _head(grid, _SCALP_MM + _SKULL_MM), _head(grid, _SCALP_MM)
    cerebellum = grid.ellipsoid((0, 52, 0), (47, 34, 24)) & inside
    folia = cosine(grid.depth((0, 40, 0), (50, 36, 30)), 0.12)
    units[cerebellum] = np.where(folia[cerebellum] > 0.55, WHITE_MATTER + 2, GREY_MATTER)
    stem = grid.ellipsoid((0, 18, 8), (15, 14, 30))
    units[grid.ellipsoid((0, 10, 8), (25, 13, 12)) & inside] = CEREBROSPINAL_FLUID + 2
    units[stem] = WHITE_MATTER + 4
    units[grid.ellipsoid((0, 34, 4), (6, 4.5, 7))] = CEREBROSPINAL_FLUID  # fourth ventricle
    for side in (-1, 1):
        petrous = grid.ellipsoid((side * 42, 22, -2), (29, 9.5, 14), turn_degrees=-side * 28)
        units[petrous & skull] = PETROUS_BONE
        cells = cosine(grid.x, 5.1) * cosine(grid.y + 0.4 * grid.x, 4.7, 0.2) > 0.12
        mastoid = grid.ellipsoid((side * 58, 32, -4), (9, 13, 14), turn_degrees=side * 20)
        units[mastoid & cells & skull] = AIR + 150
        wing = grid.ellipsoid((side * 40, -40, 2), (32, 4.2, 12), turn_degrees=side * 24)
        units[wing & skull] = CORTICAL_BONE - 200
    clivus = grid.ellipsoid((0, -7, -2), (13, 8, 12))
    units[clivus] = SPONGY_BONE + 150
    units[grid.ellipsoid((0, -18, -2), (12, 9, 13))] = AIR + 40  # sphenoid sinus


def _paint_eyes(units: Field, grid: Grid) -> None:
    """Paint orbits with fat, globes, lenses and optic nerves, and the air of nose and ethmoid between."""
    if grid.z > 22:
        return
    face = _head(grid, -2.5) & (grid.y < 0)
    below_skin = _head(grid, 4)
    units[grid.ellipsoid((0, -94, -6), (12, 17, 19)) | (face & (units < FAT) & (grid.y < -50))] = SKIN
    units[grid.ellipsoid((0, -60, 0), (14, 30, 18)) & face] = CORTICAL_BONE - 350
    cells = cosine(grid.y, 10.5) * cosine(np.abs(grid.x) - 6, 13) > -0.72
    units[grid.ellipsoid((0, -60, 0), (12, 27, 17)) & cells & (np.abs(grid.x) > 0.9)] = AIR + 20
    for side in (-1, 1):
        wall = grid.ellipsoid((side * 33, -60, 2), (20.5, 31, 21), turn_degrees=side * 24)
        units[wall & face & (grid.y > -80)] = CORTICAL_BONE - 150
        orbit = grid.ellipsoid((side * 34, -63, 2), (18.5, 32, 19), turn_degrees=side * 24) & face
        units[orbit] = FAT
        units[orbit & ~below_skin] = SKIN
        units[grid.ellipsoid((side * 28, -47, 2), (2.4, 19, 4), turn_degrees=side * 20)] = 32
        for offset in (-10, 11):  # medial and lateral rectus muscle
            place = (side * (29 + offset * 0.8), -53, 2)
            muscle = grid.ellipsoid(place, (2.3, 17, 6), turn_degrees=side * (20 + offset))
            units[muscle & orbit] = MUSCLE
        units[grid.ellipsoid((side * 35, -73, 2), (13, 13, 13))] = SKIN + 10
        units[grid.ellipsoid((side * 35, -73, 2), (11.6, 11.6, 11.6))] = VITREOUS
        units[grid.ellipsoid((side * 35.5, -82.5, 2), (4.6, 2.3, 4.6))] = LENS
