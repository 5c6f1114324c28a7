"""The judge of graphs finds what a host would refuse: each fault is put into a graph that is right."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rushes.engines.contract import Mode
from tests.comfyui.graphs.asking import build
from tests.comfyui.graphs.checking import faults

_GRAPH = build("sd15", Mode.TEXT_TO_IMAGE).graph


def _with(**changes: Any) -> dict[str, Any]:
    graph = copy.deepcopy(_GRAPH)
    graph["sample"]["inputs"] |= changes
    return graph


def test_a_right_graph_has_no_faults() -> None:
    assert faults(_GRAPH) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stepz": 4}, "no such input"),
        ({"steps": 0}, "is not from"),
        ({"steps": 20.0}, "is no INT"),
        ({"seed": 2**64}, "is not from"),
        ({"sampler_name": "eulerr"}, "is none of"),
        ({"model": ["gone", 0]}, "which is not there"),
        ({"model": ["checkpoint", 2]}, "wants MODEL, checkpoint gives VAE"),
        ({"model": ["checkpoint", 3]}, "has no output 3"),
        ({"model": "checkpoint"}, "has to come from another node"),
    ],
)
def test_a_wrong_input_is_a_fault(changes: dict[str, Any], said: str) -> None:
    assert any(said in fault for fault in faults(_with(**changes)))


def test_a_missing_input_is_a_fault() -> None:
    graph = copy.deepcopy(_GRAPH)
    del graph["sample"]["inputs"]["cfg"]
    assert faults(graph) == ["sample.cfg: missing"]


def test_an_unknown_class_is_a_fault() -> None:
    graph = copy.deepcopy(_GRAPH)
    graph["sample"]["class_type"] = "KSamplerDeluxe"
    assert "sample: unknown class KSamplerDeluxe" in faults(graph)


def test_a_node_that_leads_nowhere_is_a_fault() -> None:
    graph = copy.deepcopy(_GRAPH)
    graph["idle"] = {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}}
    assert faults(graph) == ["idle: leads nowhere"]


def test_a_graph_that_writes_nothing_is_a_fault() -> None:
    graph = copy.deepcopy(_GRAPH)
    del graph["save"]
    assert faults(graph) == ["no node writes anything"]
