"""Veo: instances and parameters, the safety filter, files that need the key."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from rushes.engines.contract import AmbiguousStart, Done, EngineError, Failed, FailureCode, Mode, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request, whole
from tests.cloud.upstreams.base import CLIP, answer

VEO, FAST = "veo-3.1-generate-preview", "veo-3.1-fast-generate-preview"


def test_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, await engine.start(request(VEO, seconds=6, negative_prompt="rain", sound=True)))
        (sent,) = world.server.calls("POST")
        assert sent.path == f"/v1beta/models/{VEO}:predictLongRunning"
        assert sent.json == {
            "instances": [{"prompt": "a fox in the snow"}],
            "parameters": {
                "negativePrompt": "rain",
                "durationSeconds": 6,
                "aspectRatio": "16:9",
                "resolution": "720p",
                "seed": 7,
            },
        }
        assert isinstance(done, Done)
        assert done.warnings == ()

    drive("veo", test)


def test_the_file_needs_the_key_and_where_it_lies_does_not(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, await engine.start(request(VEO)))
        assert isinstance(done, Done)
        assert await whole(engine, done.outputs[0]) == CLIP
        (asked,) = world.server.calls("GET", ":download")
        assert asked.headers["x-goog-api-key"] == world.server.key
        (given,) = world.files.seen
        assert "x-goog-api-key" not in given.headers

    drive("veo", test)


def test_pictures(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        first, last = world.input(Role.IMAGE), world.input(Role.END_IMAGE)
        await engine.start(request(VEO, Mode.FIRST_LAST_FRAME, inputs=(first, last), seconds=4))
        instance = world.server.calls("POST")[0].json["instances"][0]
        for file, name in ((first, "image"), (last, "lastFrame")):
            assert instance[name]["mimeType"] == "image/png"
            assert base64.b64decode(instance[name]["bytesBase64Encoded"]) == Path(file.path).read_bytes()

    drive("veo", test)


@pytest.mark.parametrize("large", [True, False])
def test_what_needs_eight_seconds_gets_them_and_says_so(large: bool, drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        if large:
            wish = request(VEO, seconds=4, width=1920, height=1080, sound=True)
        else:
            pictures = tuple(world.input(Role.REFERENCE_IMAGE) for _ in range(3))
            wish = request(VEO, Mode.REFERENCE_TO_VIDEO, seconds=4, inputs=pictures, sound=True)
        done = await end(engine, await engine.start(wish))
        sent = world.server.calls("POST")[0].json
        assert sent["parameters"]["durationSeconds"] == 8
        assert isinstance(done, Done)
        (warning,) = done.warnings
        assert warning.startswith("seconds: 8 made")
        if not large:
            assert [each["referenceType"] for each in sent["instances"][0]["referenceImages"]] == ["asset"] * 3

    drive("veo", test)


def test_sound_is_always_there(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        done = await end(engine, await engine.start(request(FAST, seconds=4)))
        assert isinstance(done, Done)
        assert done.warnings == ("sound: this model always makes sound",)

    drive("veo", test)


def test_the_safety_filter(drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["running", "filtered"]
        world.server.failure = ["We encountered an issue with the audio for your prompt.", "Try another."]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(VEO)))
        assert failed == Failed(
            code=FailureCode.CONTENT_VIOLATION,
            message="We encountered an issue with the audio for your prompt. Try another.",
        )

    drive("veo", test)


@pytest.mark.parametrize(
    ("number", "code"),
    [(3, FailureCode.INVALID_INPUT), (4, FailureCode.TIMEOUT), (5, FailureCode.MODEL_MISSING), (8, FailureCode.QUOTA),
     (13, FailureCode.INTERNAL), (14, FailureCode.UNAVAILABLE), (99, FailureCode.INTERNAL)],
)  # fmt: skip
def test_failures(number: int, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(number, "in project 42")  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(VEO)))
        assert isinstance(failed, Failed)
        assert failed.code is code
        assert ("42" in failed.message) is (code is FailureCode.INVALID_INPUT)

    drive("veo", test)


@pytest.mark.parametrize(
    ("status", "name", "code"),
    [(400, "INVALID_ARGUMENT", FailureCode.INVALID_INPUT), (400, "FAILED_PRECONDITION", FailureCode.INVALID_INPUT),
     (403, "PERMISSION_DENIED", FailureCode.UNAVAILABLE), (404, "NOT_FOUND", FailureCode.MODEL_MISSING),
     (429, "RESOURCE_EXHAUSTED", FailureCode.QUOTA), (503, "UNAVAILABLE", FailureCode.UNAVAILABLE)],
)  # fmt: skip
def test_refusals(status: int, name: str, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan(":predict", world.server.error(status, name, "no"))  # type: ignore[attr-defined]
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(VEO))
        assert caught.value.code is code
        assert len(world.server.calls("POST")) == 1

    drive("veo", test)


def test_an_operation_is_no_address_elsewhere(drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan(":predict", answer({"name": f"{world.files.url}/media/x"}))
        with pytest.raises(AmbiguousStart):
            await world.engine().start(request(VEO))

    drive("veo", test)


def test_a_picture_that_is_too_large(drive: Drive) -> None:
    async def test(world: World) -> None:
        picture = world.input(Role.IMAGE, size=(20 << 20) + 1)
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(VEO, Mode.IMAGE_TO_VIDEO, inputs=(picture,)))
        assert caught.value.code is FailureCode.INPUT_SIZE
        assert not world.server.seen

    drive("veo", test)
