"""A database that has been in use: many jobs, of many accounts, in all states.

Every tenth job is the caller's own. Every tenth, others, has its postings and its file on record too: with those of
all, the indexes are hardly deeper, and filling takes three times as long.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench.server import PROMPT
from rushes.accounts import create_user
from rushes.accounts.users import find_user
from rushes.catalog import Wish, load_catalog, make_plan
from rushes.db import Steps, run
from rushes.db.opening import open_database
from rushes.engines.contract import Mode
from rushes.ids import now_ms
from rushes.jobs.model import to_text

CALLER = "bench@example.com"
"""Whose key the requests have (bench.server)."""
_ACCOUNTS = 997
_AT_A_TIME = 50_000

_ID = "'job_01a' || substr(CAST(10000000000000 + {} AS TEXT), 2) || '0000000000'"
"""Of a job by its number: lower than every id that is made now, and in their order."""
_JOBS = f"""
INSERT INTO jobs (id, account_id, dialect, model, mode, request, state, quote, cost, engine, draft, queue, submission,
  attempts, lease_owner, lease_until, outputs, created_at, started_at, finished_at, taken_at)
WITH RECURSIVE numbers (n) AS
    (SELECT CAST(:first AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(:last AS BIGINT)),
  mixed AS (SELECT n, n * 7919 % 1000 AS lot, n % 10 AS kind, CAST(:now AS BIGINT) - (2000000 - n) * 1000 AS at
    FROM numbers),
  known AS (SELECT mixed.*, CASE WHEN lot < 940 THEN 'succeeded' WHEN lot < 980 THEN 'failed'
    WHEN lot < 995 THEN 'cancelled' WHEN lot < 999 THEN 'queued' ELSE 'running' END AS state FROM mixed)
SELECT {_ID.format("n")}, CASE WHEN kind = 0 THEN :caller ELSE 'acct_' || (n * 31 % {_ACCOUNTS}) END, 'usvideo',
  CASE WHEN kind < 3 THEN 'composer' ELSE 'wan-t2v' END,
  CASE WHEN kind < 6 THEN 'text-to-video' WHEN kind < 9 THEN 'text-to-image' ELSE 'text-to-speech' END,
  :request, state, 30, CASE WHEN state = 'succeeded' THEN 30 END, 'elsewhere', 0, 'cloud',
  CASE WHEN state = 'queued' THEN 'none' ELSE 'accepted' END, 1, CASE WHEN state = 'running' THEN 'nobody:known' END,
  CASE WHEN state = 'running' THEN CAST(:now AS BIGINT) + 86400000 END,
  CASE WHEN state = 'succeeded' THEN '[{{"asset":"asset_01a0000000000000","kind":"video","mime":"video/mp4"}}]'
    ELSE '[]' END,
  at, at, CASE WHEN lot < 995 THEN at + 60000 END, CASE WHEN state <> 'queued' THEN at END
FROM known
"""
_OF_THESE = f"""
FROM jobs WHERE id >= {_ID.format("CAST(:first AS BIGINT)")} AND id <= {_ID.format("CAST(:last AS BIGINT)")}
  AND substr(id, 20, 1) = '1'
"""
_OVER = f"{_OF_THESE} AND finished_at IS NOT NULL"
_REST = (
    f"""
INSERT INTO assets (id, account_id, job_id, role, kind, mime, sha256, size, width, height, duration, state, created_at,
  expires_at)
SELECT 'asset' || substr(id, 4), account_id, id, 'output', 'video', 'video/mp4', substr(id, 18, 3) || id, 1, 1280, 720,
  5, 'ready', created_at, created_at + 8640000000 {_OVER} AND state = 'succeeded'
""",
    f"""
INSERT INTO postings (key, account_id, kind, subject, amount, note, created_at)
SELECT 'hold:' || id, account_id, 'hold', id, quote, '', created_at {_OF_THESE}
""",
    f"""
INSERT INTO postings (key, account_id, kind, subject, amount, note, created_at)
SELECT 'settle:' || id, account_id, CASE WHEN cost > 0 THEN 'capture' ELSE 'release' END, id, coalesce(cost, 0), '',
  finished_at {_OVER}
""",
    f"INSERT INTO entries SELECT 'hold:' || id, 'available:' || account_id, -quote {_OF_THESE}",
    f"INSERT INTO entries SELECT 'hold:' || id, 'held:' || account_id, quote {_OF_THESE}",
    f"INSERT INTO entries SELECT 'settle:' || id, 'held:' || account_id, -quote {_OVER}",
    f"""
INSERT INTO entries
SELECT 'settle:' || id, CASE WHEN cost > 0 THEN 'revenue' ELSE 'available:' || account_id END, quote {_OVER}
""",
)


def fill(settings: dict[str, str], home: Path, first: int, last: int) -> None:
    """Add the jobs with these numbers, from 1 on."""
    asyncio.run(_fill(settings.get("database_url", ""), home, first, last))


async def _fill(url: str, home: Path, first: int, last: int) -> None:
    plan = make_plan(load_catalog(), Wish(model="composer", prompt=PROMPT, mode=Mode.TEXT_TO_VIDEO, seconds=5))
    database = await open_database(home, url)
    try:
        caller = await database.write(_caller())
        for at in range(first, last + 1, _AT_A_TIME):
            await database.write(_add(at, min(last, at + _AT_A_TIME - 1), caller, to_text(plan)))
    finally:
        await database.close()


def _caller() -> Steps[str]:
    """The account that asks; with it, once, all others."""
    user = yield from find_user(CALLER)
    if user is not None:
        return user.account
    user = yield from create_user(CALLER, tier="enterprise", credits=1_000_000_000)
    for number in range(_ACCOUNTS):
        account = f"acct_{number}"
        yield from run("INSERT INTO accounts (id, name, tier, created_at) VALUES (:id, '', 'free', 0)", id=account)
    return user.account


def _add(first: int, last: int, caller: str, request: str) -> Steps[None]:
    yield from run(_JOBS, first=first, last=last, caller=caller, request=request, now=now_ms())
    for sql in _REST:
        yield from run(sql, first=first, last=last)
