"""The campaign in small: every kind of fault once or twice. RUSHES_SEED names another one."""

from __future__ import annotations

import os

from tests.chaos.campaign import Size, run
from tests.chaos.schedule import draw


def test_whatever_happens_the_promises_are_kept() -> None:
    seed = int(os.environ.get("RUSHES_SEED", "21"))
    found = run(seed, Size(jobs=70, minutes=3, workers=2, people=16), print)
    broken = {check.name: check.wrong[:5] for check in found if check.wrong}
    assert broken == {}, f"replay with RUSHES_SEED={seed}"


def test_a_seed_draws_one_campaign() -> None:
    assert draw(5, 300, 6) == draw(5, 300, 6) != draw(6, 300, 6)
    assert {fault.kind for fault in draw(5, 60, 4).faults} == {"kill", "pause", "database", "store", "disk"}
    assert {order.kind for order in draw(5, 60, 4).orders} == {"film", "twin", "drawn", "edit"}
