"""The rules of the house: which room may import which, and files that must agree with each other."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.valuerep import VR

from dicomkit.viewers.frame.front_end import front_end, modules_of
from tests.support.windows_skips import windows_skips

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dicomkit"

# A room may import rooms of its own floor or of a floor below, never of one above (dicomkit/README.md).
FLOORS = [
    {"cli"},
    {"workshop"},
    {"viewers", "lessons"},
    {"network", "arrivals", "samples"},
    {
        "archive",
        "contents",
        "dump",
        "pixels",
        "privacy",
        "instance_store",
        "index",
        "iods",
        "reactions",
        "volumes",
    },
    {"files"},
    {"errors", "uids", "text", "abilities", "lazy_names", "named_tuple"},
]
# On one floor these still do not know each other.
STRANGERS = {("network", "arrivals"), ("arrivals", "network"), ("viewers", "lessons")}
ONLY_IN = {
    "pynetdicom": {"network", "lessons"},  # of lessons one module, see below
    "socket": {"network"},
    "tornado": {"network"},
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


def test_one_module_runs_what_learners_wrote_in_pynetdicom() -> None:
    importing = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        if any(
            name.partition(".")[0] == "pynetdicom" for name in imports_of(path.read_text(encoding="utf-8"))
        )
    }
    assert {name for name in importing if not name.startswith("network/")} == {"lessons/pynetdicom_peer.py"}


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


WIRE = PACKAGE / "network" / "wire"
OUTSIDE_OF_THE_ENGINE = {
    "asyncio",
    "pydicom",
    "pynetdicom",
    "select",
    "selectors",
    "socket",
    "ssl",
    "threading",
    "time",
}


def broken_wire_rules(name: str, source: str) -> list[str]:
    """Return a sentence for each import that a module of the protocol engine, or a driver of it, must not make."""
    sentences = []
    for imported in imports_of(source):
        top, *rest = imported.split(".")
        if top in OUTSIDE_OF_THE_ENGINE and name != "socket_driver":
            sentences.append(f"{name} imports {imported}: no I/O, thread or clock in the engine")
        if rest[:1] == ["network"] and rest[:2] != ["network", "wire"]:
            sentences.append(f"{name} imports {imported}: the wire knows nothing of who uses it")
        if rest[:3] == ["network", "wire", "socket_driver"]:
            sentences.append(f"{name} imports {imported}: not every Python has sockets")
    return sentences


@pytest.mark.parametrize("path", sorted(WIRE.glob("*.py")), ids=lambda path: path.stem)
def test_the_engine_of_the_wire_does_no_io(path: Path) -> None:
    assert broken_wire_rules(path.stem, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("association", "def f():\n    import socket"),
        ("memory_driver", "import threading"),
        ("messages", "from time import monotonic"),
        ("negotiation", "from pynetdicom.pdu import A_ASSOCIATE_RQ"),
        ("socket_driver", "from dicomkit.network.addressing import connect"),
        ("__init__", "from dicomkit.network.wire.socket_driver import SocketDriver"),
    ],
)
def test_io_in_the_engine_of_the_wire_is_noticed(name: str, source: str) -> None:
    assert len(broken_wire_rules(name, source)) == 1


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


# The header of an element or item as Python's `struct` has it: group, element, then a VR or a length.
HEADER_CODE = re.compile(r"[<>=!]?(?:HH2s|HHI|HHL|IHH|LHH|H2sH|2sH\Z|4H\Z)")
# Who takes headers apart, and who puts them together. The command set of a message is no part of a data set.
HEADERS = {
    "files/walk_position.py": "the tokenizer",
    "files/skim.py": "its fast and flat form",
    "files/encoding.py": "writes headers",
    "network/wire/command_set.py": "group 0000, which is Implicit VR wherever it travels (PS3.7 section 6.3)",
}
VRS = {str(vr) for vr in VR if len(vr) == 2}
MOST_VRS_IN_A_TABLE = 3
# Tables that are about something else than how a value is encoded.
OTHER_TABLES = {
    "contents/waveform_samples.py": "Waveform Sample Interpretation, whose terms are letters of VRs",
    "lessons/nb03_bytes_and_syntax.py": "the question of an exercise",
    "privacy/kept_values.py": "what may repeat a name",
    "privacy/dummy_values.py": "what takes the place of a value",
    "privacy/element_rules.py": "what is done to a value",
}


def header_codes(source: str) -> list[str]:
    """Return each text in a source that is the code of an element's header."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and HEADER_CODE.match(text)]


