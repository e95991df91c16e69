"""What the Standard asks of an instance: which module an attribute belongs to, and whether it may be left out.

A SOP class names an Information Object Definition (IOD), an IOD lists modules, and a module lists attributes with
their types. Only what has to be there whatever else holds is called missing: Type 1 and 2 of mandatory modules.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.index_elements import InstanceRows
from dicomkit.files.module_table import FILE_META, MODULES

__all__ = ["SOP_CLASSES", "AttributeRole", "Flaw", "attribute_roles", "flaws", "instance_flaws"]

_IMAGE = "Patient, General Study, General Series, General Equipment, General Image, Image Pixel"
_CAPTURE = "Patient, General Study, General Series, SC Equipment, General Image, Image Pixel"
_FRAMES = f"{_CAPTURE}, Multi-frame, SC Multi-frame Image; Patient Study, General Equipment, Cine, VOI LUT"
_DX = (
    f"{_IMAGE}, DX Series, DX Anatomy Imaged, DX Image, DX Detector, Acquisition Context; "
    "Patient Study, Contrast/Bolus"
)
_PLAN = "Patient, General Study, RT Series, General Equipment"
_REPORT = (
    "Patient, General Study, SR Document Series, General Equipment, SR Document General, SR Document Content; "
    "Patient Study"
)
_ALWAYS_USEFUL = ("General Acquisition", "General Reference")

# By SOP Class UID without its root: the mandatory modules; then those that are conditional or up to the user. A
# module that says more about an attribute than another stands behind it.
_IODS = {
    "1": f"{_IMAGE}, CR Series, CR Image; Patient Study, Contrast/Bolus, Modality LUT, VOI LUT",
    "1.1": _DX,
    "1.1.1": _DX,
    "2": f"{_IMAGE}, Frame of Reference, Image Plane, CT Image; Patient Study, Contrast/Bolus, VOI LUT",
    "3.1": f"{_IMAGE}, Multi-frame, US Image; Patient Study, Frame of Reference, Contrast/Bolus, Cine, "
    "US Region Calibration, VOI LUT",
    "4": f"{_IMAGE}, Frame of Reference, Image Plane, MR Image; Patient Study, Contrast/Bolus, VOI LUT",
    "6.1": f"{_IMAGE}, US Image; Patient Study, Frame of Reference, Contrast/Bolus, US Region Calibration, VOI LUT",
    "7": f"{_CAPTURE}; Patient Study, General Equipment, SC Image, Modality LUT, VOI LUT",
    "7.1": _FRAMES,
    "7.2": _FRAMES,
    "7.3": _FRAMES,
    "7.4": _FRAMES,
    "9.1.1": "Patient, General Study, General Series, General Equipment, Waveform Identification, Waveform, "
    "Acquisition Context; Patient Study, Waveform Annotation",
    "20": f"{_IMAGE}, NM/PET Patient Orientation, NM Image Pixel, Multi-frame, NM Multi-frame, NM Image, NM Isotope, "
    "NM Detector; Patient Study, Frame of Reference, VOI LUT",
    "66.4": f"{_IMAGE}, Enhanced General Equipment, Segmentation Series, Segmentation Image, "
    "Multi-frame Functional Groups, Multi-frame Dimension; Patient Study, Frame of Reference",
    "77.1.4": f"{_IMAGE}, Acquisition Context, VL Image; Patient Study, VOI LUT",
    "88.11": _REPORT,
    "88.22": _REPORT,
    "88.33": _REPORT,
    "104.1": "Patient, General Study, General Equipment, SC Equipment, Encapsulated Document Series, "
    "Encapsulated Document; Patient Study",
    "128": f"{_IMAGE}, Frame of Reference, PET Series, PET Isotope, NM/PET Patient Orientation, Image Plane, PET Image; "
    "Patient Study, VOI LUT",
    "481.1": "Patient, General Study, RT Series, General Equipment, General Image, Image Pixel, RT Image; "
    "Patient Study, Frame of Reference, Contrast/Bolus, Cine, Multi-frame, Modality LUT, VOI LUT, Approval",
    "481.2": f"{_PLAN}, Frame of Reference, RT Dose; Patient Study, General Image, Image Plane, Image Pixel, Multi-frame, RT DVH",
    "481.3": f"{_PLAN}, Structure Set, ROI Contour, RT ROI Observations; Patient Study, Frame of Reference, Approval",
    "481.5": f"{_PLAN}, RT General Plan; Patient Study, Frame of Reference, RT Prescription, RT Tolerance Tables, "
    "RT Patient Setup, RT Fraction Scheme, RT Beams, RT Brachy Application Setups, Approval",
}
_FILE_META_GROUP = 0x0002
_SOP_CLASS_UID = 0x00080016
_LAST_TAG = 0xFFFFFFFF
_ROOT = "1.2.840.10008.5.1.4.1.1."
SOP_CLASSES = frozenset(_ROOT + suffix for suffix in _IODS)


class AttributeRole(NamedTuple):
    """What an attribute is in an IOD.

    Parameters
    ----------
    module
        The module that it belongs to, for example ``General Series``.
    type
        ``1``, ``1C``, ``2``, ``2C`` or ``3``.
    is_mandatory
        Whether the IOD asks for the module in any case.
    """

    module: str
    type: str
    is_mandatory: bool


class Flaw(NamedTuple):
    """An attribute that is missing or empty and may not be."""

    tag: int
    role: AttributeRole
    problem: str


@functools.lru_cache(maxsize=64)
def attribute_roles(sop_class_uid: str) -> Mapping[int, AttributeRole]:
    """Return what each attribute is in an IOD, by tag; for an IOD that is not known, group 0002 alone.

    Parameters
    ----------
    sop_class_uid
        The SOP class. Those in `SOP_CLASSES` are known.

    References
    ----------
    PS3.3 annex A, Composite Information Object Definitions.

    Examples
    --------
    >>> attribute_roles("1.2.840.10008.5.1.4.1.1.2")[0x00280030]
    AttributeRole(module='Image Plane', type='1', is_mandatory=True)
    """
    roles = dict(_roles("File Meta Information", FILE_META, is_mandatory=True))
    modules = _IODS.get(sop_class_uid.removeprefix(_ROOT)) if sop_class_uid.startswith(_ROOT) else None
    if modules is None:
        return roles
    mandatory, _, others = modules.partition("; ")
    # What may be there is written down first, so that what has to be there wins.
    for module in (*_ALWAYS_USEFUL, *others.split(", ")):
        roles |= _roles(module, MODULES[module], is_mandatory=False)
    for module in ("SOP Common", *mandatory.split(", ")):
        roles |= _roles(module, MODULES[module], is_mandatory=True)
    return roles


def _roles(module: str, text: str, *, is_mandatory: bool) -> Iterator[tuple[int, AttributeRole]]:
    for part in text.split(" / "):
        kind, *keywords = part.split(" ")
        for keyword in keywords:
            yield tag_for_keyword(keyword) or 0, AttributeRole(module, kind, is_mandatory)


def flaws(sop_class_uid: str, has_value: Mapping[int, bool], *, up_to: int = _LAST_TAG) -> list[Flaw]:
    """Return which attributes of Type 1 and 2 are missing, and which of Type 1 are empty.

    Parameters
    ----------
    sop_class_uid
        The SOP class.
    has_value
        For each tag of the data set, outside of sequences, whether it has a value.
    up_to
        The last tag that could be read, if the file is damaged: nobody knows what stood behind it.

    References
    ----------
    PS3.5 section 7.4, Data Element Type.

    Examples
    --------
    >>> found = flaws("1.2.840.10008.5.1.4.1.1.2", {0x00100010: False, 0x00280010: False})
    >>> [flaw.problem for flaw in found if flaw.tag in {0x00100010, 0x00100020, 0x00280010, 0x00280011}]
    ['missing', 'empty', 'missing']
    """
    found = []
    for tag, role in sorted(attribute_roles(sop_class_uid).items()):
        is_asked_for = role.is_mandatory and role.type in {"1", "2"} and tag >> 16 != _FILE_META_GROUP
        if not is_asked_for or tag > up_to or has_value.get(tag, False):
            continue
        if tag not in has_value:
            found.append(Flaw(tag, role, "missing"))
        elif role.type == "1":
            found.append(Flaw(tag, role, "empty"))
    return found


def instance_flaws(instance: InstanceRows) -> list[Flaw]:
    """Return what is missing or empty in an instance, as far as it could be read.

    Parameters
    ----------
    instance
        What `instance_rows` returned.
    """
    plain = [row for row in instance.rows if row.depth == 0 and row.tag >> 16 != _FILE_META_GROUP]
    with_items = {row.path.partition("[")[0] for row in instance.rows if row.depth == 1}
    has_value = {row.tag: bool(row.value.strip()) or row.path in with_items for row in plain}
    sop_class_uid = next((row.value for row in plain if row.tag == _SOP_CLASS_UID), "")
    last = max(has_value, default=0) if instance.problem else _LAST_TAG
    return flaws(sop_class_uid, has_value, up_to=last)
