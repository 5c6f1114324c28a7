"""fal: inputs by model, results that are failures, files as data: addresses."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from rushes.engines.contract import AmbiguousStart, Done, EngineError, Failed, FailureCode, Mode, Pending, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request, stored, whole
from tests.cloud.upstreams.base import CLIP, answer

SEEDANCE = "fal-ai/bytedance/seedance/v1.5/pro"


def test_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        wish = request(f"{SEEDANCE}/text-to-video", sound=True, fixed_lens=True, negative_prompt="rain", seconds=8)
        operation = await engine.start(wish)
        (sent,) = world.server.calls("POST")
        assert sent.path == f"/{SEEDANCE}/text-to-video"
        assert sent.json == {
            "prompt": "a fox in the snow",
            "duration": "8",
            "aspect_ratio": "16:9",
            "resolution": "720p",
            "seed": 7,
            "generate_audio": True,
            "camera_fixed": True,
        }
        assert operation["app"] == "fal-ai/bytedance", "polls leave out what follows the application"
        done = await end(engine, operation)
        assert isinstance(done, Done)
        assert done.usage == {"billable_units": "5.0"}
        assert done.warnings == ("negative_prompt: ignored, fal has no such setting for this model",)

    drive("fal", test)


def test_first_and_last_picture(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        first, last = world.input(Role.IMAGE), world.input(Role.END_IMAGE, mime="image/jpeg")
        wish = request(f"{SEEDANCE}/image-to-video", Mode.FIRST_LAST_FRAME, inputs=(first, last))
        assert isinstance(await end(engine, await engine.start(wish)), Done)
        sent = world.server.calls("POST")[0].json
        assert sent["image_url"].startswith("data:image/png;base64,")
        assert sent["end_image_url"].startswith("data:image/jpeg;base64,")

    drive("fal", test)


def test_references(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        pictures = [world.input(Role.REFERENCE_IMAGE) for _ in range(2)]
        clip = world.input(Role.REFERENCE_VIDEO, mime="video/mp4")
        model = "bytedance/seedance-2.0/reference-to-video"
        operation = await engine.start(request(model, Mode.REFERENCE_TO_VIDEO, inputs=(*pictures, clip)))
        sent = world.server.calls("POST")[0].json
        assert (len(sent["image_urls"]), len(sent["video_urls"])) == (2, 1)
        assert sent["video_urls"][0].startswith("data:video/mp4;base64,")
        assert operation["app"] == "bytedance/seedance-2.0"
        assert isinstance(await end(engine, operation), Done)

    drive("fal", test)


def test_pictures(drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["running", "images"]
        engine = world.engine()
        model = "fal-ai/bytedance/seedream/v4.5/edit"
        pictures = (world.input(Role.IMAGE), world.input(Role.REFERENCE_IMAGE))
        wish = request(
            model, Mode.IMAGE_TO_IMAGE, width=1024, height=1024, seconds=0, fps=0, count=2, inputs=pictures,
            extra={"format": "png"},
        )  # fmt: skip
        operation = await engine.start(wish)
        sent = world.server.calls("POST")[0].json
        assert sent["image_size"] == {"width": 1920, "height": 1920}, "the least that it makes"
        assert (sent["num_images"], len(sent["image_urls"])) == (2, 2)
        first = await engine.status(stored(operation))
        assert isinstance(first, Pending)
        assert first.poll_after is not None
        assert first.poll_after < 5, "pictures are asked for sooner"
        done = await end(engine, operation)
        assert isinstance(done, Done)
        assert [(each.kind, each.mime) for each in done.outputs] == [("image", "image/png")] * 2
        assert done.warnings == ("size: 1920x1920 made, 1024x1024 asked for",)
        assert await whole(engine, done.outputs[1]) == CLIP

    drive("fal", test)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("content_policy_violation", 422, FailureCode.CONTENT_VIOLATION),
     ("no_media_generated", 422, FailureCode.CONTENT_VIOLATION),
     ("image_too_small", 422, FailureCode.INPUT_SIZE),
     ("image_too_large", 422, FailureCode.INPUT_SIZE),
     ("file_too_large", 422, FailureCode.INPUT_SIZE),
     ("image_load_error", 422, FailureCode.INPUT_DOWNLOAD),
     ("file_download_error", 422, FailureCode.INPUT_DOWNLOAD),
     ("unsupported_image_format", 422, FailureCode.INPUT_FORMAT),
     ("unsupported_video_format", 422, FailureCode.INPUT_FORMAT),
     ("face_detection_error", 422, FailureCode.INVALID_INPUT),
     ("feature_not_supported", 422, FailureCode.INVALID_INPUT),
     ("greater_than", 422, FailureCode.INVALID_INPUT),
     ("a_type_of_tomorrow", 422, FailureCode.INTERNAL),
     ("generation_timeout", 504, FailureCode.TIMEOUT),
     ("internal_server_error", 500, FailureCode.INTERNAL),
     ("downstream_service_error", 400, FailureCode.INTERNAL),
     ("downstream_service_unavailable", 500, FailureCode.UNAVAILABLE)],
)  # fmt: skip
def test_errors_of_the_model(kind: str, status: int, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(kind, "it is wrong", status)  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(f"{SEEDANCE}/text-to-video")))
        assert isinstance(failed, Failed)
        assert failed.code is code
        about_request = code not in (FailureCode.INTERNAL, FailureCode.TIMEOUT, FailureCode.UNAVAILABLE)
        assert (failed.message == "prompt: it is wrong") is about_request, failed.message

    drive("fal", test)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("request_timeout", 504, FailureCode.TIMEOUT), ("startup_timeout", 504, FailureCode.TIMEOUT),
     ("runner_scheduling_failure", 503, FailureCode.UNAVAILABLE), ("runner_server_error", 500, FailureCode.INTERNAL),
     ("client_cancelled", 499, FailureCode.INTERNAL), ("bad_request", 400, FailureCode.INVALID_INPUT)],
)  # fmt: skip
def test_errors_of_the_queue(kind: str, status: int, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["failed"]
        world.server.failure = (status, {"detail": "went wrong", "error_type": kind})
        engine = world.engine()
        failed = await end(engine, await engine.start(request(f"{SEEDANCE}/text-to-video")))
        assert isinstance(failed, Failed)
        assert failed.code is code

    drive("fal", test)


def test_a_result_that_does_not_come_is_asked_for_again(drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["done"]
        engine = world.engine()
        operation = await engine.start(request(f"{SEEDANCE}/text-to-video"))
        world.server.plan("/task-1", Response(b"", 202))  # the status: an answer without words
        assert isinstance(await engine.status(operation), Pending)
        original = world.server.tasks["task-1"].states
        world.server.tasks["task-1"].states = ["failed"]
        world.server.failure = (502, "bad gateway")
        assert isinstance(await engine.status(operation), Pending)
        world.server.tasks["task-1"].states = original
        assert isinstance(await end(engine, operation), Done)

    drive("fal", test)


@pytest.mark.parametrize(
    ("refused", "code"),
    [(answer({"detail": [{"loc": ["body", "prompt"], "msg": "too long", "type": "string_too_long"}]}, 422),
      FailureCode.INVALID_INPUT),
     (answer({"detail": [{"loc": ["body"], "msg": "no", "type": "content_policy_violation"}]}, 422),
      FailureCode.CONTENT_VIOLATION),
     (answer({"detail": "Application not found"}, 404), FailureCode.INVALID_INPUT),
     (answer({"detail": "down"}, 503), FailureCode.UNAVAILABLE)],
)  # fmt: skip
def test_refused_at_once(refused: Response, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("text-to-video", refused)
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(f"{SEEDANCE}/text-to-video"))
        assert caught.value.code is code

    drive("fal", test)


def test_a_fault_with_a_name_leaves_a_start_open_too(drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("text-to-video", answer({"detail": "x", "error_type": "runner_server_error"}, 500))
        with pytest.raises(AmbiguousStart):
            await world.engine().start(request(f"{SEEDANCE}/text-to-video"))

    drive("fal", test)
