"""Which attributes a module has, and of what type: the ones that one meets, in a compact form.

A module is a text: types and their keywords, separated by "/". A Type 1 attribute has to have a value; Type 2 has to
be there and may be empty; Type 3 may be left out. A C makes it depend on a condition. The conditions themselves
are left out, and so is what nests in sequences.

References
----------
PS3.3 annex C, Information Module Definitions; PS3.5 section 7.4, Data Element Type; PS3.10 section 7.1,
DICOM File Meta Information.
"""

from __future__ import annotations

from dicomkit.iods.modules_documents import DOCUMENTS
from dicomkit.iods.modules_general import GENERAL
from dicomkit.iods.modules_images import IMAGES

__all__ = ["FILE_META", "MODULES"]

FILE_META = (
    "1 FileMetaInformationGroupLength FileMetaInformationVersion MediaStorageSOPClassUID "
    "MediaStorageSOPInstanceUID TransferSyntaxUID ImplementationClassUID / 1C PrivateInformation / "
    "3 ImplementationVersionName SourceApplicationEntityTitle SendingApplicationEntityTitle "
    "ReceivingApplicationEntityTitle PrivateInformationCreatorUID"
)

MODULES = {**GENERAL, **IMAGES, **DOCUMENTS}
