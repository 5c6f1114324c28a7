"""Wan led by clips and references: VACE, style transfer, Animate.

After ComfyUI's templates video_wan_vace_14B_t2v, -v2v and -ref2v, and its node WanAnimateToVideo.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import cut, decode, first, save_video
from rushes.engines.comfyui.graphs.order import Order, load_image
from rushes.engines.comfyui.graphs.parts import (
    Clip,
    Texts,
    begun,
    load_clip,
    lora,
    pose,
    sample,
    shifted,
    texts,
    unet,
    vae,
)
from rushes.engines.comfyui.graphs.wan import text_encoder, windowed
from rushes.engines.comfyui.graphs.wiring import Link, Node, Value
from rushes.engines.contract import Mode, Role

_CHUNK = 77
"""Frames that Wan Animate makes at a time."""
_CARRIED = 5
"""Frames of the last chunk that the next begins with."""


def vace(order: Order) -> None:
    """A prompt with something to go by: a control clip, a subject's picture, or neither."""
    clip = load_clip(order, order.file(Role.REFERENCE_VIDEO)) if order.request.mode is Mode.VIDEO_TO_VIDEO else None
    shown = order.maybe(Role.REFERENCE_IMAGE, Role.IMAGE)
    if order.request.mode is Mode.REFERENCE_TO_VIDEO and shown is None:
        shown = order.file(Role.REFERENCE_IMAGE)
    model, said, coder = _network(order)
    led = begun(
        order,
        "led",
        "WanVaceToVideo",
        said,
        coder,
        strength=order.strength() if clip is not None else 1.0,
        control_video=first(order, clip.images, order.made_frames(), "control") if clip is not None else None,
        reference_image=load_image(order, shown, "reference_image") if shown is not None else None,
    )
    made = sample(order, windowed(order, model), Texts(led, led[1]), led[2])
    trimmed = order.wiring.add("trim", "TrimVideoLatent", samples=made, trim_amount=led[3])
    frames = cut(order, decode(order, trimmed, coder), order.made_size(), order.made_frames())
    save_video(order, frames)


def restyle(order: Order) -> None:
    """A clip in a new look: its own latents, as far from them as the strength says, held together by its edges.

    The clip is as long as it is: three more of its last frame make up the 4n + 1 that the network needs.
    """
    wiring = order.wiring
    clip = load_clip(order, order.file(Role.REFERENCE_VIDEO))
    width, height = order.made_size()
    resized = wiring.add(
        "resized",
        "ImageScale",
        image=clip.images,
        upscale_method="lanczos",
        width=width,
        height=height,
        crop="center",
    )
    model, said, coder = _network(order)
    last = first(order, resized, 1, "last_frame", start=4095)
    tail = wiring.add("tail", "RepeatImageBatch", image=last, amount=order.row.frame_step - 1)
    padded = wiring.add("padded", "ImageBatch", image1=resized, image2=tail)
    length = wiring.add("length", "GetImageSize", image=padded)[2]
    edges = wiring.add("edges", "Canny", image=padded, low_threshold=0.2, high_threshold=0.5)
    led = begun(order, "led", "WanVaceToVideo", said, coder, length=length, strength=1.0, control_video=edges)
    start = wiring.add("encode", "VAEEncode", pixels=padded, vae=coder)
    made = sample(order, windowed(order, model), Texts(led, led[1]), start, denoise=order.strength())
    asked = wiring.add("asked_length", "GetImageSize", image=resized)[2]
    frames = first(order, decode(order, made, coder), asked, "cut_frames")
    sound = clip.sound if order.sound() else None
    order.fps()
    save_video(order, cut(order, frames, (width, height)), sound=sound, fps=clip.fps)


def animate(order: Order) -> None:
    """A picture of somebody moves: as the people in a clip do, or as the prompt says. In chunks, each going on from
    the last frames of the one before."""
    wiring = order.wiring
    model, said, coder = _network(order)
    who = load_image(order, order.file(Role.IMAGE))
    look = wiring.add("look_network", "CLIPVisionLoader", clip_name=order.model_file("vision"))
    seen = wiring.add("look", "CLIPVisionEncode", clip_vision=look, image=who, crop="none")
    clip, figures = None, None
    if order.request.mode is Mode.MOTION_TRANSFER:
        clip = load_clip(order, order.file(Role.REFERENCE_VIDEO))
        figures = pose(order, clip.images, face=False)
    frames = _chunks(order, model, said, coder, who, seen, clip, figures)
    made = cut(order, frames, order.made_size(), order.made_frames())
    if clip is None:
        save_video(order, made)
    else:
        order.fps()
        save_video(order, made, sound=clip.sound, fps=clip.fps)


def _chunks(
    order: Order, model: Link, said: Texts, coder: Link, who: Link, seen: Link, clip: Clip | None, figures: Link | None
) -> Link:
    frames: Link | None = None
    offset: Value = 0
    left = order.made_frames()
    nth = 0
    while left > 0:
        length = min(_CHUNK, left if nth == 0 else left + _CARRIED)
        part = begun(
            order,
            f"part_{nth}",
            "WanAnimateToVideo",
            said,
            coder,
            length=-(-(length - 1) // 4) * 4 + 1,
            clip_vision_output=seen,
            reference_image=who,
            face_video=clip.images if clip is not None else None,
            pose_video=figures,
            continue_motion_max_frames=_CARRIED,
            continue_motion=frames,
            video_frame_offset=offset,
        )
        made = sample(order, model, Texts(part, part[1]), part[2], id=f"sample_{nth}", seed=order.seed(nth))
        trimmed = order.wiring.add(f"trim_{nth}", "TrimVideoLatent", samples=made, trim_amount=part[3])
        new = first(order, decode(order, trimmed, coder, f"decode_{nth}"), 4096, f"new_{nth}", start=part[4])
        frames = new if frames is None else order.wiring.add(f"join_{nth}", "ImageBatch", image1=frames, image2=new)
        offset = part[5]
        left -= length if nth == 0 else length - _CARRIED
        nth += 1
    assert frames is not None
    return frames


def _network(order: Order) -> tuple[Link, Texts, Node]:
    model: Link = unet(order)
    if order.turbo():
        model = lora(order, model, "turbo", "turbo")
    return shifted(order, model), texts(order, text_encoder(order)), vae(order)
