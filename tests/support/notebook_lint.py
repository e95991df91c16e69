"""Rules for the structure of a notebook: each yields a sentence for every violation.

Every rule is a function of a `Lesson`; `lint` runs them all. The sentences begin with the id of the cell.
"""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

MAX_CODE_LINES = 12
MAX_FUNCTION_LINES = 5
MIN_EXERCISES = 3
MAX_CELLS_WITHOUT_QUESTION = 6
SLIDE_TYPES = {"slide", "subslide", "fragment", "skip", "notes", "-"}
BANNED_TAGS = {"nbval-ignore-output", "nbval-skip", "pytest-validate-ignore-output"}
BANNED_CALLS = {"input", "Output", "interact", "interactive", "interact_manual", "sleep", "get_ipython"}
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_ABSOLUTE = re.compile(
    r"(?<![\w.…:/])/(?:home|Users|tmp|root|usr|var|opt|etc|work|mnt|private|srv)/|\b[A-Z]:\\"
)
_IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)[^)]*\)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)[^)]*\)")
_READABLE_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}.*)?")
_NO_VERB = re.compile(
    r"(the|an?|how|what|why|introduction|notebook|lesson|chapter|\w+ing|\w+tion)", re.IGNORECASE
)
_NO_DESCRIPTION = re.compile(r"\s*(<(Figure|PIL|IPython|Axes)\b.*)?\s*")

# The Standard, its current edition: one page for each part, and the anchors that it has there.
_STANDARD = "https://dicom.nema.org/medical/dicom/current/output/html/part{part:02}.html#{anchor}"
_PLACE = re.compile(
    r"\bPS3\.(?P<part>\d+),? (?P<kind>section|annex|Table) (?P<number>[A-Z0-9]+(?:[.-][A-Za-z0-9]+)*)"
)
_TEXT_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)[^)]*\)")
_DOCUMENTATION = {
    "pydicom": "https://pydicom.github.io/pydicom/stable/",
    "pynetdicom": "https://pydicom.github.io/pynetdicom/stable/",
}
_NOTHING_TO_ASK = {"check", "exercise"}

Cell = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Lesson:
    """A notebook and the folder whose files it may point to.

    Parameters
    ----------
    notebook
        As read from its JSON.
    folder
        Where it lies.
    """

    notebook: dict[str, Any]
    folder: Path

    @cached_property
    def cells(self) -> list[Cell]:
        return list(self.notebook["cells"])

    @cached_property
    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell["cell_type"] == "code"]

    @cached_property
    def prose(self) -> list[Cell]:
        return [cell for cell in self.cells if cell["cell_type"] == "markdown"]

    @cached_property
    def headings(self) -> list[str]:
        """Lines that start with ``#`` in prose, outside fenced code."""
        plain = (_FENCE.sub("", source(cell)) for cell in self.prose)
        return [line for text in plain for line in text.splitlines() if re.match(r"#{1,6} ", line)]

    @cached_property
    def exercises(self) -> list[Cell]:
        return [cell for cell in self.code if "exercise" in tags(cell)]


def source(cell: Cell) -> str:
    """Return a cell's text, in whichever form the file holds it."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def tags(cell: Cell) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def exercise_id(cell: Cell) -> str:
    return str(cell.get("metadata", {}).get("dicomkit", {}).get("exercise", ""))


def tree(cell: Cell) -> ast.Module:
    """Return the cell's syntax tree; an empty one if it is no plain Python, which is a rule of its own."""
    try:
        return ast.parse(source(cell))
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def texts(cell: Cell) -> Iterator[str]:
    """Yield every text that a code cell stored."""
    for output in cell.get("outputs", []):
        values = [output.get("text", ""), output.get("evalue", ""), *output.get("data", {}).values()]
        yield from ("".join(value) for value in values if isinstance(value, str | list))


