"""vLLM-Omni and SGLang: any model, forms, failures under an error's status."""

from __future__ import annotations

import pytest

from rushes.engines.contract import Done, Failed, FailureCode, Mode, Role
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request, stored, whole
from tests.cloud.upstreams.openai import PNG, SOUND

WAN = "Wan-AI/Wan2.2-I2V-A14B-Diffusers"


def test_every_setting_it_has(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine(key="")
        world.server.refuse = lambda seen: None  # type: ignore[method-assign]
        wish = request(
            WAN,
            Mode.IMAGE_TO_VIDEO,
            width=832,
            height=480,
            negative_prompt="rain",
            inputs=(world.input(Role.IMAGE),),
            extra={"frames": 81, "steps": 4, "cfg": 1.0, "shift": 5.0, "sampler": "euler", "scheduler": "simple"},
        )
        done = await end(engine, await engine.start(wish))
        assert isinstance(done, Done)
        (sent,) = world.server.calls("POST")
        assert "authorization" not in sent.headers, "it has no key, and none is made up"
        assert sent.parts == {
            "model": WAN, "prompt": "a fox in the snow", "negative_prompt": "rain", "size": "832x480", "seed": "7",
            "num_frames": "81", "fps": "24", "generate_sound": "false", "num_inference_steps": "4",
            "guidance_scale": "1.0", "flow_shift": "5.0", "input_reference": "2000",
        }  # fmt: skip
        assert {each.partition(":")[0] for each in done.warnings} == {"sampler", "scheduler"}

    drive("videoserver", test)


def test_lengths_without_frames_are_seconds(drive: Drive) -> None:
    async def test(world: World) -> None:
        await world.engine().start(request(WAN, seconds=4))
        (sent,) = world.server.calls("POST")
        assert sent.parts["seconds"] == "4"
        assert "num_frames" not in sent.parts

    drive("videoserver", test)


@pytest.mark.parametrize(
    ("code", "ours"),
    [("400", FailureCode.INTERNAL), ("BadRequestError", FailureCode.INVALID_INPUT), ("500", FailureCode.INTERNAL)],
)
def test_a_failed_video_is_an_end_whatever_the_status(code: str, ours: FailureCode, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(code, "CUDA out of memory at 10.0.0.1")  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(WAN)))
        assert isinstance(failed, Failed)
        assert failed.code is ours
        if ours is FailureCode.INTERNAL:
            assert "10.0.0.1" not in failed.message

    drive("videoserver", test)


def test_pictures_and_speech(drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        wish = request("Qwen/Qwen-Image", Mode.TEXT_TO_IMAGE, seconds=0, count=2, extra={"format": "png", "steps": 20})
        done = await end(engine, stored(await engine.start(wish)))
        assert isinstance(done, Done)
        assert [await whole(engine, each) for each in done.outputs] == [PNG + b"\0", PNG + b"\1"]
        drawn = world.server.calls("POST", "/images/generations")[0].json
        assert (drawn["num_inference_steps"], drawn["seed"], drawn["n"]) == (20, 7, 2)
        extra = {"format": "mp3", "voice": "af_heart", "speed": 1.0}
        spoken = request("tts", Mode.TEXT_TO_SPEECH, job="job_2", width=0, height=0, seconds=0, extra=extra)
        done = await end(engine, stored(await engine.start(spoken)))
        assert isinstance(done, Done)
        assert await whole(engine, done.outputs[0]) == SOUND
        assert "voice" not in world.server.calls("POST", "/audio/speech")[0].json

    drive("videoserver", test)


def test_a_mask_is_sent_and_said_to_be_heeded_by_one_server_only(drive: Drive) -> None:
    async def test(world: World) -> None:
        inputs = (world.input(Role.IMAGE), world.input(Role.MASK))
        wish = request("Qwen/Qwen-Image-Edit", Mode.IMAGE_TO_IMAGE, seconds=0, inputs=inputs)
        operation = await world.engine().start(wish)
        (sent,) = world.server.calls("POST", "/images/edits")
        assert sent.parts["image"] == sent.parts["mask_image"] == "2000"
        assert [each for each in operation["warnings"] if each.startswith("mask:")]

    drive("videoserver", test)
