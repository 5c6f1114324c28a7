"""/models through the openai package."""

from __future__ import annotations

import pytest

import openai
from openai import OpenAI
from tests.e2e.server import Server


def test_every_name_is_listed_and_found(client: OpenAI) -> None:
    models = list(client.models.list())
    names = [model.id for model in models]
    assert len(set(names)) == len(names)
    assert {"sora-2", "sora-2-pro", "gpt-image-1", "gpt-4o", "openai/gpt-4o", "tts-1", "whisper-1"} <= set(names)
    for model in models:
        assert (model.object, client.models.retrieve(model.id)) == ("model", model)
    assert client.models.retrieve("sora-2").owned_by == "openai"


def test_the_packages_video_models_are_known(client: OpenAI) -> None:
    for name in ("sora-2-2025-10-06", "sora-2-pro-2025-10-06", "sora-2-2025-12-08"):
        assert client.models.retrieve(name).id == name


def test_an_unknown_model(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-99")
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


def test_the_document_has_every_endpoint_once(server: Server) -> None:
    with server.client() as http:
        answer = http.get("/openapi.json")
        assert http.get("/docs").status_code == 200
    ours = {path: row for path, row in answer.json()["paths"].items() if path.startswith("/openai/v1")}
    names = [operation["operationId"] for row in ours.values() for operation in row.values()]
    assert len(set(names)) == len(names)
    assert set(ours["/openai/v1/videos/{id}"]) == {"get", "delete"}
    assert "400" in ours["/openai/v1/videos/extensions"]["post"]["responses"]


def test_models_stay(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="the operator's"):
        client.models.delete("sora-2")
