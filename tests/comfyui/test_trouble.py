"""What goes wrong between us and a real ComfyUI: lost wires, restarts, cancels, faults, things that are missing."""

from __future__ import annotations

import asyncio
import shutil

import httpx
import pytest

from rushes.engines.comfyui.graphs import load_recipes
from rushes.engines.contract import Done, EngineError, Failed, FailureCode, Lost, Mode, Operation, Pending
from tests.comfyui import working
from tests.comfyui.server import ComfyServer, Wire, free_port
from tests.comfyui.working import RECIPES, begun, done, engine, finish, order, queued, read


def dead() -> str:
    """An address where nobody is."""
    return f"http://127.0.0.1:{free_port()}"


# cancelling


def test_what_waits_is_taken_out_and_what_runs_is_stopped(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            first = await running.start(order("slow", extra={"steps": 600}))
            await begun(running, first)
            second = await running.start(order("slow", extra={"steps": 600}))
            third = await running.start(order("film"))
            assert await queued([comfy.url]) == 3
            await running.cancel(second)
            assert await queued([comfy.url]) == 2, "the waiting one is gone"
            assert isinstance(await running.status(first), Pending), "the running one goes on"
            await running.cancel(first)
            # The next one runs: the interrupt met only the one that it was for.
            await done(running, third)
            assert await queued([comfy.url]) == 0
            # One that waited leaves no trace there.
            assert isinstance(await finish(running, second), Lost)
            stopped = await finish(running, first)
            assert isinstance(stopped, Failed)
            assert "stopped" in stopped.message
            await running.cancel(first)
            await running.cancel(third)
            assert isinstance(await running.status(third), Done), "cancelling what is over changes nothing"

    asyncio.run(main())


def test_the_work_of_others_is_not_cancelled(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as ours, engine(comfy.url) as theirs:
            foreign = await theirs.start(order("slow", extra={"steps": 20}))
            await begun(theirs, foreign)
            waiting = await ours.start(order("film"))
            await ours.cancel(waiting)
            await done(theirs, foreign)

    asyncio.run(main())


def test_a_prompt_that_somebody_deletes_there_is_lost(comfy: ComfyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is told of it on the websocket, so the host is asked after a while of silence."""
    monkeypatch.setattr("rushes.engines.comfyui.engine._QUIET", 0.5)

    async def main() -> None:
        async with engine(comfy.url) as running, httpx.AsyncClient(trust_env=False) as client:
            first = await running.start(order("slow", extra={"steps": 600}))
            second = await running.start(order("film"))
            await client.post(f"{comfy.url}/queue", json={"delete": [second["prompt"]]})
            assert isinstance(await finish(running, second), Lost)
            await running.cancel(first)

    asyncio.run(main())


# the websocket


def test_a_websocket_that_is_cut_is_opened_again(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with Wire(comfy.url) as wire, engine(wire.url) as running:
            operation = await running.start(order("slow", extra={"steps": 40}))
            await begun(running, operation)
            wire.cut()
            before: list[Pending] = []
            status = await finish(running, operation, before)
            assert isinstance(status, Done), status
            assert wire.opened == 2
            assert len({each.progress for each in before}) > 5, "progress went on"
            assert await read(running, status)

    asyncio.run(main())


def test_without_a_websocket_the_host_is_asked(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with Wire(comfy.url) as wire, engine(wire.url) as running:
            operation = await running.start(order("slow", extra={"steps": 40}))
            await begun(running, operation)
            wire.dumb = True
            wire.cut()
            assert isinstance(await finish(running, operation), Done)
            assert wire.opened == 1

    asyncio.run(main())


# restarts


def test_a_new_process_of_ours_goes_on_with_the_operation(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as before:
            over = await before.start(order("film"))
            running = await before.start(order("slow", extra={"steps": 600}))
            waiting = await before.start(order("film"))
            await begun(before, running)
        async with engine(comfy.url) as after:
            assert await read(after, await done(after, over))
            assert await after.status(running) == Pending(progress=None, poll_after=2.0), "nobody knows how far it is"
            assert await after.status(waiting) == Pending(progress=0.0, poll_after=2.0)
            await after.cancel(running)
            assert await read(after, await done(after, waiting))

    asyncio.run(main())


def test_a_comfyui_that_was_killed_has_lost_the_job_and_takes_it_again(victim: ComfyServer) -> None:
    async def main() -> None:
        async with engine(victim.url, patience=180) as running:
            request = order("slow", extra={"steps": 600})
            operation = await running.start(request)
            await begun(running, operation)
            victim.kill()
            status = await running.status(operation)
            assert isinstance(status, Pending), "it may come back"
            assert not (await running.health()).ready
            # Asked to start meanwhile, it waits for the host.
            starting = asyncio.create_task(running.start(order("film")))
            victim.spawn()
            await asyncio.to_thread(victim.wait)
            assert isinstance(await finish(running, operation), Lost)
            await done(running, await starting)
            again = await running.start(request)
            assert again["prompt"] != operation["prompt"]
            await begun(running, again)
            await running.cancel(again)

    asyncio.run(main())


def test_a_host_that_stays_away_has_lost_its_jobs(victim: ComfyServer) -> None:
    async def main() -> None:
        async with Wire(victim.url) as wire, engine(wire.url, patience=1) as running:
            operation = await running.start(order("slow", extra={"steps": 600}))
            address = wire.url
            await begun(running, operation)
            await wire.__aexit__()
            assert isinstance(await finish(running, operation), Lost)
            with pytest.raises(EngineError, match="no ComfyUI host answers") as refused:
                await running.start(order("film"))
            assert refused.value.code is FailureCode.UNAVAILABLE
            assert refused.value.retryable
            health = await running.health()
            assert (health.ready, address in health.reason) == (False, True)
        async with engine(victim.url) as running:
            await running.cancel(operation | {"host": victim.url})

    asyncio.run(main())


# faults


def test_memory_that_runs_out_is_emptied_and_tried_once_more(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            operation = await running.start(order("failing", extra={"how": "memory", "times": 1}))
            assert await read(running, await done(running, operation))
            operation = await running.start(order("failing", extra={"how": "memory", "times": 2}))
            status = await finish(running, operation)
            assert isinstance(status, Failed)
            assert status.code is FailureCode.UNAVAILABLE
            assert "too little memory" in status.message
            assert await running.status(operation) == status, "and never a third time"
        async with engine(comfy.url) as after:
            assert await finish(after, operation) == status, "nor after a restart of ours"

    asyncio.run(main())


def test_a_fault_is_told_without_its_inside(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            operation = await running.start(order("failing", extra={"how": "error", "times": 1}))
            status = await finish(running, operation)
            assert status == Failed(
                code=FailureCode.INTERNAL, message="the workflow failed in RushesFail (RuntimeError)"
            )

    asyncio.run(main())


def test_a_graph_of_which_a_part_is_refused_does_not_run(comfy: ComfyServer) -> None:
    """ComfyUI answers 200, leaves that part out and runs the rest."""

    async def main() -> None:
        async with engine(comfy.url) as running:
            blocking = await running.start(order("slow", extra={"steps": 600}))
            with pytest.raises(EngineError) as refused:
                await running.start(order("halved"))
            assert refused.value.code is FailureCode.MODEL_MISSING
            assert await queued([comfy.url]) == 1, "the good half was taken out again"
            await running.cancel(blocking)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("model", "extra", "code", "words"),
    [
        (
            "picture",
            {"checkpoint": "gone.safetensors"},
            "model_missing",
            "gone.safetensors is not in models/checkpoints",
        ),
        ("absent", {}, "model_missing", "the node NoSuchNode is not installed"),
        ("picture", {"sampler": "nonsense"}, "invalid_input", "sampler_name 'nonsense' is not known"),
        ("picture", {"steps": 0}, "invalid_input", "steps 0 is out of the range"),
    ],
)
def test_what_cannot_run_fails_at_the_start_and_says_why(
    comfy: ComfyServer, model: str, extra: dict[str, object], code: str, words: str
) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            with pytest.raises(EngineError) as refused:
                await running.start(order(model, extra=extra))
            assert refused.value.code == code
            assert words in refused.value.message
            assert str(comfy.folder) not in refused.value.message

    asyncio.run(main())


def test_a_damaged_model_file_is_named(comfy: ComfyServer) -> None:
    broken = comfy.folder / "models" / "checkpoints" / "broken.safetensors"
    broken.write_bytes(b"")
    try:

        async def main() -> None:
            async with engine(comfy.url) as running:
                operation = await running.start(order("picture", extra={"checkpoint": broken.name}))
                status = await finish(running, operation)
                assert isinstance(status, Failed)
                assert status.code is FailureCode.MODEL_MISSING
                assert "broken.safetensors in models/checkpoints" in status.message
                assert str(comfy.folder) not in status.message

        asyncio.run(main())
    finally:
        broken.unlink()


# several hosts


def test_a_dead_host_is_passed_over(comfy: ComfyServer) -> None:
    gone = dead()

    async def main() -> None:
        async with engine(gone, comfy.url) as running:
            operation = await running.start(order("film"))
            assert operation["host"] == comfy.url
            await done(running, operation)
            health = await running.health()
            assert health.ready
            assert gone in health.reason
            assert comfy.url not in health.reason

    asyncio.run(main())


def test_the_shorter_queue_is_taken(comfy: ComfyServer, victim: ComfyServer) -> None:
    async def main() -> None:
        urls = [comfy.url, victim.url]
        async with engine(*urls) as running:
            started = [await running.start(order("slow", extra={"steps": 600})) for _ in range(2)]
            together = await asyncio.gather(*(running.start(order("slow")) for _ in range(2)))
            for pair in (started, together):
                assert sorted(one["host"] for one in pair) == sorted(urls)
            for one in (*together, *started):
                await running.cancel(one)

    asyncio.run(main())


def test_a_host_with_the_model_in_memory_is_preferred(comfy: ComfyServer, victim: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url, victim.url) as running:
            blocking = await running.start(order("slow", extra={"steps": 600}))
            warmed = await running.start(order("picture"))
            assert (blocking["host"], warmed["host"]) == (comfy.url, victim.url)
            await done(running, warmed)
            await running.cancel(blocking)
            await finish(running, blocking)
            assert (await running.start(order("film")))["host"] == comfy.url
            again = await running.start(order("picture"))
            assert again["host"] == victim.url

    asyncio.run(main())


def test_a_host_without_the_file_is_passed_over(comfy: ComfyServer, victim: ComfyServer) -> None:
    folder = victim.folder / "models"
    shared = folder.readlink()
    folder.unlink()
    for part in shared.iterdir():
        (folder / part.name).mkdir(parents=True)
    try:

        async def main() -> None:
            async with engine(victim.url, comfy.url) as running:
                assert (await running.start(order("film")))["host"] == victim.url
                operation = await running.start(order("picture"))
                assert operation["host"] == comfy.url
                await done(running, operation)
                checks = {(check.host, check.model): check for check in await running.check()}
                lacking = checks[victim.url, "picture"]
                assert not lacking.ok
                [file] = lacking.files
                assert (file.folder, file.name, file.where) == ("checkpoints", working.SD15, working.HUB)
                assert checks[comfy.url, "picture"].ok

        asyncio.run(main())
    finally:
        shutil.rmtree(folder)
        folder.symlink_to(shared)


# checking


def test_the_check_tells_what_is_missing_for_which_model(comfy: ComfyServer) -> None:
    gone = dead()
    recipes = {name: RECIPES[name] for name in ("film", "wan", "picture", "absent")}

    async def main() -> None:
        async with engine(comfy.url, gone, recipes=recipes) as running:
            checks = {(check.host, check.model): check for check in await running.check()}
            assert len(checks) == 8
            for model in ("film", "wan", "picture"):
                check = checks[comfy.url, model]
                assert check.ok, check
            assert checks[comfy.url, "wan"].modes == tuple(sorted(working.WANS))
            assert checks[comfy.url, "absent"].nodes == ("NoSuchNode",)
            assert not checks[comfy.url, "absent"].ok
            assert not checks[gone, "film"].ok
            assert gone in checks[gone, "film"].reason

    asyncio.run(main())


def test_the_check_of_what_comes_with_rushes(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url, recipes=load_recipes()) as running:
            checks = {check.model: check for check in await running.check()}
            assert [model for model, check in checks.items() if check.reason] == []
            sd15 = checks["sd15"]
            assert (sd15.ok, sd15.nodes) == (False, ())
            assert [(file.folder, bool(file.name), bool(file.where)) for file in sd15.files] == [
                ("checkpoints", True, True)
            ]
            # This ComfyUI is too old for LTX-2, and has no packs.
            assert "LTXAVTextEncoderLoader" in checks["ltx-t2v"].nodes
            assert checks["ltx-t2v"].packs == ()
            assert "AnimateDiff" in checks["animatediff"].packs[0].name
            assert checks["wan-t2v"].nodes == ()

    asyncio.run(main())


def test_a_host_that_would_leak_prompts_is_reported(comfy: ComfyServer, victim: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url, victim.url, dead()) as running:
            good, leaking, gone = await running.hosts()
            assert (good.ready, good.version, good.notes) == (True, "0.3.75", ())
            assert "--disable-metadata" in leaking.notes[0]
            assert (gone.ready, bool(gone.reason)) == (False, True)

    asyncio.run(main())


def test_an_operation_of_a_host_that_is_no_longer_named_is_lost(comfy: ComfyServer) -> None:
    async def main() -> None:
        async with engine(comfy.url) as running:
            operation: Operation = await running.start(order("film"))
            elsewhere = operation | {"host": dead()}
            assert isinstance(await running.status(elsewhere), Lost)
            await running.cancel(elsewhere)
            await running.discard(elsewhere)
            status = await done(running, operation)
        async with engine(dead(), patience=0.5) as other:
            with pytest.raises(EngineError, match="not configured any more"):
                await read(other, status)

    asyncio.run(main())


def test_the_modes_are_those_of_the_recipes() -> None:
    async def main() -> None:
        async with engine("http://127.0.0.1:1/", "http://user:secret@127.0.0.1:2/comfy/") as running:
            assert Mode.TEXT_TO_3D in running.modes
            assert running.slots == 4
            assert [each.host for each in await running.hosts()] == ["http://127.0.0.1:1", "http://127.0.0.1:2/comfy"]

    asyncio.run(main())


def test_a_host_is_an_address() -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="such as http"):
            async with engine("localhost:8188"):
                pass

    asyncio.run(main())
