"""Every model of the studio document, in every mode that it declares, makes graphs that a host would take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rushes.engines.comfyui.graphs import GraphError, files_of, nodes_of
from rushes.engines.comfyui.graphs.table import table
from rushes.engines.contract import Mode, Request, Role
from tests.comfyui.graphs.asking import FILES, NEEDED, build, catalog, recipes, request_of, studio_models
from tests.comfyui.graphs.checking import SIGNATURES, faults

_REFERENCES: dict[str, list[str]] = json.loads((Path(__file__).parent / "references.json").read_text())
"""The node classes of graphs that a real ComfyUI 0.33.0 took."""
_MODELS = studio_models()
_NAMED = [f"{model}-{mode}" for model, mode in _MODELS]


@pytest.mark.parametrize(("model", "mode"), _MODELS, ids=_NAMED)
def test_a_plain_wish_makes_a_graph(model: str, mode: Mode) -> None:
    built = build(model, mode)
    assert faults(built.graph) == []
    assert built.samplers.keys() <= built.graph.keys()
    assert all(steps > 0 for steps in built.samplers.values())


@pytest.mark.parametrize(("model", "mode"), _MODELS, ids=_NAMED)
def test_its_files_are_declared(model: str, mode: Mode) -> None:
    declared = {(file.folder, file.name) for file in recipes()[model].files}
    for steps in (1, 30):
        assert files_of(build(model, mode, extra={"steps": steps}).graph) <= declared


@pytest.mark.parametrize(("model", "mode"), _MODELS, ids=_NAMED)
def test_the_jobs_id_is_in_the_names_of_its_files(model: str, mode: Mode) -> None:
    prefixes = [
        node["inputs"]["filename_prefix"]
        for node in build(model, mode).graph.values()
        if "filename_prefix" in node["inputs"]
    ]
    assert prefixes == ["rushes/job_01test"]


@pytest.mark.parametrize(("model", "mode"), _MODELS, ids=_NAMED)
def test_what_it_needs_beyond_comfyui_is_declared(model: str, mode: Mode) -> None:
    beyond = {
        SIGNATURES[name]["source"].split()[0]
        for name in nodes_of(build(model, mode).graph)
        if not SIGNATURES[name]["source"].startswith(("ComfyUI 0", "docs"))
    }
    assert beyond == {pack.name for pack in recipes()[model].packs}


@pytest.mark.parametrize(("model", "mode"), [each for each in _MODELS if each[1] in NEEDED])
def test_a_missing_input_is_said(model: str, mode: Mode) -> None:
    plain = build(model, mode)
    assert plain.graph
    request = Request(
        job="job_1", model=model, mode=mode, prompt="x", width=512, height=512, seconds=2, seed=1, extra={}
    )
    with pytest.raises(GraphError, match="needs the input"):
        recipes()[model].build(request, {})


def test_a_mode_that_a_model_does_not_have_is_refused() -> None:
    request = Request(
        job="job_1", model="sd15", mode=Mode.IMAGE_TO_IMAGE, prompt="x", width=512, height=512, seconds=0, seed=1
    )
    with pytest.raises(GraphError, match="cannot make"):
        recipes()["sd15"].build(request, FILES)


@pytest.mark.parametrize("model", [model.id for model in catalog().models.values() if "studio" in model.tags])
def test_the_recipe_agrees_with_the_catalogue(model: str) -> None:
    """The catalogue promises what is cut to size here: both have to mean the same steps, and the same defaults."""
    entry, row = catalog().models[model], table().models[model]
    assert set(entry.modes) == set(row.modes)
    sampling = entry.sampling
    assert sampling is not None
    if entry.resolutions:
        assert sampling.multiple % row.multiple == 0
    assert sampling.frame_step == row.frame_step or sampling.frames is None
    for knob, usual in (("steps", row.usual.steps), ("cfg", row.usual.cfg), ("shift", row.usual.shift)):
        limits = getattr(sampling, knob)
        assert limits is None or limits.default == usual, knob
    assert sampling.sampler in ("", row.usual.sampler)
    assert sampling.scheduler in ("", row.usual.scheduler)


def test_other_services_models_of_the_same_networks_are_served() -> None:
    also = {name for row in table().models.values() for name in row.also}
    assert also == also & catalog().models.keys()
    for model in also - {"generate_audio"}:
        entry = catalog().models[model]
        assert faults(build(model, entry.modes[0]).graph) == []
        assert build(model, entry.modes[0]).warnings == ()


_ALIKE: dict[str, tuple[str, Mode, dict[str, Any], set[str], set[str]]] = {
    # reference: model, mode, extra, what ours has more, what it has less
    "wan_t2v": ("wan-t2v", Mode.TEXT_TO_VIDEO, {"steps": 20}, set(), set()),
    "wan_i2v": ("wan-i2v", Mode.IMAGE_TO_VIDEO, {}, set(), set()),
    "wan_flf": ("wan-flf", Mode.FIRST_LAST_FRAME, {"steps": 20}, set(), set()),
    # The clip is cut to the length that is made; the reference shows a picture as well.
    "wan_vace": ("wan-vace", Mode.VIDEO_TO_VIDEO, {}, {"ImageFromBatch"}, {"LoadImage"}),
    # Ours begins with the clip's own latents, so that strength says how far it goes from them.
    "v2v": (
        "v2v",
        Mode.VIDEO_TO_VIDEO,
        {},
        {
            "Canny",
            "GetImageSize",
            "ImageBatch",
            "ImageFromBatch",
            "ImageScale",
            "LoraLoaderModelOnly",
            "RepeatImageBatch",
            "VAEEncode",
        },
        {"LoadImage", "TrimVideoLatent"},
    ),
    # Frames that a chunk repeats are dropped.
    "wan_animate": ("wan-animate", Mode.MOTION_TRANSFER, {}, {"ImageFromBatch"}, set()),
    "ltx_t2v": ("ltx-t2v", Mode.TEXT_TO_VIDEO, {}, set(), set()),
    "ltx_i2v": ("ltx-i2v", Mode.IMAGE_TO_VIDEO, {}, set(), set()),
    "ltx_flf": ("ltx-flf", Mode.FIRST_LAST_FRAME, {}, set(), set()),
    # Cut, not scaled, to the size.
    "ltx_quality": ("ltx-quality", Mode.TEXT_TO_VIDEO, {}, {"ImageCrop"}, set()),
    "ltx_camera": ("ltx-camera", Mode.TEXT_TO_VIDEO, {}, set(), set()),
    # The clip is cut to the length that is made; the first picture is compressed like a frame.
    "ltx_control": (
        "ltx-control",
        Mode.VIDEO_TO_VIDEO,
        {"control": "depth"},
        {"ImageFromBatch", "LTXVPreprocess"},
        set(),
    ),
    "ltx_control_edge": (
        "ltx-control",
        Mode.VIDEO_TO_VIDEO,
        {"control": "edge"},
        {"ImageFromBatch", "LTXVPreprocess"},
        set(),
    ),
    "ltx_control_pose": (
        "ltx-control",
        Mode.VIDEO_TO_VIDEO,
        {"control": "pose"},
        {"ImageFromBatch", "LTXVPreprocess"},
        set(),
    ),
    "hunyuan_t2v": ("hunyuan-t2v", Mode.TEXT_TO_VIDEO, {}, set(), set()),
    "hunyuan15_t2v": ("hunyuan15-t2v", Mode.TEXT_TO_VIDEO, {}, set(), set()),
    "hunyuan15_i2v": ("hunyuan15-i2v", Mode.IMAGE_TO_VIDEO, {}, set(), set()),
    "cogvideo_t2v_kj": ("cogvideo-t2v", Mode.TEXT_TO_VIDEO, {}, set(), set()),
    "animatediff": ("animatediff", Mode.TEXT_TO_VIDEO, {}, set(), set()),
    "svd_i2v": ("svd-i2v", Mode.IMAGE_TO_VIDEO, {}, set(), set()),
    "sd15": ("sd15", Mode.TEXT_TO_IMAGE, {}, set(), set()),
    # At cfg 1 there is no negative prompt to encode.
    "flux": ("flux", Mode.TEXT_TO_IMAGE, {}, {"ConditioningZeroOut"}, set()),
    "flux_edit": ("flux-edit", Mode.IMAGE_TO_IMAGE, {}, {"ConditioningZeroOut"}, set()),
    "flux_dev": ("flux-dev", Mode.IMAGE_TO_IMAGE, {}, set(), set()),
    # What is transparent becomes white.
    "hunyuan3d": ("hunyuan3d", Mode.IMAGE_TO_3D, {}, {"EmptyImage", "ImageCompositeMasked"}, set()),
    # To the exact length.
    "ace_step": ("generate_audio", Mode.TEXT_TO_AUDIO, {}, {"TrimAudioDuration"}, set()),
    # The portrait in the size asked for, and no more frames than asked for.
    "liveportrait": ("liveportrait", Mode.MOTION_TRANSFER, {}, {"ImageFromBatch", "ImageScale"}, set()),
}
_BEGUN = {"ltx-camera", "ltx-quality", "ltx-control"}
"""The references of these begin with a picture, which they take in any mode."""


@pytest.mark.parametrize("reference", _ALIKE)
def test_it_is_built_as_graphs_that_a_real_comfyui_took(reference: str) -> None:
    model, mode, extra, more, less = _ALIKE[reference]
    size = {"width": 832, "height": 480} if catalog().models[model].resolutions else {}
    sound = {"sound": True} if catalog().models[model].sound else {}
    roles = [Role.IMAGE] if model in _BEGUN else []
    ours = nodes_of(build(model, mode, *roles, extra=extra, **size, **sound).graph)
    assert ours - set(_REFERENCES[reference]) == more
    assert set(_REFERENCES[reference]) - ours == less


def test_plans_make_requests_without_gaps() -> None:
    """`request_of` stands for the worker; what it leaves out would go unseen here."""
    from rushes.catalog.model import Wish
    from rushes.catalog.plan import make_plan

    plan = make_plan(catalog(), Wish(model="wan-t2v", mode=Mode.TEXT_TO_VIDEO, prompt="x", steps=6))
    request = request_of(plan)
    assert (request.extra["steps"], request.extra["frames"], request.fps) == (6, 81, 24)
