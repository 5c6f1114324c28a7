"""What xpilot, series and apixo have in common: who may ask, what is refused, each in its own envelope."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.conformance.speaking import APIXO, DIALECTS, SERIES, XPILOT, Dialect, refused
from tests.conformance.tools import at_once, example
from tests.conformance.web import Web
from tests.e2e.peer import bomb
from tests.e2e.server import Server, files_on_disk

Balance = Callable[[Server, str], int]
EVERY = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
PATHS = {
    "xpilot": [
        ("GET", "/api/v1/models"),
        ("POST", "/api/v1/video/generate"),
        ("GET", "/api/v1/video/job_x"),
        ("POST", "/api/v1/image/generate"),
        ("POST", "/api/v1/text/generate"),
    ],
    "series": [("POST", "/v1/videos/videos"), ("GET", "/v1/result/job_x")],
    "apixo": [
        ("POST", "/api/v1/generateTask/seedance-1-5-pro"),
        ("GET", "/api/v1/statusTask/seedance-1-5-pro?taskId=job_x"),
        ("GET", "/api/v1/apikeys/current-balance"),
    ],
}

BROKEN = [
    b"",
    b" ",
    b"{",
    b'{"model": "videos"',
    b'{"input": {}',
    b'{"prompt": "\\ud800"}',
    b"[]",
    b'"text"',
    b"null",
    b"7",
    b"a=b",
    b"\xff\xfe",
    b"[" * 100_000,
]
NO_ADDRESSES = [
    "ftp://example.com/a.png",
    "file:///etc/passwd",
    "not a url",
    "http://",
    "http://user:pw@example.com/a.png",
    "http://[::1",
    "data:text/plain,hello",
    "data:image/png;base64,@@@",
]
PRIVATE = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "[fe80::1]",
    "[fd00::1]",
    "[64:ff9b::7f00:1]",
]


@pytest.fixture(scope="module")
def key(idle: Server) -> str:
    return idle.key("common@example.com", dialect="series")


@pytest.fixture(scope="module")
def client(idle: Server, key: str) -> httpx.Client:
    return idle.client(key)


@pytest.fixture(scope="module")
def stranger(idle: Server) -> httpx.Client:
    return idle.client(idle.key("stranger@example.com", dialect="apixo"))


class TestCredentials:
    @EVERY
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer xp_" + "0" * 64},
            {"Authorization": "Basic eDp5"},
            {"Authorization": "Bearer"},
            {"X-API-Key": "xp_" + "0" * 64},
        ],
    )
    def test_missing_and_wrong_keys(self, idle: Server, dialect: Dialect, headers: dict[str, str]) -> None:
        for method, path in PATHS[dialect.name]:
            answer = httpx.request(method, idle.url + path, headers=headers)
            message = refused(dialect, answer, 401)
            if dialect is not SERIES:
                assert message == "Invalid or missing API key", (method, path)

    def test_revoked_keys(self, idle: Server) -> None:
        with idle.client(idle.key("revoked@example.com")) as client:
            assert client.get(XPILOT.poll("job_x")).status_code == 404
            idle.cli("keys", "revoke", "--email", "revoked@example.com", "1")
            for dialect in DIALECTS:
                for method, path in PATHS[dialect.name]:
                    refused(dialect, client.request(method, path), 401)


class TestForeignJobs:
    @EVERY
    def test_look_like_missing_ones(self, client: httpx.Client, stranger: httpx.Client, dialect: Dialect) -> None:
        task = dialect.task(client.post(dialect.create, json=dialect.body).json())
        assert client.get(dialect.poll(task)).status_code == 200
        for missing in (task, "job_nothing", "%00", "x" * 3000):
            assert refused(dialect, stranger.get(dialect.poll(missing)), 404) == dialect.missing


class TestBrokenRequests:
    @EVERY
    @pytest.mark.parametrize(
        "body",
        BROKEN,
        ids=lambda body: repr(body[:12]),
    )
    def test_broken_json(self, client: httpx.Client, dialect: Dialect, body: bytes) -> None:
        for method, path in PATHS[dialect.name]:
            if method == "POST":
                message = refused(dialect, client.post(path, content=body), 400)
                assert "Traceback" not in message

    @EVERY
    def test_names_that_are_no_text(self, client: httpx.Client, dialect: Dialect) -> None:
        good = json.dumps(dialect.body).encode()
        for body in (b'{"\xff": 1, ' + good[1:], good.replace(b'"prompt"', b'"\xff": 1, "prompt"', 1)):
            assert refused(dialect, client.post(dialect.create, content=body), 400).endswith("invalid start byte")

    @EVERY
    def test_a_body_of_twenty_megabytes(self, client: httpx.Client, dialect: Dialect) -> None:
        assert "bytes" in refused(dialect, client.post(dialect.create, content=b"x" * 20_000_000), 413)

    @EVERY
    def test_wrong_methods(self, client: httpx.Client, dialect: Dialect) -> None:
        for method, path in PATHS[dialect.name]:
            wrong = "DELETE" if method == "GET" else "PUT"
            answer = client.request(wrong, path)
            assert wrong in refused(dialect, answer, 405)
            assert method in answer.headers["allow"]


@pytest.fixture
def free(idle: Server, key: str, balance: Balance) -> Iterator[None]:
    """That nothing is charged and nothing is left of what is refused."""
    before, files = balance(idle, key), files_on_disk(idle.home)
    yield
    assert balance(idle, key) == before
    assert files_on_disk(idle.home) == files


@pytest.mark.usefixtures("free")
class TestPictures:
    """xpilot and series refuse a request whose picture is no good; apixo's task fails (test_apixo.py)."""

    @pytest.mark.parametrize("dialect", [XPILOT, SERIES], ids=lambda dialect: dialect.name)
    @pytest.mark.parametrize(
        "content", [None, b"", b"<html>", b"#EXTM3U\nfile:///etc/passwd\n", b"\x89PNG\r\n\x1a\n", bomb()]
    )
    def test_that_are_none(self, client: httpx.Client, web: Web, dialect: Dialect, content: bytes | None) -> None:
        url = web.at("/missing.png") if content is None else web.put("/bad.png", content)
        message = refused(dialect, client.post(dialect.create, json=dialect.image(url)), 400)
        assert message.startswith(f"{dialect.field}: ")

    @pytest.mark.parametrize("dialect", [XPILOT, SERIES], ids=lambda dialect: dialect.name)
    @pytest.mark.parametrize(
        "url",
        NO_ADDRESSES,
    )
    def test_at_addresses_that_are_none(self, client: httpx.Client, dialect: Dialect, url: str) -> None:
        message = refused(dialect, client.post(dialect.create, json=dialect.image(url)), 400)
        assert message.startswith(f"{dialect.field}: ")

    @pytest.mark.parametrize("url", ["iVBORw0KGgo=", " http://example.com/a.png", "//example.com/a.png", "ftp://a/b"])
    def test_that_are_no_address_are_told_what_would_be_one(self, client: httpx.Client, url: str) -> None:
        message = refused(SERIES, client.post(SERIES.create, json=SERIES.image(url)), 400)
        assert message == "referenceImages[0]: must be an http, https or data URL"


