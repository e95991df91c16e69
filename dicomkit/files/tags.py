"""Tags of the attributes that several rooms look for in bytes.

Where a data set is read by pydicom, its keywords name the attributes; code that walks through bytes compares numbers.

References
----------
PS3.6 section 6, Registry of DICOM Data Elements; section 7, Registry of DICOM File Meta Elements; section 8, Registry
of DICOM Directory Structuring Elements.
"""

from __future__ import annotations

__all__ = [
    "COLUMNS",
    "DIRECTORY_RECORD_SEQUENCE",
    "FILE_META_GROUP_LENGTH",
    "IMAGE_POSITION_PATIENT",
    "INSTANCE_NUMBER",
    "NUMBER_OF_FRAMES",
    "ROWS",
    "SERIES_INSTANCE_UID",
    "SOP_CLASS_UID",
    "SOP_INSTANCE_UID",
    "SPECIFIC_CHARACTER_SET",
    "STUDY_INSTANCE_UID",
]

FILE_META_GROUP_LENGTH = 0x00020000  # File Meta Information Group Length
DIRECTORY_RECORD_SEQUENCE = 0x00041220
SPECIFIC_CHARACTER_SET = 0x00080005
SOP_CLASS_UID = 0x00080016
SOP_INSTANCE_UID = 0x00080018
STUDY_INSTANCE_UID = 0x0020000D
SERIES_INSTANCE_UID = 0x0020000E
INSTANCE_NUMBER = 0x00200013
IMAGE_POSITION_PATIENT = 0x00200032
NUMBER_OF_FRAMES = 0x00280008
ROWS = 0x00280010
COLUMNS = 0x00280011
