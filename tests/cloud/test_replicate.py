"""Replicate: official models and versions, files, results of several kinds."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from rushes.engines.cloud.forms import Form
from rushes.engines.contract import Done, EngineError, Failed, FailureCode, Mode, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request
from tests.cloud.upstreams.base import answer

SEEDANCE, SORA = "bytedance/seedance-1.5-pro", "openai/sora-2"


def test_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, await engine.start(request(SORA, sound=True, seconds=4)))
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/models/openai/sora-2/predictions"
        assert sent.json == {"input": {"prompt": "a fox in the snow", "seconds": 4, "aspect_ratio": "landscape"}}
        assert isinstance(done, Done)
        assert done.usage == {"predict_time": 11.5}
        assert done.warnings == ("seed: ignored, Replicate has no such setting for this model",)

    drive("replicate", test)


def test_a_version_of_a_model(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        engine._provider._forms.forms["acme/film:abc123"] = Form()  # type: ignore[attr-defined]
        await engine.start(request("acme/film:abc123"))
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/predictions"
        assert sent.json["version"] == "abc123"

    drive("replicate", test)


def test_small_files_go_along_and_large_ones_are_uploaded(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        small, large = world.input(Role.IMAGE, size=1000), world.input(Role.END_IMAGE, size=300 << 10)
        world.server.plan("/v1/files", Response(b"", 500))
        await engine.start(request(SEEDANCE, Mode.FIRST_LAST_FRAME, inputs=(small, large)))
        sent = world.server.calls("POST", "/predictions")[0].json["input"]
        assert sent["image"].startswith("data:image/png;base64,")
        assert sent["last_frame_image"] == "https://api.replicate.com/v1/files/abc"
        uploads = world.server.calls("POST", "/v1/files")
        assert [seen.parts.get("content") for seen in uploads] == [str(300 << 10)] * 2
        assert len(world.server.calls("POST", "/predictions")) == 1

    drive("replicate", test)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, FailureCode.INPUT_FORMAT), (401, FailureCode.UNAVAILABLE), (500, FailureCode.UNAVAILABLE)],
)
def test_an_upload_that_fails_costs_nothing(status: int, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/v1/files", *[Response(b"{}", status) for _ in range(3)])
        picture = world.input(Role.IMAGE, size=300 << 10)
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(SEEDANCE, Mode.IMAGE_TO_VIDEO, inputs=(picture,)))
        assert caught.value.code is code
        assert not world.server.calls("POST", "/predictions")

    drive("replicate", test)


def test_several_results(drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["several"]
        engine = world.engine()
        wish = request("bytedance/seedream-4", Mode.TEXT_TO_IMAGE, width=1024, height=1024, seconds=0, fps=0)
        done = await end(engine, await engine.start(wish))
        assert isinstance(done, Done)
        assert [output.mime for output in done.outputs] == ["image/png"] * 2
        assert world.server.calls("POST")[0].json["input"]["size"] == "1K"

    drive("replicate", test)


@pytest.mark.parametrize(
    ("message", "code"),
    [("The input or output was flagged as sensitive. (E005)", FailureCode.CONTENT_VIOLATION),
     ("NSFW content detected. Try running it again.", FailureCode.NSFW),
     ("Timeout starting prediction (E6716)", FailureCode.TIMEOUT),
     ("Out of memory at /src/predict.py (E1001)", FailureCode.INTERNAL),
     ("cannot identify image file", FailureCode.INPUT_DOWNLOAD),
     ("Traceback: /src/predict.py", FailureCode.INTERNAL)],
)  # fmt: skip
def test_failures(message: str, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(message)  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(SEEDANCE)))
        assert isinstance(failed, Failed)
        assert failed.code is code
        assert "/src" not in failed.message

    drive("replicate", test)


@pytest.mark.parametrize(
    ("state", "code"),
    [("canceled", FailureCode.INTERNAL), ("aborted", FailureCode.TIMEOUT), ("removed", FailureCode.LOST)],
)
def test_other_ends(state: str, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["running", state]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(SEEDANCE)))
        assert isinstance(failed, Failed)
        assert failed.code is code

    drive("replicate", test)


@pytest.mark.parametrize(
    ("refused", "code"),
    [(answer({"title": "Input validation failed", "detail": "- input.seconds: Must be 4 or 8", "status": 422}, 422),
      FailureCode.INVALID_INPUT),
     (answer({"title": "Insufficient credit", "detail": "You have 0 dollars", "status": 402}, 402), FailureCode.QUOTA),
     (answer({"detail": "Request was throttled. Expected available in 1 second."}, 429), FailureCode.QUOTA)],
)  # fmt: skip
def test_refusals(refused: Response, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/predictions", refused)
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(SEEDANCE))
        assert caught.value.code is code
        assert ("input.seconds" in caught.value.message) is (code is FailureCode.INVALID_INPUT)
        assert "dollars" not in caught.value.message

    drive("replicate", test)