def test_a_data_url_in_capitals(client: httpx.Client, web: Web) -> None:
    url = "DATA:image/png;base64," + base64.b64encode(web.files["/head.jpg"]).decode()
    assert client.post(SERIES.create, json=SERIES.image(url)).status_code == 200


class TestPrivateAddresses:
    """With the network guard as it is by default."""

    @EVERY
    @pytest.mark.parametrize(
        "host",
        PRIVATE,
    )
    def test_are_never_contacted(
        self, strict: Server, strict_client: httpx.Client, web: Web, dialect: Dialect, host: str
    ) -> None:
        url = f"http://{host}:{web.url.rpartition(':')[2]}/head.jpg"
        before = len(web.fetched)
        answer = strict_client.post(dialect.create, json=dialect.image(url))
        if dialect is APIXO:
            status = strict_client.get(APIXO.poll(APIXO.task(answer.json()))).json()["data"]
            assert (status["state"], status["failCode"]) == ("failed", "INVALID_IMAGE_URL")
        else:
            assert refused(dialect, answer, 400).startswith(f"{dialect.field}: ")
        assert len(web.fetched) == before
        assert files_on_disk(strict.home) == set()
        assert strict_client.get("/v1/account").json()["balance_cents"] == 100_000

    @pytest.fixture(scope="class")
    def strict_client(self, strict: Server) -> httpx.Client:
        return strict.client(strict.key())


