"""Kling: signed tokens, two kinds of tasks, a name per job, codes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from rushes.engines.cloud.kling.adapter import Kling
from rushes.engines.contract import AmbiguousStart, Done, EngineError, Failed, FailureCode, Mode, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request
from tests.cloud.upstreams.base import answer

PRO = "kling-v2-6:pro"


def test_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        wish = request(PRO, width=1920, height=1080, negative_prompt="rain", sound=True, seconds=10)
        done = await end(engine, await engine.start(wish))
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/videos/text2video"
        assert sent.json == {
            "model_name": "kling-v2-6",
            "mode": "pro",
            "external_task_id": "job_0001",
            "prompt": "a fox in the snow",
            "negative_prompt": "rain",
            "duration": "10",
            "aspect_ratio": "16:9",
            "sound": "on",
        }
        assert isinstance(done, Done)
        assert done.usage == {"units": "3.5"}
        assert done.warnings == ("seed: ignored, Kling has no such setting for this model",)

    drive("kling", test)


def test_pictures_go_in_plain_base64_and_give_the_shape(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        first = world.input(Role.IMAGE, width=1000, height=1000)
        wish = request(PRO, Mode.FIRST_LAST_FRAME, width=1920, height=1080, inputs=(first, world.input(Role.END_IMAGE)))
        operation = await engine.start(wish)
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/videos/image2video"
        assert base64.b64decode(sent.json["image"]) == Path(first.path).read_bytes()
        assert "image_tail" in sent.json
        assert "aspect_ratio" not in sent.json
        done = await end(engine, operation)
        assert isinstance(done, Done)
        assert any(warning.startswith("ratio:") for warning in done.warnings)
        assert all(seen.path.startswith("/v1/videos/image2video/") for seen in world.server.calls("GET"))

    drive("kling", test)


def test_a_job_is_started_once_though_it_be_asked_twice(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        await engine.start(request(PRO))
        with pytest.raises(EngineError):
            await engine.start(request(PRO))
        assert len(world.server.tasks) == 1

    drive("kling", test)


def test_a_start_whose_answer_was_lost_is_found(drive: Drive) -> None:
    async def test(world: World) -> None:
        wish = request(PRO)
        assert await world.engine().find(wish) is None
        operation = await world.engine().start(wish)
        found = await world.engine().find(wish)
        assert found == operation
        assert isinstance(await end(world.engine(), found), Done)
        world.server.plan("job_0001", answer({"code": 5000, "message": "oh"}, 500), answer([]), answer([]), answer([]))
        assert await world.engine().find(request(PRO, job="job_0001")) is None
        assert len(world.server.calls("POST")) == 1

    drive("kling", test)


def test_one_key_is_sent_as_it_is() -> None:
    assert Kling().headers("api-key-1") == {"Authorization": "Bearer api-key-1"}
    signed = Kling().headers("access-1:secret-which-is-long-enough-for-hs256")["Authorization"]
    assert signed.count(".") == 2
    assert "secret-which" not in signed


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(1000, 401, FailureCode.UNAVAILABLE), (1003, 401, FailureCode.UNAVAILABLE), (1004, 401, FailureCode.UNAVAILABLE),
     (1100, 429, FailureCode.UNAVAILABLE), (1101, 429, FailureCode.QUOTA), (1102, 429, FailureCode.QUOTA),
     (1103, 403, FailureCode.UNAVAILABLE), (1200, 400, FailureCode.INVALID_INPUT),
     (1201, 400, FailureCode.INVALID_INPUT), (1202, 404, FailureCode.MODEL_MISSING),
     (1203, 404, FailureCode.MODEL_MISSING), (1300, 400, FailureCode.CONTENT_VIOLATION),
     (1301, 400, FailureCode.CONTENT_VIOLATION), (1302, 429, FailureCode.QUOTA), (1303, 429, FailureCode.QUOTA),
     (1304, 403, FailureCode.UNAVAILABLE), (5001, 503, FailureCode.UNAVAILABLE),
     (1301, 200, FailureCode.CONTENT_VIOLATION)],
)  # fmt: skip
def test_codes(number: int, status: int, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/text2video", world.server.say(number, "not so", status=status))  # type: ignore[attr-defined]
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(PRO))
        assert caught.value.code is code
        assert len(world.server.calls("POST")) == 1

    drive("kling", test)


@pytest.mark.parametrize(("number", "status"), [(5000, 500), (5002, 504), (5000, 200), (7777, 200)])
def test_codes_that_leave_it_open(number: int, status: int, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/text2video", world.server.say(number, "oh", status=status))  # type: ignore[attr-defined]
        with pytest.raises(AmbiguousStart):
            await world.engine().start(request(PRO))

    drive("kling", test)


@pytest.mark.parametrize(
    ("message", "code"),
    [("Failure to pass the risk control system", FailureCode.CONTENT_VIOLATION),
     ("image format is not supported", FailureCode.INPUT_FORMAT), ("image pixel is invalid", FailureCode.INPUT_SIZE),
     ("generation timed out", FailureCode.TIMEOUT), ("node-4 broke", FailureCode.INTERNAL)],
)  # fmt: skip
def test_failures(message: str, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(message)  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(PRO)))
        assert isinstance(failed, Failed)
        assert failed.code is code
        assert "node-4" not in failed.message

    drive("kling", test)
