"""The series document, rule by rule, against real server processes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from rushes.media.probe import probe
from tests.conformance.speaking import SERIES, refused
from tests.conformance.tools import assert_like, example
from tests.conformance.web import Web, clip
from tests.e2e.server import Server, files_on_disk, finished

CREATE = "/v1/videos/videos"
PROMPT = example("series/prompt.txt").strip()
TEXT = {"model": "videos", "prompt": PROMPT, "duration": 4}
MODES = json.loads(example("series/modes.json"))
CREATED = {"id": "x", "object": "video", "created": 1761635478, "model": "videos", "status": "queued", "error": None}
MEGABYTE = 1024 * 1024
A, B = "http://127.0.0.1:1/a.png", "http://127.0.0.1:1/b.png"


@pytest.fixture(scope="module")
def client(idle: Server) -> httpx.Client:
    return idle.client(idle.key("series@example.com", dialect="series"))


@pytest.fixture(scope="module")
def working(server: Server) -> httpx.Client:
    return server.client(server.key("series@example.com", dialect="series"))


@pytest.fixture(scope="module")
def media(web: Web) -> dict[str, Any]:
    """What the fields of the document's modes may hold."""
    clips = [web.put("/tall.mp4", clip(720, 1280, 5)), web.put("/wide.mp4", clip(1280, 720, 4))]
    return {
        **TEXT,
        "first_image": web.at("/head.jpg"),
        "last_image": web.at("/tail.jpg"),
        "referenceImages": [web.at("/head.jpg"), web.at("/tail.jpg"), web.at("/head.jpg"), web.at("/tail.jpg")],
        "referenceVideos": clips,
    }


