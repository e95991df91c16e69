"""The command lines of notebooks 03 to 05, typed as they stand there: each does what the text above it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import ImplicitVRLittleEndian, RLELossless

from dicomkit.lessons import checkpoint
from dicomkit.pixels import render
from dicomkit.samples import cine, ct_series
from tests.support.notebook_lint import source

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
DEADLINE_S = 60
FENCE = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)

Typing = Callable[..., str]


def command_lines(name: str) -> list[str]:
    """Return the lines of the shell that a notebook prints."""
    cells = json.loads((NOTEBOOKS / name).read_text(encoding="utf-8"))["cells"]
    blocks = [block for cell in cells for block in FENCE.findall(source(cell))]
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def typed(tmp_path: Path, peer: Callable[[str], str]) -> Typing:
    """Return a function that runs a line in a folder of its own, and returns what it prints."""

    def run(line: str, *, ours: bool = False, statuses: tuple[int, ...] = (0,)) -> str:
        program = line.split(maxsplit=1)[0]
        if ours:
            line = f'"{Path(sys.executable).parent / "dicomkit"}" {line}'
        else:
            peer(program)
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", line],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=DEADLINE_S,
        )  # fmt: skip
        assert done.returncode in statuses, done.stderr
        return done.stdout + done.stderr

    return run


# --- 03: bytes, a whole dump, another transfer syntax, compressed pixels -------------------------------


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    pydicom.dcmwrite(tmp_path / "image.dcm", checkpoint("03").picture, enforce_file_format=True)
    return tmp_path / "image.dcm"


def test_the_lines_of_notebook_03_do_what_it_says(picture: Path, typed: Typing) -> None:
    hexadecimal, dump, implicit, rle = command_lines("03_bytes_and_syntax.ipynb")
    # head closes the pipe after 40 lines: od then ends by SIGPIPE (141), unless it had written everything before.
    rows = typed(hexadecimal, statuses=(0, 141)).splitlines()
    assert rows[0].startswith("0000000 00 00 ")
    assert rows[1] == "*"  # the rest of the preamble
    assert rows[2].startswith("0000128 44 49 43 4d ")  # DICM, at an offset in decimal
    assert rows[2].endswith("<")
    assert len(rows) == 40
    assert "\\ff\\ff" in typed(dump)
    assert "..." not in typed(dump)
    assert typed(dump, ours=True).splitlines()[1:] == typed(dump).splitlines()[1:]  # the first says the name
    typed(implicit)
    typed(rle)
    first = pydicom.dcmread(picture)
    converted, compressed = (
        pydicom.dcmread(picture.with_name(f"{name}.dcm")) for name in ("implicit", "rle")
    )
    assert converted.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
    assert compressed.file_meta.TransferSyntaxUID == RLELossless
    for other in (converted, compressed):
        assert np.array_equal(other.pixel_array, first.pixel_array)


# --- 04: a picture joins a series, and somebody strict looks at it --------------------------------------


@pytest.mark.parametrize("ours", [False, True], ids=["dcmtk", "dicomkit"])
def test_the_lines_of_notebook_04_do_what_it_says(ours: bool, tmp_path: Path, typed: Typing) -> None:  # noqa: FBT001
    join, validate, dump = command_lines("04_add_pixels.ipynb")
    two = checkpoint("04").finished
    two.save_as(tmp_path / "two.dcm", enforce_file_format=True)
    Image.fromarray(render(checkpoint("05").eye)).save(tmp_path / "image.jpg", quality=90)
    typed(join, ours=ours)
    three = pydicom.dcmread(tmp_path / "three.dcm")
    assert three.PatientID == two.PatientID
    assert three.StudyInstanceUID == two.StudyInstanceUID
    assert three.SeriesInstanceUID == two.SeriesInstanceUID
    assert three.SOPInstanceUID != two.SOPInstanceUID
    said = [line for line in typed(validate, statuses=(0, 1)).splitlines() if line != "SCImage"]
    missing = {
        name for name in ("Laterality", "Modality", "Instance Number") if any(name in line for line in said)
    }
    assert len(said) == len(missing) == (0 if ours else 3), said
    printed = typed(dump, ours=ours).splitlines()
    assert [line.split()[:3] for line in printed] == [
        ["(0028,0010)", "US", "192"],
        ["(0028,0011)", "US", "192"],
    ]


# --- 05: windows and frames ---------------------------------------------------------------------------


def test_the_lines_of_notebook_05_do_what_it_says(tmp_path: Path, typed: Typing) -> None:
    by_numbers, of_the_file, third, stretched = command_lines("05_show_pixels.ipynb")
    slice_ = ct_series()[-1]
    slice_.save_as(tmp_path / "slice.dcm")
    film = cine(4)
    film.save_as(tmp_path / "film.dcm")
    for line in (by_numbers, of_the_file, third, stretched):
        typed(line)
    brain, first, frame, everything = (
        np.asarray(Image.open(tmp_path / name)).astype(int)
        for name in ("brain.pgm", "first.pgm", "third.ppm", "all.pgm")
    )
    assert np.abs(brain - render(slice_, window=(40, 80))).max() <= 1
    assert np.abs(first - render(slice_, window=(slice_.WindowCenter[0], slice_.WindowWidth[0]))).max() <= 1
    assert np.array_equal(frame, render(film, frame=3))
    stored = slice_.pixel_array
    assert everything[stored == stored.min()].max() == 0
    assert everything[stored == stored.max()].min() == 255


@pytest.mark.parametrize("name", ["03_bytes_and_syntax", "04_add_pixels", "05_show_pixels"])
def test_every_line_of_the_shell_stands_in_practice(name: str) -> None:
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    assert FENCE.search(source(cells[-1]))
    assert len(FENCE.findall("\n".join(map(source, cells)))) == 1
