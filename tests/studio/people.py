"""People who sign up in browsers, each from an address of their own: limits count by address."""

from __future__ import annotations

import email
import email.policy
import itertools
import re
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.server import Server, wait_for

PASSWORD = "correct horse"
_numbers = itertools.count(1)


def browser(server: Server, **headers: str) -> httpx.Client:
    """A browser that nobody used yet. The server believes this machine's proxies, so it believes the address."""
    number = next(_numbers)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return httpx.Client(base_url=server.url, headers={"X-Forwarded-For": address, **headers}, timeout=60)


def signed_up(server: Server, name: str, **headers: str) -> httpx.Client:
    """A browser whose user has just signed up as `name`."""
    client = browser(server, **headers)
    answer = client.post(
        "/api/signup", json={"username": name, "password": PASSWORD, "email": f"{name.lower()}@example.com"}
    )
    assert answer.status_code == 200, answer.text
    return client


def log_in(server: Server, name: str, password: str = PASSWORD) -> httpx.Response:
    """A new browser's try."""
    return browser(server).post("/api/login", json={"username": name, "password": password})


def mails(home: Path, to: str) -> list[Any]:
    """What lies in the outbox for an address, oldest first."""
    found = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((home / "outbox").glob("*.eml"))
    ]
    return [mail for mail in found if mail["To"] == to]


def mailed_token(server: Server, to: str, number: int = 1) -> str:
    """The token in the address's reset mail of this number."""

    def look() -> list[Any]:
        return [mail for mail in mails(server.home, to) if "new password" in mail["Subject"]][number - 1 :]

    text = wait_for(look, 20)[0].get_content()
    found = re.search(r"^    (\S{43})$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]
