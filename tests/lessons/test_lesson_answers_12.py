"""What people type into the exercises of notebook 12, and what they are told; and the notebook's own words, typed."""

from __future__ import annotations

import contextlib
import io
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.lessons import checkpoint
from dicomkit.network import Archive, send
from tests.support.lesson_answers import is_said, verdict_on
from tests.support.notebook_cells import cell
from tests.support.other_archives import free_port, orthanc
from tests.support.typed_lines import blocks

RIGHT_KEYS = (
    '{"StudyDate": "20240101-20241231", "ModalitiesInStudy": "CT", "PatientName": "", "StudyInstanceUID": ""}'
)
ANSWERS: list[tuple[str, str, str]] = [
    ("12.1", "(6, 0xFF00)", "PASS"),
    ("12.1", "[6, 'FF00H']", "PASS"),
    ("12.1", "('6', '0xFF00')", "PASS"),
    ("12.1", "(np.int64(6), 65280)", "PASS"),
    ("12.1", "(5, 0xFF00)", "one more"),
    ("12.1", "(5, 0)", "one more"),
    ("12.1", "(6, 0)", "which brings no study"),
    ("12.1", "(6, 0xA900)", "only says that more follows"),
    ("12.1", "(1, 0xFF00)", "for each study"),
    ("12.1", "(10, 0xFF00)", "the last response"),
    ("12.1", "6", "a tuple of two"),
    ("12.1", "(6, 'pending')", "a tuple of two"),
    ("12.2", RIGHT_KEYS, "PASS"),
    ("12.2", RIGHT_KEYS.replace('"StudyDate"', '"(0008,0020)"'), "PASS"),
    ("12.2", RIGHT_KEYS.replace("20240101-20241231", "20240101-"), "PASS"),
    ("12.2", RIGHT_KEYS.replace('"PatientName": ""', '"PatientName": "*"'), "PASS"),
    ("12.2", RIGHT_KEYS.replace('""', "None"), "PASS"),
    ("12.2", RIGHT_KEYS.replace('"CT"', '["CT"]'), "PASS"),
    ("12.2", RIGHT_KEYS.replace("ModalitiesInStudy", "Modality"), "key of the series"),
    ("12.2", RIGHT_KEYS.replace("20240101-20241231", "2024"), "no date YYYYMMDD"),
    ("12.2", RIGHT_KEYS.replace("20240101-20241231", "2024-01-01"), "no date YYYYMMDD"),
    ("12.2", RIGHT_KEYS.replace("PatientName", "PatientsName"), "did you mean PatientName?"),
    ("12.2", RIGHT_KEYS.replace('"ModalitiesInStudy": "CT"', '"ModalitiesInStudy": ""'), "without CT images"),
    ("12.2", "{}", "of other years"),
    ("12.2", "['StudyDate']", "a dict with a text"),
    ("12.2", "'StudyDate=2024'", "a dict with a text"),
    ("12.3", '("SERIES", "STUDY", "IMAGE")', "PASS"),
    ("12.3", '["series", "study", "image"]', "PASS"),
    ("12.3", '"SERIES, STUDY, IMAGE"', "PASS"),
    ("12.3", '("SERIES", "STUDY", "INSTANCE")', "calls that level IMAGE"),
    ("12.3", '("STUDY", "STUDY", "IMAGE")', "is a key of the level SERIES"),
    ("12.3", '("SERIES", "SERIES", "IMAGE")', "one answer for each study"),
    ("12.3", '("SERIES", "STUDY", "SERIES")', "level of instances"),
    ("12.3", '("IMAGE", "STUDY", "IMAGE")', "for each slice"),
    ("12.3", '("PATIENT", "STUDY", "IMAGE")', "no level PATIENT"),
    ("12.3", "3", "a tuple of three"),
    ("12.4", "[build_role(CTImageStorage, scp_role=True), build_role(ComputedRadiographyImageStorage, scp_role=True)]", "PASS"),
    ("12.4", "tuple(build_role(each, scp_role=True) for each in (CTImageStorage, ComputedRadiographyImageStorage))", "PASS"),
    (
        "12.4",
        "[build_role(each, scp_role=True, scu_role=True) for each in (CTImageStorage, ComputedRadiographyImageStorage)]",
        "PASS",
    ),
    ("12.4", "[]", "without a role"),
    ("12.4", "[build_role(ComputedRadiographyImageStorage, scp_role=True)]", "a role of its own"),
    ("12.4", "build_role(CTImageStorage, scp_role=True)", "roles is a list"),
    ("12.4", "[build_role(CTImageStorage, scu_role=True)]", "scp_role=True"),
    ("12.4", "['CTImageStorage']", "roles is a list"),
    ("12.5", "lambda r, n: r.completed is not None and r.completed + r.warnings == n and r.failed == 0", "PASS"),
    ("12.5", "lambda r, n: bool(r.completed) and r.completed + r.warnings >= n and not r.failed", "PASS"),
    ("12.5", "lambda r, n: r.status in (0, 0xB000) and not r.failed and r.completed + r.warnings == n", "PASS"),
    ("12.5", "lambda r, n: r.is_complete", "that matched nothing"),
    ("12.5", "lambda r, n: r.completed == n", "does not look at failures"),
    ("12.5", "lambda r, n: r.status == 0 and r.completed == n", "a warning was stored"),
    ("12.5", "lambda r, n: r.completed + r.warnings == n", "TypeError"),
    ("12.5", "lambda r: True", "called with 2 arguments"),
    ("12.5", "lambda r, n: None", "is a return missing"),
    ("12.6", '("PACS", "WS", "10.0.0.7", 104)', "PASS"),
    ("12.6", '["pacs", "ws", "10.0.0.7", "104"]', "PASS"),
    ("12.6", '("WS", "WS", "10.0.0.7", 104)', "a list of its own"),
    ("12.6", '("PACS", "PACS", "10.0.0.7", 104)', "the archive's own title"),
    ("12.6", '("PACS", "WS", "10.0.0.1", 104)', "the archive's address"),
    ("12.6", '("PACS", "WS", "10.0.0.7", 11112)', "on which WS listens"),
    ("12.6", '("PACS", "WS")', "a tuple of four"),
]  # fmt: skip


