"""The worker's upkeep does the accounts' chores."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rushes import ledger
from rushes.accounts import create_user
from rushes.accounts.allowance import start_allowance
from rushes.accounts.sessions import open_session
from rushes.db import run
from rushes.ids import now_ms
from rushes.services import build
from rushes.settings import Settings


def test_a_running_worker_grants_months_and_clears_sessions(tmp_path: Path) -> None:
    async def main() -> None:
        services = await build(Settings(home=str(tmp_path / "home"), models_offline=True), worker=True)
        try:
            database, worker = services.database, services.worker
            assert worker is not None
            user = await database.write(create_user("ada@example.com", tier="starter"))
            last_month = now_ms() - 31 * 86_400_000
            await database.write(start_allowance(user.account, services.tiers, last_month))
            await database.write(open_session(user.id))
            await database.write(run("UPDATE sessions SET expires_at = 1"))
            await worker._upkeep.tidy()
            assert (await database.read(ledger.wallet(user.account))).available >= 1000
            assert await database.one("SELECT 1 FROM sessions") is None
        finally:
            await services.close()

    asyncio.run(main())
