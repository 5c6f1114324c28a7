"""Graphs that a ComfyUI on a CPU runs in a moment, as recipes, and an engine to run them on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from rushes.engines.comfyui.engine import ComfyEngine
from rushes.engines.comfyui.graphs import Built, Files, Graph, GraphError, ModelFile, Recipe
from rushes.engines.contract import Done, Failed, Input, Lost, Mode, Operation, Pending, Request, Role, Status

SD15 = "tiny_sd15.safetensors"
WAN, WAN_PICTURES, WAN_VAE = "tiny_wan.safetensors", "tiny_wan_pictures.safetensors", "tiny_wan_vae.safetensors"


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def save(images: str, fps: float, audio: str | None = None) -> Graph:
    """Nodes that save frames as MP4."""
    video = node("CreateVideo", images=[images, 0], fps=fps, **({"audio": [audio, 0]} if audio else {}))
    return {
        "video": video,
        "save": node("SaveVideo", video=["video", 0], filename_prefix="x", format="mp4", codec="h264"),
    }


def blank(request: Request, frames: int = 12) -> dict[str, Any]:
    """Frames of one colour; the seed chooses it."""
    return node("EmptyImage", width=128, height=64, batch_size=frames, color=request.seed % 0xFFFFFF)


def film(request: Request, _: Files) -> Built:
    """No weights: frames and silence."""
    sound = {"sound": node("EmptyAudio", duration=0.5, sample_rate=44100, channels=2)}
    return Built(graph={"frames": blank(request), **sound, **save("frames", 24.0, "sound")}, samplers={})


def slow(request: Request, _: Files) -> Built:
    """Takes `steps` tenths of a second and no work."""
    steps = int(request.extra.get("steps", 10))
    graph = {"frames": blank(request), "wait": node("RushesWait", image=["frames", 0], steps=steps), **save("wait", 24)}
    return Built(graph=graph, samplers={"wait": steps})


def failing(request: Request, _: Files) -> Built:
    """Fails the first `times` times."""
    fail = node(
        "RushesFail",
        image=["frames", 0],
        key=request.job,
        times=request.extra.get("times", 1),
        how=request.extra.get("how", "error"),
    )
    return Built(graph={"frames": blank(request), "fail": fail, **save("fail", 24)}, samplers={})


def halved(request: Request, _: Files) -> Built:
    """One output is fine, the other's model is not there."""
    graph = {
        "frames": blank(request),
        **save("frames", 24),
        "load": node("VAELoader", vae_name="nowhere.safetensors"),
        "latent": node("VAEEncode", pixels=["frames", 0], vae=["load", 0]),
        "keep": node("SaveLatent", samples=["latent", 0], filename_prefix="x"),
    }
    return Built(graph=graph, samplers={})


def picture(request: Request, _: Files) -> Built:
    """Stable Diffusion 1.5 as it is, on weights that are noise."""
    checkpoint = str(request.extra.get("checkpoint", SD15))
    steps = int(request.extra.get("steps", 6))
    graph = {
        "load": node("CheckpointLoaderSimple", ckpt_name=checkpoint),
        "positive": node("CLIPTextEncode", clip=["load", 1], text=request.prompt),
        "negative": node("CLIPTextEncode", clip=["load", 1], text=request.negative_prompt),
        "latent": node("EmptyLatentImage", width=64, height=64, batch_size=request.count),
        "sample": node(
            "KSampler",
            model=["load", 0],
            seed=request.seed,
            steps=steps,
            cfg=7.0,
            sampler_name=str(request.extra.get("sampler", "dpmpp_2m")),
            scheduler="karras",
            positive=["positive", 0],
            negative=["negative", 0],
            latent_image=["latent", 0],
            denoise=1.0,
        ),
        "decode": node("VAEDecode", samples=["sample", 0], vae=["load", 2]),
        "save": node("SaveImage", images=["decode", 0], filename_prefix="x"),
    }
    return Built(graph=graph, samplers={"sample": steps}, warnings=("the weights are noise",))


