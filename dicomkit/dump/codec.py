"""The codec that converts the bytes of a dump to text and back.

The values in a dump are bytes in the data set's own character repertoire. To show them as text, and to get
the same bytes back, both directions must use the same codec.
"""

from __future__ import annotations

from collections.abc import Iterable

from dicomkit.files.character_sets import plain_codec_of

__all__ = ["dump_codec"]


def dump_codec(specific_character_set: str | Iterable[str] | None) -> str:
    """Return the Python codec for a dump's text, given Specific Character Set (0008,0005).

    Use it with the error handler ``surrogateescape``: an invalid byte, such as half a character where a value
    was cut short, is then restored when the text is encoded again.

    Parameters
    ----------
    specific_character_set
        The value or values; the first one is in force until an escape sequence switches to another.

    Examples
    --------
    >>> dump_codec("ISO_IR 100"), dump_codec(None), dump_codec(["", "ISO 2022 IR 87"])
    ('latin_1', 'utf_8', 'utf_8')
    """
    if specific_character_set is None:
        return "utf_8"
    if not isinstance(specific_character_set, str):
        specific_character_set = next(iter(specific_character_set), "")
    # With code extensions, or in the default repertoire, text begins in ASCII, which UTF-8 contains.
    return plain_codec_of(specific_character_set.strip()) or "utf_8"
