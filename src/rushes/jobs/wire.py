"""What processes tell each other about jobs, and what is done when it is heard.

Always only a hint to look sooner; the row is the truth. A message is a letter and what it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from rushes.jobs.events import News


class Channel(Protocol):
    """Carries messages to the other processes (db/channel.py)."""

    open: bool

    def tell(self, message: str) -> None:
        """Send to all others."""


class Hands(Protocol):
    """Who runs jobs in this process (jobs/worker.py)."""

    @property
    def queues(self) -> Sequence[str]: ...
    def wake(self, queue: str) -> None: ...
    def stop_job(self, job: str) -> None: ...
    def nudge(self, job: str) -> None: ...


class Wire:
    """Joins this process's news, worker, texts and callbacks to those of the others. Without a channel: alone."""

    def __init__(self, news: News) -> None:
        self.channel: Channel | None = None
        self.hands: Hands | None = None
        self.stop_text: Callable[[str], None] = _nothing
        self.send_callbacks: Callable[[], None] | None = None
        """Of the process that sends them; elsewhere None."""
        self._news = news

    def wake(self, queue: str) -> None:
        """There is something new in a queue."""
        if self.hands is not None:
            self.hands.wake(queue)
        self._tell("q" + queue)

    def stop(self, job: str) -> None:
        """A job was cancelled."""
        self.stop_text(job)
        if self.hands is not None:
            self.hands.stop_job(job)
        self._tell("s" + job)

    def nudge(self, job: str) -> None:
        """A provider says that there is news of a job."""
        if self.hands is not None:
            self.hands.nudge(job)
        self._tell("n" + job)

    def told(self) -> None:
        """There is something new in the outbox."""
        if self.send_callbacks is not None:
            self.send_callbacks()
        else:
            self._tell("w")

    def news(self, job: str) -> None:
        """A job's row has changed."""
        self._tell("j" + job)

    def heard(self, message: str) -> None:
        """Another process says so; "": it may have said anything."""
        kind, about = message[:1], message[1:]
        hands = self.hands
        if kind == "j":
            self._news.hint(about)
        elif kind == "q" and hands is not None:
            hands.wake(about)
        elif kind == "s":
            self.stop_text(about)
            if hands is not None:
                hands.stop_job(about)
        elif kind == "n" and hands is not None:
            hands.nudge(about)
        if kind in ("", "w") and self.send_callbacks is not None:
            self.send_callbacks()
        if kind == "":
            self._news.hint_all()
            if hands is not None:
                for queue in hands.queues:
                    hands.wake(queue)

    def _tell(self, message: str) -> None:
        if self.channel is not None:
            self.channel.tell(message)


def _nothing(_: str) -> None: ...
