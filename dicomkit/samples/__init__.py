"""Synthetic studies: deterministic, small, valid, and nobody's."""

from dicomkit.samples.ct import ct_series, localiser

__all__ = ["ct_series", "localiser"]
