"""Signing up, logging in and out, sessions and who may use them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.server import Server
from tests.studio.people import PASSWORD, browser, log_in, signed_up


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that renders nothing."""
    home = tmp_path_factory.mktemp("auth") / "home"
    home.mkdir()
    running = Server(home, trusted_proxies="127.0.0.1").start("--no-worker")
    yield running
    running.close()


def state(client: httpx.Client) -> dict[str, object]:
    answer = client.get("/api/auth/check")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_signing_up_opens_a_session_with_the_months_credits(server: Server) -> None:
    client = browser(server)
    assert state(client) == {"authenticated": False}
    answer = client.post("/api/signup", json={"username": "Ada", "password": PASSWORD, "email": " Ada@Example.com "})
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True, "username": "Ada", "email": "ada@example.com", "tier": "free", "balance": 150,
    }  # fmt: skip
    [cookie] = answer.headers.get_list("set-cookie")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    who = state(client)
    assert (who["authenticated"], who["username"], who["tier"], who["balance"]) == (True, "Ada", "free", 150)
    assert (who["is_admin"], who["theme"]) == (False, "dark")
    assert who["limits"] == {
        "max_resolution": 480, "max_frames": 81, "watermark": True,
        "requests_per_minute": 60, "concurrent_jobs": 4, "max_body_bytes": 12_000_000,
    }  # fmt: skip


def test_the_cookie_is_kept_for_tls_where_there_is_tls(server: Server) -> None:
    client = signed_up(server, "Tls-Ann", **{"X-Forwarded-Proto": "https"})
    answer = client.post("/api/login", json={"username": "tls-ann", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"].split("; ")


def test_neither_cookie_nor_password_is_stored_readable(server: Server) -> None:
    client = signed_up(server, "Hidden")
    token = client.cookies["rushes_session"]
    with server.database() as database:
        dump = database.dump()
    assert "hidden@example.com" in dump
    assert token not in dump
    assert PASSWORD not in dump


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ab"}, "username"),
        ({"username": "a" * 33}, "username"),
        ({"username": "a b c"}, "username"),
        ({"username": "a@b.co"}, "username"),
        ({"username": "-abc"}, "username"),
        ({"username": "abc\n"}, "username"),
        ({"username": "äöü"}, "username"),
        ({"username": 7}, "username"),
        ({"username": "TAKEN"}, "username"),
        ({"email": "taken@EXAMPLE.com"}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": "x@y.z\r\nBcc: a@b.co"}, "email"),
        ({"email": None}, "email"),
        ({"password": "seven77"}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"password": None}, "password"),
    ],
)
def test_what_cannot_sign_up(server: Server, change: dict[str, object], field: str) -> None:
    if not log_in(server, "taken").is_success:
        signed_up(server, "taken")
    body = {"username": "fresh", "password": PASSWORD, "email": "fresh@example.com", **change}
    client = browser(server)
    answer = client.post("/api/signup", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == field
    assert "set-cookie" not in answer.headers
    with server.database() as database:
        assert "fresh" not in database.dump()


@pytest.mark.parametrize("body", ["", "[]", "{", "null", '"x"', '{"username":"\\ud800"}'])
def test_bodies_that_are_none(server: Server, body: str) -> None:
    for path in ("signup", "login", "password-reset/request", "password-reset/reset"):
        assert browser(server).post(f"/api/{path}", content=body).status_code == 400, path


def test_logging_in_by_name_or_address_in_any_case(server: Server) -> None:
    signed_up(server, "Grace")
    for name in ("Grace", "gRACE", "grace@example.com", " GRACE@example.com "):
        answer = log_in(server, name)
        assert answer.status_code == 200, name
        assert answer.json()["username"] == "Grace"
    for name, password in (("Grace", "wrong"), ("Nobody", PASSWORD), ("nobody@example.com", PASSWORD)):
        answer = log_in(server, name, password)
        assert answer.status_code == 401, name
        assert answer.json() == {"error": "username or password is wrong", "code": "wrong_credentials"}


def test_logging_out_ends_the_session_itself(server: Server) -> None:
    client = signed_up(server, "Leaver")
    cookie = client.cookies["rushes_session"]
    assert client.get("/api/credits").status_code == 200
    assert client.post("/api/logout").json()["success"] is True
    assert "rushes_session" not in client.cookies
    stolen = browser(server, Cookie=f"rushes_session={cookie}")
    answer = stolen.get("/api/credits")
    assert (answer.status_code, answer.json()["error"]) == (401, "the session has ended; log in again")
    assert state(stolen) == {"authenticated": False}
    assert browser(server).post("/api/logout").status_code == 200


def test_logging_in_again_ends_the_browsers_old_session(server: Server) -> None:
    client = signed_up(server, "Twice")
    old = client.cookies["rushes_session"]
    client.post("/api/login", json={"username": "Twice", "password": PASSWORD})
    assert client.cookies["rushes_session"] != old
    assert browser(server, Cookie=f"rushes_session={old}").get("/api/credits").status_code == 401
    assert state(client)["authenticated"] is True


def test_sessions_live_for_thirty_days_after_their_last_use(server: Server) -> None:
    client = signed_up(server, "Slider")
    user = "(SELECT id FROM users WHERE username = 'Slider')"
    with server.database() as database:
        database.run(f"UPDATE sessions SET expires_at = expires_at - {29 * 86_400_000} WHERE user_id = {user}")
        assert state(client)["authenticated"] is True
        database.run(f"UPDATE sessions SET expires_at = 1 WHERE user_id = {user}")
    assert state(client) == {"authenticated": False}


def test_a_key_and_the_cookie_open_the_same(server: Server) -> None:
    client = signed_up(server, "Both")
    key = client.post("/api/keys", json={"name": "mine"}).json()["key"]
    with server.client(key) as by_key:
        for path in ("/api/credits", "/api/profile", "/api/keys", "/api/subscription", "/api/credits/history"):
            mine, keys = client.get(path), by_key.get(path)
            assert mine.status_code == 200, path
            assert mine.json().keys() == keys.json().keys()
        assert state(by_key) == state(client)
        assert by_key.get("/api/credits", headers={"Cookie": "rushes_session=nonsense"}).status_code == 200
    wrong = server.client("pr_wrong")
    assert wrong.get("/api/auth/check").status_code == 401
    # A wrong key is not made good by a cookie.
    assert client.get("/api/credits", headers={"Authorization": "Bearer pr_wrong"}).status_code == 401
    assert client.get("/api/credits", headers={"Authorization": "Basic eDp5"}).status_code == 401


def test_the_cookie_opens_no_other_api(server: Server) -> None:
    client = signed_up(server, "Native")
    assert client.get("/rushes/v1/generations").status_code == 401
    body = {"prompt": "a cat"}
    answer = client.post("/rushes/v1/generations", json=body, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://front.example"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "self"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://other.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[broken"}, 403),
        ({"Origin": ""}, 403),
    ],
)
def test_other_sites_pages_cannot_use_the_cookie(server: Server, headers: dict[str, str], status: int) -> None:
    if not log_in(server, "Target").is_success:
        signed_up(server, "Target")
    client = browser(server)
    client.post("/api/login", json={"username": "Target", "password": PASSWORD})
    if headers.get("Origin") == "self":
        headers = {"Origin": server.url}
    answer = client.post("/api/settings/theme", json={"theme": "light"}, headers=headers)
    assert answer.status_code == status, answer.text
    assert client.get("/api/profile", headers=headers).status_code == 200, "reading is harmless: no page can see it"
    # Neither can they log their visitors in as somebody else, or out.
    assert browser(server).post("/api/login", json={"username": "x", "password": "y"}, headers=headers).status_code == (
        403 if status == 403 else 401
    )
    assert browser(server).post("/api/logout", headers=headers).status_code == status
    # A key is no cookie: no page can make a browser send it.
    key = client.post("/api/keys", json={"name": "k"}).json()["key"]
    answer = server.client(key).post("/api/settings/theme", json={"theme": "dark"}, headers=headers)
    assert answer.status_code == 200


