"""Announce studies and run a reaction for each: at least once, even after a crash."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future, wait

from dicomkit.arrivals.study_watcher import ArrivedStudy
from dicomkit.arrivals.watch import Arrivals
from dicomkit.errors import DicomKitError
from dicomkit.reactions import ReactionResult, Reactions

__all__ = ["react"]

_STOP_CHECK_S = 0.1  # interval between checks of the stop event while reactions end


def react(
    arrivals: Arrivals,
    reactions: Reactions,
    *,
    once: bool = False,
    on_result: Callable[[ArrivedStudy, ReactionResult], None] = lambda study, result: None,  # noqa: ARG005 - the default ignores both
) -> Generator[ArrivedStudy]:
    """Yield each study as it is announced, then start its reaction.

    A reaction runs at least once for each revision: if it was interrupted, by a kill or by ``reactions.close(0)``, it
    runs again when the same folder is watched again. If it failed in all attempts, it is recorded as failed in the
    journal and does not run again.

    Parameters
    ----------
    arrivals
        The watched source.
    reactions
        The reactions; their owner has to close them, before `arrivals`.
    once
        End when all studies have been announced and all reactions have ended.
    on_result
        Called with the result of each reaction, in a thread of `reactions`.
    """

    def start(study: ArrivedStudy) -> None:
        future = reactions.submit(study)
        waiting.add(future)
        future.add_done_callback(lambda ended: settle(study, ended))

    def settle(study: ArrivedStudy, ended: Future[ReactionResult]) -> None:
        waiting.discard(ended)
        result = ended.result()
        on_result(study, result)
        if arrivals.journal is None or result.interrupted:
            return
        try:
            arrivals.journal.reaction_ended(study, error=result.error or "", output=result.output)
        except DicomKitError as error:
            arrivals.on_notice(f"{error}; the reaction to this revision may run again after a restart")

    waiting: set[Future[ReactionResult]] = set()
    if not arrivals.open_journal():
        return
    for study in arrivals.journal.open_reactions() if arrivals.journal is not None else []:
        start(study)
    for study in arrivals.announcements(once=once):
        try:
            yield study
        finally:
            # The journal first: if the process is killed from here on, the reaction runs after the restart.
            arrivals.confirm(study, reaction=True)
        start(study)
    while waiting and not arrivals.stopped():
        wait(list(waiting), timeout=_STOP_CHECK_S)
