"""The xpilot document's examples and figures, against real server processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from rushes.media.probe import probe
from tests.conformance.engines import ScriptedServer
from tests.conformance.tools import assert_like, curl, example, shell, stand_ins
from tests.conformance.web import Web
from tests.e2e.server import Server, finished

HOST = "https://xpilot.jytech.us"
PLACEHOLDER = "xp_..."
VIDEO = {"model": "seedance-2.0/text-to-video", "prompt": "A cat walking on a beach at sunset"}


@pytest.fixture(scope="module")
def key(idle: Server) -> str:
    return idle.key("xpilot@example.com", dialect="xpilot")


@pytest.fixture(scope="module")
def client(idle: Server, key: str) -> httpx.Client:
    return idle.client(key)


@pytest.fixture(scope="module")
def working_key(server: Server) -> str:
    return server.key("xpilot@example.com", dialect="xpilot")


def generate(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/video/generate", json={**VIDEO, **body})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def kept(client: httpx.Client, task: str) -> dict[str, Any]:
    """What the core made of a request: the native API shows everything."""
    found: dict[str, Any] = client.get(f"/rushes/v1/generations/{task}").json()
    return found


def test_keys_look_as_documented(key: str) -> None:
    assert re.fullmatch(r"xp_[0-9a-f]{64}", key)


class TestExamples:
    """The document's examples as they stand; only host, key and ids are replaced."""

    def test_list_models(self, idle: Server, key: str, tmp_path: Path) -> None:
        answer = curl(example("xpilot/list_models.sh", (HOST, idle.url), ("xp_your_api_key_here", key)), tmp_path)
        expected = json.loads(example("xpilot/list_models.json"))
        assert_like(expected, answer)
        for kind, models in expected["models"].items():
            listed = {model["id"]: model for model in answer["models"][kind]}
            for model in models:
                assert {name: listed[model["id"]][name] for name in model} == model

    def test_generate_and_poll_video(self, idle: Server, tmp_path: Path) -> None:
        key = idle.key("documented@example.com", credits=5000, dialect="xpilot")
        script = example("xpilot/generate_video.sh", (HOST, idle.url), (PLACEHOLDER, key))
        answer = curl(script, tmp_path)
        task = answer["task_id"]
        expected = json.loads(example("xpilot/generate_video.json", ("abc123", task)))
        assert {name: answer[name] for name in expected} == expected
        poll = example("xpilot/poll_video.sh", (HOST, idle.url), (PLACEHOLDER, key), ("abc123", task))
        polled = curl(poll, tmp_path)
        expected = json.loads(example("xpilot/poll_processing.json", ("abc123", task)))
        assert polled | expected == polled
        with idle.client(key) as client:
            made = kept(client, task)
        assert (made["seconds"], made["width"], made["height"], made["sound"]) == (8, 1280, 720, True)

    def test_generate_image(self, server: Server, tmp_path: Path) -> None:
        key = server.key("documented@example.com", credits=4700, dialect="xpilot")
        script = example("xpilot/generate_image.sh", (HOST, server.url), (PLACEHOLDER, key))
        began = time.monotonic()
        answer = curl(script, tmp_path)
        if "poll_url" in answer:  # documented too: not everything is done within a few seconds
            assert time.monotonic() - began >= 8
            with server.client(key) as client:
                answer |= finished(client, answer["poll_url"])
        expected = json.loads(example("xpilot/generate_image.json"))
        assert_like(expected, answer)
        assert (answer["status"], answer["cost_cents"], answer["remaining_credits_cents"]) == ("completed", 5, 4695)
        picture = httpx.get(answer["outputs"][0])
        assert picture.headers["content-type"] == "image/png"
        width, height = (int.from_bytes(picture.content[at : at + 4], "big") for at in (16, 20))
        assert abs(width / height - 16 / 9) < 0.01

    def test_the_bash_script(self, server: Server, working_key: str, tmp_path: Path) -> None:
        missing = ("jq",) if shutil.which("jq") is None else ()
        tools = stand_ins(tmp_path / "bin", "sleep", *missing)
        script = example("xpilot/download_video.sh", (HOST, server.url), ("xp_your_key_here", working_key))
        said = shell(script, tmp_path, path=tools)
        first, *states, last = said.splitlines()
        assert re.fullmatch(r"Task submitted\. Poll path: /api/v1/video/\w+\?provider=seedance", first)
        assert set(states) <= {"Status: processing", "Status: completed"}
        assert states[-1] == "Status: completed"
        assert last.startswith(f"Video ready: {server.url}/files/")
        video = probe(tmp_path / "output.mp4")
        assert (video.width, video.height, bool(video.audio_codec)) == (1280, 720, True)
        assert video.duration == pytest.approx(8, abs=0.1)

    def test_the_python_script(self, server: Server, working_key: str, tmp_path: Path) -> None:
        pytest.importorskip("requests", reason="the document's Python example is written with requests")
        (tmp_path / "sitecustomize.py").write_text("import time\nwait = time.sleep\ntime.sleep = lambda _: wait(0.2)\n")
        script = example("xpilot/download_video.py.txt", (HOST, server.url), ("xp_your_key_here", working_key))
        with server.client(working_key) as client:
            before = client.get("/v1/account").json()["balance_cents"]
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        first, *states, last = done.stdout.splitlines()
        assert first == f"Cost: 300 cents | Credits left: {before - 300}"
        assert states[-1] == "Status: completed"
        assert last.startswith(f"Video URL: {server.url}/files/")


