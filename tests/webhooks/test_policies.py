"""The delays and verdicts of delivery policies: growing, spread, bounded, and the documented ones as documented."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushes.webhooks.policies import Policy, load_policies
from rushes.webhooks.sender import judge
from rushes.webhooks.store import Attempt

POLICIES = load_policies()
DAY = 86400.0
policies = st.builds(
    Policy,
    attempts=st.integers(1, 50),
    first=st.floats(0.001, 1e4),
    factor=st.floats(1, 10),
    longest=st.floats(0.001, DAY),
    jitter=st.floats(0, 0.99),
    timeout=st.just(15.0),
    accepted=st.just((200, 299)),
    gone=st.booleans(),
)
chances = st.floats(0, 1, exclude_max=True)


def attempt(status: int | None) -> Attempt:
    return Attempt(
        started_at=0,
        milliseconds=1,
        status=status,
        error=None if status else "the server cannot be reached",
        answer="",
    )


@given(policies, chances)
def test_delays_grow_to_the_longest_and_chance_only_shortens_them(policy: Policy, chance: float) -> None:
    full = [policy.delay(failed, 0) for failed in range(1, policy.attempts)]
    drawn = [policy.delay(failed, chance) for failed in range(1, policy.attempts)]
    for low, high in zip(drawn, full, strict=True):
        assert low is not None
        assert high is not None
        assert high * (1 - policy.jitter) * 0.999999 <= low <= high <= policy.longest
        assert low > 0
    assert full == sorted(full, key=lambda delay: delay or 0)
    assert policy.delay(policy.attempts, chance) is None
    assert policy.delay(policy.attempts + 1, chance) is None


@given(policies, st.integers(1, 60), st.one_of(st.none(), st.integers(100, 599)), chances)
def test_every_verdict_leads_on_or_ends(policy: Policy, failed: int, status: int | None, chance: float) -> None:
    verdict = judge(policy, failed, attempt(status), 1000, chance)
    if status is not None and 200 <= status <= 299:
        assert (verdict.state, verdict.due_at, verdict.error) == ("delivered", None, None)
    elif failed < policy.attempts and not (status == 410 and policy.gone):
        assert verdict.state == "waiting"
        assert verdict.due_at is not None
        assert verdict.due_at >= 1000
        assert verdict.error
    else:
        assert (verdict.state, verdict.due_at) == ("failed", None)
        assert verdict.error
    assert verdict.disable == (status == 410 and policy.gone)


def test_registered_webhooks_are_tried_for_two_days_with_delays_up_to_one() -> None:
    policy = POLICIES["standard"]
    delays = [policy.delay(failed, 0) or math.nan for failed in range(1, policy.attempts)]
    assert delays[:3] == [5, 20, 80]
    assert max(delays) == delays[-1] == DAY
    assert 2 * DAY < sum(delays) < 3 * DAY
    assert 0 < policy.jitter < 1


def test_a_jobs_own_callback_gives_up_within_hours() -> None:
    policy = POLICIES["callback"]
    delays = [policy.delay(failed, 0) or math.nan for failed in range(1, policy.attempts)]
    assert 3600 < sum(delays) < 3 * 3600


def test_apixo_as_documented() -> None:
    policy = POLICIES["apixo"]
    assert policy.timeout == 30
    delays = [policy.delay(failed, 0.5) for failed in range(1, 5)]
    assert delays[0] == 30
    assert delays[3] is None, "three retries"
    assert delays[0] < (delays[1] or 0) < (delays[2] or 0)
    assert [status for status in range(100, 600) if policy.delivers(status)] == [200]
    assert judge(policy, 1, attempt(410), 0, 0).state == "waiting"


@pytest.mark.parametrize(("status", "delivered"), [(199, False), (200, True), (204, True), (299, True), (300, False)])
def test_any_2xx_delivers_to_the_others(status: int, delivered: bool) -> None:
    for name in ("standard", "callback"):
        assert POLICIES[name].delivers(status) == delivered
