"""The native dialect's webhook endpoints over a real database and sender."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette

from rushes.accounts import create_key, load_tiers
from rushes.dialects.kit.endpoint import Dialect, routes
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.held import Held
from rushes.dialects.kit.openapi import document
from rushes.dialects.rushes import shapes
from rushes.dialects.rushes.api import render
from rushes.dialects.rushes.webhooks import endpoints
from rushes.net.limits import WindowLimiter
from rushes.services import Services
from rushes.settings import Settings
from rushes.webhooks import Callback, enqueue
from tests.webhooks.receiver import SECRET, Office, Receiver, account, office, receiver, until

AT = "/rushes/v1/webhooks"


def dialect(post: Office) -> Dialect:
    services = SimpleNamespace(
        database=post.database, client=post.client, webhooks=post.sender, secret=SECRET, settings=Settings()
    )
    gate = Gate(post.database, load_tiers(), WindowLimiter(), SECRET)
    return Dialect(
        name="rushes",
        title="",
        description="",
        endpoints=endpoints(cast(Services, services), gate),
        error=shapes.ErrorBody,
        render=render,
    )


class World:
    """Two accounts' clients, a receiver, and the office behind them."""

    def __init__(self, post: Office, web: Receiver, clients: dict[str, httpx.AsyncClient]) -> None:
        self.post = post
        self.web = web
        self.ada, self.bob = clients["a"], clients["b"]

    async def register(self, **fields: Any) -> dict[str, Any]:
        answer = await self.ada.post(AT, json={"url": self.web.url + "/hook", **fields})
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def delivered(self, name: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            found: dict[str, Any] = (await self.ada.get(f"{AT}/deliveries/{name}")).json()
            return found if found["delivery"]["state"] != "waiting" else None

        found: dict[str, Any] = await until(look)
        return found


@pytest.fixture
def world(empty_database: Path, tmp_path: Path) -> Callable[..., None]:
    """Run a test in a world; `sending=False` leaves the sender off."""

    def run(work: Callable[[World], Awaitable[None]], *, sending: bool = True, allow_private: bool = True) -> None:
        path = tmp_path / "rushes.db"
        shutil.copy(empty_database, path)

        async def main() -> None:
            async with receiver() as web, office(path, allow_private=allow_private) as post:
                transport = httpx.ASGITransport(
                    Starlette(routes=routes(dialect(post), lambda handler: handler, Held()))
                )
                clients = {}
                for name in ("a", "b"):
                    await post.database.write(account(name))
                    key = await post.database.write(create_key(name, "rushes", ""))
                    clients[name] = httpx.AsyncClient(
                        transport=transport, base_url="http://s", headers={"Authorization": f"Bearer {key.key}"}
                    )
                if sending:
                    await post.sender.start()
                await work(World(post, web, clients))

        asyncio.run(main())

    return run


def test_register_test_and_verify_with_the_secret_that_was_shown(world: Callable[..., None]) -> None:
    async def work(it: World) -> None:
        hook = await it.register(events=["generation.*"], description="mine")
        assert (hook["events"], hook["description"], hook["enabled"]) == (["generation.*"], "mine", True)
        sent = await it.ada.post(f"{AT}/{hook['id']}/test")
        assert sent.status_code == 202
        assert (sent.json()["event"], sent.json()["webhook"]) == ("webhook.test", hook["id"])
        found = await it.delivered(sent.json()["id"])
        assert (found["delivery"]["state"], [each["status"] for each in found["attempts"]]) == ("delivered", [200])
        [request] = it.web.got
        body = Webhook(hook["secret"]).verify(request.body, request.headers)
        assert (body["type"], body["data"]) == ("webhook.test", {"webhook": hook["id"]})
        assert found["body"] == request.body.decode()
        assert request.headers["webhook-id"] == sent.json()["id"]

    world(work)


def test_the_secret_is_shown_when_made_and_when_rotated_only(world: Callable[..., None]) -> None:
    async def work(it: World) -> None:
        assert (await it.ada.get(f"{AT}/secret")).json() == {"versions": []}
        first = await it.register()
        assert first["secret"].startswith("whsec_")
        assert "secret" not in await it.register()
        for path in (AT, f"{AT}/{first['id']}", f"{AT}/secret"):
            assert "whsec_" not in (await it.ada.get(path)).text
        rotated = (await it.ada.post(f"{AT}/secret/rotate")).json()
        assert rotated["secret"] != first["secret"]
        assert (rotated["version"], "previous_until" in rotated) == (2, True)
        versions = (await it.ada.get(f"{AT}/secret")).json()["versions"]
        assert [each["version"] for each in versions] == [2, 1]
        assert [each.get("retires_at") for each in versions] == [None, rotated["previous_until"]]
        await it.delivered((await it.ada.post(f"{AT}/{first['id']}/test")).json()["id"])
        for secret in (first["secret"], rotated["secret"]):
            Webhook(secret).verify(it.web.got[0].body, it.web.got[0].headers)

    world(work)


def test_rotating_before_any_was_shown_shows_the_one_that_callbacks_were_signed_with(
    world: Callable[..., None],
) -> None:
    async def work(it: World) -> None:
        callback = Callback(url=it.web.url + "/call", format="rushes")
        await it.post.database.write(enqueue("a", subject="s", event="e", snapshot="1", callbacks=[callback]))
        it.post.sender.wake()
        await until(lambda: it.web.got)
        shown = (await it.ada.post(f"{AT}/secret/rotate")).json()
        assert (shown["version"], "previous_until" in shown) == (1, False)
        Webhook(shown["secret"]).verify(it.web.got[0].body, it.web.got[0].headers)

    world(work)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": None}, "url"),
        ({"url": ""}, "url"),
        ({"url": "x" * 3000}, "url"),
        ({"url": "ftp://a.example/"}, "url"),
        ({"url": "http://user@a.example/"}, "url"),
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"url": "http://169.254.169.254/latest"}, "url"),
        ({"url": "http://[::1]/"}, "url"),
        ({"url": "http://no-such-host.invalid/"}, "url"),
        ({"events": []}, "events"),
        ({"events": "generation.*"}, "events"),
        ({"events": ["Generation Done"]}, "events[0]"),
        ({"events": ["*.failed"]}, "events[0]"),
        ({"description": "x" * 501}, "description"),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_kept(
    world: Callable[..., None], change: dict[str, object], field: str
) -> None:
    async def work(it: World) -> None:
        answer = await it.ada.post(AT, json={"url": "http://8.8.8.8/hook", **change})
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["field"] == field
        assert (await it.ada.get(AT)).json() == {"webhooks": []}
        good = (await it.ada.post(AT, json={"url": "http://8.8.8.8/hook"})).json()
        answer = await it.ada.patch(f"{AT}/{good['id']}", json=change)
        assert answer.status_code == 400, answer.text
        assert (await it.ada.get(f"{AT}/{good['id']}")).json()["url"] == "http://8.8.8.8/hook"

    world(work, sending=False, allow_private=False)


