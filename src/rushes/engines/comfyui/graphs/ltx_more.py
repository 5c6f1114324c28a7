"""LTX with more to it: enlarging passes, camera moves, a control clip.

After ComfyUI's templates video_ltx2_3_t2v (its second pass), video_ltx2_t2v with a camera LoRA, video_ltx2_3_ic_lora.
The second doubling, for pictures beyond 1440 lines, is ours.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.camera import MOVES, move_in
from rushes.engines.comfyui.graphs.ending import cut, first, save_video, scaled
from rushes.engines.comfyui.graphs.ltx import (
    Network,
    add_guide,
    begin,
    decoded,
    empty,
    finish,
    finish_guided,
    levels,
    listed,
    load,
    sampled,
    sound_of,
    text_to_video,
)
from rushes.engines.comfyui.graphs.order import Order
from rushes.engines.comfyui.graphs.parts import Texts, guided, load_clip, pose
from rushes.engines.comfyui.graphs.recipe import GraphError
from rushes.engines.comfyui.graphs.wiring import Link, Node
from rushes.engines.contract import Mode, Role

_REFINING = (0.85, 0.725, 0.4219, 0.0)
_LEAST = 64
"""Pixels that a side has at least to begin with."""
_LARGE = 1440
"""From so many lines on, a half is too large to begin with."""
_DISTILLED_STRENGTH = 0.5
_CONTROLS = ("edge", "depth", "pose")


def quality(order: Order) -> None:
    """Made small, then enlarged and refined, once or twice."""
    wiring = order.wiring
    doublings = 2 if min(order.size()) >= _LARGE else 1
    width, height = order.made_size(order.row.multiple << doublings)
    made = max(width, _LEAST << doublings), max(height, _LEAST << doublings)
    network = load(order, ("refining", _DISTILLED_STRENGTH), key="whole")
    latent = _begun(order, network, empty(order, (made[0] >> doublings, made[1] >> doublings)))
    joined = wiring.add("joined", "LTXVConcatAVLatent", video_latent=latent, audio_latent=network.sound_latent)
    sigmas = levels(order, network, latent)
    both: Link = guided(order, network.model, network.said, joined, sigmas, steps=order.steps(), cfg=order.cfg())
    enlarger = wiring.add("enlarger", "LatentUpscaleModelLoader", model_name=order.model_file("enlarger"))
    refining = listed(order, _REFINING, "refining_sigmas")
    for nth in range(1, doublings + 1):
        parts = wiring.add(f"parts_{nth}", "LTXVSeparateAVLatent", av_latent=both)
        larger = wiring.add(
            f"larger_{nth}", "LTXVLatentUpsampler", samples=parts, upscale_model=enlarger, vae=network.picture
        )
        again = wiring.add(f"joined_{nth}", "LTXVConcatAVLatent", video_latent=larger, audio_latent=parts[1])
        steps = len(_REFINING) - 1
        both = guided(
            order, network.model, network.said, again, refining, steps=steps, cfg=1.0, id=f"refine_{nth}", nth=nth
        )
    parts = wiring.add("parts", "LTXVSeparateAVLatent", av_latent=both)
    frames = cut(order, decoded(order, network, parts), made, order.made_frames())
    save_video(order, frames, sound=sound_of(order, network, parts[1]))


def camera(order: Order) -> None:
    """A camera that moves as the prompt says, or as `extra` names it."""
    move = order.told("camera", "") or ("static" if order.fixed_lens() else move_in(order.prompt()))
    if not move:
        move = next(iter(MOVES))
        order.warn(f"camera: the prompt names no move, so it is {move}")
    if move not in MOVES:
        raise GraphError(f"camera must be one of {', '.join(MOVES)}")
    loras = [(move, 1.0)]
    if order.turbo():
        loras.insert(0, ("distilled", 1.0))
    network = load(order, *loras, key="whole")
    finish(order, network, sampled(order, network, network.said, _begun(order, network, empty(order))))


def control(order: Order) -> None:
    """A clip's edges, depth or poses say where things are; the prompt says what they are."""
    if order.request.mode is Mode.TEXT_TO_VIDEO:
        text_to_video(order)
        return
    wiring = order.wiring
    clip = load_clip(order, order.file(Role.REFERENCE_VIDEO))
    images = first(order, clip.images, order.made_frames(), "control_frames")
    traced = _traced(order, scaled(order, images, order.made_size(), "control_scaled"))
    network = load(order, ("control", 1.0))
    parameters = wiring.add("control_parameters", "GetICLoRAParameters", iclora_model=network.model)
    guide = add_guide(
        order,
        network,
        network.said,
        _begun(order, network, empty(order)),
        traced,
        index=0,
        strength=order.strength(),
        id="guide",
        parameters=parameters,
    )
    said = Texts(guide, guide[1])
    finish_guided(order, network, said, sampled(order, network, said, guide[2]))


def _begun(order: Order, network: Network, latent: Link) -> Link:
    """With a picture, the clip begins with it."""
    picture = order.maybe(Role.IMAGE)
    return latent if picture is None else begin(order, network, latent, picture)


def _traced(order: Order, images: Link) -> Node:
    wiring = order.wiring
    kind = order.told("control", _CONTROLS[0])
    match kind:
        case "edge":
            return wiring.add("control", "Canny", image=images, low_threshold=0.4, high_threshold=0.8)
        case "depth":
            network = wiring.add("depth_network", "LoadMoGeModel", model_name=order.model_file("depth"))
            measured = wiring.add(
                "depth",
                "MoGeInference",
                moge_model=network,
                image=images,
                resolution_level=9,
                fov_x_degrees=0.0,
                batch_size=4,
                force_projection=True,
                apply_mask=True,
                refine_steps=0,
            )
            return wiring.add("control", "MoGeRender", moge_geometry=measured, output="depth")
        case "pose":
            return pose(order, images, face=True)
        case _:
            raise GraphError(f"control must be one of {', '.join(_CONTROLS)}")
