"""Wan 2.2 S2V: a portrait speaks or sings a recording.

After ComfyUI's template video_wan2_2_14B_s2v: 77 frames at a time, each chunk going on from the latents before it. The
network knows 16 frames a second and no other rate.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import cut, decode, first, save_video
from rushes.engines.comfyui.graphs.order import Order, load_image
from rushes.engines.comfyui.graphs.parts import Texts, begun, sample, shifted, texts, unet, vae
from rushes.engines.comfyui.graphs.wan import text_encoder
from rushes.engines.comfyui.graphs.wiring import Link
from rushes.engines.contract import Role

_CHUNK = 77
_PER_CHUNK = 80
"""Frames that a chunk's twenty latents come to when they are decoded behind others."""
_BRIGHT = 3
"""Frames at the start that come out overexposed: the first latent is doubled, and these are dropped."""


def talk(order: Order) -> None:
    """The recording's first seconds, spoken by the picture."""
    wiring = order.wiring
    said, coder = texts(order, text_encoder(order)), vae(order)
    model = shifted(order, unet(order))
    voice = wiring.add("voice", "LoadAudio", audio=order.file(Role.AUDIO))
    ear = wiring.add("ear", "AudioEncoderLoader", audio_encoder_name=order.model_file("audio"))
    heard = wiring.add("heard", "AudioEncoderEncode", audio_encoder=ear, audio=voice)
    who = load_image(order, order.file(Role.IMAGE))
    latents: Link | None = None
    for nth, length in enumerate(chunks(order.frames())):
        if latents is None:
            part = begun(
                order,
                "part_0",
                "WanSoundImageToVideo",
                said,
                coder,
                length=length,
                audio_encoder_output=heard,
                ref_image=who,
            )
        else:
            part = wiring.add(
                f"part_{nth}",
                "WanSoundImageToVideoExtend",
                positive=said.positive,
                negative=said.negative,
                vae=coder,
                length=length,
                video_latent=latents,
                audio_encoder_output=heard,
                ref_image=who,
            )
        made = sample(order, model, Texts(part, part[1]), part[2], id=f"sample_{nth}", seed=order.seed(nth))
        latents = (
            made
            if latents is None
            else wiring.add(f"join_{nth}", "LatentConcat", samples1=latents, samples2=made, dim="t")
        )
    assert latents is not None
    start = wiring.add("start", "LatentCut", samples=latents, dim="t", index=0, amount=1)
    doubled = wiring.add("doubled", "LatentConcat", samples1=start, samples2=latents, dim="t")
    frames = first(order, decode(order, doubled, coder), order.frames(), "cut_frames", start=_BRIGHT)
    save_video(order, cut(order, frames, order.made_size()), sound=voice)


def chunks(frames: int) -> list[int]:
    """The lengths of the chunks that make so many frames: all full but the last."""
    latents = -(-(frames + _BRIGHT - 1) // 4)
    full, rest = divmod(latents, _PER_CHUNK // 4)
    return [_CHUNK] * full + ([rest * 4 - 3] if rest else [])
