"""Between the bytes of a dump and text.

The values in a dump are bytes in the data set's own character repertoire. To show them as text, and to get
the same bytes back from that text, both directions have to use the same codec.
"""

from __future__ import annotations

from collections.abc import Iterable

from dicomkit.files.character_sets import plain_codec_of

__all__ = ["dump_codec"]


def dump_codec(specific_character_set: str | Iterable[str] | None) -> str:
    """Return the Python codec for a dump's text, given Specific Character Set (0008,0005).

    Use it with the error handler ``surrogateescape``: a byte that is no character, such as half of one
    where a value was cut short, then survives the way to text and back.

    Parameters
    ----------
    specific_character_set
        The value or values; the first one is in force where no escape sequence says otherwise.

    Examples
    --------
    >>> dump_codec("ISO_IR 100"), dump_codec(None), dump_codec(["", "ISO 2022 IR 87"])
    ('latin_1', 'utf_8', 'utf_8')
    """
    if specific_character_set is None:
        return "utf_8"
    if not isinstance(specific_character_set, str):
        specific_character_set = next(iter(specific_character_set), "")
    # Where escape sequences switch between repertoires, or none is named, the text around the values is ASCII.
    return plain_codec_of(specific_character_set.strip()) or "utf_8"
