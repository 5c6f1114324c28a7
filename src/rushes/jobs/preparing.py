"""What an engine is given of a job: its inputs as files on this machine, and the request that names them."""

from __future__ import annotations

from collections.abc import Callable

from rushes.catalog import extra_of
from rushes.db import Database
from rushes.engines.contract import Input, Request, Role
from rushes.jobs.running import Running
from rushes.library import Library, assets


class Preparing:
    """Makes requests. `hook` makes the address that a provider of a job may call, "" for none."""

    def __init__(self, database: Database, library: Library, hook: Callable[[str], str]) -> None:
        self._database = database
        self._library = library
        self._hook = hook

    async def request(self, running: Running) -> Request:
        """The request of a job, its inputs copied into its folder. What an earlier attempt had staged is given up."""
        job, plan = running.job, running.plan
        files = running.files
        if files is None:
            (files,) = await self._database.read(assets.of_jobs([(job.account_id, job.id)]))
        running.files = None  # if it is begun again, there may be others
        running.given_up = bool(files)
        if any(asset.state == "staged" for asset in files):  # by an earlier attempt
            await self._database.write(assets.drop_staged(job.account_id, job.id))
        inputs = []
        for asset in files:
            if asset.state != "ready":
                continue
            running.untidy = True
            path = await self._library.copy_out(asset, running.folder)
            inputs.append(
                Input(
                    role=Role(asset.role),
                    path=str(path),
                    mime=asset.mime,
                    width=asset.width,
                    height=asset.height,
                    duration=asset.duration,
                )
            )
        return Request(
            job=job.id,
            model=job.model,
            upstream=job.upstream,
            hook=self._hook(job.id) if running.engine.remote else "",
            mode=plan.mode,
            prompt=plan.prompt,
            negative_prompt=plan.negative_prompt,
            width=plan.width,
            height=plan.height,
            seconds=plan.seconds,
            seed=plan.seed,
            fps=plan.fps,
            count=plan.count,
            sound=plan.sound,
            fixed_lens=plan.fixed_lens,
            inputs=tuple(inputs),
            extra=extra_of(plan),
        )
