"""The sender against receivers that fail in every way, databases that fail, and processes that die."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from rushes.db import Steps, one
from rushes.ids import now_ms
from rushes.net import guard
from rushes.webhooks import Callback, endpoints, enqueue, history, secrets, sender
from tests.webhooks.receiver import CLOSE, FAST, HANG, SECRET, Office, Receiver, account, office, plain, receiver, until


@pytest.fixture
def path(empty_database: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "rushes.db"
    shutil.copy(empty_database, copy)
    return copy


def with_office(path: Path, work: Callable[[Office, Receiver], Awaitable[None]], **options: Any) -> None:
    """Run `work` with a receiver and an office of account "a"; the sender is not started."""

    async def main() -> None:
        async with receiver() as web, office(path, **options) as made:
            await made.database.write(account("a"))
            await work(made, web)

    asyncio.run(main())


async def tell(post: Office, *urls: str, format: str = "rushes", policy: str = "callback") -> None:
    for number, url in enumerate(urls):
        callback = Callback(url=url, format=format, policy=policy)
        steps = enqueue("a", subject="job_1", event="job.done", snapshot=str(number), callbacks=[callback])
        await post.database.write(steps)
    post.sender.wake()


async def over(post: Office) -> list[tuple[str, int]]:
    """The states, once nothing waits any more."""

    async def look() -> list[tuple[str, int]] | None:
        states = await post.states()
        return states if all(state != "waiting" for state, _ in states) else None

    found: list[tuple[str, int]] = await until(look)
    return found


async def log_of(post: Office, number: int = 0) -> history.Detail:
    """The delivery log's entry of one delivery, the oldest first."""
    row = await post.database.one("SELECT id FROM webhook_deliveries ORDER BY id LIMIT 1 OFFSET :n", n=number)
    assert row is not None
    found = await post.database.read(history.detail("a", row[0]))
    assert found is not None
    return found


def test_a_delivery_arrives_once_signed(path: Path) -> None:
    async def work(post: Office, web: Receiver) -> None:
        await post.sender.start()
        await tell(post, web.url + "/hook?x=1")
        assert await over(post) == [("delivered", 1)]
        [request] = web.got
        assert request.path == "/hook?x=1"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["user-agent"].startswith("Rushes-Webhooks/")
        body = Webhook(secrets.derive(SECRET, "a", 1)).verify(request.body, request.headers)
        assert body == {"id": request.headers["webhook-id"], "type": "job.done", "data": 0}
        entry = await log_of(post)
        assert [(attempt.status, attempt.answer, attempt.error) for attempt in entry.attempts] == [(200, "well", None)]
        assert entry.body == request.body.decode()

    with_office(path, work)


def test_wrong_then_right_is_one_event_with_one_id_and_one_body(path: Path) -> None:
    made: list[str] = []

    def counting(snapshot: bytes, delivery: str, event: str, created: int) -> bytes:
        made.append(delivery)
        return json.dumps({"made": len(made), "created": created}).encode()

    async def work(post: Office, web: Receiver) -> None:
        web.script["/hook"] = [500, CLOSE, 302, 204]
        await post.sender.start()
        await tell(post, web.url + "/hook")
        assert await over(post) == [("delivered", 4)]
        requests = web.at("/hook")
        assert len(requests) == 4
        assert len({request.body for request in requests}) == 1
        assert {request.headers["webhook-id"] for request in requests} == set(made)
        assert len(made) == 1, "the body is made once"
        for request in requests:
            Webhook(secrets.derive(SECRET, "a", 1)).verify(request.body, request.headers)
        attempts = (await log_of(post)).attempts
        assert [attempt.status for attempt in attempts] == [500, None, 302, 204]
        assert attempts[1].error

    with_office(path, work, formats={"rushes": counting})


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("step", "delivered"),
    [
        (500, False),
        (404, False),
        (410, False),
        (CLOSE, False),
        (b"SSH-2.0-x\r\n", False),
        (b"HTTP/1.1 302 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", False),
        (OK + b"Content-Length: 10000000\r\n\r\n" + b"x" * 300_000, True),  # more than anyone reads
        (OK + b"Content-Length: 10\r\n\r\nabc", True),  # cut off after it said 200
        (OK + b"\r\n" + b"\xff\0z" * 400, True),
        (OK + b"Set-Cookie: session=1\r\nContent-Length: 0\r\n\r\n", True),
    ],
)
def test_answers_of_every_kind(path: Path, step: int | bytes | str, delivered: bool) -> None:
    async def work(post: Office, web: Receiver) -> None:
        web.script["/hook"] = [step]
        await post.sender.start()
        await tell(post, web.url + "/hook", web.url + "/good")
        attempts = 1 if delivered or step == 410 else FAST.attempts
        assert await over(post) == [("delivered" if delivered else "failed", attempts), ("delivered", 1)]
        assert web.at("/elsewhere") == [], "a redirect is followed"
        entry = await log_of(post)
        assert len(entry.attempts) == attempts
        assert bool(entry.delivery.error) != delivered
        for attempt in entry.attempts:
            assert len(attempt.answer) <= 500
            assert "\0" not in attempt.answer
            assert "127.0.0.1" not in (attempt.error or "")
        assert not any("cookie" in request.headers for request in web.got)

    with_office(path, work)


