"""What a real ComfyUI makes, from the request to the bytes."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from pathlib import Path

import av
import httpx
import pytest
from PIL import Image

from rushes.engines.contract import EngineError, FailureCode, Mode, Pending, Role
from tests.comfyui import working
from tests.comfyui.server import ComfyServer
from tests.comfyui.working import begun, done, engine, given, order, read
from tests.media.test_media import write_video


def frames(data: bytes) -> int:
    with av.open(io.BytesIO(data), "r") as container:
        return len(list(container.decode(video=0)))


def test_a_film_with_sound(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            request = order("film")
            operation = await running.start(request)
            json.dumps(operation)
            status = await done(running, operation)
            [output] = status.outputs
            assert (output.kind, output.mime) == ("video", "video/mp4")
            assert f"/rushes/{request.job}/" in output.location
            data = await read(running, status)
            with av.open(io.BytesIO(data)) as container:
                assert [stream.type for stream in container.streams] == ["video", "audio"]
                # Else every film would carry the workflow, and the prompt in it.
                assert "prompt" not in container.metadata
            assert frames(data) == 12
            assert status.usage["seconds"] >= 0
            await running.discard(operation)

    asyncio.run(main())


def test_a_picture_is_sampled_with_progress(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            seen: list[Pending] = []
            request = order("picture", count=2, extra={"steps": 12})
            status = await done(running, await running.start(request), seen)
            assert status.warnings == ("the weights are noise",)
            assert [(output.kind, output.mime) for output in status.outputs] == [("image", "image/png")] * 2
            with Image.open(io.BytesIO(await read(running, status, 1))) as image:
                assert image.size == (64, 64)
                assert "prompt" not in image.info
            steps = [each.progress for each in seen if each.progress is not None]
            assert steps == sorted(steps)
            assert len(set(steps)) > 3, "steps of the sampler were seen"
            assert steps[-1] < 1

    asyncio.run(main())


@pytest.mark.parametrize("mode", sorted(working.WANS))
def test_wan_from_text_and_from_pictures(comfy: ComfyServer, tmp_path: Path, mode: Mode) -> None:
    Image.new("RGB", (128, 64), (200, 30, 30)).save(tmp_path / "a.png")
    Image.new("RGB", (128, 64), (30, 30, 200)).save(tmp_path / "b.jpg")
    pictures = {
        Mode.TEXT_TO_VIDEO: (),
        Mode.IMAGE_TO_VIDEO: (given(Role.IMAGE, tmp_path / "a.png", "image/png"),),
        Mode.FIRST_LAST_FRAME: (
            given(Role.IMAGE, tmp_path / "a.png", "image/png"),
            given(Role.END_IMAGE, tmp_path / "b.jpg", "image/jpeg"),
        ),
    }[mode]

    async def main() -> None:
        async with engine(comfy.url) as running:
            request = order("wan", *pictures, mode=mode)
            status = await done(running, await running.start(request))
            assert frames(await read(running, status)) == 9
            there = comfy.folder / "input" / "rushes" / request.job
            names = sorted(path.name for path in there.iterdir()) if pictures else []
            assert names == [f"{each.role}.{each.path[-3:]}" for each in sorted(pictures, key=lambda each: each.role)]

    asyncio.run(main())


def test_two_jobs_inputs_do_not_overwrite_each_other(comfy: ComfyServer, tmp_path: Path) -> None:
    Image.new("RGB", (128, 64), (255, 0, 0)).save(tmp_path / "a.png")
    Image.new("RGB", (128, 64), (0, 0, 255)).save(tmp_path / "b.png")

    async def main() -> None:
        async with engine(comfy.url) as running:
            orders = [
                order("wan", given(Role.IMAGE, tmp_path / name, "image/png"), mode=Mode.IMAGE_TO_VIDEO)
                for name in ("a.png", "b.png")
            ]
            await asyncio.gather(*(running.start(each) for each in orders))
            for each, name in zip(orders, ("a.png", "b.png"), strict=True):
                sent = comfy.folder / "input" / "rushes" / each.job / "image.png"
                assert sent.read_bytes() == (tmp_path / name).read_bytes()

    asyncio.run(main())


def test_sound_and_solids(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            status = await done(running, await running.start(order("song")))
            assert [(output.kind, output.mime) for output in status.outputs] == [("audio", "audio/mpeg")]
            status = await done(running, await running.start(order("solid")))
            assert [(output.kind, output.mime) for output in status.outputs] == [("3d", "model/gltf-binary")]
            assert (await read(running, status)).startswith(b"glTF")

    asyncio.run(main())


def test_a_clip_comes_at_the_rate_that_was_asked_for(comfy: ComfyServer, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", seconds=2, fps=24)

    async def main() -> None:
        async with engine(comfy.url) as running:
            request = order("replay", given(Role.REFERENCE_VIDEO, tmp_path / "clip.mp4", "video/mp4"), fps=8)
            status = await done(running, await running.start(request))
            assert frames(await read(running, status)) == 16

    asyncio.run(main())


def test_the_same_graph_again_makes_a_file_of_its_own(comfy: ComfyServer) -> None:
    """ComfyUI does not run a graph again: it answers the file of the first time."""

    async def main() -> None:
        async with engine(comfy.url) as running:
            first = await done(running, await running.start(order("film", seed=7)))
            again = await done(running, await running.start(order("film", seed=7)))
            assert first.outputs[0].location != again.outputs[0].location
            assert await read(running, first)
            assert await read(running, again)

    asyncio.run(main())


def test_our_ids_are_canonical(comfy: ComfyServer) -> None:
    """ComfyUI 0.33 takes no other."""

    async def main() -> None:
        async with engine(comfy.url) as running:
            operation = await running.start(order("film"))
            assert str(uuid.UUID(operation["prompt"])) == operation["prompt"]
            await done(running, operation)
            async with httpx.AsyncClient(trust_env=False) as client:
                assert operation["prompt"] in (await client.get(f"{comfy.url}/history/{operation['prompt']}")).json()

    asyncio.run(main())


def test_a_request_without_a_workflow_is_refused(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            with pytest.raises(EngineError, match="no ComfyUI workflow") as refused:
                await running.start(order("film", mode=Mode.IMAGE_TO_VIDEO))
            assert refused.value.code is FailureCode.UNAVAILABLE
            with pytest.raises(EngineError, match="an image is needed") as refused:
                await running.start(order("wan", mode=Mode.IMAGE_TO_VIDEO))
            assert refused.value.code is FailureCode.INVALID_INPUT

    asyncio.run(main())


def test_progress_is_there_while_it_runs(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            operation = await running.start(order("slow", extra={"steps": 600}))
            assert 0 < ((await begun(running, operation)).progress or 0) < 1
            await running.cancel(operation)

    asyncio.run(main())
