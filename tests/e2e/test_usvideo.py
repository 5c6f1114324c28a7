"""The usvideo document, line by line, against a real server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from rushes.media.probe import probe
from tests.e2e.server import Server, finished


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    return server.client(server.key("usvideo@example.com"))


PROMPT = "A drone shot over a misty mountain lake at sunrise"


def create(client: httpx.Client, **body: object) -> httpx.Response:
    return client.post("/v1/videos", json={"prompt": PROMPT, "mode": "text_to_video", **body})


def test_the_quickstart(client: httpx.Client, tmp_path: Path) -> None:
    before = client.get("/v1/account").json()
    created = create(client, resolution="720p", duration=1)
    assert created.status_code == 200
    body = created.json()
    assert body["status"] == "pending"
    assert body["mode"] == "text_to_video"
    assert (body["resolution"], body["duration"], body["estimated_cost_cents"]) == ("720p", 1, 6)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["created_at"])
    video = finished(client, f"/v1/videos/{body['id']}")
    assert video["status"] == "completed"
    assert (video["duration"], video["cost_cents"]) == (1, 6)
    assert video["engine"] == "composer"
    assert video["result_url"] == video["video_url"]
    assert video["expires_at"] > video["created_at"]
    data = httpx.get(video["video_url"])
    assert data.status_code == 200
    assert data.headers["content-type"] == "video/mp4"
    assert data.content[4:8] == b"ftyp"
    (tmp_path / "video.mp4").write_bytes(data.content)
    assert probe(tmp_path / "video.mp4").audio_codec, '"Models": it has audio, without being asked'
    after = client.get("/v1/account").json()
    assert after["balance_cents"] == before["balance_cents"] - 6
    assert after["total_jobs"] == before["total_jobs"] + 1
    assert after["total_spent_cents"] == before["total_spent_cents"] + 6
    assert set(after) >= {"email", "balance_cents", "total_jobs", "total_spent_cents"}


def test_the_documents_price_of_1080p(client: httpx.Client) -> None:
    body = create(client, resolution="1080p", duration=5).json()
    assert body["estimated_cost_cents"] == 120
    assert client.delete(f"/v1/videos/{body['id']}").status_code == 200


def test_defaults_are_720p_and_5_seconds(client: httpx.Client) -> None:
    body = create(client).json()
    assert (body["resolution"], body["duration"], body["estimated_cost_cents"]) == ("720p", 5, 30)
    client.delete(f"/v1/videos/{body['id']}")


def test_pricing_needs_no_key(server: Server) -> None:
    answer = server.client().get("/v1/pricing")
    assert answer.json() == {
        "720p": {"per_second": 0.06},
        "1080p": {"per_second": 0.24},
        "2k": {"per_second": 0.36},
    }


def test_the_list_is_newest_first_with_limit_and_offset(client: httpx.Client) -> None:
    made = [create(client, duration=1).json()["id"] for _ in range(3)]
    newest = [video["id"] for video in client.get("/v1/videos", params={"limit": 3}).json()["videos"]]
    assert newest == made[::-1]
    page = client.get("/v1/videos", params={"limit": 1, "offset": 1}).json()
    assert [video["id"] for video in page["videos"]] == [made[1]]
    assert page["has_more"] is True
    for name in made:
        client.delete(f"/v1/videos/{name}")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "offset=-1"])
def test_a_wrong_page_is_refused(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/v1/videos?{query}")
    assert answer.status_code == 400
    assert answer.json()["field"] == query.partition("=")[0]


def test_deleting_a_finished_video_removes_record_and_file(client: httpx.Client) -> None:
    name = create(client, duration=1).json()["id"]
    url = finished(client, f"/v1/videos/{name}")["video_url"]
    assert httpx.get(url).status_code == 200
    deleted = client.delete(f"/v1/videos/{name}")
    assert (deleted.status_code, deleted.json()["deleted"]) == (200, True)
    assert client.get(f"/v1/videos/{name}").status_code == 404
    assert httpx.get(url).status_code == 404
    assert client.delete(f"/v1/videos/{name}").status_code == 404


def test_the_official_sdks_request(client: httpx.Client) -> None:
    """It sends model and size, and neither mode nor resolution (seed-apis §5.2)."""
    answer = client.post("/v1/videos", json={"model": "seedance-1-pro", "prompt": "p", "size": "1080p", "duration": 1})
    assert answer.status_code == 200
    assert (answer.json()["mode"], answer.json()["resolution"]) == ("text_to_video", "1080p")
    client.delete(f"/v1/videos/{answer.json()['id']}")


def test_without_a_mode_the_model_and_the_picture_decide(client: httpx.Client) -> None:
    to_video = {"model": "seedance-2.0/image-to-video", "prompt": "p", "duration": 4}
    answer = client.post("/v1/videos", json=to_video)
    assert answer.status_code == 400
    assert answer.json()["error"] == "image_url: is required for image_to_video"
    answer = client.post(
        "/v1/videos", json={**to_video, "model": "seedance-2.0/text-to-video", "image_url": "http://x/"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "image_url: seedance-2.0/text-to-video does only text_to_video"


def test_what_a_model_does_is_said_in_the_documents_words(client: httpx.Client) -> None:
    answer = create(client, model="seedance-2.0/image-to-video", duration=4)
    assert answer.status_code == 400
    assert answer.json()["error"] == "mode: must be one of image_to_video for seedance-2.0/image-to-video"
    answer = create(client, model="openai/gpt-4o")
    assert (answer.status_code, answer.json()["field"]) == (400, "model")
    assert "makes no videos" in answer.json()["error"]


def test_the_sdks_size_is_named_by_its_own_name(client: httpx.Client) -> None:
    answer = create(client, size="1280x720")
    assert (answer.status_code, answer.json()["field"]) == (400, "size")
    assert answer.json()["error"] == "size: must be one of 720p, 1080p, 2k"
    body = create(client, duration=1, size="1080p", resolution="720p").json()
    assert (body["resolution"], body["warnings"]) == ("720p", ["size: ignored"])
    client.delete(f"/v1/videos/{body['id']}")


def test_a_share_of_a_second_is_shown_alike_from_the_first_answer_on(client: httpx.Client) -> None:
    """A model that counts frames makes two thirds of a second unless told otherwise."""
    body = create(client, model="animatediff").json()
    assert body["duration"] == client.get(f"/v1/videos/{body['id']}").json()["duration"] == 1
    client.delete(f"/v1/videos/{body['id']}")


def test_unknown_and_unused_fields_are_told(client: httpx.Client) -> None:
    body = create(client, duration=1, colour="red", image_url="http://127.0.0.1/never-fetched.png").json()
    assert body["warnings"] == ["colour: ignored", "image_url: ignored"]
    client.delete(f"/v1/videos/{body['id']}")


def test_other_peoples_videos_look_missing(server: Server, client: httpx.Client) -> None:
    name = create(client, duration=1).json()["id"]
    stranger = server.client(server.key("stranger@example.com"))
    assert stranger.get(f"/v1/videos/{name}").status_code == 404
    assert stranger.delete(f"/v1/videos/{name}").status_code == 404
    assert name not in stranger.get("/v1/videos").text
    assert client.get(f"/v1/videos/{name}").status_code == 200
    client.delete(f"/v1/videos/{name}")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer sd_wrong"}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}],
)
def test_missing_and_wrong_keys(server: Server, headers: dict[str, str]) -> None:
    for method, path in [
        ("POST", "/v1/videos"),
        ("GET", "/v1/videos"),
        ("GET", "/v1/videos/job_x"),
        ("DELETE", "/v1/videos/job_x"),
        ("GET", "/v1/account"),
        ("GET", "/v1/api-keys"),
        ("POST", "/v1/api-keys"),
    ]:
        answer = httpx.request(method, server.url + path, headers=headers)
        assert answer.status_code == 401, (method, path)
        assert answer.json()["error"]


def test_too_little_balance(server: Server) -> None:
    poor = server.client(server.key("poor@example.com", credits=5))
    answer = create(poor, duration=1)
    assert answer.status_code == 402
    assert "6" in answer.json()["error"]
    assert poor.get("/v1/account").json()["balance_cents"] == 5
    assert poor.get("/v1/videos").json()["videos"] == []


def test_register_log_in_and_make_a_key(server: Server) -> None:
    public = server.client()
    person = {"email": "New.Person@Example.com", "password": "a long enough password"}
    registered = public.post("/v1/auth/register", json=person)
    assert registered.status_code == 200
    assert public.post("/v1/auth/register", json=person).status_code == 400
    wrong = public.post("/v1/auth/login", json={**person, "password": "not the password"})
    assert wrong.status_code == 401
    token = public.post("/v1/auth/login", json=person).json()["token"]
    with_token = server.client(token)
    created = with_token.post("/v1/api-keys", json={"name": "My App"}).json()
    assert created["key"].startswith("sd_")
    with_key = server.client(created["key"])
    assert with_key.post("/v1/api-keys", json={"name": "no"}).status_code == 401
    for client in (with_key, with_token):
        [listed] = client.get("/v1/api-keys").json()["keys"]
        assert (listed["id"], listed["name"]) == (1, "My App")
        assert created["key"] not in json.dumps(listed)
        assert listed["masked_key"].startswith("sd_")
    # The document shows no body for a new key.
    assert re.fullmatch(r"sd_\w+", with_token.post("/v1/api-keys").json()["key"])
    assert with_key.get("/v1/account").json()["email"] == "new.person@example.com"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody", "password": "long enough"}, "email"),
        ({"email": "a@example.com", "password": "short"}, "password"),
        ({"email": "a@example.com"}, "password"),
        ({"email": 5, "password": "long enough"}, "email"),
    ],
)
def test_wrong_registrations(server: Server, body: dict[str, object], field: str) -> None:
    answer = server.client().post("/v1/auth/register", json=body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field


def test_a_token_of_another_secret_is_refused(server: Server) -> None:
    import jwt

    forged = jwt.encode({"sub": "user_x", "aud": "rushes", "exp": 4102444800}, "guess" * 8, "HS256")
    assert server.client(forged).get("/v1/account").status_code == 401


def test_the_standard_tier_has_60_requests_a_minute(server: Server) -> None:
    client = server.client(server.key("standard@example.com", tier="creator"))
    answers = [client.get("/v1/account") for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert answers[60].status_code == 429
    assert 1 <= int(answers[60].headers["retry-after"]) <= 60
    assert answers[60].json()["error"]


def test_the_standard_tier_has_10_jobs_at_a_time(fresh: Server) -> None:
    fresh.start("--no-worker")  # nothing finishes meanwhile
    client = fresh.client(fresh.key("standard@example.com", tier="free"))
    answers = [create(client) for _ in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {200}
    assert answers[10].status_code == 429
    assert int(answers[10].headers["retry-after"]) >= 1
    assert client.delete(f"/v1/videos/{answers[0].json()['id']}").json()["refunded_cents"] == 30
    assert create(client).status_code == 200
    assert client.get("/v1/account").json()["balance_cents"] == 100_000 - 300
    assert fresh.audit() == {"ok": True, "findings": []}


def test_no_engine_is_a_502_that_costs_nothing(fresh: Server) -> None:
    fresh.environ["RUSHES_DRAFTS"] = "off"
    fresh.start()
    client = fresh.client(fresh.key())
    answer = create(client)
    assert answer.status_code == 502
    assert "seedance-2.0" in answer.json()["error"]
    assert client.get("/v1/account").json()["balance_cents"] == 100_000
