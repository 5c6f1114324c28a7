"""Parts that most graphs share: text, the sampler, clips."""

from __future__ import annotations

from msgspec import Struct

from rushes.engines.comfyui.graphs.order import Order
from rushes.engines.comfyui.graphs.wiring import Link, Node, Value


class Texts(Struct, frozen=True):
    """What is wanted and what is not, encoded."""

    positive: Link
    negative: Link


class Clip(Struct, frozen=True):
    """An uploaded clip, taken apart."""

    images: Link
    sound: Link
    fps: Link


def texts(order: Order, clip: Link) -> Texts:
    positive = order.wiring.add("positive", "CLIPTextEncode", clip=clip, text=order.prompt())
    negative = order.wiring.add("negative", "CLIPTextEncode", clip=clip, text=order.negative())
    return Texts(positive, negative)


def unet(order: Order, key: str = "network", id: str = "network") -> Node:
    return order.wiring.add(id, "UNETLoader", unet_name=order.model_file(key), weight_dtype="default")


def lora(order: Order, model: Link, key: str, id: str = "lora", strength: float = 1.0) -> Node:
    return order.wiring.add(
        id, "LoraLoaderModelOnly", model=model, lora_name=order.model_file(key), strength_model=strength
    )


def vae(order: Order) -> Node:
    return order.wiring.add("vae", "VAELoader", vae_name=order.model_file("vae"))


def shifted(order: Order, model: Link, id: str = "shift") -> Node:
    return order.wiring.add(id, "ModelSamplingSD3", model=model, shift=order.shift())


def begun(
    order: Order, id: str, class_type: str, said: Texts, coder: Link, *, length: Value = None, **inputs: Value
) -> Node:
    """What the sampler begins with, made of the texts and these inputs at the size that is made; as long as the clip
    that is made where no `length` is given. Answers conditioning, conditioning, latent.
    """
    width, height = order.made_size()
    return order.wiring.add(
        id,
        class_type,
        positive=said.positive,
        negative=said.negative,
        vae=coder,
        width=width,
        height=height,
        length=order.made_frames() if length is None else length,
        batch_size=1,
        **inputs,
    )


def sample(
    order: Order,
    model: Link,
    texts: Texts,
    latent: Link,
    *,
    id: str = "sample",
    seed: int | None = None,
    denoise: float = 1.0,
) -> Node:
    """The usual sampler, all steps at once."""
    order.sampling(id, order.steps())
    return order.wiring.add(
        id,
        "KSampler",
        model=model,
        seed=order.seed() if seed is None else seed,
        steps=order.steps(),
        cfg=order.cfg(),
        sampler_name=order.sampler(),
        scheduler=order.scheduler(),
        positive=texts.positive,
        negative=texts.negative,
        latent_image=latent,
        denoise=denoise,
    )


def guided(
    order: Order,
    model: Link,
    texts: Texts,
    latent: Link,
    sigmas: Link,
    *,
    steps: int,
    cfg: float,
    id: str = "sample",
    nth: int = 0,
) -> Node:
    """The sampler that takes its noise levels as a list; `nth` gives each pass noise of its own."""
    wiring = order.wiring
    order.sampling(id, steps)
    noise = wiring.add(f"{id}_noise", "RandomNoise", noise_seed=order.seed(nth))
    guider = wiring.add(
        f"{id}_guider", "CFGGuider", model=model, positive=texts.positive, negative=texts.negative, cfg=cfg
    )
    sampler = wiring.add(f"{id}_sampler", "KSamplerSelect", sampler_name=order.sampler())
    return wiring.add(
        id, "SamplerCustomAdvanced", noise=noise, guider=guider, sampler=sampler, sigmas=sigmas, latent_image=latent
    )


def scheduled(order: Order, model: Link) -> Node:
    """Noise levels from a scheduler."""
    return order.wiring.add(
        "sigmas", "BasicScheduler", model=model, scheduler=order.scheduler(), steps=order.steps(), denoise=1.0
    )


def load_clip(order: Order, name: str) -> Clip:
    """An uploaded clip's frames, sound and rate."""
    video = order.wiring.add("load_clip", "LoadVideo", file=name)
    parts = order.wiring.add("clip_parts", "GetVideoComponents", video=video)
    return Clip(images=parts, sound=parts[1], fps=parts[2])


def pose(order: Order, images: Link, *, face: bool) -> Node:
    """Stick figures of the people in each frame."""
    wiring = order.wiring
    checkpoint = wiring.add("pose_network", "CheckpointLoaderSimple", ckpt_name=order.model_file("pose"))
    points = wiring.add(
        "pose_points", "SDPoseKeypointExtractor", model=checkpoint, vae=checkpoint[2], image=images, batch_size=16
    )
    return wiring.add(
        "pose",
        "SDPoseDrawKeypoints",
        keypoints=points,
        draw_body=True,
        draw_hands=True,
        draw_face=face,
        draw_feet=False,
        stick_width=4,
        face_point_size=3,
        score_threshold=0.3,
        draw_head=True,
    )
