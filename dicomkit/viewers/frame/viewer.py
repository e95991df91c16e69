"""The base class of all viewers: questions from the browser, answers from Python, and a text description.

Traits are saved in notebooks, so those of a viewer hold no value of a data set. Instead, the front end asks Python:
questions and answers are custom messages, which a notebook does not save. A page without a kernel contains the
answers (dicomkit.viewers.frame.export), so the same front end works in both.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, final

import anywidget
from IPython.display import display

from dicomkit.errors import DicomKitError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.text import escape_html
from dicomkit.viewers.frame.export import Front, PageViewer, export_html
from dicomkit.viewers.frame.front_end import styles

__all__ = ["MAX_MESSAGE_BYTES", "Answer", "Viewer"]

MAX_MESSAGE_BYTES = 2 * 1024 * 1024  # a larger message delays drawing in the browser

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# For a viewer, a notebook saves the ID of a model that exists only in its kernel. If it is opened with another kernel,
# JupyterLab would write "Error displaying widget: model not found". So each viewer has a second output, a sentence that
# its style sheet shows only below such an error, in place of it. It holds no value, runs nothing and loads nothing;
# where a viewer cannot be drawn at all (a page on the web), it is right as well.
# JupyterLab sets this class on the output of a widget only if its model was not found.
_NOT_FOUND = ":has(> .jp-OutputArea-output.jupyter-widgets)"
_CHILD, _SENTENCE = ".jp-OutputArea-child", ".jp-OutputArea-output > .dk-run-again"
_RUN_AGAIN = (
    "<style>"
    f"{_CHILD}:not({_NOT_FOUND}) + {_CHILD}:has(> {_SENTENCE}) {{ display: none; }}"
    f"{_CHILD}{_NOT_FOUND}:has(+ {_CHILD} > {_SENTENCE}) {{ display: none; }}"
    f"{_CHILD}{_NOT_FOUND} + {_CHILD} > {_SENTENCE} {{ display: block; }}"
    "</style>"
    '<p class="dk-run-again" hidden>The kernel that drew this viewer has ended. '
    "<b>Run this cell again</b> (Shift + Enter). If it then misses a name, choose "
    "<i>Run, Run All Above Selected Cell</i> first.</p>"
)


class Answer(NamedTuple):
    """An answer to a question: `content` for JSON, and `buffers` of raw bytes, such as pixels."""

    content: Mapping[str, Any]
    buffers: Sequence[bytes] = ()

    def encoded(self) -> list[bytes]:
        """Return the content as JSON, followed by the buffers."""
        return [json.dumps(self.content).encode("ascii"), *map(bytes, self.buffers)]


class Viewer(anywidget.AnyWidget):
    """The base class of viewers.

    A subclass implements `describe`, which returns a text alternative; `answer`, which answers one question; and
    `questions`, which yields all questions that a page without a kernel has to answer.
    """

    _css = styles()

    def __init__(self) -> None:
        self._answering = threading.Lock()
        super().__init__()
        _answer_beside_a_running_cell(self.comm)
        self.on_msg(self._on_question)

    def describe(self) -> str:
        """Return a text alternative, without identifying values."""
        raise NotImplementedError

    def card(self) -> str:
        """Return HTML for environments without widgets; by default the text of `describe`."""
        return f"<pre>{escape_html(self.describe())}</pre>"

    def picture(self) -> bytes:
        """Return a PNG for environments without widgets, or b"" for none; only if the patient's identity was removed."""
        return b""

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer one question of the front end.

        ``question["ask"]`` is its name, and ``buffers`` are the bytes that came with it; the viewer defines the
        other keys. ``request``, which links an answer to its question, is removed before.
        """
        raise NotImplementedError

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield each question that the front end may ask in a page without a kernel."""
        yield from ()

    def page_answers(self) -> Iterator[tuple[dict[str, Any], Answer]]:
        """Yield each question with its answer, for a page; a viewer with large answers limits them here."""
        for question in self.questions():
            yield question, self._answer(question)

    def export_html(self, path: str | os.PathLike[str]) -> None:
        """Write one page in which this viewer works without a kernel, a server or a network.

        Values that are masked now are not in the page.

        Parameters
        ----------
        path
            The page to write, for example ``study.html``.

        Raises
        ------
        FileAccessError
            If it cannot be written, or the file exists and is not such a page.
        """
        export_html(path, self.page_viewer())

    @final
    @quiet_pydicom()
    def page_viewer(self) -> PageViewer:
        """Return what a page needs to show this viewer: its code, its state and all its answers."""
        with self._answering:  # a browser may be asking, on another thread
            answers = [(question, *answer) for question, answer in self.page_answers()]
        return PageViewer(self.front(), answers)

    @final
    def front(self) -> Front:
        """Return the front end and traits of this viewer, for a page that gets the answers elsewhere."""
        state = {
            name: getattr(self, name)
            for name in self.trait_names(sync=True)
            if not name.startswith("_") and name not in {"layout", "tabbable", "tooltip"}
        }
        return Front(type(self).__name__, str(self._esm), str(self._css), state, self.describe())

    @final
    def reply(self, question: Mapping[str, Any]) -> Answer:
        """Answer one question; an error is returned as an answer, too."""
        with self._answering:
            return self._answer(question)

    @final
    def push(self, event: str, **content: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
        """Send the front end a message without a question, such as progress."""
        self.send({"event": event, **content})

    @final
    @quiet_pydicom()
    def __repr__(self) -> str:
        return self.describe()

    def _ipython_display_(self) -> None:
        # The second output is visible only after the kernel of the first one has ended.
        bundle, _ = self._repr_mimebundle_()
        display(bundle, raw=True)  # type: ignore[no-untyped-call] # IPython has no types
        display({"text/html": _RUN_AGAIN}, raw=True)  # type: ignore[no-untyped-call] # the same

    @final
    @quiet_pydicom()
    def _repr_mimebundle_(self, **_options: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401
        # A notebook saves this text, so it contains no trait and no identifying value.
        bundle: dict[str, Any] = {"text/plain": self.describe()}
        if card := self.card():
            bundle["text/html"] = card
        if picture := self.picture():
            bundle["image/png"] = picture
        bundle[_WIDGET_VIEW] = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return bundle, {}

    def _on_question(
        self, _widget: object, content: Mapping[str, Any], buffers: Sequence[bytes | memoryview] | None
    ) -> None:
        """Answer a message of the front end; a kernel may call this in another thread."""
        question = {**content, "buffers": [bytes(buffer) for buffer in buffers]} if buffers else dict(content)
        request = question.pop("request", None)
        if "ask" not in question:
            return
        text, *binary = self.reply(question).encoded()
        parts = [text[start : start + MAX_MESSAGE_BYTES] for start in range(0, len(text), MAX_MESSAGE_BYTES)]
        for part, piece in enumerate(parts):
            is_last = part + 1 == len(parts)
            buffers = [piece, *binary] if is_last else [piece]
            self.send({"request": request, "last": is_last}, buffers)

    @quiet_pydicom()
    def _answer(self, question: Mapping[str, Any]) -> Answer:
        try:
            return self.answer(question)
        except DicomKitError as error:
            return Answer({"problem": str(error)})
        except Exception as error:  # noqa: BLE001 - hostile data; another text could repeat a value
            return Answer({"problem": f"the viewer cannot answer that ({type(error).__name__})"})


def _answer_beside_a_running_cell(comm: object) -> None:
    """Send questions to the subshell that JupyterLab asks for, so that they do not wait for a running cell.

    ipykernel 7.4 sends them to the shell that last sent a message, which is that of the cell that showed the viewer
    or set a trait. Other versions do what JupyterLab asks.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, asked_for: asked_for  # noqa: SLF001 - there is no public API
