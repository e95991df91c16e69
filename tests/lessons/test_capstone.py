"""What notebook 10 says about the handout, asked of bash, of the system and of DCMTK itself."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.lessons.catalogue import find_exercise, find_notebook, pristine_folder
from dicomkit.network import StorageSCP

DEADLINE_S = 60
posix_only = pytest.mark.skipif(os.name == "nt", reason="the handout is written for a shell")


def handout() -> str:
    """Return the part of notebook 10 that quotes the handout."""
    path = pristine_folder() / find_notebook("10").file_name
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["id"].startswith("handout-"))


def solved(exercise: str) -> object:
    found = find_exercise(exercise)
    names: dict[str, object] = {}
    exec(found.solution, names)  # noqa: S102 - the kit's own source
    return names[found.name]


def test_the_notebook_quotes_all_nine_mistakes() -> None:
    text = handout()
    typed = re.search(r"\(0020,000D\) UI \[([\d.]+)\]", text)
    printed = re.search(r"\(0020,000d\) UI \[([\d.]+)\]", text)
    assert typed is not None
    assert printed is not None
    assert typed[1] != printed[1]
    for mistake in (" LN [", r'echo "P1\n', "### Sender\n\n```\nstorescp", "'#fâ€™", "--exec-on-reception"):
        assert mistake in text
    for mistake in ("storescu -v -nh -aet", "\n#/usr/bin/env bash", "touch ", "-not -newermt"):
        assert mistake in text


def test_the_pipeline_needs_the_imports_and_nothing_of_the_hunt(capsys: pytest.CaptureFixture[str]) -> None:
    path = pristine_folder() / find_notebook("10").file_name
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    start = next(index for index, cell in enumerate(cells) if cell["id"] == "pipeline")
    names: dict[str, object] = {}
    for cell in [cells[1], *cells[start:]]:
        if cell["cell_type"] == "code" and not cell["metadata"].get("tags"):
            exec("".join(cell["source"]), names)  # noqa: S102 - the kit's own source
    assert "2 complete: revision 2 with 13 instances" in capsys.readouterr().out


@posix_only
def test_bash_writes_as_many_line_ends_as_the_answer_says() -> None:
    line = r'echo "P1\n10 10\n' + 10 * r"0 0 0 0 0 0 0 0 0 0\n" + '"'
    bash = shutil.which("bash")
    assert bash is not None
    written = subprocess.run([bash, "-c", line], check=True, capture_output=True, timeout=DEADLINE_S).stdout
    assert written.count(b"\n") == solved("10.2")


@posix_only
def test_the_system_refuses_a_script_without_the_bang_and_a_shell_runs_it(tmp_path: Path) -> None:
    script = tmp_path / "myScript.sh"
    script.write_text("#/usr/bin/env bash\necho ran\n", encoding="ascii")
    script.chmod(0o755)
    with pytest.raises(OSError) as refused:  # noqa: PT011 - the number says which
        subprocess.run([script], check=False, timeout=DEADLINE_S)
    assert refused.value.errno == errno.ENOEXEC
    through_shell = subprocess.run(
        ["/bin/sh", "-c", str(script)], check=True, capture_output=True, timeout=DEADLINE_S
    )
    assert through_shell.stdout == b"ran\n"
    script.write_text(f"{solved('10.8')}\necho ran\n", encoding="ascii")
    mended = subprocess.run([script], check=True, capture_output=True, timeout=DEADLINE_S)
    assert mended.stdout == b"ran\n"


@posix_only
def test_find_lists_a_touched_file_from_the_sixteenth_second_on_and_for_ever(tmp_path: Path) -> None:
    find = shutil.which("find")
    assert find is not None
    touched = tmp_path / "scp_1.2.3"
    touched.touch()
    for age_s, listed in ((10, False), (18, True), (60, True), (3600, True)):
        when = time.time() - age_s
        os.utime(touched, (when, when))
        words = [find, tmp_path, "-type", "f", "-not", "-newermt", "-16 seconds"]
        printed = subprocess.run(words, check=False, capture_output=True, text=True, timeout=DEADLINE_S)
        if printed.returncode:
            pytest.skip("this find knows no -newermt with a relative time")
        assert (touched.name in printed.stdout) is listed


@posix_only
def test_the_script_and_the_line_that_lists_do_as_they_are_printed(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    fences = re.findall(r"```\n(.*?)```", handout().rpartition("## The handout, part 3")[2], re.DOTALL)
    script, line = fences
    (tmp_path / "arrived").mkdir()
    (tmp_path / "myScript.sh").write_text(script, encoding="ascii")
    words = ["bash", "myScript.sh", "me", "HAUKE", "localhost", "in/scp_1.2.3", "1.dcm"]
    subprocess.run(words, check=True, cwd=tmp_path, timeout=DEADLINE_S)
    touched = tmp_path / "arrived" / "scp_1.2.3"
    os.utime(touched, (touched.stat().st_atime, touched.stat().st_mtime - 60))
    peer("watch")
    with subprocess.Popen(
        ["bash", "-c", f"exec {line}"],
        cwd=tmp_path,
        env=os.environ | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
    ) as watching:
        guard = threading.Timer(DEADLINE_S, watching.kill)
        guard.start()
        printed = b""
        assert watching.stdout is not None
        while b"arrived/scp_1.2.3" not in printed and (more := watching.stdout.read1()):
            printed += more
        guard.cancel()
        watching.terminate()
    assert b"arrived/scp_1.2.3" in printed


def test_dcmtk_sends_what_the_answer_says_and_is_content(tmp_path: Path, peer: Callable[[str], str]) -> None:
    outbox, inbox = tmp_path / "outbox", tmp_path / "inbox"
    outbox.mkdir()
    inbox.mkdir()
    (outbox / "empty.dump").touch()
    shutil.copy(Path(__file__).parents[1] / "data" / "dcmtk" / "image.jpg", outbox)
    lines = [line[5:] for line in handout().splitlines() if re.match(r" ?\d+   ", line)]
    make = [
        line for line in lines if line.startswith(("dump2dcm", "dcmdump one", "img2dcm")) or "(00" in line
    ]
    assert len(make) == 8
    for program in ("dump2dcm", "dcmdump", "img2dcm", "storescu"):
        peer(program)
    subprocess.run(["bash", "-e", "-c", "\n".join(make)], check=True, cwd=outbox, timeout=DEADLINE_S)
    assert {path.name for path in outbox.glob("*.dcm")} == {"one.dcm", "two.dcm", "three.dcm"}
    with StorageSCP(inbox, ae_title="HAUKE") as receiver:
        words = [
            "-v",
            "-nh",
            "-aet",
            "me",
            "-aec",
            "HAUKE",
            "+r",
            "+sd",
            "127.0.0.1",
            str(receiver.port),
            ".",
        ]
        sent = subprocess.run(
            [peer("storescu"), *words], check=False, capture_output=True, cwd=outbox, timeout=DEADLINE_S
        )
    assert (receiver.received_count, sent.returncode) == solved("10.7")


def test_dcmtk_answers_success_and_never_runs_the_broken_hook(
    tmp_path: Path, dcmtk_storescp: Callable[..., int]
) -> None:
    from dicomkit.network import send  # noqa: PLC0415 - with its sample, only here
    from dicomkit.samples import localiser  # noqa: PLC0415

    script = tmp_path / "hook.sh"
    script.write_text('#!/bin/sh\ntouch "$(dirname "$0")/ran-$1"\n', encoding="ascii")
    script.chmod(0o755)
    for number, last in enumerate(("#f\N{RIGHT SINGLE QUOTATION MARK}", "#f'")):
        hook = f"{script} '{number}' '{last}"
        port = dcmtk_storescp(tmp_path / str(number), "--exec-on-reception", hook, "--exec-sync")
        assert send(localiser(size=16), "127.0.0.1", port).summary() == "1 stored"
        # The hook runs after the response; the next answer comes when it is over.
        send(localiser(size=16), "127.0.0.1", port)
        assert (tmp_path / f"ran-{number}").exists() is (last == "#f'")
