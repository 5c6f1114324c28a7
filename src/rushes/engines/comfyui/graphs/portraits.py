"""Faces: LivePortrait, DreamID-V, EchoMimic, each by a pack of nodes of its own.

After the packs' sources: kijai/ComfyUI-LivePortraitKJ, TTPlanetPig/Comfyui_DreamID-V_wrapper and
smthemex/ComfyUI_EchoMimic (V3 flash).
"""

from __future__ import annotations

from rushes.engines.comfyui.graphs.ending import cut, decode, first, save_video, scaled
from rushes.engines.comfyui.graphs.order import Order, load_image, up
from rushes.engines.comfyui.graphs.parts import load_clip
from rushes.engines.comfyui.graphs.recipe import GraphError
from rushes.engines.comfyui.graphs.wan import from_text
from rushes.engines.comfyui.graphs.wiring import Link
from rushes.engines.contract import Mode, Role

_ECHO_SEEDS = 2**31 - 1
_ECHO_LEAST = 12
_ECHO_CFG = 10.0
_DREAM_CFG, _DREAM_SHIFT, _DREAM_SIDE, _DREAM_FRAMES = 20.0, 10.0, 2048, 200


def live_portrait(order: Order) -> None:
    """A portrait makes the faces of somebody in a clip."""
    wiring = order.wiring
    clip = load_clip(order, order.file(Role.REFERENCE_VIDEO))
    driving = first(order, clip.images, order.frames(), "driving")
    portrait = scaled(order, load_image(order, order.file(Role.IMAGE)), order.size(), "portrait")
    pipeline = wiring.add("network", "DownloadAndLoadLivePortraitModels", precision="auto", mode="human")
    cropper = wiring.add("cropper", "LivePortraitLoadCropper", onnx_device="CUDA", keep_model_loaded=True)
    face = wiring.add(
        "face",
        "LivePortraitCropper",
        pipeline=pipeline,
        cropper=cropper,
        source_image=portrait,
        dsize=512,
        scale=2.3,
        vx_ratio=0.0,
        vy_ratio=-0.125,
        face_index=0,
        face_index_order="large-small",
        rotate=True,
    )
    moved = wiring.add(
        "moved",
        "LivePortraitProcess",
        pipeline=pipeline,
        crop_info=face[1],
        source_image=portrait,
        driving_images=driving,
        lip_zero=False,
        lip_zero_threshold=0.03,
        stitching=True,
        delta_multiplier=1.0,
        mismatch_method="constant",
        relative_motion_mode="relative",
        driving_smooth_observation_variance=3e-6,
    )
    frames = wiring.add(
        "put_back", "LivePortraitComposite", source_image=portrait, cropped_image=moved, liveportrait_out=moved[1]
    )
    order.fps()
    save_video(order, frames, sound=clip.sound, fps=clip.fps)


def dream_id(order: Order) -> None:
    """A face in a clip becomes somebody else's. Without a clip, Wan makes one from the prompt first."""
    wiring = order.wiring
    face = load_image(order, order.file(Role.REFERENCE_IMAGE, Role.IMAGE), "face")
    width, height = order.made_size()
    length = order.made_frames()
    _within(order, width=width, height=height, frames=length)
    name = order.maybe(Role.REFERENCE_VIDEO)
    sound: Link | None = None
    fps: Link | None = None
    frames: Link
    if name is not None:
        clip = load_clip(order, name)
        frames, sound, fps = first(order, clip.images, length, "clip"), clip.sound, clip.fps
        order.fps()
    else:
        frames = from_text(order.aside(mode=Mode.TEXT_TO_VIDEO))
    poses = wiring.add(
        "poses",
        "DreamIDV_PoseExtractor_TTP",
        reference_video=frames,
        reference_image=face,
        max_frames=length,
        static_mode=True,
        min_detection_confidence=0.5,
        min_tracking_confidence=0.5,
    )
    model = wiring.add(
        "network",
        "DreamIDV_ModelLoader_Wrapper_TTP",
        dreamidv_model=order.model_file("network"),
        t5_checkpoint=order.model_file("text"),
        precision="bf16",
        quantization="disabled",
        attention_mode="auto",
    )
    coder = wiring.add("face_vae", "VAELoader", vae_name=order.model_file("vae"))
    order.sampling("sample", order.steps())
    made = wiring.add(
        "sample",
        "DreamIDV_Sampler_Wrapper_TTP",
        dreamidv_wrapper=model,
        vae=coder,
        pose_video=poses,
        ref_video=frames,
        ref_image=face,
        mask_video=poses[1],
        size="custom",
        custom_width=width,
        custom_height=height,
        frame_num=length,
        steps=order.steps(),
        cfg_scale=_limited(order, "cfg", order.cfg(), _DREAM_CFG),
        shift=_limited(order, "shift", order.shift(), _DREAM_SHIFT),
        seed=order.seed(),
        offload_t5=True,
        offload_video_model=True,
    )
    frames = decode(order, made, coder, "decode_face")
    save_video(order, cut(order, frames, (width, height), length), sound=sound, fps=fps)


