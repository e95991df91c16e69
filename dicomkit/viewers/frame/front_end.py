"""The JavaScript and the style sheets of a viewer, each as one text.

A front end consists of ES modules, which tests and a type checker load directly. A browser loads a viewer from a
``blob:`` URL, from which relative imports do not work, and there is no build step. So the modules are joined here,
each after those that it imports, and share one scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["front_end", "modules_of", "styles"]

_FOLDER = Path(__file__).parent.parent
# The one form of import that all modules use: names in braces, then the path.
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w/.]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|class|const)", re.MULTILINE)


def modules_of(name: str) -> list[Path]:
    """Return the modules of a front end such as ``image/viewer``, its last one, each after those that it imports."""
    found: list[Path] = []
    for path in _with_imports(_FOLDER / f"{name}.js", ()):
        if path not in found:
            found.append(path)
    return found


def _with_imports(path: Path, around: tuple[Path, ...]) -> Iterator[Path]:
    if path in around:
        message = f"{path.name} imports itself, by way of {around[-1].name}"
        raise AssertionError(message)
    for imported in _IMPORT.findall(path.read_text(encoding="utf-8")):
        yield from _with_imports((path.parent / imported).resolve(), (*around, path))
    yield path


def front_end(name: str) -> str:
    """Return a front end as one module without imports; only its last part exports."""
    return "\n".join(
        _EXPORT.sub("", _IMPORT.sub("", path.read_text(encoding="utf-8"))) for path in modules_of(name)
    )


def styles(name: str = "") -> str:
    """Return the style sheet that all viewers share, followed by that of a viewer if its name is given."""
    parts = ["frame/frame", f"{name}/viewer"] if name else ["frame/frame"]
    return "\n".join((_FOLDER / f"{part}.css").read_text(encoding="utf-8") for part in parts)