def create(client: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = client.post(CREATE, json={**TEXT, **body})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def refuse(client: httpx.Client, change: dict[str, Any], *, without: str = "") -> str:
    body = {name: value for name, value in {**TEXT, **change}.items() if name != without}
    return refused(SERIES, client.post(CREATE, json=body), 400)


class TestModes:
    """ "Generation Modes": each with the fields that it requires and no others."""

    @pytest.mark.parametrize("row", MODES, ids=lambda row: row["mode"])
    def test_is_accepted(self, client: httpx.Client, media: dict[str, Any], row: dict[str, Any]) -> None:
        answer = client.post(CREATE, json={name: media[name] for name in row["fields"]})
        assert answer.status_code == 200, answer.text
        assert_like(CREATED, answer.json())
        expected = {
            "Text-to-video": "text-to-video",
            "First/last frame": "first-last-frame",
            "Image reference": "reference-to-video",
            "Video reference": "reference-to-video",
            "Image + video": "reference-to-video",
        }
        kept = client.get(f"/rushes/v1/generations/{answer.json()['id']}").json()
        assert (kept["mode"], kept["width"], kept["height"]) == (expected[row["mode"]], 1280, 720)

    @pytest.mark.parametrize("row", MODES, ids=lambda row: row["mode"])
    def test_needs_its_three_basic_fields(
        self, client: httpx.Client, media: dict[str, Any], row: dict[str, Any]
    ) -> None:
        for missing in ("model", "prompt", "duration"):
            body = {name: media[name] for name in row["fields"] if name != missing}
            message = refused(SERIES, client.post(CREATE, json=body), 400)
            assert message == f"{missing}: is required"


class TestTheAnswer:
    def test_of_a_create(self, client: httpx.Client) -> None:
        before = int(time.time())
        answer = create(client, model="videos_fast")
        assert before <= answer["created"] <= int(time.time()) + 1
        assert {name: answer[name] for name in ("object", "model", "status", "error")} == {
            "object": "video",
            "model": "videos_fast",
            "status": "queued",
            "error": None,
        }

    def test_of_a_query_while_it_waits(self, client: httpx.Client) -> None:
        created = create(client)
        result = client.get(f"/v1/result/{created['id']}").json()
        assert (result["status"], result["video_url"], result["error"]) == ("queued", None, None)
        assert "actualDuration" not in result
        assert (result["id"], result["created"], result["object"]) == (created["id"], created["created"], "video")

    def test_of_a_failed_one(self, client: httpx.Client) -> None:
        task = create(client)["id"]
        client.delete(f"/v1/videos/{task}")
        result = client.get(f"/v1/result/{task}").json()
        assert (result["status"], result["video_url"]) == ("failed", None)
        assert result["error"] == "cancelled by request"

    def test_under_the_services_own_base_path(self, client: httpx.Client) -> None:
        answer = client.post(f"/kyyReactApiServer{CREATE}", json=TEXT).json()
        assert client.get(f"/kyyReactApiServer/v1/result/{answer['id']}").json()["status"] == "queued"

    @pytest.mark.parametrize(("model", "price"), [("videos", 60), ("videos_fast", 40)])
    def test_the_price_is_per_call(self, client: httpx.Client, model: str, price: int) -> None:
        for duration in (4, 15):
            before = client.get("/v1/account").json()["balance_cents"]
            create(client, model=model, duration=duration)
            assert client.get("/v1/account").json()["balance_cents"] == before - price


class TestWhatIsAllowed:
    @pytest.mark.parametrize("duration", [4, 15, 4.0])
    def test_durations(self, client: httpx.Client, duration: float) -> None:
        task = create(client, duration=duration)["id"]
        assert client.get(f"/rushes/v1/generations/{task}").json()["seconds"] == duration

    @pytest.mark.parametrize(("ratio", "size"), [("16:9", (1280, 720)), ("9:16", (720, 1280)), ("1:1", (720, 720))])
    def test_ratios(self, client: httpx.Client, ratio: str, size: tuple[int, int]) -> None:
        kept = client.get(f"/rushes/v1/generations/{create(client, ratio=ratio, resolution='720p')['id']}").json()
        assert (kept["width"], kept["height"]) == size

    def test_a_prompt_of_1500_characters(self, client: httpx.Client) -> None:
        create(client, prompt="ü" * 1500)

    def test_null_is_the_default(self, client: httpx.Client) -> None:
        optional = ["ratio", "resolution", "first_image", "last_image", "referenceImages", "referenceVideos"]
        create(client, **dict.fromkeys([*optional, "image", "lastFrameImage"]))

    def test_unknown_fields_are_told(self, client: httpx.Client) -> None:
        assert create(client, autoFace=True)["warnings"] == ["autoFace: ignored"]

    def test_older_names(self, client: httpx.Client, web: Web) -> None:
        first, last = web.at("/head.jpg"), web.at("/tail.jpg")
        for body in (
            {"image": first, "lastFrameImage": last},
            {"first_image": first, "lastFrameImage": last},
            {"image": first, "last_image": last},
            {"first_image": first, "last_image": last, "image": first, "lastFrameImage": last},
        ):
            kept = client.get(f"/rushes/v1/generations/{create(client, **body)['id']}").json()
            assert kept["mode"] == "first-last-frame"

    def test_an_image_of_a_byte_less_than_20_megabytes(self, client: httpx.Client, web: Web) -> None:
        create(client, referenceImages=[web.put("/19.png", web.files["/head.jpg"].ljust(20 * MEGABYTE - 1, b"\0"))])

    def test_three_clips_of_fifteen_seconds_at_both_ends_of_the_sizes(self, client: httpx.Client, web: Web) -> None:
        urls = [
            web.put("/least.mp4", clip(720, 720, 5)),
            web.put("/most.mp4", clip(2160, 2160, 5)),
            web.put("/wide.mp4", clip(1280, 720, 5)),
        ]
        create(client, referenceVideos=urls)


@pytest.fixture
def unspent(idle: Server, client: httpx.Client) -> Iterator[None]:
    """That nothing is charged and nothing is left of what is refused."""
    before, files = client.get("/v1/account").json()["balance_cents"], files_on_disk(idle.home)
    yield
    assert client.get("/v1/account").json()["balance_cents"] == before
    assert files_on_disk(idle.home) == files


@pytest.mark.usefixtures("unspent")
class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"model": "videos_stable"}, "model"),
            ({"model": "seedance-2.0"}, "model"),
            ({"model": ""}, "model"),
            ({"model": 5}, "model"),
            ({"prompt": ""}, "prompt"),
            ({"prompt": " \n"}, "prompt"),
            ({"prompt": "x" * 1501}, "prompt"),
            ({"prompt": 5}, "prompt"),
            ({"prompt": None}, "prompt"),
            ({"duration": 3}, "duration"),
            ({"duration": 16}, "duration"),
            ({"duration": 4.5}, "duration"),
            ({"duration": "5"}, "duration"),
            ({"duration": True}, "duration"),
            ({"duration": None}, "duration"),
            ({"duration": 10**30}, "duration"),
            ({"ratio": "4:3"}, "ratio"),
            ({"ratio": ""}, "ratio"),
            ({"ratio": 1}, "ratio"),
            ({"resolution": "480p"}, "resolution"),
            ({"resolution": "1080p"}, "resolution"),
            ({"resolution": 720}, "resolution"),
            ({"first_image": 5, "last_image": B}, "first_image"),
            ({"first_image": A, "last_image": [B]}, "last_image"),
            ({"image": 5}, "image"),
            ({"lastFrameImage": 5}, "lastFrameImage"),
            ({"referenceImages": A}, "referenceImages"),
            ({"referenceImages": [5]}, "referenceImages"),
            ({"referenceImages": [A] * 5}, "referenceImages"),
            ({"referenceVideos": A}, "referenceVideos"),
            ({"referenceVideos": [None]}, "referenceVideos"),
            ({"referenceVideos": [A] * 4}, "referenceVideos"),
            # Both frames or none, under either name.
            ({"first_image": A}, "last_image"),
            ({"last_image": B}, "first_image"),
            ({"image": A}, "last_image"),
            ({"lastFrameImage": B}, "first_image"),
            ({"first_image": A, "last_image": ""}, "last_image"),
            # Frames exclude references.
            ({"first_image": A, "last_image": B, "referenceImages": [A]}, "referenceImages"),
            ({"first_image": A, "last_image": B, "referenceVideos": [A]}, "referenceVideos"),
            ({"image": A, "lastFrameImage": B, "referenceImages": [A]}, "referenceImages"),
            ({"first_image": A, "referenceImages": [A]}, "last_image"),
        ],
    )
    def test_by_field(self, client: httpx.Client, change: dict[str, Any], field: str) -> None:
        assert refuse(client, change).startswith((f"{field}: ", f"{field}["))

    @pytest.mark.parametrize(
        ("change", "fields"),
        [
            ({"first_image": A, "last_image": B, "image": B}, ("first_image", "image")),
            ({"first_image": A, "last_image": B, "lastFrameImage": A}, ("last_image", "lastFrameImage")),
        ],
    )
    def test_a_conflict_with_an_older_name(
        self, client: httpx.Client, change: dict[str, Any], fields: tuple[str, str]
    ) -> None:
        message = refuse(client, change)
        assert "parameter conflict" in message
        assert all(field in message for field in fields)

    def test_an_image_of_20_megabytes(self, client: httpx.Client, web: Web) -> None:
        url = web.put("/20.png", web.files["/head.jpg"].ljust(20 * MEGABYTE, b"\0"))
        message = refuse(client, {"referenceImages": [web.at("/head.jpg"), url]})
        assert re.match(r"referenceImages\[1\]: .* at most 20971519 ", message)
        message = refuse(client, {"first_image": web.at("/head.jpg"), "last_image": url})
        assert re.match(r"last_image: .* at most 20971519 ", message)

    def test_a_picture_for_a_clip_and_a_clip_for_a_picture(self, client: httpx.Client, web: Web) -> None:
        url = web.put("/wide.mp4", clip(1280, 720, 4))
        assert refuse(client, {"referenceVideos": [web.at("/head.jpg")]}).startswith("referenceVideos[0]: ")
        assert refuse(client, {"referenceImages": [url]}).startswith("referenceImages[0]: ")

    @pytest.mark.parametrize("size", [(718, 1280), (1280, 718), (2162, 2162)])
    def test_a_clip_that_is_too_small_or_too_large(self, client: httpx.Client, web: Web, size: tuple[int, int]) -> None:
        url = web.put("/size.mp4", clip(*size, 1))
        message = refuse(client, {"referenceVideos": [url]})
        assert message.startswith("referenceVideos")
        assert all(part in message for part in ("720", "2160", f"{size[0]}x{size[1]}"))

    def test_clips_of_more_than_15_seconds_together(self, client: httpx.Client, web: Web) -> None:
        urls = [web.put("/eight.mp4", clip(720, 720, 8)), web.at("/eight.mp4")]
        message = refuse(client, {"referenceVideos": urls})
        assert message.startswith("referenceVideos: ")
        assert "15" in message
        assert "16.0" in message

    def test_a_clip_of_more_than_15_seconds(self, client: httpx.Client, web: Web) -> None:
        message = refuse(client, {"referenceVideos": [web.put("/seventy.mp4", clip(720, 720, 70))]})
        assert re.match(r"referenceVideos\[0\]: .* 70.0 seconds long, at most 15.1 ", message)

    def test_a_clip_of_more_than_200_megabytes(self, client: httpx.Client, web: Web) -> None:
        url = web.put("/heavy.mp4", clip(720, 720, 1), declared=200 * MEGABYTE + 1)
        assert re.match(r"referenceVideos\[0\]: .* at most 209715200 ", refuse(client, {"referenceVideos": [url]}))


