"""Show instances other than pictures: a report as a tree, a waveform as curves, a document, a presentation state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import traitlets
from pydicom.dataset import Dataset

from dicomkit.contents.content import Content, content_of
from dicomkit.contents.content_text import content_lines, is_covered
from dicomkit.contents.document import Document, document_of
from dicomkit.contents.kind import Kind
from dicomkit.contents.waveform import MultiplexGroup, multiplex_groups
from dicomkit.errors import DicomKitError, NoPictureError, NotDicomError, UsageError
from dicomkit.text import counted
from dicomkit.viewers.content.content_list import ContentSource, Found, contents_in
from dicomkit.viewers.content.messages import curve_buffers, document_head, lines_of, waveform_heads
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer, Viewer

__all__ = ["ContentViewer"]

_OF_PICTURES = {
    "window",
    "function",
    "link",
    "unlink",
    "join",
    "follow",
    "linked_as",
    "shown",
}  # what an ImageViewer has
_DESCRIBED_LINES = 60
_PIECE_BYTES = 2 * 1024 * 1024
_MAX_DOCUMENT_BYTES = 256 * 1024 * 1024  # that is sent to a browser
_MAX_PAGE_BYTES = 48 * 1024 * 1024  # of all answers in a page, as for pixels
_LEFT_OUT = Answer({"problem": "this page has no room for it; make a page of fewer files"})
_DOCUMENT_LEFT_OUT = Answer({"problem": "this page has no room for it; save it with dicomkit dcmdecap"})
_SAVED_OTHERWISE = (
    "it is too large for here; save it with dicomkit dcmdecap, or dicomkit.contents.save_document"
)


class _Opened(NamedTuple):
    """One instance that was read."""

    number: int
    dataset: Dataset
    content: Content
    groups: list[MultiplexGroup]
    document: Document | None


class ContentViewer(Viewer):
    """Show instances other than pictures: reports as trees, curves, documents to save, presentation states as text.

    `ImageViewer` returns one for a source without pictures. Properties of pictures, such as ``window``, then raise
    `NoPictureError` when they are read or set; both viewers have ``selection`` and ``export_html``.

    Identifying values (PS3.15 Table E.1-1) are covered unless Patient Identity Removed is YES: all values of a report,
    the whole of a document, the curves of a recorded voice.

    Parameters
    ----------
    source
        A data set, a file, a folder, a zip, bytes, or several of these. Of several instances, images are left
        out: an `ImageViewer` shows these.
    mask
        Whether to cover identifying values. Uncovered, they are on the screen and in exported pages.

    Raises
    ------
    FileAccessError
        If a path does not exist.
    NotDicomError
        If there is nothing to show.

    References
    ----------
    PS3.3 section C.17.3, SR Document Content Module; section C.10.9, Waveform Module; section C.24.2, Encapsulated
    Document Module; section A.33, Softcopy Presentation State Information Object Definitions.

    Examples
    --------
    >>> from dicomkit.files import new_instance
    >>> report = new_instance("1.2.840.10008.5.1.4.1.1.88.11", modality="SR", PatientIdentityRemoved="YES")
    >>> report.ValueType, report.ContinuityOfContent = "CONTAINER", "SEPARATE"
    >>> ContentViewer(report)
    ContentViewer: Basic Text SR: it has no picture: it says what was found as a tree of names and values
      1 CONTAINER
        it contains no content items
    """

    _esm = front_end("content/viewer")
    _css = styles("content")

    selection = traitlets.Int(1, help="the number of the instance that is shown; the first is 1").tag(
        sync=True
    )

    def __init__(self, source: ContentSource | Found | Sequence[ContentSource], *, mask: bool = True) -> None:
        self._is_masked = mask
        self._found = contents_in(source)
        self._last: _Opened | None = None
        super().__init__()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - it never returns
        if name in _OF_PICTURES:
            raise self._no_picture(name)
        message = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=self)

    def __setattr__(self, name: str, value: object) -> None:
        if name in _OF_PICTURES:  # Python would silently add an attribute that has no effect
            raise self._no_picture(name)
        super().__setattr__(name, value)

    def _no_picture(self, name: str) -> NoPictureError:
        label = self._found.shown[self.selection - 1].label.partition(",")[0]
        return NoPictureError(
            f"ContentViewer.{name}",
            f"what is shown has no picture ({label}), and only pictures have that",
            "read it in .content, or give ImageViewer an image",
        )

    @traitlets.validate("selection")
    def _check_selection(self, proposal: dict[str, Any]) -> Any:  # noqa: ANN401 - a trait's value
        self._check(proposal["value"])
        return proposal["value"]

    @property
    def content(self) -> Content:
        """The content of the selected instance, uncovered."""
        return self._open(self.selection).content

    def describe(self) -> str:
        """Return the content as text; only its number of lines if it may identify somebody."""
        count = len(self._found.shown)
        several = f", {self.selection} of {counted(count, 'instance')}" if count > 1 else ""
        unread = f"\n  {counted(self._found.unread, 'file')} could not be read" if self._found.unread else ""
        try:
            opened = self._open(self.selection)
        except DicomKitError as error:
            return f"ContentViewer{several}: {error.problem}; {error.remedy}{unread}"
        first, *lines = content_lines(opened.content, is_masked=False, limit=_DESCRIBED_LINES)
        if is_covered(opened.dataset, mask=True):
            number = len(opened.content.head) + len(opened.content.entries)
            lines = [f"  {counted(number, 'line')}, not described here: Patient Identity Removed is not YES"]
        return "\n".join([f"ContentViewer{several}: {first}", *lines]) + unread

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer ``contents``, one ``content``, the ``curves`` of a group, a piece of a ``document``, or ``reveal``."""
        kind = question["ask"]
        if kind == "contents":
            names = [one.label for one in self._found.shown]
            return Answer({"contents": names, "unread": self._found.unread})
        if kind == "content":
            return Answer(self._content(self._open(self._number(question))))
        if kind == "curves":
            return self._curves(self._open(self._number(question)), int(question["group"]))
        if kind == "document":
            return self._piece(self._open(self._number(question)), int(question["piece"]))
        if kind == "reveal":
            self._is_masked = False
            return Answer({"revealed": True})
        raise UsageError("question", "the viewer does not know it", "ask for what it offers")

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the questions of a page without a kernel: all instances, with their curves and documents."""
        yield {"ask": "contents"}
        for number in range(1, len(self._found.shown) + 1):
            yield {"ask": "content", "number": number}
            try:
                opened = self._open(number)
            except DicomKitError:
                continue  # the answer says why
            if not self._covers_curves(opened):
                yield from ({"ask": "curves", "number": number, "group": one.number} for one in opened.groups)
            if opened.document is not None and not self._covers(opened):
                for piece in range(-(-len(opened.document.content) // _PIECE_BYTES)):
                    yield {"ask": "document", "number": number, "piece": piece}

    def page_answers(self) -> Iterator[tuple[dict[str, Any], Answer]]:
        """Yield the questions and answers, as far as a page has room; the answers to the others say so."""
        room = _MAX_PAGE_BYTES
        fits = True
        for question in self.questions():
            if question.get("piece") == 0:  # a part of a document is none
                document = self._open(question["number"]).document
                fits = document is not None and len(document.content) <= room
            if "piece" in question and not fits:
                answer = _DOCUMENT_LEFT_OUT
            else:
                answer = self._answer(question) if room > 0 else _LEFT_OUT
            size = sum(map(len, answer.buffers)) + len(json.dumps(answer.content))
            if size > room:
                answer, size = _LEFT_OUT, 0
            room -= size
            yield question, answer

    def _content(self, opened: _Opened) -> dict[str, Any]:
        is_masked = self._covers(opened)
        lines = lines_of(opened.content, is_masked=is_masked)
        is_document_covered = is_masked and opened.document is not None
        hidden = any(line[-1] for line in lines) or self._covers_curves(opened) or is_document_covered
        return {
            "kind": opened.content.kind.value,
            "title": opened.content.name,
            "sentence": opened.content.sentence,
            "head": len(opened.content.head),
            "lines": lines,
            "groups": waveform_heads(
                opened.groups, is_covered=self._covers_curves(opened), is_masked=is_masked
            ),
            "document": document_head(opened.document, is_covered=is_masked),
            "hidden": hidden,
        }

    def _curves(self, opened: _Opened, number: int) -> Answer:
        group = next((one for one in opened.groups if one.number == number), None)
        if group is None or self._covers_curves(opened):
            return Answer({"problem": "there are no such curves, or they are covered; choose others"})
        return Answer({}, curve_buffers(group))

    def _piece(self, opened: _Opened, piece: int) -> Answer:
        document = opened.document
        if document is None or self._covers(opened):
            return Answer({"problem": "there is no document, or it is covered; reveal it first"})
        if len(document.content) > _MAX_DOCUMENT_BYTES:
            return Answer({"problem": _SAVED_OTHERWISE})
        return Answer({}, [document.content[piece * _PIECE_BYTES : (piece + 1) * _PIECE_BYTES]])

    def _covers(self, opened: _Opened) -> bool:
        return is_covered(opened.dataset, mask=self._is_masked)

    def _covers_curves(self, opened: _Opened) -> bool:
        """Return whether curves are covered: a voice identifies somebody, an ECG does not."""
        return "Audio" in opened.content.name and self._covers(opened)

    def _open(self, number: int) -> _Opened:
        if self._last is None or self._last.number != number:
            dataset = self._found.shown[number - 1].read()
            content = content_of(dataset, neighbours=self._found.neighbours)
            groups = list(multiplex_groups(dataset)) if content.kind is Kind.WAVEFORM else []
            try:
                document = document_of(dataset) if content.kind is Kind.DOCUMENT else None
            except NotDicomError:
                document = None
            self._last = _Opened(number, dataset, content, groups, document)
        return self._last

    def _number(self, question: Mapping[str, Any]) -> int:
        number = int(question["number"])
        self._check(number)
        return number

    def _check(self, number: int) -> None:
        count = len(self._found.shown)
        if not 1 <= number <= count:
            raise NotDicomError(f"instance {number}", f"there are {count}", "count from 1")
