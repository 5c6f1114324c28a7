"""Whatever the catalogue allows for a studio model, its graph is one that a host would take."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rushes.catalog.errors import InvalidParameter
from rushes.catalog.model import Plan, Wish
from rushes.catalog.plan import make_plan
from rushes.catalog.sampling import names
from rushes.engines.contract import Mode, Role
from tests.comfyui.graphs.asking import FILES, catalog, files_for, recipes, request_of, studio_models
from tests.comfyui.graphs.checking import faults

_EVEN = st.integers(32, 1280).map(lambda half: half * 2)


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_WISHES = st.fixed_dictionaries(
    {
        "width": _maybe(_EVEN),
        "height": _maybe(_EVEN),
        "frames": _maybe(st.integers(1, 999)),
        "fps": _maybe(st.integers(1, 60)),
        "steps": _maybe(st.integers(1, 100)),
        "cfg": _maybe(st.floats(0, 30)),
        "shift": _maybe(st.floats(0, 100)),
        "strength": _maybe(st.floats(0, 1)),
        "sampler": _maybe(st.sampled_from(names().samplers)),
        "scheduler": _maybe(st.sampled_from(names().schedulers)),
        "seed": st.integers(0, 2**63 - 1),
        "count": _maybe(st.integers(1, 8)),
        "sound": st.booleans(),
        "prompt": st.text(min_size=1, max_size=60),
        "negative_prompt": st.sampled_from(["", "fog"]),
    }
)


@given(model=st.sampled_from(studio_models()), wish=_WISHES, roles=st.sets(st.sampled_from(list(FILES))))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_every_plan_makes_a_graph(model: tuple[str, Mode], wish: dict[str, Any], roles: set[Role]) -> None:
    name, mode = model
    plan = _allowed(Wish(model=name, mode=mode, **wish))
    built = recipes()[name].build(request_of(plan), files_for(mode, *roles))
    assert faults(built.graph) == []


def _allowed(wish: Wish) -> Plan:
    """The plan of a wish; what this model does not allow, is left to it."""
    while True:
        try:
            return make_plan(catalog(), wish)
        except InvalidParameter as error:
            bad = {"size": ("width", "height"), "seconds": ("frames",)}.get(error.field, (error.field,))
            if not any(getattr(wish, field) for field in bad):
                raise
            wish = msgspec.structs.replace(wish, **{field: "x" if field == "prompt" else None for field in bad})