def stub_names(cell: Cell) -> set[str]:
    """Return the names that an exercise cell leaves to the learner."""
    found = set()
    for node in tree(cell).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            if node.value.value in (None, Ellipsis):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return found


# --- the notebook as a whole ------------------------------------------------------------------------


def one_title(lesson: Lesson) -> Iterator[str]:
    titles = [line for line in lesson.headings if line.startswith("# ")]
    if len(titles) != 1 or not lesson.cells or not source(lesson.cells[0]).startswith("# "):
        yield f"notebook: it has {len(titles)} headings of level 1; one, at its very start, is right"
    for title in titles:
        words = title[2:].split()
        if len(words) < 2 or _NO_VERB.fullmatch(words[0]):
            yield f"notebook: the title '{title[2:]}' is no verb phrase, such as 'Write a file'"


def promises(lesson: Lesson) -> Iterator[str]:
    start = " ".join(source(cell) for cell in lesson.prose[:2]).casefold()
    for wanted in ("you will do", "you will learn", "you need|you will need", r"\b\d+ minutes"):
        if not re.search(wanted, start):
            yield f"notebook: its start does not say '{wanted}'"
    if not any("predict" in source(cell).casefold() for cell in lesson.prose):
        yield "notebook: nowhere is the learner asked to predict"


def sections(lesson: Lesson) -> Iterator[str]:
    names = [line.lstrip("#").strip().casefold() for line in lesson.headings]
    for wanted in ("recap", "in practice"):
        if wanted not in names:
            yield f"notebook: the section '{wanted}' is missing"
    if "in practice" in names:
        practice = "".join(source(cell) for cell in lesson.prose).casefold().rpartition("in practice")[2]
        if "ps3." not in practice:
            yield "notebook: 'In practice' names no part of PS3 to read"
        if "```" not in practice:
            yield "notebook: 'In practice' shows no command line"


def metadata(lesson: Lesson) -> Iterator[str]:
    if lesson.notebook.get("metadata") != NOTEBOOK_METADATA:
        yield "notebook: its metadata is not just the kernel python3 and the language; run refresh_notebooks.py"
    if (lesson.notebook.get("nbformat"), lesson.notebook.get("nbformat_minor")) != (4, 5):
        yield "notebook: it is not in format 4.5"


def cell_ids(lesson: Lesson) -> Iterator[str]:
    ids = [str(cell.get("id", "")) for cell in lesson.cells]
    for name in ids:
        if not _READABLE_ID.fullmatch(name) or _RANDOM_ID.fullmatch(name):
            yield f"{name or 'a cell'}: the id of a cell is a few readable words with hyphens"
    yield from (f"{name}: two cells have this id" for name in sorted(set(ids)) if ids.count(name) > 1)


