"""The operator's prices and margins, what jobs settle at, and settings of providers."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rushes.catalog import Catalog, PerCall, PerSecond, Plan, Route, load_catalog
from rushes.catalog.joining import BadTerms, Terms, joined, read_terms, without
from rushes.catalog.margins import margin_of, shortfalls
from rushes.engines.contract import Mode
from rushes.jobs.settling import reported, settled, upstream_cost
from rushes.net.guard import GuardedClient
from rushes.settings import SettingsError, load, shown
from rushes.upstreams import Upstreams, join, limits_of, make_upstreams

CATALOG = load_catalog()
RATES = {name: Decimal(10) for name in CATALOG.models["veo-3.1"].resolutions}
MODEL = msgspec.structs.replace(CATALOG.models["veo-3.1"], price=PerSecond(RATES), routes=())


def catalog(*routes: Route, **changes: Any) -> Catalog:
    return Catalog([msgspec.structs.replace(MODEL, routes=routes, **changes)], CATALOG.voices)


def test_the_margin_is_that_of_the_order_that_leaves_least() -> None:
    flat = Route(engine="e", cost=PerCall(Decimal(20)))
    margin = margin_of(MODEL, flat)
    assert margin is not None
    shortest = min(MODEL.duration.choices or (MODEL.duration.min,))
    assert margin.left == (10 * Decimal(shortest) - 20) / 20 * 100
    assert margin_of(MODEL, Route(engine="e")) is None


def test_a_price_below_its_margin_is_found() -> None:
    metered = Route(engine="e", cost=PerSecond({name: Decimal(8) for name in RATES}))
    enough = catalog(metered, margin=Decimal(25))
    short = catalog(metered, margin=Decimal(26))
    assert shortfalls(enough, frozenset({"e"})) == []
    assert shortfalls(short, frozenset({"other"})) == []
    [found] = shortfalls(short, frozenset({"e"}))
    assert (found.left, found.wanted) == (25, 26)
    assert without(short, [found]).models[MODEL.id].routes == ()


def test_routes_to_a_kind_lead_to_each_provider_of_it() -> None:
    routes = (Route(engine="fal", upstream="u", tag="value"), Route(engine="own"))
    made = joined(catalog(*routes), kinds={"fal": ["east", "west"]}, routes={MODEL.id: [Route(engine="gpu")]})
    assert [route.engine for route in made.models[MODEL.id].routes] == ["east", "west", "own", "gpu"]
    assert made.models[MODEL.id].routes[0].upstream == "u"


def test_the_operators_prices_replace_the_catalogues(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    assert read_terms(path) == {}
    path.write_text(f'["{MODEL.id}"]\nmargin = 30\nprice = {{ rule = "per_call", amount = "7" }}\nsettle = "usage"\n')
    terms = read_terms(path)
    made = joined(catalog(), kinds={}, routes={}, terms=terms, margin=Decimal(5)).models[MODEL.id]
    assert (made.price, made.margin, made.settle) == (PerCall(Decimal(7)), 30, "usage")
    assert joined(catalog(), kinds={}, routes={}, margin=Decimal(5)).models[MODEL.id].margin == 5
    with pytest.raises(BadTerms, match="nonsense"):
        joined(catalog(), kinds={}, routes={}, terms={"nonsense": Terms()})
    for text in ("[a", '[a]\nmargin = "x"', '[a]\nsettle = "x"', "[a]\ncolour = 1"):
        path.write_text(text)
        with pytest.raises(BadTerms, match=r"prices\.toml"):
            read_terms(path)


def test_a_margin_that_is_promised_for_a_model_stops_the_start(tmp_path: Path) -> None:
    settings = load({"RUSHES_HOME": str(tmp_path)})
    route = Route(engine="e", cost=PerSecond({name: Decimal(8) for name in RATES}))
    upstreams = Upstreams(engines={"e": object()})  # type: ignore[dict-item]
    assert join(settings, catalog(route), upstreams).models[MODEL.id].routes == (route,)
    (tmp_path / "prices.toml").write_text(f'["{MODEL.id}"]\nmargin = 30\n')
    with pytest.raises(SettingsError, match=f"{MODEL.id} by e"):
        join(settings, catalog(route), upstreams)
    skipping = load({"RUSHES_HOME": str(tmp_path), "RUSHES_MARGIN": "30", "RUSHES_BELOW_MARGIN": "skip"})
    (tmp_path / "prices.toml").unlink()
    assert join(skipping, catalog(route), upstreams).models[MODEL.id].routes == ()


@pytest.mark.parametrize(
    ("said", "credits"),
    [("2.5", "2.5"), (3, "3"), (Decimal("0.1"), "0.1"), (None, None), ("much", None), ("NaN", None), (-1, None),
     ("1e30", None), ("Infinity", None)],
)  # fmt: skip
def test_what_an_upstream_reports(said: object, credits: str | None) -> None:
    assert reported({"credits": said}) == (None if credits is None else Decimal(credits))
    assert reported({}) is None


def test_only_models_that_settle_by_usage_do() -> None:
    by_usage = msgspec.structs.replace(MODEL, settle="usage", margin=Decimal(20))
    plan = Plan(model=MODEL.id, mode=Mode.TEXT_TO_VIDEO, prompt="p", seed=1, quote=100)
    for model, used, cost in (
        (MODEL, "2.5", 100),
        (by_usage, "2.5", 3),
        (by_usage, "90", 100),  # never more than was agreed
        (by_usage, "0", 1),
        (by_usage, None, 100),
        (None, "5", 100),
    ):
        assert settled(plan, model, None if used is None else Decimal(used), 0.0, 1) == cost
    assert settled(msgspec.structs.replace(plan, quote=0), by_usage, Decimal(5), 0.0, 1) == 0


def test_of_fewer_results_than_were_asked_for_each_costs_its_share() -> None:
    by_usage = msgspec.structs.replace(MODEL, settle="usage", margin=Decimal(20))
    plan = Plan(model=MODEL.id, mode=Mode.TEXT_TO_IMAGE, prompt="p", seed=1, quote=10, count=4)
    for model, used, made, cost in (
        (MODEL, None, 4, 10),
        (MODEL, None, 3, 8),
        (MODEL, None, 1, 3),
        (MODEL, None, 9, 10),
        (None, None, 2, 5),
        (by_usage, "90", 2, 5),
        (by_usage, "1", 2, 2),
    ):
        assert settled(plan, model, None if used is None else Decimal(used), 0.0, made) == cost


def test_what_the_operator_pays_is_kept_in_millionths() -> None:
    plan = Plan(model=MODEL.id, mode=Mode.TEXT_TO_VIDEO, prompt="p", seed=1, quote=9, count=2)
    flat = Route(engine="e", cost=PerCall(Decimal("1.5")))
    assert upstream_cost(plan, flat, Decimal("0.25")) == 250_000
    assert upstream_cost(plan, flat, None) == 3_000_000
    assert upstream_cost(plan, Route(engine="e"), None) is None
    assert upstream_cost(plan, None, None) is None


def test_providers_are_named_in_three_ways(tmp_path: Path) -> None:
    (tmp_path / "rushes.toml").write_text('[providers.east]\nkind = "fal"\nkey = "k1"\nslots = 3\n')
    settings = load(
        {
            "RUSHES_HOME": str(tmp_path),
            "RUSHES_PROVIDERS": '{"gpu": {"kind": "replicate", "url": "http://10.0.0.1", "models": {"veo-3.1": "x"}}}',
            "RUSHES_FAL_KEY": "k2",
            "RUSHES_RUNWAY_URL": "https://proxy.example",
        }
    )
    assert {name: (p.kind, p.key, p.url) for name, p in settings.providers.items()} == {
        "east": ("fal", "k1", ""),
        "gpu": ("replicate", "", "http://10.0.0.1"),
        "fal": ("fal", "k2", ""),
        "runway": ("runway", "", "https://proxy.example"),
    }
    text = str(shown(settings))
    assert "k1" not in text
    assert "k2" not in text


@pytest.mark.parametrize(
    "environ",
    [
        {"RUSHES_PROVIDERS": '{"x": {"kind": "nobody", "key": "hidden"}}'},
        {"RUSHES_PROVIDERS": '{"X y": {"kind": "fal", "key": "hidden"}}'},
        {"RUSHES_PROVIDERS": '{"x": {"kind": "fal", "key": "hidden", "colour": 1}}'},
        {"RUSHES_PROVIDERS": '{"x": {"kind": "fal", "key": "hidden", "slots": -1}}'},
        {"RUSHES_PROVIDERS": '{"x": "hidden"'},
        {"RUSHES_FAL_URL": "ftp://hidden"},
    ],
)
def test_a_bad_provider_is_a_clear_error_without_its_key(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"(?i)providers") as caught:
        load({"RUSHES_HOME": str(tmp_path), **environ})
    assert "hidden" not in str(caught.value)


def test_a_bad_provider_in_the_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "rushes.toml").write_text('[providers.x]\nkey = "hidden"\n')
    with pytest.raises(SettingsError, match="kind") as caught:
        load({"RUSHES_HOME": str(tmp_path)})
    assert "hidden" not in str(caught.value)


def test_limits_are_the_operators_and_the_routes_own(tmp_path: Path) -> None:
    settings = load({"RUSHES_HOME": str(tmp_path), "RUSHES_PROVIDERS": '{"a": {"kind": "fal", "slots": 3}}'})
    upstreams = make_upstreams(settings, GuardedClient(allow_private=False))
    limits = limits_of(catalog(Route(engine="a", upstream="m", per_minute=9), Route(engine="z", slots=1)), upstreams)
    assert {(each.engine, each.upstream, each.slots, each.per_minute) for each in limits} == {
        ("a", "", 3, 0),
        ("a", "m", 0, 9),
    }


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"RUSHES_COMFYUI": "gpu:8188"}, "comfyui"),
        ({"RUSHES_COMFYUI": "http://127.0.0.1:9", "RUSHES_COMFYUI_WORKFLOWS": "/nowhere"}, "comfyui_workflows"),
        ({"RUSHES_COMFYUI": "http://127.0.0.1:9", "RUSHES_PROVIDERS": '{"comfyui": {"kind": "fal"}}'}, "comfyui"),
    ],
)
def test_bad_comfyui_settings_are_named(tmp_path: Path, environ: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        make_upstreams(load({"RUSHES_HOME": str(tmp_path), **environ}), GuardedClient(allow_private=False))


def test_comfyui_gets_a_route_for_every_model_that_it_can_make(tmp_path: Path) -> None:
    settings = load({"RUSHES_HOME": str(tmp_path), "RUSHES_COMFYUI": "http://127.0.0.1:9"})
    upstreams = make_upstreams(settings, GuardedClient(allow_private=False))
    made = join(settings, CATALOG, upstreams)
    led = [model for model in made.models.values() if any(route.engine == "comfyui" for route in model.routes)]
    assert len(led) > 5
    assert {route.upstream for model in led for route in model.routes if route.engine == "comfyui"} == {
        m.id for m in led
    }
    assert any(limit.engine == "comfyui" and limit.slots for limit in limits_of(made, upstreams))
