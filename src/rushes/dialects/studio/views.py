"""Jobs in the studio dialect's words."""

from __future__ import annotations

from typing import Any

from rushes.catalog import Plan
from rushes.dialects.kit.answers import iso
from rushes.dialects.kit.sending import filename
from rushes.dialects.studio.shapes_history import Generation, Parameters, PublicItem, Shown, Status
from rushes.gallery.marks import Mark
from rushes.ids import now_ms
from rushes.jobs import Job, JobOutput

STATUSES: dict[str, Status] = {
    "queued": "queued",
    "running": "processing",
    "succeeded": "completed",
    "failed": "error",
    "cancelled": "error",
}


def main_output(job: Job) -> JobOutput | None:
    """The one file that a generation is known by; None until it is made, and once its time is over."""
    found = job.output_list()
    expired = job.expires_at is not None and job.expires_at <= now_ms()
    return found[0] if found and not expired else None


_FOLDERS = {"image": "image", "archive": "image", "audio": "audio"}
"""Where files of a kind are downloaded; all others with the videos."""


def file_url(output: JobOutput, token: str = "") -> str:
    """The path of a made file; with the token of a share link for those who do not own it."""
    if output.kind == "text":
        return f"/api/subtitles/{output.asset}.srt"
    path = f"/api/{_FOLDERS.get(output.kind, 'video')}/{filename(output.asset, output.mime)}"
    return f"{path}?token={token}" if token else path


def percent(job: Job) -> int:
    """Progress as 0–100; 100 only when it is completed."""
    return 100 if job.succeeded else min(99, int(job.progress * 100))


def failure(job: Job) -> str | None:
    """Why a generation ended without a result."""
    return (job.error_message or "Generation failed") if job.error_code else None


def generation(job: Job, mark: Mark) -> Generation:
    """A job as its owner sees it in the history."""
    plan = job.plan()
    output = main_output(job)
    return Generation(
        id=job.id,
        job_id=job.id,
        mode=job.mode,
        model=job.model,
        prompt=plan.prompt,
        negative_prompt=plan.negative_prompt,
        parameters=_parameters(plan),
        status=STATUSES[job.state],
        progress=percent(job),
        cost=job.quote if job.cost is None else job.cost,
        engine=job.engine,
        draft=bool(job.draft),
        watermark=plan.watermark,
        filename=filename(output.asset, output.mime) if output else None,
        url=file_url(output) if output else None,
        width=output.width if output else None,
        height=output.height if output else None,
        duration=output.duration if output else None,
        size=output.size if output else None,
        is_favorite=mark.favorite,
        is_public=mark.public_at is not None,
        share_token=mark.share_token,
        warnings=job.warning_list(),
        error=failure(job),
        created_at=iso(job.created_at),
        completed_at=iso(job.finished_at) if job.finished_at is not None else None,
    )


def shown(job: Job, output: JobOutput, token: str) -> Shown:
    """A shared job as strangers see it."""
    return Shown(**_public(job, output, token))


def public_item(job: Job, output: JobOutput, published: int) -> PublicItem:
    """A public job as strangers see it; `published` in milliseconds since 1970."""
    return PublicItem(**_public(job, output, ""), published_at=iso(published))


def _public(job: Job, output: JobOutput, token: str) -> dict[str, Any]:
    return {
        "kind": "image" if output.kind == "image" else "video",
        "filename": filename(output.asset, output.mime),
        "url": file_url(output, token),
        "prompt": job.plan().prompt,
        "model": job.model,
        "draft": bool(job.draft),
        "width": output.width,
        "height": output.height,
        "duration": output.duration,
        "size": output.size,
        "created_at": iso(job.created_at),
    }


def _parameters(plan: Plan) -> Parameters:
    return Parameters(
        width=plan.width,
        height=plan.height,
        frames=plan.frames,
        frame_rate=plan.fps,
        duration_seconds=plan.seconds,
        steps=plan.steps,
        cfg=plan.cfg,
        seed=plan.seed,
        sampler=plan.sampler,
        scheduler=plan.scheduler,
        shift=plan.shift,
        strength=plan.strength,
    )