def slides(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.cells:
        if cell.get("metadata", {}).get("slideshow", {}).get("slide_type") not in SLIDE_TYPES:
            yield f"{cell.get('id')}: it says nothing about slides (metadata slideshow.slide_type)"


# --- prose ------------------------------------------------------------------------------------------


def pictures(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.prose:
        for image in _IMAGE.finditer(source(cell)):
            name = Path(image["target"]).stem
            if len(image["alt"].split()) < 2 or image["alt"].strip() == name:
                yield f"{cell['id']}: the picture {name} has no text that describes it"
        for element in re.findall(r"<img\b[^>]*>", source(cell)):
            if not re.search(r"\balt=[\"'][^\"']+\s[^\"']+[\"']", element):
                yield f"{cell['id']}: an <img> has no alt text that describes it"


def links(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.prose:
        found = [m["target"] for pattern in (_IMAGE, _LINK) for m in pattern.finditer(source(cell))]
        found += re.findall(r"<img\b[^>]*\bsrc=[\"']([^\"']+)", source(cell))
        for target in found:
            if target.startswith(("https://", "#", "attachment:", "mailto:")):
                continue
            path = (lesson.folder / target.partition("#")[0]).resolve()
            if not path.is_relative_to(lesson.folder.resolve()) or not path.is_file():
                yield f"{cell['id']}: the link {target} leads to no file that is copied with the notebooks"


def standard_url(part: str, kind: str, number: str) -> str:
    """Return where the current edition of the Standard has a section, an annex or a table."""
    anchor = {"annex": f"chapter_{number}", "Table": f"table_{number}"}.get(kind)
    anchor = anchor or (f"sect_{number}" if "." in number else f"chapter_{number}")
    return _STANDARD.format(part=int(part), anchor=anchor)


def places_in_the_standard(lesson: Lesson) -> Iterator[str]:
    """Each place that is named is linked; the text names part and section, for whoever is offline."""
    for cell in lesson.prose:
        text = _FENCE.sub("", source(cell))
        for place in _PLACE.finditer(_TEXT_LINK.sub("", text)):
            yield f"{cell['id']}: {place[0]} is no link: [{place[0]}]({standard_url(**place.groupdict())})"
        for link in _TEXT_LINK.finditer(text):
            named = _PLACE.search(link["text"])
            if link["target"].startswith("https://dicom.nema.org/") and named is None:
                yield f"{cell['id']}: the link '{link['text']}' does not name part and section"
            elif named is not None and link["target"] != standard_url(**named.groupdict()):
                yield f"{cell['id']}: {named[0]} is {standard_url(**named.groupdict())}"


def documentation(lesson: Lesson) -> Iterator[str]:
    """Each name that is imported from pydicom or pynetdicom is linked to its documentation once."""
    linked = [link for cell in lesson.prose for link in _TEXT_LINK.finditer(source(cell))]
    for node in ast.walk(tree(lesson.code[0])) if lesson.code else ():
        if not isinstance(node, ast.ImportFrom):
            continue
        start = _DOCUMENTATION.get(str(node.module).partition(".")[0])
        for name in (alias.name for alias in node.names) if start else ():
            if not any(name in link["text"] and link["target"].startswith(start) for link in linked):
                yield f"notebook: {name} is never linked to its documentation below {start}"


def next_notebook(lesson: Lesson) -> Iterator[str]:
    names = sorted(path.name for path in lesson.folder.glob("[0-9][0-9]_*.ipynb"))
    title = source(lesson.cells[0]).splitlines()[:1] if lesson.cells else []
    own = [n for n in names if source(_first_cell(lesson.folder / n)).splitlines()[:1] == title]
    following = names[names.index(own[0]) + 1 :][:1] if own else []
    targets = [link["target"] for link in _TEXT_LINK.finditer(source(lesson.cells[-1]))]
    yield from (f"notebook: its last cell has no link to {name}" for name in following if name not in targets)


def _first_cell(path: Path) -> Cell:
    cell: Cell = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
    return cell


# --- code -------------------------------------------------------------------------------------------


def plain_python(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        try:
            ast.parse(source(cell))
        except SyntaxError as error:
            yield f"{cell['id']}: line {error.lineno} is no plain Python (a magic or '!' is not either)"
        if source(cell).rstrip().endswith(";"):
            yield f"{cell['id']}: a semicolon at the end hides an output in the browser and not in the test"


def imports_at_the_top(lesson: Lesson) -> Iterator[str]:
    for index, cell in enumerate(lesson.code):
        body = tree(cell).body
        if index == 0 and not (body and all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)):
            yield f"{cell['id']}: the first code cell holds the imports and nothing else"
        if index and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree(cell))):
            yield f"{cell['id']}: an import belongs to the cell at the top"


def no_pyplot(lesson: Lesson) -> Iterator[str]:
    """pyplot's figures are drawn by JupyterLab's second thread as well, and come out blank."""
    for cell in lesson.code:
        for node in ast.walk(tree(cell)):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            )
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{name}" for name in names]
            if any(re.match(r"(matplotlib\.pyplot|matplotlib\.pylab|pylab)\b", name) for name in names):
                yield f"{cell['id']}: pyplot leaves pictures blank; take chart, panels or matplotlib.figure.Figure"


