"""A job from the queue to the library on a real ComfyUI, through a loss of it in the middle."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import msgspec

from rushes.accounts import create_user
from rushes.catalog import Wish, load_catalog, make_plan
from rushes.db import SqliteDatabase
from rushes.engines.comfyui.graphs import Built, Files, Recipe
from rushes.engines.contract import Mode, Request
from rushes.jobs import Jobs, Order
from rushes.jobs.events import News
from rushes.jobs.routing import Router
from rushes.jobs.runner import Runner
from rushes.jobs.worker import Worker
from rushes.library import Library
from rushes.library.blobs import BlobStore
from rushes.node import Node
from tests.comfyui.server import ComfyServer
from tests.comfyui.working import VIDEO, engine, film, slow


def test_a_job_survives_the_end_of_its_comfyui(victim: ComfyServer, empty_database: Path, tmp_path: Path) -> None:
    shutil.copy(empty_database, tmp_path / "rushes.db")
    sent: list[Request] = []

    def build(request: Request, files: Files) -> Built:
        """The first time too slow to end, then quick."""
        sent.append(request)
        endless = msgspec.structs.replace(request, extra={"steps": 600})
        return slow(endless, files) if len(sent) == 1 else film(request, files)

    recipe = Recipe(model="composer", modes=VIDEO, files=(), build=build)

    async def main() -> None:
        async with engine(victim.url, patience=180, recipes={"composer": recipe}) as comfy:
            database = SqliteDatabase(tmp_path / "rushes.db")
            library = Library(database, BlobStore(str(tmp_path / "files")))
            node, news, catalog = Node(tmp_path), News(), load_catalog()
            # The catalogue's composer is routed to it.
            engines = {"composer": comfy}
            router = Router(engines, drafts=True)
            runner = Runner(
                database, library, news, node.id, node.scratch, retention_days=1, told=lambda: None,
                router=router, catalog=catalog,
            )  # fmt: skip
            worker = Worker(
                database, engines, library, news, node, runner, slots={"cloud": 2}, run_limit=600, queue_limit=60
            )
            jobs = Jobs(
                database, catalog, router, news, quota=0,
                wake=worker.wake, stop=worker.stop_job, live=worker.progress, told=lambda: None,
            )  # fmt: skip
            user = await database.write(create_user("ada@example.com", tier="enterprise", credits=100))
            await worker.start()
            plan = make_plan(catalog, Wish(model="composer", prompt="a fox", mode=Mode.TEXT_TO_VIDEO, seconds=5))
            job = await jobs.submit(user.account, Order(plan=plan, dialect="rushes"))
            async with asyncio.timeout(120):
                while not worker.progress(job.id):
                    await asyncio.sleep(0.05)
            victim.kill()
            victim.spawn()
            over = await jobs.wait(user.account, job.id, 180)
            assert over is not None
            assert over.state == "succeeded", over
            [output] = over.output_list()
            assert (output.kind, output.width, output.height) == ("video", 128, 64)
            assert [each.job for each in sent] == [job.id, job.id], "it was begun again, once"
            await worker.close(0)
            await database.close()
            node.close()

    asyncio.run(main())
