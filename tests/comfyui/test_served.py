"""A Rushes server before a real ComfyUI: the operator's own workflow as a model, what is missing, refunds."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import av
import httpx
import pytest

from tests.comfyui.server import ComfyServer
from tests.e2e.server import Server, finished

GRAPH = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 12, "color": 3368601}},
    "3": {"class_type": "CreateVideo", "inputs": {"images": ["1", 0], "fps": 12}},
    "4": {
        "class_type": "SaveVideo",
        "inputs": {"video": ["3", 0], "filename_prefix": "x", "format": "mp4", "codec": "h264"},
    },
}
MAPPING = """
model = "plain-colour"
label = "A plain colour"
kind = "video"
modes = ["text-to-video"]

[map]
width = "1.width"
height = "1.height"
frames = "1.batch_size"
fps = "3.fps"

[sampling]
frames = { min = 2, max = 48, default = 12 }
frame_rate = { min = 1, max = 30, default = 12 }

[catalogue]
price = { rule = "per_call", amount = "3" }
"""


@pytest.fixture(scope="module")
def server(comfy_running: ComfyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    workflows = folder / "workflows"
    workflows.mkdir()
    (workflows / "plain.json").write_text(json.dumps(GRAPH))
    (workflows / "plain.toml").write_text(MAPPING)
    home = folder / "home"
    home.mkdir()
    running = Server(home, text_model="off", comfyui=comfy_running.url, comfyui_workflows=workflows).start()
    yield running
    assert running.audit()["ok"]
    running.close()


def test_an_own_workflow_is_a_model(server: Server) -> None:
    with server.client(server.key(dialect="rushes", credits=100)) as client:
        body = {"model": "plain-colour", "prompt": "blue", "size": "96x64", "seconds": 2, "fps": 12}
        answer = client.post("/rushes/v1/generations", json=body)
        assert answer.status_code == 202, answer.text
        done = finished(client, f"/rushes/v1/generations/{answer.json()['id']}")
        assert (done["state"], done["engine"], done["draft"], done["cost"]) == ("succeeded", "comfyui", False, 3), done
        [output] = done["outputs"]
        with av.open(io.BytesIO(client.get(output["url"]).content)) as container:
            frames = list(container.decode(video=0))
        assert (len(frames), frames[0].width, frames[0].height) == (24, 96, 64)


def test_what_is_missing_is_said_beforehand(server: Server) -> None:
    with server.client(server.key("eve@example.com", dialect="studio", credits=500)) as client:
        status = client.get("/api/comfyui/status").json()
        assert status["online"] is True
        [wan] = [entry for entry in status["missing_models"] if entry["model"] == "wan-t2v"]
        assert any("models/vae/wan_2.1_vae.safetensors, from" in thing for thing in wan["missing"])
        assert "plain-colour" not in {entry["model"] for entry in status["missing_models"]}

        answer = client.post("/api/generate", json={"prompt": "a fox", "model": "wan-t2v", "frames": 5})
        assert answer.status_code == 200, answer.text
        over = finished(client, f"/rushes/v1/generations/{answer.json()['job_id']}")
        assert (over["state"], over["failure"]["code"]) == ("failed", "model_missing")
        assert "models/" in over["failure"]["message"] or "wan2.2" in over["failure"]["message"]
        assert client.get("/api/credits").json()["balance"] == 500


def test_the_operator_is_told_too(server: Server) -> None:
    answer = json.loads(server.cli("engines", "check", "comfyui", "--json", check=False).stdout)
    assert answer["engines"] == [{"engine": "comfyui", "remote": True, "ready": True, "reason": ""}]
    svd = next(entry for entry in answer["missing"] if entry["model"] == "svd-i2v")
    assert svd["engine"] == "comfyui"
    assert svd["missing"]
    routes = json.loads(server.cli("engines", "list", "--model", "plain-colour", "--json").stdout)
    assert [(route["engine"], route["state"]) for route in routes] == [("comfyui", "on")]


def test_a_host_that_is_gone_is_no_reason_to_lose_money(server: Server, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    lonely = Server(home, text_model="off", comfyui="http://127.0.0.1:9").start()
    try:
        with lonely.client(lonely.key("bob@example.com", dialect="studio", credits=500)) as client:
            assert client.get("/api/comfyui/status").json()["online"] is False
            answer: httpx.Response = client.post("/api/generate", json={"prompt": "a fox", "model": "wan-t2v"})
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 503:
                assert client.get("/api/credits").json()["balance"] == 500
        assert lonely.audit()["ok"]
    finally:
        lonely.close()