def wan(request: Request, files: Files) -> Built:
    """Wan 2.2's two experts from text, a picture or two; only the text encoder is ours."""
    model = WAN if request.mode is Mode.TEXT_TO_VIDEO else WAN_PICTURES
    graph: Graph = {
        "positive": node("RushesText", text=request.prompt),
        "negative": node("RushesText", text="blurred"),
        "vae": node("VAELoader", vae_name=WAN_VAE),
    }
    size = {"width": 128, "height": 64, "length": 9, "batch_size": 1}
    positive, negative, latent = ["positive", 0], ["negative", 0], ["condition", 0]
    if request.mode is Mode.TEXT_TO_VIDEO:
        graph["condition"] = node("EmptyHunyuanLatentVideo", **size)
    else:
        pictures = {"start_image": files.get(Role.IMAGE), "end_image": files.get(Role.END_IMAGE)}
        if not pictures["start_image"]:
            raise GraphError("an image is needed")
        for name, there in pictures.items():
            if there:
                graph[name] = node("LoadImage", image=there[0])
        kind = "WanImageToVideo" if request.mode is Mode.IMAGE_TO_VIDEO else "WanFirstLastFrameToVideo"
        linked = {name: [name, 0] for name, there in pictures.items() if there}
        graph["condition"] = node(kind, positive=positive, negative=negative, vae=["vae", 0], **size, **linked)
        positive, negative, latent = ["condition", 0], ["condition", 1], ["condition", 2]
    for part, begin, end in (("high", 0, 2), ("low", 2, 10000)):
        graph[f"load_{part}"] = node("UNETLoader", unet_name=model, weight_dtype="default")
        graph[f"shift_{part}"] = node("ModelSamplingSD3", model=[f"load_{part}", 0], shift=5.0)
        graph[f"sample_{part}"] = node(
            "KSamplerAdvanced",
            model=[f"shift_{part}", 0],
            add_noise="enable" if part == "high" else "disable",
            return_with_leftover_noise="enable" if part == "high" else "disable",
            noise_seed=request.seed,
            steps=4,
            start_at_step=begin,
            end_at_step=end,
            cfg=1.0,
            sampler_name="euler",
            scheduler="simple",
            positive=positive,
            negative=negative,
            latent_image=latent,
        )
        latent = [f"sample_{part}", 0]
    graph["decode"] = node("VAEDecode", samples=latent, vae=["vae", 0])
    return Built(graph=graph | save("decode", 16), samplers={"sample_high": 2, "sample_low": 2})


def song(request: Request, _: Files) -> Built:
    graph = {
        "sound": node("EmptyAudio", duration=0.5, sample_rate=44100, channels=2),
        "save": node("SaveAudioMP3", audio=["sound", 0], filename_prefix="x", quality="128k"),
    }
    return Built(graph=graph, samplers={})


def solid(request: Request, _: Files) -> Built:
    graph = {"mesh": node("RushesMesh"), "save": node("SaveGLB", mesh=["mesh", 0], filename_prefix="x")}
    return Built(graph=graph, samplers={})


def replay(request: Request, files: Files) -> Built:
    """The frames of a clip, as its loader sees them."""
    video = {
        "load": node("LoadVideo", file=files[Role.REFERENCE_VIDEO][0]),
        "frames": node("GetVideoComponents", video=["load", 0]),
    }
    return Built(graph=video | save("frames", float(request.fps)), samplers={})


def absent(request: Request, _: Files) -> Built:
    graph = {"frames": blank(request), "what": node("NoSuchNode", image=["frames", 0]), **save("what", 24)}
    return Built(graph=graph, samplers={})


