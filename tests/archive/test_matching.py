"""How keys and values are compared: PS3.4 section C.2.2.2, case by case."""

from __future__ import annotations

import pytest

from dicomkit.archive.matching import matcher_for
from dicomkit.archive.query_error import QueryError

NAME, DATE, TIME, UID, MODALITY, STUDY_ID, NUMBER = (
    (0x00100010, "PN"),
    (0x00080020, "DA"),
    (0x00080030, "TM"),
    (0x0020000D, "UI"),
    (0x00080060, "CS"),
    (0x00200010, "SH"),
    (0x00200011, "IS"),
)
MOMENT = (0x0008002A, "DT")


def matches(attribute: tuple[int, str], key: str | list[str], *values: str) -> bool:
    matcher = matcher_for(*attribute, [key] if isinstance(key, str) else key)
    return matcher is None or matcher(values)


@pytest.mark.parametrize(
    ("attribute", "key", "values", "expected"),
    [
        # universal: no value, or nothing but stars where there are wildcards (C.2.2.2.3, C.2.2.2.4)
        (STUDY_ID, "", ["A"], True),
        (STUDY_ID, "", [], True),
        (STUDY_ID, "*", [], True),
        (STUDY_ID, "**", ["A"], True),
        # single value (C.2.2.2.1): case counts, the spaces around do not
        (STUDY_ID, "A", ["A"], True),
        (STUDY_ID, "a", ["A"], False),
        (STUDY_ID, "A", ["AB"], False),
        (STUDY_ID, "A", [], False),
        (STUDY_ID, "A", ["B", "A"], True),
        (NUMBER, "7", ["007"], True),
        (NUMBER, "7", ["70"], False),
        # list of UID (C.2.2.2.2)
        (UID, ["1.2", "1.3"], ["1.3"], True),
        (UID, ["1.2", "1.3"], ["1.33"], False),
        # wildcard (C.2.2.2.4)
        (MODALITY, "C?", ["CT"], True),
        (MODALITY, "C?", ["C"], False),
        (MODALITY, "*T", ["CT"], True),
        (MODALITY, "*T", ["MR", "OT"], True),
        (STUDY_ID, "a*b*c", ["a1b2b3c"], True),
        (STUDY_ID, "a*b*c", ["a1c2b"], False),
        (STUDY_ID, "[AB]", ["A"], False),
        (STUDY_ID, ".*", ["A"], False),
        (STUDY_ID, "A*", [], False),
        # list of other values: one of them
        (MODALITY, ["CT", "MR"], ["MR"], True),
        # range (C.2.2.2.5)
        (DATE, "20240131", ["20240131"], True),
        (DATE, "20240131", ["2024.01.31"], True),
        (DATE, "20240101-20240131", ["20240131"], True),
        (DATE, "20240101-20240131", ["20240201"], False),
        (DATE, "20240101-", ["20300101"], True),
        (DATE, "-20240101", ["20240101"], True),
        (DATE, "-20240101", ["20240102"], False),
        (DATE, "20240101-", [], False),
        (DATE, "20240101-99991231", ["20240201"], True),  # the last day there is
        (DATE, "99991231", ["99991231"], True),
        (TIME, "1000-1130", ["113059.999"], True),
        (TIME, "1000-1130", ["1131"], False),
        (TIME, "10", ["105959"], True),
        (TIME, "103000", ["10:30:00"], True),
        (TIME, "-0600", ["0559"], True),
        (MOMENT, "20240101-20240103", ["20240102120000"], True),
        (MOMENT, "202401", ["20240131235959.5"], True),
        (MOMENT, "20240101100000+0100", ["20240101090000+0000"], True),
        (MOMENT, "20240101100000-0500", ["20240101100000-0500"], True),
        (MOMENT, "20240101100000-0500-20240101110000-0500", ["20240101153000+0000"], True),
        (MOMENT, "-2023", ["2024"], False),
        (MOMENT, "2024-999912", ["2024"], True),
        # names (C.2.2.2.1, and this archive's own rules)
        (NAME, "DOE^JANE", ["DOE^JANE"], True),
        (NAME, "doe^jane", ["DOE^JANE^^^"], True),
        (NAME, "DOE", ["DOE^JANE"], False),
        (NAME, "DOE*", ["DOE^JANE"], True),
        (NAME, "DOE^*", ["DOE"], True),
        (NAME, "*JANE*", ["Doe^Jane^Mary"], True),
        (NAME, "MULLER*", ["MÜLLER^ANNA"], False),
        (NAME, "müller*", ["MÜLLER^ANNA"], True),
        (NAME, "山田*", ["Yamada^Tarou=山田^太郎=やまだ^たろう"], True),
        (NAME, "=山田^太郎", ["Yamada^Tarou=山田^太郎=やまだ^たろう"], True),
        (NAME, "*=山田^太郎", ["Yamada^Tarou=山田^太郎=やまだ^たろう"], True),
        (NAME, "*=田中*", ["Yamada^Tarou=山田^太郎"], False),
    ],
)
def test_a_key_matches_as_the_standard_says(
    attribute: tuple[int, str], key: str | list[str], values: list[str], *, expected: bool
) -> None:
    assert matches(attribute, key, *values) is expected


@pytest.mark.parametrize(
    ("attribute", "key", "words"),
    [
        (DATE, "2024*", "no date YYYYMMDD and no range"),
        (DATE, "2024-01-31", "no date YYYYMMDD and no range"),
        (DATE, "20241301", "no date"),
        (DATE, "-", "no date"),
        (TIME, "noon", "no time HHMMSS"),
        (MOMENT, "yesterday", "no date and time"),
        (UID, "1.2.*", "is a UID, which takes no wildcard"),
        (NUMBER, "1?", "no number"),
    ],
)
def test_what_cannot_be_a_key_is_refused_in_words(attribute: tuple[int, str], key: str, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        matcher_for(*attribute, [key])
    assert (caught.value.status, caught.value.tags) == (0xA900, (attribute[0],))
    assert len(key) == 1 or key not in str(caught.value), "a value may be a patient's"


def test_stars_without_end_take_no_time() -> None:
    assert not matches((0x00081030, "LO"), "*a" * 400 + "b", "a" * 5000)
