"""`dicomkit lab`, `reset` and `solve`: copies that are never written over, and a JupyterLab that keeps to itself."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dicomkit.cli import main
from dicomkit.errors import FileAccessError
from dicomkit.lessons.catalogue import NOTEBOOKS, pristine_folder
from dicomkit.workshop import copies
from dicomkit.workshop.copies import MANIFEST_NAME, copy_workshop, place_files, pristine_files
from dicomkit.workshop.unrun import unrun_bytes
from tests.support.running_lab import COMMAND, TIMEOUT_S, Lab

FIRST, SECOND = NOTEBOOKS[0].file_name, NOTEBOOKS[1].file_name


def run(*words: str) -> int:
    return main(list(words))


# --- the files ------------------------------------------------------------------------------------------


def test_what_is_copied_is_what_a_learner_needs() -> None:
    files = pristine_files()
    assert {name for name in files if name.endswith(".ipynb")} == {
        notebook.file_name for notebook in NOTEBOOKS
    }
    assert files[FIRST] == unrun_bytes((pristine_folder() / FIRST).read_bytes())
    assert not [name for name in files if name.startswith(".") or "conftest" in name or "checkpoint" in name]


def test_an_edited_notebook_is_never_written_over_and_an_unedited_one_follows(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    first = place_files({"one.ipynb": b"1", "two.ipynb": b"2", "images/x.svg": b"x"}, folder)
    assert first.new == ("one.ipynb", "two.ipynb", "images/x.svg")
    (folder / "one.ipynb").write_bytes(b"mine")
    second = place_files({"one.ipynb": b"1 new", "two.ipynb": b"2 new", "images/x.svg": b"x"}, folder)
    assert (second.kept, second.updated, second.same) == (("one.ipynb",), ("two.ipynb",), ("images/x.svg",))
    assert (folder / "one.ipynb").read_bytes() == b"mine"
    assert (folder / "two.ipynb").read_bytes() == b"2 new"
    third = place_files({"one.ipynb": b"1 new", "two.ipynb": b"2 newer"}, folder)
    assert (third.kept, third.updated) == (("one.ipynb",), ("two.ipynb",))


@pytest.mark.parametrize("manifest", [b"", b"\xff", b"[]", b"[" * 100_000, b'{"one.ipynb": 3}'])
def test_without_a_manifest_every_difference_counts_as_an_edit(tmp_path: Path, manifest: bytes) -> None:
    place_files({"one.ipynb": b"1"}, tmp_path)
    (tmp_path / MANIFEST_NAME).write_bytes(manifest)
    assert place_files({"one.ipynb": b"2"}, tmp_path).kept == ("one.ipynb",)
    assert (tmp_path / "one.ipynb").read_bytes() == b"1"


def test_a_deleted_notebook_comes_back(tmp_path: Path) -> None:
    copy_workshop(tmp_path)
    (tmp_path / FIRST).unlink()
    assert copy_workshop(tmp_path).new == (FIRST,)


@pytest.mark.parametrize("command", ["lab", "reset"])
def test_the_published_notebooks_are_no_learners_folder(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pristine_folder()
    assert run(command, *(["00"] if command == "reset" else []), str(folder)) == 1
    assert "the published notebooks themselves; choose another folder" in capsys.readouterr().err
    assert not (folder / MANIFEST_NAME).exists()


def test_inside_the_workshop_it_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(folder: Path) -> None:
        raise FileAccessError(folder, "stop", "here")

    monkeypatch.setattr("dicomkit.cli.lab.copy_workshop", stop)
    monkeypatch.chdir(tmp_path)
    assert run("lab") == 1
    assert f"{tmp_path / 'dicom-workshop'}: stop" in capsys.readouterr().err
    (tmp_path / MANIFEST_NAME).write_bytes(b"{}")
    assert run("lab") == 1
    assert f"{tmp_path}: stop" in capsys.readouterr().err


def test_on_a_hub_the_notebooks_are_only_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dicomkit.cli.lab._running_lab", lambda *_: pytest.fail("JupyterLab was started"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)  # the hub's own server may lie elsewhere
    assert run("lab", str(tmp_path / "w"), "--copy-only") == 0
    assert (tmp_path / "w" / FIRST).read_bytes() == pristine_files()[FIRST]
    assert "address" not in capsys.readouterr().out


# --- reset ----------------------------------------------------------------------------------------------


def test_reset_keeps_every_version_of_the_learner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy_workshop(tmp_path)
    for content in (b"first try", b"second try"):
        (tmp_path / FIRST).write_bytes(content)
        assert run("reset", "00", str(tmp_path)) == 0
        assert (tmp_path / FIRST).read_bytes() == pristine_files()[FIRST]
    stem = FIRST.removesuffix(".ipynb")
    assert (tmp_path / f"{stem}.backup-1.ipynb").read_bytes() == b"first try"
    assert (tmp_path / f"{stem}.backup-2.ipynb").read_bytes() == b"second try"
    assert f"{stem}.backup-2.ipynb" in capsys.readouterr().out
    assert run("reset", "0", str(tmp_path)) == 0
    assert "backup" not in capsys.readouterr().out, "nothing was edited, so there is nothing to keep"
    assert copy_workshop(tmp_path).kept == ()


def test_reset_brings_back_a_notebook_that_is_gone(tmp_path: Path) -> None:
    assert run("reset", "01", str(tmp_path)) == 0
    assert (tmp_path / SECOND).read_bytes() == pristine_files()[SECOND]
    assert place_files({SECOND: b"a later version"}, tmp_path).updated == (SECOND,)


def test_a_command_without_a_folder_finds_the_workshop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("reset", "00") == 1
    assert "dicomkit lab" in capsys.readouterr().err
    copy_workshop(tmp_path / "dicom-workshop")
    assert run("reset", "00") == 0
    monkeypatch.chdir(tmp_path / "dicom-workshop")
    assert run("reset", "00") == 0
    assert not (tmp_path / "dicom-workshop" / "dicom-workshop").exists()


# --- solve ----------------------------------------------------------------------------------------------


def test_solve_writes_solved_copies_and_leaves_the_originals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_workshop(tmp_path / "w")
    assert run("solve", str(tmp_path / "w"), "--into", str(tmp_path / "s")) == 0
    assert f"{len(NOTEBOOKS)} solved notebooks" in capsys.readouterr().out
    for notebook in NOTEBOOKS:
        assert (tmp_path / "w" / notebook.file_name).read_bytes() == pristine_files()[notebook.file_name]
        assert (tmp_path / "s" / notebook.file_name).is_file()
    assert run("solve", str(tmp_path / "w"), "--into", str(tmp_path / "s")) == 0
    (tmp_path / "s" / FIRST).write_bytes(b"notes of the instructor")
    assert run("solve", str(tmp_path / "w"), "--into", str(tmp_path / "s")) == 1
    assert (tmp_path / "s" / FIRST).read_bytes() == b"notes of the instructor"


# --- what is wrong is said in one line ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("lab", ["{0}/file", "--no-browser"]),
        ("lab", ["{0}/file/below", "--no-browser"]),
        ("lab", ["{0}/new", "--port", "70000"]),
        ("reset", ["00", "{0}/file"]),
        ("reset", ["00", "{0}/none"]),
        ("reset", ["99", "{0}/broken"]),
        ("solve", ["{0}/file"]),
        ("solve", ["{0}/none"]),
        ("solve", ["{0}/broken"]),
        ("solve", ["{0}/broken", "--into", "{0}/broken"]),
        ("solve", ["{0}/file", "{0}/broken"]),
    ],
)
def test_bad_input_is_one_line(
    command: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / FIRST).write_bytes(b'{"cells": 3}')
    assert run(command, *(word.format(tmp_path) for word in words)) in {1, 2}
    captured = capsys.readouterr()
    assert captured.err.startswith(f"dicomkit {command}: ")
    assert len(captured.err.splitlines()) == 1
    assert len(captured.err) < 2000
    assert sorted(path.name for path in tmp_path.rglob("*")) == sorted([FIRST, "broken", "file"])


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_file = Path.open

    def refuse(path: Path, mode: str = "r", *rest: int, **options: str) -> object:
        if "x" in mode:  # root may write everywhere, so taking rights away proves little
            raise PermissionError(13, "Permission denied")
        return open_file(path, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(
        "dicomkit.cli.lab._running_lab", lambda *_: pytest.fail("it was started all the same")
    )
    assert run("lab", str(tmp_path), "--no-browser") == 1
    assert f"{tmp_path / FIRST}: cannot be written (Permission denied)" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["jupyterlab", "ipykernel"])
def test_a_missing_package_is_named_with_its_cure(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else object())
    assert run("lab", str(tmp_path / "w"), "--no-browser") == 1
    assert f"pip install {missing}" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


def test_missing_notebooks_are_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dicomkit.lessons.catalogue._PACKAGE", tmp_path)
    assert copies.pristine_folder is pristine_folder
    assert run("lab", str(tmp_path / "w"), "--no-browser") == 1
    assert "its notebooks are missing" in capsys.readouterr().err


# --- the server -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home folder whose owner has set up Jupyter in a way that would break the workshop."""
    folder = tmp_path_factory.mktemp("home")
    kernel = folder / ".local" / "share" / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    spec = {"argv": ["/nowhere/python", "{connection_file}"], "display_name": "Mine", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    (folder / ".jupyter").mkdir()
    settings = "c.ServerApp.ip = '0.0.0.0'\nc.ServerApp.root_dir = '/'\nc.ServerApp.port = 9\n"
    (folder / ".jupyter" / "jupyter_server_config.py").write_text(settings, encoding="ascii")
    (folder / "json.py").write_text("raise ImportError('a file of the learner')", encoding="ascii")
    return folder


@pytest.fixture(scope="module")
def lab(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    running = Lab(tmp_path_factory.mktemp("lab") / "workshop", home, "--port", "0")
    try:
        yield running
    finally:
        with contextlib.suppress(ValueError, OSError):
            running.stop(signal.SIGTERM)


def test_the_address_opens_the_first_notebook(lab: Lab) -> None:
    assert lab.opened == FIRST
    assert lab.port > 0
    served: dict[str, Any] = json.loads(lab.get(f"api/contents/{FIRST}?content=1"))
    assert served["content"]["nbformat"] == 4
    names = {entry["name"] for entry in json.loads(lab.get("api/contents/"))["content"]}
    assert {FIRST, SECOND} <= names
    assert b"jupyter-config-data" in lab.get(f"lab/tree/{FIRST}")


def test_only_who_has_the_token_gets_in(lab: Lab) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        lab.get(f"api/contents/{FIRST}", token="0")  # noqa: S106 - a wrong one
    assert refused.value.code == 403
    refused.value.close()


def test_the_kernel_is_this_python_whatever_the_user_registered(lab: Lab) -> None:
    specs = json.loads(lab.get("api/kernelspecs"))
    assert specs["kernelspecs"]["python3"]["spec"]["argv"][0] == sys.executable


def test_the_server_listens_to_this_machine_only(lab: Lab) -> None:
    # The user's own settings say 0.0.0.0; a second listener on another loopback address shows who has the port.
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.2", lab.port))
        other.listen()


def test_nothing_is_fetched_from_elsewhere(lab: Lab) -> None:
    page = lab.get("lab").decode("utf-8")
    config = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert config["news"] == {"disabled": True}
    assert "@jupyterlab/apputils-extension:announcements" in config["disabledExtensions"], (
        "it would ask about news"
    )
    assert config["extensionManager"]["can_install"] is False
    assert json.loads(lab.get("lab/api/news")) == {"news": []}
    assert json.loads(lab.get("lab/api/update"))["notification"] is None


def test_a_port_that_is_taken_is_named(lab: Lab, tmp_path: Path) -> None:
    result = subprocess.run(
        [*COMMAND, "lab", str(tmp_path / "w"), "--no-browser", "--port", str(lab.port)],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert result.returncode == 1
    assert result.stderr.startswith(f"dicomkit lab: port {lab.port}: another program listens there")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ending_it_is_no_error_and_leaves_nothing_behind(number: int, home: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    running = Lab(tmp_path / "workshop", home, "--port", "0")
    assert running.stop(number) == 0
    assert "the workshop is closed" in running.printed
    with pytest.raises(OSError):  # noqa: PT011 - whichever way a connection fails
        running.get("api")
    after = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert {path: after.get(path) for path in before} == before, "the user's own settings were changed"