class TestVideo:
    def test_defaults(self, client: httpx.Client) -> None:
        made = kept(client, generate(client, model="wavespeed-ai/wan-2.2/t2v-720p")["task_id"])
        assert (made["seconds"], made["width"], made["height"], made["sound"]) == (5, 1280, 720, False)

    def test_a_default_that_seedance_cannot_make_is_told(self, client: httpx.Client) -> None:
        answer = generate(client)
        assert kept(client, answer["task_id"])["seconds"] == 4
        assert any(warning.startswith("duration: 4 seconds") for warning in answer["warnings"])

    def test_five_seconds_wherever_a_model_makes_them(self, client: httpx.Client) -> None:
        """The document's default counts, not that of a model which usually makes three."""
        answer = generate(client, model="wan-t2v")
        assert (kept(client, answer["task_id"])["seconds"], answer["warnings"]) == (5, [])
        assert answer["cost_cents"] == generate(client, model="wan-t2v", duration=5)["cost_cents"]

    def test_ratio_and_whole_numbers_in_other_spellings(self, client: httpx.Client) -> None:
        made = kept(client, generate(client, aspect_ratio="9:16", duration=4.0)["task_id"])
        assert (made["seconds"], made["width"], made["height"]) == (4, 720, 1280)

    def test_what_a_model_cannot_do_is_told(self, client: httpx.Client, web: Web) -> None:
        answer = generate(
            client,
            model="wavespeed-ai/wan-2.2/t2v-720p",
            generate_audio=True,
            lock_camera=True,
            image_url=web.at("/never.png"),
            narration={"text": "hello"},
        )
        told = {warning.partition(":")[0] for warning in answer["warnings"]}
        assert told == {"generate_audio", "lock_camera", "image_url", "narration"}
        assert "/never.png" not in web.fetched

    def test_poll_urls_of_wavespeed_are_relative_and_complete(self, idle: Server, client: httpx.Client) -> None:
        answer = generate(client, model="wavespeed-ai/wan-2.2/t2v-720p")
        assert answer["provider"] == "wavespeed"
        parts = urlsplit(answer["poll_url"])
        assert (parts.scheme, parts.netloc, parts.path) == ("", "", f"/api/v1/video/{answer['task_id']}")
        query = parse_qs(parts.query)
        assert query["provider"] == ["wavespeed"]
        assert query["pollUrl"][0].startswith(f"{idle.url}/")
        polled = client.get(answer["poll_url"]).json()
        assert (polled["task_id"], polled["provider"]) == (answer["task_id"], "wavespeed")

    def test_the_provider_is_echoed_and_wavespeed_by_default(self, client: httpx.Client) -> None:
        task = generate(client)["task_id"]
        assert client.get(f"/api/v1/video/{task}").json()["provider"] == "wavespeed"
        assert client.get(f"/api/v1/video/{task}?provider=seedance").json()["provider"] == "seedance"
        wrong = client.get(f"/api/v1/video/{task}?provider=other")
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "INVALID_PARAMS")

    def test_a_poll_url_is_never_fetched(self, client: httpx.Client, web: Web) -> None:
        task = generate(client)["task_id"]
        polled = client.get(f"/api/v1/video/{task}", params={"pollUrl": web.at("/poll-url")})
        assert (polled.status_code, polled.json()["task_id"]) == (200, task)
        assert "/poll-url" not in web.fetched

    def test_an_image_becomes_a_video(self, server: Server, working_key: str, web: Web) -> None:
        with server.client(working_key) as client:
            url = web.at("/head.jpg")
            answer = generate(client, model="seedance-2.0/image-to-video", image_url=url, duration=4, lock_camera=True)
            done = finished(client, answer["poll_url"])
            assert kept(client, answer["task_id"])["mode"] == "image-to-video"
        assert_like(json.loads(example("xpilot/poll_completed.json")), done)
        assert (done["status"], done["provider"], "error" in done) == ("completed", "seedance", False)
        assert httpx.get(done["outputs"][0]).content[4:8] == b"ftyp"
        assert "/head.jpg" in web.fetched

    def test_a_cancelled_job_has_failed_and_says_why(
        self, idle: Server, key: str, client: httpx.Client, balance: Callable[[Server, str], int]
    ) -> None:
        before = balance(idle, key)
        answer = generate(client)
        assert client.delete(f"/v1/videos/{answer['task_id']}").status_code == 200
        polled = client.get(answer["poll_url"])
        assert polled.status_code == 200
        assert (polled.json()["status"], polled.json()["outputs"]) == ("failed", [])
        assert polled.json()["error"] == "cancelled by request"
        assert balance(idle, key) == before


