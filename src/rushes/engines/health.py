"""Which ways to media are open: health, circuit breakers and pauses, as one process knows them.

A *lane* is one way to one model of an engine, `engine:upstream`, or the engine alone where it has no names for models.
A lane opens its breaker after some failures in a row that are the provider's fault; after a pause that grows from time
to time, and once the engine says that it is well, one job is let through, and its success closes the breaker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from rushes.engines.contract import Health

Condition = Literal["ready", "resting", "down", "off"]
"""Of a lane. resting: it takes more later, it said so; down: it does not work; off: the operator switched it off."""

FAILURES = 5
"""Failures in a row that open a breaker."""
PAUSE, LONGEST_PAUSE = 30.0, 600.0
"""Seconds for which a breaker is open, the first time and at most."""
_UNWELL = 2
"""Health checks in a row that must fail before an engine is taken for down."""
_TRIAL = 180.0
"""Seconds after which a trial that nobody reported about is forgotten."""


def lane_of(engine: str, upstream: str) -> str:
    """A lane's name."""
    return f"{engine}:{upstream}" if upstream else engine


class _Lane(Struct):
    engine: str
    failures: int = 0
    openings: int = 0
    open_until: float = 0.0
    rests_until: float = 0.0
    trial_until: float = 0.0


class _Known(Struct):
    health: Health
    unwell: int


class Board:
    """What is known of all lanes. `clock` gives seconds that never jump."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._known: dict[str, _Known] = {}
        self._off: frozenset[str] = frozenset()

    def condition(self, engine: str, upstream: str = "") -> Condition:
        """Whether a job could begin on this lane now."""
        if engine in self._off or lane_of(engine, upstream) in self._off:
            return "off"
        known = self._known.get(engine)
        if known is not None and known.unwell >= _UNWELL:
            return "down"
        lane = self._lanes.get(lane_of(engine, upstream))
        now = self._clock()
        if lane is None:
            return "ready"
        if lane.open_until > now:
            return "down"
        return "resting" if max(lane.rests_until, lane.trial_until) > now else "ready"

    def admit(self, engine: str, upstream: str = "") -> bool:
        """Let a job begin, if the lane is ready. After a breaker was open, this is the one on trial."""
        if self.condition(engine, upstream) != "ready":
            return False
        lane = self._lanes.get(lane_of(engine, upstream))
        if lane is not None and lane.openings:
            lane.trial_until = self._clock() + _TRIAL
        return True

    def wait(self, engine: str, upstream: str = "") -> float:
        """Seconds until it is worth looking at this lane again."""
        lane = self._lanes.get(lane_of(engine, upstream))
        now = self._clock()
        until = max(lane.open_until, lane.rests_until) if lane is not None else 0.0
        return max(1.0, until - now)

    def worked(self, engine: str, upstream: str = "") -> None:
        """The engine took a job, or said rightly that it will not: all is well there."""
        lane = self._lanes.get(lane_of(engine, upstream))
        if lane is not None:
            lane.failures = lane.openings = 0
            lane.open_until = lane.trial_until = 0.0

    def failed(self, engine: str, upstream: str = "", *, for_sure: bool = False) -> None:
        """A failure that is the provider's fault. `for_sure`: one is enough (a key that is refused, say)."""
        lane = self._lane(engine, upstream)
        lane.failures += 1
        if lane.failures >= FAILURES or lane.openings or for_sure:
            lane.open_until = self._clock() + min(PAUSE * 2**lane.openings, LONGEST_PAUSE)
            lane.openings = min(lane.openings + 1, 10)
            lane.failures, lane.trial_until = 0, 0.0

    def rest(self, engine: str, upstream: str, seconds: float) -> None:
        """The engine is well and takes no more for so many seconds."""
        lane = self._lane(engine, upstream)
        lane.rests_until = max(lane.rests_until, self._clock() + seconds)
        lane.trial_until = 0.0

    def told(self, engine: str, health: Health) -> None:
        """What a health check found."""
        known = self._known.get(engine)
        unwell = 0 if health.ready else (known.unwell if known is not None else 0) + 1
        self._known[engine] = _Known(health, unwell)

    def health(self, engine: str) -> Health:
        """What the latest health check found."""
        known = self._known.get(engine)
        return known.health if known is not None else Health(ready=False, reason="not checked yet")

    def worried(self, engine: str) -> bool:
        """Whether the engine should be checked sooner than usual: it was unwell, or has an open breaker."""
        known = self._known.get(engine)
        if known is None or known.unwell:
            return True
        now = self._clock()
        return any(lane.engine == engine and lane.openings and lane.open_until > now for lane in self._lanes.values())

    def breakers(self) -> list[tuple[str, str, bool]]:
        """Engine and upstream of every lane that had failures or rests, and whether its breaker is open."""
        now = self._clock()
        return [
            (lane.engine, name[len(lane.engine) + 1 :], lane.open_until > now or lane.trial_until > now)
            for name, lane in self._lanes.items()
        ]

    def switch_off(self, targets: Iterable[str]) -> bool:
        """The engines and lanes that the operator switched off: these and no others. Whether that is a change."""
        before, self._off = self._off, frozenset(targets)
        return before != self._off

    def _lane(self, engine: str, upstream: str) -> _Lane:
        return self._lanes.setdefault(lane_of(engine, upstream), _Lane(engine))
