"""Which modules an Information Object Definition (IOD) is made of, by SOP class.

References
----------
PS3.3 annex A, Composite Information Object Definitions; PS3.4 annex B.5, Standard SOP Classes.
"""

from __future__ import annotations

__all__ = ["ALWAYS_USEFUL", "IODS"]

_IMAGE = "Patient, General Study, General Series, General Equipment, General Image, Image Pixel"
_CAPTURE = "Patient, General Study, General Series, SC Equipment, General Image, Image Pixel"
_FRAMES = f"{_CAPTURE}, Multi-frame, SC Multi-frame Image; Patient Study, General Equipment, Cine"
_DX = f"{_IMAGE}, DX Series, DX Anatomy Imaged, DX Image, DX Detector"
_MAMMOGRAPHY = f"{_DX}, Mammography Series, Mammography Image, Acquisition Context; Patient Study, Contrast/Bolus, VOI LUT"
_INTRA_ORAL = f"{_DX}, Intra-Oral Series, Intra-Oral Image, Acquisition Context; Patient Study, VOI LUT"
_LIGHT = f"{_IMAGE}, Acquisition Context, VL Image; Patient Study, VOI LUT"
_ENHANCED = (
    "Patient, General Study, General Series, General Equipment, Enhanced General Equipment, Multi-frame Functional Groups, "
    "Acquisition Context"
)
_ENHANCED_3D = f"{_ENHANCED}, Frame of Reference, Multi-frame Dimension"
_X_RAY = f"{_IMAGE}, X-Ray Image, X-Ray Acquisition"
_X_RAY_OPTIONS = "Patient Study, Frame of Reference, Contrast/Bolus, Cine, Multi-frame, X-Ray Collimator, X-Ray Table, Modality LUT, VOI LUT"
_ECG = (
    "Patient, General Study, General Series, General Equipment, Waveform Identification, Waveform, Acquisition Context; "
    "Patient Study, Synchronization, Waveform Annotation"
)
_PLAN = "Patient, General Study, RT Series, General Equipment"
_PLAN_OPTIONS = "RT Prescription, RT Tolerance Tables, RT Patient Setup, RT Fraction Scheme"
_REPORT = (
    "Patient, General Study, SR Document Series, General Equipment, SR Document General, SR Document Content; "
    "Patient Study, Synchronization"
)
_DOCUMENT = (
    "Patient, General Study, General Equipment, SC Equipment, Encapsulated Document Series, Encapsulated Document; "
    "Patient Study"
)
ALWAYS_USEFUL = ("General Acquisition", "General Reference")

