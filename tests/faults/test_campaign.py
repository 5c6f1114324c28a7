"""Whatever a provider does, the job ends, the money is right, nobody else waits, and it is asked at most once."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest

from rushes.jobs import odd, refusals
from tests.faults.conftest import CREDITS, PRICE, House, Open, play
from tests.faults.peer import Peer


class Case(NamedTuple):
    """A script, and how the job ends: its error code ("" for success), how often it was asked."""

    name: str
    script: dict[str, list[str]]
    code: str = ""
    submits: int = 1


CASES = [
    Case("all is well", {}),
    Case("429, later", {"submit": ["429 1"]}, submits=2),
    Case("429 by a clock that is an hour ahead", {"submit": ["429 skewed"]}, submits=2),
    Case("429 for ever", {"submit": ["429 0*"]}, "quota", submits=4),
    Case("503, later", {"submit": ["503"]}, submits=2),
    Case("400", {"submit": ["400"]}, "invalid_input"),
    Case("401", {"submit": ["401"]}, "unavailable"),
    Case("402", {"submit": ["402"]}, "quota"),
    Case("500 to a start", {"submit": ["500 accepted"]}, "lost"),
    Case("502 to a start", {"submit": ["502"]}, "lost"),
    Case("garbage to a start", {"submit": ["garbage"]}, "lost"),
    Case("half an answer to a start", {"submit": ["half"]}, "lost"),
    Case("no answer to a start", {"submit": ["silence"]}, "lost"),
    Case("a connection that ends", {"submit": ["hang up"]}, "lost"),
    Case(
        "polls of every kind",
        {"poll": ["429 0", "500", "502", "garbage", "half", "silence", "hang up", "404", "running"]},
    ),
    Case("404 to every poll", {"poll": ["404*"]}, "timeout"),
    Case("silence to every poll", {"poll": ["silence*"]}, "timeout"),
    Case("done, without a result", {"poll": ["empty"]}, "internal"),
    Case("a result that is there later", {"file": ["404", "500"]}),
    Case("a result that is never there", {"file": ["404*"]}, "lost"),
    Case("a result that breaks off once", {"file": ["half"]}),
    Case("a result that always breaks off", {"file": ["half*"]}, "lost"),
    Case("a result that is none", {"file": ["garbage"]}, "internal"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_job_ends_and_the_money_is_right(
    case: Case, peer: Peer, other: Peer, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MOST", 3)
    peer.scripts["faulty"] = {step: list(acts) for step, acts in case.script.items()}

    async def story() -> None:
        async with opened({"bad": peer, "good": other}, run_limit_seconds=3 if case.code == "timeout" else 60) as house:
            job = await house.submit("faulty", "only-bad")
            beside = [await house.submit("beside", "only-good"), await house.submit("same", "only-bad")]
            for each in beside[:1] if case.code in ("unavailable", "quota") else beside:
                assert (await house.over(each)).state == "succeeded"
            over = await house.over(job)
            assert (over.state, over.error_code or "") == ("failed" if case.code else "succeeded", case.code)
            for each in beside:
                await house.over(each)
            assert peer.submits.count("faulty") == case.submits
            assert peer.accepted.count("faulty") <= 1
            succeeded = sum([(await house.over(each)).succeeded for each in (job, *beside)])
            wallet = await house.wallet()
            assert (wallet.available, wallet.held) == (CREDITS - succeeded * PRICE, 0)
            listed = await house.services.database.read(odd.ambiguous())
            assert [each["job"] for each in listed] == ([job.id] if case.name in UNKNOWN else [])

    play(story())


UNKNOWN = {case.name for case in CASES if case.code == "lost" and "submit" in case.script}


def test_a_silent_provider_delays_nobody_else(peer: Peer, other: Peer, opened: Open) -> None:
    """More of its jobs than may be looked at together, and all of them hang."""
    peer.scripts["silent"] = {"poll": ["silence*"]}

    async def story() -> None:
        async with opened({"bad": peer, "good": other}, shutdown_grace_seconds=0) as house:
            await _rich(house)
            stuck = [await house.submit("silent", "only-bad") for _ in range(60)]
            while peer.polls.count("silent") < 32:
                await asyncio.sleep(0.02)
            for number in range(5):
                done = await house.over(await house.submit(f"good {number}", "only-good"))
                assert done.succeeded
            for job in stuck:
                found = await house.services.jobs.get(house.account, job.id)
                assert found is not None
                assert found.state in ("queued", "running")
                await house.services.jobs.cancel(house.account, job.id)
            assert (await house.wallet()).held == 0
            peer.release.set()

    play(story())


async def _rich(house: House) -> None:
    from rushes import ledger

    await house.services.database.write(ledger.grant(house.account, 1000, key="rich", note=""))
