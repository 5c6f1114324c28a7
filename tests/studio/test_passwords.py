"""Forgotten and changed passwords, e-mail addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.server import Server, wait_for
from tests.studio.people import PASSWORD, browser, log_in, mailed_token, mails, signed_up

NEW = "another horse"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that renders nothing."""
    home = tmp_path_factory.mktemp("passwords") / "home"
    home.mkdir()
    running = Server(home, mail_from="Studio <studio@example.com>", trusted_proxies="127.0.0.1").start("--no-worker")
    yield running
    running.close()


def ask(server: Server, name: str) -> None:
    answer = browser(server).post("/api/password-reset/request", json={"username": name})
    assert answer.status_code == 200, answer.text


def reset(server: Server, token: str, password: str = NEW) -> tuple[int, str | None]:
    body = {"token": token, "new_password": password}
    answer = browser(server).post("/api/password-reset/reset", json=body)
    return answer.status_code, answer.json().get("field")


def test_a_reset_by_mail_sets_the_password_once_and_ends_all_sessions(server: Server) -> None:
    client = signed_up(server, "Forgetful")
    other = browser(server)
    other.post("/api/login", json={"username": "Forgetful", "password": PASSWORD})
    ask(server, "FORGETFUL")
    token = mailed_token(server, "forgetful@example.com")
    [mail] = mails(server.home, "forgetful@example.com")
    assert mail["From"] == "Studio <studio@example.com>"
    assert {oct(path.stat().st_mode)[-3:] for path in (server.home / "outbox").iterdir()} == {"600"}
    assert reset(server, token, "short") == (400, "new_password"), "a weak password does not use the token up"
    assert reset(server, token) == (200, None)
    assert reset(server, token) == (400, "token")
    assert log_in(server, "Forgetful", PASSWORD).status_code == 401
    assert log_in(server, "forgetful@example.com", NEW).status_code == 200
    for session in (client, other):
        assert session.get("/api/credits").status_code == 401
    wait_for(lambda: len(mails(server.home, "forgetful@example.com")) == 2, 20)
    assert "was changed" in mails(server.home, "forgetful@example.com")[1]["Subject"]


def test_a_reset_forgives_wrong_passwords(server: Server) -> None:
    signed_up(server, "Clumsy")
    for _ in range(5):
        log_in(server, "Clumsy", "wrong")
    assert log_in(server, "Clumsy").status_code == 429
    ask(server, "clumsy@example.com")
    assert reset(server, mailed_token(server, "clumsy@example.com")) == (200, None)
    assert log_in(server, "Clumsy", NEW).status_code == 200


def test_users_without_a_password_get_one(server: Server) -> None:
    server.cli("users", "create", "operator@example.com")
    assert log_in(server, "operator@example.com").status_code == 401
    ask(server, "operator@example.com")
    assert reset(server, mailed_token(server, "operator@example.com")) == (200, None)
    assert log_in(server, "operator@example.com", NEW).status_code == 200


