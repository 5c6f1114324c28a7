"""What all processes on one database must have alike: the first one writes it down, a different one is told."""

from __future__ import annotations

from rushes.db.steps import Steps, one, run


def agree(name: str, value: str) -> Steps[str]:
    """Write `value` down unless there is one. Answers the one that there is."""
    yield from run(
        "INSERT INTO agreed (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING", name=name, value=value
    )
    row = yield from one("SELECT value FROM agreed WHERE name = :name", name=name)
    return str(row[0]) if row else value


def known(name: str) -> Steps[str | None]:
    """What was written down."""
    row = yield from one("SELECT value FROM agreed WHERE name = :name", name=name)
    return str(row[0]) if row else None


def forget() -> Steps[None]:
    """The next process to come writes it all down anew: for operators who change it on purpose."""
    yield from run("DELETE FROM agreed")