class TestResults:
    """Real renders, few of them."""

    def test_text_to_video(self, working: httpx.Client, tmp_path: Any) -> None:
        task = create(working)["id"]
        result = finished(working, f"/v1/result/{task}")
        assert (result["status"], result["error"], result["model"]) == ("completed", None, "videos")
        assert result["actualDuration"] == pytest.approx(4, abs=0.1)
        url = result["video_url"]
        (tmp_path / "video.mp4").write_bytes(httpx.get(url).content)
        video = probe(tmp_path / "video.mp4")
        assert (video.width, video.height) == (1280, 720)
        assert video.duration == pytest.approx(result["actualDuration"], abs=0.01)
        # A temporary address: 24 hours, and only as it was signed.
        query = parse_qs(urlsplit(url).query)
        assert abs(int(query["expires"][0]) - time.time() - 24 * 3600) < 120
        later = url.replace(query["expires"][0], str(int(query["expires"][0]) + 1))
        assert httpx.get(later).status_code in (403, 404)

    def test_references(self, working: httpx.Client, media: dict[str, Any]) -> None:
        references = {name: media[name] for name in ("referenceImages", "referenceVideos")}
        result = finished(working, f"/v1/result/{create(working, **references)['id']}")
        assert (result["status"], result["error"]) == ("completed", None)
        assert result["video_url"]
