"""Breakers, pauses and health of lanes, by a clock of our own."""

from __future__ import annotations

import pytest

from rushes.engines.contract import Health
from rushes.engines.health import FAILURES, LONGEST_PAUSE, PAUSE, Board


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def board(clock: Clock) -> Board:
    return Board(clock)


def open_breaker(board: Board) -> None:
    for _ in range(FAILURES):
        board.failed("e", "m")


def test_only_failures_in_a_row_open_a_breaker(board: Board) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            board.failed("e", "m")
        board.worked("e", "m")
    assert board.condition("e", "m") == "ready"
    open_breaker(board)
    assert board.condition("e", "m") == "down"
    assert board.condition("e", "other") == "ready"


def test_after_its_pause_one_job_is_on_trial(board: Board, clock: Clock) -> None:
    open_breaker(board)
    clock.now += PAUSE
    assert board.admit("e", "m")
    assert not board.admit("e", "m")
    board.worked("e", "m")
    assert board.admit("e", "m")
    assert board.admit("e", "m")


def test_a_failed_trial_opens_it_for_longer(board: Board, clock: Clock) -> None:
    open_breaker(board)
    pauses = []
    for _ in range(8):
        pauses.append(board.wait("e", "m"))
        clock.now += pauses[-1]
        assert board.admit("e", "m")
        board.failed("e", "m")
    assert pauses[:3] == [PAUSE, 2 * PAUSE, 4 * PAUSE]
    assert max(pauses) == LONGEST_PAUSE


def test_a_trial_that_nobody_reports_about_does_not_block_for_ever(board: Board, clock: Clock) -> None:
    open_breaker(board)
    clock.now += PAUSE
    assert board.admit("e", "m")
    clock.now += 3600
    assert board.admit("e", "m")


def test_a_lane_that_rests_is_no_failure(board: Board, clock: Clock) -> None:
    board.rest("e", "m", 30)
    assert board.condition("e", "m") == "resting"
    assert not board.admit("e", "m")
    assert board.wait("e", "m") == 30
    clock.now += 30
    assert board.admit("e", "m")


def test_one_failed_check_is_not_enough(board: Board) -> None:
    assert board.worried("e"), "never checked"
    board.told("e", Health(ready=True))
    assert not board.worried("e")
    board.told("e", Health(ready=False, reason="no"))
    assert board.condition("e", "m") == "ready"
    assert board.worried("e")
    board.told("e", Health(ready=False, reason="no"))
    assert board.condition("e", "m") == "down"
    board.told("e", Health(ready=True))
    assert board.condition("e", "m") == "ready"


def test_an_open_breaker_waits_for_the_engine_to_be_well(board: Board, clock: Clock) -> None:
    open_breaker(board)
    assert board.worried("e")
    for _ in range(2):
        board.told("e", Health(ready=False))
    clock.now += PAUSE
    assert board.condition("e", "m") == "down"
    board.told("e", Health(ready=True))
    assert board.condition("e", "m") == "ready"


def test_switches_are_of_engines_or_of_routes(board: Board) -> None:
    assert board.switch_off(["e:m", "f"])
    assert not board.switch_off(["f", "e:m"])
    conditions = [board.condition(*lane) for lane in (("e", "m"), ("e", "n"), ("f", ""), ("f", "x"))]
    assert conditions == ["off", "ready", "off", "off"]
    assert board.switch_off([])
    assert board.condition("f", "x") == "ready"
