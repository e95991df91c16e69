"""Which tests do not run on Windows, and why: read from the marks themselves.

``python -m tests.support.windows_skips`` prints the list that stands in `.github/CONTRIBUTING.md`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
# What a condition asks for that only some systems have.
PLATFORM = ("os.name", "sys.platform", "hasattr(os", "/dev/", "is_limited", "geteuid")


def is_about_the_system(condition: ast.expr) -> bool:
    return any(word in ast.unparse(condition).casefold() for word in PLATFORM)


def reason_in(call: ast.Call) -> str:
    """Return the reason that a mark or a skip states; empty if it states none."""
    given = [each.value for each in call.keywords if each.arg == "reason"] or call.args[:1]
    text = given[0] if given else None
    return str(text.value) if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""


def marks_in(node: ast.AST) -> Iterator[ast.Call]:
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and ast.unparse(call.func) == "pytest.mark.skipif"
            and is_about_the_system(call.args[0])
        ):
            yield call


def skips_in(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of ``pytest.skip`` that depend on the system."""
    for each in ast.walk(node):
        if isinstance(each, ast.If) and is_about_the_system(each.test):
            for call in ast.walk(each):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.skip":
                    yield call


def of_module(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the tests that are skipped, ``*`` for all of a module, each with the reason."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {
        ast.unparse(node.targets[0]): reason_in(call)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for call in marks_in(node.value)
    }
    if "pytestmark" in named:
        yield "*", named.pop("pytestmark")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield from ((node.name, reason) for reason in of_function(node, named))
        else:
            yield from (("*", reason_in(call)) for call in skips_in(node))


def of_function(node: ast.FunctionDef, named: dict[str, str]) -> Iterator[str]:
    """Yield why a test is skipped: by its marks, by marks that have a name, and by what it does."""
    for decorator in node.decorator_list:
        if ast.unparse(decorator) in named:
            yield named[ast.unparse(decorator)]
        yield from map(reason_in, marks_in(decorator))
    yield from map(reason_in, skips_in(node))


def windows_skips() -> list[str]:
    """Return a line for each reason in each module."""
    lines = []
    for path in sorted(TESTS.rglob("*.py")):
        by_reason: dict[str, list[str]] = {}
        for name, reason in of_module(path):
            by_reason.setdefault(reason, []).append(name)
        where = path.relative_to(TESTS).as_posix()
        for reason, names in by_reason.items():
            tests = "all" if "*" in names else ", ".join(dict.fromkeys(names))
            lines.append(f"- `{where}`, {tests}: {reason}")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join([*windows_skips(), ""]))
