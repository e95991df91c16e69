"""Thousands of small studies within a second: one is encoded, and the others are its bytes with another number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset

from dicomkit.files.writing import encode_file

# As many digits as each number gets, and nothing that stands elsewhere in the file.
_PLACE = "77777"
_OF_NAMES, _OF_DAYS = 977, 28


def many_studies(count: int, *, sop_class_uid: str = "1.2.840.10008.5.1.4.1.1.2") -> Iterator[bytes]:
    """Yield files of one instance each, study by study, with patients P00000, P00001 and so on.

    Names repeat (``NAME000^FIRST`` to ``NAME976^FIRST``), and so do dates (2001 to 2024).
    """
    template = _template(sop_class_uid)
    for number in range(count):
        date = f"20{number % 24 + 1:02}{number % 12 + 1:02}{number % _OF_DAYS + 1:02}"
        content = template.replace(_PLACE.encode(), f"{number:05}".encode())
        content = content.replace(b"19991231", date.encode())
        yield content.replace(b"NAME000", f"NAME{number % _OF_NAMES:03}".encode())


def write_many_studies(folder: Path, count: int) -> None:
    """Write them below a folder, each study in a folder of its own, as a receiver would."""
    for number, content in enumerate(many_studies(count)):
        place = folder / f"study{number:05}"
        place.mkdir(parents=True)
        (place / "instance.dcm").write_bytes(content)


def _template(sop_class_uid: str) -> bytes:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class_uid, f"2.25.1{_PLACE}3"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"2.25.1{_PLACE}1", f"2.25.1{_PLACE}2"
    dataset.PatientName, dataset.PatientID = "NAME000^FIRST", f"P{_PLACE}"
    dataset.PatientBirthDate, dataset.PatientSex = "19700615", "F"
    dataset.StudyDate, dataset.StudyTime = "19991231", "101112"
    dataset.StudyID, dataset.AccessionNumber, dataset.Modality = f"S{_PLACE}", f"A{_PLACE}", "CT"
    dataset.StudyDescription, dataset.SeriesNumber, dataset.InstanceNumber = "HEAD", 1, 1
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.file_meta.MediaStorageSOPClassUID = sop_class_uid
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return encode_file(dataset)
