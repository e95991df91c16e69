"""Build the workshop and the viewer as one folder of static files: ``dicomkit lite OUT --pyodide PATH``."""

from __future__ import annotations

import argparse
from pathlib import Path

from dicomkit.cli.arguments import CommandParser

__all__ = ["make_parser", "run"]


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit lite``."""
    parser = CommandParser(
        "lite",
        "Build the workshop and the viewer as one folder of static files: Python runs in the browser, nothing is "
        "installed, and nothing is asked of another address. Serve the folder: python -m http.server -d OUT",
    )
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder; an older site in it is replaced")
    parser.add_argument(
        "--pyodide",
        metavar="PATH",
        type=Path,
        help="an unpacked distribution of Pyodide; each file is compared with its lock",
    )
    parser.add_argument(
        "--wheels",
        metavar="DIR",
        type=Path,
        help="a folder with the pure wheels (default: pip downloads them)",
    )
    parser.add_argument(
        "--wheel", metavar="FILE", type=Path, help="the kit's own wheel (default: made of this checkout)"
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Collect, build, and print what was built and how to serve it."""
    from dicomkit.workshop.lite.collecting import collect_wheels  # noqa: PLC0415 - the parser starts without it
    from dicomkit.workshop.lite.distribution import Distribution  # noqa: PLC0415 - the same
    from dicomkit.workshop.lite.site import build_site, check_place  # noqa: PLC0415 - the same

    if options.pyodide is None:
        raise Distribution.not_given()
    check_place(options.out)  # before the work
    distribution = Distribution(options.pyodide)
    print("collecting wheels", flush=True)
    wheels = collect_wheels(options.wheels, options.wheel, distribution.python)
    build_site(options.out, distribution, wheels, lambda line: print(line, flush=True))
    files = [path for path in options.out.rglob("*") if path.is_file()]
    size_mb = sum(path.stat().st_size for path in files) / 1e6
    print(f"{options.out}: {len(files)} files, {size_mb:.0f} MB, with Pyodide {distribution.version}")
    print(f"serve it: python -m http.server --bind 127.0.0.1 --directory {options.out}")
    return 0
