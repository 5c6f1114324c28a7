"""The outbox on a real database: what is written, who may take it, what becomes of it, what the log says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rushes.db import Steps
from rushes.ids import now_ms
from rushes.webhooks import Callback, endpoints, enqueue, enqueue_test, history, store
from rushes.webhooks.store import Attempt, Claim, Verdict
from tests.driving import BROKEN, Database, sqlite_only
from tests.webhooks.receiver import account

URL = "https://good.example/hook"
SENT = Attempt(started_at=1, milliseconds=2, status=500, error=None, answer="sorry")
DELIVERED = Verdict(state="delivered")
FAILED = Verdict(state="failed", error="no")
LATER = 10_000


@pytest.fixture(autouse=True)
def accounts(database: Database) -> None:
    for name in ("a", "b"):
        database.do(account(name))


def tell(event: str = "job.done", urls: Sequence[str] = (URL,), owner: str = "a", snapshot: str = "{}") -> Steps[None]:
    callbacks = [Callback(url=url, format="rushes") for url in urls]
    return enqueue(owner, subject="job_1", event=event, snapshot=snapshot, callbacks=callbacks)


def take(
    database: Database, owner: str = "p1", now: int | None = None, lease: int = LATER, room: int = 9
) -> list[Claim]:
    """All that is due, at most `room` for each host."""
    now = now_ms() if now is None else now
    hosts = {host: room for host, _ in database.do(store.lanes())}
    return database.do(store.claim(hosts, owner, now, now + lease))


def column(database: Database, name: str) -> list[object]:
    return [row[0] for row in database.all(f"SELECT {name} FROM webhook_deliveries ORDER BY id")]


def register(database: Database, *events: str, owner: str = "a", url: str = URL) -> endpoints.Webhook:
    return database.do(endpoints.register(owner, url, events or ("*",), ""))


# writing


def test_each_callback_and_each_webhook_that_wants_the_event_is_told(database: Database) -> None:
    wanted = {register(database, *events).id for events in (["*"], ["job.*"], ["other", "job.done"])}
    for events in (["job"], ["job.done.x"], ["other.*"], ["jo.*"]):
        register(database, *events)
    off = register(database, "*")
    database.do(endpoints.change("a", off.id, enabled=False))
    register(database, "*", owner="b")
    database.do(tell(urls=["https://x.example/1", "https://y.example/2"]))
    found = database.all("SELECT webhook_id, url, policy, account_id FROM webhook_deliveries")
    assert {row[0] for row in found if row[0]} == wanted
    assert {(row[1], row[2]) for row in found if not row[0]} == {
        ("https://x.example/1", "callback"),
        ("https://y.example/2", "callback"),
    }
    assert {row[2] for row in found if row[0]} == {"standard"}
    assert {row[3] for row in found} == {"a"}
    ids = column(database, "id")
    assert len(set(ids)) == 5
    assert all(str(name).startswith("msg_") for name in ids)


def test_nothing_is_told_of_what_did_not_happen(database: Database) -> None:
    def breaks() -> Steps[None]:
        yield from tell()
        raise LookupError

    with pytest.raises(LookupError):
        database.do(breaks())
    assert column(database, "id") == []


def test_an_address_that_is_none_does_not_break_the_transaction(database: Database) -> None:
    database.do(tell(urls=["http://[::1", "", "https://GOOD.example:8443/x"], snapshot='{"ä":1}'))
    assert column(database, "host") == ["", "", "good.example"]
    assert {claim.url for claim in take(database)} == {"http://[::1", "", "https://GOOD.example:8443/x"}


def test_a_snapshot_may_be_bytes(database: Database) -> None:
    database.do(enqueue("a", subject="s", event="e", snapshot="{\"ä\":1}".encode(), callbacks=[
        Callback(url=URL, format="rushes")
    ]))  # fmt: skip
    assert take(database)[0].snapshot == '{"ä":1}'


# taking


def test_what_one_process_took_no_other_gets_until_the_lease_is_over(database: Database) -> None:
    database.do(tell())
    now = now_ms()
    [claim] = take(database, "p1", now)
    assert take(database, "p2", now) == []
    assert take(database, "p2", now + LATER - 1) == []
    [again] = take(database, "p2", now + LATER)
    assert again.id == claim.id
    # The first is late: what it does is in the log and decides nothing.
    assert not database.do(store.save_body(claim, "p1", "x"))
    assert not database.do(store.record(claim, "p1", SENT, DELIVERED, now))
    assert column(database, "state") == ["waiting"]
    assert database.do(store.record(again, "p2", SENT, DELIVERED, now))
    assert column(database, "state") == ["delivered"]
    assert database.value("SELECT count(*) FROM webhook_attempts") == 2


def test_a_process_does_not_take_its_own_lease_for_a_later_one(database: Database) -> None:
    database.do(tell())
    now = now_ms()
    [first] = take(database, "p1", now)
    [second] = take(database, "p1", now + LATER)
    assert not database.do(store.record(first, "p1", None, FAILED, now))
    assert database.do(store.record(second, "p1", None, FAILED, now))


def test_the_longest_due_of_each_host_are_taken_and_no_more_than_there_is_room_for(database: Database) -> None:
    for host, count in (("slow", 30), ("good", 2), ("late", 1)):
        for number in range(count):
            database.do(tell(urls=[f"https://{host}.example/{number}"]))
    database.run("UPDATE webhook_deliveries SET due_at = due_at + 99999 WHERE host = 'late.example'")
    lanes = dict(database.do(store.lanes()))
    assert set(lanes) == {"slow.example", "good.example", "late.example"}
    taken = take(database, room=3)
    assert sorted(claim.url.removeprefix("https://") for claim in taken) == [
        *("good.example/0", "good.example/1"),
        *("slow.example/0", "slow.example/1", "slow.example/2"),
    ]


def test_a_failed_attempt_waits_and_keeps_its_body(database: Database) -> None:
    database.do(tell())
    now = now_ms()
    [claim] = take(database, "p1", now)
    assert database.do(store.save_body(claim, "p1", "the body"))
    again = Verdict(state="waiting", due_at=now + 500, error="the server answered 500")
    assert database.do(store.record(claim, "p1", SENT, again, now))
    assert take(database, "p1", now + 499) == []
    [second] = take(database, "p1", now + 500)
    assert (second.body, second.snapshot, second.attempts) == ("the body", "", 1)


def test_the_leases_of_the_dead_are_let_go(database: Database) -> None:
    database.do(tell())
    now = now_ms()
    take(database, "p1", now)
    assert database.do(store.lease_owners()) == ["p1"]
    database.do(store.free(["p2"], now))
    assert take(database, "p3", now) == []
    database.do(store.free(["p1"], now))
    assert len(take(database, "p3", now)) == 1


# registered webhooks


def test_an_account_has_at_most_twenty_webhooks(database: Database) -> None:
    for _ in range(20):
        register(database)
    with pytest.raises(endpoints.TooManyWebhooks):
        register(database)
    register(database, owner="b")
    assert len(database.do(endpoints.registered("a"))) == 20


def test_a_foreign_webhook_looks_missing(database: Database) -> None:
    hook = register(database)
    assert database.do(endpoints.get("b", hook.id)) is None
    assert database.do(endpoints.change("b", hook.id, url="https://evil.example/")) is None
    assert not database.do(endpoints.remove("b", hook.id))
    assert database.do(endpoints.get("a", hook.id)) == hook


def test_what_waits_follows_a_new_address_at_once(database: Database) -> None:
    hook = register(database)
    database.do(tell(urls=[]))
    now = now_ms()
    [claim] = take(database, "p1", now)
    database.do(store.record(claim, "p1", SENT, Verdict(state="waiting", due_at=now + 10**6, error="x"), now))
    changed = database.do(endpoints.change("a", hook.id, url="https://new.example/", events=["x"]))
    assert changed is not None
    assert (changed.url, changed.events, changed.enabled) == ("https://new.example/", ("x",), True)
    [claim] = take(database)
    assert (claim.url, claim.host, claim.wanted) == ("https://new.example/", "new.example", True)
    # One under way is left to its process.
    database.do(endpoints.change("a", hook.id, url=URL))
    assert take(database) == []


def test_what_waits_for_a_disabled_or_removed_webhook_is_not_wanted_any_more(database: Database) -> None:
    off, gone = register(database), register(database)
    database.do(tell(urls=[URL]))
    database.do(endpoints.change("a", off.id, enabled=False))
    database.do(endpoints.remove("a", gone.id))
    assert {claim.webhook: claim.wanted for claim in take(database)} == {off.id: False, gone.id: False, None: True}


def test_gone_disables_the_webhook_until_its_owner_enables_it(database: Database) -> None:
    hook = register(database)
    database.do(tell(urls=[]))
    [claim] = take(database)
    database.do(store.record(claim, "p1", SENT, Verdict(state="failed", error="gone", disable=True), 1))
    off = database.do(endpoints.get("a", hook.id))
    assert off is not None
    assert (off.enabled, off.disabled_reason) == (False, "gone")
    database.do(endpoints.change("a", hook.id, description="mine"))
    assert database.do(endpoints.get("a", hook.id)).disabled_reason == "gone"  # type: ignore[union-attr]
    on = database.do(endpoints.change("a", hook.id, enabled=True))
    assert on is not None
    assert (on.enabled, on.disabled_reason, on.description) == (True, "", "mine")


def test_a_test_goes_to_one_webhook_whatever_it_wants(database: Database) -> None:
    hook = register(database, "other")
    register(database, "*")
    name = database.do(enqueue_test(hook, "webhook.test", b'{"a":1}'))
    [claim] = take(database)
    assert (claim.id, claim.webhook, claim.body, claim.event) == (name, hook.id, '{"a":1}', "webhook.test")


# the log


def test_the_log_is_the_accounts_own_newest_first(database: Database) -> None:
    for number in range(5):
        database.do(tell(f"e{number}"))
    database.do(tell("foreign", owner="b"))
    [first, *_] = sorted(take(database), key=lambda claim: claim.id)
    database.do(store.record(first, "p1", SENT, DELIVERED, 5))
    assert [each.event for each in database.do(history.recent("a", 2, 1))] == ["e3", "e2"]
    assert [each.event for each in database.do(history.recent("a", 9, 0, "delivered"))] == ["e0"]
    assert len(database.do(history.recent("a", 9, 0, "waiting"))) == 4
    assert database.do(history.recent("a", 9, 0, "failed")) == []
    found = database.do(history.detail("a", first.id))
    assert found is not None
    assert (found.delivery.state, found.delivery.finished_at, found.attempts) == ("delivered", 5, [SENT])
    assert database.do(history.detail("b", first.id)) is None


@pytest.mark.parametrize("verdict", [DELIVERED, FAILED])
def test_redelivering_starts_anew_with_the_same_id_and_body(database: Database, verdict: Verdict) -> None:
    database.do(tell())
    [claim] = take(database)
    database.do(store.save_body(claim, "p1", "the body"))
    database.do(store.record(claim, "p1", SENT, verdict, 5))
    assert take(database) == []
    assert database.do(history.redeliver("b", claim.id, 6)) is None
    armed = database.do(history.redeliver("a", claim.id, 6))
    assert armed is not None
    assert (armed.state, armed.attempts, armed.due_at, armed.finished_at, armed.error) == ("waiting", 0, 6, None, None)
    [again] = take(database)
    assert (again.id, again.body, again.attempts) == (claim.id, "the body", 0)
    database.do(store.record(again, "p1", SENT, DELIVERED, 7))
    found = database.do(history.detail("a", claim.id))
    assert found is not None
    assert len(found.attempts) == 2


def test_redelivering_what_is_under_way_starts_no_second_one(database: Database) -> None:
    database.do(tell())
    now = now_ms()
    [claim] = take(database, now=now)
    armed = database.do(history.redeliver("a", claim.id, now))
    assert armed is not None
    assert armed.due_at is None
    assert take(database, "p2", now) == []
    assert database.do(store.record(claim, "p1", SENT, DELIVERED, now))
    assert column(database, "state") == ["delivered"]


def test_redelivering_needs_a_webhook_that_wants_it_and_goes_to_its_address(database: Database) -> None:
    hook = register(database)
    database.do(tell(urls=[]))
    [claim] = take(database)
    database.do(store.record(claim, "p1", SENT, FAILED, 5))
    database.do(endpoints.change("a", hook.id, enabled=False, url="https://new.example/"))
    with pytest.raises(history.NotWanted):
        database.do(history.redeliver("a", claim.id, 6))
    database.do(endpoints.change("a", hook.id, enabled=True))
    armed = database.do(history.redeliver("a", claim.id, 6))
    assert armed is not None
    assert armed.url == "https://new.example/"
    assert "new.example" in dict(database.do(store.lanes()))
    database.do(endpoints.remove("a", hook.id))
    with pytest.raises(history.NotWanted):
        database.do(history.redeliver("a", claim.id, 7))


def test_what_is_long_over_is_forgotten_with_its_attempts(database: Database) -> None:
    for _ in range(3):
        database.do(tell())
    old, new, _ = take(database)
    database.do(store.record(old, "p1", SENT, FAILED, 100))
    database.do(store.record(new, "p1", SENT, DELIVERED, 200))
    assert database.do(history.prune(200)) == 1
    assert database.do(history.prune(200)) == 0
    assert column(database, "state").count("waiting") == 1
    assert database.value("SELECT count(*) FROM webhook_attempts") == 1
    assert database.value("SELECT delivery_id FROM webhook_attempts") == new.id


@sqlite_only
def test_looking_for_what_is_due_uses_the_index(database: Database) -> None:
    for statement in (store.lanes(), store.claim({"h": 1}, "p", 1, 2)):
        text = database.explain(statement)
        assert "webhook_deliveries_due" in text
        assert "SCAN webhook_deliveries;" not in text + ";"


def test_an_attempt_needs_its_delivery(database: Database) -> None:
    with pytest.raises(BROKEN):
        database.run("INSERT INTO webhook_attempts VALUES ('msg_none', 1, 1, 1, 200, NULL, '')")
