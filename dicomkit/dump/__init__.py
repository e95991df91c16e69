"""Dump text: a DICOM data set as lines that a person can read and edit, and back."""

from __future__ import annotations

from dicomkit.dump.uid_names import dcmtk_name, nearest_names, uid_for_name

__all__ = ["dcmtk_name", "nearest_names", "uid_for_name"]
