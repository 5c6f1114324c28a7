"""Measure all of it and print it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from bench import waiting
from bench.database import growth, nodes, requests
from bench.database.places import Place, both
from bench.http import litellm
from bench.table import table

_BESIDE = 10
"""Times LiteLLM's rate that ours should be."""
_FLAT = 1.25
"""Times slower that a thousand times the rows may make anything."""
_JOBS, _ROUNDS, _WAITING = 6_000, 3, 2_000


def run() -> None:
    """SQLite, PostgreSQL, and LiteLLM's proxy."""
    # Removed at the end alone: ext4 looks at every inode that was deleted lately before it takes one for a new file, so
    # that one measurement's tidying would be computed for in the next.
    with both() as places, TemporaryDirectory() as homes:
        _cycles(places, Path(homes))
        _nodes(places[-1], Path(homes))
        _requests(places)
        _memory(places)
        _growth(places)


def _requests(places: Sequence[Place]) -> None:
    rates = [requests.measure(place, place.new()) for place in places]
    theirs = litellm() or {}
    rows = []
    for what in requests.WHAT:
        row = [f"{what} /s"]
        for found in rates:
            beside = theirs.get(what)
            ratio = f", {_judged(found[what].a_second / beside, _BESIDE)}" if beside else ""
            spent = f"{found[what].cpu:.2f} + {found[what].database:.2f} ms"
            row.append(f"{found[what].a_second:.0f} ({spent}{ratio})")
        rows.append([*row, f"{theirs[what]:.0f}" if what in theirs else "-"])
    print("\nrequests a second to one process (computing for each, server + database; times LiteLLM's)")
    table(["", *(place.name for place in places), "LiteLLM proxy, 1 worker"], rows)


def _judged(ratio: float, goal: float) -> str:
    return f"{ratio:.1f}x {_verdict(ratio >= goal)}"


def _verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


def _cycles(places: Sequence[Place], homes: Path) -> None:
    rows = []
    for place in places:
        found = max(
            (nodes.measure(place, place.new(), _JOBS, home=Path(mkdtemp(dir=homes))) for _ in range(_ROUNDS)),
            key=lambda cycle: cycle.a_second,
        )
        goal = f"{place.goal:,} {_verdict(found.a_second >= place.goal)}"
        rows.append([place.name, *_cycle(found), goal])
    print(
        "whole lives of jobs with an instant engine: accepted, claimed, run, a file of 40 bytes stored, settled"
        f" (best of {_ROUNDS})"
    )
    table(["", "jobs /s", "accepted /s", "computing, node + database", "goal"], rows)


def _cycle(found: nodes.Cycle) -> list[str]:
    return [f"{found.a_second:.0f}", f"{found.accepted:.0f}", f"{found.cpu:.2f} + {found.database:.2f} ms"]


def _memory(places: Sequence[Place]) -> None:
    rows = []
    for place in places:
        seen = waiting.measure(_WAITING, **place.new())
        more = (seen.after - seen.before) / _WAITING * 1000
        rows.append([place.name, f"{more:.1f} MB", f"{seen.before:.0f} MB"])
    print("\nmemory for a thousand jobs that wait on a provider")
    table(["", "a thousand jobs", "the server before"], rows)


def _growth(places: Sequence[Place]) -> None:
    print(f"\nby rows of jobs: a second, and computing time for each; flat: at most {_FLAT} times that of the first")
    for place in places:
        grown = growth.measure(place)
        rows = []
        for what in requests.WHAT:
            rates = [each.rates[what] for each in grown]
            rows.append(_grown(what, [rate.a_second for rate in rates], [rate.cpu + rate.database for rate in rates]))
        cycles = [each.cycle for each in grown]
        rows.append(
            _grown("whole job", [each.a_second for each in cycles], [each.cpu + each.database for each in cycles])
        )
        table([place.name, *(f"{size:,}" for size in growth.SIZES), "computing, last to first"], rows)


def _grown(what: str, rates: Sequence[float], cpu: Sequence[float]) -> list[str]:
    ratio = cpu[-1] / cpu[0]
    cells = [f"{rate:.0f} ({spent:.2f} ms)" for rate, spent in zip(rates, cpu, strict=True)]
    return [what, *cells, f"{ratio:.2f}x {'flat' if ratio <= _FLAT else 'GROWS'}"]


def _nodes(place: Place, homes: Path) -> None:
    one, two = (
        nodes.measure(place, place.new(), _JOBS, nodes=count, home=Path(mkdtemp(dir=homes))) for count in (1, 2)
    )
    print(f"\nnodes on {place.name}, which take the same {os.cpu_count()} cores as the database itself")
    rows = [["one", *_cycle(one), ""], ["two", *_cycle(two), f"{two.a_second / one.a_second:.2f}x"]]
    table(["", "jobs /s", "accepted /s", "computing, nodes + database", "to one"], rows)
