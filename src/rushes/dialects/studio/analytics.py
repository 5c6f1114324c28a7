"""What the caller made and spent, summed from the job records and the ledger."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from rushes.dialects.kit.answers import iso, json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.reading import read_query
from rushes.dialects.studio.context import Context
from rushes.ids import now_ms
from rushes.jobs import tallies
from rushes.ledger import wallet
from rushes.ledger.history import spent_by_day


class UsageQuery(Struct, kw_only=True):
    """How many days back, today included."""

    days: Annotated[int, Meta(ge=1, le=366)] = 30


class UsageDay(Struct, kw_only=True):
    """One day (UTC): videos and images asked for that are on record, and what was spent, on deleted ones too."""

    date: str
    generations: int
    images: int
    credits: int


class Usage(Struct, kw_only=True):
    """Every day of the span, oldest first, those without a job too; and the sums."""

    days: list[UsageDay]
    total_generations: int
    total_images: int
    total_credits: int


class Summary(Struct, kw_only=True):
    """Over all that is on record; `credits_spent` is all that was ever charged, deleted generations included."""

    total_generations: int
    total_images: int
    completed: int
    video_minutes: float
    favourite_model: str | None
    credits_spent: int
    credits_remaining: int


def endpoints(context: Context) -> list[Endpoint]:
    """By day, and in all."""
    analytics = _Analytics(context)
    return [
        Endpoint(method="GET", path="/api/analytics/usage", run=analytics.get_usage, query=UsageQuery,
                 summary="Generations and credits per day", answer=Usage, errors=(400, 429)),
        Endpoint(method="GET", path="/api/analytics/summary", run=analytics.get_summary,
                 summary="Totals, video minutes, favourite model", answer=Summary, errors=(429,)),
    ]  # fmt: skip


class _Analytics:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._database = context.services.database

    async def get_usage(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        query = read_query(request, UsageQuery)
        today = now_ms() // tallies.DAY_MS
        first = today - query.days + 1
        found = await self._database.read(tallies.by_day(caller.who.account, first * tallies.DAY_MS))
        spent = await self._database.read(spent_by_day(caller.who.account, first * tallies.DAY_MS))
        known = {day.day: day for day in found}
        none = tallies.Day(day=0, videos=0, images=0)
        days = [_day(number, known.get(number, none), spent.get(number, 0)) for number in range(first, today + 1)]
        return json(
            Usage(
                days=days,
                total_generations=sum(day.generations for day in days),
                total_images=sum(day.images for day in days),
                total_credits=sum(day.credits for day in days),
            )
        )

    async def get_summary(self, request: Request) -> Response:
        caller = await self._context.gate.by_session(request)
        totals = await self._database.read(tallies.totals(caller.who.account))
        money = await self._database.read(wallet(caller.who.account))
        return json(
            Summary(
                total_generations=totals.videos,
                total_images=totals.images,
                completed=totals.completed,
                video_minutes=round(totals.video_seconds / 60, 2),
                favourite_model=totals.model or None,
                credits_spent=money.spent,
                credits_remaining=money.available,
            )
        )


def _day(number: int, day: tallies.Day, spent: int) -> UsageDay:
    date = iso(number * tallies.DAY_MS)[:10]
    return UsageDay(date=date, generations=day.videos, images=day.images, credits=spent)
