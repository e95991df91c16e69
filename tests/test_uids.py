"""UIDs: valid, unregistered, and the same for the same entropy."""

from __future__ import annotations

import re

from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, make_uid

# PS3.5 section 9.1: numbers without leading zeros, joined by dots, at most 64 characters.
VALID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*\Z")


def test_a_uid_follows_the_rules_of_the_standard() -> None:
    for uid in [make_uid(), make_uid("a"), make_uid("a", "b"), IMPLEMENTATION_CLASS_UID]:
        assert VALID.match(uid)
        assert len(uid) <= 64
        assert uid.startswith("2.25.")
        assert int(uid.removeprefix("2.25.")) < 2**128


def test_the_same_words_make_the_same_uid_on_every_machine() -> None:
    assert make_uid("WORKSHOP01", "study") == "2.25.81342751700884370711633766993808512983"
    assert make_uid("ab", "c") != make_uid("a", "bc")


def test_without_words_no_two_are_equal() -> None:
    assert len({make_uid() for _ in range(1000)}) == 1000


def test_the_version_name_fits_its_vr() -> None:
    assert 1 <= len(IMPLEMENTATION_VERSION_NAME) <= 16  # SH
