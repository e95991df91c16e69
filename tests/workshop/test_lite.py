"""The content of the site for a browser: checked files, entries of a lock, pages with a policy, recorded cells."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dicomkit.cli import main
from dicomkit.errors import FileAccessError, WorkshopError
from dicomkit.lessons.catalogue import NOTEBOOKS
from dicomkit.workshop.lite.bytecode import compiling_python, with_bytecode
from dicomkit.workshop.lite.distribution import CORE_FILES, LOCK_NAME, Distribution
from dicomkit.workshop.lite.packages import (
    KERNEL_PACKAGES,
    LOADED_AT_START,
    VIEWER_LOCK_NAME,
    python_files,
    viewer_files,
)
from dicomkit.workshop.lite.recorded import WHY, for_browser, recorded_because
from dicomkit.workshop.lite.site import SITE_NAME, check_place, with_policy
from dicomkit.workshop.lite.wheels import PureWheel, without_tests
from tests.support.notebook_outputs import read

COMPILED = ("numpy", "pillow", "matplotlib", "ipython", "jedi", "ssl", "micropip", "packaging", "sqlite3")
RECORDED = 38  # of all cells with code; few, and each has a sentence why


def wheel(name: str, *requirements: str, file_name: str = "") -> PureWheel:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        needs = "".join(f"Requires-Dist: {each}\n" for each in requirements)
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Name: {name}\nVersion: 1.0\n{needs}\n")
        archive.writestr(f"{name}/__init__.py", "")
    return PureWheel(file_name or f"{name}-1.0-py3-none-any.whl", stream.getvalue())


def pure_wheels() -> list[PureWheel]:
    names = ("pydicom", "ipywidgets", "anywidget", "tqdm", "dicom_anonymizer", "nibabel")
    return [
        wheel("dicomkit", "pydicom>=3.0.2", "watchfiles>=1", "mypy; extra == 'test'"),
        wheel("pynetdicom", "pydicom >=3, <4"),
        *map(wheel, (*names, "comm", *KERNEL_PACKAGES)),
    ]


@pytest.fixture
def distribution(tmp_path: Path) -> Path:
    """Return a folder like an unpacked distribution, with a file of a few bytes for each package."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    packages = {}
    for name in COMPILED:
        content = f"the wheel of {name}".encode()
        (folder / f"{name}.whl").write_bytes(content)
        packages[name] = {
            "name": name,
            "file_name": f"{name}.whl",
            "sha256": hashlib.sha256(content).hexdigest(),
            "depends": ["Pillow"] if name == "matplotlib" else [],
        }
    for name in CORE_FILES:
        (folder / name).write_bytes(b"core")
    lock = {"info": {"version": "0.27.7", "python": "3.12.7"}, "packages": packages}
    (folder / LOCK_NAME).write_text(json.dumps(lock))
    return folder


def test_a_site_needs_a_distribution_and_says_where_to_get_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lite", str(tmp_path / "site")]) == 1
    assert "pyodide-VERSION.tar.bz2" in capsys.readouterr().err
    assert main(["lite", str(tmp_path / "site"), "--pyodide", str(tmp_path)]) == 1
    assert "this is no distribution of Pyodide" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


def test_the_lock_of_the_site_names_every_file_with_what_it_needs(distribution: Path) -> None:
    files = python_files(Distribution(distribution), pure_wheels())
    packages = json.loads(files[LOCK_NAME])["packages"]
    for entry in packages.values():
        assert hashlib.sha256(files[entry["file_name"]]).hexdigest() == entry["sha256"]
    assert packages["dicomkit"]["depends"] == ["pydicom", "dicom-anonymizer", "nibabel", "sqlite3"]
    assert packages["pynetdicom"]["depends"] == ["pydicom", "ssl"]
    assert packages["dicomkit"]["imports"] == ["dicomkit"]
    assert json.loads(files[VIEWER_LOCK_NAME])["packages"].keys() == packages.keys()
    started = {name.replace("_", "-") for name in LOADED_AT_START}
    assert started <= packages.keys(), "a kernel that misses one asks for it by itself, and is slower"
    viewer = viewer_files(files)
    assert {"numpy.whl", "pydicom-1.0-py3-none-any.whl", VIEWER_LOCK_NAME} <= viewer.keys()
    assert not {"matplotlib.whl", "pynetdicom-1.0-py3-none-any.whl"} & viewer.keys()


def test_a_file_that_is_not_what_the_lock_says_is_refused(distribution: Path) -> None:
    (distribution / "numpy.whl").write_bytes(b"another file")
    with pytest.raises(WorkshopError, match="it is not the file that pyodide-lock"):
        python_files(Distribution(distribution), pure_wheels())
    (distribution / "numpy.whl").unlink()
    with pytest.raises(WorkshopError, match="missing"):
        python_files(Distribution(distribution), pure_wheels())


def test_a_wheel_travels_without_its_tests() -> None:
    stream = io.BytesIO()
    names = (
        "kit/__init__.py",
        "kit/tests/__init__.py",
        "kit/data/tests/big.nii",
        "kit/data/test_files/CT.dcm",
    )
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    with zipfile.ZipFile(io.BytesIO(without_tests(stream.getvalue()))) as archive:
        assert archive.namelist() == ["kit/__init__.py", "kit/data/test_files/CT.dcm"]
        assert archive.testzip() is None


