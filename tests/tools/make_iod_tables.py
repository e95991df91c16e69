"""Make ``dicomkit/iods/tables.json`` from the tables of PS3.3, as the package highdicom ships them.

highdicom (MIT licence) holds the tables of PS3.3 annexes A and C as JSON, made from the published Standard. They
are needed only here, so it is no dependency: have it unpacked somewhere and name the folder.

    pip download --no-deps highdicom==0.28.2 && unzip highdicom-*.whl -d unpacked
    python tests/tools/make_iod_tables.py unpacked/highdicom/_standard

Kept are the SOP classes that dciodvfy judges in ``tests/iods/test_iods.py``, and attributes outside of sequences.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from pydicom.datadict import keyword_dict

SOURCE = "DICOM PS3.3 annexes A and C, as shipped by highdicom 0.28.2 (MIT licence)"
CHANGES = "types and usages as CONDITIONAL, TYPE_1 and USAGES in tests/tools/make_iod_tables.py say"
TARGET = Path(__file__).parents[2] / "dicomkit" / "iods" / "tables.json"
ROOT = "1.2.840.10008.5.1.4.1.1."
SOP_CLASSES = """
    1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 2.1 3.1 4 4.1 4.2 6.1 7 7.1 7.2 7.3 7.4 9.1.1 9.1.2 9.1.3 11.1 12.1 12.1.1 12.2
    12.2.1 13.1.3 20 30 66.4 77.1.1 77.1.2 77.1.4 77.1.5.1 88.11 88.22 88.33 88.34 88.50 88.59 88.67 104.1 104.2 128
    130 481.1 481.2 481.3 481.4 481.5 481.8
""".split()  # noqa: SIM905 - readable so

# These say what many IODs share. A module that is not among them says more about an attribute, and what it says
# holds; so these are written first, in this order.
GENERAL = (
    *("sop-common", "common-instance-reference", "frame-extraction", "patient", "clinical-trial-subject"),
    *("general-study", "patient-study", "clinical-trial-study", "general-series", "clinical-trial-series"),
    *("frame-of-reference", "synchronization", "general-equipment", "sc-equipment", "general-acquisition"),
    *("general-image", "general-reference", "image-pixel", "multi-frame", "cine"),
)
# Types that are changed, by module: what the source states without its condition, and what the validator reads otherwise.
CONDITIONAL = {
    # PS3.3 Table C.17-5: each of these macros is included for one value type only.
    "sr-document-content": {
        *(
            "ConceptCodeSequence",
            "ContinuityOfContent",
            "GraphicData",
            "GraphicType",
            "MeasuredValueSequence",
        ),
        *(
            "ReferencedFrameOfReferenceUID",
            "ReferencedSOPSequence",
            "TabulatedValuesSequence",
            "TemporalRangeType",
        ),
    },
    # PS3.3 section C.7.6.6: it points at what differs from frame to frame, so one frame has none.
    "multi-frame": {"FrameIncrementPointer"},
}
TYPE_1 = {
    # Type 1C for monochrome pixels, and this IOD has no others.
    "enhanced-mr-image": {"PresentationLUTShape"},
    # Type 3 only in editions that are newer than the validator and than most files.
    "structure-set": {"StructureSetROISequence"},
    "roi-contour": {"ROIContourSequence"},
    "rt-roi-observations": {"RTROIObservationsSequence"},
}
# Modules that editions newer than the validator ask for (M), or no longer ask for; None: which pixels there are is open.
USAGES = {
    ("ambulatory-ecg", "acquisition-context"): "M",
    ("breast-tomosynthesis-image", "frame-of-reference"): "U",
    ("parametric-map", "image-pixel"): None,
    ("rt-beams-treatment-record", "rt-beams-session-record"): "M",
    ("x-ray-radiation-dose-sr", "enhanced-general-equipment"): "U",
}
ACRONYMS = {
    "3d",
    "cr",
    "ct",
    "dx",
    "icc",
    "lut",
    "mr",
    "nm",
    "pet",
    "rt",
    "roi",
    "sc",
    "sop",
    "sr",
    "us",
    "vl",
    "voi",
}
ACRONYMS |= {"xa", "xrf"}
SPELLINGS = {
    "Contrast Bolus": "Contrast/Bolus",
    "Image   Equipment": "Image - Equipment",
    "Intra Oral": "Intra-Oral",
    "Multi Energy": "Multi-energy",
    "Multi Frame": "Multi-frame",
    "Multi Gated": "Multi-Gated",
    "Multi Resolution": "Multi-Resolution",
    "NM PET": "NM/PET",
    "X Ray": "X-Ray",
    "XA XRF": "XA/XRF",
}

Attributes = dict[str, list[str]]


def module_name(key: str) -> str:
    """Return the name that PS3.3 gives to a module: ``sc-equipment`` is the SC Equipment Module."""
    key = re.sub(r".+-(multi-frame-functional-groups)", r"\1", key)
    words = [word if word in {"of", "and"} else word.capitalize() for word in key.split("-")]
    name = " ".join(word.upper() if word.lower() in ACRONYMS else word for word in words)
    for spelt, spelling in SPELLINGS.items():
        name = name.replace(spelt, spelling)
    return name


def attributes_of(key: str, rows: list[dict[str, Any]]) -> Attributes:
    """Return the attributes of a module that are in no sequence, by type."""
    types: Attributes = {}
    seen = set()
    for row in rows:
        keyword, kind = row["keyword"], row["type"]
        # A keyword of a repeating group, such as OverlayRows, names no single tag.
        if row["path"] or keyword in seen or keyword not in keyword_dict:
            continue
        seen.add(keyword)
        if keyword in TYPE_1.get(key, ()):
            kind = "1"
        elif keyword in CONDITIONAL.get(key, ()) and not kind.endswith("C"):
            kind += "C"
        types.setdefault(kind, []).append(keyword)
    return dict(sorted(types.items()))


def tables(folder: Path, licence: str) -> dict[str, Any]:
    """Return what the file will hold."""
    iods, modules, classes = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("iod_module_map", "module_attribute_map", "sop_class_iod_map")
    )
    order = {key: place - len(GENERAL) for place, key in enumerate(GENERAL)}
    sop_classes, used = {}, {}
    for suffix in SOP_CLASSES:
        iod = classes[ROOT + suffix]
        usages: dict[str, list[str]] = {"mandatory": [], "others": []}
        for row in sorted(iods[iod], key=lambda row: order.get(row["key"], 0)):
            key = row["key"]
            if (usage := USAGES.get((iod, key), row["usage"])) is not None:
                usages["mandatory" if usage == "M" else "others"].append(module_name(key))
                used[module_name(key)] = attributes_of(key, modules[key])
        sop_classes[ROOT + suffix] = usages
    return {
        "source": SOURCE,
        "changes": CHANGES,
        "notice": licence,
        "sop_classes": sop_classes,
        "modules": dict(sorted(used.items())),
    }


def main() -> None:
    folder = Path(sys.argv[1])
    (licence,) = folder.parents[1].glob("highdicom-*.dist-info/licenses/LICENSE")
    made = tables(folder, licence.read_text(encoding="utf-8"))
    text = json.dumps(made, indent=1)
    # One line for each list, so that a difference between two editions reads as one.
    text = re.sub(r"\[\s[^\]]*\]", lambda found: f"[{' '.join(found[0][1:-1].split())}]", text)
    TARGET.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
