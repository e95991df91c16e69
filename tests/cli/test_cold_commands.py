"""The imports of a command: each costs time, every time the command is called."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from dicomkit.cli import COMMANDS
from dicomkit.network import StorageSCP

SMALL_FILE = str(get_testdata_file("CT_small.dcm", download=False))
PICTURE = str(Path(__file__).parents[1] / "data" / "pixels" / "image.jpg")
# Each takes longer than the work itself, and none is needed for it.
NEVER = {
    "pydicom", "pynetdicom", "numpy", "PIL", "matplotlib", "ipywidgets", "tqdm",
    "asyncio", "bz2", "dataclasses", "datetime", "decimal", "email", "encodings.idna", "filecmp", "html", "inspect",
    "json", "logging", "lzma", "shutil", "ssl", "subprocess", "tempfile", "typing", "uuid",
    "dicomkit.index", "dicomkit.lessons", "dicomkit.viewers",
}  # fmt: skip
NO_PATHS = {"pathlib", "ipaddress", "urllib"}
NO_FILES = {*NO_PATHS, "dicomkit.files", "dicomkit.dump", "dicomkit.instance_store"}
NO_NETWORK = {"socket", "threading", "dicomkit.network"}
CALLING_ONLY = {"dicomkit.network.wire.memory_driver", "dicomkit.network.association_log"}
# What argparse brings along differs from one Python to the next, and is not ours.
CHILD = """\
import argparse, sys
of_python = set(sys.modules)
from dicomkit.cli import main
status = main(sys.argv[1:])
print(status, *sorted(set(sys.modules) - of_python), file=sys.stderr)
"""


def imported_by(folder: Path, *words: str) -> set[str]:
    """Run a command that has to succeed, and return what it imports beyond argparse."""
    # What counts which lines are reached (.ci/run) imports modules of its own.
    alone = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *words],
        check=True,
        capture_output=True,
        text=True,
        env=alone,
        cwd=folder,
        timeout=60,
    )
    status, *modules = done.stderr.split()
    assert status == "0"
    return set(modules)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[list[str]]:
    folder = tmp_path / "inbox"
    folder.mkdir()
    with StorageSCP(folder) as scp:
        yield ["-aec", "DICOMKIT", "127.0.0.1", str(scp.port)]


def test_echoscu_knows_nothing_of_files(receiver: list[str], tmp_path: Path) -> None:
    imported = imported_by(tmp_path, "echoscu", *receiver)
    assert imported & (NEVER | NO_FILES | CALLING_ONLY) == set()


def test_storescu_reads_no_dump_and_listens_to_nobody(receiver: list[str], tmp_path: Path) -> None:
    imported = imported_by(tmp_path, "storescu", *receiver, SMALL_FILE)
    for_odd_files = {"dicomkit.files.checking", "dicomkit.files.even_lengths"}
    for_others = {"dicomkit.dump", "dicomkit.instance_store"}
    assert imported & (NEVER | NO_PATHS | CALLING_ONLY | for_odd_files | for_others) == set()


def test_dcmdump_reads_no_dump_and_calls_nobody(tmp_path: Path) -> None:
    imported = imported_by(tmp_path, "dcmdump", SMALL_FILE)
    reads_dumps_or_writes_files = {
        "dicomkit.dump.reading",
        "dicomkit.files.checking",
        "dicomkit.files.replacing",
    }
    assert imported & (NEVER | NO_PATHS | NO_NETWORK | reads_dumps_or_writes_files) == set()


def test_dump2dcm_writes_no_dump_and_calls_nobody(tmp_path: Path) -> None:
    (tmp_path / "dump").write_text(
        "(0008,0016) UI =CTImageStorage\n(0008,0018) UI [1.2.3]\n", encoding="ascii"
    )
    imported = imported_by(tmp_path, "dump2dcm", "dump", "made.dcm")
    assert imported & (NEVER | NO_NETWORK | {"dicomkit.dump.writing"}) == set()


def test_img2dcm_wraps_a_jpeg_without_pydicom_and_numpy(tmp_path: Path) -> None:
    imported = imported_by(tmp_path, "img2dcm", "-q", PICTURE, "made.dcm")
    # Pillow decodes the stream once, to see whether it can be shown; uuid makes the UIDs.
    needed = {"PIL", "json", "typing", "uuid"}
    assert imported & ((NEVER - needed) | {"socket", "dicomkit.network", "dicomkit.dump.writing"}) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_asks_shutil_for_the_width_of_a_terminal(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """argparse would, when it only makes a parser, and shutil imports every compressor of Python."""

    def asked(*_: object) -> None:
        raise AssertionError

    with monkeypatch.context() as patch:  # pytest asks too, before it takes a whole test's changes back
        patch.setattr(shutil, "get_terminal_size", asked)
        importlib.import_module(f"dicomkit.cli.{command}").make_parser().format_help()
