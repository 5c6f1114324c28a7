"""ElevenLabs: sounds and transcripts, all answered at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.responses import Response

from rushes.engines.contract import AmbiguousStart, Done, EngineError, FailureCode, Mode, Request, Role, Transcript
from tests.cloud import driving
from tests.cloud.driving import World, end, request, stored, whole
from tests.cloud.upstreams.base import answer
from tests.cloud.upstreams.elevenlabs import SOUND, ElevenLabsServer

Eleven = Callable[[Callable[[World], Awaitable[None]]], None]


@pytest.fixture
def eleven(tmp_path: Path) -> Eleven:
    return lambda test: driving.run("elevenlabs", ElevenLabsServer, tmp_path, test, "")


def speech(upstream: str = "eleven_multilingual_v2", **extra: Any) -> Request:
    said = {"format": "mp3", "speed": 1.0, "voice": "bm_george"} | extra
    return request(upstream, Mode.TEXT_TO_SPEECH, prompt="hello", width=0, height=0, seconds=0, fps=0, extra=said)


def sound(upstream: str, seconds: float, **extra: Any) -> Request:
    said = {"format": "mp3", "tags": "", "loop": False} | extra
    return request(upstream, Mode.TEXT_TO_AUDIO, width=0, height=0, seconds=seconds, fps=0, extra=said)


def test_speech(eleven: Eleven) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        operation = stored(await engine.start(speech()))
        done = await end(world.engine(), operation)
        assert isinstance(done, Done)
        assert (done.outputs[0].kind, done.outputs[0].mime) == ("audio", "audio/mpeg")
        assert await whole(engine, done.outputs[0]) == SOUND
        assert done.usage == {"characters": "17"}
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb"
        assert sent.query["output_format"] == "mp3_44100_128"
        assert sent.json == {
            "text": "hello",
            "model_id": "eleven_multilingual_v2",
            "seed": 7,
            "voice_settings": {"speed": 1.0},
        }
        assert done.warnings == ("voice: George of ElevenLabs speaks",)

    eleven(test)


@pytest.mark.parametrize(("asked", "made"), [(0.25, 0.7), (4.0, 1.2), (1.1, 1.1)])
def test_speeds_that_it_cannot_are_the_nearest_and_said(asked: float, made: float, eleven: Eleven) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, stored(await engine.start(speech(speed=asked))))
        assert isinstance(done, Done)
        assert world.server.calls("POST")[0].json["voice_settings"] == {"speed": made}
        assert any(each.startswith("speed:") for each in done.warnings) is (made != asked)

    eleven(test)


def test_a_voice_of_the_operators_own_goes_by_its_id(eleven: Eleven) -> None:
    async def test(world: World) -> None:
        await world.engine().start(speech(voice="pNInz6obpgDQGcFmaJgB"))
        assert world.server.calls("POST")[0].path == "/v1/text-to-speech/pNInz6obpgDQGcFmaJgB"

    eleven(test)


def test_formats_it_does_not_make_cost_nothing(eleven: Eleven) -> None:
    async def test(world: World) -> None:
        for wish in (speech(format="flac"), sound("music_v1", 10.0, format="wav")):
            with pytest.raises(EngineError, match="format") as caught:
                await world.engine().start(wish)
            assert caught.value.code is FailureCode.INVALID_INPUT
        with pytest.raises(EngineError) as caught:
            await world.engine().start(speech("nobody"))
        assert caught.value.code is FailureCode.MODEL_MISSING
        assert not world.server.seen

    eleven(test)


def test_sound_effects_and_music(eleven: Eleven) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        await engine.start(sound("eleven_text_to_sound_v2", 40.0, loop=True, tags="rain"))
        done = await end(engine, stored(await engine.start(sound("music_v1", 12.5, loop=True))))
        effect, music = world.server.calls("POST")
        assert effect.path == "/v1/sound-generation"
        assert effect.json == {
            "text": "a fox in the snow (rain)",
            "loop": True,
            "model_id": "eleven_text_to_sound_v2",
            "duration_seconds": 30.0,
        }
        assert (music.path, music.json["music_length_ms"]) == ("/v1/music", 12500)
        assert isinstance(done, Done)
        assert [each.partition(":")[0] for each in done.warnings] == ["loop"]

    eleven(test)


def test_transcripts_are_cut_where_sentences_end(eleven: Eleven) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        recording = world.input(Role.AUDIO, mime="audio/mpeg", duration=4.2)
        extra = {"language": "", "task": "transcribe", "temperature": 0.0}
        wish = request("scribe_v2", Mode.SPEECH_TO_TEXT, prompt="", width=0, height=0, inputs=(recording,), extra=extra)
        done = await end(engine, stored(await engine.start(wish)))
        assert isinstance(done, Done)
        heard = msgspec.json.decode(await whole(engine, done.outputs[0]), type=Transcript)
        assert (heard.language, heard.duration) == ("en", 4.2)
        assert [each.text for each in heard.segments] == [" A fox.", " It sleeps"]
        assert [len(each.words) for each in heard.segments] == [2, 2], "no spaces, no laughter"
        parts = world.server.calls("POST")[0].parts
        assert parts["model_id"] == "scribe_v2"
        assert "language_code" not in parts

    eleven(test)


@pytest.mark.parametrize(
    ("status", "code", "ours"),
    [("invalid_api_key", 401, FailureCode.UNAVAILABLE), ("quota_exceeded", 401, FailureCode.QUOTA),
     ("max_character_limit_exceeded", 400, FailureCode.INVALID_INPUT),
     ("voice_not_found", 404, FailureCode.UNAVAILABLE),
     ("too_many_concurrent_requests", 429, FailureCode.QUOTA), ("bad_prompt", 400, FailureCode.CONTENT_VIOLATION),
     ("anything", 422, FailureCode.INVALID_INPUT)],
)  # fmt: skip
def test_refusals(status: str, code: int, ours: FailureCode, eleven: Eleven) -> None:
    async def test(world: World) -> None:
        refused = world.server.error(status, "key sk_secret has 3 credits left", code, retry_after="9")  # type: ignore[attr-defined]
        world.server.plan("/v1/", refused)
        with pytest.raises(EngineError) as caught:
            await world.engine().start(speech())
        assert caught.value.code is ours
        if ours in (FailureCode.QUOTA, FailureCode.UNAVAILABLE):
            assert "credits left" not in caught.value.message
            assert (caught.value.retryable, caught.value.retry_after) == (True, 9)
        assert len(world.server.calls("POST")) == 1

    eleven(test)


@pytest.mark.parametrize("broken", [Response(b"oops", 502), answer({"status": "ok"}), Response(b"")])
def test_what_is_no_sound_leaves_it_open(broken: Response, eleven: Eleven) -> None:
    async def test(world: World) -> None:
        world.server.plan("/v1/", broken)
        with pytest.raises(AmbiguousStart):
            await world.engine().start(speech())
        assert len(world.server.calls("POST")) == 1

    eleven(test)


def test_health_and_a_wrong_key(eleven: Eleven) -> None:
    async def test(world: World) -> None:
        assert (await world.engine().health()).ready
        secret = "sk_wrong_secret"
        health = await world.engine(key=secret).health()
        assert not health.ready
        assert secret not in health.reason
        with pytest.raises(EngineError) as caught:
            await world.engine(key=secret).start(speech())
        assert secret not in caught.value.message

    eleven(test)
