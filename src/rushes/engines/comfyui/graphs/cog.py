"""CogVideoX 1.5 through kijai's ComfyUI-CogVideoXWrapper, which fetches the network by itself.

ComfyUI's own nodes for it want one file that nobody publishes. The wrapper's samplers have names of their own, each
with its schedule.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import cut, save_video
from rushes.engines.comfyui.graphs.order import Order

_SAMPLERS = {
    "euler": "Euler",
    "euler_ancestral": "Euler A",
    "dpmpp_2m": "DPM++",
    "uni_pc": "UniPCMultistepScheduler",
    "heun": "HeunDiscreteScheduler",
    "sa_solver": "SASolverScheduler",
    "deis": "DEISMultistepScheduler",
    "lcm": "LCMScheduler",
    "ddim": "CogVideoXDDIM",
}
_OTHERWISE = "CogVideoXDDIM"


def text_to_video(order: Order) -> None:
    wiring = order.wiring
    width, height = order.made_size()
    model = wiring.add(
        "network",
        "DownloadAndLoadCogVideoModel",
        model="kijai/CogVideoX-5b-1.5-T2V",
        precision="bf16",
        quantization="disabled",
        enable_sequential_cpu_offload=False,
    )
    encoder = wiring.add("clip", "CLIPLoader", clip_name=order.model_file("text"), type="sd3", device="default")
    said = wiring.add(
        "positive", "CogVideoTextEncode", clip=encoder, prompt=order.prompt(), strength=1.0, force_offload=False
    )
    unwanted = wiring.add(
        "negative", "CogVideoTextEncode", clip=said[1], prompt=order.negative(), strength=1.0, force_offload=True
    )
    order.sampling("sample", order.steps())
    made = wiring.add(
        "sample",
        "CogVideoSampler",
        model=model,
        positive=said,
        negative=unwanted,
        samples=wiring.add("latent", "EmptyLatentImage", width=width, height=height, batch_size=1),
        num_frames=order.made_frames(),
        steps=order.steps(),
        cfg=order.cfg(),
        seed=order.seed(),
        scheduler=_sampler(order),
    )
    frames = wiring.add(
        "decode",
        "CogVideoDecode",
        vae=model[1],
        samples=made,
        enable_vae_tiling=True,
        tile_sample_min_height=240,
        tile_sample_min_width=360,
        tile_overlap_factor_height=0.2,
        tile_overlap_factor_width=0.2,
        auto_tile_size=True,
    )
    save_video(order, cut(order, frames, (width, height), order.made_frames()))


def _sampler(order: Order) -> str:
    asked = order.sampler()
    if asked not in _SAMPLERS:
        order.warn(f"sampler: ddim instead of {asked}, which this model does not have")
    return _SAMPLERS.get(asked, _OTHERWISE)
