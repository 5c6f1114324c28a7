"""Schemathesis against the OpenAPI document of each dialect: no 500, no status that the document does not name.

A short run of each is in the suite; `make campaign` runs the long one.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rushes.app import DIALECTS
from tests.conformance.engines import ScriptedServer
from tests.conformance.upstream import text_service

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
CONFIG = Path(__file__).with_name("schemathesis.toml")
SHORT, LONG = 4, 60
SEED = "21"
"""Of the short run: what it finds does not depend on chance. The long one is for that."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedServer]:
    """A server whose engines are done at once, and whose texts come from a service that answers one sentence."""
    home = tmp_path_factory.mktemp("fuzz") / "home"
    home.mkdir()
    with text_service() as upstream:
        running = ScriptedServer(home, text_upstream=upstream.url, fetch_timeout=1)
        running.start()
        yield running
        running.close()


def run(server: ScriptedServer, dialect: str, examples: int, *more: str) -> subprocess.CompletedProcess[str]:
    """Schemathesis on one dialect's operations."""
    key = server.key(dialect=dialect)
    # Money must not run out half-way, or nothing but refusals is seen.
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run",
            f"{server.url}/openapi.json",
            "--include-tag", dialect, "--header", f"Authorization: Bearer {key}", "--checks", CHECKS,
            "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--request-timeout", "30",
            "--generation-database", "none", "--suppress-health-check", "all", "--no-color",
            *more,
        ],
        capture_output=True, text=True, timeout=1500, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_a_short_run_finds_nothing(server: ScriptedServer, dialect: str) -> None:
    result = run(server, dialect, SHORT, "--seed", SEED)
    assert result.returncode == 0, result.stdout[-6000:]
    assert "generated" in result.stdout
    assert httpx.get(f"{server.url}/healthz").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_a_long_run_finds_nothing(server: ScriptedServer, dialect: str) -> None:
    result = run(server, dialect, LONG)
    assert result.returncode == 0, result.stdout[-6000:]
