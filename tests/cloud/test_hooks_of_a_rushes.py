"""A Rushes before a real other one, which calls it when a job has ended: nobody would ask for an hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from rushes import services
from rushes.engines.cloud import results
from rushes.engines.cloud.engine import CloudEngine
from rushes.engines.cloud.table import adapter
from rushes.jobs import hooks
from rushes.net.guard import GuardedClient
from tests.cloud.housing import Door, housed
from tests.e2e.server import Server
from tests.faults.conftest import play


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("other") / "home"
    home.mkdir()
    server = Server(home).start()
    yield server
    server.close()


@pytest.mark.parametrize(("kind", "model"), [("rushes", "seedance-2.0"), ("apixo", "seedance-1-5-pro")])
def test_the_other_one_calls(
    kind: str, model: str, other: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door()

    def maker(public_url: str, secret: str) -> Callable[[str], str]:
        """As the real one, but that it takes an address on loopback for a safe one, as the other one does here."""
        return lambda job: f"{door.url}{hooks.PATH}{hooks.token(job, secret)}"

    monkeypatch.setattr(services, "hook_maker", maker)
    monkeypatch.setattr(results, "_PAUSES", {"video": 3600.0})

    async def story() -> None:
        guarded = GuardedClient(allow_private=True)
        client = httpx.AsyncClient(trust_env=False)
        engine = CloudEngine(kind, adapter(kind), client, guarded, key=other.key(), base=other.url)
        async with housed(engine, model, tmp_path, monkeypatch, door, "") as house:
            job = await house.over(await house.submit("a boat on the sea"), 80)
            assert job.succeeded, job.error_message
        await guarded.close()

    play(story())
    assert other.audit() == {"ok": True, "findings": []}
