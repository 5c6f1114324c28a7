"""HunyuanVideo and HunyuanVideo 1.5.

After ComfyUI's templates hunyuan_video_text_to_video and video_hunyuan_video_1.5_720p_t2v and -i2v. The first was
distilled on its guidance: it takes cfg as a number among its inputs, and no negative prompt.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import cut, decode, save_video
from rushes.engines.comfyui.graphs.order import Order, load_image
from rushes.engines.comfyui.graphs.parts import Texts, begun, guided, scheduled, shifted, texts, unet, vae
from rushes.engines.comfyui.graphs.wiring import Link, Node
from rushes.engines.contract import Role


def first_text_to_video(order: Order) -> None:
    """HunyuanVideo, the first."""
    wiring = order.wiring
    encoder = _encoder(order, "hunyuan_video")
    said = wiring.add("positive", "CLIPTextEncode", clip=encoder, text=order.prompt())
    told = wiring.add("guidance", "FluxGuidance", conditioning=said, guidance=order.cfg())
    model = shifted(order, unet(order))
    guider = wiring.add("sample_guider", "BasicGuider", model=model, conditioning=told)
    order.sampling("sample", order.steps())
    made = wiring.add(
        "sample",
        "SamplerCustomAdvanced",
        noise=wiring.add("sample_noise", "RandomNoise", noise_seed=order.seed()),
        guider=guider,
        sampler=wiring.add("sample_sampler", "KSamplerSelect", sampler_name=order.sampler()),
        sigmas=scheduled(order, model),
        latent_image=_empty(order, "EmptyHunyuanLatentVideo"),
    )
    frames = wiring.add(
        "decode",
        "VAEDecodeTiled",
        samples=made,
        vae=vae(order),
        tile_size=256,
        overlap=64,
        temporal_size=64,
        temporal_overlap=8,
    )
    save_video(order, cut(order, frames, order.made_size(), order.made_frames()))


def text_to_video(order: Order) -> None:
    """HunyuanVideo 1.5 from a text."""
    said = texts(order, _encoder(order, "hunyuan_video_15"))
    _finish(order, said, _empty(order, "EmptyHunyuanVideo15Latent"), vae(order))


def image_to_video(order: Order) -> None:
    """HunyuanVideo 1.5 from a picture."""
    wiring = order.wiring
    said, coder = texts(order, _encoder(order, "hunyuan_video_15")), vae(order)
    start = load_image(order, order.file(Role.IMAGE))
    look = wiring.add("look_network", "CLIPVisionLoader", clip_name=order.model_file("vision"))
    seen = wiring.add("look", "CLIPVisionEncode", clip_vision=look, image=start, crop="center")
    first = begun(order, "start", "HunyuanVideo15ImageToVideo", said, coder, start_image=start, clip_vision_output=seen)
    _finish(order, Texts(first, first[1]), first[2], coder)


def _finish(order: Order, said: Texts, latent: Link, coder: Link) -> None:
    model = shifted(order, unet(order))
    made = guided(order, model, said, latent, scheduled(order, model), steps=order.steps(), cfg=order.cfg())
    save_video(order, cut(order, decode(order, made, coder), order.made_size(), order.made_frames()))


def _encoder(order: Order, kind: str) -> Node:
    return order.wiring.add(
        "clip",
        "DualCLIPLoader",
        clip_name1=order.model_file("text"),
        clip_name2=order.model_file("text_more"),
        type=kind,
        device="default",
    )


def _empty(order: Order, class_type: str) -> Node:
    width, height = order.made_size()
    return order.wiring.add("latent", class_type, width=width, height=height, length=order.made_frames(), batch_size=1)
