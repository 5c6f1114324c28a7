"""The five dialects and the native API as upstreams: what each is sent, and what its failures mean."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import Response

from rushes.engines.contract import AmbiguousStart, Done, EngineError, Failed, FailureCode, Mode, Request, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request, stored, whole
from tests.cloud.upstreams.base import CLIP, answer

MODELS = {
    "usvideo": "seedance-2.0",
    "xpilot": "seedance-2.0/text-to-video",
    "series": "videos",
    "apixo": "seedance-1-5-pro",
    "studio": "wan-t2v",
    "rushes": "seedance-2.0",
}
each = pytest.mark.parametrize("kind", list(MODELS))


async def sent_for(world: World, wish: Request) -> dict[str, Any]:
    """The body of the create for a request."""
    await world.engine().start(wish)
    body: dict[str, Any] = world.server.calls("POST")[-1].json
    return body


@each
def test_the_key_for_sending_again_is_the_jobs(kind: str, drive: Drive) -> None:
    async def test(world: World) -> None:
        for job in ("job_1", "job_1", "job_2"):
            await world.engine().start(request(MODELS[kind], job=job))
        first, second, third = [seen.headers["idempotency-key"] for seen in world.server.calls("POST")]
        assert first == second != third
        assert first == f"job_1.{kind}"

    drive(kind, test)


def test_usvideo(drive: Drive) -> None:
    async def test(world: World) -> None:
        picture = world.input(Role.IMAGE)
        wish = request("seedance-2.0", Mode.IMAGE_TO_VIDEO, width=1920, height=1080, inputs=(picture,), sound=True)
        body = await sent_for(world, wish)
        assert body.pop("image_url").startswith("data:image/png;base64,")
        assert body == {
            "mode": "image_to_video", "prompt": "a fox in the snow", "duration": 5, "resolution": "1080p",
            "aspect_ratio": "16:9", "seed": 7,
        }  # fmt: skip
        clip = world.input(Role.REFERENCE_VIDEO, mime="video/mp4")
        body = await sent_for(world, request("seedance-2.0", Mode.REFERENCE_TO_VIDEO, inputs=(clip,)))
        assert body["reference_url"].startswith("data:video/mp4;")
        engine = world.engine()
        done = await end(engine, await engine.start(request("seedance-2.0", sound=True)))
        assert isinstance(done, Done)
        assert done.warnings == (), "it has audio, and no field that asks for it"
        assert done.usage == {"credits": 120}, "what it charged, in cents, which are credits"

    drive("usvideo", test)


@pytest.mark.parametrize(
    ("kind", "reply", "ours"),
    [("usvideo", answer({"error": "duration is too long"}, 400), FailureCode.INVALID_INPUT),
     ("usvideo", answer({"error": "balance 3", "code": "insufficient_credits"}, 402), FailureCode.QUOTA),
     ("usvideo", answer({"error": "x", "code": "content_violation"}, 400), FailureCode.CONTENT_VIOLATION),
     ("xpilot", answer({"error": {"code": "INVALID_MODEL", "message": "x"}}, 400), FailureCode.MODEL_MISSING),
     ("xpilot", answer({"error": {"code": "INVALID_PARAMS", "message": "x"}}, 400), FailureCode.INVALID_INPUT),
     ("xpilot", answer({"error": {"code": "INSUFFICIENT_CREDITS", "message": "have $1"}}, 402), FailureCode.QUOTA),
     ("xpilot", answer({"error": {"code": "GENERATION_FAILED", "message": "x"}}, 500), FailureCode.INTERNAL),
     ("series", answer({"message": "parameter conflict error"}, 400), FailureCode.INVALID_INPUT),
     ("series", answer({"id": "p", "status": "failed", "error": "content policy"}), FailureCode.CONTENT_VIOLATION),
     ("apixo", answer({"code": 400, "message": "Insufficient credits", "data": None}, 400), FailureCode.QUOTA),
     ("apixo", answer({"code": 400, "message": "x", "data": {"error": "bad"}}, 400), FailureCode.INVALID_INPUT),
     ("apixo", answer({"code": 400, "message": "x", "data": {"error": "no", "failCode": "CONTENT_VIOLATION"}}, 400),
      FailureCode.CONTENT_VIOLATION),
     ("apixo", answer({"code": 503, "message": "busy"}, 503), FailureCode.UNAVAILABLE),
     ("studio", answer({"error": "Insufficient credits", "required": 21, "balance": 5}, 403), FailureCode.QUOTA),
     ("studio", answer({"error": "needs a tier", "required_tier": "creator"}, 403), FailureCode.UNAVAILABLE),
     ("studio", answer({"error": "steps: must be less"}, 400), FailureCode.INVALID_INPUT),
     ("rushes", answer({"error": {"code": "unknown_model", "message": "x"}}, 400), FailureCode.MODEL_MISSING),
     ("rushes", answer({"error": {"code": "insufficient_credits", "message": "5"}}, 402), FailureCode.QUOTA),
     ("rushes", answer({"error": {"code": "content_violation", "message": "x"}}, 400), FailureCode.CONTENT_VIOLATION),
     ("rushes", answer({"error": {"code": "unavailable", "message": "x"}}, 502), None)],
)  # fmt: skip
def test_refusals(kind: str, reply: Response, ours: FailureCode | None, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("", reply)
        with pytest.raises((EngineError, AmbiguousStart)) as caught:
            await world.engine().start(request(MODELS[kind], seconds=4))
        assert getattr(caught.value, "code", None) is ours
        assert "balance 3" not in str(caught.value)
        assert "$1" not in str(caught.value)
        assert len(world.server.calls("POST")) == 1

    drive(kind, test)


def test_xpilot_pictures_at_once_and_later(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        model = "bytedance/seedream-4.5"
        inputs = (world.input(Role.IMAGE), world.input(Role.REFERENCE_IMAGE))
        wish = request(model, Mode.IMAGE_TO_IMAGE, width=1024, height=1024, seconds=0, inputs=inputs)
        operation = stored(await engine.start(wish))
        asked = len(world.server.calls("GET"))
        done = await end(engine, operation)
        assert isinstance(done, Done)
        assert (done.outputs[0].kind, done.outputs[0].mime) == ("image", "image/png")
        assert done.usage == {"credits": 5}
        assert len(world.server.calls("GET")) == asked, "it was in the answer"
        body = world.server.calls("POST")[0].json
        assert (body["mode"], body["aspect_ratio"], len(body["image_urls"])) == ("i2i", "1:1", 1)
        world.server.at_once = False  # type: ignore[attr-defined]
        later = await end(engine, stored(await engine.start(request(model, Mode.TEXT_TO_IMAGE, seconds=0))))
        assert isinstance(later, Done)
        assert world.server.calls("GET", "/video/")[-1].query["pollUrl"] == "https://x"

    drive("xpilot", test)


@pytest.mark.parametrize("place", ["http://evil.example/api/v1/video/1", "//evil.example/x", "/api/v1/account"])
def test_xpilot_polls_only_where_the_document_says(place: str, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/generate", answer({"task_id": "t", "status": "processing", "poll_url": place}))
        with pytest.raises(AmbiguousStart):
            await world.engine().start(request(MODELS["xpilot"]))

    drive("xpilot", test)


def test_series_frames_and_references(drive: Drive) -> None:
    async def test(world: World) -> None:
        frames = (world.input(Role.IMAGE), world.input(Role.END_IMAGE))
        body = await sent_for(world, request("videos", Mode.FIRST_LAST_FRAME, inputs=frames, seconds=3))
        assert body["first_image"].startswith("data:")
        assert body["last_image"].startswith("data:")
        assert (body["duration"], body["ratio"], body["resolution"]) == (4, "16:9", "720p")
        shown = (world.input(Role.REFERENCE_IMAGE), world.input(Role.REFERENCE_VIDEO, mime="video/mp4"))
        body = await sent_for(world, request("videos_fast", Mode.REFERENCE_TO_VIDEO, inputs=shown))
        assert (len(body["referenceImages"]), len(body["referenceVideos"])) == (1, 1)

    drive("series", test)


def test_apixo_first_and_last_picture(drive: Drive) -> None:
    async def test(world: World) -> None:
        frames = (world.input(Role.IMAGE, size=10), world.input(Role.END_IMAGE, size=20))
        wish = request(MODELS["apixo"], Mode.FIRST_LAST_FRAME, inputs=frames, seconds=8, sound=True, fixed_lens=True)
        body = await sent_for(world, wish)
        pictures = body["input"].pop("image_urls")
        assert len(pictures[0]) < len(pictures[1])
        assert body == {
            "request_type": "async",
            "input": {
                "mode": "image-to-video", "prompt": "a fox in the snow", "duration": 8, "resolution": "720p",
                "aspect_ratio": "16:9", "sound": True, "fixed_lens": True,
            },
        }  # fmt: skip

    drive("apixo", test)


@pytest.mark.parametrize(
    ("code", "ours"),
    [("NSFW_DETECTED", FailureCode.NSFW), ("INVALID_IMAGE_URL", FailureCode.INPUT_ADDRESS),
     ("IMAGE_TOO_LARGE", FailureCode.INPUT_SIZE), ("UNSUPPORTED_FORMAT", FailureCode.INPUT_FORMAT),
     ("IMAGE_DOWNLOAD_FAILED", FailureCode.INPUT_DOWNLOAD), ("PROCESSING_TIMEOUT", FailureCode.TIMEOUT),
     ("MODEL_UNAVAILABLE", FailureCode.UNAVAILABLE), ("NOBODY_KNOWS", FailureCode.INTERNAL)],
)  # fmt: skip
def test_apixo_failures(code: str, ours: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(code, "at 10.0.0.1")  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(MODELS["apixo"])))
        assert isinstance(failed, Failed)
        assert failed.code is ours

    drive("apixo", test)


def test_studio_uploads_pictures_and_sends_every_setting(drive: Drive) -> None:
    async def test(world: World) -> None:
        extra = {"frames": 81, "steps": 4, "cfg": 1.0, "sampler": "euler", "scheduler": "beta", "shift": 5.0}
        frames = (world.input(Role.IMAGE), world.input(Role.END_IMAGE))
        wish = request("wan-flf", Mode.FIRST_LAST_FRAME, width=832, height=480, inputs=frames, extra=extra)
        body = await sent_for(world, wish)
        assert body == {
            "model": "wan-flf", "prompt": "a fox in the snow", "width": 832, "height": 480, "frames": 81,
            "frame_rate": 24, "seed": 7, "steps": 4, "cfg": 1.0, "sampler": "euler", "scheduler": "beta", "shift": 5.0,
            "image_filename": "up-1.png", "end_image": "up-2.png",
        }  # fmt: skip
        assert world.server.calls("POST", "upload")[0].parts["image"] == "2000"

    drive("studio", test)


def test_studio_makes_several_pictures_and_cancels_them_all(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        wish = request("flux", Mode.TEXT_TO_IMAGE, seconds=0, count=2, extra={"format": "png", "steps": 4})
        operation = stored(await engine.start(wish))
        done = await end(engine, operation)
        assert isinstance(done, Done)
        assert [each.location for each in done.outputs] == ["/api/image/task-1.mp4", "/api/image/task-2.mp4"]
        assert await whole(engine, done.outputs[1]) == CLIP
        await engine.cancel(operation)
        assert all(task.cancelled for task in world.server.tasks.values())

    drive("studio", test)


def test_studio_clips_sounds_and_speech(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        clip = world.input(Role.REFERENCE_VIDEO, mime="video/mp4")
        restyle = request("v2v", Mode.VIDEO_TO_VIDEO, inputs=(clip,), extra={"strength": 0.6})
        body = await sent_for(world, restyle)
        assert world.server.calls("POST")[-1].path == "/api/generate-v2v"
        assert (body["strength"], body["video_filename"][:15]) == (0.6, "data:video/mp4;")
        assert "model" not in body
        await sent_for(world, request("wan-vace", Mode.VIDEO_TO_VIDEO, inputs=(clip,), extra={"frames": 41}))
        assert world.server.calls("POST")[-1].path == "/api/generate"
        music = request("generate_audio", Mode.TEXT_TO_AUDIO, width=0, height=0, seconds=12, extra={"tags": "jazz"})
        body = await sent_for(world, music)
        assert body == {"prompt": "a fox in the snow", "duration_seconds": 12, "tags": "jazz", "seed": 7}
        said = {"voice": "bm_george", "speed": 1.0, "format": "mp3"}
        speech = request("tts", Mode.TEXT_TO_SPEECH, width=0, height=0, seconds=0, extra=said)
        done = await end(engine, stored(await engine.start(speech)))
        assert world.server.calls("POST")[-1].json == {
            "text": "a fox in the snow",
            "speed": 1.0,
            "voice_id": "en_gb_male",
        }
        assert isinstance(done, Done)
        assert done.outputs[0].location == "/api/audio/said.mp3"
        assert done.outputs[0].mime == "audio/mpeg"

    drive("studio", test)


def test_native_takes_everything(drive: Drive) -> None:
    async def test(world: World) -> None:
        frames = (world.input(Role.IMAGE), world.input(Role.END_IMAGE))
        wish = request("wan-flf", Mode.FIRST_LAST_FRAME, negative_prompt="rain", inputs=frames, sound=True, fps=16)
        body = await sent_for(world, wish)
        assert body.pop("image").startswith("data:image/png")
        assert body.pop("end_image").startswith("data:image/png")
        assert body == {
            "model": "wan-flf", "mode": "first-last-frame", "prompt": "a fox in the snow", "negative_prompt": "rain",
            "size": "1280x720", "seconds": 5.0, "fps": 16, "seed": 7, "sound": True, "count": 1,
        }  # fmt: skip
        clip = world.input(Role.VIDEO, mime="video/mp4")
        body = await sent_for(world, request("span-video", Mode.UPSCALE_VIDEO, inputs=(clip,), extra={"scale": 2}))
        assert (body["options"], body["video"][:10]) == ({"scale": 2}, "data:video")
        assert "seconds" not in body
        said = {"voice": "af_nova", "speed": 1.0, "format": "wav"}
        body = await sent_for(
            world, request("kokoro", Mode.TEXT_TO_SPEECH, width=0, height=0, seconds=0, fps=0, extra=said)
        )
        assert said.items() <= body.items()
        with pytest.raises(EngineError, match="takes no audio"):
            await world.engine().start(request("sora-2", inputs=(world.input(Role.AUDIO, mime="audio/mpeg"),)))

    drive("rushes", test)


@pytest.mark.parametrize("reply", [Response(b"oops", 502), Response(b"{", headers={"content-length": "90"})])
def test_native_finds_what_a_lost_answer_began(reply: Response, drive: Drive) -> None:
    async def test(world: World) -> None:
        begun = world.server.begin("job_0001.rushes")  # type: ignore[attr-defined]
        world.server.plan("/rushes/v1/generations", reply)
        engine = world.engine()
        with pytest.raises(AmbiguousStart):
            await engine.start(request("seedance-2.0"))
        found = await engine.find(request("seedance-2.0"))
        assert found is not None
        assert found["id"] == begun
        assert len(world.server.tasks) == 1
        assert isinstance(await end(engine, found), Done)

    drive("rushes", test)


@pytest.mark.parametrize("kind", [kind for kind in MODELS if kind != "rushes"])
def test_of_the_others_nothing_is_sent_again(kind: str, drive: Drive) -> None:
    async def test(world: World) -> None:
        assert await world.engine().find(request(MODELS[kind])) is None
        assert not world.server.seen

    drive(kind, test)
