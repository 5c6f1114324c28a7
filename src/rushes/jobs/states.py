"""The life of a job: five states and the moves between them. Pure data and rules."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a job is. The last three are terminal."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


DIRECT = "direct"
"""The queue of jobs that the process which accepted them runs at once, while their caller listens."""

TERMINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})

MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.FAILED, State.CANCELLED}),
    # Back to the queue: no engine took it, or the process that ran it stopped and nothing paid was sent.
    State.RUNNING: frozenset({State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLED}),
    State.SUCCEEDED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
}


class Submission(StrEnum):
    """How far the engine's start has come, saved around it so that a paid one is sent at most once."""

    NONE = "none"
    SENDING = "sending"
    ACCEPTED = "accepted"


class AfterLoss(StrEnum):
    """What to do with a running job whose process is gone."""

    RESUME = "resume"
    """Ask the engine about the saved operation."""
    RESTART = "restart"
    """Begin again: nothing was sent, or sending again costs nothing."""
    GIVE_UP = "give_up"
    """A paid start may or may not have been accepted: fail with refund, list it for the operator."""


def allowed(old: State, new: State) -> bool:
    """Whether a job may go from `old` to `new`."""
    return new in MOVES[old]


def after_loss(submission: Submission, *, paid: bool) -> AfterLoss:
    """How to go on with a job that another process left in the middle."""
    if submission is Submission.ACCEPTED:
        return AfterLoss.RESUME
    if submission is Submission.SENDING and paid:
        return AfterLoss.GIVE_UP
    return AfterLoss.RESTART
