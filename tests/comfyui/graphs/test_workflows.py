"""The operator's own workflows: what docs/comfyui.md shows works, and every fault names its file and key."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rushes.catalog.model import Catalog, Model, Wish
from rushes.catalog.plan import make_plan
from rushes.engines.comfyui.graphs import GraphError, Recipe, WorkflowError, catalogue_entries, load_recipes
from rushes.engines.comfyui.graphs.table import table
from rushes.engines.contract import Mode, Role
from tests.comfyui.graphs.asking import catalog, request_of
from tests.comfyui.graphs.checking import faults

_DOC = (Path(__file__).parents[3] / "docs" / "comfyui.md").read_text()
_MAPPING = """
model = "mine"
label = "Mine"
kind = "image"
modes = ["text-to-image"]

[map]
prompt = "6.text"
"""
_WORKFLOW: dict[str, Any] = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "mine.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["4", 1], "text": "a fox"}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "ComfyUI"}},
}


def _example(folder: Path) -> Recipe:
    """The page's example, written to a folder and read again."""
    for name, text in re.findall(r"^`(ink\.(?:json|toml))`:\n\n```\w+\n(.*?)^```", _DOC, re.DOTALL | re.MULTILINE):
        (folder / name).write_text(text)
    return load_recipes(folder)["ink"]


def _write(folder: Path, mapping: str = _MAPPING, workflow: object = _WORKFLOW) -> None:
    (folder / "mine.toml").write_text(mapping)
    (folder / "mine.json").write_text(workflow if isinstance(workflow, str) else json.dumps(workflow))


def _model(folder: Path) -> Model:
    (entry,) = catalogue_entries(folder)
    return msgspec.convert(entry, Model)


def _build(recipe: Recipe, model: Model, files: dict[Role, tuple[str, ...]] | None = None, **wish: Any) -> Any:
    mine = Catalog([model], catalog().voices)
    plan = make_plan(mine, Wish(**({"model": model.id, "mode": model.modes[0], "prompt": "a hare", "seed": 5} | wish)))
    return recipe.build(request_of(plan), files or {})


def test_the_example_of_the_page_works(tmp_path: Path) -> None:
    recipe, model = _example(tmp_path), _model(tmp_path)
    built = _build(recipe, model, width=1000, height=600, steps=12, cfg=4, count=2, negative_prompt="fog")
    assert faults(built.graph) == []
    graph = built.graph
    assert graph["6"]["inputs"]["text"] == "a hare"
    assert graph["7"]["inputs"]["text"] == "fog"
    assert graph["5"]["inputs"] == {"width": 1000, "height": 600, "batch_size": 2}
    sampled = graph["3"]["inputs"]
    assert (sampled["seed"], sampled["steps"], sampled["cfg"]) == (5, 12, 4.0)
    assert isinstance(sampled["cfg"], float)
    assert graph["9"]["inputs"]["filename_prefix"] == "rushes/job_01test"
    assert built.samplers == {"3": 12}
    assert built.warnings == ()


def test_the_examples_model_has_the_knobs_that_are_mapped(tmp_path: Path) -> None:
    _example(tmp_path)
    model = _model(tmp_path)
    assert model.sampling is not None
    assert model.sampling.steps is not None
    assert model.sampling.steps.default == 25
    assert (model.sampling.sampler, model.sampling.scheduler) == ("dpmpp_2m", "karras")
    assert model.sampling.shift is None
    assert (model.count_max, model.any_size, model.label) == (4, True, "Ink drawings")
    assert [route.engine for route in model.routes] == ["comfyui"]


def test_what_stays_open_stays_as_the_workflow_has_it(tmp_path: Path) -> None:
    recipe, model = _example(tmp_path), _model(tmp_path)
    sampled = _build(recipe, model).graph["3"]["inputs"]
    assert (sampled["steps"], sampled["sampler_name"], sampled["denoise"]) == (25, "dpmpp_2m", 1.0)


def test_one_request_does_not_show_in_the_next(tmp_path: Path) -> None:
    recipe, model = _example(tmp_path), _model(tmp_path)
    _build(recipe, model, prompt="first", steps=99)
    assert _build(recipe, model).graph["3"]["inputs"]["steps"] == 25


def test_sizes_that_it_cannot_make_are_rounded_and_said(tmp_path: Path) -> None:
    recipe, model = _example(tmp_path), _model(tmp_path)
    built = _build(recipe, model, width=1002, height=600)
    assert built.graph["5"]["inputs"]["width"] == 1008
    assert built.warnings == ("width: 1008 instead of 1002, which this model does not make",)


def test_files_go_where_the_map_says(tmp_path: Path) -> None:
    workflow = _WORKFLOW | {"10": {"class_type": "LoadImage", "inputs": {"image": "example.png"}}}
    mapping = _MAPPING.replace("text-to-image", "image-to-image") + 'image = "10.image"\n'
    _write(tmp_path, mapping, workflow)
    recipe, model = load_recipes(tmp_path)["mine"], _model(tmp_path)
    built = _build(recipe, model, {Role.IMAGE: ("j/a.png",), Role.MASK: ("j/m.png",)})
    assert built.graph["10"]["inputs"]["image"] == "j/a.png"
    assert built.warnings == ("mask: ignored, mine has no such setting",)
    with pytest.raises(GraphError, match="mine needs the input image"):
        _build(recipe, model)


def test_what_is_not_mapped_is_said_to_be_ignored(tmp_path: Path) -> None:
    _write(tmp_path)
    recipe, model = load_recipes(tmp_path)["mine"], _model(tmp_path)
    assert _build(recipe, model, negative_prompt="fog").warnings == (
        "negative_prompt: ignored, mine has no such setting",
    )
    assert model.resolutions == {}


