"""What thirty people type at notebooks 00 to 02: the right answers in their forms, the wrong ones with their reason."""

from __future__ import annotations

from collections import Counter

import pytest

from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of, find_exercise
from dicomkit.lessons.exercise import Outcome

LEAST_ROWS = 12
PASS = ""  # no part of a RETRY

NAMES = """
import io, struct
from copy import deepcopy
from datetime import date
from pathlib import Path
import numpy as np
import pydicom
from pydicom.datadict import tag_for_keyword
from pydicom.tag import Tag
from pydicom.uid import UID, generate_uid
from pydicom.valuerep import DA
from dicomkit.pixels import display_values, modality_values
NAME = b"\\x10\\x00\\x10\\x00"
"""
BONE = "def bone_picture(slice_):\n    "
COUNT = "def count_studies(slices):\n    "
HEAD = "def any_element(group, number, vr, value):\n    "
ELEMENT = (
    HEAD
    + """value += (b"\\0" if vr in (b"UI", b"OB") else b" ") * (len(value) % 2)
    """
)
IS_DICOM = "def is_dicom(path):\n    "
AGE = "def patient_age(dataset):\n    "
STACK = "def new_stack(slices):\n    "

ANSWERS = {
    "00.1": [
        ('"SCU"', PASS),
        ('"scu"', PASS),
        ("' Scu '", PASS),
        ('"Service Class User"', PASS),
        ('"service-class user"', PASS),
        ('"the SCU"', PASS),
        ('["SCU"]', PASS),
        ('"SCP"', "it waits and answers"),
        ('"service class provider"', "it waits and answers"),
        ('"sender"', "right side in everyday words"),
        ('"the sender"', "right side in everyday words"),
        ('"client"', "right side in everyday words"),
        ('"receiver"', "waited and answered"),
        ('"server"', "waited and answered"),
        ('"SOP"', '"SCU" or "SCP"'),
        ("1", '"SCU" or "SCP"'),
        ("str", '"SCU" or "SCP"'),
    ],
    "00.2": [
        ('"SOPInstanceUID"', PASS),
        ('"SOP Instance UID"', PASS),
        ('"sop instance uid"', PASS),
        ('"(0008,0018)"', PASS),
        ("0x00080018", PASS),
        ('Tag("SOPInstanceUID")', PASS),
        ("(0x0008, 0x0018)", PASS),
        ('"ds.SOPInstanceUID"', PASS),
        ('"MediaStorageSOPInstanceUID"', PASS),
        ('"StudyInstanceUID"', "that is what makes them one study"),
        ('"(0020,000E)"', "all slices of one series"),
        ('"SOPClassUID"', "what kind of object"),
        ('"PatientID"', "not even unique"),
        ('"InstanceNumber"', "identifies none"),
        ('"SliceLocation"', "identifies none"),
        ('"PatientName"', "not the name of one slice"),
        ('"SOP"', "keyword of an attribute"),
        ("12", "keyword of an attribute"),
    ],
    "00.3": [
        (BONE + "return display_values(modality_values(slice_), 500, 2000)", PASS),
        (BONE + "return display_values(modality_values(slice_), window_width=2000, window_center=500)", PASS),
        (BONE + "return display_values(modality_values(slice_), 500.0, 2000.0)", PASS),
        (BONE + 'return display_values(modality_values(slice_), 500, 2000, "LINEAR_EXACT")', PASS),
        (BONE + "return np.clip((modality_values(slice_) + 500) / 2000, 0, 1) * 255", PASS),
        (BONE + "return display_values(modality_values(slice_), 2000, 500)", "swapped"),
        (BONE + "return display_values(modality_values(slice_), 500, 80)", "still 80 units wide"),
        (BONE + "return display_values(modality_values(slice_), 40, 2000)", "still at 40"),
        (BONE + "return display_values(modality_values(slice_), -500, 1500)", "begins and ends"),
        (BONE + "return display_values(slice_.pixel_array, 500, 2000)", "stored values"),
        (BONE + "return modality_values(slice_)", "grey levels that display_values makes"),
        (
            BONE + "display_values(modality_values(slice_), 500, 2000)",
            "grey levels that display_values makes",
        ),
        (BONE + 'return display_values(modality_values(slice_), "500", 2000, 3)', "bone_picture raised"),
        ("(500, 2000)", "bone_picture is a function"),
    ],
    "00.4": [
        (COUNT + "return len({each.StudyInstanceUID for each in slices})", PASS),
        (COUNT + "return len(set(each.StudyInstanceUID for each in slices))", PASS),
        (COUNT + 'return len({each["StudyInstanceUID"].value for each in slices})', PASS),
        (COUNT + "return len({each[0x0020, 0x000D].value for each in slices})", PASS),
        (COUNT + "return np.unique([each.StudyInstanceUID for each in slices]).size", PASS),
        (
            COUNT + "found = []\n    for each in slices:\n"
            "        if each.StudyInstanceUID not in found:\n            found.append(each.StudyInstanceUID)\n"
            "    return len(found)",
            PASS,
        ),
        (COUNT + "return len(slices)", "counts slices"),
        (COUNT + "return len({each.SOPInstanceUID for each in slices})", "counts slices"),
        (COUNT + "return len({each.SeriesInstanceUID for each in slices})", "counts series"),
        (COUNT + "return len({each.PatientID for each in slices})", "counts patients"),
        (COUNT + "return len({each.StudyID for each in slices})", "Study ID"),
        (COUNT + "return {each.StudyInstanceUID for each in slices}", "returns a number"),
        (COUNT + "len({each.StudyInstanceUID for each in slices})", "returns a number"),
        (COUNT + "return 3", "3, 1 and 0"),
        (COUNT + "return len({each.StudyUID for each in slices})", "AttributeError"),
        ("def count_studies():\n    return 1", "does not take that many"),
        ("1", "count_studies is a function"),
    ],
    "00.5": [
        ("25", PASS),
        ("25.0", PASS),
        ("np.int64(25)", PASS),
        ('"25"', PASS),
        ("9 + 16", PASS),
        ("[25]", PASS),
        ("16", "does not run from the first arrival"),
        ("49", "which one is the last"),
        ("30", "the pause began at 9 s"),
        ("9", "has just arrived"),
        ("19", "starts the clock again"),
        ("46", "starts the clock again"),
        ("24", "find the first gap"),
        ('"25 seconds"', PASS),
        ("(9, 25)", "a number of seconds"),
    ],
    "01.1": [
        ('bytes(128) + b"DICM"', PASS),
        ('b"\\0" * 128 + b"DICM"', PASS),
        ('bytearray(128) + b"DICM"', PASS),
        ('bytes([0] * 128) + bytes("DICM", "ascii")', PASS),
        ('b"".join([bytes(128), b"DICM"])', PASS),
        ('np.zeros(128, np.uint8).tobytes() + b"DICM"', PASS),
        ('b"DICM"', "offset 128, not at 0"),
        ("bytes(128)", "proves nothing"),
        ("bytes(132)", "proves nothing"),
        ('b"DICM" + bytes(128)', "the preamble comes first"),
        ('b"0" * 128 + b"DICM"', "character zero"),
        ('b" " * 128 + b"DICM"', "blanks"),
        ('bytes(128) + b"DICOM"', "has four: D, I, C, M"),
        ('bytes(128) + b"dicm"', "capitals"),
        ('bytes(127) + b"DICM"', "offset 127"),
        ('bytes(132) + b"DICM"', "offset 132"),
        ('"\\0" * 128 + "DICM"', "single bytes value"),
        ("128", "single bytes value"),
    ],
    "01.2": [
        ('b"\\x10\\x00\\x10\\x00PN\\x0c\\x00WORKSHOP^01 "', PASS),
        ('NAME + b"PN" + bytes([12, 0]) + b"WORKSHOP^01 "', PASS),
        ('struct.pack("<HH2sH", 16, 16, b"PN", 12) + b"WORKSHOP^01 "', PASS),
        ('bytearray(NAME + b"PN\\x0c\\x00WORKSHOP^01 ")', PASS),
        ('bytes.fromhex("1000 1000 504e 0c00") + b"WORKSHOP^01 "', PASS),
        ('b"\\x00\\x10\\x00\\x10PN\\x0c\\x00WORKSHOP^01 "', "the tag is big endian"),
        ('NAME + b"\\x0c\\x00\\x00\\x00WORKSHOP^01 "', "there is no VR"),
        ('NAME + b"PN\\x00\\x00\\x0c\\x00\\x00\\x00WORKSHOP^01 "', "after PN the length has 2 bytes"),
        ('NAME + b"PN\\x00\\x0cWORKSHOP^01 "', "the length is big endian"),
        ('NAME + b"PN\\x0b\\x00WORKSHOP^01"', "padded to an even one"),
        ('NAME + b"PN\\x0c\\x00WORKSHOP^01"', "padded to an even one"),
        ('NAME + b"PN\\x0c\\x00WORKSHOP^01\\0"', "padded with a blank"),
        ('NAME + b"PN\\x0b\\x00WORKSHOP^01 "', "counts the padding too"),
        ('NAME + b"PN\\x0a\\x00WORKSHOP01"', "WORKSHOP^01"),
        ('b"WORKSHOP^01 "', "the first four bytes are the tag"),
        ('"WORKSHOP^01 "', "an element is bytes"),
        ("11", "an element is bytes"),
    ],
    "01.3": [
        ("106", PASS),
        ("106.0", PASS),
        ("np.int32(106)", PASS),
        ('"106"', PASS),
        ("0x6A", PASS),
        ("14 + 34 + 16 + 28 + 14", PASS),
        ("118", "does not count its own element"),
        ("250", "not part of group 0002"),
        ("238", "not part of group 0002"),
        ("62", "values alone"),
        ("59", "values alone"),
        ("103", "odd number of characters"),
        ("102", "12 bytes come before its value"),
        ("5", "number of elements"),
        ("100", "add up all five"),
        ('"106 bytes"', PASS),
        ("b'106'", "whole number"),
    ],
    "01.4": [
        (
            ELEMENT + 'head = struct.pack("<HH2s", group, number, vr)\n    '
            'size = struct.pack("<xxI", len(value)) if vr == b"OB" else struct.pack("<H", len(value))\n    '
            "return head + size + value",
            PASS,
        ),
        (
            ELEMENT + 'long = vr in (b"OB", b"OW", b"SQ", b"UN", b"UT")\n    '
            'size = bytes(2) + len(value).to_bytes(4, "little") if long else len(value).to_bytes(2, "little")\n'
            '    return struct.pack("<HH", group, number) + vr + size + value',
            PASS,
        ),
        (
            ELEMENT
            + 'if vr != b"OB":\n        return struct.pack("<HH2sH", group, number, vr, len(value)) + value\n'
            '    return bytearray(struct.pack("<HH2sHI", group, number, vr, 0, len(value)) + value)',
            PASS,
        ),
        (
            ELEMENT
            + 'if vr == b"OB":\n        return struct.pack("<HH2sHL", group, number, vr, 0, len(value)) + value\n'
            '    return struct.pack("<HH2sH", group, number, vr, len(value)) + value',
            PASS,
        ),
        (ELEMENT + 'return struct.pack("<HH2sH", group, number, vr, len(value)) + value', "short header"),
        (ELEMENT + 'return struct.pack("<HH2sHI", group, number, vr, 0, len(value)) + value', "every VR has"),
        (
            ELEMENT + 'if vr == "OB":\n        return b""\n'
            '    return struct.pack("<HH2sH", group, number, vr, len(value)) + value',
            "short header",
        ),
        (
            ELEMENT + 'code = "<HH2sI" if vr == b"OB" else "<HH2sH"\n    '
            "return struct.pack(code, group, number, vr, len(value)) + value",
            "two reserved bytes 00 before it are missing",
        ),
        (
            ELEMENT + 'zero = bytes(2) if vr == b"OB" else b""\n    '
            'return struct.pack("<HH2s", group, number, vr) + zero + struct.pack("<H", len(value)) + value',
            "I in struct",
        ),
        (
            HEAD + 'if vr == b"OB":\n'
            '        return struct.pack("<HH2sHI", group, number, vr, 0, len(value)) + value\n'
            '    value += (b"\\0" if vr == b"UI" else b" ") * (len(value) % 2)\n'
            '    return struct.pack("<HH2sH", group, number, vr, len(value)) + value',
            "padded as well",
        ),
        (ELEMENT + 'return "OB"', "returns bytes"),
        (ELEMENT + "value", "returns bytes"),
        (ELEMENT + 'return struct.pack("<HH2s", group, number, vr) + value', "pydicom writes other bytes"),
        ("def any_element(group, number, value):\n    return b''", "does not take that many"),
        ("b'OB'", "any_element is a function"),
    ],
    "01.5": [
        (IS_DICOM + 'return path.read_bytes()[128:132] == b"DICM"', PASS),
        (
            IS_DICOM
            + 'with open(path, "rb") as file:\n        file.seek(128)\n        return file.read(4) == b"DICM"',
            PASS,
        ),
        (IS_DICOM + 'return path.read_bytes()[128:].startswith(b"DICM")', PASS),
        (IS_DICOM + "return pydicom.misc.is_dicom(path)", PASS),
        (
            IS_DICOM + "try:\n        pydicom.dcmread(path)\n"
            "    except pydicom.errors.InvalidDicomError:\n        return False\n    return True",
            PASS,
        ),
        (IS_DICOM + 'return path.read_bytes()[:4] == b"DICM"', "at offset 128"),
        (IS_DICOM + 'return b"DICM" in path.read_bytes()', "a letter that mentions DICM"),
        (IS_DICOM + 'return path.name.endswith(".dcm")', "a name proves nothing"),
        (IS_DICOM + 'return path.read_bytes()[128:132] == "DICM"', "bytes, not text"),
        (IS_DICOM + "return True", "everything for DICOM"),
        (IS_DICOM + 'return b"2.25.4" in path.read_bytes()', "without preamble and prefix"),
        (IS_DICOM + "return path.read_bytes()[128:132]", "returns True or False"),
        (IS_DICOM + 'path.read_bytes()[128:132] == b"DICM"', "returns True or False"),
        (IS_DICOM + 'return path.read_text(encoding="ascii")[128:132] == "DICM"', "UnicodeDecodeError"),
        (IS_DICOM + "return pydicom.dcmread(path) is not None", "InvalidDicomError"),
        ("True", "is_dicom is a function"),
    ],
    "01.6": [
        ('"TransferSyntaxUID"', PASS),
        ('"transfer syntax uid"', PASS),
        ('"Transfer Syntax UID"', PASS),
        ('"Transfer Syntax"', PASS),
        ('"the transfer syntax"', PASS),
        ('"(0002,0010)"', PASS),
        ("0x00020010", PASS),
        ('"file_meta.TransferSyntaxUID"', PASS),
        ('"MediaStorageSOPClassUID"', "what the object is"),
        ('"MediaStorageSOPInstanceUID"', "names this one object"),
        ('"SpecificCharacterSet"', "character set"),
        ('"FileMetaInformationVersion"', "since the beginning"),
        ('"ImplementationClassUID"', "the program that wrote the file"),
        ('"FileMetaInformationGroupLength"', "where the data set begins"),
        ('"Explicit VR Little Endian"', "it is untrue"),
        ('"1.2.840.10008.1.2.1"', "it is untrue"),
        ('"PatientName"', "keyword of an element of group 0002"),
        ('"the header"', "keyword of an element of group 0002"),
        ("2", "keyword of an element of group 0002"),
    ],
    "02.1": [
        ('"19700714"', PASS),
        ('" 19700714 "', PASS),
        ("'\"19700714\"'", PASS),
        ('np.str_("19700714")', PASS),
        ('DA("19700714")', PASS),
        ('"1970-07-14"', "no separators"),
        ('"1970.07.14"', "no separators"),
        ('"14.07.1970"', "largest unit first"),
        ('"07/14/1970"', "largest unit first"),
        ('"14071970"', "largest unit first"),
        ('"700714"', "four digits"),
        ('"1970714"', "two digits each"),
        ('"14 July 1970"', "digits only"),
        ('"July"', "digits only"),
        ("19700714", "put it in quotes"),
        ("date(1970, 7, 14)", "date object"),
        ('["1970", "07", "14"]', "text in quotes"),
        ('"19700715"', "which eight digits"),
    ],
    "02.2": [
        ("2", PASS),
        ("2.0", PASS),
        ("np.uint8(2)", PASS),
        ('"2"', PASS),
        ("(2,)", PASS),
        ("1", "separator between two values"),
        ("3", "Python only needs two"),
        ("11", "counts characters"),
        ("12", "counts characters"),
        ("10", "counts characters"),
        ("0", "separator between two values"),
        ('"two"', "a whole number"),
        ('["Ward 3", "East"]', "a whole number"),
    ],
    "02.3": [
        (AGE + 'return f"{(int(dataset.StudyDate) - int(dataset.PatientBirthDate)) // 10000:03}Y"', PASS),
        (
            AGE + "born, seen = dataset.PatientBirthDate, dataset.StudyDate\n"
            "    years = int(seen[:4]) - int(born[:4]) - (seen[4:] < born[4:])\n"
            '    return str(years).zfill(3) + "Y"',
            PASS,
        ),
        (
            AGE + "born, seen = DA(dataset.PatientBirthDate), DA(dataset.StudyDate)\n"
            "    years = seen.year - born.year - ((seen.month, seen.day) < (born.month, born.day))\n"
            '    return "%03dY" % years',
            PASS,
        ),
        (
            AGE + 'return f"{int(dataset.StudyDate[:4]) - int(dataset.PatientBirthDate[:4]):03}Y"',
            "day before a birthday",
        ),
        (
            AGE + "days = (DA(dataset.StudyDate) - DA(dataset.PatientBirthDate)).days\n"
            '    return f"{round(days / 365.25):03}Y"',
            "day before a birthday",
        ),
        (
            AGE + 'return f"{(int(dataset.StudyDate) - int(dataset.PatientBirthDate)) // 10000}Y"',
            "pad the number with zeros",
        ),
        (
            AGE + 'return f"{(int(dataset.StudyDate) - int(dataset.PatientBirthDate)) // 10000:03}"',
            "the unit is missing",
        ),
        (
            AGE + 'return f"{(int(dataset.StudyDate) - int(dataset.PatientBirthDate)) // 10000:03}y"',
            "a capital Y",
        ),
        (AGE + "return (int(dataset.StudyDate) - int(dataset.PatientBirthDate)) // 10000", "four characters"),
        (AGE + "(int(dataset.StudyDate) - int(dataset.PatientBirthDate)) // 10000", "with return"),
        (AGE + 'return "054Y"', "the age was 008Y"),
        (AGE + "return dataset.StudyDate - dataset.PatientBirthDate", "TypeError"),
        (AGE + "return dataset.PatientAge", "AttributeError"),
        ('"054Y"', "patient_age is a function"),
    ],
    "02.4": [
        ('"ProcedureCodeSequence[2].CodeMeaning"', PASS),
        ('"procedurecodesequence[2].codemeaning"', PASS),
        ('"Procedure Code Sequence[2].Code Meaning"', PASS),
        ('"Procedure Code Sequence [2] . Code Meaning"', PASS),
        ('"(0008,1032)[2].(0008,0104)"', PASS),
        ('"00081032[2].00080104"', PASS),
        ('"(0008,1032)[2].CodeMeaning"', PASS),
        ('"ds.ProcedureCodeSequence[2].CodeMeaning"', PASS),
        ('"ProcedureCodeSequence[3].CodeMeaning"', "counted from 0"),
        ('"ProcedureCodeSequence.CodeMeaning"', "say which one"),
        ('"ProcedureCodeSequence[2]CodeMeaning"', "full stop"),
        ('"ProcedureCodeSequence[2]/CodeMeaning"', "full stop"),
        ('"ProcedureCodeSequence.CodeMeaning[2]"', "right after the sequence's name"),
        ('"ProcedureCodeSequence(2).CodeMeaning"', "square brackets"),
        ('"ProcedureCodeSequence[2]"', "which element"),
        ('"CodeMeaning"', "begins with the sequence"),
        ('"ProcedureCodeSequence[2].CodeValue"', "Code Meaning"),
        ("2", "the answer is a path"),
        ('["ProcedureCodeSequence", 2, "CodeMeaning"]', "the answer is a path"),
    ],
    "02.5": [
        ('{"SeriesInstanceUID", "SOPInstanceUID"}', PASS),
        ('["SOPInstanceUID", "SeriesInstanceUID"]', PASS),
        ('("seriesinstanceuid", "sopinstanceuid")', PASS),
        ('{" Series Instance UID ", "SOP Instance UID"}', PASS),
        ('"SeriesInstanceUID, SOPInstanceUID"', PASS),
        ('{"(0020,000E)", "(0008,0018)"}', PASS),
        ('{"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}', "keeps its UID"),
        ('{"StudyInstanceUID"}', "keeps its UID"),
        ('{"SOPInstanceUID"}', "a series of its own"),
        ('"SOPInstanceUID"', "a series of its own"),
        ('{"SeriesInstanceUID"}', "each image is a new object"),
        ("set()", "each image is a new object"),
        ('{"SeriesNumber"}', "a set of keywords"),
        ('{"series", "instance"}', "a set of keywords"),
        ("2", "a set of keywords"),
    ],
    "02.6": [
        (
            STACK + "copies = deepcopy(slices)\n    new = generate_uid()\n    for one in copies:\n"
            "        one.SOPInstanceUID = generate_uid()\n        one.SeriesInstanceUID = new\n    return copies",
            PASS,
        ),
        (
            STACK
            + "copies = deepcopy(slices)\n    new = generate_uid(prefix='2.25.')\n    for one in copies:\n"
            "        one.SOPInstanceUID, one.SeriesInstanceUID = generate_uid(), new\n"
            "        one.SeriesNumber = 3\n    return copies",
            PASS,
        ),
        (
            STACK
            + "new, copies = generate_uid(), []\n    for each in slices:\n        one = deepcopy(each)\n"
            "        one.SOPInstanceUID, one.SeriesInstanceUID = generate_uid(), new\n"
            "        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID\n"
            "        copies.append(one)\n    return tuple(copies)",
            PASS,
        ),
        (
            STACK + "copies = deepcopy(slices)\n    for one in copies:\n"
            "        one.SOPInstanceUID = generate_uid()\n        one.SeriesInstanceUID = generate_uid()\n"
            "    return copies",
            "each slice is a series",
        ),
        (
            STACK + "for one in slices:\n        one.SOPInstanceUID = generate_uid()\n    return slices",
            "the first stack was changed too",
        ),
        (STACK + "return deepcopy(slices)", "takes them for duplicates"),
        (
            STACK + "copies, new = deepcopy(slices), generate_uid()\n    for one in copies:\n"
            "        one.SOPInstanceUID = one.SeriesInstanceUID = new\n    return copies",
            "all copies have the same SOP Instance UID",
        ),
        (
            STACK + "copies, new = deepcopy(slices), generate_uid()\n    for one in copies:\n"
            "        one.StudyInstanceUID, one.SOPInstanceUID = new, generate_uid()\n    return copies",
            "so the study stays",
        ),
        (
            STACK + "copies = deepcopy(slices)\n    for one in copies:\n"
            '        one.SOPInstanceUID, one.SeriesInstanceUID = generate_uid(), "1.2.3"\n    return copies',
            "made with generate_uid()",
        ),
        (
            STACK + "copies = deepcopy(slices)\n    for one in copies:\n"
            '        one.SOPInstanceUID, one.seriesInstanceUID = generate_uid(), "2"\n    return copies',
            "they would mix with the first stack",
        ),
        (STACK + "return deepcopy(slices)[::-1]", "in the same order"),
        (STACK + "deepcopy(slices)", "returns the list of copies"),
        (STACK + "return generate_uid()", "returns the list of copies"),
        ('{"SeriesInstanceUID"}', "new_stack is a function"),
    ],
    "02.7": [
        ('"no"', PASS),
        ('"No."', PASS),
        ('" NO "', PASS),
        ("False", PASS),
        ('"n"', PASS),
        ('"no, use Study Date"', PASS),
        ('"never"', PASS),
        ('"yes"', "carries no meaning"),
        ("True", "carries no meaning"),
        ('"Yes, if they begin alike"', "carries no meaning"),
        ('"StudyDate"', '"yes" or "no"'),
        ("1", '"yes" or "no"'),
        ("[]", '"yes" or "no"'),
    ],
}
ROWS = [(exercise, typed, said) for exercise, rows in ANSWERS.items() for typed, said in rows]


@pytest.mark.filterwarnings(
    "ignore::UserWarning"
)  # a misspelt keyword is one of the answers; pydicom warns of it
@pytest.mark.parametrize(
    ("exercise", "typed", "said"), ROWS, ids=[f"{row[0]}-{row[1][-40:]}" for row in ROWS]
)
def test_an_answer_gets_the_verdict_that_helps(exercise: str, typed: str, said: str) -> None:
    found = find_exercise(exercise)
    names: dict[str, object] = {}
    exec(NAMES, names)  # noqa: S102 - the tests' own source
    exec(typed if typed.startswith("def ") else f"{found.name} = {typed}", names)  # noqa: S102
    verdict = found.judge(names[found.name])
    assert verdict.outcome is (Outcome.RETRY if said else Outcome.PASS), verdict
    assert said in verdict.reason


def test_each_exercise_is_asked_often_enough() -> None:
    ids = [exercise.id for notebook in NOTEBOOKS[:3] for exercise in exercises_of(notebook)]
    counts = Counter(exercise for exercise, _, _ in ROWS)
    assert list(ANSWERS) == ids
    assert min(counts.values()) >= LEAST_ROWS
    assert {exercise for exercise, _, said in ROWS if said == PASS} == set(ids)
