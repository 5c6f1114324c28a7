"""MiniMax: refusals inside a 200, the file in a third call, what 1080p allows."""

from __future__ import annotations

import pytest

from rushes.engines.contract import AmbiguousStart, Done, EngineError, Failed, FailureCode, Mode, Pending, Role
from tests.cloud.cases import HOOK
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request
from tests.cloud.upstreams.base import answer

HAILUO = "MiniMax-Hailuo-2.3"


def test_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, await engine.start(request(HAILUO, width=1366, height=768, seconds=10)))
        (sent,) = world.server.calls("POST")
        assert sent.json == {"model": HAILUO, "prompt": "a fox in the snow", "duration": 10, "resolution": "768P"}
        (file,) = world.server.calls("GET", "/v1/files/retrieve")
        assert file.query["file_id"] == "205258526306433"
        assert isinstance(done, Done)
        assert done.usage == {"width": 1366, "height": 768}
        assert done.warnings == ("seed: ignored, MiniMax has no such setting for this model",)

    drive("minimax", test)


def test_first_and_last_picture(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        inputs = (world.input(Role.IMAGE), world.input(Role.END_IMAGE))
        wish = request("MiniMax-Hailuo-02", Mode.FIRST_LAST_FRAME, inputs=inputs, width=1366, height=768, seconds=6)
        assert isinstance(await end(engine, await engine.start(wish)), Done)
        sent = world.server.calls("POST")[0].json
        assert sent["first_frame_image"].startswith("data:image/png;base64,")
        assert sent["last_frame_image"].startswith("data:image/png;base64,")

    drive("minimax", test)


def test_a_person(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        picture = world.input(Role.REFERENCE_IMAGE)
        done = await end(
            engine, await engine.start(request("S2V-01", Mode.REFERENCE_TO_VIDEO, inputs=(picture,), seconds=6))
        )
        (subject,) = world.server.calls("POST")[0].json["subject_reference"]
        assert (subject["type"], len(subject["image"])) == ("character", 1)
        assert isinstance(done, Done)
        assert [warning.partition(":")[0] for warning in done.warnings] == ["seed"]

    drive("minimax", test)


def test_full_hd_takes_six_seconds(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, await engine.start(request(HAILUO, width=1920, height=1080, seconds=10)))
        assert world.server.calls("POST")[0].json["duration"] == 6
        assert isinstance(done, Done)
        assert "seconds: 6 made, which is the most at 1080p" in done.warnings

    drive("minimax", test)


@pytest.mark.parametrize(
    ("number", "code"),
    [(1002, FailureCode.QUOTA), (1004, FailureCode.UNAVAILABLE), (1008, FailureCode.QUOTA),
     (1026, FailureCode.CONTENT_VIOLATION), (1027, FailureCode.CONTENT_VIOLATION), (1039, FailureCode.QUOTA),
     (2013, FailureCode.INVALID_INPUT), (2049, FailureCode.UNAVAILABLE)],
)  # fmt: skip
def test_refusals_come_with_200(number: int, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        said = {"base_resp": {"status_code": number, "status_msg": "not so"}}
        world.server.plan("/v1/video_generation", answer({"task_id": "", **said}))
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(HAILUO))
        assert caught.value.code is code
        assert len(world.server.calls("POST")) == 1

    drive("minimax", test)


@pytest.mark.parametrize("number", [1000, 1001, 1024, 1033, 4321])
def test_codes_that_leave_it_open(number: int, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/v1/video_generation", answer({"base_resp": {"status_code": number, "status_msg": "oh"}}))
        with pytest.raises(AmbiguousStart):
            await world.engine().start(request(HAILUO))

    drive("minimax", test)


@pytest.mark.parametrize(
    ("number", "message", "code"),
    [(1026, "video description is sensitive", FailureCode.CONTENT_VIOLATION), (0, "success", FailureCode.INTERNAL),
     (1000, "unknown error at gpu-3", FailureCode.INTERNAL)],
)  # fmt: skip
def test_failures(number: int, message: str, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(number, message)  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(HAILUO)))
        assert isinstance(failed, Failed)
        assert failed.code is code
        assert "gpu-3" not in failed.message

    drive("minimax", test)


@pytest.mark.parametrize("path", ["/v1/query/", "/v1/files/retrieve"])
def test_a_busy_poll_is_asked_again(path: str, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["done"]
        engine = world.engine()
        operation = await engine.start(request(HAILUO))
        for number in (1002, 1004):
            world.server.plan(path, answer({"status": "", "base_resp": {"status_code": number, "status_msg": "busy"}}))
            assert isinstance(await engine.status(operation), Pending)
        assert isinstance(await end(engine, operation), Done)

    drive("minimax", test)


@pytest.mark.parametrize(("message", "submits"), [("invalid params, callback_url", 2), ("invalid params, prompt", 1)])
def test_an_address_that_is_refused_inside_a_200_is_left_out(message: str, submits: int, drive: Drive) -> None:
    async def test(world: World) -> None:
        refused = {"task_id": "", "base_resp": {"status_code": 2013, "status_msg": message}}
        world.server.plan("/v1/video_generation", answer(refused))
        if submits == 1:
            with pytest.raises(EngineError):
                await world.engine().start(request(HAILUO, hook=HOOK))
        else:
            await world.engine().start(request(HAILUO, hook=HOOK))
        asked = [seen.json.get("callback_url") for seen in world.server.calls("POST")]
        assert asked == [HOOK, None][:submits]

    drive("minimax", test)