def echo_mimic(order: Order) -> None:
    """A portrait says a recording. The network takes a size near 768x768 of the picture's shape: it is scaled then."""
    wiring = order.wiring
    portrait = scaled(order, load_image(order, order.file(Role.IMAGE)), order.size(), "portrait")
    voice = wiring.add("voice", "LoadAudio", audio=order.file(Role.AUDIO))
    model = wiring.add(
        "network",
        "Echo_LoadModel",
        vae=order.model_file("vae"),
        lora="None",
        denoising=True,
        infer_mode="audio_drived",
        lowvram=True,
        teacache_offload=True,
        block_offload=True,
        use_mmgp="None",
        version="V3_flash",
    )
    encoder = wiring.add("clip", "CLIPLoader", clip_name=order.model_file("text"), type="wan", device="default")
    look = wiring.add("look_network", "CLIPVisionLoader", clip_name=order.model_file("vision"))
    width, height = (min(max(up(side, 64), 128), 1024) for side in order.size())
    prepared = wiring.add(
        "prepared",
        "Echo_Predata",
        info=model[1],
        image=portrait,
        audio=voice,
        prompt=order.prompt(),
        negative_prompt=order.negative(),
        pose_dir="pose_01",
        width=width,
        height=height,
        fps=float(max(order.fps(), 5)),
        facemask_ratio=0.1,
        facecrop_ratio=0.8,
        length=max(order.made_frames(), _ECHO_LEAST),
        partial_video_length=113,
        draw_mouse=False,
        motion_sync_=False,
        clip=encoder,
        clip_vision=look,
    )
    order.sampling("sample", order.steps())
    made = wiring.add(
        "sample",
        "Echo_Sampler",
        model=model,
        emb=prepared,
        seed=_small_seed(order),
        cfg=_limited(order, "cfg", order.cfg(), _ECHO_CFG),
        steps=order.steps(),
        sample_rate=16_000,
        context_frames=12,
        context_overlap=3,
        save_video=False,
    )
    frames = first(order, made, order.frames(), "cut_frames")
    save_video(order, scaled(order, frames, order.size(), "scaled"), sound=voice)


def _small_seed(order: Order) -> int:
    seed = order.seed() % (_ECHO_SEEDS + 1)
    if seed != order.seed():
        order.warn(f"seed: {seed} instead of {order.seed()}, this model knows none beyond {_ECHO_SEEDS}")
    return seed


def _limited(order: Order, name: str, value: float, most: float) -> float:
    if value > most:
        order.warn(f"{name}: {most:g} instead of {value:g}, the most that this model knows")
    return min(value, most)


def _within(order: Order, *, width: int, height: int, frames: int) -> None:
    if max(width, height) > _DREAM_SIDE or frames > _DREAM_FRAMES:
        raise GraphError(f"{order.request.model} makes at most {_DREAM_SIDE} pixels a side and {_DREAM_FRAMES} frames")
