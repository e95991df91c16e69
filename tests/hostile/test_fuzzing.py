"""No file can make this package hang, fill the memory, or fail without one of its own errors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dicomkit.errors import NotDicomError
from dicomkit.files.checking import check_dicom
from tests.support.dicom_files import DATA, bundled_files
from tests.support.fuzzing import MAX_STEP_UNITS, mutant, takes_long, unit_s

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is watched and limited on Linux only")

ROOT = Path(__file__).parents[2]
MUTANTS = 5000
PROCESSES = 2
DEADLINE_S = 900
MAX_PEAK_MB = 500
# Implicit and explicit, both byte orders, sequences of both kinds, fragments; each short enough to be cut anywhere.
CUT = (
    *("nested_priv_SQ.dcm", "UN_sequence.dcm", "SC_rgb_small_odd.dcm", "SC_rgb_small_odd_big_endian.dcm"),
    *("rtplan.dcm", "reportsi.dcm", "SC_rgb_rle.dcm", "JPEGLSNearLossless_08.dcm"),
)
# What dcmdump says where a file ends too early.
TRUNCATED = ("premature end", "remaining bytes")


@pytest.fixture(scope="module")
def reports() -> Iterator[list[dict[str, Any]]]:
    share = MUTANTS // PROCESSES
    words = [sys.executable, "-m", "tests.support.fuzzing"]
    running = [
        subprocess.Popen(
            [*words, str(number * share), str(share)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for number in range(PROCESSES)
    ]
    try:
        yield [json.loads(program.communicate(timeout=DEADLINE_S)[0]) for program in running]
    finally:
        for program in running:
            program.kill()
            program.wait()


def test_no_mutant_hangs_or_fails_without_words(reports: list[dict[str, Any]]) -> None:
    assert [finding for report in reports for finding in report["findings"]] == []
    assert sum(report["count"] for report in reports) >= MUTANTS


def test_no_mutant_takes_much_memory(reports: list[dict[str, Any]]) -> None:
    assert max(report["peak_mb"] for report in reports) < MAX_PEAK_MB


def test_the_mutants_reach_every_step_and_both_of_its_ends(reports: list[dict[str, Any]]) -> None:
    for step in (
        "show",
        "dump",
        "anatomy",
        "read",
        "dump of the data set",
        "encode",
        "write",
        "decode",
        "render",
    ):
        for end in ("done", "refused"):
            assert sum(report["ends"].get(f"{step} {end}", 0) for report in reports) > 20, (step, end)


def test_only_what_takes_long_beside_known_work_is_a_hang() -> None:
    def hang() -> None:
        for _ in range(MAX_STEP_UNITS + 2):
            unit_s()

    assert takes_long(hang, 100 * unit_s())
    assert not takes_long(unit_s, 100 * unit_s()), "once in a while a busy machine is slow"
    assert not takes_long(hang, unit_s())


def test_a_number_makes_the_same_mutant_each_time() -> None:
    assert [mutant(number) for number in range(60)] == [mutant(number) for number in range(60)]


def file_named(name: str) -> Path:
    return next(path for path in [*bundled_files(), *DATA.glob("*.dcm")] if path.name == name)


@pytest.mark.parametrize("name", CUT)
def test_no_cut_that_dcmdump_calls_truncated_passes(
    name: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    content = file_named(name).read_bytes()
    passed: list[Path] = []
    cuts = range(132, len(content))
    for length in cuts:
        try:
            check_dicom(content[:length])
        except NotDicomError:
            continue
        passed.append(tmp_path / f"{length}.dcm")
        passed[-1].write_bytes(content[:length])
    assert passed
    assert len(passed) < len(cuts) / 8
    for path in passed:
        # One call for each: dcmdump does not say which of several files a warning is about.
        result = subprocess.run(
            [peer("dcmdump"), "-ll", "warn", path], check=False, capture_output=True, timeout=60
        )
        says = result.stderr.decode("latin-1")
        assert not [word for word in TRUNCATED if word in says], (path.name, says)
        assert result.returncode == 0, (path.name, says)


def test_dcmdump_calls_a_cut_file_truncated_in_the_words_that_the_comparison_looks_for(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    content = file_named("rtplan.dcm").read_bytes()
    path = tmp_path / "cut.dcm"
    unnoticed = 0
    for length in range(len(content) - 400, len(content) - 1, 7):
        path.write_bytes(content[:length])
        says = subprocess.run(
            [peer("dcmdump"), "-ll", "warn", path], check=False, capture_output=True, timeout=60
        ).stderr.decode("latin-1")
        unnoticed += not any(word in says for word in TRUNCATED)
    assert unnoticed < 10
