"""A sender in a process of its own, to be killed: python -m tests.webhooks.child <database>."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.webhooks.receiver import Office


async def main() -> None:
    office = Office(Path(sys.argv[1]), node="here:child")
    await office.sender.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
