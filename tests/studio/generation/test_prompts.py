"""Autocomplete, prompts made of ideas, templates."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.studio.generation.asking import balance, drawn, made
from tests.studio.generation.conftest import Faked


def suggestions(client: httpx.Client, **query: object) -> list[str]:
    answer = client.get("/api/prompts/autocomplete", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    found: list[str] = answer.json()["suggestions"]
    return found


def test_suggestions_are_one_s_own_the_latest_first(client: httpx.Client, stranger: httpx.Client) -> None:
    made(client, prompt="a Fox in snow")
    drawn(client, prompt="a lighthouse")
    made(client, prompt="foxes at dawn", seed=9)
    made(client, prompt="a Fox in snow", seed=10)
    assert suggestions(client) == ["a Fox in snow", "foxes at dawn", "a lighthouse"]
    assert suggestions(client, q="fox") == ["a Fox in snow", "foxes at dawn"]
    assert suggestions(client, q="FOX", limit=1) == ["a Fox in snow"]
    assert suggestions(client, q="whale") == []
    assert suggestions(stranger, q="fox") == []
    assert client.get("/api/prompts/autocomplete", params={"limit": 0}).status_code == 400


def test_a_language_model_writes_the_prompt_for_a_credit(client: httpx.Client) -> None:
    answer = client.post("/api/generate-prompt", json={"idea": "a fox"}).json()
    assert (answer["source"], answer["engine"]) == ("model", "scribe-1")
    assert answer["prompt"] == "You said: a fox"
    assert answer["negative_prompt"]
    assert answer["credits_charged"] >= 1
    assert answer["credits_remaining"] == balance(client) == 10_000 - answer["credits_charged"]


def test_rules_stand_in_for_free_when_the_model_fails(client: httpx.Client) -> None:
    answer = client.post("/api/generate-prompt", json={"idea": "please break the fox"}).json()
    assert (answer["source"], answer["credits_charged"]) == ("rules", 0)
    assert answer["prompt"].startswith("Please break the fox, ")
    assert balance(client) == 10_000


@pytest.fixture(scope="module")
def wordless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A caller of a server without a language model."""
    home = tmp_path_factory.mktemp("wordless") / "home"
    home.mkdir()
    running = Faked(home, text_model="off").start("--no-worker")
    yield running.client(running.key(dialect="studio", credits=0))
    running.close()


@pytest.mark.parametrize(("model", "moves"), [(None, True), ("wan-t2v", True), ("flux", False)])
def test_without_a_language_model_rules_write_it_for_free(
    wordless: httpx.Client, model: str | None, moves: bool
) -> None:
    answer = wordless.post("/api/generate-prompt", json={"idea": "a teapot", "model": model})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["source"], body["engine"], body["credits_charged"]) == ("rules", None, 0)
    assert body["prompt"].startswith("A teapot, ")
    assert any(word in body["prompt"] for word in ("push-in", "dolly")) is moves
    assert ("composition" in body["prompt"]) is not moves


@pytest.mark.parametrize(
    "body", [{}, {"idea": ""}, {"idea": "  "}, {"idea": 5}, {"idea": "x" * 1001}, {"idea": "a", "model": "no-such"}]
)
def test_ideas_that_are_none(client: httpx.Client, body: dict[str, object]) -> None:
    answer = client.post("/api/generate-prompt", json=body)
    assert answer.status_code == 400
    assert answer.json()["field"] in ("idea", "model")
    assert balance(client) == 10_000


def test_templates_are_kept_and_deleted(client: httpx.Client, stranger: httpx.Client) -> None:
    kept = {"name": "Noir", "prompt": "rain, neon", "negative_prompt": "sun", "model": "wan-t2v"}
    first = client.post("/api/templates", json=kept)
    assert first.status_code == 200, first.text
    assert {name: first.json()[name] for name in kept} == kept
    second = client.post("/api/templates", json={"name": "Any", "prompt": "fog"}).json()
    listed = client.get("/api/templates").json()["templates"]
    assert [template["id"] for template in listed] == [second["id"], first.json()["id"]]
    assert stranger.get("/api/templates").json()["templates"] == []
    path = f"/api/templates/{second['id']}"
    foreign, missing = stranger.delete(path), stranger.delete("/api/templates/tpl_x")
    assert (foreign.status_code, foreign.json()) == (missing.status_code, missing.json())
    assert foreign.status_code == 404
    assert client.delete(path).json() == {"id": second["id"], "deleted": True}
    assert client.delete(path).status_code == 404
    assert [template["name"] for template in client.get("/api/templates").json()["templates"]] == ["Noir"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"prompt": None}, "prompt"),
        ({"prompt": "x" * 2001}, "prompt"),
        ({"model": "no-such"}, "model"),
    ],
)
def test_templates_that_cannot_be_kept(client: httpx.Client, change: dict[str, object], field: str) -> None:
    answer = client.post("/api/templates", json={"name": "a", "prompt": "b", **change})
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert client.get("/api/templates").json()["templates"] == []
