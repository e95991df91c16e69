"""Forty markers in a study, in every VR that holds text: no marker appears in what a lesson does with it.

What comes out is all that somebody else may read later: printed text, stored outputs, pages, widget state,
logs, warnings, error texts with their tracebacks, and files that are left behind.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import ipywidgets
import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset
from pydicom.tag import Tag
from pydicom.uid import JPEG2000Lossless

from dicomkit import samples
from dicomkit.arrivals import EventFeed, ManualClock, StudyWatcher, react, watch
from dicomkit.arrivals.watch import Arrivals
from dicomkit.cli import main
from dicomkit.dump import format_dump, parse_dump
from dicomkit.files import anatomy, erase, index, insert, modify, read_file
from dicomkit.files.dictionary import dictionary_entry
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.warnings_here import warnings_here
from dicomkit.files.writing import encode_file, write_file
from dicomkit.lessons import check, hint, progress, show_error, solution
from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of
from dicomkit.network import AssociationLog, StorageSCP, send
from dicomkit.pixels import compress, decompress, display_values, modality_values, render, secondary_capture
from dicomkit.privacy import DeidentificationKey, deidentify
from dicomkit.privacy.masking import PROFILE_TAGS
from dicomkit.reactions import Reactions
from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox, MetadataViewer
from dicomkit.workshop import doctor

DEADLINE_S = 60
MARKERS = 40
MARKER = re.compile(r"(?i)MK\d{4}Q|2\.999\.1\d{3}")
TEXT_VRS = ("AE", "AS", "CS", "DA", "DS", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UT")
PRIVATE = {
    0x00090010: "LO",
    0x00091001: "IS",
    0x00091002: "UR",
    0x00091003: "UN",
}  # VRs that the table has not
GROUPS = {0x08, 0x10, 0x18, 0x20, 0x32, 0x38, 0x40}
LEVELS = {0x00080018, 0x0020000D, 0x0020000E}  # a log of the network names instances; that is its purpose
BEST_KNOWN = {0x00080020: "DA", 0x00080080: "LO", 0x00100010: "PN", 0x00100020: "LO", 0x00100030: "DA"}


def planted_tags() -> dict[int, str]:
    """Return at least forty attributes that may identify somebody, with all VRs that hold text among them."""
    by_vr: dict[str, list[int]] = {vr: [] for vr in TEXT_VRS}
    for tag in sorted(PROFILE_TAGS - LEVELS):
        entry = dictionary_entry(tag)
        if entry is not None and entry.vr in by_vr and tag >> 16 in GROUPS:
            by_vr[entry.vr].append(tag)
    return {tag: vr for vr, tags in by_vr.items() for tag in tags[:3]} | BEST_KNOWN | PRIVATE


def marker(number: int, vr: str) -> str:
    return f"2.999.1{number:03}" if vr == "UI" else f"MK{number:04}Q"


def markers_in(text: str) -> list[str]:
    return sorted(set(MARKER.findall(text)))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a folder with three slices; each holds all markers, also where they are no valid value."""
    folder = tmp_path / "study"
    folder.mkdir()
    tags = planted_tags()
    assert len(tags) >= MARKERS
    for number, instance in enumerate(samples.ct_series(3, size=32)):
        instance.PatientIdentityRemoved = "NO"
        for place, (tag, vr) in enumerate(tags.items()):
            value = marker(place, vr).encode()
            value += (b"\0" if vr == "UI" else b" ") * (len(value) % 2)
            # Straight into the dictionary: pydicom would look at the value, and complain.
            instance._dict[Tag(tag)] = RawDataElement(Tag(tag), vr, len(value), value, 0, False, True)
        content = encode_file(instance)
        assert len(markers_in(content.decode("latin-1"))) == len(tags)
        (folder / f"{number}.dcm").write_bytes(content)
    return folder