# By SOP Class UID without its root: the mandatory modules; then those that are conditional or up to the user. A
# module that says more about an attribute than another stands behind it.
IODS = {
    # Images of one frame, or of several that share all attributes.
    "1": f"{_IMAGE}, CR Series, CR Image; Patient Study, Contrast/Bolus, Modality LUT, VOI LUT",
    "1.1": f"{_DX}, Acquisition Context; Patient Study, Contrast/Bolus",
    "1.1.1": f"{_DX}, Acquisition Context; Patient Study, Contrast/Bolus",
    "1.2": _MAMMOGRAPHY,
    "1.2.1": _MAMMOGRAPHY,
    "1.3": _INTRA_ORAL,
    "1.3.1": _INTRA_ORAL,
    "2": f"{_IMAGE}, Frame of Reference, Image Plane, CT Image; Patient Study, Synchronization, Contrast/Bolus, VOI LUT",
    "3.1": f"{_IMAGE}, Multi-frame, US Image; Patient Study, Frame of Reference, Synchronization, Contrast/Bolus, Cine, "
    "US Region Calibration, VOI LUT",
    "4": f"{_IMAGE}, Frame of Reference, Image Plane, MR Image; Patient Study, Contrast/Bolus, VOI LUT",
    "6.1": f"{_IMAGE}, US Image; Patient Study, Frame of Reference, Synchronization, Contrast/Bolus, "
    "US Region Calibration, VOI LUT",
    "7": f"{_CAPTURE}; Patient Study, General Equipment, SC Image, Modality LUT, VOI LUT",
    "7.1": _FRAMES,
    "7.2": f"{_FRAMES}, VOI LUT",
    "7.3": f"{_FRAMES}, VOI LUT",
    "7.4": _FRAMES,
    "12.1": f"{_X_RAY}, XA Positioner; {_X_RAY_OPTIONS}",
    "12.2": f"{_X_RAY}; XRF Positioner, {_X_RAY_OPTIONS}",
    "20": f"{_IMAGE}, NM/PET Patient Orientation, NM Image Pixel, Multi-frame, NM Multi-frame, NM Image, NM Isotope, "
    "NM Detector; Patient Study, Frame of Reference, VOI LUT",
    "77.1.1": _LIGHT,
    "77.1.2": _LIGHT,
    "77.1.4": _LIGHT,
    "77.1.5.1": f"{_IMAGE}, Synchronization, Multi-frame, Ophthalmic Photography Series, Ophthalmic Photography Image, "
    "Ocular Region Imaged, Ophthalmic Photography Acquisition Parameters, Ophthalmic Photographic Parameters; "
    "Patient Study, Frame of Reference, Contrast/Bolus, Cine",
    "128": f"{_IMAGE}, Frame of Reference, PET Series, PET Isotope, NM/PET Patient Orientation, Image Plane, PET Image; "
    "Patient Study, VOI LUT",
    # Images of many frames, each with attributes of its own.
    "2.1": f"{_ENHANCED_3D}, Image Pixel, CT Series, Enhanced CT Image; Patient Study, Synchronization",
    "4.1": f"{_ENHANCED_3D}, Image Pixel, MR Series, Enhanced MR Image; Patient Study, Synchronization",
    "4.2": f"{_ENHANCED_3D}, MR Series, MR Spectroscopy, MR Spectroscopy Data; Patient Study, Synchronization",
    "12.1.1": f"{_ENHANCED}, Image Pixel, XA/XRF Series, Enhanced XA/XRF Image; Patient Study, Frame of Reference, Multi-frame Dimension",
    "12.2.1": f"{_ENHANCED}, Image Pixel, XA/XRF Series, Enhanced XA/XRF Image; Patient Study, Frame of Reference, Multi-frame Dimension",
    "13.1.3": f"{_ENHANCED}, Image Pixel, Enhanced Mammography Series, X-Ray 3D Image, Breast View; Patient Study, "
    "Frame of Reference, Multi-frame Dimension",
    "30": f"General Image, {_ENHANCED_3D}, Parametric Map Series, Parametric Map Image; Patient Study",
    "66.4": f"{_IMAGE}, Enhanced General Equipment, Segmentation Series, Segmentation Image, "
    "Multi-frame Functional Groups, Multi-frame Dimension; Patient Study, Frame of Reference",
    "130": f"{_ENHANCED_3D}, Image Pixel, Enhanced PET Series, Enhanced PET Isotope, Enhanced PET Acquisition, Enhanced PET Image, "
    "Enhanced PET Corrections; Patient Study, Synchronization",
    # Waveforms, presentation states, reports and documents.
    "9.1.1": _ECG,
    "9.1.2": _ECG,
    "9.1.3": _ECG,
    "11.1": "Patient, General Study, General Series, Presentation Series, General Equipment, "
    "Presentation State Identification, Presentation State Relationship, Displayed Area, Softcopy Presentation LUT; "
    "Patient Study, Modality LUT",
    "88.11": _REPORT,
    "88.22": _REPORT,
    "88.33": _REPORT,
    "88.34": _REPORT,
    "88.50": _REPORT,
    "88.59": "Patient, General Study, Key Object Document Series, General Equipment, Key Object Document, "
    "SR Document Content; Patient Study",
    "88.67": _REPORT,
    "104.1": _DOCUMENT,
    "104.2": _DOCUMENT,
    # Radiotherapy.
    "481.1": "Patient, General Study, RT Series, General Equipment, General Image, Image Pixel, RT Image; "
    "Patient Study, Frame of Reference, Contrast/Bolus, Cine, Multi-frame, Modality LUT, VOI LUT, Approval",
    "481.2": f"{_PLAN}, Frame of Reference, RT Dose; Patient Study, General Image, Image Plane, Image Pixel, Multi-frame, RT DVH",
    "481.3": f"{_PLAN}, Structure Set, ROI Contour, RT ROI Observations; Patient Study, Frame of Reference, Approval",
    "481.4": f"{_PLAN}, RT General Treatment Record, RT Treatment Machine Record, RT Beams Session Record; Patient Study, "
    "RT Patient Setup",
    "481.5": f"{_PLAN}, RT General Plan; Patient Study, Frame of Reference, {_PLAN_OPTIONS}, RT Beams, "
    "RT Brachy Application Setups, Approval",
    "481.8": f"{_PLAN}, Frame of Reference, RT General Plan; Patient Study, {_PLAN_OPTIONS}, RT Ion Beams, Approval",
}