def test_a_receiver_that_never_answers_fails_in_time_and_delays_nobody(path: Path) -> None:
    hasty = msgspec.structs.replace(FAST, attempts=2, timeout=0.2)

    async def work(post: Office, web: Receiver) -> None:
        web.script["/hook"] = [HANG]
        await post.sender.start()
        await tell(post, web.url + "/hook", policy="hasty")
        assert await over(post) == [("failed", 2)]
        assert (await log_of(post)).delivery.error == "the server did not answer within 0.2 seconds"

    with_office(path, work, policies={"hasty": hasty})


def test_slow_receivers_take_only_their_share(path: Path) -> None:
    """As long as everything to one host hangs, all other hosts get theirs."""

    async def work(post: Office, web: Receiver) -> None:
        web.script["/hook"] = [HANG]
        await post.sender.start()
        slow = web.url + "/hook"
        await tell(post, *[slow] * 40)
        await until(lambda: len(web.at("/hook")) == 3)
        port = web.url.rpartition(":")[2]
        await tell(post, *[f"http://localhost:{port}/good"] * 20)
        await until(lambda: len(web.at("/good")) == 20)
        assert web.most["/hook"] == 3
        assert len(web.at("/hook")) == 3
        web.release.set()
        assert len(await over(post)) == 60
        assert len(web.at("/hook")) == 40, "some were sent twice or never"

    with_office(path, work, slots=6, per_host=3, look_every=60)


def test_never_more_at_a_time_than_there_are_slots(path: Path) -> None:
    async def work(post: Office, web: Receiver) -> None:
        web.script["/hook"] = [HANG]
        await tell(post, *[web.url + "/hook"] * 10)
        await post.sender.start()
        await until(lambda: len(web.got) == 4)
        web.release.set()
        await over(post)
        assert web.most["/hook"] == 4
        assert len(web.got) == 10

    with_office(path, work, slots=4, per_host=100, look_every=60)


def test_two_senders_never_send_the_same_delivery(path: Path) -> None:
    async def main() -> None:
        async with receiver() as web, office(path) as first, office(path, node="here:b") as second:
            await first.database.write(account("a"))
            urls = [f"{web.url}/hook{number}" for number in range(60)]
            await tell(first, *urls)
            await asyncio.gather(first.sender.start(), second.sender.start())
            await tell(second, *urls)
            assert await over(first) == [("delivered", 1)] * 120
            assert len(web.got) == 120
            assert len({request.headers["webhook-id"] for request in web.got}) == 120
            assert max(web.most.values()) <= 2

    asyncio.run(main())


def test_what_was_accepted_before_a_stop_is_sent_after_the_next_start(path: Path) -> None:
    async def main() -> None:
        async with receiver() as web:
            web.script["/hook"] = [HANG]
            async with office(path) as first:
                await first.database.write(account("a"))
                await tell(first, web.url + "/hook", web.url + "/hook")
                await first.sender.start()
                await until(lambda: len(web.got) == 2)
            web.script["/hook"] = [200]
            async with office(path, node="here:b") as second:
                await second.sender.start()
                assert await over(second) == [("delivered", 1)] * 2
            ids = [request.headers["webhook-id"] for request in web.got]
            assert len(ids) == 4
            assert set(ids[:2]) == set(ids[2:])

    asyncio.run(main())


