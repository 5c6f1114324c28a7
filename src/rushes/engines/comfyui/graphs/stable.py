"""Stable Diffusion 1.5, AnimateDiff on top of it, and Stable Video Diffusion.

After ComfyUI's default graph, its template txt_to_image_to_video, and the README of ComfyUI-AnimateDiff-Evolved.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import cut, decode, save_images, save_video
from rushes.engines.comfyui.graphs.order import Order, load_image
from rushes.engines.comfyui.graphs.parts import Texts, sample, texts
from rushes.engines.comfyui.graphs.wiring import Link, Node
from rushes.engines.contract import Role

_FPS = (5, 30)
"""Frame rates that SVD was told while it learnt."""
_MOTION = 127
"""How much moves in SVD's clips, 1 to 255: its makers' middle."""


def text_to_image(order: Order) -> None:
    """Pictures, `count` of them at once."""
    checkpoint = _checkpoint(order)
    frames = _drawn(order, checkpoint, checkpoint, order.count())
    save_images(order, cut(order, frames, order.made_size()))


def animated(order: Order) -> None:
    """A clip whose frames are drawn together by a motion network; long ones in windows of sixteen."""
    wiring = order.wiring
    checkpoint = _checkpoint(order)
    motion = wiring.add("motion_network", "ADE_LoadAnimateDiffModel", model_name=order.model_file("motion"))
    applied = wiring.add("motion", "ADE_ApplyAnimateDiffModelSimple", motion_model=motion)
    windows = wiring.add(
        "windows", "ADE_StandardUniformContextOptions", context_length=16, context_stride=1, context_overlap=4
    )
    model = wiring.add(
        "animated",
        "ADE_UseEvolvedSampling",
        model=checkpoint,
        beta_schedule="autoselect",
        m_models=applied,
        context_options=windows,
    )
    save_video(order, cut(order, _drawn(order, checkpoint, model, order.frames()), order.made_size()))


def image_to_video(order: Order) -> None:
    """SVD: a picture moves by itself; it takes no words."""
    wiring = order.wiring
    width, height = order.made_size()
    fps = min(max(order.fps(), _FPS[0]), _FPS[1])
    checkpoint = wiring.add("checkpoint", "ImageOnlyCheckpointLoader", ckpt_name=order.model_file("network"))
    begun = wiring.add(
        "start",
        "SVD_img2vid_Conditioning",
        clip_vision=checkpoint[1],
        init_image=load_image(order, order.file(Role.IMAGE)),
        vae=checkpoint[2],
        width=width,
        height=height,
        video_frames=order.frames(),
        motion_bucket_id=_MOTION,
        fps=fps,
        augmentation_level=0.0,
    )
    model = wiring.add("guidance", "VideoLinearCFGGuidance", model=checkpoint, min_cfg=1.0)
    made = sample(order, model, Texts(begun, begun[1]), begun[2])
    save_video(order, cut(order, decode(order, made, checkpoint[2]), (width, height)))


def _checkpoint(order: Order) -> Node:
    return order.wiring.add("checkpoint", "CheckpointLoaderSimple", ckpt_name=order.model_file("network"))


def _drawn(order: Order, checkpoint: Node, model: Link, pictures: int) -> Link:
    width, height = order.made_size()
    said = texts(order, checkpoint[1])
    latent = order.wiring.add("latent", "EmptyLatentImage", width=width, height=height, batch_size=pictures)
    return decode(order, sample(order, model, said, latent), checkpoint[2])
