"""Keys, credits, their history, plans and prices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.e2e.server import Server
from tests.studio.people import browser, signed_up


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that renders nothing."""
    home = tmp_path_factory.mktemp("money") / "home"
    home.mkdir()
    running = Server(home, trusted_proxies="127.0.0.1").start("--no-worker")
    yield running
    running.close()


def test_a_key_is_shown_once_and_opens_until_it_is_revoked(server: Server) -> None:
    client = signed_up(server, "Keeper")
    made = client.post("/api/keys", json={"name": "My App"}).json()
    key = made.pop("key")
    assert key.startswith(made["prefix"])
    assert made["prefix"].startswith("pr_")
    assert len(made["prefix"]) < 10 < len(key)
    assert client.get("/api/keys").json() == {"keys": [made]}
    assert (made["name"], made["is_active"], made["last_used"]) == ("My App", True, None)
    by_key = server.client(key)
    assert by_key.get("/api/credits").json()["balance"] == 150
    assert client.delete(f"/api/keys/{made['id']}").status_code == 200
    assert by_key.get("/api/credits").status_code == 401
    [gone] = client.get("/api/keys").json()["keys"]
    assert gone["is_active"] is False
    assert client.delete(f"/api/keys/{made['id']}").status_code == 404


def test_a_key_of_somebody_else_looks_like_none(server: Server) -> None:
    owner, other = signed_up(server, "Owner"), signed_up(server, "Another")
    made = owner.post("/api/keys", json={"name": "k"}).json()
    other.post("/api/keys", json={"name": "k"})
    foreign = other.delete(f"/api/keys/{made['id']}")
    assert foreign.status_code == 404
    assert foreign.json() == other.delete("/api/keys/0123456789abcdef").json()
    assert server.client(made["key"]).get("/api/credits").status_code == 200
    assert [key["is_active"] for key in owner.get("/api/keys").json()["keys"]] == [True]


