"""Hunyuan3D 2: a picture of a thing becomes the thing. From a text, Flux 2 Klein draws the picture first.

After ComfyUI's template 3d_hunyuan3d_image_to_model. What is transparent in the picture counts as white background.
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import prefix
from rushes.engines.comfyui.graphs.flux import drawn
from rushes.engines.comfyui.graphs.order import Order
from rushes.engines.comfyui.graphs.parts import Texts, sample
from rushes.engines.comfyui.graphs.wiring import Link
from rushes.engines.contract import Mode, Role

_WHITE = 0xFFFFFF
_SIDE = 1024
_DRAWING = "{prompt}. One single object, whole and centred, seen slightly from above, on a plain white background"


def thing(order: Order) -> None:
    """A mesh, as GLB."""
    wiring = order.wiring
    checkpoint = wiring.add("checkpoint", "ImageOnlyCheckpointLoader", ckpt_name=order.model_file("network"))
    picture = _given(order) if order.request.mode is Mode.IMAGE_TO_3D else _drawn(order)
    seen = wiring.add("look", "CLIPVisionEncode", clip_vision=checkpoint[1], image=picture, crop="center")
    shape = wiring.add("shape", "Hunyuan3Dv2Conditioning", clip_vision_output=seen)
    model = wiring.add("shift", "ModelSamplingAuraFlow", model=checkpoint, shift=order.shift())
    latent = wiring.add("shape_latent", "EmptyLatentHunyuan3Dv2", resolution=3072, batch_size=1)
    made = sample(order, model, Texts(shape, shape[1]), latent, id="sample_shape")
    voxels = wiring.add(
        "voxels", "VAEDecodeHunyuan3D", samples=made, vae=checkpoint[2], num_chunks=8000, octree_resolution=256
    )
    mesh = wiring.add("mesh", "VoxelToMesh", voxel=voxels, algorithm="surface net", threshold=0.6)
    wiring.add("save", "SaveGLB", mesh=mesh, filename_prefix=prefix(order))


def _given(order: Order) -> Link:
    wiring = order.wiring
    loaded = wiring.add("image", "LoadImage", image=order.file(Role.IMAGE))
    white = wiring.add("white", "EmptyImage", width=_SIDE, height=_SIDE, batch_size=1, color=_WHITE)
    return wiring.add(
        "on_white",
        "ImageCompositeMasked",
        destination=loaded,
        source=white,
        x=0,
        y=0,
        resize_source=True,
        mask=loaded[1],
    )


def _drawn(order: Order) -> Link:
    asked = {"mode": Mode.TEXT_TO_IMAGE, "width": _SIDE, "height": _SIDE}
    return drawn(order.aside(prompt=_DRAWING.format(prompt=order.prompt()), **asked), 1)
