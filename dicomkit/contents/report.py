"""A structured report as a tree: a line for each content item, with its relationship, concept name and value.

References
----------
PS3.3 section C.17.3, SR Document Content Module; section C.17.3.2.4, Content Sequence and Relationship Type.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset

from dicomkit.contents.codes import code_of
from dicomkit.contents.entry import Entry, entry, entry_of
from dicomkit.contents.part import Part
from dicomkit.contents.report_values import value_text

__all__ = ["MAX_CONTENT_ITEMS", "report_entries", "report_head"]

MAX_CONTENT_ITEMS = 10_000  # of a report are shown; real CAD reports have some hundreds
_MAX_DEPTH = 64  # as dicomkit.files.walk; a data set made in memory may contain itself
_HEAD = (
    ("CompletionFlag", "Completion Flag"),
    ("CompletionFlagDescription", "Completion Flag Description"),
    ("VerificationFlag", "Verification Flag"),
    ("PreliminaryFlag", "Preliminary Flag"),
    ("ContentDate", "Content Date"),
    ("ContentTime", "Content Time"),
)


def report_head(dataset: Dataset) -> list[Entry]:
    """Return entries about a report as a whole: whether it is complete, and who verified it."""
    part = Part(dataset)
    found = [line for keyword, name in _HEAD for line in entry_of(part, keyword, name)]
    for observer in part.items("VerifyingObserverSequence"):
        said = (observer.text(name) for name in ("VerifyingObserverName", "VerifyingOrganization"))
        when = observer.text("VerificationDateTime")
        found.append(
            entry(
                0, "Verifying Observer", ", ".join(filter(None, (*said, when))), is_secret=observer.is_secret
            )
        )
    return found


def report_entries(dataset: Dataset) -> Iterator[Entry]:
    """Yield the content items of a report in their order, each before those inside it.

    A relationship by reference (PS3.3 section C.17.3.2.5) names the position of another item. References are not
    followed, so a report with circular references is no problem.

    Parameters
    ----------
    dataset
        The report. If it is damaged, its readable items are shown.
    """
    root = Part(dataset)
    # The root is the data set itself, whose attributes are those of its content item.
    is_secret = root.hides("ContentSequence")
    waiting: list[tuple[str, Part]] = [("1", Part(dataset, is_secret=is_secret))]
    count = 0
    while waiting:
        place, item = waiting.pop()
        count += 1
        if count > MAX_CONTENT_ITEMS:
            yield entry(0, f"only the first {MAX_CONTENT_ITEMS} content items are shown")
            return
        depth = place.count(".")
        yield _line(depth, place, item)
        inside = list(item.items("ContentSequence"))
        if inside and depth + 1 >= _MAX_DEPTH:
            yield entry(depth + 1, f"what is nested deeper than {_MAX_DEPTH} levels is not shown")
            continue
        if not depth and not inside:
            yield entry(1, "it contains no content items")
        waiting += [
            (f"{place}.{number}", each) for number, each in reversed(list(enumerate(inside, start=1)))
        ]


def _line(depth: int, place: str, item: Part) -> Entry:
    relationship = item.text("RelationshipType").lower() if depth else ""
    target = ".".join(str(int(number)) for number in item.numbers("ReferencedContentItemIdentifier"))
    if target:
        return Entry(depth, "", f"see {target}", role=f"{relationship} by reference".strip(), place=place)
    concept = code_of(item, "ConceptNameCodeSequence")
    value_type = item.text("ValueType")
    value = value_text(item, value_type)
    observed = item.text("ObservationDateTime")
    if observed and depth:
        value = f"{value} {{observed {observed}}}".strip()
    return Entry(
        depth,
        concept.meaning or str(concept),
        value,
        role=f"{relationship} {value_type or 'item without value type'}".strip(),
        place=place,
        is_secret=item.is_secret and value_type != "CONTAINER",
        known_name=concept.registered,
    )
