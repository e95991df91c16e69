"""The rules of the house: which room may import which, and files that have to agree with each other."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dicomkit.viewers.frame.front_end import front_end, modules_of

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dicomkit"

# A room may import rooms of its own floor or of a floor below, never of one above (dicomkit/README.md).
FLOORS = [
    {"cli"},
    {"viewers", "lessons"},
    {"network", "arrivals", "samples"},
    {"dump", "pixels", "privacy", "instance_store", "reactions", "files"},
    {"errors", "uids", "text"},
]
# On one floor these still do not know each other.
STRANGERS = {("viewers", "lessons"), ("network", "arrivals"), ("arrivals", "network"), ("files", "dump"), ("files", "pixels"),
             ("files", "privacy"), ("files", "instance_store"), ("files", "reactions")}  # fmt: skip
ONLY_IN = {
    "pynetdicom": {"network"},
    "socket": {"network"},
    "ipywidgets": {"viewers"},
    "anywidget": {"viewers"},
    "IPython": {"viewers"},
}
MOST_LINES_OF_JAVASCRIPT = 350


def imports_of(source: str) -> Iterator[str]:
    """Yield each module that a source text imports, wherever in the text it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def broken_rules(room: str, source: str) -> list[str]:
    """Return a sentence for each import in `source` that `room` must not make."""
    return [sentence for name in imports_of(source) if (sentence := broken_rule(room, name))]


def broken_rule(room: str, name: str) -> str:
    top, _, rest = name.partition(".")
    other = rest.split(".")[0]
    if name.startswith("."):
        return f"{room} imports {name}: write the whole name of a module"
    if top != "dicomkit":
        return (
            f"{room} imports {name}, which only {ONLY_IN[top]} may"
            if room not in ONLY_IN.get(top, {room})
            else ""
        )
    if other in {"", room}:
        return ""
    if floor_of(other) < floor_of(room):
        return f"{room} imports {name}, which is on a floor above"
    return f"{room} imports {name}, which it must not know" if (room, other) in STRANGERS else ""


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert broken_rules(room, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("files", "def f():\n    from dicomkit.viewers import ImageViewer"),
        ("network", "import dicomkit.arrivals"),
        ("dump", "import pynetdicom.ae"),
        ("lessons", "from IPython.display import display"),
        ("files", "from . import reading"),
        ("viewers", "from dicomkit.lessons.picture import picture"),
    ],
)
def test_a_broken_rule_is_noticed(room: str, source: str) -> None:
    assert len(broken_rules(room, source)) == 1


def names_used(source: str) -> set[str]:
    """Return each name that a source text imports, reads, or takes from a module."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return names | {node.id for node in nodes if isinstance(node, ast.Name)}


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("dcmread", {"files/reading.py"}),
        ("read_unchecked", {"files/reading.py", "viewers/anatomy/byte_readers.py"}),
        ("FileSet", set()),
        ("get_decoder", {"pixels/decoding.py"}),
        ("pixel_array", set()),
    ],
)
def test_nobody_passes_by_the_checked_way(name: str, places: set[str]) -> None:
    # A file is read, and a stream is decoded, where the bounds are kept, and nowhere else.
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        if name in names_used(path.read_text(encoding="utf-8"))
    }
    assert found == places


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/__init__.py")), ids=lambda path: path.parent.name)
def test_a_room_exports_what_it_says(path: Path) -> None:
    room = path.parent.name
    code = (
        f"import dicomkit.{room} as room\n"
        "missing = [name for name in getattr(room, '__all__', []) if not hasattr(room, name)]\n"
        "assert not missing, missing\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import dicomkit; "
        "print(sorted(name for name in set(sys.modules) - before if name != 'dicomkit'))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert printed.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command", ["dcmdump", "dump2dcm", "img2dcm", "echoscu", "storescu", "storescp", "watch"]
)
def test_no_command_of_the_handout_can_reach_a_front_end(command: str) -> None:
    reached: set[str] = set()
    waiting = [f"dicomkit.cli.{command}"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        path = source_of(name)
        if path is not None:
            waiting += imports_of(path.read_text(encoding="utf-8"))
    assert len(reached) > 1, f"there is no command {command}"
    assert {name.split(".")[0] for name in reached} & {
        "matplotlib",
        "ipywidgets",
        "IPython",
        "anywidget",
    } == set()


def source_of(module: str) -> Path | None:
    base = ROOT.joinpath(*module.split("."))
    candidates = [base.with_suffix(".py"), base / "__init__.py"]
    return next((path for path in candidates if module.startswith("dicomkit") and path.is_file()), None)


def test_environment_yml_adds_nothing_that_pyproject_does_not_say() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        line.strip().removeprefix("- ")
        for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("- ")
    ]
    conda = lines[lines.index("nodefaults") + 1 :]
    assert conda == [f"python{project['requires-python']}", "pip", "dcmtk", "pip:", "-e .[lab]"]
    assert "lab" in project["optional-dependencies"]


def test_the_top_level_holds_what_the_readme_of_the_house_says() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    ).stdout.split("\n")
    tops = {line.split("/")[0] for line in tracked if line}
    allowed = {
        "pyproject.toml",
        "environment.yml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "dicomkit",
        "notebooks",
        "tests",
    }
    assert {name for name in tops if not name.startswith(".")} <= allowed


def test_every_picture_of_the_readme_is_there_small_and_described() -> None:
    linked = re.findall(r"!\[(.*?)\]\((.*?)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert {path for _, path in linked} == {
        path.relative_to(ROOT).as_posix() for path in (ROOT / ".github" / "images").iterdir()
    }
    for described, path in linked:
        content = (ROOT / path).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 200_000
        assert len(described.split()) > 8, f"{path}: whoever cannot see it learns nothing"


FRONT_ENDS = [
    "anatomy/viewer",
    "association/viewer",
    "frame/progress",
    "image/viewer",
    "inbox/viewer",
    "metadata/viewer",
]


def declared(text: str) -> list[str]:
    pattern = r"^(?:async )?(?:function|class|const|let) (?:(\w+)|\[([\w, ]+)\])"
    return [
        name
        for one, several in re.findall(pattern, text, flags=re.MULTILINE)
        for name in (one or several).split(", ")
    ]


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "viewers").rglob("*.js")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_a_module_of_a_front_end_is_one_concept_and_is_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("//"), "say first what it is about"
    code = re.sub(
        r"/\*\*.*?\*/\s*", "", text, flags=re.DOTALL
    )  # types and what a function is for do not count
    assert code.count("\n") <= MOST_LINES_OF_JAVASCRIPT
    assert path.name == "page.js" or any(path in modules_of(name) for name in FRONT_ENDS)


@pytest.mark.parametrize("name", FRONT_ENDS)
def test_a_front_end_is_one_text_in_which_each_name_is_given_once(name: str) -> None:
    text = front_end(name)
    assert re.findall(r"^(?:import|export)\b.*", text, flags=re.MULTILINE) == ["export default {"]
    names = declared(text)
    assert len(names) == len(set(names)), "modules that are joined share one scope"
    last = modules_of(name)[-1]
    assert last == PACKAGE / "viewers" / f"{name}.js"
    for place, path in enumerate(modules_of(name)):
        for imported in re.findall(r'from "(\S+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / imported).resolve() in modules_of(name)[:place]
