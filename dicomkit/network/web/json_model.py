"""The DICOM JSON Model.

pydicom converts whole data sets. Answers of a query are converted here: there may be ten thousand, each with a dozen
short values that the catalogue holds as bytes, and pydicom takes milliseconds for each. A test compares both.

References
----------
PS3.18 annex F, DICOM JSON Model.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dicomkit.archive.elements import Element, Item
from dicomkit.archive.query import CHARACTER_SET
from dicomkit.archive.values import texts
from dicomkit.files.encoding import NUMBER_CODES, TEXT_VRS
from dicomkit.files.quiet_pydicom import quiet_pydicom

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["JsonItem", "dump_json", "item_as_json", "metadata_as_json"]

JsonItem = dict[str, dict[str, Any]]

_NAME_FORMS = ("Alphabetic", "Ideographic", "Phonetic")
_INLINE_BYTES = 1024
_PIXEL_GROUP = 0x7FE0


def item_as_json(item: Item, terms: bytes = b"") -> JsonItem:
    r"""Return an answer in the DICOM JSON Model, with texts in UTF-8.

    Examples
    --------
    >>> item_as_json({0x00080061: Element("CS", rb"CT\MR "), 0x00200010: Element("SH", b"")})
    {'00080061': {'vr': 'CS', 'Value': ['CT', 'MR']}, '00200010': {'vr': 'SH'}}
    """
    own = item.get(CHARACTER_SET)
    terms = own.value if own is not None and isinstance(own.value, bytes) else terms
    return {f"{tag:08X}": _element_as_json(item[tag], terms) for tag in sorted(item) if tag != CHARACTER_SET}


def _element_as_json(element: Element, terms: bytes) -> dict[str, Any]:
    vr, value = element
    if not isinstance(value, bytes):
        return {"vr": "SQ", "Value": [item_as_json(one, terms) for one in value]} if value else {"vr": "SQ"}
    if not value:
        return {"vr": vr}
    if vr not in TEXT_VRS and vr not in NUMBER_CODES and vr != "AT":
        return {"vr": vr, "InlineBinary": base64.b64encode(value).decode("ascii")}
    found = [_value_as_json(vr, text) for text in texts(vr, value, terms)]
    return {"vr": vr, "Value": found} if any(one is not None for one in found) else {"vr": vr}


def _value_as_json(vr: str, text: str) -> object:
    if not text:
        return None
    if vr == "PN":
        forms = zip(_NAME_FORMS, text.split("="), strict=False)
        return {name: form for name, form in forms if form} or None
    if vr in {"IS", "DS"} or vr in NUMBER_CODES:
        try:
            number = float(text) if vr in {"DS", "FL", "FD"} else int(text)
        except ValueError:
            return text  # PS3.18 Table F.2.3-1: IS and DS may be strings
        return number if math.isfinite(number) else text
    return text


def metadata_as_json(dataset: Dataset, uri_of: Callable[[int], str]) -> JsonItem:
    """Return all attributes of an instance, with URIs instead of bulk data.

    Parameters
    ----------
    dataset
        The instance.
    uri_of
        Returns the URI of the value of a tag.
    """
    from pydicom.dataset import Dataset as PydicomDataset  # noqa: PLC0415 - a search needs no pydicom

    small, found = PydicomDataset(), {}
    with quiet_pydicom():
        for tag in list(dataset.keys()):
            if not tag.element or int(tag) == CHARACTER_SET:
                continue
            try:
                element = dataset[tag]
            except Exception:  # noqa: BLE001, S112 - for a damaged element, pydicom may raise almost any exception
                continue
            if _is_bulk(element.tag.group, str(element.VR), element.value):
                vr = "OW" if " or " in str(element.VR) else str(element.VR)
                found[f"{int(tag):08X}"] = {"vr": vr, "BulkDataURI": uri_of(int(tag))}
            else:
                small[tag] = element
        found |= small.to_json_dict(bulk_data_threshold=_INLINE_BYTES, suppress_invalid_tags=True)
    return {key: found[key] for key in sorted(found)}


def _is_bulk(group: int, vr: str, value: object) -> bool:
    return isinstance(value, bytes) and (
        group == _PIXEL_GROUP or (len(value) > _INLINE_BYTES and vr not in TEXT_VRS)
    )


def dump_json(item: JsonItem) -> bytes:
    """Return JSON as bytes; NaN and infinity, which JSON lacks, become strings."""
    try:
        text = json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        text = json.dumps(_finite(item), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _finite(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
