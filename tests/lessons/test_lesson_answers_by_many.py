"""More of what people type: code that does not end, code that remembers, code that fits the example alone, and forms."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from dicomkit.lessons.catalogue import find_exercise
from dicomkit.lessons.exercise import Outcome
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.time_limit import TooLongError, time_limit
from tests.support.lesson_answers import is_said, verdict_on

ROWS = [
    # --- forms
    ("00.1", 'sender_role = "Storage SCU"', "PASS"),
    ("00.1", 'sender_role = "SCU (sender)"', "PASS"),
    ("00.1", 'sender_role = "S.C.U."', "PASS"),
    ("00.1", 'sender_role = "Storage SCP"', "it waits and answers"),
    ("00.1", 'sender_role = "SCU or SCP"', '"SCU" or "SCP"'),
    ("00.1", 'sender_role = "not SCU"', '"SCU" or "SCP"'),
    ("00.2", 'identifier = "(0008,0018) SOP Instance UID"', "PASS"),
    ("00.2", 'identifier = "SOPInstanceUID (0008,0018)"', "PASS"),
    ("00.2", 'identifier = "(0008,0018) Study Instance UID"', "keyword of an attribute"),
    ("00.2", 'identifier = ["SOPInstanceUID"]', "PASS"),
    ("00.2", 'identifier = "PixelData"', "not the name of one slice"),
    ("00.5", 'complete_at_s = "25 s"', "PASS"),
    ("01.1", "start = [0] * 128 + [68, 73, 67, 77]", "PASS"),
    ("01.1", 'start = np.frombuffer(bytes(128) + b"DICM", np.uint8)', "PASS"),
    ("01.2", r'patient_name = b"\x10\0\x10\0PN\x12\0WORKSHOP^01 "', "twelve is"),
    ("01.2", r'patient_name = b"\x10\0\x10\0PN\x0a\0WORKSHOP^01 "', "everything is right but the length"),
    ("02.4", 'path = "ProcedureCodeSequence[1].CodeMeaning"', "the first one is [0]"),
    ("02.4", 'path = "RequestedProcedureCodeSequence[2].CodeMeaning"', "the form is right"),
    ("02.4", 'path = "my_dataset.ProcedureCodeSequence[02].CodeMeaning"', "PASS"),
    ("02.5", 'new_uids = "SeriesInstanceUID and SOPInstanceUID"', "PASS"),
    ("03.3", 'value_offset = "000001c6"', "PASS"),
    ("04.1", 'number_of_bytes = "524,288"', "PASS"),
    ("04.1", "number_of_bytes = 524,288", "no comma"),
    ("04.7", 'culprits = {"A": "Columns (together with Rows)", "B": "(0028,0006)", "C": 0x00280103}', "PASS"),
    ("05.2", 'borders = "-450, 1050"', "PASS"),
    ("05.4", 'missing_step = "applying the rescale slope"', "PASS"),
    ("05.4", 'missing_step = "intercept and window"', "name of a step"),
    ("07.2", 'proposal = [["ExplicitVRLittleEndian"], ["RLELossless"], ["JPEGLSLossless"]]', "PASS"),
    ("07.7", 'cures = "B or D"', "PASS"),
    ("08.5", 'argv = [Path("process.sh"), "#p", "#s"]', "PASS"),
    ("09.6", 'same_for_both_days = "the key used for hashing"', "PASS"),
    ("09.6", 'same_for_both_days = "key image"', "what is that called"),
    ("09.6", 'same_for_both_days = "a new key"', "what has to be the same"),
    ("10.6", 'chosen_by_sender = "#a, #c, #p and #f"', "PASS"),
    ("10.6", 'chosen_by_sender = "acpf"', "PASS"),
    # --- what fits the example alone, or is right by chance
    ("01.5", "is_dicom = lambda path: path.read_bytes()[:128] == bytes(128)", "it says"),
    (
        "01.4",
        (
            "import struct\ndef any_element(g, n, vr, v):\n"
            '    v += (b" " if vr == b"PN" else b"\\0") * (len(v) % 2)\n'
            '    head = struct.pack("<HH2s", g, n, vr)\n'
            '    length = struct.pack("<HI", 0, len(v) & 0xFFFF) if vr == b"OB" else struct.pack("<H", len(v))\n'
            "    return head + length + v"
        ),
        "OB of 70000 bytes",
    ),
    (
        "02.3",
        (
            "from datetime import datetime as d\ndef patient_age(dataset):\n"
            '    t = [d.strptime(x, "%Y%m%d") for x in (dataset.StudyDate, dataset.PatientBirthDate)]\n'
            '    return f"{int((t[0] - t[1]).days / 365.25):03}Y"'
        ),
        "born 20220310",
    ),
    ("03.5", "data_set_bytes = lambda content: content[144 + content[140]:]", "all of them count"),
    (
        "04.5",
        'pixel_bytes = lambda values: (values / values.max() * 4095).astype("<u2").tobytes()',
        "and not 4095",
    ),
    (
        "04.5",
        'def pixel_bytes(values):\n    values *= 4095\n    return values.astype("<u2").tobytes()',
        "caller's array was changed",
    ),
    (
        "05.6",
        (
            "def to_screen(dataset, center, width):\n    g = display_values(modality_values(dataset), center, width)\n"
            '    return g.max() - g if dataset.PhotometricInterpretation == "MONOCHROME1" else g'
        ),
        "need not be 255",
    ),
    (
        "06.6",
        (
            'def send_all(slices, port):\n    assoc = scanner.associate("127.0.0.1", port, ae_title="ARCHIVE")\n'
            "    told = [assoc.send_c_store(one).Status for one in reversed(slices)]\n    assoc.release()\n    return told"
        ),
        "not the statuses",
    ),
    (
        "06.6",
        (
            'def send_all(slices, port):\n    assoc = scanner.associate("127.0.0.1", port, ae_title="ARCHIVE")\n'
            "    told = [assoc.send_c_store(one).Status for one in slices]\n    assoc.abort()\n    return told"
        ),
        "was aborted",
    ),
    (
        "08.7",
        "def is_worth_it(study, mine):\n    for uid in study.instance_uids:\n        return uid not in mine",
        "passed over",
    ),
    # --- what is remembered between calls
    (
        "02.6",
        (
            "UID_ = generate_uid()\ndef new_stack(slices):\n    copies = deepcopy(slices)\n    for one in copies:\n"
            "        one.SOPInstanceUID, one.SeriesInstanceUID = generate_uid(), UID_\n    return copies"
        ),
        "inside the function",
    ),
    (
        "07.3",
        (
            "def propose(ae, datasets, seen=set()):\n    for ds in datasets:\n"
            "        pair = (ds.SOPClassUID, ds.file_meta.TransferSyntaxUID)\n        if pair not in seen:\n"
            "            seen.add(pair)\n            ae.add_requested_context(*pair)"
        ),
        "remembers",
    ),
    (
        "10.11",
        (
            "def is_new(study, done):\n    key = (study.study_instance_uid, study.revision)\n"
            "    if key in done:\n        return False\n    done.add(key)\n    return True"
        ),
        "has changed the set",
    ),
    # --- what decides nothing
    ("08.1", 'is_quiet = lambda a, b: "yes" if b - a >= 16 else "no"', "a text counts as true"),
    ("08.7", "is_worth_it = lambda s, m: filter(lambda u: u not in m, s.instance_uids)", "returns a filter"),
    ("00.4", "async def count_studies(slices):\n    return 1", "leave out the word async"),
    ("00.4", "def count_studies(slices):\n    raise SystemExit", "raised SystemExit"),
    ("06.2", "def keep(event, folder):\n    raise SystemExit", "raised SystemExit"),
    (
        "09.3",
        'to_utf8 = lambda d: d.decode() or setattr(d, "SpecificCharacterSet", ["ISO_IR 192"]) or d',
        "PASS",
    ),
    (
        "09.3",
        'to_utf8 = lambda d: d.decode() or setattr(d, "SpecificCharacterSet", "UTF-8") or d',
        "says 'UTF-8'",
    ),
]
NAMES = "import numpy as np\nfrom pathlib import Path\n"


@pytest.mark.parametrize(("exercise", "typed", "expected"), ROWS)
def test_an_answer_gets_its_verdict(exercise: str, typed: str, expected: str, tmp_path: Path) -> None:
    verdict = verdict_on(exercise, NAMES + typed, tmp_path / "cell.py")
    assert is_said(expected, verdict), verdict


@pytest.mark.parametrize(
    ("exercise", "head"), [("00.4", "count_studies(slices)"), ("06.2", "keep(event, folder)")]
)
@pytest.mark.parametrize("loop", ["while True: pass", "n = 0\n    while n < 1:\n        n -= 1"])
def test_a_loop_without_an_end_is_ended(exercise: str, head: str, loop: str, tmp_path: Path) -> None:
    before, threads = time.monotonic(), set(threading.enumerate())
    verdict = verdict_on(exercise, f"def {head}:\n    {loop}", tmp_path / "cell.py")
    assert "was stopped after 2.5 seconds, in line" in verdict
    assert time.monotonic() - before < 10  # on a busy machine; a loop would never have come here
    assert set(threading.enumerate()) <= threads


def test_a_limit_is_for_its_block_only() -> None:
    def endless() -> None:
        while True:
            pass

    with pytest.raises(TooLongError), time_limit(0.05):
        endless()
    with time_limit(60):
        assert call(sorted, [2, 1]) == [1, 2]
    assert find_exercise("08.1").judge(lambda a, b: b - a >= 16).outcome is Outcome.PASS