def test_a_process_killed_between_sending_and_recording_sends_again_with_the_same_id(path: Path) -> None:
    async def main() -> None:
        async with receiver() as web:
            web.script["/hook"] = [HANG, 200]
            async with office(path) as before:
                await before.database.write(account("a"))
                await tell(before, web.url + "/hook")
            child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.webhooks.child", str(path))
            try:
                await until(lambda: len(web.got) == 1)
            finally:
                child.kill()
                await child.wait()
            async with office(path, node="here:b", is_dead=lambda owner: owner == "here:child") as after:
                assert await after.states() == [("waiting", 0)]
                await after.sender.start()
                assert await over(after) == [("delivered", 1)]
            first, second = web.got
            assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)

    asyncio.run(main())


def test_the_lease_of_a_process_that_may_live_is_waited_for(path: Path) -> None:
    async def work(post: Office, web: Receiver) -> None:
        await tell(post, web.url + "/leased", web.url + "/free")
        await post.database.write(lease_to("here:other", now_ms() + 60_000, "leased"))
        await post.sender.start()
        await until(lambda: len(web.at("/free")) == 1)
        assert web.at("/leased") == []

    with_office(path, work)


def test_nothing_is_begun_that_may_outlast_its_lease(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "_MARGIN_MS", -1000)

    async def work(post: Office, web: Receiver) -> None:
        run = fail_first(post, monkeypatch, "read", "", 0)
        await post.sender.start()
        await tell(post, web.url + "/hook")
        await until(lambda: "signing" in run)
        await post.sender.close()
        assert web.got == []

    with_office(path, work)


def lease_to(owner: str, until_ms: int, at: str = "hook") -> Steps[None]:
    yield from one(
        "UPDATE webhook_deliveries SET lease_owner = :owner, due_at = :until WHERE url LIKE '%/' || :at RETURNING id",
        owner=owner,
        until=until_ms,
        at=at,
    )


