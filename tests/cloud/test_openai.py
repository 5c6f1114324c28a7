"""OpenAI: pictures, speech and transcripts that are answered at once and kept; and others like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.responses import Response

from rushes.engines.contract import AmbiguousStart, Done, EngineError, Failed, FailureCode, Mode, Role, Transcript
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request, stored, whole
from tests.cloud.upstreams.base import CLIP, answer
from tests.cloud.upstreams.openai import PNG, SOUND


def picture(**change: Any) -> Any:
    usual: dict[str, Any] = {"width": 1024, "height": 1024, "seconds": 0.0, "fps": 0, "extra": {"format": "png"}}
    return request("gpt-image-2", Mode.TEXT_TO_IMAGE, **(usual | change))


def recording(world: World, upstream: str, **extra: Any) -> Any:
    sound = world.input(Role.AUDIO, mime="audio/mpeg", width=0, height=0, duration=4.2)
    said = {"language": "", "task": "transcribe", "temperature": 0.0} | extra
    return request(
        upstream, Mode.SPEECH_TO_TEXT, prompt="", width=0, height=0, seconds=4.2, fps=0, inputs=(sound,), extra=said
    )


def speech(upstream: str = "tts-1", **extra: Any) -> Any:
    said = {"format": "mp3", "speed": 1.5, "voice": "bm_fable"} | extra
    return request(upstream, Mode.TEXT_TO_SPEECH, prompt="hello", width=0, height=0, seconds=0.0, fps=0, extra=said)


def left(world: World) -> list[Path]:
    return sorted(path for path in (world.folder / "answers").rglob("*") if path.is_file())


def test_pictures_are_on_disk_when_start_returns_and_go_with_the_job(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        operation = stored(await engine.start(picture(count=2)))
        assert len(left(world)) == 3, "two pictures and the operation"
        assert len(msgspec.json.encode(operation)) < 1000, "no pictures in the database"
        done = await end(world.engine(), operation)
        assert isinstance(done, Done)
        assert [(each.kind, each.mime) for each in done.outputs] == [("image", "image/png")] * 2
        assert [await whole(engine, each) for each in done.outputs] == [PNG + b"\0", PNG + b"\1"]
        assert done.usage == {"total_tokens": 2000}
        (sent,) = world.server.calls("POST")
        assert sent.json == {
            "model": "gpt-image-2",
            "prompt": "a fox in the snow",
            "size": "1024x1024",
            "n": 2,
            "output_format": "png",
        }
        assert sent.headers["idempotency-key"] == "job_0001.openai"
        await engine.discard(operation)
        assert left(world) == []

    drive("openai", test)


def test_what_was_answered_before_a_crash_is_found(drive: Drive) -> None:
    async def test(world: World) -> None:
        await world.engine().start(picture())  # and then the process is killed, before it saves the operation
        other = world.engine()
        found = await other.find(picture())
        assert found is not None
        done = await end(other, stored(found))
        assert isinstance(done, Done)
        assert await whole(other, done.outputs[0]) == PNG + b"\0"
        assert await other.find(picture(job="job_0002")) is None
        assert len(world.server.calls("POST")) == 1

    drive("openai", test)


def test_an_answer_that_did_not_come_whole_to_disk_is_none(drive: Drive) -> None:
    async def test(world: World) -> None:
        operation = stored(await world.engine().start(picture()))
        (world.folder / "answers" / "job_0001" / "operation.json").unlink()
        assert await world.engine().find(picture()) is None
        (world.folder / "answers" / "job_0001" / "0.png").unlink()
        lost = await world.engine().status(operation)
        assert isinstance(lost, Failed)
        assert lost.code is FailureCode.LOST

    drive("openai", test)


def test_an_answer_that_cannot_be_kept_is_never_asked_for_again(drive: Drive) -> None:
    async def test(world: World) -> None:
        (world.folder / "answers").write_text("in the way")
        with pytest.raises(AmbiguousStart):
            await world.engine().start(picture())
        assert len(world.server.calls("POST")) == 1

    drive("openai", test)


def test_cancelling_forgets_the_answer(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        operation = stored(await engine.start(picture()))
        sent = len(world.server.seen)
        await engine.cancel(operation)
        assert left(world) == []
        assert len(world.server.seen) == sent

    drive("openai", test)


def test_edits_are_a_form_with_the_pictures(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        inputs = tuple(world.input(role) for role in (Role.IMAGE, Role.REFERENCE_IMAGE, Role.MASK))
        wish = picture(extra={"format": "webp", "quality": 80, "background": "auto"}, inputs=inputs)
        wish = msgspec.structs.replace(wish, mode=Mode.IMAGE_TO_IMAGE, width=1536, height=1024)
        assert isinstance(await end(engine, await engine.start(wish)), Done)
        (sent,) = world.server.calls("POST", "/images/edits")
        assert sent.parts["image[]"] == sent.parts["mask"] == "2000"
        assert sent.body.count(b'name="image[]"; filename=') == 2
        assert sent.parts["size"] == "1536x1024"
        assert (sent.parts["output_format"], sent.parts["output_compression"]) == ("webp", "80")

    drive("openai", test)


def test_addresses_in_place_of_pictures_are_fetched_without_the_key(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        world.server.plan("/images", answer({"created": 1, "data": [{"url": world.server.media("one.png")}]}))
        operation = stored(await engine.start(picture()))
        done = await end(engine, operation)
        assert isinstance(done, Done)
        assert await whole(engine, done.outputs[0]) == CLIP
        assert "authorization" not in world.files.seen[0].headers

    drive("openai", test)


def test_speech(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, stored(await engine.start(speech())))
        assert isinstance(done, Done)
        assert (done.outputs[0].kind, done.outputs[0].mime) == ("audio", "audio/mpeg")
        assert await whole(engine, done.outputs[0]) == SOUND
        (sent,) = world.server.calls("POST")
        body = {"model": "tts-1", "input": "hello", "voice": "fable", "speed": 1.5, "response_format": "mp3"}
        assert sent.json == body
        assert done.warnings == ("voice: fable of OpenAI speaks",)

    drive("openai", test)


def test_a_page_in_place_of_a_sound_is_no_result(drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/audio", Response(b"<html>", media_type="text/html"))
        with pytest.raises(AmbiguousStart):
            await world.engine().start(speech())

    drive("openai", test)


def test_transcripts_have_their_words_in_their_segments(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, stored(await engine.start(recording(world, "whisper-1", language="en"))))
        assert isinstance(done, Done)
        (output,) = done.outputs
        assert (output.kind, output.mime) == ("text", "application/json")
        heard = msgspec.json.decode(await whole(engine, output), type=Transcript)
        assert (heard.language, heard.duration, heard.text) == ("en", 4.2, "A fox. It sleeps.")
        assert [[word.word for word in each.words] for each in heard.segments] == [[" A", " fox"], [" It", " sleeps"]]
        assert heard.segments[1].avg_logprob == -0.3
        (sent,) = world.server.calls("POST")
        assert sent.parts["response_format"] == "verbose_json"
        assert sent.body.count(b'name="timestamp_granularities[]"') == 2
        assert sent.parts["language"] == "en"
        assert b'filename="audio-' in sent.body
        assert b'.mp3"' in sent.body, "the service goes by the ending"
        assert "prompt" not in sent.parts

    drive("openai", test)


def test_models_that_do_not_tell_when(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, stored(await engine.start(recording(world, "gpt-4o-transcribe"))))
        assert isinstance(done, Done)
        heard = msgspec.json.decode(await whole(engine, done.outputs[0]), type=Transcript)
        assert [(each.start, each.end, each.words) for each in heard.segments] == [(0.0, 4.2, ())]
        assert any("does not tell when" in warning for warning in done.warnings)
        assert world.server.calls("POST")[0].parts["response_format"] == "json"

    drive("openai", test)


def test_translations_go_to_their_own_endpoint(drive: Drive) -> None:
    async def test(world: World) -> None:
        await world.engine().start(recording(world, "whisper-1", task="translate", language="de"))
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/audio/translations"
        assert "language" not in sent.parts
        assert b"timestamp" not in sent.body

    drive("openai", test)


@pytest.mark.parametrize(
    ("status", "code", "ours", "retryable"),
    [(400, "moderation_blocked", FailureCode.CONTENT_VIOLATION, False),
     (400, "content_policy_violation", FailureCode.CONTENT_VIOLATION, False),
     (400, "invalid_value", FailureCode.INVALID_INPUT, False),
     (400, "invalid_image_format", FailureCode.INPUT_FORMAT, False),
     (400, "billing_hard_limit_reached", FailureCode.QUOTA, True),
     (401, "invalid_api_key", FailureCode.UNAVAILABLE, True),
     (403, None, FailureCode.UNAVAILABLE, False),
     (404, "model_not_found", FailureCode.MODEL_MISSING, False),
     (429, "rate_limit_exceeded", FailureCode.QUOTA, True),
     (429, "insufficient_quota", FailureCode.QUOTA, True)],
)  # fmt: skip
@pytest.mark.parametrize("what", [picture, speech])
def test_refusals(what: Any, status: int, code: str | None, ours: FailureCode, retryable: bool, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/v1/", world.server.error("It is so.", code, status, retry_after="7"))  # type: ignore[attr-defined]
        with pytest.raises(EngineError) as caught:
            await world.engine().start(what())
        assert (caught.value.code, caught.value.retryable) == (ours, retryable)
        if retryable:
            assert caught.value.retry_after == 7
        assert len(world.server.calls("POST")) == 1

    drive("openai", test)


@pytest.mark.parametrize(
    "broken",
    [
        Response(b"oops", 500),
        answer({"data": []}),
        answer({"data": [{"b64_json": "?"}]}),
        answer({"data": [{"b64_json": "é"}]}),
    ],
)
def test_pictures_that_did_not_come_are_not_asked_for_again(broken: Response, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/images", broken)
        with pytest.raises(AmbiguousStart):
            await world.engine().start(picture())
        assert len(world.server.calls("POST")) == 1
        assert left(world) == []

    drive("openai", test)


def test_a_video_from_a_picture(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        wish = request("sora-2", Mode.IMAGE_TO_VIDEO, seconds=7, inputs=(world.input(Role.IMAGE),), sound=True)
        done = await end(engine, await engine.start(wish))
        assert isinstance(done, Done)
        (sent,) = world.server.calls("POST")
        assert {name: sent.parts[name] for name in ("model", "seconds", "size")} == {
            "model": "sora-2",
            "seconds": "8",
            "size": "1280x720",
        }
        assert sent.parts["input_reference"] == "2000"
        assert {each.partition(":")[0] for each in done.warnings} == {"seconds", "seed"}
        content = world.server.calls("GET", "/content")
        assert content == []
        assert await whole(engine, done.outputs[0]) == CLIP

    drive("openai", test)
