"""Our Wan graphs, sampled by a real ComfyUI: whole, but with tiny weights and a stand-in for the text encoder.

What comes out has the size, the length and the rate that were asked for, though the network can make neither.
"""

from __future__ import annotations

import copy
import io
import time
from typing import Any

import av
import httpx
import pytest
from PIL import Image

from rushes.engines.comfyui.graphs import Graph
from rushes.engines.contract import Mode
from tests.comfyui.graphs.asking import FILES, build
from tests.comfyui.server import ComfyServer
from tests.comfyui.working import WAN, WAN_PICTURES, WAN_VAE

_WAIT = 120.0


@pytest.mark.parametrize(
    ("model", "mode", "weights"),
    [
        ("wan-t2v", Mode.TEXT_TO_VIDEO, WAN),
        ("wan-i2v", Mode.IMAGE_TO_VIDEO, WAN_PICTURES),
        ("wan-flf", Mode.FIRST_LAST_FRAME, WAN_PICTURES),
    ],
)
def test_the_result_is_what_was_asked_for(comfy: ComfyServer, model: str, mode: Mode, weights: str) -> None:
    _put_pictures(comfy)
    built = build(model, mode, width=90, height=70, frames=7, fps=12, steps=3)
    outputs = _sampled(comfy, _tiny(built.graph, weights))
    with av.open(io.BytesIO(outputs)) as video:
        stream = video.streams.video[0]
        frames = sum(1 for _ in video.decode(stream))
        assert (stream.width, stream.height, frames, stream.average_rate) == (90, 70, 7, 12)


def _tiny(graph: Graph, weights: str) -> Graph:
    """The graph with tiny weights: texts without their encoder, networks without LoRAs."""
    tiny = copy.deepcopy(graph)
    loras = {id: node["inputs"]["model"] for id, node in tiny.items() if node["class_type"] == "LoraLoaderModelOnly"}
    for node in tiny.values():
        inputs: dict[str, Any] = node["inputs"]
        match node["class_type"]:
            case "UNETLoader":
                inputs["unet_name"] = weights
            case "VAELoader":
                inputs["vae_name"] = WAN_VAE
            case "CLIPTextEncode":
                node |= {"class_type": "RushesText", "inputs": {"text": inputs["text"]}}
        for key, value in inputs.items():
            if isinstance(value, list) and value[0] in loras:
                inputs[key] = loras[value[0]]
    return {id: node for id, node in tiny.items() if id not in loras and node["class_type"] != "CLIPLoader"}


def _put_pictures(server: ComfyServer) -> None:
    for names in FILES.values():
        path = server.folder / "input" / names[0]
        path.parent.mkdir(exist_ok=True)
        if path.suffix == ".png":
            Image.new("RGB", (120, 80), (90, 120, 200)).save(path)


def _sampled(server: ComfyServer, graph: Graph) -> bytes:
    """Run a graph and read what it saved."""
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        answer = client.post("/prompt", json={"prompt": graph}).json()
        assert not answer["node_errors"], answer
        until = time.monotonic() + _WAIT
        while not (history := client.get(f"/history/{answer['prompt_id']}").json()):
            assert time.monotonic() < until
            time.sleep(0.1)
        (entry,) = history.values()
        assert entry["status"]["status_str"] == "success", entry["status"]
        (saved,) = [file for node in entry["outputs"].values() for file in node.get("images", [])]
        return client.get("/view", params=saved).content
