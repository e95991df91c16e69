"""The names of UIDs in a dump text.

``dcmdump`` prints a well-known UID as ``=LittleEndianExplicit``. That name is DCMTK's own: the Standard's
keyword for the same UID is ``ExplicitVRLittleEndian`` (PS3.6 annex A), and for more than half of all UIDs the
two differ. A learner may know either, so the reader accepts both.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

from dicomkit.files.dictionary import pydicom_table
from dicomkit.files.encoding import EXPLICIT_BIG, IMPLICIT_LITTLE, Encoding
from dicomkit.files.file_bytes import bytes_beside

__all__ = ["dcmtk_name", "nearest_names", "transfer_syntax_name", "uid_for_name"]

# Index of the keyword in a row of pydicom's dictionary of UIDs.
_KEYWORD_FIELD = 4


def dcmtk_name(uid: str) -> str | None:
    """Return the name that ``dcmdump`` prints after ``=`` for `uid`, or None if it has none.

    Parameters
    ----------
    uid
        A unique identifier without padding.

    Examples
    --------
    >>> dcmtk_name("1.2.840.10008.1.2.1")
    'LittleEndianExplicit'
    >>> dcmtk_name("1.2.3") is None
    True
    """
    return _recorded("uid_names.tsv").get(uid)


def uid_for_name(name: str) -> str | None:
    """Return the UID that has `name` in DCMTK or in the Standard, or None.

    Parameters
    ----------
    name
        DCMTK's name (of DCMTK 3.6.7), or the keyword of PS3.6 annex A, without the ``=``.

    References
    ----------
    PS3.6 annex A, Registry of DICOM Unique Identifiers.

    Examples
    --------
    >>> uid_for_name("LittleEndianExplicit") == uid_for_name("ExplicitVRLittleEndian")
    True
    """
    return _uids_by_name().get(name)


def nearest_names(name: str, count: int = 3) -> list[str]:
    """Return the known names most like `name`, best first, as suggestions after a misspelling.

    Examples
    --------
    >>> nearest_names("MRImageStorag", 1)
    ['MRImageStorage']
    """
    import difflib  # noqa: PLC0415 - only a misspelt name needs it

    by_lower_case = {known.lower(): known for known in _uids_by_name()}
    near = difflib.get_close_matches(name.lower(), by_lower_case, n=count)
    return [by_lower_case[known] for known in near]


def transfer_syntax_name(uid: str, encoding: Encoding) -> str:
    """Return the name that ``dcmdump`` prints in the line ``# Used TransferSyntax``.

    Parameters
    ----------
    uid
        A transfer syntax.
    encoding
        How the bytes are encoded: an unknown transfer syntax is named after that, as DCMTK 3.6.7 does.

    Examples
    --------
    >>> transfer_syntax_name("1.2.840.10008.1.2.5", IMPLICIT_LITTLE), transfer_syntax_name("", IMPLICIT_LITTLE)
    ('RLE Lossless', 'Little Endian Implicit')
    """
    if name := _recorded("transfer_syntax_names.tsv").get(uid):
        return name
    if encoding == IMPLICIT_LITTLE:
        return "Little Endian Implicit"
    return "Big Endian Explicit" if encoding == EXPLICIT_BIG else "Little Endian Explicit"


@functools.cache
def _recorded(name: str) -> Mapping[str, str]:
    # One line for each UID: the UID, a tab, DCMTK's name. Recorded from dcmdump 3.6.7; a test compares them again.
    text = bytes_beside(__file__, name).decode("ascii")
    return MappingProxyType(dict(line.split("\t") for line in text.splitlines()))


@functools.cache
def _uids_by_name() -> Mapping[str, str]:
    rows: Mapping[str, tuple[str, ...]] = pydicom_table("_uid_dict").UID_dictionary
    names = {row[_KEYWORD_FIELD]: uid for uid, row in rows.items() if row[_KEYWORD_FIELD]}
    names |= {name: uid for uid, name in _recorded("uid_names.tsv").items()}
    return MappingProxyType(names)
