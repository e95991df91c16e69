"""An index: one row for each entry of a folder, a zip or a list, and not one entry less.

Whoever looks at a study wants to know what is there and what could not be read, and why. So each entry
becomes a row: read; repaired, with what was wrong; or rejected, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dicomkit.errors import DicomKitError
from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.encoding import EXPLICIT_LITTLE
from dicomkit.files.signatures import looks_like
from dicomkit.index.entries import Entry, RefusedEntry
from dicomkit.index.scan import HEAD_SIZES_BYTES, INDEXED, Scan, scan_fully, scan_head
from dicomkit.index.series_stack import series_stack
from dicomkit.index.sources import Indexable, entries_of
from dicomkit.text import counted, escape_terminal

__all__ = ["OUTCOMES", "Index", "IndexRow", "index"]

OUTCOMES = ("read", "repaired", "rejected")

_TAGS = {keyword: tag_for_keyword(keyword) or 0 for keyword in INDEXED}
_CANCELLED = "not read: the index was cancelled"
_NOT_LISTED = "not listed: the index was cancelled before it knew what there is"


class IndexRow(NamedTuple):
    """What became of one entry.

    Parameters
    ----------
    entry
        Where it is, and how to read it again.
    outcome
        ``read``, ``repaired`` or ``rejected``.
    reason
        What was wrong, or is to be known of a file that was read; usually empty. It never repeats a value.
    size_bytes
        How long it is; 0 if it could not be opened.
    scan
        The indexed values, as bytes.
    """

    entry: Entry
    outcome: str
    reason: str
    size_bytes: int
    scan: Scan

    def __repr__(self) -> str:
        # The scan holds values, and a repr ends up in stored outputs.
        return f"IndexRow({self.outcome}, {self.size_bytes} bytes)"

    @property
    def name(self) -> str:
        """Where the entry is: a path, or a name in a zip."""
        return self.entry.name

    @property
    def transfer_syntax_uid(self) -> str:
        """How the data set is encoded."""
        return self.scan.transfer_syntax_uid

    def text(self, keyword: str) -> str:
        """Return an indexed value as text; empty if the entry has none.

        Parameters
        ----------
        keyword
            One of `dicomkit.index.scan.INDEXED`.

        Examples
        --------
        >>> index([b"no file"]).rows[0].text("Modality")
        ''
        """
        return self.scan.text(_TAGS[keyword])

    @property
    def identity_removed(self) -> bool:
        """Whether the file says that it names no patient: Patient Identity Removed is YES (PS3.3 section C.7.1.1)."""
        return self.text("PatientIdentityRemoved") == "YES"


@dataclass(frozen=True)
class Index:
    """All entries, in the order in which they were found.

    Parameters
    ----------
    rows
        One for each entry.
    """

    rows: tuple[IndexRow, ...]

    def count(self, outcome: str) -> int:
        """Return how many entries were ``read``, ``repaired`` or ``rejected``."""
        return sum(row.outcome == outcome for row in self.rows)

    def studies(self) -> dict[str, dict[str, list[IndexRow]]]:
        """Return the rows that can be looked at, by Study and Series Instance UID.

        Instances are ordered by Instance Number, then by name.

        References
        ----------
        PS3.3 section A.1.2, the levels patient, study, series and instance.
        """
        studies: dict[str, dict[str, list[IndexRow]]] = {}
        for row in self.rows:
            if row.outcome != "rejected":
                series = studies.setdefault(row.text("StudyInstanceUID"), {})
                series.setdefault(row.text("SeriesInstanceUID"), []).append(row)
        for series in studies.values():
            for rows in series.values():
                rows.sort(key=lambda row: (_number(row.text("InstanceNumber")), row.name))
        return studies

    def describe(self) -> str:
        """Return what there is: a line for the entries, and one for each series, with its gaps and doubles.

        It says nothing of the patient. Slices count from 1, in the order in which they lie.

        Examples
        --------
        >>> from dicomkit.samples import ct_series
        >>> print(index([*ct_series(3, size=16), *ct_series(6, size=16)[4:]]).describe())
        5 entries: 5 read, 0 repaired, 0 rejected
        study 1, series 1, CT: 5 slices, 7 mm apart; 1 missing between slices 3 and 4
        """
        counts = ", ".join(f"{self.count(outcome)} {outcome}" for outcome in OUTCOMES)
        lines = [f"{counted(len(self.rows), 'entry')}: {counts}"]
        for number, study in enumerate(self.studies().values(), start=1):
            for place, rows in enumerate(study.values(), start=1):
                found = series_stack([row.text for row in rows])
                said = counted(len(rows), "instance") if found is None else found.in_words()
                modality = escape_terminal(rows[0].text("Modality")) or "no modality"
                lines.append(f"study {number}, series {place}, {modality}: {said}")
        return "\n".join(lines)


def index(source: Indexable, *, on_progress: Callable[[int, int], bool] | None = None) -> Index:
    """Make an index of a folder, a file, a zip, bytes, a data set, a list of these, or bytes by name.

    Files are opened for reading only, and only their first 4 or 16 kB are looked at as long as these tell
    enough. A zip is not unpacked to disk.

    Parameters
    ----------
    source
        What to look at. Folders are searched through; a zip inside a zip is rejected.
    on_progress
        Called for each entry with the number of entries done and of all; while these are still being
        listed, none is done and their number grows. Once it returns False, the rest is not read; the index
        says so in each of its rows. An interrupt (Ctrl+C, or the stop button of a notebook) then does the
        same instead of losing what was read.

    Returns
    -------
    Index
        With a row for each entry.

    Raises
    ------
    FileAccessError
        If a path does not exist or cannot be read.
    NotDicomError
        If a zip is damaged, or has more than 10,000 entries.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.

    Examples
    --------
    >>> row = index([b"no file"]).rows[0]
    >>> row.outcome, row.reason
    ('rejected', "there is no 'DICM' after 128 bytes; it looks like text")
    """
    entries, goes_on = _listed(source, on_progress)
    rows: list[IndexRow] = []
    for number, entry in enumerate(entries):
        try:
            goes_on = goes_on and (on_progress is None or on_progress(number, len(entries)))
            rows.append(_row(entry) if goes_on else _rejected(entry, entry.refusal or _CANCELLED))
        except KeyboardInterrupt:
            if on_progress is None:
                raise
            goes_on = False
            rows.append(_rejected(entry, _CANCELLED))
    if on_progress is not None and goes_on:
        on_progress(len(entries), len(entries))
    return Index(tuple(rows))


def _listed(source: Indexable, on_progress: Callable[[int, int], bool] | None) -> tuple[list[Entry], bool]:
    """Return the entries, and whether these are all; if not, the last one says so."""
    entries: list[Entry] = []
    try:
        for entry in entries_of(source):
            entries.append(entry)
            if on_progress is not None and not on_progress(0, len(entries)):
                break
        else:
            return entries, True
    except KeyboardInterrupt:
        if on_progress is None:
            raise
    return [*entries, RefusedEntry("…", _NOT_LISTED)], False


def _row(entry: Entry) -> IndexRow:
    if entry.refusal:
        return _rejected(entry, entry.refusal)
    try:
        for limit_bytes in HEAD_SIZES_BYTES:
            head = entry.read_head(limit_bytes)
            scan = scan_head(head.start, head.size_bytes, entry.read_end)
            if scan is not None:
                return IndexRow(entry, "read", "", head.size_bytes, scan)
            if head.size_bytes <= limit_bytes:
                break
        if _is_hopeless(head.start):
            return _rejected(entry, f"it looks like {looks_like(head.start)}", head.size_bytes)
        scan = scan_fully(entry.read_content(), given=entry.name)
    except DicomKitError as error:
        return _rejected(entry, error.problem)
    if not scan.is_usable:
        return _rejected(entry, scan.problem, head.size_bytes)
    outcome = "repaired" if scan.problem else "read"
    return IndexRow(entry, outcome, scan.problem or scan.remark, head.size_bytes, scan)


def _is_hopeless(start: bytes) -> bool:
    """Say whether the first bytes are those of a format that never is DICOM: it need not be read whole."""
    return (
        len(start) > 0 and looks_like(start) not in {"text", "something else"} and start[128:132] != b"DICM"
    )


def _rejected(entry: Entry, reason: str, size_bytes: int = 0) -> IndexRow:
    nothing = Scan({}, "", EXPLICIT_LITTLE, reason, is_usable=False)
    return IndexRow(entry, "rejected", reason, size_bytes, nothing)


def _number(text: str) -> tuple[int, int]:
    """Return a key that sorts numbers by size and puts what is no number behind them."""
    return (0, int(text)) if text.isascii() and text.lstrip("+-").isdigit() and len(text) < 20 else (1, 0)  # noqa: PLR2004 - IS has 12 characters