def tables_of_vrs(source: str) -> list[int]:
    """Return in which lines a source has a set, list, tuple or dict of VRs, or of many of them."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict):
            parts = node.keys if isinstance(node, ast.Dict) else node.elts
            named = {part.value for part in parts if isinstance(part, ast.Constant) and part.value in VRS}
            lines += [node.lineno] * (len(named) > MOST_VRS_IN_A_TABLE)
    return lines


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_headers_and_tables_of_vrs_stand_in_one_place(path: Path) -> None:
    name, source = path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")
    assert name in HEADERS or header_codes(source) == []
    assert name in {"files/encoding.py", *OTHER_TABLES} or tables_of_vrs(source) == []


def test_a_second_walker_is_noticed() -> None:
    assert header_codes('HEADER = struct.Struct("<HH2sH")')
    assert header_codes('group, element, length = struct.unpack(">HHL", content)')
    assert tables_of_vrs('LONG = ("OB", "OW", "SQ", "UN", "UT")')
    for name in HEADERS:
        assert header_codes((PACKAGE / name).read_text(encoding="utf-8")), f"{name} needs no exception"
    for name in ("files/encoding.py", *OTHER_TABLES):
        assert tables_of_vrs((PACKAGE / name).read_text(encoding="utf-8")), f"{name} needs no exception"


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/__init__.py")), ids=lambda path: path.parent.name)
def test_a_room_exports_what_it_says(path: Path) -> None:
    room = path.parent.name
    code = (
        f"import dicomkit.{room} as room\n"
        "missing = [name for name in getattr(room, '__all__', []) if not hasattr(room, name)]\n"
        "assert not missing, missing\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_whatever_the_package_draws_it_draws_without_pyplot() -> None:
    """pyplot's list of figures is shared by all threads: JupyterLab's second one would draw them as well."""
    code = (
        "import sys, numpy\n"
        "from dicomkit.lessons import chart, ladder, panels, picture\n"
        "from dicomkit.network import AssociationLog, StorageSCP, echo\n"
        "log, image = AssociationLog(), numpy.zeros((4, 4), numpy.uint8)\n"
        "with StorageSCP(sys.argv[1]) as scp:\n"
        "    echo('127.0.0.1', scp.port, log=log)\n"
        "pictures = [picture(figure) for figure in (chart('t', 'x', 'y')[0], ladder(log), panels([image], ['t']))]\n"
        "print(len(pictures), [name for name in sys.modules if 'pyplot' in name])"
    )
    with tempfile.TemporaryDirectory() as folder:
        printed = subprocess.run(
            [sys.executable, "-c", code, folder], check=True, capture_output=True, text=True, timeout=60
        )
    assert printed.stdout.strip() == "3 []"


def test_no_module_of_the_package_imports_pyplot() -> None:
    for path in modules():
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        imports = [ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not re.search(r"\b(pyplot|pylab)\b", " ".join(imports)), path.name


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
    binder = (ROOT / ".binder" / "environment.yml").read_text(encoding="utf-8")
    root = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert binder[binder.index("name:") :] == root[root.index("name:") :].replace("-e .[", "-e ..[")


def tracked_files() -> list[Path]:
    command = ["git", "ls-files", "-z"]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    return [ROOT / name for name in printed.split("\0") if name]


def test_nobody_is_told_to_install_the_kit_by_its_name_from_an_index() -> None:
    """It is in none. Somebody else could take the name, and would then run on a hospital's machine."""
    by_name = re.compile(r"dicomkit\[|\binstall\s+(-\S+\s+)*[\"']?dicomkit\b|dicomkit[=~]=")
    told = [
        f"{path.name}: {line.strip()}"
        for path in tracked_files()
        if path.suffix not in {".png", ".svg"} and path.name not in {"pyproject.toml", "test_house.py"}
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if by_name.search(line) and "--no-index" not in line
    ]
    assert told == []
    # The project names itself in its own extras, and pip takes what it is just installing.
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert [name for name, wanted in extras.items() if "dicomkit[" in " ".join(wanted)] == [
        "lab",
        "lite",
        "test",
    ]


