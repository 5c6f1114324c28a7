"""Every route of every API, as the server's own document lists them: without a key, and with another account's ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.server import Server, wait_for

_PARAMETER = re.compile(r"\{(\w+)\}")
_OPEN = {
    # Whoever has the token or knows the name; a public profile's picture.
    "/api/share/{token}",
    "/api/profile/{username}",
    "/api/profile/avatar/{filename}",
}
_NAMES = {
    # What is no id of anybody's: models, and the paths that OpenAI has and this server has not.
    "/api/v1/generateTask/{model}",
    "/api/v1/statusTask/{model}",
    "/openai/v1/{path}",
}
_FREE = 40
"""Operations that need no credentials, at most: a route that forgets to ask is noticed here."""


@pytest.fixture(scope="module")
def operations(server: Server) -> list[tuple[str, str, bool]]:
    """(method, path, whether credentials are needed)."""
    paths = httpx.get(f"{server.url}/openapi.json").json()["paths"]
    return [(method, path, bool(of.get("security"))) for path, all_of in paths.items() for method, of in all_of.items()]


@pytest.fixture(scope="module")
def owner(server: Server) -> Iterator[httpx.Client]:
    with server.client(server.key("owner@example.com")) as client:
        yield client


@pytest.fixture(scope="module")
def owned(owner: httpx.Client) -> list[str]:
    """Ids and names of what an account has: a job and its file, an input picture, a template, a webhook, a key."""
    body = {"model": "composer-still", "prompt": "a red barn at dusk"}
    job = owner.post("/rushes/v1/generations", json=body).json()["id"]

    def over() -> Any:
        found = owner.get(f"/rushes/v1/generations/{job}").json()
        return found if found["state"] not in ("queued", "running") else None

    made = wait_for(over)
    assert made["state"] == "succeeded", made
    link = made["outputs"][0]["url"]
    picture = owner.get(link).content
    given = owner.post("/api/upload-image", files={"image": ("a.png", picture)}).json()["filename"]
    template = owner.post("/api/templates", json={"name": "a", "prompt": "b"}).json()["id"]
    hook = owner.post("/rushes/v1/webhooks", json={"url": "https://127.0.0.1:1/"}).json()["id"]
    key = owner.get("/api/keys").json()["keys"][0]["id"]
    return [job, link.split("/files/")[1].partition("?")[0], given, template, hook, key]


def _of(path: str, name: str) -> str:
    return _PARAMETER.sub(name, path)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sd_" + "0" * 64},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Basic eDp5"},
        {"Cookie": "rushes_session=unknown"},
    ],
    ids=["nothing", "unknown key", "forged token", "basic", "unknown session"],
)
def test_nothing_is_answered_without_credentials(
    server: Server, operations: list[tuple[str, str, bool]], owned: list[str], headers: dict[str, str]
) -> None:
    open_ones = [path for _, path, needed in operations if not needed]
    assert len(open_ones) < _FREE
    assert not [path for path in open_ones if "{" in path and path not in _OPEN]
    with httpx.Client(base_url=server.url, headers=headers) as client:
        told = {
            (method, path): client.request(method, _of(path, owned[0])).status_code
            for method, path, needed in operations
            if needed
        }
    assert len(told) > 100
    assert {what: status for what, status in told.items() if status != 401} == {}


def test_another_account_has_none_of_it(
    server: Server, operations: list[tuple[str, str, bool]], owner: httpx.Client, owned: list[str]
) -> None:
    before = owner.get("/rushes/v1/generations").json()["generations"]
    with server.client(server.key("stranger@example.com")) as stranger:
        told = {
            (method, path, name): stranger.request(method, _of(path, name)).status_code
            for method, path, _ in operations
            if "{" in path and path not in _NAMES
            for name in owned
        }
    assert len(told) > 100
    # 400: what the route needs beside the id is looked at first, and says nothing of the id.
    assert {what: status for what, status in told.items() if status not in (400, 404)} == {}
    after = owner.get("/rushes/v1/generations").json()["generations"]
    assert [job["id"] for job in after] == [job["id"] for job in before]
    assert [key["is_active"] for key in owner.get("/api/keys").json()["keys"]] == [True]


def test_what_is_the_callers_alone_is_kept_nowhere(owner: httpx.Client) -> None:
    for path in ("/api/profile", "/api/keys", "/v1/account", "/rushes/v1/generations", "/api/status?job_id=x"):
        assert owner.get(path).headers["cache-control"] == "no-store", path
