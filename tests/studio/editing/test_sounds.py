"""Music, speech and subtitles, with the real engines."""

from __future__ import annotations

import io
import re

import av
import httpx

from tests.studio.editing.conftest import Make, needs
from tests.studio.editing.working import bring, fetched, film_of, work
from tests.studio.generation.asking import balance


@needs("music")
def test_music_is_made_listed_and_deleted(client: httpx.Client, user: Make) -> None:
    before = balance(client)
    made = work(client, "/api/generate-audio", {"prompt": "calm piano", "duration_seconds": 7, "tags": ["ambient"]})
    assert made["credits_charged"] == 2  # 8 for 30 seconds, pro rata, rounded up
    assert balance(client) == before - 2
    assert made["url"].startswith("/api/audio/")
    with av.open(io.BytesIO(fetched(client, made))) as container:
        assert abs((container.duration or 0) / 1e6 - 7) < 0.06
    [entry] = client.get("/api/audio-generations").json()["generations"]
    assert (entry["filename"], entry["prompt"], entry["status"]) == (made["filename"], "calm piano", "completed")
    assert user("stranger").get(made["url"]).status_code == 404
    assert user("other").delete(f"/api/audio-generations/{entry['id']}").status_code == 404
    assert client.delete(f"/api/audio-generations/{entry['id']}").json()["deleted"] is True
    assert client.get("/api/audio-generations").json()["total"] == 0
    assert client.get(made["url"]).status_code == 404


def test_the_voices_are_the_documents(client: httpx.Client) -> None:
    voices = client.get("/api/tts/voices").json()["voices"]
    assert [(voice["id"], voice["description"]) for voice in voices[:4]] == [
        ("en_gb_male", "British English — Male"),
        ("en_gb_female", "British English — Female"),
        ("en_us_male", "American English — Male"),
        ("en_us_female", "American English — Female"),
    ]


def test_wrong_sounds_are_refused(client: httpx.Client, user: Make) -> None:
    for path, body, field in (
        ("/api/generate-audio", {"prompt": ""}, "prompt"),
        ("/api/generate-audio", {"prompt": "a", "duration_seconds": 0}, "duration_seconds"),
        ("/api/generate-audio", {"prompt": "a", "tags": "x" * 501}, "tags"),
        ("/api/generate-audio", {"prompt": "a", "tags": ["x" * 300, "y" * 300]}, "tags"),
        ("/api/tts/generate", {"text": ""}, "text"),
        ("/api/tts/generate", {"text": "a", "voice_id": "nobody"}, "voice_id"),
        ("/api/tts/generate", {"text": "a", "speed": 9}, "speed"),
        ("/api/subtitles/generate", {"language": "en"}, "video_filename"),
        ("/api/subtitles/generate", {"video_filename": "x.mp4", "language": "klingon"}, "language"),
        ("/api/subtitles/burn", {"video_filename": "x.mp4"}, "srt_filename"),
        ("/api/subtitles/translate", {"srt_filename": "x.srt"}, "target_language"),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["field"] == field
    starter = user("starter", tier="starter")
    answer = starter.post("/api/tts/generate", json={"text": "a"})
    assert (answer.status_code, answer.json()["required_tier"]) == (403, "creator")


@needs("voice", "hearing")
def test_from_speech_to_subtitles_on_the_picture(client: httpx.Client, user: Make, clip: bytes) -> None:
    name = work(client, "/api/edit/speed", {"video_filename": bring(client, clip)["filename"], "speed_factor": 0.5})
    before = balance(client)
    text = "The quick brown fox jumps over the lazy dog."
    spoken = work(client, "/api/tts/generate", {"text": text, "voice_id": "en_gb_male"})
    assert spoken["credits_charged"] == 1  # three seconds of a minute's six credits
    body = {"video_filename": name["filename"], "tts_filename": spoken["filename"], "offset_seconds": 1,
            "original_volume": 0}  # fmt: skip
    talking = work(client, "/api/tts/add-to-video", body)
    heard = work(client, "/api/subtitles/generate", {"video_filename": talking["filename"], "language": "en"})
    assert (heard["credits_charged"], balance(client)) == (5, before - 6)
    srt = client.get(heard["url"])
    assert srt.headers["content-type"].startswith("application/x-subrip")
    words = re.sub(r"[^a-z ]", "", " ".join(srt.text.splitlines()[2:]).lower())
    assert "quick brown fox" in words
    assert srt.text.splitlines()[1].startswith("00:00:0")
    assert client.get(heard["vtt_url"]).text.startswith("WEBVTT")
    assert user("stranger").get(heard["url"]).status_code == 404
    body = {"video_filename": name["filename"], "srt_filename": heard["srt_filename"], "style": "bold-yellow"}
    burnt = work(client, "/api/subtitles/burn", body)
    pictures = film_of(fetched(client, burnt))
    yellow = [int(((p[..., 0] > 170) & (p[..., 1] > 150) & (p[..., 2] < 110)).sum()) for p in pictures]
    assert max(yellow) > 30
    assert min(yellow) == 0
    answer = client.post(
        "/api/subtitles/translate", json={"srt_filename": heard["srt_filename"], "target_language": "fr"}
    )
    assert answer.status_code == 400
    assert "unsupported pair" in answer.json()["error"]
