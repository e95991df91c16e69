"""When a study counts as arrived: pure logic on a fake clock."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dicomkit.arrivals import ArrivedStudy, Journal, ManualClock, StudyWatcher
from dicomkit.errors import UsageError

QUIET_S = 16.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def watcher(clock: ManualClock) -> StudyWatcher:
    return StudyWatcher(QUIET_S, clock=clock)


def summary(studies: list[ArrivedStudy]) -> list[tuple[str, int, int]]:
    return [(study.study_instance_uid, study.instance_count, study.revision) for study in studies]


def test_a_study_is_due_after_the_quiet_period_and_only_once(
    watcher: StudyWatcher, clock: ManualClock
) -> None:
    watcher.arrived("1", "1.1", folder="in/1")
    clock.advance(10)
    watcher.arrived("1", "1.2", folder="in/1")
    assert watcher.next_deadline() == 26.0
    clock.advance(15.9)
    assert watcher.due() == []
    clock.advance(0.2)
    assert watcher.due() == [ArrivedStudy("1", Path("in/1"), 2, 1)]
    clock.advance(1000)
    assert watcher.due() == []
    assert watcher.next_deadline() is None


def test_a_pause_longer_than_the_period_and_a_late_file_make_revision_two(
    watcher: StudyWatcher, clock: ManualClock
) -> None:
    watcher.arrived("1", "1.1", folder="in")
    clock.advance(QUIET_S)
    assert summary(watcher.due()) == [("1", 1, 1)]
    watcher.arrived("1", "1.2", folder="in")
    clock.advance(QUIET_S)
    (second,) = watcher.due()
    assert summary([second]) == [("1", 2, 2)]
    assert second.instance_uids == {"1.2"}


def test_the_same_instance_again_is_no_new_revision_but_keeps_the_study_awake(
    watcher: StudyWatcher, clock: ManualClock
) -> None:
    watcher.arrived("1", "1.1", folder="in")
    clock.advance(10)
    watcher.arrived("1", "1.1", folder="in")
    clock.advance(10)
    assert watcher.due() == []
    clock.advance(6)
    assert summary(watcher.due()) == [("1", 1, 1)]
    watcher.arrived("1", "1.1", folder="in")
    clock.advance(QUIET_S)
    assert watcher.due() == []


def test_interleaved_studies_do_not_disturb_each_other(watcher: StudyWatcher, clock: ManualClock) -> None:
    for number in range(20):
        watcher.arrived("steady", f"1.{number}", folder="in")
        if number == 0:
            watcher.arrived("short", "2.1", folder="in")
        clock.advance(2)
    assert summary(watcher.due()) == [("short", 1, 1)]


def test_an_open_association_holds_back_only_what_it_delivers(
    watcher: StudyWatcher, clock: ManualClock
) -> None:
    watcher.association_opened("A")
    watcher.arrived("1", "1.1", folder="in", association="A")
    watcher.arrived("2", "2.1", folder="in")
    clock.advance(100)
    assert summary(watcher.due()) == [("2", 1, 1)]
    assert watcher.next_deadline() is None
    watcher.association_closed("A")
    assert summary(watcher.due()) == [("1", 1, 1)]


def test_an_association_that_was_never_opened_or_is_closed_already_holds_nothing_back(
    watcher: StudyWatcher, clock: ManualClock
) -> None:
    watcher.association_opened("A")
    watcher.association_closed("A")
    watcher.arrived("1", "1.1", folder="in", association="A")
    clock.advance(QUIET_S)
    assert summary(watcher.due()) == [("1", 1, 1)]


def test_a_grace_replaces_the_period_once_all_associations_are_closed(clock: ManualClock) -> None:
    watcher = StudyWatcher(QUIET_S, clock=clock, grace_s=1)
    for name in ("A", "B"):
        watcher.association_opened(name)
        watcher.arrived("1", f"1.{name}", folder="in", association=name)
    watcher.association_closed("A")
    clock.advance(5)
    assert watcher.due() == []
    watcher.association_closed("B")
    assert watcher.next_deadline() == 6.0
    watcher.arrived("1", "1.late", folder="in")  # not on any association: nothing says that it is the last
    assert watcher.next_deadline() == 21.0


def test_an_expected_count_is_reported_and_never_guessed(watcher: StudyWatcher, clock: ManualClock) -> None:
    watcher.arrived("1", "1.1", folder="in", expected_count=2)
    watcher.arrived("2", "2.1", folder="in")
    watcher.arrived("3", "3.1", folder="in")
    watcher.expect("3", 1)
    clock.advance(QUIET_S)
    assert {study.study_instance_uid: study.complete for study in watcher.due()} == {
        "1": False,
        "2": None,
        "3": True,
    }
    watcher.arrived("1", "1.2", folder="in")
    clock.advance(QUIET_S)
    assert [study.complete for study in watcher.due()] == [True]


def test_an_expectation_alone_is_no_study(watcher: StudyWatcher, clock: ManualClock) -> None:
    watcher.expect("1", 5)
    clock.advance(QUIET_S)
    assert watcher.due() == []
    watcher.arrived("1", "1.1", folder="in")
    clock.advance(QUIET_S)
    assert [(study.complete, study.folder) for study in watcher.due()] == [(False, Path("in"))]


def test_the_folder_is_the_innermost_that_holds_all(watcher: StudyWatcher, clock: ManualClock) -> None:
    watcher.arrived("1", "1.1", folder="/in/study/a")
    watcher.arrived("1", "1.2", folder="/in/study/b")
    clock.advance(QUIET_S)
    assert [study.folder for study in watcher.due()] == [Path("/in/study")]


def test_an_instance_that_is_gone_again_is_not_announced(watcher: StudyWatcher, clock: ManualClock) -> None:
    watcher.arrived("1", "1.1", folder="in")
    watcher.withdrawn("1", "1.1")
    clock.advance(QUIET_S)
    assert watcher.due() == []
    assert watcher.pending == []


def test_a_half_written_file_keeps_its_study_awake(watcher: StudyWatcher, clock: ManualClock) -> None:
    watcher.arrived("1", "1.1", folder="in")
    clock.advance(15)
    watcher.stirred("1")
    watcher.stirred("unknown")
    clock.advance(15)
    assert watcher.due() == []
    clock.advance(1)
    assert summary(watcher.due()) == [("1", 1, 1)]


def test_an_event_that_is_told_late_does_not_turn_the_time_back(
    watcher: StudyWatcher, clock: ManualClock
) -> None:
    clock.advance(10)
    watcher.arrived("1", "1.1", folder="in")
    watcher.arrived("1", "1.2", folder="in", at_s=3.0)
    assert watcher.next_deadline() == 26.0


def test_one_study_can_be_asked_for(watcher: StudyWatcher, clock: ManualClock) -> None:
    watcher.arrived("1", "1.1", folder="in")
    watcher.arrived("2", "2.1", folder="in")
    assert watcher.due("1") == []
    clock.advance(QUIET_S)
    assert summary(watcher.due("2")) == [("2", 1, 1)]
    assert watcher.ripe() == ["1"]
    assert watcher.due("no such study") == []


@pytest.mark.parametrize("period", [0, -1, float("nan"), float("inf")])
def test_a_senseless_period_is_refused(period: float) -> None:
    with pytest.raises(UsageError):
        StudyWatcher(period)
    with pytest.raises(UsageError):
        StudyWatcher(1, grace_s=period)


def test_a_manual_clock_never_goes_back(clock: ManualClock) -> None:
    with pytest.raises(UsageError):
        clock.advance(-1)


STUDIES = st.sampled_from(["1", "2", "3"])
INSTANCES = st.integers(0, 5).map(lambda number: f"i{number}")
ASSOCIATIONS = st.sampled_from(["A", "B"])


class AnyOrder(RuleBasedStateMachine):
    """Arrivals, pauses, crashes, restarts and failing reactions in any order, with a real journal.

    The model is the plainest there is: what arrived, and what was announced for good.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = ManualClock()
        self.arrived: set[tuple[str, str]] = set()
        self.announced: Counter[tuple[str, str]] = Counter()
        self.revisions: dict[str, list[int]] = {}
        self.open_reactions: set[tuple[str, int]] = set()
        self.open_associations: set[str] = set()
        self.journal = self.watcher = None  # type: ignore[assignment]
        self.begin()

    def begin(self) -> None:
        self.journal: Journal = Journal(self.folder)
        self.watcher: StudyWatcher = StudyWatcher(QUIET_S, clock=self.clock)
        self.journal.restore(self.watcher)
        found = {(study.study_instance_uid, study.revision) for study in self.journal.open_reactions()}
        assert found == self.open_reactions
        # A feed finds everything again that lies in the folder.
        for study, instance in sorted(self.arrived):
            self.watcher.arrived(study, instance, folder="in")

    @rule(study=STUDIES, instance=INSTANCES, association=st.none() | ASSOCIATIONS)
    def arrive(self, study: str, instance: str, association: str | None) -> None:
        self.arrived.add((study, instance))
        self.watcher.arrived(study, instance, folder="in", association=association)

    @rule(seconds=st.sampled_from([0.5, 8.0, 15.5, 16.0, 40.0]))
    def pause(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(association=ASSOCIATIONS)
    def open_association(self, association: str) -> None:
        self.open_associations.add(association)
        self.watcher.association_opened(association)

    @rule(association=ASSOCIATIONS)
    def close_association(self, association: str) -> None:
        self.open_associations.discard(association)
        self.watcher.association_closed(association)

    @rule(reaction=st.booleans())
    def announce(self, reaction: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        for study in self.watcher.due():
            self.journal.announced(study, reaction=reaction)
            self.take_note(study, reaction=reaction)

    def take_note(self, study: ArrivedStudy, *, reaction: bool) -> None:
        uid = study.study_instance_uid
        self.announced.update((uid, instance) for instance in study.instance_uids)
        self.revisions.setdefault(uid, []).append(study.revision)
        assert study.instance_count == sum(1 for known, _ in self.announced if known == uid)
        if reaction:
            self.open_reactions.add((uid, study.revision))

    @rule()
    def crash_before_the_journal_knows(self) -> None:
        self.watcher.due()
        self.restart()

    @rule()
    def restart(self) -> None:
        self.journal.close()
        self.open_associations.clear()
        self.begin()

    @precondition(lambda self: self.open_reactions)
    @rule(failed=st.booleans())
    def end_a_reaction(self, failed: bool) -> None:  # noqa: FBT001 - hypothesis draws it
        uid, revision = min(self.open_reactions)
        self.open_reactions.discard((uid, revision))
        study = ArrivedStudy(uid, Path("in"), 1, revision)
        self.journal.reaction_ended(study, error="ended with exit status 1" if failed else "")

    @invariant()
    def nothing_twice(self) -> None:
        assert all(count == 1 for count in self.announced.values())
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in self.revisions.values())

    def teardown(self) -> None:
        for association in list(self.open_associations):
            self.close_association(association)
        self.clock.advance(QUIET_S)
        self.announce(reaction=False)
        self.nothing_twice()
        assert set(self.announced) == self.arrived
        self.journal.close()
        shutil.rmtree(self.folder)


AnyOrder.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyOrder = AnyOrder.TestCase
