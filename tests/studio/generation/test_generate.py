"""POST /api/generate and /api/status: from a request to the file, the credits, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.e2e.server import Server
from tests.studio.generation.asking import SMALL, balance, ended, made, uploaded
from tests.studio.generation.conftest import Make
from tests.studio.people import signed_up


def test_a_video_from_request_to_file(client: httpx.Client) -> None:
    answer = client.post("/api/generate", json={**SMALL, "model": "wan-t2v", "frames": 41, "steps": 4})
    assert answer.status_code == 200
    body = answer.json()
    assert body["credits_charged"] == 21  # 10 + 41 * 0.20 + 4 * 0.50 = 20.2
    assert body["credits_remaining"] == 10_000 - 21
    assert (body["status"], body["generation_id"], body["draft"]) == ("queued", body["job_id"], True)
    assert body["position"] >= 1
    assert body["engine"] == "composer"
    status = ended(client, body["job_id"])
    assert (status["status"], status["progress"], status["error"]) == ("completed", 100, None)
    assert status["estimated_seconds"] == 0
    assert status["video_url"] == f"/api/video/{status['filename']}"
    assert "image_url" not in status
    video = client.get(status["video_url"])
    assert (video.status_code, video.headers["content-type"]) == (200, "video/mp4")
    assert video.content[4:8] == b"ftyp"
    assert balance(client) == 10_000 - 21


def test_the_quote_is_the_charge(client: httpx.Client) -> None:
    for model in ("ltx-t2v", "animatediff"):
        wanted = {"model": model, "frames": 33, "steps": 7}
        quote = client.get("/api/generation-cost", params=wanted).json()["cost"]
        answer = client.post("/api/generate", json={**SMALL, **wanted}).json()
        assert answer["credits_charged"] == quote


def test_every_parameter_reaches_the_record(client: httpx.Client) -> None:
    asked = {
        "model": "wan-t2v",
        "negative_prompt": "blurry",
        "width": 160,
        "height": 96,
        "frames": 25,
        "steps": 6,
        "cfg": 2.5,
        "seed": 77,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "shift": 6.5,
        "frame_rate": 12,
    }
    made(client, **asked)
    [entry] = client.get("/api/generations").json()["generations"]
    assert entry["negative_prompt"] == "blurry"
    assert entry["model"] == "wan-t2v"
    for name in ("width", "height", "frames", "steps", "cfg", "seed", "sampler", "scheduler", "shift", "frame_rate"):
        assert entry["parameters"][name] == asked[name], name


def test_what_has_no_effect_is_said(client: httpx.Client, picture: bytes) -> None:
    asked = {**SMALL, "model": "wan-t2v", "project_id": 3, "colour": "red", "image_filename": uploaded(client, picture)}
    answer = client.post("/api/generate", json=asked).json()
    named = {warning.partition(":")[0] for warning in answer["warnings"]}
    assert named == {"project_id", "colour", "image_filename"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"negative_prompt": "x" * 2001}, "negative_prompt"),
        ({"model": "no-such"}, "model"),
        ({"model": "flux"}, "model"),
        ({"width": 1}, "size"),
        ({"frames": 0}, "frames"),
        ({"frames": "many"}, "frames"),
        ({"steps": 1000}, "steps"),
        ({"cfg": -1}, "cfg"),
        ({"seed": -5}, "seed"),
        ({"sampler": "magic"}, "sampler"),
        ({"scheduler": "magic"}, "scheduler"),
        ({"frame_rate": 0}, "frame_rate"),
        ({"model": "wan-i2v"}, "image_filename"),
        ({"model": "wan-flf"}, "image_filename"),
        ({"model": "wan-s2v"}, "image_filename"),
        ({"model": "wan-i2v", "image_filename": "ftp://example.com/a.png"}, "image_filename"),
        ({"model": "wan-i2v", "image_filename": "data:image/png;base64,AAAA"}, "image_filename"),
        ({"start_image": "a", "image_filename": "b"}, "start_image"),
    ],
)
def test_bad_input_names_its_field_and_costs_nothing(client: httpx.Client, change: dict[str, Any], field: str) -> None:
    answer = client.post("/api/generate", json={**SMALL, **change})
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["field"] == field
    assert answer.json()["error"].startswith(field)
    assert balance(client) == 10_000
    assert client.get("/api/generations").json()["total"] == 0


def test_too_few_credits_are_a_403_with_both_numbers(user: Make) -> None:
    poor = user(credits=5)
    answer = poor.post("/api/generate", json={**SMALL, "model": "wan-t2v", "frames": 41, "steps": 4})
    assert answer.status_code == 403
    assert (answer.json()["required"], answer.json()["balance"]) == (21, 5)


def test_the_tier_bounds_size_and_frames(user: Make) -> None:
    free = user(tier="free")
    for change, required in (({"width": 1280, "height": 720}, "starter"), ({"frames": 121}, "starter")):
        answer = free.post("/api/generate", json={**SMALL, "model": "wan-t2v", **change})
        assert answer.status_code == 403, answer.text
        assert (answer.json()["required_tier"], answer.json()["current_tier"]) == (required, "free")
    made(free, frames=81)
    [entry] = free.get("/api/generations").json()["generations"]
    assert entry["watermark"] is True


def test_without_a_key_nothing_is_done(server: Server) -> None:
    anybody = server.client()
    for path in ("/api/generate", "/api/generate-image", "/api/generate-v2v", "/api/cancel", "/api/upload-image"):
        assert anybody.post(path, json=SMALL).status_code == 401
    for path in ("/api/status?job_id=x", "/api/generations", "/api/queue", "/api/templates", "/api/analytics/usage"):
        assert anybody.get(path).status_code == 401


def test_image_to_video_takes_uploads_results_and_addresses(client: httpx.Client, picture: bytes) -> None:
    import base64

    name = uploaded(client, picture)
    for image in (name, f"/api/input-image/{name}", "data:image/png;base64," + base64.b64encode(picture).decode()):
        status = made(client, model="wan-i2v", image_filename=image)
        assert status["filename"].endswith(".mp4")
    flf = made(client, model="ltx-flf", start_image=name, end_image=name)
    assert flf["status"] == "completed"


def test_the_inputs_say_the_model_when_none_is_named(client: httpx.Client, picture: bytes) -> None:
    name = uploaded(client, picture)
    made(client)
    made(client, image_filename=name)
    made(client, image_filename=name, end_image=name)
    models = [entry["model"] for entry in client.get("/api/generations").json()["generations"]]
    assert models == ["wan-flf", "wan-i2v", "wan-t2v"]


def test_a_foreign_input_looks_like_a_missing_one(client: httpx.Client, stranger: httpx.Client, picture: bytes) -> None:
    name = uploaded(client, picture)
    foreign = stranger.post("/api/generate", json={**SMALL, "model": "wan-i2v", "image_filename": name})
    missing = stranger.post("/api/generate", json={**SMALL, "model": "wan-i2v", "image_filename": "asset_x.png"})
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["error"].replace(name, "NAME") == missing.json()["error"].replace("asset_x.png", "NAME")


def test_a_failed_generation_ends_in_error_and_is_free(client: httpx.Client) -> None:
    job = client.post("/api/generate", json={**SMALL, "prompt": "a broken fox"}).json()["job_id"]
    status = ended(client, job)
    assert status["status"] == "error"
    assert status["error"]
    assert (status["filename"], status["video_url"]) == (None, None)
    assert balance(client) == 10_000


def test_status_is_the_owner_s(client: httpx.Client, stranger: httpx.Client) -> None:
    job = made(client)["job_id"]
    foreign = stranger.get("/api/status", params={"job_id": job})
    missing = stranger.get("/api/status", params={"job_id": "job_x"})
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert foreign.status_code == 404
    assert client.get("/api/status").status_code == 400


def test_the_same_idempotency_key_makes_one_job(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "one"}
    first, second = (client.post("/api/generate", json=SMALL, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert client.get("/api/generations").json()["total"] == 1


def test_sound_and_motion_models_take_their_inputs(client: httpx.Client, picture: bytes) -> None:
    import base64
    import io
    import wave

    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10\x00\xf0" * 8_000)
    sound = "data:audio/wav;base64," + base64.b64encode(data.getvalue()).decode()
    name = uploaded(client, picture)
    spoken = made(client, model="wan-s2v", image_filename=name, audio_filename=sound)
    made(client, model="liveportrait", image_filename=name, video_filename=spoken["filename"])
    modes = [entry["mode"] for entry in client.get("/api/generations").json()["generations"]]
    assert modes == ["motion-transfer", "sound-to-video"]
    wrong = client.post("/api/generate", json={**SMALL, "model": "wan-s2v", "image_filename": name})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "audio_filename")
    picture_as_sound = {"image_filename": name, "audio_filename": f"data:,{name}"}
    assert client.post("/api/generate", json={**SMALL, "model": "wan-s2v", **picture_as_sound}).status_code == 400


def test_what_no_engine_makes_is_unavailable_and_free(client: httpx.Client) -> None:
    answer = client.post("/api/generate", json={"prompt": "a chair", "model": "hunyuan3d"})
    assert answer.status_code == 503
    assert balance(client) == 10_000


def test_a_browser_s_session_opens_what_a_key_does(server: Server) -> None:
    browser = signed_up(server, "generating")
    status = made(browser, frames=24)
    assert browser.get(status["video_url"]).content[4:8] == b"ftyp"
    assert browser.get("/api/generations").json()["total"] == 1
    browser.post("/api/logout")
    assert browser.get(status["video_url"]).status_code == 401
