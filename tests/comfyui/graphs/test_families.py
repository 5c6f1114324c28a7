"""What each family does with what it is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.engines.comfyui.graphs import Built, GraphError, nodes_of
from rushes.engines.comfyui.graphs.camera import MOVES, move_in
from rushes.engines.comfyui.graphs.ltx import thinned
from rushes.engines.comfyui.graphs.wan_sound import chunks
from rushes.engines.contract import Mode, Role
from tests.comfyui.graphs.asking import FILES, build, catalog, node, recipes, request_of
from tests.comfyui.graphs.checking import faults

T2V, I2V, FLF, V2V = Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME, Mode.VIDEO_TO_VIDEO
_LATENTS = {
    "wan-t2v": "EmptyHunyuanLatentVideo",
    "hunyuan-t2v": "EmptyHunyuanLatentVideo",
    "hunyuan15-t2v": "EmptyHunyuanVideo15Latent",
    "ltx-t2v": "EmptyLTXVLatentVideo",
}
_EVEN = st.integers(120, 480).map(lambda half: half * 2)


# Size and length


@given(model=st.sampled_from(sorted(_LATENTS)), width=_EVEN, height=_EVEN, frames=st.integers(9, 200))
@settings(max_examples=60)
def test_the_next_larger_is_made_and_cut_to_what_was_asked_for(
    model: str, width: int, height: int, frames: int
) -> None:
    if max(width, height) > 3 * min(width, height):
        width = height
    sampling = catalog().models[model].sampling
    assert sampling is not None
    built = build(model, T2V, width=min(width, 720), height=min(height, 720), frames=frames)
    made = node(built, _LATENTS[model])
    asked_width, asked_height = min(width, 720), min(height, 720)
    assert made["width"] % sampling.multiple == made["height"] % sampling.multiple == 0
    assert (made["length"] - 1) % sampling.frame_step == 0
    assert 0 <= made["width"] - asked_width < sampling.multiple
    assert 0 <= made["height"] - asked_height < sampling.multiple
    assert 0 <= made["length"] - frames < sampling.frame_step
    kinds = nodes_of(built.graph)
    assert ("ImageFromBatch" in kinds) == (made["length"] != frames)
    assert ("ImageCrop" in kinds) == ((made["width"], made["height"]) != (asked_width, asked_height))
    if "ImageCrop" in kinds:
        crop = node(built, "ImageCrop")
        assert (crop["width"], crop["height"]) == (asked_width, asked_height)
        assert crop["x"] + crop["width"] <= made["width"]
        assert crop["y"] + crop["height"] <= made["height"]
    if "ImageFromBatch" in kinds:
        assert node(built, "ImageFromBatch")["length"] == frames
    assert built.warnings == ()


def test_the_rate_reaches_the_file_and_the_network() -> None:
    built = build("ltx-t2v", T2V, fps=30)
    assert node(built, "CreateVideo")["fps"] == 30.0
    assert node(built, "LTXVConditioning")["frame_rate"] == 30.0
    assert node(built, "LTXVEmptyLatentAudio")["frame_rate"] == 30
    assert node(build("svd-i2v", I2V, fps=60), "SVD_img2vid_Conditioning")["fps"] == 30


def test_cutting_the_end_image_off_is_said() -> None:
    assert build("wan-flf", FLF, frames=81).warnings == ()
    assert build("wan-flf", FLF, frames=80).warnings == (
        "frames: 81 made and 80 kept, so the end image is not quite reached",
    )


# Turbo


@pytest.mark.parametrize("model", ["wan-t2v", "wan-i2v", "wan-flf"])
def test_few_steps_are_made_with_the_turbo(model: str) -> None:
    mode = catalog().models[model].modes[0]
    assert "LoraLoaderModelOnly" in nodes_of(build(model, mode, steps=8).graph)
    many = build(model, mode, steps=9)
    assert "LoraLoaderModelOnly" not in nodes_of(many.graph)
    (warning,) = many.warnings
    assert re.fullmatch(r"cfg: \S+ instead of 1, which only does for up to 8 steps", warning)
    assert many.graph["sample_high"]["inputs"]["cfg"] > 1


def test_a_cfg_that_was_chosen_stays() -> None:
    built = build("wan-t2v", T2V, steps=20, cfg=2.5)
    assert built.graph["sample_low"]["inputs"]["cfg"] == 2.5
    assert built.warnings == ()


def test_ltx_takes_the_distilled_network_for_few_steps_and_the_whole_one_for_many() -> None:
    few, many = build("ltx-t2v", T2V), build("ltx-t2v", T2V, steps=30, cfg=4)
    assert "distilled" in node(few, "CheckpointLoaderSimple")["ckpt_name"]
    assert "dev" in node(many, "CheckpointLoaderSimple")["ckpt_name"]
    assert "ManualSigmas" in nodes_of(few.graph)
    assert node(many, "LTXVScheduler")["steps"] == 30
    assert node(build("ltx-t2v", T2V, scheduler="karras"), "BasicScheduler")["scheduler"] == "karras"


def test_klein_takes_its_base_for_many_steps() -> None:
    assert "base" not in node(build("flux", Mode.TEXT_TO_IMAGE), "UNETLoader")["unet_name"]
    built = build("flux", Mode.TEXT_TO_IMAGE, steps=20, negative_prompt="fog")
    assert "base" in node(built, "UNETLoader")["unet_name"]
    assert [each["inputs"]["text"] for each in built.graph.values() if each["class_type"] == "CLIPTextEncode"] == [
        "a fox in the snow",
        "fog",
    ]


def test_two_experts_share_the_steps() -> None:
    for steps in (2, 5, 20, 100):
        built = build("wan-t2v", T2V, steps=steps)
        high, low = built.graph["sample_high"]["inputs"], built.graph["sample_low"]["inputs"]
        assert high["end_at_step"] == low["start_at_step"] == built.samplers["sample_high"]
        assert sum(built.samplers.values()) == steps
        assert (high["steps"], low["steps"]) == (steps, steps)
    assert build("wan-t2v", T2V, steps=1).samplers == {"sample_high": 1}


@pytest.mark.parametrize("steps", range(1, 9))
def test_distilled_levels_fall_from_one_to_nothing(steps: int) -> None:
    levels = thinned(steps)
    assert (levels[0], levels[-1], len(levels)) == (1.0, 0.0, steps + 1)
    assert list(levels) == sorted(levels, reverse=True)


# Settings that a family does not have


def test_what_has_no_effect_is_said() -> None:
    assert build("hunyuan-t2v", T2V, negative_prompt="fog").warnings == (
        "negative_prompt: ignored, hunyuan-t2v has no such setting",
    )
    assert build("wan-t2v", T2V, negative_prompt="fog").warnings == ("negative_prompt: without effect at cfg 1",)
    assert build("svd-i2v", I2V).warnings == ("prompt: ignored, svd-i2v has no such setting",)
    assert build("sd15", Mode.TEXT_TO_IMAGE, extra={"shift": 3.0}).warnings == (
        "shift: ignored, sd15 has no such setting",
    )
    assert build("wan-t2v", T2V, Role.END_IMAGE).warnings == ("end_image: 1 of 1 ignored, there is no use for it here",)
    assert build("cogvideo-t2v", T2V, sampler="lms").warnings == (
        "sampler: ddim instead of lms, which this model does not have",
    )
    assert build("cogvideo-t2v", T2V, scheduler="karras").warnings == (
        "scheduler: normal instead of karras, this model knows no other",
    )


def test_a_camera_held_still_is_said_to_be_ignored() -> None:
    from rushes.catalog.model import Wish
    from rushes.catalog.plan import make_plan

    plan = make_plan(catalog(), Wish(model="wan-t2v", mode=T2V, prompt="x"))
    built = recipes()["wan-t2v"].build(request_of(plan, fixed_lens=True), {})
    assert built.warnings == ("fixed_lens: ignored, wan-t2v has no such setting",)


def test_a_prompt_of_braces_stays_as_it_is() -> None:
    said = "a {fox} {0} %s \n$x"
    assert build("wan-t2v", T2V, prompt=said).graph["positive"]["inputs"]["text"] == said
    assert build("hunyuan3d", Mode.TEXT_TO_3D, prompt=said).graph["positive"]["inputs"]["text"].startswith(said)


# Sound


def test_sound_is_decoded_only_where_it_is_wanted() -> None:
    assert "LTXVAudioVAEDecode" not in nodes_of(build("ltx-t2v", T2V).graph)
    built = build("ltx-t2v", T2V, sound=True)
    assert node(built, "CreateVideo")["audio"] == ["sound", 0]


@given(frames=st.integers(1, 4000))
def test_chunks_of_speech_come_to_the_length(frames: int) -> None:
    lengths = chunks(frames)
    latents = sum((length - 1) // 4 + 1 for length in lengths)
    # Decoded with the first latent doubled: 4 (n + 1 - 1) + 1 frames, of which three are dropped.
    assert frames <= latents * 4 + 1 - 3 < frames + 4
    assert all(length == 77 for length in lengths[:-1])
    assert all(1 <= length <= 77 and length % 4 == 1 for length in lengths)


def test_long_speech_goes_on_from_what_was_made() -> None:
    built = build("wan-s2v", Mode.SOUND_TO_VIDEO, frames=480, fps=24)
    assert list(built.samplers) == ["sample_0", "sample_1", "sample_2", "sample_3", "sample_4"]
    assert built.graph["part_2"]["inputs"]["video_latent"] == ["join_1", 0]
    assert node(built, "CreateVideo")["fps"] == 16.0
    assert node(built, "ImageFromBatch")["length"] == 320
    assert built.warnings == ("fps: 16 instead of 24, this model knows no other",)
    assert len({built.graph[name]["inputs"]["seed"] for name in built.samplers}) == 5


@pytest.mark.parametrize(
    ("asked", "saved"), [("mp3", "SaveAudioMP3"), ("opus", "SaveAudioOpus"), ("flac", "SaveAudio")]
)
def test_music_is_written_as_asked(asked: str, saved: str) -> None:
    built = build("generate_audio", Mode.TEXT_TO_AUDIO, extra={"format": asked}, seconds=12.34)
    assert saved in nodes_of(built.graph)
    assert node(built, "TrimAudioDuration")["duration"] == 12.34
    assert node(built, "EmptyAceStep1.5LatentAudio")["seconds"] >= 12.34


def test_music_that_cannot_be_written_so_says_what_it_is() -> None:
    built = build("generate_audio", Mode.TEXT_TO_AUDIO, extra={"format": "wav", "tags": ["jazz", "slow"]})
    assert built.warnings == ("format: flac instead of wav, which ComfyUI does not write",)
    assert built.graph["positive"]["inputs"]["tags"] == "a fox in the snow, jazz, slow"


# Clips


@pytest.mark.parametrize("strength", [0.0, 0.35, 1.0])
def test_strength_says_how_far_a_clip_goes_from_itself(strength: float) -> None:
    built = build("v2v", V2V, strength=strength)
    assert built.graph["sample"]["inputs"]["denoise"] == strength
    assert built.graph["sample"]["inputs"]["latent_image"] == ["encode", 0]
    assert node(built, "WanVaceToVideo")["strength"] == 1.0


def test_a_restyled_clip_keeps_its_rate_and_sound() -> None:
    kept = node(build("v2v", V2V), "CreateVideo")
    assert (kept["fps"], kept["audio"]) == (["clip_parts", 2], ["clip_parts", 1])
    assert "audio" not in node(build("v2v", V2V, sound=False), "CreateVideo")


def test_strength_is_how_much_a_control_clip_holds() -> None:
    assert node(build("wan-vace", V2V, strength=0.4), "WanVaceToVideo")["strength"] == 0.4
    assert node(build("ltx-control", V2V, strength=0.4), "LTXVAddGuide")["strength"] == 0.4


@pytest.mark.parametrize(
    ("control", "kind"), [("edge", "Canny"), ("depth", "MoGeRender"), ("pose", "SDPoseDrawKeypoints")]
)
def test_what_a_control_clip_is_traced_by(control: str, kind: str) -> None:
    built = build("ltx-control", V2V, extra={"control": control})
    assert faults(built.graph) == []
    guide = node(built, "LTXVAddGuide")
    assert built.graph[guide["image"][0]]["class_type"] == kind


def test_an_unknown_control_is_refused() -> None:
    with pytest.raises(GraphError, match="control must be one of edge, depth, pose"):
        build("ltx-control", V2V, extra={"control": "smell"})


@given(frames=st.integers(5, 999))
@settings(max_examples=40)
def test_chunks_of_animation_come_to_the_length(frames: int) -> None:
    built = build("wan-animate", Mode.MOTION_TRANSFER, frames=frames)
    lengths = [each["inputs"]["length"] for name, each in built.graph.items() if name.startswith("part_")]
    made = sum(lengths) - 5 * (len(lengths) - 1)
    assert frames <= made < frames + 4
    assert all((length % 4 == 1 and 5 < length <= 77) or len(lengths) == 1 for length in lengths)
    assert len(lengths) == len(built.samplers)


def test_vace_shows_the_subject() -> None:
    built = build("wan-vace", Mode.REFERENCE_TO_VIDEO)
    assert node(built, "LoadImage")["image"] == FILES[Role.REFERENCE_IMAGE][0]
    assert "control_video" not in node(built, "WanVaceToVideo")


def test_long_clips_are_sampled_in_windows() -> None:
    assert "WanContextWindowsManual" not in nodes_of(build("wan-t2v", T2V, frames=161).graph)
    assert "WanContextWindowsManual" in nodes_of(build("wan-t2v", T2V, frames=162).graph)
    assert build("animatediff", T2V, frames=64).graph["latent"]["inputs"]["batch_size"] == 64


def test_a_face_goes_into_a_given_clip_or_into_one_that_is_made() -> None:
    given_clip = build("dreamidv", Mode.REFERENCE_TO_VIDEO, Role.REFERENCE_VIDEO)
    assert "KSamplerAdvanced" not in nodes_of(given_clip.graph)
    made = build("dreamidv", Mode.REFERENCE_TO_VIDEO, steps=30, frames=80, width=840)
    assert faults(made.graph) == []
    assert made.samplers == {"sample_high": 2, "sample_low": 2, "sample": 30}
    assert made.graph["positive"]["inputs"]["text"] == "a fox in the snow"


# Pictures


def test_pictures_come_as_a_batch() -> None:
    assert node(build("sd15", Mode.TEXT_TO_IMAGE, count=3), "EmptyLatentImage")["batch_size"] == 3
    assert node(build("flux", Mode.TEXT_TO_IMAGE, count=3), "EmptyFlux2LatentImage")["batch_size"] == 3


def test_an_edit_sees_the_picture_and_three_more() -> None:
    files = {Role.IMAGE: ("j/a.png",), Role.REFERENCE_IMAGE: ("j/b.png", "j/c.png", "j/d.png", "j/e.png")}
    built = _edit(files)
    shown = [each["inputs"]["image"] for each in built.graph.values() if each["class_type"] == "LoadImage"]
    assert shown == ["j/a.png", "j/b.png", "j/c.png", "j/d.png"]
    assert built.warnings == ("reference_image: 1 of 4 ignored, there is no use for it here",)
    assert faults(built.graph) == []


def test_a_mask_keeps_the_rest_of_the_picture() -> None:
    built = _edit({Role.IMAGE: ("j/a.png",), Role.MASK: ("j/m.png",)})
    assert faults(built.graph) == []
    masked = node(built, "SetLatentNoiseMask")
    assert built.graph["sample"]["inputs"]["latent_image"] == ["masked", 0]
    assert built.graph[masked["mask"][0]]["inputs"] == {"image": "j/m.png", "channel": "alpha"}


def _edit(files: dict[Role, Any]) -> Built:
    from rushes.catalog.model import Wish
    from rushes.catalog.plan import make_plan

    plan = make_plan(catalog(), Wish(model="flux-edit", mode=Mode.IMAGE_TO_IMAGE, prompt="make it night"))
    return recipes()["flux-edit"].build(request_of(plan), files)


def test_a_thing_from_a_text_is_drawn_first() -> None:
    built = build("hunyuan3d", Mode.TEXT_TO_3D, prompt="a teapot", steps=40)
    assert built.samplers == {"sample": 4, "sample_shape": 40}
    assert built.graph["look"]["inputs"]["image"] == ["decode", 0]


# Camera moves


@pytest.mark.parametrize(
    ("said", "move"),
    [
        ("The camera dollies in on a fox", "dolly-in"),
        ("slow push in towards the door", "dolly-in"),
        ("we zoom out", "dolly-out"),
        ("Pull back to reveal the city", "dolly-out"),
        ("camera pans left over the hills", "dolly-left"),
        ("trucking shot to the right", "dolly-right"),
        ("a crane shot rising above the crowd", "jib-up"),
        ("tilt down", "jib-down"),
        ("static camera, a busy street", "static"),
        ("dolly right, then dolly left", "dolly-right"),
        ("the camera moves forward", "dolly-in"),
        ("a couple moves in together", ""),
        ("a jibe", ""),
    ],
)
def test_camera_moves_in_prompts(said: str, move: str) -> None:
    assert move_in(said) == move


def test_each_move_has_its_lora() -> None:
    for move in MOVES:
        built = build("ltx-camera", T2V, extra={"camera": move})
        names = [each["inputs"]["lora_name"] for each in built.graph.values() if "lora_name" in each["inputs"]]
        assert [name for name in names if move in name], move
        assert built.warnings == ()


def test_without_a_move_one_is_chosen_and_said() -> None:
    assert build("ltx-camera", T2V).warnings == ("camera: the prompt names no move, so it is dolly-in",)
    with pytest.raises(GraphError, match="camera must be one of"):
        build("ltx-camera", T2V, extra={"camera": "spin"})


# Enlarging


@pytest.mark.parametrize(
    ("width", "height", "doublings"), [(832, 480, 1), (1920, 1080, 1), (2560, 1440, 2), (3840, 2160, 2)]
)
def test_quality_begins_small_and_doubles(width: int, height: int, doublings: int) -> None:
    built = build("ltx-quality", T2V, width=width, height=height)
    assert len(built.samplers) == 1 + doublings
    begun = node(built, "EmptyLTXVLatentVideo")
    crop = node(built, "ImageCrop")
    assert (crop["width"], crop["height"]) == (width, height)
    assert begun["width"] << doublings >= width
    assert begun["width"] % 32 == begun["height"] % 32 == 0
