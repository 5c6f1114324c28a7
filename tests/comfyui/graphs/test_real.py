"""Our graphs and our table of signatures before a real ComfyUI 0.3.75.

It has none of the model files, so it refuses every graph; for a right one it has nothing else to say.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from rushes.engines.comfyui.graphs import files_of, nodes_of
from tests.comfyui.graphs.asking import FILES, build, studio_models
from tests.comfyui.graphs.checking import SIGNATURES
from tests.comfyui.server import ComfyServer

_NEWER = {
    "LTXVAddGuide": {"attention_mask", "iclora_parameters"},
    "WanContextWindowsManual": {"freenoise", "retain_first_frame", "split_conds_to_windows"},
    "ImageScaleToTotalPixels": {"resolution_steps"},
}
"""Inputs that later versions added; this one takes no notice of them."""
_FEWEST = 20
"""Models, by mode, whose nodes this version has."""


@pytest.fixture(scope="module")
def classes(comfy_running: ComfyServer) -> dict[str, Any]:
    answer = httpx.get(f"{comfy_running.url}/object_info", timeout=60, trust_env=False)
    for name in (name for names in FILES.values() for name in names):
        path = comfy_running.folder / "input" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    return dict(answer.json())


def test_the_signatures_are_those_of_the_server(classes: dict[str, Any]) -> None:
    for name, signature in SIGNATURES.items():
        if not signature["source"].startswith("ComfyUI 0.3.75"):
            continue
        real = classes[name]
        assert signature["outputs"] == real["output"], name
        assert signature["output"] == real["output_node"], name
        for part in ("required", "optional"):
            inputs = real["input"].get(part, {})
            assert signature[part].keys() - _NEWER.get(name, set()) == inputs.keys(), name
            for key, told in inputs.items():
                assert _agrees(signature[part][key], told), f"{name}.{key}: {signature[part][key]} but {told}"


def _agrees(recorded: dict[str, Any], told: list[Any]) -> bool:
    """Whether a recorded input says what the server says: its type, its bounds, its choices."""
    kind, limits = told[0], told[1] if len(told) > 1 else {}
    if recorded["type"] == "FILE":
        return isinstance(kind, list) or kind == "COMBO"
    if recorded["type"] == "COMBO":
        # Later versions have more samplers.
        return set(recorded["options"]) >= set(kind if isinstance(kind, list) else limits["options"])
    return recorded["type"] == kind and all(recorded.get(each) == limits.get(each) for each in ("min", "max"))


def test_it_finds_nothing_wrong_but_the_missing_files(comfy_running: ComfyServer, classes: dict[str, Any]) -> None:
    judged = set()
    for model, mode in studio_models():
        for extra in ({}, {"steps": 30, "frames": 170}):
            graph = build(model, mode, extra=extra).graph
            if not nodes_of(graph) <= classes.keys():
                continue
            judged.add((model, mode))
            answer = _submitted(comfy_running, graph)
            missing = {
                (fault["type"], fault["extra_info"]["received_value"])
                for node in answer["node_errors"].values()
                for fault in node["errors"]
            }
            # It lets a name pass where it has no list at all, as for audio_encoders.
            assert missing
            assert missing <= {("value_not_in_list", name) for _, name in files_of(graph)}, f"{model} {mode}"
    assert len(judged) >= _FEWEST, sorted(judged)


def _submitted(server: ComfyServer, graph: dict[str, Any]) -> dict[str, Any]:
    answer = httpx.post(f"{server.url}/prompt", json={"prompt": graph}, timeout=60, trust_env=False)
    assert answer.status_code == 400
    return dict(answer.json())
