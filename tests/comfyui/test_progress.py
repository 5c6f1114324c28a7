"""Progress from the messages of the websocket, as ComfyUI 0.3.75 sends them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rushes.engines.comfyui.progress import Track


def state(node: str, value: float, most: float, state: str = "running") -> tuple[str, dict[str, Any]]:
    return "progress_state", {"nodes": {node: {"value": value, "max": most, "state": state, "node_id": node}}}


def test_samplers_are_weighted_by_their_steps() -> None:
    track = Track({"high": 2, "low": 6}, nodes=10)
    assert track.fraction == 0.0
    track.hear("execution_start", {})
    track.hear(*state("high", 1, 2))
    assert 0.1 < track.fraction < 0.13, "an eighth"
    track.hear(*state("high", 2, 2, "finished"))
    track.hear("progress", {"node": "low", "value": 3, "max": 6})
    assert 0.55 < track.fraction < 0.65, "five eighths"
    track.hear(*state("low", 6, 6, "finished"))
    assert 0.9 < track.fraction < 1


def test_without_samplers_nodes_count() -> None:
    track = Track({}, nodes=4)
    track.hear("execution_cached", {"nodes": ["1"]})
    assert track.fraction == 0.25
    for node in ("2", "3"):
        track.hear("executing", {"node": node})
    assert track.fraction == 0.5
    track.hear("executed", {"node": "3", "output": None})
    assert track.fraction == 0.75
    assert not track.ended


def test_only_the_last_word_ends_it() -> None:
    """The history is written after execution_success."""
    track = Track({}, nodes=1)
    track.hear("executing", {"node": "1"})
    track.hear("executed", {"node": "1", "output": {"images": []}})
    track.hear("execution_success", {})
    assert not track.ended
    track.hear("executing", {"node": None})
    assert track.ended
    assert track.fraction == 0.99, "until the outputs are there"


_nodes = st.sampled_from(["a", "b", "c", "other"])
_numbers = st.one_of(st.none(), st.integers(-5, 50), st.floats(allow_nan=True), st.text(max_size=2))
_messages = st.one_of(
    st.tuples(st.just("progress"), st.fixed_dictionaries({"node": _nodes, "value": _numbers, "max": _numbers})),
    st.tuples(st.just("executing"), st.fixed_dictionaries({"node": st.one_of(st.none(), _nodes)})),
    st.tuples(st.just("executed"), st.fixed_dictionaries({"node": _nodes})),
    st.tuples(st.just("execution_cached"), st.fixed_dictionaries({"nodes": st.lists(_nodes)})),
    st.builds(state, _nodes, st.integers(0, 9), st.integers(0, 9), st.sampled_from(["running", "finished"])),
)


@given(st.lists(_messages, max_size=30), st.dictionaries(_nodes, st.integers(0, 30)))
def test_it_never_goes_back_and_is_never_whole(
    messages: list[tuple[str, dict[str, Any]]], steps: dict[str, int]
) -> None:
    track = Track(steps, nodes=4)
    before = 0.0
    for event, data in messages:
        track.hear(event, data)
        assert before <= track.fraction < 1
        before = track.fraction