def test_private_addresses_are_refused_at_every_attempt(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address was public when it was given, and is not any more after the first attempt."""

    async def work(post: Office, web: Receiver) -> None:
        web.script["/hook"] = [500]
        judged: list[str] = []

        def is_public(address: str) -> bool:
            judged.append(address)
            return len(judged) == 1

        monkeypatch.setattr(guard, "is_public", is_public)
        await post.sender.start()
        await tell(post, web.url + "/hook")
        assert await over(post) == [("failed", 4)]
        assert len(web.got) == 1
        attempts = (await log_of(post)).attempts
        assert [attempt.status for attempt in attempts] == [500, None, None, None]
        assert "private" in (attempts[1].error or "")

    with_office(path, work, allow_private=False)


NOT_ALLOWED = ["http://127.0.0.1:1/", "http://[::1", "ftp://a.example/", "", "http://a/\x00", "http://u:p@a.example/"]


@pytest.mark.parametrize("url", NOT_ALLOWED)
def test_an_address_that_may_not_be_called_is_a_failed_attempt(path: Path, url: str) -> None:
    async def work(post: Office, web: Receiver) -> None:
        await post.sender.start()
        await tell(post, url)
        assert await over(post) == [("failed", 4)]

    with_office(path, work, allow_private=False)


def broken(snapshot: bytes, delivery: str, event: str, created: int) -> bytes:
    raise LookupError("the secret reason")


@pytest.mark.parametrize(
    ("format", "policy"), [("broken", "callback"), ("latin", "callback"), ("none", "callback"), ("rushes", "none")]
)
def test_what_cannot_be_made_fails_alone(path: Path, format: str, policy: str) -> None:
    async def work(post: Office, web: Receiver) -> None:
        await post.sender.start()
        await tell(post, web.url + "/bad", format=format, policy=policy)
        await tell(post, web.url + "/good")
        assert await over(post) == [("failed", 0), ("delivered", 1)]
        assert web.at("/bad") == []
        error = (await log_of(post)).delivery.error
        assert error
        assert "secret reason" not in error

    formats = {"rushes": plain, "broken": broken, "latin": lambda *_: "ä".encode("latin-1")}
    with_office(path, work, formats=formats)


def test_a_registered_webhook_that_is_gone_is_disabled(path: Path) -> None:
    async def work(post: Office, web: Receiver) -> None:
        web.script["/hook"] = [410]
        hook = await post.database.write(endpoints.register("a", web.url + "/hook", ("*",), ""))
        await post.sender.start()
        await post.database.write(enqueue("a", subject="s", event="e", snapshot="1", callbacks=()))
        post.sender.wake()
        assert await over(post) == [("failed", 1)]
        found = await post.database.read(endpoints.get("a", hook.id))
        assert found is not None
        assert (found.enabled, found.disabled_reason) == (False, "the server answered 410")

    with_office(path, work)


def test_removing_a_webhook_ends_what_waits_for_it(path: Path) -> None:
    async def work(post: Office, web: Receiver) -> None:
        hook = await post.database.write(endpoints.register("a", web.url + "/hook", ("*",), ""))
        await post.database.write(enqueue("a", subject="s", event="e", snapshot="1", callbacks=()))
        await post.database.write(endpoints.remove("a", hook.id))
        await post.sender.start()
        assert await over(post) == [("failed", 0)]
        assert web.got == []

    with_office(path, work)


def test_redelivering_sends_the_same_again(path: Path) -> None:
    async def work(post: Office, web: Receiver) -> None:
        await post.sender.start()
        await tell(post, web.url + "/hook")
        await over(post)
        name = web.got[0].headers["webhook-id"]
        await post.database.write(history.redeliver("a", name, now_ms()))
        post.sender.wake()
        await until(lambda: len(web.got) == 2)
        assert await over(post) == [("delivered", 1)]
        assert (web.got[1].headers["webhook-id"], web.got[1].body) == (name, web.got[0].body)

    with_office(path, work)


def test_both_secrets_sign_after_a_rotation(path: Path) -> None:
    async def work(post: Office, web: Receiver) -> None:
        assert await post.database.write(secrets.rotate("a", now_ms())) == 1
        assert await post.database.write(secrets.rotate("a", now_ms())) == 2
        await post.sender.start()
        await tell(post, web.url + "/hook")
        await over(post)
        [request] = web.got
        for version in (1, 2):
            Webhook(secrets.derive(SECRET, "a", version)).verify(request.body, request.headers)

    with_office(path, work)


def fail_first(post: Office, monkeypatch: pytest.MonkeyPatch, method: str, step: str, times: int) -> list[str]:
    """Make the first `times` runs of these steps fail. Which were run."""
    real = getattr(post.database, method)
    run: list[str] = []

    async def sometimes(steps: Steps[Any]) -> Any:
        run.append(steps.__name__)
        if steps.__name__ == step and run.count(step) <= times:
            steps.close()
            raise sqlite3.OperationalError("disk I/O error")
        return await real(steps)

    monkeypatch.setattr(post.database, method, sometimes)
    return run


def test_a_failed_record_is_written_again_and_nothing_sent_twice(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(post: Office, web: Receiver) -> None:
        run = fail_first(post, monkeypatch, "write", "record", 1)
        await post.sender.start()
        await tell(post, web.url + "/hook")
        assert await over(post) == [("delivered", 1)]
        assert len(web.got) == 1
        assert run.count("record") == 2

    with_office(path, work)


@pytest.mark.parametrize(("method", "step"), [("read", "lanes"), ("write", "claim")])
def test_a_database_that_fails_a_while_delays_only(
    path: Path, monkeypatch: pytest.MonkeyPatch, method: str, step: str
) -> None:
    async def work(post: Office, web: Receiver) -> None:
        await tell(post, web.url + "/hook")
        run = fail_first(post, monkeypatch, method, step, 3)
        await post.sender.start()
        assert await over(post) == [("delivered", 1)]
        assert len(web.got) == 1
        assert run.count(step) > 3

    with_office(path, work)


@pytest.mark.parametrize(("method", "step"), [("write", "save_body"), ("read", "signing")])
def test_what_could_not_be_made_ready_is_sent_when_its_lease_is_over(
    path: Path, monkeypatch: pytest.MonkeyPatch, method: str, step: str
) -> None:
    async def work(post: Office, web: Receiver) -> None:
        run = fail_first(post, monkeypatch, method, step, 1)
        await post.sender.start()
        await tell(post, web.url + "/hook")
        await until(lambda: step in run)
        assert await post.states() == [("waiting", 0)]
        assert web.got == []
        await post.database.write(lease_to("here:a", 0))
        assert await over(post) == [("delivered", 1)]

    with_office(path, work)
