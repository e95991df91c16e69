"""What happens when something has arrived: a command without a shell, a callable, any Executor."""

from dicomkit.reactions.arrival_hooks import ArrivalHooks
from dicomkit.reactions.backlog import BacklogEntry
from dicomkit.reactions.command_line import (
    PLACEHOLDERS,
    program_notice,
    resolve_program,
    split_command,
    substitute,
)
from dicomkit.reactions.command_run import ReactionResult, run_command
from dicomkit.reactions.reactions import Reactions

__all__ = [
    "PLACEHOLDERS",
    "ArrivalHooks",
    "BacklogEntry",
    "ReactionResult",
    "Reactions",
    "program_notice",
    "resolve_program",
    "run_command",
    "split_command",
    "substitute",
]
