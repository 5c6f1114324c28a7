"""Ids: in the order they were made, never twice."""

from __future__ import annotations

import os

from rushes.ids import IdMaker


def test_ids_are_in_order_and_never_the_same() -> None:
    make = IdMaker()
    made = [make("job_") for _ in range(5000)]  # more than one fetch of random bytes
    assert made == sorted(set(made))
    assert {len(name) for name in made} == {30}


def test_a_copy_of_the_process_makes_others() -> None:
    make = IdMaker()
    make("")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:  # the same state of the same maker
        make._last = 0
        os.write(writing, make("").encode())
        os._exit(0)
    os.waitpid(child, 0)
    make._last = 0
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        assert pipe.read(26)[10:] != make("").encode()[10:]
    os.close(writing)
