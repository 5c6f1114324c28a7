"""ModelArk: content and settings, fields by model, codes."""

from __future__ import annotations

import pytest

from rushes.engines.contract import Done, EngineError, Failed, FailureCode, Mode, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request
from tests.cloud.upstreams.base import answer

PRO, TWO = "seedance-1-5-pro-251215", "dreamina-seedance-2-0-260128"


def test_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, await engine.start(request(PRO, sound=True, fixed_lens=True, seconds=8)))
        (sent,) = world.server.calls("POST")
        assert sent.path == "/api/v3/contents/generations/tasks"
        assert sent.json == {
            "model": PRO,
            "content": [{"type": "text", "text": "a fox in the snow"}],
            "ratio": "16:9",
            "resolution": "720p",
            "duration": 8,
            "seed": 7,
            "generate_audio": True,
            "camera_fixed": True,
            "watermark": False,
        }
        assert isinstance(done, Done)
        assert done.usage == {"tokens": 108900, "seconds": 5, "resolution": "720p"}
        assert done.warnings == ()

    drive("ark", test)


@pytest.mark.parametrize(
    ("mode", "roles", "theirs"),
    [(Mode.IMAGE_TO_VIDEO, (Role.IMAGE,), ["first_frame"]),
     (Mode.FIRST_LAST_FRAME, (Role.IMAGE, Role.END_IMAGE), ["first_frame", "last_frame"]),
     (Mode.REFERENCE_TO_VIDEO, (Role.REFERENCE_IMAGE, Role.REFERENCE_IMAGE), ["reference_image"] * 2)],
)  # fmt: skip
def test_pictures_have_roles(mode: Mode, roles: tuple[Role, ...], theirs: list[str], drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        inputs = tuple(world.input(role) for role in roles)
        assert isinstance(await end(engine, await engine.start(request(TWO, mode, inputs=inputs))), Done)
        parts = world.server.calls("POST")[0].json["content"][1:]
        assert [part["role"] for part in parts] == theirs
        assert all(part["image_url"]["url"].startswith("data:image/png;base64,") for part in parts)

    drive("ark", test)


def test_what_a_model_does_not_have_is_not_sent_but_said(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        wish = request(TWO, fixed_lens=True, negative_prompt="rain", seconds=2, width=2560, height=1440)
        done = await end(engine, await engine.start(wish))
        assert isinstance(done, Done)
        assert {warning.partition(":")[0] for warning in done.warnings} == {
            "fixed_lens", "negative_prompt", "seconds", "resolution",
        }  # fmt: skip
        sent = world.server.calls("POST")[0].json
        assert (sent["duration"], sent["resolution"]) == (4, "1080p")
        assert "camera_fixed" not in sent

    drive("ark", test)


def test_clips_to_go_by_are_refused_before_anything_is_sent(drive: Drive) -> None:
    async def test(world: World) -> None:
        clip = world.input(Role.REFERENCE_VIDEO, mime="video/mp4")
        with pytest.raises(EngineError, match="takes no reference video"):
            await world.engine().start(request(TWO, Mode.REFERENCE_TO_VIDEO, inputs=(clip,)))
        assert not world.server.seen

    drive("ark", test)


@pytest.mark.parametrize(
    ("code", "status", "ours"),
    [("InvalidParameter.duration", 400, FailureCode.INVALID_INPUT),
     ("MissingParameter", 400, FailureCode.INVALID_INPUT),
     ("InputTextSensitiveContentDetected", 400, FailureCode.CONTENT_VIOLATION),
     ("InputImageSensitiveContentDetected.PrivacyInformation", 400, FailureCode.CONTENT_VIOLATION),
     ("SensitiveContentDetected.Violence", 400, FailureCode.CONTENT_VIOLATION),
     ("InputTextRiskDetection", 400, FailureCode.CONTENT_VIOLATION),
     ("InvalidParameter.OversizedImage", 400, FailureCode.INPUT_SIZE),
     ("InvalidParameter.UnsupportedImageFormat", 400, FailureCode.INPUT_FORMAT),
     ("AuthenticationError", 401, FailureCode.UNAVAILABLE),
     ("AccountOverdueError", 403, FailureCode.QUOTA),
     ("AccessDenied", 403, FailureCode.UNAVAILABLE),
     ("ModelNotOpen", 404, FailureCode.UNAVAILABLE),
     ("InvalidEndpointOrModel.NotFound", 404, FailureCode.UNAVAILABLE),
     ("QuotaExceeded", 429, FailureCode.QUOTA),
     ("RateLimitExceeded.EndpointRPMExceeded", 429, FailureCode.QUOTA),
     ("ServerOverloaded", 429, FailureCode.UNAVAILABLE)],
)  # fmt: skip
def test_refusals(code: str, status: int, ours: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/tasks", world.server.error(code, "It is so.", status))  # type: ignore[attr-defined]
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(PRO))
        assert caught.value.code is ours
        assert "Request id" not in caught.value.message
        assert caught.value.retryable is (ours in (FailureCode.QUOTA, FailureCode.UNAVAILABLE))
        assert len(world.server.calls("POST")) == 1

    drive("ark", test)


@pytest.mark.parametrize(
    ("code", "ours"),
    [("OutputVideoSensitiveContentDetected", FailureCode.CONTENT_VIOLATION),
     ("OutputAudioSensitiveContentDetected", FailureCode.CONTENT_VIOLATION),
     ("InternalServiceError", FailureCode.INTERNAL), ("NobodyKnows", FailureCode.INTERNAL)],
)  # fmt: skip
def test_failures(code: str, ours: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(code, "at host 10.0.0.1")  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(PRO)))
        assert isinstance(failed, Failed)
        assert failed.code is ours
        if ours is FailureCode.INTERNAL:
            assert "10.0.0.1" not in failed.message

    drive("ark", test)


@pytest.mark.parametrize(("state", "code"), [("expired", FailureCode.TIMEOUT), ("cancelled", FailureCode.INTERNAL)])
def test_ends_without_an_error(state: str, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["running", state]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(PRO)))
        assert isinstance(failed, Failed)
        assert failed.code is code

    drive("ark", test)


def test_a_running_task_is_not_cancelled_and_that_is_no_fault(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        world.server.states = ["running", "done"]
        operation = await engine.start(request(PRO))
        await engine.cancel(operation)
        assert not world.server.tasks["task-1"].cancelled
        world.server.plan("/tasks/", answer({"id": "task-1", "status": "a word of tomorrow"}))
        assert not isinstance(await engine.status(operation), Failed), "a word that is not known is no end"
        assert isinstance(await end(engine, operation), Done)

    drive("ark", test)
