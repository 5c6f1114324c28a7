"""The native dialect and the files, against a real server."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import av
import httpx
import pytest

from tests.e2e.peer import peer, png
from tests.e2e.server import Server, files_on_disk, finished

SMALL = {"prompt": "a red boat on the sea at sunset", "size": "128x72", "seconds": 1, "fps": 12, "seed": 7}


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    return server.client(server.key("native@example.com", dialect="rushes"))


@pytest.fixture(scope="module")
def done(client: httpx.Client) -> dict[str, object]:
    answer = client.post("/rushes/v1/generations", json={**SMALL, "sound": True})
    assert answer.status_code == 202
    assert answer.headers["location"].endswith(answer.json()["id"])
    return finished(client, answer.headers["location"])


def test_the_video_is_what_was_asked_for(done: dict[str, object], tmp_path: Path) -> None:
    assert done["state"] == "succeeded"
    assert (done["engine"], done["draft"], done["progress"]) == ("composer", False, 1.0)
    [output] = done["outputs"]  # type: ignore[misc]
    data = httpx.get(output["url"]).content
    assert data.index(b"moov") < data.index(b"mdat"), "not ready to stream"
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with av.open(str(path)) as video:
        [picture], [sound] = video.streams.video, video.streams.audio
        assert picture.codec_context.name == "h264"
        assert picture.codec_context.pix_fmt == "yuv420p"
        assert (picture.width, picture.height, picture.average_rate) == (128, 72, 12)
        assert sound.codec_context.name == "aac"
        assert sum(1 for _ in video.decode(video=0)) == 12
    assert (output["width"], output["height"], output["size"]) == (128, 72, len(data))


def test_the_same_seed_gives_the_same_bytes(client: httpx.Client) -> None:
    made = [finished(client, client.post("/rushes/v1/generations", json=SMALL).headers["location"]) for _ in range(2)]
    first, second = (httpx.get(job["outputs"][0]["url"]).content for job in made)
    assert first == second


def test_files_have_ranges_etags_and_head(done: dict[str, object]) -> None:
    url = done["outputs"][0]["url"]  # type: ignore[index]
    whole = httpx.get(url)
    part = httpx.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    head = httpx.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (
        200,
        b"",
        str(len(whole.content)),
    )
    assert httpx.get(url, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert httpx.get(url, headers={"Range": f"bytes={len(whole.content)}-"}).status_code == 416
    assert httpx.post(url).status_code == 405


def test_a_link_cannot_be_changed(done: dict[str, object]) -> None:
    url = str(done["outputs"][0]["url"])  # type: ignore[index]
    assert httpx.get(url.replace("signature=", "signature=0")).status_code == 403
    assert httpx.get(re.sub(r"expires=\d+", "expires=99999999999", url)).status_code == 403
    assert httpx.get(url.partition("?")[0]).status_code == 403
    assert httpx.get(re.sub(r"asset_\w+", "asset_other", url)).status_code == 403


def test_progress_comes_as_events(client: httpx.Client) -> None:
    job = client.post("/rushes/v1/generations", json={**SMALL, "seconds": 10, "size": "1280x720"}).json()["id"]
    events = []
    with client.stream("GET", f"/rushes/v1/generations/{job}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line[6:]))
    shares = [event["progress"] for event in events]
    assert shares == sorted(shares)
    assert events[-1]["state"] == "succeeded"
    assert events[-1]["outputs"]
    assert any(event["state"] == "running" and 0 < event["progress"] < 1 for event in events)


def test_a_picture_becomes_a_video_and_its_copy_is_not_kept(server: Server, client: httpx.Client) -> None:
    before = len(files_on_disk(server.home))
    with peer() as web:
        body = {**SMALL, "image": web.url + "/good.png"}
        job = client.post("/rushes/v1/generations", json=body).json()
        assert web.fetched == ["/good.png"]
    assert job["mode"] == "image-to-video"
    over = finished(client, f"/rushes/v1/generations/{job['id']}")
    assert over["state"] == "succeeded"
    assert len(files_on_disk(server.home)) == before + 1


def test_first_and_last_frame_as_data_urls(client: httpx.Client) -> None:
    url = "data:image/png;base64," + base64.b64encode(png(128, 72)).decode()
    job = client.post("/rushes/v1/generations", json={**SMALL, "image": url, "end_image": url}).json()
    assert job["mode"] == "first-last-frame"
    assert finished(client, f"/rushes/v1/generations/{job['id']}")["state"] == "succeeded"


def test_references_are_placed_into_the_scene(client: httpx.Client, done: dict[str, object]) -> None:
    picture = "data:image/png;base64," + base64.b64encode(png(128, 96)).decode()
    clip = str(done["outputs"][0]["url"])  # type: ignore[index]
    for reference in (picture, clip):
        job = client.post("/rushes/v1/generations", json={**SMALL, "references": [reference]}).json()
        assert job["mode"] == "reference-to-video"
        over = finished(client, f"/rushes/v1/generations/{job['id']}")
        assert over["state"] == "succeeded", over


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"size": "big"}, "size"),
        ({"size": "127x72"}, "size"),
        ({"size": "8000x8000"}, "size"),
        ({"size": "2560x64"}, "size"),
        ({"seconds": 0}, "seconds"),
        ({"seconds": 16}, "seconds"),
        ({"fps": 23}, "fps"),
        ({"mode": "sideways"}, "mode"),
        ({"mode": "video-to-video"}, "mode"),
        ({"mode": "first-last-frame", "image": "x"}, "end_image"),
        ({"model": "nothing"}, "model"),
        ({"references": "x"}, "references"),
        ({"references": ["ftp://x/y"]}, "references[0]"),
        ({"prompt": "x" * 5001}, "prompt"),
        ({"sound": 1}, "sound"),
    ],
)
def test_wrong_fields(client: httpx.Client, change: dict[str, object], field: str) -> None:
    answer = client.post("/rushes/v1/generations", json={**SMALL, **change})
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["field"], error["message"].startswith(field)) == (field, True)


def test_models_say_what_they_allow(server: Server) -> None:
    models = {model["id"]: model for model in server.client().get("/rushes/v1/models").json()["models"]}
    assert models["composer"]["available"] == "yes"
    assert models["seedance-2.0"]["available"] == "draft"
    assert models["composer"]["seconds"]["max"] == 15


def test_one_key_sees_its_jobs_in_every_dialect(client: httpx.Client, done: dict[str, object]) -> None:
    assert client.get(f"/v1/videos/{done['id']}").json()["status"] == "completed"


def test_every_answer_has_a_request_id(server: Server) -> None:
    answer = httpx.get(server.url + "/v1/videos", headers={"X-Request-Id": "mine-1"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (401, "mine-1")
    assert len(httpx.get(server.url + "/nowhere").headers["x-request-id"]) == 16


def test_health_metrics_and_documents(server: Server) -> None:
    public = server.client()
    assert public.get("/healthz").status_code == 200
    assert public.get("/readyz").json()["ready"] is True
    metrics = public.get("/metrics").text
    assert 'rushes_http_requests_total{dialect="server",method="GET",route="/healthz",status="200"}' in metrics
    assert public.get("/openapi.json").json()["openapi"] == "3.1.0"
    docs = public.get("/docs")
    assert "/v1/videos" in docs.text
    assert not re.search(r'(src|href)="https?://', docs.text), "the page needs another host"