def test_what_is_not_known_is_said(world: Callable[..., None]) -> None:
    async def work(it: World) -> None:
        hook = await it.register(evnts=["x"])
        assert hook["warnings"] == ["evnts: ignored"]
        assert (await it.ada.patch(f"{AT}/{hook['id']}", json={"enable": False})).json()["warnings"] == [
            "enable: ignored"
        ]

    world(work)


def test_change_list_disable_and_remove(world: Callable[..., None]) -> None:
    async def work(it: World) -> None:
        first, second = await it.register(), await it.register(events=["x"])
        changed = await it.ada.patch(f"{AT}/{first['id']}", json={"events": ["y.*"], "enabled": False})
        assert (changed.json()["events"], changed.json()["enabled"], changed.json()["url"]) == (
            *(["y.*"], False),
            first["url"],
        )
        listed = (await it.ada.get(AT)).json()["webhooks"]
        assert [(each["id"], each["enabled"]) for each in listed] == [(first["id"], False), (second["id"], True)]
        assert (await it.ada.post(f"{AT}/{first['id']}/test")).status_code == 409
        assert (await it.ada.delete(f"{AT}/{first['id']}")).json() == {"id": first["id"], "deleted": True}
        assert (await it.ada.delete(f"{AT}/{first['id']}")).status_code == 404

    world(work)