def test_known_and_unknown_names_are_answered_alike(server: Server) -> None:
    signed_up(server, "Known")
    answers = [
        browser(server).post("/api/password-reset/request", json={"username": name})
        for name in ("Known", "known@example.com", "unknown", "unknown@example.com", "no name at all")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    wait_for(lambda: len(mails(server.home, "known@example.com")) == 2, 20)
    assert mails(server.home, "unknown@example.com") == []


def test_tokens_are_stored_hashed_and_die_after_an_hour(server: Server) -> None:
    signed_up(server, "Slow")
    ask(server, "Slow")
    token = mailed_token(server, "slow@example.com")
    with server.database() as database:
        assert token not in database.dump()
        assert database.value(
            "SELECT r.expires_at - 3600000 BETWEEN u.created_at AND u.created_at + 60000 FROM password_resets r"
            " JOIN users u ON u.id = r.user_id WHERE u.username = 'Slow'"
        )
        database.run("UPDATE password_resets SET expires_at = expires_at - 3600000")
    assert reset(server, token) == (400, "token")
    assert log_in(server, "Slow", PASSWORD).status_code == 200


def test_nobodys_mailbox_is_filled(server: Server) -> None:
    signed_up(server, "Popular")
    for number in range(7):
        ask(server, "popular" if number % 2 else "popular@example.com")
    signed_up(server, "Marker")
    ask(server, "Marker")
    mailed_token(server, "marker@example.com")
    assert len(mails(server.home, "popular@example.com")) == 5


@pytest.mark.parametrize("token", ["", "x", "x" * 201, "ä", None, 5])
def test_what_is_no_token(server: Server, token: object) -> None:
    answer = browser(server).post("/api/password-reset/reset", json={"token": token, "new_password": NEW})
    assert (answer.status_code, answer.json()["field"]) == (400, "token")


def test_changing_the_password_ends_the_other_sessions(server: Server) -> None:
    client = signed_up(server, "Changer")
    key = client.post("/api/keys", json={"name": "k"}).json()["key"]
    other = browser(server)
    other.post("/api/login", json={"username": "Changer", "password": PASSWORD})
    ask(server, "Changer")
    token = mailed_token(server, "changer@example.com")
    path = "/api/settings/change-password"
    wrong = client.post(path, json={"current_password": "wrong", "new_password": NEW})
    assert (wrong.status_code, wrong.json()["field"]) == (400, "current_password")
    weak = client.post(path, json={"current_password": PASSWORD, "new_password": "short"})
    assert (weak.status_code, weak.json()["field"]) == (400, "new_password")
    assert other.get("/api/credits").status_code == 200
    assert client.post(path, json={"current_password": PASSWORD, "new_password": NEW}).status_code == 200
    assert client.get("/api/credits").status_code == 200, "this one stays"
    assert other.get("/api/credits").status_code == 401
    assert server.client(key).get("/api/credits").status_code == 200, "keys are not passwords"
    assert reset(server, token) == (400, "token"), "what was mailed before is void"
    assert log_in(server, "Changer", PASSWORD).status_code == 401
    assert log_in(server, "Changer", NEW).status_code == 200
    assert browser(server).post(path, json={"current_password": NEW, "new_password": PASSWORD}).status_code == 401


def test_changing_the_address(server: Server) -> None:
    client = signed_up(server, "Mover")
    signed_up(server, "Settled")
    ask(server, "Mover")
    token = mailed_token(server, "mover@example.com")
    for address, code in (("nowhere", "invalid_email"), ("SETTLED@example.com", "email_taken")):
        answer = client.post("/api/settings/email", json={"email": address})
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, code, "email")
    same = client.post("/api/settings/email", json={"email": "MOVER@example.com"})
    assert same.json() == {"success": True, "email": "mover@example.com"}
    assert client.post("/api/settings/email", json={"email": "New@Example.com"}).json()["email"] == "new@example.com"
    assert reset(server, token) == (400, "token"), "what was mailed to the old address is void"
    assert log_in(server, "mover@example.com").status_code == 401
    assert log_in(server, "new@example.com").status_code == 200
    warnings = wait_for(lambda: mails(server.home, "mover@example.com")[1:], 20)
    assert "new@example.com" in warnings[0].get_content()


def test_theme(server: Server) -> None:
    client = signed_up(server, "Painter")
    assert client.post("/api/settings/theme", json={"theme": "light"}).json() == {"theme": "light"}
    assert client.get("/api/auth/check").json()["theme"] == "light"
    for theme in ("blue", "", None, 1):
        answer = client.post("/api/settings/theme", json={"theme": theme})
        assert (answer.status_code, answer.json()["field"]) == (400, "theme")
    answer = client.post("/api/settings/theme", json={"theme": "blue"})
    assert answer.json()["error"] == "theme: must be one of dark, light"
    assert browser(server).post("/api/settings/theme", json={"theme": "dark"}).status_code == 401
