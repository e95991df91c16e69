"""Between the bytes of a dump and text.

The values in a dump are bytes in the data set's own character repertoire. To show them as text, and to get
the same bytes back from that text, both directions have to use the same codec.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["dump_codec"]

# PS3.3 section C.12.1.1.2: repertoires in which ASCII text stays as it is, so that the dump around the
# values reads the same. Where escape sequences switch between repertoires, the bytes are ASCII.
_CODECS = {
    "ISO_IR 13": "shift_jis",
    "ISO_IR 100": "latin_1",
    "ISO_IR 101": "iso8859_2",
    "ISO_IR 109": "iso8859_3",
    "ISO_IR 110": "iso8859_4",
    "ISO_IR 126": "iso8859_7",
    "ISO_IR 127": "iso8859_6",
    "ISO_IR 138": "iso8859_8",
    "ISO_IR 144": "iso8859_5",
    "ISO_IR 148": "iso8859_9",
    "ISO_IR 166": "iso8859_11",
    "ISO_IR 203": "iso8859_15",
    "ISO_IR 192": "utf_8",
    "GB18030": "gb18030",
    "GBK": "gbk",
}


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
    name = specific_character_set.strip().replace("ISO 2022 IR", "ISO_IR")
    return _CODECS.get(name, "utf_8")