def test_the_twenty_first_is_refused(world: Callable[..., None]) -> None:
    async def work(it: World) -> None:
        for _ in range(20):
            await it.register()
        answer = await it.ada.post(AT, json={"url": it.web.url})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_webhooks")

    world(work, sending=False)


def test_deliveries_are_listed_read_and_sent_again(world: Callable[..., None]) -> None:
    async def work(it: World) -> None:
        it.web.script["/hook"] = [410, 200]
        hook = await it.register()
        names = [(await it.ada.post(f"{AT}/{hook['id']}/test")).json()["id"]]
        found = await it.delivered(names[0])
        assert (found["delivery"]["state"], found["delivery"]["error"]) == ("failed", "the server answered 410")
        assert (await it.ada.get(f"{AT}/{hook['id']}")).json()["disabled_reason"] == "the server answered 410"
        again = f"{AT}/deliveries/{names[0]}/redeliver"
        assert (await it.ada.post(again)).status_code == 409
        await it.ada.patch(f"{AT}/{hook['id']}", json={"enabled": True})
        assert (await it.ada.post(again)).status_code == 202
        found = await it.delivered(names[0])
        assert (found["delivery"]["state"], found["delivery"]["attempts"]) == ("delivered", 1)
        assert [each["status"] for each in found["attempts"]] == [410, 200]
        names.append((await it.ada.post(f"{AT}/{hook['id']}/test")).json()["id"])
        await it.delivered(names[1])
        page = (await it.ada.get(f"{AT}/deliveries", params={"limit": 1})).json()
        assert ([each["id"] for each in page["deliveries"]], page["has_more"]) == ([names[1]], True)
        page = (await it.ada.get(f"{AT}/deliveries", params={"limit": 1, "offset": 1})).json()
        assert ([each["id"] for each in page["deliveries"]], page["has_more"]) == ([names[0]], False)
        for state, count in (("delivered", 2), ("failed", 0), ("waiting", 0)):
            page = (await it.ada.get(f"{AT}/deliveries", params={"state": state})).json()
            assert len(page["deliveries"]) == count
        wrong = await it.ada.get(f"{AT}/deliveries", params={"state": "lost"})
        assert (wrong.status_code, wrong.json()["error"]["field"]) == (400, "state")

    world(work)


def test_everything_of_others_is_404_and_without_a_key_401(world: Callable[..., None]) -> None:
    async def work(it: World) -> None:
        hook = await it.register()
        sent = (await it.ada.post(f"{AT}/{hook['id']}/test")).json()["id"]
        await it.delivered(sent)
        calls = [
            ("GET", f"/{hook['id']}"),
            ("PATCH", f"/{hook['id']}"),
            ("DELETE", f"/{hook['id']}"),
            ("POST", f"/{hook['id']}/test"),
            ("GET", f"/deliveries/{sent}"),
            ("POST", f"/deliveries/{sent}/redeliver"),
        ]
        nobody = httpx.AsyncClient(transport=it.ada._transport, base_url="http://s")
        for method, path in calls:
            foreign = await it.bob.request(method, AT + path, json={"enabled": False})
            missing = await it.bob.request(method, AT + path.replace("_", "_0"), json={"enabled": False})
            assert (foreign.status_code, foreign.json()) == (404, missing.json())
            assert (await nobody.request(method, AT + path)).status_code == 401
        assert (await it.bob.get(AT)).json() == {"webhooks": []}
        assert (await it.bob.get(f"{AT}/deliveries")).json()["deliveries"] == []
        assert (await it.ada.get(f"{AT}/{hook['id']}")).json()["enabled"] is True
        assert len(it.web.got) == 1

    world(work)


def test_the_document_has_every_endpoint(world: Callable[..., None]) -> None:
    async def work(it: World) -> None:
        made = document([dialect(it.post)], version="1")
        assert set(made["paths"][AT]) == {"get", "post"}
        assert set(made["paths"][AT + "/{id}"]) == {"get", "patch", "delete"}
        assert made["paths"][AT + "/deliveries"]["get"]["parameters"][2]["name"] in ("state", "limit", "offset")

    world(work, sending=False)
