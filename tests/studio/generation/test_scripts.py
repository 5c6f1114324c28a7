"""POST /api/studio/script-to-shots."""

from __future__ import annotations

import httpx

from tests.studio.generation.asking import balance

SCRIPT = "The keeper climbs the stairs. He lights the lamp. Far away, a boat fights the waves."


def test_every_sentence_is_in_a_shot(client: httpx.Client) -> None:
    before = balance(client)
    answer = client.post("/api/studio/script-to-shots", json={"script": SCRIPT, "duration": 15})
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert "".join("".join(shot["text"] for shot in made["shots"]).split()) == "".join(SCRIPT.split())
    for shot in made["shots"]:
        assert shot["prompt"]
        assert shot["duration"] > 0
        assert shot["shot_type"]
        assert shot["source"] in ("model", "rules")
    assert made["credits_remaining"] == balance(client) == before - made["credits_charged"]


def test_what_is_wrong_is_said(client: httpx.Client) -> None:
    for body, field in (({"script": " "}, "script"), ({}, "script"), ({"script": "x", "duration": 1}, "duration")):
        answer = client.post("/api/studio/script-to-shots", json=body)
        assert answer.status_code == 400
        assert answer.json()["field"] == field
    assert httpx.post(f"{client.base_url}/api/studio/script-to-shots", json={"script": "x"}).status_code == 401
