"""Volumes: the slices of a series as one array, with the affine that says where each voxel lies in the patient."""

from dicomkit.volumes.derived import derived_series
from dicomkit.volumes.nifti import ras_affine, to_nifti, write_nifti
from dicomkit.volumes.stacking import volume
from dicomkit.volumes.volume import Volume

__all__ = ["Volume", "derived_series", "ras_affine", "to_nifti", "volume", "write_nifti"]