@pytest.mark.parametrize("name", ["", "x" * 101, None, 5, "a\x00"])
def test_names_that_no_key_has(server: Server, name: object) -> None:
    client = server.client(server.key("names@example.com", dialect="studio"))
    answer = client.post("/api/keys", json={"name": name})
    assert (answer.status_code, answer.json()["field"]) == (400, "name")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "keys"), ("POST", "keys"), ("DELETE", "keys/x"), ("GET", "credits"), ("GET", "credits/history"),
        ("POST", "credits/topup"), ("GET", "subscription"), ("POST", "stripe/create-checkout"),
        ("POST", "stripe/create-portal"), ("GET", "profile"), ("POST", "profile"), ("POST", "profile/avatar"),
        ("POST", "settings/change-password"), ("POST", "settings/email"), ("POST", "settings/theme"),
    ],
)  # fmt: skip
def test_nothing_is_open_without_credentials(server: Server, method: str, path: str) -> None:
    answer = browser(server).request(method, f"/api/{path}", json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


def test_credits_say_what_is_there_and_what_comes(server: Server) -> None:
    client = signed_up(server, "Saver")
    now = datetime.now(UTC)
    next_month = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    assert client.get("/api/credits").json() == {
        "balance": 150, "held": 0, "spent": 0, "tier": "free", "monthly_allowance": 150,
        "next_grant": next_month.strftime("%Y-%m-%dT00:00:00Z"),
    }  # fmt: skip
    server.cli("users", "allowance", "saver@example.com", "off")
    later = client.get("/api/credits").json()
    assert (later["balance"], later["monthly_allowance"], later["next_grant"]) == (150, 0, None)
    server.cli("users", "tier", "saver@example.com", "pro")
    server.cli("users", "allowance", "saver@example.com", "on")
    later = client.get("/api/credits").json()
    assert (later["balance"], later["monthly_allowance"]) == (150, 5000), "this month was granted already"
    plan = client.get("/api/subscription").json()
    assert (plan["tier"], plan["price"], plan["monthly_credits"], plan["status"]) == ("pro", 45, 5000, "none")


def test_accounts_of_the_command_line_have_no_allowance(server: Server) -> None:
    client = server.client(server.key("cli@example.com", credits=7, tier="starter", dialect="studio"))
    answer = client.get("/api/credits").json()
    assert (answer["balance"], answer["monthly_allowance"], answer["next_grant"]) == (7, 0, None)


def test_the_history_adds_up(server: Server) -> None:
    client = signed_up(server, "Book")
    for number in range(3):
        server.cli("credits", "grant", "book@example.com", str(10 + number), "--note", f"gift {number}")
    everything = client.get("/api/credits/history").json()
    assert (everything["limit"], everything["offset"], everything["has_more"]) == (50, 0, False)
    shown = [(t["kind"], t["amount"], t["balance_after"], t["note"]) for t in everything["transactions"]]
    assert shown[:3] == [("grant", 12, 183, "gift 2"), ("grant", 11, 171, "gift 1"), ("grant", 10, 160, "gift 0")]
    assert shown[3][:3] == ("grant", 150, 150)
    page = client.get("/api/credits/history?limit=2&offset=1").json()
    assert page["transactions"] == everything["transactions"][1:3]
    assert page["has_more"] is True
    assert signed_up(server, "Page").get("/api/credits/history").json()["transactions"][0]["amount"] == 150
    for query, field in (("limit=0", "limit"), ("limit=201", "limit"), ("offset=-1", "offset"), ("limit=x", "limit")):
        answer = client.get(f"/api/credits/history?{query}")
        assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize("credits", [99, 50_001, 0, -500, 500.5, "500", None, 10**30])
def test_amounts_that_cannot_be_bought(server: Server, credits: object) -> None:
    client = server.client(server.key("buyer@example.com", dialect="studio"))
    answer = client.post("/api/credits/topup", json={"credits": credits})
    assert (answer.status_code, answer.json()["field"]) == (400, "credits")


def test_payments_say_what_is_missing(server: Server) -> None:
    client = server.client(server.key("payer@example.com", dialect="studio"))
    for path, body in (
        ("credits/topup", {"credits": 100}),
        ("credits/topup", {"credits": 50_000}),
        ("stripe/create-checkout", {"tier": "creator"}),
        ("stripe/create-portal", {}),
    ):
        answer = client.post(f"/api/{path}", json=body)
        assert answer.status_code == 503, path
        assert "RUSHES_STRIPE_SECRET_KEY" in answer.json()["error"]
    for tier in ("free", "gold", "", None):
        answer = client.post("/api/stripe/create-checkout", json={"tier": tier})
        assert (answer.status_code, answer.json()["field"]) == (400, "tier")
    config = browser(server).get("/api/stripe/config").json()
    assert config == {"configured": False, "publishable_key": None, "missing": "RUSHES_STRIPE_PUBLISHABLE_KEY"}


def test_the_price_list_is_the_documents(server: Server) -> None:
    answer = browser(server).get("/api/pricing").json()
    tiers = {tier["id"]: tier for tier in answer["tiers"]}
    assert {name: tier["monthly_credits"] for name, tier in tiers.items()} == {
        "free": 150, "starter": 500, "creator": 1500, "pro": 5000, "studio": 15_000, "enterprise": 50_000,
    }  # fmt: skip
    assert [tier["limits"]["requests_per_minute"] for tier in answer["tiers"]] == [60, 90, 120, 240, 480, 0]
    assert {name for name, has in tiers["creator"]["features"].items() if has} == {"stock_media", "tts", "upscale"}
    assert answer["topup"] == {"min_credits": 100, "max_credits": 50_000, "price_per_credit": 0.01}
    assert answer["models"]["wan-t2v"] | {"example": 0} == {
        "base": 10.0,
        "per_frame": 0.2,
        "per_step": 0.5,
        "example": 0,
    }
    operations = {operation["id"]: operation for operation in answer["operations"]}
    assert (operations["tts"]["credits"], operations["tts"]["per"], operations["tts"]["required_tier"]) == (
        6, 60, "creator",
    )  # fmt: skip
    assert (operations["merge"]["credits"], operations["merge"]["unit"], operations["merge"]["minimum"]) == (
        2,
        "clip",
        3,
    )
    assert operations["face_swap"]["required_tier"] == "pro"


def test_tiers_have_limits_of_their_own(server: Server) -> None:
    def statuses(client: httpx.Client, count: int) -> set[int]:
        return {client.get("/api/credits").status_code for _ in range(count)}

    free = server.client(server.key("free@example.com", tier="free", dialect="studio"))
    starter = server.client(server.key("starter@example.com", tier="starter", dialect="studio"))
    assert statuses(free, 60) == {200}
    assert statuses(starter, 90) == {200}
    for client, limit in ((free, 60), (starter, 90)):
        answer = client.get("/api/credits")
        assert answer.status_code == 429
        assert f"{limit} requests" in answer.json()["error"]
        assert answer.headers["Retry-After"] == str(answer.json()["retry_after"])
    assert statuses(server.client(server.key("big@example.com", dialect="studio")), 100) == {200}


def test_tiers_have_bodies_of_their_own(server: Server) -> None:
    free = server.client(server.key("slim@example.com", tier="free", dialect="studio"))
    files = {"image": ("x.png", bytes(12_000_001), "image/png")}
    for path in ("profile/avatar", "upload-image"):
        answer = free.post(f"/api/{path}", files=files)
        assert (answer.status_code, answer.json()["code"]) == (400, "too_large"), path
    # Not only when the length is told before: 13 MB piece by piece.
    pieces = (bytes(1_000_000) for _ in range(13))
    answer = free.post("/api/keys", content=pieces)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_large")


def test_the_books_are_right_in_the_end(server: Server) -> None:
    client = signed_up(server, "Auditor")
    assert client.get("/api/credits").json()["balance"] == 150
    assert server.audit() == {"ok": True, "findings": []}
    with server.database() as database:
        keys = [row[0] for row in database.all("SELECT key FROM postings")]
    assert sum(key.startswith("grant:monthly:acct_") for key in keys) >= 1
