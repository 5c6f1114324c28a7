"""Work on files: the caller's files in, a job, and the finished file in the same answer when it is done soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import InvalidParameter, Plan, Wish, make_plan, measured
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.bodies import Given
from rushes.dialects.kit.gate import Caller
from rushes.dialects.kit.prefer import patience
from rushes.dialects.kit.problems import Problem, failed, invalid, not_found
from rushes.dialects.kit.sending import filename
from rushes.dialects.studio.context import Context
from rushes.dialects.studio.finding import to_source
from rushes.dialects.studio.shapes_editing import Worked
from rushes.dialects.studio.tiering import check_size
from rushes.dialects.studio.views import STATUSES, file_url, main_output, percent
from rushes.engines.contract import FailureCode, Kind, Mode, Role
from rushes.jobs import Job
from rushes.jobs.intake import Source
from rushes.ledger import wallet
from rushes.library import Asset
from rushes.media.edits import Edit, Resize, Taking, flaw

_LONGEST = 3600.0
"""Seconds of a clip that is worked on."""


class Desk:
    """Where work is ordered and waited for."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._services = context.services

    async def source(self, caller: Caller, given: Given[Any], field: str, name: str, role: Role, kind: Kind) -> Source:
        """The file that `field` names: of the caller's own, an address, or one that came in the form under the field's
        name or what it is ("video", "image", "audio"). Raises a Problem naming the field.
        """
        upload = given.file(field) or given.file(kind)
        if upload is not None:
            return Source(field=field, role=role, content=upload.content, kinds=(kind,), max_seconds=_LONGEST)
        if not name:
            raise invalid(field, f"is required: a file's name ({kind}), an address, or a file of a form")
        found = await to_source(self._services.library, caller, field, name, role, kind)
        return msgspec.structs.replace(found, max_seconds=_LONGEST)

    async def edit(
        self,
        request: Request,
        caller: Caller,
        model: str,
        edit: Edit | Taking,
        sources: Sequence[Source],
        names: Mapping[str, str],
        warnings: Sequence[str] = (),
    ) -> Response:
        """Do an edit. `names` are the endpoint's words for the edit's fields."""
        mode = self._services.catalog.models[model].modes[0]

        def revise(plan: Plan, staged: Sequence[Asset]) -> Plan:
            clips = [asset for asset in staged if asset.role == Role.VIDEO]
            first = clips[0]
            wrong = flaw(edit, width=first.width, height=first.height, seconds=first.duration)
            if wrong is not None:
                raise invalid(names.get(wrong[0], wrong[0]), wrong[1])
            if isinstance(edit, Resize):
                check_size(self._services.tiers, caller.tier, *_sides(edit, first))
            return self._measured(plan, clips)

        extra: dict[str, Any] = msgspec.to_builtins(edit)
        wish = Wish(model=model, mode=mode, prompt="", extra=extra)
        words = {field: names.get(field, field) for field in edit.__struct_fields__}
        return await self.do(request, caller, wish, sources, names=words, revise=revise, warnings=warnings)

    async def do(
        self,
        request: Request,
        caller: Caller,
        wish: Wish,
        sources: Sequence[Source] = (),
        *,
        names: Mapping[str, str] | None = None,
        revise: Any = None,
        warnings: Sequence[str] = (),
    ) -> Response:
        """Submit, wait as long as the caller wants to, answer. `names` are the endpoint's words for a wish's fields."""
        services = self._services
        model = services.catalog.models[wish.model]
        if model.feature:
            services.tiers.require(caller.tier, model.feature)
        try:
            plan = make_plan(services.catalog, wish, warnings)
        except InvalidParameter as error:
            raise invalid((names or {}).get(error.field, error.field), error.reason) from None
        job = await self._context.submitter.submit(request, caller, plan, sources, revise=revise)
        done = await services.jobs.wait(job.account_id, job.id, patience(request))
        if done is None:
            raise not_found("job")
        if done.terminal and not done.succeeded:
            raise _ended(done, names or {})
        return json(await self._answer(done))

    def by_length(self, plan: Plan, staged: Sequence[Asset]) -> Plan:
        """The plan in the length of what came in."""
        return self._measured(plan, [asset for asset in staged if asset.duration])

    def _measured(self, plan: Plan, clips: Sequence[Asset]) -> Plan:
        seconds = round(sum(clip.duration for clip in clips), 3)
        try:
            return measured(self._services.catalog, plan, seconds, len(clips))
        except InvalidParameter as error:
            raise invalid("video_filename", error.reason) from None

    async def _answer(self, job: Job) -> Worked:
        output = main_output(job)
        left = (await self._services.database.read(wallet(job.account_id))).available
        answer = Worked(
            job_id=job.id,
            status=STATUSES[job.state],
            progress=percent(job),
            credits_charged=job.quote if job.cost is None else job.cost,
            credits_remaining=left,
            engine=job.engine,
            warnings=job.warning_list(),
            status_url=f"/api/status?job_id={job.id}",
        )
        if output is not None:
            answer.filename = filename(output.asset, output.mime)
            answer.url = file_url(output)
            answer.width, answer.height = output.width or None, output.height or None
            answer.duration_seconds = round(output.duration, 3) or None
            answer.size = output.size
            if job.mode in (Mode.SPEECH_TO_TEXT, Mode.TRANSLATE):
                answer.filename = f"{output.asset}.srt"
                answer.srt_filename, answer.vtt_url = answer.filename, f"/api/subtitles/{output.asset}.vtt"
        return answer


def _sides(edit: Resize, clip: Asset) -> tuple[int, int]:
    """The size that an edit gives a clip; of one side alone, the other follows from the picture."""
    width = edit.width or round((edit.height or 0) * clip.width / max(1, clip.height))
    height = edit.height or round((edit.width or 0) * clip.height / max(1, clip.width))
    return width, height


def _ended(job: Job, names: Mapping[str, str]) -> Problem:
    """Why there is no result. What the work itself found wrong with a field begins with the field's name."""
    message = job.error_message or "cancelled"
    field, _, reason = message.partition(" ")
    if job.error_code == FailureCode.INVALID_INPUT and field in names:
        return invalid(names[field], reason)
    return failed(job.error_code or "", message)
