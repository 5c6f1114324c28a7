"""Packets made ahead: all of them, in order, no more than there is room for, and nothing runs on."""

from __future__ import annotations

import threading
from collections.abc import Generator

import av
import pytest

from rushes.media.editing.ahead import Ahead

SIZE = 100


def packets(count: int, made: list[int]) -> Generator[av.Packet, None, None]:
    try:
        for number in range(count):
            made.append(number)
            yield av.Packet(bytes([number]) * SIZE)
    finally:
        made.append(-1)


def test_all_come_in_their_order() -> None:
    made: list[int] = []
    ahead = Ahead(packets(50, made), room=SIZE * 3)
    assert [bytes(packet)[0] for packet in ahead] == list(range(50))
    ahead.close()
    assert made == [*range(50), -1]


def test_no_more_wait_than_there_is_room_for() -> None:
    made: list[int] = []
    ahead = Ahead(packets(50, made), room=SIZE * 3)
    next(ahead)
    ahead.close()
    # One taken, three that wait, one that waits for room.
    assert len(made) - 1 <= 5
    assert made[-1] == -1, "the generator was closed"


def test_one_larger_than_the_room_still_comes() -> None:
    assert len(list(Ahead(packets(3, []), room=1))) == 3


def test_its_error_comes_after_what_was_made() -> None:
    def failing() -> Generator[av.Packet, None, None]:
        yield av.Packet(b"one")
        raise ValueError("two")

    ahead = Ahead(failing())
    assert bytes(next(ahead)) == b"one"
    with pytest.raises(ValueError, match="two"):
        next(ahead)
    ahead.close()


def test_closing_ends_the_thread() -> None:
    before = threading.active_count()
    ahead = Ahead(packets(1000, []), room=SIZE)
    ahead.close()
    assert threading.active_count() == before
