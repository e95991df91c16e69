"""The folder of notebook 11: slices of a head, and everything else that real folders contain."""

from __future__ import annotations

from pathlib import Path

__all__ = ["COPIED_MM", "CUT_MM", "MISSING_MM", "untidy_folder"]

MISSING_MM, COPIED_MM, CUT_MM = 36.0, 15.0, 57.0
_SIZE, _SMALL = 96, 48
# Meaningless names, as from an archive.
_NAMES = ("I70", "I12", "I55", "I03", "I91", "I48", "I29", "I66", "I34", "I87", "I19", "I08")
_NUMBERS = (1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12)  # as they were acquired: every second slice first


def untidy_folder(folder: Path) -> None:
    """Write the files, which are the same each time."""
    from dicomkit.files.writing import encode_file, write_file  # noqa: PLC0415 - the lessons are light to import
    from dicomkit.samples import ct_series, localiser  # noqa: PLC0415 - the same
    from dicomkit.uids import make_uid  # noqa: PLC0415 - the same

    head = ct_series(12, size=_SIZE)
    for image, name, number in zip(head, _NAMES, _NUMBERS, strict=True):
        image.InstanceNumber = number
        height, content = float(image.ImagePositionPatient[2]), encode_file(image)
        if height == MISSING_MM:
            continue
        (folder / name).write_bytes(content[: len(content) // 2] if height == CUT_MM else content)
        if height == COPIED_MM:
            (folder / "I55 (copy)").write_bytes(content)
    scout = localiser(size=_SIZE)
    scout.SeriesInstanceUID, scout.SeriesNumber = head[0].SeriesInstanceUID, head[0].SeriesNumber
    write_file(scout, folder / "I01")
    for number, image in enumerate(ct_series(5, size=_SMALL), start=1):
        image.SeriesInstanceUID, image.SeriesNumber = make_uid("notebook 11", "small"), 3
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = make_uid(
            "notebook 11", str(number)
        )
        image.SeriesDescription = "Head, small"
        write_file(image, folder / f"R{number}")
    (folder / "notes.txt").write_text("Second series is for the report.\n", encoding="ascii")
