"""How generations go: status, cancelling, the queue, and what makes media here."""

from __future__ import annotations

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.problems import not_found
from rushes.dialects.kit.reading import Body, read_query
from rushes.dialects.kit.sending import filename
from rushes.dialects.studio import shapes_generation as shapes
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.views import STATUSES, failure, file_url, main_output, percent
from rushes.engines.contract import Inspects, Lack
from rushes.ids import now_ms
from rushes.jobs import Job, State, estimates, histories
from rushes.jobs.routing import STAND_INS
from rushes.services import CLOUD_SLOTS

_ACTIVE_SHOWN = 100
_RATE_MS = 5_000
"""How long a known rate of a model is used."""
_LACKS_MS = 60_000
"""How long what was found missing is believed."""


def endpoints(context: Context) -> list[Endpoint]:
    """Polling and what belongs to it."""
    progress = _Progress(context)
    return [
        Endpoint(method="GET", path="/api/status", run=progress.get_status, query=shapes.StatusQuery,
                 summary="Poll a generation, every 2-5 seconds until completed or error", answer=shapes.JobStatus,
                 errors=(400, 404, 429)),
        Endpoint(method="POST", path="/api/cancel", run=progress.cancel, body=shapes.Cancel,
                 summary="Cancel a queued or running generation; its credits come back", answer=shapes.Cancelled,
                 errors=(400, 404, 429)),
        Endpoint(method="GET", path="/api/queue", run=progress.get_queue,
                 summary="Queue length, your active jobs, and their positions", answer=shapes.Queue, errors=(429,)),
        Endpoint(method="GET", path="/api/comfyui/status", run=progress.backend_status,
                 summary="Whether a ComfyUI server is online, and which engines there are",
                 answer=shapes.BackendStatus, errors=(429,)),
    ]  # fmt: skip


class _Rate(Struct, frozen=True):
    rate: float
    until: int


class _Progress:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services
        self._cancel = Body(shapes.Cancel, context.services.settings.max_body)
        self._rates: dict[tuple[str, str], _Rate] = {}
        self._lacks: tuple[Lack, ...] = ()
        self._lacks_until = 0
        self._slots = {
            "local": context.services.settings.render_slots,
            "edit": 1,  # taken several at a time, made one after the other
            "cloud": CLOUD_SLOTS,
        }

    async def get_status(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        job = await self._find(caller.who.account, read_query(request, shapes.StatusQuery).job_id)
        ahead = await self._ahead(job)
        output = main_output(job)
        status = shapes.JobStatus(
            job_id=job.id,
            generation_id=job.id,
            status=STATUSES[job.state],
            progress=percent(job),
            position=ahead + 1 if ahead is not None else None,
            estimated_seconds=await self._estimate(job, ahead or 0),
            filename=filename(output.asset, output.mime) if output else None,
            error=failure(job),
            warnings=job.warning_list(),
        )
        url = file_url(output) if output else None
        match histories.made_by(job.mode):
            case "image":
                status.image_url = url
            case "audio":
                status.audio_url = url
            case "video":
                status.video_url = url
            case None:
                status.subtitles_url = url
        return json(status)

    async def cancel(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        body, _ = await self._cancel.read(request)
        job = await self._find(caller.who.account, body.job_id)
        ended = await self._services.jobs.cancel(job.account_id, job.id)
        # Where it was not this call that ended it, it is over since it was looked up.
        now = ended or await self._find(job.account_id, job.id)
        return json(
            shapes.Cancelled(
                job_id=job.id,
                cancelled=ended is not None,
                status=STATUSES[now.state],
                credits_refunded=ended.quote if ended else 0,
            )
        )

    async def get_queue(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        active = []
        positions = []
        for job in await self._services.jobs.active(caller.who.account, _ACTIVE_SHOWN):
            ahead = await self._ahead(job)
            if ahead is not None:
                positions.append(ahead + 1)
            active.append(
                shapes.ActiveJob(
                    job_id=job.id,
                    model=job.model,
                    status=STATUSES[job.state],
                    progress=percent(job),
                    position=ahead + 1 if ahead is not None else None,
                )
            )
        return json(shapes.Queue(length=await self._waiting(), active=active, position=min(positions, default=None)))

    async def backend_status(self, request: Request) -> Response:
        await self._context.gate.by_session(request)
        drafts = self._services.settings.drafts == "on"
        engines = []
        for name, engine in self._services.engines.items():
            health = await self._services.watch.health(name)
            engines.append(
                shapes.EngineStatus(
                    name=name,
                    ready=health.ready,
                    reason=health.reason,
                    modes=sorted(engine.modes),
                    stands_in=drafts and name in STAND_INS,
                )
            )
        online = any(engine.name == "comfyui" and engine.ready for engine in engines)
        return json(
            shapes.BackendStatus(
                online=online,
                message=_message(online, [engine.name for engine in engines if engine.stands_in]),
                engines=engines,
                missing_models=await self._missing(),
                queue_length=await self._waiting(),
            )
        )

    async def _missing(self) -> list[shapes.MissingModel]:
        """What ComfyUI servers lack, without their addresses."""
        engine = self._services.engines.get("comfyui")
        if not isinstance(engine, Inspects):
            return []
        if self._lacks_until < now_ms():
            self._lacks, self._lacks_until = await engine.inspect(), now_ms() + _LACKS_MS
        return [
            shapes.MissingModel(model=lack.model, missing=list(lack.missing), reason=lack.reason)
            for lack in self._lacks
        ]

    async def _find(self, account: str, name: str) -> Job:
        job = await self._services.jobs.get(account, name)
        if job is None:
            raise not_found("job")
        return job

    async def _ahead(self, job: Job) -> int | None:
        return await self._services.jobs.ahead(job) if job.state == State.QUEUED else None

    async def _waiting(self) -> int:
        return await self._services.database.read(histories.waiting())

    async def _estimate(self, job: Job, ahead: int) -> int | None:
        expected = None if job.terminal else estimates.expected(job, await self._rate(job))
        return estimates.remaining(job, expected, ahead=ahead, slots=self._slots.get(job.queue, 1), now=now_ms())

    async def _rate(self, job: Job) -> float | None:
        """Asked for at every poll, and the same for all jobs of a kind: looked up now and then."""
        key, now = (job.model, job.engine), now_ms()
        known = self._rates.get(key)
        if known is not None and known.until >= now:
            return known.rate
        rate = await self._services.database.read(estimates.rate(job))
        if rate is not None:  # the first run of a model is news at once
            self._rates[key] = _Rate(rate, now + _RATE_MS)
        return rate


def _message(online: bool, standing_in: list[str]) -> str:
    if online:
        return "A ComfyUI server is connected."
    if standing_in:
        return f"No ComfyUI server is connected; models without an engine are drafted by: {', '.join(standing_in)}."
    return "No ComfyUI server is connected, and drafts are off."
