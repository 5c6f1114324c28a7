"""WaveSpeed: uploads, its envelope, codes."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from rushes.engines.contract import AmbiguousStart, Done, EngineError, Failed, FailureCode, Mode, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request
from tests.cloud.upstreams.base import answer

WAN = "wavespeed-ai/wan-2.2/t2v-480p-ultra-fast"
PICTURE = "bytedance/seedance-v1.5-pro/image-to-video"


def test_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, await engine.start(request(WAN, negative_prompt="rain", width=854, height=480)))
        (sent,) = world.server.calls("POST")
        assert sent.path == f"/api/v3/{WAN}"
        assert sent.json == {
            "prompt": "a fox in the snow",
            "negative_prompt": "rain",
            "duration": 5,
            "size": "832*480",
            "seed": 7,
        }
        assert isinstance(done, Done)
        assert done.usage == {"inference_ms": 2500}
        assert done.warnings == ("size: 832x480 made, 854x480 asked for",)

    drive("wavespeed", test)


def test_an_upscaler_takes_no_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        wish = request(
            "wavespeed-ai/real-esrgan", Mode.IMAGE_TO_IMAGE, inputs=(world.input(Role.IMAGE),), seconds=0, fps=0
        )
        done = await end(engine, await engine.start(wish))
        assert world.server.calls("POST", "real-esrgan")[0].json == {"image": f"{world.files.url}/media/in.png"}
        assert isinstance(done, Done)
        assert done.warnings[0] == "prompt: ignored, this model only enlarges the picture"

    drive("wavespeed", test)


def test_pictures_are_uploaded_first(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        inputs = (world.input(Role.IMAGE, size=3000), world.input(Role.END_IMAGE, size=4000))
        wish = request(PICTURE, Mode.FIRST_LAST_FRAME, inputs=inputs)
        world.server.plan("/media/upload", Response(b"", 503))
        assert isinstance(await end(engine, await engine.start(wish)), Done)
        uploads = world.server.calls("POST", "/media/upload")
        assert [seen.parts.get("file") for seen in uploads] == ["3000", "3000", "4000"], "one was tried again"
        sent = world.server.calls("POST", "image-to-video")
        assert len(sent) == 1
        assert sent[0].json["image"] == sent[0].json["last_image"] == f"{world.files.url}/media/in.png"

    drive("wavespeed", test)


@pytest.mark.parametrize(
    ("upload", "code"),
    [(Response(b"", 500), FailureCode.UNAVAILABLE),
     (answer({"code": 413, "message": "big"}, 413), FailureCode.INPUT_FORMAT),
     (answer({"code": 401, "message": "no"}, 401), FailureCode.UNAVAILABLE),
     (answer({"code": 200}), FailureCode.UNAVAILABLE)],
)  # fmt: skip
def test_an_upload_that_fails_costs_nothing(upload: Response, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/media/upload", upload, upload, upload)
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(PICTURE, Mode.IMAGE_TO_VIDEO, inputs=(world.input(Role.IMAGE),)))
        assert caught.value.code is code
        assert not world.server.tasks
        assert not world.server.calls("POST", "image-to-video")

    drive("wavespeed", test)


@pytest.mark.parametrize(
    ("message", "number", "code"),
    [("The content contains sensitive information.", 1200, FailureCode.CONTENT_VIOLATION),
     ("duration is wrong", 1401, FailureCode.INVALID_INPUT),
     ("prompt is missing", 1400, FailureCode.INVALID_INPUT),
     ("Failed to download image from the provided URL.", 1402, FailureCode.INPUT_DOWNLOAD),
     ("out of memory on gpu-7", 1405, FailureCode.INTERNAL),
     ("later", 5003, FailureCode.UNAVAILABLE),
     ("too slow", 5004, FailureCode.TIMEOUT),
     ("NSFW content detected in the result", None, FailureCode.NSFW),
     ("Content flagged as potentially sensitive.", None, FailureCode.CONTENT_VIOLATION),
     ("the request timed out", None, FailureCode.TIMEOUT),
     ("something at gpu-7", None, FailureCode.INTERNAL)],
)  # fmt: skip
def test_failures(message: str, number: int | None, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(message, number)  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(WAN)))
        assert isinstance(failed, Failed)
        assert failed.code is code
        assert "gpu-7" not in failed.message

    drive("wavespeed", test)


@pytest.mark.parametrize(
    ("state", "code"),
    [("cancelled", FailureCode.INTERNAL), ("timeout", FailureCode.TIMEOUT), ("nsfw", FailureCode.NSFW)],
)
def test_other_ends(state: str, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["running", state]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(WAN)))
        assert isinstance(failed, Failed)
        assert failed.code is code

    drive("wavespeed", test)


@pytest.mark.parametrize(
    ("code", "ours"),
    [(400, FailureCode.INVALID_INPUT), (401, FailureCode.UNAVAILABLE), (402, FailureCode.QUOTA),
     (429, FailureCode.QUOTA), (503, FailureCode.UNAVAILABLE), (500, None)],
)  # fmt: skip
@pytest.mark.parametrize("inside", [True, False])
def test_a_refusal_counts_wherever_its_status_is(
    code: int, ours: FailureCode | None, inside: bool, drive: Drive
) -> None:
    async def test(world: World) -> None:
        world.server.plan(WAN, answer({"code": code, "message": "not so"}, 200 if inside else code))
        with pytest.raises((EngineError, AmbiguousStart)) as caught:
            await world.engine().start(request(WAN))
        assert getattr(caught.value, "code", None) is ours
        assert len(world.server.calls("POST")) == 1

    drive("wavespeed", test)