def test_the_top_level_holds_what_the_readme_of_the_house_says() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
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
    "content/viewer",
    "frame/progress",
    "image/viewer",
    "inbox/viewer",
    "metadata/viewer",
    "planes/viewer",
    "wall/viewer",
]
PAGES = ["frame/page", "viewer_page/page"]  # joined in the same way, and exports nothing
LOADED_ALONE = {"page.js", "worker.js", "service_worker.js"}


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
    if path.relative_to(PACKAGE / "viewers").as_posix() == "frame/messages.js":
        assert code.count("\n") <= 2, "types only: no front end loads it"
    else:
        assert path.name in LOADED_ALONE or any(path in modules_of(name) for name in [*FRONT_ENDS, *PAGES])


def test_the_types_of_every_module_of_a_front_end_are_checked() -> None:
    project = json.loads((ROOT / ".ci" / "tsconfig.json").read_text(encoding="utf-8"))
    options = project["compilerOptions"]
    assert (options["checkJs"], options["strict"]) == (True, True)
    assert [name for name in options if name.startswith(("no", "strict"))] == ["noEmit", "strict"], (
        "none weaker"
    )
    assert project["include"] == ["../dicomkit/viewers/**/*.js", "../dicomkit/workshop/lite/**/*.js"]
    assert "exclude" not in project
    scripts = sorted(PACKAGE.rglob("*.js"))
    places = {path.relative_to(PACKAGE).parts for path in scripts}
    assert {parts[0] for parts in places if parts[:2] != ("workshop", "lite")} == {"viewers"}
    opted = {path.name: re.findall(r"@ts-\w+", path.read_text(encoding="utf-8")) for path in scripts}
    assert [name for name, found in opted.items() if found] == [], "no module or line decides by itself"


@pytest.mark.parametrize("name", [*FRONT_ENDS, *PAGES])
def test_a_front_end_is_one_text_in_which_each_name_is_given_once(name: str) -> None:
    text = front_end(name)
    exported = re.findall(r"^(?:import|export)\b.*", text, flags=re.MULTILINE)
    assert len(exported) == (0 if name in PAGES else 1)
    assert all(re.fullmatch(r'export default (?:\{|widget\(".+", \w+\);)', line) for line in exported)
    names = declared(text)
    assert len(names) == len(set(names)), "modules that are joined share one scope"
    last = modules_of(name)[-1]
    assert last == PACKAGE / "viewers" / f"{name}.js"
    for place, path in enumerate(modules_of(name)):
        for imported in re.findall(r'from "(\S+)"', path.read_text(encoding="utf-8")):
            assert (path.parent / imported).resolve() in modules_of(name)[:place]


# --- the tests ------------------------------------------------------------------------------------------

TESTS = ROOT / "tests"
NO_ROOMS = {"benchmarks", "browser", "data", "hostile", "javascript", "peers", "support", "tools"}


def test_tests_mirror_the_rooms() -> None:
    folders = {
        path.name for path in TESTS.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))
    }
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert folders - NO_ROOMS <= rooms
    assert rooms - folders == set(), "each room has tests"


@pytest.mark.parametrize(
    "path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.relative_to(TESTS).as_posix()
)
def test_no_test_module_is_imported(path: Path) -> None:
    imported = [name for name in imports_of(path.read_text(encoding="utf-8")) if name.startswith("tests.")]
    assert [name for name in imported if name.rpartition(".")[2].startswith("test_")] == []


def test_what_does_not_run_on_windows_is_listed_with_its_reason() -> None:
    lines = windows_skips()
    assert [line for line in lines if line.endswith(": ")] == [], "a skip says why"
    text = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = text.partition("## Not on Windows")[2]
    command = "python -m tests.support.windows_skips"
    assert [line for line in listed.splitlines() if line.startswith("- ")] == lines, f"print it: {command}"
    assert command in listed