def test_a_seed_may_go_to_several_nodes_and_keeps_all_its_digits(tmp_path: Path) -> None:
    noise = {"class_type": "RandomNoise", "inputs": {"noise_seed": 1}}
    _write(tmp_path, _MAPPING + 'seed = ["a.b.noise_seed", "c.noise_seed"]\n', _WORKFLOW | {"a.b": noise, "c": noise})
    recipe, model = load_recipes(tmp_path)["mine"], _model(tmp_path)
    graph = _build(recipe, model, seed=2**63 - 1).graph
    assert graph["a.b"]["inputs"]["noise_seed"] == graph["c"]["inputs"]["noise_seed"] == 2**63 - 1


def test_only_what_leads_to_the_outputs_is_sent(tmp_path: Path) -> None:
    preview = {"11": {"class_type": "PreviewImage", "inputs": {"images": ["6", 0]}}}
    _write(tmp_path, 'outputs = ["9"]\n' + _MAPPING, _WORKFLOW | preview)
    assert set(_build(load_recipes(tmp_path)["mine"], _model(tmp_path)).graph) == {"4", "6", "9"}


def test_its_model_files_are_known(tmp_path: Path) -> None:
    _write(tmp_path)
    (file,) = load_recipes(tmp_path)["mine"].files
    assert (file.folder, file.name) == ("checkpoints", "mine.safetensors")


@pytest.mark.parametrize(
    ("mapping", "workflow", "said"),
    [
        ("model = ", _WORKFLOW, "mine.toml: is not TOML"),
        ('model = "x"', _WORKFLOW, "mine.toml: Object missing required field `label`"),
        (_MAPPING.replace("image", "hologram"), _WORKFLOW, "mine.toml: Invalid enum value 'hologram'"),
        (_MAPPING.replace('"text-to-image"', ""), _WORKFLOW, "mine.toml: modes must name at least one"),
        ("colour = 1\n" + _MAPPING, _WORKFLOW, "mine.toml: Object contains unknown field `colour`"),
        ("multiple = 0\n" + _MAPPING, _WORKFLOW, "mine.toml: multiple and frame_step must be at least 1"),
        (_MAPPING + 'mood = "6.text"', _WORKFLOW, "mine.toml: map.mood is not known"),
        (_MAPPING + 'seed = "6"', _WORKFLOW, """mine.toml: map.seed must be "node.input", got '6'"""),
        (_MAPPING + 'seed = "3.seed"', _WORKFLOW, "mine.toml: map.seed names node '3', which the workflow does not"),
        (_MAPPING + 'seed = "6.seed"', _WORKFLOW, "mine.toml: map.seed names 6.seed, an input that is not there"),
        (_MAPPING + 'seed = "6.clip"', _WORKFLOW, "mine.toml: map.seed names 6.clip, which another node gives"),
        ('outputs = ["8"]\n' + _MAPPING, _WORKFLOW, "mine.toml: outputs names node '8'"),
        (_MAPPING, "{", "mine.json: is not JSON"),
        (_MAPPING, [], "mine.json: must be an object of nodes"),
        (_MAPPING, {"nodes": [], "links": []}, "mine.json: is in the editor's format; save it with Workflow, Export"),
        (_MAPPING, {"6": {"inputs": {}}}, "mine.json: node '6' has no class_type"),
        (_MAPPING, {"6": {"class_type": "X"}}, "mine.json: node '6' has no inputs"),
        (
            _MAPPING,
            {"6": {"class_type": "X", "inputs": {"text": "", "clip": ["5", 0]}}},
            "mine.json: 6.clip links to node '5', which is not there",
        ),
    ],
)
def test_a_fault_names_its_file_and_key(tmp_path: Path, mapping: str, workflow: object, said: str) -> None:
    _write(tmp_path, mapping, workflow)
    for read in (load_recipes, catalogue_entries):
        with pytest.raises(WorkflowError) as caught:
            read(tmp_path)
        assert said in str(caught.value)
        assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("left", ["mine.json", "mine.toml"])
def test_half_a_workflow_is_a_fault(tmp_path: Path, left: str) -> None:
    _write(tmp_path)
    (tmp_path / left).unlink()
    with pytest.raises(WorkflowError, match=f"{left}: is missing; a workflow is mine.json and mine.toml"):
        load_recipes(tmp_path)


def test_a_name_that_is_taken_is_a_fault(tmp_path: Path) -> None:
    _write(tmp_path, _MAPPING.replace('"mine"', '"wan-t2v"'))
    with pytest.raises(WorkflowError, match="there is a model 'wan-t2v' already"):
        load_recipes(tmp_path)


def test_a_wrong_mode_is_refused(tmp_path: Path) -> None:
    _write(tmp_path)
    recipe, model = load_recipes(tmp_path)["mine"], _model(tmp_path)
    plan = make_plan(Catalog([model], catalog().voices), Wish(model="mine", mode=Mode.TEXT_TO_IMAGE, prompt="x"))
    with pytest.raises(GraphError, match="cannot make"):
        recipe.build(request_of(plan, mode=Mode.TEXT_TO_VIDEO), {})


def test_the_page_lists_every_file_and_pack() -> None:
    for file in table().files.values():
        assert f"| {file.folder} | {file.name} | {file.where} |" in _DOC
    for pack in table().packs.values():
        assert pack.name in _DOC
        assert pack.where in _DOC
    for model in table().models:
        assert f"`{model}`" in _DOC
