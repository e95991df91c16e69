"""Privacy: which attributes may tell who somebody is, and what to show instead of their values."""

from dicomkit.privacy.masking import MASKED, is_confidential, names_nobody

__all__ = ["MASKED", "is_confidential", "names_nobody"]
