"""Request limits: fixed windows from the first hit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rushes.net.limits import WindowLimiter


def test_the_window_begins_with_the_first_hit() -> None:
    limiter = WindowLimiter()
    assert [limiter.hit("k", 2, 60, 100 + n).allowed for n in range(3)] == [True, True, False]
    assert limiter.hit("k", 2, 60, 130).retry_after == 30
    assert limiter.hit("k", 2, 60, 159.5).retry_after == 1
    assert limiter.hit("k", 2, 60, 160).allowed


def test_keys_do_not_share() -> None:
    limiter = WindowLimiter()
    assert limiter.hit("a", 1, 60, 0).allowed
    assert limiter.hit("b", 1, 60, 0).allowed
    assert not limiter.hit("a", 1, 60, 0).allowed


@given(st.lists(st.floats(0, 100), min_size=1, max_size=200), st.integers(1, 5))
def test_never_more_than_the_limit_in_one_window(gaps: list[float], limit: int) -> None:
    limiter, now, allowed = WindowLimiter(), 0.0, []
    for gap in gaps:
        now += gap
        if limiter.hit("k", limit, 60, now).allowed:
            allowed.append(now)
    starts = []
    for moment in allowed:
        if not starts or moment >= starts[-1][0] + 60:
            starts.append([moment, 0])
        starts[-1][1] += 1
    assert max(count for _, count in starts) <= limit


def test_old_windows_are_swept() -> None:
    limiter = WindowLimiter()
    for number in range(25_000):
        limiter.hit(str(number), 1, 1, number / 1000)
    assert len(limiter._windows) < 15_000
