"""A corpus of small studies, and queries about it: both from seeds, the same on each run."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

from pydicom.dataset import Dataset, FileMetaDataset

from dicomkit.archive import Level

UNIQUE = {
    Level.PATIENT: "PatientID",
    Level.STUDY: "StudyInstanceUID",
    Level.SERIES: "SeriesInstanceUID",
    Level.IMAGE: "SOPInstanceUID",
}
PATIENTS = [
    ("ADAMS^JOHN", "A-1", "19500101", "M"),
    ("Adams^Jane^Q", "A-2", "19611231", "F"),
    ("DOE^JANE", "D1", "19700615", "F"),
    ("DOE^JOHN", "D2", "19800229", "M"),
    ("DOE", "D3", "", "O"),
    ("O'NEIL^PAT", "0017", "19991231", ""),
    ("VAN DER BERG^ANNA", "V 7", "20000101", "F"),
    ("MULLER^ANNA", "M1", "19450508", "F"),
    ("Müller^Änne", "M2", "19450509", "F"),
    ("LEE^", "L[1]", "19660606", "M"),
]
DESCRIPTIONS = ["HEAD", "Head with contrast", "CHEST PA", "chest", "Knee left", ""]
MODALITIES = ["CT", "MR", "CR", "US"]


class AskedQuery(NamedTuple):
    """A query of the corpus."""

    level: Level
    model: str
    keys: dict[str, object]

    def conditions(self) -> dict[str, object]:
        """Return the keys that have to match."""
        return {keyword: value for keyword, value in self.keys.items() if value}


def make_corpus() -> list[Dataset]:
    """Return the instances, without pixels."""
    rng = random.Random(12)  # noqa: S311 - the same studies on each run
    instances = []
    for number in range(30):
        name, patient_id, birth, sex = PATIENTS[number % len(PATIENTS)]
        study = Dataset()
        if not name.isascii():
            study.SpecificCharacterSet = "ISO_IR 100"
        study.PatientName, study.PatientID, study.PatientBirthDate, study.PatientSex = (
            name,
            patient_id,
            birth,
            sex,
        )
        study.StudyInstanceUID = f"1.2.826.0.1.3680043.8.498.{number + 1}"
        study.StudyDate = f"20{rng.randint(18, 24)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
        study.StudyTime = f"{rng.randint(0, 23):02}{rng.randint(0, 59):02}{rng.randint(0, 59):02}"
        study.AccessionNumber = f"ACC{number:03}" if number % 7 else ""
        study.StudyID = f"S{number}"
        study.StudyDescription = rng.choice(DESCRIPTIONS)
        study.ReferringPhysicianName = rng.choice(["HOUSE^GREG", "WHO^DR", ""])
        for series_number in range(1, rng.randint(1, 3) + 1):
            modality, description = rng.choice(MODALITIES), rng.choice(DESCRIPTIONS)
            for instance_number in range(1, rng.randint(1, 3) + 1):
                dataset = Dataset()
                dataset.update(study)
                dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
                dataset.Modality, dataset.SeriesNumber, dataset.SeriesDescription = (
                    modality,
                    series_number,
                    description,
                )
                dataset.SeriesInstanceUID = f"{study.StudyInstanceUID}.{series_number}"
                dataset.InstanceNumber = instance_number
                dataset.SOPInstanceUID = f"{dataset.SeriesInstanceUID}.{instance_number}"
                dataset.file_meta = FileMetaDataset()
                dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
                instances.append(dataset)
    return instances


def write_corpus(folder: Path) -> None:
    """Write the corpus as files."""
    for number, dataset in enumerate(make_corpus()):
        dataset.save_as(folder / f"{number:03}.dcm", enforce_file_format=True)


def make_queries(count: int, seed: int = 1204) -> list[AskedQuery]:
    """Return queries at all levels, with every kind of matching."""
    rng = random.Random(seed)  # noqa: S311 - the same queries on each run
    corpus = make_corpus()
    return [_query(rng, corpus) for _ in range(count)]


def _query(rng: random.Random, corpus: list[Dataset]) -> AskedQuery:
    level = rng.choice([Level.PATIENT, Level.STUDY, Level.STUDY, Level.STUDY, Level.SERIES, Level.IMAGE])
    model = "patient" if level is Level.PATIENT else "study"
    one, other = rng.sample(corpus, 2)
    keys: dict[str, object] = dict.fromkeys([UNIQUE[level]], "")
    if level > Level.STUDY:
        keys["StudyInstanceUID"] = one.StudyInstanceUID
    if level > Level.SERIES:
        keys["SeriesInstanceUID"] = one.SeriesInstanceUID
    for keyword in rng.sample(sorted(KINDS[level]), rng.randint(1, min(2, len(KINDS[level])))):
        keys[keyword] = KINDS[level][keyword](rng, one, other)
    return AskedQuery(level, model, keys)


def _text(keyword: str):  # noqa: ANN202 - a key of text: as it is, with wildcards, in another case
    def key(rng: random.Random, one: Dataset, other: Dataset) -> str:
        text = str(one.get(keyword) or other.get(keyword) or "NONE")
        place = rng.randint(0, len(text) - 1)
        return rng.choice([
            text,
            text[: place + 1] + "*",
            "*" + text[place:],
            text[:place] + "?" + text[place + 1 :],
            "*" + text[place : place + 2] + "*",
            text.swapcase(),
            text.lower() + "*",
            "*",
        ])  # fmt: skip

    return key


def _span(keyword: str):  # noqa: ANN202 - a date or time, or a range
    def key(rng: random.Random, one: Dataset, other: Dataset) -> str:
        first, last = sorted([str(one.get(keyword) or "20200101"), str(other.get(keyword) or "20200101")])
        return rng.choice([first, f"{first}-{last}", f"{first}-", f"-{last}"])

    return key


def _uids(keyword: str):  # noqa: ANN202 - one UID, or a list
    def key(rng: random.Random, one: Dataset, other: Dataset) -> object:
        return rng.choice([one[keyword].value, [one[keyword].value, other[keyword].value], "1.2.3.4"])

    return key


def _exact(keyword: str):  # noqa: ANN202 - a value as it is
    def key(rng: random.Random, one: Dataset, other: Dataset) -> str:
        return str(rng.choice([one, other])[keyword].value)

    return key


KINDS = {
    Level.PATIENT: {
        "PatientName": _text("PatientName"),
        "PatientID": _text("PatientID"),
        "PatientSex": _exact("PatientSex"),
        "PatientBirthDate": _span("PatientBirthDate"),
    },
    Level.STUDY: {
        "PatientName": _text("PatientName"),
        "PatientID": _text("PatientID"),
        "StudyDate": _span("StudyDate"),
        "StudyTime": _span("StudyTime"),
        "AccessionNumber": _text("AccessionNumber"),
        "StudyID": _text("StudyID"),
        "StudyDescription": _text("StudyDescription"),
        "ReferringPhysicianName": _text("ReferringPhysicianName"),
        "StudyInstanceUID": _uids("StudyInstanceUID"),
        "ModalitiesInStudy": _exact("Modality"),
    },
    Level.SERIES: {
        "Modality": _text("Modality"),
        "SeriesNumber": _exact("SeriesNumber"),
        "SeriesDescription": _text("SeriesDescription"),
        "SeriesInstanceUID": _uids("SeriesInstanceUID"),
    },
    Level.IMAGE: {
        "InstanceNumber": _exact("InstanceNumber"),
        "SOPInstanceUID": _uids("SOPInstanceUID"),
    },
}  # fmt: skip
