"""``dicomkit dcmdump`` against the real one: same text, one line for an error, nothing heavy imported."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dicomkit.cli import main
from tests.support.dicom_files import (
    BIG_ENDIAN,
    DATA,
    bundled,
    delimiter,
    element,
    item,
    part10,
    sequence,
)

LINE_END = re.compile(rb"( # +(?:\d+|u/l), *\d+ )[^\n]*")
Program = Callable[..., "subprocess.CompletedProcess[bytes]"]


def up_to_vm(dump: bytes) -> bytes:
    return LINE_END.sub(rb"\1", dump)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with two files, a folder with a third, and one file that is not DICOM."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(DATA / "three.dcm", "a.dcm")
    shutil.copy(DATA / "two.dcm", "b.dcm")
    (tmp_path / "inside").mkdir()
    shutil.copy(bundled("MR_small.dcm"), "inside/c.dcm")
    (tmp_path / "inside" / "notes.txt").write_text("hello\n")
    return tmp_path


@pytest.fixture
def theirs(peer: Callable[[str], str]) -> Program:
    program = peer("dcmdump")
    return lambda *words: subprocess.run(
        [program, *map(str, words)], check=False, capture_output=True, timeout=30
    )


def ours(*words: object) -> subprocess.CompletedProcess[bytes]:
    code = "import sys; from dicomkit.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, "dcmdump", *map(str, words)],
        check=False,
        capture_output=True,
        timeout=30,
    )


@pytest.mark.parametrize(
    "words",
    [
        ["a.dcm"],
        ["+L", "a.dcm"],
        ["-M", "inside/c.dcm"],
        ["a.dcm", "b.dcm"],
        ["+F", "a.dcm"],
        ["+F", "a.dcm", "b.dcm"],
        ["+P", "PatientName", "a.dcm"],
        ["+P", "0010,0020", "+P", "PatientName", "a.dcm", "b.dcm"],
        ["+F", "+P", "Modality", "a.dcm", "inside/c.dcm"],
        ["+P", "0008,0060", "a.dcm", "inside/c.dcm", "inside/c.dcm"],
        ["+P", "9999,9999", "a.dcm"],
        ["+sd", "+P", "PatientID", "+r", "inside/c.dcm"],
    ],
    ids=" ".join,
)
def test_output_is_that_of_dcmdump(words: list[str], here: Path, theirs: Program) -> None:
    assert here.is_dir()
    done, expected = ours(*words), theirs(*words)
    assert up_to_vm(done.stdout) == up_to_vm(expected.stdout)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", [["twice.dcm"], ["+P", "PatientName", "twice.dcm"]], ids=" ".join)
def test_an_element_that_stands_twice_is_named_as_dcmdump_names_it(
    words: list[str], here: Path, theirs: Program
) -> None:
    name, code = (0x00100010, "PN", b"AAAA"), (0x00080100, "SH", b"B ")
    inner = element(*code) + element(*code)
    (here / "twice.dcm").write_bytes(
        part10(
            element(*name)
            + element(0x00100020, "LO", b"1 ")
            + element(*name)
            + sequence(0x00400260, item(inner))
        )
    )
    done, expected = ours(*words), theirs(*words)
    assert up_to_vm(done.stdout) == up_to_vm(expected.stdout)
    assert done.returncode == expected.returncode == 0
    (said,) = done.stderr.decode().splitlines()
    tags = r"\([0-9a-f]{4},[0-9a-f]{4}\)"
    assert set(re.findall(tags, said)) == set(re.findall(tags, expected.stderr.decode())) != set()
    assert said.startswith("dicomkit dcmdump: twice.dcm: (")


def test_a_file_that_fails_does_not_stop_the_others(here: Path, theirs: Program) -> None:
    words = ["+F", "a.dcm", "missing.dcm", "inside/notes.txt", "b.dcm"]
    done = ours(*words)
    assert up_to_vm(done.stdout) == up_to_vm(theirs(*words).stdout)
    assert done.returncode == 1
    first, second = done.stderr.decode().splitlines()
    assert first.startswith("dicomkit dcmdump: missing.dcm: there is no such file; ")
    assert second.startswith(f"dicomkit dcmdump: {Path('inside/notes.txt')}: there is no 'DICM'")
    assert here.is_dir()


def test_a_folder_is_scanned_in_the_order_of_names(
    here: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["dcmdump", "+sd", "+F", "+P", "PatientID", str(here)]) == 0
    assert re.findall(rb"\((\d/\d)\): .*?(\w\.dcm)", capfdbinary.readouterr().out) == [
        (b"1/2", b"a.dcm"),
        (b"2/2", b"b.dcm"),
    ]
    assert main(["dcmdump", "+sd", "+r", "+F", "+P", "PatientID", str(here)]) == 1  # the text file
    assert b"(3/4)" in capfdbinary.readouterr().out


def test_a_folder_without_the_option_is_an_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dcmdump", str(here)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def encapsulated(*fragments: bytes) -> bytes:
    header = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    return header + b"".join(item(fragment) for fragment in fragments) + delimiter(0xE0DD)


JPEG = "1.2.840.10008.1.2.4.50"
PIXELS = {
    "icon.dcm": part10(
        sequence(0x00880200, item(element(0x7FE00010, "OW", b"ab"))) + element(0x7FE00010, "OB", b"c")
    ),
    "empty.dcm": part10(element(0x7FE00010, "OW", b"")),
    "odd_words.dcm": part10(element(0x7FE00010, "OW", b"abcde")),
    "unknown.dcm": part10(element(0x7FE00010, "UN", b"abcd")),
    "big_words.dcm": part10(element(0x7FE00010, "OW", b"abcdef", ">"), BIG_ENDIAN),
    "big_bytes.dcm": part10(element(0x7FE00010, "OB", b"abcde", ">"), BIG_ENDIAN),
    "fragments.dcm": part10(encapsulated(b"", b"abc"), JPEG),
    "MR_small.dcm": bundled("MR_small.dcm").read_bytes(),
    "image_dfl.dcm": bundled("image_dfl.dcm").read_bytes(),
}


@pytest.mark.parametrize("options", [[], ["-M"], ["+L"]], ids=str)
def test_pixel_data_goes_to_files(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: Program
) -> None:
    results = []
    for name, content in PIXELS.items():
        (tmp_path / name).write_bytes(content)
    for program, run in (("ours", ours), ("theirs", theirs)):
        folder = tmp_path / program
        deep = folder / "raw" / ("long_" * 15)
        deep.mkdir(parents=True)
        monkeypatch.chdir(folder)
        done = [run(*options, "+W", "raw/", f"../{name}") for name in PIXELS]
        done.append(run(*options, "+W", f"./raw/{deep.name}", "../MR_small.dcm"))
        written = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.raw")}
        results.append(([up_to_vm(one.stdout) for one in done], written))
    # DCMTK swaps the bytes of OB from a big-endian file, as if they were words; they have no byte order.
    assert results[1][1].pop(Path("raw/big_bytes.dcm.0.raw")) == b"badc\0e"
    assert results[0][1].pop(Path("raw/big_bytes.dcm.0.raw")) == b"abcde\0"
    assert results[0] == results[1]
    assert len(results[0][1]) >= len(PIXELS)


def test_pixel_data_never_replaces_another_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["dcmdump", "+W", str(tmp_path), str(bundled("MR_small.dcm"))]
    assert main(words) == 0
    assert main(words) == 0  # the same content again
    (tmp_path / "MR_small.dcm.0.raw").write_bytes(b"mine")
    assert main(words) == 1
    assert (tmp_path / "MR_small.dcm.0.raw").read_bytes() == b"mine"
    assert "exists already" in capsys.readouterr().err
    assert main(["dcmdump", "+W", str(tmp_path / "missing"), words[-1]]) == 1


@pytest.mark.parametrize("words", [["+P", "NoSuchKeyword", "a.dcm"], [], ["+Z", "a.dcm"]])
def test_a_wrong_command_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dcmdump", *words]) == 2
    assert capsys.readouterr().err.startswith("dicomkit dcmdump: command line: ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("raw", [False, True])
def test_a_terminal_gets_no_control_characters(raw: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a pytest parameter
    import pty  # noqa: PLC0415 - Windows does not have it

    path = tmp_path / "hostile\x1b[31m.dcm"  # a name comes from a stranger's archive as a value does
    path.write_bytes(part10(element(0x00104000, "LT", b"\x1b]0;owned\x07\n(0010,0010) PN [forged]")))
    leader, follower = pty.openpty()
    words = [sys.executable, "-c", "from dicomkit.cli import main; main()", "dcmdump", "+F", str(path)]
    subprocess.run([*words, *(["--raw"] if raw else [])], check=True, stdout=follower, timeout=30)
    os.close(follower)
    shown = os.read(leader, 65536)
    os.close(leader)
    assert (b"\x1b" in shown) is raw
    assert (b"\n(0010,0010)" in shown) is raw
    assert b"forged" in shown


def test_redirected_output_keeps_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin1.dcm"
    path.write_bytes(part10(element(0x00104000, "LT", b"\x1b[1m\xfc\xff")))
    assert b"[\x1b[1m\xfc\xff]" in ours(path).stdout


def test_printing_needs_neither_numpy_nor_pydicom(here: Path) -> None:
    code = (
        "import sys; from dicomkit.cli import main; main(['dcmdump', 'a.dcm']); "
        "print(sorted({'pydicom', 'numpy', 'PIL', 'dataclasses'} & set(sys.modules)), file=sys.stderr)"
    )
    # What counts which lines are reached (.ci/run) imports dataclasses itself.
    alone = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, timeout=30, cwd=here, env=alone)
    assert done.stderr.strip() == b"[]"


# --- what is printed goes somewhere ---------------------------------------------------------------------


def run_piped(*words: str, **streams: object) -> subprocess.CompletedProcess[bytes]:
    program = str(Path(sys.executable).parent / "dicomkit")
    return subprocess.run([program, *words], check=False, timeout=60, **streams)  # type: ignore[call-overload, no-any-return]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
@pytest.mark.parametrize("words", [("dcmdump", "FILE"), ("help",), ("--version",), ("doctor",)])
def test_a_full_disk_is_one_line_and_a_failure(words: tuple[str, ...]) -> None:
    typed = [str(DATA / "one.dcm") if word == "FILE" else word for word in words]
    with Path("/dev/full").open("wb") as full:
        done = run_piped(*typed, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    said = done.stderr.decode()
    assert said.count("\n") == 1
    assert "standard output: cannot be written (No space left on device)" in said


def test_a_pipe_that_is_cut_is_silent() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as cut:
        done = run_piped("dcmdump", *[str(DATA / "allvr.dcm")] * 40, stdout=cut, stderr=subprocess.PIPE)
    assert done.stderr == b""


def test_standard_input_is_a_file_too() -> None:
    content = (DATA / "allvr.dcm").read_bytes()
    piped = run_piped("dcmdump", "-", input=content, capture_output=True)
    named = run_piped("dcmdump", str(DATA / "allvr.dcm"), capture_output=True)
    assert (piped.returncode, piped.stderr) == (0, b"")
    assert piped.stdout == named.stdout
    nothing = run_piped("dcmdump", "-", input=b"", capture_output=True)
    assert nothing.returncode == 1
    assert nothing.stderr.startswith(b"dicomkit dcmdump: standard input: ")
