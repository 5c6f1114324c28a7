"""Runway: ratios in pixels, positions, uploads, failure codes."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from rushes.engines.contract import Done, EngineError, Failed, FailureCode, Mode, Pending, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request, stored
from tests.cloud.upstreams.base import answer

GEN, TURBO, IMAGE = "gen4.5", "gen4_turbo", "gen4_image"


def test_words(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        operation = await engine.start(request(GEN, width=720, height=1280))
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/text_to_video"
        assert sent.headers["x-runway-version"] == "2024-11-06"
        assert sent.json == {
            "model": GEN,
            "promptText": "a fox in the snow",
            "duration": 5,
            "ratio": "720:1280",
            "seed": 7,
        }
        assert (await engine.status(stored(operation))) == Pending(progress=None, poll_after=5.0)
        assert (await engine.status(stored(operation))) == Pending(progress=0.4, poll_after=5.0)
        done = await end(engine, operation)
        assert isinstance(done, Done)
        assert done.warnings == ()

    drive("runway", test)


def test_a_picture_has_a_position(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        wish = request(TURBO, Mode.IMAGE_TO_VIDEO, inputs=(world.input(Role.IMAGE),), width=960, height=720)
        assert isinstance(await end(engine, await engine.start(wish)), Done)
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/image_to_video"
        assert sent.json["ratio"] == "1104:832"
        (picture,) = sent.json["promptImage"]
        assert picture["position"] == "first"
        assert picture["uri"].startswith("data:image/png;base64,")

    drive("runway", test)


def test_pictures_to_go_by(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        inputs = (world.input(Role.IMAGE), world.input(Role.REFERENCE_IMAGE))
        wish = request(IMAGE, Mode.IMAGE_TO_IMAGE, inputs=inputs, width=1920, height=1080, seconds=0, fps=0)
        operation = await engine.start(wish)
        (sent,) = world.server.calls("POST")
        assert sent.path == "/v1/text_to_image"
        assert len(sent.json["referenceImages"]) == 2
        done = await end(engine, operation)
        assert isinstance(done, Done)
        assert done.outputs[0].kind == "image"

    drive("runway", test)


def test_a_large_picture_is_uploaded_and_the_key_stays(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        picture = world.input(Role.IMAGE, size=4_000_000)
        await engine.start(request(TURBO, Mode.IMAGE_TO_VIDEO, inputs=(picture,)))
        (upload,) = world.files.calls("POST")
        assert upload.parts == {"key": "k1", "policy": "p1", "file": "4000000"}
        assert "authorization" not in upload.headers
        assert world.server.calls("POST", "image_to_video")[0].json["promptImage"][0]["uri"] == "runway://u1"

    drive("runway", test)


def test_an_upload_that_fails_costs_nothing(drive: Drive) -> None:
    async def test(world: World) -> None:
        picture = world.input(Role.IMAGE, size=4_000_000)
        wish = request(TURBO, Mode.IMAGE_TO_VIDEO, inputs=(picture,))
        for server, path, status, code in (
            (world.server, "/v1/uploads", 500, FailureCode.UNAVAILABLE),
            (world.server, "/v1/uploads", 429, FailureCode.QUOTA),
            (world.files, "/upload", 403, FailureCode.UNAVAILABLE),
        ):
            server.plan(path, *[Response(b"{}", status) for _ in range(3 if status == 500 else 1)])
            with pytest.raises(EngineError) as caught:
                await world.engine().start(wish)
            assert caught.value.code is code
        assert not world.server.calls("POST", "image_to_video")

    drive("runway", test)


@pytest.mark.parametrize(
    ("failure", "code"),
    [("SAFETY.INPUT.TEXT", FailureCode.CONTENT_VIOLATION), ("SAFETY.INPUT.IMAGE", FailureCode.CONTENT_VIOLATION),
     ("SAFETY.OUTPUT.VIDEO", FailureCode.CONTENT_VIOLATION),
     ("INPUT_PREPROCESSING.SAFETY.TEXT", FailureCode.CONTENT_VIOLATION),
     ("INPUT_PREPROCESSING.INTERNAL", FailureCode.INTERNAL), ("INTERNAL.BAD_OUTPUT.CODE01", FailureCode.INTERNAL),
     ("INTERNAL", FailureCode.INTERNAL), ("ASSET.INVALID", FailureCode.INVALID_INPUT),
     ("A.WORD.OF.TOMORROW", FailureCode.INTERNAL)],
)  # fmt: skip
def test_failures(failure: str, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(failure, "It was not possible.")  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(GEN)))
        assert isinstance(failed, Failed)
        assert failed.code is code
        assert failure not in failed.message, "codes are not for users, says the document"

    drive("runway", test)


def test_cancelled_elsewhere(drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["cancelled"]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(GEN)))
        assert isinstance(failed, Failed)
        assert failed.code is FailureCode.INTERNAL

    drive("runway", test)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, FailureCode.INVALID_INPUT), (401, FailureCode.UNAVAILABLE), (429, FailureCode.QUOTA),
     (503, FailureCode.UNAVAILABLE)],
)  # fmt: skip
def test_refusals(status: int, code: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan("/v1/text_to_video", answer({"error": "promptImage: Invalid data URI."}, status))
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(GEN))
        assert caught.value.code is code
        assert ("Invalid data URI" in caught.value.message) is (status == 400)

    drive("runway", test)
