"""The names of UIDs in a dump text, compared with the real dcmdump and dump2dcm."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from pydicom.uid import UID_dictionary

from dicomkit.dump.uid_names import dcmtk_name, nearest_names, uid_for_name

# The table was recorded with this version; others know more names, and some of them spell these otherwise.
RECORDED_WITH = (3, 6, 7)
SPELT_OTHERWISE = {
    *("1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.6.2", "1.2.840.10008.1.4.3.2", "1.2.840.10008.1.4.4.1"),
    "1.2.840.10008.5.1.4.1.1.88.70",
}


def table_uids() -> list[str]:
    text = resources.files("dicomkit.dump").joinpath("uid_names.tsv").read_text(encoding="ascii")
    return [line.split("\t")[0] for line in text.splitlines()]


def names_printed_by(dcmdump: str, uids: list[str], folder: Path) -> dict[str, str | None]:
    """Ask dcmdump for each name, in one file of implicit VR that is written here by hand."""
    data_set = bytearray()
    for number, uid in enumerate(uids):
        value = uid.encode() + b"\0" * (len(uid) % 2)
        # (0041,xxxx) UI in Explicit VR Little Endian: group, element, VR, 16-bit length, value.
        data_set += b"\x41\x00" + (0x1000 + number).to_bytes(2, "little") + b"UI"
        data_set += len(value).to_bytes(2, "little") + value
    path = folder / "uids.dcm"
    path.write_bytes(data_set)
    done = subprocess.run([dcmdump, "-f", "-te", "+L", path], capture_output=True, text=True, check=True)
    printed = re.findall(r"^\(0041,1\w\w\w\) UI (?:=(\S+)|\[\S*\])", done.stdout, flags=re.MULTILINE)
    assert len(printed) == len(uids)
    return {uid: name or None for uid, name in zip(uids, printed, strict=True)}


def test_every_name_is_what_dcmdump_prints(
    peer: Callable[[str], str], dcmtk_version: tuple[int, ...], tmp_path: Path
) -> None:
    uids = sorted({*UID_dictionary, *table_uids(), "1.2.3", "1.2.276.0.7230010.3.1.0.1"})
    printed = names_printed_by(peer("dcmdump"), uids, tmp_path)
    different = {uid for uid in uids if dcmtk_name(uid) != printed[uid]}
    if dcmtk_version != RECORDED_WITH:
        different = {uid for uid in different if dcmtk_name(uid) is not None} - SPELT_OTHERWISE
    assert {uid: (dcmtk_name(uid), printed[uid]) for uid in different} == {}
    assert sum(name is not None for name in printed.values()) > 400


def test_both_names_lead_back_to_the_uid() -> None:
    for uid in table_uids():
        name = dcmtk_name(uid)
        assert name is not None
        assert uid_for_name(name) == uid
    for uid, row in UID_dictionary.items():
        if row[4]:
            assert uid_for_name(row[4]) == uid


@pytest.mark.parametrize("name", ["", "NoSuchUIDName", "=MRImageStorage", "mrimagestorage"])
def test_an_unknown_name_has_no_uid(name: str) -> None:
    assert uid_for_name(name) is None


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("MRImageStorag", "MRImageStorage"),
        ("ctimagestorage", "CTImageStorage"),
        ("LittelEndianExplicit", "LittleEndianExplicit"),
        ("ExplicitVRLittleEndien", "ExplicitVRLittleEndian"),
    ],
)
def test_a_misspelt_name_has_a_nearest_one(misspelt: str, meant: str) -> None:
    assert meant in nearest_names(misspelt)


def test_nonsense_has_no_nearest_name() -> None:
    assert nearest_names("qqqqqqqqqqqqqqqqqqqqqq") == []
