"""A volume as NIfTI, the format of research tools: the same voxels, with the x and y axes reversed.

DICOM counts x to the patient's left and y to the back (LPS), NIfTI x to the right and y to the front (RAS). So the
first two rows of the affine change sign; the array is only transposed.
NIfTI has no place for the patient, the study, the acquisition and the unit of the values: they are lost.

References
----------
NIfTI-1, section "Orientation and location in space": sform.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dicomkit.errors import UsageError
from dicomkit.files.replacing import new_file
from dicomkit.volumes.volume import Volume

__all__ = ["ras_affine", "to_nifti", "write_nifti"]

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SCANNER = 1  # NIFTI_XFORM_SCANNER_ANAT: the coordinates of the scanner
_SUFFIXES = (".nii", ".nii.gz")


def ras_affine(volume: Volume) -> npt.NDArray[np.float64]:
    """Return the affine in NIfTI's coordinates: from (column, row, slice) to x right, y front, z head, in mm.

    Parameters
    ----------
    volume
        What `dicomkit.pixels.volume` returned.

    Examples
    --------
    >>> from dicomkit.pixels import volume
    >>> from dicomkit.samples import ct_series
    >>> ras_affine(volume(ct_series(2, size=32)))[:3, 3].tolist()
    [114.3125, 114.3125, 1.0]
    """
    turned: npt.NDArray[np.float64] = _LPS_TO_RAS @ volume.affine
    return turned


def to_nifti(volume: Volume) -> Any:  # noqa: ANN401 - nibabel publishes no types
    """Return a volume as a ``nibabel.Nifti1Image``; its array is indexed [column, row, slice].

    Parameters
    ----------
    volume
        What `dicomkit.pixels.volume` returned.

    Raises
    ------
    UsageError
        If nibabel is not installed.
    """
    try:
        nibabel: Any = importlib.import_module("nibabel")  # an extra of its own
    except ImportError:
        raise UsageError("NIfTI", "nibabel is not installed", "pip install nibabel") from None
    affine = ras_affine(volume)
    image = nibabel.Nifti1Image(volume.array.transpose(2, 1, 0), affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, _SCANNER)
    image.set_qform(affine, _SCANNER, strip_shears=True)  # a qform cannot say that a stack is sheared
    return image


def write_nifti(volume: Volume, path: str | os.PathLike[str]) -> None:
    """Write a volume as a NIfTI file.

    Parameters
    ----------
    volume
        What `dicomkit.pixels.volume` returned.
    path
        A new file; its name ends in ``.nii`` or ``.nii.gz``.

    Raises
    ------
    FileAccessError
        If the file exists already, or cannot be written.
    UsageError
        If the name ends otherwise, or nibabel is not installed.
    """
    place = Path(path)
    if not place.name.endswith(_SUFFIXES):
        raise UsageError(
            place.name, "this is not the name of a NIfTI file", f"let it end in {' or '.join(_SUFFIXES)}"
        )
    with new_file(place, taken="there is such a file") as stream:
        content = to_nifti(volume).to_bytes()
        if place.name.endswith(".gz"):
            import gzip  # noqa: PLC0415 - rarely asked for

            content = gzip.compress(content, mtime=0)
        stream.write(content)
