"""Which route is taken: the cheapest healthy value route, else the cheapest official one; drafts only without any."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Literal

import msgspec
import pytest

from rushes.catalog import Model, PerCall, PerSecond, Plan, Route, Wish, load_catalog, make_plan
from rushes.engines.contract import Health, Mode, Operation, Output, Request, Status
from rushes.engines.health import Board
from rushes.jobs import NoEngine
from rushes.jobs.routing import Choice, Router

CATALOG = load_catalog()
VIDEO = Mode.TEXT_TO_VIDEO


class Fake:
    """An engine that is only chosen, never asked."""

    def __init__(self, *, paid: bool = True, remote: bool = True, modes: frozenset[Mode] = frozenset(Mode)) -> None:
        self.name, self.paid, self.remote, self.modes = "fake", paid, remote, modes

    async def start(self, request: Request) -> Operation:
        raise NotImplementedError

    async def status(self, operation: Operation) -> Status:
        raise NotImplementedError

    async def cancel(self, operation: Operation) -> None: ...

    async def fetch(self, output: Output) -> AsyncIterator[bytes]:
        yield b""

    async def discard(self, operation: Operation) -> None: ...

    async def health(self) -> Health:
        return Health(ready=True)

    async def close(self) -> None: ...


def route(engine: str, cost: int | None = None, tag: Literal["value", "official"] = "value", **more: Any) -> Route:
    return Route(engine=engine, cost=None if cost is None else PerCall(Decimal(cost)), tag=tag, **more)


def model(*routes: Route) -> Model:
    return msgspec.structs.replace(CATALOG.models["veo-3.1"], routes=routes)


def chosen(
    *routes: Route, board: Board | None = None, prefer: Any = "auto", plan: Plan | None = None, **engines: Fake
) -> Choice:
    known = {each.engine: engines.get(each.engine, Fake()) for each in routes}
    return Router(known, drafts=True, board=board).choose(model(*routes), VIDEO, prefer, plan)


def test_value_before_official_then_the_cheapest() -> None:
    choice = chosen(route("brand", 1, "official"), route("dear", 9), route("cheap", 3))
    assert (choice.engine, choice.tag, choice.queue) == ("cheap", "value", "cloud")
    assert chosen(route("brand", 9, "official"), route("maker", 1, "official")).engine == "maker"


def test_an_unknown_cost_comes_last_and_our_own_machines_first() -> None:
    assert chosen(route("secret"), route("dear", 99)).engine == "dear"
    assert chosen(route("dear", 1), route("ours"), ours=Fake(paid=False)).engine == "ours"
    assert chosen(route("free", 0), route("dear", 1)).engine == "free"


def test_the_cheapest_for_this_order_counts() -> None:
    flat, metered = route("flat", 50), Route(engine="metered", cost=PerSecond({"": Decimal(10), "720p": Decimal(10)}))
    for seconds, engine in ((4, "metered"), (8, "flat")):
        plan = make_plan(CATALOG, Wish(model="composer", prompt="p", mode=VIDEO, seconds=seconds, resolution="720p"))
        assert chosen(flat, metered, plan=plan).engine == engine


@pytest.mark.parametrize(("prefer", "engine"), [("value", "shop"), ("official", "brand"), ("auto", "shop")])
def test_a_caller_may_ask_for_a_tag(prefer: str, engine: str) -> None:
    assert chosen(route("brand", 1, "official"), route("shop", 2), prefer=prefer).engine == engine


def test_no_other_tag_is_taken_instead() -> None:
    with pytest.raises(NoEngine, match="no official engine"):
        chosen(route("shop", 2), prefer="official")


def test_routes_for_other_modes_are_passed_over() -> None:
    assert chosen(route("a", 1, modes=(Mode.IMAGE_TO_VIDEO,)), route("b", 2)).engine == "b"
    only_pictures = Fake(modes=frozenset({Mode.TEXT_TO_IMAGE}))
    assert chosen(route("a", 1), route("b", 2), a=only_pictures).engine == "b"


def test_what_is_down_or_off_is_not_taken_and_what_rests_comes_last() -> None:
    board = Board(lambda: 0.0)
    board.failed("down", for_sure=True)
    board.switch_off(["off"])
    board.rest("tired", "", 60)
    routes = (route("down", 1), route("off", 1), route("tired", 1), route("brand", 9, "official"))
    assert chosen(*routes, board=board).engine == "brand"
    assert chosen(*routes[:3], board=board).engine == "tired", "the job waits"
    with pytest.raises(NoEngine, match="none of its engines is working"):
        chosen(*routes[:2], board=board)


def test_a_draft_never_stands_in_for_a_configured_engine() -> None:
    board = Board(lambda: 0.0)
    engines = {"composer": Fake(remote=False), "real": Fake()}
    assert Router(engines, drafts=True, board=board).choose(model(), VIDEO).draft
    board.failed("real", for_sure=True)
    with pytest.raises(NoEngine):
        Router(engines, drafts=True, board=board).choose(model(route("real", 1)), VIDEO)
    with pytest.raises(NoEngine):
        Router(engines, drafts=False).choose(model(), VIDEO)
