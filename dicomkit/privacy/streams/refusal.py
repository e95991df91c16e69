"""The error for a stream that is refused."""

from __future__ import annotations

from dicomkit.errors import DeidentificationError

__all__ = ["refusal"]


def refusal(problem: str) -> DeidentificationError:
    """Return the error for a stream that cannot be read to its end; `problem` is a sentence without patient data."""
    return DeidentificationError(
        "Pixel Data", problem, "decompress the file first (dicomkit.pixels.decompress), or leave it out"
    )