class Leaks:
    """Collect what comes out; `found` names the markers in it."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, *things: object) -> None:
        self.texts += [text for thing in things for text in (str(thing), repr(thing))]

    @contextlib.contextmanager
    def attempt(self, *, fails: bool = False) -> Iterator[None]:
        """Collect an error, if there is one, as a notebook stores it: with its traceback and its cause."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever is raised is looked at
            self.add(error, error.args)
            self.texts.append("".join(traceback.TracebackException.from_exception(error).format()))
        else:
            assert not fails, "nothing was refused, so nothing was tested"

    def found(self) -> list[str]:
        return markers_in("\n".join(self.texts))


@pytest.fixture
def leaks(
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Leaks]:
    """Yield a collector; at the end also logs, warnings, all that was printed, and files left behind count."""
    left = tmp_path / "temporary"
    left.mkdir()
    monkeypatch.setenv("TMPDIR", str(left))
    monkeypatch.setenv("DICOMKIT_STATE_FOLDER", str(tmp_path / "state"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    caplog.set_level(logging.DEBUG)
    for name in ("pydicom", "pynetdicom", "PIL"):
        caplog.set_level(logging.DEBUG, logger=name)
    collected = Leaks()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield collected
    printed = capfd.readouterr()
    collected.texts += [printed.out, printed.err, caplog.text, *(str(one.message) for one in caught)]
    collected.texts += [record.getMessage() for record in caplog.records]
    for folder in (left, tmp_path / "state"):
        for path in (path for path in folder.rglob("*") if path.is_file()):
            collected.texts += [str(path), path.read_text("latin-1")]
    assert [text for text in collected.texts if markers_in(text)] == []


def read(folder: Path) -> list[FileDataset]:
    return [read_file(path) for path in sorted(folder.glob("*.dcm"))]


# --- the collector itself -------------------------------------------------------------------------------


def test_a_leak_is_found(study: Path) -> None:
    collector = Leaks()
    collector.texts.append((study / "0.dcm").read_text("latin-1"))
    assert len(collector.found()) >= MARKERS
    collector = Leaks()
    with collector.attempt(fails=True):
        _raise_because_of(marker(1, "LO"))
    assert collector.found() == ["MK0001Q"]


def _raise_because_of(value: str) -> None:
    try:
        {}[value]
    except KeyError as error:
        message = "harmless"
        raise ValueError(message) from error


def test_pydicom_alone_would_tell(study: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for element in read(study)[0]:
            str(element.value)
    assert markers_in(" ".join(str(one.message) for one in caught))


def test_pydicom_is_quiet_in_one_thread_and_only_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("pydicom")
    elsewhere = threading.Thread(target=logger.warning, args=("elsewhere",))
    with quiet_pydicom(), quiet_pydicom():
        logger.warning("here")
        warnings.warn("here", stacklevel=1)
        elsewhere.start()
        elsewhere.join()
    logger.warning("afterwards")
    assert [record.getMessage() for record in caplog.records] == ["elsewhere", "afterwards"]
    with pytest.warns(UserWarning, match="again"):
        warnings.warn("again", stacklevel=1)


def test_a_cell_that_collects_warnings_misses_none_while_a_viewer_is_answered() -> None:
    """Two threads in any order: one collects all warnings, the other one is quiet."""
    is_in, is_out = threading.Event(), threading.Event()

    def answer() -> None:
        with quiet_pydicom():
            is_in.set()
            warnings.warn("MARKER", stacklevel=1)
            assert is_out.wait(DEADLINE_S)
            warnings.warn("MARKER", stacklevel=1)

    viewer = threading.Thread(target=answer)
    with quiet_pydicom():  # any file was read before
        pass
    with warnings.catch_warnings(record=True) as collected:
        warnings.simplefilter("always")
        warnings.warn("before", stacklevel=1)
        viewer.start()
        assert is_in.wait(DEADLINE_S)
        warnings.warn("meanwhile", stacklevel=1)
    is_out.set()
    viewer.join(DEADLINE_S)
    assert [str(each.message) for each in collected] == ["before", "meanwhile"]
    with warnings_here("error"), quiet_pydicom(), warnings_here("error"), pytest.raises(UserWarning):
        warnings.warn("the innermost block counts", stacklevel=1)
    with pytest.warns(UserWarning, match="afterwards"):
        warnings.warn("afterwards", stacklevel=1)


def test_two_threads_that_overlap_leave_warnings_as_they_were() -> None:
    second_is_in, first_is_out = threading.Event(), threading.Event()

    def second() -> None:
        with quiet_pydicom():
            second_is_in.set()
            assert first_is_out.wait(DEADLINE_S)

    with quiet_pydicom():
        before = list(warnings.filters)
    thread = threading.Thread(target=second)
    with quiet_pydicom():
        thread.start()
        assert second_is_in.wait(DEADLINE_S)
    with pytest.warns(UserWarning, match="not quiet"):  # the other thread still is
        warnings.warn("not quiet", stacklevel=1)
    first_is_out.set()
    thread.join(DEADLINE_S)
    assert list(warnings.filters) == before


# --- files -------------------------------------------------------------------------------------------


def test_reading_and_indexing_tell_nothing(study: Path, leaks: Leaks) -> None:
    for path in sorted(study.glob("*.dcm")):
        leaks.add(anatomy(path))
        read_file(path)
    found = index(study)
    leaks.add(found, [row.outcome for row in found.rows], [row.reason for row in found.rows])


def test_a_damaged_file_tells_nothing(study: Path, leaks: Leaks, tmp_path: Path) -> None:
    content = (study / "0.dcm").read_bytes()
    positions = [found.start() for found in re.finditer(rb"MK\d{4}Q|2\.999", content)]
    assert len(positions) >= MARKERS
    damaged = tmp_path / "damaged.dcm"
    for position in positions:
        longer = content[: position - 4] + b"\xff\xff\xff" + content[position - 1 :]
        for changed in (content[: position + 3], longer):
            damaged.write_bytes(changed)
            for tool in (read_file, anatomy):
                with leaks.attempt():
                    tool(damaged)
            leaks.add([row.reason for row in index(damaged).rows])
            main(["view", str(damaged), "-o", str(tmp_path / "page.html")])


def test_errors_of_editing_and_writing_tell_nothing(study: Path, leaks: Leaks) -> None:
    [dataset, *_] = read(study)
    name = marker(1, "LO")
    for keyword, value in (
        ("PatientBirthDate", name),
        ("PatientWeight", name),
        ("Rows", name),
        ("StudyInstanceUID", name),
        ("Modality", name.lower()),
        ("PatientName", [name, name]),
        ("PixelSpacing", [name, name, name]),
        ("RequestAttributesSequence", name),
    ):
        for edit in (insert, modify):
            with leaks.attempt():
                edit(dataset, keyword, value)
            with show_error():
                edit(dataset, keyword, value)
    with leaks.attempt(fails=True):
        erase(dataset, "PatientName[0].PatientID")
    broken = FileDataset(None, {}, file_meta=dataset.file_meta)
    broken.Rows = 1
    broken["Rows"]._value = name
    with leaks.attempt(fails=True):
        encode_file(broken)
    write_file(dataset, study / "written.dcm")


def test_errors_of_a_dump_tell_nothing(study: Path, leaks: Leaks) -> None:
    name = marker(1, "LO")
    lines = [
        f"(0010,0010) PN [{name}",
        f"(0010,0010) PN {name}]",
        f"(0010,0010) {name} [x]",
        f"(0028,0010) US {name}",
        f"(0010,0030) DA [{name}]",
        f"(0008,0016) UI ={name}",
        f"(7fe0,0010) OW ={name}.raw",
        f"(0010,1030) DS [{name}]",
        f"{name}",
        f"(0010,0020) LO [{name}]\n(0010,0020) LO [{name}]",
    ]
    for line in lines:
        with leaks.attempt():
            parse_dump(line)
        dump = study / "a.dump"
        dump.write_text(line, encoding="ascii")
        main(["dump2dcm", str(dump), str(study / "a.out")])
    for dataset in read(study):
        parse_dump(format_dump(dataset, max_value_length=None))


# --- pixels ------------------------------------------------------------------------------------------------


def test_pixels_and_their_errors_tell_nothing(study: Path, leaks: Leaks) -> None:
    [dataset, *_] = read(study)
    for value in (render(dataset), display_values(modality_values(dataset), 40, 80)):
        leaks.add(value.shape)
    decompress(compress(dataset, JPEG2000Lossless))
    made = secondary_capture(render(dataset), series_from=None)
    leaks.add(made.SOPClassUID)
    for keyword in ("WindowCenter", "RescaleSlope", "PhotometricInterpretation", "BitsStored"):
        [broken, *_] = read(study)
        vr = dictionary_entry(Tag(keyword)).vr  # type: ignore[union-attr] # - all four are in the dictionary
        broken[keyword] = RawDataElement(Tag(keyword), vr, 8, b"MK0001Q ", 0, False, True)
        for use in (render, modality_values, lambda one: compress(one, JPEG2000Lossless)):
            with leaks.attempt():
                use(broken)


# --- network and arrivals ------------------------------------------------------------------------------------


def test_sending_receiving_and_watching_tell_nothing(study: Path, leaks: Leaks, tmp_path: Path) -> None:
    log = AssociationLog()
    feed = EventFeed(clock=ManualClock())
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with StorageSCP(inbox) as receiver:
        receiver.subscribe(feed.take)
        report = send(study, "127.0.0.1", receiver.port, log=log)
        leaks.add(report, list(report), report._repr_html_(), receiver, receiver.received, receiver.log, log)
        leaks.add(receiver.problems, log.entries)
        for viewer in (AssociationDiagram(log), AssociationDiagram(receiver.log), Inbox(receiver)):
            leaks.texts += everything_of(viewer, tmp_path)
    feed.close()
    with Arrivals(feed, 16, clock=ManualClock()) as arrivals, Reactions(_fail, attempts=1) as reactions:
        announced = list(react(arrivals, reactions))
        leaks.add(announced)
    leaks.add(reactions.failures)
    leaks.add(list(watch(inbox, 1, once=True, clock=ManualClock())), StudyWatcher(16))
    with leaks.attempt(fails=True):
        send(study, "127.0.0.1", receiver.port).raise_on_failure()


def _fail(study: object) -> None:
    raise ValueError(f"{marker(7, 'PN')}: {study}")


# --- viewers ----------------------------------------------------------------------------------------------------


def everything_of(viewer: object, folder: Path) -> list[str]:
    """Return what a notebook, its widget state and a page keep of a viewer."""
    bundle, _ = viewer._repr_mimebundle_()  # type: ignore[attr-defined]
    page = folder / "viewer.html"
    viewer.export_html(page)  # type: ignore[attr-defined]
    state = ipywidgets.Widget.get_manager_state()
    return [
        repr(viewer),
        str(viewer),
        json.dumps(bundle, default=str),
        json.dumps(state, default=str),
        page.read_text("utf-8"),
    ]


@pytest.mark.parametrize("kind", [MetadataViewer, AnatomyViewer])
def test_viewers_cover_what_may_identify_somebody(
    kind: Callable[..., object], study: Path, leaks: Leaks, tmp_path: Path
) -> None:
    viewer = kind(study if kind is MetadataViewer else study / "0.dcm")
    leaks.texts += everything_of(viewer, tmp_path)


def test_an_image_viewer_stores_no_value(study: Path, leaks: Leaks, tmp_path: Path) -> None:
    viewer = ImageViewer(read(study))
    bundle, _ = viewer._repr_mimebundle_()
    assert "image/png" not in bundle
    leaks.texts += everything_of(viewer, tmp_path)


SHOWING = """
from pathlib import Path
from dicomkit.network import StorageSCP, send
from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox, MetadataViewer
paths = sorted(Path("study").glob("*.dcm"))
viewers = [MetadataViewer("study", mask=False), AnatomyViewer(paths[0], mask=False), ImageViewer(paths, mask=False)]
with StorageSCP("inbox") as scp:
    send(paths, "127.0.0.1", scp.port)
viewers += [Inbox(scp, mask=False), AssociationDiagram(scp.log)]
for viewer in viewers:
    for question in viewer.questions():
        viewer.answer(question)
"""


def test_a_notebook_that_is_run_and_saved_by_a_program_holds_no_value(study: Path, leaks: Leaks) -> None:
    """nbclient keeps the state of all widgets, and here nothing is masked: the worst case."""
    (study.parent / "inbox").mkdir()
    # What a cell shows last is its output; a viewer in the middle of a list is shown by its text.
    cells = [
        nbformat.v4.new_code_cell(source)
        for source in (SHOWING, *(f"viewers[{n}]" for n in range(5)), "viewers")
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(
        notebook, resources={"metadata": {"path": str(study.parent)}}, timeout=DEADLINE_S
    ).execute()
    (states,) = notebook.metadata["widgets"].values()
    models = [state for state in states["state"].values() if state["model_name"] == "AnyModel"]
    assert len(models) == 5, "the state of the widgets is not there, so this shows nothing"
    saved = nbformat.writes(notebook)
    assert saved.count("application/vnd.jupyter.widget-view+json") == 5
    leaks.texts.append(saved)


# --- lessons, doctor, commands -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("leaks")
def test_checks_and_the_doctor_tell_nothing(study: Path) -> None:
    datasets = read(study)
    doctor()
    for exercise in (one for notebook in NOTEBOOKS for one in exercises_of(notebook)):
        for answer in (datasets[0], datasets, marker(1, "LO"), [marker(2, "PN")], {marker(3, "LO"): 1}):
            check(exercise.id, answer)
        hint(exercise.id)
        solution(exercise.id)
    progress()
    with show_error():
        read_file(study / "none.dcm")


def test_commands_tell_nothing(study: Path, leaks: Leaks, tmp_path: Path) -> None:
    out = tmp_path / "out"
    main(["view", str(study), "-o", str(tmp_path / "page.html")])
    leaks.texts.append((tmp_path / "page.html").read_text("utf-8"))
    assert main(["deidentify", str(study), str(out), "--report", str(tmp_path / "report.csv")]) == 0
    leaks.texts.append((tmp_path / "report.csv").read_text("utf-8"))
    leaks.texts += [path.read_text("latin-1") for path in out.rglob("*.dcm")]
    assert main(["watch", "--quiet-period", "0.1", "--once", str(study)]) == 0
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with StorageSCP(inbox) as receiver:
        assert main(["storescu", "-v", "+r", "+sd", "127.0.0.1", str(receiver.port), str(study)]) == 0
        assert main(["echoscu", "127.0.0.1", str(receiver.port)]) == 0
    picture = tmp_path / "picture.png"
    viewer = samples.ct_series(1, size=32)[0]
    Image.fromarray(render(viewer)).save(picture)
    main(["img2dcm", "-k", f"Rows={marker(1, 'LO')}", str(picture), str(tmp_path / "a.dcm")])
    main(["img2dcm", "--series-from", str(study / "0.dcm"), str(picture), str(tmp_path / "b.dcm")])


def test_deidentification_and_its_refusals_tell_nothing(study: Path, leaks: Leaks) -> None:
    key = DeidentificationKey.random()
    for dataset in read(study):
        done = deidentify(dataset, key)
        leaks.add(done, done.changes, done.remarks)
        dataset.BurnedInAnnotation = "YES"
        with leaks.attempt(fails=True):
            deidentify(dataset, key)


def test_a_receiver_of_the_command_line_tells_nothing(study: Path, leaks: Leaks, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-c", "from dicomkit.cli import main; raise SystemExit(main())"]
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with subprocess.Popen(
        [*command, "storescp", "-v", "--output-directory", str(inbox), "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as receiver:
        assert receiver.stdout is not None
        first = receiver.stdout.readline()
        found = re.search(r"\b(\d{4,5})\b", first)
        assert found is not None, first
        send(study, "127.0.0.1", int(found[1])).raise_on_failure()
        receiver.terminate()
        leaks.texts.append(first + receiver.stdout.read())
    assert len(list(inbox.rglob("*.dcm"))) == 3
