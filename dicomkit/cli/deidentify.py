"""De-identify a file or a folder into new files: ``dicomkit deidentify IN OUT --profile basic``."""

from __future__ import annotations

import argparse
import functools
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import CommandParser
from dicomkit.cli.notices import notice
from dicomkit.errors import UsageError
from dicomkit.files.folder_files import left_out
from dicomkit.files.replacing import new_file
from dicomkit.text import counted, escape_csv, escape_terminal

if TYPE_CHECKING:
    from dicomkit.privacy import DeidentificationKey
    from dicomkit.privacy.deidentified_files import FileResult

__all__ = ["make_parser", "run"]

_say = functools.partial(notice, "deidentify")

_REPORT_HEAD = ("file", "element", "name", "action", "reason")


def make_parser() -> CommandParser:
    """Return the parser of this command."""
    parser = CommandParser(
        "deidentify",
        "Write copies that follow the Basic Profile of PS3.15 annex E, with consistent new UIDs and shifted dates. "
        "No pixels are cleaned: an image that may show a name is refused, and so are reports and documents.",
    )
    parser.add_argument("source", metavar="IN", type=Path, help="a file or a folder; it is only read")
    parser.add_argument(
        "target", metavar="OUT", type=Path, help="the new file or folder; nothing is overwritten"
    )
    parser.add_argument(
        "--profile", choices=["basic"], default="basic", help="the profile of PS3.15 (default: basic)"
    )
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        type=Path,
        help="at least 32 secret bytes, kept away from the data; the same key gives the same new UIDs again. "
        "Without it each run makes a key of its own and forgets it",
    )
    parser.add_argument(
        "--keep-private",
        metavar="CREATOR",
        action="append",
        default=[],
        help="keep the private elements of this creator, which are known to be safe; may be repeated",
    )
    parser.add_argument(
        "--pixels-checked",
        action="store_true",
        help="the pixels of all files were inspected: they contain no names",
    )
    parser.add_argument(
        "--report",
        metavar="FILE.csv",
        type=Path,
        help="write what was done to each element; it holds no old value",
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """De-identify; return 0 if all DICOM files were de-identified, 1 if one was not or there was none."""
    from dicomkit.privacy import deidentify_files  # noqa: PLC0415 - --help needs no pydicom

    if options.report is not None and options.report.exists():
        raise UsageError(options.report, "a file of that name is there already", "choose another name")
    key = _key(options)
    results: list[FileResult] = []
    is_interrupted = False
    try:
        for result in deidentify_files(
            options.source,
            options.target,
            key,
            keep_private=options.keep_private,
            pixels_checked=options.pixels_checked,
        ):
            _tell(result)
            results.append(result)
    except KeyboardInterrupt:
        is_interrupted = True
    if options.report is not None:
        with new_file(options.report) as stream:
            stream.write("\n".join(_report(results, options.target)).encode() + b"\n")
    if is_interrupted:
        done = counted(sum(result.target is not None for result in results), "file")
        message = f"interrupted: {done} written, the others not; run it again, into another folder"
        raise KeyboardInterrupt(message)
    if line := left_out((result.problem for result in results if result.is_passed_over), "de-identified"):
        _say(line)
    if not any(result.deidentified for result in results):
        _say(f"{options.source}: there is no file in it that could be de-identified")
        return 1
    return 1 if any(result.problem and not result.is_passed_over for result in results) else 0


def _key(options: argparse.Namespace) -> DeidentificationKey:
    from dicomkit.privacy import DeidentificationKey  # noqa: PLC0415 - --help needs no pydicom

    if options.key_file is None:
        _say("no --key-file: this run uses a key of its own and forgets it; another run gives other UIDs")
        return DeidentificationKey.random()
    place = options.key_file.resolve()
    is_beside = options.source.is_file() and place.parent == options.target.resolve().parent
    folders = (options.source.resolve(), options.target.resolve())
    # A recipient of the data must not get the key.
    if is_beside or any(place.is_relative_to(folder) for folder in folders):
        raise UsageError(options.key_file, "the key lies with the data", "keep it in a folder of its own")
    key = DeidentificationKey.from_file(options.key_file)
    if os.name == "posix" and place.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        _say(
            f"{options.key_file}: others on this machine can read the key; run: chmod 600 {options.key_file}"
        )
    return key


def _tell(result: FileResult) -> None:
    from dicomkit.privacy.deidentification import PIXELS_UNCHANGED  # noqa: PLC0415 - --help needs no pydicom

    for remark in result.remarks:
        if remark != PIXELS_UNCHANGED:  # applies to every image; --help explains it
            _say(f"{result.source}: {remark}")
    if result.deidentified is None:
        if not result.is_passed_over:  # skipped files are counted at the end
            _say(f"{result.source}: {result.problem}")
        return
    print(escape_terminal(f"{result.target}: {result.deidentified.summary()}"))


def _report(results: Iterable[FileResult], target: Path) -> list[str]:
    """Return the lines of the report, with new file names: an old one may contain a patient's name."""
    lines = [",".join(map(escape_csv, _REPORT_HEAD))]
    for result in results:
        if result.deidentified is None or result.target is None:
            continue
        name = result.target.relative_to(target) if result.target != target else Path(target.name)
        lines += [
            ",".join(map(escape_csv, (name.as_posix(), *map(str, change))))
            for change in result.deidentified.changes
        ]
    return lines