def test_a_core_or_a_package_that_is_not_there_is_named(distribution: Path) -> None:
    lock = json.loads((distribution / LOCK_NAME).read_text())
    del lock["packages"]["jedi"]
    (distribution / LOCK_NAME).write_text(json.dumps(lock))
    with pytest.raises(WorkshopError, match="no package jedi"):
        python_files(Distribution(distribution), pure_wheels())
    (distribution / "pyodide.asm.wasm").unlink()
    with pytest.raises(WorkshopError, match=r"pyodide\.asm\.wasm is missing"):
        Distribution(distribution)


@pytest.mark.parametrize("keeps_source", [True, False])
def test_a_compiled_wheel_is_not_compiled_again(keeps_source: bool) -> None:  # noqa: FBT001 - a parameter of a test
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    python = compiling_python(version)
    assert python is not None
    assert compiling_python("2.99") is None
    made = with_bytecode(wheel("kit").content, python, "/lib/there", keeps_source=keeps_source)
    assert made == with_bytecode(wheel("kit").content, python, "/lib/there", keeps_source=keeps_source)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert ("kit/__init__.py" in archive.namelist()) is keeps_source
        name = next(each for each in archive.namelist() if each.endswith(".pyc"))
        content = archive.read(name)
    assert content[:4] == importlib.util.MAGIC_NUMBER
    assert content[4:8] == b"\1\0\0\0", "by digest, and not compared with it (PEP 552)"
    assert b"/lib/there/kit/__init__.py" in content, "a traceback names files where they will lie"


def test_the_lock_names_what_was_compiled(distribution: Path) -> None:
    lock = json.loads((distribution / LOCK_NAME).read_text())
    for name in ("ipython", "jedi", "micropip", "packaging"):
        content = wheel(name).content
        (distribution / f"{name}-1.0-py3-none-any.whl").write_bytes(content)
        lock["packages"][name] |= {
            "file_name": f"{name}-1.0-py3-none-any.whl",
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    (distribution / LOCK_NAME).write_text(json.dumps(lock))
    files = python_files(Distribution(distribution), pure_wheels(), sys.executable)
    for each in json.loads(files[LOCK_NAME])["packages"].values():
        assert hashlib.sha256(files[each["file_name"]]).hexdigest() == each["sha256"]
    with zipfile.ZipFile(io.BytesIO(files["jedi-1.0-py3-none-any.whl"])) as archive:
        assert "jedi/__init__.pyc" in archive.namelist()


@pytest.mark.parametrize(
    "file_name", ["psygnal-0.16.1-cp312-cp312-manylinux_2_17_x86_64.whl", "psygnal-0.16.1.tar.gz"]
)
def test_a_wheel_that_no_browser_can_run_is_refused(distribution: Path, file_name: str) -> None:
    with pytest.raises(WorkshopError, match="is no wheel without compiled code"):
        python_files(Distribution(distribution), [*pure_wheels(), wheel("psygnal", file_name=file_name)])


def test_a_policy_lets_only_the_scripts_of_the_page_run() -> None:
    page = with_policy(
        '<html><head><title>x</title><script type="application/json">{}</script><script>go()</script></head></html>'
    )
    # What `printf 'go()' | openssl dgst -sha256 -binary | base64` prints.
    assert "'sha256-5KYv+PUboo5h+0+YAtGRPbwv5d/QxzHslP4YGnUaxRw='" in page
    assert page.count("sha256-") == 1
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert "'unsafe-inline'" not in page.split("style-src")[0]


def test_what_is_no_site_is_not_replaced(tmp_path: Path) -> None:
    check_place(tmp_path / "new")
    check_place(tmp_path)
    (tmp_path / "thesis.odt").write_bytes(b"")
    with pytest.raises(FileAccessError, match="something stands there"):
        check_place(tmp_path)
    (tmp_path / SITE_NAME).write_text("{}")
    check_place(tmp_path)


def cells(number: str) -> list[dict[str, Any]]:
    return list(read(next(each for each in NOTEBOOKS if each.number == number))["cells"])


def test_recorded_cells_are_few_and_each_says_why() -> None:
    marked = [cell for each in NOTEBOOKS for cell in cells(each.number) if recorded_because(cell)]
    assert len(marked) == RECORDED
    assert {recorded_because(cell) for cell in marked} == set(WHY.values())
    assert not [cell["id"] for cell in marked if "exercise" in cell["metadata"].get("tags", [])]


def test_a_recorded_cell_shows_its_output_folded_and_leaves_what_others_need() -> None:
    made = {cell["id"]: cell for cell in for_browser({"cells": cells("06")})["cells"]}
    shown = "".join(made["store"]["source"])
    assert made["store"]["cell_type"] == "markdown"
    assert shown.startswith("**Not run here:** pynetdicom listens at a socket")
    assert (
        "<details><summary>What it prints (recorded)</summary>\n<pre>status 0000H, 1 arrived</pre>" in shown
    )
    assert "".join(made["store-here"]["source"]).endswith("\nslices = ct_series()")
    assert not any(cell.get("outputs") for cell in made.values())


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_what_remains_is_code(notebook: object) -> None:
    for cell in for_browser({"cells": cells(notebook.number)})["cells"]:  # type: ignore[attr-defined]
        if cell["cell_type"] == "code" and not "".join(cell["source"]).startswith("%"):
            ast.parse("".join(cell["source"]))
