"""Engines and routes that the operator has switched off, kept where every process sees them."""

from __future__ import annotations

from rushes.db import Steps, one, rows, run


def switched_off() -> Steps[list[str]]:
    """The names of what is off: engines, and routes as engine:upstream."""
    return [str(target) for (target,) in (yield from rows("SELECT target FROM engine_switches ORDER BY target"))]


def reasons() -> Steps[dict[str, str]]:
    """What is off, and why."""
    return dict((yield from rows("SELECT target, reason FROM engine_switches")))


def disable(target: str, reason: str, now: int) -> Steps[None]:
    """Switch off: no job begins there any more; those that have begun go on."""
    yield from run(
        "INSERT INTO engine_switches (target, reason, disabled_at) VALUES (:target, :reason, :now)"
        " ON CONFLICT (target) DO UPDATE SET reason = :reason",
        target=target,
        reason=reason,
        now=now,
    )


def enable(target: str) -> Steps[bool]:
    """Switch on again. False when it was not off."""
    row = yield from one("DELETE FROM engine_switches WHERE target = :target RETURNING target", target=target)
    return row is not None
