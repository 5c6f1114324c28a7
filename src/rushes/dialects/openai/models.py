"""/models: the catalogue, under every name that a request may use."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from rushes.catalog import Catalog, Model
from rushes.dialects.kit.answers import json
from rushes.dialects.kit.endpoint import Endpoint
from rushes.dialects.kit.gate import Gate
from rushes.dialects.kit.problems import Problem
from rushes.dialects.openai.shapes_models import ModelCard, ModelCards
from rushes.services import Services


def endpoints(services: Services, gate: Gate) -> list[Endpoint]:
    """The endpoints over these services."""
    api = _Api(services.catalog, gate)
    return [
        Endpoint(method="GET", path="/openai/v1/models", run=api.list_models, summary="List models",
                 answer=ModelCards, errors=(429,)),
        # A model's name may have slashes in it.
        Endpoint(method="GET", path="/openai/v1/models/{id:path}", run=api.retrieve_model, summary="Get a model",
                 answer=ModelCard, errors=(404, 429)),
    ]  # fmt: skip


class _Api:
    def __init__(self, catalog: Catalog, gate: Gate) -> None:
        self._catalog = catalog
        self._gate = gate

    async def list_models(self, request: Request) -> Response:
        await self._gate.by_key(request)
        names = [(name, model) for model in self._catalog.models.values() for name in (model.id, *model.aliases)]
        return json(ModelCards(data=[_card(name, model) for name, model in names]))

    async def retrieve_model(self, request: Request) -> Response:
        await self._gate.by_key(request)
        name = request.path_params["id"]
        model = self._catalog.find(name)
        if model is None:
            raise Problem(404, "unknown_model", f"The model `{name[:200]}` does not exist", field="model")
        return json(_card(name, model))


def _card(name: str, model: Model) -> ModelCard:
    return ModelCard(
        id=name,
        owned_by=model.provider.lower() or "rushes",
        label=model.label,
        kind=model.kind,
        modes=[str(mode) for mode in model.modes],
    )
