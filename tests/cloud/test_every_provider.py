"""What holds for each provider: one paid call at most, a key that stays, operations that outlive the process."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from rushes.catalog import Amounts, load_catalog, quote
from rushes.engines.cloud.table import PROVIDERS, adapter
from rushes.engines.contract import AmbiguousStart, Done, EngineError, Failed, FailureCode, Mode, Pending, Role
from tests.cloud.cases import CASES, Case
from tests.cloud.conftest import Drive
from tests.cloud.driving import World, end, request, stored, whole
from tests.cloud.upstreams.base import CLIP, answer

CUT = Response(b'{"id": ', headers={"content-length": "500"}, media_type="application/json")
GARBAGE = Response(b"<html>busy</html>", media_type="text/html")
every = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
TABLES = {kind: case for kind, case in CASES.items() if not case.free}
with_a_table = pytest.mark.parametrize("case", TABLES.values(), ids=list(TABLES))


@every
def test_from_words_to_bytes(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        operation = await engine.start(request(case.model))
        first = await engine.status(stored(operation))
        assert isinstance(first, Pending)
        assert first.poll_after is not None
        assert first.poll_after >= 5, "the providers ask for that between two questions for a video"
        done = await end(engine, operation)
        assert isinstance(done, Done)
        (output,) = done.outputs
        assert (output.kind, output.mime) == ("video", "video/mp4")
        assert await whole(engine, output) == CLIP
        assert len(world.server.calls("POST", case.submit)) == 1
        for seen in world.files.seen:
            assert world.server.key not in str(seen)
            assert not {"authorization", "x-goog-api-key"} & set(seen.headers)

    drive(case.kind, test)


@every
def test_another_process_goes_on(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        operation = stored(await world.engine().start(request(case.model)))
        other = world.engine()
        done = await end(other, operation)
        assert isinstance(done, Done)
        assert await whole(other, done.outputs[0]) == CLIP
        assert len(world.server.calls("POST", case.submit)) == 1

    drive(case.kind, test)


@every
@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_start_that_ends_in_a_fault_is_never_sent_again(case: Case, status: int, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan(case.submit, *[Response(b"oops", status) for _ in range(3)])
        with pytest.raises(AmbiguousStart):
            await world.engine().start(request(case.model))
        assert len(world.server.calls("POST", case.submit)) == 1

    drive(case.kind, test)


@every
@pytest.mark.parametrize("broken", [CUT, GARBAGE, answer({}), answer([1])], ids=["cut", "garbage", "empty", "list"])
def test_an_answer_that_cannot_be_read_leaves_it_open(case: Case, broken: Response, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan(case.submit, broken)
        with pytest.raises(AmbiguousStart):
            await world.engine().start(request(case.model))
        assert len(world.server.calls("POST", case.submit)) == 1

    drive(case.kind, test)


@every
def test_too_many_requests(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan(case.submit, Response(b"slow down", 429, {"retry-after": "20"}))
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(case.model))
        assert (caught.value.code, caught.value.retryable) == (FailureCode.QUOTA, True)
        assert caught.value.retry_after == 20
        assert len(world.server.calls("POST", case.submit)) == 1

    drive(case.kind, test)


@every
def test_no_money_left(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.plan(case.submit, answer({"detail": "your balance is 0.00 dollars"}, 402))
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request(case.model))
        assert caught.value.code is FailureCode.QUOTA
        assert "balance" not in caught.value.message, "that is between the operator and the provider"

    drive(case.kind, test)


@every
def test_a_wrong_key_is_not_shown(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        secret = "wrong-access:wrong-secret-that-is-long-enough-for-it"
        engine = world.engine(key=secret)
        with pytest.raises(EngineError) as caught:
            await engine.start(request(case.model))
        assert caught.value.code is FailureCode.UNAVAILABLE
        assert secret not in repr(caught.value) + caught.value.message
        assert "secret" not in caught.value.message
        health = await engine.health()
        assert not health.ready
        assert secret not in health.reason
        assert not world.server.tasks

    drive(case.kind, test)


@every
def test_health(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        assert (await world.engine().health()).ready
        assert not (await world.engine(base="http://127.0.0.1:9").health()).ready
        assert not world.server.tasks, "asking costs nothing"

    drive(case.kind, test)


@every
def test_a_server_that_cannot_be_reached_may_be_tried_elsewhere(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        with pytest.raises(EngineError) as caught:
            await world.engine(base="http://127.0.0.1:9").start(request(case.model))
        assert (caught.value.code, caught.value.retryable) == (FailureCode.UNAVAILABLE, True)

    drive(case.kind, test)


@every
def test_polls_that_bring_nothing_are_no_end(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        operation = stored(await engine.start(request(case.model)))
        busy = Response(b"", 429, {"retry-after": "40"})
        world.server.plan(case.poll, Response(b"", 500), CUT, GARBAGE, answer({}), Response(b"", 404), busy)
        waits = []
        for _ in range(6):
            status = await engine.status(operation)
            assert isinstance(status, Pending)
            waits.append(status.poll_after or 0)
        assert waits[:5] == sorted(waits[:5]), "ever less often"
        assert waits[-1] >= 40, "as long as it asks for"
        assert isinstance(await end(engine, operation), Done)

    drive(case.kind, test)


@every
def test_refused_for_its_content(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.fail(*case.violation)  # type: ignore[attr-defined]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(case.model)))
        assert failed == Failed(code=FailureCode.CONTENT_VIOLATION, message=case.refused)

    drive(case.kind, test)


@every
def test_done_without_a_result_has_failed(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        world.server.states = ["running", "empty"]
        engine = world.engine()
        failed = await end(engine, await engine.start(request(case.model)))
        if case.apart:
            assert isinstance(failed, Done)
            world.server.plan("/content", *[answer({"error": {"message": "not ready"}}, 404) for _ in range(4)])
            with pytest.raises(EngineError) as caught:
                await whole(engine, failed.outputs[0])
            assert caught.value.code is FailureCode.LOST
            return
        assert isinstance(failed, Failed)
        assert failed.code is FailureCode.INTERNAL
        assert "without a result" in failed.message

    drive(case.kind, test)


@every
def test_cancelling(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        engine = world.engine()
        operation = stored(await engine.start(request(case.model)))
        before = len(world.server.seen)
        await engine.cancel(operation)
        (task,) = world.server.tasks.values()
        assert task.cancelled is bool(case.cancel)
        assert [seen.method for seen in world.server.seen[before:]] == ([case.cancel] if case.cancel else [])
        world.server.plan("", Response(b"", 500))
        await engine.cancel(operation)

    drive(case.kind, test)


@with_a_table
def test_models_and_inputs_that_are_not_in_its_table_cost_nothing(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        with pytest.raises(EngineError) as caught:
            await world.engine().start(request("nobody/nothing"))
        assert caught.value.code is FailureCode.MODEL_MISSING
        clip = world.input(Role.VIDEO, mime="video/mp4")
        with pytest.raises(EngineError, match="takes no video"):
            await world.engine().start(request(case.model, Mode.VIDEO_TO_VIDEO, inputs=(clip,)))
        assert not world.server.seen

    drive(case.kind, test)


@with_a_table
def test_several_results_are_refused_where_it_makes_one(case: Case, drive: Drive) -> None:
    async def test(world: World) -> None:
        with pytest.raises(EngineError, match="one result at a time"):
            await world.engine().start(request(case.model, count=2))
        assert not world.server.seen

    drive(case.kind, test)


def test_all_providers_are_tried_here() -> None:
    assert set(CASES) <= set(PROVIDERS)


def test_routes_lead_to_models_that_the_providers_offer() -> None:
    offered = {kind: adapter(kind) for kind in (*TABLES, "elevenlabs")}
    used = set()
    for model in load_catalog().models.values():
        for route in model.routes:
            if route.engine not in offered:
                continue
            provider = offered[route.engine]
            form = provider._forms.find(route.upstream)  # type: ignore[attr-defined]
            used.add((route.engine, route.upstream))
            assert set(route.modes or model.modes) & provider.modes, (model.id, route.upstream)
            assert form.count or model.count_max == 1 or "studio" in model.tags, (model.id, route.upstream)
            for resolution in model.resolutions:
                if route.cost is not None:
                    assert quote(route.cost, Amounts(seconds=5, resolution=resolution)) > 0
    there = {(kind, name) for kind, provider in offered.items() for name in provider._forms.forms}  # type: ignore[attr-defined]
    gone = {("openai", "sora-2"), ("openai", "sora-2-pro")}  # shut down; for services that speak its API
    assert used == there - gone, "a model in a table that no route leads to"


def test_a_new_model_costs_more_than_the_dearest_of_its_routes() -> None:
    models = [model for model in load_catalog().models.values() if "clouds" in model.tags]
    assert len(models) >= 15
    for model in models:
        assert any(route.tag == "official" for route in model.routes), model.id
        for resolution in model.resolutions:
            amounts = Amounts(seconds=model.duration.default, resolution=resolution)
            dearest = max(quote(route.cost, amounts) for route in model.routes if route.cost is not None)
            assert quote(model.price, amounts) >= dearest * 1.2, (model.id, resolution)