class TestImages:
    def test_one_that_is_not_done_in_time_is_polled_on_the_video_path(self, client: httpx.Client) -> None:
        body = {"model": "bytedance/seedream-v4.5", "prompt": "A futuristic cityscape at dawn"}
        answer = client.post("/api/v1/image/generate", json=body).json()
        assert (answer["status"], "outputs" in answer, answer["cost_cents"]) == ("processing", False, 5)
        assert answer["poll_url"].startswith(f"/api/v1/video/{answer['task_id']}?pollUrl=")
        polled = client.get(answer["poll_url"]).json()
        assert (polled["task_id"], polled["status"]) == (answer["task_id"], "processing")
        made = kept(client, answer["task_id"])
        assert (made["model"], made["mode"]) == ("bytedance/seedream-4.5", "text-to-image")
        assert made["width"] == made["height"]

    def test_pictures_for_a_text_are_told_by_their_own_names(self, client: httpx.Client, web: Web) -> None:
        url = web.at("/never.png")
        body = {"model": "bytedance/dreamina-v3.1/text-to-image", "prompt": "a city"}
        answer = client.post("/api/v1/image/generate", json=body | {"image_url": url, "image_urls": [url]})
        assert answer.json()["warnings"] == ["image_url: ignored for t2i", "image_urls: ignored for t2i"]
        assert "/never.png" not in web.fetched

    def test_the_cost_of_one_that_is_done_is_what_was_taken(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.mkdir()
        (home / "prices.toml").write_text('["bytedance/seedream-4.5"]\nsettle = "usage"\n')
        server = ScriptedServer(home).start()
        try:
            with server.client(server.key("usage@example.com", credits=100)) as client:
                body = {"model": "bytedance/seedream-4.5", "prompt": "use 2"}
                answer = client.post("/api/v1/image/generate", json=body).json()
            assert answer["status"] == "completed"
            assert (answer["cost_cents"], answer["remaining_credits_cents"]) == (2, 98)
        finally:
            server.close()

    def test_several_pictures_into_one(self, server: Server, working_key: str, web: Web) -> None:
        body = {
            "model": "wavespeed-ai/flux-kontext-pro/multi",
            "prompt": "put both at the seaside",
            "image_urls": [web.at("/head.jpg"), web.at("/tail.jpg")],
        }
        with server.client(working_key) as client:
            answer = client.post("/api/v1/image/generate", json=body).json()
            if "poll_url" in answer:
                answer |= finished(client, answer["poll_url"])
            assert (answer["status"], len(answer["outputs"])) == ("completed", 1)
            assert kept(client, answer["task_id"])["mode"] == "image-to-image"
        assert {"/head.jpg", "/tail.jpg"} <= set(web.fetched)


def test_one_key_and_one_job_in_every_dialect(client: httpx.Client) -> None:
    task = generate(client)["task_id"]
    assert client.get(f"/v1/result/{task}").json()["status"] == "queued"
    status = client.get(f"/api/v1/statusTask/{VIDEO['model']}", params={"taskId": task}).json()
    assert status["data"]["state"] == "pending"
    assert client.get(f"/v1/videos/{task}").json()["status"] == "pending"