def test_wrong_passwords_hold_up_all_spellings_of_a_user(server: Server) -> None:
    signed_up(server, "Victim")
    names = ["Victim", "victim@example.com", "VICTIM", "Victim@Example.com", "victim"]
    assert [log_in(server, name, "wrong").status_code for name in names] == [401] * 5
    answer = log_in(server, "victim@example.com")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == answer.json()["retry_after"] >= 1
    # The same user in the other API that takes passwords.
    token = browser(server).post("/v1/auth/login", json={"email": "victim@example.com", "password": PASSWORD})
    assert token.status_code == 429


def test_doors_count_their_callers(server: Server) -> None:
    client = browser(server)
    body = {"username": "stranger", "token": "t", "password": PASSWORD, "new_password": PASSWORD, "email": "x"}
    for path in ("signup", "login", "password-reset/request", "password-reset/reset"):
        answers = [client.post(f"/api/{path}{'/' * (n % 3)}", json=body) for n in range(11)]
        assert 429 not in [answer.status_code for answer in answers[:5]], path
        assert (answers[10].status_code, answers[10].json()["code"]) == (429, "rate_limited"), path
        assert 1 <= answers[10].json()["retry_after"] <= 60
        assert answers[10].headers["Retry-After"] == str(answers[10].json()["retry_after"])
    assert browser(server).post("/api/password-reset/request", json=body).status_code == 200, "others are not held up"


def test_closed_registration(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    closed = Server(home, registration="closed", trusted_proxies="127.0.0.1").start("--no-worker")
    try:
        body = {"username": "Ada", "password": PASSWORD, "email": "ada@example.com"}
        answer = browser(closed).post("/api/signup", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
        assert json.loads(closed.cli("users", "list", "--json").stdout) == []
    finally:
        closed.close()


def test_users_of_the_other_api_log_in_by_address(server: Server) -> None:
    body = {"email": "jwt@example.com", "password": PASSWORD}
    token = browser(server).post("/v1/auth/register", json=body).json()["token"]
    answer = log_in(server, "jwt@example.com")
    assert (answer.status_code, answer.json()["username"]) == (200, None)
    assert answer.json()["balance"] == 0
    client = browser(server)
    client.post("/api/login", json={"username": "jwt@example.com", "password": PASSWORD})
    assert client.get("/api/profile").json()["username"] is None
    # Their tokens end with the password they were made by.
    bearer = {"Authorization": f"Bearer {token}"}
    assert browser(server).get("/v1/account", headers=bearer).status_code == 200
    change = {"current_password": PASSWORD, "new_password": "another horse"}
    assert client.post("/api/settings/change-password", json=change).status_code == 200
    assert browser(server).get("/v1/account", headers=bearer).status_code == 401


def test_admins_are_known_by_key_and_by_cookie(server: Server) -> None:
    client = signed_up(server, "Boss")
    key = client.post("/api/keys", json={"name": "k"}).json()["key"]
    server.cli("users", "admin", "boss@example.com", "on")
    assert state(client)["is_admin"] is True
    assert state(server.client(key))["is_admin"] is True
    server.cli("users", "admin", "boss@example.com", "off")
    assert state(client)["is_admin"] is False
    assert server.cli("users", "admin", "missing@example.com", "on", check=False).returncode == 1