def short(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        lines = source(cell).rstrip().count("\n") + 1
        if lines > MAX_CODE_LINES:
            yield f"{cell['id']}: {lines} lines of code; {MAX_CODE_LINES} are enough for one idea"
        for node in ast.walk(tree(cell)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    yield f"{cell['id']}: the function {node.name} has {length} lines, more than {MAX_FUNCTION_LINES}"


def banned(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        for node in ast.walk(tree(cell)):
            name = (
                node.id
                if isinstance(node, ast.Name)
                else node.attr
                if isinstance(node, ast.Attribute)
                else ""
            )
            if name in BANNED_CALLS:
                yield f"{cell['id']}: {name} has no place in a lesson"
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path":
                yield f"{cell['id']}: a lesson leaves sys.path alone"
        marks = {
            line.strip().lstrip("#").strip().casefold().replace("_", "-")
            for line in source(cell).splitlines()
        }
        for tag in sorted(BANNED_TAGS & ({*tags(cell)} | marks)):
            yield f"{cell['id']}: {tag} is banned: outputs are compared, not ignored"


def prose_before_code(lesson: Lesson) -> Iterator[str]:
    for before, cell in pairwise([{"cell_type": "none"}, *lesson.cells]):
        if cell["cell_type"] != "code":
            continue
        follows = "check" in tags(cell) and before["cell_type"] == "code" and "exercise" in tags(before)
        if before["cell_type"] != "markdown" and not follows:
            yield f"{cell['id']}: no prose stands before this code"


# --- stored outputs ---------------------------------------------------------------------------------


def outputs(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if "exercise" not in tags(cell) and cell.get("execution_count") is None:
            yield f"{cell['id']}: it was never run, so nothing is compared; run refresh_notebooks.py"
        kinds = [output["output_type"] for output in cell.get("outputs", [])]
        if ("error" in kinds) != ("raises-exception" in tags(cell)):
            yield f"{cell['id']}: an error is stored exactly where the tag raises-exception stands"
        if any(output.get("name") == "stderr" for output in cell.get("outputs", [])):
            yield f"{cell['id']}: something went to stderr; a warning there names the kernel's own files"
        for output in cell.get("outputs", []):
            yield from _rich_output(cell, output)


def _rich_output(cell: Cell, output: dict[str, Any]) -> Iterator[str]:
    data = output.get("data", {})
    description = "".join(data.get("text/plain", ""))
    if {"image/png", "image/jpeg", "image/svg+xml"} & set(data) and _NO_DESCRIPTION.fullmatch(description):
        yield f"{cell['id']}: the picture's text/plain does not describe it"
    if "application/vnd.jupyter.widget-view+json" in data:
        yield f"{cell['id']}: a widget's model is stored; run refresh_notebooks.py"
    if re.search(r"""(src|href)=["']?(https?:)?//""", "".join(data.get("text/html", ""))):
        yield f"{cell['id']}: the output loads something from the network"


def not_by_colour_alone(lesson: Lesson) -> Iterator[str]:
    """Of the curves that a figure names, no two are drawn in the same style: colours are not seen by everybody."""
    for cell in lesson.code:
        for text in texts(cell):
            for panel in re.split(r"^- ", text, flags=re.MULTILINE):
                styles = re.findall(r"^  curve '.*', ([a-z-]+), ", panel, re.MULTILINE)
                if len(set(styles)) < len(styles):
                    yield f"{cell['id']}: two curves differ in colour alone; give each a linestyle of its own"


def absolute_paths(lesson: Lesson) -> Iterator[str]:
    for cell in lesson.code:
        if any(_ABSOLUTE.search(text) for text in (source(cell), *texts(cell))):
            yield f"{cell['id']}: there is an absolute path in it"


# --- exercises --------------------------------------------------------------------------------------


def exercises(lesson: Lesson) -> Iterator[str]:
    if len(lesson.exercises) < MIN_EXERCISES:
        yield f"notebook: it has {len(lesson.exercises)} exercises; {MIN_EXERCISES} are the least"
    ids = [exercise_id(cell) for cell in lesson.exercises]
    if ids != [f"{name.partition('.')[0]}.{number}" for number, name in enumerate(ids, start=1)]:
        yield f"notebook: the exercises {ids} are not numbered from 1"
    for cell in lesson.cells:
        if exercise_id(cell) and "exercise" not in tags(cell):
            yield f"{cell['id']}: metadata names an exercise, but the tag 'exercise' is missing"
    for cell in lesson.exercises:
        if cell.get("execution_count") is not None or cell.get("outputs"):
            yield f"{cell['id']}: an exercise is stored unrun, with execution_count null and no output"
        if not stub_names(cell):
            yield f"{cell['id']}: the stub gives no name the value None"


def checks(lesson: Lesson) -> Iterator[str]:
    following = {cell["id"]: after for cell, after in pairwise([*lesson.cells, {"cell_type": "none"}])}
    checked = []
    for cell in lesson.exercises:
        after, name = following[cell["id"]], exercise_id(cell)
        if after["cell_type"] != "code" or "check" not in tags(after):
            yield f"{cell['id']}: the cell after an exercise is its check (tag 'check')"
            continue
        checked.append(after["id"])
        calls = {f'check("{name}", {answer})' for answer in stub_names(cell)}
        if source(after).splitlines()[0] not in calls:
            yield f"{after['id']}: its first line is not one of {sorted(calls)}"
        # Each on its own line, so that taking one "#" away leaves plain Python.
        if source(after).splitlines()[1:] != [f'# hint("{name}")', f'# solution("{name}")']:
            yield f"{after['id']}: below the check, hint and solution stand as one comment each"
        if not "".join(texts(after)).startswith(("TODO ", "PASS")):
            yield f"{after['id']}: the stored verdict is not TODO"
    for cell in lesson.code:
        if "check" in tags(cell) and cell["id"] not in checked:
            yield f"{cell['id']}: a check without its exercise"


def questions(lesson: Lesson) -> Iterator[str]:
    """Nobody only presses Shift + Enter: after a few cells there is something to answer."""
    run = 0
    for cell in lesson.code[1:]:
        if _NOTHING_TO_ASK & set(tags(cell)):
            run = 0
            continue
        run += 1
        if run == MAX_CELLS_WITHOUT_QUESTION + 1:
            yield f"{cell['id']}: {run} cells of code in a row without an exercise"


def answers_stay_with_the_learner(lesson: Lesson) -> Iterator[str]:
    answers = {name for cell in lesson.exercises for name in stub_names(cell)}
    for cell in lesson.code:
        if {"exercise", "check"} & set(tags(cell)):
            continue
        used = {node.id for node in ast.walk(tree(cell)) if isinstance(node, ast.Name)} & answers
        if used:
            yield f"{cell['id']}: it relies on an answer ({', '.join(sorted(used))}); take it from checkpoint()"


RULES: tuple[Callable[[Lesson], Iterator[str]], ...] = (
    one_title,
    promises,
    sections,
    metadata,
    cell_ids,
    slides,
    pictures,
    links,
    places_in_the_standard,
    documentation,
    next_notebook,
    plain_python,
    imports_at_the_top,
    no_pyplot,
    short,
    banned,
    prose_before_code,
    outputs,
    not_by_colour_alone,
    absolute_paths,
    exercises,
    checks,
    questions,
    answers_stay_with_the_learner,
)


def lint(notebook: dict[str, Any], folder: Path) -> list[str]:
    """Return a sentence for each rule that the notebook breaks."""
    lesson = Lesson(notebook, folder)
    return [problem for rule in RULES for problem in rule(lesson)]