class TestMoney:
    def test_too_few_credits(self, idle: Server, web: Web, balance: Balance) -> None:
        key = idle.key("poor@example.com", credits=47)
        fetched = len(web.fetched)
        with idle.client(key) as poor:
            for dialect in DIALECTS:
                # With a picture too: someone who cannot pay does not make us download.
                for body in (dialect.body, dialect.image(web.at("/head.jpg"))):
                    answer = poor.post(dialect.create, json=body)
                    message = dialect.reads(answer.json())[1]
                    if dialect is XPILOT:
                        refused(dialect, answer, 402)
                        assert message == "Insufficient credits. Need $3.00, have $0.47"
                    elif dialect is SERIES:
                        refused(dialect, answer, 402)
                        assert re.search(r"\b60\b.*\b47\b", message)
                    else:
                        assert answer.status_code == 400
                        assert answer.json() == json.loads(example("apixo/error.json"))
        assert len(web.fetched) == fetched
        assert balance(idle, key) == 47

    @EVERY
    def test_the_price_of_a_call(self, idle: Server, client: httpx.Client, key: str, dialect: Dialect) -> None:
        before = client.get("/v1/account").json()["balance_cents"]
        assert client.post(dialect.create, json=dialect.body).status_code == 200
        assert client.get("/v1/account").json()["balance_cents"] == before - dialect.price


class TestIdempotency:
    @EVERY
    def test_sent_again_it_is_answered_not_done_again(self, client: httpx.Client, dialect: Dialect) -> None:
        before = client.get("/v1/account").json()["balance_cents"]
        headers = {"Idempotency-Key": f"again-{dialect.name}"}
        first, second = (client.post(dialect.create, json=dialect.body, headers=headers) for _ in range(2))
        assert first.status_code == second.status_code == 200
        assert first.json() == second.json()
        assert ("idempotent-replayed" in first.headers, "idempotent-replayed" in second.headers) == (False, True)
        assert client.get("/v1/account").json()["balance_cents"] == before - dialect.price

    @EVERY
    def test_another_request_under_the_same_key(self, client: httpx.Client, dialect: Dialect) -> None:
        headers = {"Idempotency-Key": f"other-{dialect.name}"}
        assert client.post(dialect.create, json=dialect.body, headers=headers).status_code == 200
        other = client.post(dialect.create, json={**dialect.body, "extra": 1}, headers=headers)
        assert "Idempotency-Key" in refused(dialect, other, 409)

    @EVERY
    def test_at_the_same_time(self, idle: Server, key: str, dialect: Dialect, balance: Balance) -> None:
        before = balance(idle, key)
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"at-once-{dialect.name}"}
        answers = at_once(
            6, lambda: httpx.post(idle.url + dialect.create, json=dialect.body, headers=headers, timeout=60)
        )
        assert [answer.status_code for answer in answers] == [200] * 6
        assert len({dialect.task(answer.json()) for answer in answers}) == 1
        assert balance(idle, key) == before - dialect.price

    @EVERY
    def test_a_refusal_is_not_kept(self, client: httpx.Client, dialect: Dialect) -> None:
        headers = {"Idempotency-Key": f"refused-{dialect.name}"}
        assert client.post(dialect.create, content=b"{", headers=headers).status_code == 400
        assert client.post(dialect.create, json=dialect.body, headers=headers).status_code == 200

    @EVERY
    @pytest.mark.parametrize("value", ["", "x" * 256])
    def test_keys_that_are_none(self, client: httpx.Client, dialect: Dialect, value: str) -> None:
        answer = client.post(dialect.create, json=dialect.body, headers={"Idempotency-Key": value})
        assert "Idempotency-Key" in refused(dialect, answer, 400)


def test_nothing_is_wrong_with_the_books(idle: Server) -> None:
    assert idle.audit() == {"ok": True, "findings": []}


def test_a_key_of_any_dialect_opens_every_dialect(idle: Server) -> None:
    jobs: list[Any] = []
    for dialect in DIALECTS:
        with idle.client(idle.key("one-account@example.com", dialect=dialect.name)) as client:
            for other in DIALECTS:
                answer = client.post(other.create, json=other.body)
                assert answer.status_code == 200, answer.text
                jobs.append(other.task(answer.json()))
            for other in DIALECTS:
                assert {client.get(other.poll(job)).status_code for job in jobs} == {200}
    assert len(set(jobs)) == 9