@pytest.mark.parametrize(("exercise", "typed", "expected"), ANSWERS)
def test_an_answer_gets_its_verdict(exercise: str, typed: str, expected: str, tmp_path: Path) -> None:
    name = {
        "12.1": "responses",
        "12.2": "keys",
        "12.3": "levels",
        "12.4": "roles",
        "12.5": "all_there",
        "12.6": "entry",
    }
    verdict = verdict_on(exercise, f"{name[exercise]} = {typed}", tmp_path / "cell.py")
    assert is_said(expected, verdict), verdict


# --- the notebook's own words


def test_the_commands_of_the_notebook_do_what_they_say(tmp_path: Path) -> None:
    (block,) = blocks("12")
    lines = block.splitlines()
    assert [line.split()[0] for line in lines] == ["dicomkit", "findscu", "getscu", "movescu"]
    for name in ("folder", "got"):
        (tmp_path / name).mkdir()
    instances = checkpoint("12").instances
    for number, dataset in enumerate(instances):
        write_file(dataset, tmp_path / "folder" / f"{number}.dcm")
    study, mine = str(instances[0].StudyInstanceUID), free_port()
    archive_words = shlex.split(lines[0])
    assert archive_words[:6] == [
        "dicomkit",
        "archive",
        "--aetitle",
        "ARCHIVE",
        "--destination",
        "ME=127.0.0.1:11113",
    ]
    with Archive(
        tmp_path / "folder", ae_title="ARCHIVE", destinations={"ME": ("127.0.0.1", mine)}
    ) as archive:
        for line in lines[1:]:
            changed = (
                line.replace("1.2.3", study).replace("11112", str(archive.port)).replace("11113", str(mine))
            )
            output = io.StringIO()
            with contextlib.chdir(tmp_path), contextlib.redirect_stdout(output):
                assert main(shlex.split(changed)) == 0, line
            if line.startswith("findscu"):
                assert output.getvalue().count("# answer") == 3
        archive.check()
    assert len(list((tmp_path / "got").rglob("*.dcm"))) == 13
    assert len(list((tmp_path / f"scp_{study}").rglob("*.dcm"))) == 13


def test_the_last_program_asks_an_orthanc_by_one_changed_line(
    tmp_path: Path, peer: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = [line for line in cell("12", "outgrow").splitlines() if "# host, port, title" in line]
    with orthanc(peer("Orthanc"), tmp_path / "orthanc") as other:
        send(
            checkpoint("12").instances, "127.0.0.1", other.port, called_ae_title=other.ae_title
        ).raise_on_failure()
        changed = cell("12", "outgrow").replace(
            line, line.replace("# ", "", 1).replace("4242", str(other.port))
        )
        (tmp_path / "archive").mkdir()
        code = "from dicomkit.network import find\n" + changed
        exec(code, {"archive": Archive(tmp_path / "archive", ae_title="ARCHIVE")})  # noqa: S102 - the notebook's own cell
    assert capsys.readouterr().out == "2 studies since 2024\n"