VIDEO = frozenset({Mode.TEXT_TO_VIDEO})
WANS = frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME})
HUB = "the hub's page"
RECIPES = {
    recipe.model: recipe
    for recipe in (
        Recipe(model="film", modes=VIDEO, files=(), build=film),
        Recipe(model="slow", modes=VIDEO, files=(), build=slow),
        Recipe(model="failing", modes=VIDEO, files=(), build=failing),
        Recipe(model="halved", modes=VIDEO, files=(), build=halved),
        Recipe(model="absent", modes=VIDEO, files=(), build=absent),
        Recipe(model="song", modes=frozenset({Mode.TEXT_TO_AUDIO}), files=(), build=song),
        Recipe(model="solid", modes=frozenset({Mode.TEXT_TO_3D}), files=(), build=solid),
        Recipe(
            model="replay",
            modes=frozenset({Mode.VIDEO_TO_VIDEO}),
            files=(),
            build=replay,
            retime=frozenset({Role.REFERENCE_VIDEO}),
        ),
        Recipe(
            model="picture",
            modes=frozenset({Mode.TEXT_TO_IMAGE}),
            files=(ModelFile(folder="checkpoints", name=SD15, where=HUB),),
            build=picture,
        ),
        Recipe(
            model="wan",
            modes=WANS,
            files=(
                ModelFile(folder="diffusion_models", name=WAN, where=HUB),
                ModelFile(folder="diffusion_models", name=WAN_PICTURES, where=HUB),
                ModelFile(folder="vae", name=WAN_VAE, where=HUB),
            ),
            build=wan,
        ),
    )
}
_jobs = iter(range(1, 1_000_000))


def order(model: str, *inputs: Input, mode: Mode | None = None, job: str = "", **more: Any) -> Request:
    """A request to one of the recipes, under a job id of its own."""
    number = next(_jobs)
    mode = mode or next(iter(RECIPES[model].modes))
    # The seed differs, or ComfyUI would not run it again.
    defaults: dict[str, Any] = {
        "prompt": "a red fox",
        "width": 128,
        "height": 64,
        "seconds": 0.5,
        "seed": time.time_ns() % 2**40,
    }
    return Request(job=job or f"job_{number}", model=model, mode=mode, inputs=inputs, **(defaults | more))


@asynccontextmanager
async def engine(
    *urls: str, patience: float = 30.0, recipes: dict[str, Recipe] | None = None
) -> AsyncIterator[ComfyEngine]:
    made = ComfyEngine(urls, recipes or RECIPES, httpx.AsyncClient(trust_env=False), patience=patience)
    try:
        yield made
    finally:
        await made.close()


async def finish(
    running: ComfyEngine, operation: Operation, seen: list[Pending] | None = None, seconds: float = 180.0
) -> Done | Failed | Lost:
    """Look until it ends, as the worker does."""
    async with asyncio.timeout(seconds):
        while isinstance(status := await running.status(operation), Pending):
            if seen is not None:
                seen.append(status)
            await asyncio.sleep(min(status.poll_after or 0.1, 0.1))
    return status


async def done(running: ComfyEngine, operation: Operation, seen: list[Pending] | None = None) -> Done:
    status = await finish(running, operation, seen)
    assert isinstance(status, Done), status
    return status


async def begun(running: ComfyEngine, operation: Operation) -> Pending:
    """Look until it has made some progress."""
    async with asyncio.timeout(120):
        while True:
            status: Status = await running.status(operation)
            assert isinstance(status, Pending), status
            if status.progress:
                return status
            await asyncio.sleep(0.05)


async def read(running: ComfyEngine, status: Done, number: int = 0) -> bytes:
    return b"".join([chunk async for chunk in running.fetch(status.outputs[number])])


def given(role: Role, path: Path, mime: str) -> Input:
    return Input(role=role, path=str(path), mime=mime)


async def queued(urls: Sequence[str]) -> int:
    """How many prompts lie in the hosts' queues."""
    async with httpx.AsyncClient(trust_env=False) as client:
        found = [(await client.get(f"{url}/queue")).json() for url in urls]
    return sum(len(one["queue_running"]) + len(one["queue_pending"]) for one in found)
