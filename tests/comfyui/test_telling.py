"""What hosts say, in our words: outputs from histories, errors from refusals. Recorded from 0.3.75 and 0.33.0."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from rushes.engines.comfyui import faults
from rushes.engines.comfyui.client import ComfyClient, Entry, HostDown
from rushes.engines.comfyui.outputs import kind_of, outputs_of, placed
from rushes.engines.contract import FailureCode, Mode

HOST = "http://10.0.0.1:8188"
GRAPH: dict[str, Any] = {
    "load": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "nope.safetensors"}},
    "sample": {"class_type": "KSampler", "inputs": {"seed": -1, "sampler_name": "foo", "model": ["load", 0]}},
    "image": {"class_type": "LoadImage", "inputs": {"image": "rushes/job_1/image.png"}},
    "odd": {"class_type": "NoSuchNode", "inputs": {}},
}


def file(name: str, kind: str = "output", folder: str = "rushes/job_1") -> dict[str, str]:
    return {"filename": name, "subfolder": folder, "type": kind}


@pytest.mark.parametrize(
    ("told", "kind", "expected"),
    [
        # A film lies under "images"; previews do not count, nor do cached nodes, which tell null.
        ({"9": {"images": [file("a_00001_.mp4")], "animated": [True]}, "5": None}, "video", ["a_00001_.mp4"]),
        ({"9": {"images": [file("a.png", "temp"), file("b.png")]}}, "image", ["b.png"]),
        ({"9": {"audio": [file("a.mp3")]}, "10": {"3d": [file("a.glb")]}}, "3d", ["a.glb"]),
        # Video Helper Suite's own words, with a picture beside the film.
        ({"1": {"gifs": [file("v.mp4") | {"format": "h264"}]}, "2": {"images": [file("v.png")]}}, "video", ["v.mp4"]),
        # Another kind than was asked for is better than nothing.
        ({"9": {"images": [file("a.png"), file("b.webp"), file("c.latent")]}}, "video", ["a.png", "b.webp"]),
        ({"9": {"text": ["hello"], "images": [file("a.png"), file("a.png")]}}, "image", ["a.png"]),
        ({}, "video", []),
    ],
)  # fmt: skip
def test_outputs_are_whatever_has_a_files_name(told: dict[str, Any], kind: Any, expected: list[str]) -> None:
    found = outputs_of(HOST, told, kind)
    assert [placed(output.location, HOST) for output in found] == [(name, "rushes/job_1") for name in expected]


def test_a_location_leads_back() -> None:
    [output] = outputs_of(HOST, {"9": {"images": [file("a b.png", folder="")]}}, "image")
    assert placed(output.location, HOST) == ("a b.png", "")
    [output] = outputs_of(HOST, {"9": {"images": [file("a.png", folder="rushes\\job_1")]}}, "image")
    assert placed(output.location, HOST) == ("a.png", "rushes/job_1")


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (Mode.TEXT_TO_VIDEO, "video"),
        (Mode.FIRST_LAST_FRAME, "video"),
        (Mode.MOTION_TRANSFER, "video"),
        (Mode.UPSCALE_VIDEO, "video"),
        (Mode.TEXT_TO_IMAGE, "image"),
        (Mode.REMOVE_BACKGROUND, "image"),
        (Mode.FACE_SWAP, "image"),
        (Mode.TEXT_TO_AUDIO, "audio"),
        (Mode.TEXT_TO_SPEECH, "audio"),
        (Mode.IMAGE_TO_3D, "3d"),
    ],
)
def test_what_a_mode_makes(mode: Mode, kind: str) -> None:
    assert kind_of(mode) == kind


def refused(node: str, kind: str, field: str = "", details: str = "") -> dict[str, Any]:
    error = {"type": kind, "message": "m", "details": details, "extra_info": {"input_name": field}}
    return {
        "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation"},
        "node_errors": {node: {"errors": [error], "class_type": "X"}},
    }


LISTED = "ckpt_name: 'nope.safetensors' not in ['secret-model.safetensors', '/srv/models/x']"


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (
            refused("load", "value_not_in_list", "ckpt_name", LISTED),
            FailureCode.MODEL_MISSING,
            "the model file nope.safetensors is not in models/checkpoints of the ComfyUI host",
        ),
        (refused("sample", "value_not_in_list", "sampler_name"), FailureCode.INVALID_INPUT, "sampler_name 'foo' is"),
        (refused("sample", "value_smaller_than_min", "seed"), FailureCode.INVALID_INPUT, "seed -1 is out of the range"),
        (refused("image", "custom_validation_failed", "image"), FailureCode.INPUT_FORMAT, "cannot use the image"),
        (refused("sample", "exception_during_inner_validation"), FailureCode.INTERNAL, "cannot be run"),
        ({"error": {"type": "prompt_no_outputs"}, "node_errors": {}}, FailureCode.INTERNAL, "cannot be run"),
        ({"error": "odd", "node_errors": None}, FailureCode.INTERNAL, "cannot be run"),
        (
            {
                "error": {
                    "type": "missing_node_type",
                    "message": "Node 'NoSuchNode' not found. The custom node may not be installed.",
                    "extra_info": {"node_id": "odd", "class_type": "NoSuchNode"},
                },
                "node_errors": {},
            },
            FailureCode.MODEL_MISSING,
            "the node NoSuchNode is not installed",
        ),
        (
            {
                "error": {
                    "type": "invalid_prompt",
                    "message": "Cannot execute because node NoSuchNode does not exist.",
                    "extra_info": {},
                }
            },
            FailureCode.MODEL_MISSING,
            "the node NoSuchNode is not installed",
        ),
    ],
)
def test_refusals_in_our_words(body: dict[str, Any], code: FailureCode, words: str) -> None:
    error = faults.refusal(body, GRAPH)
    assert error.code is code
    assert words in error.message
    assert "secret" not in error.message
    assert "/srv" not in error.message


@pytest.mark.parametrize(
    ("event", "data", "code", "words"),
    [
        (
            "execution_error",
            {"node_id": "load", "node_type": "CheckpointLoaderSimple", "exception_message": "/srv/x: too small\n",
             "exception_type": "safetensors._safetensors_rust.SafetensorError", "traceback": ["/srv/comfy.py"]},
            FailureCode.MODEL_MISSING,
            "the model file nope.safetensors in models/checkpoints",
        ),
        (
            "execution_error",
            {"node_id": "sample", "node_type": "KSampler", "exception_type": "ValueError"},
            FailureCode.INTERNAL,
            "the workflow failed in KSampler (ValueError)",
        ),
        (
            "execution_error",
            {"node_id": "x", "node_type": "/srv/<evil>", "exception_type": "no such\n/srv"},
            FailureCode.INTERNAL,
            "the workflow failed in a node (a node)",
        ),
        (
            "execution_error",
            {"node_id": "sample", "node_type": "KSampler", "exception_type": "torch.OutOfMemoryError"},
            FailureCode.UNAVAILABLE,
            "too little memory",
        ),
        ("execution_interrupted", {"node_id": "sample"}, FailureCode.UNAVAILABLE, "was stopped on the ComfyUI host"),
        ("execution_start", {}, FailureCode.INTERNAL, "the workflow failed on the ComfyUI host"),
    ],
)  # fmt: skip
def test_failures_in_our_words(event: str, data: dict[str, Any], code: FailureCode, words: str) -> None:
    failed = faults.failure(Entry(outputs={}, success=False, messages=((event, data),), graph=GRAPH))
    assert failed.code is code
    assert words in failed.message
    assert "/srv" not in failed.message


def answering(*answers: httpx.Response) -> tuple[ComfyClient, list[str]]:
    """A client whose host gives these answers, and what it is asked. For versions that cannot be installed here."""
    asked: list[str] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return left.pop(0)

    return ComfyClient(httpx.AsyncClient(transport=httpx.MockTransport(answer)), HOST), asked


def test_a_newer_comfyui_cancels_by_itself() -> None:
    client, asked = answering(httpx.Response(200, json={"cancelled": True}))
    asyncio.run(client.cancel("id"))
    assert asked == ["POST /api/jobs/id/cancel"]


def test_an_old_comfyui_is_not_asked_to_stop_what_is_not_ours() -> None:
    running = {"queue_running": [[0, "other", {}, {}, []]], "queue_pending": []}
    client, asked = answering(httpx.Response(405), httpx.Response(200), httpx.Response(200, json=running))
    asyncio.run(client.cancel("id"))
    assert asked == ["POST /api/jobs/id/cancel", "POST /queue", "GET /queue"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(502, text="bad gateway"),
        httpx.Response(200, text="<html>a page</html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"system": [], "devices": 1}),
    ],
)
def test_whatever_is_no_comfyui_is_a_host_that_is_down(answer: httpx.Response) -> None:
    client, _ = answering(answer)
    with pytest.raises(HostDown):
        asyncio.run(client.stats())
