"""What is made ahead: in order, no more than there is room for, and nothing after its end."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator

import pytest

from rushes.media.ahead import Ahead


def test_things_come_in_their_order_and_from_another_thread() -> None:
    makers = set()

    def made() -> Iterator[int]:
        for number in range(50):
            makers.add(threading.current_thread())
            yield number

    with Ahead(made()) as things:
        assert list(things) == list(range(50))
    assert threading.current_thread() not in makers
    assert not any(maker.is_alive() for maker in makers)


def test_an_error_comes_after_all_that_was_made_before_it() -> None:
    def made() -> Iterator[str]:
        yield from "abc"
        raise ValueError("damaged")

    with Ahead(made(), room=5) as things:
        assert list(itertools.islice(things, 3)) == list("abc")
        with pytest.raises(ValueError, match="damaged"):
            next(things)


@pytest.mark.parametrize("room", [1, 3])
def test_no_more_is_made_than_there_is_room_for(room: int) -> None:
    made, taken, most = 0, 0, 0

    def numbers() -> Iterator[int]:
        nonlocal made, most
        for number in range(40):
            made += 1
            most = max(most, made - taken)
            yield number

    with Ahead(numbers(), room=room) as things:
        for _ in things:
            taken += 1
    assert made == 40
    # What waits, one that was taken and is not counted yet, and one in the making.
    assert room <= most <= room + 2


def test_whoever_stops_early_stops_the_maker() -> None:
    made = itertools.count()
    with Ahead(made) as things:
        assert next(things) == 0
    assert "ahead" not in {thread.name for thread in threading.enumerate()}
    assert next(made) <= 3


def test_stages_behind_each_other_end_together() -> None:
    def doubled(numbers: Iterator[int]) -> Iterator[int]:
        for number in numbers:
            if number == 7:
                raise RuntimeError("the network did not run")
            yield 2 * number

    with Ahead(itertools.count()) as numbers, Ahead(doubled(numbers)) as things:
        assert list(itertools.islice(things, 7)) == list(range(0, 14, 2))
        with pytest.raises(RuntimeError):
            next(things)
    assert "ahead" not in {thread.name for thread in threading.enumerate()}


def test_room_may_be_in_bytes() -> None:
    made: list[int] = []

    def pieces() -> Iterator[bytes]:
        try:
            for number in range(50):
                made.append(number)
                yield bytes(100)
        finally:
            made.append(-1)

    with Ahead(pieces(), room=300, size=len) as things:
        next(things)
    # One taken, three that wait, one in the making.
    assert len(made) - 1 <= 5
    assert made[-1] == -1, "the generator was closed"
    with Ahead(iter([b"larger than the room"] * 3), room=1, size=len) as things:
        assert len(list(things)) == 3
